//! What every error of a subcommand has beside its message.

use std::error::Error;

/// An error that ends a command. Its message is one line.
pub trait Coded: Error + Send + Sync + 'static {
    /// A code that stays the same across versions, for machines.
    fn code(&self) -> &'static str;

    /// The exit code of the process, one of [`crate::exit`]: 1 when something was checked and does
    /// not hold, 2 when the command could not be done.
    fn exit_code(&self) -> u8;
}
