//! Arguments, logging, runtime, exit status; a file for each command, none with logic of its own.
//!
//! Results go to standard output, everything else to standard error. Exit status: 0 done; 1 failed
//! while running; 2 wrong usage; 65 bad input data; 78 bad configuration (`sysexits.h`).

mod check;
mod demo;
mod dump;
mod explain;
mod feeds;
mod follow;
mod logging;
mod once;
mod opml;
mod pipe;
mod probe;
mod rebuild;
mod run;
mod schema;
mod stories;
mod table;
mod verify;
mod when;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::{self, Config};
use crate::daemon::Clock;
use crate::state;
use crate::write::Kind;

/// Parsers may nest; what a command reads by itself it reads on the runtime's own threads.
const STACK_BYTES: usize = 8 << 20;
const FAILED: u8 = 1;
const BAD_DATA: u8 = 65;
const BAD_CONFIG: u8 = 78;
/// Where the configuration is looked for, after `--config` and `$KHABAR_CONFIG`.
const CONFIG_PLACES: [&str; 2] = ["/etc/khabar/khabar.toml", "config/khabar.toml"];

/// Watches the news of Central Asia and Afghanistan and folds every retelling of a story into one.
#[derive(Parser)]
#[command(name = "khabar", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// The configuration [default: $KHABAR_CONFIG, /etc/khabar/khabar.toml or config/khabar.toml]
    #[arg(short, long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// How log lines look on standard error
    #[arg(long, value_enum, value_name = "FORMAT", global = true)]
    log_format: Option<logging::Format>,
    /// More log lines; twice for still more
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Only warnings and errors; twice for none
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "verbose")]
    quiet: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Poll on schedule until SIGTERM or SIGINT; SIGHUP reloads the configuration
    Run,
    /// Poll every feed that is due once, then exit
    Once(once::Options),
    /// Show khabar at work on bundled sample outlets, without network or configuration
    Demo(demo::Options),
    /// Check the configuration; every mistake with its place and what to write instead
    Check(check::Options),
    /// Show the state of every feed
    Feeds(feeds::Options),
    /// Show the stories of a period, largest first
    Stories(stories::Options),
    /// Tell why an article was placed where it was, and why two are, or are not, the same story
    Explain(explain::Options),
    /// Print records as they become visible, each once, in order of seq
    Follow(follow::Options),
    /// Write the records of a period as one file
    Dump(dump::Options),
    /// Look at an address: what a poll would give, which sources a site has, a ready [[feed]] block
    Probe(probe::Options),
    /// Turn the OPML list of another reader into [[feed]] blocks
    Import(opml::ImportOptions),
    /// Print the feeds as an OPML list for other readers
    Export,
    /// Check an output directory against its manifest and schemas
    Verify(verify::Options),
    /// Make what is remembered of items anew from the output directory; feeds are polled afresh
    Rebuild,
    /// Print the JSON Schema of a record or of the configuration
    Schema(schema::Options),
    /// Pipe: feed documents to entries, JSON Lines in and out
    Parse(pipe::Files),
    /// Pipe: article pages to text and metadata
    Extract(pipe::Files),
    /// Pipe: texts to language and script
    Identify,
    /// Pipe: texts to countries, places, people, bodies and relevance
    Tag,
    /// Pipe: texts, in order of arrival, to stories
    Cluster(pipe::Cluster),
    /// Pipe: pairs of texts to "same story or not"
    Compare,
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// A kind of record, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RecordKind {
    Article,
    Placement,
    Story,
    Event,
}

impl From<RecordKind> for Kind {
    fn from(named: RecordKind) -> Self {
        match named {
            RecordKind::Article => Self::Article,
            RecordKind::Placement => Self::Placement,
            RecordKind::Story => Self::Story,
            RecordKind::Event => Self::Event,
        }
    }
}

/// What a command came to.
type Outcome = Result<ExitCode, Failure>;

/// Why a command ended early.
enum Failure {
    Config(Box<config::ConfigErrors>),
    /// No configuration was found.
    NoConfig,
    /// The output was closed by its reader: nobody is left to tell.
    ClosedPipe,
    /// What lies there is not for this version: trying again does not help.
    BadData(String),
    Other(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<crate::daemon::Error> for Failure {
    fn from(error: crate::daemon::Error) -> Self {
        match error {
            crate::daemon::Error::State(error) => error.into(),
            error => Self::Other(error.to_string()),
        }
    }
}

impl From<state::Error> for Failure {
    fn from(error: state::Error) -> Self {
        match error {
            state::Error::Later { .. } => Self::BadData(error.to_string()),
            error => Self::Other(error.to_string()),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(failure) => report(&failure),
    }
}

fn dispatch(cli: Cli) -> Outcome {
    let common = &cli.common;
    match cli.command {
        Command::Run => run::run(common),
        Command::Once(options) => once::once(common, &options),
        Command::Demo(options) => demo::demo(common, &options),
        Command::Check(options) => check::check(common, &options),
        Command::Feeds(options) => feeds::feeds(common, &options),
        Command::Stories(options) => stories::stories(common, &options),
        Command::Explain(options) => explain::explain(common, &options),
        Command::Follow(options) => follow::follow(common, &options),
        Command::Dump(options) => dump::dump(common, &options),
        Command::Rebuild => rebuild::rebuild(common),
        Command::Probe(options) => probe::probe(common, &options),
        Command::Import(options) => opml::import(common, &options),
        Command::Export => opml::export(common),
        Command::Verify(options) => verify::verify(common, &options),
        Command::Schema(options) => schema::schema(&options),
        Command::Parse(files) => pipe::parse(&files),
        Command::Extract(files) => pipe::extract(&files),
        Command::Identify => pipe::identify(),
        Command::Tag => pipe::tag(),
        Command::Cluster(options) => pipe::cluster(&options),
        Command::Compare => pipe::compare(),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "khabar", &mut io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(failure: &Failure) -> ExitCode {
    match failure {
        Failure::Config(errors) => {
            show_config_errors(errors);
            ExitCode::from(BAD_CONFIG)
        }
        Failure::NoConfig => {
            eprintln!(
                "khabar: no configuration: give --config FILE, set KHABAR_CONFIG, or write {}",
                CONFIG_PLACES.join(" or ")
            );
            ExitCode::from(BAD_CONFIG)
        }
        Failure::ClosedPipe => ExitCode::SUCCESS,
        Failure::BadData(message) => {
            eprintln!("khabar: {message}");
            ExitCode::from(BAD_DATA)
        }
        Failure::Other(message) => {
            eprintln!("khabar: {message}");
            ExitCode::from(FAILED)
        }
    }
}

fn show_config_errors(errors: &config::ConfigErrors) {
    let terminal = io::stderr().is_terminal();
    eprint!("{}", errors.render(table::width(), terminal));
}

impl Common {
    fn config_path(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.config {
            return Ok(path.clone());
        }
        if let Some(path) = std::env::var_os("KHABAR_CONFIG").filter(|path| !path.is_empty()) {
            return Ok(path.into());
        }
        let found = CONFIG_PLACES
            .iter()
            .map(Path::new)
            .find(|path| path.exists());
        found.map(Path::to_owned).ok_or(Failure::NoConfig)
    }

    fn load(&self) -> Result<Config, Failure> {
        config::load(&self.config_path()?).map_err(|errors| Failure::Config(Box::new(errors)))
    }

    /// The configuration that was named or stands where it usually does, or an empty one.
    fn load_if_any(&self) -> Result<Config, Failure> {
        match self.config_path() {
            Ok(_) => self.load(),
            Err(_) => Ok(Config::empty()),
        }
    }

    /// Starts logging with the level of the configuration, unless the command line or the environment
    /// says otherwise.
    fn log(&self, level: &str) {
        logging::start(self.log_format, level, self.verbose, self.quiet);
    }
}

/// The clock of this machine, to the microsecond: no store beside the records keeps more.
fn clock() -> Clock {
    Arc::new(|| {
        let now = jiff::Timestamp::now();
        jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    })
}

/// A runtime that waits for the network on this thread; what computes has threads of its own.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()?)
}
