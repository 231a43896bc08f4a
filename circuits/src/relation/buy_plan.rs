//! Relation 2 (BuyPlan) as a circuit: a balance record backs a bid.

use super::list_plan::{seal_plan, trace_tag, Inputs};
use super::parts::{climb, new_balance, not_both, packed, ranged, shown, within_parameters};
use super::parts::{BalanceVar, OwnerVar, PlanVar, SideVar};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::Var;
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::plan::{wanted_attributes, weight_attributes, WANTED_BITS, WEIGHT_BITS};
use protocol::relation::check::{Broken, Ephemeral};
use protocol::relation::list_plan::ParametersOpening;
pub use protocol::relation::list_plan::{BuyPlanWitness as Witness, ListPlan as Statement};
use protocol::relation::RelationKind;
use protocol::terms::Terms;
use protocol::units::{Money, Tick};
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 2.
pub struct BuyPlan;

impl Relation for BuyPlan {
    const KIND: RelationKind = RelationKind::BuyPlan;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_buy(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let public = Inputs::new(b, s)?;
        let owner = OwnerVar::new(b, &w.owner)?;

        let balance = BalanceVar::new(b, &w.balance)?;
        // No range of the amount: it is the sum of v_p p_p and the rest, each below 2^64 by
        // conditions 3 and 4.
        let (reached, position) = climb(b, &balance.commitment, &w.path)?;
        b.equal("1.membership", &reached, &public.root)?;
        b.equal("1.owner", &balance.owner, &owner.address)?;
        let nullifier = owner.nullifier(b, &balance.commitment, &position)?;
        b.equal("1.nullifier", &public.nullifier, &nullifier)?;

        let kind = TraceKind::Buy;
        let (root, epoch, cycle) = (&public.root, &public.epoch, &public.cycle);
        let credential = shown(b, &w.shown, root, epoch, kind, cycle, &owner.address, &public.tag, None)?;

        let plan = PlanVar::new(b, &w.plan, SideVar::Buy)?;
        b.equal("2.meter", &plan.meter, &credential.meter)?;
        b.equal("3.handle", &public.handle, &plan.handle)?;
        b.equal("3.owner", &plan.owner, &owner.address)?;
        b.equal("3.cycle", &plan.cycle, cycle)?;
        within_parameters(b, &w.parameters, &public.parameters, &plan.volume, &plan.price)?;

        let wanted = b.witnesses(w.wanted)?;
        let tick = ranged(b, "3.wanted-range", &wanted[0], WANTED_BITS[0])?;
        for (part, n) in wanted.iter().zip(WANTED_BITS).skip(1) {
            b.range("3.wanted-range", part, n)?;
        }
        // 48 = 110000b: below it, not both top bits are set.
        not_both(b, "3.wanted-tick", &tick[4], &tick[5])?;
        packed(b, "3.wanted-packed", &plan.attributes, &wanted, &WANTED_BITS)?;
        let weights = b.witnesses(w.weights)?;
        for weight in &weights {
            b.range("3.weight-range", weight, WEIGHT_BITS)?;
        }
        packed(b, "3.weights-packed", &plan.preferences, &weights, &[WEIGHT_BITS; 9])?;

        let rest: Var = &balance.amount - &plan.volume * &plan.price;
        b.range("4.lock", &rest, 64)?;
        let change = new_balance(b, &rest, &owner.address, w.change_blinding)?;
        b.equal("4.change", &public.change, &change)?;
        public.ciphertexts(b, ["5.point", "5.terms", "5.audit"], &w.ephemeral, &plan)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (grid, bid) = (world.market().grid, world.bid());
        let blinding = world.field();
        let balance = Balance::new(Money::new(1_000_000_000).expect("below 2^64"), world.address(), blinding);
        let position = world.insert(balance.commitment().0);
        let credential = world.credential();
        let witness = Witness {
            owner: world.owner.clone(),
            balance,
            path: world.path(position),
            shown: world.shown(&credential),
            plan: world.buy_plan(),
            wanted: wanted_attributes(&grid, &bid).expect("its prices are on the grid"),
            weights: weight_attributes(&bid),
            parameters: ParametersOpening::new(&world.market(), &Terms::default(), Tick::new(40).expect("below 48")),
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
    let (b, plan) = (&w.balance, &w.plan);
    s.nullifier = w.owner.nullifier(b.commitment(), &w.path);
    s.tag = trace_tag(&w.shown, TraceKind::Buy, s.cycle);
    let amount = b.amount - plan.volume * plan.price;
    s.change = Balance { amount, owner: w.owner.address(), blinding: w.change_blinding }.commitment();
    seal_plan(s, plan, &w.ephemeral);
}

#[cfg(test)]
mod tests;
