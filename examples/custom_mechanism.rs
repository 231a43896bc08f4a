//! A mechanism of your own: who trades with whom, how much, and at what price, beside the
//! mechanisms that Veilgrid has.
//!
//! The rule here is the plainest that there is: first come, first served, at the seller's ask.
//! CONTRIBUTING.md says how such a rule becomes one of Veilgrid's own, with its properties tested
//! on random markets.
//!
//!     cargo run --release -p veilgrid-examples --example custom_mechanism

use market::mechanism::{ClearedTrade, Clearing, Mechanism, Properties, Property, Venue, ALL};
use market::order_book::{Buying, OrderBook, Selling};
use market::scenario::Confirm;
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::units::{Energy, EnergyType, PerMille, Place, Price, Reputation, Weight};
use std::error::Error;

/// Each bid, in list order, takes from the offers, in list order, whose ask it can pay; it pays
/// that ask.
struct FirstCome;

impl Mechanism for FirstCome {
    fn name(&self) -> &'static str {
        "first-come"
    }

    fn properties(&self) -> Properties {
        let yes = |why| Property { holds: true, why };
        let no = |why| Property { holds: false, why };
        Properties {
            individual_rationality: yes("only pairs whose ask is at or below the limit trade, at the ask"),
            strong_budget_balance: yes("in each trade the buyer pays what the seller earns"),
            weak_budget_balance: yes("it is strongly balanced"),
            incentive_compatibility: no(
                "a seller that is the only one within a buyer's limit earns more by asking for it",
            ),
            efficiency: no("an early bid with a low limit takes what a later one would have paid more for"),
        }
    }

    fn venue(&self) -> Venue {
        Venue::InTheClear
    }

    fn clear(&self, book: &OrderBook) -> Clearing {
        let mut unsold: Vec<Energy> = book.offers().iter().map(|selling| selling.offer.volume).collect();
        let mut unserved: Vec<Energy> = book.bids().iter().map(|buying| buying.bid.volume).collect();
        let mut trades = Vec::new();
        for (buyer, buying) in book.bids().iter().enumerate() {
            for (seller, selling) in book.offers().iter().enumerate() {
                let sent = unsold[seller].min(unserved[buyer]);
                let agree = selling.confirm == Confirm::Yes && buying.confirm == Confirm::Yes;
                if agree && sent > Energy::ZERO && selling.offer.ask <= buying.bid.limit {
                    unsold[seller] = unsold[seller].minus(sent).expect("the lesser of the two");
                    unserved[buyer] = unserved[buyer].minus(sent).expect("the lesser of the two");
                    let (price, loss) = (selling.offer.ask, book.loss(seller, buyer, sent));
                    trades.push(ClearedTrade {
                        round: 0,
                        seller,
                        buyer,
                        sent,
                        loss,
                        seller_price: price,
                        buyer_price: price,
                    });
                }
            }
        }
        Clearing { trades, unsold, unserved }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let book = three_by_three()?;
    println!("{:<14} {:>8} {:>16} {:>16}", "mechanism", "kWh sent", "gains from trade", "operator keeps");
    for rule in ALL.into_iter().chain([&FirstCome as &dyn Mechanism]) {
        let clearing = rule.clear(&book);
        let (sent, gains) = (clearing.sent() as f64 / 1e3, clearing.gains(&book) as f64 / 1e9);
        println!("{:<14} {sent:>8.1} {gains:>16.3} {:>16.3}", rule.name(), clearing.operator_surplus() as f64 / 1e9);
    }
    println!("\n{} claims:", FirstCome.name());
    for (name, property) in FirstCome.properties().named() {
        println!("  {name}: {}, because {}", if property.holds { "yes" } else { "no" }, property.why);
    }
    Ok(())
}

/// Three sellers and three buyers of 1 kWh each, at asks and limits in hundredths of a currency
/// unit per kWh. The first buyer has the lowest limit.
fn three_by_three() -> Result<OrderBook, Box<dyn Error>> {
    let cents = |hundredths: u64| Price::new(hundredths * 10_000);
    let parameters = MarketParameters {
        grid: PriceGrid::new(cents(8)?, cents(1)?)?,
        ranges: Ranges { volume: Range::new(0, 5000)?, reputation: Range::new(0, 100)?, place: Range::new(0, 10_000)? },
        tolerance: PerMille::new(50)?,
        price_rule: PriceRule::Midpoint,
        max_rounds: 8,
        feed_in: cents(8)?,
        retail: cents(40)?,
    };
    let (volume, place, reputation) = (Energy::new(1000)?, Place::default(), Reputation::MAX);
    let mut offers = Vec::new();
    for ask in [10, 14, 18] {
        let offer = Offer { volume, ask: cents(ask)?, energy_type: EnergyType::Solar, place, reputation };
        offers.push(Selling { offer, confirm: Confirm::Yes });
    }
    let mut bids = Vec::new();
    for limit in [12, 30, 20] {
        let wanted = Wanted { price: cents(10)?, volume, reputation, place };
        let one = Weight::new(1)?;
        let weights = Weights { price: one, volume: one, reputation: one, place: one, types: [Weight::ZERO; 5] };
        bids.push(Buying { bid: Bid { volume, limit: cents(limit)?, wanted, weights }, place, confirm: Confirm::Yes });
    }
    Ok(OrderBook::new(parameters, PerMille::ZERO, offers, bids)?)
}

#[test]
fn runs() {
    main().unwrap();
}

#[test]
fn who_lists_first_is_served_first_at_the_ask() {
    let book = three_by_three().unwrap();
    let clearing = FirstCome.clear(&book);
    let pairs: Vec<_> = clearing.trades.iter().map(|t| (t.buyer, t.seller, t.buyer_price.get() / 10_000)).collect();
    assert_eq!(pairs, [(0, 0, 10), (1, 1, 14), (2, 2, 18)]);
    assert_eq!(clearing.operator_surplus(), 0);
}

#[test]
fn who_refuses_does_not_trade() {
    let book = three_by_three().unwrap();
    let mut offers = book.offers().to_vec();
    offers[0].confirm = Confirm::Refuse;
    let book = OrderBook::new(*book.parameters(), PerMille::ZERO, offers, book.bids().to_vec()).unwrap();
    let clearing = FirstCome.clear(&book);
    // The first buyer's limit is below the other asks.
    assert_eq!(clearing.unserved[0], book.bids()[0].bid.volume);
    assert!(clearing.trades.iter().all(|trade| trade.seller != 0));
}
