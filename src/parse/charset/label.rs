//! What a document says of its own encoding: the header's label, the XML declaration's, the HTML
//! `meta` element's, and the names that people use and no standard lists.

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8};
use memchr::memmem;

use crate::parse::xml::attribute;

/// How far into a document a declaration is looked for. The HTML Standard says 1,024 bytes; pages
/// with long comments before it exist.
const HEAD_BYTES: usize = 4096;

/// The encodings that were declared, most trusted first. Labels of UTF-16 are left out: text in it
/// is known by its bytes, and text that is not is often so labelled.
pub(super) struct Labels {
    header: Option<&'static Encoding>,
    inside: Option<&'static Encoding>,
}

impl Labels {
    pub fn of(body: &[u8], content_type: Option<&str>) -> Self {
        let head = String::from_utf8_lossy(&body[..body.len().min(HEAD_BYTES)]);
        Self {
            header: content_type.and_then(charset_parameter).and_then(encoding),
            inside: declaration(&head)
                .or_else(|| meta(&head))
                .and_then(encoding),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.header.is_none() && self.inside.is_none()
    }

    pub fn names_utf8(&self) -> bool {
        [self.header, self.inside]
            .into_iter()
            .flatten()
            .any(|encoding| encoding == UTF_8)
    }

    /// The declared encodings in order of trust, UTF-8 left out: it is asked for first and by itself.
    pub fn encodings(&self) -> impl Iterator<Item = &'static Encoding> {
        [self.header, self.inside]
            .into_iter()
            .flatten()
            .filter(|&encoding| encoding != UTF_8)
    }

    /// ISO-2022-JP looks like ASCII and is valid UTF-8; its label and its escapes tell.
    pub fn seven_bit(&self, body: &[u8]) -> Option<&'static Encoding> {
        self.encodings()
            .find(|&encoding| encoding == ISO_2022_JP)
            .filter(|_| body.is_ascii() && memchr::memchr(0x1b, body).is_some())
    }
}

/// The `charset` parameter of a `Content-Type` header.
fn charset_parameter(content_type: &str) -> Option<&str> {
    let at = find_ignoring_case(content_type, "charset")?;
    let value = content_type[at + "charset".len()..]
        .trim_start()
        .strip_prefix('=')?;
    value.split([';', ',']).next()
}

/// The `encoding` of an XML declaration.
fn declaration(head: &str) -> Option<&str> {
    let from = memmem::find(head.as_bytes(), b"<?xml")?;
    let rest = &head[from + "<?xml".len()..];
    attribute(&rest[..rest.find('>')?], "encoding")
}

/// `<meta charset="…">` or `<meta http-equiv="Content-Type" content="…; charset=…">`.
fn meta(head: &str) -> Option<&str> {
    let mut rest = head;
    while let Some(at) = find_ignoring_case(rest, "<meta") {
        rest = &rest[at + "<meta".len()..];
        let tag = &rest[..rest.find('>')?];
        let found = attribute(tag, "charset")
            .or_else(|| attribute(tag, "content").and_then(charset_parameter));
        if found.is_some() {
            return found;
        }
    }
    None
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// The encoding that a label means; `None` for labels that say nothing (`x-user-defined`, `ascii`,
/// `unicode`), that nobody knows, and for UTF-16.
fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let key: String = label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(LABEL_LETTERS_MAX)
        .collect();
    if matches!(
        key.as_str(),
        "xuserdefined" | "ascii" | "usascii" | "unicode" | "none" | "binary"
    ) {
        return None;
    }
    let found = Encoding::for_label(label.as_bytes())
        .or_else(|| Encoding::for_label(key.as_bytes()))
        .or_else(|| code_page(&key))
        .or_else(|| iso_8859(&key))
        .or_else(|| other_name(&key))?;
    let usable = found.is_ascii_compatible() || found == ISO_2022_JP;
    (usable && found != encoding_rs::X_USER_DEFINED).then_some(found)
}

/// The longest labels that anyone registered have some forty letters.
const LABEL_LETTERS_MAX: usize = 48;

/// `win-1251`, `windows1251`, `cp_1251`, `microsoft-cp1251`, `ansi-1251`, `1251`.
fn code_page(key: &str) -> Option<&'static Encoding> {
    let number = key.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let name = match number {
        "1250" | "1251" | "1252" | "1253" | "1254" | "1255" | "1256" | "1257" | "1258" | "874" => {
            format!("windows-{number}")
        }
        "866" => "ibm866".to_owned(),
        "932" => "shift_jis".to_owned(),
        "936" | "54936" => "gb18030".to_owned(),
        "949" => "euc-kr".to_owned(),
        "950" => "big5".to_owned(),
        "65001" => "utf-8".to_owned(),
        "20866" => "koi8-r".to_owned(),
        "21866" => "koi8-u".to_owned(),
        _ => return None,
    };
    Encoding::for_label(name.as_bytes())
}

/// `iso88595`, `8859-5`, `iso-8859-5-windows`.
fn iso_8859(key: &str) -> Option<&'static Encoding> {
    let at = key.find("8859")?;
    let part: String = key[at + 4..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    Encoding::for_label(format!("iso-8859-{part}").as_bytes())
}

fn other_name(key: &str) -> Option<&'static Encoding> {
    let name = match key {
        "maccyrillic" | "xmaccyr" => "x-mac-cyrillic",
        "macroman" => "macintosh",
        "koi8r" => "koi8-r",
        "koi8u" | "koi8ru" | "koi8" | "koi" => "koi8-u",
        "shiftjis" | "sjis" | "xsjis" => "shift_jis",
        "gb18030" | "gb2312" | "gbk" | "euccn" => "gb18030",
        _ if key.starts_with("utf8") => "utf-8",
        _ => return None,
    };
    Encoding::for_label(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(label: &str, expected: Option<&str>) {
        assert_eq!(encoding(label).map(Encoding::name), expected, "{label}");
    }

    #[test]
    fn knows_the_names_that_people_use() {
        for label in [
            "cp1251",
            "win-1251",
            "windows1251",
            "CP-1251",
            "ANSI_1251",
            " 'windows-1251' ",
        ] {
            check(label, Some("windows-1251"));
        }
        for label in ["utf8", "UTF-8", "utf_8", "utf8mb4", "cp65001"] {
            check(label, Some("UTF-8"));
        }
        check("iso8859-5", Some("ISO-8859-5"));
        check("koi8r", Some("KOI8-R"));
        check("mac-cyrillic", Some("x-mac-cyrillic"));
        for label in [
            "x-user-defined",
            "unicode",
            "us-ascii",
            "utf-16",
            "bogus",
            "",
        ] {
            check(label, None);
        }
    }

    #[test]
    fn finds_the_label_wherever_it_stands() {
        assert_eq!(
            charset_parameter("text/xml; Charset = \"koi8-r\"; a=b"),
            Some(" \"koi8-r\"")
        );
        assert_eq!(
            declaration("\n<?xml version='1.0' encoding='cp1251'?>"),
            Some("cp1251")
        );
        assert_eq!(meta("<META name=a><meta charset=utf-8>"), Some("utf-8"));
        assert_eq!(
            meta("<meta http-equiv='Content-Type' content='text/html; charset=windows-1256'>"),
            Some("windows-1256")
        );
    }
}
