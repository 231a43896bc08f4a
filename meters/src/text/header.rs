//! The row that names the columns, and the separator by which it is one.

use super::fold::fold;
use super::input::Text;
use super::record::{Record, Records};
use crate::options::{Limits, Separator};
use crate::refused::shown;
use crate::{Options, Problem, Refused};

/// A column that a format reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Its names as [`fold`] writes them, the newest first.
    pub(crate) names: &'static [&'static str],
    /// Its name as messages have it.
    pub(crate) shown: &'static str,
    /// Whether a file without it is none of the format.
    pub(crate) required: bool,
}

/// The names of the columns.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// The row that names them.
    pub(crate) row: u64,
    names: Vec<String>,
    folded: Vec<String>,
}

/// The most names that a message lists.
const LISTED: usize = 12;

impl Header {
    /// The header that a record is.
    pub(crate) fn new(record: &Record) -> Self {
        let names: Vec<String> = record.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        let folded = names.iter().map(|name| fold(name)).collect();
        Self { row: record.row, names, folded }
    }

    /// All names.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The names, for a message.
    pub(crate) fn listed(&self) -> String {
        let mut listed: Vec<String> = self.names.iter().take(LISTED).map(|name| shown(name)).collect();
        if self.names.len() > LISTED {
            listed.push(format!("and {} more", self.names.len() - LISTED));
        }
        listed.join(", ")
    }

    /// The place of the column that has one of these names. A name that stands twice is refused.
    pub(crate) fn find(&self, names: &[&str]) -> Result<Option<usize>, Refused> {
        for name in names {
            let mut places =
                self.folded.iter().enumerate().filter(|(_, folded)| folded == name).map(|(place, _)| place);
            let (first, second) = (places.next(), places.next());
            if let (Some(first), Some(second)) = (first, second) {
                let problem =
                    Problem::ColumnTwice { name: self.names[first].clone(), first: first + 1, second: second + 1 };
                return Err(Refused::new(problem).at_row(self.row));
            }
            if first.is_some() {
                return Ok(first);
            }
        }
        Ok(None)
    }

    /// The places of the columns of a format.
    fn places(&self, wanted: &[Wanted]) -> Result<Vec<Option<usize>>, Refused> {
        wanted.iter().map(|column| self.find(column.names)).collect()
    }

    /// How many of the required columns it has, and the first that it lacks.
    fn score(&self, wanted: &[Wanted]) -> (usize, Option<&'static str>) {
        let has = |column: &Wanted| column.names.iter().any(|name| self.folded.iter().any(|folded| folded == name));
        let required = || wanted.iter().filter(|column| column.required);
        (
            required().filter(|column| has(column)).count(),
            required().find(|column| !has(column)).map(|column| column.shown),
        )
    }
}

/// The first records of a text, as far as the sample has them whole.
pub(crate) fn head(text: &Text, separator: Separator, limits: &Limits, most: usize) -> Vec<Record> {
    let mut records = Records::new(text.of_sample(), separator.byte(), limits);
    let mut head = Vec::new();
    while head.len() < most {
        let mut record = Record::default();
        match records.next(&mut record) {
            Ok(true) => head.push(record),
            Ok(false) | Err(_) => break,
        }
    }
    // The last record of a sample may be cut off.
    if !text.whole && head.len() < most {
        head.pop();
    }
    head
}

/// The separator that a first line `sep=;` names, as spreadsheets write it.
pub(crate) fn declared_separator(text: &Text) -> Option<Separator> {
    let rest = text.sample.strip_prefix(b"sep=").or_else(|| text.sample.strip_prefix(b"SEP="))?;
    Separator::ALL.into_iter().find(|separator| rest.first() == Some(&separator.byte()))
}

/// The separators that a text may have.
pub(crate) fn separators(text: &Text, options: &Options) -> Vec<Separator> {
    match options.separator.or_else(|| declared_separator(text)) {
        Some(separator) => vec![separator],
        None => Separator::ALL.to_vec(),
    }
}

/// Finds the row that names the columns of a format within the first `rows` records, and the
/// separator with which it does. The places are in the order of `wanted`.
pub(crate) fn find(
    text: &Text,
    options: &Options,
    format: &'static str,
    wanted: &[Wanted],
    rows: usize,
) -> Result<(Separator, Header, Vec<Option<usize>>), Refused> {
    let mut best: Option<(usize, Header, &'static str)> = None;
    for separator in separators(text, options) {
        for record in head(text, separator, &options.limits, rows) {
            let header = Header::new(&record);
            match header.score(wanted) {
                (_, None) => {
                    let places = header.places(wanted).map_err(|refused| refused.in_file(text.name.clone()))?;
                    return Ok((separator, header, places));
                }
                (score, Some(lacks)) => {
                    let better = best.as_ref().is_none_or(|(most, before, _)| {
                        (score, header.names.len().min(2)) > (*most, before.names.len().min(2))
                    });
                    if better {
                        best = Some((score, header, lacks));
                    }
                }
            }
        }
    }
    let Some((_, header, lacks)) = best else {
        return Err(Refused::new(Problem::Empty("the file is empty".into())).in_file(text.name.clone()));
    };
    let why = format!("it has no column {} (row {} has {})", shown(lacks), header.row, header.listed());
    Err(Refused::new(Problem::NotThisFormat { format, why }).in_file(text.name.clone()).at_row(header.row))
}
