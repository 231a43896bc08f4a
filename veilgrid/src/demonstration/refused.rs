//! What a scenario may state and a market with real proofs cannot play: it is refused before any
//! work, so that nobody waits for proofs of another market than the one described.

use market::scenario::{Imbalance, Scenario, Terms};
use protocol::units::Price;

/// A field of the scenario that `market` cannot honour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}; take the field out, or play the scenario with `veilgrid simulate`")]
pub(super) struct Unplayable {
    path: String,
    what: &'static str,
}

impl Unplayable {
    /// A code that stays the same across versions, for machines.
    pub(super) const CODE: &'static str = "market-cannot-play";
}

/// Refuses what only `simulate` can play.
pub(super) fn playable(scenario: &Scenario) -> Result<(), Unplayable> {
    let refuse = |path: &str, what| Err(Unplayable { path: path.into(), what });
    let Terms { penalty, least_lot, imbalance, .. } = scenario.terms;
    if penalty > Price::ZERO {
        return refuse("market.penalty", "the proofs that settle a trade have no deviation penalty yet");
    }
    if least_lot > Terms::default().least_lot {
        return refuse("market.least_lot", "the proofs that list a plan let it have any volume from 1 Wh on");
    }
    if imbalance == Imbalance::Household {
        return refuse(
            "market.imbalance",
            "the metering service issues what trades leave of a reading, so the operator bears an imbalance",
        );
    }
    match scenario.cycles.iter().position(|cycle| !cycle.unplanned.is_empty()) {
        Some(c) => refuse(
            &format!("cycles[{c}].unplanned"),
            "the metering service has readings only of households with a plan, in the plan's direction",
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::scenario::file::{File, Imbalance as Bears, Tariff, Unplanned};

    #[test]
    fn each_term_that_needs_other_proofs_is_refused_by_its_path() {
        let refused = |change: fn(&mut File)| {
            let mut file = market::scenario::random(4, 2, 1);
            change(&mut file);
            let unplayable = playable(&Scenario::checked(file).unwrap()).err();
            unplayable.map(|refused| refused.to_string().split_once(": ").unwrap().0.to_owned())
        };
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|file| file.market.greatest_energy = 1 << 20), None);
        assert_eq!(refused(|file| file.cycles[1].starts = Some("2025-06-10T12:00:00Z".into())), None);
        assert_eq!(refused(|file| file.cycles[1].tariff = Some(Tariff { feed_in: 0, retail: 1 })), None);
        assert_eq!(refused(|file| file.market.penalty = 1).as_deref(), Some("market.penalty"));
        assert_eq!(refused(|file| file.market.least_lot = 2).as_deref(), Some("market.least_lot"));
        assert_eq!(refused(|file| file.market.imbalance = Bears::Household).as_deref(), Some("market.imbalance"));
        let unplanned = refused(|file| {
            let household = file.households[0].id.clone();
            file.cycles[1].plans.clear();
            file.cycles[1].unplanned = vec![Unplanned { household, injected: 1, consumed: 0 }];
        });
        assert_eq!(unplanned.as_deref(), Some("cycles[1].unplanned"));
    }
}
