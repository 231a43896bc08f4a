//! What flows on a feeder, its voltages, and the limits that they exceed.

use super::feeder::{Feeder, Load};

/// Flows and voltages of a feeder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The active power on each line in W; positive: away from the root.
    pub flows: Vec<i128>,
    /// The square of each bus's voltage in mV^2. It is below zero where no voltage could carry the
    /// load.
    pub squared: Vec<i128>,
}

/// A side of the band of voltages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The greatest voltage.
    High,
    /// The least voltage.
    Low,
}

impl Side {
    /// Its word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Side::High => "high",
            Side::Low => "low",
        }
    }
}

/// A limit of a feeder, by the index of the line or the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limiting {
    /// What a line carries at most.
    Line(usize),
    /// A side of a bus's band of voltages.
    Bus(usize, Side),
}

impl Limiting {
    /// Its name in files: `line 2`, `bus C low`.
    pub fn name(self, feeder: &Feeder) -> String {
        match self {
            Limiting::Line(line) => format!("line {line}"),
            Limiting::Bus(bus, side) => format!("bus {} {}", feeder.buses().names()[bus], side.word()),
        }
    }
}

/// A limit that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limiting,
    /// By how much: W of a line, mV^2 of a voltage. Above zero.
    pub by: i128,
}

impl State {
    /// What flows when each bus takes out this load. The sizes of the loads sum to less than 2^67, as
    /// those of any file do: then no sum here leaves 128 bits.
    pub fn of(feeder: &Feeder, loads: &[Load]) -> State {
        let flows = feeder.radial().flows(loads);
        let mut squared = vec![feeder.root().squared(); feeder.buses().count()];
        for &line in feeder.radial().outward() {
            let (near, far) = feeder.radial().ends(line);
            let (r, x) = feeder.impedance(line);
            let drop = 2000 * (i128::from(r.get()) * flows[line].active + i128::from(x.get()) * flows[line].reactive);
            squared[far] = squared[near] - drop;
        }
        State { flows: flows.into_iter().map(|flow| flow.active).collect(), squared }
    }

    /// The limits that are exceeded: lines first, then buses, each in the order of the file.
    pub fn exceeded(&self, feeder: &Feeder) -> Vec<Exceeded> {
        let lines = feeder.limits().iter().zip(&self.flows).enumerate().filter_map(|(line, (limit, flow))| {
            let by = flow.abs() - i128::from((*limit)?.get());
            Some(Exceeded { limit: Limiting::Line(line), by })
        });
        let (least, most) = feeder.band();
        let buses = self.squared.iter().enumerate().flat_map(|(bus, squared)| {
            let side = |side, by| Exceeded { limit: Limiting::Bus(bus, side), by };
            [side(Side::High, squared - most.squared()), side(Side::Low, least.squared() - squared)]
        });
        lines.chain(buses).filter(|exceeded| exceeded.by > 0).collect()
    }
}
