//! Linear combinations that know their value, and the few constraints that are made of them.

use super::{Bit, Cs, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_r1cs_std::{fields::fp::AllocatedFp, GR1CSVar};
use ark_relations::gr1cs::{LinearCombination, SynthesisError, Variable};

/// `constant + sum of coefficient x variable`, with its value (zero while keys are made, when
/// nothing has a value).
///
/// Where no matrices are built it is only a value: a combination that is not constant then keeps
/// neither constant nor terms.
#[derive(Clone)]
pub(crate) struct Lin {
    pub value: Fr,
    constant: Fr,
    terms: Vec<(Fr, Variable)>,
    /// Whether the combination has terms, kept or not.
    varies: bool,
}

impl Lin {
    pub fn constant(c: Fr) -> Self {
        Lin { value: c, constant: c, terms: Vec::new(), varies: false }
    }

    pub fn one() -> Self {
        Lin::constant(Fr::ONE)
    }

    fn variable(cs: &Cs, value: Fr, variable: Variable) -> Self {
        let terms = if cs.should_construct_matrices() { vec![(Fr::ONE, variable)] } else { Vec::new() };
        Lin { value, constant: Fr::ZERO, terms, varies: true }
    }

    /// The variable as it stands, which may itself be a symbolic combination.
    pub fn of(cs: &Cs, x: &Var) -> Result<Self, SynthesisError> {
        match x {
            Var::Constant(c) => Ok(Lin::constant(*c)),
            Var::Var(a) => Ok(Lin::variable(cs, value(cs, x)?, a.variable)),
        }
    }

    pub fn bit(cs: &Cs, b: &Bit) -> Result<Self, SynthesisError> {
        match b {
            Bit::Constant(b) => Ok(Lin::constant(Fr::from(*b))),
            Bit::Var(a) => {
                let value = if !cs.is_in_setup_mode() && a.value()? { Fr::ONE } else { Fr::ZERO };
                Ok(Lin::variable(cs, value, a.variable()))
            }
        }
    }

    /// `self + k x other`.
    pub fn plus(mut self, k: Fr, other: &Lin) -> Self {
        if k.is_zero() {
            return self;
        }
        self.add(k, other);
        for (c, v) in &other.terms {
            match self.terms.iter_mut().find(|(_, w)| w == v) {
                Some((d, _)) => *d += k * c,
                None => self.terms.push((k * c, *v)),
            }
        }
        self
    }

    /// Adds `k x other`, which is of variables that `self` does not have.
    pub fn append(&mut self, k: Fr, other: &Lin) {
        self.add(k, other);
        self.terms.extend(other.terms.iter().map(|(c, v)| (k * c, *v)));
    }

    /// Adds `k x other` where both list the same variables in the same order, as far as `self`
    /// goes.
    pub fn add_aligned(&mut self, k: Fr, other: &Lin) {
        self.add(k, other);
        for (i, (c, v)) in other.terms.iter().enumerate() {
            match self.terms.get_mut(i) {
                Some((d, w)) => {
                    debug_assert_eq!(v, w);
                    *d += k * c;
                }
                None => self.terms.push((k * c, *v)),
            }
        }
    }

    /// Adds all of `k x other` but its terms.
    fn add(&mut self, k: Fr, other: &Lin) {
        // Many coefficients are one, and many values bits.
        if k == Fr::ONE {
            self.value += other.value;
        } else if !other.value.is_zero() {
            self.value += k * other.value;
        }
        self.varies |= other.varies;
        if !other.is_value_alone() {
            self.constant += k * other.constant;
        }
    }

    /// Adds a constant to the combination.
    pub fn shift(&mut self, k: Fr) {
        self.value += k;
        self.constant += k;
    }

    pub fn scaled(mut self, k: Fr) -> Self {
        self.value *= k;
        self.constant *= k;
        self.terms.iter_mut().for_each(|(c, _)| *c *= k);
        self
    }

    pub fn is_constant(&self) -> bool {
        !self.varies
    }

    fn is_value_alone(&self) -> bool {
        self.varies && self.terms.is_empty()
    }

    pub fn lc(&self) -> LinearCombination<Fr> {
        let mut terms = self.terms.clone();
        if !self.constant.is_zero() {
            terms.push((self.constant, Variable::One));
        }
        LinearCombination(terms)
    }

    pub fn var(&self, cs: &Cs) -> Result<Var, SynthesisError> {
        if self.is_constant() {
            return Ok(Var::Constant(self.constant));
        }
        let variable = cs.new_lc(|| self.lc())?;
        let value = if cs.is_in_setup_mode() { None } else { Some(self.value) };
        Ok(Var::Var(AllocatedFp::new(value, variable, cs.clone())))
    }
}

/// The value of a variable; zero while keys are made.
pub(crate) fn value(cs: &Cs, x: &Var) -> Result<Fr, SynthesisError> {
    if cs.is_in_setup_mode() {
        return Ok(Fr::ZERO);
    }
    x.value()
}

/// A fresh witness.
pub(crate) fn witness(cs: &Cs, value: Fr) -> Result<Lin, SynthesisError> {
    let variable = cs.new_witness_variable(|| Ok(value))?;
    Ok(Lin::variable(cs, value, variable))
}

/// `a x b = c`: one constraint.
pub(crate) fn enforce(cs: &Cs, a: &Lin, b: &Lin, c: &Lin) -> Result<(), SynthesisError> {
    cs.enforce_r1cs_constraint(|| a.lc(), || b.lc(), || c.lc())
}

/// `a x b`: one constraint, none when either is constant.
pub(crate) fn product(cs: &Cs, a: &Lin, b: &Lin) -> Result<Lin, SynthesisError> {
    if a.is_constant() {
        return Ok(b.clone().scaled(a.constant));
    }
    if b.is_constant() {
        return Ok(a.clone().scaled(b.constant));
    }
    let c = witness(cs, a.value * b.value)?;
    enforce(cs, a, b, &c)?;
    Ok(c)
}

/// The q with `q x denominator = numerator`: one constraint. The caller knows that the denominator
/// is not zero (else q is only determined when the numerator is not zero either, and then it does
/// not exist).
pub(crate) fn quotient(cs: &Cs, numerator: &Lin, denominator: &Lin) -> Result<Lin, SynthesisError> {
    quotient_by(cs, numerator, denominator, Fr::ZERO)
}

/// [`quotient`], for a caller who knows the denominator's inverse, as part of many that were
/// computed together. If it is not the inverse, the inverse is computed here. So it decides only
/// how long this takes.
pub(crate) fn quotient_by(cs: &Cs, numerator: &Lin, denominator: &Lin, inverse: Fr) -> Result<Lin, SynthesisError> {
    let right = inverse * denominator.value == Fr::ONE;
    let inverse = if right { inverse } else { denominator.value.inverse().unwrap_or(Fr::ZERO) };
    if denominator.is_constant() {
        return Ok(numerator.clone().scaled(inverse));
    }
    let q = witness(cs, numerator.value * inverse)?;
    enforce(cs, denominator, &q, numerator)?;
    Ok(q)
}

/// The inverses of two denominators by one inversion; zeros where one of them is zero.
pub(crate) fn inverses(a: &Lin, b: &Lin) -> [Fr; 2] {
    let both = (a.value * b.value).inverse().unwrap_or(Fr::ZERO);
    [both * b.value, both * a.value]
}
