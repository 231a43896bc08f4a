//! What a scenario may state and a market with real proofs cannot play: it is refused before any
//! work, so that nobody waits for proofs of another market than the one described.

use market::outcome::Outcome;
use market::scenario::Scenario;
use protocol::transaction::body::MAX_CYCLE_STEP;

/// A field of the scenario that `market` cannot honour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}; change it, or play the scenario with `veilgrid simulate`")]
pub(super) struct Unplayable {
    path: String,
    what: String,
}

impl Unplayable {
    /// A code that stays the same across versions, for machines.
    pub(super) const CODE: &'static str = "market-cannot-play";
}

/// The greatest number of rounds in a cycle on the ledger: a household lists each rest as a new
/// plan, and has trace tags for that many plans.
pub(super) const MOST_ROUNDS: u8 = 16;

/// Refuses what only `simulate` can play. `played` is what the rules in the clear make of the
/// scenario.
pub(super) fn playable(scenario: &Scenario, played: &Outcome) -> Result<(), Unplayable> {
    let refuse = |path: &str, what: String| Err(Unplayable { path: path.into(), what });
    if let Some(trade) = played.trades.iter().find(|trade| trade.round >= MOST_ROUNDS) {
        let (cycle, round, most) = (trade.cycle, u16::from(trade.round) + 1, MOST_ROUNDS);
        let what =
            format!("cycle {cycle} has a trade in its round {round}, and a cycle on the ledger has {most} rounds");
        return refuse("market.max_rounds", what);
    }
    let mut newest = 0;
    for (c, cycle) in scenario.cycles.iter().enumerate() {
        let number = cycle.cycle.get();
        if number - newest > MAX_CYCLE_STEP {
            let what = format!("a ledger's cycle is at most {MAX_CYCLE_STEP} above the one before, here {newest}");
            return refuse(&format!("cycles[{c}].cycle"), what);
        }
        newest = number;
    }
    match scenario.cycles.iter().position(|cycle| !cycle.unplanned.is_empty()) {
        Some(c) => refuse(
            &format!("cycles[{c}].unplanned"),
            "the metering service has readings only of households with a plan, in the plan's direction".into(),
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::rules;
    use market::scenario::file::{File, Imbalance as Bears, Tariff, Unplanned};

    fn refused(change: fn(&mut File)) -> Option<String> {
        let mut file = market::scenario::random(4, 2, 1);
        file.market.max_rounds = MOST_ROUNDS.into();
        change(&mut file);
        let scenario = Scenario::checked(file).unwrap();
        let mut played = rules::play(&scenario, &mut |_| ()).unwrap();
        // As if the last trade had come late, where the scenario allows it.
        if let Some(trade) = played.trades.last_mut().filter(|_| scenario.market.max_rounds > MOST_ROUNDS) {
            trade.round = MOST_ROUNDS;
        }
        let unplayable = playable(&scenario, &played).err();
        unplayable.map(|refused| refused.to_string().split_once(": ").unwrap().0.to_owned())
    }

    #[test]
    fn terms_tariffs_and_times_are_playable() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|file| file.market.greatest_energy = 1 << 20), None);
        assert_eq!(refused(|file| file.market.penalty = 1), None);
        assert_eq!(refused(|file| file.market.least_lot = 2), None);
        assert_eq!(refused(|file| file.market.imbalance = Bears::Household), None);
        assert_eq!(refused(|file| file.cycles[1].starts = Some("2025-06-10T12:00:00Z".into())), None);
        assert_eq!(refused(|file| file.cycles[1].tariff = Some(Tariff { feed_in: 0, retail: 1 })), None);
    }

    #[test]
    fn what_the_ledger_cannot_do_is_refused_by_its_path() {
        assert_eq!(refused(|file| file.market.max_rounds = 17).as_deref(), Some("market.max_rounds"));
        let unplanned = refused(|file| {
            let household = file.households[0].id.clone();
            file.cycles[1].plans.clear();
            file.cycles[1].unplanned = vec![Unplanned { household, injected: 1, consumed: 0 }];
        });
        assert_eq!(unplanned.as_deref(), Some("cycles[1].unplanned"));
    }
}
