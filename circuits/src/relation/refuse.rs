//! Relation 7c (Refuse) as a circuit: a side refuses its match.

use super::parts::{OwnerVar, PlanVar, SideVar};
use super::trade::{sample_match, MatchVar};
use super::{Builder, Relation, Synthesis};
use protocol::relation::check::Broken;
pub use protocol::relation::refuse::{Refuse as Statement, RefuseWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 7c.
pub struct Refuse;

impl Relation for Refuse {
    const KIND: RelationKind = RelationKind::Refuse;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [match_id, handle, _binding] = b.inputs(s)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let mr = MatchVar::new(b, &w.match_id)?;
        b.equal("1.match", &mr.id, &match_id)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let named = mr.named_by(b, &buy)?;
        b.equal("1.side", &named, &handle)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)?;
        b.equal("1.owner", &plan.owner, &owner.address)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.buy_plan();
        let match_id = sample_match(&mut world, &plan);
        let statement = Statement { match_id: match_id.id(), handle: plan.handle(), binding: world.field() };
        (statement, Witness { owner: world.owner.clone(), match_id, plan })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::probe::{agrees, all_break, determined, same_shape};
    use crate::relation::testing::{constraints, refuses, rng, Mutation, Perturbation, World};
    use protocol::Fr;

    fn one() -> Fr {
        Fr::from(1u64)
    }
    fn seal(s: &mut Statement, w: &mut Witness) {
        s.handle = w.plan.handle();
        match w.plan.side {
            Side::Sell => w.match_id.sell = s.handle.0,
            Side::Buy => w.match_id.buy = s.handle.0,
        }
        s.match_id = w.match_id.id();
    }
    fn seller() -> (Statement, Witness) {
        let (mut s, mut w) = Refuse::sample(&mut rng());
        w.plan = World::new(&mut rng()).sell_plan();
        w.plan.owner = w.owner.address();
        seal(&mut s, &mut w);
        (s, w)
    }

    const MUTATIONS: &[Mutation<Refuse>] = &[
        ("1.match", |s, _| s.match_id.0 += one()),
        ("1.match", |_, w| w.match_id.volume += one()),
        ("1.side", |s, w| {
            w.match_id.sell += one();
            w.match_id.buy += one();
            s.match_id = w.match_id.id();
        }),
        // The match names the plan, but on the other side.
        ("1.side", |s, w| {
            (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
            s.match_id = w.match_id.id();
        }),
        ("1.handle", |_, w| w.plan.blinding += one()),
        // A plan with the same opening but on the other side has another handle.
        ("1.handle", |s, w| {
            w.plan.side = w.plan.side.other();
            (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
            s.match_id = w.match_id.id();
        }),
        ("1.owner", |_, w| w.owner.sk += one()),
        ("1.owner", |s, w| {
            w.plan.owner += one();
            seal(s, w);
        }),
    ];

    #[test]
    fn each_condition_bites_alone_on_either_side() {
        refuses::<Refuse>(MUTATIONS);
        let (s, w) = seller();
        all_break::<Refuse>(&s, &w, MUTATIONS);
    }

    #[test]
    fn every_witness_is_held() {
        for (s, w) in [Refuse::sample(&mut rng()), seller()] {
            determined::<Refuse>(&s, &w);
        }
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let (m, p) = (&mut w.match_id, &mut w.plan);
        let mut all = vec![&mut s.match_id.0, &mut s.handle.0, &mut s.binding, &mut w.owner.sk];
        all.extend([&mut m.sell, &mut m.buy, &mut m.volume, &mut m.price, &mut m.cycle, &mut m.blinding]);
        all.extend([&mut p.volume, &mut p.price, &mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle]);
        all.extend([&mut p.owner, &mut p.blinding]);
        all
    }

    #[test]
    fn native_check_and_circuit_agree() {
        let others: &[Perturbation<Refuse>] = &[|_, w, _| w.plan.side = w.plan.side.other()];
        for instance in [Refuse::sample(&mut rng()), seller()] {
            agrees::<Refuse>(100, &instance, entries, others, seal);
        }
    }

    /// A circuit that forgets the owner.
    struct Forgetful;
    /// A native check that accepts everything.
    struct Trusting;

    macro_rules! wrong {
        ($relation:ident, $check:expr, $synthesize:expr) => {
            impl Relation for $relation {
                const KIND: RelationKind = RelationKind::Refuse;
                type Statement = Statement;
                type Witness = Witness;
                fn check(s: &Statement, w: &Witness) -> Result<(), Broken> {
                    $check(s, w)
                }
                fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
                    $synthesize(b, s, w)
                }
                fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
                    Refuse::sample(rng)
                }
            }
        };
    }

    fn without_owner(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [match_id, handle, _binding] = b.inputs(s)?;
        let mr = MatchVar::new(b, &w.match_id)?;
        b.equal("1.match", &mr.id, &match_id)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let named = mr.named_by(b, &buy)?;
        b.equal("1.side", &named, &handle)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)
    }
    wrong!(Forgetful, Refuse::check, without_owner);
    wrong!(Trusting, |_: &_, _: &_| Ok(()), Refuse::synthesize);

    /// The comparison of native checks and circuits can fail.
    #[test]
    fn a_circuit_and_a_native_check_that_differ_are_found() {
        fn differs<R: Relation<Statement = Statement, Witness = Witness>>() -> bool {
            let instance = R::sample(&mut rng());
            let compare = || agrees::<R>(100, &instance, entries, &[], seal);
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare)).is_err()
        }
        assert!(differs::<Forgetful>() && differs::<Trusting>() && !differs::<Refuse>());
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(constraints::<Refuse>(), 1_192);
        same_shape::<Refuse>(&[seller()]);
    }
}
