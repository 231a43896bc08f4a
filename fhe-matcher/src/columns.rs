//! Transformed polynomials as scoring wants them: products summed before they are reduced, and of an inverse transform
//! only the coefficients that hold scores.
//!
//! **Reducing late.** A residue is kept as two limbs of 25 bits, in the halves of a 64-bit word. Products of limbs are
//! below 2^50, so thousands of them add up in 64 bits; one multiplication of 32 by 32 bits, which every processor has
//! for 4 or 8 lanes at a time, makes one of them. A sum is reduced once at its end, with the primes' form
//! `2^50 - delta`, delta below 2^18. Where the processor multiplies 52 by 52 bits and adds in one instruction (AVX-512
//! IFMA), a residue is kept whole, and the low 52 bits of products add up in one word, what is above them in another.
//! Integers only: lanes and instructions do not change the result.
//!
//! **Folding.** The transform's values are those of a polynomial P at the roots x of x^4096 = -1, 64 in a row sharing
//! one y = x^64. The coefficients of P at 63, 127, ... are those of a polynomial S of degree below 64 in y, and the sum
//! over the x of one y of x^-63 P(x) is 64 S(y), because powers of x that are no multiple of x^64 add up to zero.
//! So 64 sums and an inverse transform of 64 points give what an inverse transform of 4096 points would. The factor
//! x^-63 / 64 goes into one side of a product beforehand ([`Columns::fill_for_folding`]).

mod folding;

use crate::lanes::{best, Eight, Lanes, Work};
use crate::parameters::{BLOCK, DEGREE, PRIMES, RESIDUE_BITS};
#[cfg(feature = "decrypt")]
use crate::ring::reduce_once;
use crate::ring::{Coefficients, Transformed};
use folding::folding;
use zeroize::Zeroize;
#[cfg(feature = "decrypt")]
use zeroize::Zeroizing;

/// Values side by side in a vector.
const LANES: usize = 8;
/// Vectors of a polynomial modulo one prime.
const VECTORS: usize = DEGREE / LANES;
/// Bits of a limb.
const LIMB: u32 = RESIDUE_BITS / 2;

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// `2^50 - q` for each prime.
const DELTAS: [u32; 2] = [(mask(RESIDUE_BITS) + 1 - PRIMES[0]) as u32, (mask(RESIDUE_BITS) + 1 - PRIMES[1]) as u32];
const _: () = assert!(DELTAS[0] < 1 << 18 && DELTAS[1] < 1 << 18, "what reduction counts on");
const _: () = assert!(DEGREE == BLOCK * BLOCK && BLOCK.is_multiple_of(LANES));

/// The values of a polynomial in the [`Form`] that suits the processor. The 64 values of one y are in one lane, one after
/// the other: value `64 j + r` of the transform is lane `j % 8` of vector `64 (j / 8) + r`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Columns([Vec<Eight>; 2]);

/// How residues lie in memory.
#[derive(Clone, Copy)]
enum Form {
    /// In limbs: the upper one in the upper half of the word.
    Limbs,
    /// As they are.
    Whole,
}

impl Form {
    /// What [`best`] works with.
    fn of_best() -> Form {
        struct Ask;
        impl Work for Ask {
            type Output = Form;
            #[inline(always)]
            fn run<L: Lanes>(self, _: L) -> Form {
                Form::of::<L>()
            }
        }
        best(Ask)
    }

    #[inline(always)]
    const fn of<L: Lanes>() -> Form {
        if L::FUSED {
            Form::Whole
        } else {
            Form::Limbs
        }
    }

    fn word(self, residue: u64) -> u64 {
        match self {
            Form::Limbs => (residue >> LIMB) << 32 | residue & mask(LIMB),
            Form::Whole => residue,
        }
    }

    fn residue(self, word: u64) -> u64 {
        match self {
            Form::Limbs => (word >> 32) << LIMB | word & mask(LIMB),
            Form::Whole => word,
        }
    }

    /// [`Self::word`], lane by lane.
    #[inline(always)]
    fn words<L: Lanes>(lanes: L, residues: L::Register) -> L::Register {
        match Form::of::<L>() {
            Form::Limbs => {
                let high = lanes.shl(lanes.shr(residues, LIMB), 32);
                lanes.add(high, lowest(lanes, residues, LIMB))
            }
            Form::Whole => residues,
        }
    }
}

#[inline(always)]
fn lowest<L: Lanes>(lanes: L, x: L::Register, bits: u32) -> L::Register {
    lanes.and(x, lanes.splat(mask(bits)))
}

/// Sums of products, lane by lane: of limbs, `low + 2^25 middle + 2^50 high`; of whole residues, `low + 2^52 high`.
#[derive(Clone, Copy)]
struct Sum<L: Lanes> {
    low: L::Register,
    middle: L::Register,
    high: L::Register,
}

impl<L: Lanes> Sum<L> {
    #[inline(always)]
    fn zero(lanes: L) -> Self {
        let zero = lanes.splat(0);
        Sum { low: zero, middle: zero, high: zero }
    }

    /// `self += x y`. At most 2^10 times in a row: limbs are below 2^25, so the greatest part of their products stays below
    /// 2^61; of whole residues the low part stays below 2^62, the high one below 2^58.
    #[inline(always)]
    fn add(&mut self, lanes: L, x: L::Register, y: L::Register) {
        if L::FUSED {
            [self.low, self.high] = lanes.multiply_add(self.low, self.high, x, y);
            return;
        }
        let (x1, y1) = (lanes.shr(x, 32), lanes.shr(y, 32));
        self.low = lanes.add(self.low, lanes.mul_low(x, y));
        self.middle = lanes.add(self.middle, lanes.mul_low(x, y1));
        self.middle = lanes.add(self.middle, lanes.mul_low(x1, y));
        self.high = lanes.add(self.high, lanes.mul_low(x1, y1));
    }

    /// Modulo the prime `2^50 - delta`, for parts below 2^62, of whole residues a high one below 2^60. Without a branch.
    #[inline(always)]
    fn reduce(&self, lanes: L, delta: u32) -> L::Register {
        let delta = lanes.splat(u64::from(delta));
        // low + 2^50 high
        let (low, high) = match Form::of::<L>() {
            Form::Limbs => (
                lanes.add(self.low, lanes.shl(lowest(lanes, self.middle, LIMB), LIMB)),
                lanes.add(self.high, lanes.shr(self.middle, LIMB)),
            ),
            Form::Whole => (self.low, lanes.shl(self.high, 52 - RESIDUE_BITS)),
        };
        // 2^50 high is delta high; in two halves, since that may take 81 bits
        let top = lanes.mul_low(lanes.shr(high, 32), delta);
        let sum = lanes.add(low, lanes.mul_low(high, delta));
        let sum = lanes.add(sum, lanes.shl(lowest(lanes, top, 18), 32));
        let sum = lanes.add(sum, lanes.mul_low(lanes.shr(top, 18), delta));
        // below 2^63: what is above 2^50 counts delta again, and comes below 2^50 + 2^31
        let folded = lanes.add(lowest(lanes, sum, RESIDUE_BITS), lanes.mul_low(lanes.shr(sum, RESIDUE_BITS), delta));
        let prime = lanes.sub(lanes.splat(1 << RESIDUE_BITS), delta);
        // the prime is taken away, and given back where that went below zero
        let less = lanes.sub(folded, prime);
        let below = lanes.sub(lanes.splat(0), lanes.shr(less, 63));
        lanes.add(less, lanes.and(below, prime))
    }
}

impl Columns {
    pub(crate) fn zero() -> Columns {
        Columns([0, 1].map(|_| vec![Eight([0; LANES]); VECTORS]))
    }

    pub(crate) fn new(polynomial: &Transformed) -> Columns {
        let mut columns = Columns::zero();
        columns.fill(polynomial);
        columns
    }

    pub(crate) fn fill(&mut self, polynomial: &Transformed) {
        self.fill_residues(&polynomial.0);
    }

    /// Residues that are to be multiplied value by value in the transform's order.
    pub(crate) fn from_values(values: &Coefficients) -> Columns {
        let mut columns = Columns::zero();
        columns.fill_residues(&values.0);
        columns
    }

    fn fill_residues(&mut self, residues: &[Vec<u64>; 2]) {
        self.fill_words(residues, Form::of_best());
    }

    fn fill_words(&mut self, residues: &[Vec<u64>; 2], form: Form) {
        for (vectors, residues) in self.0.iter_mut().zip(residues) {
            let groups = vectors.chunks_exact_mut(BLOCK).zip(residues.chunks_exact(LANES * BLOCK));
            for (vectors, residues) in groups {
                for (r, vector) in vectors.iter_mut().enumerate() {
                    *vector = Eight(std::array::from_fn(|lane| form.word(residues[BLOCK * lane + r])));
                }
            }
        }
    }

    /// All values in the transform's order, modulo each prime.
    pub(crate) fn values(&self) -> Coefficients {
        let form = Form::of_best();
        Coefficients([0, 1].map(|i| (0..DEGREE).map(|k| form.residue(self.word(i, k))).collect()))
    }

    /// The value at place `k` of the transform, modulo prime `i`.
    #[cfg(test)]
    pub(crate) fn value(&self, i: usize, k: usize) -> u64 {
        Form::of_best().residue(self.word(i, k))
    }

    fn word(&self, i: usize, k: usize) -> u64 {
        let (j, r) = (k / BLOCK, k % BLOCK);
        self.0[i][BLOCK * (j / LANES) + r].0[j % LANES]
    }

    #[cfg(test)]
    pub(crate) fn set(&mut self, i: usize, k: usize, value: u64) {
        let (j, r) = (k / BLOCK, k % BLOCK);
        self.0[i][BLOCK * (j / LANES) + r].0[j % LANES] = Form::of_best().word(value);
    }

    /// The sum of the products, value by value.
    pub(crate) fn sum_of_products<const TERMS: usize>(terms: [(&Columns, &Columns); TERMS]) -> Columns {
        let mut sum = Columns::zero();
        sum.fill_products(terms);
        sum
    }

    fn fill_products<const TERMS: usize>(&mut self, terms: [(&Columns, &Columns); TERMS]) {
        for (i, sums) in self.0.iter_mut().enumerate() {
            let terms = terms.map(|(x, y)| (vectors(x, i), vectors(y, i)));
            best(SumOfProducts { sums, terms, delta: DELTAS[i] });
        }
    }

    pub(crate) fn fill_product(&mut self, left: &Columns, right: &Columns) {
        self.fill_products([(left, right)]);
    }

    /// [`Self::fill_for_folding`] of this polynomial.
    pub(crate) fn for_folding(&self) -> Columns {
        let mut product = Columns::zero();
        product.fill_for_folding(self);
        product
    }

    /// `polynomial` times x^-63 / 64, so that a product with it folds to the coefficients at 63, 127, ...
    pub(crate) fn fill_for_folding(&mut self, polynomial: &Columns) {
        self.fill_product(polynomial, &folding().factor);
    }

    /// Inner products with each of the others.
    pub(crate) fn inner_products<const COUNT: usize>(&self, others: [&Columns; COUNT]) -> [[u64; 2]; COUNT] {
        self.fold_and_project([], others).1
    }

    /// Of the product of `self` and each of `folded`, one of the two [`Self::fill_for_folding`], the coefficients 64 m + 63;
    /// and the inner products of `self` with each of `projected`.
    pub(crate) fn fold_and_project<const FOLDED: usize, const PROJECTED: usize>(
        &self,
        folded: [&Columns; FOLDED],
        projected: [&Columns; PROJECTED],
    ) -> ([[Scores; 2]; FOLDED], [[u64; 2]; PROJECTED]) {
        let (mut scores, mut products) = ([[[0; BLOCK]; 2]; FOLDED], [[0; 2]; PROJECTED]);
        for i in 0..2 {
            let (values, sums) = best(FoldAndProject {
                pack: vectors(self, i),
                folded: folded.map(|other| vectors(other, i)),
                projected: projected.map(|other| vectors(other, i)),
                delta: DELTAS[i],
            });
            scores.iter_mut().zip(values).for_each(|(scores, values)| scores[i] = folding().coefficients(&values, i));
            products.iter_mut().zip(sums).for_each(|(product, sum)| product[i] = across(&sum, i));
        }
        (scores, products)
    }
}

/// Coefficients 63, 127, ... of a polynomial modulo one prime.
pub(crate) type Scores = [u64; BLOCK];

/// A polynomial's vectors modulo prime `i`.
fn vectors(columns: &Columns, i: usize) -> &[Eight; VECTORS] {
    columns.0[i].as_slice().try_into().expect("every polynomial has 4096 values")
}

struct SumOfProducts<'a, const TERMS: usize> {
    sums: &'a mut [Eight],
    terms: [(&'a [Eight; VECTORS], &'a [Eight; VECTORS]); TERMS],
    delta: u32,
}

impl<const TERMS: usize> Work for SumOfProducts<'_, TERMS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for (at, product) in self.sums.iter_mut().enumerate() {
            let mut sum = Sum::zero(lanes);
            for (left, right) in self.terms {
                sum.add(lanes, lanes.load(&left[at]), lanes.load(&right[at]));
            }
            *product = lanes.store(Form::words(lanes, sum.reduce(lanes, self.delta)));
        }
    }
}

struct FoldAndProject<'a, const FOLDED: usize, const PROJECTED: usize> {
    pack: &'a [Eight; VECTORS],
    folded: [&'a [Eight; VECTORS]; FOLDED],
    projected: [&'a [Eight; VECTORS]; PROJECTED],
    delta: u32,
}

impl<const FOLDED: usize, const PROJECTED: usize> Work for FoldAndProject<'_, FOLDED, PROJECTED> {
    /// 64 S(y) for each y, and an inner product in eight parts.
    type Output = ([Scores; FOLDED], [Eight; PROJECTED]);

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Self::Output {
        let mut values = [[0; BLOCK]; FOLDED];
        let (mut projections, mut projected) = ([Sum::zero(lanes); PROJECTED], [Eight([0; LANES]); PROJECTED]);
        for group in 0..BLOCK / LANES {
            let mut folds = [Sum::zero(lanes); FOLDED];
            for at in BLOCK * group..BLOCK * (group + 1) {
                let x = lanes.load(&self.pack[at]);
                for (fold, other) in folds.iter_mut().zip(self.folded) {
                    fold.add(lanes, x, lanes.load(&other[at]));
                }
                for (projection, other) in projections.iter_mut().zip(self.projected) {
                    projection.add(lanes, x, lanes.load(&other[at]));
                }
            }
            for (values, fold) in values.iter_mut().zip(folds) {
                let eight = lanes.store(fold.reduce(lanes, self.delta));
                values[LANES * group..LANES * (group + 1)].copy_from_slice(&eight.0);
            }
        }
        for (projected, sum) in projected.iter_mut().zip(projections) {
            *projected = lanes.store(sum.reduce(lanes, self.delta));
        }
        (values, projected)
    }
}

/// A pair of polynomials to be multiplied.
#[cfg(feature = "decrypt")]
type Pair<'a> = (&'a Columns, &'a Columns);

/// Of the sum of the first products less the sum of as many others, the coefficients 64 m + 63, modulo each prime. One
/// of each pair is [`Columns::fill_for_folding`].
#[cfg(feature = "decrypt")]
pub(crate) fn fold_difference<const TERMS: usize>(plus: [Pair; TERMS], minus: [Pair; TERMS]) -> [Zeroizing<Scores>; 2] {
    [0, 1].map(|i| {
        let terms = [plus, minus].map(|pairs| pairs.map(|(x, y)| (vectors(x, i), vectors(y, i))));
        let values = Zeroizing::new(best(FoldDifference { terms, i }));
        Zeroizing::new(folding().coefficients(&values, i))
    })
}

#[cfg(feature = "decrypt")]
struct FoldDifference<'a, const TERMS: usize> {
    terms: [[(&'a [Eight; VECTORS], &'a [Eight; VECTORS]); TERMS]; 2],
    i: usize,
}

#[cfg(feature = "decrypt")]
impl<const TERMS: usize> Work for FoldDifference<'_, TERMS> {
    /// 64 S(y) for each y.
    type Output = Scores;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Scores {
        let mut values = [0; BLOCK];
        for (group, values) in values.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [Sum::zero(lanes); 2];
            for at in BLOCK * group..BLOCK * (group + 1) {
                for (sum, terms) in sums.iter_mut().zip(self.terms) {
                    for (left, right) in terms {
                        sum.add(lanes, lanes.load(&left[at]), lanes.load(&right[at]));
                    }
                }
            }
            let plus = lanes.store(sums[0].reduce(lanes, DELTAS[self.i]));
            let minus = lanes.store(sums[1].reduce(lanes, DELTAS[self.i]));
            for ((value, plus), minus) in values.iter_mut().zip(plus.0).zip(minus.0) {
                *value = reduce_once(plus + PRIMES[self.i] - minus, PRIMES[self.i]);
            }
        }
        values
    }
}

/// The lanes' sum modulo prime `i`.
fn across(lanes: &Eight, i: usize) -> u64 {
    lanes.0.iter().sum::<u64>() % PRIMES[i]
}

impl Zeroize for Columns {
    /// Vectors are never longer than their contents: what a `Vec` would wipe beyond them, byte by byte, is not there.
    fn zeroize(&mut self) {
        self.0.iter_mut().flatten().for_each(Zeroize::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Portable;
    use crate::sampling;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{RngCore, SeedableRng};

    /// Some polynomials, of greatest residues among them.
    fn polynomials() -> Vec<Coefficients> {
        let mut rng = ChaCha20Rng::seed_from_u64(60);
        let greatest = Coefficients(PRIMES.map(|q| vec![q - 1; DEGREE]));
        vec![greatest, Coefficients::zero(), sampling::uniform(&mut rng), sampling::uniform(&mut rng)]
    }

    #[test]
    fn folding_gives_the_coefficients_of_the_whole_inverse_transform() {
        for left in polynomials() {
            for right in polynomials() {
                let (left, right) = (left.clone().transform(), right.transform());
                let (x, y) = (Columns::new(&left), Columns::new(&right));
                let ([folded], []) = x.fold_and_project([&y.for_folding()], []);
                let product = Transformed::product(&left, &right).inverse();
                for (folded, whole) in folded.iter().zip(&product.0) {
                    let expected: Vec<_> = whole.iter().skip(BLOCK - 1).step_by(BLOCK).copied().collect();
                    assert_eq!(folded.as_slice(), expected);
                }
            }
        }
    }

    #[test]
    fn products_and_inner_products_are_exact() {
        for left in polynomials() {
            for right in polynomials() {
                let (x, y) = (Columns::from_values(&left), Columns::from_values(&right));
                let [inner] = x.inner_products([&y]);
                let twice = Columns::sum_of_products([(&x, &y), (&y, &x)]);
                for i in 0..2 {
                    let q = u128::from(PRIMES[i]);
                    let product = |k: usize| u128::from(left.0[i][k]) * u128::from(right.0[i][k]);
                    assert_eq!(u128::from(inner[i]), (0..DEGREE).map(product).sum::<u128>() % q);
                    assert!((0..DEGREE).all(|k| u128::from(twice.value(i, k)) == 2 * product(k) % q));
                    assert!((0..DEGREE).all(|k| x.value(i, k) == left.0[i][k]));
                }
            }
        }
    }

    /// Something to test with one way to compute.
    trait Check {
        fn check<L: Lanes>(&self, lanes: L);
    }

    /// With every way to compute that this processor and this build have; whole residues also where there is no IFMA.
    fn in_every_way(check: &impl Check) {
        check.check(Portable::<false>);
        check.check(Portable::<true>);
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(lanes) = pulp::x86::V3::try_new() {
                check.check(lanes);
            }
            #[cfg(feature = "avx512")]
            if let Some(lanes) = pulp::x86::V4::try_new() {
                check.check(lanes);
            }
            #[cfg(feature = "avx512")]
            if let Some(lanes) = crate::lanes::Ifma::try_new() {
                check.check(lanes);
            }
        }
    }

    /// Two polynomials, their products value by value, modulo each prime.
    struct Products([Coefficients; 2]);

    impl Check for Products {
        fn check<L: Lanes>(&self, lanes: L) {
            let form = Form::of::<L>();
            let [x, y] = [0, 1].map(|k| {
                let mut columns = Columns::zero();
                columns.fill_words(&self.0[k].0, form);
                columns
            });
            for (i, q) in PRIMES.into_iter().enumerate() {
                let products: Vec<_> = (0..DEGREE)
                    .map(|k| u128::from(self.0[0].0[i][k]) * u128::from(self.0[1].0[i][k]) % u128::from(q))
                    .collect();
                let (x, y, delta) = (vectors(&x, i), vectors(&y, i), DELTAS[i]);

                let mut sums = vec![Eight([0; LANES]); VECTORS];
                SumOfProducts { sums: &mut sums, terms: [(x, y), (y, x), (x, y)], delta }.run(lanes);
                for (k, product) in products.iter().enumerate() {
                    let word = sums[BLOCK * (k / BLOCK / LANES) + k % BLOCK].0[k / BLOCK % LANES];
                    assert_eq!(u128::from(form.residue(word)), 3 * product % u128::from(q));
                }
                let work = FoldAndProject { pack: x, folded: [y], projected: [y], delta };
                let ([folded], [projected]) = work.run(lanes);
                for (sum, products) in folded.iter().zip(products.chunks_exact(BLOCK)) {
                    assert_eq!(u128::from(*sum), products.iter().sum::<u128>() % u128::from(q));
                }
                assert_eq!(u128::from(across(&projected, i)), products.iter().sum::<u128>() % u128::from(q));
            }
        }
    }

    #[test]
    fn sums_of_products_are_exact_in_every_way() {
        for left in polynomials() {
            for right in polynomials() {
                in_every_way(&Products([left.clone(), right]));
            }
        }
    }

    /// Parts of a sum, to be reduced.
    struct Parts([Eight; 3], usize);

    impl Check for Parts {
        fn check<L: Lanes>(&self, lanes: L) {
            let Parts([low, middle, mut high], i) = *self;
            if L::FUSED {
                high.0.iter_mut().for_each(|part| *part >>= 2);
            }
            let [low, middle, high] = [low, middle, high].map(|part| part.0);
            let reduce = |parts: [[u64; LANES]; 3]| {
                let [low, middle, high] = parts.map(|part| lanes.load(&Eight(part)));
                lanes.store(Sum::<L> { low, middle, high }.reduce(lanes, DELTAS[i]))
            };
            let reduced = reduce([low, middle, high]);
            for lane in 0..LANES {
                let [low, middle, high] = [low, middle, high].map(|part| u128::from(part[lane]));
                let whole = match Form::of::<L>() {
                    Form::Limbs => low + (middle << LIMB) + (high << (2 * LIMB)),
                    Form::Whole => low + (high << 52),
                };
                assert_eq!(u128::from(reduced.0[lane]), whole % u128::from(PRIMES[i]));
            }
        }
    }

    #[test]
    fn sums_are_reduced_exactly_up_to_their_bound_in_every_way() {
        let mut rng = ChaCha20Rng::seed_from_u64(61);
        let ends = [0, 1, mask(18), mask(25), mask(26), mask(32), mask(50), mask(62), PRIMES[0], PRIMES[1], 1 << 61];
        let mut draw = || match rng.next_u32() as usize % 16 {
            k if k < ends.len() => ends[k],
            k => rng.next_u64() >> (2 + 4 * (k - ends.len())),
        };
        for round in 0..20_000 {
            in_every_way(&Parts([0; 3].map(|_| Eight([0; LANES].map(|_| draw()))), round % 2));
        }
    }
}
