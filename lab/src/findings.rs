//! What an experiment or a benchmark finds: tables, figures, plots and a page.

use serde_json::{Map, Value};

/// What an experiment found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The experiment's name: `week` gives `week.json`, `week-NAME.svg` and the page `week.md`.
    pub name: &'static str,
    /// The heading of the page.
    pub title: &'static str,
    /// Tables for eyes.
    pub summary: String,
    /// For machines; format, machine and commit are put in front.
    pub json: Map<String, Value>,
    /// Plots.
    pub plots: Vec<Plot>,
    /// The page, without heading and provenance.
    pub markdown: String,
}

/// A plot of an experiment.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What its file is called after the experiment's name.
    pub name: &'static str,
    /// What it shows, for who cannot see it.
    pub says: &'static str,
    /// The drawing.
    pub svg: String,
}
