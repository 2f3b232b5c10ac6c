//! `khabar rebuild`

use std::io::{self, Write};
use std::process::ExitCode;

use super::{Common, Outcome};
use crate::daemon;

pub(super) fn rebuild(common: &Common) -> Outcome {
    let config = common.load()?;
    common.log(&config.log.level);
    let rebuilt = daemon::rebuild(&config, super::clock())?;
    writeln!(
        io::stdout(),
        "{}: {} article records read back, last seq {}; every feed is polled afresh",
        config.state.dir.display(),
        rebuilt.articles,
        rebuilt.last_seq
    )?;
    Ok(ExitCode::SUCCESS)
}
