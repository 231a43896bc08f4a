//! Whether a horizon is one.

use super::horizon::{Battery, Flexible, Generator, Horizon, MOST_CYCLES, MOST_DEVICES};
use crate::horizon_fault::Fault;
use crate::refused::{Problem, Refused};
use crate::units::Power;
use std::collections::BTreeSet;

/// Checks what the types of a horizon leave open. Paths are those of the file format; `battery`
/// writes a battery's path by its index. Errors: [`Problem::Bounds`], [`Fault`].
pub(super) fn check(horizon: &Horizon, battery: &dyn Fn(usize) -> String) -> Result<(), Refused> {
    let cycles = horizon.cycles();
    within("load", "cycles", cycles, 1, MOST_CYCLES)?;
    length("buy", horizon.buy.len(), cycles)?;
    length("sell", horizon.sell.len(), cycles)?;
    for (cycle, (buy, sell)) in horizon.buy.iter().zip(&horizon.sell).enumerate() {
        if sell > buy {
            let problem = Fault::SellAboveBuy { sell: sell.get(), buy: buy.get() };
            return Err(refused(format!("sell[{cycle}]"), problem));
        }
    }
    for (path, of) in [("import_w", horizon.import), ("export_w", horizon.export)] {
        of.map_or(Ok(()), |of| power(path.into(), of))?;
    }
    within("batteries", "batteries", horizon.batteries.len(), 0, MOST_DEVICES)?;
    for (index, of) in horizon.batteries.iter().enumerate() {
        check_battery(of, cycles, &battery(index))?;
    }
    horizon.generator.as_ref().map_or(Ok(()), |generator| check_generator(generator, cycles))?;
    within("flexible", "flexible loads", horizon.flexible.len(), 0, MOST_DEVICES)?;
    for (index, of) in horizon.flexible.iter().enumerate() {
        check_flexible(of, horizon, &format!("flexible[{index}]"))?;
    }
    Ok(())
}

fn refused(path: impl Into<String>, fault: Fault) -> Refused {
    Refused::at(path, Problem::Schedule(fault))
}

fn bounds(path: impl Into<String>, value: u64, least: u64, most: u64) -> Result<(), Refused> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => {
            let problem = Problem::Bounds { value: value.into(), least: least.into(), most: most.into() };
            Err(Refused::at(path, problem))
        }
    }
}

fn within(path: &str, what: &'static str, count: usize, least: usize, most: usize) -> Result<(), Refused> {
    match (least..=most).contains(&count) {
        true => Ok(()),
        false => Err(refused(path, Fault::Count { what, count, least, most })),
    }
}

fn length(path: impl Into<String>, found: usize, cycles: usize) -> Result<(), Refused> {
    match found == cycles {
        true => Ok(()),
        false => Err(refused(path, Fault::Length { found, cycles })),
    }
}

fn check_battery(of: &Battery, cycles: usize, path: &str) -> Result<(), Refused> {
    let (minimum, capacity) = (of.minimum.get(), of.capacity.get());
    bounds(format!("{path}.minimum"), minimum, 0, capacity)?;
    bounds(format!("{path}.initial"), of.initial.get(), minimum, capacity)?;
    bounds(format!("{path}.final"), of.r#final.get(), minimum, capacity)?;
    power(format!("{path}.charge_w"), of.charge)?;
    power(format!("{path}.discharge_w"), of.discharge)?;
    let mut seen = BTreeSet::new();
    for (index, cycle) in of.away.iter().enumerate() {
        let path = || format!("{path}.away[{index}]");
        bounds(path(), *cycle as u64, 0, cycles as u64 - 1)?;
        if !seen.insert(*cycle) {
            return Err(refused(path(), Fault::CycleTwice(*cycle)));
        }
    }
    of.drive.as_ref().map_or(Ok(()), |drive| length(format!("{path}.drive"), drive.len(), cycles))
}

fn power(path: String, of: Power) -> Result<(), Refused> {
    match of.get() {
        0.. => Ok(()),
        value => {
            let most = Power::MOST.get().into();
            Err(Refused::at(path, Problem::Bounds { value: value.into(), least: 0, most }))
        }
    }
}

fn check_generator(of: &Generator, cycles: usize) -> Result<(), Refused> {
    length("generator.available", of.available.len(), cycles)?;
    of.ramp.map_or(Ok(()), |ramp| power("generator.ramp_w".into(), ramp))
}

fn check_flexible(of: &Flexible, horizon: &Horizon, path: &str) -> Result<(), Refused> {
    let cycles = horizon.cycles();
    power(format!("{path}.max_w"), of.most)?;
    bounds(format!("{path}.until"), of.until as u64, 1, cycles as u64)?;
    if of.from >= of.until {
        return Err(refused(format!("{path}.from"), Fault::Window { from: of.from, until: of.until }));
    }
    let most = i128::from(of.most.get()) * (of.until - of.from) as i128 / horizon.cycle.watts_per_wh();
    match i128::from(of.energy.get()) <= most {
        true => Ok(()),
        false => {
            let problem = Fault::NoRoom { energy: of.energy.get(), most: most as u128 };
            Err(refused(format!("{path}.energy"), problem))
        }
    }
}
