//! `khabar probe`

use std::collections::HashSet;
use std::io::{self, Write};
use std::process::ExitCode;

use jiff::Timestamp;
use url::Url;

use super::{Common, FAILED, Failure, Outcome};
use crate::config::block;
use crate::poll::client::Client;
use crate::probe;

#[derive(clap::Args)]
pub(super) struct Options {
    /// A feed, a sitemap, a Telegram channel, or the home page of a site
    #[arg(value_name = "URL")]
    url: Url,
}

pub(super) fn probe(common: &Common, options: &Options) -> Outcome {
    common.log("error");
    let config = common.load_if_any()?;
    let client = Client::new(&config.fetch);
    let found = super::runtime()?.block_on(probe::sources(&client, &options.url, Timestamp::now));
    let looks = match found {
        Ok(looks) => looks,
        Err(failure) => {
            eprintln!(
                "khabar: {}: {}: {}",
                options.url, failure.kind, failure.message
            );
            return Ok(ExitCode::from(FAILED));
        }
    };
    if looks.is_empty() {
        return Err(Failure::Other(format!(
            "no source was found behind {}",
            options.url
        )));
    }
    let mut taken: HashSet<String> = config.feeds.iter().map(|feed| feed.id.clone()).collect();
    let mut out = io::stdout().lock();
    for (number, look) in looks.iter().enumerate() {
        let name = look.title.clone().unwrap_or_default();
        let id = block::id(&name, look.url.as_str(), &mut taken);
        let gap = if number == 0 { "" } else { "\n" };
        write!(out, "{gap}{}", look.block(id))?;
    }
    Ok(ExitCode::SUCCESS)
}
