//! Which paragraphs of a page are the story: the box with the most running text, counted against
//! links and scraps, once what stands apart by its name or kind is left out; then its edges.
//!
//! The idea of scoring text by density is that of Kohlschütter, Fankhauser and Nejdl, "Boilerplate
//! Detection using Shallow Text Features" (WSDM 2010); that of summing it up the tree is Readability's.
//! No word of any language decides here; punctuation of every script counts.
//!
//! The numbers were found by trying on 395 labelled pages of three collections. They lie on plateaus:
//! making any of them a third larger or smaller moves F1 on each collection by at most .006, and
//! most of them by less than .001.

use std::collections::HashSet;

use super::hints::Hints;
use super::lines::leads_elsewhere;
use super::tree::{Block, Element, Tag, Tree};

/// The blocks of the story, in document order.
pub(super) struct Content {
    pub blocks: Vec<usize>,
}

impl Content {
    /// Paragraphs, separated by `\n`.
    pub fn text(&self, tree: &Tree) -> String {
        let texts: Vec<&str> = self
            .blocks
            .iter()
            .map(|&block| tree.text(&tree.blocks[block]))
            .collect();
        texts.join("\n")
    }
}

/// The whole of a tree that is known to be the story, without what is set apart in it.
pub(super) fn within(tree: &Tree) -> Content {
    let apart = apart(tree);
    Content {
        blocks: (0..tree.blocks.len()).filter(|&b| !apart[b]).collect(),
    }
}

/// Finds the story.
pub(super) fn content(tree: &Tree) -> Content {
    let apart = apart(tree);
    let worth: Vec<i64> = tree
        .blocks
        .iter()
        .zip(&apart)
        .map(|(block, &apart)| if apart { 0 } else { worth(tree, block) })
        .collect();
    let best = best(tree, &Sums::new(worth.iter().copied()));
    let range = &tree.elements[best].blocks;
    let range = range.start as usize..range.end as usize;
    let mut blocks = standfirst(tree, &apart, range.start);
    blocks.extend(range.filter(|&b| !apart[b] && worth[b] >= KEPT_WORTH));
    trim(tree, &worth, &mut blocks);
    drop_repeated(tree, &mut blocks);
    Content { blocks }
}

/// A block in the story that is worth less than this is a link or a scrap.
const KEPT_WORTH: i64 = -10;

/// Sums over ranges.
struct Sums(Vec<i64>);

impl Sums {
    fn new(values: impl Iterator<Item = i64>) -> Self {
        let mut sums = vec![0];
        let mut sum = 0;
        sums.extend(values.map(|value| {
            sum += value;
            sum
        }));
        Self(sums)
    }

    fn of(&self, element: &Element) -> i64 {
        self.0[element.blocks.end as usize] - self.0[element.blocks.start as usize]
    }
}

/// Letters from which a block is running text: without a mark that ends a sentence, and with one.
const PROSE_LETTERS_MIN: i64 = 60;
const SENTENCE_LETTERS_MIN: i64 = 20;

/// Letters of running text.
fn prose(block: &Block) -> i64 {
    let own = i64::from(block.letters) - 2 * i64::from(block.link_letters);
    if own >= PROSE_LETTERS_MIN || (own >= SENTENCE_LETTERS_MIN && block.stops > 0) {
        own
    } else {
        0
    }
}

/// Marks the blocks of boxes that are not the story by what they are or are called, unless too much
/// of the page's running text is in them.
fn apart(tree: &Tree) -> Vec<bool> {
    let prose = Sums::new(tree.blocks.iter().map(prose));
    let all = prose.of(&tree.elements[0]);
    let mut apart = vec![false; tree.blocks.len()];
    let mut index = 1;
    while index < tree.elements.len() {
        let element = &tree.elements[index];
        let is_apart = |most| prose.of(element) * 100 <= all * most;
        if apart_percent_max(element).is_some_and(is_apart) {
            apart[element.blocks.start as usize..element.blocks.end as usize].fill(true);
            index = element.end as usize;
        } else {
            index += 1;
        }
    }
    apart
}

/// Percent of the page's running text that a box may hold and still stand apart, by what speaks
/// against it. Comments are often longer than the story.
const COMMENTS_PERCENT_MAX: i64 = 85;
/// For boxes that by their kind or name are beside the story: some systems put the story itself in
/// an `aside`, or call its box "article-meta".
const BESIDE_PERCENT_MAX: i64 = 45;
/// For what is not shown: pages that are made in the browser begin hidden.
const HIDDEN_PERCENT_MAX: i64 = 20;
/// For forms: some systems put the whole page in one.
const FORM_PERCENT_MAX: i64 = 15;

/// The share of the page's running text, in percent, that a box may hold and still stand apart;
/// `None` where nothing speaks against it.
fn apart_percent_max(element: &Element) -> Option<i64> {
    let hints = element.hints;
    if hints.has(Hints::COMMENTS) {
        return Some(COMMENTS_PERCENT_MAX);
    }
    match element.tag {
        Tag::Nav | Tag::Footer | Tag::Control | Tag::Aside | Tag::FigureCaption => {
            Some(BESIDE_PERCENT_MAX)
        }
        Tag::Form => Some(FORM_PERCENT_MAX),
        _ if hints.has(Hints::HIDDEN) => Some(HIDDEN_PERCENT_MAX),
        _ if hints.has(Hints::CAPTION) || hints.has(Hints::PAYWALL) => Some(BESIDE_PERCENT_MAX),
        _ if hints.has(Hints::SET_APART) && !hints.has(Hints::BODY) => Some(BESIDE_PERCENT_MAX),
        _ => None,
    }
}

/// What a block is worth that is not counted by its letters: headings, and paragraphs of links that
/// belong to the text, speak a little for the box around them; scraps a little against it.
const HEADING_WORTH: i64 = 5;
const SCRAP_WORTH: i64 = -5;
/// Links, and lines that lead elsewhere, speak against it; long links more, by one for each so many
/// letters.
const LINK_WORTH: i64 = -20;
const LINK_LETTERS_PER_POINT: i64 = 3;

/// Letters from which text that stands in no paragraph is more than a scrap: without a mark that
/// ends a sentence, and with one.
const BARE_LETTERS_MIN: i64 = 80;
const BARE_SENTENCE_LETTERS_MIN: i64 = 30;

/// What a block adds to the case for the box around it.
fn worth(tree: &Tree, block: &Block) -> i64 {
    let letters = i64::from(block.letters);
    let linked = i64::from(block.link_letters);
    if letters == 0 {
        return 0;
    }
    let text = tree.text(block);
    if leads_elsewhere(text, block.letters) || text.starts_with("{\"") {
        return LINK_WORTH;
    }
    if linked * 2 > letters {
        return if is_linked_prose(tree, block) {
            HEADING_WORTH
        } else {
            LINK_WORTH - linked / LINK_LETTERS_PER_POINT
        };
    }
    let own = letters - linked;
    match tree.elements[block.element as usize].tag {
        Tag::Heading(_) => HEADING_WORTH,
        Tag::Paragraph | Tag::Quote | Tag::Item | Tag::Pre => own,
        _ if own >= BARE_LETTERS_MIN => own,
        _ if own >= BARE_SENTENCE_LETTERS_MIN && block.stops > 0 => own,
        _ => SCRAP_WORTH,
    }
}

/// A paragraph that is mostly links and yet belongs to the text around it: a sentence that is not
/// all link, or any paragraph in a box that is known to hold the story, unless it is of the form
/// "Read also: …".
fn is_linked_prose(tree: &Tree, block: &Block) -> bool {
    let element = &tree.elements[block.element as usize];
    let text = tree.text(block);
    let all_linked = block.link_letters * 100 >= block.letters * ALL_LINKED_PERCENT;
    let ends = text
        .trim_end_matches(['"', '”', '’', '»', ')'])
        .ends_with(SENTENCE_ENDS);
    match element.tag {
        Tag::Item => ends && !all_linked,
        Tag::Paragraph => {
            let in_body = tree.elements[element.parent as usize]
                .hints
                .has(Hints::BODY);
            let labelled = text
                .chars()
                .take(LABEL_CHARS)
                .any(|c| matches!(c, ':' | '：'));
            (ends && !all_linked) || (in_body && !labelled)
        }
        _ => false,
    }
}

const SENTENCE_ENDS: [char; 10] = ['.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।'];

/// Percent of a block's letters in links from which it is nothing but links.
const ALL_LINKED_PERCENT: u32 = 95;

/// Where the colon of a label may stand.
const LABEL_CHARS: usize = 30;

/// The box with the largest sum, or the smallest box in it that has nearly all of that.
fn best(tree: &Tree, sums: &Sums) -> usize {
    let mut best = 0;
    let mut most = i64::MIN;
    for (index, element) in tree.elements.iter().enumerate() {
        let sum = sums.of(element);
        if sum >= most {
            (best, most) = (index, sum);
        }
    }
    let mut inner = best;
    for index in best + 1..tree.elements[best].end as usize {
        if sums.of(&tree.elements[index]) * 100 >= most * INNER_PERCENT {
            inner = index;
        }
    }
    inner
}

/// The share of the best sum, in percent, that a box inside must have to be taken in its place.
const INNER_PERCENT: i64 = 85;

/// Blocks between headline and text among which the standfirst may be.
const STANDFIRST_REACH: usize = 40;

/// Running text between the headline and the box of the story.
fn standfirst(tree: &Tree, apart: &[bool], start: usize) -> Vec<usize> {
    let from = start.saturating_sub(STANDFIRST_REACH);
    let is_headline =
        |b: &usize| tree.elements[tree.blocks[*b].element as usize].tag == Tag::Heading(1);
    let Some(headline) = (from..start).rev().find(is_headline) else {
        return Vec::new();
    };
    (headline + 1..start)
        .filter(|&b| is_standfirst(tree, &tree.blocks[b], apart[b]))
        .collect()
}

/// Named so, or a sentence without links in a box that nothing but its place speaks against.
fn is_standfirst(tree: &Tree, block: &Block, apart: bool) -> bool {
    let mut hints = Hints::default();
    let mut element = block.element;
    let mut named = false;
    for level in 0..3 {
        let around = &tree.elements[element as usize];
        hints.add(around.hints);
        named |= level < 2 && around.hints.has(Hints::STANDFIRST);
        if matches!(
            around.tag,
            Tag::FigureCaption | Tag::Item | Tag::Nav | Tag::Aside | Tag::Form
        ) {
            return false;
        }
        element = around.parent;
    }
    let prose = prose(block);
    if apart {
        return !hints.has(Hints::NEVER_STANDFIRST)
            && block.links == 0
            && block.stops > 0
            && prose >= PROSE_LETTERS_MIN;
    }
    let least = if named {
        NAMED_STANDFIRST_LETTERS_MIN
    } else {
        PROSE_LETTERS_MIN
    };
    prose >= least
}

/// Letters of a standfirst in a box named so.
const NAMED_STANDFIRST_LETTERS_MIN: i64 = 25;

/// Takes scraps off both ends: headlines, dates and bylines before the first sentence, labels after
/// the last.
fn trim(tree: &Tree, worth: &[i64], blocks: &mut Vec<usize>) {
    let is_text = |&b: &usize| {
        let block = &tree.blocks[b];
        let heading = matches!(tree.elements[block.element as usize].tag, Tag::Heading(_));
        !heading
            && worth[b] > 0
            && (block.stops > 0 || i64::from(block.letters) >= PROSE_LETTERS_MIN)
    };
    let is_subheading = |&b: &usize| {
        matches!(
            tree.elements[tree.blocks[b].element as usize].tag,
            Tag::Heading(2..)
        )
    };
    let (Some(first), Some(last)) = (
        blocks.iter().position(is_text),
        blocks.iter().rposition(is_text),
    ) else {
        return;
    };
    let lead = blocks[..first]
        .iter()
        .rposition(|b| !is_subheading(b))
        .map_or(0, |at| at + 1);
    let tail = |&b: &usize| {
        matches!(
            tree.elements[tree.blocks[b].element as usize].tag,
            Tag::Item | Tag::Cell | Tag::Quote
        )
    };
    let last = last + 1 + blocks[last + 1..].iter().take_while(|b| tail(b)).count();
    blocks.truncate(last);
    blocks.drain(..lead.min(first));
}

/// Letters of a paragraph that is not said twice by chance.
const REPEATED_LETTERS_MIN: u32 = 40;

/// Keeps only the first of equal paragraphs: pull quotes, texts for two widths of screen.
fn drop_repeated(tree: &Tree, blocks: &mut Vec<usize>) {
    let mut seen = HashSet::new();
    blocks.retain(|&b| {
        let block = &tree.blocks[b];
        block.letters < REPEATED_LETTERS_MIN || seen.insert(tree.text(block))
    });
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::super::tree::flatten;
    use super::*;

    const ONE: &str =
        "Сильный дождь вызвал сель в Кара-Сууйском районе, вода подтопила тридцать домов.";
    const TWO: &str =
        "По данным ведомства, двести человек разместили в двух школах, туда подвезли воду.";
    const THREE: &str = "Дорогу в горный район откроют к полудню, сообщили спасатели.";

    /// `{1}`, `{2}` and `{3}` in `html` stand for the paragraphs above.
    fn check(html: &str, expected: &[&str]) {
        let paragraphs = [("{1}", ONE), ("{2}", TWO), ("{3}", THREE)];
        let fill = |html: &str| {
            paragraphs
                .iter()
                .fold(html.to_owned(), |html, (mark, text)| {
                    html.replace(mark, text)
                })
        };
        let parsed = Html::parse_document(&fill(html));
        let tree = flatten(parsed.root_element());
        let expected: Vec<String> = expected.iter().map(|line| fill(line)).collect();
        let text = content(&tree).text(&tree);
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{html}");
    }

    #[test]
    fn the_box_with_the_story_wins() {
        check(
            "<nav><a href=/a>Новости</a></nav><div><h1>Сель</h1><p>{1}</p><p>{2}</p></div>\
             <div><a href=/b>Курс доллара на завтра и погода в горах</a></div><footer>© 2026</footer>",
            &["{1}", "{2}"],
        );
        check(
            "<table><tr><td><a href=/a>Спорт</a><td>{1}<br><br>{2}</table>",
            &["{1}", "{2}"],
        );
        check("<p>short", &["short"]);
        check("<nav><a href=/a>Новости</a></nav>", &[]);
        check("", &[]);
    }

    #[test]
    fn what_stands_apart_in_it_is_left_out() {
        for apart in [
            "<aside><p>{3}</p></aside>",
            "<div class=related-news><p>{3}</p></div>",
            "<div class='share'>Поделиться</div>",
            "<figure><figcaption>{3}</figcaption></figure>",
            "<div style='display: none'><p>Скрыто от читателя.</p></div>",
            "<p>Читайте также: <a href=/x>Как готовиться к паводку</a></p>",
            "<p><a href=/x>Как готовиться к паводку</a></p>",
        ] {
            let html =
                format!("<article><p>{{1}}</p>{apart}<p>{{2}}</p><p>{{1}} {{2}}</p></article>");
            check(&html, &["{1}", "{2}", "{1} {2}"]);
        }
    }

    #[test]
    fn what_belongs_to_it_is_kept() {
        check(
            "<article><p>{1}<h2>Что дальше</h2><ul><li>Школы закрыты;<li>мост открыт.</ul><p>{2}</article>",
            &["{1}", "Что дальше", "Школы закрыты;", "мост открыт.", "{2}"],
        );
        check(
            "<article><p>{1}<blockquote><p>{3}</blockquote><p>{2}",
            &["{1}", "{3}", "{2}"],
        );
        // A name does not set apart what holds most of the text.
        check(
            "<div class=sidebar><p>{1}<p>{2}<p>{3}</div><p>{3}",
            &["{1}", "{2}", "{3}"],
        );
        check(
            "<h1>Сель</h1><p class=lead>{3}</p><div><p>{1}<p>{2}</div>",
            &["{3}", "{1}", "{2}"],
        );
    }

    #[test]
    fn edges_and_repetitions_go() {
        check(
            "<article><h1>Сель</h1><div>3 ноября</div><p>{1}<p>{2}<p>{1}<h3>Ещё новости</h3></article>",
            &["{1}", "{2}"],
        );
    }
}
