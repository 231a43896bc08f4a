//! How the findings of an experiment or a benchmark leave the program ([`Output::deliver`]): as a
//! table for people, as JSON for machines, as plots, and as a page of docs/results.

use crate::findings::Findings;
use crate::provenance::Provenance;
use crate::results::{self, ForeignPage};
use serde_json::Map;
use std::path::{Path, PathBuf};
use terminal::{output, Failure};

/// Largest file that is read before a page replaces it, in bytes.
const MAX_PAGE: u64 = 4 << 20;

/// Where an experiment's findings go.
#[derive(Clone, Debug, clap::Args)]
pub struct Output {
    /// Folder for the JSON and the plots (SVG); the command makes it if it is missing
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// JSON on standard output; the tables then go to standard error
    #[arg(long)]
    pub json: bool,
    /// Folder for a page (Markdown) that shows the findings and names this command; the command
    /// makes it if it is missing
    #[arg(long, value_name = "DIR")]
    pub write_results: Option<PathBuf>,
}

impl Output {
    /// Checks before long work that everything can be written, and notes where the findings come
    /// from: the commit may be another when the work is done. Errors: [`Failure::Write`],
    /// [`Failure::Read`], [`Failure::TooLarge`].
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

    /// Measures, then writes and prints: [`Output::check`], `find`, [`Output::deliver`].
    pub fn publish<E: Into<Failure>>(
        &self,
        name: &str,
        find: impl FnOnce() -> Result<Findings, E>,
    ) -> Result<(), Failure> {
        let provenance = self.check(name)?;
        self.deliver(&find().map_err(Into::into)?, &provenance)
    }

    /// Writes and prints the findings. Error: [`Failure::Write`].
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
