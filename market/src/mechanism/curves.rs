//! Supply and demand curves: where they cross, and who is on the trading side. The mechanisms that
//! see nothing but prices share this.

use crate::order_book::OrderBook;
use crate::scenario::Confirm;
use protocol::units::{Energy, Price};

/// A plan's step of its side's curve: its energy, and its worst acceptable price. A step without
/// energy takes no part.
pub type Step = (Energy, Price);

/// The crossing of two curves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Who trades with whom, and how much: (offer, bid, energy), along both curves from their best
    /// ends. Never of 0 Wh.
    pub pairs: Vec<(usize, usize, Energy)>,
    /// The prices at which supply meets demand, lowest and highest; None when nothing is traded.
    pub interval: Option<(Price, Price)>,
}

/// The curves of a market. Plans whose household would refuse take no part.
pub(super) fn cross_market(book: &OrderBook) -> Crossing {
    let step = |volume: Energy, price: Price, confirm: Confirm| match confirm {
        Confirm::Yes => (volume, price),
        Confirm::Refuse => (Energy::ZERO, price),
    };
    let offers = book.offers().iter().map(|s| step(s.offer.volume, s.offer.ask, s.confirm));
    let bids = book.bids().iter().map(|b| step(b.bid.volume, b.bid.limit, b.confirm));
    cross(&offers.collect::<Vec<_>>(), &bids.collect::<Vec<_>>())
}

/// Finds the greatest volume at which every matched limit is at or above every matched ask. Offers
/// by rising ask, bids by falling limit, equal ones in list order.
pub fn cross(offers: &[Step], bids: &[Step]) -> Crossing {
    let taking_part = |plans: &[Step]| (0..plans.len()).filter(|plan| plans[*plan].0 > Energy::ZERO).collect();
    let (mut supply, mut demand): (Vec<usize>, Vec<usize>) = (taking_part(offers), taking_part(bids));
    let (ask, limit) = (|offer: usize| offers[offer].1, |bid: usize| bids[bid].1);
    // Both sorts are stable, and the indices are in list order.
    supply.sort_by_key(|offer| ask(*offer));
    demand.sort_by_key(|bid| std::cmp::Reverse(limit(*bid)));

    let mut pairs = Vec::new();
    let (mut at_offer, mut at_bid) = (0, 0);
    let (mut offer_left, mut bid_left) = (Energy::ZERO, Energy::ZERO);
    while at_offer < supply.len() && at_bid < demand.len() {
        let (offer, bid) = (supply[at_offer], demand[at_bid]);
        if ask(offer) > limit(bid) {
            break;
        }
        // Nothing left means that the plan at this place was not touched yet.
        let offered = if offer_left == Energy::ZERO { offers[offer].0 } else { offer_left };
        let wanted = if bid_left == Energy::ZERO { bids[bid].0 } else { bid_left };
        let energy = offered.min(wanted);
        pairs.push((offer, bid, energy));
        offer_left = offered.minus(energy).expect("the lesser of the two");
        bid_left = wanted.minus(energy).expect("the lesser of the two");
        at_offer += usize::from(offer_left == Energy::ZERO);
        at_bid += usize::from(bid_left == Energy::ZERO);
    }

    // A plan that is matched in part is both the marginal matched one of its side and the first
    // unmatched one.
    let interval = pairs.last().map(|(offer, bid, _)| {
        let next_ask = supply.get(at_offer).map_or(Price::MAX, |offer| ask(*offer));
        let next_limit = demand.get(at_bid).map_or(Price::ZERO, |bid| limit(*bid));
        (ask(*offer).max(next_limit), limit(*bid).min(next_ask))
    });
    Crossing { pairs, interval }
}
