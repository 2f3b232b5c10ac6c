//! As much of JSON Schema (2020-12) as the schemas of the records use; `verify --deep` holds every line to it.
//! Keywords that only describe are passed over.

use serde_json::Value;

use super::record::Kind;

/// The schema of a kind, made once.
pub(super) struct Checker {
    root: Value,
}

impl Checker {
    pub fn new(kind: Kind) -> Self {
        Self {
            root: kind.schema().to_value(),
        }
    }

    /// The first thing that is not as the schema says.
    pub fn fault(&self, value: &Value) -> Option<String> {
        self.check(&self.root, value, "").err()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let rules = schema.as_object().into_iter().flatten();
        rules
            .into_iter()
            .try_for_each(|(keyword, rule)| self.keyword(keyword, rule, value, at))
    }

    fn keyword(&self, keyword: &str, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        let list = || rule.as_array().into_iter().flatten();
        let fits = match keyword {
            "$ref" => {
                let pointer = rule.as_str().unwrap_or_default().trim_start_matches('#');
                let schema = self.root.pointer(pointer).unwrap_or(&Value::Null);
                return self.check(schema, value, at);
            }
            "properties" => {
                let properties = rule.as_object().into_iter().flatten();
                return properties
                    .filter_map(|(key, rule)| Some((key, rule, value.get(key)?)))
                    .try_for_each(|(key, rule, value)| {
                        self.check(rule, value, &format!("{at}/{key}"))
                    });
            }
            "items" => {
                let values = value.as_array().into_iter().flatten().enumerate();
                return values
                    .into_iter()
                    .try_for_each(|(n, value)| self.check(rule, value, &format!("{at}/{n}")));
            }
            "required" => {
                let mut keys = list().filter_map(Value::as_str);
                return match keys.find(|key| value.is_object() && value.get(key).is_none()) {
                    Some(key) => Err(format!("{at}/{key} is missing")),
                    None => Ok(()),
                };
            }
            "anyOf" | "oneOf" => list().any(|schema| self.check(schema, value, at).is_ok()),
            "const" => value == rule,
            "enum" => list().any(|known| known == value),
            "type" => match rule {
                Value::Array(names) => names.iter().any(|name| is_of(value, name)),
                name => is_of(value, name),
            },
            "minimum" => value.as_f64() >= rule.as_f64() || !value.is_number(),
            "maximum" => value.as_f64() <= rule.as_f64() || !value.is_number(),
            "pattern" => value.as_str().is_none_or(|text| matches(text, rule)),
            "format" if rule == "date-time" => value.as_str().is_none_or(is_time),
            _ => true,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("{at} is not as the schema says ({keyword})"))
        }
    }
}

fn is_of(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

fn is_time(text: &str) -> bool {
    text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

/// The patterns of the schemas: a prefix, and so many characters of some ranges. Others fit nothing.
fn matches(text: &str, pattern: &Value) -> bool {
    let pattern = pattern.as_str().unwrap_or_default();
    let parts = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix("}$"))
        .and_then(|rest| rest.split_once('['));
    let Some((prefix, rest)) = parts else {
        return false;
    };
    let (hexadecimal, count) = match rest.split_once("]{") {
        Some(("0-9a-z", count)) => (false, count),
        Some(("0-9a-f", count)) => (true, count),
        _ => return false,
    };
    let is_meant = |c: char| {
        c.is_ascii_digit() || matches!(c, 'a'..='f') || (!hexadecimal && c.is_ascii_lowercase())
    };
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len().to_string() == count && rest.chars().all(is_meant))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(change: impl FnOnce(&mut Value), expected: Option<&str>) {
        let mut placement = json!({
            "record": "placement", "seq": 1, "at": "2026-11-24T12:00:00Z", "article": "a", "story": "s",
            "relation": "first", "of": null, "score": 1.0, "runner_up": null, "engine": "1", "supersedes": null,
            "evidence": {"names": [], "numbers": [], "places": [], "terms": [], "text_overlap": 0.0, "hours_apart": 0.0},
        });
        change(&mut placement);
        let fault = Checker::new(Kind::Placement).fault(&placement);
        assert_eq!(fault.as_deref(), expected);
    }

    #[test]
    fn what_is_not_as_the_schema_says_is_named() {
        check(|_| {}, None);
        check(|p| p["later"] = json!(1), None);
        check(
            |p| p["seq"] = json!(0),
            Some("/seq is not as the schema says (minimum)"),
        );
        check(
            |p| p["seq"] = json!("1"),
            Some("/seq is not as the schema says (type)"),
        );
        check(
            |p| p["at"] = json!("now"),
            Some("/at is not as the schema says (format)"),
        );
        check(
            |p| p["score"] = json!(1.5),
            Some("/score is not as the schema says (maximum)"),
        );
        check(
            |p| p["record"] = json!("x"),
            Some("/record is not as the schema says (const)"),
        );
        check(
            |p| drop(p.as_object_mut().unwrap().remove("of")),
            Some("/of is missing"),
        );
        check(
            |p| p["evidence"]["names"] = json!([1]),
            Some("/evidence/names/0 is not as the schema says (type)"),
        );
    }

    #[test]
    fn patterns_are_those_of_identifiers_and_digests() {
        let fits = |text: &str, pattern: &str| matches(text, &json!(pattern));
        assert!(fits("a_0123456789abcdefghijklmnop", "^a_[0-9a-z]{26}$"));
        assert!(!fits("a_0123456789abcdefghijklmno", "^a_[0-9a-z]{26}$"));
        assert!(!fits("s_0123456789abcdefghijklmnop", "^a_[0-9a-z]{26}$"));
        assert!(fits("0af", "^[0-9a-f]{3}$"));
        assert!(!fits("0ag", "^[0-9a-f]{3}$"));
        assert!(!fits("x", "^.*$"));
    }
}
