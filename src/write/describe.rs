//! What the directory says of itself: `datapackage.json`, `views.sql`, `schema/`. Replaced whole when a
//! new version says something else.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::files;
use super::manifest;
use super::record::Kind;

const PACKAGE: &str = "datapackage.json";
const VIEWS: &str = include_str!("views.sql");

/// Writes the descriptions and returns the directory's identity, which is made at the first call and
/// kept for ever.
pub(super) fn write(dir: &Path, now: Timestamp) -> io::Result<String> {
    let identity = identity_of(dir).unwrap_or_else(|| new_identity(dir, now));
    files::create_dir(&dir.join("schema"))?;
    for kind in Kind::ALL {
        let text = pretty(&kind.schema().to_value());
        files::replace(&dir.join(schema_path(kind)), text.as_bytes())?;
    }
    files::replace(&dir.join("views.sql"), VIEWS.as_bytes())?;
    files::replace(&dir.join(PACKAGE), pretty(&package(&identity)).as_bytes())?;
    if !dir.join(manifest::NAME).exists() {
        files::replace(&dir.join(manifest::NAME), b"")?;
    }
    Ok(identity)
}

fn identity_of(dir: &Path) -> Option<String> {
    let package: Value = serde_json::from_slice(&fs::read(dir.join(PACKAGE)).ok()?).ok()?;
    Some(package.get("id")?.as_str()?.to_owned())
}

fn new_identity(dir: &Path, now: Timestamp) -> String {
    let seed = format!("{}\0{}\0{now}", dir.display(), std::process::id());
    format!("khabar-{:032x}", xxh3_128(seed.as_bytes()))
}

fn schema_path(kind: Kind) -> String {
    format!("schema/{}-1.json", kind.name())
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// A Frictionless Data Package (version 2). The data files are named by the manifest, not here, since
/// this file does not change while the daemon runs; where each kind lies is under `records`.
fn package(identity: &str) -> Value {
    let records: Vec<Value> = Kind::ALL
        .into_iter()
        .map(|kind| {
            json!({
                "record": kind.name(),
                "files": format!("{}/date=*/*.jsonl*", kind.folder()),
                "copies": format!("{}/{}/date=*/*.parquet", manifest::COLUMNS, kind.folder()),
                "partition": "date: UTC day of writing",
                "schema": schema_path(kind),
            })
        })
        .collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "khabar",
        "id": identity,
        "title": "News of Central Asia and Afghanistan, as written by khabar",
        "version": "1",
        "description": "Every file named in MANIFEST.jsonl is whole and is never written again. Skip .open/. In DuckDB: SET VARIABLE khabar = '/path/of/this/directory'; .read views.sql",
        "records": records,
        "resources": [
            {
                "name": "manifest",
                "path": manifest::NAME,
                "format": "jsonl",
                "mediatype": "application/jsonl",
                "description": "One line for each sealed file: path, rows, bytes, sha256, first_seq, last_seq, sealed; one more, with removed, when its time was over",
            },
            {
                "name": "views",
                "path": "views.sql",
                "format": "sql",
                "mediatype": "application/sql",
                "description": "DuckDB views: articles, placements, stories, events, voices, withdrawn, feeds_in_trouble",
            },
        ],
    })
}
