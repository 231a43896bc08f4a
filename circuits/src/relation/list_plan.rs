//! The parts that relations 1 and 2 share: their inputs, their ciphertexts, and the completion of a
//! statement.

use super::parts::{ciphertext, ephemeral, PlanVar};
use super::{Builder, Synthesis};
use crate::gadget::Var;
use protocol::elgamal::{encrypt, Role};
use protocol::keys::{TraceKind, TraceTag};
use protocol::poseidon::{hash, Tag};
use protocol::record::plan::Plan;
use protocol::relation::check::{Condition, CredentialShown, Ephemeral};
pub use protocol::relation::list_plan::ListPlan as Statement;
use protocol::units::Cycle;
use protocol::Fr;

/// The public inputs.
pub(super) struct Inputs {
    pub root: Var,
    pub epoch: Var,
    pub cycle: Var,
    pub parameters: Var,
    pub nullifier: Var,
    pub handle: Var,
    pub change: Var,
    pub tag: Var,
    terms_key: [Var; 2],
    audit_key: [Var; 2],
    c1: [Var; 2],
    terms: [Var; 2],
    audit: [Var; 3],
}

impl Inputs {
    pub fn new(b: &mut Builder, s: &Statement) -> Synthesis<Self> {
        let [root, epoch, cycle, parameters, nullifier, handle, change, tag, rest @ ..] = b.inputs::<20>(s)?;
        let [t_x, t_y, a_x, a_y, c_x, c_y, t0, t1, a0, a1, a2, _binding] = rest;
        Ok(Inputs {
            root,
            epoch,
            cycle,
            parameters,
            nullifier,
            handle,
            change,
            tag,
            terms_key: [t_x, t_y],
            audit_key: [a_x, a_y],
            c1: [c_x, c_y],
            terms: [t0, t1],
            audit: [a0, a1, a2],
        })
    }

    /// The conditions of the two ciphertexts: point, terms, audit.
    pub fn ciphertexts(&self, b: &mut Builder, names: [Condition; 3], e: &Ephemeral, plan: &PlanVar) -> Synthesis {
        let e = ephemeral(b, names[0], e, &self.c1[0], &self.c1[1])?;
        let (owner, terms) = (plan.owner.clone(), [plan.volume.clone(), plan.price.clone()]);
        let audit = [owner, terms[0].clone(), terms[1].clone()];
        ciphertext(b, names[1], &e, Role::Terms, self.terms_key.each_ref(), &self.handle, &terms, &self.terms)?;
        ciphertext(b, names[2], &e, Role::Audit, self.audit_key.each_ref(), &self.handle, &audit, &self.audit)
    }
}

/// The trace tag of a credential that is shown.
pub(super) fn trace_tag(shown: &CredentialShown, kind: TraceKind, cycle: Cycle) -> TraceTag {
    let (kind, cycle) = (Fr::from(kind as u64), Fr::from(cycle.get()));
    TraceTag(hash(Tag::TraceTag, &[shown.trace_key, kind, cycle, shown.counter]))
}

/// Handle and ciphertexts from the plan.
pub(super) fn seal_plan(s: &mut Statement, plan: &Plan, e: &Ephemeral) {
    s.handle = plan.handle();
    s.c1 = e.point();
    s.terms = encrypt(Role::Terms, &s.terms_key, s.handle.0, &e.e, &[plan.volume, plan.price]);
    s.audit = encrypt(Role::Audit, &s.audit_key, s.handle.0, &e.e, &[plan.owner, plan.volume, plan.price]);
}
