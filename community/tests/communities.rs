//! Communities from files: the week of the hundred households, forecasts, and what is refused.

use clap::Parser;
use community::{wide, Arguments};
use market::scenario::file::File;
use market::scenario::Scenario;
use meters::options::{Format, Quantity, Unit};
use meters::{import, Options};
use std::path::{Path, PathBuf};

const LOAD: &str = "../data/simbench_100hh_7d_15min_load_Wh.csv";
const PV: &str = "../data/simbench_100hh_7d_15min_pv_Wh.csv";

/// The options, as a command has them.
#[derive(Parser)]
struct Command {
    #[command(flatten)]
    community: Arguments,
    #[command(flatten)]
    wide: wide::Arguments,
}

fn command(arguments: &[&str]) -> Command {
    Command::try_parse_from([&["test"], arguments].concat()).unwrap()
}

fn from_wide(arguments: &[&str]) -> File {
    let command = command(arguments);
    command.wide.read(&command.community, None).unwrap().unwrap().scenario().unwrap()
}

/// Imports a file with a column for each household into the normal form.
fn imported(input: &str, quantity: Quantity, output: &Path) {
    let options = Options {
        format: Some(Format::Wide),
        zone: Some("Europe/Berlin".into()),
        unit: Some(Unit::Wh),
        quantity: Some(quantity),
        ..Options::default()
    };
    import::import(&[PathBuf::from(input)], &import::Output::new(output, false), &options, &mut |_| Ok(())).unwrap();
}

/// A scenario without the times of its cycles, which files with a column for each household do not
/// know.
fn timeless(mut file: File) -> File {
    file.cycles.iter_mut().for_each(|cycle| cycle.starts = None);
    file
}

#[test]
fn the_week_by_draws_is_the_week_of_the_experiment() {
    let folder = tempfile::tempdir().unwrap();
    let [load, pv] = ["load.csv", "pv.csv"].map(|name| folder.path().join(name));
    imported(LOAD, Quantity::Consumption, &load);
    imported(PV, Quantity::Generation, &pv);
    let (load, pv) = (load.to_str().unwrap(), pv.to_str().unwrap());
    let made = command(&["--readings", load, "--readings", pv, "--policy", "draws"]).community.make().unwrap();
    assert_eq!(made.scenario.cycles[0].starts.as_deref(), Some("2016-06-12T22:00:00Z"));
    assert_eq!((made.neighbourhood.slots(), made.neighbourhood.missing()), (672, 0));
    let expected = from_wide(&["--load", LOAD, "--pv", PV, "--start", "2016-06-13T00:00", "--cycles", "672"]);
    assert!(timeless(made.scenario) == expected, "the same plans, so the same bills");

    // A part of it, too, has the cycles' numbers of the whole.
    let part = ["--start", "2016-06-15T08:00+02:00", "--cycles", "3", "--households", "10", "--seed", "7"];
    let made = command(&[&["--readings", load, pv], &part[..]].concat()).community.make().unwrap();
    let expected = from_wide(&[&["--load", LOAD, "--pv", PV, "--start", "2016-06-15T08:00"], &part[2..]].concat());
    assert!(timeless(made.scenario) == expected);
    let named = command(&["--readings", load, pv, "--households", "H003, H001", "--cycles", "2"]);
    let ids: Vec<String> = named.community.make().unwrap().scenario.households.into_iter().map(|of| of.id).collect();
    assert_eq!(ids, ["H003", "H001"]);

    // By forecast: plans follow from the days before, readings that no plan covers are there.
    let forecast = ["--policy", "forecast", "--start", "2016-06-18T10:00Z", "--cycles", "8", "--households", "20"];
    let made = command(&[&["--readings", load, pv], &forecast[..]].concat()).community.make().unwrap();
    let scenario = Scenario::checked(made.scenario.clone()).unwrap();
    assert!(scenario.plans() > 0, "{:?}", made.notes);
    for (slot, cycle) in scenario.cycles.iter().enumerate() {
        let mut net = vec![0i64; scenario.households.len()];
        for meter in market::rules::meters(cycle) {
            net[meter.household] += meter.consumed.get() as i64 - meter.injected.get() as i64;
        }
        for (net, of) in net.iter().zip(made.neighbourhood.households()) {
            assert_eq!(Some(*net), of.net(slot), "{}", of.name());
        }
    }
    let again = command(&[&["--readings", load, pv], &forecast[..]].concat()).community.make().unwrap();
    assert!(again.scenario == made.scenario);
    // What comes after a slot changes nothing in it.
    let shorter =
        ["--policy", "forecast", "--start", "2016-06-18T10:00Z", "--cycles", "4", "--households", "20", "--end"];
    let made_shorter = command(&[&["--readings", load, pv], &shorter[..8]].concat()).community.make().unwrap();
    assert!(made_shorter.scenario.cycles[..] == made.scenario.cycles[..4]);
}

const HEADER: &str = "meter,start,end,import_wh,export_wh,generation_wh,consumption_wh,quality\n";

/// Rows of the normal form, from 2025-06-10T12:00:00Z on.
fn rows(meter: &str, column: usize, values: &[&str]) -> String {
    let row = |(nth, value): (usize, &&str)| {
        let time = |nth: usize| format!("2025-06-10T{:02}:{:02}:00Z", 12 + nth / 4, nth % 4 * 15);
        let cells: String = (0..4).map(|at| if at == column { format!("{value},") } else { ",".into() }).collect();
        let quality = if value.is_empty() { "missing" } else { "measured" };
        format!("{meter},{},{},{cells}{quality}\n", time(nth), time(nth + 1))
    };
    values.iter().enumerate().map(row).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    }
}

fn folder() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

fn make(arguments: &[&str]) -> Result<community::Community, String> {
    command(arguments).community.make().map_err(|failure| failure.line())
}

#[test]
fn a_missing_reading_is_no_plan_and_is_said() {
    let folder = folder();
    let all = format!("{HEADER}{}{}", rows("A", 0, &["100", "", "300"]), rows("B", 0, &["5", "6", "7"]));
    let file = folder.write("readings.csv", &all);
    for policy in ["draws", "forecast"] {
        let made = make(&["--readings", &file, "--policy", policy]).unwrap();
        let of = |cycle: usize| {
            let cycle = &made.scenario.cycles[cycle];
            let plans = cycle.plans.iter().map(|plan| plan.household.as_str());
            let mut of: Vec<&str> = plans.chain(cycle.unplanned.iter().map(|of| of.household.as_str())).collect();
            of.sort();
            of
        };
        assert_eq!((of(0), of(1), of(2)), (vec!["A", "B"], vec!["B"], vec!["A", "B"]), "{policy}");
        assert!(made.notes.iter().any(|note| note.starts_with("1 of 6 readings are missing")), "{:?}", made.notes);
    }
}

#[test]
fn what_is_wrong_names_file_and_row() {
    let folder = folder();
    let one = folder.write("one.csv", &format!("{HEADER}{}", rows("A", 0, &["100", "200"])));
    let other = folder.write("other.csv", &format!("{HEADER}{}", rows("A", 0, &["100", "201"])));
    assert!(make(&["--readings", &one, &one]).is_ok());
    let conflict = "row 3, meter \"A\", 2025-06-10T12:15:00Z: import_wh is 201 here, but an earlier row says 200; leave one of the two files out";
    assert_eq!(make(&["--readings", &one, &other]).err(), Some(format!("{other}: {conflict}")));
    let wide = folder.write("wide.csv", "slot,A\n12:00,1\n");
    let line = make(&["--readings", &wide]).err().unwrap();
    assert!(line.starts_with(&format!("{wide}: ")) && line.contains("veilgrid meters import"), "{line}");
    let spike = folder.write("spike.csv", &format!("{HEADER}{}", rows("A", 0, &["100", "15508510"])));
    let line = make(&["--readings", &spike]).err().unwrap();
    assert!(
        line.contains("household \"A\", cycle 1: 15508510 Wh are above market.greatest_energy, 12500 Wh"),
        "{line}"
    );
    let line = make(&["--readings", &one, "--start", "2025-06-10T13:00Z"]).err().unwrap();
    assert!(
        line.contains("is not within the readings, which go from 2025-06-10T12:00:00Z to 2025-06-10T12:30:00Z"),
        "{line}"
    );
    let line = make(&["--readings", &one, "--households", "X"]).err().unwrap();
    assert!(line.contains("there is no meter \"X\" in the readings; the meters are \"A\""), "{line}");
    assert!(make(&["--readings", &one, "--start", "noon"]).err().unwrap().contains("\"noon\" is no time"));
    assert!(make(&["--readings", "/nowhere.csv"]).err().unwrap().starts_with("/nowhere.csv: "));
}

#[test]
fn tariffs_go_by_time_in_the_markets_zone() {
    let folder = folder();
    let readings = folder.write("readings.csv", &format!("{HEADER}{}", rows("A", 0, &["100"; 8])));
    let bands = "zone = \"Europe/Berlin\"\n[tariff]\nfeed_in = 0.30\n[tariff.retail]\notherwise = 0.50\n\
                 bands = [{ from = \"14:30\", to = \"15:00\", price = 0.60 }]\n[start]\nreputation = 90\n[places]\ngiven = { A = [1, 2], Z = [3, 4] }\n";
    let market = folder.write("market.toml", bands);
    let made = make(&["--readings", &readings, "--market", &market]).unwrap();
    let retail = |file: &File| -> Vec<u64> {
        file.cycles.iter().map(|cycle| cycle.tariff.as_ref().map_or(file.market.retail, |of| of.retail)).collect()
    };
    // 14:30 in Berlin is 12:30 UTC.
    assert_eq!(retail(&made.scenario), [500_000, 500_000, 600_000, 600_000, 500_000, 500_000, 500_000, 500_000]);
    let home = &made.scenario.households[0];
    assert_eq!((home.x, home.y, home.reputation), (1, 2, 90));
    assert!(made.notes.iter().any(|note| note.contains("places.given names nobody of these: Z")), "{:?}", made.notes);

    folder.write("prices.csv", "time,p\n2025-06-10T12:00:00Z,0.4\n2025-06-10T13:00:00Z,0.29\n");
    let series = "[tariff]\nfeed_in = 0.30\nretail = { series = \"prices.csv\" }\n";
    let market = folder.write("series.toml", series);
    let made = make(&["--readings", &readings, "--market", &market, "--policy", "forecast"]).unwrap();
    assert_eq!(retail(&made.scenario), [400_000, 400_000, 400_000, 400_000, 290_000, 290_000, 290_000, 290_000]);
    assert!(
        made.notes
            .iter()
            .any(|note| note.contains("retail 0.29 is below feed-in 0.3, for example at 2025-06-10T13:00:00Z")),
        "{:?}",
        made.notes
    );
    folder.write("prices.csv", "time,p\n2025-06-10T12:00:00Z,0.4\n");
    let line = make(&["--readings", &readings, "--market", &market]).err().unwrap();
    assert!(
        line.contains(
            "tariff.retail: prices.csv has no price for 2025-06-10T12:15:00Z; it must cover the whole period"
        ),
        "{line}"
    );
    folder.write("prices.csv", "time,p\n2025-06-10T12:00:00Z,-0.4\n");
    let line = make(&["--readings", &readings, "--market", &market]).err().unwrap();
    assert!(line.contains("prices.csv: row 2, negative prices are not supported"), "{line}");
    let zone = folder.write("zone.toml", &bands.replace("Berlin", "Nowhere"));
    assert!(make(&["--readings", &readings, "--market", &zone]).err().unwrap().contains("Europe/Nowhere"));
    let policy = folder.write("policy.toml", "[tariff]\nretail = 0.65\nfeed_in = 0.3\n[policy]\nsurprise = 1\n");
    let line = make(&["--readings", &readings, "--market", &policy, "--policy", "forecast"]).err().unwrap();
    assert!(line.contains("policy") && line.contains("surprise"), "{line}");
}
