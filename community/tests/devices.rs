//! Communities whose households have devices.

use clap::Parser;
use community::{Arguments, Community};
use market::scenario::Scenario;
use meters::options::{Format, Quantity, Unit};
use meters::{import, Options};
use std::path::{Path, PathBuf};

const LOAD: &str = "../data/simbench_100hh_7d_15min_load_Wh.csv";
const PV: &str = "../data/simbench_100hh_7d_15min_pv_Wh.csv";

/// H001 has a battery, H002 a car and a dishwasher; the others have nothing.
const DEVICES: &str = "
tariff.retail = { otherwise = 0.2, bands = [ { from = '16:00', to = '21:00', price = 0.4 } ] }
tariff.feed_in = 0.08
market.price_grid = { first = 0.08, step = 0.005 }

[policies.H001.devices.battery]
capacity_wh = 5000
charge_w = 3000
discharge_w = 3000

[policies.H002.devices.car]
capacity_wh = 40_000
start_wh = 10_000
charge_w = 3700
leaves_slot = 30
returns_slot = 68
drive_wh = 6000
weekends = true

[[policies.H002.devices.flexible]]
energy_wh = 1000
from_slot = 36
until_slot = 72
max_w = 2000
";

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    community: Arguments,
}

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

fn made(folder: &Path, market: &str) -> Community {
    let [load, pv, file] = ["load.csv", "pv.csv", "market.toml"].map(|name| folder.join(name));
    std::fs::write(&file, market).unwrap();
    let (load, pv, file) = (load.to_str().unwrap(), pv.to_str().unwrap(), file.to_str().unwrap());
    let arguments = ["test", "--readings", load, pv, "--market", file, "--policy", "forecast"];
    let period = ["--start", "2016-06-16T22:00Z", "--cycles", "96", "--households", "6"];
    Command::try_parse_from([&arguments[..], &period].concat()).unwrap().community.make().unwrap()
}

/// What a household's meter shows in the scenario, by cycle: what it gives less what it takes.
fn shown(scenario: &Scenario, household: usize) -> Vec<i64> {
    let of = |cycle| {
        let meters = market::rules::meters(cycle).into_iter().filter(|meter| meter.household == household);
        meters.map(|meter| meter.injected.get() as i64 - meter.consumed.get() as i64).sum()
    };
    scenario.cycles.iter().map(of).collect()
}

#[test]
fn devices_change_what_their_own_meters_show_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    imported(LOAD, Quantity::Consumption, &folder.path().join("load.csv"));
    imported(PV, Quantity::Generation, &folder.path().join("pv.csv"));
    let with = made(folder.path(), DEVICES);
    let compared = with.compared.expect("two households have devices");
    let bare = DEVICES.split("[policies").next().unwrap();
    let plain = made(folder.path(), bare);
    assert!(plain.compared.is_none());
    let without = Scenario::checked(compared.without).unwrap();
    let plain = Scenario::checked(plain.scenario).unwrap();
    for household in 0..with.neighbourhood.households().len() {
        // A battery does nothing there. The car takes at once what it drove, and the load its energy.
        let drawn: i64 = shown(&plain, household).iter().sum::<i64>() - shown(&without, household).iter().sum::<i64>();
        match &compared.at_once[household] {
            None => assert_eq!(shown(&without, household), shown(&plain, household)),
            Some(of) => {
                assert_eq!(drawn, (of.used.charged + of.used.flexible) as i64);
                assert_eq!(of.used.stored[0], of.used.stored[1], "the car is charged again in the end");
                assert_eq!((of.used.driven, of.used.discharged), (6000, 0));
            }
        }
    }
    assert_eq!(compared.at_once.iter().filter(|of| of.is_some()).count(), 1);

    let scenario = Scenario::checked(with.scenario).unwrap();
    for (household, of) in with.neighbourhood.households().iter().enumerate() {
        let alone: Vec<i64> = (0..96).map(|slot| -of.net(slot).unwrap()).collect();
        let shown = shown(&scenario, household);
        match &compared.moved[household] {
            None => assert_eq!(shown, alone, "{}", of.name()),
            Some(moved) => {
                assert_eq!(shown, moved.net.iter().map(|net| net.unwrap()).collect::<Vec<_>>());
                let used = moved.used;
                let drawn = alone.iter().sum::<i64>() - shown.iter().sum::<i64>();
                assert_eq!(drawn, (used.charged + used.flexible) as i64 - used.discharged as i64);
                assert!(used.charged > 0, "{used:?}");
            }
        }
    }
    assert_eq!(compared.moved.iter().filter(|of| of.is_some()).count(), 2);
    let h002 = with.neighbourhood.households().iter().position(|of| of.name() == "H002").unwrap();
    let car = compared.moved[h002].as_ref().unwrap().used;
    assert_eq!((car.driven, car.short, car.flexible), (6000, 0, 1000));
}

#[test]
fn a_policy_of_a_household_is_refused_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    imported(LOAD, Quantity::Consumption, &folder.path().join("load.csv"));
    let file = folder.path().join("market.toml");
    std::fs::write(&file, DEVICES.replace("capacity_wh = 5000", "capacity_wh = 0")).unwrap();
    let (load, file) = (folder.path().join("load.csv"), file.to_str().unwrap());
    let arguments =
        ["test", "--readings", load.to_str().unwrap(), "--market", file, "--policy", "forecast", "--households", "2"];
    let refused = Command::try_parse_from(arguments).unwrap().community.make().err().unwrap().line();
    assert!(refused.contains("policies.H001") && refused.contains("devices.battery.capacity_wh"), "{refused}");
}
