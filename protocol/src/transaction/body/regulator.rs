//! What the regulator sends: it starts epochs and cycles, registers issuers, issues credentials, pairs plans
//! and says what it opens.

use super::Note;
use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Point, Possession};
use crate::encoding::{Canonical, Reader};
use crate::ids::{BlobHash, Time, VerifyingKeyId};
use crate::keys::TraceCommitment;
use crate::market::MarketParameters;
use crate::record::{Commitment, Handle, MatchId};
use crate::relation::issue::{self, IssuedRecord};
use crate::relation::RelationKind;
use crate::signing::SigningKey;
use crate::units::{Cycle, Epoch, IssuerId};
use crate::{Error, Fr};

canonical_struct! {
    /// Start of an epoch. Sealed by the regulator.
    pub struct EpochStart {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The epoch: above every earlier one.
        pub epoch: Epoch,
    }
}

canonical_struct! {
    /// When what happens in a cycle. The cut-off of round r is `opens + (r + 1) x round_seconds`: plans listed before it
    /// take part, and round r lasts until the next cut-off.
    pub struct Schedule {
        /// Plans may be listed from here on.
        pub opens: Time,
        /// Length of a round, at least 2.
        pub round_seconds: u32,
        /// From a match to its confirmation deadline; below `round_seconds`.
        pub confirm_seconds: u32,
        /// Gate closure: no listing and no match from here on; what is listed expires.
        pub closes: Time,
        /// Delivery records are due before this.
        pub delivery_deadline: Time,
    }
}

canonical_struct! {
    /// Start of a cycle; fixes everything that it is run by. Sealed by the regulator.
    pub struct CycleStart {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The cycle: above every earlier one.
        pub cycle: Cycle,
        /// The current epoch, whose credentials count for its plans.
        pub epoch: Epoch,
        /// Market parameters.
        pub market: MarketParameters,
        /// Schedule.
        pub schedule: Schedule,
    }
}

/// What an issuer may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IssuerRole {
    /// G and S, and delivery records.
    MeteringService = 0,
    /// B.
    Desk = 1,
}

impl Canonical for IssuerRole {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(IssuerRole::MeteringService),
            1 => Ok(IssuerRole::Desk),
            _ => Err(Error::Encoding("unknown role of an issuer")),
        }
    }
}

canonical_struct! {
    /// Registration of an issuer. Sealed by the regulator.
    pub struct RegisterIssuer {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// Its number.
        pub issuer: IssuerId,
        /// What it may issue.
        pub role: IssuerRole,
        /// Its signing key.
        pub key: SigningKey,
        /// K_m: where confirmations send (addr, v_m). A desk has one too, unused.
        pub encryption_key: EncryptionKey,
        /// Proof that it knows K_m's secret; the context is the issuer's number, little end first.
        pub possession: Possession,
    }
}

canonical_struct! {
    /// Issue of C. Sealed by the regulator, which proves that it is one: relation 13.
    pub struct IssueCredential {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The epoch it is for.
        pub epoch: Epoch,
        /// The leaf.
        pub commitment: Commitment,
        /// A deposited kappa that no other credential names.
        pub kappa: TraceCommitment,
        /// Its opening, for the owner.
        pub note: Note,
    }
}

impl IssueCredential {
    /// What the regulator proves.
    pub fn statement(&self, binding: Fr) -> issue::Issue {
        let record = IssuedRecord::Credential(self.kappa, self.epoch);
        issue::Issue { record, commitment: self.commitment, binding }
    }
}

canonical_struct! {
    /// Another verifying key for a relation. Sealed by the regulator.
    pub struct ActivateKey {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The relation.
        pub relation: RelationKind,
        /// Its key for what begins in the cycle named, or later.
        pub key: VerifyingKeyId,
        /// The first cycle: above every one that has started, and not below that of an earlier change.
        pub from: Cycle,
    }
}

/// Why something is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// The score vector of the buy plan `first` in a round.
    Scores = 0,
    /// The terms of the two plans of a match.
    Terms = 1,
    /// An audit of the plan `first`.
    Audit = 2,
    /// A trace key: `first` is the kappa.
    Trace = 3,
    /// An audit of the payment whose first nullifier is `first`: a surplus, a shortfall, a withdrawal.
    Payment = 4,
    /// For an audit of one of its sides: the terms of the match `first`.
    Trade = 5,
    /// What the issuer whose number is `second` issued to, and knows of, the household whose credential names the kappa
    /// `first`.
    Disclosure = 6,
    /// Who owes the obligation `first`.
    Obligation = 7,
    /// Whether the match `first` was delivered within tolerance: the one bit that follows from its encrypted amounts.
    Deviation = 8,
}

impl Canonical for Purpose {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Purpose::Scores),
            1 => Ok(Purpose::Terms),
            2 => Ok(Purpose::Audit),
            3 => Ok(Purpose::Trace),
            4 => Ok(Purpose::Payment),
            5 => Ok(Purpose::Trade),
            6 => Ok(Purpose::Disclosure),
            7 => Ok(Purpose::Obligation),
            8 => Ok(Purpose::Deviation),
            _ => Err(Error::Encoding("unknown purpose")),
        }
    }
}

canonical_struct! {
    /// What the regulator is about to decrypt. Sealed by the regulator, before it decrypts.
    pub struct Open {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// Why.
        pub purpose: Purpose,
        /// The cycle.
        pub cycle: Cycle,
        /// The round; 0 where there is none.
        pub round: u8,
        /// The first handle (or kappa, nullifier, match record, obligation).
        pub first: Fr,
        /// The second handle (or issuer); 0 where there is none.
        pub second: Fr,
        /// Digest of the reason on file (a warrant, a request); zeros for the market's own course.
        pub reason: [u8; 32],
    }
}

canonical_struct! {
    /// What the regulator found in a round's scores, before it pairs anybody: pairs follow from it and from what is listed at
    /// this place of the ledger. Once a round. Sealed by the regulator.
    pub struct Transcript {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round: the current one.
        pub round: u8,
        /// Digest of the document that says it, which an auditor is given and nobody else.
        pub digest: [u8; 32],
    }
}

canonical_struct! {
    /// A match. Sealed by the regulator.
    pub struct Match {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round.
        pub round: u8,
        /// MR.
        pub matching: MatchId,
        /// P_s.
        pub sell: Handle,
        /// P_p.
        pub buy: Handle,
        /// Note to the seller.
        pub note_sell: Note,
        /// Note to the buyer.
        pub note_buy: Note,
        /// Its opening to K_t, for an audit: `c1`.
        pub c1: Point,
        /// Its opening to K_t: (v_m, p_m, r_m), context MR.
        pub terms: [Fr; 3],
    }
}

/// Bytes of the blob that [`MatchAmounts`] names: two encrypted values of 32 bits.
pub const MATCH_AMOUNTS_BYTES: usize = 16_771;

canonical_struct! {
    /// What was matched and how much of it may be missing, encrypted under the deviation key. Sealed by the regulator.
    pub struct MatchAmounts {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// CT_m and CT_sigma.
        pub ciphertext: BlobHash,
    }
}

canonical_struct! {
    /// The bit, opened. The settlements' `within` is what counts; one that differs is reported. Sealed by the regulator.
    pub struct Verdict {
        /// The regulator's last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// Whether the deviation was within tolerance.
        pub within: bool,
    }
}
