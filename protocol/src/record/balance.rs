//! B: money.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::Money;
use crate::Fr;

/// `H_B(b, addr, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Money in nano-currency.
    pub amount: Fr,
    /// Owner.
    pub owner: Fr,
    /// Blinding r.
    pub blinding: Fr,
}

impl Balance {
    /// From quantities.
    pub fn new(amount: Money, owner: Address, blinding: Fr) -> Self {
        Balance { amount: Fr::from(amount.get()), owner: owner.0, blinding }
    }
    /// What the leaf is the hash of.
    pub fn opening(&self) -> [Fr; 3] {
        [self.amount, self.owner, self.blinding]
    }
    /// The leaf.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Balance, &self.opening()))
    }
}
