//! Reads the files: the main one, then what it includes.
//!
//! Not here: what stands in them.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::advice;
use super::error::{ConfigErrors, Place, Source};
use super::expand::Env;
use super::section::Section;
use super::settings::{Config, Feed, Included};
use super::walk::{Fault, Findings, Found, Table, Walk};

/// Several times what a thousand feeds with every key need.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// A file for each outlet on earth would be fewer.
const FILES_MAX: usize = 10_000;

/// Reads the configuration at `path`, with variables from the environment of the process.
pub fn load(path: &Path) -> Result<Config, ConfigErrors> {
    load_with(path, &|name| std::env::var(name).ok())
}

/// Reads the configuration at `path`, with variables from `env`.
pub fn load_with(path: &Path, env: &Env) -> Result<Config, ConfigErrors> {
    let mut loader = Loader {
        env,
        sources: Vec::new(),
        findings: Findings::default(),
    };
    let main = loader.read::<Config>(path, None);
    let mut feeds = Vec::new();
    for (path, place) in loader.included(path) {
        feeds.extend(
            loader
                .read::<Included>(&path, Some(place))
                .into_iter()
                .flat_map(|file| file.feeds),
        );
    }
    match main {
        Some(mut config) if loader.findings.problems.is_empty() => {
            config.feeds.append(&mut feeds);
            Ok(config)
        }
        _ => Err(ConfigErrors::new(loader.findings.problems, &loader.sources)),
    }
}

impl Config {
    /// What holds where nothing is configured.
    pub fn empty() -> Self {
        let mut loader = Loader {
            env: &|_| None,
            sources: Vec::new(),
            findings: Findings::default(),
        };
        loader
            .walk(0, Path::new(""), "")
            .0
            .expect("every setting but a feed's has a value to fall back on")
    }
}

struct Loader<'e> {
    env: &'e Env<'e>,
    sources: Vec<Source>,
    findings: Findings,
}

impl Loader<'_> {
    /// Reads one file. `named_at` is where it was included; a file that cannot be read is a problem there.
    fn read<T: Feeds>(&mut self, path: &Path, named_at: Option<Place>) -> Option<T> {
        let file = self.sources.len();
        let name = path.display().to_string();
        match read(path) {
            Ok(text) => {
                let dir = path.parent().unwrap_or(Path::new(""));
                let (section, secrets) = match self.walk_in_pieces(file, dir, &text) {
                    Some((section, secrets)) => (Some(section), secrets),
                    None => self.walk(file, dir, &text),
                };
                self.sources.push(Source {
                    name,
                    text: hide(text, &secrets),
                });
                section
            }
            Err(reason) => {
                let fault = Fault::new(
                    format!("failed to read {name}: {reason}"),
                    "check the path and who may read it",
                );
                let place = named_at.unwrap_or_else(|| {
                    self.sources.push(Source {
                        name,
                        text: String::new(),
                    });
                    Place::new(file, 0..0)
                });
                self.report(place, fault)
            }
        }
    }

    /// Makes a section of `text` feed by feed, where it is sound: the tree of a whole file of ten thousand feeds
    /// takes ten times the memory that the feeds do. Where anything is wrong, nothing comes of it, and the file
    /// is walked as a whole for what to say.
    fn walk_in_pieces<T: Feeds>(
        &mut self,
        file: usize,
        dir: &Path,
        text: &str,
    ) -> Option<(T, Vec<Range<usize>>)> {
        let pieces = pieces(text)?;
        let known = (self.findings.problems.len(), self.findings.includes.len());
        let mut secrets = Vec::new();
        let made = self.walk_pieces(file, dir, text, &pieces, &mut secrets);
        if made.is_none() {
            self.findings.problems.truncate(known.0);
            self.findings.includes.truncate(known.1);
            self.findings.ids.retain(|_, place| place.file != file);
        }
        Some((made?, secrets))
    }

    fn walk_pieces<T: Feeds>(
        &mut self,
        file: usize,
        dir: &Path,
        text: &str,
        pieces: &[usize],
        secrets: &mut Vec<Range<usize>>,
    ) -> Option<T> {
        let first = *pieces.first()?;
        let mut section: T = self.walk_piece(file, dir, text, 0..first, secrets)?;
        if !section.feeds().is_empty() {
            return None;
        }
        section.feeds().reserve_exact(pieces.len());
        let ends = pieces.iter().skip(1).copied().chain([text.len()]);
        for (start, end) in pieces.iter().copied().zip(ends) {
            let mut piece: Included = self.walk_piece(file, dir, text, start..end, secrets)?;
            section.feeds().append(&mut piece.feeds);
        }
        Some(section)
    }

    /// A part of `text`, if nothing is wrong in it.
    fn walk_piece<T: Section>(
        &mut self,
        file: usize,
        dir: &Path,
        text: &str,
        piece: Range<usize>,
        secrets: &mut Vec<Range<usize>>,
    ) -> Option<T> {
        let (root, errors) = DeTable::parse_recoverable(&text[piece.clone()]);
        let known = self.findings.problems.len();
        let mut walk = Walk {
            file,
            base: piece.start,
            dir,
            env: self.env,
            findings: &mut self.findings,
            secrets: Vec::new(),
            damaged: false,
        };
        let table = Table {
            entries: root.get_ref(),
            span: 0..0,
        };
        let section = T::read(&mut walk, &table);
        let hidden = walk.secrets.into_iter();
        secrets.extend(hidden.map(|span| piece.start + span.start..piece.start + span.end));
        section.filter(|_| errors.is_empty() && self.findings.problems.len() == known)
    }

    /// Makes a section of `text`; also gives what must not be shown of it.
    fn walk<T: Section>(
        &mut self,
        file: usize,
        dir: &Path,
        text: &str,
    ) -> (Option<T>, Vec<Range<usize>>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let known = self.findings.problems.len();
        let damaged = !errors.is_empty();
        let mut walk = Walk {
            file,
            base: 0,
            dir,
            env: self.env,
            findings: &mut self.findings,
            secrets: Vec::new(),
            damaged,
        };
        let section = T::read(
            &mut walk,
            &Table {
                entries: root.get_ref(),
                span: 0..0,
            },
        );
        let mut secrets = walk.secrets;
        if damaged {
            secrets.extend(lines_not_to_show(text));
            let syntax: Vec<Found> = errors
                .iter()
                .map(|error| syntax_error(file, error))
                .collect();
            // A value that toml had to guess is not worth a second complaint.
            let starts = line_starts(text);
            let line = |found: &Found| starts.partition_point(|start| *start <= found.place.start);
            let lines: HashSet<usize> = syntax.iter().map(line).collect();
            let guessed = self
                .findings
                .problems
                .split_off(known)
                .into_iter()
                .filter(|found| !lines.contains(&line(found)));
            let sound: Vec<Found> = guessed.collect();
            self.findings
                .problems
                .extend(sound.into_iter().chain(syntax));
        }
        (section, secrets)
    }

    fn report<T>(&mut self, place: Place, fault: Fault) -> Option<T> {
        self.findings.problems.push(Found {
            place,
            fault,
            other: None,
        });
        None
    }

    /// The files that the main one includes, each once, in the order of the globs and then of their names.
    fn included(&mut self, main: &Path) -> Vec<(PathBuf, Place)> {
        let dir = main.parent().unwrap_or(Path::new(""));
        let mut seen = HashSet::from([main.to_owned()]);
        let mut files = Vec::new();
        for (place, pattern) in std::mem::take(&mut self.findings.includes) {
            let whole = Path::new(&glob::Pattern::escape(&dir.to_string_lossy())).join(&pattern);
            // The pattern was checked when it was read; what glob cannot list, reading it will complain about.
            let found: Vec<PathBuf> = match glob::glob(&whole.to_string_lossy()) {
                Ok(paths) => paths
                    .map(|path| path.unwrap_or_else(|error| error.path().to_owned()))
                    .take(FILES_MAX + 1)
                    .collect(),
                Err(_) => Vec::new(),
            };
            let fault = if found.is_empty() && !pattern.contains(['*', '?', '[']) {
                Fault::new(
                    format!("there is no file {pattern:?}"),
                    "paths of `include` are relative to this file",
                )
            } else if files.len() + found.len() > FILES_MAX {
                Fault::new(
                    format!("more than {FILES_MAX} files are included"),
                    "put feeds together in fewer files",
                )
            } else {
                files.extend(
                    found
                        .into_iter()
                        .filter(|path| seen.insert(path.clone()))
                        .map(|path| (path, place.clone())),
                );
                continue;
            };
            self.report::<()>(place, fault);
        }
        files
    }
}

/// What a file has feeds in.
trait Feeds: Section {
    fn feeds(&mut self) -> &mut Vec<Feed>;
}

impl Feeds for Config {
    fn feeds(&mut self) -> &mut Vec<Feed> {
        &mut self.feeds
    }
}

impl Feeds for Included {
    fn feeds(&mut self) -> &mut Vec<Feed> {
        &mut self.feeds
    }
}

/// Where the `[[feed]]` blocks of a file begin, if nothing but their own tables follows the first of them.
fn pieces(text: &str) -> Option<Vec<usize>> {
    // A string of several lines may hold anything.
    if text.contains("\"\"\"") || text.contains("'''") {
        return None;
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let header = line.trim();
        if header.starts_with("[[feed]]") {
            pieces.push(start);
        } else if !pieces.is_empty() && header.starts_with('[') && !header.starts_with("[feed.") {
            return None;
        }
        start += line.len();
    }
    (!pieces.is_empty()).then_some(pieces)
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    }
    Ok(text)
}

fn syntax_error(file: usize, error: &toml::de::Error) -> Found {
    let help = if error.message().contains("duplicate") {
        "keep one of the two"
    } else {
        "a line is key = value; strings stand in double quotes"
    };
    let fault = Fault::new(format!("not TOML: {}", error.message()), help);
    let place = Place::new(file, error.span().unwrap_or(0..0));
    Found {
        place,
        fault,
        other: None,
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0)
        .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
        .collect()
}

/// Where the file cannot be read in full, nobody knows what is secret in it: what stands behind a key that is not known to be harmless
/// is not shown.
fn lines_not_to_show(text: &str) -> Vec<Range<usize>> {
    let mut hidden = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let behind_key = match line.split_once('=') {
            Some((key, _)) if advice::is_harmless(key.trim()) => line.len(),
            Some((key, _)) => key.len() + 1,
            None if line.trim_start().starts_with(['[', '#']) => line.len(),
            None => 0,
        };
        hidden.push(start + behind_key..start + line.trim_end().len().max(behind_key));
        start += line.len();
    }
    hidden
}

/// The text with asterisks for what must not be shown; every byte keeps its place.
fn hide(text: String, secrets: &[Range<usize>]) -> String {
    let mut bytes = text.into_bytes();
    for secret in secrets {
        let end = secret.end.min(bytes.len());
        for byte in &mut bytes[secret.start.min(end)..end] {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
