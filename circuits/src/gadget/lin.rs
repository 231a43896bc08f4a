//! A linear combination that knows its value, and the few constraints made of such.

use super::{Bit, Cs, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_r1cs_std::{fields::fp::AllocatedFp, GR1CSVar};
use ark_relations::gr1cs::{LinearCombination, SynthesisError, Variable};

/// `constant + sum of coefficient x variable`, with its value (zero while keys are made, when nothing has a value).
#[derive(Clone)]
pub(crate) struct Lin {
    pub value: Fr,
    pub constant: Fr,
    pub terms: Vec<(Fr, Variable)>,
}

impl Lin {
    pub fn constant(c: Fr) -> Self {
        Lin { value: c, constant: c, terms: Vec::new() }
    }

    pub fn one() -> Self {
        Lin::constant(Fr::ONE)
    }

    pub fn variable(value: Fr, variable: Variable) -> Self {
        Lin { value, constant: Fr::ZERO, terms: vec![(Fr::ONE, variable)] }
    }

    /// The variable as it stands, which may itself be a symbolic combination.
    pub fn of(cs: &Cs, x: &Var) -> Result<Self, SynthesisError> {
        match x {
            Var::Constant(c) => Ok(Lin::constant(*c)),
            Var::Var(a) => Ok(Lin::variable(value(cs, x)?, a.variable)),
        }
    }

    pub fn bit(cs: &Cs, b: &Bit) -> Result<Self, SynthesisError> {
        match b {
            Bit::Constant(b) => Ok(Lin::constant(Fr::from(*b))),
            Bit::Var(a) => {
                Ok(Lin::variable(if cs.is_in_setup_mode() { Fr::ZERO } else { a.value()?.into() }, a.variable()))
            }
        }
    }

    /// `self + k x other`.
    pub fn plus(mut self, k: Fr, other: &Lin) -> Self {
        if k.is_zero() {
            return self;
        }
        self.value += k * other.value;
        self.constant += k * other.constant;
        for (c, v) in &other.terms {
            match self.terms.iter_mut().find(|(_, w)| w == v) {
                Some((d, _)) => *d += k * c,
                None => self.terms.push((k * c, *v)),
            }
        }
        self
    }

    pub fn scaled(mut self, k: Fr) -> Self {
        self.value *= k;
        self.constant *= k;
        self.terms.iter_mut().for_each(|(c, _)| *c *= k);
        self
    }

    pub fn is_constant(&self) -> bool {
        self.terms.is_empty()
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
    Ok(Lin::variable(value, cs.new_witness_variable(|| Ok(value))?))
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

/// The q with `q x denominator = numerator`: one constraint. The caller knows that the denominator is not zero (else q
/// is only determined when the numerator is not zero either, and then it does not exist).
pub(crate) fn quotient(cs: &Cs, numerator: &Lin, denominator: &Lin) -> Result<Lin, SynthesisError> {
    let inverse = denominator.value.inverse().unwrap_or(Fr::ZERO);
    if denominator.is_constant() {
        return Ok(numerator.clone().scaled(inverse));
    }
    let q = witness(cs, numerator.value * inverse)?;
    enforce(cs, denominator, &q, numerator)?;
    Ok(q)
}
