//! `khabar check`

use std::io::{self, Write};
use std::process::ExitCode;

use super::{Common, Outcome};

pub(super) fn check(common: &Common) -> Outcome {
    let path = common.config_path()?;
    let config = common.load()?;
    let enabled = config.feeds.iter().filter(|feed| feed.enabled).count();
    let disabled = config.feeds.len() - enabled;
    let rest = if disabled > 0 { format!(" ({disabled} more are disabled)") } else { String::new() };
    for note in config.without_effect() {
        eprintln!("khabar: {note}");
    }
    writeln!(io::stdout(), "{}: good, {enabled} feeds{rest}", path.display())?;
    Ok(ExitCode::SUCCESS)
}
