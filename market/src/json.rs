//! Reads JSON strictly: objects are objects, no field is unknown, missing or given twice, words are
//! words, and each refusal has the path of the field.
//!
//! [`object!`](crate::object) declares an object, [`words!`](crate::words) a choice among words, and
//! [`read`] reads a whole file.

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// Why JSON could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Unread {
    /// Path of the field, as `cycles[0].plans[3].price`. Empty: the file as a whole.
    pub path: String,
    /// What kind of fault it is.
    pub fault: Fault,
    /// What is wrong.
    pub message: String,
}

/// What is wrong with JSON that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not JSON.
    Syntax,
    /// A field is unknown, missing, of a wrong type, or occurs twice.
    Shape,
}

/// Reads JSON. Error: [`Unread`], with the path of the field; the path of a field that is unknown,
/// missing or there twice is its own.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // "." is the root, "?" a key that was not read to its end.
        let path = error.path().to_string();
        unread(path.trim_end_matches(['?', '.']), error.inner())
    })?;
    json.end().map_err(|error| unread("", &error))?;
    Ok(value)
}

fn unread(path: &str, error: &serde_json::Error) -> Unread {
    let message = error.to_string();
    match error.classify() {
        serde_json::error::Category::Data => {
            let fault = Fault::Shape;
            Unread { path: with_field(path, &message), fault, message }
        }
        _ => Unread { path: path.to_string(), fault: Fault::Syntax, message },
    }
}

/// The path, with the field that the message names, where the path ends at its object.
fn with_field(path: &str, message: &str) -> String {
    let named = |start: &str| message.strip_prefix(start)?.split('`').next().map(str::to_string);
    let (field, ends_at_object) = match named("missing field `") {
        Some(field) => (field, true),
        None => match named("unknown field `").or_else(|| named("duplicate field `")) {
            Some(field) => {
                let ends = path != field && !path.ends_with(&format!(".{field}"));
                (field, ends)
            }
            None => return path.to_string(),
        },
    };
    match (path.is_empty(), ends_at_object) {
        (true, _) => field,
        (false, true) => format!("{path}.{field}"),
        (false, false) => path.to_string(),
    }
}

/// Wraps a struct's deserializer so that it accepts JSON objects only; serde's own would accept
/// arrays too.
#[derive(Clone, Copy, Debug)]
pub struct ObjectOnly<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Declares a struct of the file. Every field is required (unless it has a default, or belongs to
/// one side of a plan), other fields are refused, and no field may occur twice. A field that has
/// its default is not written.
#[macro_export]
macro_rules! object {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(remote = "Self", deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $name::deserialize($crate::json::ObjectOnly(deserializer))
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $name::serialize(self, serializer)
            }
        }
    };
}

/// Declares a choice among words. It accepts JSON strings only; serde's own enums would accept
/// objects too.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$word_doc])* $variant,)* }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                match word.as_str() {
                    $($word => Ok($name::$variant),)*
                    other => Err(::serde::de::Error::unknown_variant(other, &[$($word),*])),
                }
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $($name::$variant => $word,)* })
            }
        }
    };
}

/// Reads an optional field that is present; `null` is a wrong type, not an absent field.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads an object whose keys are names: each with its value, in the order of the file. A name that
/// occurs twice is refused.
pub fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<(String, T)>, D::Error> {
    struct Table<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
        type Value = Vec<(String, T)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let (mut table, mut names) = (Vec::new(), BTreeSet::new());
            while let Some(name) = entries.next_key::<String>()? {
                if !names.insert(name.clone()) {
                    return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
                }
                table.push((name, entries.next_value()?));
            }
            Ok(table)
        }
    }
    deserializer.deserialize_map(Table(PhantomData))
}

/// Reads two numbers. serde's own array would report a third number as a fault of the JSON.
pub fn pair<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; 2], D::Error> {
    let numbers = Vec::<u64>::deserialize(deserializer)?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| de::Error::invalid_length(count, &"two numbers, [lo, hi]"))
}

/// Reads a field that must be present and may be `null`, which is None. serde's own optional field
/// may also be absent. Use: `#[serde(deserialize_with = "market::json::nullable")]`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
