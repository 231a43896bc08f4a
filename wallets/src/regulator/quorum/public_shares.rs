//! The public halves of the shares of the audit key. The dealer commits to the coefficients of its
//! polynomial (Feldman 1987; docs/sources.md): holder i's share is the polynomial's value at i, so its
//! public half follows from the commitments. The first commitment is K_a. The genesis names the
//! digest, so everybody who checks a part has the same ones.

use super::super::Error;
use crate::seal::DecryptionKey;
use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::{EdwardsProjective, Fr as Scalar};
use ark_ff::Zero;
use protocol::elgamal::Point;
use protocol::encoding::{digest, Canonical, Reader};
use protocol::transaction::genesis::Genesis;

/// The public halves of all shares of one audit key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicShares {
    /// n: how many holders there are.
    holders: u8,
    /// A commitment to each of the t coefficients, the constant one first: K_a.
    commitments: Vec<Point>,
}

impl PublicShares {
    /// Of a polynomial, for `holders` shares. Error: [`Error::Threshold`].
    pub(super) fn new<'a>(
        holders: u8,
        coefficients: impl IntoIterator<Item = &'a DecryptionKey>,
    ) -> Result<Self, Error> {
        let commitments: Vec<Point> = coefficients.into_iter().map(|c| c.public().point()).collect();
        match (1..=usize::from(holders)).contains(&commitments.len()) {
            true => Ok(PublicShares { holders, commitments }),
            false => Err(Error::Threshold),
        }
    }
    /// t: how many parts open a ciphertext.
    pub fn threshold(&self) -> u8 {
        u8::try_from(self.commitments.len()).expect("at most as many as holders")
    }
    /// n: how many holders there are. They have the numbers 1 to n.
    pub fn holders(&self) -> u8 {
        self.holders
    }
    /// The public half of a holder's share; None for a number that no holder has.
    pub fn share(&self, holder: u8) -> Option<Point> {
        if !(1..=self.holders).contains(&holder) {
            return None;
        }
        let x = Scalar::from(holder);
        let sum = self
            .commitments
            .iter()
            .rev()
            .try_fold(EdwardsProjective::zero(), |sum, commitment| Some(sum * x + commitment.checked().ok()?));
        Some(sum?.into_affine().into())
    }
    /// The digest that the genesis names.
    pub fn digest(&self) -> [u8; 32] {
        digest("veilgrid/audit-shares/1", &self.to_bytes())
    }
    /// Checks that these are the shares of the chain's audit key. Error: [`Error::NotOurGenesis`].
    pub fn check(&self, genesis: &Genesis) -> Result<(), Error> {
        let of_key = self.commitments.first() == Some(&genesis.audit_key.point());
        match of_key && self.digest() == genesis.audit_shares {
            true => Ok(()),
            false => Err(Error::NotOurGenesis),
        }
    }
    /// The encoding: n, t, then the t commitments.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![self.holders, self.threshold()];
        self.commitments.iter().for_each(|commitment| commitment.write(&mut out));
        out
    }
    /// The public shares from exactly the bytes that [`Self::to_bytes`] gave. Errors:
    /// [`Error::Threshold`], [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        let (holders, threshold) = (u8::read(&mut input)?, u8::read(&mut input)?);
        if !(1..=holders).contains(&threshold) {
            return Err(Error::Threshold);
        }
        let mut commitments = Vec::with_capacity(usize::from(threshold));
        for _ in 0..threshold {
            let commitment = Point::read(&mut input)?;
            let _ = commitment.checked()?;
            commitments.push(commitment);
        }
        match input.0.is_empty() {
            true => Ok(PublicShares { holders, commitments }),
            false => Err(protocol::Error::Encoding("too long for public shares").into()),
        }
    }
}
