//! Notes: openings of records, sent through the ledger to those who must know them
//! (docs/protocol/10-records-and-keys.md).
//!
//! HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305. Every plaintext has
//! 128 bytes, so that all notes look alike. The associated data is the chain, the kind of the
//! transaction that carries the note, and the record that it is about; a note copied anywhere else
//! does not open.
//!
//! Anyone can seal a note to anyone. So the reader of a note checks the opening against the record
//! that the ledger accepted: [`open_record`] does, and is what wallets call.

mod payload;

pub use payload::{CredentialOpening, Payload, PlanOpening};

use hpke::aead::{AeadTag, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use protocol::encoding::Canonical;
use protocol::ids::ChainId;
use protocol::keys::{Address, NoteKey};
use protocol::record::Commitment;
use protocol::transaction::body::{Note, NOTE_BYTES, NOTE_PLAINTEXT};
use protocol::transaction::Kind;
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const INFO: &[u8] = b"veilgrid/note/1";
const ENCAPSULATED: usize = 32;

/// The X25519 secret behind a [`NoteKey`]. Never printed, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct NoteSecret([u8; 32]);

impl NoteSecret {
    /// A fresh secret.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        NoteSecret(bytes)
    }
    /// A secret from its bytes. Any 32 bytes are one.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        NoteSecret(bytes)
    }
    /// The secret itself, to be stored encrypted.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
    /// The public half.
    pub fn public(&self) -> NoteKey {
        NoteKey(x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(self.0)).to_bytes())
    }
}

fn associated_data(chain: ChainId, kind: Kind, record: Fr) -> Vec<u8> {
    let mut aad = Vec::with_capacity(32 + 1 + 32);
    chain.write(&mut aad);
    (kind as u8).write(&mut aad);
    record.write(&mut aad);
    aad
}

/// Seals `payload` to `key`. A key of small order, which only its owner can have made so, gets a
/// note of the same size that nobody can open. So such a key holds up no transaction that concerns
/// others too.
pub fn seal<R: RngCore + CryptoRng>(
    rng: &mut R,
    key: &NoteKey,
    chain: ChainId,
    kind: Kind,
    record: Fr,
    payload: &Payload,
) -> Note {
    let mut plaintext = Zeroizing::new(payload.encode());
    let aad = associated_data(chain, kind, record);
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&key.0).expect("32 bytes are an X25519 key");
    let sealed = hpke::single_shot_seal_in_place_detached::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256, R>(
        &OpModeS::Base,
        &public,
        INFO,
        &mut plaintext[..],
        &aad,
        rng,
    );
    let mut note = [0; NOTE_BYTES];
    match sealed {
        Ok((encapsulated, tag)) => {
            note[..ENCAPSULATED].copy_from_slice(&encapsulated.to_bytes());
            note[ENCAPSULATED..ENCAPSULATED + NOTE_PLAINTEXT].copy_from_slice(&plaintext[..]);
            note[ENCAPSULATED + NOTE_PLAINTEXT..].copy_from_slice(&tag.to_bytes());
        }
        Err(_) => rng.fill_bytes(&mut note),
    }
    Note(note)
}

/// Opens a note. None when the note is for another key, is about another record, or is no canonical
/// payload. The caller still has to check the payload against the record.
pub fn open(secret: &NoteSecret, chain: ChainId, kind: Kind, record: Fr, note: &Note) -> Option<Payload> {
    let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&secret.0).ok()?;
    let (encapsulated, rest) = note.0.split_at(ENCAPSULATED);
    let (ciphertext, tag) = rest.split_at(NOTE_PLAINTEXT);
    let encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let tag = AeadTag::<ChaCha20Poly1305>::from_bytes(tag).ok()?;
    let mut plaintext = Zeroizing::new([0; NOTE_PLAINTEXT]);
    plaintext.copy_from_slice(ciphertext);
    hpke::single_shot_open_in_place_detached::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &encapsulated,
        INFO,
        &mut plaintext[..],
        &associated_data(chain, kind, record),
        &tag,
    )
    .ok()?;
    Payload::decode(&plaintext).ok()
}

/// Opens the note about a leaf of `owner` (an issuer's note, or the owner's memo) and checks that
/// the payload opens the leaf.
pub fn open_record(
    secret: &NoteSecret,
    chain: ChainId,
    kind: Kind,
    leaf: Commitment,
    owner: Address,
    note: &Note,
) -> Option<Payload> {
    open(secret, chain, kind, leaf.0, note).filter(|payload| payload.leaf(owner) == Some(leaf))
}

#[cfg(test)]
mod tests;
