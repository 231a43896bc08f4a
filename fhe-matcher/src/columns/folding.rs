//! From the 64 sums of a product's values to the 64 coefficients that hold scores.

use super::{Columns, Scores};
use crate::parameters::{BLOCK, DEGREE, PRIMES};
use crate::ring::Coefficients;
use std::sync::OnceLock;
use tfhe_ntt::prime64::Plan as NttPlan;

/// The values that folding needs of the transforms.
pub(super) struct Folding {
    /// The factor x^-63 / 64.
    pub(super) factor: Columns,
    /// Transforms of 64 points.
    transforms: [NttPlan; 2],
    /// For each 64 values of the large transform, the index of their y in the small one.
    places: [[usize; BLOCK]; 2],
}

/// The process's one [`Folding`], computed when it is first needed.
pub(super) fn folding() -> &'static Folding {
    static FOLDING: OnceLock<Folding> = OnceLock::new();
    FOLDING.get_or_init(Folding::new)
}

impl Folding {
    fn new() -> Folding {
        let power = |x: u64, exponent: u32, q: u64| {
            (0..exponent).fold(1, |power, _| (u128::from(power) * u128::from(x) % u128::from(q)) as u64)
        };
        let transforms = PRIMES.map(|q| NttPlan::try_new(BLOCK, q).expect("both primes are 1 mod 128"));
        let mut x = Coefficients::zero();
        x.add_signed(1, [0, 1].into_iter());
        let points = x.transform();
        let places = [0, 1].map(|i| {
            let mut small = [0; BLOCK];
            small[1] = 1;
            transforms[i].fwd(&mut small);
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
        Folding { factor: Columns::new(&factor.transform()), transforms, places }
    }

    /// The polynomial of degree below 64 with these values at the y, in the large transform's
    /// order.
    pub(super) fn coefficients(&self, values: &Scores, i: usize) -> Scores {
        let mut ordered = [0; BLOCK];
        values.iter().zip(self.places[i]).for_each(|(value, place)| ordered[place] = *value);
        self.transforms[i].inv(&mut ordered);
        self.transforms[i].normalize(&mut ordered);
        ordered
    }
}
