//! Addresses and what answers them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::Signs;
use super::guard;
use super::health::Check;

pub(super) fn router(signs: Arc<Signs>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(signs)
        .layer(middleware::from_fn(guard::guard))
}

async fn healthz(State(signs): State<Arc<Signs>>) -> Response {
    report(signs.pulse.alive())
}

async fn readyz(State(signs): State<Arc<Signs>>) -> Response {
    report(signs.pulse.ready())
}

async fn metrics(State(signs): State<Arc<Signs>>, headers: HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let (media_type, body) = signs.metrics.encode(accept.unwrap_or_default());
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

/// 200 where every check holds, else 503; either way each of them with its reason.
fn report(checks: Vec<Check>) -> Response {
    let ok = checks.iter().all(|check| check.ok);
    let status = match ok {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, json(&Report { ok, checks })).into_response()
}

fn json(value: &impl Serialize) -> impl IntoResponse {
    let mut body = serde_json::to_vec(value).expect("what is answered can be said in JSON");
    body.push(b'\n');
    ([(header::CONTENT_TYPE, "application/json")], body)
}
