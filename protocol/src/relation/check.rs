//! What the native checks share: conditions and their verdict, and the parts of witnesses that recur.

use crate::elgamal::Point;
use crate::keys::{SpendingKey, COUNTER_BITS};
use crate::poseidon::{hash, Tag};
use crate::record::credential::Credential;
use crate::record::{nullifier, Commitment, Nullifier};
use crate::tree::{Path, Root};
use crate::Fr;
use ark_ff::PrimeField;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A condition's number and short name, e.g. `1.nullifier`: the number is that of spec 20's list.
pub type Condition = &'static str;

/// The conditions that a witness breaks, in the order of the relation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the witness breaks: {}", .0.join(", "))]
pub struct Broken(pub Vec<Condition>);

/// Collects the verdict on each condition.
#[derive(Default)]
pub struct Check {
    broken: Vec<Condition>,
}

impl Check {
    /// Notes whether a condition holds.
    pub fn require(&mut self, condition: Condition, holds: bool) {
        if !holds && !self.broken.contains(&condition) {
            self.broken.push(condition);
        }
    }
    /// The verdict.
    pub fn verdict(self) -> Result<(), Broken> {
        if self.broken.is_empty() {
            Ok(())
        } else {
            Err(Broken(self.broken))
        }
    }
}

/// Whether `x < 2^bits` as an integer in `0..r`.
pub fn in_bits(x: Fr, bits: usize) -> bool {
    let limbs = x.into_bigint().0;
    (bits..256).all(|i| limbs[i / 64] >> (i % 64) & 1 == 0)
}

/// The integer, if below 2^64.
pub fn as_u64(x: Fr) -> Option<u64> {
    in_bits(x, 64).then(|| x.into_bigint().0[0])
}

/// The spending secret in a witness. Wiped on drop, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Owner {
    /// `sk`
    pub sk: Fr,
}

impl Owner {
    /// From a spending key.
    pub fn new(key: &SpendingKey) -> Self {
        Owner { sk: key.expose() }
    }
    /// `nk = H_nk(sk)`.
    pub fn nk(&self) -> Fr {
        hash(Tag::NullifierKey, &[self.sk])
    }
    /// `addr = H_addr(nk)`.
    pub fn address(&self) -> Fr {
        hash(Tag::Address, &[self.nk()])
    }
    /// A record's nullifier.
    pub fn nullifier(&self, commitment: Commitment, path: &Path) -> Nullifier {
        nullifier(self.nk(), commitment, path.position)
    }
}

/// Whether a leaf is in the tree under a root.
pub fn is_member(commitment: Commitment, path: &Path, root: Root) -> bool {
    path.leads_from(commitment.0) && path.root() == root
}

/// Whether a record of this value may be spent: it is in the tree under the root, or it is a dummy of value 0, whose path
/// leads anywhere (but is a path: that much the circuit holds of every record).
pub fn is_spendable(value: Fr, commitment: Commitment, path: &Path, root: Root) -> bool {
    path.leads_from(commitment.0) && (value == Fr::from(0u64) || path.root() == root)
}

/// A credential shown, with what opens the trace tag: the witness of condition 2 of relations 1, 2, 9, 9b.
#[derive(Clone)]
pub struct Shown {
    /// C's opening.
    pub credential: Credential,
    /// C's path.
    pub path: Path,
    /// Trace key k of the epoch.
    pub trace_key: Fr,
    /// Counter n of the tag.
    pub counter: Fr,
}

impl Shown {
    /// Conditions `2.membership`, `2.owner`, `2.epoch`, `2.trace-key`, `2.counter`, `2.tag`.
    #[allow(clippy::too_many_arguments)]
    pub fn check(&self, check: &mut Check, root: Root, epoch: Fr, kind: Fr, cycle: Fr, owner: Fr, tag: Fr) {
        check.require("2.membership", is_member(self.credential.commitment(), &self.path, root));
        check.require("2.owner", self.credential.owner == owner);
        check.require("2.epoch", self.credential.epoch == epoch);
        check.require("2.trace-key", self.credential.kappa == hash(Tag::TraceKey, &[self.trace_key]));
        check.require("2.counter", in_bits(self.counter, COUNTER_BITS));
        check.require("2.tag", tag == hash(Tag::TraceTag, &[self.trace_key, kind, cycle, self.counter]));
    }
}

/// The ephemeral scalar of a ciphertext, as 252 bits little end first packed in 32 bytes. Wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Ephemeral {
    /// The scalar.
    pub e: ark_ed_on_bls12_381::Fr,
}

impl Ephemeral {
    /// Uniform.
    pub fn random(rng: &mut (impl rand_core::RngCore + rand_core::CryptoRng)) -> Self {
        use ark_ff::UniformRand;
        Ephemeral { e: ark_ed_on_bls12_381::Fr::rand(rng) }
    }
    /// `e G`.
    pub fn point(&self) -> Point {
        crate::elgamal::ephemeral(&self.e)
    }
}

/// A fresh blinding.
pub fn blinding(rng: &mut (impl rand_core::RngCore + rand_core::CryptoRng)) -> Fr {
    use ark_ff::UniformRand;
    Fr::rand(rng)
}
