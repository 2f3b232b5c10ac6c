//! One spelling for the many that dates are typed in: ASCII digits, lower case, no vowel signs or
//! accents, one letter where keyboards offer several. Lossy on purpose, so it serves look-ups
//! alone; it never makes text that is shown.

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

/// How many characters of a text are looked at. The longest real date that we have seen, a Java
/// date with the name of its zone spelled out, has 71.
pub(super) const LOOKED_AT_CHARS: usize = 200;

/// Folds the first [`LOOKED_AT_CHARS`] characters. A text that is longer loses its last, possibly
/// torn, word as well: half a year would read as another year.
pub(super) fn fold(raw: &str) -> String {
    let mut folded = Folded {
        out: String::with_capacity(raw.len().min(LOOKED_AT_CHARS * 2)),
        apostrophe: false,
    };
    let mut chars = raw.trim().chars();
    for c in chars.by_ref().take(LOOKED_AT_CHARS) {
        folded.push(c);
    }
    let mut out = folded.out;
    if chars.next().is_some() {
        out.truncate(out.rfind(' ').unwrap_or(0));
    }
    out
}

/// Whether a folded character is part of a word.
pub(super) fn is_letter(c: char) -> bool {
    match c {
        'a'..='z' | 'а'..='я' | 'ء'..='ۿ' => true,
        '\0'..='\x7F' => false,
        _ => c.is_alphabetic(),
    }
}

struct Folded {
    out: String,
    /// An apostrophe was met after a letter; kept only if no letter follows.
    apostrophe: bool,
}

impl Folded {
    fn push(&mut self, c: char) {
        match c {
            'a'..='z' | 'а'..='и' | 'к'..='я' => self.letter(c),
            'A'..='Z' => self.letter(c.to_ascii_lowercase()),
            '0'..='9' => self.other(c),
            '\u{600}'..='\u{6FF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => {
                self.arabic(c);
            }
            '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}' => {}
            '\'' | '`' | '´' | '‘' | '’' | 'ʻ' | 'ʼ' | 'ʹ' | 'ʽ' => self.apostrophe(),
            _ if c.is_whitespace() => self.space(),
            _ => match mark(c) {
                Some(m) => self.other(m),
                None => self.any(c),
            },
        }
    }

    fn letter(&mut self, c: char) {
        self.apostrophe = false;
        self.out.push(c);
    }

    fn other(&mut self, c: char) {
        if std::mem::take(&mut self.apostrophe) {
            self.out.push('\'');
        }
        self.out.push(c);
    }

    fn space(&mut self) {
        if std::mem::take(&mut self.apostrophe) {
            self.out.push('\'');
        }
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// Within a word an apostrophe is part of the spelling (`oʻtgan`, `Kasım'da`) and dropped.
    fn apostrophe(&mut self) {
        if self.out.ends_with(is_letter) {
            self.apostrophe = true;
        } else {
            self.out.push('\'');
        }
    }

    fn arabic(&mut self, c: char) {
        match c {
            '٠'..='٩' => self.other(ascii_digit(c, '٠')),
            '۰'..='۹' => self.other(ascii_digit(c, '۰')),
            'ي' | 'ى' | 'ی' | 'ې' | 'ۍ' | 'ے' | 'ئ' | 'ۓ' => self.letter('ی'),
            'ك' | 'ک' => self.letter('ک'),
            'ة' | 'ہ' | 'ھ' | 'ۀ' | 'ۂ' | 'ۃ' => self.letter('ه'),
            'أ' | 'إ' | 'آ' | 'ٱ' => self.letter('ا'),
            'ؤ' => self.letter('و'),
            'ګ' => self.letter('گ'),
            'ں' | 'ڼ' => self.letter('ن'),
            '،' | '؛' => self.other(','),
            '٫' => self.other('.'),
            '؍' => self.other('/'),
            '۔' => self.other('.'),
            'ـ' => {}
            'ء'..='غ' | 'ف'..='ي' | 'ٮ' | 'ٯ' | 'ٱ'..='ە' | 'ۮ' | 'ۯ' | 'ۺ'..='ۿ' => {
                self.letter(c)
            }
            // Vowel signs and marks of direction.
            _ => {}
        }
    }

    fn any(&mut self, c: char) {
        match c {
            '०'..='९' => return self.other(ascii_digit(c, '०')),
            '０'..='９' => return self.other(ascii_digit(c, '０')),
            _ => {}
        }
        for lower in c.to_lowercase() {
            decompose_canonical(lower, |part| match part {
                'ı' => self.letter('i'),
                _ if canonical_combining_class(part) != 0 => {}
                _ if is_letter(part) => self.letter(part),
                _ => self.other(part),
            });
        }
    }
}

fn ascii_digit(c: char, zero: char) -> char {
    char::from(b'0' + (c as u32 - zero as u32) as u8)
}

/// ASCII for punctuation that stands for it. A dash that joins or parts is kept from a minus sign:
/// `10:00–12:00` names no zone.
fn mark(c: char) -> Option<char> {
    Some(match c {
        '\u{2010}' | '\u{2011}' | '\u{2212}' | '－' => '-',
        '\u{2012}'..='\u{2015}' => '—',
        '：' | '∶' => ':',
        '，' | '、' => ',',
        '．' | '。' => '.',
        '／' | '⁄' => '/',
        '＋' => '+',
        '（' => '(',
        '）' => ')',
        '॰' | 'º' | '°' | 'ª' => '.',
        _ => return None,
    })
}
