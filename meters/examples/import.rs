//! Imports a file and says how long it took and how much memory: for measuring without the program.

use meters::{import, Options, Output, Progress};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, input, output] = &arguments[..] else {
        return Err("usage: import FORMAT INPUT OUTPUT".into());
    };
    let mut options = Options { format: Some(format.parse()?), ..Options::default() };
    if format == "registers" {
        options.named.import.push("1.8.0 [kWh]".into());
    }
    let begun = Instant::now();
    let mut read = None;
    let summary = import(&[PathBuf::from(input)], &Output::new(output, true), &options, &mut |progress| {
        if let (Progress::Writing { .. }, None) = (progress, read) {
            read = Some(begun.elapsed());
        }
        Ok(())
    })?;
    println!("{} rows, {:?} with the first meters, {:?} in all", summary.rows, read, begun.elapsed());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("memory unknown"));
    Ok(())
}
