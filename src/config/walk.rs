//! The walk over one parsed file: takes values out of tables, and collects every problem with its place instead of stopping at the first.
//!
//! Not here: what a value must look like (`shape`), which keys there are (`settings`).

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::advice;
use super::error::Place;
use super::expand::{Env, expand};
use super::section::Section;
use super::shape::Shape;

/// A value with its place.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// A table with its place.
#[derive(Clone, Debug)]
pub struct Table<'t> {
    pub entries: &'t DeTable<'t>,
    pub span: Range<usize>,
}

/// What is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub help: String,
}

impl Fault {
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A fault with its place in a file.
#[derive(Clone, Debug)]
pub struct Found {
    pub place: Place,
    pub fault: Fault,
    /// A second place that has to do with it; the help leads up to it.
    pub other: Option<Place>,
}

/// What all files of one configuration share.
#[derive(Default)]
pub struct Findings {
    pub problems: Vec<Found>,
    /// Where each feed id was seen first.
    pub ids: HashMap<String, Place>,
    /// The globs of `include`.
    pub includes: Vec<(Place, String)>,
}

/// The walk over one file.
pub struct Walk<'f> {
    /// The number of the file among those that were read.
    pub file: usize,
    /// Where in the file the text that is walked begins, bytes.
    pub base: usize,
    /// The directory of the file: what relative paths are relative to.
    pub dir: &'f Path,
    pub env: &'f Env<'f>,
    pub findings: &'f mut Findings,
    /// What no message may show, as byte ranges of the file.
    pub secrets: Vec<Range<usize>>,
    /// After a syntax error, a key that is not there may only have been lost.
    pub damaged: bool,
}

impl Walk<'_> {
    /// The place of a span of the text that is walked.
    pub fn place(&self, span: Range<usize>) -> Place {
        Place::new(self.file, self.base + span.start..self.base + span.end)
    }

    /// Notes a problem; there is no value then, of whatever type.
    pub fn report<T>(&mut self, span: Range<usize>, fault: Fault) -> Option<T> {
        let place = self.place(span);
        self.findings.problems.push(Found {
            place,
            fault,
            other: None,
        });
        None
    }

    /// Notes a problem at the value of `key`.
    pub fn report_at(&mut self, table: &Table<'_>, key: &str, fault: Fault) {
        self.report::<()>(place_of(table, key), fault);
    }

    /// A value of another type than the shape takes.
    pub fn wrong_type<S: Shape, T>(&mut self, shape: &S, value: &Value<'_>) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let fault = Fault::new(
            format!("expected {}, found {found}", shape.what()),
            format!("write {}", shape.example()),
        );
        self.report(value.span(), fault)
    }

    /// A number of the right type that is too small or too large.
    pub fn out_of_range<S: Shape, T>(&mut self, shape: &S, value: &Value<'_>) -> Option<T> {
        let help = format!("write {}", shape.example());
        self.report(value.span(), Fault::new("the number is out of range", help))
    }

    /// Reads a string, with its `${…}` filled in, by `parse`, which gives the value or what to write instead.
    pub fn text<S: Shape, T>(
        &mut self,
        shape: &S,
        value: &Value<'_>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let DeValue::String(written) = value.get_ref() else {
            return self.wrong_type(shape, value);
        };
        if written.contains("://") && written.contains('@') {
            // An address with a password.
            self.secrets.push(value.span());
        }
        let text = match expand(written, self.dir, self.env) {
            Ok(text) => text,
            Err(fault) => return self.report(value.span(), fault),
        };
        let fault = match parse(&text) {
            Ok(parsed) => return Some(parsed),
            Err(help) if *text == **written && !self.is_secret(value.span()) => Fault::new(
                format!("expected {}, found {written:?}", shape.what()),
                help,
            ),
            // Neither message nor help may quote a secret.
            Err(_) => Fault::new(
                format!("expected {}, found something else", shape.what()),
                format!(
                    "see to it that it becomes something like {}",
                    shape.example()
                ),
            ),
        };
        self.report(value.span(), fault)
    }

    fn is_secret(&self, span: Range<usize>) -> bool {
        self.secrets.last().is_some_and(|secret| *secret == span)
    }

    pub fn required<T: Section, S: Shape>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        shape: &S,
    ) -> Option<S::Out> {
        match table.entries.get(key) {
            Some(value) => shape.read(self, value),
            None => {
                let message = format!("{} lacks `{key}`", T::PATH);
                let help = format!("add {key} = {}", shape.example());
                (!self.damaged)
                    .then(|| self.report(table.span.clone(), Fault::new(message, help)))?
            }
        }
    }

    pub fn optional<S: Shape, F: From<S::Out> + Default>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        shape: &S,
    ) -> Option<F> {
        match table.entries.get(key) {
            Some(value) => shape.read(self, value).map(F::from),
            None => Some(F::default()),
        }
    }

    pub fn or_default<S: Shape>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        shape: &S,
        default: &str,
    ) -> Option<S::Out> {
        match table.entries.get(key) {
            Some(value) => shape.read(self, value),
            None => shape.read(self, &DeValue::parse(default).ok()?),
        }
    }

    pub fn refuse_unknown_keys<T: Section>(&mut self, table: &Table<'_>) {
        for (key, value) in table.entries {
            let name: &str = key.get_ref();
            if T::NAMES.contains(&name) {
                continue;
            }
            if advice::may_be_secret(name) {
                self.secrets.push(value.span());
            }
            let message = format!("unknown key {name:?} in {}", T::PATH);
            self.report::<()>(
                key.span(),
                Fault::new(message, advice::unknown_key::<T>(name)),
            );
        }
    }

    /// Reports the second feed that has this id, and names the first: they would share their memory and their records.
    pub fn claim_id(&mut self, id: &str, span: Range<usize>) {
        let place = self.place(span);
        let Some(first) = self.findings.ids.get(id) else {
            self.findings.ids.insert(id.to_owned(), place);
            return;
        };
        let message = format!("two feeds have the id `{id}`");
        let fault = Fault::new(message, "give each its own; the other one stands at");
        self.findings.problems.push(Found {
            place,
            fault,
            other: Some(first.clone()),
        });
    }
}

/// Where `key` stands, or its table where the key is not given.
fn place_of(table: &Table<'_>, key: &str) -> Range<usize> {
    table
        .entries
        .get(key)
        .map_or(table.span.clone(), Spanned::span)
}
