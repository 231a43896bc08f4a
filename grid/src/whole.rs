//! Whole numbers of a result, as JSON has them.

use crate::refused::{Problem, Refused};
use serde_json::Value;

/// A whole number as JSON. `path` names what it belongs to. Error: [`Problem::TooGreat`], outside
/// the 64 bits that a reader of JSON can be trusted to have.
pub(crate) fn whole(value: i128, path: impl FnOnce() -> String) -> Result<Value, Refused> {
    match i64::try_from(value) {
        Ok(small) => Ok(small.into()),
        Err(_) => Err(Refused::at(path(), Problem::TooGreat(value))),
    }
}
