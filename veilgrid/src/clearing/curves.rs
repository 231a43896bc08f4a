//! Supply and demand curves: where they cross, and who is on the trading side. Shared by the rules that see nothing but
//! prices.

use super::Market;
use crate::scenario::Confirm;
use protocol::units::{Energy, Price};

/// The crossing of a market's curves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crossing {
    /// Who trades with whom, and how much: (offer, bid, energy), along both curves from their best ends. Never of 0 Wh.
    pub(super) pairs: Vec<(usize, usize, Energy)>,
    /// The prices at which supply meets demand, lowest and highest; None when nothing is traded.
    pub(super) interval: Option<(Price, Price)>,
}

/// Finds the greatest volume at which every matched limit is at or above every matched ask. Offers by rising ask, bids by
/// falling limit, equal ones in list order; plans of no energy, and those whose household would refuse, take no part.
pub(super) fn cross(market: &Market) -> Crossing {
    let takes_part = |volume: Energy, confirm: Confirm| volume > Energy::ZERO && confirm == Confirm::Yes;
    let (offers, bids) = (market.offers(), market.bids());
    let ask = |offer: usize| offers[offer].offer.ask;
    let limit = |bid: usize| bids[bid].bid.limit;
    let mut supply: Vec<usize> =
        (0..offers.len()).filter(|i| takes_part(offers[*i].offer.volume, offers[*i].confirm)).collect();
    let mut demand: Vec<usize> =
        (0..bids.len()).filter(|i| takes_part(bids[*i].bid.volume, bids[*i].confirm)).collect();
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
        let offered = if offer_left == Energy::ZERO { offers[offer].offer.volume } else { offer_left };
        let wanted = if bid_left == Energy::ZERO { bids[bid].bid.volume } else { bid_left };
        let energy = offered.min(wanted);
        pairs.push((offer, bid, energy));
        offer_left = offered.minus(energy).expect("the lesser of the two");
        bid_left = wanted.minus(energy).expect("the lesser of the two");
        at_offer += usize::from(offer_left == Energy::ZERO);
        at_bid += usize::from(bid_left == Energy::ZERO);
    }

    // A plan that is matched in part is both the marginal matched one of its side and the first unmatched one.
    let interval = pairs.last().map(|(offer, bid, _)| {
        let (marginal_ask, marginal_limit) = (ask(*offer), limit(*bid));
        let next_ask = supply.get(at_offer).map_or(Price::MAX, |offer| ask(*offer));
        let next_limit = demand.get(at_bid).map_or(Price::ZERO, |bid| limit(*bid));
        (marginal_ask.max(next_limit), marginal_limit.min(next_ask))
    });
    Crossing { pairs, interval }
}
