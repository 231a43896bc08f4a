//! The exit codes of every command, and the words that say them in every help.

/// The command is done, and everything that it checked holds.
pub const DONE: u8 = 0;
/// The command checked something, and it does not hold.
pub const DOES_NOT_HOLD: u8 = 1;
/// The command could not be done: an argument, an input, a path or a permission is at fault.
pub const NOT_DONE: u8 = 2;
/// A person or the system interrupted the command.
pub const INTERRUPTED: u8 = 3;

/// The last paragraph of every command's help.
pub const HELP: &str = "\
Exit codes:
  0  done, and everything that was checked holds
  1  something was checked and does not hold
  2  could not be done: an argument, an input, a path or a permission is at fault
  3  interrupted (Ctrl-C)";
