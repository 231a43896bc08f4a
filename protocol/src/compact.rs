//! What wallets scan of a block: its accepted transactions without their seals, the leaves that
//! they appended, and what the clock did to plans and trades. A wallet downloads whole ranges of
//! blocks and searches them at home, so no request tells what it owns.
//!
//! A [`CompactBlock`] is only a claim. [`crate::light::VerifiedBlock`] is one that headers prove.

mod changes;
mod encoding;

pub use changes::changes_digest;

use crate::ids::{ChainId, Height, Time, TransactionId};
use crate::record::{Commitment, Handle, MatchId};
use crate::transaction::body::CycleStart;
use crate::transaction::{transaction_id, Body, Transaction};
use crate::tree::{Position, Root};
use crate::units::{Cycle, Epoch, IssuerId};

/// What happened to a plan or a trade, by the clock or as the effect of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Gate closure passed: the plan's lock can be released.
    Expired(Handle),
    /// The confirmation deadline passed without this side's confirmation: the plan's lock can be
    /// released.
    Lapsed(Handle),
    /// The plan refused its match: its lock can be released.
    Refused(Handle),
    /// The plan lost its match through no act of its own and is listed again. Its confirmation, if
    /// it gave one, is void, and so is the change that the confirmation named.
    Relisted(Handle),
    /// Both sides confirmed: the two changes are in the tree.
    Binding(MatchId),
    /// Both delivery records are there.
    Delivered(MatchId),
    /// The delivery deadline of the trade's round passed without both records: relation 7b applies
    /// to both sides.
    Void {
        /// The trade.
        match_id: MatchId,
        /// The metering services that did not post their half: the seller's, the buyer's.
        missing: [Option<IssuerId>; 2],
    },
    /// The verdict on the trade's encrypted deviation differs from what the trade settled with: a
    /// person has to look into it.
    VerdictDiffers(MatchId),
    /// More plans lapsed or refused a match in the epoch than its alarm allows: the regulator may open
    /// these plans.
    LapseAlarm(Epoch),
    /// A deadline of a round passed: this root is the anchor to prove against.
    Anchor {
        /// The cycle.
        cycle: Cycle,
        /// The round, from 0.
        round: u8,
        /// False at the round's cut-off, true at its confirmation deadline.
        confirmations: bool,
        /// Root of the record tree at the end of the last block before the deadline.
        root: Root,
    },
}

/// An accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactTransaction {
    /// The digest of chain, expiry and body.
    pub id: TransactionId,
    /// The last height at which the transaction counts. Readers need it to compute the id.
    pub expiry: Height,
    /// What the transaction says.
    pub body: Body,
    /// The leaves that it appended, with their places, in order.
    pub leaves: Vec<(Position, Commitment)>,
    /// Its effects on plans and trades.
    pub events: Vec<Event>,
}

impl CompactTransaction {
    /// An accepted transaction with these effects.
    pub fn new(tx: &Transaction, leaves: Vec<(Position, Commitment)>, events: Vec<Event>) -> Self {
        CompactTransaction { id: tx.id(), expiry: tx.expiry, body: tx.body, leaves, events }
    }
    /// Whether the id is that of this expiry and body on a chain.
    pub fn has_its_id(&self, chain: ChainId) -> bool {
        transaction_id(chain, self.expiry, &self.body) == self.id
    }
}

/// A block as wallets see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactBlock {
    /// Its height; the first block's is 1.
    pub height: Height,
    /// Its time, in seconds since 1970.
    pub time: Time,
    /// What the clock did, before the transactions.
    pub events: Vec<Event>,
    /// Accepted transactions, in the block's order.
    pub transactions: Vec<CompactTransaction>,
    /// Root of the record tree at the block's end.
    pub root: Root,
}

impl CompactBlock {
    /// The cycles started in this block.
    pub fn cycles(&self) -> impl Iterator<Item = &CycleStart> {
        self.transactions.iter().filter_map(|t| match &t.body {
            Body::CycleStart(c) => Some(c),
            _ => None,
        })
    }
}
