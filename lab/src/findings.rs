//! What an experiment or a benchmark finds: tables, figures, plots and a page.

use serde_json::{Map, Value};

/// What an experiment found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The experiment's name: `week` gives `week.json`, `week-NAME.svg` and the page `week.md`.
    pub name: &'static str,
    /// The heading of the page.
    pub title: String,
    /// Tables for people.
    pub summary: String,
    /// The fields of the JSON; format, machine and commit are put in front of them.
    pub json: Map<String, Value>,
    /// The plots, in the order of the page.
    pub plots: Vec<Plot>,
    /// The page, without heading and provenance.
    pub markdown: String,
}

/// A plot of an experiment.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The part of its file's name behind the experiment's.
    pub name: &'static str,
    /// What it shows, in words, for readers who cannot see it.
    pub says: &'static str,
    /// The drawing, an SVG document.
    pub svg: String,
}
