//! JSON values of the type that they should have, or of another that says the same; anything else is
//! passed over without being kept.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An author as an object with a name, or as the name itself.
#[derive(Default)]
pub(super) struct Author(pub Option<String>);

/// A string; a number or truth value as one; anything else, and an empty string, as none.
#[derive(Default)]
pub(super) struct Text(pub Option<String>);

/// A value of the type, or nothing where another type stands.
pub(super) struct Loose<T>(pub Option<T>);

/// A list; one value as a list of one.
pub(super) struct List<T>(pub Vec<T>);

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// How a type takes the values that JSON has; what it does not take is passed over.
pub(super) trait Lenient: Sized {
    fn of_text(_: &str) -> Option<Self> {
        None
    }

    fn of_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Lenient for Text {
    fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        Some(Self((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl Lenient for Author {
    fn of_text(text: &str) -> Option<Self> {
        Some(Self(Some(text.to_owned())))
    }

    fn of_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut name = None;
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value::<Text>()?.0;
            if key == "name" {
                name = value;
            }
        }
        Ok(Some(Self(name)))
    }
}

struct LooseVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for LooseVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<T>, E> {
        Ok(Loose(T::of_text(text)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Loose<T>, E> {
        Ok(Loose(T::of_text(&value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose<T>, E> {
        Ok(Loose(T::of_text(&value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose<T>, E> {
        Ok(Loose(T::of_text(&value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose<T>, E> {
        Ok(Loose(T::of_text(&value.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Loose<T>, E> {
        Ok(Loose(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<T>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose<T>, A::Error> {
        T::of_map(map).map(Loose)
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Loose::<Self>::deserialize(deserializer).map(|Loose(text)| text.unwrap_or_default())
    }
}

struct ListVisitor<T>(PhantomData<T>);

/// The most values of one list that are kept.
const LIST_MAX: usize = 64;

impl<'de, T: Lenient> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or one value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Loose(value)) = seq.next_element::<Loose<T>>()? {
            if list.len() < LIST_MAX {
                list.extend(value);
            }
        }
        Ok(List(list))
    }

    fn visit_str<E>(self, text: &str) -> Result<List<T>, E> {
        Ok(List(T::of_text(text).into_iter().collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        Ok(List(T::of_map(map)?.into_iter().collect()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<List<T>, E> {
        Ok(List::default())
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }
}

impl<'de, T: Lenient> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}
