//! blst's C functions behind types whose values are always valid. This file and [`field`] are the
//! only places with `unsafe`.
//!
//! A [`G1`] or [`G2`] is on the curve, in the subgroup of prime order and not the identity; it can
//! only come from bytes that were checked, or from a multiple by a scalar that is not zero. The
//! prover takes only blst's arithmetic of the fields, in [`field`]. Nothing is constant-time: the
//! verifier sees only public data, and the prover runs on its owner's machine, like arkworks'.
//!
//! Every `SAFETY` comment below rests on this: blst reads and writes only through the pointers
//! given, within the sizes its header states; all its types are plain `repr(C)` data, valid for any
//! bytes, so `default()` is a valid place to write to; input and output may be the same only where
//! blst says so.
#![allow(unsafe_code)]

use crate::error::PointError;
use ark_bls12_381::Fr;
use ark_ff::PrimeField;
use blst::*;

#[cfg(feature = "prove")]
mod field;
#[cfg(feature = "prove")]
pub(crate) use field::{prefetch, Field, Fp, Fp2};

/// Number of lines of a Miller loop over a fixed point: blst's `Qlines[68]`.
const LINES: usize = 68;
const FR_BITS: usize = 255;

/// A point of the first group that is not the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct G1(blst_p1_affine);

/// A point of the second group that is not the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct G2(blst_p2_affine);

/// A point of the first group, which may be the identity.
#[derive(Clone, Copy)]
pub(crate) struct G1Sum(blst_p1);

/// The lines of the Miller loop over a fixed point.
#[derive(Clone)]
pub(crate) struct Lines(Vec<blst_fp6>);

/// A product of Miller loops: a pairing before its final exponentiation.
#[derive(Clone, Copy)]
pub(crate) struct Miller(blst_fp12);

/// A weight of a random linear combination, 1..2^128.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight(u128);

impl Weight {
    /// The weight with this number. Zero, which is drawn once in 2^128, becomes one.
    pub fn new(x: u128) -> Self {
        Weight(x.max(1))
    }

    /// The weight as a number.
    pub const fn get(self) -> u128 {
        self.0
    }
}

fn check(e: BLST_ERROR) -> Result<(), PointError> {
    match e {
        BLST_ERROR::BLST_SUCCESS => Ok(()),
        BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Err(PointError::NotOnCurve),
        BLST_ERROR::BLST_POINT_NOT_IN_GROUP => Err(PointError::NotInSubgroup),
        BLST_ERROR::BLST_PK_IS_INFINITY => Err(PointError::Identity),
        _ => Err(PointError::Encoding),
    }
}

impl G1 {
    /// Decodes a compressed point. Error: [`PointError`].
    pub fn decode(bytes: &[u8; 48]) -> Result<Self, PointError> {
        let mut p = blst_p1_affine::default();
        // SAFETY: blst_p1_uncompress reads 48 bytes, which the array has, and writes one affine
        // point.
        check(unsafe { blst_p1_uncompress(&mut p, bytes.as_ptr()) })?;
        // SAFETY: p is an initialised affine point, on the curve or the identity.
        let (identity, in_group) = unsafe { (blst_p1_affine_is_inf(&p), blst_p1_affine_in_g1(&p)) };
        match (identity, in_group) {
            (true, _) => Err(PointError::Identity),
            (false, false) => Err(PointError::NotInSubgroup),
            (false, true) => Ok(G1(p)),
        }
    }

    /// The compressed encoding.
    pub fn encode(&self) -> [u8; 48] {
        let mut out = [0; 48];
        // SAFETY: blst_p1_affine_compress writes 48 bytes, which the array has.
        unsafe { blst_p1_affine_compress(out.as_mut_ptr(), &self.0) };
        out
    }

    /// The multiples `weight x point`, as affine points (one inversion for all).
    pub fn scale(points: &[(G1, Weight)]) -> Vec<G1> {
        let multiples: Vec<blst_p1> = points
            .iter()
            .map(|(point, weight)| {
                let (mut p, mut out) = (blst_p1::default(), blst_p1::default());
                // SAFETY: initialised points; blst_p1_mult reads ceil(128 / 8) = 16 bytes of
                // scalar.
                unsafe {
                    blst_p1_from_affine(&mut p, &point.0);
                    blst_p1_mult(&mut out, &p, weight.0.to_le_bytes().as_ptr(), 128);
                }
                out
            })
            .collect();
        let mut out = vec![blst_p1_affine::default(); multiples.len()];
        let pointers: Vec<*const blst_p1> = multiples.iter().map(|p| p as *const _).collect();
        if !out.is_empty() {
            // SAFETY: as many pointers to initialised points, and as many places to write to, as
            // said. None of the points is the identity: a weight is not zero and below the group's
            // order.
            unsafe { blst_p1s_to_affine(out.as_mut_ptr(), pointers.as_ptr(), out.len()) };
        }
        out.into_iter().map(G1).collect()
    }
}

impl G2 {
    /// Decodes a compressed point. Error: [`PointError`].
    pub fn decode(bytes: &[u8; 96]) -> Result<Self, PointError> {
        let mut p = blst_p2_affine::default();
        // SAFETY: blst_p2_uncompress reads 96 bytes, which the array has, and writes one affine
        // point.
        check(unsafe { blst_p2_uncompress(&mut p, bytes.as_ptr()) })?;
        // SAFETY: p is an initialised affine point, on the curve or the identity.
        let (identity, in_group) = unsafe { (blst_p2_affine_is_inf(&p), blst_p2_affine_in_g2(&p)) };
        match (identity, in_group) {
            (true, _) => Err(PointError::Identity),
            (false, false) => Err(PointError::NotInSubgroup),
            (false, true) => Ok(G2(p)),
        }
    }

    /// The compressed encoding.
    pub fn encode(&self) -> [u8; 96] {
        let mut out = [0; 96];
        // SAFETY: blst_p2_affine_compress writes 96 bytes, which the array has.
        unsafe { blst_p2_affine_compress(out.as_mut_ptr(), &self.0) };
        out
    }

    /// The lines of the Miller loop over this point.
    pub fn lines(&self) -> Lines {
        let mut out = vec![blst_fp6::default(); LINES];
        // SAFETY: blst_precompute_lines writes 68 elements, which the vector has.
        unsafe { blst_precompute_lines(out.as_mut_ptr(), &self.0) };
        Lines(out)
    }
}

impl G1Sum {
    /// The identity.
    pub fn zero() -> Self {
        G1Sum(blst_p1::default())
    }

    /// `self + other`.
    pub fn plus(&self, other: &G1Sum) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: initialised points; this addition has no exceptions.
        unsafe { blst_p1_add_or_double(&mut out, &self.0, &other.0) };
        G1Sum(out)
    }

    /// `sum of weight x point`.
    pub fn weighted(points: &[(G1, Weight)]) -> Self {
        let scalars: Vec<[u8; 16]> = points.iter().map(|(_, w)| w.0.to_le_bytes()).collect();
        let points: Vec<&G1> = points.iter().map(|(p, _)| p).collect();
        Self::multiply(&points, &scalars, 128)
    }

    /// `sum of scalar x point`; lists of different lengths are a caller's mistake and make it
    /// panic.
    pub fn combination(points: &[G1], scalars: &[Fr]) -> Self {
        let scalars: Vec<[u8; 32]> = scalars
            .iter()
            .map(|s| {
                let mut out = [0; 32];
                for (chunk, limb) in out.chunks_exact_mut(8).zip(s.into_bigint().0) {
                    chunk.copy_from_slice(&limb.to_le_bytes());
                }
                out
            })
            .collect();
        Self::multiply(&points.iter().collect::<Vec<_>>(), &scalars, FR_BITS)
    }

    fn multiply<const N: usize>(points: &[&G1], scalars: &[[u8; N]], bits: usize) -> Self {
        assert!(points.len() == scalars.len() && bits <= 8 * N, "one scalar a point");
        if points.is_empty() {
            return Self::zero();
        }
        let points: Vec<*const blst_p1_affine> = points.iter().map(|p| &p.0 as *const _).collect();
        let scalars: Vec<*const u8> = scalars.iter().map(|s| s.as_ptr()).collect();
        // SAFETY: a pure function of the number.
        let scratch_bytes = unsafe { blst_p1s_mult_pippenger_scratch_sizeof(points.len()) };
        let mut scratch = vec![0u64; scratch_bytes.div_ceil(8)];
        let mut out = blst_p1::default();
        // SAFETY: as many pointers to points and to scalars of at least ceil(bits / 8) bytes as
        // said, all alive and initialised, and a scratch space of the size that blst asks for,
        // aligned as its limbs.
        unsafe {
            let (p, s) = (points.as_ptr(), scalars.as_ptr());
            blst_p1s_mult_pippenger(&mut out, p, points.len(), s, bits, scratch.as_mut_ptr());
        }
        G1Sum(out)
    }

    /// The affine point; None for the identity.
    pub fn affine(&self) -> Option<G1> {
        // SAFETY: an initialised point.
        if unsafe { blst_p1_is_inf(&self.0) } {
            return None;
        }
        let mut out = blst_p1_affine::default();
        // SAFETY: an initialised point, and a place to write one.
        unsafe { blst_p1_to_affine(&mut out, &self.0) };
        Some(G1(out))
    }
}

impl Miller {
    /// The empty product.
    pub fn one() -> Self {
        // blst's default is the one of the field.
        Miller(blst_fp12::default())
    }

    /// The product of `e(p, q)` over the pairs.
    pub fn pairs(p: &[G1], q: &[G2]) -> Self {
        assert_eq!(p.len(), q.len(), "pairs");
        if p.is_empty() {
            return Self::one();
        }
        let ps: Vec<*const blst_p1_affine> = p.iter().map(|p| &p.0 as *const _).collect();
        let qs: Vec<*const blst_p2_affine> = q.iter().map(|q| &q.0 as *const _).collect();
        let mut out = blst_fp12::default();
        // SAFETY: n pointers, none of them null, to initialised points that are not the identity.
        unsafe { blst_miller_loop_n(&mut out, qs.as_ptr(), ps.as_ptr(), p.len()) };
        Miller(out)
    }

    /// `e(p, q)` for the q with these lines; one if p is the identity.
    pub fn lines(p: &G1Sum, q: &Lines) -> Self {
        let Some(p) = p.affine() else { return Self::one() };
        let mut out = blst_fp12::default();
        // SAFETY: 68 initialised lines (the only way to make a `Lines`) and an initialised point.
        unsafe { blst_miller_loop_lines(&mut out, q.0.as_ptr(), &p.0) };
        Miller(out)
    }

    /// The product of the two.
    pub fn times(&self, other: &Miller) -> Self {
        let mut out = blst_fp12::default();
        // SAFETY: initialised elements, the output apart from the inputs.
        unsafe { blst_fp12_mul(&mut out, &self.0, &other.0) };
        Miller(out)
    }

    /// Whether the two are equal after the final exponentiation.
    pub fn same(&self, other: &Miller) -> bool {
        // SAFETY: initialised elements.
        unsafe { blst_fp12_finalverify(&self.0, &other.0) }
    }
}
