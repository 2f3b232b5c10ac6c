//! Text as the gazetteer reads it: lower case, no diacritics, one spelling for letters that the
//! languages of the region write in several ways, single spaces between words.
//!
//! This is a key for finding names, coarser than the key that compares texts, and never something
//! to show: Қазақстан, Казакстан and Казаҡстан all become `казакстан`.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

/// Bytes of one character of UTF-8.
const LETTER_BYTES_MAX: usize = 4;

/// A folded text. It starts and ends with a space, so that every word has one on both sides.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub text: String,
    capitals: Vec<Capital>,
    any_capital: bool,
}

/// A word that began with a capital letter in the original.
#[derive(Debug)]
struct Capital {
    /// Byte offset of the word in the folded text.
    at: usize,
    /// The second letter was a capital too.
    acronym: bool,
}

/// How a name of the table, or a word of the text, is capitalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    /// Lower case, or a script without case: matches any text.
    Any,
    Capital,
    Acronym,
}

impl Folded {
    pub fn new(input: &str) -> Self {
        let mut folded = Self::default();
        folded.push(input);
        folded
    }

    /// Appends `input`, set off by a space from what is there.
    pub fn push(&mut self, input: &str) {
        self.text.reserve(input.len() + 2);
        self.space();
        let mut chars = input.chars().peekable();
        while let Some(c) = chars.next() {
            let previous = self.text.chars().next_back().unwrap_or(' ');
            let next = chars.peek().copied().unwrap_or(' ');
            self.push_char(c, previous, next);
        }
        self.space();
    }

    fn space(&mut self) {
        if !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// `previous` is the last folded character, `next` the one that comes in the original.
    fn push_char(&mut self, c: char, previous: char, next: char) {
        if c.is_ascii() {
            return self.push_ascii(c, previous, next);
        }
        if is_apostrophe(c) {
            return self.push_apostrophe(previous, next);
        }
        if is_joiner_or_mark(c) {
            return;
        }
        let word_start = self.text.ends_with(' ');
        let before = self.text.len();
        self.push_letter(c, previous, next);
        if is_capital(c) && self.text.len() > before {
            self.note_capital(word_start, before);
        }
    }

    fn push_ascii(&mut self, c: char, previous: char, next: char) {
        if c.is_ascii_alphanumeric() {
            let word_start = self.text.ends_with(' ');
            let before = self.text.len();
            let lower = c.to_ascii_lowercase();
            if is_cyrillic(previous) || is_cyrillic(next) {
                self.text.push(cyrillic_lookalike(c).unwrap_or(lower));
            } else {
                self.text.push(lower);
            }
            if c.is_ascii_uppercase() {
                self.note_capital(word_start, before);
            }
        } else if is_apostrophe(c) {
            self.push_apostrophe(previous, next);
        } else {
            self.space();
        }
    }

    fn note_capital(&mut self, word_start: bool, before: usize) {
        self.any_capital = true;
        if word_start {
            self.capitals.push(Capital {
                at: before,
                acronym: false,
            });
        } else if let Some(last) = self.capitals.last_mut()
            && before - last.at <= LETTER_BYTES_MAX
        {
            last.acronym |= self.text[last.at..before].chars().count() == 1;
        }
    }

    /// Uzbek and Karakalpak write letters with an apostrophe (oʻ, gʻ); elsewhere it parts words
    /// (l'Ouzbékistan, Taşkent'te).
    fn push_apostrophe(&mut self, previous: char, next: char) {
        let letter = matches!(previous, 'o' | 'g') && next.is_alphabetic();
        if !letter {
            self.space();
        }
    }

    fn push_letter(&mut self, c: char, previous: char, next: char) {
        match c {
            'Ѐ'..='ԯ' => self.push_cyrillic(c, previous, next),
            'ء'..='ۿ' | 'ݐ'..='ݿ' => self.push_arabic(c),
            'À'..='ɏ' | 'Ḁ'..='ỿ' | 'ə' => self.push_latin(c),
            'Α'..='ω' if is_cyrillic(previous) || is_cyrillic(next) => {
                self.text.push(cyrillic_lookalike(c).unwrap_or(c));
            }
            'ﭐ'..='﷿' | 'ﹰ'..='ﻼ' | 'Ａ'..='ｚ' => {
                for part in std::iter::once(c).nfkc() {
                    match part {
                        'ء'..='ۿ' => self.push_arabic(part),
                        other => self.text.extend(other.to_lowercase()),
                    }
                }
            }
            '一'..='鿿' => self.text.push(simplified(c)),
            c if c.is_alphanumeric() => self.text.extend(c.to_lowercase()),
            _ => self.space(),
        }
    }

    fn push_latin(&mut self, c: char) {
        match c {
            'ß' => self.text.push_str("ss"),
            'ı' => self.text.push('i'),
            'Ə' | 'ə' | 'Æ' | 'æ' => self.text.push('a'),
            'Ø' | 'ø' => self.text.push('o'),
            'Ł' | 'ł' => self.text.push('l'),
            'Đ' | 'đ' => self.text.push('d'),
            'Ŋ' | 'ŋ' => self.text.push('n'),
            '×' | '÷' => self.space(),
            _ => {
                let mut base = c;
                let mut first = true;
                decompose_canonical(c, |part| {
                    if first {
                        base = part;
                        first = false;
                    }
                });
                self.text.extend(base.to_lowercase());
            }
        }
    }

    fn push_cyrillic(&mut self, c: char, previous: char, next: char) {
        if (previous.is_ascii_alphabetic() || next.is_ascii_alphabetic())
            && let Some(latin) = latin_lookalike(c)
            && !is_cyrillic(previous)
            && !is_cyrillic(next)
        {
            return self.text.push(latin);
        }
        let folded = match lower_cyrillic(c) {
            'ё' | 'ѐ' | 'є' => 'е',
            'й' | 'і' | 'ї' | 'ӣ' | 'ѝ' => 'и',
            'қ' | 'ҡ' | 'ӄ' | 'ҝ' => 'к',
            'ғ' | 'ґ' | 'ҕ' => 'г',
            'ҳ' | 'һ' => 'х',
            'ң' | 'ӈ' | 'ҥ' => 'н',
            'ө' | 'ӧ' => 'о',
            'ү' | 'ұ' | 'ў' | 'ӯ' | 'ӱ' => 'у',
            'ә' | 'ӓ' => 'а',
            'ҷ' | 'җ' | 'ҹ' | 'ӂ' | 'ӝ' => 'ж',
            'ј' => 'ж',
            'ъ' | 'ь' | 'Ӏ' | 'ӏ' => return,
            other => other,
        };
        self.text.push(folded);
    }

    fn push_arabic(&mut self, c: char) {
        let folded = match c {
            'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
            'ي' | 'ى' | 'ې' | 'ۍ' | 'ئ' | 'ے' | 'ۓ' | 'ێ' | 'ٸ' => 'ی',
            'ك' | 'ڪ' => 'ک',
            'ګ' | 'ڰ' => 'گ',
            'ة' | 'ۀ' | 'ہ' | 'ھ' | 'ە' | 'ۂ' | 'ۃ' => 'ه',
            'ؤ' | 'ۆ' | 'ۇ' | 'ۈ' | 'ۋ' | 'ۉ' | 'ۅ' | 'ٷ' | 'ٶ' | 'ۏ' => 'و',
            'ء' | 'ٴ' | 'ـ' => return,
            '٠'..='٩' => ascii_digit(c, '٠'),
            '۰'..='۹' => ascii_digit(c, '۰'),
            'ا'..='ي' | 'ٮ'..='ۓ' | 'ۮ'..='ۿ' | 'ݐ'..='ݿ' => c,
            _ => return self.space(),
        };
        self.text.push(folded);
    }

    /// How the word at this offset of the folded text was capitalised. In text without any capital
    /// (lower-cased feeds exist) every word may be a name, but none an acronym: `us` is no country.
    pub fn case_at(&self, at: usize) -> Case {
        if !self.any_capital {
            return Case::Capital;
        }
        match self
            .capitals
            .binary_search_by_key(&at, |capital| capital.at)
        {
            Ok(found) if self.capitals[found].acronym => Case::Acronym,
            Ok(_) => Case::Capital,
            Err(_) => Case::Any,
        }
    }
}

fn lower_cyrillic(c: char) -> char {
    match c {
        'а'..='я' => c,
        'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

fn ascii_digit(c: char, zero: char) -> char {
    char::from_digit(c as u32 - zero as u32, 10).unwrap_or(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | 'ʻ' | 'ʼ' | 'ʹ' | '‘' | '’' | '′')
}

/// Zero-width joiners, bidi controls, soft hyphens, combining marks, Arabic vowel signs, Indic
/// nukta and virama.
fn is_joiner_or_mark(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{0300}'..='\u{036f}' | '\u{0610}'..='\u{061a}' | '\u{064b}'..='\u{065f}'
        | '\u{0670}' | '\u{06d6}'..='\u{06dc}' | '\u{093c}' | '\u{094d}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `char::is_uppercase` with a short way for the letters that most texts are made of.
fn is_capital(c: char) -> bool {
    match c {
        'а'..='џ' | 'ء'..='ۿ' | '一'..='鿿' => false,
        'Ѐ'..='Я' => true,
        _ => c.is_uppercase(),
    }
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, 'Ѐ'..='ԯ')
}

/// Latin and Greek letters that are typed inside Cyrillic words.
fn cyrillic_lookalike(c: char) -> Option<char> {
    Some(match c {
        'a' | 'A' | 'α' | 'Α' => 'а',
        'B' | 'Β' => 'в',
        'c' | 'C' => 'с',
        'e' | 'E' | 'ε' | 'Ε' => 'е',
        'H' | 'Η' => 'н',
        'i' | 'I' | 'ι' | 'Ι' => 'и',
        'k' | 'K' | 'κ' | 'Κ' => 'к',
        'M' | 'Μ' => 'м',
        'o' | 'O' | 'ο' | 'Ο' => 'о',
        'p' | 'P' | 'ρ' | 'Ρ' => 'р',
        'T' | 'τ' | 'Τ' => 'т',
        'x' | 'X' | 'χ' | 'Χ' => 'х',
        'y' | 'Y' | 'Υ' => 'у',
        _ => return None,
    })
}

/// Cyrillic letters that are typed inside Latin words, Azerbaijani ә among them.
fn latin_lookalike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'А' | 'ә' | 'Ә' => 'a',
        'с' | 'С' => 'c',
        'е' | 'Е' => 'e',
        'о' | 'О' => 'o',
        'р' | 'Р' => 'p',
        'х' | 'Х' => 'x',
        'у' | 'У' => 'y',
        _ => return None,
    })
}

/// Traditional characters of the names in the table, and what they are in simplified script.
const TRADITIONAL: &str = "爾尔達达納纳薩萨蘇苏羅罗維维謝谢瑪玛賈贾馬马魯鲁盧卢貝贝費费諾诺蘭兰庫库奧奥錫锡圖图烏乌國国\
    東东亞亚倫伦長长實实綠绿華华韓韩魚鱼齊齐壩坝鐵铁聯联組组織织習习塔塔萊莱裡里臺台灣湾區区";

static SIMPLIFIED: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let traditional = TRADITIONAL.chars().step_by(2);
    let mut pairs: Vec<_> = traditional
        .zip(TRADITIONAL.chars().skip(1).step_by(2))
        .collect();
    pairs.sort_unstable();
    pairs
});

fn simplified(c: char) -> char {
    SIMPLIFIED
        .binary_search_by_key(&c, |&(from, _)| from)
        .map_or(c, |found| SIMPLIFIED[found].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(Folded::new(input).text, format!(" {expected} "));
    }

    #[test]
    fn spellings_of_one_name_fold_together() {
        check("Қазақстан", "казакстан");
        check("Казакстан", "казакстан");
        check("O‘zbekiston, Oʻzbekiston", "ozbekiston ozbekiston");
        check("O`zbekiston", "ozbekiston");
        check("l'Ouzbékistan", "l ouzbekistan");
        check("Taşkent'te", "taskent te");
        check("أفغانستان", "افغانستان");
        check("كابل کابل", "کابل کابل");
        check("بردی‌محمداف", "بردیمحمداف");
        check("烏茲別克 塔什干", "乌茲別克 塔什干");
        check("Кыр\u{0301}гызстан", "кыргызстан");
    }

    #[test]
    fn look_alikes_follow_the_word() {
        check("кaзax", "казах");
        check("κазахсκогο", "казахского");
        check("müxalifәt", "muxalifat");
    }

    #[test]
    fn case_is_remembered_for_each_word() {
        let folded = Folded::new("Ош и ош, ОДКБ");
        assert_eq!(folded.text, " ош и ош одкб ");
        assert_eq!(folded.case_at(1), Case::Capital);
        assert_eq!(folded.case_at(9), Case::Any);
        assert_eq!(folded.case_at(14), Case::Acronym);
        assert_eq!(Folded::new("ош").case_at(1), Case::Capital);
    }
}
