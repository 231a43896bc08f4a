//! What the trades do to the feeder, as tables, JSON and words of the page.

use super::feeder::Effects;
use super::found::Week;
use serde_json::{json, Value};
use terminal::table::money;

/// A row of the table: its name, and a cell from the effects of each rule.
type Row = (&'static str, fn(&Effects) -> String);

const ROWS: [Row; 12] = [
    ("cycles in which trades exceed a limit", |of| of.cycles.to_string()),
    ("worst overload of a line, W", |of| of.overload.to_string()),
    ("worst voltage outside the band, V", |of| format!("{:.2}", of.voltage / 1000.0)),
    ("energy agreed, kWh", |of| kwh(of.agreed as f64)),
    ("of it cut by `check`, kWh", |of| kwh(of.cut as f64)),
    ("of it cut by `check`, %", |of| share(of.cut as f64, of.agreed as f64)),
    ("paid and not earned, as agreed, currency", |of| money(of.rent)),
    ("losses that the trades add, kWh", |of| kwh(of.losses)),
    ("HHI of sellers within a price, mean", |of| of.hhi_prices.map_or("-".into(), |hhi| format!("{hhi:.4}"))),
    ("sellers in a cycle, all cycles", |of| of.pivotal.map_or("-".into(), |of| of.sellers.to_string())),
    ("of them pivotal", |of| of.pivotal.map_or("-".into(), |of| of.pivotal.to_string())),
    ("gains lost without the greatest seller, %", |of| {
        of.pivotal.map_or("-".into(), |of| share(of.lost as f64, of.gains as f64))
    }),
];

fn kwh(wh: f64) -> String {
    format!("{:.1}", wh / 1000.0)
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.2}", 100.0 * part / whole)
    } else {
        "-".into()
    }
}

/// The rows of the table: a name, then a cell for each rule.
pub(super) fn lines(effects: &[Effects]) -> Vec<Vec<String>> {
    let row = |(name, cell): &Row| std::iter::once(name.to_string()).chain(effects.iter().map(cell)).collect();
    ROWS.iter().map(row).collect()
}

/// What the base does by itself. Empty if it keeps all limits.
pub(super) fn words(week: &Week) -> String {
    match week.effects.first().map_or(0, |of| of.cycles_of_base) {
        0 => "Without the trades the feeder keeps all limits.".into(),
        cycles => format!("In {cycles} cycles the feeder exceeds a limit without any trade."),
    }
}

/// The table of the page.
pub(super) fn markdown(week: &Week) -> String {
    let head: Vec<&str> = week.measures.iter().map(|m| m.rule).collect();
    let mut text = format!("\n## The feeder\n\n| | {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len()));
    for line in lines(&week.effects) {
        text += &format!("| {} |\n", line.join(" | "));
    }
    text + &format!("\n{}\n", words(week))
}

/// The effects of a rule as JSON.
pub(super) fn json(of: &Effects) -> Value {
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let whole = |value: i128| i64::try_from(value).map_or_else(|_| (value as f64).into(), Value::from);
    let pivotal = of.pivotal.map(|of| {
        json!({ "sellers": of.sellers, "pivotal": of.pivotal, "gains_nano": whole(of.gains), "lost_nano": whole(of.lost) })
    });
    json!({
        "cycles_base_exceeds": of.cycles_of_base,
        "cycles_exceeded": of.cycles,
        "worst_overload_w": whole(of.overload),
        "worst_voltage_mv": rounded(of.voltage),
        "agreed_wh": of.agreed,
        "cut_wh": of.cut,
        "rent_nano": whole(of.rent),
        "losses_wh": rounded(of.losses),
        "hhi_prices": of.hhi_prices.map(rounded),
        "pivotal": pivotal,
    })
}
