//! `khabar explain`

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::process::ExitCode;

use super::{Common, Failure, Outcome};
use crate::dedup::Relation;
use crate::write::read::{Records, merged};
use crate::write::record::{Placement, Record};
use crate::write::{Kind, Manifest};

#[derive(clap::Args)]
pub(super) struct Options {
    /// An article (a_…) or a story (s_…)
    id: String,
    /// A second one: are the two the same story?
    other: Option<String>,
    /// The placement records, one a line
    #[arg(long)]
    json: bool,
}

pub(super) fn explain(common: &Common, options: &Options) -> Outcome {
    common.log("warn");
    let dir = common.load()?.output.dir;
    let manifest = Manifest::load(&dir)?;
    let records: Records = merged(&dir, manifest.entries.iter(), &[Kind::Placement], 0)?;
    let ids: Vec<&str> = std::iter::once(&options.id)
        .chain(&options.other)
        .map(String::as_str)
        .collect();
    let mut placed = Placed::default();
    for record in records {
        if let Record::Placement(placement) = record? {
            placed.add(*placement, &ids);
        }
    }
    if let Some(unknown) = ids.iter().find(|id| !placed.knows(id)) {
        let shown = dir.display();
        return Err(Failure::Other(format!(
            "{unknown}: no placement in {shown} names this article or story"
        )));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    if options.json {
        for placement in ids.iter().flat_map(|id| placed.of(id)) {
            serde_json::to_writer(&mut out, placement).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    } else {
        if let [a, b] = ids[..] {
            verdict(&mut out, &placed, a, b)?;
        }
        for id in ids {
            if is_story(id) {
                tell_story(&mut out, &placed, id)?
            } else {
                tell_article(&mut out, &placed, id)?
            }
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn is_story(id: &str) -> bool {
    id.starts_with("s_")
}

/// The placements that an answer needs, in order of `seq`.
#[derive(Default)]
struct Placed {
    /// Every placement of an article that was asked for.
    articles: HashMap<String, Vec<Placement>>,
    /// The latest placement of each article that ever stood in a story that was asked for.
    members: BTreeMap<String, Placement>,
}

impl Placed {
    fn add(&mut self, placement: Placement, ids: &[&str]) {
        if ids.contains(&placement.article.as_str()) {
            self.articles
                .entry(placement.article.clone())
                .or_default()
                .push(placement.clone());
        }
        if ids.contains(&placement.story.as_str()) || self.members.contains_key(&placement.article)
        {
            self.members.insert(placement.article.clone(), placement);
        }
    }

    fn knows(&self, id: &str) -> bool {
        !self.of(id).is_empty()
    }

    /// Of an article every placement, of a story its present members; oldest first.
    fn of(&self, id: &str) -> Vec<&Placement> {
        if !is_story(id) {
            return self.articles.get(id).into_iter().flatten().collect();
        }
        let mut members: Vec<&Placement> = self
            .members
            .values()
            .filter(|member| member.story == id)
            .collect();
        members.sort_by_key(|member| member.seq);
        members
    }

    fn latest(&self, article: &str) -> Option<&Placement> {
        self.articles.get(article)?.last()
    }

    /// The story itself, or that of the article.
    fn story<'a>(&'a self, id: &'a str) -> &'a str {
        self.latest(id).map_or(id, |placement| &placement.story)
    }
}

fn verdict(out: &mut impl Write, placed: &Placed, a: &str, b: &str) -> io::Result<()> {
    let (story, other) = (placed.story(a), placed.story(b));
    if story == other {
        writeln!(out, "The same story: {story}")?;
    } else {
        writeln!(
            out,
            "Not the same story: {a} stands in {story}, {b} in {other}"
        )?;
    }
    for (one, of, wanted) in [(a, b, other), (b, a, story)] {
        let Some(placement) = placed.latest(one) else {
            continue;
        };
        if placement.of.as_deref() == Some(of) {
            writeln!(
                out,
                "  {one} was compared with {of} itself: score {:.2}",
                placement.score
            )?;
        }
        match &placement.runner_up {
            Some(runner_up) if runner_up.story == wanted && story != other => {
                writeln!(
                    out,
                    "  {wanted} was the runner-up for {one}: score {:.2}",
                    runner_up.score
                )?;
            }
            _ => {}
        }
    }
    writeln!(out)
}

fn tell_story(out: &mut impl Write, placed: &Placed, id: &str) -> io::Result<()> {
    let members = placed.of(id);
    writeln!(out, "{id} has {} articles", members.len())?;
    for member in members {
        let of = member
            .of
            .as_ref()
            .map(|of| format!(" of {of}"))
            .unwrap_or_default();
        writeln!(
            out,
            "  {}  {}{of}, score {:.2}",
            member.article,
            name(member.relation),
            member.score
        )?;
    }
    writeln!(out)
}

fn tell_article(out: &mut impl Write, placed: &Placed, id: &str) -> io::Result<()> {
    let Some((latest, earlier)) = placed.articles.get(id).and_then(|all| all.split_last()) else {
        return Ok(());
    };
    let how = match &latest.of {
        Some(of) => format!("as a {} of {of}", name(latest.relation)),
        None => "and opened it".to_owned(),
    };
    writeln!(out, "{id} stands in {} {how}", latest.story)?;
    line(out, "score", &format!("{:.2}", latest.score))?;
    if latest.of.is_some() {
        let evidence = &latest.evidence;
        let overlap = f64::from(evidence.text_overlap) * 100.0;
        line(
            out,
            "same words",
            &format!("{overlap:.0} % of the shorter text's word triples"),
        )?;
        line(out, "apart", &format!("{:.1} hours", evidence.hours_apart))?;
        let lists = [
            ("names", &evidence.names),
            ("numbers", &evidence.numbers),
            ("places", &evidence.places),
            ("terms", &evidence.terms),
        ];
        for (what, shared) in lists {
            let shown = if shared.is_empty() {
                "none in common".to_owned()
            } else {
                shared.join(", ")
            };
            line(out, what, &shown)?;
        }
    }
    match &latest.runner_up {
        Some(runner_up) => line(
            out,
            "runner-up",
            &format!("{}, score {:.2}", runner_up.story, runner_up.score),
        )?,
        None => line(out, "runner-up", "no other story was near")?,
    }
    line(
        out,
        "decided",
        &format!("{} by {}, seq {}", latest.at, latest.engine, latest.seq),
    )?;
    for placement in earlier {
        let what = format!(
            "{} in {}, score {:.2}, seq {}",
            name(placement.relation),
            placement.story,
            placement.score,
            placement.seq
        );
        line(out, "before", &what)?;
    }
    writeln!(out)
}

fn line(out: &mut impl Write, what: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {what:<12}{text}")
}

fn name(relation: Relation) -> &'static str {
    match relation {
        Relation::First => "first telling",
        Relation::Copy => "copy",
        Relation::Near => "near copy",
        Relation::Rewrite => "rewrite",
        Relation::Translation => "translation",
    }
}
