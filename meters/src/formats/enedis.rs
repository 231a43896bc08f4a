//! Enedis, the French operator: the load curve of a Linky meter.

use super::reading::Reading;
use super::table::{minutes, name, text, Fields};
use crate::options::{Separator, Unit};
use crate::refused::shown;
use crate::source::{Column, Habits, Mark, Sample, Series, SeriesId, Sink, Stamps, Step, Target};
use crate::text::fold::fold;
use crate::text::header::{self, Wanted};
use crate::text::{Evidence, Header, Input, Record, Records};
use crate::{Options, Problem, Refused, Said};
use std::num::NonZeroU32;

/// The columns of the preamble, whose one row describes the curve.
pub(super) const COLUMNS: &[Wanted] = &[
    Wanted { names: &["identifiant prm"], shown: "Identifiant PRM", required: true },
    Wanted { names: &["type de donnees"], shown: "Type de donnees", required: true },
    Wanted { names: &["grandeur physique"], shown: "Grandeur physique", required: false },
    Wanted { names: &["grandeur metier"], shown: "Grandeur metier", required: true },
    Wanted { names: &["unite"], shown: "Unite", required: true },
    Wanted { names: &["pas en minutes", "pas"], shown: "Pas en minutes", required: false },
];

/// The steps that the operator has.
const STEPS: [u32; 4] = [10, 15, 30, 60];

/// Where in a file the reader is: a preamble, its row, the names of the curve's columns, the curve.
enum Place {
    Preamble,
    Description(Header),
    Names(Curve),
    Curve { series: SeriesId, time: usize, value: usize, power: i32 },
}

/// What the preamble says.
struct Curve {
    meter: String,
    column: Column,
    unit: Unit,
    step: Option<NonZeroU32>,
}

pub(super) fn read(input: &Input, reading: &mut Reading) -> Result<(), Refused> {
    let text = reading.open(input)?;
    let format = reading.format.name();
    let (separator, header, _) = header::find(&text, reading.options, format, COLUMNS, 3)?;
    reading.say(input, Said::detected(format!("separator {}", separator.name())));
    let mut evidence = Evidence::new(reading.options).comma_separated(separator == Separator::Comma);
    reading.survey(input, &text, separator.byte(), header.row + 2, &mut evidence, &mut |record, evidence| {
        evidence.date(record.row, record.get(0));
        evidence.number(record.row, record.get(1));
    })?;
    let fields = Fields::from(evidence.finish().map_err(|refused| refused.in_file(input.name.clone()))?);
    let options = reading.options;
    let mut place = Place::Preamble;
    let records = Records::new(text, separator.byte(), &options.limits);
    reading.each(records, header.row - 1, &mut |record, sink| {
        if fold(&String::from_utf8_lossy(record.get(0))) == "identifiant prm" {
            place = Place::Description(Header::new(record));
            return Ok(());
        }
        place = match std::mem::replace(&mut place, Place::Preamble) {
            Place::Preamble => return Err(refuse("there is no row that begins with Identifiant PRM before this one")),
            Place::Description(header) => Place::Names(describe(&header, record, options)?),
            Place::Names(curve) => begin(curve, record, options, sink)?,
            Place::Curve { series, time, value, power } => {
                if record.len() <= time.max(value) {
                    return Err(Problem::FieldCount { expected: time.max(value) + 1, found: record.len() }.into());
                }
                let when = fields.stamp(record.get(time))?.when();
                let value_read = fields.scaled(record.get(value), power)?;
                let sample =
                    Sample { row: record.row, when, seconds: None, value: value_read, mark: Mark::Measured, device: 0 };
                sink.push(series, sample)?;
                Place::Curve { series, time, value, power }
            }
        };
        Ok(())
    })?;
    match place {
        Place::Curve { .. } => Ok(()),
        _ => Err(input.refuse(Problem::Empty("there is no row Horodate;Valeur, and no curve after it".into()))),
    }
}

fn refuse(what: &str) -> Refused {
    Problem::Structure(what.into()).into()
}

/// What the row below the preamble's header says.
fn describe(header: &Header, record: &Record, options: &Options) -> Result<Curve, Refused> {
    let get = |column: usize| -> Result<Option<&str>, Refused> {
        match header.find(COLUMNS[column].names)? {
            Some(place) => text(record.get(place)).map(Some),
            None => Ok(None),
        }
    };
    let needed = |column: usize| -> Result<&str, Refused> {
        get(column)?.ok_or_else(|| {
            let why = format!("it has no column {}", shown(COLUMNS[column].shown));
            Problem::NotThisFormat { format: "enedis", why }.into()
        })
    };
    let kind = needed(1)?;
    if fold(kind) != "courbe de charge" {
        let why = "only a load curve (Courbe de charge) has values of intervals".into();
        return Err(Problem::Unsupported { what: format!("data of the kind {}", shown(kind)), why }.into());
    }
    if let Some(quantity) = get(2)? {
        if fold(quantity).contains("reactive") {
            let why = "only active energy is bought and sold".into();
            return Err(Problem::Unsupported { what: format!("the quantity {}", shown(quantity)), why }.into());
        }
    }
    let direction = needed(3)?;
    let column = match fold(direction).as_str() {
        "consommation" => Column::Import,
        "production" => Column::Export,
        _ => {
            let expected = "Consommation or Production".into();
            return Err(Problem::BadField { text: direction.into(), expected }.into());
        }
    };
    let unit_shown = needed(4)?;
    let unit: Unit = unit_shown.parse().map_err(|_| {
        let expected = "W, kW, Wh or kWh".into();
        Problem::BadField { text: unit_shown.into(), expected }
    })?;
    if let Some(option) = options.unit.filter(|option| *option != unit) {
        let problem = Problem::UnitConflict { text: "Unite".into(), header: unit.name(), option: option.name() };
        return Err(problem.into());
    }
    Ok(Curve { meter: name(needed(0)?.as_bytes())?, column, unit, step: step(get(5)?)? })
}

/// The step that the preamble declares.
fn step(shown: Option<&str>) -> Result<Option<NonZeroU32>, Refused> {
    let Some(shown) = shown.filter(|shown| !shown.is_empty()) else { return Ok(None) };
    let digits = shown.strip_prefix("PT").and_then(|rest| rest.strip_suffix('M')).unwrap_or(shown);
    match digits.parse::<u32>().ok().filter(|step| STEPS.contains(step)) {
        Some(step) => Ok(NonZeroU32::new(step * 60)),
        None => {
            Err(Problem::BadField { text: shown.into(), expected: "a step of 10, 15, 30 or 60 minutes".into() }.into())
        }
    }
}

/// Announces the curve below the row `Horodate;Valeur`.
fn begin(curve: Curve, record: &Record, options: &Options, sink: &mut dyn Sink) -> Result<Place, Refused> {
    let header = Header::new(record);
    let find = |name: &str, shown_name: &str| -> Result<usize, Refused> {
        header.find(&[name])?.ok_or_else(|| {
            Problem::NotThisFormat {
                format: "enedis",
                why: format!(
                    "the row after the preamble has no column {} (it has {})",
                    shown(shown_name),
                    header.listed()
                ),
            }
            .into()
        })
    };
    let (time, value) = (find("horodate", "Horodate")?, find("valeur", "Valeur")?);
    if let (Some(option), Some(declared)) = (options.step, curve.step) {
        if option != declared {
            let problem = Problem::WrongStep {
                found: minutes(declared.get().into()),
                start: "Pas en minutes".into(),
                declared: minutes(option.get().into()),
                by: "--step says".into(),
            };
            return Err(problem.into());
        }
    }
    let series = sink.series(Series {
        meter: curve.meter,
        register: match curve.column {
            Column::Export => "Production".into(),
            _ => "Consommation".into(),
        },
        target: Target::Column(curve.column),
        kind: curve.unit.kind(),
        step: Step::Changing { first: curve.step.or(options.step) },
        stamps: options.stamps.unwrap_or(Stamps::End),
        habits: Habits::default(),
    })?;
    Ok(Place::Curve { series, time, value, power: curve.unit.power_of_ten() })
}
