//! What a scenario may state and hardly means.

use market::scenario::Scenario;
use terminal::output;

/// Warns of a penalty above retail less feed-in: a household would then gain more by another's
/// failure than by a trade.
pub(crate) fn warn(scenario: &Scenario) {
    if let Some(warning) = penalty(scenario) {
        output::note(&format!("warning: {warning}"));
    }
}

/// The warning about the penalty, with the first cycle that it is about.
fn penalty(scenario: &Scenario) -> Option<String> {
    let penalty = scenario.terms.penalty.get();
    scenario.cycles.iter().find_map(|cycle| {
        let tariff = scenario.tariff(cycle);
        let spread = tariff.retail.get().saturating_sub(tariff.feed_in.get());
        let cycle = cycle.cycle.get();
        (penalty > spread).then(|| {
            format!(
                "market.penalty {penalty} is above retail less feed-in, which is {spread} in cycle {cycle}: another's \
                 failure pays more than a trade"
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::scenario::file::Tariff;

    #[test]
    fn a_penalty_above_the_spread_of_a_cycles_tariff_is_warned_of() {
        let warned = |penalty: u64, tariff: Option<Tariff>| {
            let mut file = market::scenario::random(4, 2, 1);
            (file.market.feed_in, file.market.retail, file.market.penalty) = (300_000, 650_000, penalty);
            file.cycles[1].tariff = tariff;
            super::penalty(&Scenario::checked(file).unwrap())
        };
        assert_eq!(warned(350_000, None), None);
        assert!(warned(350_001, None).unwrap().contains("which is 350000 in cycle 1"));
        let tariff = Tariff { feed_in: 300_000, retail: 500_000 };
        assert!(warned(350_000, Some(tariff)).unwrap().contains("which is 200000 in cycle 2"));
    }
}
