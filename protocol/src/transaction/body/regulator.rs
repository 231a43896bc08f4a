//! Bodies of the transactions that the regulator sends. It starts epochs and cycles, registers
//! issuers, issues credentials, announces what it opens, and pairs plans. It signs each of them.

use super::{Note, Turn};
use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Point, Possession};
use crate::encoding::{Canonical, Reader};
use crate::ids::{BlobHash, Serial, Time, VerifyingKeyId};
use crate::market_parameters::MarketParameters;
use crate::record::metered::SerialKey;
use crate::record::{Commitment, Handle, MatchId};
use crate::relation::issue::{self, IssuedRecord};
use crate::relation::RelationKind;
use crate::signing::SigningKey;
use crate::terms::Terms;
use crate::transaction::deposit::Deposit;
use crate::units::{Cycle, Epoch, IssuerId};
use crate::{Error, Fr};

/// By how much a cycle's number, and the first cycle of a change of keys, may exceed the newest
/// cycle's. So no transaction brings the numbers near their end.
pub const MAX_CYCLE_STEP: u32 = 1024;

/// The greatest number of rounds in a cycle. A rest is listed again once a round, and a household has
/// trace tags for 16 plans a side and cycle.
pub const MAX_ROUNDS: u8 = 16;

canonical_struct! {
    /// Starts an epoch.
    pub struct EpochStart {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The epoch's number: 1, or the last one's plus 1.
        pub epoch: Epoch,
        /// How many plans may lapse or be refused in the epoch before they are opened
        /// (docs/protocol/50-settlement-and-grid.md, "Lapses").
        pub lapse_alarm: u32,
    }
}

canonical_struct! {
    /// The times of a cycle. The cut-off of round r is `opens + (r + 1) x round_seconds`. Plans
    /// listed before it take part in round r, which lasts until the next cut-off.
    pub struct Schedule {
        /// From this time on plans may be listed. It rises from cycle to cycle.
        pub opens: Time,
        /// Length of a round in seconds, at least 2.
        pub round_seconds: u32,
        /// Seconds from a match to its confirmation deadline; at least 1 and below `round_seconds`.
        pub confirm_seconds: u32,
        /// Gate closure: from this time on nothing is listed or matched, and listed plans expire.
        pub closes: Time,
        /// From this time on delivery slots run, one for each round; at least `confirm_seconds` after
        /// gate closure. In practice the end of the metered interval, plus what readings may be late.
        pub delivery_from: Time,
        /// Length of a delivery slot in seconds, at least 2: enough for a metering service to prove
        /// its halves of a round. See [`Schedule::delivery_due`].
        pub delivery_slot: u32,
    }
}

impl Schedule {
    /// Both delivery records of a trade that was matched in this round must be on the ledger before
    /// this time: `delivery_from + (round + 1) x delivery_slot`. It stays at the greatest time where
    /// that would overflow.
    pub fn delivery_due(&self, round: u8) -> Time {
        let slots = (u64::from(round) + 1) * u64::from(self.delivery_slot);
        Time(self.delivery_from.0.saturating_add(slots))
    }
}

canonical_struct! {
    /// Starts a cycle and fixes its parameters and schedule.
    pub struct CycleStart {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The cycle's number: above the newest cycle's, by at most [`MAX_CYCLE_STEP`]. The first
        /// is at most [`MAX_CYCLE_STEP`].
        pub cycle: Cycle,
        /// The current epoch or the next. Plans of the cycle show credentials of this epoch.
        pub epoch: Epoch,
        /// The market's parameters: tick grid, ranges, tolerance, price rule, tariffs.
        pub market: MarketParameters,
        /// The market's terms: penalty, least lot, greatest energy, imbalance. The greatest energy
        /// is the genesis's.
        pub terms: Terms,
        /// The order in which a round serves plans.
        pub turn: Turn,
        /// The cycle's times.
        pub schedule: Schedule,
    }
}

impl CycleStart {
    /// The digest of parameters and terms, a public input of the proofs of the cycle's plans.
    pub fn parameters(&self) -> Fr {
        self.market.digest(&self.terms)
    }
}

/// The role of an issuer, which fixes what it may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IssuerRole {
    /// Issues generation and metered records, and posts delivery records.
    MeteringService = 0,
    /// Issues balance records and pays withdrawals out.
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
    /// Registers an issuer.
    pub struct RegisterIssuer {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The issuer's number, not in use yet.
        pub issuer: IssuerId,
        /// The issuer's role.
        pub role: IssuerRole,
        /// The key that the issuer signs with.
        pub key: SigningKey,
        /// The key K_m, to which confirmations encrypt (address, matched volume). A desk's is not
        /// used.
        pub encryption_key: EncryptionKey,
        /// Proof that the issuer knows the secret of K_m, for this chain, role and number
        /// ([`issuer_context`](crate::transaction::possession::issuer_context)).
        pub possession: Possession,
        /// The public half Y_m of a metering service's serial key. A desk's is not used.
        pub serial_key: SerialKey,
        /// How many records a metering service may issue in an epoch. A desk's is not used.
        pub cap: IssueCap,
    }
}

canonical_struct! {
    /// How many records a metering service may issue in an epoch. Values are hidden, so the numbers
    /// bound what a dishonest service could make up before its audit.
    pub struct IssueCap {
        /// The greatest number of generation records.
        pub generation: u32,
        /// The greatest number of metered records, of all signs together.
        pub metered: u32,
    }
}

canonical_struct! {
    /// Changes how many records a metering service may issue in an epoch, from this place on.
    pub struct SetIssueCap {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// Number of the metering service.
        pub issuer: IssuerId,
        /// What it may issue in an epoch. Records of the current epoch count.
        pub cap: IssueCap,
    }
}

canonical_struct! {
    /// Stops an issuer, or lets it go on. While it is stopped it issues nothing, and no confirmation
    /// or withdrawal may name it. It still delivers the trades that are binding.
    pub struct SuspendIssuer {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The issuer's number.
        pub issuer: IssuerId,
        /// Whether it is stopped from now on.
        pub suspended: bool,
    }
}

canonical_struct! {
    /// Issues a credential. The regulator signs it and proves with relation 13 that the leaf is one.
    /// Beside it stands the household's proof of relation 12, that its trace key is deposited.
    pub struct IssueCredential {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The epoch in which the credential counts: the current one or the next.
        pub epoch: Epoch,
        /// The credential's commitment, which becomes a leaf of the tree.
        pub commitment: Commitment,
        /// The household's deposit of the epoch's trace key. No other credential names its kappa.
        pub deposit: Deposit,
        /// The credential's opening, encrypted to its owner.
        pub note: Note,
    }
}

impl IssueCredential {
    /// The statement of relation 13 that the regulator proves.
    pub fn statement(&self, binding: Fr) -> issue::Issue {
        let record = IssuedRecord::Credential(self.deposit.kappa, self.epoch);
        issue::Issue { record, commitment: self.commitment, binding }
    }
}

canonical_struct! {
    /// Gives a relation another verifying key.
    pub struct ActivateKey {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The relation that gets another key.
        pub relation: RelationKind,
        /// The key that counts for plans of the cycle named and of later ones.
        pub key: VerifyingKeyId,
        /// The first cycle in which the key counts: one that has not started, at most
        /// [`MAX_CYCLE_STEP`] above the newest, and no earlier than that of the change before.
        pub from: Cycle,
    }
}

/// The purpose for which the regulator opens a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// The score vector of the buy plan `first` in a round.
    Scores = 0,
    /// The terms of the two plans of a match.
    Terms = 1,
    /// An audit of the plan `first`.
    Audit = 2,
    /// A trace key; `first` is its commitment kappa.
    Trace = 3,
    /// An audit of the payment whose first nullifier is `first`: a surplus, a shortfall, a
    /// withdrawal.
    Payment = 4,
    /// For an audit of one of its sides: the terms of the match `first`.
    Trade = 5,
    /// A disclosure by issuer number `second`: what it issued to, and knows of, the household whose
    /// credential names the kappa `first`.
    Disclosure = 6,
    /// Who owes the unpaid obligation `first`: its record is opened.
    Obligation = 7,
    /// The one bit that follows from the encrypted threshold and amounts of the match `first`: whether it was
    /// delivered within tolerance.
    Deviation = 8,
    /// The audit of the metering service number `second` over the epoch `first`: it discloses the
    /// openings of all records that it issued in that epoch.
    Service = 9,
    /// Whose the plan `first` is, which lapsed or refused its match in the epoch `second`, when more
    /// did than the epoch's alarm.
    Lapse = 10,
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
            9 => Ok(Purpose::Service),
            10 => Ok(Purpose::Lapse),
            _ => Err(Error::Encoding("unknown purpose")),
        }
    }
}

canonical_struct! {
    /// Announces what the regulator is about to decrypt. The holders of keys ask for its acceptance
    /// before they decrypt.
    pub struct Open {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The purpose, which fixes what `first` and `second` name.
        pub purpose: Purpose,
        /// The market cycle.
        pub cycle: Cycle,
        /// The round of matching; 0 where the purpose has none.
        pub round: u8,
        /// What is opened: a handle, kappa, nullifier, match record, obligation or epoch.
        pub first: Fr,
        /// The second handle, an issuer's number, or an epoch; 0 where the purpose has none.
        pub second: Fr,
        /// Digest of the reason on file (a warrant, a request); zeros for what matching itself
        /// needs.
        pub reason: [u8; 32],
    }
}

canonical_struct! {
    /// Commits the regulator to the rankings that it found in a round's scores, before it pairs
    /// plans. The pairs follow from the rankings and from the plans listed at this place of the
    /// ledger. Sent once a round (docs/protocol/30-matching.md).
    pub struct Transcript {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The market cycle.
        pub cycle: Cycle,
        /// The current round.
        pub round: u8,
        /// Digest of the document that holds the rankings. Only an auditor is given the document.
        pub digest: [u8; 32],
        /// In mode masked, the digest of the regulator's answers in the round
        /// ([`answers_digest`](crate::transaction::masked_answer::answers_digest)), by which those who
        /// were told answers see whether they were told all of them; zeros in mode open.
        pub answers: [u8; 32],
    }
}

canonical_struct! {
    /// Matches a sell plan with a buy plan.
    pub struct Match {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The market cycle.
        pub cycle: Cycle,
        /// The round of matching, from 0.
        pub round: u8,
        /// The match record MR.
        pub match_id: MatchId,
        /// Handle of the sell plan.
        pub sell: Handle,
        /// Handle of the buy plan.
        pub buy: Handle,
        /// First half of the three ciphertexts, `c1 = e G`, of prime order and new to both plans.
        /// Each holds the match's opening (matched volume, matched price, blinding), context MR.
        pub c1: Point,
        /// The opening, to the key for terms K_t, for an audit.
        pub terms: [Fr; 3],
        /// The opening, to the sell plan's key D_s.
        pub seller: [Fr; 3],
        /// The opening, to the buy plan's key D_b.
        pub buyer: [Fr; 3],
    }
}

/// Bytes of the blob that [`MatchThreshold`] or [`DeliveryAmount`](super::DeliveryAmount) names: one
/// encrypted number of 16 bits, a mask of 2,048 words of 8 bytes and four words.
pub const ENCRYPTED_ENERGY_BYTES: usize = (2_048 + 4) * 8;

canonical_struct! {
    /// What each side must have delivered of a match for it to be within tolerance, encrypted under
    /// the deviation key (docs/protocol/32-deviation.md).
    pub struct MatchThreshold {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The match record MR.
        pub match_id: MatchId,
        /// Content address of the ciphertext CT_tau.
        pub ciphertext: BlobHash,
    }
}

canonical_struct! {
    /// Publishes the decrypted bit of a trade. The settlements' `within` is what counts; the ledger
    /// reports a verdict that differs from it.
    pub struct Verdict {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The match record MR.
        pub match_id: MatchId,
        /// The decrypted bit: whether the deviation was within tolerance.
        pub within: bool,
    }
}
