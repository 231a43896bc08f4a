//! The runner's prover: the wallets' own, each proof on one core, timed. Transactions that are on
//! the ledger already get no proof.
//!
//! All actions of the roles follow from the run's seed, so a rerun makes the same transactions
//! again. Those that a block of the earlier run holds need no new proof: an id does not cover its
//! seal, and the runner only compares ids then. The randomness of proofs comes from the system,
//! never from the roles: otherwise leaving a proof out would change all randomness after it.

use protocol::ids::VerifyingKeyId;
use protocol::relation::RelationKind;
use protocol::transaction::PROOF_BYTES;
use protocol::Fr;
use rand_core::{CryptoRngCore, OsRng};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use wallets::prover::{CircuitProver, Instance, ProofError, Prover};

thread_local! {
    static ONE_CORE: OnceCell<rayon::ThreadPool> = const { OnceCell::new() };
}

/// How long proofs took, by relation.
pub type ProofTimes = BTreeMap<RelationKind, Vec<Duration>>;

/// The prover of a run.
pub struct RunProver {
    inner: CircuitProver,
    on_ledger: AtomicBool,
    times: Mutex<ProofTimes>,
}

impl RunProver {
    /// A prover over the wallets' prover.
    pub fn new(inner: CircuitProver) -> Self {
        RunProver { inner, on_ledger: AtomicBool::new(false), times: Mutex::default() }
    }
    /// Says whether the step that follows is in a stored block already.
    pub fn set_on_ledger(&self, yes: bool) {
        self.on_ledger.store(yes, Ordering::SeqCst);
    }
    /// The times of the proofs so far, by relation.
    pub fn times(&self) -> ProofTimes {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Prover for RunProver {
    fn key_id(&self, kind: RelationKind) -> Result<VerifyingKeyId, ProofError> {
        self.inner.key_id(kind)
    }
    fn prove(
        &self,
        key: VerifyingKeyId,
        instance: &Instance<'_>,
        _: &mut dyn CryptoRngCore,
    ) -> Result<[u8; PROOF_BYTES], ProofError> {
        if self.on_ledger.load(Ordering::SeqCst) {
            return Ok([0; PROOF_BYTES]);
        }
        let start = Instant::now();
        // One thread a proof: several wallets prove at once, and the time is that of one core.
        let proof = ONE_CORE.with(|pool| {
            let pool = pool.get_or_init(|| {
                let built = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                built.expect("the system can start one more thread")
            });
            pool.install(|| self.inner.prove(key, instance, &mut OsRng))
        })?;
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.entry(instance.kind()).or_default().push(start.elapsed());
        Ok(proof)
    }
    fn verify(
        &self,
        key: VerifyingKeyId,
        kind: RelationKind,
        inputs: &[Fr],
        proof: &[u8; PROOF_BYTES],
    ) -> Result<bool, ProofError> {
        match self.on_ledger.load(Ordering::SeqCst) {
            // Of what is on the ledger there is no proof here.
            true => Ok(true),
            false => self.inner.verify(key, kind, inputs, proof),
        }
    }
}
