//! A folder for several outputs.

use super::destination::Destination;
use super::place::{make_folder, Place};
use super::refused::Refused;
use crate::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that a command writes its files into.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    inputs: Vec<Place>,
    force: bool,
}

impl Folder {
    pub(super) fn checked(
        path: &Path,
        earlier: impl Fn(&str) -> bool,
        inputs: &[Place],
        force: bool,
    ) -> Result<Folder, Failure> {
        let name = || path.display().to_string();
        make_folder(path).map_err(|error| Failure::Write { file: name(), error })?;
        for entry in fs::read_dir(path).map_err(|error| Failure::Read { file: name(), error })? {
            let entry = entry.map_err(|error| Failure::Read { file: name(), error })?.file_name();
            let entry = entry.to_string_lossy();
            if !earlier(&entry) {
                continue;
            }
            let there = Place::of(&path.join(entry.as_ref()));
            if let Some(input) = inputs.iter().find(|input| input.is(&there)) {
                return Err(Refused::IsInput(input.name.clone()).at(&there.name));
            }
            if let Some(input) = inputs.iter().find(|input| there.is_in(input)) {
                return Err(Refused::InInput(input.name.clone()).at(&there.name));
            }
            if !force {
                return Err(Refused::EarlierRun(entry.into_owned()).at(name()));
            }
        }
        let tried = tempfile::Builder::new().prefix(super::destination::PREFIX).tempfile_in(path).map(drop);
        tried.map_err(|error| Failure::Write { file: name(), error })?;
        Ok(Folder { path: path.to_path_buf(), inputs: inputs.to_vec(), force })
    }

    /// The folder's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in the folder. Errors: as for [`super::Outputs::file`].
    pub fn file(&self, name: &str) -> Result<Destination, Failure> {
        Destination::checked(&Place::of(&self.path.join(name)), &self.inputs, self.force)
    }

    /// Writes a file in the folder. Errors: as for [`super::Outputs::file`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.file(name)?.write(bytes)
    }
}
