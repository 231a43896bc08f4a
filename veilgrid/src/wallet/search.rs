//! The search of a ledger for everything of one wallet, and what the search covered.
//!
//! Every block that can be proved is searched, whatever birth is given. Opening the ledger executes
//! all blocks anyway, and trying the issuers' notes of the early ones costs little beside that. A
//! wallet that skipped them would meet spent records and change without the records they come from,
//! and would show a balance that is not the household's. So a birth is only checked: the search says
//! what it finds before it.

use super::ScanError;
use crate::in_process::Stored;
use fhe_matcher::key::MatchingPublicKey;
use ledger::Archive;
use protocol::header::BlockHash;
use protocol::ids::Height;
use protocol::light::HeaderChain;
use serde::Serialize;
use std::fmt::Write as _;
use wallets::follower::Follower;
use wallets::household::{ChainParameters, Wallet, Watch};
use wallets::phrase::Phrase;

/// What a search covered, and where it first found something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Search {
    /// The chain: a hash of genesis and orderer, in hexadecimal, as `ledger show` names it.
    pub genesis: String,
    /// The first block searched; None if none was.
    pub first_block: Option<u64>,
    /// The last block searched; None if none was.
    pub last_block: Option<u64>,
    /// The blocks that were not searched: at most the last one, whose outcome no later header proves.
    pub not_searched: Vec<u64>,
    /// The first block that has something of the wallet; None if nothing was found.
    pub first_found: Option<u64>,
    /// The birth that was given.
    pub birth: Option<u64>,
    /// How many records, shortfalls and credentials of the wallet are in blocks before the birth.
    /// They are found and counted like all others.
    pub before_birth: usize,
}

/// How many records, shortfalls and credentials a wallet has met. A plan spends a record, so a
/// wallet without one of these has no plan either.
fn met(watch: &Watch) -> usize {
    watch.records().count() + watch.obligations().count() + watch.credentials().count()
}

/// Searches all blocks of a ledger that the header of a later block proves, which are all but the
/// last. Error: [`ScanError`].
pub fn search(phrase: &Phrase, birth: Option<u64>, archive: &Archive) -> Result<(Wallet, Search), ScanError> {
    let ledger = &archive.ledger;
    let key = MatchingPublicKey::from_bytes(&ledger.matching_key);
    let key = key.map_err(|_| wallets::household::Error::MatchingKey)?;
    let parameters = ChainParameters::new(ledger.genesis, key)?;
    let mut wallet = Wallet::of(phrase, Height(0), parameters);
    let mut follower = Follower::new(HeaderChain::new(&ledger.genesis, ledger.validators.clone()));
    let (mut first_found, mut before_birth) = (None, 0);
    for block in &follower.follow(&Stored(archive))? {
        wallet.scan(block)?;
        let height = block.height.0;
        if first_found.is_none() && met(wallet.watch()) > 0 {
            first_found = Some(height);
        }
        if birth.is_some_and(|birth| height.saturating_add(1) == birth) {
            before_birth = met(wallet.watch());
        }
    }
    let (searched, last) = (follower.height().0, ledger.state.height().0);
    let some = |height| (searched > 0).then_some(height);
    let search = Search {
        genesis: BlockHash::genesis(&ledger.genesis, &ledger.validators).to_string(),
        first_block: some(1),
        last_block: some(searched),
        not_searched: (searched + 1..=last).collect(),
        first_found,
        birth,
        before_birth,
    };
    Ok((wallet, search))
}

impl Search {
    /// What was searched, in lines for people.
    pub fn text(&self) -> String {
        const WRITES: &str = "writing to a string does not fail";
        let mut out = String::new();
        if let Some(nothing) = self.nothing() {
            writeln!(out, "{nothing}").expect(WRITES);
        }
        match (self.first_block, self.last_block) {
            (Some(first), Some(last)) => writeln!(out, "searched: blocks {first} to {last} of chain {}", self.genesis),
            _ => writeln!(out, "searched: no block of chain {}", self.genesis),
        }
        .expect(WRITES);
        for block in &self.not_searched {
            writeln!(out, "not searched: block {block}, the last one: the header of the next block will prove it")
                .expect(WRITES);
        }
        if let Some(birth) = self.birth.filter(|birth| *birth > 1) {
            let earlier = format!("--birth {birth}: blocks 1 to {} were searched too", birth - 1);
            match (self.before_birth, self.first_found) {
                (count @ 1.., Some(first)) => writeln!(
                    out,
                    "{earlier}: the wallet is older, its first record is in block {first}; \
                     {count} of its records, shortfalls and credentials are from before block {birth}, and counted"
                ),
                _ => writeln!(out, "{earlier}, and nothing of the wallet is in them"),
            }
            .expect(WRITES);
        }
        out
    }
    /// The line for a phrase of which the chain has nothing; None if something was found.
    pub fn nothing(&self) -> Option<String> {
        let (first, last) = (self.first_block?, self.last_block?);
        let line = || format!("nothing found for this phrase in blocks {first}..{last} of chain {}", self.genesis);
        self.first_found.is_none().then(line)
    }
}
