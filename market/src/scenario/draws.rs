//! Plans that are drawn from a seed, around what the meters of real households showed. The rules are
//! in `docs/scenario.md`. With the default description they are those of `experiment week`.

use super::file::{
    self, Confirm, Cycle, EnergyType, File, Household, Plan, Side, Tariff, Types, Unplanned, Wanted, Weights,
};
use super::format::FORMAT;
use crate::description::Description;
use crate::neighbourhood::AboveGreatest;
use crate::seeded::Seeded;

/// Nano-currency in a currency unit.
const UNIT: u64 = 1_000_000_000;

/// A cycle of which plans are drawn.
pub(super) struct Drawn {
    /// The cycle's number, which also chooses what is drawn.
    pub number: u32,
    /// When it starts.
    pub starts: Option<String>,
    /// Its tariff, where it is not the market's.
    pub tariff: Option<Tariff>,
    /// What each household took from the grid less what it gave, in Wh. None: no reading.
    pub net: Vec<Option<i64>>,
}

/// What is drawn by.
struct Ground {
    first_price: u64,
    step: u64,
    least_lot: u64,
    greatest: u64,
}

/// Makes the scenario of these cycles. `count` is how many there are. The description's series of
/// prices were read. Error: a reading above the greatest energy, with the household's name and the
/// cycle's number.
pub(super) fn draw(
    households: &[String],
    cycles: impl Iterator<Item = Drawn>,
    count: usize,
    description: &Description,
    seed: u64,
) -> Result<File, AboveGreatest> {
    let homes: Vec<Household> =
        households.iter().enumerate().map(|(h, id)| home(h, id, count as u64, description, seed)).collect();
    let grid = &description.market.grid;
    let ground = Ground {
        first_price: grid.first().get(),
        step: grid.step().get(),
        least_lot: description.market.terms.least_lot.get(),
        greatest: description.market.terms.greatest_energy.get(),
    };
    let cycles = cycles.map(|of| {
        let (mut plans, mut unplanned) = (Vec::new(), Vec::new());
        for (h, (home, net)) in homes.iter().zip(&of.net).enumerate() {
            let Some(net) = net.filter(|net| *net != 0) else { continue };
            let wh = net.unsigned_abs();
            if wh > ground.greatest {
                return Err(AboveGreatest {
                    household: home.id.clone(),
                    cycle: of.number,
                    wh,
                    greatest: ground.greatest,
                });
            }
            let mut draw = Seeded::new(seed, (h as u64) << 32 | (u64::from(of.number) + 1));
            let plan = if net < 0 { ground.sell(home, wh, &mut draw) } else { ground.buy(home, wh, &mut draw) };
            if plan.volume >= ground.least_lot {
                plans.push(plan);
            } else {
                let (injected, consumed) = if net < 0 { (wh, 0) } else { (0, wh) };
                unplanned.push(Unplanned { household: home.id.clone(), injected, consumed });
            }
        }
        Ok(Cycle { cycle: of.number.into(), starts: of.starts, tariff: of.tariff, plans, unplanned })
    });
    let cycles = cycles.collect::<Result<_, _>>()?;
    Ok(File { format: FORMAT.into(), market: file::Market::of(description), households: homes, cycles })
}

/// Household number `h` at the start of so many cycles: what the description gives, and the rest
/// drawn from the seed.
pub fn home(h: usize, id: &str, cycles: u64, description: &Description, seed: u64) -> Household {
    let range = &description.market.ranges.place;
    let mut draw = Seeded::new(seed, (h as u64) << 32);
    let mut place =
        [draw.between(range.lo().into(), range.hi().into()), draw.between(range.lo().into(), range.hi().into())];
    if let Some(seed) = description.places.seed {
        let mut draw = Seeded::new(seed, (h as u64) << 32);
        place = [0, 0].map(|_| draw.between(range.lo().into(), range.hi().into()));
    }
    if let Some(given) = description.places.given.get(id) {
        place = [given.x.get().into(), given.y.get().into()];
    }
    let (reputation, balance) = (draw.between(60, 100), (cycles + draw.between(2, 11)) * UNIT);
    Household {
        id: id.to_string(),
        x: place[0],
        y: place[1],
        reputation: description.start.reputation.map_or(reputation, |reputation| reputation.get().into()),
        balance: description.start.balance.map_or(balance, |balance| balance.get()),
    }
}

impl Ground {
    /// The forecast that a household plans by: its net energy in Wh, off by up to 80 per mille.
    fn forecast(&self, net: u64, draw: &mut Seeded) -> u64 {
        ((net * draw.between(920, 1080) + 500) / 1000).clamp(1, self.greatest)
    }

    /// The price of a tick.
    fn price(&self, tick: u64) -> u64 {
        self.first_price + self.step * tick
    }

    fn sell(&self, home: &Household, net: u64, draw: &mut Seeded) -> Plan {
        let generated = self.forecast(net, draw);
        Plan {
            household: home.id.clone(),
            side: Side::Sell,
            energy_type: Some(EnergyType::Solar),
            generated: Some(generated),
            volume: (generated * draw.between(90, 100) / 100).max(1),
            price: Some(self.price(draw.between(4, 27))),
            limit: None,
            injected: Some(net),
            consumed: None,
            confirm: Confirm::Yes,
            wanted: None,
            weights: None,
        }
    }

    fn buy(&self, home: &Household, net: u64, draw: &mut Seeded) -> Plan {
        let volume = self.forecast(net, draw);
        let limit = draw.between(16, 47);
        let wanted = limit - draw.between(0, 15);
        Plan {
            household: home.id.clone(),
            side: Side::Buy,
            energy_type: None,
            generated: None,
            volume,
            price: None,
            limit: Some(self.price(limit)),
            injected: None,
            consumed: Some(net),
            confirm: Confirm::Yes,
            wanted: Some(Wanted { price: self.price(wanted), volume, reputation: 100, x: home.x, y: home.y }),
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
}
