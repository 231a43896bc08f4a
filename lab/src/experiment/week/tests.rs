//! The cycle that is played again: over random markets, and with one thing wrong.

use super::feeder::{Effects, Feeder};
use super::feeder_tables;
use super::replay::Replay;
use market::mechanism::{self, KPrototypes, Mechanism};
use market::play::{play, Played, Rule};
use market::scenario::file::File;
use market::scenario::random;
use market::scenario::Scenario;
use proptest::prelude::*;
use protocol::units::Reputation;

fn played(scenario: &Scenario, rule: &dyn Mechanism) -> Played {
    play(scenario, rule, &mut || ()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A cycle that is played alone, from the accounts before it, has the outcome that it had in
    /// the week.
    #[test]
    fn a_cycle_played_alone_has_the_same_outcome(households in 2u64..20, cycles in 1u64..6, seed: u64, choice: u64) {
        let file = random(households, cycles, seed);
        let scenario = Scenario::checked(file.clone()).unwrap();
        let slots: Vec<String> = (1..=cycles).map(|cycle| cycle.to_string()).collect();
        let played = played(&scenario, &KPrototypes);
        let replay = Replay::choose(&file, &scenario, &played, &slots, choice).unwrap();
        prop_assert_eq!(replay.is_some(), played.cycles.iter().any(|books| !books.trades.is_empty()));
    }
}

#[test]
fn a_replay_with_another_outcome_is_refused() {
    let file: File = random(10, 2, 5);
    let scenario = Scenario::checked(file.clone()).unwrap();
    let slots = ["one", "two"].map(String::from);
    let mut played = played(&scenario, &KPrototypes);
    assert!(Replay::choose(&file, &scenario, &played, &slots, 1).is_ok());
    for books in &mut played.cycles {
        for account in &mut books.start {
            account.reputation = if account.reputation > Reputation::ZERO { Reputation::ZERO } else { Reputation::MAX };
        }
    }
    let failure = Replay::choose(&file, &scenario, &played, &slots, 1).unwrap_err();
    assert_eq!((failure.code(), failure.exit_code()), ("disagrees", 1));
}

/// A feeder of one line of 300 W, on which the households stand in turn at both ends.
fn narrow(scenario: &Scenario, change: impl FnOnce(&mut serde_json::Value)) -> Result<Feeder, terminal::Failure> {
    let place = |index: usize| if index.is_multiple_of(2) { "T" } else { "A" };
    let places = scenario.households.iter().enumerate().map(|(index, of)| (of.id.clone(), place(index).into()));
    let mut file = serde_json::json!({
        "format": "veilgrid-grid-week/1", "cycle_seconds": 900, "root_mv": 400_000, "v_min_mv": 360_000, "v_max_mv": 440_000,
        "buses": ["T", "A"], "lines": [{ "from": "T", "to": "A", "r": 100, "x": 50, "limit": 300 }],
        "base": [{ "from": "0", "loads": [] }, { "from": "2", "loads": [{ "bus": "A", "p": 100, "q": 20 }] }],
        "places": places.collect::<serde_json::Map<_, _>>(),
    });
    change(&mut file);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeder.json");
    std::fs::write(&path, file.to_string()).unwrap();
    Feeder::read(&path, scenario, &slots(scenario))
}

fn slots(scenario: &Scenario) -> Vec<String> {
    (1..=scenario.cycles.len()).map(|slot| slot.to_string()).collect()
}

#[test]
fn on_a_narrow_feeder_nodal_alone_exceeds_nothing() {
    let scenario = Scenario::checked(random(24, 4, 3)).unwrap();
    let feeder = narrow(&scenario, |_| ()).unwrap();
    let effects = |rule: &dyn Mechanism| {
        Effects::of(&feeder, &scenario, (Rule::Mechanism(rule), &played(&scenario, rule)), &mut || ())
    };
    let nodal = effects(&feeder.rule);
    assert_eq!((nodal.cycles, nodal.overload, nodal.cut, nodal.cycles_of_base), (0, 0, 0, 0));
    assert!(nodal.agreed > 0 && nodal.rent > 0 && nodal.losses > 0.0, "{nodal:?}");
    for rule in mechanism::ALL {
        let of = effects(rule);
        assert!(of.cycles > 0 && of.overload > 0 && 0 < of.cut && of.cut < of.agreed, "{}: {of:?}", rule.name());
        assert!(of.hhi_prices.is_some_and(|hhi| 0.0 < hhi && hhi <= 1.0), "{}: {of:?}", rule.name());
        assert_eq!(of.pivotal.is_some(), rule.properties().efficiency.holds, "{}", rule.name());
        // Without limits more gains are possible than within them.
        let gains = |of: &Effects| of.pivotal.map(|of| of.gains);
        assert!(gains(&of).is_none_or(|free| Some(free) >= gains(&nodal)), "{}", rule.name());
    }
    let lines = feeder_tables::lines(&[effects(&KPrototypes), nodal]);
    assert!(lines.iter().all(|line| line.len() == 3), "{lines:?}");
    assert!(lines.iter().any(|line| line[1] == "-" && line[2] != "-"), "{lines:?}");
}

#[test]
fn a_feeder_that_does_not_fit_the_week_is_refused() {
    let scenario = Scenario::checked(random(4, 2, 1)).unwrap();
    let household = scenario.households[2].id.clone();
    let of = |change: &dyn Fn(&mut serde_json::Value)| match narrow(&scenario, change) {
        Err(failure) => (failure.code().to_string(), failure.exit_code(), failure.to_string()),
        Ok(_) => panic!("it is refused"),
    };
    let (code, exit, text) = of(&|file| drop(file["places"].as_object_mut().unwrap().remove(&household)));
    assert_eq!((code.as_str(), exit), ("nodal-no-place", 2));
    assert!(text.contains(&household) && text.contains("feeder.json"), "{text}");
    let (code, exit, _) = of(&|file| file["base"][0]["from"] = "1b".into());
    assert_eq!((code.as_str(), exit), ("grid-slot", 2));
    let (code, exit, text) = of(&|file| file["lines"][0]["limit"] = (-1).into());
    assert_eq!((code.as_str(), exit), ("grid-shape", 2));
    assert!(text.contains("lines[0].limit"), "{text}");
}
