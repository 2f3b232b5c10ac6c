//! Which script a character, and a text, is written in (ISO 15924).
//!
//! Only scripts that news is written in today; not a copy of Unicode's `Scripts.txt`.

use std::sync::LazyLock;

/// Indices into [`SCRIPTS`] of the scripts that the rest of this module names.
pub const LATIN: usize = 0;
pub const CYRILLIC: usize = 1;
pub const ARABIC: usize = 2;
pub const DEVANAGARI: usize = 3;
pub const HAN: usize = 4;
pub const KANA: usize = 5;
pub const HANGUL: usize = 6;
pub const MONGOLIAN: usize = 7;

/// ISO 15924 codes. Han alone is refined to `Hans` or `Hant` by [`han_variant`]; Japanese and
/// Korean have the codes of their mixed writing.
pub const SCRIPTS: [&str; 31] = [
    "Latn", "Cyrl", "Arab", "Deva", "Hani", "Jpan", "Kore", "Mong", "Grek", "Armn", "Hebr", "Syrc",
    "Thaa", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Thai", "Laoo",
    "Tibt", "Mymr", "Geor", "Ethi", "Khmr", "Cher", "Nkoo",
];

/// First and last character of blocks, in order, with the index of their script.
const BLOCKS: [(u32, u32, u8); 48] = [
    (0x41, 0x5A, 0),
    (0x61, 0x7A, 0),
    (0xAA, 0xAA, 0),
    (0xBA, 0xBA, 0),
    (0xC0, 0x2AF, 0),
    (0x370, 0x3FF, 8),
    (0x400, 0x52F, 1),
    (0x531, 0x58F, 9),
    (0x591, 0x5F4, 10),
    (0x600, 0x6FF, 2),
    (0x700, 0x74F, 11),
    (0x750, 0x77F, 2),
    (0x780, 0x7BF, 12),
    (0x7C0, 0x7FF, 30),
    (0x860, 0x8FF, 2),
    (0x900, 0x97F, 3),
    (0x980, 0x9FF, 13),
    (0xA00, 0xA7F, 14),
    (0xA80, 0xAFF, 15),
    (0xB00, 0xB7F, 16),
    (0xB80, 0xBFF, 17),
    (0xC00, 0xC7F, 18),
    (0xC80, 0xCFF, 19),
    (0xD00, 0xD7F, 20),
    (0xD80, 0xDFF, 21),
    (0xE00, 0xE7F, 22),
    (0xE80, 0xEFF, 23),
    (0xF00, 0xFFF, 24),
    (0x1000, 0x109F, 25),
    (0x10A0, 0x10FF, 26),
    (0x1100, 0x11FF, 6),
    (0x1200, 0x139F, 27),
    (0x13A0, 0x13FF, 29),
    (0x1780, 0x17FF, 28),
    (0x1800, 0x18AF, 7),
    (0x1C80, 0x1C8F, 1),
    (0x1C90, 0x1CBF, 26),
    (0x1E00, 0x1EFF, 0),
    (0x1F00, 0x1FFF, 8),
    (0x2C60, 0x2C7F, 0),
    (0x3041, 0x30FF, 5),
    (0x3131, 0x318E, 6),
    (0x3400, 0x9FFF, 4),
    (0xA640, 0xA69F, 1),
    (0xAC00, 0xD7AF, 6),
    (0xF900, 0xFAFF, 4),
    (0xFB50, 0xFEFC, 2),
    (0x20000, 0x323AF, 4),
];

/// The script of a letter, as an index into [`SCRIPTS`].
pub fn script_of(c: char) -> Option<usize> {
    match c as u32 {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x2AF => Some(LATIN),
        0x400..=0x52F => Some(CYRILLIC),
        0x600..=0x6FF => Some(ARABIC),
        0x4E00..=0x9FFF => Some(HAN),
        code => script_in_blocks(code),
    }
}

fn script_in_blocks(code: u32) -> Option<usize> {
    let at = BLOCKS.partition_point(|block| block.1 < code);
    let block = BLOCKS.get(at)?;
    (block.0 <= code).then_some(usize::from(block.2))
}

/// What a letter counts for in the choice of the dominant script.
///
/// Latin names and phrases stand in texts of every script, seldom the reverse, so that Latin needs a
/// clear majority; a character of Han, kana or Hangul says as much as two or three letters.
pub fn weight(script: usize) -> u32 {
    match script {
        LATIN => 3,
        HAN | KANA | HANGUL => 12,
        _ => 5,
    }
}

/// Characters that exist in one of the two Chinese standards only, in pairs: simplified, then
/// traditional. The commonest of news.
const HAN_PAIRS: &str = "国國这這个個们們来來为為时時说說会會对對发發学學经經过過还還进進动動现現问問间間关關没沒无無\
    与與实實业業东東车車开開见見长長门門万萬书書电電话話气氣战戰争爭军軍队隊总總统統华華联聯盟盟报報导導记記闻聞\
    议議员員选選举舉党黨权權条條约約边邊疆疆区區县縣乡鄉镇鎮亚亞欧歐伦倫罗羅俄俄乌烏兹茲克克哈哈萨薩尔爾吉吉塔塔\
    阿阿富富汗汗喀喀布布难難民民妇婦儿兒医醫药藥疗療种種类類机機场場飞飛弹彈枪槍击擊杀殺伤傷亡亡灾災风風云雲\
    环環资資产產价價钱錢银銀贸貿财財费費税稅务務两兩双雙单單极極应應该該当當将將让讓请請认認识識证證试試设設计計\
    划劃办辦处處从從众眾协協护護园園图圖团團圆圓声聲听聽觉覺观觀视視规規讲講谈談谁誰语語读讀课課调調论論词詞译譯";

/// The characters of [`HAN_PAIRS`] in order, and whether each is the simplified form.
static HAN_FORMS: LazyLock<Vec<(char, bool)>> = LazyLock::new(|| {
    let pairs: Vec<char> = HAN_PAIRS.chars().collect();
    let differing = pairs.chunks_exact(2).filter(|pair| pair[0] != pair[1]);
    let mut forms: Vec<_> = differing
        .flat_map(|pair| [(pair[0], true), (pair[1], false)])
        .collect();
    forms.sort_unstable();
    forms.dedup_by_key(|form| form.0);
    forms
});

/// `Hans` or `Hant`, by the characters that only one of the standards has; `Hans` if none is seen.
pub fn han_variant(characters: impl Iterator<Item = char>) -> &'static str {
    let mut balance = 0;
    for c in characters {
        if let Ok(at) = HAN_FORMS.binary_search_by_key(&c, |form| form.0) {
            balance += if HAN_FORMS[at].1 { 1 } else { -1 };
        }
    }
    if balance < 0 { "Hant" } else { "Hans" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_blocks_are_told_as_the_table_says() {
        for c in '\0'..=char::MAX {
            assert_eq!(script_of(c), script_in_blocks(c as u32), "{c:?}");
        }
    }
}
