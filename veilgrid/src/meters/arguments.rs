//! Arguments of `veilgrid meters`.

use ::meters::options::{
    parse_step, DateOrder, Decimal, Encoding, Format, Gaps, Limits, Named, Options, Quantity, Separator, Unit,
};
use ::meters::source::Stamps;
use ::meters::Exact;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// Arguments of `meters import`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid meters import --format octopus --meter home consumption.csv --out readings.csv
  veilgrid meters import --format wide --zone Europe/Berlin --unit kWh haushalte.csv --out readings.csv.zst
  veilgrid meters import --format registers --import '1.8.0 [kWh]' zaehler.csv --out readings.csv

The output has a row for each meter and quarter hour: meter,start,end,import_wh,export_wh,
generation_wh,consumption_wh,quality. Times are UTC, energies whole Wh, and an empty field was not
measured. Quality is the worst of a row's parts: measured, split (from longer intervals), estimated
(by the source or by --gaps), missing.

What the file does not say is detected where it is certain, and said in the summary; where it is not
certain, the error names the option. `veilgrid meters formats` lists the formats.
docs/meters.md states every rule. When an import is refused or interrupted, no output is left.")]
pub struct ImportArguments {
    /// Files of one format, packed where a name ends in .gz or .zst; a folder for simbench
    #[arg(value_name = "FILE_OR_FOLDER", required = true)]
    pub(super) inputs: Vec<PathBuf>,
    /// The file to write, packed where its name ends in .gz or .zst; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Replace the output if it is there already; an input is never replaced
    #[arg(long)]
    pub(super) force: bool,
    /// The format; detected where it is certain
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// Time zone of times without offset, such as Europe/Berlin, UTC or +10:00
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Unit of the values where no header says it: W, kW, MW, Wh, kWh, MWh
    #[arg(long, value_name = "UNIT")]
    unit: Option<Unit>,
    /// What the values are: import, export, generation, consumption, or grid (import where
    /// positive, export where negative)
    #[arg(long, value_name = "QUANTITY")]
    quantity: Option<Quantity>,
    /// Length of an interval, such as 5m, 15m, 30m, 1h; other intervals are refused
    #[arg(long, value_name = "TIME", value_parser = parse_step)]
    step: Option<NonZeroU32>,
    /// What a time names: start or end of its interval
    #[arg(long, value_name = "START_OR_END")]
    stamps: Option<Stamps>,
    /// What fills gaps: refuse, zero, hold (the value before), interpolate; filled values are
    /// marked as estimated
    #[arg(long, value_name = "RULE", default_value = "refuse")]
    gaps: Gaps,
    /// Name of the meter where the file gives none
    #[arg(long, value_name = "NAME")]
    meter: Option<String>,
    /// Column or identifier of energy from the grid; may be given more than once, and is added
    #[arg(long, value_name = "COLUMN")]
    import: Vec<String>,
    /// Column or identifier of energy to the grid
    #[arg(long, value_name = "COLUMN")]
    export: Vec<String>,
    /// Column or identifier of gross generation behind the meter
    #[arg(long, value_name = "COLUMN")]
    generation: Vec<String>,
    /// Column or identifier of gross consumption behind the meter
    #[arg(long, value_name = "COLUMN")]
    consumption: Vec<String>,
    /// Digits of a register before its decimal mark: a fall is then read as a wrap-around
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=15))]
    register_digits: Option<u32>,
    /// Greatest plausible power of a meter in kW; more is refused
    #[arg(long, value_name = "KW", default_value = "50", value_parser = power)]
    max_power: Exact,
    /// What stands between fields: ',' ';' '|' or tab
    #[arg(long, value_name = "CHARACTER")]
    separator: Option<Separator>,
    /// What stands before decimals: '.' or ','
    #[arg(long, value_name = "CHARACTER")]
    decimal: Option<Decimal>,
    /// How characters are written: utf-8, utf-16, utf-16be, latin-1
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,
    /// Order of day, month and year in dates: dmy, mdy, ymd, or a pattern such as dd/mm/yyyy
    #[arg(long, value_name = "ORDER")]
    date_format: Option<DateOrder>,
    /// Whether the first line names the columns: yes or no
    #[arg(long, value_name = "YES_OR_NO", value_parser = yes_or_no)]
    header: Option<bool>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    limits: LimitArguments,
}

/// Bounds, so that no file can fill memory or disk.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Bounds")]
pub struct LimitArguments {
    /// Bytes of the longest line
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().longest_line)]
    longest_line: usize,
    /// Fields of a line
    #[arg(long, value_name = "N", default_value_t = Limits::default().most_fields)]
    most_fields: usize,
    /// Bytes that compressed files may unpack to
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().most_unpacked)]
    most_unpacked: u64,
    /// Meters of one import
    #[arg(long, value_name = "N", default_value_t = Limits::default().most_meters)]
    most_meters: usize,
    /// Values of one register
    #[arg(long, value_name = "N", default_value_t = Limits::default().most_values)]
    most_values: u64,
}

impl LimitArguments {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            longest_line: self.longest_line,
            most_fields: self.most_fields,
            most_unpacked: self.most_unpacked,
            most_meters: self.most_meters,
            most_values: self.most_values,
            ..Limits::default()
        }
    }
}

/// Arguments of `meters formats`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid meters formats
  veilgrid meters formats --json | jq -r '.formats[].format'")]
pub struct FormatsArguments {
    /// Print the list as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `meters check`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid meters check readings.csv.zst

The command checks that meters stand in the order of their bytes, that each has one row for every
quarter hour from its first to its last, that `missing` stands where a column that the meter has is
empty and only there, and that no energy is above --max-power.")]
pub struct CheckArguments {
    /// A file in the normal form, packed where its name ends in .gz or .zst; - is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Greatest plausible power of a meter in kW
    #[arg(long, value_name = "KW", default_value = "50", value_parser = power)]
    pub(super) max_power: Exact,
    /// Print the findings as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) limits: LimitArguments,
}

impl ImportArguments {
    /// The options of the import.
    pub(super) fn options(&self) -> Options {
        Options {
            format: self.format,
            zone: self.zone.clone(),
            unit: self.unit,
            quantity: self.quantity,
            step: self.step,
            stamps: self.stamps,
            separator: self.separator,
            decimal: self.decimal,
            encoding: self.encoding,
            date_format: self.date_format,
            header: self.header,
            meter: self.meter.clone(),
            named: Named {
                import: self.import.clone(),
                export: self.export.clone(),
                generation: self.generation.clone(),
                consumption: self.consumption.clone(),
            },
            register_digits: self.register_digits,
            max_power: self.max_power,
            gaps: self.gaps,
            limits: self.limits.limits(),
        }
    }
}

/// A power in kW, above 0.
fn power(text: &str) -> Result<Exact, String> {
    let power = Exact::parse(text, '.').map_err(|error| error.to_string())?;
    // A terawatt, with three decimals, is more than any meter has, and leaves room to calculate.
    if power <= Exact::ZERO || power > Exact::whole(1_000_000_000) || power.decimals() > 6 {
        return Err("expected a power in kW above 0, with at most six decimals".into());
    }
    Ok(power)
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".into()),
    }
}
