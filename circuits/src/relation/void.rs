//! Relation 7b (Void) as a circuit: a trade without delivery gives back its lock.

use super::parts::{OwnerVar, PlanVar, SideVar};
use super::trade::{refund, sample_match, splits, MatchVar};
use super::{Builder, Relation, Synthesis};
use crate::gadget::Var;
use ark_bls12_381::Fr;
use protocol::relation::check::Broken;
use protocol::relation::release::refund as refund_of;
pub use protocol::relation::void::{Void as Statement, VoidWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 7b.
pub struct Void;

impl Relation for Void {
    const KIND: RelationKind = RelationKind::Void;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [match_id, handle, cycle, side, published, _binding] = b.inputs(s)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let mr = MatchVar::new(b, &w.match_id)?;
        b.equal("1.match", &mr.id, &match_id)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let named = mr.named_by(b, &buy)?;
        b.equal("1.side", &named, &handle)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)?;
        b.equal("1.kind", &Var::from(buy.clone()), &side)?;
        b.equal("1.owner", &plan.owner, &owner.address)?;
        b.equal("1.cycle", &plan.cycle, &cycle)?;
        let [energy_type, blinding] = b.witnesses([w.energy_type, w.blinding])?;
        splits(b, "1.type", &plan.attributes, &energy_type)?;
        let computed = refund(b, &buy, &plan, &energy_type, &mr.volume, &blinding)?;
        b.equal("1.refund", &computed, &published)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.sell_plan();
        let match_id = sample_match(&mut world, &plan);
        let energy_type = Fr::from(world.offer().energy_type.number());
        let blinding = world.field();
        let statement = Statement {
            match_id: match_id.id(),
            handle: plan.handle(),
            cycle: world.cycle,
            side: plan.side,
            refund: refund_of(&plan, energy_type, match_id.volume, blinding),
            binding: world.field(),
        };
        (statement, Witness { owner: world.owner.clone(), match_id, plan, energy_type, blinding })
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
    fn seal_match(s: &mut Statement, w: &mut Witness) {
        s.match_id = w.match_id.id();
    }
    fn seal_refund(s: &mut Statement, w: &mut Witness) {
        s.refund = refund_of(&w.plan, w.energy_type, w.match_id.volume, w.blinding);
    }
    fn seal(s: &mut Statement, w: &mut Witness) {
        s.handle = w.plan.handle();
        match w.plan.side {
            Side::Sell => w.match_id.sell = s.handle.0,
            Side::Buy => w.match_id.buy = s.handle.0,
        }
        seal_match(s, w);
        seal_refund(s, w);
    }
    fn buyer() -> (Statement, Witness) {
        let (mut s, mut w) = Void::sample(&mut rng());
        w.plan = World::new(&mut rng()).buy_plan();
        w.plan.owner = w.owner.address();
        // Tick 16 of the wanted price, its lowest three bits.
        w.energy_type = Fr::from(0u64);
        s.side = Side::Buy;
        seal(&mut s, &mut w);
        (s, w)
    }

    const MUTATIONS: &[Mutation<Void>] = &[
        ("1.match", |s, _| s.match_id.0 += one()),
        // More than was matched.
        ("1.match", |s, w| {
            w.match_id.volume += one();
            seal_refund(s, w);
        }),
        ("1.side", |s, w| {
            w.match_id.sell += one();
            w.match_id.buy += one();
            seal_match(s, w);
        }),
        ("1.side", |s, w| {
            (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
            seal_match(s, w);
        }),
        ("1.handle", |_, w| w.plan.preferences += one()),
        // The plan is read as one of the other side, for the other kind of refund.
        ("1.handle", |s, w| {
            w.plan.side = w.plan.side.other();
            (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
            s.side = w.plan.side;
            seal_match(s, w);
            seal_refund(s, w);
        }),
        ("1.kind", |s, _| s.side = s.side.other()),
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
        // The whole plan instead of what was matched.
        ("1.refund", |s, w| s.refund = refund_of(&w.plan, w.energy_type, w.plan.volume, w.blinding)),
        // The refund is of the other kind.
        ("1.refund", |s, w| {
            let plan = Plan { side: w.plan.side.other(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, w.match_id.volume, w.blinding);
        }),
        ("1.refund", |s, w| {
            let plan = Plan { owner: w.plan.owner + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, w.match_id.volume, w.blinding);
        }),
    ];
    const SELL: &[Mutation<Void>] = &[
        ("1.refund", |s, w| s.refund = refund_of(&w.plan, w.energy_type + one(), w.match_id.volume, w.blinding)),
        ("1.refund", |s, w| {
            let plan = Plan { cycle: w.plan.cycle + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, w.match_id.volume, w.blinding);
        }),
        // The refund names another metering service than the plan.
        ("1.refund", |s, w| {
            let plan = Plan { meter: w.plan.meter + one(), ..w.plan };
            s.refund = refund_of(&plan, w.energy_type, w.match_id.volume, w.blinding);
        }),
    ];
    // The lock was at the limit, so the match's price gives back too little.
    const BUY: &[Mutation<Void>] = &[("1.refund", |s, w| {
        let plan = Plan { price: w.match_id.price, ..w.plan };
        s.refund = refund_of(&plan, w.energy_type, w.match_id.volume, w.blinding);
    })];

    #[test]
    fn each_condition_bites_alone_on_either_side() {
        refuses::<Void>(&[MUTATIONS, SELL].concat());
        let (s, w) = buyer();
        all_break::<Void>(&s, &w, &[MUTATIONS, BUY].concat());
    }

    #[test]
    fn every_witness_is_held() {
        for (s, w) in [Void::sample(&mut rng()), buyer()] {
            determined::<Void>(&s, &w);
        }
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let (m, p) = (&mut w.match_id, &mut w.plan);
        let mut all = vec![&mut s.match_id.0, &mut s.handle.0, &mut s.refund.0, &mut s.binding, &mut w.owner.sk];
        all.extend([&mut w.energy_type, &mut w.blinding]);
        all.extend([&mut m.sell, &mut m.buy, &mut m.volume, &mut m.price, &mut m.cycle, &mut m.blinding]);
        all.extend([&mut p.volume, &mut p.price, &mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle]);
        all.extend([&mut p.owner, &mut p.blinding]);
        all
    }

    const OTHERS: &[Perturbation<Void>] = &[
        |s, _, _| s.side = s.side.other(),
        |_, w, _| w.plan.side = w.plan.side.other(),
        |s, _, _| s.cycle = Cycle::new(s.cycle.get() + 1).unwrap(),
    ];

    #[test]
    fn native_check_and_circuit_agree() {
        for instance in [Void::sample(&mut rng()), buyer()] {
            agrees::<Void>(80, &instance, entries, OTHERS, seal);
        }
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(constraints::<Void>(), 1_899);
        same_shape::<Void>(&[buyer()]);
    }
}
