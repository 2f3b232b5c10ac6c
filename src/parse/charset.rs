//! Bytes to text. What is believed, in order: a byte order mark; bytes that are valid UTF-8 and not
//! plain ASCII; the label in the `Content-Type` header; the label in the document; statistics.
//! A label is overruled where the text that it gives cannot have been written by anyone.
//!
//! Text is never refused: a byte that fits nowhere becomes U+FFFD, and a [`Problem`] says so.

mod label;
mod mojibake;
mod utf;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

use super::Problem;

/// Decodes a document of any kind. `content_type` is the header as it came. What was assumed, and
/// what was mended, is added to `problems`.
pub fn decode<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Cow<'a, str> {
    let text = undo(body, content_type, problems);
    match mojibake::mend(&text) {
        Some(mended) => {
            problems.push(Problem::document(
                "double_encoded",
                format!(
                    "text that was encoded twice ({}) was decoded twice",
                    mended.through
                ),
            ));
            Cow::Owned(mended.text)
        }
        None => text,
    }
}

fn undo<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Cow<'a, str> {
    if let Some(text) = utf::marked(body, problems) {
        return text;
    }
    let labels = label::Labels::of(body, content_type);
    if let Ok(text) = std::str::from_utf8(body) {
        if !body.is_ascii()
            && let Some(declared) = labels.encodings().next()
        {
            problems.push(mislabelled(declared, UTF_8));
        }
        return labels
            .seven_bit(body)
            .map_or(Cow::Borrowed(text), |encoding| {
                Cow::Owned(encoding.decode_without_bom_handling(body).0.into_owned())
            });
    }
    if (labels.names_utf8() || labels.is_empty())
        && let Some(text) = mostly_utf8(body, problems)
    {
        return Cow::Owned(text);
    }
    Cow::Owned(legacy(body, &labels, problems))
}

/// Decodes bytes that are not UTF-8: by their label where that gives a text that someone can have
/// written, else by what the statistics say.
fn legacy(body: &[u8], labels: &label::Labels, problems: &mut Vec<Problem>) -> String {
    let guess = detect(body);
    let Some(declared) = labels.encodings().next() else {
        problems.push(Problem::document(
            "charset_assumed",
            format!("no usable encoding is declared; read as {}", guess.name()),
        ));
        return decode_with(body, guess, problems);
    };
    let sample = &body[..body.len().min(SAMPLE_BYTES)];
    let best = labels
        .encodings()
        .chain([guess])
        .map(|encoding| (oddity(sample, encoding), encoding))
        .reduce(|best, next| {
            if next.0 + ODDITY_MARGIN < best.0 {
                next
            } else {
                best
            }
        });
    let encoding = best.map_or(declared, |(_, encoding)| encoding);
    if encoding != declared {
        problems.push(mislabelled(declared, encoding));
    }
    decode_with(body, encoding, problems)
}

fn mislabelled(declared: &'static Encoding, read: &'static Encoding) -> Problem {
    Problem::document(
        "charset_mislabelled",
        format!("declared as {}, read as {}", declared.name(), read.name()),
    )
}

fn decode_with(body: &[u8], encoding: &'static Encoding, problems: &mut Vec<Problem>) -> String {
    let (text, malformed) = encoding.decode_without_bom_handling(body);
    if malformed {
        problems.push(Problem::document(
            "undecodable_bytes",
            format!("some bytes mean nothing in {}", encoding.name()),
        ));
    }
    text.into_owned()
}

fn detect(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&body[..body.len().min(SAMPLE_BYTES)], true);
    detector.guess(None, Utf8Detection::Deny)
}

/// How much of a document is looked at to tell encodings apart: several pages of text.
const SAMPLE_BYTES: usize = 256 * 1024;

/// How much less odd another reading must be to overrule a label: a fifth of the letters in question.
/// True readings of Russian, Persian and Turkish text stay under 0.02, wrong ones lie above 0.4.
const ODDITY_MARGIN: f32 = 0.2;

/// The share of non-ASCII characters that stand where no one writes them, or not for long: an
/// upper-case letter behind another letter (KOI8 and windows-1251 have each other's cases), a letter
/// beside one of another script, three Latin letters with accents in a row, controls and bytes
/// without meaning.
fn oddity(sample: &[u8], encoding: &'static Encoding) -> f32 {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let (mut count, mut odd, mut accents) = (0_u32, 0_u32, 0_u32);
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_ascii() {
            count += 1;
            let accented = matches!(c, '\u{c0}'..='\u{24f}');
            accents = if accented { accents + 1 } else { 0 };
            let stray = match c {
                '\u{80}'..='\u{9f}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}' => true,
                _ => is_odd_pair(before, c) || accents > 2,
            };
            odd += u32::from(stray);
        } else {
            accents = 0;
            odd += u32::from(!before.is_ascii() && is_odd_pair(before, c));
        }
        before = c;
    }
    if count == 0 {
        0.0
    } else {
        odd as f32 / count as f32
    }
}

fn is_odd_pair(before: char, c: char) -> bool {
    before.is_alphabetic()
        && c.is_alphabetic()
        && (c.is_uppercase() || is_latin(before) != is_latin(c))
}

fn is_latin(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'a'..='z' | '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// UTF-8 with some bad bytes in it: every run of them is read by itself as what the statistics say of
/// the runs, so that the good text around them stays. `None` where the bad bytes are as many as
/// the good.
fn mostly_utf8(body: &[u8], problems: &mut Vec<Problem>) -> Option<String> {
    let (mut good, mut bad) = (0, Vec::new());
    for chunk in body.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad.extend_from_slice(chunk.invalid());
    }
    if good < bad.len().max(1) {
        return None;
    }
    let fallback = detect_runs(body);
    let mut text = String::with_capacity(body.len() + bad.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&fallback.decode_without_bom_handling(chunk.invalid()).0);
    }
    problems.push(Problem::document(
        "mixed_encoding",
        format!(
            "{} bytes are not UTF-8 and were read as {}",
            bad.len(),
            fallback.name()
        ),
    ));
    Some(text)
}

/// What the runs of bytes that are not UTF-8 are written in, judged with the ASCII around them.
fn detect_runs(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for chunk in body.utf8_chunks().take(RUNS_MAX) {
        let valid = chunk.valid().as_bytes();
        let context = valid.rsplit(|b| !b.is_ascii()).next().unwrap_or(valid);
        detector.feed(
            &context[context.len().saturating_sub(RUN_CONTEXT_BYTES)..],
            false,
        );
        detector.feed(chunk.invalid(), false);
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess.is_single_byte() {
        guess
    } else {
        encoding_rs::WINDOWS_1252
    }
}

/// How many bad runs are looked at to judge them all.
const RUNS_MAX: usize = 4096;

/// How much ASCII before a bad run helps to judge it: a few words.
const RUN_CONTEXT_BYTES: usize = 32;

#[cfg(test)]
mod tests;
