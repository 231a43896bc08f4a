//! The rounds of a cycle: its plans are matched by the K-prototypes mechanism.

use crate::mechanism::KPrototypes;
use crate::order_book::OrderBook;
use crate::scenario::{CyclePlans, Scenario};
use protocol::units::{Energy, PerMille, Price, Reputation};

/// A confirmed match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The round, from 0.
    pub round: u8,
    /// Index of the buy plan in the cycle.
    pub buyer: usize,
    /// Index of the sell plan in the cycle.
    pub seller: usize,
    /// The matched volume v_m.
    pub volume: Energy,
    /// The match price p_m.
    pub price: Price,
}

/// The trades of a cycle's rounds: confirmed matches, in the order made.
pub type Rounds = Vec<Matched>;

/// Plays a cycle's rounds among the plans `listed` (indices, in list order), with each household's
/// reputation in force. Meters stand at the households, so the rules count no losses between them.
pub fn rounds(
    scenario: &Scenario,
    cycle: &CyclePlans,
    listed: &[usize],
    reputations: &[Reputation],
    observe: &mut dyn FnMut(u8),
) -> Rounds {
    let (book, plans) = OrderBook::of_cycle(scenario, cycle, listed, reputations, PerMille::ZERO);
    let trades = KPrototypes.clear_in_rounds(&book, observe).trades.into_iter();
    let matched = trades.map(|trade| Matched {
        round: trade.round,
        buyer: plans.buyers[trade.buyer],
        seller: plans.sellers[trade.seller],
        volume: trade.sent,
        price: trade.buyer_price,
    });
    matched.collect()
}
