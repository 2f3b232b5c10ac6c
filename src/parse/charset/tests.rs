use encoding_rs::{GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252, WINDOWS_1256};
use proptest::prelude::*;

use super::*;

const RUSSIAN: &str =
    "Президент подписал закон о государственном языке, сообщает пресс-служба. Подробности позже.";
const PERSIAN: &str = "رئیس جمهور قانون جدید را امضا کرد و از همکاری کشورهای منطقه سخن گفت";
const ARABIC: &str = "وقع الرئيس القانون الجديد وتحدث عن تعاون دول المنطقة في مجال الطاقة";

fn xml(label: &str, text: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"{label}\"?><rss><title>{text}</title></rss>")
}

fn check(body: &[u8], content_type: Option<&str>, expected: &str, kinds: &[&str]) {
    let mut problems = Vec::new();
    let text = decode(body, content_type, &mut problems);
    assert!(text.contains(expected), "{text}");
    let found: Vec<_> = problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(found, kinds, "{expected}");
}

fn encoded(encoding: &'static Encoding, label: &str, text: &str) -> Vec<u8> {
    encoding.encode(&xml(label, text)).0.into_owned()
}

#[test]
fn valid_utf_8_wins_over_any_label() {
    for label in [
        "windows-1251",
        "koi8-r",
        "gbk",
        "iso-8859-1",
        "utf-16",
        "big5",
        "x-user-defined",
        "bogus",
    ] {
        check(
            xml(label, RUSSIAN).as_bytes(),
            Some("text/xml; charset=koi8-r"),
            RUSSIAN,
            &["charset_mislabelled"],
        );
    }
}

#[test]
fn legacy_encodings_are_read_by_their_label() {
    for label in [
        "windows-1251",
        "cp1251",
        "win-1251",
        "windows1251",
        "cp-1251",
    ] {
        check(&encoded(WINDOWS_1251, label, RUSSIAN), None, RUSSIAN, &[]);
    }
    check(&encoded(KOI8_R, "koi8-r", RUSSIAN), None, RUSSIAN, &[]);
    check(
        &encoded(WINDOWS_1256, "windows-1256", ARABIC),
        None,
        ARABIC,
        &[],
    );
    check(
        &encoded(SHIFT_JIS, "Shift_JIS", "大統領が法律に署名した"),
        None,
        "大統領が法律に署名した",
        &[],
    );
    check(
        &encoded(GB18030, "gb2312", "总统签署了法律"),
        None,
        "总统签署了法律",
        &[],
    );
}

#[test]
fn the_header_is_heard_before_the_declaration() {
    let body = encoded(WINDOWS_1251, "koi8-r", RUSSIAN);
    check(
        &body,
        Some("application/rss+xml;charset=windows-1251"),
        RUSSIAN,
        &[],
    );
}

#[test]
fn a_legacy_encoding_without_label_is_detected() {
    for label in ["x-user-defined", "unicode", "bogus", "utf-8"] {
        check(
            &encoded(WINDOWS_1251, label, RUSSIAN),
            None,
            RUSSIAN,
            &["charset_assumed"],
        );
        check(
            &encoded(KOI8_R, label, RUSSIAN),
            None,
            RUSSIAN,
            &["charset_assumed"],
        );
    }
    check(
        &encoded(WINDOWS_1256, "", ARABIC),
        None,
        ARABIC,
        &["charset_assumed"],
    );
}

#[test]
fn a_label_that_cannot_be_true_is_overruled() {
    for label in ["iso-8859-1", "windows-1252", "koi8-r", "windows-1254"] {
        check(
            &encoded(WINDOWS_1251, label, RUSSIAN),
            None,
            RUSSIAN,
            &["charset_mislabelled"],
        );
    }
    check(
        &encoded(KOI8_R, "windows-1251", RUSSIAN),
        None,
        RUSSIAN,
        &["charset_mislabelled"],
    );
    check(
        &encoded(WINDOWS_1256, "windows-1252", ARABIC),
        None,
        ARABIC,
        &["charset_mislabelled"],
    );
}

#[test]
fn a_true_latin_label_is_believed() {
    let text = "Le président a signé la loi à l’unanimité; où était-il passé? Çà et là.";
    check(&encoded(WINDOWS_1252, "iso-8859-1", text), None, text, &[]);
}

#[test]
fn wide_encodings_are_known_with_and_without_a_mark() {
    let text = xml("utf-16", PERSIAN);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide: Vec<u8> = text
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    for body in [&little, &big, &wide] {
        check(body, None, PERSIAN, &["charset_assumed"]);
    }
    check(
        &[b"\xff\xfe".as_slice(), &little].concat(),
        None,
        PERSIAN,
        &[],
    );
    check(&[b"\xfe\xff".as_slice(), &big].concat(), None, PERSIAN, &[]);
    check(
        &[b"\0\0\xfe\xff".as_slice(), &wide].concat(),
        None,
        PERSIAN,
        &[],
    );
    check(
        &[b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(),
        None,
        PERSIAN,
        &[],
    );
}

#[test]
fn a_few_bad_bytes_do_not_spoil_good_utf_8() {
    let mut body = xml("utf-8", RUSSIAN).into_bytes();
    body.extend_from_slice(b"<p>caf\xe9 \x93quoted\x94</p>");
    check(&body, None, RUSSIAN, &["mixed_encoding"]);
    check(&body, None, "café “quoted”", &["mixed_encoding"]);
}

#[test]
fn text_that_was_encoded_twice_is_decoded_twice() {
    for through in [WINDOWS_1252, WINDOWS_1251] {
        let bytes: Vec<u8> = RUSSIAN.bytes().collect();
        let (twice, _) = through.decode_without_bom_handling(&bytes);
        if !twice.contains(char::REPLACEMENT_CHARACTER) {
            check(
                xml("utf-8", &twice).as_bytes(),
                None,
                RUSSIAN,
                &["double_encoded"],
            );
        }
    }
    let (twice, _) = WINDOWS_1252.decode_without_bom_handling("l’été à “Genève”".as_bytes());
    check(
        xml("utf-8", &twice).as_bytes(),
        None,
        "l’été à “Genève”",
        &["double_encoded"],
    );
}

#[test]
fn sound_text_is_not_decoded_twice() {
    for text in [
        RUSSIAN,
        PERSIAN,
        "Ângela está em Évora às três; São João",
        "ÃO É ÇÃO — “NÃO”",
        "«СССР» и «Р»",
    ] {
        check(xml("utf-8", text).as_bytes(), None, text, &[]);
    }
}

proptest! {
    #[test]
    fn any_bytes_decode_alike_each_time(body in prop::collection::vec(any::<u8>(), 0..2000), label in "[ -~]{0,24}") {
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        let first = decode(&body, Some(&label), &mut once);
        let second = decode(&body, Some(&label), &mut twice);
        prop_assert_eq!(first, second);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn utf_8_stays_as_it_is(text in "[а-яА-ЯёЁa-z ,.]{0,200}") {
        let mut problems = Vec::new();
        let body = format!("<a>{text}ж</a>");
        prop_assert_eq!(decode(body.as_bytes(), Some("text/xml; charset=koi8-r"), &mut problems), body.as_str());
    }
}
