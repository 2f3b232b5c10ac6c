//! `khabar follow`

use std::io::{self, Write};
use std::process::ExitCode;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::{Common, Outcome, RecordKind};
use crate::write::Kind;
use crate::write::follow::Follower;

/// Pause between two looks at the manifest.
const PAUSE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 250_000_000,
};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Start with the record of this seq: one more than the last that was taken [default: the first]
    #[arg(long, value_name = "SEQ")]
    from: Option<u64>,
    /// Only records that are sealed from now on
    #[arg(long, conflicts_with = "from")]
    new: bool,
    /// Only records of this kind; may be given more than once
    #[arg(long, value_enum, value_name = "KIND")]
    record: Vec<RecordKind>,
}

pub(super) fn follow(common: &Common, options: &Options) -> Outcome {
    common.log("warn");
    let dir = common.load()?.output.dir;
    let kinds = if options.record.is_empty() {
        Kind::ALL.to_vec()
    } else {
        options.record.iter().map(|&kind| kind.into()).collect()
    };
    let mut follower = if options.new {
        Follower::from_now(&dir, &kinds)?
    } else {
        Follower::new(&dir, &kinds, options.from.unwrap_or(0).saturating_sub(1))
    };
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    loop {
        for line in follower.take_new()?.into_iter().flatten() {
            out.write_all(&line?.json)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        if reader_is_gone()? {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// Waits for the next look at the manifest, or until nobody reads standard output any more: a pipe says so
/// (POSIX `poll`, `POLLERR`) though nothing is written to it; a file never does.
fn reader_is_gone() -> io::Result<bool> {
    let stdout = io::stdout();
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    match poll(&mut fds, Some(&PAUSE)) {
        Ok(_) => Ok(fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
