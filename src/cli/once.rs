//! `khabar once`

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use indicatif::ProgressBar;
use tokio::signal::unix::{SignalKind, signal};

use super::{Common, Outcome};
use crate::daemon::{self, Pass};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Poll every feed, whether it is due or not
    #[arg(long)]
    all: bool,
}

pub(super) fn once(common: &Common, options: &Options) -> Outcome {
    let config = common.load()?;
    // The bar and the lines of each poll would fight for the terminal.
    let bar = io::stderr().is_terminal() && common.verbose == 0;
    common.log(if bar { "warn" } else { &config.log.level });
    let dir = config.output.dir.clone();
    let bar = if bar {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    let pass = super::runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let progress = |done: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        };
        Ok::<_, super::Failure>(
            daemon::once(config, super::clock(), options.all, stop, progress).await?,
        )
    })?;
    bar.finish_and_clear();
    write!(
        io::stdout(),
        "{}",
        summary(&pass, &dir.display().to_string())
    )?;
    Ok(ExitCode::SUCCESS)
}

fn summary(pass: &Pass, dir: &str) -> String {
    let kept = pass.totals.kept;
    format!(
        "{} feeds polled: {} read, {} unchanged, {} failed\n\
         {} items: {} known, {} articles written ({} revisions, {} copies of earlier ones), {} outside the region\n\
         {} files sealed in {dir}, last seq {}\n",
        pass.feeds,
        pass.read,
        pass.unchanged,
        pass.failed,
        pass.items,
        pass.known,
        kept.written,
        kept.revisions,
        kept.copies,
        kept.out_of_region,
        pass.totals.files,
        pass.totals.last_seq,
    )
}
