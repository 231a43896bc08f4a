//! Credentials C: a household's membership in one epoch. A credential is shown, never spent.
use super::Commitment;
use crate::keys::{Address, TraceCommitment};
use crate::poseidon::{hash, Tag};
use crate::units::{Epoch, IssuerId, Place, Reputation};
use crate::Fr;

/// The opening of a credential, `H_C(addr, reputation, x, y, kappa, m, epoch, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// The owner's address.
    pub owner: Fr,
    /// Reputation, 0..=100.
    pub reputation: Fr,
    /// East coordinate, in metres.
    pub x: Fr,
    /// North coordinate, in metres.
    pub y: Fr,
    /// Commitment to the epoch's trace key.
    pub kappa: Fr,
    /// Number of the household's metering service.
    pub meter: Fr,
    /// The epoch in which the credential counts.
    pub epoch: Fr,
    /// The blinding r, uniform.
    pub blinding: Fr,
}

impl Credential {
    /// The opening of these quantities.
    pub fn new(
        owner: Address,
        reputation: Reputation,
        place: Place,
        kappa: TraceCommitment,
        meter: IssuerId,
        epoch: Epoch,
        blinding: Fr,
    ) -> Self {
        Credential {
            owner: owner.0,
            reputation: Fr::from(reputation.get()),
            x: Fr::from(place.x.get()),
            y: Fr::from(place.y.get()),
            kappa: kappa.0,
            meter: Fr::from(meter.get()),
            epoch: Fr::from(epoch.get()),
            blinding,
        }
    }
    /// The field elements of the hash, in order.
    pub fn opening(&self) -> [Fr; 8] {
        [self.owner, self.reputation, self.x, self.y, self.kappa, self.meter, self.epoch, self.blinding]
    }
    /// The commitment, a leaf of the tree.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Credential, &self.opening()))
    }
}
