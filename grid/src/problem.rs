//! The problems of the grid by their formats.

use crate::refused::{Problem, Refused};
use crate::{check, dcopf, feeder, nodal};
use serde::Deserialize;
use serde_json::Value;

/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// A kind of problem: its format, and what answers it.
struct Kind {
    format: &'static str,
    answer: fn(&[u8]) -> Result<Value, Refused>,
}

/// Every kind of problem.
const KINDS: [Kind; 4] = [
    Kind { format: dcopf::FORMAT, answer: dcopf::answer },
    Kind { format: feeder::FORMAT, answer: feeder::answer },
    Kind { format: check::FORMAT, answer: check::solve },
    Kind { format: nodal::FORMAT, answer: nodal::solve },
];

/// Answers a problem of the format that its file names, as JSON. Error: [`Refused`].
pub fn solve(bytes: &[u8]) -> Result<Value, Refused> {
    #[derive(Deserialize)]
    struct Any {
        format: String,
    }
    let any: Any = market::json::read(bytes)?;
    let kind = KINDS.iter().find(|kind| kind.format == any.format);
    let kind = kind.ok_or_else(|| {
        let known = KINDS.map(|kind| kind.format).join(", ");
        Refused::at("format", Problem::Format { found: any.format.clone(), known })
    })?;
    (kind.answer)(bytes)
}
