//! `khabar dump`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::{Common, Failure, Outcome, RecordKind, when};
use crate::write::Kind;
use crate::write::dump::{self, Format, Period};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Records that were written at this time or later: 24h (ago), 2026-11-24, 2026-11-24T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    since: Option<Timestamp>,
    /// Records that were written before this time
    #[arg(long, value_name = "TIME", value_parser = when::moment)]
    until: Option<Timestamp>,
    /// What the file looks like
    #[arg(long, value_enum, default_value = "jsonl")]
    format: FileFormat,
    /// Records of this kind [default: all kinds as jsonl, articles in the tables csv and parquet]
    #[arg(long, value_enum, value_name = "KIND")]
    record: Option<RecordKind>,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    Jsonl,
    Csv,
    Parquet,
}

pub(super) fn dump(common: &Common, options: &Options) -> Outcome {
    common.log("warn");
    let dir = common.load()?.output.dir;
    let period = Period {
        since: options.since,
        until: options.until,
    };
    let kind = options.record.map(Kind::from);
    let format = match (options.format, kind) {
        (FileFormat::Jsonl, Some(kind)) => Format::Jsonl(vec![kind]),
        (FileFormat::Jsonl, None) => Format::Jsonl(Kind::ALL.to_vec()),
        (FileFormat::Csv, kind) => Format::Csv(kind.unwrap_or(Kind::Article)),
        (FileFormat::Parquet, kind) => Format::Parquet(kind.unwrap_or(Kind::Article)),
    };
    match &options.output {
        Some(path) => to_file(path, |file| dump::dump(&dir, period, &format, file))
            .map_err(|error| Failure::Other(format!("cannot write {}: {error}", path.display())))?,
        None => dump::dump(&dir, period, &format, io::BufWriter::new(io::stdout()))?.flush()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The file is there when it is whole, and not before.
fn to_file(
    path: &Path,
    write: impl FnOnce(io::BufWriter<File>) -> io::Result<io::BufWriter<File>>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let written = write(io::BufWriter::new(File::create(&part)?))
        .and_then(|file| {
            file.into_inner()
                .map_err(|error| error.into_error())?
                .sync_all()
        })
        .and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // What failed is reported; that the rest of it stays is not worth a second line.
        let _ = fs::remove_file(&part);
    }
    written
}
