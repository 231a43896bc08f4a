//! A scenario from the meter readings of real households. The rules are in `docs/scenario.md`.

use super::file::{
    Confirm, Cycle, EnergyType, File, Household, Imbalance, Market, Plan, PriceGrid, PriceRule, Ranges, Side, Types,
    Wanted, Weights,
};
use super::format::FORMAT;
use super::terms::{GREATEST_ENERGY, LEAST_LOT};
use crate::readings::Readings;
use crate::seeded::Seeded;

/// Nano-currency in a currency unit.
const UNIT: u64 = 1_000_000_000;

/// Which slots and households a scenario is made of, and its seed.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Number of the first slot.
    pub first: usize,
    /// How many slots.
    pub cycles: usize,
    /// How many households, from the first column on.
    pub households: usize,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

const FIRST_PRICE: u64 = 300_000;
const STEP: u64 = 7_500;
const PLACE: u64 = 10_000;

/// Makes the scenario of the chosen slots and households. `load` (consumption) and `pv`
/// (generation) must have the same households and slots, and the choice must lie within them.
pub fn from_readings(load: &Readings, pv: &Readings, choice: &Choice) -> File {
    let homes: Vec<Household> = (0..choice.households)
        .map(|h| {
            let mut draw = Seeded::new(choice.seed, (h as u64) << 32);
            Household {
                id: load.households[h].clone(),
                x: draw.between(0, PLACE),
                y: draw.between(0, PLACE),
                reputation: draw.between(60, 100),
                balance: (choice.cycles as u64 + draw.between(2, 11)) * UNIT,
            }
        })
        .collect();
    let cycles = (choice.first..choice.first + choice.cycles).map(|slot| {
        let net = |h: usize| (i64::from(load.energy[slot][h]), i64::from(pv.energy[slot][h]));
        let plan = |(h, home): (usize, &Household)| {
            let mut draw = Seeded::new(choice.seed, (h as u64) << 32 | (slot as u64 + 1));
            let (load, pv) = net(h);
            match load - pv {
                0 => None,
                net => Some(if net < 0 {
                    sell(home, net.unsigned_abs(), &mut draw)
                } else {
                    buy(home, net.unsigned_abs(), &mut draw)
                }),
            }
        };
        let plans = homes.iter().enumerate().filter_map(plan).collect();
        Cycle { cycle: slot as u64, starts: None, tariff: None, plans, unplanned: Vec::new() }
    });
    let cycles = cycles.collect();
    File {
        format: FORMAT.into(),
        market: Market {
            tolerance_permille: 50,
            price_rule: PriceRule::Ask,
            max_rounds: 8,
            feed_in: FIRST_PRICE,
            retail: 650_000,
            price_grid: PriceGrid { first: FIRST_PRICE, step: STEP },
            ranges: Ranges { volume: [0, 2000], reputation: [0, 100], place: [0, PLACE] },
            penalty: 0,
            least_lot: LEAST_LOT,
            greatest_energy: GREATEST_ENERGY,
            imbalance: Imbalance::Operator,
        },
        households: homes,
        cycles,
    }
}

/// The forecast that a household plans by: its net energy in Wh, off by up to 80 per mille.
fn forecast(net: u64, draw: &mut Seeded) -> u64 {
    ((net * draw.between(920, 1080) + 500) / 1000).clamp(1, u32::MAX.into())
}

fn sell(home: &Household, net: u64, draw: &mut Seeded) -> Plan {
    let generated = forecast(net, draw);
    Plan {
        household: home.id.clone(),
        side: Side::Sell,
        energy_type: Some(EnergyType::Solar),
        generated: Some(generated),
        volume: (generated * draw.between(90, 100) / 100).max(1),
        price: Some(FIRST_PRICE + STEP * draw.between(4, 27)),
        limit: None,
        injected: Some(net),
        consumed: None,
        confirm: Confirm::Yes,
        wanted: None,
        weights: None,
    }
}

fn buy(home: &Household, net: u64, draw: &mut Seeded) -> Plan {
    let volume = forecast(net, draw);
    let limit = draw.between(16, 47);
    let wanted = limit - draw.between(0, 15);
    Plan {
        household: home.id.clone(),
        side: Side::Buy,
        energy_type: None,
        generated: None,
        volume,
        price: None,
        limit: Some(FIRST_PRICE + STEP * limit),
        injected: None,
        consumed: Some(net),
        confirm: Confirm::Yes,
        wanted: Some(Wanted { price: FIRST_PRICE + STEP * wanted, volume, reputation: 100, x: home.x, y: home.y }),
        weights: Some(Weights {
            price: draw.between(4, 15),
            volume: draw.between(0, 8),
            reputation: draw.between(0, 8),
            place: draw.between(0, 15),
            types: Types {
                wind: draw.between(0, 3),
                hydro: draw.between(0, 3),
                solar: draw.between(0, 3),
                biomass: draw.between(0, 8),
                fossil: draw.between(8, 15),
            },
        }),
    }
}
