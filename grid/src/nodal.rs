//! `veilgrid-grid-nodal/1`, and the clearing rule `nodal`: a market's trades under the limits of a
//! feeder's lines, with a price at each bus.
//!
//! Of all pairs of an offer and a bid that have volume left, whose limit is at or above the ask,
//! and with room on every line between them, the pair with the greatest limit less ask trades what
//! fits; equal pairs go by the first offer, then the first bid. This is repeated until there is no
//! such pair ([`Cleared::of`]). A trade against an earlier flow gives room back. This is the method
//! of successive shortest paths, so no other trades within the limits have greater gains.
//!
//! Say that m reaches n if one more Wh can move from bus m to bus n. Then a bus's price lies between
//! the greatest of the asks sold and limits unfilled at buses that it reaches, and the least of the
//! asks not sold out and limits served at buses that reach it: the value of one Wh less and of one
//! more there. The price is the midpoint, rounded down to the micro-currency. Buyers pay their bus's
//! price, sellers earn theirs, and the rent between the two is the network's.
//!
//! Everything is in whole numbers.

mod answer;
mod cleared;
mod file;
mod paired;
mod prices;
mod room;
mod rule;
mod sweep;
#[cfg(test)]
mod tests;

pub use cleared::{Cleared, Market, Plan, Trade};
pub use prices::Interval;
pub use room::Room;
pub use rule::{Nodal, Unfit};

use crate::refused::Refused;
use serde_json::Value;

/// The format of the file.
pub const FORMAT: &str = "veilgrid-grid-nodal/1";

/// Answers a file of this format. Error: [`Refused`].
pub fn solve(bytes: &[u8]) -> Result<Value, Refused> {
    let case = file::Case::read(bytes)?;
    let cleared = Cleared::of(&case.market());
    answer::answer(&case, &cleared)
}
