//! The JSON Schema of the configuration, made from the same list of keys that reads it.

use serde_json::{Value as Json, json};

use super::settings::Config;
use super::shape::{Shape, merge, sub};

/// JSON Schema 2020-12 of the main file, for editors.
pub fn schema() -> Json {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "khabar configuration",
        "description": "Strings may hold ${VAR} and ${file:/path}.",
    });
    merge(&mut schema, sub::<Config>().schema());
    schema
}
