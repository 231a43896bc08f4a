//! Relation 7 (Release) as a circuit: a plan gives back its lock.

use super::parts::{OwnerVar, PlanVar, SideVar};
use super::trade::{refund, splits};
use super::{Builder, Relation, Synthesis};
use crate::gadget::Var;
use ark_bls12_381::Fr;
use protocol::relation::check::Broken;
use protocol::relation::release::refund as refund_of;
pub use protocol::relation::release::{Release as Statement, ReleaseWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 7.
pub struct Release;

impl Relation for Release {
    const KIND: RelationKind = RelationKind::Release;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [handle, cycle, side, published, _binding] = b.inputs(s)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)?;
        b.equal("1.kind", &Var::from(buy.clone()), &side)?;
        b.equal("1.owner", &plan.owner, &owner.address)?;
        b.equal("1.cycle", &plan.cycle, &cycle)?;
        let [energy_type, blinding] = b.witnesses([w.energy_type, w.blinding])?;
        splits(b, "1.type", &plan.attributes, &energy_type)?;
        let computed = refund(b, &buy, &plan, &energy_type, &plan.volume, &blinding)?;
        b.equal("1.refund", &computed, &published)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.sell_plan();
        let energy_type = Fr::from(world.offer().energy_type.number());
        let blinding = world.field();
        let refund = refund_of(&plan, energy_type, plan.volume, blinding);
        let statement =
            Statement { handle: plan.handle(), cycle: world.cycle, side: plan.side, refund, binding: world.field() };
        (statement, Witness { owner: world.owner.clone(), plan, energy_type, blinding })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::probe::{agrees, all_break, determined, same_shape};
    use crate::relation::testing::{constraints, refuses, rng, Mutation, Perturbation, World};
    use protocol::record::plan::Plan;
    use protocol::units::Cycle;

    fn one() -> Fr {
        Fr::from(1u64)
    }
    fn seal_refund(s: &mut Statement, w: &mut Witness) {
        s.refund = refund_of(&w.plan, w.energy_type, w.plan.volume, w.blinding);
    }
    fn seal(s: &mut Statement, w: &mut Witness) {
        s.handle = w.plan.handle();
        seal_refund(s, w);
    }
    fn buyer() -> (Statement, Witness) {
        let (mut s, mut w) = Release::sample(&mut rng());
        w.plan = World::new(&mut rng()).buy_plan();
        w.plan.owner = w.owner.address();
        // Tick 16 of the wanted price, its lowest three bits.
        w.energy_type = Fr::from(0u64);
        s.side = Side::Buy;
        seal(&mut s, &mut w);
        (s, w)
    }

    const MUTATIONS: &[Mutation<Release>] = &[
        ("1.handle", |s, _| s.handle.0 += one()),
        ("1.handle", |_, w| w.plan.preferences += one()),
        // A larger volume than was listed.
        ("1.handle", |s, w| {
            w.plan.volume += one();
            seal_refund(s, w);
        }),
        ("1.kind", |s, _| s.side = s.side.other()),
        // The plan is read as one of the other side, for the other kind of refund.
        ("1.handle", |s, w| {
            w.plan.side = w.plan.side.other();
            s.side = w.plan.side;
            seal_refund(s, w);
        }),
        ("1.owner", |_, w| w.owner.sk += one()),
        ("1.owner", |s, w| {
            w.plan.owner += one();
            seal(s, w);
        }),
        ("1.cycle", |s, w| {
            w.plan.cycle += one();
            seal(s, w);
        }),
        ("1.type", |s, w| {
            w.energy_type += Fr::from(8u64);
            seal(s, w);
        }),
        ("1.type", |s, w| {
            w.energy_type += one();
            seal(s, w);
        }),
        ("1.type", |s, w| {
            w.plan.attributes += Fr::from(1u128 << 85);
            seal(s, w);
        }),
        ("1.refund", |s, _| s.refund.0 += one()),
        ("1.refund", |_, w| w.blinding += one()),
        ("1.refund", |s, w| s.refund = refund_of(&w.plan, w.energy_type, w.plan.volume + one(), w.blinding)),
        // The refund is of the other kind.
        ("1.refund", |s, w| {
            let plan = Plan { side: w.plan.side.other(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, plan.volume, w.blinding);
        }),
        ("1.refund", |s, w| {
            let plan = Plan { owner: w.plan.owner + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, plan.volume, w.blinding);
        }),
    ];
    const SELL: &[Mutation<Release>] = &[
        ("1.refund", |s, w| s.refund = refund_of(&w.plan, w.energy_type + one(), w.plan.volume, w.blinding)),
        ("1.refund", |s, w| {
            let plan = Plan { cycle: w.plan.cycle + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, plan.volume, w.blinding);
        }),
        // The refund names another metering service than the plan.
        ("1.refund", |s, w| {
            let plan = Plan { meter: w.plan.meter + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, plan.volume, w.blinding);
        }),
    ];
    const BUY: &[Mutation<Release>] = &[("1.refund", |s, w| {
        let plan = Plan { price: w.plan.price + Fr::from(7_500u64), ..w.plan };
        s.refund = refund_of(&plan, w.energy_type, plan.volume, w.blinding);
    })];

    #[test]
    fn each_condition_bites_alone_on_either_side() {
        refuses::<Release>(&[MUTATIONS, SELL].concat());
        let (s, w) = buyer();
        all_break::<Release>(&s, &w, &[MUTATIONS, BUY].concat());
    }

    #[test]
    fn every_witness_is_held() {
        for (s, w) in [Release::sample(&mut rng()), buyer()] {
            determined::<Release>(&s, &w);
        }
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let p = &mut w.plan;
        let mut all = vec![&mut s.handle.0, &mut s.refund.0, &mut s.binding, &mut w.owner.sk];
        all.extend([&mut w.energy_type, &mut w.blinding]);
        all.extend([&mut p.volume, &mut p.price, &mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle]);
        all.extend([&mut p.owner, &mut p.blinding]);
        all
    }

    const OTHERS: &[Perturbation<Release>] = &[
        |s, _, _| s.side = s.side.other(),
        |_, w, _| w.plan.side = w.plan.side.other(),
        |s, _, _| s.cycle = Cycle::new(s.cycle.get() + 1).unwrap(),
    ];

    #[test]
    fn native_check_and_circuit_agree() {
        for instance in [Release::sample(&mut rng()), buyer()] {
            agrees::<Release>(80, &instance, entries, OTHERS, seal);
        }
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(constraints::<Release>(), 1_542);
        same_shape::<Release>(&[buyer()]);
    }
}
