//! Bodies of the transactions that households send. A proof seals each of them. Its statement has
//! the same name in [`crate::relation`].

use super::Note;
use crate::canonical_struct;
use crate::elgamal::Point;
use crate::encoding::{Canonical, Reader};
use crate::ids::{BlobHash, Generation};
use crate::keys::TraceTag;
use crate::record::metered::Sign;
use crate::record::{Commitment, Handle, MatchId, Nullifier};
use crate::relation::withdraw::PayeeDigest;
use crate::tree::Root;
use crate::units::{Cycle, Epoch, IssuerId, Money};
use crate::{Error, Fr};

canonical_struct! {
    /// Lists a plan: relation 1 for a sell plan, 2 for a buy plan.
    pub struct ListPlan {
        /// The market cycle.
        pub cycle: Cycle,
        /// The epoch of the credential that is shown.
        pub epoch: Epoch,
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// Nullifier of the generation or balance record that backs the plan.
        pub nullifier: Nullifier,
        /// The plan's handle P, its name on the ledger.
        pub handle: Handle,
        /// What is left of the backing record, as a new record G' or B'.
        pub change: Commitment,
        /// The trace tag T, by which an audit finds the household's transactions.
        pub tag: TraceTag,
        /// First half of both ciphertexts, `c1 = e G`.
        pub c1: Point,
        /// Second half of the terms ciphertext, of (volume, price).
        pub terms: [Fr; 2],
        /// Second half of the audit ciphertext: of (address, volume, price) for a plan, of
        /// (address, amount) for a payment.
        pub audit: [Fr; 3],
        /// The plan's key D, fresh: what concerns this plan's trade is encrypted to it. The ledger
        /// checks that it is of prime order and not the identity.
        pub plan_key: Point,
        /// Content address of the blob that holds the matching ciphertext.
        pub ciphertext: BlobHash,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Confirms a match: relation 3 for the seller, 4 for the buyer.
    pub struct Confirm {
        /// The match record MR.
        pub match_id: MatchId,
        /// The handle of the side's plan.
        pub handle: Handle,
        /// Number of the side's metering service.
        pub meter: IssuerId,
        /// The generation of the service's keys that the confirmation is encrypted to: the present one.
        pub generation: Generation,
        /// First half of the metering ciphertext, `c1 = e G`.
        pub c1: Point,
        /// Second half of the metering ciphertext, of (address, matched volume).
        pub metering: [Fr; 2],
        /// The rest of the plan as a record, G'' or B''.
        pub change: Commitment,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Refuses a match: relation 7c.
    pub struct Objection {
        /// The match record MR.
        pub match_id: MatchId,
        /// The handle of the side's plan.
        pub handle: Handle,
    }
}

canonical_struct! {
    /// Shows that a match does not open for one of its sides. The ledger decrypts the match with the
    /// shared point and sees for itself.
    pub struct Complaint {
        /// The match record MR.
        pub match_id: MatchId,
        /// The handle of the side's plan.
        pub handle: Handle,
        /// The point `d c1` that the plan's key D and the match's first half share.
        pub shared: Point,
    }
}

canonical_struct! {
    /// Settles one side of a trade: relation 5 for the buyer, 6 for the seller.
    pub struct Settle {
        /// The match record MR.
        pub match_id: MatchId,
        /// The handle of the side's plan.
        pub handle: Handle,
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// Whether the delivery is within the tolerance.
        pub within: bool,
        /// Nullifier of the balance record that is spent.
        pub nullifier: Nullifier,
        /// The balance record after the transaction, B'.
        pub balance: Commitment,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Gives back what a plan without a binding trade locked: relation 7.
    pub struct Release {
        /// The plan's handle P, its name on the ledger.
        pub handle: Handle,
        /// The record that is given back: a generation record for a sell plan, a balance record for
        /// a buy plan.
        pub refund: Commitment,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Gives back the matched volume of a trade without delivery records: relation 7b.
    pub struct Void {
        /// The match record MR.
        pub match_id: MatchId,
        /// The plan's handle P, its name on the ledger.
        pub handle: Handle,
        /// The record that is given back: a generation record for a sell plan, a balance record for
        /// a buy plan.
        pub refund: Commitment,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

/// The nullifiers of the two records that a merge spends.
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
    /// Merges two records of one kind: relation 8.
    pub struct Merge {
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// Nullifiers of the two records.
        pub nullifiers: TwoNullifiers,
        /// The merged record.
        pub record: Commitment,
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Has the grid pay a metered remainder, a surplus or what is given back of a shortfall: relation
    /// 9.
    pub struct Surplus {
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// The epoch of the credential that is shown.
        pub epoch: Epoch,
        /// The past cycle that was metered.
        pub cycle: Cycle,
        /// The sign of the metered remainder that is paid: 0 or 3.
        pub sign: Sign,
        /// Nullifier of the metered remainder that is paid.
        pub nullifier_metered: Nullifier,
        /// Nullifier of the balance record that is spent.
        pub nullifier_balance: Nullifier,
        /// The balance record after the transaction, B'.
        pub balance: Commitment,
        /// The trace tag T, by which an audit finds the household's transactions.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Second half of the audit ciphertext, of (address, amount, S).
        pub audit: [Fr; 3],
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Pays for a metered remainder that is owed, a shortfall or what is taken back of a surplus:
    /// relation 9b.
    pub struct Shortfall {
        /// The metered remainder S that its issue named as an obligation.
        pub obligation: Commitment,
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// The epoch of the credential that is shown.
        pub epoch: Epoch,
        /// Nullifier of the balance record that is spent.
        pub nullifier: Nullifier,
        /// The balance record after the transaction, B'.
        pub balance: Commitment,
        /// The trace tag T, by which an audit finds the household's transactions.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Second half of the audit ciphertext, of (address, amount, S).
        pub audit: [Fr; 3],
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}

canonical_struct! {
    /// Takes money off the ledger through a desk: relation 10.
    pub struct Withdraw {
        /// Number of the desk that pays the amount out.
        pub desk: IssuerId,
        /// The anchor: a recent root of the record tree, under which the proof shows its records.
        pub root: Root,
        /// The epoch of the credential that is shown: the current one or an older one.
        pub epoch: Epoch,
        /// The current epoch, which stands in the trace tag in the cycle's place.
        pub current: Epoch,
        /// Nullifier of the balance record that is spent.
        pub nullifier: Nullifier,
        /// The balance record after the transaction, B'.
        pub balance: Commitment,
        /// The amount that leaves the ledger, in nano-currency. It is public.
        pub amount: Money,
        /// The account that the desk pays, as a digest.
        pub payee: PayeeDigest,
        /// The trace tag T, by which an audit finds the household's transactions.
        pub tag: TraceTag,
        /// `c1` of the audit ciphertext.
        pub c1: Point,
        /// Second half of the audit ciphertext: of (address, volume, price) for a plan, of
        /// (address, amount) for a payment.
        pub audit: [Fr; 2],
        /// The wallet's encrypted note to itself: what it needs to find this again from its phrase.
        pub memo: Note,
    }
}
