//! The prover proper: the circuits, under keys from a key store, each loaded when it is first needed.

use super::{Instance, ProofError, Prover};
use circuits::pins::Pins;
use circuits::relation::{
    buy_plan::BuyPlan,
    complain::Complain,
    confirm::{ConfirmBuy, ConfirmSell},
    deposit::Deposit,
    merge::Merge,
    refuse::Refuse,
    release::Release,
    sell_plan::SellPlan,
    settle::{SettleBuy, SettleSell},
    shortfall::Shortfall,
    surplus::Surplus,
    void::Void,
};
use circuits::{KeyError, KeyStore, ProvingKey, Relation};
use protocol::relation::RelationKind;
use protocol::transaction::{VerifyingKeyId, PROOF_BYTES};
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
    ($($kind:ident $slot:ident),* $(,)?) => {
        /// Proves with the circuits. Share it between wallets: the keys take some 100 MB.
        pub struct CircuitProver {
            store: KeyStore,
            pins: Pins,
            $($slot: Slot<$kind>),*
        }

        impl CircuitProver {
            /// With the keys of this version, from a store.
            pub fn new(store: KeyStore) -> Self {
                CircuitProver { store, pins: Pins::embedded(), $($slot: Mutex::new(None)),* }
            }
            /// Loads every key now, or makes it; `progress` hears of each relation before its key is loaded.
            pub fn load_all(&self, mut progress: impl FnMut(RelationKind)) -> Result<(), ProofError> {
                $(progress(RelationKind::$kind); key(&self.store, &self.$slot)?;)*
                Ok(())
            }
        }

        impl Prover for CircuitProver {
            fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError> {
                let pin = self.pins.get(kind.name());
                let pin = pin.ok_or_else(|| prover(KeyError::NotPinned(kind.name().to_owned())))?;
                Ok(VerifyingKeyId(pin.key.0))
            }
            fn prove(
                &self,
                instance: &Instance<'_>,
                mut rng: &mut dyn CryptoRngCore,
            ) -> Result<[u8; PROOF_BYTES], ProofError> {
                let proof = match instance {
                    $(Instance::$kind(statement, witness) => {
                        circuits::prove(&*key(&self.store, &self.$slot)?, statement, witness, &mut rng)
                    })*
                };
                Ok(proof.map_err(prover)?.encode())
            }
        }
    };
}

circuit_prover! {
    SellPlan sell_plan,
    BuyPlan buy_plan,
    ConfirmSell confirm_sell,
    ConfirmBuy confirm_buy,
    SettleBuy settle_buy,
    SettleSell settle_sell,
    Release release,
    Merge merge,
    Surplus surplus,
    Deposit deposit,
    Void void,
    Refuse refuse,
    Complain complain,
    Shortfall shortfall,
}

#[cfg(test)]
mod tests {
    use super::*;
    use circuits::PreparedVerifyingKey;
    use protocol::relation::check::Owner;
    use protocol::relation::Statement;
    use protocol::Fr;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn proofs_verify_under_the_key_that_binding_names_and_none_is_made_of_a_lie() {
        let keys = tempfile::tempdir().unwrap();
        let prover = CircuitProver::new(KeyStore::open(keys.path()));
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (statement, mut witness) = Complain::sample(&mut rng);
        let proof = prover.prove(&Instance::Complain(&statement, &witness), &mut rng).unwrap();
        let verifying = circuits::pins::verifying_key("complain").unwrap();
        assert_eq!(prover.key_id(RelationKind::Complain).unwrap().0, verifying.id().0);
        let proof = circuits::Proof::decode(&proof).unwrap();
        let verifying = PreparedVerifyingKey::from(verifying);
        circuits::verify(&verifying, &statement.inputs(), &proof).unwrap();
        witness.owner = Owner { sk: Fr::from(1u64) };
        let refused = prover.prove(&Instance::Complain(&statement, &witness), &mut rng);
        assert_eq!(refused.unwrap_err().code(), "prover");
    }
}
