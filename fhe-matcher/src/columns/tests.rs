use super::form::mask;
use super::form::LIMB;
use super::sum::Sum;
use super::*;
use crate::lanes::Portable;
use crate::lanes::{Lanes, Work};
use crate::sampling;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// Some polynomials, among them one of greatest residues.
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

/// A check that runs with one set of instructions.
trait Check {
    fn check<L: Lanes>(&self, lanes: L);
}

/// Runs the check with every set of instructions that this processor and this build have, and with
/// whole residues also where there is no IFMA.
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
        let Parts([low, middle, high], i) = *self;
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
    let ends = [0, 1, mask(20), mask(26), mask(27), mask(32), mask(52), mask(62), PRIMES[0], PRIMES[1], 1 << 61];
    let mut draw = || match rng.next_u32() as usize % 16 {
        k if k < ends.len() => ends[k],
        k => rng.next_u64() >> (2 + 4 * (k - ends.len())),
    };
    for round in 0..20_000 {
        in_every_way(&Parts([0; 3].map(|_| Eight([0; LANES].map(|_| draw()))), round % 2));
    }
}
