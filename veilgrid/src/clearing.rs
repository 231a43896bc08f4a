//! Clearing rules: who trades with whom in a cycle, how much, and at what price, behind one trait. K-prototypes is the
//! market's own rule, by the code that `simulate` plays; the others stand beside it for comparison, in the clear only.
//!
//! A rule sees a [`Market`] and gives a [`Clearing`]. Everything is in integers of the market's own units, so that a
//! clearing is the same on every machine. `docs/market.md` describes the rules and their properties in words.
//!
//! | | K-prototypes | uniform price | pay-as-bid |
//! |---|---|---|---|
//! | individual rationality | yes | yes | yes |
//! | budget balance, strong | yes | yes | no |
//! | budget balance, weak | yes | yes | yes |
//! | incentive compatibility | no | no | no |
//! | efficiency | no | yes | yes |

pub(crate) mod curves;
pub mod kprototypes;
pub mod pay_as_bid;
pub mod uniform_price;

use crate::scenario::{Confirm, CyclePlans, Intent, Scenario};
use protocol::market::MarketParameters;
use protocol::plan::{Bid, Offer};
use protocol::units::{Energy, Money, PerMille, Place, Price, Reputation};

pub use kprototypes::KPrototypes;
pub use pay_as_bid::PayAsBid;
pub use uniform_price::UniformPrice;

/// A way of clearing a market.
pub trait ClearingRule: Send + Sync {
    /// Its name in tables and JSON.
    fn name(&self) -> &'static str;
    /// What holds of it, and why.
    fn properties(&self) -> Properties;
    /// Clears a market: a function of the market alone.
    fn clear(&self, market: &Market) -> Clearing;
}

/// Every rule, K-prototypes first.
pub const RULES: [&dyn ClearingRule; 3] = [&KPrototypes, &UniformPrice, &PayAsBid];

/// Whether a property holds, with its proof or a counterexample in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Whether it holds for every market.
    pub holds: bool,
    /// Why, or how it fails.
    pub why: &'static str,
}

/// What is known of a rule (seed 004, "Principles of mechanism design"). A buyer's value of a Wh is its limit, a seller's
/// cost its ask, each per Wh as the seller sends it; other wishes have no value in money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Nobody pays above its limit or earns below its ask.
    pub individual_rationality: Property,
    /// What buyers pay is what sellers earn, exactly.
    pub strong_budget_balance: Property,
    /// Buyers pay at least what sellers earn.
    pub weak_budget_balance: Property,
    /// Nobody gains by another plan than its true one, whatever the others list.
    pub incentive_compatibility: Property,
    /// No other clearing has greater gains from trade: the sum of energy times (limit less ask).
    pub efficiency: Property,
}

impl Properties {
    /// All with their names, in the order of the tables.
    pub const fn named(&self) -> [(&'static str, Property); 5] {
        [
            ("individual rationality", self.individual_rationality),
            ("strong budget balance", self.strong_budget_balance),
            ("weak budget balance", self.weak_budget_balance),
            ("incentive compatibility", self.incentive_compatibility),
            ("efficiency", self.efficiency),
        ]
    }
}

const fn yes(why: &'static str) -> Property {
    Property { holds: true, why }
}

const fn no(why: &'static str) -> Property {
    Property { holds: false, why }
}

/// A sell plan on the market. The place is where the energy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selling {
    /// What is offered.
    pub offer: Offer,
    /// What its household answers to a match.
    pub confirm: Confirm,
}

/// A buy plan on the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buying {
    /// What is wanted.
    pub bid: Bid,
    /// Where the energy goes: its household's place, which need not be the one that it wishes its seller at.
    pub place: Place,
    /// What its household answers to a match.
    pub confirm: Confirm,
}

/// A cycle's market: plans of both sides in list order. All their prices are on the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    parameters: MarketParameters,
    loss_per_km: PerMille,
    offers: Vec<Selling>,
    bids: Vec<Buying>,
}

impl Market {
    /// `loss_per_km`: the parts in a thousand that a kilometre takes away of what is sent; it is reported with each trade
    /// and decides nothing. Error: [`protocol::Error::OffGrid`] when a price (ask, limit, wanted) is off the grid.
    pub fn new(
        parameters: MarketParameters,
        loss_per_km: PerMille,
        offers: Vec<Selling>,
        bids: Vec<Buying>,
    ) -> Result<Market, protocol::Error> {
        let asks = offers.iter().map(|selling| selling.offer.ask);
        let limits = bids.iter().flat_map(|buying| [buying.bid.limit, buying.bid.wanted.price]);
        for price in asks.chain(limits) {
            parameters.grid.tick(price)?;
        }
        Ok(Market { parameters, loss_per_km, offers, bids })
    }

    /// The market of the plans `listed` (indices into the cycle's plans, in list order), with each household's reputation
    /// in force, and the index of the plan behind each offer and each bid.
    pub fn of_cycle(
        scenario: &Scenario,
        cycle: &CyclePlans,
        listed: &[usize],
        reputations: &[Reputation],
        loss_per_km: PerMille,
    ) -> (Market, Listed) {
        let (mut offers, mut bids) = (Vec::new(), Vec::new());
        let mut plans = Listed::default();
        for &index in listed {
            let plan = &cycle.plans[index];
            let place = scenario.households[plan.household].place;
            match &plan.intent {
                Intent::Sell(sell) => {
                    let offer = sell.offer(place, reputations[plan.household]);
                    offers.push(Selling { offer, confirm: plan.confirm });
                    plans.sellers.push(index);
                }
                Intent::Buy(buy) => {
                    bids.push(Buying { bid: buy.bid, place, confirm: plan.confirm });
                    plans.buyers.push(index);
                }
            }
        }
        // A scenario's prices were checked when it was read.
        (Market { parameters: scenario.market, loss_per_km, offers, bids }, plans)
    }

    /// The market's parameters.
    pub const fn parameters(&self) -> &MarketParameters {
        &self.parameters
    }
    /// What a kilometre takes away of what is sent.
    pub const fn loss_per_km(&self) -> PerMille {
        self.loss_per_km
    }
    /// The sell plans, in list order.
    pub fn offers(&self) -> &[Selling] {
        &self.offers
    }
    /// The buy plans, in list order.
    pub fn bids(&self) -> &[Buying] {
        &self.bids
    }

    /// What is lost of `sent` between an offer's and a bid's places, rounded down to the Wh; at most all of it.
    pub fn loss(&self, seller: usize, buyer: usize, sent: Energy) -> Energy {
        let metres = distance(self.offers[seller].offer.place, self.bids[buyer].place);
        let lost = sent.get() * metres * u64::from(self.loss_per_km.get()) / 1_000_000;
        Energy::new(lost.min(sent.get())).expect("at most what was sent")
    }

    /// A trade of these two at these prices.
    fn trade(&self, seller: usize, buyer: usize, sent: Energy, seller_price: Price, buyer_price: Price) -> Trade {
        let loss = self.loss(seller, buyer, sent);
        Trade { round: 0, seller, buyer, sent, loss, seller_price, buyer_price }
    }
}

/// The distance of two places in metres, rounded down; below 2^21.
pub fn distance(a: Place, b: Place) -> u64 {
    let squared = |a: u32, b: u32| u64::from(a.abs_diff(b)).pow(2);
    (squared(a.x.get(), b.x.get()) + squared(a.y.get(), b.y.get())).isqrt()
}

/// Which plan of a cycle stands behind each offer and each bid of a [`Market`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// By the offer's index.
    pub sellers: Vec<usize>,
    /// By the bid's index.
    pub buyers: Vec<usize>,
}

/// A trade. Both prices are per kWh **sent**.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The round in which it was made; 0 for rules without rounds.
    pub round: u8,
    /// Index of the offer.
    pub seller: usize,
    /// Index of the bid.
    pub buyer: usize,
    /// Energy that leaves the seller, at least 1 Wh.
    pub sent: Energy,
    /// What of it is lost on the way.
    pub loss: Energy,
    /// What the seller earns.
    pub seller_price: Price,
    /// What the buyer pays.
    pub buyer_price: Price,
}

impl Trade {
    /// Energy that reaches the buyer.
    pub fn received(&self) -> Energy {
        self.sent.minus(self.loss).expect("no more is lost than was sent")
    }
    /// Money that the buyer pays.
    pub fn paid(&self) -> Money {
        self.sent.at(self.buyer_price)
    }
    /// Money that the seller earns.
    pub fn earned(&self) -> Money {
        self.sent.at(self.seller_price)
    }
}

/// What comes of a market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clearing {
    /// The trades, in the order made.
    pub trades: Vec<Trade>,
    /// What each offer has not sold, by its index.
    pub unsold: Vec<Energy>,
    /// What each bid has not got, by its index.
    pub unserved: Vec<Energy>,
}

impl Clearing {
    /// Counts what `trades` leave on both sides.
    fn new(market: &Market, trades: Vec<Trade>) -> Clearing {
        const WITHIN: &str = "a rule sells no more than is offered and buys no more than is wanted";
        let mut unsold: Vec<Energy> = market.offers.iter().map(|selling| selling.offer.volume).collect();
        let mut unserved: Vec<Energy> = market.bids.iter().map(|buying| buying.bid.volume).collect();
        for trade in &trades {
            for left in [&mut unsold[trade.seller], &mut unserved[trade.buyer]] {
                *left = left.minus(trade.sent).expect(WITHIN);
            }
        }
        Clearing { trades, unsold, unserved }
    }

    /// Energy that changes hands, as sent, in Wh.
    pub fn sent(&self) -> u128 {
        self.trades.iter().map(|trade| u128::from(trade.sent.get())).sum()
    }

    /// Gains from trade in nano-currency: energy times (limit less ask), over all trades.
    pub fn gains(&self, market: &Market) -> i128 {
        let gain = |trade: &Trade| {
            let (ask, limit) = (market.offers[trade.seller].offer.ask, market.bids[trade.buyer].bid.limit);
            i128::from(trade.sent.get()) * (i128::from(limit.get()) - i128::from(ask.get()))
        };
        self.trades.iter().map(gain).sum()
    }

    /// What buyers pay and no seller earns, in nano-currency; below zero, what somebody would have to add.
    pub fn operator_surplus(&self) -> i128 {
        self.trades.iter().map(|trade| i128::from(trade.paid().get()) - i128::from(trade.earned().get())).sum()
    }
}

#[cfg(test)]
mod tests;
