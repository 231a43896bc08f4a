//! C: a household's membership credential for one epoch; shown, not spent.
use super::Commitment;
use crate::keys::{Address, TraceCommitment};
use crate::poseidon::{hash, Tag};
use crate::units::{Epoch, IssuerId, Place, Reputation};
use crate::Fr;

/// `H_C(addr, reputation, x, y, kappa, m, epoch, r)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// Owner.
    pub owner: Fr,
    /// Reputation, 0..=100.
    pub reputation: Fr,
    /// East, in metres.
    pub x: Fr,
    /// North, in metres.
    pub y: Fr,
    /// Commitment to the epoch's trace key.
    pub kappa: Fr,
    /// Number of the household's metering service.
    pub meter: Fr,
    /// Epoch in which it counts.
    pub epoch: Fr,
    /// Blinding r.
    pub blinding: Fr,
}

impl Credential {
    /// From quantities.
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
    /// What the leaf is the hash of.
    pub fn opening(&self) -> [Fr; 8] {
        [self.owner, self.reputation, self.x, self.y, self.kappa, self.meter, self.epoch, self.blinding]
    }
    /// The leaf.
    pub fn commitment(&self) -> Commitment {
        Commitment(hash(Tag::Credential, &self.opening()))
    }
}
