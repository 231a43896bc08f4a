//! The rounds of a cycle: who is matched with whom, who refuses, and what is listed again.

use super::match_price;
use crate::scenario::{Buy, Confirm, CyclePlans, Intent, Scenario, Sell};
use fhe_matcher::plaintext::matching::OfferBook;
use fhe_matcher::plaintext::score::{QuantisedBid, QuantisedOffer};
use protocol::units::{Energy, Price, Reputation};

/// A confirmed match, plans by their index in the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// Its round.
    pub round: u8,
    /// The buy plan.
    pub buyer: usize,
    /// The sell plan.
    pub seller: usize,
    /// v_m.
    pub volume: Energy,
    /// p_m.
    pub price: Price,
}

/// The trades of a cycle's rounds: confirmed matches, in the order made.
pub type Rounds = Vec<Matched>;

const ON_GRID: &str = "a scenario's prices are on its grid";

/// A buy plan as it is listed now.
struct OpenBid<'a> {
    plan: usize,
    buy: &'a Buy,
    left: Energy,
    quantised: QuantisedBid,
}

/// A sell plan as it is listed now.
#[derive(Clone, Copy)]
struct OpenOffer<'a> {
    plan: usize,
    sell: &'a Sell,
    left: Energy,
    quantised: QuantisedOffer,
}

/// Plays a cycle's rounds among the plans `listed` (indices, in list order), with each household's reputation in force.
pub fn rounds(
    scenario: &Scenario,
    cycle: &CyclePlans,
    listed: &[usize],
    reputations: &[Reputation],
    observe: &mut dyn FnMut(u8),
) -> Rounds {
    let market = &scenario.market;
    let mut bids = Vec::new();
    // By ticket, which is an offer's place in the list: what is listed again gets a new one, above all before it.
    let mut offers: Vec<OpenOffer> = Vec::new();
    for &plan in listed {
        let household = cycle.plans[plan].household;
        match &cycle.plans[plan].intent {
            Intent::Buy(buy) => {
                let quantised = QuantisedBid::new(market, &buy.bid).expect(ON_GRID);
                bids.push(OpenBid { plan, buy, left: buy.bid.volume, quantised });
            }
            Intent::Sell(sell) => {
                let offer = sell.offer(scenario.households[household].place, reputations[household]);
                let quantised = QuantisedOffer::new(market, &offer).expect(ON_GRID);
                offers.push(OpenOffer { plan, sell, left: sell.volume, quantised });
            }
        }
    }
    let mut book = OfferBook::new();
    book.insert((0u32..).zip(offers.iter().map(|offer| offer.quantised)));
    let mut trades = Rounds::new();
    for round in 0..market.max_rounds {
        observe(round);
        let found: Vec<_> = bids.iter().map(|bid| book.take_best(&bid.quantised)).collect();
        if found.iter().all(Option::is_none) {
            break;
        }
        let mut staying_bids = Vec::with_capacity(bids.len());
        let mut bids_again = Vec::new();
        let mut staying_offers = Vec::new();
        let mut offers_again = Vec::new();
        for (bid, found) in bids.into_iter().zip(found) {
            let Some(found) = found else {
                staying_bids.push(bid);
                continue;
            };
            let offer = offers[found.position as usize];
            let refuses = |plan: usize| cycle.plans[plan].confirm == Confirm::Refuse;
            match (refuses(bid.plan), refuses(offer.plan)) {
                (false, false) => {
                    let volume = bid.left.min(offer.left);
                    let price = match_price(market, offer.sell.ask, bid.buy.bid.limit);
                    trades.push(Matched { round, buyer: bid.plan, seller: offer.plan, volume, price });
                    let rest = |left: Energy| left.minus(volume).expect("the volume is the lesser of the two");
                    let (bid_left, offer_left) = (rest(bid.left), rest(offer.left));
                    if bid_left > Energy::ZERO {
                        bids_again.push(OpenBid { left: bid_left, ..bid });
                    }
                    if offer_left > Energy::ZERO {
                        let quantised = QuantisedOffer { volume: market.ranges.volume(offer_left), ..offer.quantised };
                        offers_again.push(OpenOffer { left: offer_left, quantised, ..offer });
                    }
                }
                (false, true) => staying_bids.push(bid),
                (true, false) => staying_offers.push((found.position, offer.quantised)),
                (true, true) => {}
            }
        }
        bids_again.sort_by_key(|bid| bid.plan);
        offers_again.sort_by_key(|offer| offer.plan);
        bids = staying_bids;
        bids.append(&mut bids_again);
        let tail = offers.len() as u32;
        staying_offers.extend((tail..).zip(offers_again.iter().map(|offer| offer.quantised)));
        book.insert(staying_offers);
        offers.append(&mut offers_again);
    }
    trades
}
