//! What wallets scan: of each block the accepted transactions without their seals, the leaves they appended, and what
//! the clock did to plans and trades. A wallet downloads ranges and looks locally, so that no query tells what it owns.

use crate::ids::{Height, Time, TransactionId};
use crate::record::{Commitment, Handle, MatchId};
use crate::transaction::body::CycleStart;
use crate::transaction::Body;
use crate::tree::{Position, Root};
use crate::units::Cycle;

/// What happened to a plan or a trade, by the clock or as the effect of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Gate closure came: the plan's lock can be released.
    Expired(Handle),
    /// The confirmation deadline passed without this side's confirmation: likewise.
    Lapsed(Handle),
    /// The plan refused its match: likewise.
    Refused(Handle),
    /// The plan's match is off without its doing: it is listed again (its confirmation, if any, and its change, are void).
    Relisted(Handle),
    /// Both sides confirmed: the two changes are in the tree.
    Binding(MatchId),
    /// Both delivery records are there.
    Delivered(MatchId),
    /// The delivery deadline passed without both: relation 7b applies to both sides.
    Void(MatchId),
    /// The verdict on the trade's encrypted deviation is not what it settled with: somebody has to look into it.
    VerdictDiffers(MatchId),
    /// A round's cut-off (or, `confirmations`, its confirmation deadline) passed: this root is the anchor to use.
    Anchor {
        /// The cycle.
        cycle: Cycle,
        /// The round.
        round: u8,
        /// Whether it is the root at the confirmation deadline.
        confirmations: bool,
        /// The root.
        root: Root,
    },
}

/// An accepted transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactTransaction {
    /// Its id.
    pub id: TransactionId,
    /// What it says.
    pub body: Body,
    /// The leaves that it appended, with their places, in order.
    pub leaves: Vec<(Position, Commitment)>,
    /// Its effects on plans and trades.
    pub events: Vec<Event>,
}

/// A block as wallets see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactBlock {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// What the clock did, before the transactions.
    pub events: Vec<Event>,
    /// Accepted transactions.
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
