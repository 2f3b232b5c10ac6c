//! As much of JSON Schema (2020-12) as the printed schemas use. A keyword that it does not know fails the
//! test, so that nothing is passed over in silence.

use serde_json::{Map, Value};

/// Why `value` does not fit; nothing where it does.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check {
        root: schema,
        faults: Vec::new(),
    };
    check.value(schema, value, "");
    check.faults
}

struct Check<'a> {
    root: &'a Value,
    faults: Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(rules) = schema.as_object() else {
            return self.fits(schema != &Value::Bool(false), at, "nothing may stand here");
        };
        for (keyword, rule) in rules {
            self.keyword(keyword, rule, rules, value, at);
        }
    }

    fn keyword(
        &mut self,
        keyword: &str,
        rule: &Value,
        rules: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) {
        let number = |rule: &Value| rule.as_f64().expect("a number");
        match keyword {
            "$schema" | "$defs" | "title" | "description" | "default" | "examples" => {}
            "$ref" => {
                let pointer = rule
                    .as_str()
                    .and_then(|text| text.strip_prefix('#'))
                    .expect("a reference inside");
                let schema = self.root.pointer(pointer).expect("what is referred to");
                self.value(schema, value, at);
            }
            "const" => self.fits(value == rule, at, &format!("{value} is not {rule}")),
            "enum" => {
                let known = rule.as_array().expect("a list").contains(value);
                self.fits(known, at, &format!("{value} is none of {rule}"));
            }
            "type" => {
                let names = rule
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![rule.clone()]);
                let fits = names
                    .iter()
                    .any(|name| is_of(value, name.as_str().expect("a type")));
                self.fits(fits, at, &format!("{value} is no {rule}"));
            }
            "minimum" => self.fits(
                value.as_f64().is_none_or(|v| v >= number(rule)),
                at,
                "too small",
            ),
            "maximum" => self.fits(
                value.as_f64().is_none_or(|v| v <= number(rule)),
                at,
                "too large",
            ),
            "pattern" => self.fits(
                value.as_str().is_none_or(|v| matches(v, rule)),
                at,
                &format!("{value} is not {rule}"),
            ),
            // Widths of integers; `date-time` is the one format that the records have.
            "format" => match rule.as_str().expect("a format") {
                "date-time" => self.fits(
                    value.as_str().is_none_or(is_time),
                    at,
                    &format!("{value} is no time in UTC"),
                ),
                "uint32" | "uint64" | "float" => {}
                other => panic!("unknown format {other}"),
            },
            "required" => {
                for key in rule.as_array().expect("a list") {
                    let there = value.get(key.as_str().expect("a key")).is_some();
                    self.fits(there, at, &format!("{key} is missing"));
                }
            }
            "properties" => {
                for (key, rule) in rule.as_object().expect("an object") {
                    if let Some(value) = value.get(key) {
                        self.value(rule, value, &format!("{at}/{key}"));
                    }
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for key in value.as_object().into_iter().flat_map(Map::keys) {
                    let is_known = known.is_some_and(|known| known.contains_key(key));
                    self.fits(
                        is_known || rule != &Value::Bool(false),
                        at,
                        &format!("{key} is not known"),
                    );
                }
            }
            "items" => {
                for (number, value) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(rule, value, &format!("{at}/{number}"));
                }
            }
            "anyOf" | "oneOf" => {
                let schemas = rule.as_array().expect("a list");
                let fitting = schemas.iter().filter(|schema| {
                    let mut check = Check {
                        root: self.root,
                        faults: Vec::new(),
                    };
                    check.value(schema, value, at);
                    check.faults.is_empty()
                });
                let count = fitting.count();
                self.fits(
                    count == 1 || (count > 1 && keyword == "anyOf"),
                    at,
                    &format!("{value} fits {count} of {rule}"),
                );
            }
            other => panic!("the schema says {other}, which this reader does not know"),
        }
    }

    fn fits(&mut self, fits: bool, at: &str, why: &str) {
        if !fits {
            self.faults.push(format!("{at}: {why}"));
        }
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

/// RFC 3339, in UTC and written with `Z`.
fn is_time(text: &str) -> bool {
    text.ends_with('Z') && text.get(10..11) == Some("T") && text.parse::<jiff::Timestamp>().is_ok()
}

/// The patterns that the schemas use: letters, then so many characters of two ranges.
fn matches(text: &str, pattern: &Value) -> bool {
    let (prefix, count, letters): (&str, usize, fn(char) -> bool) =
        match pattern.as_str().expect("a text") {
            "^a_[0-9a-z]{26}$" => ("a_", 26, |c| c.is_ascii_digit() || c.is_ascii_lowercase()),
            "^s_[0-9a-z]{26}$" => ("s_", 26, |c| c.is_ascii_digit() || c.is_ascii_lowercase()),
            "^[0-9a-f]{64}$" => ("", 64, |c| matches!(c, '0'..='9' | 'a'..='f')),
            other => panic!("unknown pattern {other}"),
        };
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == count && rest.chars().all(letters))
}
