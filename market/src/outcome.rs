//! The outcome of a market: trades, settlements with the grid, households at the end, rejections.
//! The rows are those of the report `veilgrid-report/1` (`docs/protocol/80-market-rules.md`), field
//! by field.

use serde::{Deserialize, Serialize};

/// Reason of a rejected plan whose lock exceeds the buyer's balance.
pub const LOCK_EXCEEDS_BALANCE: &str = "lock-exceeds-balance";
/// Reason of a shortfall that stays unpaid because its price exceeds the balance.
pub const SHORTFALL_UNPAID: &str = "shortfall-unpaid";

/// The end of a scenario: the parts of a report that do not depend on how the scenario was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The trades, in the order made.
    pub trades: Vec<Trade>,
    /// What households settled with the grid, cycle by cycle: those with a plan in list order, then
    /// the others.
    pub grid: Vec<GridRow>,
    /// The households at the end, in the scenario's order.
    pub households: Vec<HouseholdRow>,
    /// Rejected plans and unpaid shortfalls, cycle by cycle.
    pub rejected: Vec<Rejection>,
}

/// A trade, delivered and settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// The cycle.
    pub cycle: u32,
    /// The round, from 0.
    pub round: u8,
    /// The buyer.
    pub buyer: String,
    /// The seller.
    pub seller: String,
    /// The matched volume v_m, Wh.
    pub volume: u64,
    /// The match price p_m, micro-currency per kWh.
    pub price: u64,
    /// The delivered volume v_a, Wh.
    pub delivered: u64,
    /// Whether delivery was within tolerance.
    pub within: bool,
    /// The volume v_f that is settled, Wh: v_m within tolerance, v_a outside.
    pub settled_volume: u64,
    /// What the buyer pays the seller, v_f x p_m, nano-currency.
    pub amount: u64,
    /// The deviation penalty q_s that the seller owes the buyer, nano-currency. None where the
    /// market has no penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_owes: Option<u64>,
    /// The deviation penalty q_b that the buyer owes the seller, nano-currency. None where the
    /// market has no penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_owes: Option<u64>,
}

/// What a household settled with the grid in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridRow {
    /// The cycle.
    pub cycle: u32,
    /// The household.
    pub household: String,
    /// Injected and not sold, Wh; also bought and not consumed where households bear imbalances.
    pub surplus_wh: u64,
    /// Consumed and not bought, Wh; also sold and not injected where households bear imbalances.
    pub shortfall_wh: u64,
    /// Paid to the household, or by it when negative, nano-currency. A shortfall that stays unpaid
    /// does not count.
    pub amount: i128,
}

/// A household at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdRow {
    /// Its id.
    pub id: String,
    /// Its money, nano-currency.
    pub balance: u64,
    /// Its reputation.
    pub reputation: u8,
}

/// A plan that was not listed, or a shortfall that was not paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The cycle.
    pub cycle: u32,
    /// The household.
    pub household: String,
    /// A stable word: [`LOCK_EXCEEDS_BALANCE`] or [`SHORTFALL_UNPAID`].
    pub reason: String,
}
