//! Readers of the formats.

use crate::source::Sink;
use crate::{Format, Options, Refused};
use std::path::PathBuf;

/// What a format reads, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// One sentence: what it is.
    pub what: &'static str,
    /// The fields read.
    pub reads: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// The zone of stamps without offset, unless `--zone` names another.
    pub zone: Option<&'static str>,
    /// A command that imports it.
    pub example: &'static str,
}

/// What a format reads.
pub fn describe(format: Format) -> Description {
    let _ = format;
    Description { what: "", reads: "", unit: "", zone: None, example: "" }
}

/// The format of these inputs, if it is certain.
pub fn detect(inputs: &[PathBuf], options: &Options) -> Result<Format, Refused> {
    let _ = (inputs, options);
    Ok(Format::Wide)
}

/// Reads files or folders of one format. `progress` is told how many bytes of the files on disk
/// were read since it was called last, and may refuse to go on.
pub fn read(
    format: Format,
    inputs: &[PathBuf],
    options: &Options,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let _ = (format, inputs, options, sink, progress);
    Ok(())
}
