//! A run's keys for encrypted deviations, and a trade's way from three ciphertexts to a verdict.
//!
//! The server key is too large for the ledger: it is a file beside the proving keys, named by its own digest, made once a
//! seed and loaded once a run.

use super::cycle::Playing;
use super::runner::{role_rng, NodeBlobs, Runner};
use super::{io, Error};
use ::deviation::decrypt::DeviationSecretKey;
use ::deviation::key::{DeviationServerKey, SERVER_KEY_BYTES};
use disk::Access;
use protocol::record::MatchId;
use protocol::transaction::{BlobHash, Transaction};
use std::path::{Path, PathBuf};
use wallets::regulator::Ciphered;

/// A run's keys.
pub(super) struct DeviationKeys {
    pub secret: DeviationSecretKey,
    pub server: DeviationServerKey,
    /// The server key's digest, for the genesis.
    pub digest: BlobHash,
}

fn named(folder: &Path, digest: BlobHash) -> PathBuf {
    folder.join(format!("{digest}.server-key"))
}

impl DeviationKeys {
    /// Those of a seed. The file that is found by the public key's digest names the server key's, and that is the file.
    pub fn load(folder: &Path, seed: u64) -> Result<Self, Error> {
        let secret = DeviationSecretKey::generate(&mut role_rng(seed, "deviation"));
        let folder = folder.join("deviation");
        let index = folder.join(format!("{}.digest", BlobHash::of(&secret.public_key().to_bytes())));
        let known = std::fs::read(&index).ok().and_then(|bytes| Some(BlobHash(bytes.try_into().ok()?)));
        if let Some(digest) = known {
            let path = named(&folder, digest);
            let fits = std::fs::metadata(&path).is_ok_and(|file| file.len() == SERVER_KEY_BYTES as u64);
            if let Some(bytes) = fits.then(|| std::fs::read(&path).ok()).flatten() {
                if let Ok(server) = DeviationServerKey::from_bytes(&bytes, digest) {
                    return Ok(DeviationKeys { secret, server, digest });
                }
            }
        }
        let bytes = secret.server_key();
        let digest = BlobHash::of(&bytes);
        let disk = disk::System;
        disk::create_directories(&disk, &folder).map_err(io(&folder))?;
        for (path, contents) in [(named(&folder, digest), &bytes[..]), (index, &digest.0[..])] {
            let part = path.with_extension(format!("{}.part", std::process::id()));
            disk::replace(&disk, &part, &path, contents, Access::Usual).map_err(io(&path))?;
        }
        let server = DeviationServerKey::from_bytes(&bytes, digest)?;
        Ok(DeviationKeys { secret, server, digest })
    }
}

/// What came of a run's encrypted deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeviationSummary {
    /// Verdicts on the ledger, each what its trade settled with.
    pub verdicts: u64,
    /// Those that say "within tolerance".
    pub within: u64,
}

impl Runner<'_> {
    /// Puts ciphertexts on the ledger, and then what names them.
    pub(super) fn ciphered(&self, all: Vec<Ciphered>) -> Result<Vec<Transaction>, Error> {
        let (transactions, blobs): (Vec<_>, Vec<_>) = all.into_iter().map(|c| (c.transaction, c.blob)).unzip();
        self.blobs(&blobs)?;
        Ok(transactions)
    }

    /// Readings encrypted, the bit of every delivered trade computed, opened and said.
    pub(super) fn deviate(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let Some(server) = self.deviation.clone() else { return Ok(()) };
        let (cycle, trades): (_, Vec<MatchId>) = (p.cycle(), p.trades());
        if trades.is_empty() {
            return Ok(());
        }
        self.say(&format!("{}: {} deviations computed on ciphertexts and opened", self.label(p), trades.len()));
        let expiry = self.expiry();
        let amounts = self.work("deviation", |this| {
            let all = this.meter.delivery_amounts(&mut this.rngs.meter, cycle, expiry)?;
            this.ciphered(all)
        })?;
        let time = p.tick();
        self.block(time, amounts)?;
        let expiry = self.expiry();
        let results = self.work("deviation", |this| {
            let mut all = Vec::with_capacity(trades.len());
            for trade in &trades {
                // No two computations give the same bits: a run that is gone on with keeps those on its ledger.
                let posted = this.node.state().trade(trade).and_then(|trade| trade.deviation.result);
                let (chain, blobs) = (this.node.state().chain(), NodeBlobs(&this.node));
                all.push(this.matcher.deviation(chain, *trade, posted, &server, &blobs, expiry)?);
            }
            this.ciphered(all)
        })?;
        let time = p.tick();
        self.block(time, results)?;
        let expiry = self.expiry();
        let opens = self.work("deviation", |this| {
            let opens = trades.iter().map(|trade| this.regulator.open_deviation(cycle, *trade, expiry));
            Ok(opens.collect::<Result<Vec<_>, _>>()?)
        })?;
        let time = p.tick();
        self.block(time, opens)?;
        let expiry = self.expiry();
        let verdicts = self.work("deviation", |this| {
            let mut all = Vec::with_capacity(trades.len());
            for trade in &trades {
                let opened = this.regulator.verdict(cycle, *trade, &server, &NodeBlobs(&this.node), expiry)?;
                if let Some(incident) = opened.incident {
                    return Err(Error::Incident(incident));
                }
                all.push(opened.verdict);
            }
            Ok(all)
        })?;
        let time = p.tick();
        self.block(time, verdicts)?;
        Ok(())
    }

    /// That a settled trade's verdict is what it settled with.
    pub(super) fn check_verdict(&mut self, matching: MatchId, within: bool) -> Result<(), Error> {
        if self.deviation.is_none() {
            return Ok(());
        }
        let trade = self.node.state().trade(&matching).ok_or(Error::AnotherRun)?;
        if trade.verdict_differs() || trade.deviation.verdict != Some(within) {
            return Err(Error::Disagrees("verdicts on encrypted deviations"));
        }
        self.verdicts.verdicts += 1;
        self.verdicts.within += u64::from(within);
        Ok(())
    }
}
