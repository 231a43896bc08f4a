//! The numbers of rounds from the attacks' inequalities, and what the reference asks of the matrix.
//!
//! The inequalities are those of Grassi et al., ePrint 2019/458 (section 5.5) as the authors'
//! `calc_round_numbers.py` has them today, with the Groebner attack of ePrint 2023/537; its margin
//! is two full rounds and 7.5 % of the partial ones. The reference's table then rounds the partial
//! rounds up to a multiple of the width.

use super::*;
use ark_ff::{AdditiveGroup, Field, Zero};

/// Security in bits.
const M: f64 = 128.0;
/// Bits of the field, and the base-2 logarithm of its order.
const FIELD_BITS: (f64, f64) = (255.0, 254.857);
const ALPHA: f64 = 5.0;

/// Base-2 logarithm of `n choose k`.
fn log_binomial(n: f64, k: f64) -> f64 {
    (0..k as usize).map(|i| ((n - i as f64) / (i as f64 + 1.0)).log2()).sum()
}

fn resists(t: f64, full: f64, partial: f64) -> bool {
    let (n, log_p) = FIELD_BITS;
    let log_2 = 1.0 / ALPHA.log2();
    let statistical = if M <= (log_p - (ALPHA - 1.0) / 2.0).floor() * (t + 1.0) { 6.0 } else { 10.0 };
    let interpolation = 1.0 + (log_2 * M.min(n)).ceil() + t.log(ALPHA).ceil() - partial;
    let groebner = [
        log_2 * M.min(log_p) - partial,
        t - 1.0 + log_2 * (M / (t + 1.0)).min(log_p / 2.0) - partial,
        (t - 2.0 + M / (2.0 * ALPHA.log2()) - partial) / (t - 1.0),
    ];
    let least = groebner.into_iter().chain([statistical, interpolation]).fold(0.0, f64::max).ceil();
    let third = (t / 3.0).floor();
    let under = third * full / 2.0 + partial + ALPHA;
    let over = (full - 1.0) * t + partial + third + under;
    full >= least && (2.0 * log_binomial(over, under)).ceil() >= M
}

/// The cheapest numbers that resist, after the margin: the fewest S-boxes, then the fewest full
/// rounds.
fn round_numbers(t: usize) -> (usize, usize) {
    let all = (4..100usize).step_by(2).flat_map(|full| (1..500usize).map(move |partial| (full, partial)));
    all.filter(|&(full, partial)| resists(t as f64, full as f64, partial as f64))
        .map(|(full, partial)| (full + 2, (partial as f64 * 1.075).ceil() as usize))
        .min_by_key(|&(full, partial)| (full * t + partial, full))
        .expect("enough rounds resist everything")
}

#[test]
fn round_numbers_are_those_of_the_inequalities() {
    assert_eq!(WIDTHS.iter().map(|w| w.0).collect::<Vec<_>>(), (2..=9).collect::<Vec<_>>());
    for &(t, partial_rounds) in WIDTHS {
        let (full, partial) = round_numbers(t);
        assert_eq!((FULL_ROUNDS, partial_rounds), (full, partial.next_multiple_of(t)), "width {t}");
    }
}

fn rank(mut m: Vec<Vec<Fr>>) -> usize {
    let mut rank = 0;
    for column in 0..m[0].len() {
        let Some(pivot) = (rank..m.len()).find(|&r| !m[r][column].is_zero()) else { continue };
        m.swap(rank, pivot);
        let scale = m[rank][column].inverse().unwrap();
        for r in rank + 1..m.len() {
            let f = m[r][column] * scale;
            for c in column..m[0].len() {
                let x = m[rank][c];
                m[r][c] -= f * x;
            }
        }
        rank += 1;
    }
    rank
}

fn times<const T: usize>(a: &[[Fr; T]; T], b: &[[Fr; T]; T]) -> [[Fr; T]; T] {
    core::array::from_fn(|i| core::array::from_fn(|j| (0..T).map(|k| a[i][k] * b[k][j]).sum()))
}

/// The number of full-rank matrices among `[e0, e0 N, .., e0 N^(t-1)]` and `[e0, N e0, ..]` for N =
/// M .. M^4t.
fn regular<const T: usize>(p: &Poseidon<T>) -> usize {
    let unit: [Fr; T] = core::array::from_fn(|i| if i == 0 { Fr::ONE } else { Fr::ZERO });
    let (mut n, mut count) = (p.mds, 0);
    for _ in 0..4 * T {
        let (mut row, mut column) = (vec![unit], vec![unit]);
        for i in 1..T {
            let (r, c) = (row[i - 1], column[i - 1]);
            row.push(core::array::from_fn(|j| (0..T).map(|k| r[k] * n[k][j]).sum()));
            column.push(core::array::from_fn(|j| (0..T).map(|k| n[j][k] * c[k]).sum()));
        }
        for all in [row, column] {
            count += usize::from(rank(all.iter().map(|x| x.to_vec()).collect()) == T);
        }
        n = times(&n, &p.mds);
    }
    count
}

/// No subspace keeps out of lane 0 for ever, and none but the whole space holds lane 0 and its own
/// image, whatever the period up to 4t: what the reference's tests of the matrix look for (ePrint
/// 2020/500), and why the first matrix of the generator may be taken.
#[test]
fn no_subspace_survives_the_partial_rounds() {
    assert_eq!(regular(width2()), 16);
    assert_eq!(regular(width3()), 24);
    assert_eq!(regular(width4()), 32);
    assert_eq!(regular(width5()), 40);
    assert_eq!(regular(width6()), 48);
    assert_eq!(regular(width7()), 56);
    assert_eq!(regular(width8()), 64);
    assert_eq!(regular(width9()), 72);
}

/// Cauchy, hence MDS: `1 / m[i][j] = x_i + y_j` with all x and all y different.
#[test]
fn the_matrix_is_a_cauchy_matrix() {
    fn check<const T: usize>(p: &Poseidon<T>) {
        let sums = p.mds.map(|row| row.map(|m| m.inverse().unwrap()));
        for (i, row) in sums.iter().enumerate() {
            for other in &sums[..i] {
                let difference = row[0] - other[0];
                assert!(!difference.is_zero() && (1..T).all(|j| row[j] - other[j] == difference));
            }
        }
        assert!((1..T).all(|j| sums[0][..j].iter().all(|x| *x != sums[0][j])));
    }
    check(width2());
    check(width3());
    check(width4());
    check(width5());
    check(width6());
    check(width7());
    check(width8());
    check(width9());
}
