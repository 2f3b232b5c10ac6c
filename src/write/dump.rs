//! Records of a period as one file.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::columns::{self, Columns};
use super::manifest::{Entry, Manifest};
use super::read::{self, Lines};
use super::record::Kind;

/// Of the times at which records were written: from `since` on, before `until`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Period {
    fn holds(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    /// Whether a UTC day `YYYY-MM-DD` may hold some of it.
    fn touches(&self, day: &str) -> bool {
        let day_of = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        self.since.is_none_or(|since| day >= day_of(since).as_str())
            && self.until.is_none_or(|until| day <= day_of(until).as_str())
    }
}

/// What the file looks like. A table holds one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The lines as they stand, in order of `seq`.
    Jsonl(Vec<Kind>),
    /// RFC 4180 with a header; lists and objects as JSON, null as nothing.
    Csv(Kind),
    Parquet(Kind),
}

/// Writes the records of a period, in order of `seq`, and returns what was written to.
pub fn dump<W: Write + Send>(
    dir: &Path,
    period: Period,
    format: &Format,
    mut out: W,
) -> io::Result<W> {
    match format {
        Format::Jsonl(kinds) => {
            each(dir, period, kinds, |json| {
                out.write_all(json)?;
                out.write_all(b"\n")
            })?;
            Ok(out)
        }
        Format::Csv(kind) => {
            let names: Vec<&str> = columns::names(*kind).collect();
            write!(out, "{}\r\n", names.join(","))?;
            each(dir, period, &[*kind], |json| {
                csv_row(&names, json, &mut out)
            })?;
            Ok(out)
        }
        Format::Parquet(kind) => {
            let rows = entries(dir, period)?
                .iter()
                .filter(|entry| entry.kind() == Some(*kind))
                .map(|e| e.rows)
                .sum();
            let mut columns = Columns::new(*kind, rows, out)?;
            each(dir, period, &[*kind], |json| columns.add(json))?;
            Ok(columns.finish()?.1)
        }
    }
}

fn entries(dir: &Path, period: Period) -> io::Result<Vec<Entry>> {
    let mut entries = Manifest::load(dir)?.entries;
    entries.retain(|entry| entry.day().is_none_or(|day| period.touches(day)));
    Ok(entries)
}

fn each(
    dir: &Path,
    period: Period,
    kinds: &[Kind],
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let lines: Lines = read::merged(dir, entries(dir, period)?.iter(), kinds, 0)?;
    for line in lines {
        let line = line?;
        if period.holds(line.written) {
            take(&line.json)?;
        }
    }
    Ok(())
}

fn csv_row(names: &[&str], json: &[u8], out: &mut impl Write) -> io::Result<()> {
    let record: Map<String, Value> = serde_json::from_slice(json)?;
    for (column, &name) in names.iter().enumerate() {
        if column > 0 {
            out.write_all(b",")?;
        }
        match record.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => csv_field(text, out)?,
            Some(value) => csv_field(&value.to_string(), out)?,
        }
    }
    out.write_all(b"\r\n")
}

fn csv_field(text: &str, out: &mut impl Write) -> io::Result<()> {
    // An empty string is quoted: nothing at all is null.
    if !text.is_empty() && !text.contains([',', '"', '\r', '\n']) {
        return out.write_all(text.as_bytes());
    }
    write!(out, "\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        let mut row = Vec::new();
        csv_row(&["a", "b", "c"], json.as_bytes(), &mut row).unwrap();
        assert_eq!(String::from_utf8(row).unwrap(), format!("{expected}\r\n"));
    }

    #[test]
    fn rows_are_quoted_where_they_must_be() {
        check(r#"{"a":"x","b":1,"c":null}"#, "x,1,");
        check(r#"{"a":"","b":true,"c":"ا"}"#, "\"\",true,ا");
        check(
            r#"{"a":"x,\"y\"","b":"1\n2","c":1.5}"#,
            "\"x,\"\"y\"\"\",\"1\n2\",1.5",
        );
        check(
            r#"{"a":[],"b":["x","y"],"c":{"id":"z"}}"#,
            r#"[],"[""x"",""y""]","{""id"":""z""}""#,
        );
    }

    #[test]
    fn days_outside_the_period_are_not_opened() {
        let time = |text: &str| Some(text.parse().unwrap());
        let period = Period {
            since: time("2026-11-23T10:00:00Z"),
            until: time("2026-11-25T00:00:00Z"),
        };
        let touched = [
            "2026-11-22",
            "2026-11-23",
            "2026-11-24",
            "2026-11-25",
            "2026-11-26",
        ];
        let touched: Vec<&str> = touched
            .into_iter()
            .filter(|day| period.touches(day))
            .collect();
        assert_eq!(touched, ["2026-11-23", "2026-11-24", "2026-11-25"]);
    }
}
