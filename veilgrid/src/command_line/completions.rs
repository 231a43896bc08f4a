//! `veilgrid completions`: a script by which a shell completes commands and options.

use clap_complete::Shell;
use terminal::{output, Failure};

/// Arguments of `completions`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  veilgrid completions bash > ~/.local/share/bash-completion/completions/veilgrid
  veilgrid completions zsh > ~/.zfunc/_veilgrid
  veilgrid completions fish > ~/.config/fish/completions/veilgrid.fish")]
pub struct Arguments {
    /// The shell that reads the script
    shell: Shell,
}

/// The script for a shell.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "veilgrid", &mut script);
    script
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    output::print(&script(arguments.shell))
}
