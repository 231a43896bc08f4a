//! Lines as an editor counts them, and bytes that are no CSV.

use super::refused::{refused, Problem, Refused};

/// Counts lines as an editor does. The count of the CSV reader is one too low after `\r\n` and
/// after empty lines.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { bytes, offset: 0, line: 1 }
    }

    /// The line of a record. Positions must be asked for in order. The reader may give a position
    /// before the line ends in front of the record.
    pub fn of(&mut self, position: &csv::Position) -> u64 {
        let start = position.byte() as usize;
        while let Some(byte) = self.bytes.get(self.offset) {
            let ends = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.offset + 1) != Some(&b'\n'),
                _ => false,
            };
            if self.offset >= start && !ends && *byte != b'\r' {
                break;
            }
            self.line += u64::from(ends);
            self.offset += 1;
        }
        self.line
    }
}

/// The refusal of bytes that are no CSV, or no text.
pub(super) fn unreadable(error: &csv::Error, headers: Option<&csv::StringRecord>, lines: &mut Lines<'_>) -> Refused {
    let row = error.position().map(|position| lines.of(position));
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            let number = (err.field() + 1).to_string();
            let column = headers.and_then(|headers| headers.get(err.field())).unwrap_or(&number);
            refused(row, Some(column), Problem::Csv("not UTF-8".into()))
        }
        _ => refused(row, None, Problem::Csv(error.to_string())),
    }
}
