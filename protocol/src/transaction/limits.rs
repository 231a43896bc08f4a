//! Bounds that a genesis fixes for the whole life of its chain.

use crate::canonical_struct;
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
