//! `khabar verify`

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use super::{BAD_DATA, Common, Failure, Outcome};
use crate::write::{self, Kind};

#[derive(clap::Args)]
pub(super) struct Options {
    /// The output directory [default: that of the configuration]
    dir: Option<PathBuf>,
    /// Check every line by its schema, digests and counts, and Parquet against JSON Lines value by value
    #[arg(long)]
    deep: bool,
}

pub(super) fn verify(common: &Common, options: &Options) -> Outcome {
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => common.load()?.output.dir,
    };
    let named =
        |error: io::Error| Failure::Other(format!("cannot verify {}: {error}", dir.display()));
    if !dir.is_dir() {
        return Err(named(io::ErrorKind::NotFound.into()));
    }
    let verified = if options.deep {
        write::verify_deep(&dir)
    } else {
        write::verify(&dir)
    };
    let verified = verified.map_err(named)?;
    let mut out = io::stdout().lock();
    for fault in &verified.faults {
        writeln!(out, "{}: {}", fault.path, fault.what)?;
    }
    if verified.further_faults > 0 {
        writeln!(out, "… and {} more", verified.further_faults)?;
    }
    let rows = Kind::ALL.map(|kind| {
        let rows = verified.rows.get(kind.name()).copied().unwrap_or(0);
        format!("{rows} {}", kind.folder())
    });
    let faults = verified.faults.len() as u64 + verified.further_faults;
    let verdict = if faults == 0 {
        "good".to_owned()
    } else {
        format!("{faults} faults")
    };
    writeln!(
        out,
        "{}: {verdict}: {} files, {}, last seq {}",
        dir.display(),
        verified.files,
        rows.join(", "),
        verified.last_seq
    )?;
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BAD_DATA)
    })
}
