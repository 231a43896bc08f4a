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

use super::encoding::{count, write_events, write_leaves};
use super::CompactBlock;
use crate::encoding::{digest, Canonical};

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
        write_leaves(&tx.leaves, &mut out);
        write_events(&tx.events, &mut out);
    }
    digest("veilgrid/changes/1", &out)
}
