//! What a value may look like, apart from what it means: flags, numbers, texts, choices, lists, tables.
//!
//! Not here: texts with a meaning of their own, such as addresses and durations (`values`).

use std::marker::PhantomData;

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use super::advice::nearest;
use super::section::{Fallback, Section};
use super::walk::{Table, Value, Walk};

/// A way to write a value.
pub trait Shape {
    type Out;

    /// What it is, to follow "expected": `a duration`.
    fn what(&self) -> String;

    /// How to write one, to follow "write".
    fn example(&self) -> String;

    /// How to write a list of them.
    fn example_of_list(&self) -> String {
        format!("[{}]", self.example())
    }

    fn schema(&self) -> Json;

    /// Gives the value, or `None` when the problem was reported to `walk`.
    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<Self::Out>;
}

/// A value that is written as a string.
pub struct Text<P> {
    pub what: &'static str,
    /// One such text.
    pub example: &'static str,
    /// What the schema asks of it; empty for nothing.
    pub pattern: &'static str,
    /// The value, or what to write instead.
    pub parse: P,
}

impl<T, P: Fn(&str) -> Result<T, String>> Shape for Text<P> {
    type Out = T;

    fn what(&self) -> String {
        self.what.into()
    }

    fn example(&self) -> String {
        format!("{:?}", self.example)
    }

    fn schema(&self) -> Json {
        let mut schema = json!({"type": "string", "examples": [self.example]});
        if !self.pattern.is_empty() {
            merge(&mut schema, json!({"pattern": self.pattern}));
        }
        schema
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<T> {
        walk.text(self, value, &self.parse)
    }
}

/// A shape whose value is looked at once more, with the walk at hand.
pub struct Then<S, F>(pub S, pub F);

impl<S, T, F> Shape for Then<S, F>
where
    S: Shape,
    F: Fn(&mut Walk<'_>, &Value<'_>, S::Out) -> Option<T>,
{
    type Out = T;

    fn what(&self) -> String {
        self.0.what()
    }

    fn example(&self) -> String {
        self.0.example()
    }

    fn schema(&self) -> Json {
        self.0.schema()
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<T> {
        let read = self.0.read(walk, value)?;
        (self.1)(walk, value, read)
    }
}

/// Adds the members of one object to another.
pub fn merge(into: &mut Json, from: Json) {
    if let (Json::Object(into), Json::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// `true` or `false`.
pub struct Flag;

impl Shape for Flag {
    type Out = bool;

    fn what(&self) -> String {
        "true or false".into()
    }

    fn example(&self) -> String {
        "true or false, without quotes".into()
    }

    fn schema(&self) -> Json {
        json!({"type": "boolean"})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<bool> {
        value
            .get_ref()
            .as_bool()
            .or_else(|| walk.wrong_type(self, value))
    }
}

/// A whole number from the first to the second, both included.
pub struct Whole(pub u32, pub u32);

impl Shape for Whole {
    type Out = u32;

    fn what(&self) -> String {
        format!("a whole number from {} to {}", self.0, self.1)
    }

    fn example(&self) -> String {
        format!("{}, without quotes", self.what())
    }

    fn schema(&self) -> Json {
        json!({"type": "integer", "minimum": self.0, "maximum": self.1})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<u32> {
        let DeValue::Integer(number) = value.get_ref() else {
            return walk.wrong_type(self, value);
        };
        let read = u32::from_str_radix(number.as_str(), number.radix()).ok();
        read.filter(|number| (self.0..=self.1).contains(number))
            .or_else(|| walk.out_of_range(self, value))
    }
}

/// A number from 0 to 1.
pub struct Fraction;

impl Shape for Fraction {
    type Out = f64;

    fn what(&self) -> String {
        "a number from 0 to 1".into()
    }

    fn example(&self) -> String {
        "a number from 0 to 1, such as 0.3, without quotes".into()
    }

    fn schema(&self) -> Json {
        json!({"type": "number", "minimum": 0, "maximum": 1})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<f64> {
        let text = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            _ => return walk.wrong_type(self, value),
        };
        let read = text.parse().ok();
        read.filter(|number| (0.0..=1.0).contains(number))
            .or_else(|| walk.out_of_range(self, value))
    }
}

/// One of a few words, and what each stands for.
pub struct OneOf<T: 'static>(pub &'static [(&'static str, T)]);

impl<T> OneOf<T> {
    fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|(word, _)| *word).collect()
    }
}

impl<T: Clone> Shape for OneOf<T> {
    type Out = T;

    fn what(&self) -> String {
        format!("one of {:?}", self.words())
    }

    fn example(&self) -> String {
        self.what()
    }

    fn schema(&self) -> Json {
        json!({"enum": self.words()})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<T> {
        walk.text(self, value, |text| {
            let chosen = self.0.iter().find(|(word, _)| *word == text);
            chosen.map(|(_, meaning)| meaning.clone()).ok_or_else(|| {
                nearest(text, &self.words()).map_or_else(
                    || format!("write {}", self.what()),
                    |word| format!("write {word:?}"),
                )
            })
        })
    }
}

/// A list of values of one shape.
pub struct List<S>(pub S);

impl<S: Shape> Shape for List<S> {
    type Out = Vec<S::Out>;

    fn what(&self) -> String {
        format!("a list, each item {}", self.0.what())
    }

    fn example(&self) -> String {
        self.0.example_of_list()
    }

    fn schema(&self) -> Json {
        json!({"type": "array", "items": self.0.schema()})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<Self::Out> {
        let DeValue::Array(items) = value.get_ref() else {
            return walk.wrong_type(self, value);
        };
        // Every item is read before the first failure counts: each may have a problem of its own.
        let read: Vec<Option<S::Out>> = items.iter().map(|item| self.0.read(walk, item)).collect();
        read.into_iter().collect()
    }
}

/// A table with keys of its own.
pub struct Sub<T>(PhantomData<T>);

/// The shape of the table that `T` describes.
pub const fn sub<T: Section>() -> Sub<T> {
    Sub(PhantomData)
}

impl<T: Section> Shape for Sub<T> {
    type Out = T;

    fn what(&self) -> String {
        "a table".into()
    }

    fn example(&self) -> String {
        format!("it under the header {}", T::PATH)
    }

    fn example_of_list(&self) -> String {
        self.example()
    }

    fn schema(&self) -> Json {
        let mut required = Vec::new();
        let mut properties = json!({});
        for key in T::keys() {
            let mut schema = key.schema;
            merge(&mut schema, json!({"description": key.doc}));
            match key.fallback {
                Fallback::Required => required.push(key.name),
                fallback => merge(
                    &mut schema,
                    fallback
                        .json()
                        .map_or(json!({}), |default| json!({"default": default})),
                ),
            }
            merge(&mut properties, json!({key.name: schema}));
        }
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    }

    fn read(&self, walk: &mut Walk<'_>, value: &Value<'_>) -> Option<T> {
        match value.get_ref() {
            DeValue::Table(entries) => T::read(
                walk,
                &Table {
                    entries,
                    span: value.span(),
                },
            ),
            _ => walk.wrong_type(self, value),
        }
    }
}
