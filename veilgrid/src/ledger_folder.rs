//! How commands on a ledger name their folder and their output: by place or by option.

use std::path::{Path, PathBuf};
use terminal::output::Overwrite;

/// The folder of a ledger, as the first argument or as `--data-dir`.
#[derive(Clone, Debug, clap::Args)]
pub struct LedgerFolder {
    /// The folder that `market --data-dir` was given. Commands that only read a ledger also take what
    /// `ledger snapshot` wrote
    #[arg(value_name = "LEDGER", required_unless_present = "data_dir", conflicts_with = "data_dir")]
    directory: Option<PathBuf>,
    /// The same folder, by the name that it has for other commands
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl LedgerFolder {
    /// The folder's path.
    pub fn path(&self) -> &Path {
        // The command line makes sure that one of the two is given.
        self.directory.as_deref().or(self.data_dir.as_deref()).unwrap_or(Path::new(""))
    }
}

/// A new file, as the last argument or as `--output`.
#[derive(Clone, Debug, clap::Args)]
pub struct NewFile {
    /// The new file; `-` is standard output
    #[arg(value_name = "FILE", required_unless_present = "output", conflicts_with = "output")]
    file: Option<PathBuf>,
    /// The same file, by the name that it has for other commands
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Whether a file that is there is overwritten.
    #[command(flatten)]
    pub overwrite: Overwrite,
}

impl NewFile {
    /// The file's path.
    pub fn path(&self) -> &Path {
        // The command line makes sure that one of the two is given.
        self.file.as_deref().or(self.output.as_deref()).unwrap_or(Path::new("-"))
    }
}
