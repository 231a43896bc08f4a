//! The market that most tests play in. A test whose figures depend on a value overrides just that
//! field:
//! `MarketParameters { max_rounds: 3, ..market() }`.

use crate::keys::{encryption, possession, public, AUDIT, MATCHER, RECOVERY, REGULATOR, TERMS};
use crate::units::{price, wh};
use protocol::ids::{BlobHash, Time};
use protocol::keys::Network;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::transaction::genesis::{Genesis, NO_KEY};
use protocol::transaction::limits::Limits;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use protocol::transaction::validators::MatchingMode;
use protocol::units::{EnergyType, PerMille, Place, Reputation, Weight};

/// The time of [`genesis`], in seconds.
pub const START: u64 = 1_000_000;

/// The parameters of the example scenarios: prices from 0.30 on in steps of 0.0075, a tolerance of
/// 5 %, 8 rounds. The grid operator pays 0.30 and takes 0.65.
pub fn market() -> MarketParameters {
    let range = |lo, hi| Range::new(lo, hi).expect("a range");
    MarketParameters {
        grid: PriceGrid::new(price(300_000), price(7_500)).expect("a grid"),
        ranges: Ranges { volume: range(0, 5000), reputation: range(0, 100), place: range(0, 10_000) },
        tolerance: PerMille::new(50).expect("5 %"),
        price_rule: PriceRule::Ask,
        max_rounds: 8,
        feed_in: price(300_000),
        retail: price(650_000),
    }
}

/// A chain in mode open without encrypted deviations, signed for by the keys of [`crate::keys`].
/// The digests of the matching key and of the verifying keys are of no keys: a test that decrypts
/// or verifies overrides them. Any expiry within 2,000 blocks is taken, so that a test need not
/// count blocks.
pub fn genesis() -> Genesis {
    Genesis {
        name: [7; 32],
        network: Network::Test,
        time: Time(START),
        regulator: public(REGULATOR),
        recovery: public(RECOVERY),
        matcher: public(MATCHER),
        terms_key: encryption(TERMS),
        terms_possession: possession(TERMS, &genesis_context(&[7; 32], Network::Test, GenesisKey::Terms)),
        audit_key: encryption(AUDIT),
        audit_possession: possession(AUDIT, &genesis_context(&[7; 32], Network::Test, GenesisKey::Audit)),
        audit_shares: [8; 32],
        matching_key: BlobHash([0; 32]),
        verifying_keys: [0; 32],
        anchor_blocks: 5,
        anchor_cycles: 2,
        score_checks: 1000,
        matching_mode: MatchingMode::Open,
        deviation_key: NO_KEY,
        deviation_server_key: NO_KEY,
        limits: Limits { expiry_step: 1, validity: 2000, ..Limits::default() },
    }
}

/// An offer of solar energy by a seller of the best reputation, at the origin: so many Wh at this
/// ask.
pub fn offer(volume: u64, ask: u64) -> Offer {
    Offer {
        volume: wh(volume),
        ask: price(ask),
        energy_type: EnergyType::Solar,
        place: Place::default(),
        reputation: Reputation::MAX,
    }
}

/// A bid for so many Wh up to this price. Its buyer looks at the price alone, and wants the lowest
/// of the grid.
pub fn bid(volume: u64, limit: u64) -> Bid {
    let weight = |n| Weight::new(n).expect("at most 15");
    Bid {
        volume: wh(volume),
        limit: price(limit),
        wanted: Wanted {
            price: market().grid.first(),
            volume: wh(volume),
            reputation: Reputation::MAX,
            place: Place::default(),
        },
        weights: Weights {
            price: weight(15),
            volume: weight(0),
            reputation: weight(0),
            place: weight(0),
            types: [weight(0); 5],
        },
    }
}
