//! CMAP as a clearing rule (Ai 2021, chapter 4; `docs/sources.md`): buyers and sellers score each
//! other by several attributes, and one program a round shares the energy out so that as much as
//! possible flows and both sides are as satisfied as possible (`crate::cmap`, `docs/cmap.md`).
//!
//! An order book does not say what everybody minds, so all buyers mind the same and all sellers do.

use super::clearing::{ClearedTrade, Clearing};
use super::contract::{Mechanism, Venue};
use super::properties::{no, yes, Properties};
use crate::cmap::{self, Answer, Buyer, BuyerWeights, Match, Pairs, Pool, Seller, SellerWeights, Stance, Terms};
use crate::order_book::{distance, OrderBook};
use crate::scenario::Confirm;
use crate::transport::Table;
use protocol::market_parameters::PriceRule;
use protocol::units::{Energy, Price, Reputation, TICKS};

/// Matching by many attributes with demand that is split. Pairs whose limit is at or above the ask
/// may trade, at the midpoint tick; both sides count the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cmap;

/// The distance from which on the score of losses is nothing, in metres.
const REACH: u64 = 10_000;
/// What every buyer minds.
const BUYERS_MIND: BuyerWeights =
    BuyerWeights { price: 500, loss: 300, environment: 200, supply: 0, energy_type: 0, reputation: 0 };
/// What every seller minds.
const SELLERS_MIND: SellerWeights = SellerWeights { price: 500, demand: 300, loss: 200, reputation: 0 };

impl Mechanism for Cmap {
    fn name(&self) -> &'static str {
        "cmap"
    }

    fn properties(&self) -> Properties {
        Properties {
            individual_rationality: yes("only pairs with ask <= limit match, at a tick between ask and limit"),
            strong_budget_balance: yes("in each trade the buyer pays what the seller earns"),
            weak_budget_balance: yes("it is strongly balanced"),
            incentive_compatibility: no("the price is halfway: the only seller earns more by asking for the limit"),
            efficiency: no("as much energy as possible flows, also between plans that gain little by it: a plan that \
                            gains much may be left with less"),
        }
    }

    fn venue(&self) -> Venue {
        Venue::InTheClear
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        let parameters = book.parameters();
        // A rest below the least lot is not listed again, as in K-prototypes.
        let rounds = cmap::play(&pool(book), parameters.max_rounds, book.least_lot().get(), false);
        let trades = rounds.iter().zip(0u8..).flat_map(|(of, round)| {
            let confirmed = of.matches.iter().filter(|of| of.answer == Answer::Confirmed);
            confirmed.map(move |of| ClearedTrade { round, ..trade(book, of) })
        });
        Clearing::new(book, trades.collect())
    }
}

fn trade(book: &OrderBook, of: &Match) -> ClearedTrade {
    let (ask, limit) = (book.offers()[of.seller].offer.ask, book.bids()[of.buyer].bid.limit);
    let price = midpoint(book, ask, limit);
    let sent = Energy::new(of.volume).expect("a match is within both plans");
    ClearedTrade::between(book, (of.seller, of.buyer), sent, price, price)
}

/// The tick halfway between ask and limit, rounded down, whatever the market's own price rule.
fn midpoint(book: &OrderBook, ask: Price, limit: Price) -> Price {
    let grid = &book.parameters().grid;
    let tick = |price: Price| grid.tick(price).expect("a market's prices are on its grid");
    grid.price(PriceRule::Midpoint.tick(tick(ask), tick(limit)))
}

/// The order book as CMAP sees it. Every ask and every limit on the grid is believed.
fn pool(book: &OrderBook) -> Pool {
    let grid = &book.parameters().grid;
    let (first, step) = (grid.first().get(), grid.step().get());
    let terms = Terms {
        price_min: first,
        price_max: first + step * TICKS as u64,
        reach: REACH,
        pairs: Pairs::Willing,
        side_weights: [1, 1],
    };
    let stance = |confirm: Confirm| match confirm {
        Confirm::Yes => Stance::WILLING,
        Confirm::Refuse => Stance::REFUSES,
    };
    let sellers = book.offers().iter().map(|selling| Seller {
        ask: selling.offer.ask,
        volume: selling.offer.volume,
        energy_type: selling.offer.energy_type,
        reputation: selling.offer.reputation,
        weights: SELLERS_MIND,
        stance: stance(selling.confirm),
    });
    let buyers = book.bids().iter().map(|buying| Buyer {
        limit: buying.bid.limit,
        volume: buying.bid.volume,
        wanted: None,
        // A bid has no reputation, and no seller minds it.
        reputation: Reputation::ZERO,
        weights: BUYERS_MIND,
        stance: stance(buying.confirm),
    });
    let distances = Table::of(book.bids().len(), book.offers().len(), |buyer, seller| {
        Some(distance(book.offers()[seller].offer.place, book.bids()[buyer].place))
    });
    Pool { terms, sellers: sellers.collect(), buyers: buyers.collect(), distances }
}
