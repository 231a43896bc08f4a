//! A feeder with the limits of its lines and voltages.

use super::fields::{LineFields, LoadFields};
use crate::network::{Buses, Radial};
use crate::refused::{At, Problem, Refused};
use crate::units::{CycleSeconds, Milliohms, Millivolts, Power};

/// What a file says of a feeder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The length of a market cycle in seconds.
    pub cycle_seconds: u64,
    /// The voltage of the root.
    pub root_mv: u64,
    /// The least voltage of every bus.
    pub v_min_mv: u64,
    /// The greatest voltage of every bus.
    pub v_max_mv: u64,
    /// The names of the buses, the root first.
    pub buses: Vec<String>,
    /// The lines; one feeds each bus but the root.
    pub lines: Vec<LineFields>,
}

/// A radial feeder with the limits of its lines and voltages.
#[derive(Clone, Debug)]
pub struct Feeder {
    cycle: CycleSeconds,
    root: Millivolts,
    band: (Millivolts, Millivolts),
    buses: Buses,
    radial: Radial,
    impedances: Vec<(Milliohms, Milliohms)>,
    limits: Vec<Option<Power>>,
}

/// What a bus takes out of a feeder: a sum of loads, less what is put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Active power in W.
    pub active: i128,
    /// Reactive power in var.
    pub reactive: i128,
}

impl std::ops::AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.active += other.active;
        self.reactive += other.reactive;
    }
}

impl Feeder {
    /// Checks what a file says. Errors, each with the path of its field: [`Problem::CycleSeconds`],
    /// [`Problem::Bounds`], [`Problem::EmptyBand`], and all of [`Buses::new`] and [`Radial::new`].
    pub fn new(shape: Shape) -> Result<Feeder, Refused> {
        let cycle = CycleSeconds::new(shape.cycle_seconds).at(|| "cycle_seconds".into())?;
        let millivolts = |value: u64, field: &str| Millivolts::new(value).at(|| field.into());
        let root = millivolts(shape.root_mv, "root_mv")?;
        let band = (millivolts(shape.v_min_mv, "v_min_mv")?, millivolts(shape.v_max_mv, "v_max_mv")?);
        if band.0 > band.1 {
            let problem = Problem::EmptyBand { least: shape.v_min_mv, most: shape.v_max_mv };
            return Err(Refused::at("v_max_mv", problem));
        }
        let buses = Buses::new(shape.buses)?;
        let ends = shape.lines.iter().map(|line| (line.from.as_str(), line.to.as_str()));
        let radial = Radial::new(&buses, ends)?;
        let (mut impedances, mut limits) = (Vec::new(), Vec::new());
        for (index, line) in shape.lines.iter().enumerate() {
            let path = |field: &str| format!("lines[{index}].{field}");
            impedances.push((Milliohms::new(line.r).at(|| path("r"))?, Milliohms::new(line.x).at(|| path("x"))?));
            limits.push(line.limit.map(Power::size).transpose().at(|| path("limit"))?);
        }
        Ok(Feeder { cycle, root, band, buses, radial, impedances, limits })
    }

    /// The length of a market cycle.
    pub fn cycle(&self) -> CycleSeconds {
        self.cycle
    }

    /// The voltage of the root.
    pub fn root(&self) -> Millivolts {
        self.root
    }

    /// The least and the greatest voltage of every bus.
    pub fn band(&self) -> (Millivolts, Millivolts) {
        self.band
    }

    /// The buses, the root first.
    pub fn buses(&self) -> &Buses {
        &self.buses
    }

    /// The lines as a tree.
    pub fn radial(&self) -> &Radial {
        &self.radial
    }

    /// Resistance and reactance of a line, by its index.
    pub fn impedance(&self, line: usize) -> (Milliohms, Milliohms) {
        self.impedances[line]
    }

    /// What each line carries at most; None: any.
    pub fn limits(&self) -> &[Option<Power>] {
        &self.limits
    }

    /// What each bus takes out: entries of a file, summed by bus. `list` is the field that they are
    /// in. Errors: [`Problem::UnknownBus`], [`Problem::Bounds`].
    pub fn loads(&self, entries: &[LoadFields], list: &str) -> Result<Vec<Load>, Refused> {
        let mut loads = vec![Load::default(); self.buses().count()];
        for (index, entry) in entries.iter().enumerate() {
            let bus = self.buses().index(&entry.bus, || format!("{list}[{index}].bus"))?;
            let active = Power::new(entry.p).at(|| format!("{list}[{index}].p"))?;
            let reactive = Power::new(entry.q).at(|| format!("{list}[{index}].q"))?;
            loads[bus] += Load { active: active.get().into(), reactive: reactive.get().into() };
        }
        Ok(loads)
    }
}
