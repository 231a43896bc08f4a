//! The experiment's plots: each measure run by run beside its published figures, its sensitivity to
//! the readings, and the regret of quantisation by bits.

use super::found::{Found, RegretRow, Row};
use super::measure::{Measure, MEASURES};
use super::published::PUBLISHED;
use super::regret::BITS;
use crate::findings::Plot;
use figures::plot::{lines, lines_with_levels, rows, Bar, Bars, Labels, Level, Line};

/// Names of the plots of each measure, and what they show: the measure run by run, by reading of
/// K-prototypes, by reading of the auction.
const NAMES: [[(&str, &str); 3]; 4] = [
    [
        ("clean", "Clean share, run by run, with the published figures"),
        ("clean-readings", "Clean share by reading of K-prototypes"),
        ("clean-auctions", "Clean share by reading of the double auction"),
    ],
    [
        ("apet", "Mean price per kWh received, run by run, with the published figures"),
        ("apet-readings", "Mean price per kWh received by reading of K-prototypes"),
        ("apet-auctions", "Mean price per kWh received by reading of the double auction"),
    ],
    [
        ("energy", "Energy matched, run by run, with the published figures"),
        ("energy-readings", "Energy matched by reading of K-prototypes"),
        ("energy-auctions", "Energy matched by reading of the double auction"),
    ],
    [
        ("loss", "Transmission loss, run by run, with the published figures"),
        ("loss-readings", "Transmission loss by reading of K-prototypes"),
        ("loss-auctions", "Transmission loss by reading of the double auction"),
    ],
];

pub(super) fn all(found: &Found) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (measure, [run_by_run, of_prototypes, of_auctions]) in NAMES.into_iter().enumerate() {
        let mut plot = |(name, says), svg| plots.push(Plot { name, says, svg });
        plot(run_by_run, runs(found, measure));
        plot(of_prototypes, readings("K-prototypes", &found.prototypes, measure, 0));
        plot(of_auctions, readings("Double auction", &found.auctions, measure, 1));
    }
    let (name, says) = ("regret", "How many buyers choose otherwise on fewer bits");
    plots.push(Plot { name, says, svg: shares(found) });
    plots.push(Plot { name: "regret-lost", says: "What choices on fewer bits lose", svg: lost(found) });
    plots
}

fn axis((name, unit, _): &Measure) -> String {
    format!("{name}, {unit}")
}

fn title((name, _, _): &Measure) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A measure run by run, both mechanisms at their bases, with the published means as reference
/// lines.
fn runs(found: &Found, measure: usize) -> String {
    let of = &MEASURES[measure];
    let (mut series, mut levels) = (Vec::new(), Vec::new());
    for (mechanism, name) in ["K-prototypes", "double auction"].into_iter().enumerate() {
        let points = found.each[mechanism].iter().enumerate().map(|(run, m)| (run as f64 + 1.0, (of.2)(m)));
        series.push(Line { name: name.into(), points: points.collect() });
        levels.push(published(name, mechanism, measure));
    }
    let named: Vec<(f64, String)> = (1..=found.runs).map(|run| (run as f64, run.to_string())).collect();
    lines_with_levels(&Labels { title: &title(of), x: "run", y: &axis(of) }, &named, &series, &levels)
}

/// The published figure of a mechanism, as a reference line.
fn published(name: &str, mechanism: usize, measure: usize) -> Level {
    Level { name: format!("{name}, published"), value: PUBLISHED[mechanism].figures()[measure] }
}

/// A measure by reading, means with the spread of the runs, the published figure as a reference
/// line.
fn readings(mechanism: &str, found: &[Row], measure: usize, of_mechanism: usize) -> String {
    let of = &MEASURES[measure];
    // The base differs in nothing, and its description lists every point.
    let name = |row: &Row| if row.name == "base" { "the base reading" } else { row.text }.to_string();
    let names: Vec<String> = found.iter().map(name).collect();
    let bar = |row: &Row| {
        let spread = row.spreads[measure];
        Bar { value: spread.mean, spread: Some((spread.least, spread.most)) }
    };
    let measured = Bars { name: "measured, mean and spread".into(), bars: found.iter().map(bar).collect() };
    let title = format!("{mechanism}: {}", title(of));
    let labels = Labels { title: &title, x: &axis(of), y: "" };
    rows(&labels, &names, &measured, &[published(mechanism, of_mechanism, measure)])
}

/// Two lines over the bits of an attribute: attributes rounded alone, and everything rounded that
/// the market rounds.
fn by_bits(found: &Found, of: fn(&RegretRow) -> f64) -> Vec<Line> {
    let line = |name: &str, weights: bool| {
        let rows = found.regrets.iter().filter(|row| row.rounding.weights == weights);
        let points = rows.filter_map(|row| Some((f64::from(row.rounding.attributes?), of(row))));
        Line { name: name.into(), points: points.collect() }
    };
    vec![line("attributes alone", false), line("with 4-bit weights and ticks", true)]
}

fn bits() -> Vec<(f64, String)> {
    BITS.map(|bits| (f64::from(bits), bits.to_string())).into()
}

fn shares(found: &Found) -> String {
    let labels = Labels { title: "Buyers who choose otherwise", x: "bits of an attribute", y: "buyers, %" };
    lines(&labels, &bits(), &by_bits(found, |row| 100.0 * row.regret.share()))
}

fn lost(found: &Found) -> String {
    let labels = Labels {
        title: "What is lost of the way from an average candidate to the best",
        x: "bits of an attribute",
        y: "lost, %",
    };
    lines(&labels, &bits(), &by_bits(found, |row| 100.0 * row.regret.lost()))
}
