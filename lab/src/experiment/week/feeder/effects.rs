//! What a rule's trades do to a feeder.

use super::Feeder;
use figures::Pivotal;
use grid::check::{admit, Exceeded, Limiting, Load, Side, State};
use market::concentration::by_price;
use market::play::{Played, Rule};
use market::scenario::Scenario;

/// What the trades of one rule do to a feeder over all cycles.
#[derive(Clone, Debug, Default)]
pub(in crate::experiment::week) struct Effects {
    /// Cycles in which the base exceeds a limit by itself.
    pub(in crate::experiment::week) cycles_of_base: u64,
    /// Cycles in which base and trades exceed a limit that the base keeps, or one further.
    pub(in crate::experiment::week) cycles: u64,
    /// The most that a line carries above its limit, in W.
    pub(in crate::experiment::week) overload: i128,
    /// The most that a voltage is outside its band, in mV.
    pub(in crate::experiment::week) voltage: f64,
    /// Energy of the trades as agreed, in Wh.
    pub(in crate::experiment::week) agreed: u64,
    /// What `check` would cut of it.
    pub(in crate::experiment::week) cut: u64,
    /// What buyers would pay and no seller earn if all was delivered, in nano-currency.
    pub(in crate::experiment::week) rent: i128,
    /// What the trades add to the losses of the lines, in Wh.
    pub(in crate::experiment::week) losses: f64,
    /// The concentration of sales within each price of a cycle: the mean, weighted by energy.
    pub(in crate::experiment::week) hhi_prices: Option<f64>,
    /// What depends on single sellers. None for a rule whose gains are not the greatest.
    pub(in crate::experiment::week) pivotal: Option<Pivotal>,
}

impl Effects {
    /// The effects of what a rule has played. `step` is called after each cycle.
    pub(in crate::experiment::week) fn of(
        feeder: &Feeder,
        scenario: &Scenario,
        (rule, played): (Rule, &Played),
        step: &mut dyn FnMut(),
    ) -> Effects {
        let mut of = Effects::default();
        let mut pivotal = Pivotal::default();
        let (mut concentrated, mut sold) = (0.0, 0u64);
        let grid = feeder.week.feeder();
        let greatest = match rule {
            Rule::Mechanism(mechanism) if rule.properties().efficiency.holds => Some(mechanism),
            Rule::Mechanism(_) | Rule::Shares(_) => None,
        };
        for ((books, cycle), base) in played.cycles.iter().zip(&scenario.cycles).zip(&feeder.bases) {
            step();
            let trades: Vec<_> = books.trades.iter().map(|traded| feeder.trade(books, traded)).collect();
            let found = admit(grid, base, trades.iter().copied());
            let (before, after) = (found.base.exceeded(grid), found.as_matched.exceeded(grid));
            let further = |now: &&Exceeded| !before.iter().any(|then| then.limit == now.limit && then.by >= now.by);
            of.cycles_of_base += u64::from(!before.is_empty());
            of.cycles += u64::from(after.iter().any(|now| further(&now)));
            for exceeded in after.iter().filter(further) {
                match exceeded.limit {
                    Limiting::Line(_) => of.overload = of.overload.max(exceeded.by),
                    Limiting::Bus(bus, side) => {
                        let outside = outside(feeder, found.as_matched.squared[bus], side);
                        of.voltage = of.voltage.max(outside);
                    }
                }
            }
            of.agreed += trades.iter().map(|trade| trade.energy.get()).sum::<u64>();
            of.cut += found.admitted.iter().map(|admitted| admitted.cut.get()).sum::<u64>();
            let hours = f64::from(grid.cycle().get()) / 3600.0;
            of.losses += hours * (losses(feeder, base, &found.as_matched) - losses(feeder, base, &found.base));
            of.rent += books.trades.iter().fold(0, |rent, traded| {
                let worth = |price| i128::from(traded.matched.at(price).get());
                rent + worth(traded.buyer_price) - worth(traded.seller_price)
            });
            let seller = |row: usize| books.rows[row].meter.household;
            let sales = books.trades.iter().map(|traded| (traded.seller_price, seller(traded.seller), traded.matched));
            for at in by_price(sales) {
                concentrated += at.hhi * at.sold as f64;
                sold += at.sold;
            }
            if let Some(mechanism) = greatest {
                pivotal += Pivotal::of(scenario, cycle, &books.start, mechanism);
            }
        }
        of.hhi_prices = (sold > 0).then(|| concentrated / sold as f64);
        of.pivotal = greatest.map(|_| pivotal);
        of
    }
}

/// How far a voltage is outside its band, in mV.
fn outside(feeder: &Feeder, squared: i128, side: Side) -> f64 {
    let (least, most) = feeder.week.feeder().band();
    let voltage = (squared.max(0) as f64).sqrt();
    match side {
        Side::High => voltage - most.get() as f64,
        Side::Low => least.get() as f64 - voltage,
    }
}

/// The losses of all lines in W, at the root's voltage: R (P^2 + Q^2) / V^2.
fn losses(feeder: &Feeder, base: &[Load], state: &State) -> f64 {
    let grid = feeder.week.feeder();
    let reactive: Vec<i128> = base.iter().map(|load| load.reactive).collect();
    let reactive = grid.radial().flows(&reactive);
    let squared = (grid.root().get() as f64 / 1000.0).powi(2);
    let line = |line: usize| {
        let ohms = grid.impedance(line).0.get() as f64 / 1000.0;
        ohms * ((state.flows[line] as f64).powi(2) + (reactive[line] as f64).powi(2)) / squared.max(1.0)
    };
    (0..state.flows.len()).map(line).sum()
}
