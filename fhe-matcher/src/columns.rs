//! Transformed polynomials in the form that scoring needs: products are summed before they are
//! reduced, and an inverse transform computes only the coefficients that hold scores.
//!
//! **Reducing late.** A residue is kept as two limbs of 26 bits, in the halves of a 64-bit word.
//! Products of limbs are below 2^52, so a thousand of them add up in 62 bits; one multiplication of
//! 32 by 32 bits, which every processor has for 4 or 8 lanes at a time, makes one of them. A sum is
//! reduced once at its end, with the primes' form `2^52 - delta`, delta below 2^18. Where the
//! processor multiplies 52 by 52 bits and adds in one instruction (AVX-512 IFMA), a residue is kept
//! whole, the low 52 bits of products add up in one word and their high bits in another. All of
//! this is integer arithmetic, so lanes and instructions do not change the result.
//!
//! **Folding.** The transform's values are those of a polynomial P at the roots x of x^4096 = -1,
//! 64 in a row sharing one y = x^64. The coefficients of P at 63, 127, ... are those of a
//! polynomial S of degree below 64 in y, and the sum over the x of one y of x^-63 P(x) is 64 S(y),
//! because powers of x that are no multiple of x^64 add up to zero. So 64 sums and an inverse
//! transform of 64 points give what an inverse transform of 4096 points would. The factor x^-63 /
//! 64 goes into one side of a product beforehand ([`Columns::fill_for_folding`]).

mod folding;
mod form;
mod kernels;
mod sum;
#[cfg(test)]
mod tests;

use crate::lanes::{best, Eight};
use crate::parameters::{BLOCK, DEGREE, PRIMES, RESIDUE_BITS};
use crate::ring::{Coefficients, Transformed};
use folding::folding;
use form::{mask, Form};
#[cfg(feature = "decrypt")]
use kernels::FoldDifference;
use kernels::{FoldAndProject, SumOfProducts};
use zeroize::Zeroize;
#[cfg(feature = "decrypt")]
use zeroize::Zeroizing;

/// Number of values side by side in a vector.
const LANES: usize = 8;
/// Number of vectors of a polynomial modulo one prime.
const VECTORS: usize = DEGREE / LANES;
/// `2^52 - q` for each prime.
const DELTAS: [u32; 2] = [(mask(RESIDUE_BITS) + 1 - PRIMES[0]) as u32, (mask(RESIDUE_BITS) + 1 - PRIMES[1]) as u32];
const _: () = assert!(DELTAS[0] < 1 << 18 && DELTAS[1] < 1 << 18, "what reduction counts on");
const _: () = assert!(DEGREE == BLOCK * BLOCK && BLOCK.is_multiple_of(LANES));

/// The values of a polynomial in the [`Form`] that suits the processor. The 64 values of one y are
/// in one lane, one after the other: value `64 j + r` of the transform is lane `j % 8` of vector
/// `64 (j / 8) + r`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Columns([Vec<Eight>; 2]);

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

    /// `polynomial` times x^-63 / 64, so that a product with it folds to the coefficients at 63,
    /// 127, ...
    pub(crate) fn fill_for_folding(&mut self, polynomial: &Columns) {
        self.fill_product(polynomial, &folding().factor);
    }

    /// Inner products with each of the others.
    pub(crate) fn inner_products<const COUNT: usize>(&self, others: [&Columns; COUNT]) -> [[u64; 2]; COUNT] {
        self.fold_and_project([], others).1
    }

    /// The coefficients 64 m + 63 of the product of `self` with each of `folded`, of which one
    /// factor is [`Self::fill_for_folding`]; and the inner products of `self` with each of
    /// `projected`.
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

/// A pair of polynomials to be multiplied.
#[cfg(feature = "decrypt")]
type Pair<'a> = (&'a Columns, &'a Columns);

/// The coefficients 64 m + 63, modulo each prime, of the sum of the first products less the sum of
/// as many others. One of each pair is [`Columns::fill_for_folding`].
#[cfg(feature = "decrypt")]
pub(crate) fn fold_difference<const TERMS: usize>(plus: [Pair; TERMS], minus: [Pair; TERMS]) -> [Zeroizing<Scores>; 2] {
    [0, 1].map(|i| {
        let terms = [plus, minus].map(|pairs| pairs.map(|(x, y)| (vectors(x, i), vectors(y, i))));
        let values = Zeroizing::new(best(FoldDifference { terms, i }));
        Zeroizing::new(folding().coefficients(&values, i))
    })
}

/// The lanes' sum modulo prime `i`.
fn across(lanes: &Eight, i: usize) -> u64 {
    lanes.0.iter().sum::<u64>() % PRIMES[i]
}

impl Zeroize for Columns {
    /// Wipes the contents. The vectors have no spare capacity, which `Vec` would wipe byte by byte.
    fn zeroize(&mut self) {
        self.0.iter_mut().flatten().for_each(Zeroize::zeroize);
    }
}
