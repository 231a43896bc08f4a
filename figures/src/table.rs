//! Tables of figures, apart from how they are written: columns with keys and units, rows of cells.

/// What a column holds, and so its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Text that the program chose.
    Word,
    /// Text that others chose: the name of a household.
    Name,
    /// A number of things.
    Count,
    /// Whole Wh.
    Wh,
    /// Nano-currency.
    Money,
    /// Nano-currency per kWh.
    Price,
    /// Whole metres.
    Metres,
    /// Yes or no.
    Flag,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its key, without the unit.
    pub(crate) key: &'static str,
    /// What it holds.
    pub(crate) holds: Holds,
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'a> {
    /// Text.
    Text(&'a str),
    /// A number in the unit of its column.
    Number(i128),
    /// Yes or no.
    Flag(bool),
    /// Not known, or a ratio of nothing to nothing.
    Nothing,
}

impl Cell<'_> {
    /// A number that may be unknown.
    pub(crate) fn maybe(number: Option<impl Into<i128>>) -> Cell<'static> {
        number.map_or(Cell::Nothing, |number| Cell::Number(number.into()))
    }
}

/// Shorter: a column of a table.
pub(crate) const fn column(key: &'static str, holds: Holds) -> Column {
    Column { key, holds }
}
