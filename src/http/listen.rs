//! Connections: how many at a time, and how long.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{debug, warn};

/// Connections at a time: a few people, a collector of metrics, a reverse proxy. More of them wait.
const CONNECTIONS_MAX: usize = 64;
/// Time for the head of a request; an idle connection is closed after it too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// No connection lives longer, whatever it does: who reads an answer slowly holds a place for nothing.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(120);
/// Bytes of a request's head; ours have an address, a query and what a browser adds.
const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;
/// Pause when no connection can be taken, such as for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// Takes connections until the runtime ends.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let Ok(place) = place else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(stream, router.clone(), place));
            }
            Err(error) => {
                warn!(%error, "the status page cannot take a connection");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, router: Router, _place: OwnedSemaphorePermit) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match tokio::time::timeout(CONNECTION_AGE_MAX, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "a connection to the status page broke"),
        Err(_) => debug!("a connection to the status page was closed: it was old"),
    }
}
