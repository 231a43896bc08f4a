//! The regulator's part in the encrypted deviation: it encrypts the matches' thresholds, and opens the
//! one bit of each trade.
//!
//! Opening a ciphertext that somebody else made may tell its maker something about the key. So the
//! regulator publishes the bit of its own computation on the ledger's ciphertexts. It opens the
//! matching node's ciphertext only to compare the two bits. A node whose bit differs is reported,
//! and the ledger has told it nothing.

use super::{Error, Incident, Matches, Regulator};
use crate::deviation::{Ciphered, DeviationBook, DeviationKeys};
use crate::Blobs;
use ::deviation::key::DeviationServerKey;
use ::deviation::threshold;
use protocol::ids::{BlobHash, Height};
use protocol::record::MatchId;
use protocol::transaction::body::{MatchThreshold, Purpose, Verdict};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// A trade's opened bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedDeviation {
    /// The transaction that publishes the bit, for the ledger.
    pub verdict: Transaction,
    /// An incident where the matching node's bit differs.
    pub incident: Option<Incident>,
}

impl Regulator {
    /// Encrypts for each match of a cycle what each side must have delivered to be within tolerance.
    /// Errors: [`Error::UnknownRound`] for a cycle that is not known, [`Error::Deviation`] if more
    /// was matched than the genesis allows.
    pub fn match_thresholds<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        keys: &DeviationKeys,
        cycle: Cycle,
        matches: &Matches,
        expiry: Height,
    ) -> Result<Vec<Ciphered>, Error> {
        let tolerance = self.book.cycle(cycle).ok_or(Error::UnknownRound)?.market.tolerance;
        let encrypt = |(match_id, volume): &(MatchId, Energy)| {
            let ciphertext = keys.public().encrypt_threshold(rng, threshold(tolerance, *volume))?;
            Ok::<_, Error>((*match_id, ciphertext.to_bytes()))
        };
        let blobs = matches.volumes.iter().map(encrypt).collect::<Result<Vec<_>, _>>()?;
        let all = blobs.into_iter().map(|(match_id, blob)| {
            let ciphertext = BlobHash::of(&blob);
            let body = |serial| Body::MatchThreshold(MatchThreshold { serial, match_id, ciphertext });
            Ciphered { transaction: self.seal(expiry, body), blob }
        });
        Ok(all.collect())
    }

    /// Announces the opening of a trade's bit. Error: [`Error::NoDeviation`] before the matching
    /// node has posted it.
    pub fn open_deviation(
        &mut self,
        book: &DeviationBook,
        cycle: Cycle,
        match_id: MatchId,
        expiry: Height,
    ) -> Result<Transaction, Error> {
        book.posted(match_id).result.ok_or(Error::NoDeviation)?;
        let (of, nothing) = (match_id.0, Fr::from(0u64));
        Ok(self.announce(expiry, Purpose::Deviation, (cycle, 0), (of, nothing), [0; 32]))
    }

    /// Computes a trade's bit from the ledger's ciphertexts, opens it, and compares it with the
    /// matching node's, once the Open is on the ledger. Errors: [`Error::NotOpened`] before
    /// anything is decrypted, [`Error::NoDeviation`], [`Error::MissingBlob`], [`Error::Deviation`]
    /// if an amount is no ciphertext.
    pub fn verdict(
        &mut self,
        (keys, server): (&DeviationKeys, &DeviationServerKey),
        book: &DeviationBook,
        (cycle, match_id): (Cycle, MatchId),
        blobs: &impl Blobs,
        expiry: Height,
    ) -> Result<OpenedDeviation, Error> {
        self.require_announced(Purpose::Deviation, (cycle, 0), (match_id.0, Fr::from(0u64)))?;
        let posted = book.posted(match_id);
        let within = keys.secret.open(&posted.load(blobs)?.evaluate(server));
        let same = posted.load_result(blobs).is_ok_and(|result| keys.secret.open(&result) == within);
        self.decryptions.deviations += 1;
        let verdict = self.seal(expiry, |serial| Body::Verdict(Verdict { serial, match_id, within }));
        Ok(OpenedDeviation { verdict, incident: (!same).then_some(Incident::DeviationWrong(match_id)) })
    }
}
