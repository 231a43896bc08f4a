//! One cycle of the week, played again alone: its scenario begins with the balances and reputations
//! that the week had before the cycle.

use crate::experiment::disagreement::Disagreement;
use crate::real_market::RealMarket;
use figures::not_played::NotPlayed;
use market::outcome::Outcome;
use market::play::Played;
use market::rules;
use market::scenario::file::File;
use market::scenario::{self, Scenario};
use market::seeded::Seeded;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use terminal::output;
use terminal::Failure;

/// The stream of the seed that the choice comes from. The streams that
/// [`market::scenario::from_readings`] uses are far below it.
const STREAM: u64 = u64::MAX;

/// A cycle to play again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The slot's name in the data.
    pub slot: String,
    /// The cycle's number.
    pub cycle: u64,
    /// The scenario, as JSON.
    pub json: String,
    /// The outcome that the cycle had in the week.
    pub expected: Outcome,
    /// How many proofs the replay made, and how long it took. None if it was played in the clear
    /// only.
    pub proved: Option<(usize, Duration)>,
}

impl Replay {
    /// Chooses one of the cycles with trades by the seed, and plays it in the clear. None if no
    /// cycle has a trade. Error: [`Disagreement`].
    pub fn choose(
        file: &File,
        scenario: &Scenario,
        played: &Played,
        slots: &[String],
        seed: u64,
    ) -> Result<Option<Replay>, Failure> {
        let traded: Vec<usize> =
            (0..played.cycles.len()).filter(|cycle| !played.cycles[*cycle].trades.is_empty()).collect();
        let Some(last) = traded.len().checked_sub(1) else { return Ok(None) };
        let index = traded[Seeded::new(seed, STREAM).between(0, last as u64) as usize];
        let mut alone = File { cycles: vec![file.cycles[index].clone()], ..file.clone() };
        for (household, account) in alone.households.iter_mut().zip(&played.cycles[index].start) {
            household.balance = account.balance.get();
            household.reputation = account.reputation.get().into();
        }
        let replay = Replay {
            slot: slots[index].clone(),
            cycle: alone.cycles[0].cycle,
            json: alone.to_json(),
            expected: played.outcome_of(scenario, index),
            proved: None,
        };
        let named = |refused: scenario::Refused| Failure::refused("the cycle played again", refused.code(), refused);
        let read = Scenario::parse(replay.json.as_bytes()).map_err(named)?;
        let clear = rules::play(&read, &mut |_| ()).map_err(|error| NotPlayed(error.into()))?;
        replay.agrees(&clear, "`simulate`")?;
        Ok(Some(replay))
    }

    /// Plays the cycle with real proofs, in a temporary folder. Errors: [`Disagreement`], and
    /// every failure of the market.
    pub fn prove(&mut self, real: &dyn RealMarket, keys: Option<PathBuf>) -> Result<(), Failure> {
        output::note(&format!("playing cycle {} ({}) again with real proofs", self.cycle, self.slot));
        let start = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("veilgrid-week-")
            .tempdir()
            .map_err(|error| Failure::Write { file: std::env::temp_dir().display().to_string(), error })?;
        let played = real.play("the cycle played again", self.json.as_bytes(), &folder.path().join("ledger"), keys)?;
        self.agrees(&played.outcome, "`market` with real proofs")?;
        self.proved = Some((played.proofs, start.elapsed()));
        Ok(())
    }

    fn agrees(&self, outcome: &Outcome, with: &'static str) -> Result<(), Failure> {
        let expected = &self.expected;
        let parts = [
            ("the replayed cycle's trades", outcome.trades == expected.trades),
            ("the replayed cycle's grid rows", outcome.grid == expected.grid),
            ("the replayed cycle's households", outcome.households == expected.households),
        ];
        match parts.iter().find(|(_, same)| !same) {
            Some((found, _)) => Err(Disagreement { found, expected: with }.into()),
            None => Ok(()),
        }
    }
}
