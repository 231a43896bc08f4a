//! Transformed polynomials as scoring wants them: products summed before they are reduced, and of an inverse transform
//! only the coefficients that hold scores.
//!
//! **Reducing late.** A residue is kept as two limbs of 25 bits, in the halves of a 64-bit word. Products of limbs are
//! below 2^50, so thousands of them add up in 64 bits; one multiplication of 32 by 32 bits, which every processor has
//! for 4 or 8 lanes at a time, makes one of them. A sum is reduced once at its end, with the primes' form
//! `2^50 - delta`, delta below 2^18. Integers only: lanes and instructions do not change the result.
//!
//! **Folding.** The transform's values are those of a polynomial P at the roots x of x^4096 = -1, 64 in a row sharing
//! one y = x^64. The coefficients of P at 63, 127, ... are those of a polynomial S of degree below 64 in y, and the sum
//! over the x of one y of x^-63 P(x) is 64 S(y), because powers of x that are no multiple of x^64 add up to zero.
//! So 64 sums and an inverse transform of 64 points give what an inverse transform of 4096 points would. The factor
//! x^-63 / 64 goes into one side of a product beforehand ([`Columns::for_folding`]).

use crate::parameters::{BLOCK, DEGREE, PRIMES, RESIDUE_BITS};
use crate::ring::{reduce_once, Coefficients, Transformed};
use std::sync::OnceLock;
use tfhe_ntt::prime64::Plan;
use zeroize::Zeroize;

/// Values side by side in a vector.
const LANES: usize = 8;
/// Bits of a limb.
const LIMB: u32 = RESIDUE_BITS / 2;

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// `2^50 - q` for each prime.
const DELTAS: [u32; 2] = [(mask(RESIDUE_BITS) + 1 - PRIMES[0]) as u32, (mask(RESIDUE_BITS) + 1 - PRIMES[1]) as u32];
const _: () = assert!(DELTAS[0] < 1 << 18 && DELTAS[1] < 1 << 18, "what reduction counts on");
const _: () = assert!(DEGREE == BLOCK * BLOCK && BLOCK % LANES == 0);

type Lanes = [u64; LANES];

/// The values of a polynomial in limbs. The 64 values of one y are in one lane, one after the other: value `64 j + r` of
/// the transform is lane `j % 8` of vector `64 (j / 8) + r`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Columns([Vec<Lanes>; 2]);

#[inline(always)]
fn limbs(x: u64) -> u64 {
    (x >> LIMB) << 32 | x & mask(LIMB)
}

#[inline(always)]
fn joined(limbs: u64) -> u64 {
    (limbs >> 32) << LIMB | limbs & mask(LIMB)
}

/// Sums of products of limbs, lane by lane: `low + 2^25 middle + 2^50 high`.
#[derive(Clone, Copy)]
struct Sum {
    low: Lanes,
    middle: Lanes,
    high: Lanes,
}

impl Sum {
    const ZERO: Sum = Sum { low: [0; LANES], middle: [0; LANES], high: [0; LANES] };

    /// `self += x y`. At most 2^10 times in a row: limbs are below 2^26, so the greatest part stays below 2^62.
    #[inline(always)]
    fn add(&mut self, x: &Lanes, y: &Lanes) {
        for lane in 0..LANES {
            let (x0, x1) = (x[lane] & mask(32), x[lane] >> 32);
            let (y0, y1) = (y[lane] & mask(32), y[lane] >> 32);
            self.low[lane] += x0 * y0;
            self.middle[lane] += x0 * y1;
            self.middle[lane] += x1 * y0;
            self.high[lane] += x1 * y1;
        }
    }

    /// Modulo the prime `2^50 - delta`, for parts below 2^62. Without a branch.
    #[inline(always)]
    fn reduce(&self, delta: u32) -> Lanes {
        let delta = u64::from(delta);
        let mut residues = [0; LANES];
        for lane in 0..LANES {
            let high = self.high[lane] + (self.middle[lane] >> LIMB);
            let low = self.low[lane] + ((self.middle[lane] & mask(LIMB)) << LIMB);
            // 2^50 high is delta high; in two halves, since that may take 81 bits
            let top = (high >> 32) * delta;
            let sum = low + (high & mask(32)) * delta + ((top & mask(18)) << 32) + (top >> 18) * delta;
            // below 2^63: what is above 2^50 counts delta again, and comes below 2^50 + 2^31
            let folded = (sum & mask(RESIDUE_BITS)) + (sum >> RESIDUE_BITS) * delta;
            residues[lane] = reduce_once(folded, (1 << RESIDUE_BITS) - delta);
        }
        residues
    }
}

/// Runs `work` compiled for the widest vectors that the processor (and the build) has.
#[inline(always)]
pub(crate) fn vectorised<T>(work: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(work)
}

impl Columns {
    fn from_fn(value: impl Fn(usize, usize) -> u64) -> Columns {
        let vectors = |i: usize| {
            (0..DEGREE / LANES)
                .map(|at| std::array::from_fn(|lane| limbs(value(i, BLOCK * (at / BLOCK * LANES + lane) + at % BLOCK))))
                .collect()
        };
        Columns([vectors(0), vectors(1)])
    }

    pub(crate) fn new(polynomial: &Transformed) -> Columns {
        Columns::from_fn(|i, k| polynomial.0[i][k])
    }

    /// Residues that are to be multiplied value by value in the transform's order.
    pub(crate) fn from_values(values: &Coefficients) -> Columns {
        Columns::from_fn(|i, k| values.0[i][k])
    }

    /// The value at place `k` of the transform, modulo prime `i`.
    pub(crate) fn value(&self, i: usize, k: usize) -> u64 {
        let (j, r) = (k / BLOCK, k % BLOCK);
        joined(self.0[i][BLOCK * (j / LANES) + r][j % LANES])
    }

    #[cfg(test)]
    pub(crate) fn set(&mut self, i: usize, k: usize, value: u64) {
        let (j, r) = (k / BLOCK, k % BLOCK);
        self.0[i][BLOCK * (j / LANES) + r][j % LANES] = limbs(value);
    }

    /// The sum of the products, value by value.
    pub(crate) fn sum_of_products<const TERMS: usize>(terms: [(&Columns, &Columns); TERMS]) -> Columns {
        let one = |i: usize| {
            let terms = terms.map(|(left, right)| (&left.0[i][..DEGREE / LANES], &right.0[i][..DEGREE / LANES]));
            let mut products = vec![[0; LANES]; DEGREE / LANES];
            vectorised(
                #[inline(always)]
                || {
                    for (at, product) in products.iter_mut().enumerate() {
                        let mut sum = Sum::ZERO;
                        for (left, right) in terms {
                            sum.add(&left[at], &right[at]);
                        }
                        *product = sum.reduce(DELTAS[i]).map(limbs);
                    }
                },
            );
            products
        };
        Columns([one(0), one(1)])
    }

    pub(crate) fn product(left: &Columns, right: &Columns) -> Columns {
        Columns::sum_of_products([(left, right)])
    }

    /// Inner products with each of the others.
    pub(crate) fn inner_products<const COUNT: usize>(&self, others: [&Columns; COUNT]) -> [[u64; 2]; COUNT] {
        let mut products = [[0; 2]; COUNT];
        for i in 0..2 {
            let values = &self.0[i][..DEGREE / LANES];
            let others = others.map(|other| &other.0[i][..DEGREE / LANES]);
            let mut sums = [Sum::ZERO; COUNT];
            vectorised(
                #[inline(always)]
                || {
                    for (at, value) in values.iter().enumerate() {
                        for (sum, other) in sums.iter_mut().zip(others) {
                            sum.add(value, &other[at]);
                        }
                    }
                },
            );
            for (product, sum) in products.iter_mut().zip(sums) {
                product[i] = across(&sum.reduce(DELTAS[i]), i);
            }
        }
        products
    }

    /// The polynomial times x^-63 / 64, so that a product with it folds to the coefficients at 63, 127, ...
    pub(crate) fn for_folding(&self) -> Columns {
        Columns::product(self, &folding().factor)
    }

    /// Of the product of `self` and `other`, one of them [`Self::for_folding`], the coefficients 64 m + 63; and the
    /// inner products of `self` with each of `others`.
    pub(crate) fn fold_and_project<const COUNT: usize>(
        &self,
        other: &Columns,
        others: [&Columns; COUNT],
    ) -> ([Vec<u64>; 2], [[u64; 2]; COUNT]) {
        let mut products = [[0; 2]; COUNT];
        let folded = [0, 1].map(|i| {
            let (left, right) = (&self.0[i][..DEGREE / LANES], &other.0[i][..DEGREE / LANES]);
            let others = others.map(|other| &other.0[i][..DEGREE / LANES]);
            let mut values = [0; BLOCK];
            let mut sums = [Sum::ZERO; COUNT];
            vectorised(
                #[inline(always)]
                || {
                    for (group, values) in values.chunks_exact_mut(LANES).enumerate() {
                        let mut folded = Sum::ZERO;
                        for at in BLOCK * group..BLOCK * (group + 1) {
                            folded.add(&left[at], &right[at]);
                            for (sum, other) in sums.iter_mut().zip(others) {
                                sum.add(&left[at], &other[at]);
                            }
                        }
                        values.copy_from_slice(&folded.reduce(DELTAS[i]));
                    }
                },
            );
            for (product, sum) in products.iter_mut().zip(sums) {
                product[i] = across(&sum.reduce(DELTAS[i]), i);
            }
            folding().coefficients(&values, i)
        });
        (folded, products)
    }

    /// Of `(self - second left) right`, right [`Self::for_folding`], the coefficients 64 m + 63.
    #[cfg(feature = "decrypt")]
    pub(crate) fn fold_difference(&self, second: &Columns, left: &Columns, right: &Columns) -> [Vec<u64>; 2] {
        [0, 1].map(|i| {
            let mut values = zeroize::Zeroizing::new([0; BLOCK]);
            vectorised(
                #[inline(always)]
                || {
                    for (group, values) in values.chunks_exact_mut(LANES).enumerate() {
                        let mut sum = Sum::ZERO;
                        for at in BLOCK * group..BLOCK * (group + 1) {
                            let mut product = Sum::ZERO;
                            product.add(&second.0[i][at], &left.0[i][at]);
                            let product = product.reduce(DELTAS[i]);
                            let first = &self.0[i][at];
                            // below 2^51: the greater limb is below 2^26
                            let difference =
                                std::array::from_fn(|lane| limbs(joined(first[lane]) + PRIMES[i] - product[lane]));
                            sum.add(&difference, &right.0[i][at]);
                        }
                        values.copy_from_slice(&sum.reduce(DELTAS[i]));
                    }
                },
            );
            folding().coefficients(&values, i)
        })
    }
}

/// The lanes' sum modulo prime `i`.
fn across(lanes: &Lanes, i: usize) -> u64 {
    lanes.iter().sum::<u64>() % PRIMES[i]
}

impl Zeroize for Columns {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// What folding needs to know of the transforms.
struct Folding {
    /// x^-63 / 64.
    factor: Columns,
    /// Transforms of 64 points.
    plans: [Plan; 2],
    /// Where the small transform has the y of each 64 values of the large one.
    places: [[usize; BLOCK]; 2],
}

fn folding() -> &'static Folding {
    static FOLDING: OnceLock<Folding> = OnceLock::new();
    FOLDING.get_or_init(Folding::new)
}

impl Folding {
    fn new() -> Folding {
        let power = |x: u64, exponent: u32, q: u64| {
            (0..exponent).fold(1, |power, _| (u128::from(power) * u128::from(x) % u128::from(q)) as u64)
        };
        let plans = PRIMES.map(|q| Plan::try_new(BLOCK, q).expect("both primes are 1 mod 128"));
        let mut x = Coefficients::zero();
        x.add_signed(1, [0, 1].into_iter());
        let points = x.transform();
        let places = [0, 1].map(|i| {
            let mut small = [0; BLOCK];
            small[1] = 1;
            plans[i].fwd(&mut small);
            std::array::from_fn(|j| {
                let y = power(points.0[i][BLOCK * j], BLOCK as u32, PRIMES[i]);
                small.iter().position(|point| *point == y).expect("x^64 is a root of y^64 = -1")
            })
        });
        // x^-63 = -x^(4096 - 63), and 1/64 is q - (q - 1)/64, since q is 1 mod 64
        let mut factor = Coefficients::zero();
        for (residues, q) in factor.0.iter_mut().zip(PRIMES) {
            residues[DEGREE - (BLOCK - 1)] = (q - 1) / BLOCK as u64;
        }
        Folding { factor: Columns::new(&factor.transform()), plans, places }
    }

    /// The polynomial of degree below 64 with these values at the y, in the large transform's order.
    fn coefficients(&self, values: &[u64; BLOCK], i: usize) -> Vec<u64> {
        let mut ordered = vec![0; BLOCK];
        values.iter().zip(self.places[i]).for_each(|(value, place)| ordered[place] = *value);
        self.plans[i].inv(&mut ordered);
        self.plans[i].normalize(&mut ordered);
        ordered
    }
}
