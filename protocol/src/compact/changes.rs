//! The digest of what a block changed, which is one of the four parts of the state root after it.
//! It is over the canonical bytes of what wallets are told of the block:
//!
//! ```text
//! changes     = height 8 | time 8 | events | count 8 | count x transaction
//! transaction = id 32 | count 8 | count x (position 4 | leaf 32) | events
//! events      = count 8 | count x (tag 1 | what the event names)
//! ```
//!
//! The state is a function of the genesis and of the changes, since an accepted transaction's id
//! fixes its body, so the digest commits to the whole state. The record tree's root has a place of
//! its own in the state root.

use super::{CompactBlock, Event};
use crate::encoding::{digest, Canonical};
use crate::record::Commitment;
use crate::tree::Position;
use crate::units::IssuerId;

/// Digest of a block's height, time, events, and accepted transactions with their ids, leaves and
/// events. Bodies enter through the ids.
pub fn changes_digest(block: &CompactBlock) -> [u8; 32] {
    let mut out = Vec::new();
    block.height.write(&mut out);
    block.time.write(&mut out);
    write_events(&block.events, &mut out);
    count(block.transactions.len(), &mut out);
    for tx in &block.transactions {
        tx.id.write(&mut out);
        count(tx.leaves.len(), &mut out);
        tx.leaves.iter().for_each(|(at, leaf): &(Position, Commitment)| {
            at.0.write(&mut out);
            leaf.write(&mut out);
        });
        write_events(&tx.events, &mut out);
    }
    digest("veilgrid/changes/1", &out)
}

fn count(n: usize, out: &mut Vec<u8>) {
    (n as u64).write(out);
}

fn write_events(events: &[Event], out: &mut Vec<u8>) {
    count(events.len(), out);
    for event in events {
        match event {
            Event::Expired(handle) => (0u8, handle).write_pair(out),
            Event::Lapsed(handle) => (1u8, handle).write_pair(out),
            Event::Refused(handle) => (2u8, handle).write_pair(out),
            Event::Relisted(handle) => (3u8, handle).write_pair(out),
            Event::Binding(match_id) => (4u8, match_id).write_pair(out),
            Event::Delivered(match_id) => (5u8, match_id).write_pair(out),
            Event::Void { match_id, missing } => {
                (6u8, match_id).write_pair(out);
                for issuer in missing {
                    issuer.is_some().write(out);
                    issuer.unwrap_or(IssuerId::ZERO).write(out);
                }
            }
            Event::VerdictDiffers(match_id) => (8u8, match_id).write_pair(out),
            Event::LapseAlarm(epoch) => (9u8, epoch).write_pair(out),
            Event::Anchor { cycle, round, confirmations, root } => {
                (7u8, cycle).write_pair(out);
                round.write(out);
                confirmations.write(out);
                root.write(out);
            }
        }
    }
}

trait WritePair {
    fn write_pair(&self, out: &mut Vec<u8>);
}

impl<T: Canonical> WritePair for (u8, &T) {
    fn write_pair(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}
