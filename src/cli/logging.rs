//! Log lines on standard error, or in the journal.
//!
//! Text from outside goes into log lines: control characters in it are written as escapes, so that a
//! headline can neither forge a line nor drive a terminal. (`tracing-subscriber` escapes ANSI sequences
//! from 0.3.20 on, RUSTSEC-2025-0055; this also covers line ends and directional marks.)

use std::fmt;
use std::io::{self, IsTerminal};

use tracing::field::{Field, Visit};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::systemd;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
    Journald,
}

/// Starts logging. A second call does nothing.
pub(super) fn start(format: Option<Format>, level: &str, verbose: u8, quiet: u8) {
    let level = match (verbose, quiet) {
        (0, 0) => level,
        (1, _) => "debug",
        (2.., _) => "trace",
        (0, 1) => "warn",
        (0, _) => "off",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let registry = tracing_subscriber::registry().with(filter);
    let wanted = format.unwrap_or(if systemd::logs_to_journal() {
        Format::Journald
    } else {
        Format::Text
    });
    let journal = match wanted {
        Format::Journald => tracing_journald::layer().ok(),
        Format::Text | Format::Json => None,
    };
    // Where there is no journal, lines are better than silence.
    let _ = match (wanted, journal) {
        (Format::Json, _) => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(io::stderr),
            )
            .try_init(),
        (_, Some(journal)) => registry.with(journal).try_init(),
        (_, None) => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .fmt_fields(Escaped)
                    .with_ansi(io::stderr().is_terminal())
                    .with_writer(io::stderr),
            )
            .try_init(),
    };
}

/// Fields as `name=value`, the message bare, nothing that a terminal would obey.
struct Escaped;

impl<'w> FormatFields<'w> for Escaped {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            started: false,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'w> {
    writer: Writer<'w>,
    started: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn put(&mut self, field: &Field, value: &str) {
        let gap = if self.started { " " } else { "" };
        self.started = true;
        let value = harmless(value);
        let written = match field.name() {
            "message" => write!(self.writer, "{gap}{value}"),
            name if value.contains(' ') || value.is_empty() => {
                write!(
                    self.writer,
                    "{gap}{name}=\"{}\"",
                    value.replace('"', "\\\"")
                )
            }
            name => write!(self.writer, "{gap}{name}={value}"),
        };
        self.result = self.result.and(written);
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format!("{value:?}"));
    }
}

/// Control characters and directional marks as escapes.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let is_mark = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || is_mark || matches!(character, '\u{2028}' | '\u{2029}') {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_headline_can_neither_forge_a_line_nor_drive_a_terminal() {
        assert_eq!(harmless("a\nINFO forged"), "a\\u{a}INFO forged");
        assert_eq!(
            harmless("\u{1b}[2J\u{0}\u{202e}x"),
            "\\u{1b}[2J\\u{0}\\u{202e}x"
        );
        assert_eq!(harmless("Қазақстан می‌شود"), "Қазақстан می‌شود");
    }
}
