//! Metered records S: the rest of a past cycle that no trade covers, surplus or shortfall.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy};
use crate::Fr;

/// The direction of a metered remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sign {
    /// The household injected more than it sold. The grid pays.
    Surplus = 0,
    /// The household consumed more than it bought. The household pays.
    Shortfall = 1,
}

/// The opening of a metered record, `H_S(v, sign, cycle, addr, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// Energy in Wh.
    pub volume: Fr,
    /// The [`Sign`] as a number.
    pub sign: Fr,
    /// The past cycle that was metered.
    pub cycle: Fr,
    /// The owner's address.
    pub owner: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Metered {
    /// The opening of these quantities.
    pub fn new(volume: Energy, sign: Sign, cycle: Cycle, owner: Address, blinding: Fr) -> Self {
        Metered {
            volume: Fr::from(volume.get()),
            sign: Fr::from(sign as u8),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        }
    }
    /// The field elements of the hash, in order.
    pub fn opening(&self) -> [Fr; 5] {
        [self.volume, self.sign, self.cycle, self.owner, self.blinding]
    }
    /// The commitment, a leaf of the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Metered, &self.opening()))
    }
}
