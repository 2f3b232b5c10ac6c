//! One list of keys for each table of the configuration. The list is the struct itself: its fields, their types, their fall-backs and
//! their doc comments make the reader, the help for unknown keys and the JSON Schema, so that the four cannot drift apart.
//!
//! Not here: what a value may look like (`shape`, `values`).

use serde_json::Value as Json;

use super::walk::{Table, Walk};

/// What the configuration does where a key is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The key must be given.
    Required,
    /// The key may be missing: `None`, or an empty list.
    Absent,
    /// The value that holds then, in a notation that is TOML and JSON at once.
    Value(&'static str),
}

impl Fallback {
    /// The value, if there is one; a table that is missing has no value but those of its keys.
    pub fn json(self) -> Option<Json> {
        match self {
            Self::Value("{}") | Self::Required | Self::Absent => None,
            Self::Value(text) => serde_json::from_str(text).ok(),
        }
    }
}

/// One key as the schema and the tests see it.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    /// The doc comment of the field.
    pub doc: String,
    pub fallback: Fallback,
    pub schema: Json,
}

/// A table of the configuration that [`section!`] has described.
pub trait Section: Sized {
    /// The path of the table as messages name it, such as `fetch`; empty for the top of the file.
    const PATH: &'static str;
    /// Its keys, in the order of the struct.
    const NAMES: &'static [&'static str];

    fn keys() -> Vec<Key>;

    /// Reads every key, reports whatever is wrong to `walk`, and gives `None` if that left a hole.
    fn read(walk: &mut Walk<'_>, table: &Table<'_>) -> Option<Self>;
}

/// `field: Type = fall-back as shape;` for each key, where the fall-back is `required`, `absent` or a literal that is TOML, JSON and
/// one Rust token tree. `field "key"` gives the key another name than the field. `check f` runs `f(&section, walk, table)` at the end.
/// With `for` instead of `struct` the struct stands elsewhere.
macro_rules! section {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($path:literal) $(check $check:path)? {
            $( $(#[doc = $doc:literal])* $field:ident $($rename:literal)?: $ty:ty = $fallback:tt as $shape:expr; )*
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $ty, )*
        }

        section! {
            for $name($path) $(check $check)? {
                $( $(#[doc = $doc])* $field $($rename)?: $ty = $fallback as $shape; )*
            }
        }
    };
    (
        for $name:ident($path:literal) $(check $check:path)? {
            $( $(#[doc = $doc:literal])* $field:ident $($rename:literal)?: $ty:ty = $fallback:tt as $shape:expr; )*
        }
    ) => {
        impl $crate::config::section::Section for $name {
            const PATH: &'static str = $path;
            const NAMES: &'static [&'static str] = &[$( section!(@name $field $($rename)?) ),*];

            fn keys() -> Vec<$crate::config::section::Key> {
                vec![$( $crate::config::section::Key {
                    name: section!(@name $field $($rename)?),
                    doc: [$($doc),*].map(str::trim).join(" "),
                    fallback: section!(@fallback $fallback),
                    schema: $crate::config::shape::Shape::schema(&$shape),
                } ),*]
            }

            fn read(
                walk: &mut $crate::config::walk::Walk<'_>,
                table: &$crate::config::walk::Table<'_>,
            ) -> Option<Self> {
                walk.refuse_unknown_keys::<Self>(table);
                $( let $field: Option<$ty> =
                    section!(@read walk, table, section!(@name $field $($rename)?), $shape, $fallback); )*
                let section = Self { $( $field: $field? ),* };
                $( $check(&section, walk, table); )?
                Some(section)
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $rename:literal) => { $rename };
    (@fallback required) => { $crate::config::section::Fallback::Required };
    (@fallback absent) => { $crate::config::section::Fallback::Absent };
    (@fallback $value:tt) => { $crate::config::section::Fallback::Value(stringify!($value)) };
    (@read $walk:ident, $table:ident, $key:expr, $shape:expr, required) => { $walk.required::<Self, _>($table, $key, &$shape) };
    (@read $walk:ident, $table:ident, $key:expr, $shape:expr, absent) => { $walk.optional($table, $key, &$shape) };
    (@read $walk:ident, $table:ident, $key:expr, $shape:expr, $value:tt) => {
        $walk.or_default($table, $key, &$shape, stringify!($value))
    };
}

pub(super) use section;
