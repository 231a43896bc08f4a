//! The experiment's plots.

use super::clear::Mechanism;
use super::found::{Found, Run};
use super::published::ROWS;
use super::tables::spread;
use crate::findings::Plot;
use figures::plot::{bars, lines, rows, Bar, Bars, Labels, Level, Line};

pub(super) fn all(found: &Found) -> Vec<Plot> {
    let plot = |name, says, svg| Plot { name, says, svg };
    vec![
        plot("satisfaction", "How satisfied matches are, from the least satisfied to the most", satisfaction(found)),
        plot(
            "above",
            "Energy and objective of CMAP above one-to-one assignments, with the published figures",
            above(found),
        ),
        plot("kilometres", "How far the energy goes, by mechanism", kilometres(found)),
    ]
}

/// Satisfaction by rank, of the first draw in which all of a side mind the same.
fn satisfaction(found: &Found) -> String {
    let line = |(index, mechanism): (usize, &Mechanism)| {
        let mut values = found.first[0].satisfactions[index].clone();
        values.sort_by(f64::total_cmp);
        let last = (values.len().max(2) - 1) as f64;
        let points = values.iter().enumerate().map(|(rank, value)| (100.0 * rank as f64 / last, *value));
        Line { name: mechanism.name().into(), points: points.collect() }
    };
    let series: Vec<Line> = Mechanism::ALL.iter().enumerate().map(line).collect();
    let labels =
        Labels { title: "Satisfaction of matches", x: "matches, % from the least satisfied", y: "satisfaction" };
    lines(&labels, &[], &series)
}

fn above(found: &Found) -> String {
    let names: Vec<String> = ROWS[..4].iter().map(|row| row.name.to_string()).collect();
    let bar = |row| {
        let (mean, least, most) = spread(row, &found.first);
        Bar { value: mean, spread: Some((least, most)) }
    };
    let measured = Bars { name: "measured, mean and spread".into(), bars: ROWS[..4].iter().map(bar).collect() };
    let level = |name: &str, row: usize| Level { name: name.into(), value: ROWS[row].published };
    let levels = [level("energy, published", 0), level("objective, published", 1)];
    rows(&Labels { title: "What splitting demand gains", x: "%", y: "" }, &names, &measured, &levels)
}

fn kilometres(found: &Found) -> String {
    let series = |name: &str, runs: &[Run]| {
        let bar = |index: usize| {
            let values: Vec<f64> = runs.iter().map(|run| run.measures[index].km).collect();
            Bar::from(values.iter().sum::<f64>() / values.len() as f64)
        };
        Bars { name: name.into(), bars: (0..Mechanism::ALL.len()).map(bar).collect() }
    };
    let names: Vec<String> = Mechanism::ALL.iter().map(|mechanism| mechanism.name().to_string()).collect();
    let both = [series("first", &found.first), series("random attributes", &found.random)];
    bars(&Labels { title: "Mean distance of a match", x: "", y: "km" }, &names, &both)
}
