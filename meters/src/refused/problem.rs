//! What can be wrong with an import.

use super::shown;
use crate::exact::NotExact;

/// What is wrong. The sentence names the option that helps, if one does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file or folder cannot be opened or read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// An output cannot be written.
    #[error("the output cannot be written: {0}")]
    Unwritable(String),
    /// An output is there already.
    #[error("the output is there already; --force replaces it")]
    OutputExists,
    /// An output is one of the inputs.
    #[error("the output is one of the inputs; an import never replaces what it reads")]
    OutputIsInput,
    /// A person interrupted the import.
    #[error("the import was interrupted; nothing was written")]
    Interrupted,

    /// A line is longer than the bound.
    #[error("the line is longer than {0} bytes; --longest-line allows more")]
    LineTooLong(usize),
    /// A line has more fields than the bound.
    #[error("the line has more than {0} fields; --most-fields allows more")]
    TooManyFields(usize),
    /// Compressed files unpack to more than the bound.
    #[error("the compressed input unpacks to more than {0} bytes; --most-unpacked allows more")]
    UnpacksToTooMuch(u64),
    /// There are more meters than the bound.
    #[error("there are more than {0} meters; --most-meters allows more")]
    TooManyMeters(usize),
    /// A register has more values than the bound.
    #[error("a register has more than {0} values; --most-values allows more, at some 250 bytes of memory each")]
    TooManyValues(u64),
    /// A compressed file is damaged.
    #[error("the compressed file is damaged or cut off: {0}")]
    Damaged(String),
    /// The bytes are no text in the encoding.
    #[error("these bytes are no text in {encoding}; --encoding names another encoding")]
    NotText {
        /// The encoding that was detected or named.
        encoding: &'static str,
    },
    /// There is nothing in the file.
    #[error("it has no values: {0}")]
    Empty(String),

    /// Several readings of the file are possible.
    #[error("{what} is not certain: {why}; {option} says it")]
    Uncertain {
        /// What was to be detected.
        what: &'static str,
        /// The readings that are possible.
        why: String,
        /// The option that settles it.
        option: &'static str,
    },
    /// The file is none of the named format.
    #[error("this is no {format} file: {why}; `veilgrid meters formats` lists what each format reads, and --format names one")]
    NotThisFormat {
        /// The format.
        format: &'static str,
        /// What is missing or different.
        why: String,
    },
    /// The format exists in a form that cannot be imported.
    #[error("{what} cannot be imported: {why}")]
    Unsupported {
        /// What the file has.
        what: String,
        /// Why it has no meter values, or what would help.
        why: String,
    },
    /// The file breaks a rule of its own format.
    #[error("the file breaks its format: {0}")]
    Structure(String),
    /// A column is not in the file.
    #[error("there is no column {} (the file has {found})", shown(wanted))]
    NoColumn {
        /// The column's name, or the names that it may have.
        wanted: String,
        /// The columns of the file.
        found: String,
    },
    /// A column's name stands twice.
    #[error("the column {} is there twice, in fields {first} and {second}", shown(name))]
    ColumnTwice {
        /// The name.
        name: String,
        /// The first field, from 1.
        first: usize,
        /// The second field, from 1.
        second: usize,
    },
    /// A line has another number of fields than the header.
    #[error("the row has {found} fields, the header {expected}; --separator names another separator")]
    FieldCount {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// Header and option name different units.
    #[error("the header {} says {header}, --unit says {option}", shown(text))]
    UnitConflict {
        /// The header.
        text: String,
        /// The header's unit.
        header: &'static str,
        /// The option's.
        option: &'static str,
    },
    /// No unit is known.
    #[error("the unit is not known: {0}; --unit names it (W, kW, MW, Wh, kWh or MWh)")]
    UnitNeeded(String),
    /// An option is needed.
    #[error("{option} is needed: {why}")]
    OptionNeeded {
        /// The option.
        option: &'static str,
        /// Why.
        why: String,
    },
    /// An option does not go with the format.
    #[error("{option} does not go with {format}: {why}")]
    OptionUnfit {
        /// The option.
        option: &'static str,
        /// The format.
        format: &'static str,
        /// Why.
        why: String,
    },
    /// A field is no number.
    #[error("{} is no number: {why}", shown(text))]
    BadNumber {
        /// The field.
        text: String,
        /// Why, and what helps.
        why: String,
    },
    /// A number has too many digits for exact arithmetic.
    #[error("the number cannot be kept: {0}")]
    TooManyDigits(#[from] NotExact),
    /// A field is no time.
    #[error("{} is no time: expected {expected}", shown(text))]
    BadTime {
        /// The field.
        text: String,
        /// What is expected, and what helps.
        expected: String,
    },
    /// A field has an unknown value.
    #[error("{} is not known here: expected {expected}", shown(text))]
    BadField {
        /// The field.
        text: String,
        /// What is expected.
        expected: String,
    },

    /// The time zone is not in the database.
    #[error("there is no time zone {}; --zone takes a name such as Europe/Berlin or UTC", shown(.0))]
    NoSuchZone(String),
    /// Stamps have no offset and no zone is known.
    #[error("the times have no offset; --zone names their time zone, such as Europe/Berlin or UTC")]
    ZoneNeeded,
    /// A local time does not exist.
    #[error("{local} does not exist in {zone}: clocks go forward there; --zone names another zone")]
    NoSuchLocalTime {
        /// The local time.
        local: String,
        /// The zone.
        zone: String,
    },
    /// A local time occurs more often than it can.
    #[error("{local} is there more than {most} in {zone}, in rows {first} and {second}, and the values differ")]
    TooOften {
        /// The local time.
        local: String,
        /// The zone.
        zone: String,
        /// `once` or `twice`.
        most: &'static str,
        /// The last row that fits.
        first: u64,
        /// The row too many.
        second: u64,
    },
    /// A time outside of what can be kept.
    #[error("the time lies outside of the years 1900 to 2200")]
    TimeOutOfRange,
    /// An interval is longer than an hour.
    #[error(
        "the interval from {start} is {minutes} minutes long; more than 60 minutes cannot be brought to quarter hours"
    )]
    TooLong {
        /// Its start.
        start: String,
        /// Its length.
        minutes: String,
    },
    /// Intervals do not lie on quarter hours.
    #[error("an interval of {minutes} minutes at {start} does not fit into quarter hours; {hint}")]
    Unaligned {
        /// Its start.
        start: String,
        /// Its length.
        minutes: String,
        /// What may be the reason.
        hint: &'static str,
    },
    /// The rows have another step than was declared.
    #[error("at {start} the step is {found} minutes, not {declared} as {by}; --step names the step")]
    WrongStep {
        /// The step found.
        found: String,
        /// The time at which it was found.
        start: String,
        /// The step declared.
        declared: String,
        /// Who declared it.
        by: String,
    },
    /// No step can be seen.
    #[error("the step cannot be seen from {0}; --step names it")]
    NoStep(String),
    /// Two rows give different values for one interval.
    #[error("{start} is there twice, in {rows}, and the values differ: {first} and {second}")]
    DifferingDuplicate {
        /// The interval's start.
        start: String,
        /// Both rows, with their files where these differ.
        rows: String,
        /// The value of the first.
        first: String,
        /// The value of the second.
        second: String,
    },
    /// Two intervals overlap.
    #[error("the interval from {second} overlaps the one from {first} ({rows})")]
    Overlap {
        /// Start of the first.
        first: String,
        /// Start of the second.
        second: String,
        /// Both rows.
        rows: String,
    },
    /// Rows are absent.
    #[error("a gap: {count} of {minutes} minutes are missing from {from} to {to}{also}; --gaps zero|hold|interpolate fills gaps and marks them as estimated")]
    Gap {
        /// How many intervals.
        count: u64,
        /// Length of each.
        minutes: String,
        /// Start of the gap.
        from: String,
        /// Its end.
        to: String,
        /// The time that its first row would have in the file, if that is not the start, and what
        /// daylight saving has to do with it.
        also: String,
    },
    /// A gap is too long to be filled.
    #[error("the gap from {from} has {count} of {minutes} minutes, more than the {most} that are filled; is a date wrong, or are these two imports?")]
    GapTooLong {
        /// Start of the gap.
        from: String,
        /// How many intervals.
        count: i64,
        /// Length of each.
        minutes: String,
        /// How many are filled at most.
        most: i64,
    },
    /// Readings of a register are absent, and the rule cannot fill them.
    #[error("a gap: readings are missing from {from}; the energy between two readings is known, so --gaps interpolate fills it, and --gaps {rule} does not")]
    RegisterGap {
        /// The first missing reading.
        from: String,
        /// `zero` or `hold`.
        rule: &'static str,
    },
    /// A register falls.
    #[error("the register falls from {from} to {to} (row {before} to row {row}) with the same serial number; {help}")]
    RegisterFalls {
        /// The reading before, in kWh or Wh, with its unit.
        from: String,
        /// The reading, with its unit.
        to: String,
        /// The row before.
        before: u64,
        /// The row.
        row: u64,
        /// Which option helps, or why it does not.
        help: String,
    },
    /// A value is negative and may not be.
    #[error("{value} is negative, and {quantity} cannot be; {help}")]
    Negative {
        /// The value with its unit.
        value: String,
        /// The quantity.
        quantity: &'static str,
        /// Which option helps.
        help: &'static str,
    },
    /// A value is more power than is plausible.
    #[error("{power} at {start} is more than the greatest power of {limit} kW{hint}; --max-power allows more")]
    TooMuchPower {
        /// The power in kW, with its unit, and the energy that it was calculated from.
        power: String,
        /// The interval's start.
        start: String,
        /// The bound.
        limit: String,
        /// What it may be instead, or nothing.
        hint: String,
    },

    /// A row of the normal form breaks its order.
    #[error("the normal form is broken: {0}")]
    NotNormal(String),
}

impl Problem {
    /// A stable code, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::OutputExists => "output-exists",
            Self::OutputIsInput => "output-is-input",
            Self::Interrupted => "interrupted",
            Self::LineTooLong(_) => "line-too-long",
            Self::TooManyFields(_) => "too-many-fields",
            Self::UnpacksToTooMuch(_) => "unpacks-to-too-much",
            Self::TooManyMeters(_) => "too-many-meters",
            Self::TooManyValues(_) => "too-many-values",
            Self::Damaged(_) => "damaged",
            Self::NotText { .. } => "not-text",
            Self::Empty(_) => "empty",
            Self::Uncertain { .. } => "uncertain",
            Self::NotThisFormat { .. } => "not-this-format",
            Self::Unsupported { .. } => "unsupported",
            Self::Structure(_) => "structure",
            Self::NoColumn { .. } => "no-column",
            Self::ColumnTwice { .. } => "column-twice",
            Self::FieldCount { .. } => "field-count",
            Self::UnitConflict { .. } => "unit-conflict",
            Self::UnitNeeded(_) => "unit-needed",
            Self::OptionNeeded { .. } => "option-needed",
            Self::OptionUnfit { .. } => "option-unfit",
            Self::BadNumber { .. } => "bad-number",
            Self::TooManyDigits(_) => "too-many-digits",
            Self::BadTime { .. } => "bad-time",
            Self::BadField { .. } => "bad-field",
            Self::NoSuchZone(_) => "no-such-zone",
            Self::ZoneNeeded => "zone-needed",
            Self::NoSuchLocalTime { .. } => "no-such-local-time",
            Self::TooOften { .. } => "too-often",
            Self::TimeOutOfRange => "time-out-of-range",
            Self::TooLong { .. } => "interval-too-long",
            Self::Unaligned { .. } => "unaligned",
            Self::WrongStep { .. } => "wrong-step",
            Self::NoStep(_) => "no-step",
            Self::DifferingDuplicate { .. } => "differing-duplicate",
            Self::Overlap { .. } => "overlap",
            Self::Gap { .. } => "gap",
            Self::GapTooLong { .. } => "gap-too-long",
            Self::RegisterGap { .. } => "register-gap",
            Self::RegisterFalls { .. } => "register-falls",
            Self::Negative { .. } => "negative",
            Self::TooMuchPower { .. } => "too-much-power",
            Self::NotNormal(_) => "not-normal",
        }
    }
}
