//! Near copies: sets of word triples, compared exactly.
//!
//! The triples are kept as a FracMinHash sketch (Irber et al., "Lightweight compositional analysis of
//! metagenomes with FracMinHash and minimum metagenome covers", 2022): all of them up to
//! [`SHINGLES_MAX`], above it the ones with the smallest hashes. Unlike a MinHash signature it answers
//! for containment as well as for resemblance, so that a copy that was cut or framed is found too.

use xxhash_rust::xxh3::xxh3_64;

use super::codec::{Keep, bytes, put_rising, take_rising};
use super::hash::mix;
use super::terms::{Word, is_han};

/// Words in a shingle. Triples survive edits better than the usual five: at 15 % of words edited, 61 %
/// of triples are left and 44 % of fives.
const SHINGLE_WORDS: usize = 3;
/// Triples kept of one text: 4 KiB. News texts have 100 to 800.
const SHINGLES_MAX: usize = 1024;
/// Triples that are looked at first. Of two texts that share two in five of the smaller one's triples, what
/// is least that a version of a text does, one pair in 200,000 shares none of them.
const SAMPLE: usize = 24;
/// A text with fewer words than this says too little by itself; its title is added.
const SHORT_WORDS: usize = 12;

/// The word triples of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles {
    /// Sorted, without repetition.
    hashes: Box<[u32]>,
    /// Every triple with a hash up to here is in `hashes`.
    limit: u32,
    /// XXH3-64 of all words in order.
    whole: u64,
    words: u32,
    /// Hashes of the tokens that hold a digit, sorted.
    numbers: Box<[u32]>,
}

/// What two sets share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Triples in both.
    pub shared: usize,
    /// Share of the triples of either that are in both (Jaccard), 0 to 1.
    pub resemblance: f32,
    /// Share of the smaller set's triples that are in the larger, 0 to 1.
    pub containment: f32,
    /// Triples in the smaller set.
    pub smaller: usize,
}

impl Shingles {
    /// Words looked at in one text, so that a book in a feed costs no more than a long report.
    pub const WORDS_MAX: usize = 8192;

    /// Takes the words of a title and of a text, and what they are words of.
    pub fn of(folded: &str, title: &[Word], text: &[Word]) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        tokenise(folded, text, &mut tokens);
        if tokens.len() < SHORT_WORDS {
            tokens.clear();
            tokenise(folded, title, &mut tokens);
            tokenise(folded, text, &mut tokens);
        }
        Self::of_tokens(&tokens)
    }

    fn of_tokens(tokens: &[Token]) -> Self {
        let mut whole = 0_u64;
        let mut numbers = Vec::new();
        for token in tokens {
            whole = mix(whole ^ token.hash);
            if token.number {
                numbers.push(token.hash as u32);
            }
        }
        let mut hashes: Vec<u32> = match tokens {
            [] => Vec::new(),
            few if few.len() < SHINGLE_WORDS => vec![(whole >> 32) as u32],
            many => many.windows(SHINGLE_WORDS).map(triple).collect(),
        };
        sort_unique(&mut hashes);
        sort_unique(&mut numbers);
        let limit = match hashes.get(SHINGLES_MAX - 1) {
            Some(&last) if hashes.len() > SHINGLES_MAX => last,
            _ => u32::MAX,
        };
        hashes.truncate(SHINGLES_MAX);
        Self {
            hashes: hashes.into(),
            limit,
            whole,
            words: tokens.len() as u32,
            numbers: numbers.into(),
        }
    }

    /// Words looked at.
    pub fn words(&self) -> u32 {
        self.words
    }

    /// Equal for texts of the same words in the same order.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    pub fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        4 * (self.hashes.len() + self.numbers.len())
    }

    /// Whether the sets may share so much that one text repeats the other: the triples with the smallest
    /// hashes are a sample of each.
    pub fn may_repeat(&self, other: &Self) -> bool {
        let (fewer, more) = if self.hashes.len() <= other.hashes.len() {
            (&*self.hashes, &*other.hashes)
        } else {
            (&*other.hashes, &*self.hashes)
        };
        let sample = &fewer[..fewer.len().min(SAMPLE)];
        let (mut i, mut j) = (0, 0);
        while i < sample.len() && j < more.len() {
            let (x, y) = (sample[i], more[j]);
            if x == y {
                return true;
            }
            i += usize::from(x < y);
            j += usize::from(y < x);
        }
        false
    }

    pub fn overlap(&self, other: &Self) -> Overlap {
        let limit = self.limit.min(other.limit);
        let (a, b) = (below(&self.hashes, limit), below(&other.hashes, limit));
        let shared = shared(a, b);
        let smaller = a.len().min(b.len());
        let union = a.len() + b.len() - shared;
        Overlap {
            shared,
            resemblance: ratio(shared, union),
            containment: ratio(shared, smaller),
            smaller,
        }
    }

    /// Share of the numbers of the text with fewer of them that stand in the other; `None` where one
    /// has none.
    pub fn number_agreement(&self, other: &Self) -> Option<f32> {
        let fewer = self.numbers.len().min(other.numbers.len());
        (fewer > 0).then(|| ratio(shared(&self.numbers, &other.numbers), fewer))
    }

    /// Numbers in the text.
    pub fn number_count(&self) -> usize {
        self.numbers.len()
    }
}

impl Keep for Shingles {
    fn put(&self, out: &mut Vec<u8>) {
        put_rising(&self.hashes, out);
        out.extend_from_slice(&self.limit.to_le_bytes());
        out.extend_from_slice(&self.whole.to_le_bytes());
        self.words.put(out);
        put_rising(&self.numbers, out);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            hashes: take_rising(from)?,
            limit: bytes(from).map(u32::from_le_bytes)?,
            whole: bytes(from).map(u64::from_le_bytes)?,
            words: u32::take(from)?,
            numbers: take_rising(from)?,
        })
    }
}

struct Token {
    hash: u64,
    number: bool,
}

/// Each word is a token; in a script that is written without spaces each character is.
fn tokenise(folded: &str, words: &[Word], tokens: &mut Vec<Token>) {
    for word in words {
        if tokens.len() >= Shingles::WORDS_MAX {
            return;
        }
        let word = &folded[word.start as usize..word.end as usize];
        if word.chars().next().is_some_and(is_han) {
            for character in word.chars() {
                let mut buffer = [0; 4];
                tokens.push(token(character.encode_utf8(&mut buffer)));
            }
        } else {
            tokens.push(token(word));
        }
    }
}

fn token(word: &str) -> Token {
    Token {
        hash: xxh3_64(word.as_bytes()),
        number: word.bytes().any(|byte| byte.is_ascii_digit()),
    }
}

fn triple(window: &[Token]) -> u32 {
    let joined = window
        .iter()
        .fold(0_u64, |hash, token| mix(hash.rotate_left(23) ^ token.hash));
    (joined >> 32) as u32
}

fn sort_unique(hashes: &mut Vec<u32>) {
    hashes.sort_unstable();
    hashes.dedup();
}

fn below(hashes: &[u32], limit: u32) -> &[u32] {
    if limit == u32::MAX {
        return hashes;
    }
    &hashes[..hashes.partition_point(|&hash| hash <= limit)]
}

fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

fn ratio(part: usize, whole: usize) -> f32 {
    if whole == 0 {
        0.0
    } else {
        part as f32 / whole as f32
    }
}

#[cfg(test)]
pub(super) fn shingles(title: &str, text: &str) -> Shingles {
    let (mut reader, mut folded) = (super::terms::Reader::default(), String::new());
    let title = reader.read(title, Shingles::WORDS_MAX, &mut folded);
    let text = reader.read(text, Shingles::WORDS_MAX, &mut folded);
    Shingles::of(&folded, &title, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "the two ministers signed an agreement on the water of the river on monday in \
        the capital and said that the dam will be built within six years by a company of the two states";

    #[test]
    fn the_same_words_are_the_same_whatever_the_title() {
        let (a, b) = (shingles("one", STORY), shingles("two", STORY));
        assert_eq!(a.whole(), b.whole());
        assert_eq!(a.overlap(&b).resemblance, 1.0);
    }

    #[test]
    fn a_cut_copy_is_contained() {
        let cut = &STORY[..90];
        let overlap = shingles("", STORY).overlap(&shingles("", cut));
        assert!(overlap.containment > 0.9, "{overlap:?}");
        assert!(overlap.resemblance < 0.6, "{overlap:?}");
    }

    #[test]
    fn a_short_text_is_told_apart_by_its_title() {
        let a = shingles("prices rise in the north", "read more");
        let b = shingles("a flood in the south", "read more");
        assert_ne!(a.whole(), b.whole());
        assert_eq!(a.overlap(&b).shared, 0);
    }

    #[test]
    fn a_cut_copy_of_a_very_long_text_is_contained() {
        let words: Vec<String> = (0..6000).map(|n| format!("w{n}")).collect();
        let (long, cut) = (words.join(" "), words[..200].join(" "));
        let overlap = shingles("", &long).overlap(&shingles("", &cut));
        assert!(overlap.containment > 0.99, "{overlap:?}");
    }

    #[test]
    fn chinese_is_compared_by_characters() {
        let a = shingles("", "哈萨克斯坦总统托卡耶夫会见了中国国家主席习近平");
        let b = shingles("", "哈萨克斯坦总统托卡耶夫今天会见了中国国家主席习近平");
        assert!(a.overlap(&b).resemblance > 0.7);
    }

    #[test]
    fn numbers_agree_or_not() {
        let a = shingles(
            "",
            "12 people died and 40 were hurt in the village on the river bank today",
        );
        let b = shingles(
            "",
            "3 people died and 7 were hurt in the village on the river bank today",
        );
        assert_eq!(a.number_agreement(&b), Some(0.0));
        assert_eq!(a.number_agreement(&a), Some(1.0));
        assert_eq!(a.number_agreement(&shingles("", "nobody")), None);
    }
}
