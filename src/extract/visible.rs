//! What readers see around the headline: bylines that no markup declares.

use super::byline::credited;
use super::hints::Hints;
use super::tree::{Block, Tag, Tree};

/// Letters of a byline.
const BYLINE_LETTERS_MAX: u32 = 80;
/// Bylines that are read.
const BYLINES_MAX: usize = 3;
/// Blocks after the headline that may be a byline.
const NEAR_HEADLINE: usize = 8;
/// Letters of a bare name.
const NAME_LETTERS_MAX: u32 = 30;

/// In order: lines after the headline that say so ("By …"), boxes named so, a bare name right after
/// the headline, lines that say so anywhere.
pub(super) fn bylines(tree: &Tree) -> Vec<&str> {
    let headline = tree
        .blocks
        .iter()
        .position(|block| tree.elements[block.element as usize].tag == Tag::Heading(1));
    let after = headline.map_or(0, |at| at + 1);
    let near = &tree.blocks[after..tree.blocks.len().min(after + NEAR_HEADLINE)];
    let short = |block: &&Block| block.letters <= BYLINE_LETTERS_MAX;
    let says = |block: &Block| {
        let line = first_line(tree.text(block));
        credited(line).filter(|name| {
            name.starts_with(char::is_uppercase) || !line.starts_with(char::is_uppercase)
        })
    };
    let labelled: Vec<&str> = near.iter().filter(short).filter_map(says).take(1).collect();
    if !labelled.is_empty() {
        return labelled;
    }
    let named = tree
        .blocks
        .iter()
        .filter(short)
        .filter(|block| is_named(tree, block));
    let named: Vec<&str> = named
        .map(|block| first_line(tree.text(block)))
        .filter(|text| !text.contains(char::is_numeric))
        .take(BYLINES_MAX)
        .collect();
    if !named.is_empty() {
        return named;
    }
    let bare = near.iter().take(2).filter(|_| headline.is_some());
    let bare: Vec<&str> = bare
        .filter(|block| is_bare_name(tree, block))
        .map(|block| tree.text(block))
        .take(1)
        .collect();
    if !bare.is_empty() {
        return bare;
    }
    tree.blocks
        .iter()
        .filter(short)
        .filter_map(says)
        .take(1)
        .collect()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn is_named(tree: &Tree, block: &Block) -> bool {
    let element = &tree.elements[block.element as usize];
    let parent = &tree.elements[element.parent as usize];
    element.hints.has(Hints::BYLINE) || parent.hints.has(Hints::BYLINE)
}

/// Two to four words that all begin with a capital.
fn is_bare_name(tree: &Tree, block: &Block) -> bool {
    let text = tree.text(block);
    let heading = matches!(tree.elements[block.element as usize].tag, Tag::Heading(_));
    let words = text.split_whitespace().count();
    !heading
        && block.letters <= NAME_LETTERS_MAX
        && (2..=4).contains(&words)
        && text
            .split_whitespace()
            .all(|word| word == "|" || word.starts_with(char::is_uppercase))
        && text
            .trim_end_matches(['|', ' '])
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | '’'))
}
