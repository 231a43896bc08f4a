//! The cycle that is played again: over random markets, and with one thing wrong.

use super::replay::Replay;
use market::mechanism::{KPrototypes, Mechanism};
use market::play::{play, Played};
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
