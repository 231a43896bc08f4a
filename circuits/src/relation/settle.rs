//! Relations 5 (SettleBuy) and 6 (SettleSell) as circuits: money is paid for the delivered energy.

use super::parts::{climb, OwnerVar, PlanVar, SideVar};
use super::trade::{balance, sample_match, spendable, MatchVar};
use super::{Builder, Relation, Synthesis};
use crate::gadget::lin::{enforce, Lin};
use crate::gadget::{poseidon::hash, range, Var};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use protocol::poseidon::Tag;
use protocol::record::balance::Balance;
use protocol::record::delivery::Delivery;
use protocol::record::plan::Plan;
use protocol::relation::check::{Broken, Condition};
pub use protocol::relation::settle::{Settle as Statement, SettleWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::{Energy, Money, PerMille, Price, Side};
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 5.
pub struct SettleBuy;

/// The circuit of relation 6.
pub struct SettleSell;

impl Relation for SettleBuy {
    const KIND: RelationKind = RelationKind::SettleBuy;
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

impl Relation for SettleSell {
    const KIND: RelationKind = RelationKind::SettleSell;
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

fn synthesize(b: &mut Builder, s: &Statement, w: &Witness, side: Side) -> Synthesis {
    let [root, match_id, ar_sell, ar_buy, handle, within, tolerance, penalty, nullifier, new, _binding] =
        b.inputs(s)?;
    let owner = OwnerVar::new(b, &w.owner)?;

    // 1. MR, P, AR_s, AR_b open; P is the owner's.
    let mr = MatchVar::new(b, &w.match_id)?;
    b.equal("1.match", &mr.id, &match_id)?;
    b.equal("1.side", mr.named(side), &handle)?;
    let plan_side = match side {
        Side::Sell => SideVar::Sell,
        Side::Buy => SideVar::Buy,
    };
    let plan = PlanVar::new(b, &w.plan, plan_side)?;
    b.equal("1.handle", &plan.handle, &handle)?;
    b.equal("1.owner", &plan.owner, &owner.address)?;
    let a_sell = delivery(b, "1.delivery-sell", &w.delivery_sell, Side::Sell, &match_id, &ar_sell)?;
    let a_buy = delivery(b, "1.delivery-buy", &w.delivery_buy, Side::Buy, &match_id, &ar_buy)?;
    for amount in [&a_sell, &a_buy, &mr.volume] {
        b.range("1.range", amount, 32)?;
    }
    b.range("1.price-range", &mr.price, 32)?;
    let [counted_sell, counted_buy] = b.witnesses(w.counted)?;
    lesser(b, "1.counted-sell", &counted_sell, [&a_sell, &mr.volume], 32)?;
    lesser(b, "1.counted-buy", &counted_buy, [&a_buy, &mr.volume], 32)?;
    let [delivered, final_volume] = b.witnesses([w.delivered, w.final_volume])?;
    lesser(b, "1.least", &delivered, [&counted_sell, &counted_buy], 32)?;

    // 1. B is the owner's, in the tree or a dummy, and spent.
    let [amount, b_owner, b_blinding] = b.witnesses([w.balance.amount, w.balance.owner, w.balance.blinding])?;
    let spent = balance(b, [&amount, &b_owner, &b_blinding])?;
    b.range("1.balance-range", &amount, 64)?;
    b.equal("1.balance-owner", &b_owner, &plan.owner)?;
    let (reached, position) = climb(b, &spent, &w.path)?;
    spendable(b, "1.membership", &amount, &reached, &root)?;
    let computed = owner.nullifier(b, &spent, &position)?;
    b.equal("1.nullifier", &computed, &nullifier)?;

    // 2. and 3. Whether the deviation is within tolerance, and v_f.
    let missing = &mr.volume - &delivered;
    let slack = &tolerance * &mr.volume - &missing * Fr::from(1000u64);
    if b.enforces("2.within") {
        // Both terms are below 1000 x 2^32 < 2^42, so the sign of their difference is bit 42 of the
        // difference plus 2^42; the other 42 bits are the witness. `within` is a bit because the
        // ledger makes the input from a bool.
        let half = Fr::from(1u64 << 42);
        let rest = slack - &within * half + half;
        range::bits(b.cs(), &rest, 42)?;
    }
    if b.enforces("3.final") {
        // within (v_m - delivered) = v_f - delivered
        let (within, missing) = (Lin::of(b.cs(), &within)?, Lin::of(b.cs(), &missing)?);
        let forgiven = Lin::of(b.cs(), &final_volume)?.plus(-Fr::ONE, &Lin::of(b.cs(), &delivered)?);
        enforce(b.cs(), &within, &missing, &forgiven)?;
    }

    // 3. The penalties. Volumes and price are ranged, and the ledger has no penalty from 2^32 on: so
    // each product is below 2^64.
    // Within tolerance the caps are 0: the buyer's by itself, since then v_f is v_m.
    let paid = &final_volume * &mr.price;
    let unpaid = (&mr.volume - &final_volume) * &mr.price;
    let [seller_owes, buyer_owes] = b.witnesses(w.owes)?;
    let (lacked, most) = (&penalty * (&mr.volume - &counted_sell), &paid - &within * &paid);
    lesser(b, "3.seller-owes", &seller_owes, [&lacked, &most], 64)?;
    let lacked = &penalty * (&mr.volume - &counted_buy);
    lesser(b, "3.buyer-owes", &buyer_owes, [&lacked, &unpaid], 64)?;

    // 4. The money moves.
    let after = match side {
        Side::Buy => amount + &mr.volume * &plan.price - paid - buyer_owes + seller_owes,
        Side::Sell => amount + paid - seller_owes + buyer_owes,
    };
    b.range("4.range", &after, 64)?;
    let blinding = b.witness(w.new_blinding)?;
    let computed = balance(b, [&after, &plan.owner, &blinding])?;
    b.equal("4.balance", &computed, &new)
}

/// Condition: `x` is the lesser of two numbers, both **known to be below 2^n**.
fn lesser(b: &mut Builder, name: Condition, x: &Var, [one, other]: [&Var; 2], n: usize) -> Synthesis {
    if b.enforces(name) {
        let least = range::minimum(b.cs(), one, other, n)?;
        range::equal(b.cs(), x, &least)?;
    }
    Ok(())
}

/// Condition: AR opens, is of this match and of that side. Returns the amount.
fn delivery(b: &mut Builder, name: Condition, w: &Delivery, side: Side, mr: &Var, published: &Var) -> Synthesis<Var> {
    let all = b.witnesses([w.match_id, w.side, w.amount, w.blinding])?;
    let id = hash(b.cs(), Tag::Delivery, &all)?;
    let [match_id, of_side, amount, _] = all;
    b.equal(name, &id, published)?;
    b.equal(name, &match_id, mr)?;
    b.equal(name, &of_side, &Var::Constant(Fr::from(side as u64)))?;
    Ok(amount)
}

/// 690 Wh delivered and 684 taken of 700 matched: within 50 per mille.
fn sample<R: RngCore + CryptoRng>(mut world: super::testing::World<'_, R>, plan: Plan) -> (Statement, Witness) {
    let match_id = sample_match(&mut world, &plan);
    let energy = |x| Energy::new(x).expect("below 2^32");
    let delivery_sell = Delivery::new(match_id.id(), Side::Sell, energy(690), world.field());
    let delivery_buy = Delivery::new(match_id.id(), Side::Buy, energy(684), world.field());
    let held = Money::new(5_000_000_000).expect("below 2^64");
    let balance = Balance::new(held, world.address(), world.field());
    let position = world.insert(balance.commitment().0);
    let path = world.path(position);
    let amount = balance.amount
        + match plan.side {
            Side::Buy => match_id.volume * (plan.price - match_id.price),
            Side::Sell => match_id.volume * match_id.price,
        };
    let witness = Witness {
        owner: world.owner.clone(),
        plan,
        match_id,
        delivery_sell,
        delivery_buy,
        counted: [690, 684].map(Fr::from),
        delivered: Fr::from(684u64),
        final_volume: match_id.volume,
        owes: [Fr::ZERO; 2],
        balance,
        path,
        new_blinding: world.field(),
    };
    let statement = Statement {
        root: world.root(),
        match_id: match_id.id(),
        delivery_sell: delivery_sell.id(),
        delivery_buy: delivery_buy.id(),
        handle: plan.handle(),
        within: true,
        tolerance: PerMille::new(50).expect("below 1000"),
        penalty: Price::new(100_000).expect("below 2^32"),
        nullifier: witness.owner.nullifier(balance.commitment(), &witness.path),
        balance: Balance { amount, owner: plan.owner, blinding: witness.new_blinding }.commitment(),
        binding: world.field(),
    };
    (statement, witness)
}

#[cfg(test)]
mod tests;
