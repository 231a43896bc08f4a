//! The audit key K_a, shared t of n (Shamir): the secret is a polynomial's value at 0, holder i has
//! its value at i. A ciphertext is opened without the secret ever being put together again: each
//! holder multiplies `c1` by its share, and t such points give `K_a c1` by Lagrange interpolation
//! in the exponent.
//!
//! A dealer generates the key, splits it, and must forget it; there is no distributed generation
//! yet. Holders answer only on [`Evidence`] that the ciphertext is on the ledger and that its
//! opening is announced there, which they check against headers that they follow themselves.
//!
//! Each holder proves that its part is by its share, which the [`PublicShares`] show. The proof is
//! bound to the chain, the Open and the transaction that holds the ciphertext, so it counts nowhere
//! else. A holder whose part does not verify is named, and the others go on.

mod public_shares;

pub use public_shares::PublicShares;

use super::evidence::{AuditableEntry, Evidence};
use super::Error;
use crate::seal::DecryptionKey;
use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::{EdwardsProjective, Fr as Scalar};
use ark_ff::{Field, Zero};
use protocol::elgamal::dleq::{Equality, Shared};
use protocol::elgamal::{hash_to_scalar, EncryptionKey, Point, Possession};
use protocol::encoding::Canonical;
use protocol::ids::TransactionId;
use protocol::keys::Network;
use protocol::light::HeaderChain;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The undivided audit key: to be split at once, and dropped. Not printable.
pub struct AuditKey(DecryptionKey);

/// One holder's share. Not printable, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AuditShare {
    index: u8,
    value: DecryptionKey,
}

/// One holder's part in opening one ciphertext, with the proof that it is by the holder's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    pub(super) index: u8,
    pub(super) point: Point,
    pub(super) proof: Equality,
}

/// A part that is not by its holder's share. The audit went on if enough others were good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPart {
    /// The number of the holder in whose name the part was given.
    pub holder: u8,
    /// The Open under which it was given.
    pub open: TransactionId,
}

impl AuditKey {
    /// Draws a fresh key.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        AuditKey(DecryptionKey::generate(rng))
    }
    /// K_a: the public audit key.
    pub fn public(&self) -> EncryptionKey {
        self.0.public()
    }
    /// Proof of possession for the genesis of a chain of this name and network.
    pub fn possession<R: RngCore + CryptoRng>(&self, rng: &mut R, name: &[u8; 32], network: Network) -> Possession {
        self.0.possession(rng, &genesis_context(name, network, GenesisKey::Audit))
    }
    /// Shares for `n` holders, of which any `t` can open, and their public halves, whose digest the
    /// genesis names. Error: [`Error::Threshold`] unless 1 <= t <= n.
    pub fn split<R: RngCore + CryptoRng>(
        &self,
        rng: &mut R,
        t: u8,
        n: u8,
    ) -> Result<(Vec<AuditShare>, PublicShares), Error> {
        if t == 0 || t > n {
            return Err(Error::Threshold);
        }
        // drawn as decryption keys, which are never zero: a uniform coefficient is zero with
        // probability 2^-251
        let coefficients: Vec<DecryptionKey> = (1..t).map(|_| DecryptionKey::generate(rng)).collect();
        let value_at = |x: u8| {
            let x = Scalar::from(x);
            let higher = coefficients.iter().rev().fold(Scalar::zero(), |sum, c| (sum + c.scalar()) * x);
            higher + self.0.scalar()
        };
        let public = PublicShares::new(n, std::iter::once(&self.0).chain(&coefficients))?;
        let shares = (1..=n).map(|index| {
            let mut bytes = Zeroizing::new([0; 32]);
            scalar_bytes(&value_at(index), &mut bytes);
            Ok(AuditShare { index, value: DecryptionKey::from_bytes(&bytes)? })
        });
        Ok((shares.collect::<Result<_, Error>>()?, public))
    }
}

fn scalar_bytes(x: &Scalar, out: &mut [u8; 32]) {
    use ark_ff::PrimeField;
    for (chunk, limb) in out.chunks_exact_mut(8).zip(x.into_bigint().0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
}

impl AuditShare {
    /// The holder's number: 1..=n.
    pub fn index(&self) -> u8 {
        self.index
    }
    /// Checks that this is the share that the public halves show: a holder to whom another was dealt
    /// would be called dishonest. Error: [`Error::BadParts`] with this holder's number.
    pub fn check(&self, public: &PublicShares) -> Result<(), Error> {
        match public.share(self.index) == Some(self.value.public().point()) {
            true => Ok(()),
            false => Err(Error::BadParts(vec![self.index])),
        }
    }
    /// The share's bytes, to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(33));
        self.index.write(&mut out);
        self.value.to_bytes().write(&mut out);
        out
    }
    /// A share from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = Zeroizing::new(<[u8; 33]>::from_bytes(bytes)?);
        let value = bytes[1..].try_into().expect("32 of 33 bytes");
        if bytes[0] == 0 {
            return Err(Error::Threshold);
        }
        Ok(AuditShare { index: bytes[0], value: DecryptionKey::from_bytes(&value)? })
    }
    /// This holder's part in opening a ciphertext whose opening is announced on the ledger. Errors:
    /// [`Error::Light`], [`Error::NotOpened`]; [`Error::NotAuditable`] for what is not encrypted to
    /// the audit key.
    pub fn partial(&self, evidence: &Evidence, headers: &HeaderChain) -> Result<Partial, Error> {
        let entry = evidence.check(headers)?;
        let c1 = entry.for_the_quorum()?;
        let context = entry.context();
        // The proof's scalar follows from the share and from all that is proved, so no two proofs have
        // one scalar, whatever the source of randomness.
        let mut secret = Zeroizing::new(Vec::with_capacity(32 + context.len() + Point::SIZE));
        secret.extend_from_slice(&self.value.to_bytes()[..]);
        secret.extend_from_slice(&context);
        c1.write(&mut secret);
        let k = hash_to_scalar("veilgrid/partial-decryption-scalar/1", &secret);
        let (shared, proof) = Equality::prove(self.value.scalar(), c1, &k, &context)?;
        Ok(Partial { index: self.index, point: shared.point, proof })
    }
}

impl Partial {
    /// The number of the holder in whose name it is.
    pub fn holder(&self) -> u8 {
        self.index
    }
    /// Checks that the part is by its holder's share, and for this opening. Errors: the evidence's,
    /// and [`Error::BadParts`] with the holder's number.
    pub fn verify(&self, public: &PublicShares, evidence: &Evidence, headers: &HeaderChain) -> Result<(), Error> {
        let entry = evidence.check(headers)?;
        let base = entry.for_the_quorum()?;
        self.verify_for(public, base, &entry.context())
    }
    fn verify_for(&self, public: &PublicShares, base: Point, context: &[u8]) -> Result<(), Error> {
        let bad = || Error::BadParts(vec![self.index]);
        let shared = Shared { key: public.share(self.index).ok_or_else(bad)?, base, point: self.point };
        self.proof.verify(&shared, context).map_err(|_| bad())
    }
}

/// `K_a c1`, combined from the holders' parts, and the holders whose parts are not by their shares.
/// Errors: [`Error::BadParts`] with these holders where fewer than t others are left,
/// [`Error::BadShares`] for too few parts none of which is bad.
pub(super) fn combine(
    partials: &[Partial],
    entry: &AuditableEntry,
    public: &PublicShares,
) -> Result<(Point, Vec<u8>), Error> {
    let (base, context) = (entry.for_the_quorum()?, entry.context());
    let (mut good, mut bad) = (BTreeMap::new(), BTreeSet::new());
    for partial in partials {
        match partial.verify_for(public, base, &context) {
            Ok(()) => {
                good.insert(partial.index, partial.point);
            }
            Err(_) => {
                bad.insert(partial.index);
            }
        }
    }
    let (bad, t) = (Vec::from_iter(bad), usize::from(public.threshold()));
    if good.len() < t {
        return Err(if bad.is_empty() { Error::BadShares } else { Error::BadParts(bad) });
    }
    let used: Vec<(u8, Point)> = good.into_iter().take(t).collect();
    let mut sum = EdwardsProjective::zero();
    for (index, point) in &used {
        let own = Scalar::from(*index);
        let weight = used.iter().filter(|(i, _)| i != index).fold(Scalar::from(1u64), |product, (i, _)| {
            let other = Scalar::from(*i);
            product * other * (other - own).inverse().expect("indices differ, and are below the order")
        });
        sum += point.checked()? * weight;
    }
    Ok((sum.into_affine().into(), bad))
}
