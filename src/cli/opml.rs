//! `khabar import` and `khabar export`

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::{BAD_DATA, Common, Failure, Outcome};
use crate::config::opml;
use crate::parse::charset;

/// A list of fifty thousand feeds is about this large.
const FILE_BYTES_MAX: u64 = 16 << 20;

#[derive(clap::Args)]
pub(super) struct ImportOptions {
    /// The list of another reader, OPML 2.0; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the feeds into this new file, such as feeds.d/imported.toml, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn import(common: &Common, options: &ImportOptions) -> Outcome {
    let named =
        |path: &Path, error: io::Error| Failure::Other(format!("{}: {error}", path.display()));
    let bytes = read(&options.file).map_err(|error| named(&options.file, error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        eprintln!(
            "khabar: {}: more than {FILE_BYTES_MAX} bytes",
            options.file.display()
        );
        return Ok(ExitCode::from(BAD_DATA));
    }
    let config = common.load_if_any()?;
    let mut taken: HashSet<String> = config.feeds.iter().map(|feed| feed.id.clone()).collect();
    let text = charset::decode(&bytes, Some("text/xml"), &mut Vec::new());
    let list = match opml::read(&text, &mut taken) {
        Ok(list) => list,
        Err(error) => {
            eprintln!("khabar: {}: {error}", options.file.display());
            return Ok(ExitCode::from(BAD_DATA));
        }
    };
    for note in &list.notes {
        eprintln!("khabar: left out: {}", super::table::cut(note, 500));
    }
    let polled: HashSet<&str> = config.feeds.iter().map(|feed| feed.url.as_str()).collect();
    let (known, new): (Vec<_>, Vec<_>) = list
        .feeds
        .iter()
        .partition(|feed| polled.contains(feed.url.as_str()));
    if !known.is_empty() {
        eprintln!(
            "khabar: {} feeds are in the configuration already",
            known.len()
        );
    }
    let text: Vec<String> = new.iter().map(|block| block.to_string()).collect();
    let text = text.join("\n");
    match &options.output {
        Some(path) => {
            let mut file = File::create_new(path).map_err(|error| named(path, error))?;
            file.write_all(text.as_bytes())
                .map_err(|error| named(path, error))?;
            eprintln!("khabar: {} feeds written to {}", new.len(), path.display());
        }
        None => io::stdout().write_all(text.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn export(common: &Common) -> Outcome {
    let config = common.load()?;
    let created = Timestamp::now()
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string();
    io::stdout().write_all(opml::write(&config, &created).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The file, or a byte more than is allowed.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin()
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    } else {
        File::open(path)?
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
