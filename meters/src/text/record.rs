//! Records of separated text: bounded, with the line of the file that each begins on.

use super::input::Text;
use crate::options::Limits;
use crate::{Problem, Refused};

/// The most lines that a quoted field may reach over.
const QUOTED_LINES: u64 = 100;

/// One record. A field is found by its place, without blanks around it.
#[derive(Default)]
pub(crate) struct Record {
    bytes: Vec<u8>,
    fields: Vec<(usize, usize)>,
    /// The line of the file that it begins on, the first being 1.
    pub(crate) row: u64,
}

impl Record {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field without blanks around it. A field that is not there is empty.
    pub(crate) fn get(&self, place: usize) -> &[u8] {
        match self.fields.get(place) {
            Some((start, end)) => self.bytes[*start..*end].trim_ascii(),
            None => &[],
        }
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|place| self.get(place))
    }

    /// Splits a line. False: a quote is open at its end.
    pub(crate) fn split(&mut self, line: &[u8], separator: u8) -> bool {
        self.bytes.clear();
        self.fields.clear();
        if line.contains(&b'"') {
            return self.split_quoted(line, separator);
        }
        self.bytes.extend_from_slice(line);
        let mut start = 0;
        for (place, byte) in line.iter().enumerate() {
            if *byte == separator {
                self.fields.push((start, place));
                start = place + 1;
            }
        }
        self.fields.push((start, line.len()));
        true
    }

    /// A field that begins with a quote ends with one; doubled quotes within it are one.
    fn split_quoted(&mut self, line: &[u8], separator: u8) -> bool {
        let mut rest = line;
        loop {
            let start = self.bytes.len();
            let blanks =
                rest.iter().take_while(|byte| **byte == b' ' || (**byte == b'\t' && separator != b'\t')).count();
            if rest.get(blanks) == Some(&b'"') {
                rest = &rest[blanks + 1..];
                loop {
                    match rest {
                        [b'"', b'"', tail @ ..] => {
                            self.bytes.push(b'"');
                            rest = tail;
                        }
                        [b'"', tail @ ..] => {
                            rest = tail;
                            break;
                        }
                        [byte, tail @ ..] => {
                            self.bytes.push(*byte);
                            rest = tail;
                        }
                        [] => return false,
                    }
                }
            }
            let end = rest.iter().position(|byte| *byte == separator).unwrap_or(rest.len());
            self.bytes.extend_from_slice(&rest[..end]);
            self.fields.push((start, self.bytes.len()));
            if end == rest.len() {
                return true;
            }
            rest = &rest[end + 1..];
        }
    }
}

/// The records of a text, one after the other. Lines without anything in them are left out.
pub(crate) struct Records {
    text: Text,
    separator: u8,
    end: u8,
    limits: Limits,
    line: Vec<u8>,
    row: u64,
}

/// Whether lines end in a lone carriage return, as on old Macintoshes.
pub(crate) fn line_end(sample: &[u8]) -> u8 {
    if !sample.contains(&b'\n') && sample.contains(&b'\r') {
        b'\r'
    } else {
        b'\n'
    }
}

impl Records {
    /// The records of a text that is open.
    pub(crate) fn new(text: Text, separator: u8, limits: &Limits) -> Self {
        let end = line_end(&text.sample);
        Self { text, separator, end, limits: *limits, line: Vec::new(), row: 0 }
    }

    /// The file's name, for messages.
    pub(crate) fn name(&self) -> &str {
        &self.text.name
    }

    /// Bytes read from the disk so far.
    pub(crate) fn disk(&self) -> u64 {
        self.text.disk.get()
    }

    /// Reads the next record. False: there is none.
    pub(crate) fn next(&mut self, record: &mut Record) -> Result<bool, Refused> {
        loop {
            self.line.clear();
            let row = self.row + 1;
            if !self.read_line(row)? {
                return Ok(false);
            }
            while !record.split(&self.line, self.separator) {
                self.line.push(b'\n');
                if self.row - row >= QUOTED_LINES || !self.read_line(row)? {
                    let what = format!("a quote that begins in this row does not end within {QUOTED_LINES} lines");
                    return Err(self.refuse(Problem::Structure(what), row));
                }
            }
            record.row = row;
            if record.len() > self.limits.most_fields {
                return Err(self.refuse(Problem::TooManyFields(self.limits.most_fields), row));
            }
            if record.fields().any(|field| !field.is_empty()) {
                return Ok(true);
            }
        }
    }

    fn refuse(&self, problem: Problem, row: u64) -> Refused {
        Refused::new(problem).in_file(self.text.name.clone()).at_row(row)
    }

    /// Appends the next line without its end. False: there is none.
    fn read_line(&mut self, row: u64) -> Result<bool, Refused> {
        let mut any = false;
        loop {
            let chunk = match self.text.reader().fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.text.refused(error).at_row(row)),
            };
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == self.end);
            let part = end.unwrap_or(chunk.len());
            let room = self.limits.longest_line.saturating_sub(self.line.len());
            let fits = part <= room;
            self.line.extend_from_slice(&chunk[..part.min(room)]);
            let used = part + usize::from(end.is_some());
            self.text.reader().consume(used);
            if !fits {
                return Err(self.refuse(Problem::LineTooLong(self.limits.longest_line), row));
            }
            if end.is_some() {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        self.row += u64::from(any);
        Ok(any)
    }
}

#[cfg(test)]
mod tests;
