//! Propagation: whether every other variable is determined when the inputs and the declared
//! witnesses are held.
//!
//! In the manner of Ecne and Picus: what is known grows, constraint by constraint, until nothing
//! more follows.
//!
//! * A constraint with one unknown holds for at most one other value of it. If for none, the
//!   unknown is known. Nearly always its coefficient is a constant of the circuit (the result of a
//!   product): then it is determined whatever the values. Otherwise (a quotient, a Merkle child) it
//!   is because the coefficient is not zero *here*; that it is never zero is the gadget's to argue.
//! * A constraint that leaves its one unknown 0 or 1 makes it a bit. A constraint linear in
//!   unknowns that are all bits, with coefficients that are powers of two times one constant, no
//!   two alike and all spanning less than the modulus, has one solution: the difference of two
//!   would be a sum of distinct +-2^i that is 0 below the modulus.
//! * What is left over goes to the rank of the Jacobian: a column that every kernel vector has zero
//!   in cannot change to first order. That is less than a proof, and counted apart.

use super::{rank::Echelon, Index, Others, Row, System};
use ark_bls12_381::Fr;
use ark_ff::{Field, One, PrimeField, Zero};
use std::collections::{BTreeMap, VecDeque};

/// The reason why a variable is determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Determined {
    /// A constraint determines it in which its coefficient is a constant of the circuit.
    Shape,
    /// A constraint determines it in which its coefficient is not zero for these values.
    Value,
    /// It is one of the bits of a known number.
    Bits,
    /// The rank of the Jacobian determines it, to first order.
    Rank,
}

/// The results for the variables that are neither inputs nor declared.
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    /// The number of determined variables, by reason.
    pub counts: BTreeMap<Determined, usize>,
    /// The variables that nothing determined.
    pub left: Vec<Index>,
    /// In which order, and by which constraint, those of the first two kinds were.
    pub(super) order: Vec<(Index, usize)>,
}

struct State<'a> {
    system: &'a System,
    known: Vec<bool>,
    allowed: Vec<Others>,
    /// Unknowns in each constraint, and those of them that are no bits.
    unknown: Vec<usize>,
    wild: Vec<usize>,
    queue: VecDeque<usize>,
    result: Propagation,
}

impl System {
    /// Propagates from the inputs and the declared witnesses.
    pub fn propagate(&self) -> Propagation {
        let mut known = vec![false; self.z.len()];
        known[..self.inputs].fill(true);
        for (x, _) in &self.declared {
            known[*x] = true;
        }
        let count = |row: &Row| row.terms.iter().filter(|(x, _)| !known[*x]).count();
        let unknown: Vec<usize> = self.rows.iter().map(count).collect();
        let mut state = State {
            system: self,
            allowed: vec![Others::Any; self.z.len()],
            wild: unknown.clone(),
            queue: (0..self.rows.len()).collect(),
            unknown,
            known,
            result: Propagation::default(),
        };
        while let Some(i) = state.queue.pop_front() {
            state.visit(i);
        }
        state.finish()
    }
}

impl State<'_> {
    fn visit(&mut self, i: usize) {
        let row = &self.system.rows[i];
        if self.unknown[i] == 1 {
            let Some((x, by)) = row.terms.iter().find(|(x, _)| !self.known[*x]) else { return };
            let allowed = self.allowed[*x].and(row.others(by));
            if allowed == Others::None {
                self.result.order.push((*x, i));
                self.determine(*x, if constant(row, by) { Determined::Shape } else { Determined::Value });
            } else if !self.is_bit(*x) {
                self.allowed[*x] = allowed;
                if self.is_bit(*x) {
                    for j in self.system.touching[*x].clone() {
                        self.wild[j as usize] -= 1;
                        self.queue.push_back(j as usize);
                    }
                }
            }
        } else if self.unknown[i] > 1 && self.wild[i] == 0 {
            let bits: Vec<(Index, [Fr; 3])> = row.terms.iter().filter(|(x, _)| !self.known[*x]).copied().collect();
            let linear = [0, 1].iter().any(|m| bits.iter().all(|(_, by)| by[*m].is_zero()));
            if linear && spells(bits.iter().map(|(_, by)| row.slope(by))) {
                bits.into_iter().for_each(|(x, _)| self.determine(x, Determined::Bits));
            }
        }
    }

    /// Its one other value is the other bit.
    fn is_bit(&self, x: Index) -> bool {
        let z = self.system.z[x];
        self.allowed[x] == Others::One(Fr::ONE - z - z) && (z.is_zero() || z.is_one())
    }

    fn determine(&mut self, x: Index, why: Determined) {
        let bit = self.is_bit(x);
        self.known[x] = true;
        *self.result.counts.entry(why).or_default() += 1;
        for j in self.system.touching[x].iter().map(|j| *j as usize) {
            self.unknown[j] -= 1;
            self.wild[j] -= usize::from(!bit);
            self.queue.push_back(j);
        }
    }

    fn finish(mut self) -> Propagation {
        let left: Vec<Index> = (1..self.known.len()).filter(|x| !self.known[*x]).collect();
        let mut echelon = Echelon::default();
        for (row, _) in self.system.rows.iter().zip(&self.unknown).filter(|(_, n)| **n > 0) {
            let unknown = row.terms.iter().filter(|(x, _)| !self.known[*x]);
            echelon.add(unknown.map(|(x, by)| (*x, row.slope(by))).collect());
        }
        for x in left {
            if echelon.fixes(x) {
                *self.result.counts.entry(Determined::Rank).or_default() += 1;
            } else {
                self.result.left.push(x);
            }
        }
        self.result
    }
}

/// Whether the coefficient of what contributes `by` is the same for all values.
fn constant(row: &Row, by: &[Fr; 3]) -> bool {
    let fixed = |m: usize| row.terms.iter().all(|(x, by)| *x == 0 || by[m].is_zero());
    (by[0].is_zero() || fixed(1)) && (by[1].is_zero() || fixed(0))
}

/// Whether these are one constant times powers of two, no two alike, that span less than the
/// modulus.
fn spells(coefficients: impl Iterator<Item = Fr>) -> bool {
    let coefficients: Vec<Fr> = coefficients.collect();
    let Some(inverse) = coefficients.first().and_then(Field::inverse) else { return false };
    let mut powers = Vec::with_capacity(coefficients.len());
    for k in &coefficients {
        let Some(power) = power_of_two(*k * inverse) else { return false };
        powers.push(power);
    }
    powers.sort_unstable();
    let span = powers[powers.len() - 1] - powers[0] + 1;
    powers.windows(2).all(|w| w[0] != w[1]) && span < i64::from(Fr::MODULUS_BIT_SIZE)
}

/// The n with `x = 2^n`, in the range of which a sum can span less than the modulus.
fn power_of_two(x: Fr) -> Option<i64> {
    let exponent = |x: Fr| {
        let limbs = x.into_bigint().0;
        let ones: u32 = limbs.iter().map(|l| l.count_ones()).sum();
        let place = |(i, l): (usize, &u64)| 64 * i as i64 + i64::from(l.trailing_zeros());
        (ones == 1).then(|| limbs.iter().enumerate().find(|(_, l)| **l != 0).map(place)).flatten()
    };
    exponent(x).or_else(|| x.inverse().and_then(exponent).map(|n| -n))
}
