//! The deviation on TFHE ciphertexts (docs/protocol/32-deviation.md), only under the cargo feature
//! of the same name: the parts that its parties share. The regulator's part is in `regulator`, the
//! metering services' in `issuer`; the matching node needs the book, the ciphertexts on the ledger
//! and the server key, and holds nothing that decrypts.

use crate::Blobs;
use ::deviation::ciphertext::{EncryptedEnergy, EncryptedVerdict};
use ::deviation::decrypt::{DeviationSecretKey, SECRET_KEY_BYTES};
use ::deviation::key::{DeviationPublicKey, DeviationServerKey};
use protocol::compact::Event;
use protocol::ids::BlobHash;
use protocol::light::VerifiedBlock;
use protocol::record::MatchId;
use protocol::transaction::{Body, Transaction};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Why a trade's ciphertexts cannot be read. Codes and messages are the regulator's
/// ([`crate::regulator::Error`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A ciphertext of the trade is not on the ledger yet, or the market has no deviation key.
    #[error("the trade's encrypted deviation is not on the ledger yet")]
    NotPosted,
    /// A ciphertext is not at hand, or its bytes have another hash than the ledger's.
    #[error("blob {0} is missing")]
    MissingBlob(BlobHash),
    /// The bytes are no ciphertext.
    #[error(transparent)]
    Ciphertext(#[from] ::deviation::Error),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::NotPosted => "no-deviation",
            Error::MissingBlob(_) => "missing-blob",
            Error::Ciphertext(e) => e.code(),
        }
    }
}

/// A transaction, and the ciphertext that it names: the ledger must have the ciphertext first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphered {
    /// The transaction, for the ledger.
    pub transaction: Transaction,
    /// The ciphertext's bytes, which the transaction names by their hash.
    pub blob: Vec<u8>,
}

/// The regulator's key for deviations, which it keeps beside its others. Not printable; wiped on
/// drop.
pub struct DeviationKeys {
    pub(crate) secret: DeviationSecretKey,
    public: DeviationPublicKey,
}

impl DeviationKeys {
    /// The keys of a secret; the public half follows from it.
    pub fn new(secret: DeviationSecretKey) -> Self {
        DeviationKeys { public: secret.public_key(), secret }
    }
    /// The public key: a blob that the genesis names.
    pub fn public(&self) -> &DeviationPublicKey {
        &self.public
    }
    /// The public key's digest, as the genesis has it.
    pub fn digest(&self) -> BlobHash {
        BlobHash::of(&self.public.to_bytes())
    }
    /// The secret, to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_KEY_BYTES]> {
        self.secret.to_bytes()
    }
    /// The keys from the bytes that [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: [u8; SECRET_KEY_BYTES]) -> Self {
        Self::new(DeviationSecretKey::from_bytes(bytes))
    }
}

/// The three ciphertexts that a trade's bit follows from.
pub struct Amounts {
    /// What each side must have delivered.
    pub threshold: EncryptedEnergy,
    /// The readings of the seller's and the buyer's meters.
    pub delivered: [EncryptedEnergy; 2],
}

impl Amounts {
    /// The encrypted bit: whether both sides delivered what they must.
    pub fn evaluate(&self, server: &DeviationServerKey) -> EncryptedVerdict {
        server.evaluate(&self.threshold, self.delivered.each_ref())
    }
}

/// The ciphertexts of a trade's deviation, as far as they are on the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// What each side must have delivered.
    pub threshold: Option<BlobHash>,
    /// The encrypted readings of the seller's and the buyer's meters.
    pub delivered: [Option<BlobHash>; 2],
    /// The encrypted bit that the matching node computed from them.
    pub result: Option<BlobHash>,
    /// The bit that the regulator published.
    pub verdict: Option<bool>,
    /// Whether that bit differs from the one that the trade settled with.
    pub differs: bool,
}

impl Posted {
    /// The three ciphertexts that the result follows from, decoded. Errors: [`Error::NotPosted`]
    /// while one is missing, [`Error::MissingBlob`], [`Error::Ciphertext`] if the bytes of one are
    /// no ciphertext.
    pub fn load(&self, blobs: &impl Blobs) -> Result<Amounts, Error> {
        let load = |hash| Ok::<_, Error>(EncryptedEnergy::from_bytes(&fetch(hash, blobs)?)?);
        let [sold, bought] = self.delivered;
        Ok(Amounts { threshold: load(self.threshold)?, delivered: [load(sold)?, load(bought)?] })
    }
    /// The matching node's result, decoded. Errors: those of [`Self::load`].
    pub fn load_result(&self, blobs: &impl Blobs) -> Result<EncryptedVerdict, Error> {
        Ok(EncryptedVerdict::from_bytes(&fetch(self.result, blobs)?)?)
    }
}

fn fetch(hash: Option<BlobHash>, blobs: &impl Blobs) -> Result<Vec<u8>, Error> {
    let hash = hash.ok_or(Error::NotPosted)?;
    blobs.blob(hash).filter(|bytes| BlobHash::of(bytes) == hash).ok_or(Error::MissingBlob(hash))
}

/// The encrypted deviations of all trades, as anyone can see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviationBook(BTreeMap<MatchId, Posted>);

impl DeviationBook {
    /// Follows the ledger; blocks come in order.
    pub fn scan(&mut self, block: &VerifiedBlock) {
        for transaction in &block.transactions {
            match &transaction.body {
                Body::MatchThreshold(a) => self.of(a.match_id).threshold = Some(a.ciphertext),
                Body::DeliveryAmount(a) => self.of(a.match_id).delivered[a.side as usize] = Some(a.ciphertext),
                Body::Deviation(d) => self.of(d.match_id).result = Some(d.result),
                Body::Verdict(v) => self.of(v.match_id).verdict = Some(v.within),
                _ => {}
            }
            for event in &transaction.events {
                if let Event::VerdictDiffers(match_id) = event {
                    self.of(*match_id).differs = true;
                }
            }
        }
    }
    fn of(&mut self, match_id: MatchId) -> &mut Posted {
        self.0.entry(match_id).or_default()
    }
    /// The ciphertexts of a trade that are on the ledger.
    pub fn posted(&self, match_id: MatchId) -> Posted {
        self.0.get(&match_id).copied().unwrap_or_default()
    }
}
