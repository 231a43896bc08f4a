//! How the findings of an experiment or a benchmark leave the program ([`Ready::deliver`]): as a
//! table for people, as JSON for machines, as plots, and as a page of docs/results.

use crate::findings::Findings;
use crate::provenance::Provenance;
use crate::results::{self, ForeignPage};
use serde_json::Map;
use std::path::{Path, PathBuf};
use terminal::output::{self, Destination, Folder, Overwrite, Printing};
use terminal::Failure;

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
    /// makes it if it is missing. The page replaces its own earlier version
    #[arg(long, value_name = "DIR")]
    pub write_results: Option<PathBuf>,
    /// Whether files of an earlier run in the folder of `--out` are overwritten.
    #[command(flatten)]
    pub overwrite: Overwrite,
}

/// The outputs of an experiment, checked before its work.
#[derive(Debug)]
pub struct Ready {
    name: &'static str,
    folder: Option<Folder>,
    page: Option<Destination>,
    printing: Printing,
    /// The folder of the plots, relative to the page.
    plots: Option<PathBuf>,
    provenance: Provenance,
}

impl Output {
    /// Checks before long work that everything can be written, and notes where the findings come
    /// from: the commit may be another when the work is done. `inputs` are the files and folders
    /// that the experiment reads. Errors: what [`terminal::output::Refused`] lists,
    /// [`Failure::Write`], [`Failure::Read`], [`Failure::TooLarge`].
    pub fn check<'a>(&self, name: &'static str, inputs: impl IntoIterator<Item = &'a Path>) -> Result<Ready, Failure> {
        let inputs: Vec<&Path> = inputs.into_iter().collect();
        let mut outputs = self.overwrite.outputs(&inputs)?;
        let own = |file: &str| file == format!("{name}.json") || file.starts_with(&format!("{name}-"));
        let folder = self.out.as_deref().map(|folder| outputs.folder(folder, own)).transpose()?;
        let page = self.write_results.as_deref().map(|folder| page(folder, name, &inputs)).transpose()?;
        let printing = outputs.printing(self.json)?;
        let plots = self.out.as_deref().zip(self.write_results.as_deref());
        let plots = plots.and_then(|(plots, page)| plots.strip_prefix(page).ok()).map(Path::to_path_buf);
        Ok(Ready { name, folder, page, printing, plots, provenance: Provenance::here() })
    }

    /// Measures, then writes and prints: [`Output::check`], `find`, [`Ready::deliver`]. For an
    /// experiment that reads no files.
    pub fn publish<E: Into<Failure>>(
        &self,
        name: &'static str,
        find: impl FnOnce() -> Result<Findings, E>,
    ) -> Result<(), Failure> {
        let ready = self.check(name, [])?;
        ready.deliver(&find().map_err(Into::into)?)
    }
}

impl Ready {
    /// Writes one more file into the folder of `--out`, if there is one. Its name is the
    /// experiment's, `-` and `name`. Error: as for [`Ready::deliver`].
    pub fn also(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        match &self.folder {
            Some(folder) => folder.write(&format!("{}-{name}", self.name), bytes),
            None => Ok(()),
        }
    }

    /// Writes and prints the findings. Errors: [`Failure::Write`], and a refusal if a file appeared
    /// since the check.
    pub fn deliver(self, findings: &Findings) -> Result<(), Failure> {
        let mut json = Map::new();
        json.insert("format".into(), format!("veilgrid-experiment-{}/1", self.name).into());
        json.insert("machine".into(), self.provenance.machine.clone().into());
        json.insert("commit".into(), self.provenance.commit.clone().into());
        json.extend(findings.json.clone());
        let mut json = serde_json::to_vec_pretty(&json).expect("maps of strings and numbers are JSON");
        json.push(b'\n');
        if let Some(folder) = &self.folder {
            folder.write(&format!("{}.json", self.name), &json)?;
        }
        for plot in &findings.plots {
            self.also(&format!("{}.svg", plot.name), plot.svg.as_bytes())?;
        }
        if let Some(page) = self.page {
            page.write(results::page(findings, &self.provenance, self.plots.as_deref()).as_bytes())?;
        }
        self.printing.print(&findings.summary, || json)
    }
}

/// The page of this name in a folder, which may replace its own earlier version without `--force`,
/// and no other file even with it.
fn page(folder: &Path, name: &str, inputs: &[&Path]) -> Result<Destination, Failure> {
    let page = folder.join(format!("{name}.md"));
    Overwrite::default().outputs(inputs)?.folder(folder, |_| false)?;
    let destination = Overwrite { force: true }.outputs(inputs)?.file(&page)?;
    if page.exists() {
        let existing = output::read_limited(&page, MAX_PAGE)?;
        results::replaceable(&existing, name).map_err(|error| foreign(&page, error))?;
    }
    Ok(destination)
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Write { file: path.display().to_string(), error }
}

fn foreign(path: &Path, error: ForeignPage) -> Failure {
    unwritable(path, std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}
