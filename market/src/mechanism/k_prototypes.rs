//! The market's own mechanism (`docs/protocol/80-market-rules.md`; Ai 2021, formulas 3.1 to 3.4;
//! `docs/sources.md`): in rounds, each buy plan in list order takes the feasible sell plan with the
//! least (dissimilarity, list position). `simulate` plays this code, and `market` is compared with
//! it.

use super::clearing::{ClearedTrade, Clearing};
use super::contract::{Mechanism, Venue};
use super::properties::{no, yes, Properties};
use crate::matching::OfferBook;
use crate::order_book::OrderBook;
use crate::scenario::Confirm;
use crate::score::{QuantisedBid, QuantisedOffer};
use protocol::market_parameters::MarketParameters;
use protocol::units::{Energy, Price};

/// K-prototypes matching by the market's parameters: price rule, ranges, rounds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KPrototypes;

impl Mechanism for KPrototypes {
    fn name(&self) -> &'static str {
        "k-prototypes"
    }

    fn properties(&self) -> Properties {
        Properties {
            individual_rationality: yes("only pairs with ask <= limit match, at the ask or between ask and limit"),
            strong_budget_balance: yes("in each trade the buyer pays what the seller earns"),
            weak_budget_balance: yes("it is strongly balanced"),
            incentive_compatibility: no(
                "at the ask, the only seller within a buyer's limit earns more by asking for the \
                                         limit; at the midpoint it does too",
            ),
            efficiency: no(
                "buyers are served in list order by their wishes: one with a lower limit takes the offer before \
                            one with a higher limit",
            ),
        }
    }

    fn venue(&self) -> Venue {
        Venue::Ledger
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        self.clear_in_rounds(book, &mut |_| ())
    }
}

const ON_GRID: &str = "a market's prices are on its grid";

/// A bid as it is listed now.
struct OpenBid {
    bid: usize,
    left: Energy,
    quantised: QuantisedBid,
}

/// An offer as it is listed now.
#[derive(Clone, Copy)]
struct OpenOffer {
    offer: usize,
    left: Energy,
    quantised: QuantisedOffer,
}

impl KPrototypes {
    /// [`Mechanism::clear`], with `observe` called at the start of each round.
    pub fn clear_in_rounds(&self, book: &OrderBook, observe: &mut dyn FnMut(u8)) -> Clearing {
        Clearing::new(book, rounds(book, observe))
    }
}

/// The price of a match.
pub fn match_price(parameters: &MarketParameters, ask: Price, limit: Price) -> Price {
    let (ask, limit) = (parameters.grid.tick(ask).expect(ON_GRID), parameters.grid.tick(limit).expect(ON_GRID));
    parameters.grid.price(parameters.price_rule.tick(ask, limit))
}

fn rounds(book: &OrderBook, observe: &mut dyn FnMut(u8)) -> Vec<ClearedTrade> {
    let parameters = book.parameters();
    let bids = book.bids().iter().enumerate().filter(|(_, buying)| buying.bid.volume > Energy::ZERO);
    let mut bids: Vec<OpenBid> = bids
        .map(|(bid, buying)| OpenBid {
            bid,
            left: buying.bid.volume,
            quantised: QuantisedBid::new(parameters, &buying.bid).expect(ON_GRID),
        })
        .collect();
    // By ticket, which is an offer's place in the list: what is listed again gets a new one, above
    // all before it.
    let offers = book.offers().iter().enumerate().filter(|(_, selling)| selling.offer.volume > Energy::ZERO);
    let mut offers: Vec<OpenOffer> = offers
        .map(|(offer, selling)| OpenOffer {
            offer,
            left: selling.offer.volume,
            quantised: QuantisedOffer::new(parameters, &selling.offer).expect(ON_GRID),
        })
        .collect();
    let mut open_offers = OfferBook::new();
    open_offers.insert((0u32..).zip(offers.iter().map(|offer| offer.quantised)));
    let mut trades = Vec::new();
    for round in 0..parameters.max_rounds {
        observe(round);
        let found: Vec<_> = bids.iter().map(|bid| open_offers.take_best(&bid.quantised)).collect();
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
            let (selling, buying) = (&book.offers()[offer.offer], &book.bids()[bid.bid]);
            match (buying.confirm == Confirm::Refuse, selling.confirm == Confirm::Refuse) {
                (false, false) => {
                    let volume = bid.left.min(offer.left);
                    let price = match_price(parameters, selling.offer.ask, buying.bid.limit);
                    let trade = ClearedTrade::between(book, (offer.offer, bid.bid), volume, price, price);
                    trades.push(ClearedTrade { round, ..trade });
                    let rest = |left: Energy| left.minus(volume).expect("the volume is the lesser of the two");
                    let (bid_left, offer_left) = (rest(bid.left), rest(offer.left));
                    if bid_left >= book.least_lot() {
                        bids_again.push(OpenBid { left: bid_left, ..bid });
                    }
                    if offer_left >= book.least_lot() {
                        let volume = parameters.ranges.volume(offer_left);
                        let quantised = QuantisedOffer { volume, ..offer.quantised };
                        offers_again.push(OpenOffer { left: offer_left, quantised, ..offer });
                    }
                }
                (false, true) => staying_bids.push(bid),
                (true, false) => staying_offers.push((found.position, offer.quantised)),
                (true, true) => {}
            }
        }
        // Those listed again in one round keep the list's order among themselves.
        bids_again.sort_by_key(|bid| bid.bid);
        offers_again.sort_by_key(|offer| offer.offer);
        bids = staying_bids;
        bids.append(&mut bids_again);
        let tail = offers.len() as u32;
        staying_offers.extend((tail..).zip(offers_again.iter().map(|offer| offer.quantised)));
        open_offers.insert(staying_offers);
        offers.append(&mut offers_again);
    }
    trades
}
