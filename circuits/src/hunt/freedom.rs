//! The declared witnesses that the public inputs leave free, to first order.
//!
//! Every computed variable moves with the declared ones as the constraint that determines it says;
//! the other constraints then are linear equations in the changes of the declared witnesses. Those
//! equations leave a prover some choice. It should be values that are hidden behind a hash or a
//! blinding, and nothing that the relation means to fix.

use super::{rank::Echelon, Index, Propagation, Row, System};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use std::panic::Location;

/// A declared witness: the variable, where it is allocated, and its number among those allocated
/// there.
pub type Name = (Index, &'static Location<'static>, usize);

/// The declared witnesses, sorted by whether they can change.
#[derive(Clone, Debug)]
pub struct Freedom {
    /// Declared witnesses that a constraint of their own holds: bits, and what equals an input or a
    /// constant.
    pub held: usize,
    /// Dimension of the changes that all constraints allow.
    pub dimension: usize,
    /// Declared witnesses that can move.
    pub free: Vec<Name>,
    /// Declared witnesses that cannot, and are not held by a constraint of their own.
    pub fixed: Vec<Name>,
}

impl System {
    /// Computes what the inputs leave free.
    pub fn freedom(&self, propagation: &Propagation) -> Freedom {
        let own = |x: Index| self.touching(x).any(|r| self.only(r, x) && !r.slope(&r.of(x)).is_zero());
        let mut tangents: Vec<Option<Vec<Fr>>> = vec![None; self.z.len()];
        let mut computed = vec![false; self.z.len()];
        let mut used = vec![false; self.rows.len()];
        for (x, i) in &propagation.order {
            if !self.rows[*i].slope(&self.rows[*i].of(*x)).is_zero() {
                (computed[*x], used[*i]) = (true, true);
            }
        }
        let moving: Vec<Index> = (self.inputs..self.z.len()).filter(|x| !computed[*x] && !own(*x)).collect();
        for (i, x) in moving.iter().enumerate() {
            let mut unit = vec![Fr::ZERO; moving.len()];
            unit[i] = Fr::ONE;
            tangents[*x] = Some(unit);
        }
        for (x, i) in propagation.order.iter().filter(|(x, _)| computed[*x]) {
            let row = &self.rows[*i];
            let inverse = row.slope(&row.of(*x)).inverse().expect("it was just seen not to be zero");
            tangents[*x] = self.along(row, &tangents, moving.len()).map(|mut t| {
                t.iter_mut().for_each(|k| *k *= -inverse);
                t
            });
        }
        let mut echelon = Echelon::default();
        for (row, _) in self.rows.iter().zip(&used).filter(|(_, used)| !**used) {
            if let Some(t) = self.along(row, &tangents, moving.len()) {
                echelon.add(t.into_iter().enumerate().filter(|(_, k)| !k.is_zero()).collect());
            }
        }
        let names = self.names();
        let place = |x: Index| moving.binary_search(&x).ok();
        let moving_names = || names.iter().filter_map(|n| Some((*n, place(n.0)?)));
        let free = moving_names().filter(|(_, i)| !echelon.fixes(*i)).map(|(n, _)| n).collect();
        let fixed = moving_names().filter(|(_, i)| echelon.fixes(*i)).map(|(n, _)| n).collect();
        let held = names.len() - moving_names().count();
        Freedom { held, dimension: moving.len() - echelon.rank(), free, fixed }
    }

    /// Of the variables that can move, the constraint has x alone.
    fn only(&self, row: &Row, x: Index) -> bool {
        row.terms.iter().all(|(y, _)| *y < self.inputs || *y == x)
    }

    /// The change of a constraint, summed over the variables that move.
    fn along(&self, row: &Row, tangents: &[Option<Vec<Fr>>], n: usize) -> Option<Vec<Fr>> {
        let mut sum: Option<Vec<Fr>> = None;
        for (y, by) in &row.terms {
            if let Some(t) = &tangents[*y] {
                let k = row.slope(by);
                let sum = sum.get_or_insert_with(|| vec![Fr::ZERO; n]);
                sum.iter_mut().zip(t).filter(|(_, t)| !t.is_zero()).for_each(|(s, t)| *s += k * t);
            }
        }
        sum
    }

    fn names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::with_capacity(self.declared.len());
        for (x, at) in &self.declared {
            let number = names.last().map_or(0, |(_, last, n)| if last == at { n + 1 } else { 0 });
            names.push((*x, at, number));
        }
        names
    }
}
