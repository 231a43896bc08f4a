//! The page: one HTML file with everything in it. It needs no script and loads nothing. The
//! template escapes every text; nothing is marked as safe.

mod drawn;

use crate::chart::{Beside, Chart, HEIGHT};
use crate::comparison::Figures;
use crate::lines::Line;
use crate::shown::{self, ShownTable};
use askama::Template;

/// A chart or bars beside names.
struct Bars {
    title: String,
    note: String,
    groups: Vec<Beside>,
    zero: String,
    keys: Vec<crate::chart::Key>,
}

/// The tables and charts of one rule.
struct Rule {
    name: &'static str,
    whole: String,
    energy: Option<Chart>,
    households: ShownTable,
    periods: Vec<(String, ShownTable)>,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    program: &'a str,
    source: &'a str,
    headline: String,
    facts: Vec<(&'static str, String)>,
    measures: ShownTable,
    devices: Option<ShownTable>,
    lines: Vec<Line>,
    bars: Vec<Bars>,
    /// Whether what each household saves is drawn, which is high, so it stands beside two cards.
    split: bool,
    charts: Vec<Chart>,
    rules: Vec<Rule>,
    notes: Vec<String>,
    files: &'static [&'static str],
    plane: f64,
}

/// The page of all figures.
pub(crate) fn of(figures: &Figures<'_>) -> Vec<u8> {
    let rule = |(rule, bills): (usize, &crate::bills::Bills)| {
        let tables = [("month", "Months", &bills.months), ("day", "Days", &bills.days)];
        let tables = tables.into_iter().filter(|(.., periods)| !periods.is_empty());
        Rule {
            name: figures.played[rule].rule,
            whole: bills.whole.name.clone(),
            energy: drawn::energy(figures, rule),
            households: shown::households(figures, rule),
            periods: tables
                .map(|(first, title, periods)| (title.to_string(), shown::periods(figures, rule, first, periods)))
                .collect(),
        }
    };
    let bars = drawn::bars(figures);
    let page = Page {
        program: figures.program,
        source: figures.source,
        headline: figures.headline(),
        facts: figures.facts(),
        measures: shown::measures(figures),
        devices: crate::devices::table(figures),
        lines: figures.lines(),
        split: bars.len() > 1,
        bars,
        charts: drawn::charts(figures),
        rules: figures.bills.iter().enumerate().map(rule).collect(),
        notes: figures.notes(),
        files: &crate::file_names::NAMES,
        plane: HEIGHT,
    };
    let mut html = page.render().expect("the template writes to memory");
    html.push('\n');
    html.into_bytes()
}
