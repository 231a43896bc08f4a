//! The market's rules in the clear (`docs/protocol/80-market-rules.md`): what `simulate` plays and
//! what `market` is compared with. The code is pure: a scenario goes in, its outcome comes out.
//!
//! A household's money over a cycle: at its start, in list order, each buy plan takes its lock
//! (volume x limit) from the balance or is rejected. Rounds move no money, since the rest of a lock
//! backs the plan when it is listed again. Then each trade pays its amount out of the lock to the
//! seller, with what either side owes the other as a deviation penalty, and the rest of the lock
//! returns to the balance. The grid is settled last.

mod account;
mod agreed;
mod delivery;
mod error;
mod meters;
mod play;
mod rounds;

pub use crate::mechanism::k_prototypes::match_price;
pub use account::{lock, Account};
pub use agreed::{Agreed, Delivered};
pub use error::Error;
pub use meters::{meters, Beyond, Billed, Meter};
pub use play::{play, Progress};
pub use rounds::{rounds, Matched, Rounds};

#[cfg(test)]
mod tests;
