//! Eight 64-bit integers side by side, in the widest vectors that the processor and the build have.
//!
//! The compiler alone does not reliably find the instructions that matter here: 32 by 32 bits to
//! 64, and, where there is AVX-512 IFMA, 52 by 52 bits added to a sum. All implementations compute
//! the same integers; tests compare them.

use zeroize::Zeroize;

/// Eight integers in memory, in one cache line: vectors that cross from one to another take twice
/// as long to load.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Eight(pub(crate) [u64; 8]);

/// A set of instructions for eight integers. A value of the type is evidence that the processor has
/// them.
pub(crate) trait Lanes: Copy {
    /// Whether sums of products are best made with [`Self::multiply_add`].
    const FUSED: bool = false;
    /// Eight integers in registers.
    type Register: Copy;
    /// Loads from memory.
    fn load(self, values: &Eight) -> Self::Register;
    /// Stores to memory.
    fn store(self, values: Self::Register) -> Eight;
    /// The same value in all lanes.
    fn splat(self, value: u64) -> Self::Register;
    /// Lane by lane, modulo 2^64.
    fn add(self, x: Self::Register, y: Self::Register) -> Self::Register;
    /// Lane by lane, modulo 2^64.
    fn sub(self, x: Self::Register, y: Self::Register) -> Self::Register;
    /// The bitwise and.
    fn and(self, x: Self::Register, y: Self::Register) -> Self::Register;
    /// The product of the low 32 bits of each.
    fn mul_low(self, x: Self::Register, y: Self::Register) -> Self::Register;
    /// Shifts each lane left.
    fn shl(self, x: Self::Register, bits: u32) -> Self::Register;
    /// Shifts each lane right.
    fn shr(self, x: Self::Register, bits: u32) -> Self::Register;
    /// The products of the low 52 bits of each: their low 52 bits are added to `low`, their high
    /// bits to `high`, both modulo 2^64.
    #[inline(always)]
    fn multiply_add(
        self,
        low: Self::Register,
        high: Self::Register,
        x: Self::Register,
        y: Self::Register,
    ) -> [Self::Register; 2] {
        const MASK: u64 = (1 << 52) - 1;
        let product = |x: u64, y: u64| u128::from(x & MASK) * u128::from(y & MASK);
        let (x, y) = (self.store(x), self.store(y));
        let lows = lanewise(x, y, |x, y| product(x, y) as u64 & MASK);
        let highs = lanewise(x, y, |x, y| (product(x, y) >> 52) as u64);
        [self.add(low, self.load(&lows)), self.add(high, self.load(&highs))]
    }
}

/// Something to compute with the best [`Lanes`]. `run` has to be inlined to be compiled for them.
pub(crate) trait Work {
    /// The result of the work.
    type Output;
    /// Computes the result with these lanes.
    fn run<L: Lanes>(self, lanes: L) -> Self::Output;
}

/// Runs `work` with the widest vectors that the processor and the build have.
pub(crate) fn best<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        #[cfg(feature = "avx512")]
        if let Some(lanes) = Ifma::try_new() {
            return lanes.features.vectorize(
                #[inline(always)]
                || work.run(lanes),
            );
        }
        #[cfg(feature = "avx512")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            return pulp::Simd::vectorize(
                simd,
                #[inline(always)]
                || work.run(simd),
            );
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return pulp::Simd::vectorize(
                simd,
                #[inline(always)]
                || work.run(simd),
            );
        }
    }
    work.run(Portable::<false>)
}

/// Plain code for every processor. Sums of fused products are for tests, since no instruction is
/// behind them.
#[derive(Clone, Copy)]
pub(crate) struct Portable<const FUSED: bool>;

/// One operation, lane by lane.
#[inline(always)]
fn lanewise(x: Eight, y: Eight, operation: impl Fn(u64, u64) -> u64) -> Eight {
    let mut result = [0; 8];
    result.iter_mut().zip(x.0).zip(y.0).for_each(|((result, x), y)| *result = operation(x, y));
    Eight(result)
}

impl<const FUSED: bool> Lanes for Portable<FUSED> {
    const FUSED: bool = FUSED;
    type Register = Eight;
    #[inline(always)]
    fn load(self, values: &Eight) -> Eight {
        *values
    }
    #[inline(always)]
    fn store(self, values: Eight) -> Eight {
        values
    }
    #[inline(always)]
    fn splat(self, value: u64) -> Eight {
        Eight([value; 8])
    }
    #[inline(always)]
    fn add(self, x: Eight, y: Eight) -> Eight {
        lanewise(x, y, u64::wrapping_add)
    }
    #[inline(always)]
    fn sub(self, x: Eight, y: Eight) -> Eight {
        lanewise(x, y, u64::wrapping_sub)
    }
    #[inline(always)]
    fn and(self, x: Eight, y: Eight) -> Eight {
        lanewise(x, y, |x, y| x & y)
    }
    #[inline(always)]
    fn mul_low(self, x: Eight, y: Eight) -> Eight {
        lanewise(x, y, |x, y| u64::from(x as u32) * u64::from(y as u32))
    }
    #[inline(always)]
    fn shl(self, x: Eight, bits: u32) -> Eight {
        Eight(x.0.map(|x| x << bits))
    }
    #[inline(always)]
    fn shr(self, x: Eight, bits: u32) -> Eight {
        Eight(x.0.map(|x| x >> bits))
    }
}

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
impl Lanes for pulp::x86::V4 {
    type Register = pulp::u64x8;
    #[inline(always)]
    fn load(self, values: &Eight) -> pulp::u64x8 {
        pulp::cast(values.0)
    }
    #[inline(always)]
    fn store(self, values: pulp::u64x8) -> Eight {
        Eight(pulp::cast(values))
    }
    #[inline(always)]
    fn splat(self, value: u64) -> pulp::u64x8 {
        self.splat_u64x8(value)
    }
    #[inline(always)]
    fn add(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.wrapping_add_u64x8(x, y)
    }
    #[inline(always)]
    fn sub(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.wrapping_sub_u64x8(x, y)
    }
    #[inline(always)]
    fn and(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.and_u64x8(x, y)
    }
    #[inline(always)]
    fn mul_low(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        pulp::cast(self.avx512f._mm512_mul_epu32(pulp::cast(x), pulp::cast(y)))
    }
    #[inline(always)]
    fn shl(self, x: pulp::u64x8, bits: u32) -> pulp::u64x8 {
        self.shl_dyn_u64x8(x, self.splat_u64x8(u64::from(bits)))
    }
    #[inline(always)]
    fn shr(self, x: pulp::u64x8, bits: u32) -> pulp::u64x8 {
        self.shr_dyn_u64x8(x, self.splat_u64x8(u64::from(bits)))
    }
}

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
pulp::simd_type! {
    /// The instructions that code for [`Ifma`] may use: those of `V4`, and IFMA.
    struct Features {
        sse: "sse",
        sse2: "sse2",
        fxsr: "fxsr",
        sse3: "sse3",
        ssse3: "ssse3",
        sse4_1: "sse4.1",
        sse4_2: "sse4.2",
        popcnt: "popcnt",
        avx: "avx",
        avx2: "avx2",
        bmi1: "bmi1",
        bmi2: "bmi2",
        fma: "fma",
        lzcnt: "lzcnt",
        avx512f: "avx512f",
        avx512bw: "avx512bw",
        avx512cd: "avx512cd",
        avx512dq: "avx512dq",
        avx512vl: "avx512vl",
        avx512ifma: "avx512ifma",
    }
}

/// AVX-512 with products of 52 bits that are added in the same instruction.
#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
#[derive(Clone, Copy)]
pub(crate) struct Ifma {
    features: Features,
    v4: pulp::x86::V4,
}

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
impl Ifma {
    pub(crate) fn try_new() -> Option<Ifma> {
        Some(Ifma { features: Features::try_new()?, v4: pulp::x86::V4::try_new()? })
    }
}

#[cfg(all(target_arch = "x86_64", feature = "avx512"))]
impl Lanes for Ifma {
    const FUSED: bool = true;
    type Register = pulp::u64x8;
    #[inline(always)]
    fn load(self, values: &Eight) -> pulp::u64x8 {
        self.v4.load(values)
    }
    #[inline(always)]
    fn store(self, values: pulp::u64x8) -> Eight {
        self.v4.store(values)
    }
    #[inline(always)]
    fn splat(self, value: u64) -> pulp::u64x8 {
        self.v4.splat(value)
    }
    #[inline(always)]
    fn add(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.v4.add(x, y)
    }
    #[inline(always)]
    fn sub(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.v4.sub(x, y)
    }
    #[inline(always)]
    fn and(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.v4.and(x, y)
    }
    #[inline(always)]
    fn mul_low(self, x: pulp::u64x8, y: pulp::u64x8) -> pulp::u64x8 {
        self.v4.mul_low(x, y)
    }
    #[inline(always)]
    fn shl(self, x: pulp::u64x8, bits: u32) -> pulp::u64x8 {
        self.v4.shl(x, bits)
    }
    #[inline(always)]
    fn shr(self, x: pulp::u64x8, bits: u32) -> pulp::u64x8 {
        self.v4.shr(x, bits)
    }
    #[inline(always)]
    fn multiply_add(self, low: pulp::u64x8, high: pulp::u64x8, x: pulp::u64x8, y: pulp::u64x8) -> [pulp::u64x8; 2] {
        let ifma = self.features.avx512ifma;
        let [low, high, x, y] = [low, high, x, y].map(pulp::cast);
        [pulp::cast(ifma._mm512_madd52lo_epu64(low, x, y)), pulp::cast(ifma._mm512_madd52hi_epu64(high, x, y))]
    }
}

/// Two vectors of four.
#[cfg(target_arch = "x86_64")]
type Fours = [pulp::u64x4; 2];

#[cfg(target_arch = "x86_64")]
impl Lanes for pulp::x86::V3 {
    type Register = Fours;
    #[inline(always)]
    fn load(self, values: &Eight) -> Fours {
        pulp::cast(values.0)
    }
    #[inline(always)]
    fn store(self, values: Fours) -> Eight {
        Eight(pulp::cast(values))
    }
    #[inline(always)]
    fn splat(self, value: u64) -> Fours {
        [self.splat_u64x4(value); 2]
    }
    #[inline(always)]
    fn add(self, x: Fours, y: Fours) -> Fours {
        [self.wrapping_add_u64x4(x[0], y[0]), self.wrapping_add_u64x4(x[1], y[1])]
    }
    #[inline(always)]
    fn sub(self, x: Fours, y: Fours) -> Fours {
        [self.wrapping_sub_u64x4(x[0], y[0]), self.wrapping_sub_u64x4(x[1], y[1])]
    }
    #[inline(always)]
    fn and(self, x: Fours, y: Fours) -> Fours {
        [self.and_u64x4(x[0], y[0]), self.and_u64x4(x[1], y[1])]
    }
    #[inline(always)]
    fn mul_low(self, x: Fours, y: Fours) -> Fours {
        let four = |k: usize| pulp::cast(self.avx2._mm256_mul_epu32(pulp::cast(x[k]), pulp::cast(y[k])));
        [four(0), four(1)]
    }
    #[inline(always)]
    fn shl(self, x: Fours, bits: u32) -> Fours {
        let bits = self.splat_u64x4(u64::from(bits));
        [self.shl_dyn_u64x4(x[0], bits), self.shl_dyn_u64x4(x[1], bits)]
    }
    #[inline(always)]
    fn shr(self, x: Fours, bits: u32) -> Fours {
        let bits = self.splat_u64x4(u64::from(bits));
        [self.shr_dyn_u64x4(x[0], bits), self.shr_dyn_u64x4(x[1], bits)]
    }
}
