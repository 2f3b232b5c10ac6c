//! Status page, metrics and health: a reader of what the daemon made durable, which never decides and is never
//! waited for.
//!
//! The page has a model of its own ([`desk`]), filled from the sealed records as any other reader would fill it,
//! in a thread of its own. Without `[http].listen` nothing of that exists; what is left are the counters in
//! [`Signs`]. Deliberately absent: anything that changes something, and users; whoever may connect may read.

mod api;
mod atom;
mod desk;
mod diff;
mod guard;
pub mod health;
mod listen;
pub mod metrics;
mod model;
mod process;
mod query;
mod routes;
mod stories;
#[cfg(test)]
mod tests;
mod view;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tracing::{info, warn};

pub use desk::{Places, Source};

use crate::dedup::Relation;
use desk::Desk;
use health::Pulse;
use metrics::Metrics;
use routes::Site;

/// What the daemon shows of itself while it works.
#[derive(Debug, Default)]
pub struct Signs {
    pub metrics: Metrics,
    pub pulse: Pulse,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address} (http.listen): {source}")]
pub struct Error {
    address: SocketAddr,
    source: std::io::Error,
}

/// An address that is listened at, and not yet served.
pub struct Door {
    listener: TcpListener,
}

impl Door {
    /// Takes the address.
    pub async fn open(address: SocketAddr) -> Result<Self, Error> {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| Error { address, source })?;
        if !address.ip().is_loopback() {
            warn!(%address, "http.listen is not loopback: everybody who can connect can read the page");
        }
        Ok(Self { listener })
    }

    /// Serves in the background for as long as the runtime lives, by address, as localhost and under the names
    /// of `hosts`.
    pub fn serve(
        self,
        places: Places,
        hosts: &[String],
        sources: Vec<Source>,
        signs: Arc<Signs>,
    ) -> Page {
        if let Ok(address) = self.listener.local_addr() {
            info!("status page at http://{address}/");
        }
        let desk = Desk::start(places, sources, Arc::clone(&signs));
        let site = Site {
            signs,
            desk: desk.clone(),
        };
        tokio::spawn(listen::serve(
            self.listener,
            routes::router(site, hosts.into()),
        ));
        Page { desk }
    }
}

/// A page that is served.
pub struct Page {
    desk: Desk,
}

impl Page {
    /// Tells of the feeds of another configuration.
    pub async fn watch(&self, sources: Vec<Source>) {
        self.desk.watch(sources).await;
    }
}

/// The word of the records for a relation.
fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::First => "first",
        Relation::Copy => "copy",
        Relation::Near => "near",
        Relation::Rewrite => "rewrite",
        Relation::Translation => "translation",
    }
}
