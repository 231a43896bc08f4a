//! A Groth16 proof: 192 bytes, the compressed points A (48), B (96), C (48) in the format of Zcash
//! and arkworks.
//!
//! The bytes of a [`Proof`] are canonical, and its points are in the subgroups of prime order and
//! not the identity. An honest prover makes an identity with probability 2^-255, so refusing it
//! costs nothing and spares the verifier special cases.

use crate::{
    blst_ffi::{G1, G2},
    error::PointError,
    parallel::map_chunks,
};

/// Bytes of an encoded proof.
pub const PROOF_BYTES: usize = 192;

/// A well-formed proof. Whether it proves a statement is for [`verify`](crate::verify) to say.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    pub(crate) a: G1,
    pub(crate) b: G2,
    pub(crate) c: G1,
}

impl Proof {
    /// Decodes a proof. Error: [`PointError`] for any bytes but the one encoding of three usable
    /// points.
    pub fn decode(bytes: &[u8]) -> Result<Self, PointError> {
        let bytes: &[u8; PROOF_BYTES] = bytes.try_into().map_err(|_| PointError::Length)?;
        Ok(Proof { a: G1::decode(part(bytes, 0))?, b: G2::decode(part(bytes, 48))?, c: G1::decode(part(bytes, 144))? })
    }

    /// Decodes many proofs over all threads. The subgroup checks are a good part of a verification.
    pub fn decode_all<B: AsRef<[u8]> + Sync>(proofs: &[B]) -> Vec<Result<Self, PointError>> {
        let chunks = map_chunks(proofs, 8, |chunk| chunk.iter().map(|b| Self::decode(b.as_ref())).collect::<Vec<_>>());
        chunks.into_iter().flatten().collect()
    }

    /// The canonical encoding.
    pub fn encode(&self) -> [u8; PROOF_BYTES] {
        let mut out = [0; PROOF_BYTES];
        out[..48].copy_from_slice(&self.a.encode());
        out[48..144].copy_from_slice(&self.b.encode());
        out[144..].copy_from_slice(&self.c.encode());
        out
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proof({:02x?}..)", &self.a.encode()[..4])
    }
}

/// N bytes from `at` on, which the caller knows to be there.
pub(crate) fn part<const N: usize>(bytes: &[u8], at: usize) -> &[u8; N] {
    bytes[at..at + N].try_into().expect("N bytes are an array of N bytes")
}
