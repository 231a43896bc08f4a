//! The regulator's part in the encrypted deviation: what it matched, encrypted, and the one bit of each trade, opened.
//!
//! A ciphertext that somebody else made tells its maker something about the key when it is opened. So what the regulator
//! publishes is the bit that it opened of its own computation on the ledger's ciphertexts; what the matching node posted is
//! opened only to be compared with it, and a node whose bit differs is reported and has learned nothing from the ledger.

use super::{Error, Incident, Regulator};
use crate::Blobs;
use deviation::key::DeviationServerKey;
use deviation::sigma;
use protocol::record::MatchId;
use protocol::transaction::body::{MatchAmounts, Purpose, Verdict};
use protocol::transaction::{BlobHash, Body, Height, Transaction};
use protocol::units::{Cycle, Energy, PerMille};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// A transaction, and the ciphertext that it names: the ledger wants the ciphertext first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphered {
    /// To the ledger.
    pub transaction: Transaction,
    /// The blob that it names.
    pub blob: Vec<u8>,
}

/// What came of opening a trade's bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedDeviation {
    /// To the ledger.
    pub verdict: Transaction,
    /// That the matching node posted something else.
    pub incident: Option<Incident>,
}

impl Regulator {
    /// v_m and sigma of a match, encrypted. None in a market without a deviation key.
    pub(super) fn match_amounts<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        matching: MatchId,
        (volume, tolerance): (Energy, PerMille),
        expiry: Height,
    ) -> Option<Ciphered> {
        let (_, public) = self.keys.deviation.as_ref()?;
        let blob = public.encrypt_match(rng, volume, sigma(tolerance, volume)).to_bytes();
        let ciphertext = BlobHash::of(&blob);
        let transaction = self.seal(expiry, |nonce| Body::MatchAmounts(MatchAmounts { nonce, matching, ciphertext }));
        Some(Ciphered { transaction, blob })
    }

    /// The Open of a trade's bit. Error: [`Error::NoDeviation`] before the matching node has posted it.
    pub fn open_deviation(&mut self, cycle: Cycle, matching: MatchId, expiry: Height) -> Result<Transaction, Error> {
        self.book.deviation(matching).result.ok_or(Error::NoDeviation)?;
        let (of, nothing) = (matching.0, Fr::from(0u64));
        Ok(self.announce(expiry, Purpose::Deviation, (cycle, 0), (of, nothing), [0; 32]))
    }

    /// Once that Open is on the ledger: computes the bit from the ledger's ciphertexts, opens it, and compares it with what
    /// the matching node posted. Errors: [`Error::NotOpened`] before anything is decrypted, [`Error::NoDeviation`],
    /// [`Error::MissingBlob`], [`Error::Deviation`] if an amount is no ciphertext.
    pub fn verdict(
        &mut self,
        cycle: Cycle,
        matching: MatchId,
        server: &DeviationServerKey,
        blobs: &impl Blobs,
        expiry: Height,
    ) -> Result<OpenedDeviation, Error> {
        self.require_announced(Purpose::Deviation, (cycle, 0), (matching.0, Fr::from(0u64)))?;
        let posted = self.book.deviation(matching);
        let (amounts, sold, bought) = posted.load(blobs)?;
        let own = server.evaluate(&amounts, &sold, &bought)?;
        let (secret, _) = self.keys.deviation.as_ref().ok_or(Error::NoDeviation)?;
        let within = secret.open(&own);
        let same = posted.load_result(blobs).is_ok_and(|result| secret.open(&result) == within);
        self.decryptions.deviations += 1;
        let verdict = self.seal(expiry, |nonce| Body::Verdict(Verdict { nonce, matching, within }));
        Ok(OpenedDeviation { verdict, incident: (!same).then_some(Incident::DeviationWrong(matching)) })
    }
}
