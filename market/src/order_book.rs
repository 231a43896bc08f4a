//! The order book of one cycle: the offers and bids that a mechanism clears.

use crate::scenario::{Confirm, CyclePlans, Intent, Scenario, Terms};
use protocol::market_parameters::MarketParameters;
use protocol::plan::{Bid, Offer};
use protocol::units::{Cycle, Energy, PerMille, Place, Reputation};

/// A sell plan on the market. The place is where the energy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selling {
    /// The contents of the plan.
    pub offer: Offer,
    /// How its household answers a match.
    pub confirm: Confirm,
}

/// A buy plan on the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buying {
    /// The contents of the plan.
    pub bid: Bid,
    /// The place of its household, where the energy goes. The place that it wishes for its seller
    /// may be another.
    pub place: Place,
    /// How its household answers a match.
    pub confirm: Confirm,
}

/// A cycle's offers and bids: plans of both sides in list order. All their prices are on the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBook {
    parameters: MarketParameters,
    least_lot: Energy,
    loss_per_km: PerMille,
    offers: Vec<Selling>,
    bids: Vec<Buying>,
    origin: Option<Origin>,
}

/// Where the plans of an order book come from: what a mechanism needs that knows the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The cycle's number.
    pub cycle: Cycle,
    /// The household of each offer, by its index in the scenario.
    pub sellers: Vec<usize>,
    /// The household of each bid, by its index in the scenario.
    pub buyers: Vec<usize>,
}

impl OrderBook {
    /// `loss_per_km` is the parts in a thousand of the energy sent that a kilometre takes away. It
    /// is reported with each trade and decides nothing. The least lot is 1 Wh. Error: [`protocol::Error::OffGrid`] when a
    /// price (ask, limit, wanted) is off the grid.
    pub fn new(
        parameters: MarketParameters,
        loss_per_km: PerMille,
        offers: Vec<Selling>,
        bids: Vec<Buying>,
    ) -> Result<OrderBook, protocol::Error> {
        let asks = offers.iter().map(|selling| selling.offer.ask);
        let limits = bids.iter().flat_map(|buying| [buying.bid.limit, buying.bid.wanted.price]);
        for price in asks.chain(limits) {
            parameters.grid.tick(price)?;
        }
        Ok(OrderBook { parameters, least_lot: Terms::default().least_lot, loss_per_km, offers, bids, origin: None })
    }

    /// The order book of the plans `listed` (indices into the cycle's plans, in list order), with
    /// each household's reputation in force, and the index of the plan behind each offer and each
    /// bid.
    pub fn of_cycle(
        scenario: &Scenario,
        cycle: &CyclePlans,
        listed: &[usize],
        reputations: &[Reputation],
        loss_per_km: PerMille,
    ) -> (OrderBook, Listed) {
        let (mut offers, mut bids) = (Vec::new(), Vec::new());
        let mut plans = Listed::default();
        let mut origin = Origin { cycle: cycle.cycle, sellers: Vec::new(), buyers: Vec::new() };
        for &index in listed {
            let plan = &cycle.plans[index];
            let place = scenario.households[plan.household].place;
            match &plan.intent {
                Intent::Sell(sell) => {
                    let offer = sell.offer(place, reputations[plan.household]);
                    offers.push(Selling { offer, confirm: plan.confirm });
                    plans.sellers.push(index);
                    origin.sellers.push(plan.household);
                }
                Intent::Buy(buy) => {
                    bids.push(Buying { bid: buy.bid, place, confirm: plan.confirm });
                    plans.buyers.push(index);
                    origin.buyers.push(plan.household);
                }
            }
        }
        // A scenario's prices were checked when it was read.
        let (parameters, least_lot) = (scenario.market, scenario.terms.least_lot);
        (OrderBook { parameters, least_lot, loss_per_km, offers, bids, origin: Some(origin) }, plans)
    }

    /// The market's parameters.
    pub const fn parameters(&self) -> &MarketParameters {
        &self.parameters
    }
    /// The least volume of a plan. A mechanism that lists rests again lists none below it.
    pub const fn least_lot(&self) -> Energy {
        self.least_lot
    }
    /// The same book in a market whose least lot is another.
    pub fn with_least_lot(self, least_lot: Energy) -> OrderBook {
        OrderBook { least_lot, ..self }
    }
    /// The part of the energy sent that a kilometre takes away.
    pub const fn loss_per_km(&self) -> PerMille {
        self.loss_per_km
    }
    /// Where the plans come from. None for a book that was not made of a scenario's cycle.
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
    /// The sell plans, in list order.
    pub fn offers(&self) -> &[Selling] {
        &self.offers
    }
    /// The buy plans, in list order.
    pub fn bids(&self) -> &[Buying] {
        &self.bids
    }

    /// The energy lost of `sent` between the places of an offer and a bid, rounded down to the Wh;
    /// at most `sent`.
    pub fn loss(&self, seller: usize, buyer: usize, sent: Energy) -> Energy {
        let metres = distance(self.offers[seller].offer.place, self.bids[buyer].place);
        let lost = sent.get() * metres * u64::from(self.loss_per_km.get()) / 1_000_000;
        Energy::new(lost.min(sent.get())).expect("at most what was sent")
    }
}

/// The distance of two places in metres, rounded down; below 2^21.
pub fn distance(a: Place, b: Place) -> u64 {
    let squared = |a: u32, b: u32| u64::from(a.abs_diff(b)).pow(2);
    (squared(a.x.get(), b.x.get()) + squared(a.y.get(), b.y.get())).isqrt()
}

/// Which plan of a cycle stands behind each offer and each bid of an [`OrderBook`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The index of the plan in the cycle, by index of the offer.
    pub sellers: Vec<usize>,
    /// The index of the plan in the cycle, by index of the bid.
    pub buyers: Vec<usize>,
}
