//! Generation records G: energy that may be sold in a coming cycle.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy, EnergyType, IssuerId};
use crate::Fr;

/// The opening of a generation record, `H_G(v, type, cycle, addr, m, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Energy in Wh.
    pub volume: Fr,
    /// Number of the energy type.
    pub energy_type: Fr,
    /// The cycle in which the energy may be sold.
    pub cycle: Fr,
    /// The owner's address.
    pub owner: Fr,
    /// Number m of the metering service that issued it, or issued what it is the change of.
    pub meter: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Generation {
    /// The opening of these quantities.
    pub fn new(
        volume: Energy,
        energy_type: EnergyType,
        cycle: Cycle,
        owner: Address,
        meter: IssuerId,
        blinding: Fr,
    ) -> Self {
        Generation {
            volume: Fr::from(volume.get()),
            energy_type: Fr::from(energy_type.number()),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            meter: Fr::from(meter.get()),
            blinding,
        }
    }
    /// The field elements of the hash, in order.
    pub fn opening(&self) -> [Fr; 6] {
        [self.volume, self.energy_type, self.cycle, self.owner, self.meter, self.blinding]
    }
    /// The commitment, a leaf of the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Generation, &self.opening()))
    }
}
