//! What each stage costs on the outlets of the demo: `cargo bench`. The cost of a whole pass, network
//! and disk included, is `cold.sh`'s to measure.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use jiff::{SignedDuration, Timestamp};

use khabar::config::Reading;
use khabar::dedup::{self, Index};
use khabar::document::Document;
use khabar::extract;
use khabar::normalise::{self, Article, Bare, language, region, text};
use khabar::parse::{self, markup};
use khabar::write::record::{self, Record};
use khabar::write::{Compression, Settings, Writer};

const FEEDS: [&str; 6] = [
    include_str!("../src/demo/outlets/oxus-courier/feed.xml"),
    include_str!("../src/demo/outlets/silk-road-wire/feed.atom"),
    include_str!("../src/demo/outlets/sada-hindukush/feed.xml"),
    include_str!("../src/demo/outlets/dala-habary/feed.atom"),
    include_str!("../src/demo/outlets/payomi-pomir/rss.php"),
    include_str!("../src/demo/outlets/badakhshan-today/feed.json"),
];
const PAGE: &str =
    include_str!("../src/demo/outlets/lettre-des-steppes/xi-jinping-kazakhstan.html");
/// Articles that are in the index before the one that is timed: a day of a large collection.
const INDEXED: usize = 20_000;

fn main() {
    divan::main();
}

#[divan::bench]
fn parse_feed(bencher: Bencher) {
    let documents = FEEDS.map(|body| document("https://outlet.example/feed", body));
    bencher.counter(BytesCount::new(bytes(&FEEDS))).bench(|| {
        documents
            .each_ref()
            .map(|document| parse::parse(document, &Reading::default()))
    });
}

#[divan::bench]
fn extract_page(bencher: Bencher) {
    let document = document("https://outlet.example/page.html", PAGE);
    bencher
        .counter(BytesCount::of_str(PAGE))
        .bench(|| extract::page(&document, &Reading::default()));
}

#[divan::bench]
fn tidy(bencher: Bencher) {
    each_text(bencher, |story| text::tidy(&story.text));
}

#[divan::bench]
fn fold(bencher: Bencher) {
    each_text(bencher, |story| text::fold(&story.text));
}

#[divan::bench]
fn identify_language(bencher: Bencher) {
    each_text(bencher, |story| language::identify(&story.text, None));
}

#[divan::bench]
fn tag_region(bencher: Bencher) {
    each_text(bencher, |story| {
        region::tag(&story.title, &story.text, "und")
    });
}

#[divan::bench]
fn normalise_whole(bencher: Bencher) {
    each_text(bencher, |story| normalise::bare(story.clone()));
}

/// Two articles held side by side, each read anew.
#[divan::bench]
fn compare(bencher: Bencher) {
    let articles: Vec<Article> = articles().into_iter().map(normalise::bare).collect();
    let mut number = 0;
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        number += 1;
        let other = &articles[(number + 1) % articles.len()];
        dedup::compare(&articles[number % articles.len()], other)
    });
}

/// One article against an index of [`INDEXED`] others, of which none repeats it.
#[divan::bench(sample_count = 20, sample_size = 50)]
fn place(bencher: Bencher) {
    let settings = dedup::Settings {
        window: SignedDuration::from_hours(168),
        max_memory: 2 << 30,
    };
    let mut index = Index::new(settings);
    let articles = articles();
    let mut number = 0;
    let mut next = || {
        number += 1;
        varied(&articles[number % articles.len()], number)
    };
    for _ in 0..INDEXED {
        index.place(next(), None, Timestamp::UNIX_EPOCH);
    }
    bencher
        .counter(ItemsCount::new(1_usize))
        .with_inputs(next)
        .bench_local_values(|article| index.place(article, None, Timestamp::UNIX_EPOCH));
}

/// Records in groups of one hundred, each group synced.
#[divan::bench(sample_count = 20, sample_size = 2)]
fn write_records(bencher: Bencher) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let settings = Settings {
        seal_after: std::time::Duration::from_secs(300),
        seal_bytes: 64 << 20,
        compression: Compression::None,
    };
    let now = Timestamp::UNIX_EPOCH;
    let (mut writer, _) = Writer::open(dir.path(), settings, now).expect("the directory is new");
    let records = records();
    let group: Vec<&Record> = records.iter().cycle().take(100).collect();
    bencher
        .counter(ItemsCount::new(group.len()))
        .bench_local(|| {
            for &record in &group {
                writer.append(record.clone(), now);
            }
            writer.sync().expect("the disk has room");
        });
}

/// Times `stage` on every story, one after the other.
fn each_text<T>(bencher: Bencher, stage: impl Fn(&Bare) -> T + Sync) {
    let stories = stories();
    let bytes: usize = stories.iter().map(|story| story.text.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for story in &stories {
            black_box(stage(black_box(story)));
        }
    });
}

fn document(url: &str, body: &str) -> Document {
    Document {
        url: url.to_owned(),
        content_type: None,
        body: body.as_bytes().to_vec(),
        fetched: Timestamp::UNIX_EPOCH,
    }
}

fn bytes(documents: &[&str]) -> usize {
    documents.iter().map(|document| document.len()).sum()
}

/// The items of the feeds as bare texts.
fn stories() -> Vec<Bare> {
    let mut stories = Vec::new();
    for body in FEEDS {
        let parsed = parse::parse(
            &document("https://outlet.example/feed", body),
            &Reading::default(),
        );
        for item in parsed.expect("the demo's feeds can be read").items {
            let html = item.content.as_ref().or(item.summary.as_ref());
            stories.push(Bare {
                title: item.title.clone().unwrap_or_default(),
                text: html.map(|html| markup::text(html)).unwrap_or_default(),
                ..Bare::default()
            });
        }
    }
    stories
}

fn articles() -> Vec<Bare> {
    let mut articles = stories();
    articles.retain(|story| story.text.split_whitespace().count() > 20);
    articles
}

/// The story with every third word its own.
fn varied(story: &Bare, number: usize) -> Article {
    let words = story.text.split_whitespace().enumerate();
    let words: Vec<String> = words
        .map(|(at, word)| {
            if at % 3 == 0 {
                format!("{word}{number}")
            } else {
                word.to_owned()
            }
        })
        .collect();
    normalise::bare(Bare {
        id: format!("a_{number:026}"),
        text: words.join(" "),
        ..story.clone()
    })
}

fn records() -> Vec<Record> {
    let settings = dedup::Settings {
        window: SignedDuration::from_hours(168),
        max_memory: 1 << 30,
    };
    let mut index = Index::new(settings);
    let stories = articles();
    let placed = stories.iter().enumerate().map(|(number, story)| {
        let (article, story, _) = index
            .place(varied(story, number), None, Timestamp::UNIX_EPOCH)
            .into_parts();
        Record::Article(Box::new(record::Article::new(article, story)))
    });
    placed.collect()
}
