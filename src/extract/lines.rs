//! Lines inside a story that are not of it: "Read also: …" and its like, in the languages of the
//! region and their neighbours. The table is `data/elsewhere.txt`.

use std::sync::LazyLock;

/// How a line begins that leads elsewhere; see the head of the file.
static ELSEWHERE: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("data/elsewhere.txt").lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Characters of a line that such a beginning may need.
const BEGINNING_CHARS: usize = 40;

/// A longer line is a paragraph that happens to begin so.
const LINE_LETTERS_MAX: u32 = 160;

/// Whether a line of so many letters leads elsewhere.
pub(super) fn leads_elsewhere(line: &str, letters: u32) -> bool {
    if letters > LINE_LETTERS_MAX {
        return false;
    }
    let beginning: String = line
        .chars()
        .skip_while(|c| !c.is_alphanumeric())
        .take(BEGINNING_CHARS)
        .flat_map(char::to_lowercase)
        .map(|c| {
            if matches!(c, '‘' | '’' | 'ʻ' | 'ʼ' | '`') {
                '\''
            } else {
                c
            }
        })
        .collect();
    ELSEWHERE.iter().any(|words| beginning.starts_with(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: bool) {
        let letters = line.chars().filter(|c| c.is_alphanumeric()).count() as u32;
        assert_eq!(leads_elsewhere(line, letters), expected, "{line}");
    }

    #[test]
    fn lines_that_lead_elsewhere() {
        check("Читайте также: В Оше сошёл сель", true);
        check("— Оқи отырыңыз: Алматыда жер сілкінді", true);
        check("Shuningdek oʻqing: Toshkentda yomgʻir", true);
        check("بیشتر بخوانید: زلزله در هرات", true);
        check("» Lire aussi : séisme à Hérat", true);
        check("Сель сошёл ночью, погибли двое.", false);
        check(
            &format!("Read more books, {}", "he said, and meant it. ".repeat(12)),
            false,
        );
    }
}
