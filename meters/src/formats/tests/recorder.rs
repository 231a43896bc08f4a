//! A sink that keeps what it gets, as lines of text.

use crate::formats;
use crate::source::{Column, Kind, Mark, Sample, Series, SeriesId, Sink, Step, Target, When};
use crate::{Format, Options, Refused, Said};
use std::path::PathBuf;

/// What a reader handed over.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) series: Vec<Series>,
    pub(super) samples: Vec<(SeriesId, Sample)>,
    pub(super) said: Vec<Said>,
}

impl Sink for Recorded {
    fn file(&mut self, _: &str) {}

    fn series(&mut self, series: Series) -> Result<SeriesId, Refused> {
        let known = self.series.iter().position(|known| *known == series);
        let place = known.unwrap_or_else(|| {
            self.series.push(series);
            self.series.len() - 1
        });
        Ok(SeriesId(place as u32))
    }

    fn push(&mut self, series: SeriesId, sample: Sample) -> Result<(), Refused> {
        self.samples.push((series, sample));
        Ok(())
    }

    fn say(&mut self, what: Said) {
        self.said.push(what);
    }
}

fn time(when: When) -> String {
    let shown = |seconds| jiff::Timestamp::from_second(seconds).unwrap().to_string();
    match when {
        When::Utc(seconds) => shown(seconds),
        When::Local(seconds) => shown(seconds).trim_end_matches('Z').to_owned(),
    }
}

impl Recorded {
    /// A line a sample: row, meter, column, time, value in W or Wh, length, what is said of it.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(id, sample): &(SeriesId, Sample)| {
            let series = &self.series[id.0 as usize];
            let column = match series.target {
                Target::Column(Column::Import) => "import",
                Target::Column(Column::Export) => "export",
                Target::Column(Column::Generation) => "generation",
                Target::Column(Column::Consumption) => "consumption",
                Target::SignedGrid => "grid",
            };
            let unit = match series.kind {
                Kind::Power => "W",
                Kind::Energy => "Wh",
                Kind::Register { .. } => "total",
            };
            let step = match (series.step, sample.seconds) {
                (Step::Fixed(seconds), None) | (Step::Each, Some(seconds)) => format!("{}s", seconds),
                (Step::Detect, None) => "step".into(),
                (Step::Changing { first: None }, None) => "changing".into(),
                (Step::Changing { first: Some(first) }, None) => format!("changing from {first}s"),
                other => panic!("{other:?}"),
            };
            let value = sample.value.map_or("none".into(), |value| value.to_string());
            let mark = match sample.mark {
                Mark::Measured => "",
                Mark::Estimated => " estimated",
            };
            let device = if sample.device == 0 { String::new() } else { format!(" #{}", sample.device) };
            let time = time(sample.when);
            format!("{} {} {column} {time} {step} {value} {unit}{mark}{device}", sample.row, series.meter)
        };
        self.samples.iter().map(line).collect()
    }

    /// Everything that was said, in one text.
    pub(super) fn said(&self) -> String {
        self.said.iter().map(|said| format!("{said}\n")).collect()
    }
}

/// Reads one file of this name.
pub(super) fn read_as(format: Format, name: &str, bytes: &[u8], options: &Options) -> Result<Recorded, Refused> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read_path(format, path, options)
}

/// Reads a file or folder.
pub(super) fn read_path(format: Format, path: PathBuf, options: &Options) -> Result<Recorded, Refused> {
    let mut recorded = Recorded::default();
    let (mut told, length) = (0, std::fs::metadata(&path).map_or(0, |found| found.len()));
    let is_file = path.is_file();
    formats::read(format, &[path], options, &mut recorded, &mut |bytes| {
        told += bytes;
        Ok(())
    })?;
    if is_file {
        assert_eq!(told, length, "all bytes of the file are told of, once");
    }
    Ok(recorded)
}

/// Reads a file `data.csv`.
pub(super) fn read(format: Format, text: &str, options: &Options) -> Result<Recorded, Refused> {
    read_as(format, "data.csv", text.as_bytes(), options)
}

/// The lines of a file that is read.
pub(super) fn lines(format: Format, text: &str, options: &Options) -> Vec<String> {
    read(format, text, options).unwrap().lines()
}

/// The refusal of a file, with what its message has to have.
pub(super) fn refused(format: Format, text: &str, options: &Options, code: &str, row: Option<u64>, parts: &[&str]) {
    let refused = read(format, text, options).expect_err(text);
    assert_eq!((refused.code(), refused.row), (code, row), "{refused}");
    for part in parts.iter().chain(&["data.csv"]) {
        assert!(refused.to_string().contains(part), "{refused} does not name {part}");
    }
}
