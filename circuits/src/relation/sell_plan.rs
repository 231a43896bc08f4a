//! Relation 1 (SellPlan) as a circuit: a generation record backs an offer.

use super::list_plan::{seal_plan, trace_tag, Inputs};
use super::parts::{climb, packed, shown, within_parameters, OwnerVar, PlanVar, SideVar};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::{poseidon::hash, Var};
use protocol::keys::TraceKind;
use protocol::poseidon::Tag;
use protocol::record::generation::Generation;
use protocol::record::plan::{offer_attributes, OFFER_BITS};
use protocol::relation::check::{Broken, Ephemeral};
use protocol::relation::list_plan::ParametersOpening;
pub use protocol::relation::list_plan::{ListPlan as Statement, SellPlanWitness as Witness};
use protocol::relation::RelationKind;
use protocol::terms::Terms;
use protocol::units::{Energy, EnergyType, Tick};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 1.
pub struct SellPlan;

impl Relation for SellPlan {
    const KIND: RelationKind = RelationKind::SellPlan;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_sell(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let public = Inputs::new(b, s)?;
        let owner = OwnerVar::new(b, &w.owner)?;

        let g = &w.generation;
        let opening = b.witnesses([g.volume, g.energy_type, g.cycle, g.owner, g.meter, g.blinding])?;
        let commitment = hash(b.cs(), Tag::Generation, &opening)?;
        let [volume, energy_type, g_cycle, g_owner, g_meter, _] = opening;
        // No range of the volume: it is the sum of v_s and the rest, each below 2^32 by condition 3.
        let (reached, position) = climb(b, &commitment, &w.path)?;
        b.equal("1.membership", &reached, &public.root)?;
        b.equal("1.owner", &g_owner, &owner.address)?;
        let nullifier = owner.nullifier(b, &commitment, &position)?;
        b.equal("1.nullifier", &public.nullifier, &nullifier)?;
        b.equal("1.cycle", &g_cycle, &public.cycle)?;

        let kind = TraceKind::Sell;
        let (root, epoch, cycle) = (&public.root, &public.epoch, &public.cycle);
        let credential = shown(b, &w.shown, root, epoch, kind, cycle, &owner.address, &public.tag, None)?;
        b.equal("2.meter", &g_meter, &credential.meter)?;

        let plan = PlanVar::new(b, &w.plan, SideVar::Sell)?;
        b.equal("3.handle", &public.handle, &plan.handle)?;
        b.equal("3.owner", &plan.owner, &owner.address)?;
        b.equal("3.cycle", &plan.cycle, cycle)?;
        let rest = &volume - &plan.volume;
        b.range("3.covered", &rest, 32)?;
        within_parameters(b, &w.parameters, &public.parameters, &plan.volume, &plan.price)?;

        let attributes = b.witnesses(w.attributes)?;
        for (part, n) in attributes.iter().zip(OFFER_BITS) {
            b.range("4.range", part, n)?;
        }
        packed(b, "4.packed", &plan.attributes, &attributes, &OFFER_BITS)?;
        b.equal("4.preferences", &plan.preferences, &Var::Constant(Fr::from(0u64)))?;
        let [a_type, a_x, a_y, a_reputation] = attributes;
        b.equal("4.type", &a_type, &energy_type)?;
        b.equal("4.place", &a_x, &credential.x)?;
        b.equal("4.place", &a_y, &credential.y)?;
        b.equal("4.reputation", &a_reputation, &credential.reputation)?;
        b.equal("4.meter", &plan.meter, &credential.meter)?;

        let blinding = b.witness(w.change_blinding)?;
        let change = [rest, energy_type, cycle.clone(), owner.address, g_meter, blinding];
        let change = hash(b.cs(), Tag::Generation, &change)?;
        b.equal("5.change", &public.change, &change)?;
        public.ciphertexts(b, ["6.point", "6.terms", "6.audit"], &w.ephemeral, &plan)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let volume = Energy::new(2000).expect("below 2^32");
        let blinding = world.field();
        let generation =
            Generation::new(volume, EnergyType::Solar, world.cycle, world.address(), world.meter, blinding);
        let position = world.insert(generation.commitment().0);
        let credential = world.credential();
        let witness = Witness {
            owner: world.owner.clone(),
            generation,
            path: world.path(position),
            shown: world.shown(&credential),
            plan: world.sell_plan(),
            attributes: offer_attributes(&world.offer()),
            parameters: ParametersOpening::new(&world.market(), &Terms::default(), Tick::new(20).expect("below 48")),
            change_blinding: world.field(),
            ephemeral: Ephemeral::random(world.rng()),
        };
        let mut statement = world.listing();
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// Computes the parts of the statement that follow from the witness: nullifier, handle, change, tag
/// and ciphertexts.
pub fn seal(s: &mut Statement, w: &Witness) {
    let (g, plan) = (&w.generation, &w.plan);
    s.nullifier = w.owner.nullifier(g.commitment(), &w.path);
    s.tag = trace_tag(&w.shown, TraceKind::Sell, s.cycle);
    let change = Generation {
        volume: g.volume - plan.volume,
        energy_type: g.energy_type,
        cycle: Fr::from(s.cycle.get()),
        owner: w.owner.address(),
        meter: g.meter,
        blinding: w.change_blinding,
    };
    s.change = change.commitment();
    seal_plan(s, plan, &w.ephemeral);
}

#[cfg(test)]
mod tests;
