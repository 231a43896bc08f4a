//! Key generation and the opening of verdicts, which are the regulator's part. They exist only
//! under the cargo feature `decrypt`.

use crate::ciphertext::EncryptedVerdict;
use crate::key::{DeviationPublicKey, SERVER_KEY_BYTES};
use crate::parameters::{config, encode, SET};
use rand_core::{CryptoRng, RngCore};
use tfhe::core_crypto::commons::generators::DeterministicSeeder;
use tfhe::core_crypto::prelude::{DefaultRandomGenerator, LweCiphertext};
use tfhe::integer::BooleanBlock;
use tfhe::shortint::ciphertext::{Degree, NoiseLevel};
use tfhe::shortint::engine::ShortintEngine;
use tfhe::shortint::parameters::AtomicPatternKind;
use tfhe::shortint::Ciphertext;
use tfhe::{ClientKey, CompactPublicKey, CompressedServerKey, Seed};
use zeroize::Zeroizing;

/// Bytes of a secret key: a seed.
pub const SECRET_KEY_BYTES: usize = 16;

/// The secret key, which opens verdicts and could open every amount. It is kept as the seed from
/// which all keys follow; `tfhe`'s own key is made from it for the time of an opening. It cannot be
/// printed and is wiped on drop. `tfhe` does not wipe its own key.
#[derive(Clone)]
pub struct DeviationSecretKey(Zeroizing<[u8; SECRET_KEY_BYTES]>);

impl DeviationSecretKey {
    /// Generates a key.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let mut seed = Zeroizing::new([0; SECRET_KEY_BYTES]);
        rng.fill_bytes(seed.as_mut());
        DeviationSecretKey(seed)
    }
    /// The seed, which must be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_KEY_BYTES]> {
        self.0.clone()
    }
    /// The key of a seed that [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: [u8; SECRET_KEY_BYTES]) -> Self {
        DeviationSecretKey(Zeroizing::new(bytes))
    }

    fn client(&self) -> ClientKey {
        ClientKey::generate_with_seed(config(), Seed(u128::from_le_bytes(*self.0)))
    }

    /// The public key: the same bytes each time.
    pub fn public_key(&self) -> DeviationPublicKey {
        let client = self.client();
        DeviationPublicKey::new(self.seeded(1, || CompactPublicKey::new(&client)))
    }
    /// The server key's encoding, for its file: the same bytes each time, made in seconds.
    pub fn server_key(&self) -> Vec<u8> {
        let client = self.client();
        encode(&self.seeded(2, || CompressedServerKey::new(&client)), SERVER_KEY_BYTES)
    }

    /// Runs something that draws from this thread's generator with one that follows from the secret
    /// and a number.
    fn seeded<T>(&self, number: u8, draw: impl FnOnce() -> T) -> T {
        let mut input = Zeroizing::new(Vec::from(*self.0));
        input.push(number);
        let digest = protocol::encoding::digest("veilgrid/deviation-key/1", &input);
        let seed = Seed(u128::from_le_bytes(digest[..16].try_into().expect("16 of 32 bytes")));
        let mut seeder = DeterministicSeeder::<DefaultRandomGenerator>::new(seed);
        let engine = ShortintEngine::new_from_seeder(&mut seeder);
        let before = ShortintEngine::with_thread_local_mut(|own| std::mem::replace(own, engine));
        let drawn = draw();
        ShortintEngine::with_thread_local_mut(|own| *own = before);
        drawn
    }

    /// Opens a verdict. A key holder that opens ciphertexts of others gives its key away bit by
    /// bit. So the caller may pass only a ciphertext that it computed itself with
    /// [`crate::key::DeviationServerKey::evaluate`].
    pub fn open(&self, verdict: &EncryptedVerdict) -> bool {
        let bit = LweCiphertext::from_container(verdict.0.clone(), SET.ciphertext_modulus);
        let kind = AtomicPatternKind::Standard(SET.encryption_key_choice.into());
        let (degree, noise) = (Degree::new(1), NoiseLevel::NOMINAL);
        let bit = Ciphertext::new(bit, degree, noise, SET.message_modulus, SET.carry_modulus, kind);
        let client = self.client();
        let integers: &tfhe::integer::ClientKey = client.as_ref();
        integers.decrypt_bool(&BooleanBlock::new_unchecked(bit))
    }
}
