//! The double auction, in each of its readings, on exact prices. The supply and demand curves are
//! those of [`market::mechanism`].

use super::draw::{Distances, Records, MILLION};
use super::measure::Deal;
use super::reading::{Auction, Book, LossFilter, Pricing};
use market::mechanism::curves::{cross, Step};
use market::mechanism::uniform_price::Interval;
use protocol::units::{Energy, Price};

/// The trades of a run, by a reading of the double auction.
pub fn auction(records: &Records, distances: &Distances, reading: &Auction) -> Vec<Deal> {
    match reading.book {
        Book::Call => {
            let offers: Vec<Step> = records.sells.iter().map(|record| (record.supply, record.price)).collect();
            let bids: Vec<Step> = records.buys.iter().map(|record| (record.demand, record.price)).collect();
            crossed(records, reading, &offers, &bids, |_, _, energy| energy)
        }
        Book::Once => {
            // Every record counts as one unit, so the curves pair the best with the best.
            let one = Energy::new(1).expect("1 is below 2^32");
            let offers: Vec<Step> = records.sells.iter().map(|record| (one, record.price)).collect();
            let bids: Vec<Step> = records.buys.iter().map(|record| (one, record.price)).collect();
            let both = |seller: usize, buyer: usize, _| records.sells[seller].supply.min(records.buys[buyer].demand);
            crossed(records, reading, &offers, &bids, both)
        }
        Book::Continuous => continuous(records, distances, reading, false),
        Book::ContinuousOne => continuous(records, distances, reading, true),
    }
}

fn crossed(
    records: &Records,
    reading: &Auction,
    offers: &[Step],
    bids: &[Step],
    energy: impl Fn(usize, usize, Energy) -> Energy,
) -> Vec<Deal> {
    let crossing = cross(offers, bids);
    let uniform = crossing.interval.map(|(low, high)| Interval { low, high }.price());
    let deals = crossing.pairs.into_iter().map(|(seller, buyer, sent)| {
        let price = match (reading.pricing, uniform) {
            (Pricing::Uniform, Some(price)) => price.get(),
            _ => pair_price(records, reading.pricing, seller, buyer),
        };
        Deal { seller, buyer, sent: energy(seller, buyer, sent).get(), price }
    });
    deals.collect()
}

/// The price of one pair. A pair cannot know a price that is the same for all, so the midpoint
/// stands for [`Pricing::Uniform`] here.
fn pair_price(records: &Records, pricing: Pricing, seller: usize, buyer: usize) -> u64 {
    let (ask, bid): (Price, Price) = (records.sells[seller].price, records.buys[buyer].price);
    match pricing {
        Pricing::Uniform | Pricing::Midpoint => Interval { low: ask, high: bid }.price().get(),
        Pricing::Ask => ask.get(),
        Pricing::Bid => bid.get(),
    }
}

/// The trades when buyers come in list order: each takes the lowest ask that is left, if it is not
/// above its bid, and the first of equal asks.
fn continuous(records: &Records, distances: &Distances, reading: &Auction, one: bool) -> Vec<Deal> {
    let mut left: Vec<u64> = records.sells.iter().map(|record| record.supply.get()).collect();
    let mut by_ask: Vec<usize> = (0..left.len()).collect();
    by_ask.sort_by_key(|seller| records.sells[*seller].price);
    let mut deals = Vec::new();
    for (buyer, record) in records.buys.iter().enumerate() {
        let accepted = match reading.filter {
            LossFilter::TenPercent => MILLION / 10,
            LossFilter::Drawn => record.accepted_loss,
        };
        let mut need = record.demand.get();
        let affordable = by_ask.iter().take_while(|seller| records.sells[**seller].price <= record.price);
        for &seller in affordable {
            if left[seller] == 0 || distances.metres(seller, buyer) * 10 > accepted {
                continue;
            }
            let sent = need.min(left[seller]);
            need -= sent;
            left[seller] -= sent;
            deals.push(Deal { seller, buyer, sent, price: pair_price(records, reading.pricing, seller, buyer) });
            if one || need == 0 {
                break;
            }
        }
    }
    deals
}
