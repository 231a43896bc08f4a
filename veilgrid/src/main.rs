//! The veilgrid command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    veilgrid::command_line::main()
}
