//! The public preview page of a Telegram channel, `https://t.me/s/CHANNEL`, read as a source.
//!
//! The page shows the last twenty posts, oldest first, and a link to the page before them. It names
//! no title: the first sentence of a post is taken for one. An edited post says so, but not when, so
//! that an edit shows in the content only. Not the Bot API and not MTProto: nothing here logs in.

use jiff::tz::TimeZone;
use scraper::{ElementRef, Node, Selector};

use super::page::dom::{self, Page, selector};
use super::{Entry, Format, Hints, Item, Parsed, Problem, Unreadable, date, markup};
use crate::config::Reading;
use crate::document::Document;

/// Posts of one page that are read; a page shows 20.
const POSTS_MAX: usize = 200;

/// A title is cut to this many characters at a word.
const TITLE_CHARS_MAX: usize = 120;

/// A first line that is shorter ("Breaking!") is joined by the next.
const TITLE_CHARS_MIN: usize = 20;

/// Bytes of a name or a label.
const NAME_BYTES_MAX: usize = 512;

/// Bytes of a post's text; Telegram allows 4,096 characters.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Nodes of one post that are searched; a long post with every kind of media has some 300.
const POST_NODES_MAX: usize = 3000;

/// Hashtags of one post that are kept.
const TAGS_MAX: usize = 32;

/// Reads a preview page; `text` is the decoded document.
///
/// # Errors
///
/// `preview_unavailable` where the channel has no preview (private, restricted, or not a channel, in
/// which case Telegram answers with the contact page), `not_a_feed` where it is no page of Telegram.
pub(super) fn read(
    document: &Document,
    text: &str,
    reading: &Reading,
) -> Result<Parsed, Unreadable> {
    let page = Page::load(text, &document.url);
    let zone = reading.time_zone.clone().unwrap_or(TimeZone::UTC);
    let mut channel = Channel {
        page: &page,
        select: Selectors::compile(),
        now: document.fetched,
        zone: &zone,
        items: Vec::new(),
        problems: Vec::new(),
    };
    let service = channel.read_posts();
    let history = page.html.select(&selector(".tgme_channel_history")).next();
    if channel.items.is_empty() && service == 0 && history.is_none() {
        return Err(unreadable(text));
    }
    if service > 0 {
        let message = format!("{service} notices of the service are no posts");
        channel
            .problems
            .push(Problem::document("service_messages", message));
    }
    if page.cut {
        channel.problems.push(Problem::document(
            "truncated",
            "the page is too large or too deep; a part was left out",
        ));
    }
    Ok(Parsed {
        format: Format::Telegram,
        title: page.text_at(
            ".tgme_channel_info_header_title, .tgme_header_title",
            NAME_BYTES_MAX,
        ),
        language: None,
        items: channel.items,
        problems: channel.problems,
        hints: Hints::default(),
        more: older(&page).into_iter().collect(),
    })
}

fn unreadable(text: &str) -> Unreadable {
    if text.contains("tgme_page") {
        Unreadable::new("preview_unavailable", "the channel has no public preview")
    } else {
        Unreadable::new("not_a_feed", "not the preview page of a Telegram channel")
    }
}

/// The page before this one.
fn older(page: &Page) -> Option<String> {
    let link = page
        .html
        .select(&selector(
            "a.tme_messages_more[data-before], link[rel=prev]",
        ))
        .next()?;
    let mut url = match page.base() {
        Some(base) => base.clone(),
        None => page.absolute(link.attr("href")?)?,
    };
    let before = match link.attr("data-before") {
        Some(before) => before.to_owned(),
        None => link.attr("href")?.rsplit_once("before=")?.1.to_owned(),
    };
    if before.is_empty() || !before.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    url.set_query(Some(&format!("before={before}")));
    url.set_fragment(None);
    page.absolute(url.as_str()).map(String::from)
}

/// The parts of a post, by the class names of the page.
struct Selectors {
    post: Selector,
    text: Selector,
    label: Selector,
    time: Selector,
    forwarded: Selector,
    author: Selector,
    image: Selector,
    preview: Selector,
    preview_words: Selector,
    tag: Selector,
}

impl Selectors {
    fn compile() -> Self {
        Self {
            post: selector(".tgme_widget_message[data-post]"),
            // The text of the message that is answered has the same class, and stands first.
            text: selector(".tgme_widget_message_text:not(.js-message_reply_text)"),
            label: selector(
                ".tgme_widget_message_poll_question, .tgme_widget_message_document_title, .tgme_widget_message_location_title",
            ),
            time: selector("time[datetime]"),
            forwarded: selector(".tgme_widget_message_forwarded_from_name"),
            author: selector(".tgme_widget_message_from_author"),
            image: selector(
                ".tgme_widget_message_photo_wrap, .tgme_widget_message_video_thumb, .link_preview_image, .link_preview_right_image",
            ),
            preview: selector(".tgme_widget_message_link_preview"),
            preview_words: selector(".link_preview_title, .link_preview_description"),
            tag: selector("a[href^='?q=%23']"),
        }
    }
}

struct Channel<'a> {
    page: &'a Page,
    select: Selectors,
    now: jiff::Timestamp,
    zone: &'a TimeZone,
    items: Vec<Item>,
    problems: Vec<Problem>,
}

impl Channel<'_> {
    /// Reads all posts; says how many notices of the service ("pinned a message") were passed over.
    fn read_posts(&mut self) -> usize {
        let mut service = 0;
        let posts: Vec<_> = self
            .page
            .html
            .select(&self.select.post)
            .take(POSTS_MAX + 1)
            .collect();
        if posts.len() > POSTS_MAX {
            self.problems.push(Problem::document(
                "too_many_items",
                format!("posts past {POSTS_MAX} were left out"),
            ));
        }
        for post in posts.into_iter().take(POSTS_MAX) {
            if post
                .value()
                .classes()
                .any(|class| class == "service_message")
            {
                service += 1;
                continue;
            }
            let guid = post.attr("data-post").unwrap_or_default();
            if is_post(guid) {
                let item = self.item(guid, post);
                self.items.push(item);
            } else {
                self.problems.push(Problem::document(
                    "bad_link",
                    format!("{guid:?} names no post"),
                ));
            }
        }
        service
    }

    fn item(&mut self, guid: &str, post: ElementRef<'_>) -> Item {
        let select = &self.select;
        let first = |wanted: &Selector| all(post, wanted).next();
        let text = first(&select.text);
        let content = match text {
            Some(text) => html(text).or_else(|| {
                let index = self.items.len();
                self.problems.push(Problem::entry(
                    "truncated",
                    index,
                    "the post is too large; its first words were kept",
                ));
                Some(dom::text(text, TEXT_BYTES_MAX))
            }),
            None => self.preview(post),
        };
        let label = first(&select.label).map(|label| dom::text(label, NAME_BYTES_MAX));
        let words = content.as_deref().map(markup::text).unwrap_or_default();
        let published_raw = first(&select.time)
            .and_then(|time| time.attr("datetime"))
            .map(str::to_owned);
        let published = published_raw
            .as_deref()
            .and_then(|raw| date::read(raw, self.now, self.zone));
        let entry = Entry {
            guid: Some(guid.to_owned()),
            url: Some(format!("https://t.me/{guid}")),
            title: title(&words).or(label),
            content,
            authors: first(&select.author)
                .map(|author| dom::text(author, NAME_BYTES_MAX))
                .into_iter()
                .collect(),
            tags: self.tags(post),
            published,
            published_raw,
            image: first(&select.image).and_then(|image| self.page.image(image)),
            origin: first(&select.forwarded).map(|name| dom::text(name, NAME_BYTES_MAX)),
            ..Entry::default()
        };
        if let (None, Some(raw)) = (&entry.published, &entry.published_raw) {
            let message = format!("no date could be read from {raw:?}");
            self.problems
                .push(Problem::entry("bad_date", self.items.len(), message));
        }
        Item::new(entry)
    }

    /// What a post without words shows of the page that it links to.
    fn preview(&self, post: ElementRef<'_>) -> Option<String> {
        let preview = all(post, &self.select.preview).next()?;
        let words: Vec<_> = all(preview, &self.select.preview_words)
            .filter_map(|element| Some(format!("<p>{}</p>", html(element)?)))
            .take(2)
            .collect();
        Some(words.concat()).filter(|html| !html.is_empty())
    }

    fn tags(&self, post: ElementRef<'_>) -> Vec<String> {
        all(post, &self.select.tag)
            .map(|tag| {
                dom::text(tag, NAME_BYTES_MAX)
                    .trim_start_matches('#')
                    .to_owned()
            })
            .filter(|tag| !tag.is_empty())
            .take(TAGS_MAX)
            .collect()
    }
}

/// What fits in a post, in document order.
fn all<'a>(post: ElementRef<'a>, wanted: &Selector) -> impl Iterator<Item = ElementRef<'a>> {
    post.descendants()
        .take(POST_NODES_MAX)
        .filter_map(ElementRef::wrap)
        .filter(|element| wanted.matches(element))
}

/// The markup inside an element; `None` where it is larger than a post can be.
fn html(element: ElementRef<'_>) -> Option<String> {
    let mut bytes = 0;
    for (count, node) in element.descendants().enumerate() {
        bytes += match node.value() {
            Node::Text(text) => text.len(),
            Node::Element(element) => element.attrs().map(|(_, value)| value.len()).sum(),
            _ => 0,
        };
        if count > POST_NODES_MAX || bytes > TEXT_BYTES_MAX {
            return None;
        }
    }
    Some(element.inner_html())
}

/// `channel/123`, as Telegram allows names (a letter, then letters, digits and `_`).
fn is_post(guid: &str) -> bool {
    guid.split_once('/').is_some_and(|(channel, number)| {
        !channel.is_empty()
            && channel.len() <= 64
            && channel
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && (1..=12).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The first sentence of a post, or its first line where that is shorter, without the signs in front
/// of it.
fn title(text: &str) -> Option<String> {
    let mut title = String::new();
    for line in text.lines() {
        if !title.is_empty() {
            title.push(' ');
        }
        let bare = line.trim_start_matches(is_decoration).trim();
        title.push_str(if title.is_empty() { bare } else { line.trim() });
        if title.chars().count() >= TITLE_CHARS_MIN {
            break;
        }
    }
    let title = title.trim();
    let sentence = &title[..sentence_end(title)];
    (!sentence.is_empty()).then(|| shortened(sentence))
}

/// Emoji, arrows, bullets; not what opens a sentence.
fn is_decoration(c: char) -> bool {
    !(c.is_alphanumeric()
        || matches!(
            c,
            '«' | '"'
                | '“'
                | '„'
                | '‘'
                | '\''
                | '('
                | '['
                | '#'
                | '@'
                | '№'
                | '$'
                | '€'
                | '£'
                | '-'
                | '—'
                | '–'
                | '+'
                | '<'
        ))
}

/// Where the first sentence ends that is long enough for a title; the whole length if none does.
fn sentence_end(text: &str) -> usize {
    let mut stop = false;
    for (chars, (at, c)) in text.char_indices().enumerate() {
        // "No. 5", "г. Алматы" and initials: a full stop ends a sentence only past the minimum.
        if stop && c.is_whitespace() && chars >= TITLE_CHARS_MIN {
            return at;
        }
        stop = matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔');
        if matches!(c, '。' | '！' | '？') && chars >= TITLE_CHARS_MIN / 2 {
            return at + c.len_utf8();
        }
    }
    text.len()
}

fn shortened(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(TITLE_CHARS_MAX) else {
        return text.to_owned();
    };
    let head = &text[..end];
    let cut = head
        .rfind(char::is_whitespace)
        .filter(|cut| *cut > end / 2)
        .unwrap_or(end);
    format!(
        "{}…",
        head[..cut].trim_end_matches(|c: char| !c.is_alphanumeric())
    )
}

#[cfg(test)]
mod tests;
