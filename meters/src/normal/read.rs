//! Reads the normal form, row by row, in bounded memory.

use super::{Energies, Quality, Quarter, Row, WattHours, COLUMNS, HEADER};
use crate::clock::parse_utc;
use crate::options::Limits;
use crate::{Problem, Refused};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a file in the normal form, unpacked where its name ends in `.gz` or `.zst`.
pub struct Source {
    name: String,
    bytes: Box<dyn BufRead + Send>,
    packed: bool,
}

impl Source {
    /// Opens a file. `-` is standard input.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        let name = path.display().to_string();
        if path.as_os_str() == "-" {
            return Ok(Self::new("standard input", Box::new(BufReader::new(io::stdin()))));
        }
        let refuse = |error: io::Error| Refused::new(Problem::Unreadable(error.to_string())).in_file(&name);
        let file = File::open(path).map_err(refuse)?;
        if file.metadata().map_err(refuse)?.is_dir() {
            return Err(Refused::new(Problem::Unreadable("it is a folder".into())).in_file(&name));
        }
        let lower = name.to_ascii_lowercase();
        let file = BufReader::with_capacity(1 << 18, file);
        let (bytes, packed): (Box<dyn BufRead + Send>, bool) = if lower.ends_with(".gz") {
            (Box::new(BufReader::with_capacity(1 << 18, flate2::bufread::MultiGzDecoder::new(file))), true)
        } else if lower.ends_with(".zst") {
            let mut decoder = zstd::Decoder::with_buffer(file).map_err(refuse)?;
            // Frames that want more than 128 MiB of memory are refused.
            decoder.window_log_max(27).map_err(refuse)?;
            (Box::new(BufReader::with_capacity(1 << 18, decoder)), true)
        } else {
            (Box::new(file), false)
        };
        Ok(Self { name, bytes, packed })
    }

    /// Bytes that come from elsewhere.
    pub fn new(name: &str, bytes: Box<dyn BufRead + Send>) -> Self {
        Self { name: name.to_owned(), bytes, packed: false }
    }
}

/// The rows of a file in the normal form. It ends after the first refusal.
pub struct Reader {
    source: Source,
    limits: Limits,
    line: Vec<u8>,
    row: u64,
    read: u64,
    meter: Arc<str>,
    ended: bool,
}

impl Reader {
    /// Reads and checks the header.
    pub fn new(source: Source, limits: Limits) -> Result<Self, Refused> {
        let mut reader = Self { source, limits, line: Vec::new(), row: 0, read: 0, meter: Arc::from(""), ended: false };
        if !reader.next_line()? || reader.line != HEADER.as_bytes() {
            let problem = Problem::NotThisFormat {
                format: "normal form",
                why: format!("its first line is not {HEADER}; `veilgrid meters import` makes such a file"),
            };
            return Err(reader.refuse(problem));
        }
        Ok(reader)
    }

    /// Opens a file and checks its header.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, Refused> {
        Self::new(Source::open(path)?, limits)
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The number of the row that was read last, the header being row 1.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// A refusal at the row that was read last.
    pub fn refuse(&self, problem: Problem) -> Refused {
        Refused::new(problem).in_file(&self.source.name).at_row(self.row.max(1))
    }

    /// Reads a line without its end. False: there is none.
    fn next_line(&mut self) -> Result<bool, Refused> {
        self.line.clear();
        self.row += 1;
        let most = self.limits.longest_line as u64 + 2;
        let read = (&mut self.source.bytes).take(most).read_until(b'\n', &mut self.line);
        match read {
            Err(error) if self.source.packed => return Err(self.refuse(Problem::Damaged(error.to_string()))),
            Err(error) => return Err(self.refuse(Problem::Unreadable(error.to_string()))),
            Ok(0) => return Ok(false),
            Ok(read) => self.read += read as u64,
        }
        if self.source.packed && self.read > self.limits.most_unpacked {
            return Err(self.refuse(Problem::UnpacksToTooMuch(self.limits.most_unpacked)));
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        }
        if self.line.len() > self.limits.longest_line {
            return Err(self.refuse(Problem::LineTooLong(self.limits.longest_line)));
        }
        Ok(true)
    }

    fn parse(&mut self) -> Result<Row, Refused> {
        let rest = match quoted(&self.line) {
            Some(Ok((meter, rest))) => {
                if *self.meter != *meter {
                    self.meter = Arc::from(meter);
                }
                rest
            }
            Some(Err(())) => {
                return Err(self.refuse(Problem::NotNormal("the meter's quotes do not end before a comma".into())))
            }
            None => {
                let end = self.line.iter().position(|byte| *byte == b',').unwrap_or(self.line.len());
                if *self.meter.as_bytes() != self.line[..end] {
                    match std::str::from_utf8(&self.line[..end]) {
                        Ok(meter) => self.meter = Arc::from(meter),
                        Err(_) => return Err(self.refuse(Problem::NotText { encoding: "UTF-8" })),
                    }
                }
                end
            }
        };
        let mut fields = self.line.get(rest + 1..).unwrap_or(&[]).split(|byte| *byte == b',');
        let mut next = || fields.next();
        let all = (next(), next(), [next(), next(), next(), next()], next(), next());
        let (Some(start), Some(end), [Some(a), Some(b), Some(c), Some(d)], Some(quality), None) = all else {
            let found =
                self.line.get(rest + 1..).map_or(1, |rest| 2 + rest.iter().filter(|byte| **byte == b',').count());
            return Err(self.refuse(Problem::FieldCount { expected: 8, found }));
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let bad = |bytes: &[u8], column: &str, expected: &str| {
            let problem = Problem::BadField { text: text(bytes), expected: expected.to_owned() };
            self.refuse(problem).of_meter(&*self.meter).in_column(column)
        };
        let quarter = parse_utc(start)
            .and_then(Quarter::starting_at)
            .ok_or_else(|| bad(start, "start", "the start of a quarter hour, such as 2025-10-26T00:15:00Z"))?;
        if parse_utc(end) != Some(quarter.end()) {
            return Err(bad(end, "end", "the time a quarter of an hour after the start"));
        }
        let mut columns = [None; 4];
        for ((column, bytes), name) in columns.iter_mut().zip([a, b, c, d]).zip(COLUMNS) {
            *column = energy(bytes).map_err(|()| bad(bytes, name, "whole Wh, or nothing"))?;
        }
        let quality = std::str::from_utf8(quality).ok().and_then(|text| text.parse::<Quality>().ok());
        let quality = quality.ok_or_else(|| {
            let bytes = self.line.rsplit(|byte| *byte == b',').next().unwrap_or(&[]);
            bad(bytes, "quality", "measured, split, estimated or missing")
        })?;
        Ok(Row { meter: self.meter.clone(), quarter, energies: Energies::from_columns(columns), quality })
    }
}

/// A quoted text at the beginning of a line, and where it ends. None: the line has no quote there.
fn quoted(line: &[u8]) -> Option<Result<(String, usize), ()>> {
    let mut bytes = line.strip_prefix(b"\"")?.iter().enumerate();
    let mut text = Vec::new();
    while let Some((at, byte)) = bytes.next() {
        if *byte != b'"' {
            text.push(*byte);
            continue;
        }
        // `at` counts from the byte after the first quote.
        match line.get(at + 2) {
            Some(b'"') => {
                text.push(b'"');
                bytes.next();
            }
            None | Some(b',') => return Some(String::from_utf8(text).map(|text| (text, at + 2)).map_err(|_| ())),
            Some(_) => return Some(Err(())),
        }
    }
    Some(Err(()))
}

/// Whole Wh, or nothing.
fn energy(bytes: &[u8]) -> Result<Option<WattHours>, ()> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut sum = 0u64;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return Err(());
        }
        sum = sum.checked_mul(10).and_then(|sum| sum.checked_add(u64::from(byte - b'0'))).ok_or(())?;
    }
    Ok(Some(WattHours(sum)))
}

impl Iterator for Reader {
    type Item = Result<Row, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = match self.next_line() {
            Ok(true) => Some(self.parse()),
            Ok(false) => None,
            Err(refused) => Some(Err(refused)),
        };
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}
