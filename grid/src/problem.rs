//! The problems of the grid by their formats.

use crate::refused::{Problem, Refused};
use crate::{check, dcopf, feeder, nodal, schedule};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// A kind of problem: its format, and what answers it.
struct Kind {
    format: &'static str,
    answer: fn(&[u8]) -> Result<Value, Refused>,
}

/// Every kind of problem.
const KINDS: [Kind; 5] = [
    Kind { format: dcopf::FORMAT, answer: dcopf::answer },
    Kind { format: feeder::FORMAT, answer: feeder::answer },
    Kind { format: check::FORMAT, answer: check::solve },
    Kind { format: nodal::FORMAT, answer: nodal::solve },
    Kind { format: schedule::FORMAT, answer: schedule::answer },
];

/// Answers a problem of the format that its file names, as JSON. Error: [`Refused`].
pub fn solve(bytes: &[u8]) -> Result<Value, Refused> {
    #[derive(Deserialize)]
    #[serde(remote = "Self", expecting = "an object with the field `format`")]
    struct Any {
        format: String,
    }
    impl<'de> Deserialize<'de> for Any {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Any, D::Error> {
            Any::deserialize(market::json::ObjectOnly(deserializer))
        }
    }
    let any: Any = market::json::read(bytes)?;
    let kind = KINDS.iter().find(|kind| kind.format == any.format);
    let kind = kind.ok_or_else(|| {
        let known = KINDS.map(|kind| kind.format).join(", ");
        Refused::at("format", Problem::Format { found: any.format.clone(), known })
    })?;
    (kind.answer)(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_known_format_is_refused() {
        let refused = |text: &str| solve(text.as_bytes()).unwrap_err();
        for (text, path, code) in [
            ("", "", "grid-syntax"),
            ("{", "", "grid-syntax"),
            ("[]", "", "grid-shape"),
            ("{}", "format", "grid-shape"),
            (r#"{"format":1}"#, "format", "grid-shape"),
            (r#"{"format":"veilgrid-grid-dcopf/2"}"#, "format", "grid-format"),
        ] {
            let error = refused(text);
            assert_eq!((error.path.as_str(), error.code()), (path, code), "{text}: {error}");
        }
        assert!(refused("[]").to_string().contains("an object with the field `format`"));
    }
}
