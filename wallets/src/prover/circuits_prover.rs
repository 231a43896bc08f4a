//! The prover of the product: the circuits, under keys from a key store, each loaded when it is
//! first needed.

use super::{Instance, ProofError, Prover};
use circuits::{relation, KeyError, KeyStore, PreparedVerifyingKey, Proof, ProvingKey, Relation};
use protocol::ids::VerifyingKeyId;
use protocol::relation::RelationKind;
use protocol::transaction::PROOF_BYTES;
use protocol::Fr;
use rand_core::CryptoRngCore;
use std::sync::{Arc, Mutex, PoisonError};

type Slot<R> = Mutex<Option<Arc<ProvingKey<R>>>>;

/// The key of a relation: loaded (or made) once, also when several threads ask at the same time.
fn key<R: Relation>(store: &KeyStore, slot: &Slot<R>) -> Result<Arc<ProvingKey<R>>, ProofError> {
    // a thread that panicked here left the slot as it was: empty or whole
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = &*slot {
        return Ok(key.clone());
    }
    let key = Arc::new(store.proving_key::<R>().map_err(prover)?);
    *slot = Some(key.clone());
    Ok(key)
}

fn prover(error: impl std::error::Error + Send + Sync + 'static) -> ProofError {
    ProofError::Prover(Box::new(error))
}

macro_rules! circuit_prover {
    ($($(#[$doc:meta])* $kind:ident = $number:literal ($slot:ident $($rest:tt)*);)*) => {
        /// A store's keys.
        struct Keys {
            store: KeyStore,
            $($slot: Slot<relation::$kind>),*
        }

        impl Keys {
            fn new(store: KeyStore) -> Self {
                Keys { store, $($slot: Mutex::new(None)),* }
            }
        }

        /// Proves with the circuits. Share it between wallets: the keys take some 100 MB.
        pub struct CircuitProver {
            genesis: Keys,
            later: Vec<Keys>,
        }

        impl CircuitProver {
            /// A prover with the genesis's keys, from a store.
            pub fn new(store: KeyStore) -> Self {
                CircuitProver { genesis: Keys::new(store), later: Vec::new() }
            }
            /// Adds the keys of a later version, of some or all relations, from another store.
            pub fn with(mut self, store: KeyStore) -> Self {
                self.later.push(Keys::new(store));
                self
            }
            /// Loads the genesis's keys now, or makes them; `progress` is called with each relation
            /// before its key is loaded.
            pub fn load_all(&self, mut progress: impl FnMut(RelationKind)) -> Result<(), ProofError> {
                $(progress(RelationKind::$kind); key(&self.genesis.store, &self.genesis.$slot)?;)*
                Ok(())
            }
            /// The set of keys in which a relation's key has this id.
            fn keys(&self, kind: RelationKind, id: VerifyingKeyId) -> Result<&Keys, ProofError> {
                let mut all = std::iter::once(&self.genesis).chain(&self.later);
                let found = all.find(|keys| keys.store.key_id(kind.name()).is_some_and(|key| key.0 == id.0));
                found.ok_or_else(|| prover(KeyError::NotPinned(kind.name().to_owned())))
            }
        }

        impl Prover for CircuitProver {
            fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError> {
                let key = self.genesis.store.key_id(kind.name());
                let key = key.ok_or_else(|| prover(KeyError::NotPinned(kind.name().to_owned())))?;
                Ok(VerifyingKeyId(key.0))
            }
            fn prove(
                &self,
                id: VerifyingKeyId,
                instance: &Instance<'_>,
                mut rng: &mut dyn CryptoRngCore,
            ) -> Result<[u8; PROOF_BYTES], ProofError> {
                let keys = self.keys(instance.kind(), id)?;
                let proof = match instance {
                    $(Instance::$kind(statement, witness) => {
                        circuits::prove(&*key(&keys.store, &keys.$slot)?, statement, witness, &mut rng)
                    })*
                };
                Ok(proof.map_err(prover)?.encode())
            }
            fn verify(
                &self,
                id: VerifyingKeyId,
                kind: RelationKind,
                inputs: &[Fr],
                proof: &[u8; PROOF_BYTES],
            ) -> Result<bool, ProofError> {
                let keys = self.keys(kind, id)?;
                let verifying = match kind {
                    $(RelationKind::$kind => key(&keys.store, &keys.$slot)?.verifying_key()),*
                };
                let verifying = PreparedVerifyingKey::from(verifying.map_err(prover)?);
                Ok(Proof::decode(proof).is_ok_and(|proof| circuits::verify(&verifying, inputs, &proof).is_ok()))
            }
        }
    };
}

protocol::for_each_relation!(circuit_prover);

#[cfg(test)]
mod tests {
    use super::*;
    use circuits::relation::Refuse;
    use protocol::relation::check::Owner;
    use protocol::relation::Statement;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn proofs_verify_under_the_key_that_binding_names_and_none_is_made_of_a_lie() {
        let keys = tempfile::tempdir().unwrap();
        let prover = CircuitProver::new(KeyStore::open(keys.path()));
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (statement, mut witness) = Refuse::sample(&mut rng);
        let id = prover.key_id(RelationKind::Refuse).unwrap();
        let proof = prover.prove(id, &Instance::Refuse(&statement, &witness), &mut rng).unwrap();
        let verifying = circuits::pins::verifying_key("refuse").unwrap();
        assert_eq!(id.0, verifying.id().0);
        let unknown = prover.prove(VerifyingKeyId([1; 32]), &Instance::Refuse(&statement, &witness), &mut rng);
        assert_eq!(unknown.unwrap_err().code(), "prover");
        let holds = |inputs: &[Fr], proof| prover.verify(id, RelationKind::Refuse, inputs, proof).unwrap();
        assert!(holds(&statement.inputs(), &proof));
        assert!(!holds(&statement.inputs()[1..], &proof) && !holds(&statement.inputs(), &[0; PROOF_BYTES]));
        assert!(prover.verify(VerifyingKeyId([1; 32]), RelationKind::Refuse, &[], &proof).is_err());
        witness.owner = Owner { sk: Fr::from(1u64) };
        let refused = prover.prove(id, &Instance::Refuse(&statement, &witness), &mut rng);
        assert_eq!(refused.unwrap_err().code(), "prover");
    }
}
