//! Relation 11 for a buy plan as a circuit.

use super::*;
use crate::relation::parts::{packed, PlanVar, SideVar};
use crate::relation::testing::World;
use crate::relation::Relation;
use fhe_matcher::binding::{prove, Context};
use fhe_matcher::block::Block;
use fhe_matcher::ciphertext::encrypt_with_randomness;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::plaintext::score::QuantisedBid;
use protocol::record::plan::{wanted_attributes, weight_attributes, WANTED_BITS, WEIGHT_BITS};
use protocol::relation::check::Broken;
pub use protocol::relation::plan_ciphertext::BuyCiphertextWitness as Witness;
use protocol::relation::plan_ciphertext::{tick_level, BidOpening, Scale, BIG, TYPE_UNIT};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 11 for a buy plan.
pub struct BuyCiphertext;

impl Relation for BuyCiphertext {
    const KIND: RelationKind = RelationKind::BuyCiphertext;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_buy(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let public = Inputs::new(b, s)?;
        let block = bid_block(b, &public, &w.opening)?;
        encryption(b, &public, &w.encryption, &block)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (market, bid, plan) = (world.market(), world.bid(), world.buy_plan());
        let (key, scale) = (MatchingPublicKey::random(world.rng()), Scale::from(&market));
        let block = QuantisedBid::new(&market, &bid).expect("its prices are on the grid");
        let block = Block::bid(&block).expect("quantised values are in their bounds");
        let (binding, blindings) = (world.field(), [world.field(), world.field()]);
        let context =
            Context { verifying_key: [0; 32], key: &key, scale, binding, handle: plan.handle(), side: Side::Buy };
        let proved = std::iter::repeat_with(|| {
            let (ciphertext, randomness) = encrypt_with_randomness(&key, &block, world.rng());
            prove(&context, &ciphertext, &block, &randomness, blindings)
        });
        let proved = proved.flatten().next().expect("it repeats until one is short enough");
        let wanted = wanted_attributes(&market.grid, &bid).expect("its prices are on the grid");
        let opening = BidOpening::new(&scale, &plan, wanted, weight_attributes(&bid));
        let (handle, commitments, challenge) = (plan.handle(), proved.commitments, proved.challenge);
        let statement = Statement { handle, scale, commitments, challenge, binding };
        (statement, Witness { opening, encryption: proved.encryption })
    }
}

/// Conditions 1 and 2, and the block, in the order of [`BidOpening::block`].
fn bid_block(b: &mut Builder, public: &Inputs, w: &BidOpening) -> Synthesis<Vec<Lin>> {
    let plan = PlanVar::new(b, &w.plan, SideVar::Buy)?;
    b.equal("1.handle", &plan.handle, &public.handle)?;
    let wanted = b.witnesses(w.wanted)?;
    for (part, n) in wanted.iter().zip(WANTED_BITS) {
        b.range("1.range", part, n)?;
    }
    packed(b, "1.packed", &plan.attributes, &wanted, &WANTED_BITS)?;
    let weights = b.witnesses(w.weights)?;
    for weight in &weights {
        b.range("1.weight-range", weight, WEIGHT_BITS)?;
    }
    packed(b, "1.weights-packed", &plan.preferences, &weights, &[WEIGHT_BITS; 9])?;

    let [tick, volume, reputation, x, y] = &wanted;
    let price = price_level(b, tick, w.levels[0])?;
    let [volumes, reputations, places] = &public.ranges;
    let values = [
        ("2.volume", volume, volumes),
        ("2.reputation", reputation, reputations),
        ("2.place", x, places),
        ("2.place", y, places),
    ];
    let mut levels = Vec::with_capacity(values.len());
    for ((condition, value, range), claimed) in values.into_iter().zip(&w.levels[1..]) {
        levels.push(level(b, condition, value, range, *claimed)?);
    }
    let within = chosen(b, &w.within)?;
    boolean(b, "2.within-bit", &within)?;
    equal(b, "2.within-first", &Lin::one(), &within[0], &Lin::one())?;
    for pair in within.windows(2) {
        let outside = Lin::one().plus(-Fr::ONE, &pair[0]);
        equal(b, "2.within-falls", &pair[1], &outside, &Lin::constant(Fr::ZERO))?;
    }
    let (step, first, limit) =
        (Lin::of(b.cs(), &public.step)?, Lin::of(b.cs(), &public.first)?, Lin::of(b.cs(), &plan.price)?);
    let number = combination(Fr::ZERO, within[1..].iter().map(|x| (Fr::ONE, x.clone())));
    equal(b, "2.limit", &step, &number, &limit.plus(-Fr::ONE, &first))?;

    let weights = weights.iter().map(|x| Lin::of(b.cs(), x)).collect::<Synthesis<Vec<_>>>()?;
    let [w_price, w_volume, w_reputation, w_place] = [0, 1, 2, 3].map(|i| &weights[i]);
    let mut constant = Lin::constant(Fr::ZERO);
    let mut slopes = Vec::with_capacity(levels.len());
    for (weight, level) in [w_volume, w_reputation, w_place, w_place].into_iter().zip(&levels) {
        let slope = product(b.cs(), weight, level)?;
        constant = constant.plus(Fr::ONE, &product(b.cs(), &slope, level)?);
        slopes.push(slope.scaled(-Fr::from(2u64)));
    }
    let mut block = vec![constant];
    block.append(&mut slopes);
    block.extend([w_volume, w_reputation, w_place].map(Lin::clone));
    block.extend(weights[4..].iter().map(|w| w.clone().scaled(Fr::from(TYPE_UNIT))));
    // w (P - q)^2 - BIG = w P^2 - 2 q w P + q^2 w - BIG
    let linear = product(b.cs(), w_price, &price)?;
    let square = product(b.cs(), &linear, &price)?;
    for (i, within) in within.iter().enumerate() {
        let q = tick_level(i);
        let saved = square
            .clone()
            .plus(-Fr::from(2 * q), &linear)
            .plus(Fr::from(q * q), w_price)
            .plus(-Fr::from(BIG), &Lin::one());
        block.push(product(b.cs(), within, &saved)?.plus(Fr::from(BIG), &Lin::one()));
    }
    Ok(block)
}

/// Condition `2.price`: `level = floor(63 tick / 47)`, of a tick of six bits.
fn price_level(b: &mut Builder, tick: &Var, level: Fr) -> Synthesis<Lin> {
    let level = b.witness(level)?;
    if b.enforces("2.price") {
        range::bits(b.cs(), &level, 7)?;
        let rest = Lin::of(b.cs(), tick)?.scaled(Fr::from(63u64)).plus(-Fr::from(47u64), &Lin::of(b.cs(), &level)?);
        let other = Lin::constant(Fr::from(46u64)).plus(-Fr::ONE, &rest);
        for x in [rest, other] {
            range::bits(b.cs(), &x.var(b.cs())?, 6)?;
        }
    }
    Lin::of(b.cs(), &level)
}

#[cfg(test)]
mod tests;
