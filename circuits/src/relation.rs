//! The relations as circuits. Each mirrors the native check of the same name in
//! `protocol::relation`.
//!
//! A relation allocates its statement's inputs in order, then its witness, and enforces its
//! conditions through a [`Builder`], each under the number and name that the native check uses. A
//! test can leave one condition out. So each condition has a test that breaks only it and that
//! would fail if the condition were missing.

pub mod buy_plan;
pub mod confirm;
pub mod deliver;
pub mod deposit;
#[cfg(test)]
mod differential;
pub mod issue;
pub mod list_plan;
pub mod merge;
pub mod metered;
mod parts;
pub mod plan_ciphertext;
#[cfg(test)]
mod probe;
pub mod refuse;
pub mod release;
pub mod sell_plan;
pub mod settle;
pub mod shortfall;
pub mod surplus;
#[cfg(any(test, feature = "prove"))]
pub mod testing;
mod trade;
pub mod void;
pub mod withdraw;

pub use buy_plan::BuyPlan;
pub use confirm::{ConfirmBuy, ConfirmSell};
pub use deliver::Deliver;
pub use deposit::Deposit;
pub use issue::Issue;
pub use merge::Merge;
pub use metered::Metered;
pub use plan_ciphertext::{bid::BuyCiphertext, offer::SellCiphertext};
pub use refuse::Refuse;
pub use release::Release;
pub use sell_plan::SellPlan;
pub use settle::{SettleBuy, SettleSell};
pub use shortfall::Shortfall;
pub use surplus::Surplus;
pub use void::Void;
pub use withdraw::Withdraw;

use crate::gadget::{lin::Lin, range, variable_of, variable_of_bit, Bit, Cs, Var};
use ark_bls12_381::Fr;
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::{SynthesisError, Variable};
use protocol::relation::check::{Broken, Condition};
use protocol::relation::{RelationKind, Statement};
use rand_core::{CryptoRng, RngCore};
use std::panic::Location;

/// The result of synthesis.
pub type Synthesis<T = ()> = Result<T, SynthesisError>;

/// A relation of docs/protocol/20-relations.md as a circuit.
pub trait Relation {
    /// The relation's kind, with its number and name.
    const KIND: RelationKind;
    /// The statement: the public inputs.
    type Statement: Statement + Clone + Send + Sync;
    /// The witness: everything that stays hidden.
    type Witness: Clone + Send + Sync;

    /// The native check. Error: the names of the conditions that the witness breaks.
    fn check(statement: &Self::Statement, witness: &Self::Witness) -> Result<(), Broken>;
    /// Builds the circuit. Its shape does not depend on any value.
    fn synthesize(b: &mut Builder, statement: &Self::Statement, witness: &Self::Witness) -> Synthesis;
    /// An honest instance. Key generation takes its shape, and every test starts from one.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Self::Statement, Self::Witness);
}

macro_rules! kinds_agree {
    ($($(#[$doc:meta])* $kind:ident = $number:literal $rest:tt;)*) => {
        $(const _: () = assert!(<$kind as Relation>::KIND as u8 == $number, "a circuit that names another relation");)*
    };
}

protocol::for_each_relation!(kinds_agree);

/// Allocates variables and enforces named conditions.
pub struct Builder {
    cs: Cs,
    omitted: Option<Condition>,
    seen: Vec<Condition>,
    declared: Vec<Declared>,
}

/// A variable that the prover chooses, where all others are computed: a field of the witness, or a
/// part of one. [`crate::hunt`] holds these fixed while it asks whether the rest is determined.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The variable.
    pub variable: Variable,
    /// The place in the source that allocates it.
    pub at: &'static Location<'static>,
}

impl Builder {
    /// A builder that enforces every condition.
    pub fn new(cs: Cs) -> Self {
        Builder { cs, omitted: None, seen: Vec::new(), declared: Vec::new() }
    }
    /// A builder that leaves one condition out, for tests.
    pub fn omitting(cs: Cs, condition: Condition) -> Self {
        Builder { omitted: Some(condition), ..Builder::new(cs) }
    }
    /// The constraint system that is built.
    pub fn cs(&self) -> &Cs {
        &self.cs
    }
    /// The names of the conditions so far, in order.
    pub fn conditions(&self) -> &[Condition] {
        &self.seen
    }
    /// The witness variables that are chosen rather than computed, in order.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }
    /// Notes that these variables, which a gadget allocated, are chosen.
    #[track_caller]
    pub(crate) fn declare(&mut self, variables: impl IntoIterator<Item = Variable>) {
        let at = Location::caller();
        self.declared.extend(variables.into_iter().map(|variable| Declared { variable, at }));
    }
    /// Notes the condition's name, and tells whether to enforce it.
    pub fn enforces(&mut self, condition: Condition) -> bool {
        if !self.seen.contains(&condition) {
            self.seen.push(condition);
        }
        self.omitted != Some(condition)
    }
    /// Allocates the next public input.
    pub fn input(&mut self, x: Fr) -> Synthesis<Var> {
        Var::new_input(self.cs.clone(), || Ok(x))
    }
    /// All public inputs of a statement, in order. The last is `binding`. It gets a constraint of
    /// its own, its square, so no input is without a constraint, however the proof system treats
    /// such inputs.
    pub fn inputs<const N: usize>(&mut self, statement: &impl Statement) -> Synthesis<[Var; N]> {
        let vars = self.input_list(statement)?;
        Ok(vars.try_into().unwrap_or_else(|_| panic!("a relation names all its inputs")))
    }
    /// [`Self::inputs`] as a list.
    pub fn input_list(&mut self, statement: &impl Statement) -> Synthesis<Vec<Var>> {
        let vars = statement.inputs().into_iter().map(|x| self.input(x)).collect::<Synthesis<Vec<_>>>()?;
        let binding = Lin::of(&self.cs, vars.last().expect("every statement has a binding"))?;
        crate::gadget::lin::product(&self.cs, &binding, &binding)?;
        Ok(vars)
    }
    /// Allocates a witness.
    #[track_caller]
    pub fn witness(&mut self, x: Fr) -> Synthesis<Var> {
        let var = Var::new_witness(self.cs.clone(), || Ok(x))?;
        self.declare(variable_of(&var));
        Ok(var)
    }
    /// Allocates several witnesses.
    #[track_caller]
    pub fn witnesses<const N: usize>(&mut self, xs: [Fr; N]) -> Synthesis<[Var; N]> {
        let mut vars = Vec::with_capacity(N);
        for x in xs {
            vars.push(self.witness(x)?);
        }
        Ok(vars.try_into().unwrap_or_else(|_| unreachable!("one variable for each of N values")))
    }
    /// Condition: `a = b`.
    pub fn equal(&mut self, condition: Condition, a: &Var, b: &Var) -> Synthesis {
        if self.enforces(condition) {
            range::equal(&self.cs, a, b)?;
        }
        Ok(())
    }
    /// Condition: `x < 2^n`.
    pub fn range(&mut self, condition: Condition, x: &Var, n: usize) -> Synthesis {
        if self.enforces(condition) {
            range::bits(&self.cs, x, n)?;
        }
        Ok(())
    }
    /// Condition: `x != 0`.
    pub fn nonzero(&mut self, condition: Condition, x: &Var) -> Synthesis {
        if self.enforces(condition) {
            range::is_nonzero(&self.cs, x)?;
        }
        Ok(())
    }
    /// Allocates a witness bit, which is always constrained to 0 or 1.
    #[track_caller]
    pub fn bit(&mut self, x: bool) -> Synthesis<Bit> {
        let bit = Bit::new_witness(self.cs.clone(), || Ok(x))?;
        self.declare(variable_of_bit(&bit));
        Ok(bit)
    }
}
