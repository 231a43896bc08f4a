//! `veilgrid man`: the manual pages, made of the same texts as the help.

use clap_mangen::roff::{roman, Roff};
use clap_mangen::Man;
use std::io;
use std::path::PathBuf;
use terminal::output::{self, Overwrite};
use terminal::Failure;

/// Arguments of `man`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  veilgrid man | man -l -
  veilgrid man --out ~/.local/share/man/man1")]
pub struct Arguments {
    /// Write the pages of all commands, NAME.1 each, into this folder; the command makes it if it
    /// is missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// The pages of all commands, each with the name of its file. The first is that of `veilgrid`
/// itself.
pub fn pages() -> Vec<(String, Vec<u8>)> {
    let mut root = super::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    add(&root, &mut pages);
    pages
}

fn add(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let page = page(command).expect("writing to memory does not fail");
    pages.push((format!("{name}.1"), page));
    command.get_subcommands().for_each(|command| add(command, pages));
}

fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    let man = Man::new(command.clone()).manual("Veilgrid");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    // The lines of the last part are broken by hand: tables and examples.
    if let Some(text) = command.get_after_help() {
        let mut roff = Roff::default();
        roff.control("SH", ["NOTES"]).control("nf", []);
        for line in text.to_string().lines() {
            roff.text([roman(line)]);
        }
        roff.control("fi", []).to_writer(&mut page)?;
    }
    Ok(page)
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let pages = pages();
    let Some(folder) = &arguments.out else { return output::print(&pages[0].1) };
    let is_page = |name: &str| pages.iter().any(|(page, _)| page == name);
    let folder = arguments.overwrite.outputs::<&PathBuf>([])?.folder(folder, is_page)?;
    pages.iter().try_for_each(|(name, page)| folder.write(name, page))
}
