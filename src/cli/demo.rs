//! `khabar demo`

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::table::{self, Cell};
use super::{Common, Failure, Outcome};
use crate::config::{self, Config};
use crate::daemon::{self, Pass};
use crate::dedup::Relation;
use crate::demo::{Server, configuration};
use crate::write::read::records;
use crate::write::record::{Article, Record, Story};
use crate::write::{Kind, Manifest};

/// Stories with one telling that are listed by name.
const SINGLES_SHOWN: usize = 5;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Where to put configuration, state and records [default: a new folder for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn demo(common: &Common, options: &Options) -> Outcome {
    common.log("error");
    let now = Timestamp::now();
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!("khabar-demo-{}", now.strftime("%Y%m%dT%H%M%S"))),
    };
    std::fs::create_dir_all(&dir)?;
    let dir = dir.canonicalize()?;
    let passes = super::runtime()?.block_on(async {
        let server = Server::start(now).await?;
        let file = dir.join("khabar.toml");
        std::fs::write(&file, configuration(&dir, server.address()))?;
        let first = poll(&file).await?;
        let second = poll(&file).await?;
        Ok::<_, Failure>([first, second])
    })?;
    let found = Found::read(&dir.join("out"))?;
    show(&mut io::stdout().lock(), &dir, &passes, &found)?;
    Ok(ExitCode::SUCCESS)
}

async fn poll(file: &Path) -> Result<Pass, Failure> {
    let config: Config = config::load(file).map_err(|errors| Failure::Config(Box::new(errors)))?;
    Ok(daemon::once(config, super::clock(), true, pending(), |_, _| {}).await?)
}

/// What the directory holds, read back as any reader would.
struct Found {
    /// The latest revision of each article, in the story where it stands now, in order of writing.
    articles: Vec<Article>,
    revisions: u64,
    stories: BTreeMap<String, Story>,
}

impl Found {
    fn read(out: &Path) -> io::Result<Self> {
        let manifest = Manifest::load(out)?;
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut found = Self {
            articles: Vec::new(),
            revisions: 0,
            stories: BTreeMap::new(),
        };
        let kinds = [Kind::Article, Kind::Placement, Kind::Story];
        for record in records(out, &manifest, &kinds, 0, None)? {
            match record? {
                Record::Article(article) => match places.get(&article.id) {
                    Some(&place) => {
                        found.revisions += 1;
                        found.articles[place] = *article;
                    }
                    None => {
                        places.insert(article.id.clone(), found.articles.len());
                        found.articles.push(*article);
                    }
                },
                Record::Story(story) => {
                    found.stories.insert(story.id.clone(), *story);
                }
                Record::Placement(placement) => {
                    let place = places.get(&placement.article).copied();
                    if let Some(article) = place.and_then(|place| found.articles.get_mut(place)) {
                        article.story = placement.into_story();
                    }
                }
                Record::Event(_) => {}
            }
        }
        Ok(found)
    }

    /// Stories that stand, largest first.
    fn largest(&self) -> Vec<&Story> {
        let stands = |story: &&Story| story.merged_into.is_none();
        let mut stories: Vec<&Story> = self.stories.values().filter(stands).collect();
        stories.sort_by_key(|story| (std::cmp::Reverse(story.article_count), story.first_seen));
        stories
    }

    fn languages(&self) -> Vec<&str> {
        let mut languages: Vec<&str> = self.articles.iter().map(|a| a.language.as_str()).collect();
        languages.sort_unstable();
        languages.dedup();
        languages
    }
}

fn show(out: &mut impl Write, dir: &Path, passes: &[Pass; 2], found: &Found) -> io::Result<()> {
    let [first, second] = passes;
    writeln!(
        out,
        "{} feeds of invented outlets, polled twice: {} articles in {} languages ({}).\n\
         The second poll: {} unchanged, {} new or edited items, {} revisions.\n",
        first.feeds,
        found.articles.len(),
        found.languages().len(),
        found.languages().join(" "),
        second.unchanged,
        second.totals.kept.written,
        found.revisions,
    )?;
    let stories = found.largest();
    for story in stories.iter().filter(|story| story.article_count > 1) {
        tell(out, story, found)?;
    }
    let singles: Vec<&&Story> = stories
        .iter()
        .filter(|story| story.article_count == 1)
        .collect();
    writeln!(
        out,
        "{} with one telling so far, among them:",
        singles.len()
    )?;
    for story in singles.iter().take(SINGLES_SHOWN) {
        let language = story.languages.first().map_or("und", String::as_str);
        writeln!(
            out,
            "  {language:4}{}",
            table::cut(headline(story), table::width() - 6)
        )?;
    }
    let shown = dir.display();
    writeln!(
        out,
        "\nThe records are in {shown}/out:\n\
         \x20 jq -r '[.outlet, .story.relation, .title] | @tsv' {shown}/out/articles/*/*.jsonl\n\
         \x20 duckdb -c \"SET VARIABLE khabar = '{shown}/out'\" -c \".read {shown}/out/views.sql\" \\\n\
         \x20        -c \"SELECT independent_voices, article_count, titles[1].title FROM stories ORDER BY 2 DESC\"\n\
         \x20 khabar verify {shown}/out\n\
         \x20 khabar feeds --config {shown}/khabar.toml"
    )
}

fn headline(story: &Story) -> &str {
    story
        .titles
        .first()
        .map_or("(no title)", |headline| headline.title.as_str())
}

fn tell(out: &mut impl Write, story: &Story, found: &Found) -> io::Result<()> {
    writeln!(out, "{}", table::cut(headline(story), table::width()))?;
    writeln!(
        out,
        "  {} articles, {} outlets, {} independent",
        story.article_count,
        story.outlets.len(),
        if story.independent_voices == 1 {
            "voice: 1".into()
        } else {
            format!("voices: {}", story.independent_voices)
        },
    )?;
    let members = found
        .articles
        .iter()
        .filter(|article| article.story.id == story.id);
    let rows = members.map(|article| {
        let relation = match article.story.relation {
            Relation::First => "first",
            Relation::Copy => "copy",
            Relation::Near => "near copy",
            Relation::Rewrite => "rewrite",
            Relation::Translation => "translation",
        };
        [
            Cell::left(format!("  {relation}")),
            Cell::right(format!("{:.2}", article.story.score)),
            Cell::left(article.language.clone()),
            Cell::left(article.outlet.clone()),
            Cell::left(article.title.clone().unwrap_or_default()),
        ]
    });
    let header = ["  relation", "score", "language", "outlet", "title"].map(Cell::left);
    table::print(out, header, rows)?;
    writeln!(out)
}
