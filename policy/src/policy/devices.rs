//! The section `devices` of a policy file.

use super::refused::{Problem, Refused};
use super::section::Section;
use crate::devices::{Devices, Flexible, Store, Trips, MOST_FLEXIBLE};
use crate::slot::SLOTS_OF_DAY;
use grid::schedule::Efficiency;
use grid::units::Power;
use protocol::units::{Energy, Price};

/// The greatest energy of a device: a MWh.
const MOST_WH: u64 = 1_000_000;
/// The greatest power of a device: a MW.
const MOST_W: u64 = 1_000_000;

pub(super) fn read(mut section: Section<'_>) -> Result<Devices, Refused> {
    let mut devices = Devices::default();
    for (key, on_the_road) in [("battery", false), ("car", true)] {
        if section.has(key) {
            devices.stores.push(store(section.section(key)?, on_the_road)?);
        } else {
            // The key counts as known, for the message about an unknown one.
            section.section(key)?;
        }
    }
    let loads = section.sections("flexible")?;
    if loads.len() > MOST_FLEXIBLE {
        return Err(section.refuse("flexible", Problem::Many { found: loads.len(), most: MOST_FLEXIBLE }));
    }
    devices.flexible = loads.into_iter().map(flexible).collect::<Result<_, _>>()?;
    section.end()?;
    Ok(devices)
}

/// A whole number that has no default.
fn needed(section: &mut Section<'_>, key: &'static str, least: u64, most: u64) -> Result<u64, Refused> {
    match section.has(key) {
        true => section.whole(key, least, most, least),
        false => Err(section.refuse(key, Problem::Needed)),
    }
}

fn energy(wh: u64) -> Energy {
    Energy::new(wh).expect("a device's energy is at most a MWh")
}

fn power(watts: u64) -> Power {
    Power::new(watts as i64).expect("a device's power is at most a MW")
}

fn efficiency(section: &mut Section<'_>, key: &'static str) -> Result<Efficiency, Refused> {
    let permille = section.whole(key, 1, 1000, 950)?;
    Ok(Efficiency::new(permille as u16).expect("1 to 1000 per mille"))
}

fn store(mut section: Section<'_>, on_the_road: bool) -> Result<Store, Refused> {
    let capacity = needed(&mut section, "capacity_wh", 1, MOST_WH)?;
    let minimum = section.whole("minimum_wh", 0, capacity, 0)?;
    let charge = needed(&mut section, "charge_w", 0, MOST_W)?;
    // A car gives nothing back unless its policy says so.
    let discharge = match on_the_road {
        true => section.whole("discharge_w", 0, MOST_W, 0)?,
        false => needed(&mut section, "discharge_w", 0, MOST_W)?,
    };
    let store = Store {
        capacity: energy(capacity),
        minimum: energy(minimum),
        start: energy(section.whole("start_wh", minimum, capacity, minimum)?),
        charge: power(charge),
        discharge: power(discharge),
        charge_efficiency: efficiency(&mut section, "charge_permille")?,
        discharge_efficiency: efficiency(&mut section, "discharge_permille")?,
        wear: section.price("wear", Price::ZERO)?,
        trips: on_the_road.then(|| trips(&mut section, capacity - minimum)).transpose()?,
    };
    section.end()?;
    Ok(store)
}

fn trips(section: &mut Section<'_>, most: u64) -> Result<Trips, Refused> {
    let leaves = needed(section, "leaves_slot", 0, u64::from(SLOTS_OF_DAY) - 2)?;
    Ok(Trips {
        leaves: leaves as u8,
        returns: needed(section, "returns_slot", leaves + 1, u64::from(SLOTS_OF_DAY) - 1)? as u8,
        drive: energy(needed(section, "drive_wh", 0, most)?),
        weekends: section.flag("weekends", false)?,
    })
}

fn flexible(mut section: Section<'_>) -> Result<Flexible, Refused> {
    let day = u64::from(SLOTS_OF_DAY);
    let from = section.whole("from_slot", 0, day - 1, 0)?;
    let until = section.whole("until_slot", from + 1, day, day)?;
    let most = needed(&mut section, "max_w", 4, MOST_W)?;
    let flexible = Flexible {
        // Exactly this energy has to fit into the window.
        energy: energy(needed(&mut section, "energy_wh", 1, (most / 4 * (until - from)).min(MOST_WH))?),
        from: from as u8,
        until: until as u8,
        most: power(most),
    };
    section.end()?;
    Ok(flexible)
}
