//! Pairs of variables.
//!
//! A change of x and y both can pass where neither alone can only if they share a constraint: else
//! the constraints of x see a change of x alone. And a constraint that has x but not y sees x alone
//! too: it leaves x at most one other value. So nearly every pair is decided by such constraints;
//! what is left is solved exactly:
//!
//! * x has at most one other value: put it in, and every constraint of y is a polynomial of degree
//!   two in y alone.
//! * neither is held by a constraint of its own, and some shared one is linear in both: that gives
//!   y in terms of x, and the others are polynomials of degree two in x alone.
//! * neither, and every shared constraint has a square: reported as undecided (no relation has such
//!   a pair).
//!
//! To first order all pairs are decided at once, sharing a constraint or not: two columns of the
//! Jacobian that are parallel, found by comparing normalised columns.

use super::{plus, scaled, Index, Others, System};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, Zero};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A second satisfying assignment: two variables and their changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second {
    /// The variables.
    pub variables: [Index; 2],
    /// Their changes.
    pub by: [Fr; 2],
}

/// The results for all pairs.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// Pairs that share a constraint.
    pub sharing: usize,
    /// Those of them that constraints of one variable alone did not decide at once, and that were
    /// solved.
    pub solved: usize,
    /// Second assignments.
    pub found: Vec<Second>,
    /// Pairs that no rule decided.
    pub undecided: Vec<[Index; 2]>,
    /// Pairs whose columns of the Jacobian are parallel.
    pub parallel: Vec<[Index; 2]>,
    /// Variables whose column of the Jacobian is zero.
    pub still: Vec<Index>,
}

/// `square d^2 + linear d + constant = 0`.
struct Quadratic {
    square: Fr,
    linear: Fr,
    constant: Fr,
}

impl Quadratic {
    /// The roots; None when every value is one.
    fn roots(&self) -> Option<Vec<Fr>> {
        match self.square.double().inverse() {
            Some(inverse) => {
                let discriminant = self.linear.square() - self.square * self.constant * Fr::from(4u64);
                let root = discriminant.sqrt();
                Some(root.map_or(Vec::new(), |r| vec![(r - self.linear) * inverse, (-r - self.linear) * inverse]))
            }
            None => match self.linear.inverse() {
                Some(inverse) => Some(vec![-self.constant * inverse]),
                None if self.constant.is_zero() => None,
                None => Some(Vec::new()),
            },
        }
    }
}

enum Verdict {
    No,
    Found([Fr; 2]),
    Undecided,
}

impl System {
    /// Every pair of variables, public or not. Pairs of which one could change alone are left to
    /// [`System::alone`].
    pub fn pairs(&self) -> Pairs {
        let mut pairs = Pairs { sharing: self.sharing(), ..Pairs::default() };
        let open: Vec<Vec<Index>> = (0..self.z.len()).map(|x| if x == 0 { Vec::new() } else { self.open(x) }).collect();
        for (x, partners) in open.iter().enumerate() {
            for y in partners.iter().filter(|y| **y > x && open[**y].binary_search(&x).is_ok()) {
                pairs.solved += 1;
                match self.solve(x, *y) {
                    Verdict::No => {}
                    Verdict::Found(by) => pairs.found.push(Second { variables: [x, *y], by }),
                    Verdict::Undecided => pairs.undecided.push([x, *y]),
                }
            }
        }
        self.first_order(&mut pairs);
        pairs
    }

    fn sharing(&self) -> usize {
        let (mut seen, mut count) = (vec![0; self.z.len()], 0);
        for x in 1..self.z.len() {
            for (y, _) in self.touching(x).flat_map(|r| &r.terms).filter(|(y, _)| *y > x) {
                count += usize::from(std::mem::replace(&mut seen[*y], x) != x);
            }
        }
        count
    }

    /// The variables with which x might change: those in every constraint that would hold x alone.
    fn open(&self, x: Index) -> Vec<Index> {
        let mut holding: Vec<_> = self.touching(x).filter(|r| r.others(&r.of(x)) == Others::None).collect();
        holding.sort_by_key(|r| r.terms.len());
        let Some((first, rest)) = holding.split_first() else {
            let mut all: Vec<Index> = self.touching(x).flat_map(|r| &r.terms).map(|t| t.0).collect();
            all.retain(|y| *y != x && *y != 0);
            all.sort_unstable();
            all.dedup();
            return all;
        };
        let in_all = |y: &Index| *y != x && *y != 0 && rest.iter().all(|r| r.has(*y));
        first.terms.iter().map(|t| t.0).filter(in_all).collect()
    }

    /// The changes of x that its constraints without y allow.
    fn own(&self, x: Index, y: Index) -> Others {
        self.touching(x).filter(|r| !r.has(y)).fold(Others::Any, |left, r| left.and(r.others(&r.of(x))))
    }

    fn solve(&self, x: Index, y: Index) -> Verdict {
        match (self.own(x, y), self.own(y, x)) {
            // The other would then have to change alone.
            (Others::None, _) | (_, Others::None) => Verdict::No,
            (Others::One(d), _) => self.complete(x, d, y).map_or(Verdict::No, |e| Verdict::Found([d, e])),
            (_, Others::One(e)) => self.complete(y, e, x).map_or(Verdict::No, |d| Verdict::Found([d, e])),
            (Others::Any, Others::Any) => self.together(x, y),
        }
    }

    /// x having changed by d: the change of y that repairs every constraint.
    fn complete(&self, x: Index, d: Fr, y: Index) -> Option<Fr> {
        let mut candidates: Option<Vec<Fr>> = None;
        for row in self.touching(y) {
            let (moved, by) = (scaled(&row.of(x), d), row.of(y));
            let q = Quadratic {
                square: by[0] * by[1],
                linear: row.slope(&by) + moved[0] * by[1] + by[0] * moved[1],
                constant: row.slope(&moved) + moved[0] * moved[1],
            };
            candidates = match (q.roots(), candidates) {
                (None, left) => left,
                (Some(roots), None) => Some(roots),
                (Some(roots), Some(mut left)) => {
                    left.retain(|e| roots.contains(e));
                    Some(left)
                }
            };
        }
        // No constraint of y minds: then any change does, and none would be a change of x alone.
        let candidates = candidates.unwrap_or_else(|| vec![Fr::ONE]);
        candidates.into_iter().find(|e| !e.is_zero() && self.holds([x, y], [d, *e]))
    }

    /// Neither is held by a constraint without the other: a shared constraint that is linear says
    /// how they go together.
    fn together(&self, x: Index, y: Index) -> Verdict {
        for row in self.touching(x) {
            let (p, q) = (row.of(x), row.of(y));
            let bent = [p[0] * p[1], q[0] * q[1], p[0] * q[1] + q[0] * p[1]];
            let (l, m) = (row.slope(&p), row.slope(&q));
            if bent.iter().any(|k| !k.is_zero()) || (l.is_zero() && m.is_zero()) {
                continue;
            }
            let Some(inverse) = m.inverse().filter(|_| !l.is_zero()) else {
                return Verdict::No;
            };
            let ratio = -l * inverse;
            let mut left = Others::Any;
            for row in self.touching(x) {
                left = left.and(row.others(&plus(&row.of(x), &scaled(&row.of(y), ratio))));
            }
            return match left {
                Others::None => Verdict::No,
                Others::One(d) => Verdict::Found([d, d * ratio]),
                Others::Any => Verdict::Found([Fr::ONE, ratio]),
            };
        }
        Verdict::Undecided
    }

    fn holds(&self, [x, y]: [Index; 2], [d, e]: [Fr; 2]) -> bool {
        let after = |r: &super::Row| r.holds(&plus(&scaled(&r.of(x), d), &scaled(&r.of(y), e)));
        self.touching(x).all(after) && self.touching(y).all(after)
    }

    /// Columns of the Jacobian, brought to 1 in their first entry that is not zero, and compared by
    /// digest.
    fn first_order(&self, pairs: &mut Pairs) {
        let mut columns: BTreeMap<[u8; 32], Index> = BTreeMap::new();
        for x in 1..self.z.len() {
            let slopes = self.touching[x].iter().map(|i| (*i, &self.rows[*i as usize]));
            let slopes = slopes.map(|(i, row)| (i, row.slope(&row.of(x)))).filter(|(_, k)| !k.is_zero());
            let column: Vec<(u32, Fr)> = slopes.collect();
            let Some(inverse) = column.first().and_then(|(_, k)| k.inverse()) else {
                pairs.still.push(x);
                continue;
            };
            let mut hash = Sha256::new();
            for (i, k) in column {
                hash.update(i.to_le_bytes());
                hash.update((k * inverse).into_bigint().to_bytes_le());
            }
            if let Some(y) = columns.insert(hash.finalize().into(), x) {
                pairs.parallel.push([y, x]);
            }
        }
    }
}
