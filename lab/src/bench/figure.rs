//! Numbers of runs on the command line, and figures in JSON.

use serde_json::Value;

/// Parses a number of runs: odd, from 1 to 999, so that the median is one of the runs.
pub(super) fn odd(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(runs) if runs % 2 == 1 && runs < 1000 => Ok(runs),
        _ => Err("an odd number from 1 to 999, so that the median is one of the runs".into()),
    }
}

/// A figure for JSON, rounded to four digits.
pub(super) fn figure(value: f64) -> Value {
    let digits = format!("{value:.3e}");
    digits.parse::<f64>().expect("a number was written").into()
}
