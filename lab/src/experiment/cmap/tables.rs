//! The experiment's findings as tables, JSON and page.

use super::clear::Mechanism;
use super::found::{Found, Run};
use super::published::{Row, NOT_REPEATED, ROWS};
use serde_json::{json, Map, Value};
use terminal::table::{markdown_table, table};

const HEAD: [&str; 8] = ["measure", "unit", "published", "should be", "first", "met", "random attributes", "met"];
const ALL_HEAD: [&str; 10] = [
    "mechanism",
    "matches",
    "kWh",
    "kWh x satisfaction",
    "satisfaction",
    "refused, %",
    "limit below ask, %",
    "price",
    "km",
    "clean, %",
];

/// A measure over the draws: mean, least, greatest.
pub(super) fn spread(row: &Row, runs: &[Run]) -> (f64, f64, f64) {
    let values: Vec<f64> = runs.iter().map(row.of).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (
        mean,
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    )
}

fn figure(row: &Row, value: f64) -> String {
    format!("{value:.*}", row.decimals)
}

fn compared(found: &Found) -> Vec<Vec<String>> {
    let line = |row: &Row| {
        let ranges = [0, 1].map(|attributes| row.range(attributes));
        let text = |range: (f64, f64)| format!("{} to {}", figure(row, range.0), figure(row, range.1));
        let stated = match ranges {
            [None, None] => "-".into(),
            [Some(first), Some(random)] if first != random => format!("{}; random {}", text(first), text(random)),
            [Some(range), _] | [None, Some(range)] => text(range),
        };
        let mut cells = vec![row.name.into(), row.unit.into(), figure(row, row.published), stated];
        for (attributes, runs) in [&found.first, &found.random].into_iter().enumerate() {
            let (mean, least, most) = spread(row, runs);
            cells.push(format!("{} ({} to {})", figure(row, mean), figure(row, least), figure(row, most)));
            cells.push(row.met(attributes, (mean, least, most)).word().into());
        }
        cells
    };
    ROWS.iter().map(line).collect()
}

/// Every mechanism's own measures, means over the draws.
fn mechanisms(runs: &[Run]) -> Vec<Vec<String>> {
    let line = |(index, mechanism): (usize, &Mechanism)| {
        let mean = |of: fn(&super::Measures) -> f64| {
            runs.iter().map(|run| of(&run.measures[index])).sum::<f64>() / runs.len() as f64
        };
        vec![
            mechanism.name().into(),
            format!("{:.0}", mean(|of| of.matches)),
            format!("{:.0}", mean(|of| of.energy)),
            format!("{:.0}", mean(|of| of.objective)),
            format!("{:.3}", mean(|of| of.satisfaction)),
            format!("{:.2}", 100.0 * mean(|of| of.refused)),
            format!("{:.1}", 100.0 * mean(|of| of.below_ask)),
            format!("{:.3}", mean(|of| of.price)),
            format!("{:.2}", mean(|of| of.km)),
            format!("{:.2}", 100.0 * mean(|of| of.clean)),
        ]
    };
    Mechanism::ALL.iter().enumerate().map(line).collect()
}

const HOW: &str =
    "First: all buyers mind price, loss and environment, all sellers price, demand and loss. Random: each \
                   minds three attributes that are drawn. Means over the draws, with the least and the greatest. The \
                   range that a measure should lie in comes from an independent program; where that states one figure, \
                   a percentage is met within two points and any other measure within 5 %. It was found on two or \
                   three draws: where the mean here lies outside, `by some draws` says that the draws here and the \
                   range have something in common. A match's satisfaction is \
                   the mean of both sides', each between the least and the greatest score of its side.";

fn drawn(found: &Found) -> String {
    format!(
        "Seed {}, draws 0 to {}, {} buyers and {} sellers each.",
        found.seed,
        found.first.len() - 1,
        found.side,
        found.side
    )
}

/// Tables for people.
pub(super) fn summary(found: &Found) -> String {
    let rows = |title: &str, head: &[&str], rows: Vec<Vec<String>>| table(title, head, rows.len(), rows);
    let mut text = format!("{}\n", drawn(found));
    text += &rows("Published and measured", &HEAD, compared(found));
    text += &rows("Every mechanism, first", &ALL_HEAD, mechanisms(&found.first));
    text += &rows("Every mechanism, random attributes", &ALL_HEAD, mechanisms(&found.random));
    text += &format!("\n{HOW}\n\nWhat cannot be repeated\n");
    for reason in NOT_REPEATED {
        text += &format!("- {reason}\n");
    }
    text
}

/// The page, without its heading.
pub(super) fn markdown(found: &Found) -> String {
    let mut text = format!("{} {HOW} [cmap.md](../cmap.md) describes CMAP.\n\n", drawn(found));
    text += &markdown_table(&HEAD, &compared(found));
    text += "Every mechanism, first:\n\n";
    text += &markdown_table(&ALL_HEAD, &mechanisms(&found.first));
    text += "Every mechanism, random attributes:\n\n";
    text += &markdown_table(&ALL_HEAD, &mechanisms(&found.random));
    text += "What cannot be repeated:\n\n";
    for reason in NOT_REPEATED {
        text += &format!("- {reason}\n");
    }
    text
}

/// The fields of the JSON.
pub(super) fn json(found: &Found) -> Map<String, Value> {
    let row = |row: &Row| {
        let of = |attributes: usize, runs: &[Run]| {
            let (mean, least, greatest) = spread(row, runs);
            let each: Vec<f64> = runs.iter().map(row.of).collect();
            json!({ "mean": mean, "least": least, "greatest": greatest, "draws": each, "should_be": row.range(attributes),
                    "met": row.met(attributes, (mean, least, greatest)).word() })
        };
        json!({ "measure": row.key, "unit": row.unit, "published": row.published, "first": of(0, &found.first),
                "random": of(1, &found.random) })
    };
    let fields = [
        ("seed", json!(found.seed)),
        ("draws", json!((0..found.first.len()).collect::<Vec<_>>())),
        ("plans_of_a_side", json!(found.side)),
        ("measures", ROWS.iter().map(row).collect::<Vec<_>>().into()),
        ("not_repeated", json!(NOT_REPEATED)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
