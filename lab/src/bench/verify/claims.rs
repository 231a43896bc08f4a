//! Honest proofs to check, as the transactions of a block claim them.

use crate::bench::error::Error;
use ark_bls12_381::{Bls12_381, Fr};
use ark_serialize::CanonicalDeserialize;
use circuits::relation::issue::Issue;
use circuits::relation::plan_ciphertext::offer::{sample_under, SellCiphertext};
use circuits::{prove, KeyError, KeyStore, ProvingKey, Relation};
use fhe_matcher::key::MatchingPublicKey;
use ledger::{Blobs, CiphertextInputs, CiphertextStatus, ProofClaim, PublicInputs};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::relation::Statement;
use protocol::units::Side;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::collections::BTreeMap;

/// How many proofs are made; larger batches repeat them.
const MADE: usize = 8;
const SEED: u64 = 5;

/// Blobs by their hash, in memory.
#[derive(Default)]
pub(in crate::bench) struct Kept(BTreeMap<BlobHash, Vec<u8>>);

impl Kept {
    fn put(&mut self, bytes: Vec<u8>) -> BlobHash {
        let hash = BlobHash::of(&bytes);
        self.0.insert(hash, bytes);
        hash
    }
}

impl Blobs for Kept {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        match self.0.contains_key(hash) {
            true => CiphertextStatus::Canonical,
            false => CiphertextStatus::Missing,
        }
    }
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        self.0.get(hash).cloned()
    }
}

/// Claims of one relation, and what arkworks needs to check them.
pub(in crate::bench) struct Claims {
    pub claims: Vec<ProofClaim>,
    pub blobs: Kept,
    /// All public inputs of each claim, in the order of the claims.
    pub inputs: Vec<Vec<Fr>>,
    pub ark_key: ark_groth16::VerifyingKey<Bls12_381>,
}

impl Claims {
    /// Makes claims of the smallest relation, whose public inputs are listed.
    pub fn listed(store: &KeyStore) -> Result<Claims, Error> {
        let key = store.proving_key::<Issue>()?;
        let mut made = Claims::none(&key)?;
        let mut rng = ChaCha20Rng::seed_from_u64(SEED);
        for _ in 0..MADE {
            let (statement, witness) = Issue::sample(&mut rng);
            let proof = prove(&key, &statement, &witness, &mut rng)?.encode();
            let inputs = PublicInputs::Listed(statement.inputs());
            made.claims.push(ProofClaim { relation: Issue::KIND, key: VerifyingKeyId(key.id().0), inputs, proof });
            made.inputs.push(statement.inputs());
        }
        Ok(made)
    }

    /// Makes claims about the ciphertexts of sell plans under one matching key.
    pub fn about_ciphertexts(store: &KeyStore) -> Result<Claims, Error> {
        let key = store.proving_key::<SellCiphertext>()?;
        let mut made = Claims::none(&key)?;
        let mut rng = ChaCha20Rng::seed_from_u64(SEED);
        let public = MatchingPublicKey::random(&mut rng);
        let matching_key = made.blobs.put(public.to_bytes());
        for _ in 0..MADE {
            let (statement, witness, ciphertext) = sample_under(key.id().0, &public, &mut rng);
            let proof = prove(&key, &statement, &witness, &mut rng)?.encode();
            let inputs = PublicInputs::Ciphertext(Box::new(CiphertextInputs {
                side: Side::Sell,
                handle: statement.handle,
                scale: statement.scale,
                commitments: statement.commitments,
                binding: statement.binding,
                ciphertext: made.blobs.put(ciphertext.to_bytes()),
                matching_key,
            }));
            let relation = SellCiphertext::KIND;
            made.claims.push(ProofClaim { relation, key: VerifyingKeyId(key.id().0), inputs, proof });
            made.inputs.push(statement.inputs());
        }
        Ok(made)
    }

    fn none<R: Relation>(key: &ProvingKey<R>) -> Result<Claims, Error> {
        // Our encoding is the one of arkworks, so its verifying key comes from the same bytes.
        let ark = ark_groth16::ProvingKey::<Bls12_381>::deserialize_uncompressed_unchecked(&key.encode()[..]);
        let ark_key = ark.map_err(|_| KeyError::Encoding)?.vk;
        Ok(Claims { claims: Vec::new(), blobs: Kept::default(), inputs: Vec::new(), ark_key })
    }
}
