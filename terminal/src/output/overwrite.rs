//! `--force`, and the checks that every output passes before long work.

use super::destination::Destination;
use super::folder::Folder;
use super::place::Place;
use super::printing::Printing;
use super::refused::Refused;
use super::{is_standard, read};
use crate::Failure;
use std::path::Path;

/// The option of every command that writes a file.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Overwrite {
    /// Overwrite an output that exists already. An input of the same command is never overwritten
    #[arg(long)]
    pub force: bool,
}

impl Overwrite {
    /// Begins the checks of a command's outputs. `inputs` are all files and folders that the command
    /// reads, those that `-` stands for included. Error: [`Refused::TwoInputs`].
    pub fn outputs<P: AsRef<Path>>(&self, inputs: impl IntoIterator<Item = P>) -> Result<Outputs, Failure> {
        let inputs: Vec<P> = inputs.into_iter().collect();
        if inputs.iter().filter(|input| is_standard(input.as_ref())).count() > 1 {
            return Err(Refused::TwoInputs.at(read::name(Path::new("-"))));
        }
        let inputs = inputs.iter().map(|input| Place::of(input.as_ref())).collect();
        Ok(Outputs { force: self.force, inputs, taken: Vec::new(), standard_output: false })
    }
}

/// The outputs of one command, checked one by one.
#[derive(Debug)]
pub struct Outputs {
    force: bool,
    inputs: Vec<Place>,
    taken: Vec<Place>,
    standard_output: bool,
}

impl Outputs {
    /// Checks one output, a file or `-`, and leaves what is there as it is. Errors: what [`Refused`]
    /// lists; [`Failure::Write`] where nothing can be written.
    pub fn file(&mut self, path: &Path) -> Result<Destination, Failure> {
        if is_standard(path) {
            self.take_standard_output()?;
            return Ok(Destination::standard_output());
        }
        let place = Place::of(path);
        if self.taken.iter().any(|other| other.is(&place)) {
            return Err(Refused::Twice.at(&place.name));
        }
        let destination = Destination::checked(&place, &self.inputs, self.force)?;
        self.taken.push(place);
        Ok(destination)
    }

    /// [`Outputs::file`] for an output that need not be given.
    pub fn optional(&mut self, path: Option<&Path>) -> Result<Option<Destination>, Failure> {
        path.map(|path| self.file(path)).transpose()
    }

    /// Makes a folder for several files, or finds it. `earlier` tells the names of the files that
    /// this command writes there. Errors: [`Refused::EarlierRun`], [`Refused::IsInput`],
    /// [`Failure::Write`], [`Failure::Read`].
    pub fn folder(&mut self, path: &Path, earlier: impl Fn(&str) -> bool) -> Result<Folder, Failure> {
        Folder::checked(path, earlier, &self.inputs, self.force)
    }

    /// How the command prints what it finds; `json` is its option `--json`. To be called after all
    /// files are checked. Error: [`Refused::Twice`] if a file is `-` and `json` is given.
    pub fn printing(&mut self, json: bool) -> Result<Printing, Failure> {
        if json {
            self.take_standard_output()?;
        }
        Ok(Printing::new(json, self.standard_output))
    }

    fn take_standard_output(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.standard_output, true) {
            true => Err(Refused::Twice.at("standard output")),
            false => Ok(()),
        }
    }
}
