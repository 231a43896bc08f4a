//! G: what may be sold in a coming cycle.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy, EnergyType};
use crate::Fr;

/// `H_G(v, type, cycle, addr, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Generation {
    /// Energy in Wh.
    pub volume: Fr,
    /// Energy type's number.
    pub energy_type: Fr,
    /// Cycle in which it may be sold.
    pub cycle: Fr,
    /// Owner.
    pub owner: Fr,
    /// Blinding r.
    pub blinding: Fr,
}

impl Generation {
    /// From quantities.
    pub fn new(volume: Energy, energy_type: EnergyType, cycle: Cycle, owner: Address, blinding: Fr) -> Self {
        Generation {
            volume: Fr::from(volume.get()),
            energy_type: Fr::from(energy_type.number()),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        }
    }
    /// What the leaf is the hash of.
    pub fn opening(&self) -> [Fr; 5] {
        [self.volume, self.energy_type, self.cycle, self.owner, self.blinding]
    }
    /// The leaf.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Generation, &self.opening()))
    }
}
