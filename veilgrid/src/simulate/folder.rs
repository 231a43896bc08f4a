//! The folder that figures are written to. No file of it is overwritten unless the user says so, and
//! never one that is an input.

use std::io;
use std::path::{Path, PathBuf};
use terminal::{output, Coded, Failure};

/// A file of the folder that may not be written.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It exists.
    #[error("{0} exists; choose another folder, or overwrite it with --force")]
    Exists(String),
    /// It is an input of this command.
    #[error("{0} is an input of this command; choose another folder")]
    Input(String),
}

impl Coded for Problem {
    fn code(&self) -> &'static str {
        match self {
            Problem::Exists(_) => "exists",
            Problem::Input(_) => "output-is-input",
        }
    }
    fn exit_code(&self) -> u8 {
        2
    }
}

/// Makes the folder if it is missing, and checks that each file of it may be written: `inputs` never,
/// others that exist only with `force`. Errors: [`Problem`], [`Failure::Write`].
pub fn check(folder: &Path, names: &[&str], inputs: &[PathBuf], force: bool) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::Write { file: folder.display().to_string(), error };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    for name in names {
        let path = folder.join(name);
        let shown = || path.display().to_string();
        if let Ok(same) = path.canonicalize() {
            if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == same)) {
                return Err(Problem::Input(shown()).into());
            }
        }
        // A link that leads nowhere exists too.
        if !force && path.symlink_metadata().is_ok() {
            return Err(Problem::Exists(shown()).into());
        }
        output::can_write(&path)?;
    }
    Ok(())
}
