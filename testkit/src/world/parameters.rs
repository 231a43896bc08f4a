//! The world's own market: the fixture with fewer rounds, so that a test reaches the last of them
//! soon.

use super::TestVerifier;
use crate::fixture;
use crate::units::price;
use ledger::verifying_keys_digest;
use protocol::ids::{BlobHash, Time};
use protocol::market_parameters::MarketParameters;
use protocol::terms::Terms;
use protocol::transaction::body::{Note, Schedule, NOTE_BYTES};
use protocol::transaction::genesis::Genesis;

/// A round's length in seconds.
pub const ROUND: u32 = 100;
/// How long a match may be confirmed, in seconds.
pub const CONFIRM: u32 = 40;
/// Gate closure, in seconds after a cycle's opening.
pub const CLOSES: u64 = 1000;
/// The delivery deadline of round 0, in seconds after a cycle's opening.
pub const DUE: u64 = 2000;
/// The length of a delivery slot in seconds: later rounds' deliveries are due so much later each.
pub const SLOT: u32 = 100;
/// The note in every transaction that has one. Nobody can open it.
pub const NOTE: Note = Note([9; NOTE_BYTES]);

/// The fixture's market with 4 rounds.
pub fn market() -> MarketParameters {
    MarketParameters { max_rounds: 4, ..fixture::market() }
}

/// The terms of a cycle: the defaults with a penalty, so that the ledger has to take it.
pub fn terms() -> Terms {
    Terms { penalty: price(100_000), ..Terms::default() }
}

/// The schedule of a cycle that opens at this time.
pub fn schedule(opens: u64) -> Schedule {
    Schedule {
        opens: Time(opens),
        round_seconds: ROUND,
        confirm_seconds: CONFIRM,
        closes: Time(opens + CLOSES),
        delivery_from: Time(opens + DUE - u64::from(SLOT)),
        delivery_slot: SLOT,
    }
}

/// The fixture's genesis with these bytes as matching key, and with [`TestVerifier`]'s verifying
/// keys.
pub fn genesis(matching_key: &[u8]) -> Genesis {
    Genesis {
        matching_key: BlobHash::of(matching_key),
        verifying_keys: verifying_keys_digest(&TestVerifier),
        ..fixture::genesis()
    }
}
