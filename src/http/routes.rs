//! Addresses and what answers them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::Markup;
use serde::Serialize;

use super::desk::{Busy, Desk, Shown};
use super::health::Check;
use super::model::Id;
use super::query::Query;
use super::{Signs, api, atom, guard, view};

const HTML: &str = "text/html; charset=utf-8";
/// Assets change with the version only; a minute is long for who just upgraded.
const ASSET_AGE: &str = "max-age=60";
const ASSETS: [(&str, &str, &str); 3] = [
    (
        "khabar.css",
        "text/css; charset=utf-8",
        include_str!("assets/khabar.css"),
    ),
    (
        "khabar.js",
        "text/javascript; charset=utf-8",
        include_str!("assets/khabar.js"),
    ),
    (
        "khabar.svg",
        "image/svg+xml",
        include_str!("assets/khabar.svg"),
    ),
];

/// What the answers are made of.
#[derive(Clone)]
pub(super) struct Site {
    pub signs: Arc<Signs>,
    pub desk: Desk,
}

pub(super) fn router(site: Site, hosts: guard::Hosts) -> Router {
    Router::new()
        .route("/", get(now))
        .route("/story/{id}", get(story))
        .route("/compare", get(compare))
        .route("/search", get(search))
        .route("/feeds", get(feeds))
        .route("/about", get(about))
        .route("/stories.atom", get(stories_atom))
        .route("/api/v1/stories", get(api_stories))
        .route("/api/v1/stories/{id}", get(api_story))
        .route("/api/v1/openapi.json", get(api_description))
        .route("/assets/{name}", get(asset))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(nothing)
        .with_state(site)
        .layer(middleware::from_fn_with_state(hosts, guard::guard))
}

/// What an address is answered with instead of a page.
pub(super) enum Refusal {
    Busy,
    /// A parameter that cannot be read, with what is wrong.
    Parameter(String),
    Unknown(&'static str),
}

impl From<Busy> for Refusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Refusal {
    /// Status, a title, and what is wrong.
    fn parts(self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Busy",
                "Too many questions at once; try again in a moment.".to_owned(),
            ),
            Self::Parameter(what) => (StatusCode::BAD_REQUEST, "That cannot be read", what),
            Self::Unknown(what) => (StatusCode::NOT_FOUND, "Nothing here", what.to_owned()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, title, what) = self.parts();
        (status, html(view::trouble(title, &what))).into_response()
    }
}

type Answer = Result<Response, Refusal>;

/// A refusal for programs.
struct Told(Refusal);

impl<R: Into<Refusal>> From<R> for Told {
    fn from(refusal: R) -> Self {
        Self(refusal.into())
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let (status, _, message) = self.0.parts();
        (status, json(&serde_json::json!({ "error": message }))).into_response()
    }
}

type Data = Result<Response, Told>;

fn html(page: Markup) -> Response {
    ([(header::CONTENT_TYPE, HTML)], page.0).into_response()
}

fn json(value: &impl Serialize) -> Response {
    let mut body = serde_json::to_vec(value).expect("what is answered can be said in JSON");
    body.push(b'\n');
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Site {
    async fn show(&self, view: impl FnOnce(&Shown) -> Markup + Send + 'static) -> Answer {
        let page = self.desk.ask(|shown| view(shown)).await?;
        Ok(html(page))
    }
}

async fn now(State(site): State<Site>, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let number = query.number("page", 0)?;
    site.desk
        .ask(move |shown| {
            let filter = query.filter(shown.now())?;
            Ok(html(view::now::now(shown, &filter, number)))
        })
        .await?
}

async fn story(State(site): State<Site>, Path(id): Path<String>) -> Answer {
    const UNKNOWN: Refusal =
        Refusal::Unknown("No such story in the window; the records may have it.");
    let id = Id::read(&id).ok_or(UNKNOWN)?;
    let page = site
        .desk
        .ask(move |shown| {
            let (standing, _) = shown.model.story(id)?;
            if standing != id {
                return Some(Redirect::temporary(&format!("/story/s_{standing}")).into_response());
            }
            Some(html(view::story::story(shown, id)?))
        })
        .await?;
    page.ok_or(UNKNOWN)
}

async fn compare(State(site): State<Site>, uri: Uri) -> Answer {
    const UNKNOWN: Refusal = Refusal::Unknown("These two articles are not both in the window.");
    let query = Query::of(&uri);
    let read = |name| query.text(name).and_then(Id::read).ok_or(UNKNOWN);
    let (a, b) = (read("a")?, read("b")?);
    let page = site
        .desk
        .ask(move |shown| view::compare::compare(shown, a, b))
        .await?;
    Ok(html(page.ok_or(UNKNOWN)?))
}

async fn search(State(site): State<Site>, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let number = query.number("page", 0)?;
    site.show(move |shown| view::search::search(shown, query.text("q").unwrap_or_default(), number))
        .await
}

async fn feeds(State(site): State<Site>) -> Answer {
    site.show(view::feeds::feeds).await
}

async fn about(State(site): State<Site>) -> Answer {
    site.show(view::about::about).await
}

async fn stories_atom(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Answer {
    let query = Query::of(&uri);
    // The guard has seen that it is one of our own names.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_secret = headers
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme == "https");
    let scheme = if is_secret { "https" } else { "http" };
    let base = format!("{scheme}://{}", host.unwrap_or("localhost"));
    let own = uri
        .path_and_query()
        .map_or("/", |own| own.as_str())
        .to_owned();
    site.desk
        .ask(move |shown| {
            let filter = query.filter(shown.now())?;
            let feed = atom::feed(shown, &filter, &base, &own);
            Ok(([(header::CONTENT_TYPE, atom::MEDIA_TYPE)], feed).into_response())
        })
        .await?
}

async fn api_stories(State(site): State<Site>, uri: Uri) -> Data {
    let query = Query::of(&uri);
    let (offset, limit) = (
        query.number("offset", 0)?,
        query.number("limit", api::LIMIT)?,
    );
    site.desk
        .ask(move |shown| {
            let filter = query.filter(shown.now())?;
            Ok(json(&api::stories(shown, &filter, offset, limit)))
        })
        .await?
}

async fn api_story(State(site): State<Site>, Path(id): Path<String>) -> Data {
    const UNKNOWN: Refusal = Refusal::Unknown("No such story in the window.");
    let id = Id::read(&id).ok_or(UNKNOWN)?;
    let story = site.desk.ask(move |shown| api::story(shown, id)).await?;
    Ok(json(&story.ok_or(UNKNOWN)?))
}

async fn api_description() -> Response {
    json(&api::description())
}

async fn asset(Path(name): Path<String>) -> Answer {
    let found = ASSETS.iter().find(|(asset, ..)| *asset == name);
    let (_, media_type, body) = found.ok_or(Refusal::Unknown("No such file."))?;
    let headers = [
        (header::CONTENT_TYPE, *media_type),
        (header::CACHE_CONTROL, ASSET_AGE),
    ];
    Ok((headers, *body).into_response())
}

async fn nothing(_: Request) -> Refusal {
    Refusal::Unknown("This address has no page.")
}

async fn healthz(State(site): State<Site>) -> Response {
    report(site.signs.pulse.alive())
}

async fn readyz(State(site): State<Site>) -> Response {
    report(site.signs.pulse.ready())
}

async fn metrics(State(site): State<Site>, headers: HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let (media_type, body) = site.signs.metrics.encode(accept.unwrap_or_default());
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
