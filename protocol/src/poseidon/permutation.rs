//! The permutation of one width, in the optimised form of the paper's appendix B (sparse partial
//! rounds).

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::poseidon::find_poseidon_ark_and_mds;
use ark_ff::{AdditiveGroup, Field, Zero};

/// The constants of one width, textbook and optimised.
pub struct Poseidon<const T: usize> {
    /// Number of full rounds: half before and half after the partial ones.
    pub full_rounds: usize,
    /// Number of partial rounds.
    pub partial_rounds: usize,
    /// Round constants of the textbook permutation, one row for each round.
    pub ark: Vec<Vec<Fr>>,
    /// The MDS matrix.
    pub mds: [[Fr; T]; T],
    /// Round constants of the full rounds.
    pub full_ark: Vec<[Fr; T]>,
    /// Dense matrix that stands for `mds` in the last full round of the first half.
    pub pre: [[Fr; T]; T],
    /// Constants added before the first partial round.
    pub partial_ark: [Fr; T],
    /// Constant added to lane 0 after the S-box of each partial round.
    pub partial_post: Vec<Fr>,
    /// Sparse matrix of each partial round: its first row, and its first column (entry 0 unused).
    pub sparse: Vec<([Fr; T], [Fr; T])>,
}

/// The S-box, `x^5`.
#[inline(always)]
pub fn sbox(x: Fr) -> Fr {
    let x2 = x.square();
    x2.square() * x
}

type Matrix = Vec<Vec<Fr>>;

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let n = a.len();
    (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| a[i][k] * b[k][j]).sum()).collect()).collect()
}

fn apply(a: &Matrix, v: &[Fr]) -> Vec<Fr> {
    a.iter().map(|row| row.iter().zip(v).map(|(x, y)| *x * y).sum()).collect()
}

/// The inverse, by Gauss-Jordan elimination. It panics on a singular matrix; an MDS matrix and its
/// minors are regular.
fn inverse(m: &Matrix) -> Matrix {
    let n = m.len();
    let mut a = m.clone();
    let mut b: Matrix = (0..n).map(|i| (0..n).map(|j| if i == j { Fr::ONE } else { Fr::ZERO }).collect()).collect();
    for c in 0..n {
        let pivot = (c..n).find(|&r| !a[r][c].is_zero()).expect("minors of an MDS matrix are regular");
        a.swap(c, pivot);
        b.swap(c, pivot);
        let scale = a[c][c].inverse().expect("the pivot is not zero");
        for j in 0..n {
            a[c][j] *= scale;
            b[c][j] *= scale;
        }
        for r in (0..n).filter(|&r| r != c) {
            let f = a[r][c];
            for j in 0..n {
                let (x, y) = (a[c][j], b[c][j]);
                a[r][j] -= f * x;
                b[r][j] -= f * y;
            }
        }
    }
    b
}

fn array<const T: usize>(m: &Matrix) -> [[Fr; T]; T] {
    core::array::from_fn(|i| core::array::from_fn(|j| m[i][j]))
}

impl<const T: usize> Poseidon<T> {
    pub(super) fn new(full_rounds: usize, partial_rounds: usize) -> Self {
        let half = full_rounds / 2;
        let (ark, mds) = find_poseidon_ark_and_mds::<Fr>(255, T - 1, full_rounds as u64, partial_rounds as u64, 0);
        let mds_inverse = inverse(&mds);
        // Move the constants of lanes 1.. of each partial round back through the linear layer: they
        // commute with an S-box on lane 0; what falls on lane 0 is added after the S-box of the
        // round before.
        let mut constants: Matrix = (0..partial_rounds).map(|r| ark[half + r].clone()).collect();
        let mut partial_post = vec![Fr::ZERO; partial_rounds];
        for r in (1..partial_rounds).rev() {
            let d = apply(&mds_inverse, &constants[r]);
            constants[r] = vec![Fr::ZERO; T];
            partial_post[r - 1] = d[0];
            for j in 1..T {
                constants[r - 1][j] += d[j];
            }
        }
        // Factor each partial round's matrix as sparse * diag(1, M^): the second factor commutes
        // with the S-box on lane 0 and merges into the matrix before.
        let mut sparse = vec![([Fr::ZERO; T], [Fr::ZERO; T]); partial_rounds];
        let mut current = mds.clone();
        let mut last = mds.clone();
        for r in (0..partial_rounds).rev() {
            let minor: Matrix = (1..T).map(|i| current[i][1..].to_vec()).collect();
            let minor_inverse = inverse(&minor);
            let mut row = [Fr::ZERO; T];
            row[0] = current[0][0];
            for j in 0..T - 1 {
                row[j + 1] = (0..T - 1).map(|k| current[0][k + 1] * minor_inverse[k][j]).sum();
            }
            let column = core::array::from_fn(|i| if i == 0 { Fr::ZERO } else { current[i][0] });
            sparse[r] = (row, column);
            last = vec![vec![Fr::ZERO; T]; T];
            last[0][0] = Fr::ONE;
            for i in 1..T {
                last[i][1..].copy_from_slice(&minor[i - 1]);
            }
            current = product(&last, &mds);
        }
        let first = apply(&last, &constants[0]);
        let full_ark = (0..half)
            .chain(half + partial_rounds..full_rounds + partial_rounds)
            .map(|r| core::array::from_fn(|i| ark[r][i]))
            .collect();
        Poseidon {
            full_rounds,
            partial_rounds,
            mds: array(&mds),
            ark,
            full_ark,
            pre: array(&current),
            partial_ark: core::array::from_fn(|i| first[i]),
            partial_post,
            sparse,
        }
    }

    /// Applies the permutation in place.
    pub fn permute(&self, s: &mut [Fr; T]) {
        let half = self.full_rounds / 2;
        for r in 0..self.full_rounds {
            if r == half {
                self.partial(s);
            }
            for (x, constant) in s.iter_mut().zip(&self.full_ark[r]) {
                *x = sbox(*x + constant);
            }
            let m = if r == half - 1 { &self.pre } else { &self.mds };
            *s = core::array::from_fn(|i| Fr::sum_of_products(&m[i], s));
        }
    }

    fn partial(&self, s: &mut [Fr; T]) {
        for (x, constant) in s.iter_mut().zip(&self.partial_ark) {
            *x += constant;
        }
        for (post, (row, column)) in self.partial_post.iter().zip(&self.sparse) {
            s[0] = sbox(s[0]) + post;
            let first = Fr::sum_of_products(row, s);
            for i in 1..T {
                s[i] += column[i] * s[0];
            }
            s[0] = first;
        }
    }
}
