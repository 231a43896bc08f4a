//! The week's findings as tables, JSON and page.

use super::feeder_tables as feeder;
use super::found::Week;
use figures::measures::Sums;
use figures::{left_out, lines};
use market::energy::loss_per_km;
use serde_json::{json, Map, Value};
use terminal::table::{cycle, money, table};
use terminal::time::wall;

/// How many households the summary shows one by one.
const ROWS: usize = 10;

fn head(week: &Week) -> Vec<&'static str> {
    ["", "no market"].into_iter().chain(week.measures.iter().map(|m| m.rule)).collect()
}

/// The bills of the first `count` households, one row each.
fn bills(week: &Week, count: usize) -> Vec<Vec<String>> {
    let row = |h: usize| {
        let bills = std::iter::once(&week.base.bills).chain(week.measures.iter().map(|m| &m.bills));
        let name = week.scenario.households[h].id.clone();
        std::iter::once(name).chain(bills.map(|bills| money(bills[h]))).collect()
    };
    (0..week.scenario.households.len().min(count)).map(row).collect()
}

/// What was played again, and that it agrees.
fn replayed(week: &Week) -> String {
    let Some(replay) = &week.replay else { return "No cycle has trades, so none was played again.".into() };
    let (trades, cycle) = (replay.expected.trades.len(), cycle(replay.cycle, Some(&replay.slot)));
    let chosen = format!("The seed chose cycle {cycle}, with {trades} trades, to be played again.");
    match replay.proved {
        Some((proofs, _)) => format!(
            "{chosen} `market` played it with {proofs} real proofs, and trades, grid and households are the same."
        ),
        None => format!(
            "{chosen} It was played in the clear, and trades, grid and households are the same. With --replay it is also \
             played with real proofs."
        ),
    }
}

fn what(week: &Week) -> String {
    format!(
        "{} households, {} cycles ({} to {}), {} plans, seed {}; feed-in {} and retail {} a kWh",
        week.scenario.households.len(),
        week.scenario.cycles.len(),
        week.slots.first().map_or("", String::as_str),
        week.slots.last().map_or("", String::as_str),
        week.scenario.plans(),
        week.seed,
        money(i128::from(week.scenario.market.feed_in.get()) * 1000),
        money(i128::from(week.scenario.market.retail.get()) * 1000),
    )
}

/// Names the measures that cannot be computed. Empty when all can be.
fn left_out_words(week: &Week) -> String {
    let names: Vec<&str> = left_out(&week.base).iter().map(|left| left.label).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            "\nConsumption and generation behind the meters are not known of every household and cycle, so these measures \
             are left out: {}.\n",
            names.join("; ")
        ),
    }
}

const CHECKED: &str =
    "Every cycle of every rule conserves energy and money. K-prototypes has the same outcome as `simulate`.";

pub(super) fn summary(week: &Week) -> String {
    let lines = lines(&week.base, &week.measures);
    let mut text = format!("{}\n", what(week));
    text +=
        &table("The measures", &head(week), lines.len(), lines.iter().map(|line| line.cells(&week.currency)).collect());
    if !week.effects.is_empty() {
        let head: Vec<&str> = std::iter::once("").chain(week.measures.iter().map(|m| m.rule)).collect();
        let rows = feeder::lines(&week.effects);
        text += &table("The feeder", &head, rows.len(), rows);
        text += &format!("{}\n", feeder::words(week));
    }
    let rows = bills(week, ROWS);
    let shown = rows.len();
    text += &table(&format!("Bills, {} (below zero: earned)", week.currency.name), &head(week), shown, rows);
    if week.scenario.households.len() > shown {
        text += &format!("  ... and {} more (--json has them all)\n", week.scenario.households.len() - shown);
    }
    text += "\nWorst off (least gain in all; least gain per metered kWh):\n";
    let id = |h: usize| &week.scenario.households[h].id;
    for m in &week.measures {
        if let (Some((h, gain)), Some((k, per_kwh))) = (m.worst_off(), m.worst_off_per_kwh(&week.base)) {
            text += &format!("  {}: {} with {}; {} with {per_kwh:.4} a kWh\n", m.rule, id(h), money(gain), id(k));
        }
    }
    text += &left_out_words(week);
    text += &format!("\n{CHECKED}\n{}\nread, played and measured in {}\n", replayed(week), wall(week.took));
    if let Some((_, took)) = week.replay.as_ref().and_then(|replay| replay.proved) {
        text += &format!("played with real proofs in {}\n", wall(took));
    }
    text
}

/// A number for JSON, rounded to 9 decimals, so that the last bits of floats do not show.
fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| ((value * 1e9).round() / 1e9).into())
}

/// An amount for JSON: exact if it fits 64 bits, else rounded to a float.
fn nano(amount: i128) -> Value {
    i64::try_from(amount).map_or_else(|_| (amount as f64).into(), Value::from)
}

pub(super) fn json(week: &Week) -> Map<String, Value> {
    let mut out = Map::new();
    let market = &week.scenario.market;
    let base = &week.base;
    out.insert("seed".into(), week.seed.into());
    out.insert("households".into(), week.scenario.households.len().into());
    out.insert("cycles".into(), week.scenario.cycles.len().into());
    out.insert("slots".into(), json!([week.slots.first(), week.slots.last()]));
    out.insert("plans".into(), week.scenario.plans().into());
    let tariff = json!({ "feed_in": market.feed_in.get(), "retail": market.retail.get(), "loss_permille_per_km": loss_per_km().get() });
    out.insert("market".into(), tariff);
    let gross = |of: fn(&Sums) -> u64| base.gross.as_ref().map(of);
    out.insert(
        "energy_wh".into(),
        json!({ "load": gross(|sums| sums.load), "generation": gross(|sums| sums.generation),
                "own_use": gross(|sums| sums.own_use), "injected": base.injected, "consumed": base.consumed,
                "possible": base.possible }),
    );
    let left_out = left_out(base).iter().map(|left| left.key);
    out.insert("left_out".into(), left_out.collect());
    let lines = lines(base, &week.measures);
    let alone = lines.iter().filter(|line| line.alone.is_some());
    let mut without: Map<String, Value> = alone.map(|line| (line.key.to_string(), number(line.alone))).collect();
    let ids = || week.scenario.households.iter().map(|household| &household.id);
    without.insert(
        "households".into(),
        ids().zip(&base.bills).map(|(id, bill)| json!({ "id": id, "bill_nano": nano(*bill) })).collect(),
    );
    out.insert("no_market".into(), without.into());
    let rules = week.measures.iter().enumerate().map(|(r, m)| {
        let mut rule = Map::from_iter([("rule".to_string(), Value::from(m.rule))]);
        rule.extend(lines.iter().map(|line| (line.key.to_string(), number(line.by_rule[r]))));
        let id = |h: Option<usize>| h.map(|h| week.scenario.households[h].id.clone()).into();
        rule.insert("worst_off".into(), id(m.worst_off().map(|(h, _)| h)));
        rule.insert("worst_off_per_kwh".into(), id(m.worst_off_per_kwh(base).map(|(h, _)| h)));
        let row = |((id, bill), gain): ((&String, &i128), &i128)| {
            json!({ "id": id, "bill_nano": nano(*bill), "gain_nano": nano(*gain) })
        };
        if let Some(effects) = week.effects.get(r) {
            rule.insert("feeder".into(), feeder::json(effects));
        }
        rule.insert("households".into(), ids().zip(&m.bills).zip(&m.gains).map(row).collect());
        Value::from(rule)
    });
    out.insert("rules".into(), rules.collect());
    let replay = week.replay.as_ref().map(|replay| {
        let proofs = replay.proved.map(|(proofs, _)| proofs);
        json!({ "cycle": replay.cycle, "slot": replay.slot, "trades": replay.expected.trades.len(), "agrees": true, "proofs": proofs })
    });
    out.insert("replay".into(), replay.into());
    out
}

pub(super) fn markdown(week: &Week) -> String {
    let mut text = format!("{}.\n\n", what(week));
    let head = head(week);
    text += &format!("| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    for line in lines(&week.base, &week.measures) {
        text += &format!("| {} |\n", line.cells(&week.currency).join(" | "));
    }
    text += &left_out_words(week);
    text += &format!("\n{CHECKED} {}\n", replayed(week));
    if !week.effects.is_empty() {
        text += &feeder::markdown(week);
    }
    text
}
