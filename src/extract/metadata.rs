//! What to believe of what a page says about itself.

use url::Url;

use super::byline;
use super::head::Head;
use super::jsonld::Linked;
use super::title::{self, Candidates};
use super::tree::Tree;
use super::visible;

/// Tags of one page that are kept.
const TAGS_MAX: usize = 64;

const AUTHORS: [&str; 12] = [
    "author",
    "article:author",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "og:article:author",
    "article:author_name",
    "citation_author",
    "cxenseparse:author",
    "twitter:data1:author",
];

/// Everything that is declared, side by side.
pub(super) struct Sources<'a> {
    pub head: &'a Head,
    pub linked: &'a Linked,
    pub tree: &'a Tree,
    pub url: &'a str,
    /// The whole source.
    pub source: &'a str,
}

impl Sources<'_> {
    pub fn site(&self) -> Option<String> {
        let names = [
            "og:site_name",
            "application-name",
            "al:android:app_name",
            "dc.publisher",
            "publisher",
        ];
        let named = self.head.meta(&names).map(str::to_owned);
        named
            .or_else(|| self.linked.publisher.clone())
            .map(|site| collapse(&site))
            .filter(|site| !site.is_empty())
    }

    pub fn title(&self, site: Option<&str>) -> Option<String> {
        title::title(&Candidates {
            linked: self.linked.headline.as_deref(),
            open_graph: self
                .head
                .meta(&["og:title", "twitter:title", "dc.title", "title"]),
            headlines: &self.head.headlines,
            document: self.document_title(),
            site,
            host: &self.host(),
            news: self.linked.news,
        })
    }

    /// `<title>`, without what follows the headline that the page shows.
    fn document_title(&self) -> Option<&str> {
        let title = self.head.title.as_deref()?;
        let shown = |part: &&str| visible::shows(self.tree, part);
        title::heads(title).find(shown).or(Some(title))
    }

    /// Linked data, then meta elements, then microdata and links, then what readers see; the first
    /// that names a person, else the first that names anyone.
    pub fn authors(&self, site: Option<&str>, title: Option<&str>) -> Vec<String> {
        let host = self.host();
        let declared = |raw: Vec<&str>| byline::credits(raw, site, &host);
        let properties = ["author", "creator"]
            .iter()
            .flat_map(|name| self.head.property(name));
        let links = self.head.author_links.iter().map(String::as_str);
        let metas = AUTHORS.iter().flat_map(|name| self.head.all(name));
        let mut nobody = Vec::new();
        for credits in [
            declared(self.linked.authors.iter().map(String::as_str).collect()),
            declared(metas.collect()),
            declared(properties.chain(links).collect()),
            declared(visible::bylines(self.tree, title)),
            declared(
                self.linked
                    .organisations
                    .iter()
                    .map(String::as_str)
                    .collect(),
            ),
        ] {
            if !credits.people.is_empty() {
                return credits.people;
            }
            if nobody.is_empty() {
                nobody = credits.bodies;
            }
        }
        nobody
    }

    /// As declared, lower case, hyphens between the parts.
    pub fn language(&self) -> Option<String> {
        let declared = [
            self.head.language.as_deref(),
            self.head
                .meta(&["content-language", "og:locale", "dc.language", "language"]),
            self.linked.language.as_deref(),
        ];
        declared
            .into_iter()
            .flatten()
            .map(|language| language.trim().to_ascii_lowercase().replace('_', "-"))
            .find(|language| {
                (2..=16).contains(&language.len())
                    && language
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
    }

    /// Absolute; the address of the site itself is nobody's canonical address.
    pub fn canonical_url(&self) -> Option<String> {
        [
            self.head.canonical.as_deref(),
            self.head.meta(&["og:url"]),
            self.linked.url.as_deref(),
        ]
        .into_iter()
        .flatten()
        .filter_map(|address| self.absolute(address))
        .find(|address| address.path() != "/" || address.query().is_some())
        .map(String::from)
    }

    pub fn image(&self) -> Option<String> {
        let metas = [
            "og:image:secure_url",
            "og:image",
            "og:image:url",
            "twitter:image",
            "twitter:image:src",
            "thumbnail",
            "image",
        ];
        [
            self.head.meta(&metas),
            self.linked.image.as_deref(),
            self.head.property("image").next(),
        ]
        .into_iter()
        .flatten()
        .find_map(|address| self.absolute(address))
        .map(String::from)
    }

    pub fn tags(&self) -> Vec<String> {
        let split = |text: &str| {
            text.split([',', '،', ';'])
                .map(collapse)
                .collect::<Vec<_>>()
        };
        let all = |list: Vec<String>| list.iter().flat_map(|text| split(text)).collect::<Vec<_>>();
        let of_metas = |names: &[&str]| {
            names
                .iter()
                .flat_map(|name| self.head.all(name))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let sources = [
            self.linked.keywords.clone(),
            of_metas(&["article:tag", "og:article:tag"]),
            of_metas(&["news_keywords", "keywords", "parsely-tags", "sailthru.tags"]),
            self.head.tag_links.clone(),
        ];
        let mut tags: Vec<String> = Vec::new();
        for tag in sources
            .into_iter()
            .map(all)
            .find(|tags| tags.iter().any(|tag| !tag.is_empty()))
            .unwrap_or_default()
        {
            if !tag.is_empty() && tags.len() < TAGS_MAX && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    fn host(&self) -> String {
        Url::parse(self.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// An `http` or `https` address, read against the page's own.
    pub fn absolute(&self, address: &str) -> Option<Url> {
        let url = match Url::parse(self.url) {
            Ok(base) => base.join(address.trim()),
            Err(_) => Url::parse(address.trim()),
        };
        url.ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::super::{head, jsonld, slim, tree};
    use super::*;

    /// Reads `html` and compares what `read` makes of it.
    fn check<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
        html: &str,
        read: impl Fn(&Sources<'_>) -> T,
        expected: U,
    ) {
        let slim = slim::slim(html);
        let parsed = Html::parse_document(&slim.html);
        let sources = Sources {
            head: &head::head(&parsed),
            linked: &jsonld::linked(&slim.json_ld),
            tree: &tree::flatten(parsed.root_element()),
            url: "https://vesti.example/n/17",
            source: html,
        };
        assert_eq!(read(&sources), expected, "{html}");
    }

    #[test]
    fn the_site_is_named() {
        let some = |name: &str| Some(name.to_owned());
        check(
            "<meta property=og:site_name content=' Вести \n юга '>",
            |sources| sources.site(),
            some("Вести юга"),
        );
        check(
            "<script type=ld+json>{\"@type\":\"Article\",\"publisher\":{\"name\":\"Вести\"}}</script>",
            |sources| sources.site(),
            some("Вести"),
        );
        check(
            "<title>Вести</title>",
            |sources| sources.site(),
            None::<String>,
        );
    }

    #[test]
    fn titles_lose_the_site() {
        let title = |sources: &Sources<'_>| sources.title(sources.site().as_deref());
        let some = |title: &str| Some(title.to_owned());
        let line = "Ошто жаңы мектеп ачылды";
        check(
            &format!("<title>{line} - Тоо кабарлары</title><b>{line}</b>"),
            title,
            some(line),
        );
        check(
            &format!("<title>{line} - Тоо кабарлары</title>"),
            title,
            some(&format!("{line} - Тоо кабарлары")),
        );
        check(
            &format!("<title>x</title><h1>{line}</h1>"),
            title,
            some("x"),
        );
        check("", title, None::<String>);
    }

    #[test]
    fn persons_are_preferred_to_newsrooms() {
        let authors = |sources: &Sources<'_>| sources.authors(None, None);
        check(
            "<meta name=author content=Редакция><h1>T</h1><p>Автор: Нурлан Асанов</p>",
            authors,
            ["Нурлан Асанов"],
        );
        check("<meta name=author content=Редакция>", authors, ["Редакция"]);
        check("<h1>T</h1><p>Text, text.", authors, Vec::<String>::new());
    }

    #[test]
    fn languages_have_one_form() {
        let some = |language: &str| Some(language.to_owned());
        check(
            "<html lang='prs_AF'>",
            |sources| sources.language(),
            some("prs-af"),
        );
        check(
            "<meta property=og:locale content=uz_UZ>",
            |sources| sources.language(),
            some("uz-uz"),
        );
        check(
            "<html lang='not a language'>",
            |sources| sources.language(),
            None::<String>,
        );
    }

    #[test]
    fn addresses_are_absolute() {
        let some = |url: &str| Some(url.to_owned());
        let link = |href: &str| format!("<link rel=canonical href='{href}'>");
        check(
            &link("/n/18"),
            |sources| sources.canonical_url(),
            some("https://vesti.example/n/18"),
        );
        check(
            &link("https://vesti.example/"),
            |sources| sources.canonical_url(),
            None::<String>,
        );
        check(
            &link("javascript:x"),
            |sources| sources.canonical_url(),
            None::<String>,
        );
        check(
            "<meta property=og:image content='//i.example/a.jpg'>",
            |sources| sources.image(),
            some("https://i.example/a.jpg"),
        );
    }

    #[test]
    fn tags_are_split_and_distinct() {
        check(
            "<meta name=keywords content='Ош, сель،  Ош;'>",
            |sources| sources.tags(),
            ["Ош", "сель"],
        );
        check(
            "<a rel=tag href=/t>Ош</a>",
            |sources| sources.tags(),
            ["Ош"],
        );
    }
}
