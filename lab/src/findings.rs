//! The one way out for what an experiment or a benchmark finds ([`Output::deliver`]): a table for
//! people, JSON for machines, plots, and a marked section of a document.

use crate::provenance::Provenance;
use crate::results::{self, NoSection};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use terminal::{output, Failure};

/// Largest document that a section is written into.
const MAX_DOCUMENT: u64 = 4 << 20;

/// Where an experiment's findings go.
#[derive(Clone, Debug, clap::Args)]
pub struct Output {
    /// Folder for the JSON and the plots (SVG); it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// JSON on standard output; the tables then go to standard error
    #[arg(long)]
    pub json: bool,
    /// Writes the findings into this document, in place of what is between the experiment's markers
    #[arg(long, value_name = "FILE")]
    pub write_results: Option<PathBuf>,
}

/// What an experiment found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The experiment's name: `week` gives `week.json`, `week-NAME.svg` and the markers `<!--
    /// experiment week -->`.
    pub name: &'static str,
    /// Tables for eyes.
    pub summary: String,
    /// For machines; format, machine and commit are put in front.
    pub json: Map<String, Value>,
    /// Plots.
    pub plots: Vec<Plot>,
    /// The section of the results, without heading and provenance.
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
        if let Some(path) = &self.write_results {
            output::can_write(path)?;
            results::replaced(&document(path)?, name, "").map_err(|error| misplaced(path, error))?;
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
        if let Some(path) = &self.write_results {
            let Provenance { machine, commit } = provenance;
            let plots = self.shown_in(path, findings);
            let section = format!("{}\n{plots}On {machine}, at commit {commit}.\n", findings.markdown);
            let replaced =
                results::replaced(&document(path)?, name, &section).map_err(|error| misplaced(path, error))?;
            output::write(path, replaced.as_bytes())?;
        }
        if self.json {
            output::note(findings.summary.trim_end());
            return output::print(&json);
        }
        output::print(findings.summary.as_bytes())
    }

    /// The plots as a document shows them, if they were written into a folder below its own.
    fn shown_in(&self, document: &Path, findings: &Findings) -> String {
        let beside = document.parent().unwrap_or(Path::new(""));
        let Some(below) = self.out.as_deref().and_then(|folder| folder.strip_prefix(beside).ok()) else {
            return String::new();
        };
        let name = findings.name;
        let link = |plot: &Plot| {
            let file = below.join(format!("{name}-{}.svg", plot.name));
            format!("![{}]({})\n\n", plot.says, file.display())
        };
        findings.plots.iter().map(link).collect()
    }
}

fn document(path: &Path) -> Result<String, Failure> {
    let not_text = |_| unwritable(path, std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8"));
    String::from_utf8(output::read_limited(path, MAX_DOCUMENT)?).map_err(not_text)
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Write { file: path.display().to_string(), error }
}

fn misplaced(path: &Path, error: NoSection) -> Failure {
    unwritable(path, std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}
