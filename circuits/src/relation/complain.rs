//! Relation 7d, Complain.

use super::parts::{OwnerVar, PlanVar, SideVar};
use super::{Builder, Relation, Synthesis};
use protocol::relation::check::Broken;
pub use protocol::relation::complain::{Complain as Statement, ComplainWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The relation.
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
    use crate::relation::testing::{refuses, Mutation};
    use protocol::Fr;

    const MUTATIONS: &[Mutation<Complain>] =
        &[("1.handle", |_, w| w.plan.volume += Fr::from(1u64)), ("1.owner", |_, w| w.owner.sk += Fr::from(1u64))];

    #[test]
    fn each_condition_bites_alone() {
        refuses::<Complain>(MUTATIONS);
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(crate::relation::testing::constraints::<Complain>(), 835);
    }
}
