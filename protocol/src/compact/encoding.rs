//! The bytes in which a ledger serves compact blocks.
//!
//! ```text
//! block       = version 1 | height 8 | time 8 | root 32 | events | count 8 | count x transaction
//! transaction = kind 1 | expiry 8 | body | leaves | events
//! leaves      = count 8 | count x (position 4 | leaf 32)
//! events      = count 8 | count x (tag 1 | what the event names)
//! ```
//!
//! A transaction's id is not among the bytes. The reader computes it from the chain, the expiry and
//! the body, which it would do anyway to check it.

use super::{CompactBlock, CompactTransaction, Event};
use crate::encoding::{Canonical, Reader};
use crate::header::MAX_TRANSACTIONS;
use crate::ids::{ChainId, Height, Time};
use crate::record::Commitment;
use crate::transaction::{transaction_id, Body, Kind};
use crate::tree::{Position, Root};
use crate::units::IssuerId;
use crate::Error;

const VERSION: u8 = 1;

impl CompactBlock {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.height.write(&mut out);
        self.time.write(&mut out);
        self.root.write(&mut out);
        write_events(&self.events, &mut out);
        count(self.transactions.len(), &mut out);
        for tx in &self.transactions {
            (tx.body.kind() as u8).write(&mut out);
            tx.expiry.write(&mut out);
            tx.body.write(&mut out);
            write_leaves(&tx.leaves, &mut out);
            write_events(&tx.events, &mut out);
        }
        out
    }
    /// The block of a chain whose canonical bytes these are. Error: [`Error::Encoding`] for any
    /// other bytes, or the bound that a value breaks. Whether the chain has such a block only its
    /// headers show ([`crate::light::HeaderChain::verify`]).
    pub fn decode(chain: ChainId, bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        if u8::read(&mut input)? != VERSION {
            return Err(Error::Encoding("another version of compact blocks"));
        }
        let (height, time) = (Height::read(&mut input)?, Time::read(&mut input)?);
        let root = Root::read(&mut input)?;
        let events = read_list(&mut input, read_event)?;
        let transactions = read_list(&mut input, |input| read_transaction(chain, input))?;
        if transactions.len() > MAX_TRANSACTIONS {
            return Err(Error::Encoding("more transactions than a block holds"));
        }
        match input.0.is_empty() {
            true => Ok(CompactBlock { height, time, events, transactions, root }),
            false => Err(Error::Encoding("bytes after the end of a compact block")),
        }
    }
}

fn read_transaction(chain: ChainId, input: &mut Reader<'_>) -> Result<CompactTransaction, Error> {
    let kind = Kind::from_u8(u8::read(input)?)?;
    let expiry = Height::read(input)?;
    let body = Body::read(kind, input)?;
    let leaves = read_list(input, |input| Ok((Position(u32::read(input)?), Commitment::read(input)?)))?;
    let events = read_list(input, read_event)?;
    Ok(CompactTransaction { id: transaction_id(chain, expiry, &body), expiry, body, leaves, events })
}

/// Reads a list with its length before it. Every entry has at least a byte, so the bytes that there
/// are bound the list. No room is made for entries that are not there.
fn read_list<T>(input: &mut Reader<'_>, read: impl Fn(&mut Reader<'_>) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    let length = u64::read(input)?;
    let mut list = Vec::new();
    for _ in 0..length {
        list.push(read(input)?);
    }
    Ok(list)
}

pub(super) fn count(n: usize, out: &mut Vec<u8>) {
    (n as u64).write(out);
}

pub(super) fn write_leaves(leaves: &[(Position, Commitment)], out: &mut Vec<u8>) {
    count(leaves.len(), out);
    for (at, leaf) in leaves {
        at.0.write(out);
        leaf.write(out);
    }
}

pub(super) fn write_events(events: &[Event], out: &mut Vec<u8>) {
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

fn read_event(input: &mut Reader<'_>) -> Result<Event, Error> {
    Ok(match u8::read(input)? {
        0 => Event::Expired(Canonical::read(input)?),
        1 => Event::Lapsed(Canonical::read(input)?),
        2 => Event::Refused(Canonical::read(input)?),
        3 => Event::Relisted(Canonical::read(input)?),
        4 => Event::Binding(Canonical::read(input)?),
        5 => Event::Delivered(Canonical::read(input)?),
        6 => Event::Void { match_id: Canonical::read(input)?, missing: [read_issuer(input)?, read_issuer(input)?] },
        7 => Event::Anchor {
            cycle: Canonical::read(input)?,
            round: Canonical::read(input)?,
            confirmations: Canonical::read(input)?,
            root: Canonical::read(input)?,
        },
        8 => Event::VerdictDiffers(Canonical::read(input)?),
        9 => Event::LapseAlarm(Canonical::read(input)?),
        _ => return Err(Error::Encoding("unknown kind of event")),
    })
}

/// The number of an issuer that may be absent; absent, its number is written as 0.
fn read_issuer(input: &mut Reader<'_>) -> Result<Option<IssuerId>, Error> {
    match (bool::read(input)?, IssuerId::read(input)?) {
        (true, issuer) => Ok(Some(issuer)),
        (false, IssuerId::ZERO) => Ok(None),
        (false, _) => Err(Error::Encoding("an absent issuer has the number 0")),
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
