//! Bounds that a genesis fixes for the whole life of its chain.

use crate::canonical_struct;
use crate::ids::Height;
use crate::terms::GREATEST_ENERGY;
use crate::units::Energy;
use crate::Error;

canonical_struct! {
    /// Bounds that hold for the whole life of a chain.
    pub struct Limits {
        /// The greatest energy of a household in a cycle, in Wh. It is the same in every cycle,
        /// because the cycle of a generation record is hidden.
        pub greatest_energy: Energy,
        /// For how many epochs after its own a credential still counts for taking money out; at
        /// least 1.
        pub exit_epochs: u32,
        /// Seconds after a cycle's last delivery deadline during which metered records of the cycle
        /// are accepted; at least 1.
        pub rest_window: u32,
        /// The expiry of a transaction is a multiple of this number of blocks; at least 1. Else the
        /// expiry would show which wallet made it.
        pub expiry_step: u32,
        /// The expiry of a transaction is at most this number of blocks ahead; at least twice
        /// `expiry_step`. Else a far expiry would be kept in the state for ever.
        pub validity: u32,
    }
}

impl Default for Limits {
    /// 12,500 Wh, a year of weekly epochs, 30 days, steps of 16 blocks, 256 blocks.
    fn default() -> Self {
        Limits {
            greatest_energy: Energy::new(GREATEST_ENERGY).expect("far below 2^32"),
            exit_epochs: 53,
            rest_window: 30 * 24 * 3600,
            expiry_step: 16,
            validity: 256,
        }
    }
}

impl Limits {
    /// The expiry of a transaction that is made after the block at this height: a multiple of
    /// `expiry_step`, at least one whole step ahead and at most two. Everybody takes this one, so that
    /// an expiry does not show which wallet made it.
    pub fn expiry(&self, after: Height) -> Height {
        let step = u64::from(self.expiry_step.max(1));
        Height((after.0 / step).saturating_add(2).saturating_mul(step))
    }
    /// Whether an expiry is a multiple of `expiry_step`.
    pub fn is_step(&self, expiry: Height) -> bool {
        expiry.0.is_multiple_of(u64::from(self.expiry_step.max(1)))
    }
    /// Whether an expiry is too far ahead of the block at this height.
    pub fn is_far(&self, expiry: Height, block: Height) -> bool {
        expiry.0 > block.0.saturating_add(u64::from(self.validity))
    }
    /// Checks the bounds of each limit. Error: [`Error::Encoding`].
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.greatest_energy == Energy::ZERO {
            return Err(Error::Encoding("the greatest energy is zero"));
        }
        if self.exit_epochs == 0 || self.rest_window == 0 {
            return Err(Error::Encoding("no time to take money out, or to issue metered records"));
        }
        if self.expiry_step == 0 || u64::from(self.validity) < 2 * u64::from(self.expiry_step) {
            return Err(Error::Encoding("transactions are valid for less than two steps of their expiry"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_one_to_two_steps_ahead_and_the_same_for_all_who_make_one_within_a_step() {
        let limits = Limits { expiry_step: 16, validity: 32, ..Limits::default() };
        assert_eq!(limits.check(), Ok(()));
        for (after, expiry) in [(0, 32), (1, 32), (15, 32), (16, 48), (31, 48), (32, 64)] {
            assert_eq!(limits.expiry(Height(after)), Height(expiry));
        }
        for after in 0..100 {
            let expiry = limits.expiry(Height(after));
            assert!(limits.is_step(expiry) && !limits.is_far(expiry, Height(after + 1)));
            assert!((17..=32).contains(&(expiry.0 - after)));
        }
        let last = limits.expiry(Height(u64::MAX));
        assert!(!limits.is_far(last, Height(u64::MAX)));
    }

    #[test]
    fn a_step_and_the_validity_are_met_to_the_block() {
        let limits = Limits { expiry_step: 5, validity: 10, ..Limits::default() };
        assert!(limits.is_step(Height(15)) && !limits.is_step(Height(14)) && !limits.is_step(Height(16)));
        assert!(!limits.is_far(Height(15), Height(5)) && limits.is_far(Height(15), Height(4)));
    }
}
