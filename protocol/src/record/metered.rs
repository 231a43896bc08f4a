//! S: metered rest of a past cycle, surplus or shortfall.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::{Cycle, Energy};
use crate::Fr;

/// Which way the rest goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sign {
    /// Injected more than sold: the grid pays.
    Surplus = 0,
    /// Consumed more than bought: the household pays.
    Shortfall = 1,
}

/// `H_S(v, sign, cycle, addr, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// Energy in Wh.
    pub volume: Fr,
    /// [`Sign`] as a number.
    pub sign: Fr,
    /// The past cycle.
    pub cycle: Fr,
    /// Owner.
    pub owner: Fr,
    /// Blinding r.
    pub blinding: Fr,
}

impl Metered {
    /// From quantities.
    pub fn new(volume: Energy, sign: Sign, cycle: Cycle, owner: Address, blinding: Fr) -> Self {
        Metered {
            volume: Fr::from(volume.get()),
            sign: Fr::from(sign as u8),
            cycle: Fr::from(cycle.get()),
            owner: owner.0,
            blinding,
        }
    }
    /// What the leaf is the hash of.
    pub fn opening(&self) -> [Fr; 5] {
        [self.volume, self.sign, self.cycle, self.owner, self.blinding]
    }
    /// The leaf.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Metered, &self.opening()))
    }
}
