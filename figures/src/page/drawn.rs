//! Which charts the page has, and their numbers.

use super::Bars;
use crate::bill::Bill;
use crate::chart::{self, Chart, Column, Group, Key, Series};
use crate::comparison::Figures;
use crate::decimal::decimal;
use crate::interval::Interval;
use crate::shown::energy_decimals;
use terminal::table::money;

/// Most bars of what each household saves, one for each household and rule. More are drawn as lines by
/// rank.
const NAMED: usize = 80;
/// Most columns and most points of a chart through time.
const COLUMNS: usize = 62;
const POINTS: usize = 336;
/// The classes of rules' bars and lines. The seventh rule would look like the first.
const RULES: [&str; 6] = ["r0", "r1", "r2", "r3", "r4", "r5"];

fn class(rule: usize) -> &'static str {
    RULES[rule % RULES.len()]
}

fn currency_units(nano: i128) -> f64 {
    nano as f64 / 1e9
}

/// Bars: what all households owe, and what each saves.
pub(super) fn bars(figures: &Figures<'_>) -> Vec<Bars> {
    let mut all = vec![together(figures)];
    if named(figures) {
        all.push(saved(figures));
    }
    all
}

/// Whether each household has bars of its own.
fn named(figures: &Figures<'_>) -> bool {
    let households = figures.scenario.households.len();
    households > 0 && households * figures.played.len() <= NAMED
}

fn keys(figures: &Figures<'_>) -> Vec<Key> {
    let key = |(rule, played): (usize, &market::play::Played)| Key {
        class: class(rule),
        text: played.rule.into(),
        line: false,
    };
    figures.played.iter().enumerate().map(key).collect()
}

fn together(figures: &Figures<'_>) -> Bars {
    let currency = &figures.known.currency;
    let sums: Vec<(String, &'static str, i128)> = std::iter::once(("no market".to_string(), "r-none"))
        .chain(figures.played.iter().enumerate().map(|(rule, played)| (played.rule.to_string(), class(rule))))
        .zip(
            std::iter::once(figures.bills[0].whole.all.without())
                .chain(figures.bills.iter().map(|b| b.whole.all.with())),
        )
        .map(|((name, class), sum)| (name, class, sum))
        .collect();
    let group = |(name, class, sum): (String, &'static str, i128)| -> Group {
        (name, vec![(class, currency_units(sum), money(sum))])
    };
    let (groups, zero) = chart::beside(sums.into_iter().map(group).collect());
    let title = "What all households owe together".to_string();
    let note = format!("{}; below zero they earn", currency.name);
    Bars { title, note, groups, zero, keys: vec![] }
}

fn saved(figures: &Figures<'_>) -> Bars {
    let currency = &figures.known.currency;
    let group = |(household, of): (usize, &market::scenario::Household)| -> Group {
        let bar = |(rule, m): (usize, &crate::measures::Measures)| {
            let gain = m.gains[household];
            (class(rule), currency_units(gain), money(gain))
        };
        (of.id.clone(), figures.measures.iter().enumerate().map(bar).collect())
    };
    let (groups, zero) = chart::beside(figures.scenario.households.iter().enumerate().map(group).collect());
    let keys = if figures.played.len() > 1 { keys(figures) } else { vec![] };
    Bars { title: "What each household saves".into(), note: currency.name.clone(), groups, zero, keys }
}

/// Charts of lines: prices through time, and what households save by rank.
pub(super) fn charts(figures: &Figures<'_>) -> Vec<Chart> {
    let mut charts: Vec<Chart> = prices(figures).into_iter().collect();
    if !named(figures) && !figures.scenario.households.is_empty() {
        charts.push(ranks(figures));
    }
    charts
}

/// How a chart through time is cut: indices of cycles with a name each.
struct Cut {
    /// What has a column or a point: "each day".
    what: String,
    parts: Vec<(String, std::ops::Range<usize>)>,
}

/// Cycles one by one, or so many together that there are at most `most` parts.
fn by_cycles(figures: &Figures<'_>, most: usize) -> Cut {
    let cycles = figures.scenario.cycles.len();
    let together = cycles.div_ceil(most).max(1);
    let one_day = figures.bills[0].days.len() <= 1;
    // A start is YYYY-MM-DDTHH:MM. Within a day each part is named by its time, over several days the
    // first part of each by the day.
    let day = |cycle: usize| figures.start(cycle).get(..10);
    let name = |cycle: usize| match figures.start(cycle) {
        "" => figures.scenario.cycles[cycle].cycle.get().to_string(),
        start if one_day => start.get(11..16).unwrap_or(start).to_string(),
        start if cycle == 0 || day(cycle) != day(cycle - together) => start.get(5..10).unwrap_or(start).to_string(),
        _ => String::new(),
    };
    let part = |first: usize| (name(first), first..(first + together).min(cycles));
    let what = if together == 1 { "each cycle".into() } else { format!("every {together} cycles") };
    Cut { what, parts: (0..cycles).step_by(together).map(part).collect() }
}

/// Days, or months, or cycles: whatever gives from two to [`COLUMNS`] columns.
fn by_days(figures: &Figures<'_>) -> Cut {
    let bills = &figures.bills[0];
    for (what, periods, characters) in [("each day", &bills.days, 5..10), ("each month", &bills.months, 0..7)] {
        if !(2..=COLUMNS).contains(&periods.len()) {
            continue;
        }
        let mut parts: Vec<(String, std::ops::Range<usize>)> = vec![];
        let mut first = 0;
        for period in periods {
            let begins = |cycle: &usize| figures.start(*cycle).starts_with(&period.name);
            let end = first + (first..figures.scenario.cycles.len()).take_while(begins).count();
            parts.push((period.name.get(characters.clone()).unwrap_or(&period.name).to_string(), first..end));
            first = end;
        }
        return Cut { what: what.into(), parts };
    }
    by_cycles(figures, COLUMNS)
}

fn sum(intervals: &[Interval], gross: bool) -> Bill {
    let mut sum = Bill::nothing(gross);
    intervals.iter().for_each(|interval| sum += &interval.all);
    sum
}

/// Where energy came from and went, through time. None with fewer than two cycles.
pub(super) fn energy(figures: &Figures<'_>, rule: usize) -> Option<Chart> {
    let bills = &figures.bills[rule];
    if bills.intervals.len() < 2 {
        return None;
    }
    let cut = by_days(figures);
    let own_known = bills.whole.all.own_use.is_some();
    let decimals = energy_decimals(bills.whole.all.consumed.max(bills.whole.all.injected) / cut.parts.len() as u64);
    let column = |(name, cycles): &(String, std::ops::Range<usize>)| {
        let of = sum(&bills.intervals[cycles.clone()], figures.known.gross.is_some());
        let text = |wh: u64| decimal(wh.into(), 3, decimals);
        let kwh = |wh: u64| wh as f64 / 1000.0;
        let own = of.own_use.filter(|_| own_known);
        let mut above = vec![("f-bought", kwh(of.bought)), ("f-from-grid", kwh(of.from_grid))];
        let mut says = format!(
            "{name}: from neighbours {}, from the grid {}, to neighbours {}, to the grid {} kWh",
            text(of.bought),
            text(of.from_grid),
            text(of.sold),
            text(of.to_grid)
        );
        if let Some(own) = own {
            above.insert(0, ("f-own", kwh(own)));
            says += &format!(", own use {} kWh", text(own));
        }
        let below = vec![("f-sold", kwh(of.sold)), ("f-to-grid", kwh(of.to_grid))];
        Column { name: name.clone(), says, above, below }
    };
    let columns: Vec<Column> = cut.parts.iter().map(column).collect();
    let key = |class, text: &str| Key { class, text: text.into(), line: false };
    let mut keys = vec![
        key("f-bought", "from neighbours"),
        key("f-from-grid", "from the grid"),
        key("f-sold", "to neighbours"),
        key("f-to-grid", "to the grid"),
    ];
    if own_known {
        keys.insert(0, key("f-own", "own use"));
    }
    let note = format!("A column for {}. Above the line is what households used, below it what they gave.", cut.what);
    Some(chart::columns("Where energy came from and went", &note, "kWh", &columns, keys))
}

/// The mean price that buyers paid, through time, between retail and feed-in. None with fewer than
/// two cycles, or without a trade.
fn prices(figures: &Figures<'_>) -> Option<Chart> {
    let traded = figures.bills.iter().any(|bills| bills.intervals.iter().any(|interval| interval.trades > 0));
    if figures.scenario.cycles.len() < 2 || !traded {
        return None;
    }
    let cut = by_cycles(figures, POINTS);
    let per_part = |of: &dyn Fn(&[Interval]) -> f64, rule: usize| -> Vec<f64> {
        cut.parts.iter().map(|(_, cycles)| of(&figures.bills[rule].intervals[cycles.clone()])).collect()
    };
    let paid = |intervals: &[Interval]| {
        let of = sum(intervals, false);
        crate::indices::price(of.paid, of.bought).unwrap_or(f64::NAN)
    };
    let mut series: Vec<Series> = (figures.played.iter().enumerate())
        .map(|(rule, played)| Series { class: class(rule), name: played.rule.into(), values: per_part(&paid, rule) })
        .collect();
    let mean = |of: fn(&Interval) -> u64| {
        move |intervals: &[Interval]| {
            intervals.iter().map(|interval| of(interval) as f64).sum::<f64>() / intervals.len() as f64 / 1e6
        }
    };
    let retail = per_part(&mean(|interval| interval.tariff.retail.get()), 0);
    let feed_in = per_part(&mean(|interval| interval.tariff.feed_in.get()), 0);
    series.push(Series { class: "l-retail", name: "the grid takes (retail)".into(), values: retail });
    series.push(Series { class: "l-feed-in", name: "the grid gives (feed-in)".into(), values: feed_in });
    let names: Vec<String> = cut.parts.iter().map(|part| part.0.clone()).collect();
    let note = format!("A point for {}. A gap is a time without a trade.", cut.what);
    let unit = format!("{}/kWh", figures.known.currency.name);
    Some(chart::lines("Mean price paid to neighbours", &note, &unit, &names, series))
}

/// What households save, from the least to the most, by each rule.
fn ranks(figures: &Figures<'_>) -> Chart {
    let households = figures.scenario.households.len();
    // A rank for each point; of very many households every n-th and the last.
    let every = households.div_ceil(POINTS);
    let ranks: Vec<usize> = (0..households).filter(|rank| rank % every == 0 || rank + 1 == households).collect();
    let series = figures.measures.iter().enumerate().map(|(rule, m)| {
        let mut gains = m.gains.clone();
        gains.sort();
        let values = ranks.iter().map(|rank| currency_units(gains[*rank])).collect();
        Series { class: class(rule), name: m.rule.into(), values }
    });
    let names: Vec<String> = ranks.iter().map(|rank| (rank + 1).to_string()).collect();
    let note = "Households by rank, from the one that saves least to the one that saves most.";
    let name = &figures.known.currency.name;
    chart::lines("What households save", note, name, &names, series.collect())
}
