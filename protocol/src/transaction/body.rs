//! The bodies of transactions, one struct a kind (or for two kinds that say the same).

use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Point, Possession};
use crate::encoding::{Canonical, Reader};
use crate::ids::{BlobHash, Time, VerifyingKeyId};
use crate::keys::{NoteKey, TraceCommitment, TraceTag};
use crate::market::MarketParameters;
use crate::record::metered::Sign;
use crate::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use crate::relation::issue::{self, IssuedRecord};
use crate::relation::withdraw::PayeeDigest;
use crate::relation::RelationKind;
use crate::signing::SigningKey;
use crate::tree::Root;
use crate::units::{Cycle, Epoch, IssuerId, Money, Side};
use crate::{Error, Fr};

/// Bytes of a note's plaintext.
pub const NOTE_PLAINTEXT: usize = 128;
/// Bytes of a note: HPKE's encapsulated key, the plaintext, the authentication tag.
pub const NOTE_BYTES: usize = 32 + NOTE_PLAINTEXT + 16;

/// An HPKE ciphertext of fixed size; opaque to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note(pub [u8; NOTE_BYTES]);

impl Canonical for Note {
    const SIZE: usize = NOTE_BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Note(Canonical::read(input)?))
    }
}

/// Which record an issuer puts into the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// G, by a metering service.
    Generation,
    /// S, by a metering service; its sign and cycle are public, and a shortfall is an obligation.
    Metered(Sign, Cycle),
    /// B, by a desk.
    Balance,
}

impl Canonical for Issued {
    const SIZE: usize = 1 + 4;
    fn write(&self, out: &mut Vec<u8>) {
        let (number, cycle) = match self {
            Issued::Generation => (0u8, 0),
            Issued::Balance => (1, 0),
            Issued::Metered(Sign::Surplus, cycle) => (2, cycle.get()),
            Issued::Metered(Sign::Shortfall, cycle) => (3, cycle.get()),
        };
        number.write(out);
        cycle.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::read(input)?, Cycle::read(input)?) {
            (0, Cycle::ZERO) => Ok(Issued::Generation),
            (1, Cycle::ZERO) => Ok(Issued::Balance),
            (2, cycle) => Ok(Issued::Metered(Sign::Surplus, cycle)),
            (3, cycle) => Ok(Issued::Metered(Sign::Shortfall, cycle)),
            _ => Err(Error::Encoding("unknown kind of record, or a cycle where none belongs")),
        }
    }
}

impl From<Issued> for IssuedRecord {
    fn from(issued: Issued) -> Self {
        match issued {
            Issued::Generation => IssuedRecord::Generation,
            Issued::Metered(sign, cycle) => IssuedRecord::Metered(sign, cycle),
            Issued::Balance => IssuedRecord::Balance,
        }
    }
}

canonical_struct! {
    /// Issue of G, S or B. Sealed by the issuer, which proves that it is one: relation 13.
    pub struct Issue {
        /// Who issues.
        pub issuer: IssuerId,
        /// The issuer's last nonce + 1.
        pub nonce: u64,
        /// What.
        pub issued: Issued,
        /// The leaf.
        pub commitment: Commitment,
        /// Its opening, for the owner.
        pub note: Note,
    }
}

impl Issue {
    /// What the issuer proves.
    pub fn statement(&self, binding: Fr) -> issue::Issue {
        issue::Issue { record: self.issued.into(), commitment: self.commitment, binding }
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
    /// The matching node's score vector for one bid. Sealed by the matcher.
    pub struct Scores {
        /// The matcher's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round.
        pub round: u8,
        /// The buy plan.
        pub buy: Handle,
        /// Digest of the score ciphertexts over all the round's sell plans in ledger order.
        pub digest: [u8; 32],
    }
}

canonical_struct! {
    /// Says that the scores posted for a bid are not those that follow from the ledger's ciphertexts. Whoever recomputes it can
    /// send this: the ledger then recomputes it too. Sealed by the challenger.
    pub struct Contest {
        /// Whoever found it, under any key of its own.
        pub challenger: SigningKey,
        /// The cycle.
        pub cycle: Cycle,
        /// The round: the current one.
        pub round: u8,
        /// The buy plan.
        pub buy: Handle,
        /// The digest that is posted: the contest is of this posting, not of another that comes in its place.
        pub digest: [u8; 32],
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
    /// The seed of a round's masking, committed. Once a round, before anything of it is opened; in mode masked only. Sealed by
    /// the matcher.
    pub struct Mask {
        /// The matcher's last nonce + 1.
        pub nonce: u64,
        /// The cycle.
        pub cycle: Cycle,
        /// The round.
        pub round: u8,
        /// Digest of the round and the seed, which whoever opens never gets.
        pub commitment: [u8; 32],
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
    /// One side's half of a delivery. Sealed by the plan's metering service.
    pub struct Deliver {
        /// The metering service.
        pub issuer: IssuerId,
        /// Its last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// Whose meter.
        pub side: Side,
        /// AR.
        pub delivery: DeliveryId,
        /// Its opening, to the sell plan's note key.
        pub note_sell: Note,
        /// Its opening, to the buy plan's note key.
        pub note_buy: Note,
        /// Its opening to K_t, for resending: `c1`.
        pub c1: Point,
        /// Its opening to K_t: (a, r), context AR.
        pub terms: [Fr; 2],
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

impl Canonical for crate::market::PriceRule {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Self::Ask),
            1 => Ok(Self::Midpoint),
            _ => Err(Error::Encoding("price rule is 0 or 1")),
        }
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

impl Canonical for RelationKind {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let number = u8::read(input)?;
        let found = RelationKind::ALL.into_iter().find(|relation| *relation as u8 == number);
        found.ok_or(Error::Encoding("unknown relation"))
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

/// Bytes of the blob that [`MatchAmounts`] names: two encrypted values of 32 bits.
pub const MATCH_AMOUNTS_BYTES: usize = 16_771;
/// Bytes of the blob that [`DeliveryAmount`] names: one.
pub const DELIVERY_AMOUNT_BYTES: usize = 16_691;
/// Bytes of the blob that [`Deviation`] names: one encrypted bit.
pub const DEVIATION_BYTES: usize = 16_593;

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
    /// What one side's meter read, encrypted under the deviation key. Sealed by the metering service of that side.
    pub struct DeliveryAmount {
        /// The metering service.
        pub issuer: IssuerId,
        /// Its last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// Whose meter.
        pub side: Side,
        /// CT_as or CT_ab.
        pub ciphertext: BlobHash,
    }
}

canonical_struct! {
    /// The encrypted bit that follows from a trade's three ciphertexts. Sealed by the matching node.
    pub struct Deviation {
        /// The matching node's last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// The bit.
        pub result: BlobHash,
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
