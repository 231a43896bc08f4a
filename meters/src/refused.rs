//! Why an import is refused: where, what, and what helps.

mod problem;

pub use problem::Problem;

use std::fmt;

/// A refusal. It names the file, the row, the meter and the column as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The file, as it was named on the command line.
    pub file: Option<String>,
    /// The line of the file, the first being 1.
    pub row: Option<u64>,
    /// The meter.
    pub meter: Option<String>,
    /// The column or register, as the file names it.
    pub column: Option<String>,
    /// What is wrong, and the option that helps.
    pub problem: Box<Problem>,
}

impl Refused {
    /// A refusal of which nothing but the problem is known.
    pub fn new(problem: Problem) -> Self {
        Self { file: None, row: None, meter: None, column: None, problem: Box::new(problem) }
    }

    /// Names the file, unless one is named already.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file.get_or_insert_with(|| file.into());
        self
    }

    /// Names the row, unless one is named already.
    pub fn at_row(mut self, row: u64) -> Self {
        self.row.get_or_insert(row);
        self
    }

    /// Names the meter, unless one is named already.
    pub fn of_meter(mut self, meter: impl Into<String>) -> Self {
        self.meter.get_or_insert_with(|| meter.into());
        self
    }

    /// Names the column, unless one is named already.
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column.get_or_insert_with(|| column.into());
        self
    }

    /// A stable code of the problem.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl fmt::Display for Refused {
    /// `haushalte.csv, row 7, meter "Haus 1": what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.file.clone());
        parts.extend(self.row.map(|row| format!("row {row}")));
        parts.extend(self.meter.as_ref().map(|meter| format!("meter {}", shown(meter))));
        parts.extend(self.column.as_ref().map(|column| format!("column {}", shown(column))));
        if !parts.is_empty() {
            write!(f, "{}: ", parts.join(", "))?;
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for Refused {}

/// The most characters of a text from a file that a message repeats.
const SHOWN: usize = 80;

/// A text from a file, fit for a message: quoted, one line, not too long.
pub fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    format!("\"{short}\"")
}
