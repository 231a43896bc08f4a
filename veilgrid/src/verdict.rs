//! The JSON of a check that does not hold.

use serde_json::json;
use terminal::{exit, output, Failure};

/// Prints JSON on standard output if `--json` is given and the check does not hold; the one line on
/// standard error stays. Gives the result back. Error: that of the check.
pub fn said<T>(json: bool, format: &str, result: Result<T, Failure>) -> Result<T, Failure> {
    if let Err(failure) = &result {
        if json && failure.exit_code() == exit::DOES_NOT_HOLD {
            let found = json!({ "format": format, "holds": false, "code": failure.code(), "says": failure.line() });
            output::print(format!("{found:#}\n").as_bytes())?;
        }
    }
    result
}
