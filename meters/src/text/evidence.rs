//! What the values of a file say of its dates and numbers, before any is read for good.

use super::{number, stamp};
use crate::options::{DateOrder, Decimal};
use crate::refused::shown;
use crate::{Options, Problem, Refused, Said};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The order of day and month, where dates need it.
    pub(crate) order: Option<DateOrder>,
    /// The decimal mark.
    pub(crate) decimal: Decimal,
}

/// A field of the file, for messages.
type Example = Option<(u64, String)>;

/// What fields leave possible.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    orders: [bool; 3],
    unsure_date: Example,
    any_date: Example,
    marks: [bool; 2],
    unsure_number: Example,
    marked: bool,
    comma_separated: bool,
}

const MARKS: [Decimal; 2] = [Decimal::Point, Decimal::Comma];

fn count(possible: &[bool]) -> usize {
    possible.iter().filter(|possible| **possible).count()
}

/// Leaves out what is not possible any more. What would leave nothing is left to the reader, who
/// refuses the field.
fn narrow<const N: usize>(possible: &mut [bool; N], by: [bool; N]) {
    let mut both = *possible;
    both.iter_mut().zip(by).for_each(|(possible, by)| *possible &= by);
    if count(&both) > 0 {
        *possible = both;
    }
}

impl Evidence {
    /// What the options leave possible.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            orders: stamp::ORDERS.map(|order| options.date_format.is_none_or(|fixed| fixed == order)),
            unsure_date: None,
            any_date: None,
            marks: MARKS.map(|mark| options.decimal.is_none_or(|fixed| fixed == mark)),
            unsure_number: None,
            marked: false,
            comma_separated: false,
        }
    }

    /// The same for a format whose dates have an order.
    pub(crate) fn with_order(mut self, order: DateOrder, options: &Options) -> Self {
        if options.date_format.is_none() {
            self.orders = stamp::ORDERS.map(|other| other == order);
        }
        self
    }

    /// The same where a comma parts fields: one within quotes may stand before decimals, and may
    /// group thousands.
    pub(crate) fn comma_separated(mut self, is: bool) -> Self {
        self.comma_separated = is;
        self
    }

    /// The same for a format that has this decimal mark.
    pub(crate) fn with_mark(mut self, mark: Decimal, options: &Options) -> Self {
        if options.decimal.is_none() {
            self.marks = MARKS.map(|other| other == mark);
        }
        self
    }

    /// Takes a field that is a time.
    pub(crate) fn date(&mut self, row: u64, field: &[u8]) {
        let example = || Some((row, String::from_utf8_lossy(field).into_owned()));
        if self.any_date.is_none() && !field.is_empty() {
            self.any_date = example();
        }
        if let Some(orders) = stamp::orders(field) {
            narrow(&mut self.orders, orders);
            if self.unsure_date.is_none() {
                self.unsure_date = example();
            }
        }
    }

    /// Takes a field that is a number.
    pub(crate) fn number(&mut self, row: u64, field: &[u8]) {
        let marks = number::marks(field);
        if self.comma_separated && number::may_group(field) {
            if self.unsure_number.is_none() {
                self.unsure_number = Some((row, String::from_utf8_lossy(field).into_owned()));
            }
            return;
        }
        self.marked |= marks != [true, true];
        narrow(&mut self.marks, marks);
    }

    /// Whether more fields can change nothing.
    pub(crate) fn is_settled(&self) -> bool {
        let dated = self.any_date.is_some() && (self.unsure_date.is_none() || count(&self.orders) == 1);
        dated && count(&self.marks) == 1
    }

    /// What was found, and whether it is certain.
    pub(crate) fn finish(&self) -> Result<Found, Refused> {
        let one = |possible: &[bool]| match count(possible) {
            1 => possible.iter().position(|possible| *possible),
            _ => None,
        };
        let order = one(&self.orders).map(|place| stamp::ORDERS[place]);
        if let (None, Some((row, text))) = (order, &self.unsure_date) {
            let why = format!("{} may be read in more than one way, and so may every other date here", shown(text));
            let problem =
                Problem::Uncertain { what: "the order of day and month", why, option: "--date-format dmy or mdy" };
            return Err(Refused::new(problem).at_row(*row));
        }
        let decimal = one(&self.marks).map(|place| MARKS[place]);
        if let (None, Some((row, text))) = (decimal, &self.unsure_number) {
            let why = format!("the mark in {} may stand before decimals or thousands, and nothing tells", shown(text));
            let problem = Problem::Uncertain { what: "the decimal mark", why, option: "--decimal" };
            return Err(Refused::new(problem).at_row(*row));
        }
        Ok(Found { order, decimal: decimal.unwrap_or(Decimal::Point) })
    }

    /// What is said of it.
    pub(crate) fn said(&self, found: Found) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some((_, text)) = &self.any_date {
            let order = match (found.order, &self.unsure_date) {
                (Some(order), Some(_)) => order,
                _ => DateOrder::YearMonthDay,
            };
            said.push(match stamp::is_certain(text.as_bytes()) {
                true => Said::detected(format!("dates say themselves what is the day, as in {}", shown(text))),
                false => Said::detected(format!("dates in the order {}, as in {}", order.name(), shown(text))),
            });
        }
        if self.marked {
            said.push(Said::detected(format!("decimal mark {}", found.decimal.name())));
        }
        said
    }
}

#[cfg(test)]
mod tests;
