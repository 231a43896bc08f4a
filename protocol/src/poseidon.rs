//! `H_tag(x1..xn)`: Poseidon over the BLS12-381 scalar field (spec 10; Grassi et al., ePrint 2019/458).
//!
//! S-box x^5, 128-bit security, round constants and MDS matrix from the paper's Grain LFSR, as
//! `ark-crypto-primitives` derives them. Widths 3, 5 and 9: a hash of n inputs uses the least width that takes them in
//! one permutation. State at the start: `[capacity, x1, .., xn, 0, ..]` with `capacity = tag * 2^8 + n`, so
//! neither two kinds nor two lengths can collide; the result is lane 0 (lane 1.. for [`keystream`]).
//!
//! The permutation is the optimised one of the paper's appendix B (sparse partial rounds), tested equal to the textbook
//! one and to the published vectors of `hadeshash`.

use ark_bls12_381::Fr;
use ark_crypto_primitives::sponge::poseidon::find_poseidon_ark_and_mds;
use ark_ff::{AdditiveGroup, Field, Zero};
use std::sync::OnceLock;

/// What a hash is of: the first thing that goes into it. The number is part of every frozen vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Tag {
    /// Nullifier key `nk = H_nk(sk)`.
    NullifierKey = 1,
    /// Owner address `addr = H_addr(nk)`.
    Address = 2,
    /// Generation record G.
    Generation = 3,
    /// Metered rest S.
    Metered = 4,
    /// Balance record B.
    Balance = 5,
    /// Credential C.
    Credential = 6,
    /// Nullifier.
    Nullifier = 7,
    /// Sell plan `P_s`.
    SellPlan = 8,
    /// Buy plan `P_p` (must be [`Tag::SellPlan`] + 1: the side is a bit of the tag in relations that take either).
    BuyPlan = 9,
    /// Match record MR.
    Match = 10,
    /// Delivery record AR.
    Delivery = 11,
    /// Trace key commitment kappa.
    TraceKey = 12,
    /// Trace tag T.
    TraceTag = 13,
    /// Key stream of the hashed ElGamal.
    KeyStream = 14,
    /// Node of the record tree.
    Node = 15,
    /// Digest of a cycle's parameters.
    Parameters = 16,
}

/// The capacity lane's initial value for a hash of `len` inputs.
pub fn capacity(tag: Tag, len: usize) -> Fr {
    Fr::from(((tag as u64) << 8) + len as u64)
}

/// The constants of one width, textbook and optimised.
pub struct Poseidon<const T: usize> {
    /// Number of full rounds, half before and half after the partial ones.
    pub full_rounds: usize,
    /// Number of partial rounds.
    pub partial_rounds: usize,
    /// Round constants of the textbook permutation: one row a round.
    pub ark: Vec<Vec<Fr>>,
    /// MDS matrix.
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

/// The S-box.
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

/// Gauss-Jordan inverse. Panics on a singular matrix, which an MDS matrix and its minors are not.
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
    fn new(partial_rounds: usize) -> Self {
        let full_rounds = 8;
        let half = full_rounds / 2;
        let (ark, mds) = find_poseidon_ark_and_mds::<Fr>(255, T - 1, full_rounds as u64, partial_rounds as u64, 0);
        let mds_inverse = inverse(&mds);
        // Move the constants of lanes 1.. of each partial round back through the linear layer: they commute with an
        // S-box on lane 0; what falls on lane 0 is added after the S-box of the round before.
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
        // Factor each partial round's matrix as sparse * diag(1, M^): the second factor commutes with the S-box on
        // lane 0 and merges into the matrix before.
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

    /// The permutation.
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

/// Constants of width 3 (up to 2 inputs): 57 partial rounds.
pub fn width3() -> &'static Poseidon<3> {
    static P: OnceLock<Poseidon<3>> = OnceLock::new();
    P.get_or_init(|| Poseidon::new(57))
}

/// Constants of width 5 (3 or 4 inputs): 60 partial rounds.
pub fn width5() -> &'static Poseidon<5> {
    static P: OnceLock<Poseidon<5>> = OnceLock::new();
    P.get_or_init(|| Poseidon::new(60))
}

/// Constants of width 9 (5 to 8 inputs): 63 partial rounds.
pub fn width9() -> &'static Poseidon<9> {
    static P: OnceLock<Poseidon<9>> = OnceLock::new();
    P.get_or_init(|| Poseidon::new(63))
}

fn state<const T: usize>(p: &Poseidon<T>, tag: Tag, inputs: &[Fr]) -> [Fr; T] {
    let mut s = [Fr::ZERO; T];
    s[0] = capacity(tag, inputs.len());
    s[1..=inputs.len()].copy_from_slice(inputs);
    p.permute(&mut s);
    s
}

/// `H_tag(inputs)`, for 1 to 8 inputs. Panics on other lengths: every caller's arity is fixed in the source.
pub fn hash(tag: Tag, inputs: &[Fr]) -> Fr {
    match inputs.len() {
        1..=2 => state(width3(), tag, inputs)[0],
        3..=4 => state(width5(), tag, inputs)[0],
        5..=8 => state(width9(), tag, inputs)[0],
        n => panic!("H takes 1 to 8 inputs, not {n}"),
    }
}

/// The key stream of the hashed ElGamal: lanes 1..=5 of one width-9 permutation of 6 inputs. Lane 0 stays unused, and
/// nothing else is ever output under this tag, so each lane acts as an independent random function of the inputs.
pub fn keystream(inputs: &[Fr; 6]) -> [Fr; 5] {
    let s = state(width9(), Tag::KeyStream, inputs);
    core::array::from_fn(|i| s[i + 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{BigInteger, PrimeField};

    fn hex(x: Fr) -> String {
        x.into_bigint().to_bytes_be().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn textbook<const T: usize>(p: &Poseidon<T>, s: &mut [Fr; T]) {
        let half = p.full_rounds / 2;
        for r in 0..p.full_rounds + p.partial_rounds {
            s.iter_mut().zip(&p.ark[r]).for_each(|(x, constant)| *x += constant);
            let full = r < half || r >= half + p.partial_rounds;
            for x in s.iter_mut().take(if full { T } else { 1 }) {
                *x = sbox(*x);
            }
            *s = core::array::from_fn(|i| (0..T).map(|j| p.mds[i][j] * s[j]).sum());
        }
    }

    fn agree<const T: usize>(p: &Poseidon<T>) {
        for seed in 0..20u64 {
            let mut a: [Fr; T] = core::array::from_fn(|i| Fr::from(seed * 977 + i as u64).square() - Fr::ONE);
            let mut b = a;
            p.permute(&mut a);
            textbook(p, &mut b);
            assert_eq!(a, b);
        }
    }

    #[test]
    fn optimised_permutation_is_the_textbook_one() {
        agree(width3());
        agree(width5());
        agree(width9());
    }

    /// Published by the Poseidon authors: hadeshash, test_vectors.txt, poseidonperm_x5_255_3 and _5.
    #[test]
    fn published_vectors() {
        let mut s: [Fr; 3] = core::array::from_fn(|i| Fr::from(i as u64));
        width3().permute(&mut s);
        assert_eq!(
            s.map(hex),
            [
                "28ce19420fc246a05553ad1e8c98f5c9d67166be2c18e9e4cb4b4e317dd2a78a",
                "51f3e312c95343a896cfd8945ea82ba956c1118ce9b9859b6ea56637b4b1ddc4",
                "3b2b69139b235626a0bfb56c9527ae66a7bf486ad8c11c14d1da0c69bbe0f79a"
            ]
        );
        let mut s: [Fr; 5] = core::array::from_fn(|i| Fr::from(i as u64));
        width5().permute(&mut s);
        assert_eq!(
            s.map(hex),
            [
                "2a918b9c9f9bd7bb509331c81e297b5707f6fc7393dcee1b13901a0b22202e18",
                "65ebf8671739eeb11fb217f2d5c5bf4a0c3f210e3f3cd3b08b5db75675d797f7",
                "2cc176fc26bc70737a696a9dfd1b636ce360ee76926d182390cdb7459cf585ce",
                "4dc4e29d283afd2a491fe6aef122b9a968e74eff05341f3cc23fda1781dcb566",
                "03ff622da276830b9451b88b85e6184fd6ae15c8ab3ee25a5667be8592cce3b1"
            ]
        );
    }

    #[test]
    fn neither_length_nor_tag_collides() {
        let (a, z) = (Fr::from(7u64), Fr::ZERO);
        assert_ne!(hash(Tag::Address, &[a]), hash(Tag::Address, &[a, z]));
        assert_ne!(hash(Tag::Address, &[a]), hash(Tag::NullifierKey, &[a]));
        assert_ne!(hash(Tag::Generation, &[a, z, z]), hash(Tag::Generation, &[a, z, z, z]));
    }
}
