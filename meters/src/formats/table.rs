//! A file whose columns have names.

use super::reading::Reading;
use crate::exact::Exact;
use crate::options::{DateOrder, Decimal, Separator};
use crate::source::Sink;
use crate::text::header::{self, Wanted};
use crate::text::stamp::{self, NoStamp};
use crate::text::{number, Evidence, Found, Header, Input, Record, Records, Stamp, Text};
use crate::{Problem, Refused, Said};

/// A file that is open, with its columns found.
pub(crate) struct Table {
    pub(crate) separator: Separator,
    pub(crate) header: Header,
    /// The place of each column that was wanted.
    pub(crate) places: Vec<Option<usize>>,
    text: Text,
}

/// The fields of a record that are read.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// The order of day and month.
    pub(crate) order: Option<DateOrder>,
    /// The decimal mark.
    pub(crate) decimal: Decimal,
}

impl From<Found> for Fields {
    fn from(found: Found) -> Self {
        Self { order: found.order, decimal: found.decimal }
    }
}

/// A field as text. Bytes that are none are refused.
pub(crate) fn text(field: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(field).map_err(|_| Refused::new(Problem::NotText { encoding: "UTF-8" }))
}

/// The longest name of a meter or register, in bytes. Many long names would fill memory.
const LONGEST_NAME: usize = 1000;

/// A meter's or register's name as a field has it. An empty one is refused.
pub(crate) fn name(field: &[u8]) -> Result<String, Refused> {
    match text(field)? {
        name if (1..=LONGEST_NAME).contains(&name.len()) => Ok(name.to_owned()),
        other => {
            let expected = format!("the name of a meter or register, of at most {LONGEST_NAME} bytes");
            Err(Problem::BadField { text: other.to_owned(), expected }.into())
        }
    }
}

/// What a time has to look like, for a message.
fn expected(error: NoStamp) -> String {
    match error {
        NoStamp::Order => "a date like those before, or --date-format dmy or mdy".into(),
        NoStamp::NoTime => "a date and time such as 2025-10-26T00:15; --date-format says the order of the date".into(),
    }
}

impl Fields {
    /// A time.
    pub(crate) fn stamp(&self, field: &[u8]) -> Result<Stamp, Refused> {
        whole(field, stamp::parse(field, self.order))
    }

    /// A time from a date and a time of day.
    pub(crate) fn stamp_of_two(&self, date: &[u8], time: &[u8]) -> Result<Stamp, Refused> {
        let both = [date, b" ", time].concat();
        whole(&both, stamp::parse(&both, self.order))
    }

    /// A number, or none where the field says that it has no value.
    pub(crate) fn number(&self, field: &[u8]) -> Result<Option<Exact>, Refused> {
        Ok(number::parse_or_none(field, self.decimal)?)
    }

    /// A number in a unit that is `10^power` of W or Wh.
    pub(crate) fn scaled(&self, field: &[u8], power: i32) -> Result<Option<Exact>, Refused> {
        match self.number(field)? {
            Some(value) => Ok(Some(value.times_ten_to(power).map_err(Problem::from)?)),
            None => Ok(None),
        }
    }
}

/// A time that is a whole second.
fn whole(field: &[u8], stamp: Result<Stamp, NoStamp>) -> Result<Stamp, Refused> {
    let refuse =
        |expected| Refused::new(Problem::BadTime { text: String::from_utf8_lossy(field).into_owned(), expected });
    match stamp {
        Ok(stamp) if stamp.whole => Ok(stamp),
        Ok(_) => Err(refuse("whole seconds".into())),
        Err(error) => Err(refuse(expected(error))),
    }
}

impl Table {
    /// Opens a file and finds its columns within its first `rows` records.
    pub(crate) fn open(input: &Input, reading: &mut Reading, wanted: &[Wanted], rows: usize) -> Result<Self, Refused> {
        let text = reading.open(input)?;
        Self::of(text, input, reading, wanted, rows)
    }

    /// Finds the columns of a text that is open.
    pub(crate) fn of(
        text: Text,
        input: &Input,
        reading: &mut Reading,
        wanted: &[Wanted],
        rows: usize,
    ) -> Result<Self, Refused> {
        let format = reading.format.name();
        let (separator, header, places) = header::find(&text, reading.options, format, wanted, rows)?;
        let said = format!("separator {}, the columns are named in row {}", separator.name(), header.row);
        reading.say(input, Said::detected(said));
        Ok(Self { separator, header, places, text })
    }

    /// The place of a required column.
    pub(crate) fn place(&self, wanted: usize) -> usize {
        self.places[wanted].unwrap_or(usize::MAX)
    }

    /// Evidence that knows the separator.
    pub(crate) fn evidence(&self, reading: &Reading) -> Evidence {
        Evidence::new(reading.options).comma_separated(self.separator == Separator::Comma)
    }

    /// Looks at dates and numbers, says what was found, and refuses what is not certain.
    pub(crate) fn survey(
        &self,
        input: &Input,
        reading: &mut Reading,
        mut evidence: Evidence,
        look: &mut dyn FnMut(&Record, &mut Evidence),
    ) -> Result<Fields, Refused> {
        reading.survey(input, &self.text, self.separator.byte(), self.header.row, &mut evidence, look)?;
        let found = evidence.finish().map_err(|refused| refused.in_file(input.name.clone()))?;
        for said in evidence.said(found) {
            reading.say(input, said);
        }
        Ok(found.into())
    }

    /// Reads all records below the header.
    pub(crate) fn each(
        self,
        reading: &mut Reading,
        take: &mut dyn FnMut(&Record, &mut dyn Sink) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let records = Records::new(self.text, self.separator.byte(), &reading.options.limits);
        reading.each(records, self.header.row, take)
    }
}

/// Refuses a record whose fields are not those of the header: too few for the columns that are
/// read, or more than there are columns.
pub(crate) fn check_count(record: &Record, columns: usize, last_read: usize) -> Result<(), Refused> {
    let over = (columns..record.len()).any(|place| !record.get(place).is_empty());
    if over || record.len() <= last_read {
        return Err(Refused::new(Problem::FieldCount { expected: columns, found: record.len() }));
    }
    Ok(())
}

/// Seconds as minutes, for a message.
pub(crate) fn minutes(seconds: i64) -> String {
    match seconds % 60 {
        0 => (seconds / 60).to_string(),
        _ => format!("{seconds} seconds, no whole number of"),
    }
}
