//! Tables as CSV: energy in whole Wh, money and prices as exact decimals, units in the headers.

use crate::currency::Currency;
use crate::escape::for_spreadsheet;
use crate::table::{Cell, Column, Holds};

/// A table being written.
pub(crate) struct CsvTable<'a> {
    columns: &'a [Column],
    writer: csv::Writer<Vec<u8>>,
}

const IN_MEMORY: &str = "writing to memory does not fail";

impl<'a> CsvTable<'a> {
    /// A table with its headers.
    pub(crate) fn new(columns: &'a [Column], currency: &Currency) -> CsvTable<'a> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(columns.iter().map(|column| header(column, currency))).expect(IN_MEMORY);
        CsvTable { columns, writer }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) {
        for (column, cell) in self.columns.iter().zip(cells) {
            self.writer.write_field(field(column, cell)).expect(IN_MEMORY);
        }
        self.writer.write_record(None::<&[u8]>).expect(IN_MEMORY);
    }

    /// The bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect(IN_MEMORY)
    }
}

/// A column's header, with its unit: `bought (Wh)`.
pub(crate) fn header(column: &Column, currency: &Currency) -> String {
    let (key, money) = (column.key, &currency.name);
    match column.holds {
        Holds::Word | Holds::Name | Holds::Count => key.into(),
        Holds::Wh => format!("{key} (Wh)"),
        Holds::Money => format!("{key} ({money})"),
        Holds::Price => format!("{key} ({money}/kWh)"),
        Holds::Metres => format!("{key} (m)"),
        Holds::Flag => format!("{key} (yes/no)"),
    }
}

fn field(column: &Column, cell: &Cell<'_>) -> String {
    match (cell, column.holds) {
        (Cell::Text(text), Holds::Name) => for_spreadsheet(text),
        (Cell::Text(text), _) => text.to_string(),
        (Cell::Number(number), Holds::Money | Holds::Price) => Currency::exact(*number),
        (Cell::Number(number), _) => number.to_string(),
        (Cell::Flag(flag), _) => if *flag { "yes" } else { "no" }.into(),
        (Cell::Nothing, _) => String::new(),
    }
}
