//! Figures and numbers of runs, as all benchmarks have them.

use serde_json::Value;

/// A number of runs: odd, so that the median is one of them.
pub(super) fn odd(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(runs) if runs % 2 == 1 && runs < 1000 => Ok(runs),
        _ => Err("an odd number from 1 to 999, so that the median is one of the runs".into()),
    }
}

/// A figure of four digits, for JSON.
pub(super) fn figure(value: f64) -> Value {
    let digits = format!("{value:.3e}");
    digits.parse::<f64>().expect("a number was written").into()
}
