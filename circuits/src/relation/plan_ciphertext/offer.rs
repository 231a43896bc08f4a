//! Relation 11 for a sell plan as a circuit.

use super::*;
use crate::relation::parts::{packed, PlanVar, SideVar};
use crate::relation::testing::World;
use crate::relation::Relation;
use fhe_matcher::binding::{prove, Context};
use fhe_matcher::block::Block;
use fhe_matcher::ciphertext::{encrypt_with_randomness, PlanCiphertext};
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::plaintext::score::QuantisedOffer;
use protocol::record::plan::{offer_attributes, OFFER_BITS};
use protocol::relation::check::Broken;
pub use protocol::relation::plan_ciphertext::SellCiphertextWitness as Witness;
use protocol::relation::plan_ciphertext::{OfferOpening, Scale};
use protocol::relation::RelationKind;
use protocol::units::Side;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 11 for a sell plan.
pub struct SellCiphertext;

impl Relation for SellCiphertext {
    const KIND: RelationKind = RelationKind::SellCiphertext;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check_sell(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let public = Inputs::new(b, s)?;
        let block = offer_block(b, &public, &w.opening)?;
        encryption(b, &public, &w.encryption, &block)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let key = MatchingPublicKey::random(rng);
        let (statement, witness, _) = sample_under([0; 32], &key, rng);
        (statement, witness)
    }
}

/// An honest instance under a verifying key and a matching key, as a verifier takes it that
/// computes the challenge itself; with the ciphertext that it is about.
pub fn sample_under<R: RngCore + CryptoRng>(
    verifying_key: [u8; 32],
    key: &MatchingPublicKey,
    rng: &mut R,
) -> (Statement, Witness, PlanCiphertext) {
    let mut world = World::new(rng);
    let (market, offer, plan) = (world.market(), world.offer(), world.sell_plan());
    let scale = Scale::from(&market);
    let block = QuantisedOffer::new(&market, &offer).expect("its ask is on the grid");
    let block = Block::offer(&block).expect("quantised values are in their bounds");
    let (binding, blindings) = (world.field(), [world.field(), world.field()]);
    let context = Context { verifying_key, key, scale, binding, handle: plan.handle(), side: Side::Sell };
    let proved = std::iter::repeat_with(|| {
        let (ciphertext, randomness) = encrypt_with_randomness(key, &block, world.rng());
        let proved = prove(&context, &ciphertext, &block, &randomness, blindings)?;
        Some((proved, ciphertext))
    });
    let (proved, ciphertext) = proved.flatten().next().expect("it repeats until one is short enough");
    let opening = OfferOpening::new(&scale, &plan, offer_attributes(&offer));
    let (handle, commitments, challenge) = (plan.handle(), proved.commitments, proved.challenge);
    let statement = Statement { handle, scale, commitments, challenge, binding };
    (statement, Witness { opening, encryption: proved.encryption }, ciphertext)
}

/// Conditions 1 and 2, and the block.
fn offer_block(b: &mut Builder, public: &Inputs, w: &OfferOpening) -> Synthesis<Vec<Lin>> {
    let plan = PlanVar::new(b, &w.plan, SideVar::Sell)?;
    b.equal("1.handle", &plan.handle, &public.handle)?;
    b.range("1.volume", &plan.volume, 32)?;
    let attributes = b.witnesses(w.attributes)?;
    for (part, n) in attributes.iter().zip(OFFER_BITS) {
        b.range("1.range", part, n)?;
    }
    packed(b, "1.packed", &plan.attributes, &attributes, &OFFER_BITS)?;

    let [energy_type, x, y, reputation] = &attributes;
    let [volumes, reputations, places] = &public.ranges;
    let values = [
        ("2.volume", &plan.volume, volumes),
        ("2.reputation", reputation, reputations),
        ("2.place", x, places),
        ("2.place", y, places),
    ];
    let mut levels = Vec::with_capacity(values.len());
    for ((condition, value, range), claimed) in values.into_iter().zip(w.levels) {
        levels.push(level(b, condition, value, range, claimed)?);
    }
    let mut squares = Vec::with_capacity(levels.len());
    for x in &levels {
        squares.push(product(b.cs(), x, x)?);
    }
    let (types, ticks) = (chosen(b, &w.types)?, chosen(b, &w.ticks)?);
    let ones = |bits: &[Lin]| combination(Fr::ZERO, bits.iter().map(|x| (Fr::ONE, x.clone())));
    boolean(b, "2.type-bit", &types)?;
    equal(b, "2.type-one", &Lin::one(), &ones(&types), &Lin::one())?;
    let energy_type = Lin::of(b.cs(), energy_type)?;
    equal(b, "2.type", &Lin::one(), &number(&types), &energy_type)?;
    boolean(b, "2.tick-bit", &ticks)?;
    equal(b, "2.tick-one", &Lin::one(), &ones(&ticks), &Lin::one())?;
    let (step, first, price) =
        (Lin::of(b.cs(), &public.step)?, Lin::of(b.cs(), &public.first)?, Lin::of(b.cs(), &plan.price)?);
    equal(b, "2.tick", &step, &number(&ticks), &price.plus(-Fr::ONE, &first))?;

    let mut block = vec![Lin::one()];
    block.append(&mut levels);
    let place = squares[2].clone().plus(Fr::ONE, &squares[3]);
    block.extend([squares[0].clone(), squares[1].clone(), place]);
    block.extend(types);
    block.extend(ticks);
    Ok(block)
}

#[cfg(test)]
mod tests;
