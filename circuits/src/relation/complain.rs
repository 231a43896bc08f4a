//! Relation 7d (Complain) as a circuit: the owner of a plan says that its match does not open.

use super::parts::{OwnerVar, PlanVar, SideVar};
use super::{Builder, Relation, Synthesis};
use protocol::relation::check::Broken;
pub use protocol::relation::complain::{Complain as Statement, ComplainWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 7d.
pub struct Complain;

impl Relation for Complain {
    const KIND: RelationKind = RelationKind::Complain;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [handle, _binding] = b.inputs(s)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)?;
        b.equal("1.owner", &plan.owner, &owner.address)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.sell_plan();
        (Statement { handle: plan.handle(), binding: world.field() }, Witness { owner: world.owner.clone(), plan })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::probe::{agrees, determined};
    use crate::relation::testing::{refuses, Mutation, Perturbation};
    use protocol::Fr;

    const MUTATIONS: &[Mutation<Complain>] =
        &[("1.handle", |_, w| w.plan.volume += Fr::from(1u64)), ("1.owner", |_, w| w.owner.sk += Fr::from(1u64))];

    #[test]
    fn each_condition_bites_alone() {
        refuses::<Complain>(MUTATIONS);
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let p = &mut w.plan;
        let mut all = vec![&mut s.handle.0, &mut s.binding, &mut w.owner.sk, &mut p.volume, &mut p.price];
        all.extend([&mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle, &mut p.owner, &mut p.blinding]);
        all
    }

    const OTHERS: &[Perturbation<Complain>] = &[|_, w, _| w.plan.side = w.plan.side.other()];

    #[test]
    fn native_check_and_circuit_agree() {
        let mut rng = crate::relation::testing::rng();
        let mut instance = Complain::sample(&mut rng);
        agrees::<Complain>(100, &instance, entries, OTHERS, |s, w| s.handle = w.plan.handle());
        let (s, w) = &mut instance;
        w.plan.side = Side::Buy;
        s.handle = w.plan.handle();
        determined::<Complain>(s, w);
        agrees::<Complain>(100, &instance, entries, OTHERS, |s, w| s.handle = w.plan.handle());
    }

    /// A circuit that forgets the owner.
    struct Forgetful;
    /// A native check that accepts everything.
    struct Trusting;

    macro_rules! wrong {
        ($relation:ident, $check:expr, $synthesize:expr) => {
            impl Relation for $relation {
                const KIND: RelationKind = RelationKind::Complain;
                type Statement = Statement;
                type Witness = Witness;
                fn check(s: &Statement, w: &Witness) -> Result<(), Broken> {
                    $check(s, w)
                }
                fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
                    $synthesize(b, s, w)
                }
                fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
                    Complain::sample(rng)
                }
            }
        };
    }

    fn without_owner(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [handle, _binding] = b.inputs(s)?;
        let buy = b.bit(w.plan.side == Side::Buy)?;
        let plan = PlanVar::new(b, &w.plan, SideVar::Either(&buy))?;
        b.equal("1.handle", &plan.handle, &handle)
    }
    wrong!(Forgetful, Complain::check, without_owner);
    wrong!(Trusting, |_: &_, _: &_| Ok(()), Complain::synthesize);

    /// The comparison of native checks and circuits can fail.
    #[test]
    fn a_circuit_and_a_native_check_that_differ_are_found() {
        fn differs<R: Relation<Statement = Statement, Witness = Witness>>() -> bool {
            let instance = R::sample(&mut crate::relation::testing::rng());
            let compare = || agrees::<R>(100, &instance, entries, &[], |s, w| s.handle = w.plan.handle());
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare)).is_err()
        }
        assert!(differs::<Forgetful>() && differs::<Trusting>() && !differs::<Complain>());
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(crate::relation::testing::constraints::<Complain>(), 835);
    }
}
