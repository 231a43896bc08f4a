//! The terms of a market that stand beside the parameters of its cycles: lots, the greatest energy
//! of a household, the deviation penalty, and who bears an imbalance
//! (`docs/protocol/80-market-rules.md`, "Terms").

use protocol::units::{Energy, Price};

/// What a scenario states about its market beside the [`MarketParameters`] of its cycles. The
/// default is what a scenario means that states none of it.
///
/// [`MarketParameters`]: protocol::market_parameters::MarketParameters
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What a Wh that a side failed to deliver or to take costs it, outside the tolerance. Zero
    /// means no penalty.
    pub penalty: Price,
    /// The least volume of a plan, at least 1 Wh. A rest below it is not listed again.
    pub least_lot: Energy,
    /// The greatest energy of a household in a cycle: no plan and no reading is above it. It is at
    /// least the least lot.
    pub greatest_energy: Energy,
    /// Who bears the difference between the energy that trades settled and the meter's reading.
    pub imbalance: Imbalance,
}

/// Who bears the difference between the energy that a household's trades settled and the reading of
/// its meter, within the tolerance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Imbalance {
    /// The operator of the market does: nobody pays for it.
    #[default]
    Operator,
    /// The household does: it buys at retail what it sold and did not inject, and sells at feed-in
    /// what it bought and did not consume.
    Household,
}

/// The least lot of a scenario that states none, in Wh.
pub(crate) const LEAST_LOT: u64 = 1;

/// The greatest energy of a scenario that states none, in Wh: 50 kW for a quarter of an hour.
pub(crate) const GREATEST_ENERGY: u64 = 12_500;

impl Default for Terms {
    fn default() -> Terms {
        const FITS: &str = "far below 2^32";
        Terms {
            penalty: Price::ZERO,
            least_lot: Energy::new(LEAST_LOT).expect(FITS),
            greatest_energy: Energy::new(GREATEST_ENERGY).expect(FITS),
            imbalance: Imbalance::Operator,
        }
    }
}
