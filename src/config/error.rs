//! Every problem of a configuration, shown where it stands.
//!
//! Not here: finding them (`walk`), and the exit status (the caller's).

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NamedSource, SourceSpan};

use super::walk::Found;

/// So many problems are shown; the rest is counted. Nobody mends more in one go, and each costs a look through its file.
const SHOWN_MAX: usize = 100;

/// A byte range in one of the files that were read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl Place {
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self {
            file,
            start: span.start,
            end: span.end,
        }
    }
}

/// A file as messages may show it.
pub struct Source {
    pub name: String,
    pub text: String,
}

impl Source {
    /// Line and column of a byte, both from 1, the column in characters.
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

/// One mistake: what is wrong, where, and what to write instead.
#[derive(Clone, Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Problem {
    pub message: String,
    #[help]
    pub help: String,
    /// The path as it was given, or as it was found by `include`.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    #[source_code]
    code: NamedSource<Arc<str>>,
    #[label]
    span: SourceSpan,
}

/// Every mistake of a configuration, in the order of the files and their lines.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    /// At least one, at most the first hundred.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub omitted: usize,
}

impl ConfigErrors {
    pub(super) fn new(mut found: Vec<Found>, sources: &[Source]) -> Self {
        found.sort_by(|a, b| a.place.cmp(&b.place));
        let texts: Vec<Arc<str>> = sources
            .iter()
            .map(|source| Arc::from(source.text.as_str()))
            .collect();
        let omitted = found.len().saturating_sub(SHOWN_MAX);
        found.truncate(SHOWN_MAX);
        let problems = found
            .into_iter()
            .map(|found| problem(found, sources, &texts))
            .collect();
        Self { problems, omitted }
    }

    /// All problems with the lines they stand in, `width` columns wide.
    pub fn render(&self, width: usize, colour: bool) -> String {
        let theme = if colour {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width)
            .with_links(false);
        let mut report = String::new();
        for problem in &self.problems {
            if handler.render_report(&mut report, problem).is_err() {
                report.push_str(&line_of(problem));
            }
        }
        report + &self.count_omitted()
    }

    fn count_omitted(&self) -> String {
        match self.omitted {
            0 => String::new(),
            more => format!("and {more} more\n"),
        }
    }
}

fn problem(found: Found, sources: &[Source], texts: &[Arc<str>]) -> Problem {
    let source = &sources[found.place.file];
    let (line, column) = source.line_column(found.place.start);
    let mut help = found.fault.help;
    if let Some(other) = &found.other {
        let source = &sources[other.file];
        let (line, column) = source.line_column(other.start);
        help.push_str(&format!(" {}:{line}:{column}", source.name));
    }
    Problem {
        message: found.fault.message,
        help,
        file: source.name.clone(),
        line,
        column,
        code: NamedSource::new(&source.name, texts[found.place.file].clone()),
        span: (found.place.start..found.place.end.min(source.text.len())).into(),
    }
}

fn line_of(problem: &Problem) -> String {
    let Problem {
        file,
        line,
        column,
        message,
        help,
        ..
    } = problem;
    format!("{file}:{line}:{column}: {message}; {help}\n")
}

/// One line for each problem, for logs: `file:line:column: what is wrong; what to write instead`.
impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problems
            .iter()
            .try_for_each(|problem| formatter.write_str(&line_of(problem)))?;
        formatter.write_str(&self.count_omitted())
    }
}

impl std::error::Error for ConfigErrors {}
