//! The feeder drawn in one cycle, with the prices of `nodal` and what the lines carry.

use super::feeder::Feeder;
use super::found::Week;
use figures::plot::{feeder as draw, Branch, Bus};
use grid::check::admit;
use market::books::CycleBooks;
use market::mechanism::Mechanism;
use market::order_book::OrderBook;
use market::rules;
use protocol::units::PerMille;

/// The cycle in which the network keeps most by `nodal`, or the first with the most trades if it
/// keeps nothing.
fn chosen(cycles: &[CycleBooks]) -> Option<usize> {
    let key = |books: &CycleBooks| {
        let rent = books.trades.iter().fold(0i128, |rent, traded| {
            let worth = |price| i128::from(traded.matched.at(price).get());
            rent + worth(traded.buyer_price) - worth(traded.seller_price)
        });
        (rent, books.trades.len())
    };
    (0..cycles.len()).rev().max_by_key(|cycle| key(&cycles[*cycle]))
}

/// The drawing. None without a cycle.
pub(super) fn drawn(week: &Week, feeder: &Feeder) -> Option<String> {
    let played = week.played.iter().find(|played| played.rule == feeder.rule.name())?;
    let index = chosen(&played.cycles)?;
    let (books, cycle) = (&played.cycles[index], &week.scenario.cycles[index]);
    let grid = feeder.week.feeder();
    let locks = rules::lock(&week.scenario, cycle, &mut books.start.clone(), &mut Vec::new());
    let listed: Vec<usize> = (0..locks.len()).filter(|plan| locks[*plan].is_some()).collect();
    let reputations: Vec<_> = books.start.iter().map(|account| account.reputation).collect();
    let book = OrderBook::of_cycle(&week.scenario, cycle, &listed, &reputations, PerMille::ZERO).0;
    let prices = feeder.rule.clear_with_prices(&book).prices;
    let trades = books.trades.iter().map(|traded| feeder.trade(books, traded));
    let flows = admit(grid, &feeder.bases[index], trades).as_matched.flows;
    // The drawing takes each bus after the one that its line comes from.
    let mut order = vec![0];
    order.extend(grid.radial().outward().iter().map(|line| grid.radial().ends(*line).1));
    let place = |bus: usize| order.iter().position(|other| *other == bus).expect("each bus is in the order");
    let bus = |bus: &usize| {
        let price = prices[*bus].price().map_or("-".into(), |price| format!("{:.4}", price.get() as f64 / 1e6));
        let fed = grid.radial().feeding(*bus).map(|line| {
            let load = grid.limits()[line].map(|limit| flows[line] as f64 / limit.get() as f64);
            Branch { near: place(grid.radial().ends(line).0), load }
        });
        Bus { name: grid.buses().names()[*bus].clone(), value: price, fed }
    };
    let buses: Vec<Bus> = order.iter().map(bus).collect();
    let slot = &week.slots[index];
    Some(draw(&format!("The feeder by the rule nodal in cycle {} ({slot}), prices a kWh", cycle.cycle.get()), &buses))
}
