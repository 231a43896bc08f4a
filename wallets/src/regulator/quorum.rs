//! The audit key K_a, shared t of n (Shamir): the secret is a polynomial's value at 0, holder i has
//! its value at i. A ciphertext is opened without the secret ever being put together again: each
//! holder multiplies `c1` by its share, and t such points give `K_a c1` by Lagrange interpolation
//! in the exponent.
//!
//! A dealer generates the key, splits it, and must forget it; there is no distributed generation
//! yet. Holders answer only on [`Evidence`] that the ciphertext is on the ledger and that its
//! opening is announced there, which they check against headers that they follow themselves.

use super::evidence::Evidence;
use super::Error;
use crate::seal::DecryptionKey;
use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::{EdwardsProjective, Fr as Scalar};
use ark_ff::{Field, Zero};
use protocol::elgamal::{EncryptionKey, Point, Possession};
use protocol::encoding::Canonical;
use protocol::keys::Network;
use protocol::light::HeaderChain;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeSet;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The undivided audit key: to be split at once, and dropped. Not printable.
pub struct AuditKey(DecryptionKey);

/// One holder's share. Not printable, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AuditShare {
    index: u8,
    value: DecryptionKey,
}

/// One holder's part in opening one ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    index: u8,
    point: Point,
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
    /// Shares for `n` holders, of which any `t` can open. Error: [`Error::Threshold`] unless 1 <= t
    /// <= n.
    pub fn split<R: RngCore + CryptoRng>(&self, rng: &mut R, t: u8, n: u8) -> Result<Vec<AuditShare>, Error> {
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
        (1..=n)
            .map(|index| {
                let mut bytes = Zeroizing::new([0; 32]);
                scalar_bytes(&value_at(index), &mut bytes);
                Ok(AuditShare { index, value: DecryptionKey::from_bytes(&bytes)? })
            })
            .collect()
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
        let c1 = evidence.check(headers)?.for_the_quorum()?;
        let point = (c1.checked()? * self.value.scalar()).into_affine().into();
        Ok(Partial { index: self.index, point })
    }
}

/// `K_a c1`, combined from the holders' parts. Error: [`Error::BadShares`] for no parts, or two of
/// one holder.
pub(super) fn combine(partials: &[Partial]) -> Result<Point, Error> {
    let indices: BTreeSet<u8> = partials.iter().map(|p| p.index).collect();
    if indices.len() != partials.len() || indices.is_empty() {
        return Err(Error::BadShares);
    }
    let mut sum = EdwardsProjective::zero();
    for partial in partials {
        let own = Scalar::from(partial.index);
        let weight = indices.iter().filter(|i| **i != partial.index).fold(Scalar::from(1u64), |product, i| {
            let other = Scalar::from(*i);
            product * other * (other - own).inverse().expect("indices differ, and are below the order")
        });
        sum += partial.point.checked()? * weight;
    }
    Ok(sum.into_affine().into())
}
