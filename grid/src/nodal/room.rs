//! The room on lines.

use crate::network::Way;
use crate::units::{CycleSeconds, Power};

/// How much more energy a line takes in a cycle, in Wh, in each direction. None: any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Away from the root.
    pub forward: Option<i128>,
    /// Towards the root.
    pub backward: Option<i128>,
}

impl Room {
    /// The room that a line of this limit has beside a base flow in W (positive: away from the
    /// root): in each direction the whole Wh of a cycle that its free power carries. A line that the
    /// base overloads has none in the base's direction.
    pub fn beside(base: i128, limit: Option<Power>, cycle: CycleSeconds) -> Room {
        let Some(limit) = limit else {
            return Room::default();
        };
        let whole = |power: i128| Some(power.div_euclid(cycle.watts_per_wh()).max(0));
        let limit = i128::from(limit.get());
        Room { forward: whole(limit - base), backward: whole(limit + base) }
    }

    /// The room in a direction.
    pub fn on(&self, way: Way) -> Option<i128> {
        match way {
            Way::Outward => self.forward,
            Way::Inward => self.backward,
        }
    }

    /// Whether one more Wh can move in a direction.
    pub(super) fn open(&self, way: Way) -> bool {
        self.on(way).is_none_or(|room| room > 0)
    }

    /// Moves energy in a direction: it takes room there and gives as much back in the other.
    pub(super) fn take(&mut self, way: Way, energy: i128) {
        let taken = way.sign() * energy;
        self.forward = self.forward.map(|room| room - taken);
        self.backward = self.backward.map(|room| room + taken);
    }
}
