//! The hunt for missing constraints: it searches for a second satisfying assignment beside an
//! honest one.
//!
//! It works on the three matrices and one satisfying assignment. So it sees what the proof system
//! sees, and nothing of what the gadgets intend. A constraint is `(A + dA)(B + dB) = C + dC` where
//! A, B, C are its values and dA, dB, dC those of a change of the assignment; each search solves
//! what remains of it, `A dB + B dA + dA dB - dC = 0`.
//!
//! * [`System::alone`]: one variable at a time, for every other value in the field.
//! * [`System::pairs`]: two variables at a time, solved exactly where the constraints allow, to
//!   first order everywhere.
//! * [`System::propagate`]: any number of variables, once inputs and declared witnesses are held.
//! * [`System::freedom`]: which declared witnesses the public inputs leave free, to first order.

mod alone;
mod freedom;
mod pairs;
mod propagate;
mod rank;

pub use alone::Alone;
pub use freedom::{Freedom, Name};
pub use pairs::{Pairs, Second};
pub use propagate::{Determined, Propagation};

use crate::relation::{Builder, Declared, Relation, Synthesis};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_relations::gr1cs::{
    predicate::polynomial_constraint::R1CS_PREDICATE_LABEL, ConstraintSystem, OptimizationGoal, SynthesisError,
};
use std::panic::Location;

/// A variable's index in the assignment: 0 is the constant one, then come the inputs, then the
/// witness.
pub type Index = usize;

/// A constraint system with an assignment that satisfies it.
pub struct System {
    /// Number of public variables, the constant included.
    inputs: usize,
    z: Vec<Fr>,
    rows: Vec<Row>,
    /// For each variable the constraints that contain it.
    touching: Vec<Vec<u32>>,
    /// The declared witnesses, with the places in the source that allocate them.
    declared: Vec<(Index, &'static Location<'static>)>,
}

/// A constraint: each variable's coefficients in the three combinations, and the combinations'
/// values.
struct Row {
    /// The coefficients by variable, ascending.
    terms: Vec<(Index, [Fr; 3])>,
    value: [Fr; 3],
}

impl Row {
    fn of(&self, x: Index) -> [Fr; 3] {
        self.terms.binary_search_by_key(&x, |t| t.0).map_or([Fr::ZERO; 3], |i| self.terms[i].1)
    }

    fn has(&self, x: Index) -> bool {
        self.terms.binary_search_by_key(&x, |t| t.0).is_ok()
    }

    /// The derivative along a change of the three combinations.
    fn slope(&self, by: &[Fr; 3]) -> Fr {
        by[0] * self.value[1] + self.value[0] * by[1] - by[2]
    }

    /// Whether the constraint holds after this change of the three combinations.
    fn holds(&self, by: &[Fr; 3]) -> bool {
        (self.slope(by) + by[0] * by[1]).is_zero()
    }

    /// The changes of one variable after which the constraint holds.
    fn others(&self, by: &[Fr; 3]) -> Others {
        let (linear, square) = (self.slope(by), by[0] * by[1]);
        match square.inverse() {
            Some(inverse) if linear.is_zero() || inverse.is_zero() => Others::None,
            Some(inverse) => Others::One(-linear * inverse),
            None if linear.is_zero() => Others::Any,
            None => Others::None,
        }
    }
}

/// The changes of a variable, other than none, after which constraints still hold. A constraint is
/// of degree two and is satisfied without a change, so there is at most one other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Any change.
    Any,
    /// This one.
    One(Fr),
    /// No other.
    None,
}

impl Others {
    fn and(self, other: Others) -> Others {
        match (self, other) {
            (Others::Any, x) | (x, Others::Any) => x,
            (Others::One(x), Others::One(y)) if x == y => self,
            _ => Others::None,
        }
    }
}

/// The extent of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Single variables, and propagation: a tenth of a second for the largest relation.
    Single,
    /// Pairs too, which takes seconds.
    Pairs,
}

/// A finding that may be a missing constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    /// A variable can change alone.
    Alone(Alone),
    /// Two variables can change together.
    Pair(Second),
    /// A pair of variables that no rule decided.
    Undecided([Index; 2]),
    /// Two variables can change together to first order.
    Parallel([Index; 2]),
    /// A variable's change does not show anywhere to first order.
    Still(Index),
    /// This many variables are determined to first order only.
    Rank(usize),
    /// Inputs and declared witnesses do not determine this variable.
    Left(Index),
}

impl System {
    /// The circuit of a relation and the assignment of an instance that satisfies it.
    pub fn of<R: Relation>(statement: &R::Statement, witness: &R::Witness) -> Synthesis<Self> {
        Self::build(|b| R::synthesize(b, statement, witness))
    }

    /// The system that `build` builds.
    ///
    /// # Errors
    /// The errors of synthesis, and `Unsatisfiable` when the assignment does not satisfy the
    /// system.
    pub fn build(build: impl FnOnce(&mut Builder) -> Synthesis) -> Synthesis<Self> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        let mut b = Builder::new(cs.clone());
        build(&mut b)?;
        cs.finalize();
        let mut z = cs.instance_assignment()?;
        let inputs = z.len();
        z.extend(cs.witness_assignment()?);
        let place = |d: &Declared| Some((d.variable.get_variable_index(inputs)?, d.at));
        let declared = b.declared().iter().filter_map(place).collect();
        let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL).ok_or(SynthesisError::PredicateNotFound)?;
        let rows = (0..cs.num_constraints()).map(|i| Row::new([&matrices[0][i], &matrices[1][i], &matrices[2][i]], &z));
        let system = Self::new(inputs, rows.collect(), declared, z);
        if system.rows.iter().all(|r| r.value[0] * r.value[1] == r.value[2]) {
            Ok(system)
        } else {
            Err(SynthesisError::Unsatisfiable)
        }
    }

    fn new(inputs: usize, rows: Vec<Row>, declared: Vec<(Index, &'static Location<'static>)>, z: Vec<Fr>) -> Self {
        let mut touching = vec![Vec::new(); z.len()];
        for (i, row) in rows.iter().enumerate() {
            for (x, _) in row.terms.iter().filter(|(x, _)| *x != 0) {
                touching[*x].push(u32::try_from(i).expect("fewer than 2^32 constraints"));
            }
        }
        System { inputs, z, rows, touching, declared }
    }

    /// Number of constraints.
    pub fn constraints(&self) -> usize {
        self.rows.len()
    }

    /// Number of variables, inputs and the constant included.
    pub fn variables(&self) -> usize {
        self.z.len()
    }

    /// Whether the variable is public.
    pub fn is_input(&self, x: Index) -> bool {
        x < self.inputs
    }

    /// All findings. The list is empty for a circuit that determines every variable.
    ///
    /// Idle inputs and their squares are left out: see [`System::idle`].
    pub fn holes(&self, depth: Depth) -> Vec<Hole> {
        let mut holes: Vec<Hole> = self.alone().into_iter().map(Hole::Alone).collect();
        let idle = self.idle();
        holes.retain(|h| !matches!(h, Hole::Alone(a) if idle.iter().any(|p| p[0] == a.variable)));
        if depth == Depth::Pairs {
            let Pairs { found, undecided, parallel, still, .. } = self.pairs();
            let hole = |p: &[Index; 2]| !idle.contains(p);
            holes.extend(found.into_iter().map(Hole::Pair));
            holes.extend(undecided.into_iter().filter(hole).map(Hole::Undecided));
            holes.extend(parallel.into_iter().filter(hole).map(Hole::Parallel));
            holes.extend(still.into_iter().map(Hole::Still));
        }
        let mut propagation = self.propagate();
        holes.extend(propagation.counts.remove(&Determined::Rank).map(Hole::Rank));
        holes.extend(propagation.left.into_iter().map(Hole::Left));
        holes
    }

    /// The inputs that are in no constraint but one of their own, with the square that it computes:
    /// `binding`, and other values that a statement only carries. They may be free in the circuit,
    /// because the verifier supplies them. The caller must know which inputs they are.
    pub fn idle(&self) -> Vec<[Index; 2]> {
        let square = |x: Index| {
            let [only] = self.touching[x][..] else { return None };
            let [(first, by), (y, of)] = &self.rows[only as usize].terms[..] else { return None };
            let squares = by[0] == by[1] && by[2].is_zero() && of[0].is_zero() && of[1].is_zero();
            (squares && *first == x && !self.is_input(*y) && self.touching[*y] == [only]).then_some([x, *y])
        };
        (1..self.inputs).filter_map(square).collect()
    }

    fn touching(&self, x: Index) -> impl Iterator<Item = &Row> + '_ {
        self.touching[x].iter().map(|i| &self.rows[*i as usize])
    }
}

impl Row {
    fn new(combinations: [&Vec<(Fr, usize)>; 3], z: &[Fr]) -> Self {
        let mut entries = Vec::with_capacity(combinations.iter().map(|c| c.len()).sum());
        let mut value = [Fr::ZERO; 3];
        for (m, combination) in combinations.into_iter().enumerate() {
            for (k, x) in combination {
                entries.push((*x, m, *k));
                value[m] += z[*x] * k;
            }
        }
        entries.sort_by_key(|(x, _, _)| *x);
        let mut terms: Vec<(Index, [Fr; 3])> = Vec::new();
        for (x, m, k) in entries {
            match terms.last_mut() {
                Some((y, by)) if *y == x => by[m] += k,
                _ => {
                    let mut by = [Fr::ZERO; 3];
                    by[m] = k;
                    terms.push((x, by));
                }
            }
        }
        terms.retain(|(_, by)| by.iter().any(|k| !k.is_zero()));
        Row { terms, value }
    }
}

fn scaled(by: &[Fr; 3], k: Fr) -> [Fr; 3] {
    by.map(|x| x * k)
}

fn plus(a: &[Fr; 3], b: &[Fr; 3]) -> [Fr; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}
