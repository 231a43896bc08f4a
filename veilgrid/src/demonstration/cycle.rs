//! A cycle, step by step, as docs/protocol/00-overview.md draws the life of a trade. Postings of a
//! step go into one block in the scenario's order.

mod delivery;
#[cfg_attr(not(feature = "deviation"), path = "cycle/without_deviation.rs")]
mod deviation;
mod grid;
mod listing;
mod prepare;
mod round;

use super::runner::Runner;
use super::{schedule, Error};
use market::outcome::Outcome;
use market::scenario::{CyclePlans, ScenarioPlan};
use protocol::ids::Time;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::Schedule;
use protocol::units::Cycle;

/// A match, by the plans' places in the scenario.
struct Pairing {
    round: u8,
    match_id: MatchId,
    seller: usize,
    buyer: usize,
}

/// A cycle being played.
pub(super) struct Playing<'c> {
    plans: &'c CyclePlans,
    schedule: Schedule,
    now: Time,
    /// The handle under which each plan is listed now; None: rejected, or done.
    listed: Vec<Option<Handle>>,
    /// Every handle that a plan ever had, in the order listed.
    handles: Vec<(Handle, usize)>,
    pairings: Vec<Pairing>,
}

impl Playing<'_> {
    pub(super) fn cycle(&self) -> Cycle {
        self.plans.cycle
    }
    fn plan(&self, index: usize) -> &ScenarioPlan {
        &self.plans.plans[index]
    }
    /// The matches made.
    #[cfg(feature = "deviation")]
    pub(super) fn trades(&self) -> Vec<MatchId> {
        self.pairings.iter().map(|pairing| pairing.match_id).collect()
    }
    /// The next moment.
    pub(super) fn tick(&mut self) -> Time {
        self.now.0 += 1;
        self.now
    }
    fn list(&mut self, index: usize, handle: Handle) {
        self.listed[index] = Some(handle);
        self.handles.push((handle, index));
    }
}

impl Runner<'_> {
    /// Plays one cycle and adds its trades, grid rows and rejections to `outcome`.
    pub(super) fn play_cycle(&mut self, index: usize, plans: &CyclePlans, outcome: &mut Outcome) -> Result<(), Error> {
        let schedule = schedule::schedule(index, self.scenario.market.max_rounds);
        let mut playing = Playing {
            plans,
            schedule,
            now: schedule::begins(&schedule),
            listed: vec![None; plans.plans.len()],
            handles: Vec::new(),
            pairings: Vec::new(),
        };
        self.prepare(&mut playing)?;
        let rejected = self.list(&mut playing)?;
        outcome.rejected.extend(rejected);
        for round in 0..self.scenario.market.max_rounds {
            if !self.round(&mut playing, round)? {
                break;
            }
        }
        self.deliver(&mut playing)?;
        self.deviate(&mut playing)?;
        self.settle(&mut playing)?;
        let trades = self.trades(&playing)?;
        outcome.trades.extend(trades);
        self.grid(&mut playing, outcome)?;
        self.tidy(&mut playing)
    }

    pub(super) fn label(&self, playing: &Playing<'_>) -> String {
        format!("cycle {}", playing.cycle().get())
    }
}
