//! How much of each trade a feeder carries.

use super::feeder::{Feeder, Load};
use super::state::{Limiting, Side, State};
use protocol::units::Energy;

/// A trade between two buses, by their indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Where the energy is put in.
    pub seller: usize,
    /// Where it is taken out. It may be the same bus: then nothing flows on any line.
    pub buyer: usize,
    /// How much.
    pub energy: Energy,
}

/// What a feeder carries of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The energy that fits.
    pub energy: Energy,
    /// The rest of the trade.
    pub cut: Energy,
    /// The limit that cut it: the first of the tightest, lines first, then buses. None if nothing is
    /// cut.
    pub by: Option<Limiting>,
}

/// A feeder's answer to a list of trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Without the trades.
    pub base: State,
    /// With all trades in full.
    pub as_matched: State,
    /// What fits of each trade, in the order made.
    pub admitted: Vec<Admitted>,
    /// With what fits.
    pub after: State,
}

/// Admits trades in the order made. Each gets the greatest volume that exceeds no limit, and no
/// limit further that is exceeded already: of a limit with the slack s that a Wh of the trade uses
/// up by a > 0, it is at most max(0, floor(s / a)). `base` is what each bus takes out without the
/// trades.
pub fn admit(feeder: &Feeder, base: &[Load], trades: impl Iterator<Item = Trade>) -> Admission {
    let mut loads = base.to_vec();
    let base = State::of(feeder, base);
    let mut after = base.clone();
    let mut admitted = Vec::new();
    let watts = feeder.cycle().watts_per_wh();
    for trade in trades {
        let power = i128::from(trade.energy.get()) * watts;
        loads[trade.seller].active -= power;
        loads[trade.buyer].active += power;
        let effect = Effect::of(feeder, &trade);
        let fits = effect.fits(feeder, &after, trade.energy);
        effect.add(&mut after, fits.energy);
        admitted.push(fits);
    }
    Admission { base, as_matched: State::of(feeder, &loads), admitted, after }
}

/// What a Wh of a trade changes.
struct Effect {
    /// The lines on its way, by rising index, with the W that it adds to the flow.
    lines: Vec<(usize, i128)>,
    /// What it adds to the square of each bus's voltage in mV^2.
    squared: Vec<i128>,
}

impl Effect {
    fn of(feeder: &Feeder, trade: &Trade) -> Effect {
        let watts = feeder.cycle().watts_per_wh();
        let way = feeder.radial().between(trade.seller, trade.buyer);
        let mut lines: Vec<(usize, i128)> = way.map(|(line, way)| (line, watts * way.sign())).collect();
        let mut squared = vec![0; feeder.buses().count()];
        for (line, power) in &lines {
            squared[feeder.radial().ends(*line).1] = -2000 * i128::from(feeder.impedance(*line).0.get()) * power;
        }
        if !lines.is_empty() {
            for &line in feeder.radial().outward() {
                let (near, far) = feeder.radial().ends(line);
                squared[far] += squared[near];
            }
        }
        lines.sort_unstable();
        Effect { lines, squared }
    }

    /// How much of the trade's energy fits beside what flows already.
    fn fits(&self, feeder: &Feeder, now: &State, energy: Energy) -> Admitted {
        let (least, most) = feeder.band();
        let lines = self.lines.iter().filter_map(|(line, adds)| {
            let slack = i128::from(feeder.limits()[*line]?.get()) - now.flows[*line] * adds.signum();
            Some((Limiting::Line(*line), slack, adds.abs()))
        });
        let buses = self.squared.iter().enumerate().filter(|(_, adds)| **adds != 0).map(|(bus, adds)| {
            let (side, slack) = match *adds > 0 {
                true => (Side::High, most.squared() - now.squared[bus]),
                false => (Side::Low, now.squared[bus] - least.squared()),
            };
            (Limiting::Bus(bus, side), slack, adds.abs())
        });
        let (mut fits, mut by) = (i128::from(energy.get()), None);
        for (limit, slack, uses) in lines.chain(buses) {
            let most = slack.div_euclid(uses).max(0);
            if most < fits {
                (fits, by) = (most, Some(limit));
            }
        }
        let fits = Energy::new(fits as u64).expect("at most the trade's energy");
        Admitted { energy: fits, cut: energy.minus(fits).expect("at most the trade's energy"), by }
    }

    fn add(&self, state: &mut State, energy: Energy) {
        let energy = i128::from(energy.get());
        for (line, adds) in &self.lines {
            state.flows[*line] += adds * energy;
        }
        for (squared, adds) in state.squared.iter_mut().zip(&self.squared) {
            *squared += adds * energy;
        }
    }
}
