//! blst's arithmetic of the two fields of points' coordinates. It is assembly, where arkworks' is
//! compiled Rust.
//!
//! Both libraries keep residues in Montgomery form for 2^384, least limb first and fully reduced.
//! So an element is passed on without conversion.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::BigInt;
use blst::*;

/// A field of points' coordinates.
pub(crate) trait Field: Copy {
    /// arkworks' type for elements of this field.
    type Ark: ark_ff::Field;
    /// The zero of the field.
    const ZERO: Self;
    /// The same element.
    fn from_ark(x: &Self::Ark) -> Self;
    /// The same element.
    fn to_ark(&self) -> Self::Ark;
    /// Whether it is zero.
    fn is_zero(&self) -> bool;
    /// Makes this `a + b`.
    ///
    /// The arithmetic writes its result in place. Copying a value that was just written, limb by
    /// limb, would take as long as an addition.
    fn set_sum(&mut self, a: &Self, b: &Self);
    /// Makes this `a - b`.
    fn set_difference(&mut self, a: &Self, b: &Self);
    /// Makes this `a * b`.
    fn set_product(&mut self, a: &Self, b: &Self);
    /// Makes this `a * a`.
    fn set_square(&mut self, a: &Self);
    /// Makes this `-a` or `a`.
    fn set_signed(&mut self, negative: bool, a: &Self);
    /// The inverse; zero for zero.
    fn inverse(&self) -> Self;
    /// The Frobenius map: `self` to the power p.
    fn frobenius(&self) -> Self;

    /// The product.
    fn times(&self, other: &Self) -> Self {
        let mut out = Self::ZERO;
        out.set_product(self, other);
        out
    }
}

/// An element of the field with p elements.
#[derive(Clone, Copy)]
pub(crate) struct Fp(blst_fp);

/// An element of the field with p^2 elements.
#[derive(Clone, Copy)]
pub(crate) struct Fp2(blst_fp2);

/// Implements the arithmetic, which is the same for both fields but for the names of blst's
/// functions.
macro_rules! arithmetic {
    ($add:ident, $sub:ident, $mul:ident, $sqr:ident, $cneg:ident, $inverse:ident) => {
        #[inline(always)]
        fn set_sum(&mut self, a: &Self, b: &Self) {
            // SAFETY: two elements, and a place to write one.
            unsafe { $add(&mut self.0, &a.0, &b.0) };
        }

        #[inline(always)]
        fn set_difference(&mut self, a: &Self, b: &Self) {
            // SAFETY: two elements, and a place to write one.
            unsafe { $sub(&mut self.0, &a.0, &b.0) };
        }

        #[inline(always)]
        fn set_product(&mut self, a: &Self, b: &Self) {
            // SAFETY: two elements, and a place to write one.
            unsafe { $mul(&mut self.0, &a.0, &b.0) };
        }

        #[inline(always)]
        fn set_square(&mut self, a: &Self) {
            // SAFETY: an element, and a place to write one.
            unsafe { $sqr(&mut self.0, &a.0) };
        }

        #[inline(always)]
        fn set_signed(&mut self, negative: bool, a: &Self) {
            // SAFETY: an element, and a place to write one.
            unsafe { $cneg(&mut self.0, &a.0, negative) };
        }

        fn inverse(&self) -> Self {
            let mut out = Self::ZERO;
            // SAFETY: an element, and a place to write one.
            unsafe { $inverse(&mut out.0, &self.0) };
            out
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

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0.l.iter().fold(0, |all, limb| all | limb) == 0
    }

    fn frobenius(&self) -> Self {
        *self
    }

    arithmetic!(blst_fp_add, blst_fp_sub, blst_fp_mul, blst_fp_sqr, blst_fp_cneg, blst_fp_inverse);
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

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.0.fp.iter().all(|x| Fp(*x).is_zero())
    }

    fn frobenius(&self) -> Self {
        let [c0, c1] = self.0.fp;
        // The root of -1 to the power p is its opposite.
        let mut minus = Fp::ZERO;
        minus.set_signed(true, &Fp(c1));
        Fp2(blst_fp2 { fp: [c0, minus.0] })
    }

    arithmetic!(blst_fp2_add, blst_fp2_sub, blst_fp2_mul, blst_fp2_sqr, blst_fp2_cneg, blst_fp2_inverse);
}

/// Prefetches a value, where the processor has an instruction for that.
#[inline(always)]
pub(crate) fn prefetch<T>(x: &T) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..std::mem::size_of::<T>()).step_by(64) {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
        // SAFETY: a hint, which every processor of this kind has; it reads nothing, and the address
        // is within the value.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(x).cast::<i8>().wrapping_add(line)) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = x;
}
