//! The week's findings as tables, JSON and page.

use super::found::Week;
use figures::measures::{price, ratio, Baseline, Measures};
use market::energy::loss_per_km;
use serde_json::{json, Map, Value};
use terminal::table::{cycle, money, table};
use terminal::time::wall;

/// How many households the summary shows one by one.
const ROWS: usize = 10;

/// A measure: its values without a market and by each rule.
struct Line {
    /// Its key in JSON.
    key: &'static str,
    /// Its label in tables.
    label: &'static str,
    /// The unit in tables. Values in `%` are shares from 0 to 1 in JSON.
    unit: &'static str,
    decimals: usize,
    alone: Option<f64>,
    by_rule: Vec<Option<f64>>,
}

impl Line {
    fn cell(&self, value: Option<f64>) -> String {
        let Some(value) = value else { return "-".into() };
        if self.unit.starts_with("currency") {
            return money((value * 1e9).round() as i128);
        }
        let text = format!("{:.*}", self.decimals, if self.unit == "%" { 100.0 * value } else { value });
        // A value that rounds to zero has no sign.
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            text.trim_start_matches('-').into()
        } else {
            text
        }
    }

    fn cells(&self) -> Vec<String> {
        let values = std::iter::once(self.alone).chain(self.by_rule.iter().copied());
        let label =
            if self.unit.is_empty() { self.label.to_string() } else { format!("{}, {}", self.label, self.unit) };
        std::iter::once(label).chain(values.map(|value| self.cell(value))).collect()
    }
}

/// All measures, in the order of the table and of docs/market.md.
fn lines(base: &Baseline, measures: &[Measures]) -> Vec<Line> {
    let line = |key, label, unit, decimals, alone: Option<f64>, of: &dyn Fn(&Measures) -> Option<f64>| Line {
        key,
        label,
        unit,
        decimals,
        alone,
        by_rule: measures.iter().map(of).collect(),
    };
    let kwh = |wh: u64| Some(wh as f64 / 1000.0);
    let currency = |nano: i128| Some(nano as f64 / 1e9);
    let count = |n: u64| Some(n as f64);
    let local = |delivered: u64| ratio(base.own_use + delivered, base.load);
    vec![
        line("bill", "bills of all households", "currency", 2, currency(base.bills.iter().sum()), &|m| {
            currency(m.bill())
        }),
        line("gain", "gain of all households", "currency", 2, None, &|m| currency(m.gain())),
        line("gain_buying", "of it while buying", "currency", 2, None, &|m| currency(m.buyers_gain())),
        line("gain_selling", "of it while selling", "currency", 2, None, &|m| currency(m.sellers_gain)),
        line("operator", "kept by the operator", "currency", 2, None, &|m| currency(m.operator())),
        line("declared_surplus", "limits less asks of what is traded", "currency", 2, None, &|m| {
            currency(m.declared_surplus)
        }),
        line("trades", "trades", "", 0, None, &|m| count(m.trades)),
        line("within", "trades delivered within tolerance", "%", 1, None, &|m| ratio(m.within, m.trades)),
        line("cycles_with_trades", "cycles with trades", "", 0, None, &|m| count(m.cycles_with_trades)),
        line("delivered_kwh", "delivered between neighbours", "kWh", 1, kwh(0), &|m| kwh(m.delivered)),
        line("delivered_of_possible", "of what was possible", "%", 1, None, &|m| ratio(m.delivered, base.possible)),
        line("imbalance_kwh", "settled and not delivered", "kWh", 2, None, &|m| kwh(m.imbalance)),
        line("price_paid", "mean price paid", "currency/kWh", 4, None, &|m| {
            price(m.paid as i128, m.delivered + m.imbalance)
        }),
        line("price_received", "paid for what arrives", "currency/kWh", 4, None, &|m| per_received(m)),
        line("self_consumption", "self-consumption", "%", 2, ratio(base.own_use, base.generation), &|m| {
            ratio(base.own_use + m.delivered, base.generation)
        }),
        line("local_share", "local share of consumption", "%", 2, local(0), &|m| local(m.delivered)),
        line("clean_share", "clean share of consumption, at least", "%", 2, local(0), &|m| local(m.clean)),
        line("clean_share_traded", "clean share of what is traded", "%", 1, None, &|m| ratio(m.clean, m.delivered)),
        line("lost_kwh", "estimated losses of trades", "kWh", 1, None, &|m| Some(m.lost() / 1000.0)),
        line("lost_share", "of what is traded", "%", 2, None, &|m| {
            (m.delivered > 0).then(|| m.lost() / m.delivered as f64)
        }),
        line("hhi", "HHI of sellers, week", "", 4, base.hhi, &|m| m.hhi),
        line("hhi_cycles", "HHI of sellers, mean of cycles", "", 4, None, &|m| m.hhi_cycles),
        line("lerner_feed_in", "Lerner index against feed-in", "", 4, None, &|m| m.lerner_feed_in),
        line("lerner_ask", "Lerner index against the ask", "", 4, None, &|m| m.lerner_ask),
        line("jain", "Jain's index of gains", "", 4, None, &|m| m.jain()),
        line("jain_per_kwh", "Jain's index of gains per kWh", "", 4, None, &|m| m.jain_per_kwh(base)),
        line("worst_gain", "gain of the worst-off household", "currency", 4, None, &|m| currency(m.worst_off()?.1)),
        line("worst_gain_per_kwh", "least gain per kWh", "currency/kWh", 4, None, &|m| {
            Some(m.worst_off_per_kwh(base)?.1)
        }),
        line("losing", "households worse off", "", 0, None, &|m| count(m.losing() as u64)),
        line("rejected", "rejected for lack of money", "", 0, None, &|m| count(m.rejected)),
    ]
}

/// The price paid for each kWh that reaches the buyer, after the estimated losses.
fn per_received(of: &Measures) -> Option<f64> {
    let received = of.delivered as f64 - of.lost();
    (received > 0.0).then(|| of.paid as f64 / received / 1e6)
}

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

const CHECKED: &str =
    "Every cycle of every rule conserves energy and money. K-prototypes has the same outcome as `simulate`.";

pub(super) fn summary(week: &Week) -> String {
    let lines = lines(&week.base, &week.measures);
    let mut text = format!("{}\n", what(week));
    text += &table("The week", &head(week), lines.len(), lines.iter().map(Line::cells).collect());
    let rows = bills(week, ROWS);
    let shown = rows.len();
    text += &table("Bills, currency (below zero: earned)", &head(week), shown, rows);
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
    out.insert(
        "energy_wh".into(),
        json!({ "load": base.load, "generation": base.generation, "own_use": base.own_use, "injected": base.injected,
                "consumed": base.consumed, "possible": base.possible }),
    );
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
        text += &format!("| {} |\n", line.cells().join(" | "));
    }
    text + &format!("\n{CHECKED} {}\n", replayed(week))
}
