//! The plots of the week.

use super::feeder_drawn;
use super::found::Week;
use super::price_parts;
use crate::findings::Plot;
use figures::measures::Sums;
use figures::plot::{bars, lines, lines_with_levels, Bar, Bars, Labels, Level, Line};
use figures::{price, ratio};
use market::books::CycleBooks;
use market::scenario::Intent;
use market::settlement::Tariff;
use protocol::units::Price;

/// Number of slots in an hour and in a day.
const HOUR: usize = 4;
const DAY: usize = 96;

pub(super) fn all(week: &Week) -> Vec<Plot> {
    let plot = |name, says, svg| Plot { name, says, svg };
    let mut plots = vec![
        plot("energy", "What neighbours pass on to each other, hour by hour", energy(week)),
        plot("prices", "Mean prices paid, hour by hour", prices(week)),
        plot("gains", "What each household gains, by rank", gains(week)),
    ];
    if let Some(gross) = week.base.gross {
        plots.push(plot("shares", "Self-consumption, local share and losses", shares(week, gross)));
    }
    if let Some(svg) = week.feeder.as_ref().and_then(|feeder| feeder_drawn::drawn(week, feeder)) {
        plots.push(plot(
            "feeder",
            "The feeder in the cycle in which the network keeps most, with prices and loads",
            svg,
        ));
    }
    if let Some(svg) = week.feeder.as_ref().and_then(|feeder| price_parts::by_hour(week, feeder)) {
        plots.push(plot("parts", "The parts of the price at the far end of the feeder, by the hour of the day", svg));
    }
    plots
}

/// The days, each with the place of its first slot. A day is the part of the slot's name before the
/// time; slots without a time are the days of 96 slots.
fn days(week: &Week) -> Vec<(f64, String)> {
    let day = |slot: &String| slot.split(['T', ' ']).next().unwrap_or_default().to_string();
    let timed = week.slots.iter().any(|slot| slot.contains(['T', ' ']));
    let begins = |slot: &usize| match timed {
        true => *slot == 0 || day(&week.slots[*slot]) != day(&week.slots[slot - 1]),
        false => slot.is_multiple_of(DAY),
    };
    (0..week.slots.len()).filter(begins).map(|slot| (slot as f64 / DAY as f64, day(&week.slots[slot]))).collect()
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
    let mut series: Vec<Line> = series.collect();
    let market = &week.scenario.market;
    type Of = fn(&Tariff) -> Price;
    let (retail, feed_in): (Of, Of) = (|tariff| tariff.retail, |tariff| tariff.feed_in);
    let currency = |price: Price| price.get() as f64 / 1e6;
    let varies = week.scenario.cycles.iter().any(|cycle| cycle.tariff.is_some());
    let mut levels = Vec::new();
    for (name, level, of) in [("retail", market.retail, retail), ("feed-in", market.feed_in, feed_in)] {
        let mean = |books: &[CycleBooks]| {
            Some(books.iter().map(|books| currency(of(&books.tariff))).sum::<f64>() / books.len() as f64)
        };
        match varies {
            true => series.push(Line { name: name.into(), points: hourly(&week.played[0].cycles, mean) }),
            false => levels.push(Level { name: name.into(), value: currency(level) }),
        }
    }
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
    let title = "What households gain over the grid alone";
    let labels = Labels { title, x: "households, from the worst off to the best off", y: "currency" };
    lines(&labels, &[], &series.collect::<Vec<_>>())
}

fn shares(week: &Week, base: Sums) -> String {
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
    bars(&Labels { title: "Shares over the whole period", x: "", y: "%" }, &categories, &series)
}
