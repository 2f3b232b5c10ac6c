//! Moments at which a test lets the disk refuse or the process die. Outside of tests nothing is left of it.

/// What is about to be done to the output directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Op {
    Create,
    Write,
    Sync,
    SyncDir,
    Cut,
    Rename,
    Remove,
}

#[cfg(test)]
pub(super) use super::tests::faults::before;

#[cfg(not(test))]
#[inline]
pub(super) fn before(_: Op, _: Option<&std::fs::File>) -> std::io::Result<()> {
    Ok(())
}
