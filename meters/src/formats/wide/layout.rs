//! How a wide file is laid out: separator, header, one or two columns of time.

use crate::options::Separator;
use crate::text::{header, stamp, Record, Text};
use crate::{Options, Problem, Refused};

/// Records that are looked at.
const LOOKED_AT: usize = 50;

/// Where the time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// In the first column.
    One,
    /// In the first two columns, by their places.
    Two {
        /// Place of the date.
        date: usize,
        /// Place of the time of day.
        time: usize,
    },
}

impl Times {
    /// The place of the date.
    pub(super) const fn date(self) -> usize {
        match self {
            Self::One => 0,
            Self::Two { date, .. } => date,
        }
    }

    /// How many columns they are.
    pub(super) const fn columns(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two { .. } => 2,
        }
    }

    /// How the time stands in a record. None: not at all.
    fn of(record: &Record) -> Option<Self> {
        let (first, second) = (record.get(0), record.get(1));
        match (stamp::is_stamp(first), stamp::is_stamp(second)) {
            (Some(false), _) if stamp::is_time(second) => Some(Self::Two { date: 0, time: 1 }),
            (None, Some(false)) if stamp::is_time(first) => Some(Self::Two { date: 1, time: 0 }),
            (Some(_), _) => Some(Self::One),
            _ => None,
        }
    }
}

/// The layout that was found.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) separator: Separator,
    pub(super) times: Times,
    /// The names of all columns, if the file has a header.
    pub(super) names: Option<Vec<String>>,
    /// The row of the header. 0: there is none.
    pub(super) header_row: u64,
    /// How many columns there are.
    pub(super) fields: usize,
}

impl Layout {
    /// What is said of it.
    pub(super) fn said(&self) -> String {
        let header = match self.header_row {
            0 => "no header".to_owned(),
            row => format!("the columns are named in row {row}"),
        };
        let times = match self.times {
            Times::One => "the time in one column",
            Times::Two { .. } => "date and time in two columns",
        };
        format!("separator {}, {header}, {times}", self.separator.name())
    }
}

/// How well a separator fits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The first row of values has a time and as many fields as there are columns.
    First,
    /// All rows that were looked at have.
    All,
}

/// Finds the layout. Two separators cannot both part a time from what follows it, so at most one
/// fits all rows.
pub(super) fn find(text: &Text, options: &Options) -> Result<Layout, Refused> {
    let mut best: Option<(Fit, Layout)> = None;
    let mut refused: Option<(usize, Refused)> = None;
    for separator in header::separators(text, options) {
        match attempt(text, options, separator) {
            Ok((layout, fit)) if best.as_ref().is_none_or(|(most, _)| fit > *most) => best = Some((fit, layout)),
            Ok(_) => {}
            Err((columns, problem)) if refused.as_ref().is_none_or(|(most, _)| columns > *most) => {
                refused = Some((columns, problem));
            }
            Err(_) => {}
        }
    }
    match (best, refused) {
        (Some((_, layout)), _) => Ok(layout),
        (None, Some((_, refused))) => Err(refused),
        (None, None) => Err(Problem::Empty("the file is empty".into()).into()),
    }
}

/// Reads the beginning with a separator. An error has the number of columns, so that the error of
/// the likeliest separator is shown.
fn attempt(text: &Text, options: &Options, separator: Separator) -> Result<(Layout, Fit), (usize, Refused)> {
    let mut head = header::head(text, separator, &options.limits, LOOKED_AT);
    if header::declared_separator(text).is_some() && !head.is_empty() {
        head.remove(0);
    }
    let Some(first) = head.first() else {
        return Err((0, Problem::Empty("the file is empty".into()).into()));
    };
    let columns = first.len();
    let fail = |row: u64, problem: Problem| (columns, Refused::new(problem).at_row(row));
    let has_header = options.header.unwrap_or_else(|| Times::of(first).is_none());
    let values = if has_header { &head[1..] } else { &head[..] };
    if columns < 2 {
        let why = format!("{} does not part the fields of row {}", separator.name(), first.row);
        return Err(fail(first.row, Problem::Uncertain { what: "the separator", why, option: "--separator" }));
    }
    let Some(value) = values.first() else {
        return Err(fail(first.row, Problem::Empty("there is no row of values after the header".into())));
    };
    let Some(times) = Times::of(value) else {
        let text = String::from_utf8_lossy(value.get(0)).into_owned();
        let expected = "a date and time in the first column, such as 2025-10-26T00:15, or both in the first two";
        return Err(fail(value.row, Problem::BadTime { text, expected: expected.into() }));
    };
    if columns <= times.columns() {
        let why = format!("row {} has no column beside the time", first.row);
        return Err(fail(first.row, Problem::NotThisFormat { format: "wide", why }));
    }
    let fits = |record: &Record| {
        let over = (columns..record.len()).all(|place| record.get(place).is_empty());
        record.len() >= columns && over && Times::of(record) == Some(times)
    };
    if !fits(value) {
        let why = format!(
            "row {} has {} fields with {}, row {} has {columns}",
            value.row,
            value.len(),
            separator.name(),
            first.row
        );
        return Err(fail(value.row, Problem::Uncertain { what: "the separator", why, option: "--separator" }));
    }
    let fit = if values.iter().all(fits) { Fit::All } else { Fit::First };
    let names =
        has_header.then(|| first.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>());
    if names.iter().flatten().any(|name| name.contains('\u{fffd}')) {
        return Err(fail(first.row, Problem::NotText { encoding: text.encoding.name() }));
    }
    let header_row = if has_header { first.row } else { 0 };
    Ok((Layout { separator, times, names, header_row, fields: columns }, fit))
}
