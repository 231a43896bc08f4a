//! How a command prints what it finds.

use super::{note, print};
use crate::Failure;

/// Where the tables of a command go, and whether its JSON is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printing {
    json: bool,
    /// Whether standard output is for a file or for JSON, so that tables go to standard error.
    taken: bool,
}

impl Printing {
    /// Printing for a command that writes no file. `json` is its option `--json`.
    pub fn plain(json: bool) -> Printing {
        Printing::new(json, json)
    }

    pub(super) fn new(json: bool, taken: bool) -> Printing {
        Printing { json, taken }
    }

    /// Whether `--json` is given.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints the tables, and with `--json` the JSON on standard output; the tables then go to
    /// standard error. Error: [`Failure::Write`].
    pub fn print(&self, tables: &str, json: impl FnOnce() -> Vec<u8>) -> Result<(), Failure> {
        match self.taken {
            true => note(tables.trim_end()),
            false => print(tables.as_bytes())?,
        }
        match self.json {
            true => print(&json()),
            false => Ok(()),
        }
    }
}
