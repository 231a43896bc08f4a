//! Balance records B: money.
use super::Commitment;
use crate::keys::Address;
use crate::poseidon::{hash, Tag};
use crate::units::Money;
use crate::Fr;

/// The opening of a balance record, `H_B(b, addr, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Money in nano-currency.
    pub amount: Fr,
    /// The owner's address.
    pub owner: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Balance {
    /// The opening of these quantities.
    pub fn new(amount: Money, owner: Address, blinding: Fr) -> Self {
        Balance { amount: Fr::from(amount.get()), owner: owner.0, blinding }
    }
    /// The field elements of the hash, in order.
    pub fn opening(&self) -> [Fr; 3] {
        [self.amount, self.owner, self.blinding]
    }
    /// The commitment, a leaf of the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Balance, &self.opening()))
    }
}
