//! blst's arithmetic of the two fields that points' coordinates are in: assembly, where arkworks' is compiled Rust.
//!
//! Both libraries keep residues in Montgomery form for 2^384, least limb first and fully reduced, so an element changes
//! hands as it is, and is equal to another exactly when its limbs are.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::BigInt;
use blst::*;

/// A field that coordinates of points are in.
pub(crate) trait Field: Copy + PartialEq {
    /// arkworks' elements of it.
    type Ark: ark_ff::Field;
    /// Zero.
    const ZERO: Self;
    /// The same element.
    fn from_ark(x: &Self::Ark) -> Self;
    /// The same element.
    fn to_ark(&self) -> Self::Ark;
    /// `self + other`.
    fn plus(&self, other: &Self) -> Self;
    /// `self - other`.
    fn minus(&self, other: &Self) -> Self;
    /// `self * other`.
    fn times(&self, other: &Self) -> Self;
    /// `self * self`.
    fn squared(&self) -> Self;
    /// `1 / self`, and zero for zero.
    fn inverse(&self) -> Self;
    /// `self` to the power p.
    fn frobenius(&self) -> Self;
}

/// An element of the field of p elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fp(blst_fp);

/// An element of the field of p^2 elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fp2(blst_fp2);

/// The arithmetic, the same for both fields but for the names of the functions.
macro_rules! arithmetic {
    ($limbs:ty, $add:ident, $sub:ident, $mul:ident, $sqr:ident, $inverse:ident) => {
        #[inline(always)]
        fn plus(&self, other: &Self) -> Self {
            let mut out = <$limbs>::default();
            // SAFETY: two elements, and a place to write one.
            unsafe { $add(&mut out, &self.0, &other.0) };
            Self(out)
        }

        #[inline(always)]
        fn minus(&self, other: &Self) -> Self {
            let mut out = <$limbs>::default();
            // SAFETY: two elements, and a place to write one.
            unsafe { $sub(&mut out, &self.0, &other.0) };
            Self(out)
        }

        #[inline(always)]
        fn times(&self, other: &Self) -> Self {
            let mut out = <$limbs>::default();
            // SAFETY: two elements, and a place to write one.
            unsafe { $mul(&mut out, &self.0, &other.0) };
            Self(out)
        }

        #[inline(always)]
        fn squared(&self) -> Self {
            let mut out = <$limbs>::default();
            // SAFETY: an element, and a place to write one.
            unsafe { $sqr(&mut out, &self.0) };
            Self(out)
        }

        fn inverse(&self) -> Self {
            let mut out = <$limbs>::default();
            // SAFETY: an element, and a place to write one.
            unsafe { $inverse(&mut out, &self.0) };
            Self(out)
        }
    };
}

impl Field for Fp {
    type Ark = Fq;
    const ZERO: Self = Fp(blst_fp { l: [0; 6] });

    fn from_ark(x: &Fq) -> Self {
        Fp(blst_fp { l: x.0 .0 })
    }

    fn to_ark(&self) -> Fq {
        Fq::new_unchecked(BigInt(self.0.l))
    }

    fn frobenius(&self) -> Self {
        *self
    }

    arithmetic!(blst_fp, blst_fp_add, blst_fp_sub, blst_fp_mul, blst_fp_sqr, blst_fp_inverse);
}

impl Field for Fp2 {
    type Ark = Fq2;
    const ZERO: Self = Fp2(blst_fp2 { fp: [Fp::ZERO.0, Fp::ZERO.0] });

    fn from_ark(x: &Fq2) -> Self {
        Fp2(blst_fp2 { fp: [Fp::from_ark(&x.c0).0, Fp::from_ark(&x.c1).0] })
    }

    fn to_ark(&self) -> Fq2 {
        let [c0, c1] = self.0.fp.map(|x| Fp(x).to_ark());
        Fq2::new(c0, c1)
    }

    fn frobenius(&self) -> Self {
        let [c0, c1] = self.0.fp;
        // The root of -1 to the power p is its opposite.
        Fp2(blst_fp2 { fp: [c0, Fp::ZERO.minus(&Fp(c1)).0] })
    }

    arithmetic!(blst_fp2, blst_fp2_add, blst_fp2_sub, blst_fp2_mul, blst_fp2_sqr, blst_fp2_inverse);
}
