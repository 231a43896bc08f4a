//! Measures in results: floats, rounded to what they are good for.

use serde_json::Value;

/// The number rounded to a fraction of 1, as 1e6 for millionths. Zero has no sign.
pub(crate) fn rounded(number: f64, fraction: f64) -> f64 {
    (number * fraction).round() / fraction + 0.0
}

/// A power in W, to the microwatt.
pub(crate) fn power(watts: f64) -> Value {
    rounded(watts, 1e6).into()
}

/// A price in micro-currency per kWh, to the millionth.
pub(crate) fn price(micro: f64) -> Value {
    rounded(micro, 1e6).into()
}
