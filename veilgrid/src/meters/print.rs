//! What the commands print, for people and as JSON.

use ::meters::formats::describe;
use ::meters::normal::{Quality, Quarter, Verified, COLUMNS};
use ::meters::{Format, Said, Summary};
use serde_json::{json, Map, Value};
use std::fmt::Write as _;
use std::path::Path;

const WRITES: &str = "writing to a string does not fail";

/// Names of the columns for people, in their order.
const FOR_PEOPLE: [&str; 4] = ["import", "export", "generation", "consumption"];

fn json_text(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The list of formats.
pub(super) fn formats(as_json: bool) -> String {
    if as_json {
        let list: Vec<Value> = Format::ALL
            .into_iter()
            .map(|format| {
                let described = describe(format);
                json!({
                    "format": format.name(),
                    "what": described.what,
                    "reads": described.reads,
                    "unit": described.unit,
                    "zone": described.zone,
                    "example": described.example,
                })
            })
            .collect();
        return json_text(&json!({ "format": "veilgrid-meter-formats/1", "formats": list }));
    }
    let mut out = String::new();
    for format in Format::ALL {
        let described = describe(format);
        let zone = described.zone.unwrap_or("--zone, or the offset in the file");
        writeln!(out, "{}", format.name()).expect(WRITES);
        for (name, text) in [
            ("what", described.what),
            ("reads", described.reads),
            ("unit", described.unit),
            ("zone", zone),
            ("example", described.example),
        ] {
            writeln!(out, "  {name:8} {text}").expect(WRITES);
        }
        out.push('\n');
    }
    out
}

/// Wh as kWh, exactly: `12.345`.
fn kilowatt_hours(energy: u128) -> String {
    format!("{}.{:03}", energy / 1000, energy % 1000)
}

fn minutes(seconds: u32) -> String {
    if seconds.is_multiple_of(60) {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    }
}

fn energies(energy: &[Option<u128>; 4]) -> Value {
    let of = |(name, energy): (&str, &Option<u128>)| {
        // JSON readers keep 53 bits: more Wh than that are written as text.
        let value = energy.map(|energy| match u64::try_from(energy) {
            Ok(energy) if energy < 1 << 53 => json!(energy),
            _ => json!(energy.to_string()),
        });
        (name.to_owned(), value.unwrap_or(Value::Null))
    };
    Value::Object(COLUMNS.iter().copied().zip(energy).map(of).collect::<Map<_, _>>())
}

fn qualities(quality: &[u64; 4]) -> Value {
    let of = |(name, count): (Quality, &u64)| (name.name().to_owned(), json!(count));
    Value::Object(Quality::ALL.into_iter().zip(quality).map(of).collect::<Map<_, _>>())
}

fn period(first: Option<Quarter>, last: Option<Quarter>) -> Value {
    let end = last.map(|last| last.next().to_string());
    json!({ "start": first.map(|first| first.to_string()), "end": end })
}

/// The lines about period, energy and quality, which import and check share.
fn common(out: &mut String, span: (Option<Quarter>, Option<Quarter>), energy: &[Option<u128>; 4], quality: &[u64; 4]) {
    if let (Some(first), Some(last)) = span {
        writeln!(out, "period      {first} to {}", last.next()).expect(WRITES);
    }
    for (name, energy) in FOR_PEOPLE.iter().zip(energy) {
        match energy {
            Some(energy) => writeln!(out, "{name:11} {} kWh", kilowatt_hours(*energy)),
            None => writeln!(out, "{name:11} not measured"),
        }
        .expect(WRITES);
    }
    let counts: Vec<String> =
        Quality::ALL.into_iter().zip(quality).map(|(quality, count)| format!("{} {count}", quality.name())).collect();
    writeln!(out, "quality     {}", counts.join(", ")).expect(WRITES);
}

/// What an import did.
pub(super) fn summary(summary: &Summary, out_file: &Path, as_json: bool) -> String {
    if as_json {
        let said: Vec<Value> = summary
            .said
            .iter()
            .map(|Said { sort, file, text, count }| {
                json!({ "sort": sort.word(), "file": file, "text": text, "count": count })
            })
            .collect();
        return json_text(&json!({
            "format": "veilgrid-meter-import/1",
            "output": out_file.display().to_string(),
            "input_format": summary.format.name(),
            "meters": summary.meters,
            "meters_without_value": summary.silent,
            "rows": summary.rows,
            "period": period(summary.first, summary.last),
            "source_steps_seconds": summary.steps,
            "energy": energies(&summary.energy),
            "rows_by_quality": qualities(&summary.quality),
            "dropped": summary.dropped(),
            "max_power_kw": summary.max_power.to_string(),
            "greatest_energy_wh": summary.greatest_energy().to_string(),
            "names_that_look_alike": summary.look_alike,
            "said": said,
        }));
    }
    let mut out = String::new();
    let silent =
        if summary.silent > 0 { format!(", {} more without any value", summary.silent) } else { String::new() };
    writeln!(out, "written     {} ({} rows)", out_file.display(), summary.rows).expect(WRITES);
    writeln!(out, "format      {}", summary.format).expect(WRITES);
    writeln!(out, "meters      {}{silent}", summary.meters).expect(WRITES);
    let steps: Vec<String> = summary.steps.iter().copied().map(minutes).collect();
    writeln!(out, "step        {} in the source, 15 min written", steps.join(", ")).expect(WRITES);
    common(&mut out, (summary.first, summary.last), &summary.energy, &summary.quality);
    writeln!(out, "left out    {} rows or values", summary.dropped()).expect(WRITES);
    writeln!(
        out,
        "bound       {} kW a meter: a market with cycles of 15 minutes has greatest_energy = {} Wh",
        summary.max_power,
        summary.greatest_energy()
    )
    .expect(WRITES);
    for said in &summary.said {
        writeln!(out, "{}", one_line(&said.to_string())).expect(WRITES);
    }
    for names in &summary.look_alike {
        let names: Vec<String> = names.iter().map(|name| ::meters::refused::shown(name)).collect();
        writeln!(out, "warning: these names look alike: {}", names.join(", ")).expect(WRITES);
    }
    out
}

/// A text without control characters, which a file may have in a name.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What a check found.
pub(super) fn verified(verified: &Verified, file: &Path, as_json: bool) -> String {
    if as_json {
        let broken: Vec<Value> = verified
            .broken
            .iter()
            .map(|broken| json!({ "row": broken.row, "meter": broken.meter, "what": broken.what }))
            .collect();
        return json_text(&json!({
            "format": "veilgrid-meter-check/1",
            "file": file.display().to_string(),
            "holds": verified.holds(),
            "meters": verified.meters,
            "rows": verified.rows,
            "period": period(verified.first, verified.last),
            "energy": energies(&verified.energy),
            "rows_by_quality": qualities(&verified.quality),
            "broken_count": verified.broken_count,
            "broken": broken,
        }));
    }
    let mut out = String::new();
    let holds = if verified.holds() { "holds to the rules of the normal form" } else { "breaks the normal form" };
    writeln!(out, "{} {holds}", file.display()).expect(WRITES);
    writeln!(out, "meters      {}", verified.meters).expect(WRITES);
    writeln!(out, "rows        {}", verified.rows).expect(WRITES);
    common(&mut out, (verified.first, verified.last), &verified.energy, &verified.quality);
    for broken in &verified.broken {
        let line = format!("row {}, meter {}: {}", broken.row, ::meters::refused::shown(&broken.meter), broken.what);
        writeln!(out, "{}", one_line(&line)).expect(WRITES);
    }
    let unnamed = verified.broken_count - verified.broken.len() as u64;
    if unnamed > 0 {
        writeln!(out, "and {unnamed} rows more").expect(WRITES);
    }
    out
}
