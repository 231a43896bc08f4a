//! Readings as a user has them: files that once were read wrongly in silence, and what must come
//! out. `scenario from-meters` and `experiment week` read alike.

mod program;

use program::*;
use serde_json::Value;
use std::path::PathBuf;

/// A case of data/cases/readings.
fn case(name: &str, file: &str) -> PathBuf {
    data(&format!("cases/readings/{name}/{file}"))
}

struct Run {
    code: Option<i32>,
    scenario: Option<Value>,
    said: String,
}

impl Run {
    fn cycles(&self) -> Vec<u64> {
        let scenario = self.scenario.as_ref().unwrap_or_else(|| panic!("{}", self.said));
        scenario["cycles"].as_array().unwrap().iter().map(|cycle| cycle["cycle"].as_u64().unwrap()).collect()
    }

    /// What a household consumed in each cycle.
    fn consumed(&self, household: &str) -> Vec<u64> {
        let cycles = self.scenario.as_ref().unwrap()["cycles"].as_array().unwrap();
        let plans = cycles.iter().flat_map(|cycle| cycle["plans"].as_array().unwrap());
        plans.filter(|plan| plan["household"] == household).map(|plan| plan["consumed"].as_u64().unwrap()).collect()
    }

    #[track_caller]
    fn is_refused(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{}", self.said);
        assert!(self.scenario.is_none());
        assert!(words.iter().all(|word| self.said.contains(word)), "{}", self.said);
    }
}

fn from_meters(load: &std::path::Path, pv: &std::path::Path, more: &[&str]) -> Run {
    let files = ["scenario", "from-meters", "--load", text(load), "--pv", text(pv)];
    let output = veilgrid(&[&files[..], more].concat());
    Run {
        code: output.status.code(),
        scenario: serde_json::from_slice(&output.stdout).ok(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn of_case(name: &str, more: &[&str]) -> Run {
    from_meters(&case(name, "load.csv"), &case(name, "pv.csv"), more)
}

/// `experiment week` over the files of a case: its exit code and its JSON, and what it said.
fn week(name: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let (load, pv) = (case(name, "load.csv"), case(name, "pv.csv"));
    let files = ["experiment", "week", "--json", "--load", text(&load), "--pv", text(&pv)];
    let output = veilgrid(&[&files[..], more].concat());
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), json, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_hour_that_comes_twice_is_read_as_100_cycles() {
    for more in [&[][..], &["--zone", "Europe/Berlin"]] {
        let run = of_case("01-dst-autumn", &[&["--start", "2025-10-26T00:00", "--cycles", "100"], more].concat());
        assert_eq!(run.cycles(), (0..100).collect::<Vec<_>>());
        assert_eq!(run.consumed("H1"), (100..200).collect::<Vec<_>>());
        assert!(run.said.contains("comes twice"), "{}", run.said);
    }
    of_case("01-dst-autumn", &["--start", "2025-10-26T00:00", "--zone", "Asia/Tokyo"]).is_refused(&[
        "load.csv: row 14",
        "is there twice",
        "summer time",
        "Asia/Tokyo",
    ]);
    let (code, json, said) = week("01-dst-autumn", &[]);
    assert_eq!((code, &json["cycles"]), (Some(0), &100.into()), "{said}");
}

#[test]
fn a_gap_is_refused_or_left_out_and_counted() {
    let asked = ["--start", "2025-06-10T10:45", "--cycles", "2"];
    let words = ["load.csv: row 46", "12:00 does not come 15 minutes after 10:45", "--gaps skip"];
    of_case("03-gap", &asked).is_refused(&words);
    let run = of_case("03-gap", &[&asked[..], &["--gaps", "skip"]].concat());
    assert_eq!(run.cycles(), [43, 48]);
    assert!(run.said.contains("1 gaps are left out"), "{}", run.said);
    assert_eq!(of_case("03-gap", &["--start", "2025-06-10T12:00", "--cycles", "2"]).cycles(), [48, 49]);
    let (code, _, said) = week("03-gap", &[]);
    assert!(code == Some(2) && said.contains("12:00 does not come 15 minutes after 10:45"), "{said}");
    let (code, json, said) = week("03-gap", &["--gaps", "skip"]);
    assert_eq!((code, &json["cycles"]), (Some(0), &92.into()), "{said}");
}

#[test]
fn newest_first_is_put_into_order() {
    let run = of_case("05-newest-first", &["--start", "2025-06-10T12:00", "--cycles", "2"]);
    assert_eq!(run.cycles(), [48, 49]);
    assert!(run.said.contains("the newest slot is first"), "{}", run.said);
    let (code, _, said) = week("05-newest-first", &[]);
    assert!(code == Some(0) && said.contains("2025-06-10T00:00 to 2025-06-10T23:45"), "{said}");
}

#[test]
fn a_silent_meter_stops_only_what_needs_it() {
    let asked = |slot, households| {
        of_case("06-one-meter-silent", &["--start", slot, "--cycles", "2", "--households", households])
    };
    let run = asked("2025-06-10T12:00", "2");
    assert_eq!(run.cycles(), [48, 49]);
    assert!(run.said.contains("4 cells that are not asked for are no readings"), "{}", run.said);
    assert_eq!(asked("2025-06-10T11:00", "2").cycles(), [44, 45]);
    assert_eq!(asked("2025-06-10T12:00", "3").cycles(), [48, 49]);
    asked("2025-06-10T11:00", "3").is_refused(&["load.csv: row 46, column H3: \"\" is not a whole number of Wh"]);
    let (code, json, said) = week("06-one-meter-silent", &["--households", "2"]);
    assert_eq!((code, &json["households"]), (Some(0), &2.into()), "{said}");
    assert_eq!(week("06-one-meter-silent", &[]).0, Some(2));
}

#[test]
fn semicolons_and_decimal_commas_are_refused_for_what_they_are_or_read() {
    let name = "07-semicolon-comma-bom";
    let start = ["--start", "2025-06-10T12:00"];
    let run = from_meters(&case(name, "load-bom.csv"), &case(name, "pv-bom.csv"), &start);
    assert_eq!(run.consumed("H1"), [100]);
    of_case(name, &start).is_refused(&["load.csv: row 50, column H1: \"0,100\" is not a whole number of Wh", "--unit"]);
    let run = of_case(name, &[&start[..], &["--unit", "kWh"]].concat());
    assert_eq!(run.consumed("H1"), [100]);
    assert!(run.said.contains("columns are separated by semicolons"), "{}", run.said);
}

#[test]
fn a_counters_total_is_refused_at_its_cell() {
    let asked = |slot| of_case("08-counter-spike", &["--start", slot, "--cycles", "1"]);
    asked("2025-06-10T12:00").is_refused(&["load.csv: row 50, column H1: \"15508510\" is 62 MW", "12500 Wh (50 kW)"]);
    asked("2025-06-10T12:15").is_refused(&["pv.csv: row 51, column H2: \"4294967286\" is 17 GW", "--greatest-energy"]);
    assert_eq!(asked("2025-06-10T12:30").cycles(), [50]);
    let small = ["--start", "2025-06-10T12:30", "--greatest-energy", "99"];
    of_case("08-counter-spike", &small).is_refused(&["load.csv: row 52, column H1: \"100\" is 400 W: more than 99 Wh"]);
}

#[test]
fn a_header_that_names_a_unit_is_no_household() {
    let asked = ["--start", "12:00", "--cycles", "4"];
    of_case("13-power-in-watts", &asked).is_refused(&["load.csv: row 1", "\"POWER(W)\" names the unit W", "--unit W"]);
    let run = of_case("13-power-in-watts", &[&asked[..], &["--unit", "W"]].concat());
    assert_eq!(run.consumed("POWER"), [450, 105, 275, 65]);
    of_case("13-power-in-watts", &[&asked[..], &["--unit", "kW"]].concat()).is_refused(&["--unit says kW"]);
}

#[test]
fn a_market_description_is_written_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("market.toml");
    let init = || veilgrid(&["market", "init", "--output", text(&path)]);
    assert!(init().status.success());
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("[tariff]") && written.contains("network_fee"));
    // An existing file is not overwritten.
    assert_eq!(init().status.code(), Some(2));
    let check = |text: &str| {
        std::fs::write(&path, text).unwrap();
        veilgrid(&["market", "check", "--input", path.to_str().unwrap()])
    };
    let output = check(&written);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = check(&written.replace("retail = 0.65\n", "retail = 0.25\n"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("retail 0.25 is below feed-in 0.3") && said.contains("leaves prices out"), "{said}");
    let negative = check(&written.replace("feed_in = 0.30", "feed_in = -0.05"));
    assert_eq!(negative.status.code(), Some(2));
    let said = String::from_utf8_lossy(&negative.stderr).into_owned();
    assert!(said.contains("tariff.feed_in: negative prices are not supported"), "{said}");
    // `market` alone still plays, and its options do not go with a subcommand.
    assert_eq!(veilgrid(&["market", "--seed", "1", "init"]).status.code(), Some(2));
    assert!(String::from_utf8(veilgrid(&["market", "--help"]).stdout).unwrap().contains("--scenario"));
}
