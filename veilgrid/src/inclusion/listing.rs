//! A list of what is on a ledger, block by block. It has only what everybody sees.

use ledger::{Archive, NodeError};
use protocol::header::BlockHash;
use protocol::ids::{Height, Time, TransactionId};
use protocol::record::Commitment;
use protocol::transaction::{Kind, Transaction};
use protocol::tree::Position;
use serde_json::{json, Value};
use std::fmt::Write as _;

/// The JSON format's name.
const FORMAT: &str = "veilgrid-ledger/1";
const WRITES: &str = "writing to a string does not fail";

/// The list of the blocks of a ledger.
pub struct Listing {
    genesis: BlockHash,
    blocks: Vec<Block>,
}

struct Block {
    height: Height,
    time: Time,
    hash: BlockHash,
    entries: Vec<Entry>,
}

struct Entry {
    /// Kind and id; None for bytes that are no transaction.
    named: Option<(Kind, TransactionId)>,
    /// `accepted`, or the refusal's code.
    outcome: &'static str,
    records: Vec<(Position, Commitment)>,
}

impl Listing {
    /// Lists all blocks, or only the one of this height.
    pub fn of(archive: &Archive, only: Option<u64>) -> Result<Self, NodeError> {
        let genesis = BlockHash::genesis(&archive.ledger.genesis, &archive.ledger.validators);
        let mut blocks = Vec::new();
        for compact in archive.ledger.compact.iter().filter(|b| only.is_none_or(|only| only == b.height.0)) {
            let Some((block, receipts)) = archive.block(compact.height)? else { continue };
            // The receipts are in the order of the block.
            let mut accepted = compact.transactions.iter();
            let entries = block.transactions.iter().zip(&receipts).map(|(bytes, receipt)| Entry {
                named: Transaction::decode(bytes).ok().map(|t| (t.kind(), t.id())),
                outcome: receipt.outcome.map_or_else(|refusal| refusal.code(), |()| "accepted"),
                records: match receipt.outcome {
                    Ok(()) => accepted.next().map_or(Vec::new(), |t| t.leaves.clone()),
                    Err(_) => Vec::new(),
                },
            });
            let entries = entries.collect();
            blocks.push(Block { height: compact.height, time: compact.time, hash: block.header.hash(), entries });
        }
        Ok(Listing { genesis, blocks })
    }

    /// How many blocks are in the list, as text for people.
    pub fn count(&self) -> String {
        format!("genesis {}, {} blocks\n", self.genesis, self.blocks.len())
    }

    /// The list as text for people.
    pub fn text(&self) -> String {
        let mut out = format!("genesis {}\n", self.genesis);
        for Block { height, time, hash, entries } in &self.blocks {
            let (height, time, count) = (height.0, time.0, entries.len());
            writeln!(out, "block {height}  time {time}  {count} transactions  {hash}").expect(WRITES);
            for Entry { named, outcome, records } in entries {
                match named {
                    Some((kind, id)) => writeln!(out, "  {:20}  {id}  {outcome}", kind.name()),
                    None => writeln!(out, "  {:86}  {outcome}", "not a transaction"),
                }
                .expect(WRITES);
                for (position, record) in records {
                    writeln!(out, "    record {:13}  {record}", position.0).expect(WRITES);
                }
            }
        }
        out
    }

    /// The list as JSON, `veilgrid-ledger/1`: hashes, ids and commitments in hexadecimal.
    pub fn json(&self) -> String {
        let record = |(position, record): &(Position, Commitment)| json!({ "position": position.0, "commitment": record.to_string() });
        let entry = |entry: &Entry| {
            json!({
                "kind": entry.named.map(|(kind, _)| kind.name()),
                "id": entry.named.map(|(_, id)| id.to_string()),
                "outcome": entry.outcome,
                "records": entry.records.iter().map(record).collect::<Vec<Value>>(),
            })
        };
        let block = |block: &Block| {
            json!({
                "height": block.height.0,
                "time": block.time.0,
                "hash": block.hash.to_string(),
                "transactions": block.entries.iter().map(entry).collect::<Vec<Value>>(),
            })
        };
        let blocks: Vec<Value> = self.blocks.iter().map(block).collect();
        format!("{:#}\n", json!({ "format": FORMAT, "genesis": self.genesis.to_string(), "blocks": blocks }))
    }
}
