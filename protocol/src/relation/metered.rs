//! Relation 13b (Metered): a metered record S holds the public sign, cycle and metering service, and
//! an energy above zero and within the bound. Its serial is the one that the service's serial key
//! gives this household, cycle and sign, so there is one such record and no second. The audit key
//! can open it.
//!
//! The metering service knows everything that it proves, so no household's secret is needed.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::record::metered::{RecordSerial, SerialKey, Sign};
use crate::record::Commitment;
use crate::units::{Cycle, Energy, IssuerId};
use crate::Fr;

/// Public inputs of relation 13b.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The record S.
    pub commitment: Commitment,
    /// The record's sign.
    pub sign: Sign,
    /// The past cycle that was metered.
    pub cycle: Cycle,
    /// Number m of the metering service that issues the record.
    pub meter: IssuerId,
    /// The record's serial, under the service's serial key.
    pub serial: RecordSerial,
    /// The public half Y_m of that key, as the service registered it.
    pub serial_key: SerialKey,
    /// Twice the greatest energy of a household in a cycle, in Wh.
    pub bound: u64,
    /// The audit key, K_a.
    pub audit_key: Point,
    /// First half of the ciphertext, `c1 = e G`.
    pub c1: Point,
    /// Second half of the ciphertext, of (address, energy, blinding), context S.
    pub audit: [Fr; 3],
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

/// The greatest energy of a metered record where a household's greatest energy in a cycle is this:
/// twice as much, since a household may have sold it and then taken as much from the grid.
pub const fn bound(greatest: Energy) -> u64 {
    2 * greatest.get()
}

impl Statement for Metered {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.commitment.0)
            .with(Fr::from(self.sign as u8))
            .with(Fr::from(self.cycle.get()))
            .with(Fr::from(self.meter.get()))
            .with(self.serial.0)
            .with(self.serial_key.0)
            .with(Fr::from(self.bound))
            .with_point(self.audit_key)
            .with_point(self.c1)
            .with_all(&self.audit)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::MeteredWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::record::metered::{record_serial, serial_key, Metered as Record};
    use crate::relation::check::{in_bits, Broken, Check, Ephemeral};
    use zeroize::{Zeroize, ZeroizeOnDrop};

    /// Witness of relation 13b.
    #[derive(Clone, Zeroize, ZeroizeOnDrop)]
    pub struct MeteredWitness {
        /// Energy in Wh.
        pub volume: Fr,
        /// The household's address.
        pub owner: Fr,
        /// The record's blinding r.
        pub blinding: Fr,
        /// The service's serial key k_m.
        pub serial_key: Fr,
        /// The ephemeral scalar e of the ciphertext.
        pub ephemeral: Ephemeral,
    }

    impl Metered {
        /// Native check of relation 13b. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &MeteredWitness) -> Result<(), Broken> {
            let mut c = Check::default();
            let (sign, cycle) = (Fr::from(self.sign as u8), Fr::from(self.cycle.get()));
            let meter = Fr::from(self.meter.get());
            let record = Record { volume: w.volume, sign, cycle, owner: w.owner, meter, blinding: w.blinding };
            c.require("1.record", self.commitment == record.commitment());
            c.require("1.positive", w.volume != Fr::from(0u64));
            c.require("1.range", in_bits(w.volume, 32));
            c.require("1.bound", in_bits(Fr::from(self.bound) - w.volume, 33));
            c.require("2.key", self.serial_key == serial_key(w.serial_key));
            c.require("2.serial", self.serial == record_serial(w.serial_key, w.owner, cycle, sign));
            c.require("3.point", self.c1 == w.ephemeral.point());
            let messages = [w.owner, w.volume, w.blinding];
            let audit = encrypt(Role::Metered, &self.audit_key, self.commitment.0, &w.ephemeral.e, &messages);
            c.require("3.audit", self.audit == audit);
            c.verdict()
        }
    }
}
