//! The trades of a market on a feeder.

use super::prices::{intervals, Interval};
use super::room::Room;
use super::sweep::reaching;
use crate::network::{Radial, Way};
use protocol::units::{Energy, Price};
use std::cmp::Reverse;

/// An offer or a bid at a bus. A plan of no energy takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The bus.
    pub bus: usize,
    /// The energy that it sells or buys.
    pub energy: Energy,
    /// The ask of an offer, the limit of a bid.
    pub price: Price,
}

/// Offers and bids on a feeder.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The feeder.
    pub radial: &'a Radial,
    /// The room of each line for the market's trades.
    pub room: &'a [Room],
    /// The offers, in list order.
    pub offers: &'a [Plan],
    /// The bids, in list order.
    pub bids: &'a [Plan],
}

/// A trade of an offer and a bid, by their indices. A pair that trades again, after another trade
/// gave it room, has a trade for each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The offer.
    pub offer: usize,
    /// The bid.
    pub bid: usize,
    /// The energy, at least 1 Wh.
    pub energy: Energy,
}

/// A market that is cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// The trades, in the order made.
    pub trades: Vec<Trade>,
    /// The energy of the trades on each line in Wh; positive: away from the root.
    pub flows: Vec<i128>,
    /// The prices of each bus.
    pub prices: Vec<Interval>,
}

/// A market while it is cleared.
pub(super) struct Clearing<'a> {
    pub(super) market: &'a Market<'a>,
    /// The room that is left.
    pub(super) room: Vec<Room>,
    /// What each offer has not sold.
    pub(super) unsold: Vec<Energy>,
    /// What each bid has not got.
    pub(super) unserved: Vec<Energy>,
}

impl Cleared {
    /// Clears a market.
    pub fn of(market: &Market<'_>) -> Cleared {
        let energies = |plans: &[Plan]| plans.iter().map(|plan| plan.energy).collect();
        let (unsold, unserved) = (energies(market.offers), energies(market.bids));
        let mut clearing = Clearing { market, room: market.room.to_vec(), unsold, unserved };
        let (mut trades, mut flows) = (Vec::new(), vec![0; market.radial.lines()]);
        // A bus's best offer is its first of the least asks, whatever bid it is paired with, and its
        // best bid its first of the greatest limits. So the best pair of all is among those of a
        // bus's best bid with the best of the offers at buses that reach it.
        let buses = market.radial.buses();
        let mut offers = Queues::new(buses, market.offers, |ask| ask);
        let mut bids = Queues::new(buses, market.bids, Reverse);
        while let Some((offer, bid)) = clearing.best_pair(&mut offers, &mut bids) {
            let energy = clearing.trade(offer, bid, &mut flows);
            trades.push(Trade { offer, bid, energy });
        }
        Cleared { prices: intervals(&clearing), trades, flows }
    }

    /// The price at the bus of a plan that trades.
    pub fn price_of(&self, plan: &Plan) -> Price {
        self.prices[plan.bus].price().expect("a plan that trades bounds its own bus's price")
    }
}

impl Clearing<'_> {
    /// The pair that trades next: (offer, bid).
    fn best_pair<A: Ord, B: Ord>(&self, offers: &mut Queues<A>, bids: &mut Queues<B>) -> Option<(usize, usize)> {
        let Market { radial, offers: asks, bids: limits, .. } = self.market;
        let (offers, bids) = (offers.heads(&self.unsold), bids.heads(&self.unserved));
        let open = |line: usize, way: Way| self.room[line].open(way);
        let cheaper = |a: usize, b: usize| if (asks[b].price, b) < (asks[a].price, a) { b } else { a };
        let offers = reaching(radial, open, offers, cheaper);
        let pairs = offers.into_iter().zip(bids).filter_map(|(offer, bid)| {
            let (offer, bid) = (offer?, bid?);
            let gain = limits[bid].price.get().checked_sub(asks[offer].price.get())?;
            Some((Reverse(gain), offer, bid))
        });
        pairs.min().map(|(_, offer, bid)| (offer, bid))
    }

    /// Trades what fits of a pair, and says how much.
    fn trade(&mut self, offer: usize, bid: usize, flows: &mut [i128]) -> Energy {
        let (from, to) = (self.market.offers[offer].bus, self.market.bids[bid].bus);
        let way: Vec<(usize, Way)> = self.market.radial.between(from, to).collect();
        let room = way.iter().filter_map(|(line, way)| self.room[*line].on(*way)).min();
        let most = self.unsold[offer].min(self.unserved[bid]);
        let energy = room.map_or(most, |room| {
            let room = u64::try_from(room).expect("a pair that trades has room");
            most.min(Energy::new(room.min(most.get())).expect("at most what is left"))
        });
        for (line, way) in way {
            self.room[line].take(way, energy.get().into());
            flows[line] += way.sign() * i128::from(energy.get());
        }
        for left in [&mut self.unsold[offer], &mut self.unserved[bid]] {
            *left = left.minus(energy).expect("at most what is left");
        }
        energy
    }
}

/// The plans of each bus, best first, without those that have nothing left.
struct Queues<K> {
    /// For each bus its plans, the best last.
    plans: Vec<Vec<(K, usize)>>,
}

impl<K: Ord> Queues<K> {
    /// `key` orders the plans of a bus by their prices; equal ones go by the list.
    fn new(buses: usize, plans: &[Plan], key: impl Fn(Price) -> K) -> Queues<K> {
        let mut queues: Vec<Vec<(K, usize)>> = (0..buses).map(|_| Vec::new()).collect();
        for (index, plan) in plans.iter().enumerate() {
            queues[plan.bus].push((key(plan.price), index));
        }
        for queue in &mut queues {
            queue.sort_unstable_by(|a, b| b.cmp(a));
        }
        Queues { plans: queues }
    }

    /// The best plan of each bus that has something left. What has nothing left never has again.
    fn heads(&mut self, left: &[Energy]) -> Vec<Option<usize>> {
        let head = |queue: &mut Vec<(K, usize)>| {
            while queue.pop_if(|(_, plan)| left[*plan] == Energy::ZERO).is_some() {}
            queue.last().map(|(_, plan)| *plan)
        };
        self.plans.iter_mut().map(head).collect()
    }
}
