//! Openings: the records, plans, matches and delivery records that the transactions of a history
//! made, by name.

use crate::action::*;
use protocol::elgamal::Point;
use protocol::ids::{BlobHash, TransactionId};
use protocol::keys::SpendingKey;
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::delivery::Delivery;
use protocol::record::generation::Generation;
use protocol::record::matching::Match;
use protocol::record::metered::Metered;
use protocol::record::plan::Plan;
use protocol::record::{Commitment, Handle, MatchId, Nullifier};
use protocol::relation::check::Owner;
use protocol::relation::issue::IssueWitness;
use protocol::transaction::body::Open;
use protocol::tree::Position;
use protocol::Fr;
use std::collections::BTreeMap;

/// A record's opening.
#[derive(Clone)]
pub enum Opening {
    Generation(Generation),
    Balance(Balance),
    Metered(Metered),
    Credential(Credential),
}

impl Opening {
    pub fn commitment(&self) -> Commitment {
        match self {
            Opening::Generation(x) => x.commitment(),
            Opening::Balance(x) => x.commitment(),
            Opening::Metered(x) => x.commitment(),
            Opening::Credential(x) => x.commitment(),
        }
    }
    /// The witness with which its issuer proves it by relation 13.
    pub fn witness(&self) -> IssueWitness {
        match self {
            Opening::Generation(x) => x.into(),
            Opening::Balance(x) => x.into(),
            Opening::Metered(_) => panic!("a metered record has a relation of its own"),
            Opening::Credential(x) => x.into(),
        }
    }
}

/// A record, and where it lies once it is in the tree.
#[derive(Clone)]
pub struct Leaf {
    pub opening: Opening,
    pub commitment: Commitment,
    pub owner: Who,
    pub placed: Option<(Position, Nullifier)>,
}

/// A plan.
#[derive(Clone)]
pub struct PlanOpening {
    pub listing: Listing,
    pub plan: Plan,
    pub handle: Handle,
    /// Of a sell plan; the lowest three bits of a buy plan's attributes.
    pub energy_type: Fr,
}

/// The openings of all parties.
#[derive(Clone, Default)]
pub struct Openings {
    pub leaves: BTreeMap<Name, Leaf>,
    pub plans: BTreeMap<Name, PlanOpening>,
    pub matches: BTreeMap<Name, (Pairing, Match)>,
    pub deliveries: BTreeMap<Name, Delivery>,
    pub handles: BTreeMap<Handle, Name>,
    pub match_ids: BTreeMap<MatchId, Name>,
    pub ids: BTreeMap<TransactionId, Name>,
    /// The first halves of the ciphertexts of plans and matches.
    pub points: BTreeMap<Name, Point>,
    /// The ciphertext that each listing names.
    pub blobs: BTreeMap<Name, BlobHash>,
    /// The digest of each posting of scores.
    pub digests: BTreeMap<Name, [u8; 32]>,
    /// The regulator's announcements.
    pub opens: BTreeMap<Name, Open>,
}

/// A household's secrets.
#[derive(Clone)]
pub struct Household {
    pub key: SpendingKey,
    pub owner: Owner,
}

impl Household {
    pub fn new(who: Who) -> Self {
        let key = SpendingKey::from_seed(&[who as u8 + 1; 64]);
        Household { owner: Owner::new(&key), key }
    }
}
