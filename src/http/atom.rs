//! Stories as an Atom feed (RFC 4287), so that other readers can follow news without its repetitions.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::desk::Shown;
use super::model::{Id, Story};
use super::stories::{Filter, Order, select};
use super::view::now::headline;
use super::view::{clean, count, country_name, lang, title_or};

/// Stories in the feed: more than a day of large ones.
const ENTRIES: usize = 100;
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The newest stories that a filter lets through. `base` is what addresses begin with, `own` the feed's own.
pub fn feed(shown: &Shown, filter: &Filter, base: &str, own: &str) -> String {
    let filter = Filter {
        order: Order::New,
        ..filter.clone()
    };
    let stories = select(&shown.model, &filter, shown.now());
    let updated = stories
        .iter()
        .take(ENTRIES)
        .map(|(_, story)| story.last_seen)
        .max()
        .unwrap_or(filter.since);
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n",
    );
    element(&mut out, "title", None, "khabar: stories");
    element(&mut out, "id", None, &format!("{base}{own}"));
    let (own, page) = (escape(&format!("{base}{own}")), escape(&format!("{base}/")));
    let _ = writeln!(
        out,
        "<link rel=\"self\" href=\"{own}\"/>\n<link href=\"{page}\"/>"
    );
    element(&mut out, "updated", None, &updated.to_string());
    let generator = concat!(
        "<generator version=\"",
        env!("CARGO_PKG_VERSION"),
        "\">khabar</generator>\n"
    );
    out.push_str(generator);
    for (id, story) in stories.into_iter().take(ENTRIES) {
        entry(&mut out, shown, id, story, base);
    }
    out.push_str("</feed>\n");
    out
}

fn entry(out: &mut String, shown: &Shown, id: Id, story: &Story, base: &str) {
    let model = &shown.model;
    let Some(summary) = model.summary(story) else {
        return;
    };
    let (language, title) = headline(model, &summary, None);
    out.push_str("<entry>\n");
    element(out, "id", None, &format!("urn:khabar:s_{id}"));
    element(out, "title", lang(language), &title_or(title));
    let _ = writeln!(
        out,
        "<link href=\"{}\"/>",
        escape(&format!("{base}/story/s_{id}"))
    );
    element(out, "published", None, &moment(story.first_seen));
    element(out, "updated", None, &moment(story.last_seen));
    out.push_str("<author>");
    element(out, "name", None, &clean(model.name(summary.first.outlet)));
    out.push_str("</author>\n");
    for country in &summary.countries {
        let code = model.name(*country);
        let _ = writeln!(
            out,
            "<category term=\"{}\" label=\"{}\"/>",
            escape(code),
            escape(country_name(code))
        );
    }
    let mut text = format!(
        "{}, {}, first told by {}.",
        count(story.article_count(), "article"),
        count(story.independent_voices, "independent voice"),
        clean(model.name(summary.first.outlet))
    );
    for (other, title) in &summary.titles {
        let other = model.name(*other);
        if other != language {
            let _ = write!(text, "\n{other}: {}", clean(title));
        }
    }
    element(out, "summary", None, &text);
    out.push_str("</entry>\n");
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn element(out: &mut String, name: &str, language: Option<&str>, text: &str) {
    let language = language.map_or_else(String::new, |language| {
        format!(" xml:lang=\"{}\"", escape(language))
    });
    let _ = writeln!(out, "<{name}{language}>{}</{name}>", escape(text));
}

/// Text for an element or an attribute; what XML 1.0 cannot say is left out.
fn escape(text: &str) -> String {
    let is_sayable = |c: &char| matches!(c, '\t' | '\n' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let text: String = text.chars().filter(is_sayable).collect();
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escape("<script>\"&'\u{0}\u{fffe}\u{1f600}"),
            "&lt;script&gt;&quot;&amp;&apos;\u{1f600}"
        );
    }
}
