//! What every error of a subcommand has beside its message.

use std::error::Error;

/// An error that ends a command. Its message is one line.
pub trait Coded: Error + Send + Sync + 'static {
    /// A code that stays the same across versions, for machines.
    fn code(&self) -> &'static str;

    /// The exit code of the process: 2 when the input is at fault or in use, 1 otherwise.
    fn exit_code(&self) -> u8;
}
