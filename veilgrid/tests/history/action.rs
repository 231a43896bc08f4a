//! A transaction's contents in the clear. Everything is named by the number of the transaction that
//! made it: a record, a plan, a match, a delivery record. So a name means something whether or not
//! the transaction was accepted.

use crate::words::by_name;
use protocol::record::metered::Sign;
use protocol::relation::RelationKind;
use protocol::transaction::body::{IssuerRole, Purpose};
use protocol::transaction::{Authority, Kind};
use protocol::units::Side;
use serde::{Deserialize, Serialize};

/// A transaction's number, and the name of the record, plan, match or delivery record that it made.
pub type Name = usize;
/// A household.
pub type Who = usize;

/// Whether the regulator tells a side of a match its terms. To the seller of one match of three, and
/// to the buyer of another, it sends noise.
pub fn tells(match_id: Name, side: Side) -> bool {
    match_id % 3 != side as usize
}

/// Whether a side's metering service keeps its half of a match back, mostly: such a trade becomes
/// void. It keeps the seller's half of one match of six, and the buyer's of another.
pub fn withholds(match_id: Name, side: Side) -> bool {
    match_id % 6 == side as usize
}

/// A record's worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Worth {
    Money(u64),
    Energy {
        wh: u64,
        kind: u8,
        cycle: u32,
    },
    Rest {
        #[serde(with = "by_name")]
        sign: Sign,
        wh: u64,
        cycle: u32,
    },
    Credential {
        epoch: u32,
    },
}

/// A nullifier: of a record, or of a transaction's dummy, which no other transaction has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spent {
    Record(Name),
    Dummy(Name, usize),
}

/// A sender of transactions that have a serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    Regulator,
    Matcher,
    Issuer(u32),
    /// The holder of the key that replaces the regulator's.
    Recovery,
}

/// The operator whose keys a replacement is of, by its number there.
pub fn operator_of(number: u32) -> Operator {
    match number {
        0 => Operator::Regulator,
        1 => Operator::Matcher,
        n => Operator::Issuer(n - 2),
    }
}

/// How often an operator's keys are replaced at most, so that each has a number.
pub const GENERATIONS: u32 = 5;

/// Number of an operator's signing key after so many replacements; an issuer's encryption key has the
/// same number.
pub fn key_after(operator: Operator, generation: u32) -> u8 {
    match (operator, generation as u8) {
        (Operator::Regulator, 0) => 1,
        (Operator::Regulator, g) => 130 + g,
        (Operator::Matcher, 0) => 2,
        (Operator::Matcher, g) => 140 + g,
        (Operator::Issuer(n), g) => 10 + n as u8 + 20 * g,
        (Operator::Recovery, _) => testkit::keys::RECOVERY,
    }
}

/// A verifying key: a relation's, in a version. Version 0 is the genesis's; the program knows some
/// later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyName {
    #[serde(with = "by_name")]
    pub of: RelationKind,
    pub version: u8,
}

/// The deadlines of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    pub opens: u64,
    pub round: u32,
    pub confirm: u32,
    pub closes: u64,
    pub due: u64,
}

/// The contents of a transaction. An anchor is named by the number of leaves of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Action {
    /// `leaf` is the transaction's own name unless it repeats an earlier one's commitment.
    Issue {
        issuer: u32,
        serial: u64,
        owner: Who,
        worth: Worth,
        leaf: Name,
    },
    Credential {
        serial: u64,
        owner: Who,
        epoch: u32,
    },
    List(Listing),
    Scores {
        serial: u64,
        cycle: u32,
        round: u8,
        buy: Name,
        /// Whether the scores follow from the ledger.
        right: bool,
    },
    Contest {
        cycle: u32,
        round: u8,
        buy: Name,
        /// The first transaction that posted the contested scores.
        posted: Name,
    },
    Transcript {
        serial: u64,
        cycle: u32,
        round: u8,
    },
    Mask {
        serial: u64,
        cycle: u32,
        round: u8,
    },
    Open {
        serial: u64,
        #[serde(with = "by_name")]
        purpose: Purpose,
        cycle: u32,
        round: u8,
        first: Opened,
        second: Option<Second>,
    },
    Match(Pairing),
    Confirm {
        #[serde(with = "by_name")]
        side: Side,
        match_id: Name,
        plan: Name,
        meter: u32,
    },
    MatchThreshold {
        serial: u64,
        match_id: Name,
    },
    DeliveryAmount {
        issuer: u32,
        serial: u64,
        match_id: Name,
        #[serde(with = "by_name")]
        side: Side,
    },
    Deviation {
        serial: u64,
        match_id: Name,
    },
    Verdict {
        serial: u64,
        match_id: Name,
        within: bool,
    },
    Refuse {
        match_id: Name,
        plan: Name,
    },
    Complain {
        match_id: Name,
        plan: Name,
    },
    Deliver {
        issuer: u32,
        serial: u64,
        match_id: Name,
        #[serde(with = "by_name")]
        side: Side,
        amount: u64,
        delivery: Name,
    },
    Settle {
        #[serde(with = "by_name")]
        side: Side,
        match_id: Name,
        plan: Name,
        anchor: u64,
        purse: Option<Name>,
    },
    Release {
        plan: Name,
    },
    Void {
        match_id: Name,
        plan: Name,
    },
    Merge {
        owner: Who,
        anchor: u64,
        money: bool,
        records: [Option<Name>; 2],
    },
    Surplus {
        owner: Who,
        anchor: u64,
        epoch: u32,
        cycle: u32,
        rest: Name,
        credential: Name,
        purse: Option<Name>,
    },
    Shortfall {
        owner: Who,
        anchor: u64,
        epoch: u32,
        rest: Name,
        credential: Name,
        purse: Name,
    },
    Withdraw {
        owner: Who,
        anchor: u64,
        /// The epoch of the credential that is shown.
        epoch: u32,
        /// The epoch in the trace tag, and the tag's counter.
        current: u32,
        tag: u8,
        desk: u32,
        amount: u64,
        credential: Name,
        purse: Name,
    },
    EpochStart {
        serial: u64,
        epoch: u32,
        alarm: u32,
    },
    /// The regulator rules that an obligation is struck, or upheld.
    Ruling {
        serial: u64,
        rest: Name,
        struck: bool,
    },
    CycleStart {
        serial: u64,
        cycle: u32,
        epoch: u32,
        terms: usize,
        times: Times,
    },
    Register {
        serial: u64,
        issuer: u32,
        #[serde(with = "by_name")]
        role: IssuerRole,
        /// The number of its signing key.
        key: u8,
        /// The number of its encryption key, whose secret it has.
        encryption: u8,
        possessed: bool,
    },
    /// An operator's keys are replaced; `key` and `encryption` are the new ones' numbers.
    Rotate {
        serial: u64,
        of: u32,
        key: u8,
        encryption: u8,
        possessed: bool,
    },
    Suspend {
        serial: u64,
        issuer: u32,
        suspended: bool,
    },
    /// Changes a metering service's cap.
    Cap {
        serial: u64,
        issuer: u32,
        generation: u32,
        metered: u32,
    },
    /// A desk marks a withdrawal, which is named by the first transaction with its id.
    Pay {
        issuer: u32,
        serial: u64,
        withdrawal: Name,
    },
    ActivateKey {
        serial: u64,
        #[serde(with = "by_name")]
        relation: RelationKind,
        key: KeyName,
        from: u32,
    },
}

/// The first subject of an Open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Opened {
    Plan(Name),
    TraceKey(Who, u32),
    /// A payment, by the record that it spent.
    Payment(Name),
    Trade(Name),
    Obligation(Name),
    Epoch(u32),
}

/// The second subject of an Open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Second {
    Plan(Name),
    Issuer(u32),
    Epoch(u32),
}

impl Second {
    /// The number that it is, if it is none of a plan.
    pub fn number(of: Option<Second>) -> Option<u32> {
        match of {
            None => Some(0),
            Some(Second::Issuer(n) | Second::Epoch(n)) => Some(n),
            Some(Second::Plan(_)) => None,
        }
    }
}

/// A listing; `handle` is the transaction's own name unless it repeats an earlier plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    #[serde(with = "by_name")]
    pub side: Side,
    pub owner: Who,
    pub cycle: u32,
    pub epoch: u32,
    pub anchor: u64,
    pub record: Name,
    pub credential: Name,
    pub volume: u64,
    pub tick: u8,
    /// The counter of its trace tag.
    pub tag: u8,
    pub handle: Name,
}

impl Listing {
    /// The household, side, cycle, epoch and counter of its trace tag.
    pub fn tag_used(&self) -> (Who, Side, u32, u32, u8) {
        (self.owner, self.side, self.cycle, self.epoch, self.tag)
    }
}

/// A match; `matching` is the transaction's own name unless it repeats an earlier match record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    pub serial: u64,
    pub cycle: u32,
    pub round: u8,
    pub sell: Name,
    pub buy: Name,
    pub volume: u64,
    pub price: u64,
    pub match_id: Name,
}

/// A fault of a transaction that does not depend on its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Flaw {
    None,
    /// Its proof or signature does not verify.
    Seal,
    /// Somebody else's key made the proof or signature.
    Stranger,
    /// Something in it was changed after it was sealed.
    Altered,
    /// It names this version of its relation's key, and was proved under it.
    Version(u8),
    /// It names another announced version, where there is one, and was proved under it.
    Superseded,
    /// It names the right version, and was proved under another.
    Renamed,
    /// The record that it makes is worth 1 too much; an issue makes another record than it claims.
    Inflated,
    /// Its ciphertext is under the identity, so that nobody can open it.
    Weak,
    /// It is of another chain.
    Chain,
    /// It is a byte short.
    Cut,
    /// It is longer than any transaction.
    Long,
    /// Its second proof is another listing's; an issue has a good signature and a proof that does
    /// not verify.
    Second,
    /// The blob that it names is of another kind.
    Ciphertext,
    /// The blob that it names is not here.
    Absent,
    /// It names another generation of the keys of the service that it is encrypted to.
    Stale,
}

/// A transaction.
#[derive(Clone, Debug)]
pub struct Tx {
    pub name: Name,
    /// The first transaction with this one's id: the same body signed anew is the same transaction.
    pub same: Name,
    /// The first transaction that posted these scores: right ones are always the same.
    pub posted: Name,
    pub expiry: u64,
    pub action: Action,
    pub flaw: Flaw,
    /// How often the keys of the operator that signs it had been replaced when it was made.
    pub signed_by: u32,
    /// The generation that it names of the service that it is encrypted to.
    pub service: u32,
    /// The version of its relation's key that its seal names.
    pub version: u8,
    /// The same of its second proof's relation.
    pub second: u8,
    /// Whether an honest prover has a witness, when the transaction was made.
    pub provable: bool,
}

impl Action {
    pub fn kind(&self) -> Kind {
        match self {
            Action::Issue { worth: Worth::Rest { .. }, .. } => Kind::IssueMetered,
            Action::Issue { .. } => Kind::Issue,
            Action::Credential { .. } => Kind::IssueCredential,
            Action::List(b) if b.side == Side::Sell => Kind::SellPlan,
            Action::List(_) => Kind::BuyPlan,
            Action::Scores { .. } => Kind::Scores,
            Action::Contest { .. } => Kind::Contest,
            Action::Transcript { .. } => Kind::Transcript,
            Action::Mask { .. } => Kind::Mask,
            Action::Open { .. } => Kind::Open,
            Action::Match(_) => Kind::Match,
            Action::Confirm { side: Side::Sell, .. } => Kind::ConfirmSell,
            Action::Confirm { .. } => Kind::ConfirmBuy,
            Action::Refuse { .. } => Kind::Refuse,
            Action::Complain { .. } => Kind::Complain,
            Action::Deliver { .. } => Kind::Deliver,
            Action::MatchThreshold { .. } => Kind::MatchThreshold,
            Action::DeliveryAmount { .. } => Kind::DeliveryAmount,
            Action::Deviation { .. } => Kind::Deviation,
            Action::Verdict { .. } => Kind::Verdict,
            Action::Settle { side: Side::Sell, .. } => Kind::SettleSell,
            Action::Settle { .. } => Kind::SettleBuy,
            Action::Release { .. } => Kind::Release,
            Action::Void { .. } => Kind::Void,
            Action::Merge { .. } => Kind::Merge,
            Action::Surplus { .. } => Kind::Surplus,
            Action::Shortfall { .. } => Kind::Shortfall,
            Action::EpochStart { .. } => Kind::EpochStart,
            Action::Ruling { .. } => Kind::Ruling,
            Action::CycleStart { .. } => Kind::CycleStart,
            Action::Register { .. } => Kind::RegisterIssuer,
            Action::Withdraw { .. } => Kind::Withdraw,
            Action::Cap { .. } => Kind::SetIssueCap,
            Action::ActivateKey { .. } => Kind::ActivateKey,
            Action::Suspend { .. } => Kind::SuspendIssuer,
            Action::Rotate { .. } => Kind::RotateKey,
            Action::Pay { .. } => Kind::Paid,
        }
    }
    /// The nullifiers it publishes, if it is transaction `name`.
    pub fn spends(&self, name: Name) -> Vec<Spent> {
        let of = |purse: Option<Name>, slot| purse.map_or(Spent::Dummy(name, slot), Spent::Record);
        match *self {
            Action::List(b) => vec![Spent::Record(b.record)],
            Action::Settle { purse, .. } => vec![of(purse, 0)],
            Action::Merge { records: [a, b], .. } => vec![of(a, 0), of(b, 1)],
            Action::Surplus { rest, purse, .. } => vec![Spent::Record(rest), of(purse, 0)],
            Action::Shortfall { purse, .. } | Action::Withdraw { purse, .. } => vec![Spent::Record(purse)],
            _ => vec![],
        }
    }
    /// The plan that it is about, listings aside.
    pub fn plan(&self) -> Option<Name> {
        match *self {
            Action::Confirm { plan, .. }
            | Action::Refuse { plan, .. }
            | Action::Complain { plan, .. }
            | Action::Settle { plan, .. }
            | Action::Release { plan }
            | Action::Void { plan, .. } => Some(plan),
            _ => None,
        }
    }
    pub fn anchor(&self) -> Option<u64> {
        match *self {
            Action::List(Listing { anchor, .. })
            | Action::Settle { anchor, .. }
            | Action::Merge { anchor, .. }
            | Action::Surplus { anchor, .. }
            | Action::Shortfall { anchor, .. }
            | Action::Withdraw { anchor, .. } => Some(anchor),
            _ => None,
        }
    }
    pub fn anchor_mut(&mut self) -> Option<&mut u64> {
        match self {
            Action::List(Listing { anchor, .. })
            | Action::Settle { anchor, .. }
            | Action::Merge { anchor, .. }
            | Action::Surplus { anchor, .. }
            | Action::Shortfall { anchor, .. }
            | Action::Withdraw { anchor, .. } => Some(anchor),
            _ => None,
        }
    }
    /// The operator that sends it; the regulator's for what no operator sends.
    pub fn operator(&self) -> Operator {
        match (self.kind().authority(), self) {
            (Authority::Matcher, _) => Operator::Matcher,
            (_, Action::Rotate { of: 0, .. }) => Operator::Recovery,
            (
                _,
                Action::Issue { issuer, .. }
                | Action::Deliver { issuer, .. }
                | Action::DeliveryAmount { issuer, .. }
                | Action::Pay { issuer, .. },
            ) => Operator::Issuer(*issuer),
            _ => Operator::Regulator,
        }
    }
    pub fn serial_mut(&mut self) -> Option<&mut u64> {
        match self {
            Action::Issue { serial, .. }
            | Action::Credential { serial, .. }
            | Action::Scores { serial, .. }
            | Action::Transcript { serial, .. }
            | Action::Mask { serial, .. }
            | Action::Open { serial, .. }
            | Action::Match(Pairing { serial, .. })
            | Action::Deliver { serial, .. }
            | Action::MatchThreshold { serial, .. }
            | Action::DeliveryAmount { serial, .. }
            | Action::Deviation { serial, .. }
            | Action::Verdict { serial, .. }
            | Action::EpochStart { serial, .. }
            | Action::Ruling { serial, .. }
            | Action::CycleStart { serial, .. }
            | Action::Register { serial, .. }
            | Action::Suspend { serial, .. }
            | Action::Rotate { serial, .. }
            | Action::Cap { serial, .. }
            | Action::Pay { serial, .. }
            | Action::ActivateKey { serial, .. } => Some(serial),
            _ => None,
        }
    }
}
