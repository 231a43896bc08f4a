//! A run's keys for encrypted deviations, and a trade's way from three ciphertexts to a verdict.
//!
//! The server key is too large for the ledger: it is a file beside the proving keys, named by its
//! own digest, made once a seed and loaded once a run. Without the cargo feature `deviation`,
//! `without_deviation` stands in this module's place.

use super::cycle::Playing;
use super::runner::{role_rng, Runner};
use super::{io, Error};
use crate::report::DeviationSummary;
use ::deviation::decrypt::DeviationSecretKey;
use ::deviation::key::{DeviationServerKey, SERVER_KEY_BYTES};
use disk::Access;
use protocol::ids::BlobHash;
use protocol::light::VerifiedBlock;
use protocol::record::MatchId;
use protocol::transaction::{Body, Transaction};
use protocol::units::Cycle;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wallets::deviation::{Ciphered, DeviationBook, DeviationKeys};
use wallets::ledger_access::Served;
use wallets::regulator::Matches;
use wallets::Blobs;
use zeroize::Zeroizing;

/// The part of a run that only a market with encrypted deviations has: the regulator's keys, the
/// matching node's server key, what is on the ledger.
pub(super) struct Deviation {
    keys: DeviationKeys,
    server: DeviationServerKey,
    digest: BlobHash,
    book: DeviationBook,
    summary: DeviationSummary,
}

fn named(folder: &Path, digest: BlobHash) -> PathBuf {
    folder.join(format!("{digest}.server-key"))
}

impl Deviation {
    /// That of a seed, its server key from `deviation/` in the keys' folder. The file that is found
    /// by the public key's digest names the server key's, and that is the file. Errors: those of
    /// the files; [`Error::Deviation`].
    pub fn load(folder: &Path, seed: u64) -> Result<Self, Error> {
        let keys = DeviationKeys::new(DeviationSecretKey::generate(&mut role_rng(seed, "deviation")));
        let folder = folder.join("deviation");
        let index = folder.join(format!("{}.digest", keys.digest()));
        let made = |keys, server, digest| {
            let (book, summary) = (DeviationBook::default(), DeviationSummary::default());
            Deviation { keys, server, digest, book, summary }
        };
        let known = std::fs::read(&index).ok().and_then(|bytes| Some(BlobHash(bytes.try_into().ok()?)));
        if let Some(digest) = known {
            let path = named(&folder, digest);
            let fits = std::fs::metadata(&path).is_ok_and(|file| file.len() == SERVER_KEY_BYTES as u64);
            if let Some(bytes) = fits.then(|| std::fs::read(&path).ok()).flatten() {
                if let Ok(server) = DeviationServerKey::from_bytes(&bytes, digest) {
                    return Ok(made(keys, server, digest));
                }
            }
        }
        let bytes = DeviationSecretKey::from_bytes(*keys.to_bytes()).server_key();
        let digest = BlobHash::of(&bytes);
        let disk = disk::System;
        disk::create_directories(&disk, &folder).map_err(io(&folder))?;
        for (path, contents) in [(named(&folder, digest), &bytes[..]), (index, &digest.0[..])] {
            let part = path.with_extension(format!("{}.part", std::process::id()));
            disk::replace(&disk, &part, &path, contents, Access::Usual).map_err(io(&path))?;
        }
        let server = DeviationServerKey::from_bytes(&bytes, digest)?;
        Ok(made(keys, server, digest))
    }
    /// Digests of both public halves, as the genesis names them.
    pub fn digests(&self) -> [BlobHash; 2] {
        [self.keys.digest(), self.digest]
    }
    /// The public key, a blob.
    pub fn blob(&self) -> Vec<u8> {
        self.keys.public().to_bytes()
    }
    /// The regulator's secret, to be stored encrypted.
    pub fn secret(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.keys.to_bytes().to_vec())
    }
    /// Follows the ledger.
    pub fn scan(&mut self, block: &VerifiedBlock) {
        self.book.scan(block);
    }
    /// How many verdicts were opened, and how many of them are within tolerance.
    pub fn summary(&self) -> DeviationSummary {
        self.summary
    }
}

impl Runner<'_> {
    /// Puts ciphertexts on the ledger, and then what names them.
    fn ciphered(&self, all: Vec<Ciphered>) -> Result<Vec<Transaction>, Error> {
        let (transactions, blobs): (Vec<_>, Vec<_>) = all.into_iter().map(|c| (c.transaction, c.blob)).unzip();
        self.blobs(&blobs)?;
        Ok(transactions)
    }

    /// What was matched, encrypted, to go with the matches.
    pub(super) fn encrypt_matched(&mut self, cycle: Cycle, matches: &Matches) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(deviation) = &self.deviation else { return Ok(Vec::new()) };
        let (regulator, rng) = (&mut self.regulator, &mut self.rngs.deviation);
        let amounts = regulator.match_amounts(rng, &deviation.keys, cycle, matches, expiry)?;
        self.ciphered(amounts)
    }

    /// Readings encrypted, the bit of every delivered trade computed, opened and published.
    pub(super) fn deviate(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let (cycle, trades) = (p.cycle(), p.trades());
        if self.deviation.is_none() || trades.is_empty() {
            return Ok(());
        }
        self.say(&format!("{}: {} deviations computed on ciphertexts and opened", self.label(p), trades.len()));
        let steps = [Self::amounts, Self::results, Self::opens, Self::verdicts];
        for step in steps {
            let transactions = self.work("deviation", |this| step(this, cycle, &trades))?;
            let time = p.tick();
            self.block(time, transactions)?;
        }
        Ok(())
    }

    /// The metering service encrypts what it read.
    fn amounts(&mut self, cycle: Cycle, _: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { keys, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let all = self.meter.delivery_amounts(&mut self.rngs.deviation, keys.public(), cycle, expiry)?;
        self.ciphered(all)
    }

    /// The matching node computes. No two computations give the same bits: a run that is gone on
    /// with keeps those on its ledger.
    fn results(&mut self, _: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { server, book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let blobs = Served(&self.ledger);
        let stored = self.next_stored()?;
        let results = stored.iter().flat_map(|block| &block.transactions).filter_map(|t| match &t.body {
            Body::Deviation(b) => Some((b.match_id, b.result)),
            _ => None,
        });
        let results: BTreeMap<_, _> = results.collect();
        let mut all = Vec::with_capacity(trades.len());
        for match_id in trades {
            let blob = match results.get(match_id) {
                Some(hash) => blobs.blob(*hash).ok_or(Error::AnotherRun)?,
                None => {
                    let (amounts, sold, bought) = book.posted(*match_id).load(&blobs)?;
                    server.evaluate(&amounts, &sold, &bought)?.to_bytes()
                }
            };
            let transaction = self.matching_node.deviation(self.chain, *match_id, BlobHash::of(&blob), expiry);
            all.push(Ciphered { transaction, blob });
        }
        self.ciphered(all)
    }

    /// The regulator says what it will open.
    fn opens(&mut self, cycle: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let opens = trades.iter().map(|trade| self.regulator.open_deviation(book, cycle, *trade, expiry));
        Ok(opens.collect::<Result<_, _>>()?)
    }

    /// The regulator publishes the decrypted verdicts.
    fn verdicts(&mut self, cycle: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { keys, server, book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let (blobs, regulator) = (Served(&self.ledger), &mut self.regulator);
        let mut all = Vec::with_capacity(trades.len());
        for trade in trades {
            let opened = regulator.verdict((keys, server), book, (cycle, *trade), &blobs, expiry)?;
            if let Some(incident) = opened.incident {
                return Err(Error::Incident(incident));
            }
            all.push(opened.verdict);
        }
        Ok(all)
    }

    /// That a settled trade's verdict is what it settled with.
    pub(super) fn check_verdict(&mut self, match_id: MatchId, within: bool) -> Result<(), Error> {
        let Some(Deviation { summary, book, .. }) = &mut self.deviation else { return Ok(()) };
        let posted = book.posted(match_id);
        if posted.differs || posted.verdict != Some(within) {
            return Err(Error::Disagrees("verdicts on encrypted deviations"));
        }
        summary.verdicts += 1;
        summary.within += u64::from(within);
        Ok(())
    }
}
