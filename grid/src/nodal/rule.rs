//! The clearing rule `nodal`, for a scenario whose households have places on a feeder.

use super::cleared::Cleared;
use super::paired;
use super::plans::{Market, Plan};
use super::room::Room;
use crate::network::{Places, Radial};
use crate::units::{CycleSeconds, Power};
use market::mechanism::properties::{no, yes};
use market::mechanism::{ClearedTrade, Clearing, Mechanism, Properties, Venue};
use market::order_book::{OrderBook, Origin};
use market::scenario::{Confirm, Scenario};
use protocol::units::{Cycle, Energy, Price};
use std::collections::BTreeMap;

/// The clearing rule, for the cycles and households of one scenario.
#[derive(Clone, Debug)]
pub struct Nodal {
    radial: Radial,
    /// The bus of each household, by its index in the scenario.
    buses: Vec<usize>,
    /// The room of each line in each cycle.
    room: BTreeMap<Cycle, Vec<Room>>,
}

/// Why the rule cannot clear a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A household of the scenario has no place on the feeder.
    #[error("household {0:?} has no place on the feeder; `places` must list it")]
    NoPlace(String),
    /// A scenario with another number of cycles than there are base flows.
    #[error("the scenario has {cycles} cycles, and there are base flows for {bases}")]
    Cycles {
        /// The cycles of the scenario.
        cycles: usize,
        /// The cycles with base flows.
        bases: usize,
    },
}

impl Unfit {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Unfit::NoPlace(_) => "nodal-no-place",
            Unfit::Cycles { .. } => "nodal-cycles",
        }
    }
}

impl Nodal {
    /// The name of the rule in tables and JSON.
    pub const NAME: &'static str = "nodal";
    /// The properties of the rule, which do not depend on the feeder.
    pub const PROPERTIES: Properties = Properties {
        individual_rationality: yes("a bus's price is at or above its asks sold and at or below its limits served"),
        strong_budget_balance: no("where a full line parts two prices the difference stays with the network"),
        weak_budget_balance: yes("energy flows to no lower price, so what the network keeps is not below zero"),
        incentive_compatibility: no(
            "a plan that bounds its bus's price moves it: a buyer that lowers its limit, and still trades, pays less",
        ),
        efficiency: yes("within the lines' limits: successive shortest paths give the greatest gains that fit"),
    };

    /// The rule for a scenario. `limits` are those of the feeder's lines, and `base` has the flow in
    /// W on each line for each of the scenario's cycles. Errors: [`Unfit`].
    pub fn new(
        (radial, limits): (&Radial, &[Option<Power>]),
        seconds: CycleSeconds,
        places: &Places,
        base: &[Vec<i128>],
        scenario: &Scenario,
    ) -> Result<Nodal, Unfit> {
        if base.len() != scenario.cycles.len() {
            return Err(Unfit::Cycles { cycles: scenario.cycles.len(), bases: base.len() });
        }
        let place = |id: &String| places.of(id).ok_or_else(|| Unfit::NoPlace(id.clone()));
        let buses = scenario.households.iter().map(|household| place(&household.id)).collect::<Result<_, _>>()?;
        let room = |flows: &Vec<i128>| {
            let lines = flows.iter().zip(limits);
            lines.map(|(flow, limit)| Room::beside(*flow, *limit, seconds)).collect()
        };
        let room = scenario.cycles.iter().zip(base).map(|(cycle, flows)| (cycle.cycle, room(flows))).collect();
        Ok(Nodal { radial: radial.clone(), buses, room })
    }

    /// Clears an order book of the scenario that the rule was made for, and keeps flows and prices.
    /// The trades are as made. Panics for a book of another scenario.
    pub fn clear_with_prices(&self, book: &OrderBook) -> Cleared {
        let (offers, bids) = self.plans(book);
        Cleared::of(&self.market(book, &offers, &bids))
    }

    fn market<'a>(&'a self, book: &OrderBook, offers: &'a [Plan], bids: &'a [Plan]) -> Market<'a> {
        Market { radial: &self.radial, room: &self.room[&origin(book).cycle], offers, bids }
    }

    /// The offers and bids of an order book at their buses.
    fn plans(&self, book: &OrderBook) -> (Vec<Plan>, Vec<Plan>) {
        let plan = |household: &usize, confirm: Confirm, energy: Energy, price: Price| {
            // A plan whose household would refuse takes no part.
            let energy = if confirm == Confirm::Yes { energy } else { Energy::ZERO };
            Plan { bus: self.buses[*household], energy, price }
        };
        let offers = origin(book).sellers.iter().zip(book.offers());
        let offers = offers.map(|(seller, of)| plan(seller, of.confirm, of.offer.volume, of.offer.ask)).collect();
        let bids = origin(book).buyers.iter().zip(book.bids());
        let bids = bids.map(|(buyer, of)| plan(buyer, of.confirm, of.bid.volume, of.bid.limit)).collect();
        (offers, bids)
    }
}

/// Where the plans of a book come from.
fn origin(book: &OrderBook) -> &Origin {
    book.origin().expect("the rule clears cycles of its own scenario")
}

impl Mechanism for Nodal {
    fn name(&self) -> &'static str {
        Nodal::NAME
    }

    fn properties(&self) -> Properties {
        Nodal::PROPERTIES
    }

    fn venue(&self) -> Venue {
        Venue::InTheClear
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        let (offers, bids) = self.plans(book);
        let market = self.market(book, &offers, &bids);
        let cleared = Cleared::of(&market);
        let trades = paired::trades(&market, &cleared).into_iter().map(|trade| {
            let (seller, buyer) = (cleared.price_of(&offers[trade.offer]), cleared.price_of(&bids[trade.bid]));
            ClearedTrade::between(book, (trade.offer, trade.bid), trade.energy, seller, buyer)
        });
        Clearing::new(book, trades.collect())
    }
}
