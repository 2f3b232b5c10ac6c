//! `khabar schema`

use std::io::{self, Write};
use std::process::ExitCode;

use super::Outcome;
use crate::config;
use crate::write::Kind;

#[derive(clap::Args)]
pub(super) struct Options {
    /// Whose schema
    of: Of,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Of {
    Article,
    Placement,
    Story,
    Event,
    Config,
}

pub(super) fn schema(options: &Options) -> Outcome {
    let schema = match options.of {
        Of::Article => Kind::Article.schema().to_value(),
        Of::Placement => Kind::Placement.schema().to_value(),
        Of::Story => Kind::Story.schema().to_value(),
        Of::Event => Kind::Event.schema().to_value(),
        Of::Config => config::schema(),
    };
    writeln!(io::stdout(), "{schema:#}")?;
    Ok(ExitCode::SUCCESS)
}
