//! The `khabar` command: arguments in, exit status out. Everything else is in the library.

use std::process::ExitCode;

// A feed reader allocates many small strings; this allocator takes a fifth off a cold pass.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    khabar::cli::main()
}
