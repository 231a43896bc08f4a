//! CMAP: matching by many attributes, with demand that is split (Ai 2021, chapter 4;
//! `docs/sources.md`). Buyers and sellers score each other. In each round one program shares the
//! energy out over all pairs so that both sides are as satisfied as possible; either side may refuse
//! a match, and the next round goes on without that pair. `docs/cmap.md` describes the rules in
//! words.
//!
//! [`Market::parse`] reads a market (`veilgrid-cmap/1`), [`Market::clear`] clears it, and
//! [`Report::to_json`] writes its report (`veilgrid-cmap-report/1`). The clearing rule of the
//! same name (`market::mechanism::Cmap`) plays the same rounds on an order book.
//!
//! All scores, sums and choices are integers.

mod allocation;
mod distances;
mod file;
mod format;
mod market;
mod pool;
mod read;
mod refused;
mod report;
mod rounds;
mod scores;

pub use allocation::{Allocation, Spread};
pub use format::{FORMAT, MAX_BYTES};
pub use market::Market;
pub use pool::{After, Buyer, BuyerWeights, Pairs, Pool, Seller, SellerWeights, Stance, Terms};
pub use refused::{Problem, Refused};
pub use report::{Report, REPORT_FORMAT, ROUND_HEAD};
pub use rounds::{play, Answer, Match, Round, Scale};
pub use scores::{Scores, FULL};

#[cfg(test)]
mod tests;
