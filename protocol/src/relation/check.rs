//! The parts that the native checks of all relations share: named conditions, their verdict, and
//! common parts of witnesses.

use crate::elgamal::Point;
use crate::keys::{SpendingKey, TraceKind};
use crate::poseidon::{hash, Tag};
use crate::record::credential::Credential;
use crate::record::metered::Sign;
use crate::record::{nullifier, Commitment, Nullifier};
use crate::tree::{Path, Root};
use crate::Fr;
use ark_ff::PrimeField;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A condition's number and short name, e.g. `1.nullifier`: the number is that of the relation's
/// list in docs/protocol/20-relations.md, where it has one.
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
    /// Error: [`Broken`] with the names of all conditions that do not hold.
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

/// `x` as an integer; None from 2^64 on.
pub fn as_u64(x: Fr) -> Option<u64> {
    in_bits(x, 64).then(|| x.into_bigint().0[0])
}

/// The spending secret in a witness. Wiped on drop, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Owner {
    /// The spending secret sk.
    pub sk: Fr,
}

impl Owner {
    /// Copies the secret of a spending key.
    pub fn new(key: &SpendingKey) -> Self {
        Owner { sk: key.expose() }
    }
    /// The nullifier key, `nk = H_nk(sk)`.
    pub fn nk(&self) -> Fr {
        hash(Tag::NullifierKey, &[self.sk])
    }
    /// The owner's address, `addr = H_addr(nk)`.
    pub fn address(&self) -> Fr {
        hash(Tag::Address, &[self.nk()])
    }
    /// The nullifier of a record at the place that its path names.
    pub fn nullifier(&self, commitment: Commitment, path: &Path) -> Nullifier {
        nullifier(self.nk(), commitment, path.position)
    }
}

/// Whether a leaf is in the tree under a root.
pub fn is_member(commitment: Commitment, path: &Path, root: Root) -> bool {
    path.leads_from(commitment.0) && path.root() == root
}

/// Whether a record of this value may be spent: it is in the tree under the root, or it is a dummy
/// of value 0, whose path may lead to any root. It must be a consistent path all the same, since
/// the circuit checks that of every record.
pub fn is_spendable(value: Fr, commitment: Commitment, path: &Path, root: Root) -> bool {
    path.leads_from(commitment.0) && (value == Fr::from(0u64) || path.root() == root)
}

/// A credential that is shown, with the opening of the trace tag: the witness of condition 2 of
/// relations 1, 2, 9, 9b and 10.
#[derive(Clone)]
pub struct CredentialShown {
    /// Opening of the credential.
    pub credential: Credential,
    /// The credential's path to the root.
    pub path: Path,
    /// Trace key k of the epoch.
    pub trace_key: Fr,
    /// Counter n of the tag: within [`TraceKind::counter_bits`], or the sign of the metered record
    /// that is paid.
    pub counter: Fr,
}

impl CredentialShown {
    /// Checks the conditions `2.membership`, `2.owner`, `2.epoch`, `2.trace-key`, `2.counter`,
    /// `2.tag`. The counter is within the kind's bits; it is the sign where a metered record
    /// is paid.
    #[allow(clippy::too_many_arguments)]
    pub fn check(
        &self,
        check: &mut Check,
        root: Root,
        epoch: Fr,
        kind: TraceKind,
        cycle: Fr,
        owner: Fr,
        tag: Fr,
        sign: Option<Sign>,
    ) {
        check.require("2.membership", is_member(self.credential.commitment(), &self.path, root));
        check.require("2.owner", self.credential.owner == owner);
        check.require("2.epoch", self.credential.epoch == epoch);
        check.require("2.trace-key", self.credential.kappa == hash(Tag::TraceKey, &[self.trace_key]));
        let counted = match sign {
            None => in_bits(self.counter, kind.counter_bits()),
            Some(sign) => self.counter == Fr::from(sign.counter()),
        };
        check.require("2.counter", counted);
        check.require(
            "2.tag",
            tag == hash(Tag::TraceTag, &[self.trace_key, Fr::from(kind as u64), cycle, self.counter]),
        );
    }
}

/// The ephemeral scalar of a ciphertext. Wiped on drop, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Ephemeral {
    /// The scalar e, below the order of Jubjub's prime subgroup (252 bits).
    pub e: ark_ed_on_bls12_381::Fr,
}

impl Ephemeral {
    /// A uniform scalar.
    pub fn random(rng: &mut (impl rand_core::RngCore + rand_core::CryptoRng)) -> Self {
        use ark_ff::UniformRand;
        Ephemeral { e: ark_ed_on_bls12_381::Fr::rand(rng) }
    }
    /// The first half of the ciphertext, `e G`.
    pub fn point(&self) -> Point {
        crate::elgamal::ephemeral(&self.e)
    }
}

/// A uniform field element, to blind a commitment.
pub fn blinding(rng: &mut (impl rand_core::RngCore + rand_core::CryptoRng)) -> Fr {
    use ark_ff::UniformRand;
    Fr::rand(rng)
}
