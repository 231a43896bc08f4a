//! Proving and verifying keys from a seed: deterministic, for tests and demonstrations.
//!
//! **Insecure by construction**: anybody who knows the seed knows the trapdoor and can prove
//! anything. A deployment needs keys from a ceremony in which at least one participant forgot its
//! secrets.

use crate::{
    error::KeyError,
    msm::Bases,
    pins::{Origin, Pin},
    relation::{self, Builder, Relation},
    verifying_key::{KeyId, VerifyingKey},
};
use ark_bls12_381::{g1, g2, Bls12_381, Fr};
use ark_ff::{BigInteger, PrimeField};
use ark_groth16::Groth16;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, OptimizationGoal, SynthesisError, SynthesisMode,
};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::{marker::PhantomData, mem::take};

/// The seed of the pinned keys. It is public, and so are the trapdoors of those keys.
pub const INSECURE_SEED: [u8; 32] = *b"veilgrid-insecure-setup-seed-001";

macro_rules! recipes {
    ($($(#[$doc:meta])* $kind:ident = $number:literal $rest:tt;)*) => {
        /// Every relation with pinned keys, in the order of the pins.
        pub const RECIPES: &[Recipe] = &[$(Recipe::of::<relation::$kind>()),*];
    };
}

protocol::for_each_relation!(recipes);

const DOMAIN: &[u8] = b"veilgrid/v1/insecure-setup";

/// The key that proofs of `R` are made with.
///
/// In memory its points are blst's, without identities. On disk and in its hash it is arkworks'
/// encoding, to the byte.
pub struct ProvingKey<R> {
    /// Everything but the queries, which are empty here.
    pub(crate) fixed: ark_groth16::ProvingKey<Bls12_381>,
    pub(crate) a: Bases<g1::Config>,
    pub(crate) b: Bases<g2::Config>,
    /// The three queries for a proof's last point, one after the other: l, h, and b in the first
    /// group.
    pub(crate) c: Bases<g1::Config>,
    /// Length of l.
    pub(crate) l: usize,
    /// Length of h.
    pub(crate) h: usize,
    id: KeyId,
    relation: PhantomData<fn() -> R>,
}

impl<R: Relation> ProvingKey<R> {
    /// Makes the key from a seed: SHA-256 of domain, seed and the relation's name seeds a ChaCha20
    /// generator. Error: [`KeyError`].
    pub fn from_insecure_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let seed = Sha256::new().chain_update(DOMAIN).chain_update(seed).chain_update(R::KIND.name()).finalize();
        let mut rng = ChaCha20Rng::from_seed(seed.into());
        let inner = Groth16::<Bls12_381>::generate_random_parameters_with_reduction(Shape::<R>(PhantomData), &mut rng)?;
        Self::new(inner)
    }

    fn new(mut key: ark_groth16::ProvingKey<Bls12_381>) -> Result<Self, KeyError> {
        let id = verifying_key(&key.vk)?.id();
        let (a, b1, b2) = (take(&mut key.a_query), take(&mut key.b_g1_query), take(&mut key.b_g2_query));
        let (l, h) = (take(&mut key.l_query), take(&mut key.h_query));
        Ok(ProvingKey {
            a: Bases::new(a.iter()),
            b: Bases::new(b2.iter()),
            c: Bases::new(l.iter().chain(&h).chain(&b1)),
            l: l.len(),
            h: h.len(),
            fixed: key,
            id,
            relation: PhantomData,
        })
    }

    /// The key in arkworks' form.
    pub(crate) fn to_ark(&self) -> ark_groth16::ProvingKey<Bls12_381> {
        let mut l_query = self.c.to_ark();
        let mut h_query = l_query.split_off(self.l);
        let b_g1_query = h_query.split_off(self.h);
        ark_groth16::ProvingKey {
            a_query: self.a.to_ark(),
            b_g1_query,
            b_g2_query: self.b.to_ark(),
            h_query,
            l_query,
            ..self.fixed.clone()
        }
    }

    /// The id of the verifying key that belongs to this key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The verifying key that belongs to this key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        verifying_key(&self.fixed.vk)
    }

    /// The bytes of the key on disk: arkworks' uncompressed form, which loads in milliseconds.
    pub fn encode(&self) -> Vec<u8> {
        let key = self.to_ark();
        let mut out = Vec::with_capacity(key.uncompressed_size());
        key.serialize_uncompressed(&mut out).expect("writing to memory does not fail");
        out
    }

    /// Reads bytes **whose hash the caller has checked against a pin**: the points are not checked
    /// again.
    pub(crate) fn decode_trusted(bytes: &[u8]) -> Result<Self, KeyError> {
        let inner =
            ark_groth16::ProvingKey::deserialize_uncompressed_unchecked(bytes).map_err(|_| KeyError::Encoding)?;
        Self::new(inner)
    }
}

impl<R: Relation> std::fmt::Debug for ProvingKey<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProvingKey({}, {})", R::KIND.name(), self.id)
    }
}

/// Converts arkworks' verifying key to ours, which checks every point.
fn verifying_key(vk: &ark_groth16::VerifyingKey<Bls12_381>) -> Result<VerifyingKey, KeyError> {
    let mut bytes = Vec::new();
    let written = vk.alpha_g1.serialize_compressed(&mut bytes).is_ok()
        && [vk.beta_g2, vk.gamma_g2, vk.delta_g2].iter().all(|p| p.serialize_compressed(&mut bytes).is_ok());
    let inputs = u32::try_from(vk.gamma_abc_g1.len().saturating_sub(1)).map_err(|_| KeyError::Encoding)?;
    bytes.extend(inputs.to_le_bytes());
    if !written || !vk.gamma_abc_g1.iter().all(|p| p.serialize_compressed(&mut bytes).is_ok()) {
        return Err(KeyError::Encoding);
    }
    Ok(VerifyingKey::decode(&bytes)?)
}

/// A relation without values, for arkworks' key generation.
struct Shape<R>(PhantomData<R>);

impl<R: Relation> ConstraintSynthesizer<Fr> for Shape<R> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        // Only the shape counts here, and it does not depend on the sample's values.
        let (statement, witness) = R::sample(&mut ChaCha20Rng::from_seed([0; 32]));
        R::synthesize(&mut Builder::new(cs), &statement, &witness)
    }
}

/// A circuit's fingerprint. A change of any constraint changes the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circuit {
    /// Number of constraints.
    pub constraints: usize,
    /// SHA-256 of the matrices.
    pub digest: [u8; 32],
}

/// The fingerprint of a relation's circuit. It takes a few hundredths of a second, where the keys
/// take seconds. Error: [`KeyError`] from synthesis.
pub fn circuit<R: Relation>() -> Result<Circuit, KeyError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    cs.set_mode(SynthesisMode::Setup);
    Shape::<R>(PhantomData).generate_constraints(cs.clone())?;
    fingerprint(&cs)
}

/// The fingerprint of the circuit as synthesised with these values. It does not depend on them,
/// which a test shows.
pub fn circuit_of<R: Relation>(statement: &R::Statement, witness: &R::Witness) -> Result<Circuit, KeyError> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    R::synthesize(&mut Builder::new(cs.clone()), statement, witness)?;
    fingerprint(&cs)
}

fn fingerprint(cs: &ConstraintSystemRef<Fr>) -> Result<Circuit, KeyError> {
    cs.finalize();
    let mut hash = Sha256::new();
    let number = |hash: &mut Sha256, n: usize| hash.update((n as u64).to_le_bytes());
    number(&mut hash, cs.num_instance_variables());
    number(&mut hash, cs.num_witness_variables());
    for matrix in cs.to_matrices()?.into_values().flatten() {
        number(&mut hash, matrix.len());
        for mut row in matrix {
            row.sort_by_key(|(_, variable)| *variable);
            number(&mut hash, row.len());
            for (coefficient, variable) in row {
                hash.update(coefficient.into_bigint().to_bytes_le());
                number(&mut hash, variable);
            }
        }
    }
    Ok(Circuit { constraints: cs.num_constraints(), digest: hash.finalize().into() })
}

/// A relation as an entry of a list: what setup, pins and tests do with each relation.
#[derive(Clone, Copy)]
pub struct Recipe {
    /// The relation's name in files.
    pub name: &'static str,
    /// Computes the circuit's fingerprint.
    pub circuit: fn() -> Result<Circuit, KeyError>,
    /// Makes the relation's keys from a seed and returns their pin and the verifying key.
    pub pin: MakePin,
}

/// Makes keys from a seed and returns their pin and the verifying key.
pub type MakePin = fn(&[u8; 32]) -> Result<(Pin, VerifyingKey), KeyError>;

impl Recipe {
    /// The recipe of `R`.
    pub const fn of<R: Relation>() -> Self {
        Recipe { name: R::KIND.name(), circuit: circuit::<R>, pin: pin::<R> }
    }
}

/// Makes the keys of `R` from a seed and returns their pin and the verifying key. Error:
/// [`KeyError`].
pub fn pin<R: Relation>(seed: &[u8; 32]) -> Result<(Pin, VerifyingKey), KeyError> {
    let key = ProvingKey::<R>::from_insecure_seed(seed)?;
    let proving = Sha256::digest(key.encode()).into();
    let Circuit { constraints, digest } = circuit::<R>()?;
    let (name, origin) = (R::KIND.name().to_owned(), Origin::Insecure);
    let pin = Pin { name, constraints, circuit: digest, key: key.id(), proving, origin };
    Ok((pin, key.verifying_key()?))
}
