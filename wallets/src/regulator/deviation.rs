//! The regulator's part in the encrypted deviation: what it matched, encrypted, and the one bit of
//! each trade, opened.
//!
//! A ciphertext that somebody else made tells its maker something about the key when it is opened.
//! So what the regulator publishes is the bit that it opened of its own computation on the ledger's
//! ciphertexts; what the matching node posted is opened only to be compared with it, and a node
//! whose bit differs is reported and has learned nothing from the ledger.

use super::{Error, Incident, Matches, Regulator};
use crate::deviation::{Ciphered, DeviationBook, DeviationKeys};
use crate::Blobs;
use ::deviation::key::DeviationServerKey;
use ::deviation::sigma;
use protocol::ids::{BlobHash, Height};
use protocol::record::MatchId;
use protocol::transaction::body::{MatchAmounts, Purpose, Verdict};
use protocol::transaction::{Body, Transaction};
use protocol::units::Cycle;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// What came of opening a trade's bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedDeviation {
    /// To the ledger.
    pub verdict: Transaction,
    /// That the matching node posted something else.
    pub incident: Option<Incident>,
}

impl Regulator {
    /// v_m and sigma of the matches of a cycle, encrypted. Error: [`Error::UnknownRound`] for a
    /// cycle that is not known.
    pub fn match_amounts<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        keys: &DeviationKeys,
        cycle: Cycle,
        matches: &Matches,
        expiry: Height,
    ) -> Result<Vec<Ciphered>, Error> {
        let tolerance = self.book.cycle(cycle).ok_or(Error::UnknownRound)?.market.tolerance;
        let mut all = Vec::with_capacity(matches.volumes.len());
        for (match_id, volume) in matches.volumes.iter().copied() {
            let blob = keys.public().encrypt_match(rng, volume, sigma(tolerance, volume)).to_bytes();
            let ciphertext = BlobHash::of(&blob);
            let body = |nonce| Body::MatchAmounts(MatchAmounts { nonce, match_id, ciphertext });
            all.push(Ciphered { transaction: self.seal(expiry, body), blob });
        }
        Ok(all)
    }

    /// The Open of a trade's bit. Error: [`Error::NoDeviation`] before the matching node has posted
    /// it.
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

    /// Once that Open is on the ledger: computes the bit from the ledger's ciphertexts, opens it,
    /// and compares it with what the matching node posted. Errors: [`Error::NotOpened`] before
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
        let (amounts, sold, bought) = posted.load(blobs)?;
        let within = keys.secret.open(&server.evaluate(&amounts, &sold, &bought)?);
        let same = posted.load_result(blobs).is_ok_and(|result| keys.secret.open(&result) == within);
        self.decryptions.deviations += 1;
        let verdict = self.seal(expiry, |nonce| Body::Verdict(Verdict { nonce, match_id, within }));
        Ok(OpenedDeviation { verdict, incident: (!same).then_some(Incident::DeviationWrong(match_id)) })
    }
}
