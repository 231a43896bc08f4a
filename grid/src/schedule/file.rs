//! The file of a horizon, `veilgrid-grid-schedule/1`.

use super::check::check;
use super::horizon::{self, Efficiency, Horizon};
use crate::horizon_fault::Fault;
use crate::refused::{At, Problem, Refused};
use crate::units::{CycleSeconds, Power};
use protocol::units::{Energy, Price};
use serde::{Deserialize, Deserializer};

/// The format of the file.
pub const FORMAT: &str = "veilgrid-grid-schedule/1";

market::object! {
    /// The whole file. Energy in Wh, power in W, prices in micro-currency per kWh.
    File {
        /// [`FORMAT`].
        format: String,
        /// Seconds of a cycle.
        cycle_seconds: u64,
        /// The allowed prices.
        price_grid: PriceGrid,
        /// Load of each cycle.
        load: Vec<u64>,
        /// Price to buy in each cycle.
        buy: Vec<u64>,
        /// Price to sell in each cycle.
        sell: Vec<u64>,
        /// The connection's limit to take.
        #[serde(deserialize_with = "or_null")]
        import_w: Option<u64>,
        /// The connection's limit to give.
        #[serde(deserialize_with = "or_null")]
        export_w: Option<u64>,
        /// The battery.
        #[serde(deserialize_with = "or_null")]
        battery: Option<Battery>,
        /// The generator.
        #[serde(deserialize_with = "or_null")]
        generator: Option<Generator>,
        /// The flexible loads.
        flexible: Vec<Flexible>,
    }
}

market::object! {
    /// The allowed prices.
    PriceGrid {
        /// The first.
        first: u64,
        /// The difference of neighbours.
        step: u64,
    }
}

market::object! {
    /// A battery.
    Battery {
        /// The most that it stores.
        capacity: u64,
        /// The least that it stores.
        minimum: u64,
        /// What it stores at first.
        initial: u64,
        /// The least that it stores in the end.
        r#final: u64,
        /// The most that goes in.
        charge_w: u64,
        /// The most that comes out.
        discharge_w: u64,
        /// How much of what goes in is stored.
        charge_permille: u64,
        /// How much of what is taken from the store comes out.
        discharge_permille: u64,
        /// Cost of a kWh in or out.
        wear: u64,
        /// Cycles in which it is not plugged in.
        #[serde(default)]
        away: Option<Vec<u64>>,
        /// What it uses on the road in each cycle.
        #[serde(default)]
        drive: Option<Vec<u64>>,
    }
}

market::object! {
    /// A generator.
    Generator {
        /// The most that it generates in each cycle.
        available: Vec<u64>,
        /// How far its power may change from one cycle to the next.
        #[serde(deserialize_with = "or_null")]
        ramp_w: Option<u64>,
        /// What it generated in the cycle before the first.
        before: u64,
        /// What is left after conversion.
        efficiency_permille: u64,
        /// Cost of a kWh.
        cost: u64,
    }
}

market::object! {
    /// A flexible load.
    Flexible {
        /// What it takes in all.
        energy: u64,
        /// The first cycle of its window.
        from: u64,
        /// The cycle before which its window ends.
        until: u64,
        /// The most that it takes at once.
        max_w: u64,
    }
}

/// Reads a field that is there, and may be `null`.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Reads a file. Error: [`Refused`].
pub(super) fn read(bytes: &[u8]) -> Result<Horizon, Refused> {
    let file: File = market::json::read(bytes)?;
    if file.format != FORMAT {
        let problem = Problem::Format { found: file.format, known: FORMAT.into() };
        return Err(Refused::at("format", problem));
    }
    let first = price("price_grid.first", file.price_grid.first)?;
    let step = price("price_grid.step", file.price_grid.step)?;
    let horizon = Horizon {
        cycle: CycleSeconds::new(file.cycle_seconds).at(|| "cycle_seconds".into())?,
        price_grid: protocol::market_parameters::PriceGrid::new(first, step).at(|| "price_grid.step".into())?,
        load: energies("load", &file.load)?,
        buy: each("buy", &file.buy, price)?,
        sell: each("sell", &file.sell, price)?,
        import: file.import_w.map(|of| power("import_w", of)).transpose()?,
        export: file.export_w.map(|of| power("export_w", of)).transpose()?,
        batteries: file.battery.iter().map(battery).collect::<Result<_, _>>()?,
        generator: file.generator.as_ref().map(generator).transpose()?,
        flexible: file.flexible.iter().enumerate().map(flexible).collect::<Result<_, _>>()?,
    };
    check(&horizon, &|_| "battery".into())?;
    Ok(horizon)
}

fn bounded(path: &str, value: u64, most: u64) -> Result<u64, Refused> {
    match value <= most {
        true => Ok(value),
        false => Err(Refused::at(path, Problem::Bounds { value: value.into(), least: 0, most: most.into() })),
    }
}

fn energy(path: &str, wh: u64) -> Result<Energy, Refused> {
    Energy::new(bounded(path, wh, Energy::MAX.get())?).at(|| path.into())
}

fn price(path: &str, micro: u64) -> Result<Price, Refused> {
    Price::new(bounded(path, micro, Price::MAX.get())?).at(|| path.into())
}

fn power(path: &str, watts: u64) -> Result<Power, Refused> {
    let watts = bounded(path, watts, Power::MOST.get() as u64)?;
    Power::new(watts as i64).at(|| path.into())
}

fn efficiency(path: &str, permille: u64) -> Result<Efficiency, Refused> {
    let of = u16::try_from(permille).ok().and_then(Efficiency::new);
    of.ok_or_else(|| Refused::at(path, Fault::Efficiency(permille).into()))
}

fn each<T>(path: &str, of: &[u64], read: fn(&str, u64) -> Result<T, Refused>) -> Result<Vec<T>, Refused> {
    of.iter().enumerate().map(|(index, value)| read(&format!("{path}[{index}]"), *value)).collect()
}

fn energies(path: &str, of: &[u64]) -> Result<Vec<Energy>, Refused> {
    each(path, of, energy)
}

/// A number of a cycle. One that is no index at all is refused later, as one beyond the last cycle.
fn cycle(of: u64) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

fn battery(of: &Battery) -> Result<horizon::Battery, Refused> {
    Ok(horizon::Battery {
        capacity: energy("battery.capacity", of.capacity)?,
        minimum: energy("battery.minimum", of.minimum)?,
        initial: energy("battery.initial", of.initial)?,
        r#final: energy("battery.final", of.r#final)?,
        charge: power("battery.charge_w", of.charge_w)?,
        discharge: power("battery.discharge_w", of.discharge_w)?,
        charge_efficiency: efficiency("battery.charge_permille", of.charge_permille)?,
        discharge_efficiency: efficiency("battery.discharge_permille", of.discharge_permille)?,
        wear: price("battery.wear", of.wear)?,
        away: of.away.iter().flatten().map(|of| cycle(*of)).collect(),
        drive: of.drive.as_ref().map(|drive| energies("battery.drive", drive)).transpose()?,
    })
}

fn generator(of: &Generator) -> Result<horizon::Generator, Refused> {
    Ok(horizon::Generator {
        available: energies("generator.available", &of.available)?,
        ramp: of.ramp_w.map(|of| power("generator.ramp_w", of)).transpose()?,
        before: energy("generator.before", of.before)?,
        efficiency: efficiency("generator.efficiency_permille", of.efficiency_permille)?,
        cost: price("generator.cost", of.cost)?,
    })
}

fn flexible((index, of): (usize, &Flexible)) -> Result<horizon::Flexible, Refused> {
    Ok(horizon::Flexible {
        energy: energy(&format!("flexible[{index}].energy"), of.energy)?,
        from: cycle(of.from),
        until: cycle(of.until),
        most: power(&format!("flexible[{index}].max_w"), of.max_w)?,
    })
}
