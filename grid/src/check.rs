//! `veilgrid-grid-check/1`: do a market's trades fit the lines and the voltages of a feeder?
//!
//! The base is what flows without the trades. Each trade adds its energy as mean power over the
//! cycle, put in at the seller's bus and taken out at the buyer's. In the order made, a trade gets
//! the greatest volume that exceeds no limit, and no limit further that is exceeded already
//! ([`admit()`]). A base that fits stays so, and no limit cuts a trade that relieves it. Order
//! matters, and the result is not efficient: [`crate::nodal`] is.
//!
//! All numbers are whole. Squares of voltages are exact: with V in mV, P in W and Q in var, R and X
//! in milliohm, a line takes `2000 (R P + X Q)` off the square.

mod admit;
mod answer;
mod feeder;
mod file;
mod state;
#[cfg(test)]
mod tests;

pub use admit::{admit, Admission, Admitted, Trade};
pub use feeder::{Feeder, Load, Shape};
pub use file::{LineFields, LoadFields};
pub use state::{Exceeded, Limiting, Side, State};

use crate::refused::Refused;
use serde_json::Value;

/// The format of the file.
pub const FORMAT: &str = "veilgrid-grid-check/1";

/// Answers a file of this format. Error: [`Refused`].
pub fn solve(bytes: &[u8]) -> Result<Value, Refused> {
    let case = file::Case::read(bytes)?;
    let admission = admit(&case.feeder, &case.base, case.trades.iter().map(|named| named.trade));
    answer::answer(&case, &admission)
}
