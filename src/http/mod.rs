//! Status page, metrics and health: a reader of what the daemon made durable, which never decides and is never
//! waited for.
//!
//! The page has a model of its own ([`desk`]), filled from the sealed records as any other reader would fill it,
//! in a thread of its own. Without `[http].listen` nothing of that exists; what is left are the counters in
//! [`Signs`]. Deliberately absent: anything that changes something, and users; whoever may connect may read.

mod guard;
pub mod health;
mod listen;
pub mod metrics;
mod process;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tracing::{info, warn};

use health::Pulse;
use metrics::Metrics;

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

    /// Serves in the background for as long as the runtime lives.
    pub fn serve(self, signs: Arc<Signs>) {
        if let Ok(address) = self.listener.local_addr() {
            info!("status page at http://{address}/");
        }
        tokio::spawn(listen::serve(self.listener, routes::router(signs)));
    }
}
