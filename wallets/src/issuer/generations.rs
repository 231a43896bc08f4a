//! The keys of an issuer's number over time: those that this program holds, and whose turn it is. The
//! ledger replaces a number's keys (docs/protocol/40-ledger.md, "Replacing keys"); what was encrypted
//! to an old key stays readable to whoever holds it, and the metered records of a cycle are under the
//! serial key that was in force when its gate closed.

use super::{Error, Identity};
use crate::seal::{DecryptionKey, SerialSecret, Signer};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::{Generation, Time};
use protocol::signing::SigningKey;
use protocol::transaction::body::{IssuerKeys, NewKeys, RegisterIssuer, RotateKey};
use protocol::transaction::possession::issuer_context;
use protocol::units::{Cycle, IssuerId};
use protocol::Error as Encoding;
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;

/// The secrets of one generation of an issuer's keys. Not printable.
#[derive(Clone)]
pub(super) struct Keys {
    pub signer: Signer,
    pub key: DecryptionKey,
    pub serial_secret: SerialSecret,
}

impl Keys {
    /// Bytes of the keys in a stored state.
    pub const SIZE: usize = 3 * 32;
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let (signer, key) = (Signer::generate(rng), DecryptionKey::generate(rng));
        Keys { signer, key, serial_secret: SerialSecret::generate(rng) }
    }
    pub fn write(&self, out: &mut Vec<u8>) {
        self.signer.expose().write(out);
        self.key.to_bytes().write(out);
        self.serial_secret.expose().write(out);
    }
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Encoding> {
        let signer = Signer::from_bytes(Canonical::read(input)?);
        let key = DecryptionKey::from_bytes(&Canonical::read(input)?)?;
        Ok(Keys { signer, key, serial_secret: SerialSecret::from_bytes(&Canonical::read(input)?)? })
    }
}

protocol::canonical_struct! {
    /// A replacement of the number's keys on the ledger.
    pub struct Replaced {
        /// The new signing key.
        pub key: SigningKey,
        /// The time of its block.
        pub time: Time,
        /// The first cycle whose metered records it reaches back to; 0 for none.
        pub reaches_back: Cycle,
    }
}

/// The generations of an issuer's keys besides those in use.
#[derive(Clone, Default)]
pub(super) struct Generations {
    /// The generation of the keys in use. None while the number is another holder's.
    pub present: Option<Generation>,
    /// Earlier keys of this program, by generation.
    pub former: BTreeMap<u32, Keys>,
    /// Keys that wait for the block that puts them in force.
    pub next: Option<Keys>,
    /// All replacements on the ledger, in order: the first made generation 1.
    pub replaced: Vec<Replaced>,
}

impl Generations {
    /// Of keys that no block has named yet.
    pub fn new() -> Self {
        Generations { present: Some(Generation(0)), ..Generations::default() }
    }
    /// The generation whose serial key the metered records of a cycle are under. `closes` is the time
    /// of its gate closure.
    pub fn of_cycle(&self, cycle: Cycle, closes: Time) -> u32 {
        let counts = |replaced: &Replaced| {
            replaced.time <= closes || (replaced.reaches_back != Cycle::ZERO && replaced.reaches_back <= cycle)
        };
        self.replaced.iter().rposition(counts).map_or(0, |i| i as u32 + 1)
    }
}

/// New keys for an issuer's number, for the regulator to put in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The number.
    pub issuer: IssuerId,
    /// The new signing key.
    pub key: SigningKey,
    /// The other new keys.
    pub keys: IssuerKeys,
}

impl Identity {
    /// Draws new keys, which wait for the block that puts them in force.
    pub(super) fn replace_keys<R: RngCore + CryptoRng>(&mut self, rng: &mut R) -> Replacement {
        let keys = Keys::generate(rng);
        let replacement = self.replacement(rng, &keys, Cycle::ZERO);
        self.generations.next = Some(keys);
        replacement
    }
    /// The keys in use, to be put in force for a number that was another holder's.
    pub(super) fn take_over<R: RngCore + CryptoRng>(&self, rng: &mut R, reaches_back: Option<Cycle>) -> Replacement {
        self.replacement(rng, &self.keys, reaches_back.unwrap_or(Cycle::ZERO))
    }
    fn replacement<R: RngCore + CryptoRng>(&self, rng: &mut R, keys: &Keys, reaches_back: Cycle) -> Replacement {
        let possession = keys.key.possession(rng, &issuer_context(self.chain, self.role, self.id));
        let (encryption_key, serial_key) = (keys.key.public(), keys.serial_secret.public());
        let new = IssuerKeys { encryption_key, possession, serial_key, reaches_back };
        Replacement { issuer: self.id, key: keys.signer.public(), keys: new }
    }
    /// Refuses to act with keys that are not in force. Error: [`Error::NotInForce`].
    pub(super) fn in_force(&self) -> Result<(), Error> {
        self.generations.present.map(drop).ok_or(Error::NotInForce)
    }
    /// The decryption key of a generation, if this program holds it.
    pub(super) fn decryption_key(&self, generation: Generation) -> Option<&DecryptionKey> {
        self.keys_of(generation).map(|keys| &keys.key)
    }
    /// The keys of a generation, if this program holds them.
    pub(super) fn keys_of(&self, generation: Generation) -> Option<&Keys> {
        match self.generations.present == Some(generation) {
            true => Some(&self.keys),
            false => self.generations.former.get(&generation.0),
        }
    }
    /// The keys in use, then all earlier ones.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = &Keys> {
        core::iter::once(&self.keys).chain(self.generations.former.values().rev())
    }
    /// Takes the registration of this number: its first keys may be another holder's. Taking it again
    /// does no harm.
    pub(super) fn registered(&mut self, b: &RegisterIssuer) {
        let ours = self.all_keys().any(|keys| keys.signer.public() == b.key);
        if !ours && self.generations.replaced.is_empty() {
            self.generations.present = None;
        }
    }
    /// Takes a replacement of this number's keys. Taking it again does no harm.
    pub(super) fn rotated(&mut self, b: &RotateKey, time: Time) {
        let NewKeys::Issuer(issuer, new) = &b.of else { return };
        let generations = &mut self.generations;
        if *issuer != self.id || generations.replaced.iter().any(|replaced| replaced.key == b.key) {
            return;
        }
        generations.replaced.push(Replaced { key: b.key, time, reaches_back: new.reaches_back });
        let now = Generation(generations.replaced.len() as u32);
        if let Some(old) = generations.present {
            generations.former.insert(old.0, self.keys.clone());
        }
        let next = generations.next.take_if(|keys| keys.signer.public() == b.key);
        if let Some(keys) = next {
            self.keys = keys;
        }
        generations.present = (self.keys.signer.public() == b.key).then_some(now);
    }
}
