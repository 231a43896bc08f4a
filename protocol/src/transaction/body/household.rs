//! What households send. A proof seals each: its relation is in [`crate::relation`], and a name that both
//! have is one transaction's.

use super::Note;
use crate::canonical_struct;
use crate::elgamal::Point;
use crate::encoding::{Canonical, Reader};
use crate::ids::BlobHash;
use crate::keys::{NoteKey, TraceCommitment, TraceTag};
use crate::record::{Commitment, Handle, MatchId, Nullifier};
use crate::relation::withdraw::PayeeDigest;
use crate::tree::Root;
use crate::units::{Cycle, Epoch, IssuerId, Money};
use crate::{Error, Fr};

canonical_struct! {
    /// Listing of a plan, relations 1 and 2.
    pub struct ListPlan {
        /// The cycle.
        pub cycle: Cycle,
        /// The epoch of the credential shown.
        pub epoch: Epoch,
        /// Anchor.
        pub root: Root,
        /// Nullifier of the G or B that backs it.
        pub nullifier: Nullifier,
        /// P.
        pub handle: Handle,
        /// G' or B'.
        pub change: Commitment,
        /// Trace tag.
        pub tag: TraceTag,
        /// `c1` of both ciphertexts.
        pub c1: Point,
        /// Terms ciphertext.
        pub terms: [Fr; 2],
        /// Audit ciphertext.
        pub audit: [Fr; 3],
        /// Fresh key for the notes about this plan.
        pub note_key: NoteKey,
        /// The matching ciphertext.
        pub ciphertext: BlobHash,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Confirmation, relations 3 and 4.
    pub struct Confirm {
        /// MR.
        pub matching: MatchId,
        /// The side's plan.
        pub handle: Handle,
        /// The side's metering service.
        pub meter: IssuerId,
        /// `c1` of the metering ciphertext.
        pub c1: Point,
        /// Metering ciphertext.
        pub metering: [Fr; 2],
        /// G'' or B''.
        pub change: Commitment,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Refusal or complaint, relations 7c and 7d.
    pub struct Object {
        /// MR.
        pub matching: MatchId,
        /// The side's plan.
        pub handle: Handle,
    }
}

canonical_struct! {
    /// Settlement, relations 5 and 6.
    pub struct Settle {
        /// MR.
        pub matching: MatchId,
        /// The side's plan.
        pub handle: Handle,
        /// Anchor.
        pub root: Root,
        /// Whether within tolerance.
        pub within: bool,
        /// B's nullifier.
        pub nullifier: Nullifier,
        /// B'.
        pub balance: Commitment,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Release, relation 7.
    pub struct Release {
        /// P.
        pub handle: Handle,
        /// The refund.
        pub refund: Commitment,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Void, relation 7b.
    pub struct Void {
        /// MR.
        pub matching: MatchId,
        /// P.
        pub handle: Handle,
        /// The refund.
        pub refund: Commitment,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

/// Two nullifiers.
pub type TwoNullifiers = [Nullifier; 2];

impl Canonical for TwoNullifiers {
    const SIZE: usize = 64;
    fn write(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|n| n.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok([Nullifier::read(input)?, Nullifier::read(input)?])
    }
}

canonical_struct! {
    /// Merge, relation 8.
    pub struct Merge {
        /// Anchor.
        pub root: Root,
        /// The two nullifiers.
        pub nullifiers: TwoNullifiers,
        /// The merged record.
        pub record: Commitment,
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Surplus, relation 9.
    pub struct Surplus {
        /// Anchor.
        pub root: Root,
        /// The epoch of the credential shown.
        pub epoch: Epoch,
        /// S's cycle.
        pub cycle: Cycle,
        /// S's nullifier.
        pub nullifier_metered: Nullifier,
        /// B's nullifier.
        pub nullifier_balance: Nullifier,
        /// B'.
        pub balance: Commitment,
        /// Trace tag.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Audit ciphertext.
        pub audit: [Fr; 2],
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Shortfall, relation 9b.
    pub struct Shortfall {
        /// The obligation S.
        pub obligation: Commitment,
        /// Anchor.
        pub root: Root,
        /// The epoch of the credential shown.
        pub epoch: Epoch,
        /// B's nullifier.
        pub nullifier: Nullifier,
        /// B'.
        pub balance: Commitment,
        /// Trace tag.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Audit ciphertext.
        pub audit: [Fr; 2],
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Withdrawal, relation 10.
    pub struct Withdraw {
        /// The desk that pays it out.
        pub desk: IssuerId,
        /// Anchor.
        pub root: Root,
        /// The epoch of the credential shown.
        pub epoch: Epoch,
        /// B's nullifier.
        pub nullifier: Nullifier,
        /// B'.
        pub balance: Commitment,
        /// What leaves the ledger, public.
        pub amount: Money,
        /// Whom the desk pays.
        pub payee: PayeeDigest,
        /// Trace tag.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Audit ciphertext.
        pub audit: [Fr; 2],
        /// The wallet's note to itself.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Deposit, relation 12.
    pub struct Deposit {
        /// kappa.
        pub kappa: TraceCommitment,
        /// `c1`.
        pub c1: Point,
        /// Ciphertext of k.
        pub ciphertext: [Fr; 1],
    }
}
