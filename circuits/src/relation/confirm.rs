//! Relations 3 (ConfirmSell) and 4 (ConfirmBuy) as circuits: a match lies within the side's plan.

use super::parts::{ciphertext, ephemeral, OwnerVar, PlanVar, SideVar};
use super::trade::{balance, generation, sample_match, splits, MatchVar};
use super::{Builder, Relation, Synthesis};
use ark_bls12_381::Fr;
use protocol::elgamal::{encrypt, Role};
use protocol::record::balance::Balance;
use protocol::record::generation::Generation;
use protocol::record::plan::Plan;
use protocol::relation::check::{Broken, Ephemeral};
pub use protocol::relation::confirm::{Confirm as Statement, ConfirmWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 3.
pub struct ConfirmSell;

/// The circuit of relation 4.
pub struct ConfirmBuy;

impl Relation for ConfirmSell {
    const KIND: RelationKind = RelationKind::ConfirmSell;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_sell(witness)
    }
    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        synthesize(b, s, w, Side::Sell)
    }
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.sell_plan();
        sample(world, plan)
    }
}

impl Relation for ConfirmBuy {
    const KIND: RelationKind = RelationKind::ConfirmBuy;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_buy(witness)
    }
    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        synthesize(b, s, w, Side::Buy)
    }
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let plan = world.buy_plan();
        sample(world, plan)
    }
}

fn synthesize(b: &mut Builder, s: &Statement, w: &Witness, side: Side) -> Synthesis {
    let [match_id, handle, cycle, meter, key_x, key_y, c1_x, c1_y, first, second, change, _binding] = b.inputs(s)?;
    let owner = OwnerVar::new(b, &w.owner)?;

    // 1. MR opens, names the plan on this side, and its cycle is the plan's.
    let mr = MatchVar::new(b, &w.match_id)?;
    b.equal("1.match", &mr.id, &match_id)?;
    b.equal("1.side", mr.named(side), &handle)?;
    b.equal("1.cycle", &mr.cycle, &cycle)?;

    // 2. P opens and is the owner's.
    let plan_side = match side {
        Side::Sell => SideVar::Sell,
        Side::Buy => SideVar::Buy,
    };
    let plan = PlanVar::new(b, &w.plan, plan_side)?;
    b.equal("2.handle", &plan.handle, &handle)?;
    b.equal("2.owner", &plan.owner, &owner.address)?;
    b.equal("2.cycle", &plan.cycle, &cycle)?;
    b.equal("2.meter", &plan.meter, &meter)?;

    // 3. 0 < v_m <= v, and the price is within the plan's.
    b.range("3.range", &mr.volume, 32)?;
    b.nonzero("3.positive", &mr.volume)?;
    let left = &plan.volume - &mr.volume;
    b.range("3.volume", &left, 32)?;

    // 4. The rest of the plan comes back as a record.
    let blinding = b.witness(w.change_blinding)?;
    let computed = match side {
        Side::Sell => {
            b.range("3.price", &(&mr.price - &plan.price), 32)?;
            let energy_type = b.witness(w.energy_type)?;
            splits(b, "4.type", &plan.attributes, &energy_type)?;
            generation(b, [&left, &energy_type, &cycle, &plan.owner, &plan.meter, &blinding])?
        }
        Side::Buy => {
            b.range("3.price-range", &mr.price, 32)?;
            b.range("3.price", &(&plan.price - &mr.price), 32)?;
            balance(b, [&(&left * &plan.price), &plan.owner, &blinding])?
        }
    };
    b.equal("4.change", &computed, &change)?;

    // 5. The metering service can read who trades how much.
    let e = ephemeral(b, "5.point", &w.ephemeral, &c1_x, &c1_y)?;
    let messages = [plan.owner, mr.volume];
    ciphertext(b, "5.metering", &e, Role::Metering, [&key_x, &key_y], &handle, &messages, &[first, second])
}

fn sample<R: RngCore + CryptoRng>(mut world: super::testing::World<'_, R>, plan: Plan) -> (Statement, Witness) {
    let match_id = sample_match(&mut world, &plan);
    let (meter_key, change_blinding) = (world.key(), world.field());
    let witness = Witness {
        owner: world.owner.clone(),
        match_id,
        plan,
        energy_type: Fr::from(world.offer().energy_type.number()),
        change_blinding,
        ephemeral: Ephemeral::random(world.rng()),
    };
    let handle = plan.handle();
    let statement = Statement {
        match_id: match_id.id(),
        handle,
        cycle: world.cycle,
        meter: world.meter,
        meter_key,
        c1: witness.ephemeral.point(),
        metering: metering(&witness, &meter_key, handle.0),
        change: change(&witness),
        binding: world.field(),
    };
    (statement, witness)
}

fn metering(w: &Witness, key: &protocol::elgamal::Point, handle: Fr) -> [Fr; 2] {
    encrypt(Role::Metering, key, handle, &w.ephemeral.e, &[w.plan.owner, w.match_id.volume])
}

fn change(w: &Witness) -> protocol::record::Commitment {
    let (plan, left, blinding) = (&w.plan, w.plan.volume - w.match_id.volume, w.change_blinding);
    let (owner, energy_type, cycle, meter) = (plan.owner, w.energy_type, w.plan.cycle, plan.meter);
    match plan.side {
        Side::Sell => Generation { volume: left, energy_type, cycle, owner, meter, blinding }.commitment(),
        Side::Buy => Balance { amount: left * plan.price, owner, blinding }.commitment(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::probe::{agrees, all_break, determined, same_shape};
    use crate::relation::testing::{constraints, refuses, rng, shift_key, Mutation, Perturbation};
    use protocol::elgamal::EncryptionKey;
    use protocol::units::{Cycle, IssuerId};

    fn fr(x: u64) -> Fr {
        Fr::from(x)
    }
    fn seal_match(s: &mut Statement, w: &mut Witness) {
        s.match_id = w.match_id.id();
    }
    fn seal_handle(s: &mut Statement, w: &mut Witness) {
        s.handle = w.plan.handle();
        match w.plan.side {
            Side::Sell => w.match_id.sell = s.handle.0,
            Side::Buy => w.match_id.buy = s.handle.0,
        }
        seal_match(s, w);
        seal_metering(s, w);
    }
    fn seal_metering(s: &mut Statement, w: &mut Witness) {
        s.metering = metering(w, &s.meter_key, s.handle.0);
    }
    fn seal(s: &mut Statement, w: &mut Witness) {
        seal_handle(s, w);
        let listed = w.plan.cycle;
        w.plan.cycle = fr(s.cycle.get().into());
        s.change = change(w);
        w.plan.cycle = listed;
        s.c1 = w.ephemeral.point();
    }

    const COMMON: &[Mutation<ConfirmSell>] = &[
        ("1.match", |s, _| s.match_id.0 += fr(1)),
        ("1.match", |_, w| w.match_id.blinding += fr(1)),
        ("1.side", |s, w| {
            match w.plan.side {
                Side::Sell => w.match_id.sell += fr(1),
                Side::Buy => w.match_id.buy += fr(1),
            }
            seal_match(s, w);
        }),
        // The match names the plan on the other side.
        ("1.side", |s, w| {
            (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
            seal_match(s, w);
        }),
        ("1.cycle", |s, w| {
            w.match_id.cycle += fr(1);
            seal_match(s, w);
        }),
        ("2.handle", |_, w| w.plan.blinding += fr(1)),
        ("2.handle", |_, w| w.plan.preferences += fr(1)),
        // The handle is that of a plan of the other side.
        ("2.handle", |s, w| {
            let side = w.plan.side;
            w.plan.side = side.other();
            s.handle = w.plan.handle();
            match side {
                Side::Sell => w.match_id.sell = s.handle.0,
                Side::Buy => w.match_id.buy = s.handle.0,
            }
            seal_match(s, w);
            seal_metering(s, w);
        }),
        ("2.owner", |_, w| w.owner.sk += fr(1)),
        // Somebody else's plan, all of it consistent.
        ("2.owner", |s, w| {
            w.plan.owner += fr(1);
            seal(s, w);
        }),
        ("2.cycle", |s, w| {
            w.plan.cycle += fr(1);
            seal(s, w);
        }),
        // Statement and match agree on another cycle than the plan's.
        ("2.cycle", |s, w| {
            s.cycle = Cycle::new(s.cycle.get() + 1).unwrap();
            w.match_id.cycle += fr(1);
            seal(s, w);
        }),
        ("2.meter", |s, _| s.meter = IssuerId::new(s.meter.get() + 1).unwrap()),
        ("3.range", |s, w| {
            w.plan.volume = fr((1 << 32) + 3);
            w.match_id.volume = fr(1 << 32);
            seal(s, w);
        }),
        ("3.range", |s, w| {
            w.match_id.volume = -fr(1);
            seal(s, w);
        }),
        ("3.positive", |s, w| {
            w.match_id.volume = fr(0);
            seal(s, w);
        }),
        ("3.volume", |s, w| {
            w.match_id.volume = w.plan.volume + fr(1);
            seal(s, w);
        }),
        ("4.change", |s, _| s.change.0 += fr(1)),
        ("4.change", |_, w| w.change_blinding += fr(1)),
        // The change is of the whole plan.
        ("4.change", |s, w| {
            let volume = std::mem::take(&mut w.match_id.volume);
            s.change = change(w);
            w.match_id.volume = volume;
        }),
        ("4.change", |s, w| {
            w.plan.owner += fr(1);
            s.change = change(w);
            w.plan.owner -= fr(1);
        }),
        ("5.point", |s, _| s.c1.x += fr(1)),
        ("5.point", |s, _| s.c1.y += fr(1)),
        ("5.metering", |s, _| s.metering[0] += fr(1)),
        ("5.metering", |s, _| s.metering[1] += fr(1)),
        ("5.metering", |s, _| s.metering.swap(0, 1)),
        ("5.metering", |s, _| s.meter_key = EncryptionKey::of_secret(&5u64.into()).unwrap().point()),
        ("5.metering", |s, w| s.metering = metering(w, &s.meter_key, s.handle.0 + fr(1))),
        ("5.metering", |s, w| {
            let messages = [w.plan.owner, w.match_id.volume];
            s.metering = encrypt(Role::Audit, &s.meter_key, s.handle.0, &w.ephemeral.e, &messages);
        }),
        ("5.metering", |s, w| {
            let e = w.ephemeral.e + ark_ed_on_bls12_381::Fr::from(1u64);
            let messages = [w.plan.owner, w.match_id.volume];
            s.metering = encrypt(Role::Metering, &s.meter_key, s.handle.0, &e, &messages);
        }),
    ];
    const SELL: &[Mutation<ConfirmSell>] = &[
        ("3.price", |s, w| {
            w.match_id.price = w.plan.price - fr(1);
            seal(s, w);
        }),
        // One tick below the ask.
        ("3.price", |s, w| {
            w.match_id.price = w.plan.price - fr(7_500);
            seal(s, w);
        }),
        ("3.price", |s, w| {
            w.match_id.price = w.plan.price + fr(1 << 32);
            seal(s, w);
        }),
        // Type 3 + 8 with the rest one less: the same attributes.
        ("4.type", |s, w| {
            w.energy_type += fr(8);
            seal(s, w);
        }),
        // Another type, with a rest that is a fraction.
        ("4.type", |s, w| {
            w.energy_type += fr(1);
            seal(s, w);
        }),
        ("4.type", |s, w| {
            w.plan.attributes += Fr::from(1u128 << 85);
            seal(s, w);
        }),
        ("4.change", |s, w| {
            w.energy_type += fr(1);
            s.change = change(w);
            w.energy_type -= fr(1);
        }),
        // The change names another metering service than the plan.
        ("4.change", |s, w| {
            w.plan.meter += fr(1);
            s.change = change(w);
            w.plan.meter -= fr(1);
        }),
    ];
    const BUY: &[Mutation<ConfirmBuy>] = &[
        // A negative price is below every limit.
        ("3.price-range", |s, w| {
            w.match_id.price = -fr(1);
            seal(s, w);
        }),
        ("3.price-range", |s, w| {
            w.plan.price = fr((1 << 32) + 1);
            w.match_id.price = fr(1 << 32);
            seal(s, w);
        }),
        ("3.price", |s, w| {
            w.match_id.price = w.plan.price + fr(1);
            seal(s, w);
        }),
        // One tick above the limit.
        ("3.price", |s, w| {
            w.match_id.price = w.plan.price + fr(7_500);
            seal(s, w);
        }),
        // The change keeps nothing locked for the difference between limit and price.
        ("4.change", |s, w| {
            let limit = std::mem::replace(&mut w.plan.price, w.match_id.price);
            s.change = change(w);
            w.plan.price = limit;
        }),
    ];

    #[test]
    fn each_condition_of_the_seller_bites_alone() {
        refuses::<ConfirmSell>(&[COMMON, SELL].concat());
    }

    #[test]
    fn each_condition_of_the_buyer_bites_alone() {
        refuses::<ConfirmBuy>(&[COMMON, BUY].concat());
    }

    #[test]
    fn the_last_volume_and_price_within_the_plan_are_accepted() {
        let (mut s, mut w) = ConfirmSell::sample(&mut rng());
        (w.match_id.volume, w.match_id.price) = (w.plan.volume, w.plan.price);
        seal(&mut s, &mut w);
        all_break::<ConfirmSell>(&s, &w, SELL);
        let (mut s, mut w) = ConfirmBuy::sample(&mut rng());
        (w.match_id.volume, w.match_id.price) = (fr(1), w.plan.price);
        seal(&mut s, &mut w);
        all_break::<ConfirmBuy>(&s, &w, &BUY[..4]);
    }

    #[test]
    fn every_witness_is_held() {
        let (s, w) = ConfirmSell::sample(&mut rng());
        determined::<ConfirmSell>(&s, &w);
        let (s, w) = ConfirmBuy::sample(&mut rng());
        determined::<ConfirmBuy>(&s, &w);
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let (m, p) = (&mut w.match_id, &mut w.plan);
        let mut all = vec![&mut s.match_id.0, &mut s.handle.0, &mut s.change.0, &mut s.binding, &mut w.owner.sk];
        all.extend(&mut s.metering);
        all.extend([&mut s.c1.x, &mut s.c1.y, &mut w.energy_type, &mut w.change_blinding]);
        all.extend([&mut m.sell, &mut m.buy, &mut m.volume, &mut m.price, &mut m.cycle, &mut m.blinding]);
        all.extend([&mut p.volume, &mut p.price, &mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle]);
        all.extend([&mut p.owner, &mut p.blinding]);
        all
    }

    #[test]
    fn native_check_and_circuit_agree() {
        let others: &[Perturbation<ConfirmSell>] = &[
            |s, _, _| s.cycle = Cycle::new(s.cycle.get() + 1).unwrap(),
            |s, _, _| s.meter = IssuerId::new(2).unwrap(),
            |s, _, d| shift_key(&mut s.meter_key, d),
        ];
        agrees::<ConfirmSell>(60, &ConfirmSell::sample(&mut rng()), entries, others, seal);
        agrees::<ConfirmBuy>(60, &ConfirmBuy::sample(&mut rng()), entries, others, seal);
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!((constraints::<ConfirmSell>(), constraints::<ConfirmBuy>()), (4_377, 4_231));
        same_shape::<ConfirmSell>(&[]);
        same_shape::<ConfirmBuy>(&[]);
    }
}
