//! One page, read by itself.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use scraper::{ElementRef, Html, Selector};
use serde::Serialize;

use super::content;
use super::head;
use super::jsonld::{self, Linked};
use super::metadata::Sources;
use super::slim::{self, Slim};
use super::tree;
use super::wall;
use super::when::{self, Found, Reader};
use crate::config::Reading;
use crate::document::Document;
use crate::parse::date::Date;
use crate::parse::{charset, markup};

/// What an article page says, as the `extract` pipe prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    /// The headline, without the name of the site.
    pub title: Option<String>,
    /// The story; paragraphs are separated by `\n`. Empty where none was found.
    pub text: String,
    pub authors: Vec<String>,
    pub published: Option<Date>,
    /// What `published` was read from, or the best that could not be read.
    pub published_raw: Option<String>,
    /// `published` was read from the address of the page, not from the page.
    #[serde(skip)]
    pub published_in_url: bool,
    pub updated: Option<Date>,
    /// As declared, lower case.
    pub language: Option<String>,
    /// The name of the site.
    pub site: Option<String>,
    /// Absolute.
    pub canonical_url: Option<String>,
    /// Absolute.
    pub image: Option<String>,
    pub tags: Vec<String>,
    /// The outlet says, or shows, that the whole text is for those who pay.
    pub paywalled: bool,
    /// `page_truncated`, `consent_wall`, `robot_check`.
    #[serde(skip)]
    pub flags: Vec<&'static str>,
}

/// A page that says nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// `empty` or `not_html`.
    pub kind: &'static str,
    pub message: String,
}

/// Reads an article page. The work is proportional to its length, and only the first
/// [`HTML_BYTES_MAX`](slim::HTML_BYTES_MAX) bytes are read.
///
/// # Errors
///
/// Where there is no page: an empty body, a PDF, an image. A page without a story is a [`Page`]
/// without text.
pub fn page(document: &Document, reading: &Reading) -> Result<Page, Unreadable> {
    readable(document)?;
    let body = &document.body[..document.body.len().min(slim::HTML_BYTES_MAX)];
    let mut source = charset::decode(body, document.content_type.as_deref(), &mut Vec::new());
    if source.contains('\0') {
        // As the tree builder would do, but without a note of each.
        source = source.replace('\0', "").into();
    }
    let slim = slim::slim(&source);
    let html = Html::parse_document(&slim.html);
    let mut page = read(document, reading, &source, &slim, &html);
    let cut = slim.cut || body.len() < document.body.len();
    if cut && !page.flags.contains(&"page_truncated") {
        page.flags.push("page_truncated");
    }
    Ok(page)
}

fn readable(document: &Document) -> Result<(), Unreadable> {
    let error = |kind, message: &str| {
        Err(Unreadable {
            kind,
            message: message.to_owned(),
        })
    };
    if document.body.iter().all(u8::is_ascii_whitespace) {
        return error("empty", "the page has no content");
    }
    let declared = document.content_type.as_deref().unwrap_or_default();
    let kind = declared.split('/').next().unwrap_or_default().trim();
    let other = ["image", "audio", "video", "font"]
        .iter()
        .any(|k| kind.eq_ignore_ascii_case(k));
    if other || BINARY.iter().any(|magic| document.body.starts_with(magic)) {
        return error("not_html", "the address leads to a file, not to a page");
    }
    Ok(())
}

/// How files begin that outlets link to in place of pages: PDF, ZIP (and office files), PNG, JPEG,
/// GIF.
const BINARY: [&[u8]; 5] = [b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"GIF8"];

fn read(
    document: &Document,
    reading: &Reading,
    source: &str,
    slim: &Slim<'_>,
    html: &Html,
) -> Page {
    let head = head::head(html);
    let linked = jsonld::linked(&slim.json_ld);
    let tree = tree::flatten(html.root_element());
    let sources = Sources {
        head: &head,
        linked: &linked,
        tree: &tree,
        url: &document.url,
        source,
    };
    let select = &reading.select;
    let chosen =
        |selector: &Option<String>| selector.as_deref().and_then(|css| selected(html, css));
    let site = sources.site();
    let title = chosen(&select.title).or_else(|| sources.title(site.as_deref()));
    let text = select
        .body
        .as_deref()
        .and_then(|css| selected_text(html, css));
    let text = text.unwrap_or_else(|| content::content(&tree).text(&tree));
    let text = declared_text(&text, &linked).unwrap_or(text);
    let found = date(
        document,
        reading,
        &sources,
        chosen(&select.date),
        title.as_deref(),
    );
    let mut flags = Vec::new();
    flags.extend(tree.cut.then_some("page_truncated"));
    flags.extend(wall::wall(title.as_deref().unwrap_or_default(), &text));
    let reader = reader(document, reading);
    Page {
        authors: sources.authors(site.as_deref(), title.as_deref()),
        published: found.date,
        published_raw: found.raw,
        published_in_url: found.in_url,
        updated: when::modified(&head, &linked, &reader),
        language: sources.language(),
        canonical_url: sources.canonical_url(),
        image: select
            .image
            .as_deref()
            .and_then(|css| sources.absolute(&selected_image(html, css)?))
            .map(String::from)
            .or_else(|| sources.image()),
        tags: sources.tags(),
        paywalled: wall::paywalled(&head, &linked, &tree, &text),
        title,
        text,
        site,
        flags,
    }
}

/// Letters below which a page shows no text, and letters from which the text of its linked data is
/// more than a summary. Pages that are made in the browser have the story only there.
const NO_TEXT_LETTERS: usize = 80;
const DECLARED_LETTERS_MIN: usize = 200;

/// The text of the linked data, where the page shows none.
fn declared_text(shown: &str, linked: &Linked) -> Option<String> {
    let reaches = |text: &str, least: usize| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.take(least).count() == least
    };
    let body = linked.body.as_deref()?;
    if reaches(shown, NO_TEXT_LETTERS) {
        return None;
    }
    // Paragraphs come as lines of plain text, or as markup.
    let text: Vec<String> = body.lines().map(markup::text).collect();
    let text = text.join("\n");
    let lines = text.lines().map(str::trim);
    let text = lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    reaches(&text, DECLARED_LETTERS_MIN).then_some(text)
}

fn reader<'a>(document: &Document, reading: &'a Reading) -> Reader<'a> {
    const UTC: &TimeZone = &TimeZone::UTC;
    Reader {
        now: document.fetched,
        zone: reading.time_zone.as_ref().unwrap_or(UTC),
    }
}

/// The date that the configuration points at, else what the page and its address say.
fn date(
    document: &Document,
    reading: &Reading,
    sources: &Sources<'_>,
    chosen: Option<String>,
    title: Option<&str>,
) -> Found {
    let reader = reader(document, reading);
    if let Some((raw, date)) = chosen
        .and_then(|raw| Some((reader.read(&raw)?, raw)))
        .map(|(date, raw)| (raw, date))
    {
        return Found {
            date: Some(date),
            raw: Some(raw),
            in_url: false,
        };
    }
    when::published(sources, title, &reader)
}

fn first<'a>(html: &'a Html, css: &str) -> Option<ElementRef<'a>> {
    let selector = Selector::parse(css).ok()?;
    html.select(&selector).next()
}

/// The `datetime` or `content` of the first match, or its text.
fn selected(html: &Html, css: &str) -> Option<String> {
    let element = first(html, css)?;
    let declared = ["datetime", "content"]
        .into_iter()
        .find_map(|name| element.attr(name));
    let value = declared.map_or_else(|| element.text().collect::<String>(), str::to_owned);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!value.is_empty()).then_some(value)
}

fn selected_image(html: &Html, css: &str) -> Option<String> {
    let element = first(html, css)?;
    ["src", "content", "data-src", "href"]
        .into_iter()
        .find_map(|name| element.attr(name))
        .map(str::to_owned)
}

/// The text of every match that is not inside another, without what stands apart in it.
fn selected_text(html: &Html, css: &str) -> Option<String> {
    let selector = Selector::parse(css).ok()?;
    let matches: Vec<_> = html.select(&selector).take(SELECTED_MAX).collect();
    let ids: HashSet<_> = matches.iter().map(|element| element.id()).collect();
    let outer = matches.iter().filter(|element| {
        element
            .ancestors()
            .all(|around| !ids.contains(&around.id()))
    });
    let texts = outer.map(|element| {
        let tree = tree::flatten(*element);
        content::within(&tree).text(&tree)
    });
    let text = texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    (!text.is_empty()).then_some(text)
}

/// Matches of a selector for the text that are read.
const SELECTED_MAX: usize = 200;

#[cfg(test)]
mod tests;
