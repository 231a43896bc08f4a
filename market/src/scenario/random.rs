//! A scenario of any size from a seed, to measure with.

use super::file::{
    Confirm, Cycle, EnergyType, File, Household, Imbalance, Market, Plan, PriceGrid, PriceRule, Ranges, Side, Types,
    Wanted, Weights,
};
use super::format::FORMAT;
use crate::seeded::Seeded;
use protocol::terms::{GREATEST_ENERGY, LEAST_LOT};

/// A scenario of `households` households, each with a plan in each of `cycles` cycles. The seed
/// gives everything that is drawn. There must be at least one household.
pub fn random(households: u64, cycles: u64, seed: u64) -> File {
    let digits = (households - 1).to_string().len();
    let id = |h: u64| format!("H{h:0digits$}");
    let mut draw = Seeded::new(seed, 0);
    let homes = (0..households).map(|h| Household {
        id: id(h),
        x: draw.between(0, 10_000),
        y: draw.between(0, 10_000),
        reputation: draw.between(0, 100),
        balance: draw.between(0, 10_000_000_000),
    });
    let homes = homes.collect();
    let cycles = (1..=cycles).map(|cycle| {
        let mut draw = Seeded::new(seed, cycle);
        let plans = (0..households).map(|h| plan(id(h), &mut draw)).collect();
        Cycle { cycle, starts: None, tariff: None, plans, unplanned: Vec::new() }
    });
    File {
        format: FORMAT.into(),
        market: Market {
            tolerance_permille: 50,
            price_rule: if seed.is_multiple_of(2) { PriceRule::Midpoint } else { PriceRule::Ask },
            max_rounds: 255,
            feed_in: 300_000,
            retail: 650_000,
            price_grid: PriceGrid { first: 300_000, step: 7_500 },
            ranges: Ranges { volume: [0, 5000], reputation: [0, 100], place: [0, 10_000] },
            penalty: 0,
            least_lot: LEAST_LOT,
            greatest_energy: GREATEST_ENERGY,
            imbalance: Imbalance::Operator,
        },
        households: homes,
        cycles: cycles.collect(),
    }
}

fn plan(household: String, draw: &mut Seeded) -> Plan {
    let price = |draw: &mut Seeded| 300_000 + 7_500 * draw.between(0, 47);
    let sells = draw.between(0, 1) == 0;
    let energy = draw.between(1, 5000);
    let metered = energy * draw.between(900, 1100) / 1000;
    let terms = price(draw);
    let weight = |draw: &mut Seeded| draw.between(0, 15);
    Plan {
        household,
        side: if sells { Side::Sell } else { Side::Buy },
        energy_type: sells.then(|| {
            use EnergyType::{Biomass, Fossil, Hydro, Solar, Wind};
            [Wind, Hydro, Fossil, Solar, Biomass][draw.between(0, 4) as usize]
        }),
        generated: sells.then_some(energy),
        volume: if sells { draw.between(energy.div_ceil(2), energy) } else { energy },
        price: sells.then_some(terms),
        limit: (!sells).then_some(terms),
        injected: sells.then_some(metered),
        consumed: (!sells).then_some(metered),
        confirm: if draw.between(0, 49) == 0 { Confirm::Refuse } else { Confirm::Yes },
        wanted: (!sells).then(|| Wanted {
            price: price(draw),
            volume: draw.between(0, 5000),
            reputation: draw.between(0, 100),
            x: draw.between(0, 10_000),
            y: draw.between(0, 10_000),
        }),
        weights: (!sells).then(|| Weights {
            price: weight(draw),
            volume: weight(draw),
            reputation: weight(draw),
            place: weight(draw),
            types: Types {
                wind: weight(draw),
                hydro: weight(draw),
                fossil: weight(draw),
                solar: weight(draw),
                biomass: weight(draw),
            },
        }),
    }
}
