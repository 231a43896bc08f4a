//! The built command, run as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file of the repository's data folder.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name)
}

/// Runs the command with these arguments.
pub fn veilgrid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_veilgrid")).args(arguments).output().expect("the binary was built for this test")
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths here are UTF-8")
}
