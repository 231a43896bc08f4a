//! Plans the next slots: what each device should do in the first of them.

use super::set_point::{Ahead, SetPoint};
use super::{quarter, Devices, Flexible, Run, Store};
use crate::net_energy::NetEnergy;
use grid::schedule::{self, Battery, Efficiency, Generator, Horizon};
use grid::units::CycleSeconds;
use protocol::market_parameters::PriceGrid;
use protocol::units::{Energy, Price};

impl Run {
    /// Plans the slots of `ahead`, the coming one first, of which `expected` says what each leaves over
    /// or lacks without the devices. None where no schedule keeps to all limits.
    pub fn plan(&self, ahead: &[Ahead], expected: &[NetEnergy]) -> Option<SetPoint> {
        plan(self.devices(), self, ahead, expected)
    }
}

fn plan(devices: &Devices, run: &Run, ahead: &[Ahead], expected: &[NetEnergy]) -> Option<SetPoint> {
    let horizon = horizon(devices, run, ahead, expected)?;
    let planned = schedule::plan(&horizon).ok()?;
    let schedule = planned.schedule();
    let first = |of: &[f64]| of.first().map_or(0, |wh| wh.round() as i64);
    let mut flexible = vec![0; devices.flexible.len()];
    for (takes, load) in schedule.flexible.iter().zip(windows(devices, run, ahead)) {
        flexible[load.0] += first(takes).max(0) as u64;
    }
    let stores = schedule.batteries.iter().map(|of| first(&of.charge) - first(&of.discharge)).collect();
    let first = ahead.first()?;
    // Where the first slot neither sells nor buys nothing is listed, and no price is needed.
    let worth = match schedule.net.first().is_some_and(|net| net.abs() >= 1.0) {
        true => planned.value_now().ok()?,
        false => schedule::Worth { low: None, high: None },
    };
    let price = |of: Option<f64>, round: fn(f64) -> f64, open: Price| match of {
        Some(of) => Price::new(round(of).max(0.0) as u64).unwrap_or(Price::MAX),
        None => open,
    };
    // A tenth of a micro-currency a kWh is the solver's noise.
    Some(SetPoint {
        expected: *expected.first()?,
        stores,
        flexible,
        low: price(worth.low(), |of| (of - 0.1).ceil(), first.feed_in),
        high: price(worth.high(), |of| (of + 0.1).floor(), first.retail),
    })
}

/// The windows of flexible loads that lie ahead: the load, its window, and what it has to take.
fn windows(devices: &Devices, run: &Run, ahead: &[Ahead]) -> Vec<(usize, schedule::Flexible)> {
    let mut windows = Vec::new();
    for (index, load) in devices.flexible.iter().enumerate() {
        let mut from = 0;
        while from < ahead.len() {
            if !load.open(&ahead[from].slot) {
                from += 1;
                continue;
            }
            let day = ahead[from].slot.day();
            let open = |at: &Ahead| load.open(&at.slot) && at.slot.day() == day;
            let until = from + ahead[from..].iter().take_while(|at| open(at)).count();
            // A window that ends beyond the last slot is planned when all of it is ahead.
            if until < ahead.len() || ahead[until - 1].slot.of_day() + 1 == load.until {
                windows.extend(window(index, load, run.left(index, day), from, until));
            }
            from = until;
        }
    }
    windows
}

fn window(index: usize, load: &Flexible, left: u64, from: usize, until: usize) -> Option<(usize, schedule::Flexible)> {
    let room = quarter(load.most) * (until - from) as u64;
    let energy = Energy::new(left.min(room)).ok().filter(|energy| *energy > Energy::ZERO)?;
    Some((index, schedule::Flexible { energy, from, until, most: load.most }))
}

fn horizon(devices: &Devices, run: &Run, ahead: &[Ahead], expected: &[NetEnergy]) -> Option<Horizon> {
    Some(Horizon {
        cycle: CycleSeconds::new(900).ok()?,
        // The schedule is not listed by its own grid of prices.
        price_grid: PriceGrid::new(Price::ZERO, Price::new(1).ok()?).ok()?,
        load: expected.iter().map(|net| net.lack()).collect(),
        buy: ahead.iter().map(|of| of.retail.max(of.feed_in)).collect(),
        sell: ahead.iter().map(|of| of.feed_in).collect(),
        import: None,
        export: None,
        batteries: devices.stores.iter().enumerate().map(|(index, of)| battery(of, run.stored(index), ahead)).collect(),
        generator: Some(Generator {
            available: expected.iter().map(|net| net.surplus()).collect(),
            ramp: None,
            before: Energy::ZERO,
            efficiency: Efficiency::WHOLE,
            cost: Price::ZERO,
        }),
        flexible: windows(devices, run, ahead).into_iter().map(|(_, window)| window).collect(),
    })
}

fn battery(of: &Store, stored: Energy, ahead: &[Ahead]) -> Battery {
    let trips = of.trips.as_ref();
    let away = |at: &Ahead| trips.is_some_and(|trips| trips.away(&at.slot));
    // A trip for which there is no time to charge enough uses what there is.
    let (minimum, capacity) = (of.minimum.get() as f64, of.capacity.get() as f64);
    let mut most = stored.get() as f64;
    let drive = ahead.iter().map(|at| {
        let drive = trips.map_or(0.0, |trips| trips.drive(&at.slot) as f64).min((most - minimum).floor().max(0.0));
        most -= drive;
        if !away(at) {
            most = capacity.min(most + of.charge.get() as f64 / 4.0 * of.charge_efficiency.share());
        }
        Energy::new(drive as u64).unwrap_or(Energy::ZERO)
    });
    let drive: Option<Vec<Energy>> = trips.is_some().then(|| drive.collect());
    Battery {
        capacity: of.capacity,
        minimum: of.minimum,
        initial: stored,
        r#final: of.minimum,
        charge: of.charge,
        discharge: of.discharge,
        charge_efficiency: of.charge_efficiency,
        discharge_efficiency: of.discharge_efficiency,
        wear: of.wear,
        away: (0..ahead.len()).filter(|at| away(&ahead[*at])).collect(),
        drive,
    }
}
