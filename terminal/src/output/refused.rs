//! Why a command may not write where it is told to.

use crate::Failure;
use std::fmt::Display;

/// Why a command may not write where it is told to. The message follows the output's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something has this name already, and `--force` is not given.
    #[error("there is a file of this name already; --force overwrites it")]
    Exists,
    /// The folder has files of an earlier run, and `--force` is not given.
    #[error("{0} is there from an earlier run; --force overwrites it, and another folder keeps it")]
    EarlierRun(String),
    /// The output is an input of the same command, under this name or another. `--force` does not
    /// help.
    #[error("this is the input {0} itself, and no output overwrites an input, not even with --force")]
    IsInput(String),
    /// The output is an existing file in a folder that is an input of the same command.
    #[error("this file belongs to the input {0}, and no output overwrites an input, not even with --force")]
    InInput(String),
    /// Two outputs of the command are the same file, or both are standard output.
    #[error("two outputs of the command go there; give them different names")]
    Twice,
    /// `-` stands for two inputs.
    #[error("two inputs of the command come from there; give one of them as a file")]
    TwoInputs,
}

impl Refused {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::Exists => "output-exists",
            Refused::EarlierRun(_) => "earlier-run",
            Refused::IsInput(_) | Refused::InInput(_) => "output-is-input",
            Refused::Twice => "output-twice",
            Refused::TwoInputs => "input-twice",
        }
    }

    /// The failure of a command whose output, or input, of this name is refused.
    pub(super) fn at(self, name: impl Display) -> Failure {
        Failure::refused(name, self.code(), self)
    }
}
