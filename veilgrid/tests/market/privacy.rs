//! What each party learns (docs/protocol/60-privacy.md), tested over the transcript of a played
//! market: (1) replacement, merges included; (2) no secret and no hidden quantity is in any file or
//! line; (3) a viewing key reads and cannot spend; (5) an audit opens no other household's
//! ciphertext.

mod audits;
mod merging;
mod quantities;
mod replacement;
mod search;
mod secrets;
mod viewing;

use crate::support::*;
use fhe_matcher::key::MatchingPublicKey;
use protocol::compact::{CompactTransaction, Event};
use protocol::ids::Height;
use rand_chacha::rand_core::RngCore;
use std::path::{Path, PathBuf};
use veilgrid::audit::office::Office;
use veilgrid::demonstration::role_rng;
use wallets::household::{ChainParameters, Wallet};

/// The reference market's folder, opened with every role's keys: a copy, so that others can use the
/// original.
fn office() -> (tempfile::TempDir, PathBuf, Office) {
    office_of(reference())
}

fn office_of(run: &Reference) -> (tempfile::TempDir, PathBuf, Office) {
    let (folder, copy) = copy_of(&run.directory);
    let office = Office::open(&copy, 0).unwrap();
    (folder, copy, office)
}

/// A household's wallet, from its phrase, before the first block of a market.
fn wallet(household: usize, office: &Office) -> Wallet {
    let genesis = *office.node().state().genesis();
    let blob = office.node().blob(&genesis.matching_key).unwrap().unwrap();
    let parameters = ChainParameters::new(genesis, MatchingPublicKey::from_bytes(&blob).unwrap()).unwrap();
    Wallet::create(&phrase(household), Height(0), parameters).unwrap()
}

/// The entropy of a household's phrase.
fn entropy(household: usize) -> [u8; 32] {
    let mut entropy = [0; 32];
    role_rng(0, &format!("household {household}")).fill_bytes(&mut entropy);
    entropy
}

fn phrase(household: usize) -> String {
    bip39::Mnemonic::from_entropy(&entropy(household)).unwrap().to_string()
}

fn kinds(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::Anchor { .. } => "anchor",
        Event::Binding(_) => "binding",
        Event::Delivered(_) => "delivered",
        Event::Expired(_) => "expired",
        Event::Lapsed(_) => "lapsed",
        Event::Refused(_) => "refused",
        Event::Relisted(_) => "relisted",
        Event::Void { .. } => "void",
        Event::VerdictDiffers(_) => "verdict differs",
        Event::LapseAlarm(_) => "lapse alarm",
    };
    events.iter().map(name).collect()
}

/// The public shape of a ledger, without its contents: for each block the kinds and sizes of its
/// transactions in order with the numbers of leaves and the events' kinds, then the blobs' sizes.
fn shape(office: &Office, directory: &Path) -> Vec<String> {
    let mut shape = Vec::new();
    let node = office.node();
    for block in node.compact_blocks(Height(1)) {
        let stored = node.block(block.height).unwrap().unwrap();
        let sizes: Vec<usize> = stored.transactions.iter().map(Vec::len).collect();
        let transaction =
            |t: &CompactTransaction| format!("{} {} {:?}", t.body.kind().name(), t.leaves.len(), kinds(&t.events));
        let transactions: Vec<String> = block.transactions.iter().map(transaction).collect();
        let (height, time, events) = (block.height.0, block.time.0, kinds(&block.events));
        shape.push(format!("{height} {time} {transactions:?} {sizes:?} {events:?}"));
    }
    let mut blobs: Vec<usize> = contents(&directory.join("blobs")).iter().map(|(_, bytes)| bytes.len()).collect();
    blobs.sort();
    shape.push(format!("{blobs:?}"));
    shape
}
