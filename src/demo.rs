//! The sample outlets of `khabar demo`: served on loopback, so that the real pipeline has something
//! real to do without a network and without a configuration.
//!
//! The server is an HTTP proxy: the outlets keep their names, which cannot exist elsewhere, and the
//! articles keep their ids whatever the port is. It is no web server: it serves the bundled files to
//! our own client.

mod server;
mod times;

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

pub use server::Server;

const OUTLETS: &str = include_str!("demo/outlets/outlets.toml");

/// What `outlets.toml` holds.
#[derive(Clone, Debug, Deserialize)]
struct Book {
    outlet: Vec<Outlet>,
}

#[derive(Clone, Debug, Deserialize)]
struct Outlet {
    name: String,
    publisher: String,
    language: String,
    country: String,
    host: String,
    #[serde(default)]
    feed: Vec<Feed>,
    #[serde(default)]
    page: Vec<Page>,
}

#[derive(Clone, Debug, Deserialize)]
struct Feed {
    id: String,
    kind: Option<String>,
    path: String,
    file: String,
    /// The body from the second request on.
    second: Option<String>,
    content_type: String,
    #[serde(default)]
    full_text: bool,
    #[serde(default)]
    etag_304: bool,
    #[serde(default)]
    select: toml::Table,
}

#[derive(Clone, Debug, Deserialize)]
struct Page {
    path: String,
    file: String,
    content_type: String,
}

fn book() -> Book {
    toml::from_str(OUTLETS).expect("the bundled outlets are well-formed; a test reads them")
}

/// The configuration that polls the sample outlets through a server at `proxy`.
pub fn configuration(dir: &Path, proxy: std::net::SocketAddr) -> String {
    let quoted = |path: &Path| toml::Value::from(path.display().to_string()).to_string();
    let mut text = format!(
        "[output]\ndir = {}\n[state]\ndir = {}\n[log]\nlevel = \"warn\"\n[fetch]\nspacing = \"0s\"\nproxy = \"http://{proxy}\"\n",
        quoted(&dir.join("out")),
        quoted(&dir.join("state")),
    );
    for outlet in book().outlet {
        for feed in outlet.feed {
            let mut block = toml::Table::new();
            block.insert("id".into(), feed.id.into());
            block.insert("name".into(), outlet.name.clone().into());
            block.insert(
                "url".into(),
                format!("http://{}{}", outlet.host, feed.path).into(),
            );
            block.insert("publisher".into(), outlet.publisher.clone().into());
            block.insert("language".into(), outlet.language.clone().into());
            block.insert("country".into(), outlet.country.clone().into());
            block.insert("full_text".into(), feed.full_text.into());
            if let Some(kind) = feed.kind {
                block.insert("kind".into(), kind.into());
            }
            if !feed.select.is_empty() {
                block.insert("select".into(), feed.select.into());
            }
            let feeds =
                toml::Table::from_iter([("feed".to_owned(), toml::Value::from(vec![block]))]);
            let _ = writeln!(text, "\n{feeds}");
        }
    }
    text
}
