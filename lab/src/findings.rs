//! The one way out for what an experiment or a benchmark finds ([`Output::deliver`]): a table for
//! people, JSON for machines, plots, and a page of docs/results.

use crate::provenance::Provenance;
use crate::results::{self, ForeignPage};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use terminal::{output, Failure};

/// Largest file that is looked at before a page replaces it.
const MAX_PAGE: u64 = 4 << 20;

/// Where an experiment's findings go.
#[derive(Clone, Debug, clap::Args)]
pub struct Output {
    /// Folder for the JSON and the plots (SVG); it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// JSON on standard output; the tables then go to standard error
    #[arg(long)]
    pub json: bool,
    /// Folder for a page (Markdown) that shows the findings and names this command; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub write_results: Option<PathBuf>,
}

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

impl Output {
    /// Refuses what could not be written, before long work, and notes where the findings come from:
    /// the commit may be another when the work is done.
    pub fn check(&self, name: &str) -> Result<Provenance, Failure> {
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
            output::can_write(&folder.join(format!("{name}.json")))?;
        }
        if let Some(folder) = &self.write_results {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
            let page = folder.join(format!("{name}.md"));
            output::can_write(&page)?;
            if page.exists() {
                let existing = output::read_limited(&page, MAX_PAGE)?;
                results::replaceable(&existing, name).map_err(|error| foreign(&page, error))?;
            }
        }
        Ok(Provenance::here())
    }

    /// Writes and prints the findings.
    pub fn deliver(&self, findings: &Findings, provenance: &Provenance) -> Result<(), Failure> {
        let name = findings.name;
        let mut json = Map::new();
        json.insert("format".into(), format!("veilgrid-experiment-{name}/1").into());
        json.insert("machine".into(), provenance.machine.clone().into());
        json.insert("commit".into(), provenance.commit.clone().into());
        json.extend(findings.json.clone());
        let mut json = serde_json::to_vec_pretty(&json).expect("maps of strings and numbers are JSON");
        json.push(b'\n');
        if let Some(folder) = &self.out {
            output::write(&folder.join(format!("{name}.json")), &json)?;
            for plot in &findings.plots {
                output::write(&folder.join(format!("{name}-{}.svg", plot.name)), plot.svg.as_bytes())?;
            }
        }
        if let Some(folder) = &self.write_results {
            let plots = self.out.as_deref().and_then(|plots| plots.strip_prefix(folder).ok());
            let page = results::page(findings, provenance, plots);
            output::write(&folder.join(format!("{name}.md")), page.as_bytes())?;
        }
        if self.json {
            output::note(findings.summary.trim_end());
            return output::print(&json);
        }
        output::print(findings.summary.as_bytes())
    }
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Write { file: path.display().to_string(), error }
}

fn foreign(path: &Path, error: ForeignPage) -> Failure {
    unwritable(path, std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}
