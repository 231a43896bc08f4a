//! A run's keys for encrypted deviations, and the deviations on its ledger.
//!
//! The server key is too large for the ledger: it is a file beside the proving keys, named by its
//! own digest. It is made once for each seed and loaded once in each run. Without the cargo feature
//! `deviation`, `without_deviation` stands in this module's place.

use super::seeded::role_rng;
use super::{io, Error};
use crate::report::DeviationSummary;
use ::deviation::decrypt::DeviationSecretKey;
use ::deviation::key::{DeviationServerKey, SERVER_KEY_BYTES};
use disk::Access;
use protocol::ids::BlobHash;
use protocol::light::VerifiedBlock;
use std::path::{Path, PathBuf};
use wallets::deviation::{DeviationBook, DeviationKeys};
use zeroize::Zeroizing;

/// The part of a run that only a market with encrypted deviations has: the regulator's keys, the
/// matching node's server key, and the deviations on the ledger.
pub(super) struct Deviation {
    pub(super) keys: DeviationKeys,
    pub(super) server: DeviationServerKey,
    digest: BlobHash,
    pub(super) book: DeviationBook,
    pub(super) summary: DeviationSummary,
}

fn named(folder: &Path, digest: BlobHash) -> PathBuf {
    folder.join(format!("{digest}.server-key"))
}

impl Deviation {
    /// The keys of a seed, with the server key from `deviation/` in the keys' folder. A file named
    /// by the public key's digest holds the server key's digest, which names the server key's file.
    /// Errors: those of the files; [`Error::Deviation`].
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
    /// Takes the deviations of a block into the book.
    pub fn scan(&mut self, block: &VerifiedBlock) {
        self.book.scan(block);
    }
    /// How many verdicts were opened, and how many of them are within tolerance.
    pub fn summary(&self) -> DeviationSummary {
        self.summary
    }
}
