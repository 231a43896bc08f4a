//! The plots of the week.

use super::found::Week;
use crate::findings::Plot;
use figures::measures::{price, ratio};
use figures::plot::{bars, lines, lines_with_levels, Bar, Bars, Labels, Level, Line};
use market::books::CycleBooks;
use market::scenario::Intent;
use protocol::units::Price;

/// Number of slots in an hour and in a day.
const HOUR: usize = 4;
const DAY: usize = 96;

pub(super) fn all(week: &Week) -> Vec<Plot> {
    let plot = |name, says, svg| Plot { name, says, svg };
    vec![
        plot("energy", "What neighbours pass on to each other, hour by hour", energy(week)),
        plot("prices", "Mean prices paid, hour by hour", prices(week)),
        plot("gains", "What each household gains, by rank", gains(week)),
        plot("shares", "Self-consumption, local share and losses", shares(week)),
    ]
}

/// The days, each with the place of its first slot: the part of the slot's name before the time.
fn days(week: &Week) -> Vec<(f64, String)> {
    let day = |slot: &String| slot.split(['T', ' ']).next().unwrap_or_default().to_string();
    week.slots.iter().enumerate().step_by(DAY).map(|(slot, name)| (slot as f64 / DAY as f64, day(name))).collect()
}

/// A point in the middle of each hour, with a value from the books of its cycles.
fn hourly(books: &[CycleBooks], of: impl Fn(&[CycleBooks]) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |(hour, books): (usize, &[CycleBooks])| {
        let middle = (hour * HOUR) as f64 + HOUR as f64 / 2.0;
        (middle / DAY as f64, of(books).unwrap_or(f64::NAN))
    };
    books.chunks(HOUR).enumerate().map(point).collect()
}

fn energy(week: &Week) -> String {
    let delivered = |books: &[CycleBooks]| {
        let trades = books.iter().flat_map(|books| &books.trades);
        Some(trades.map(|trade| trade.delivered.get()).sum::<u64>() as f64 / 1000.0)
    };
    let mut series: Vec<Line> = week
        .played
        .iter()
        .map(|played| Line { name: played.rule.into(), points: hourly(&played.cycles, delivered) })
        .collect();
    let possible = week.scenario.cycles.chunks(HOUR).enumerate().map(|(hour, cycles)| {
        let most = cycles.iter().map(|cycle| {
            cycle.plans.iter().fold((0, 0), |(injected, consumed), plan| match &plan.intent {
                Intent::Sell(sell) => (injected + sell.injected.get(), consumed),
                Intent::Buy(buy) => (injected, consumed + buy.consumed.get()),
            })
        });
        let most: u64 = most.map(|(injected, consumed)| injected.min(consumed)).sum();
        (((hour * HOUR) as f64 + HOUR as f64 / 2.0) / DAY as f64, most as f64 / 1000.0)
    });
    series.push(Line { name: "possible".into(), points: possible.collect() });
    let labels = Labels { title: "Delivered between neighbours", x: "day", y: "kWh in an hour" };
    lines(&labels, &days(week), &series)
}

fn prices(week: &Week) -> String {
    let mean = |books: &[CycleBooks]| {
        let trades = || books.iter().flat_map(|books| &books.trades);
        let paid: i128 = trades().map(|trade| i128::from(trade.paid.get())).sum();
        price(paid, trades().map(|trade| trade.settled.get()).sum())
    };
    let series =
        week.played.iter().map(|played| Line { name: played.rule.into(), points: hourly(&played.cycles, mean) });
    let series: Vec<Line> = series.collect();
    let market = &week.scenario.market;
    let level = |name: &str, tariff: Price| Level { name: name.into(), value: tariff.get() as f64 / 1e6 };
    let levels = [level("retail", market.retail), level("feed-in", market.feed_in)];
    let labels = Labels { title: "Mean price paid between neighbours", x: "day", y: "currency per kWh" };
    lines_with_levels(&labels, &days(week), &series, &levels)
}

fn gains(week: &Week) -> String {
    let series = week.measures.iter().map(|of| {
        let mut gains = of.gains.clone();
        gains.sort();
        let points = (1u32..).zip(&gains).map(|(rank, gain)| (f64::from(rank), *gain as f64 / 1e9)).collect();
        Line { name: of.rule.into(), points }
    });
    let title = "What households gain in the week over the grid alone";
    let labels = Labels { title, x: "households, from the worst off to the best off", y: "currency" };
    lines(&labels, &[], &series.collect::<Vec<_>>())
}

fn shares(week: &Week) -> String {
    let base = &week.base;
    let percent = |share: Option<f64>| Bar::from(share.map_or(f64::NAN, |share| 100.0 * share));
    let of = |name: &str, delivered: u64, lost: f64| Bars {
        name: name.into(),
        bars: vec![
            percent(ratio(base.own_use + delivered, base.generation)),
            percent(ratio(base.own_use + delivered, base.load)),
            percent((delivered > 0).then(|| lost / delivered as f64)),
        ],
    };
    let mut series = vec![of("no market", 0, 0.0)];
    series.extend(week.measures.iter().map(|m| of(m.rule, m.delivered, m.lost())));
    let categories = ["self-consumption", "local share", "losses of trades"].map(String::from);
    bars(&Labels { title: "Shares over the week", x: "", y: "%" }, &categories, &series)
}
