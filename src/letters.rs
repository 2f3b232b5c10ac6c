//! What kind of letter a character is, answered at once for the scripts of the region.

/// [`char::is_alphanumeric`], with an answer at hand for most characters of the region's texts.
pub fn is_alphanumeric(c: char) -> bool {
    known(c).unwrap_or_else(|| c.is_alphanumeric())
}

/// [`char::is_alphabetic`], with an answer at hand for most characters of the region's texts.
pub fn is_alphabetic(c: char) -> bool {
    known(c).unwrap_or_else(|| c.is_alphabetic())
}

/// A character of Chinese, of those that news is written with (the block of Unified Ideographs).
pub fn is_han(c: char) -> bool {
    matches!(c, '一'..='鿿')
}

/// Whether a character is a letter, where its block says so; none for digits and for all others.
fn known(c: char) -> Option<bool> {
    match c {
        'Ѐ'..='ҁ' | 'Ҋ'..='ԯ' | 'ء'..='ي' | 'ٱ'..='ۓ' => Some(true),
        '\u{2000}'..='\u{206f}' | '،' => Some(false),
        _ => is_han(c).then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_unicode() {
        for c in '\0'..='\u{ffff}' {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            assert_eq!(is_alphabetic(c), c.is_alphabetic(), "{c:?}");
        }
    }
}
