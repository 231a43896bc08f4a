//! The witnesses of relation 11 and its native checks.

use super::*;
use crate::market_parameters::{quantise_tick, LEVELS};
use crate::poseidon::{hash, Tag};
use crate::record::plan::{pack, Plan, OFFER_BITS, WANTED_BITS, WEIGHT_BITS};
use crate::relation::check::{as_u64, in_bits, Broken, Check};
use crate::units::{Side, Tick, TICKS};
use ark_ff::{AdditiveGroup, Field};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Number of ternary digits that fit one field element: 3^160 < r.
pub const DIGITS: usize = 160;
/// Number of rows whose entry and carry, 27 bits together, fit one field element.
pub const ROWS_PACKED: usize = 9;
/// Number of items that one link of the hash chain takes.
pub const LINK: usize = 7;

/// `H(.. H(H(blinding, x1..x7), x8..x14) ..)`, the last link filled up with zeros. Among lists of
/// one length, two with the same hash would be a collision.
fn chain(tag: Tag, blinding: Fr, items: &[Fr]) -> Fr {
    items.chunks(LINK).fold(blinding, |link, next| {
        let mut inputs = [Fr::ZERO; LINK + 1];
        inputs[0] = link;
        inputs[1..1 + next.len()].copy_from_slice(next);
        hash(tag, &inputs)
    })
}

/// `sum of digit_i base^i`.
fn spell(digits: &[Fr], base: u64) -> Fr {
    digits.iter().rev().fold(Fr::ZERO, |sum, digit| sum * Fr::from(base) + digit)
}

/// The commitment to r, given as digits `r + 1` in {0, 1, 2}.
pub fn commit_randomness(digits: &[Fr], blinding: Fr) -> Fr {
    let packed: Vec<Fr> = digits.chunks(DIGITS).map(|c| spell(c, 3)).collect();
    chain(Tag::CiphertextRandomness, blinding, &packed)
}

/// The commitment to p and the carries, both shifted to be non-negative.
pub fn commit_projection(projected: &[Fr], carries: &[Fr], blinding: Fr) -> Fr {
    let low = Fr::from(1u64 << PROJECTED_BITS);
    let both: Vec<Fr> = projected.iter().zip(carries).map(|(p, k)| *p + low * k).collect();
    let packed: Vec<Fr> = both.chunks(ROWS_PACKED).map(|c| spell(c, 1 << (PROJECTED_BITS + CARRY_BITS))).collect();
    chain(Tag::CiphertextProjection, blinding, &packed)
}

/// The randomness of an encryption and the projection of its noise. Wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Encryption {
    /// `r + 1`, [`DEGREE`] digits in {0, 1, 2}.
    pub digits: Vec<Fr>,
    /// `p + 2^11`, [`ROWS`] of them.
    pub projected: Vec<Fr>,
    /// `k + 2^14`, [`ROWS`] of them.
    pub carries: Vec<Fr>,
    /// Blindings of the two commitments.
    pub blindings: [Fr; 2],
}

/// An offer's plan with everything that its quantisation needs.
#[derive(Clone)]
pub struct OfferOpening {
    /// The opening of the plan's handle.
    pub plan: Plan,
    /// The attributes: type, x, y, reputation.
    pub attributes: [Fr; 4],
    /// The quantised levels of volume, reputation, x, y, each 0..64.
    pub levels: [Fr; 4],
    /// One bit for each energy type, set for the plan's.
    pub types: [Fr; 5],
    /// One bit for each tick, set for the ask's.
    pub ticks: [Fr; TICKS],
}

/// A bid's plan with everything that its quantisation needs.
#[derive(Clone)]
pub struct BidOpening {
    /// The opening of the plan's handle.
    pub plan: Plan,
    /// The wanted attributes: tick, volume, reputation, x, y.
    pub wanted: [Fr; 5],
    /// The weights of price, volume, reputation, place and the five types, 0..16 each.
    pub weights: [Fr; 9],
    /// The quantised levels of wanted price, volume, reputation, x, y, each 0..64.
    pub levels: [Fr; 5],
    /// One bit for each tick, set up to the limit's.
    pub within: [Fr; TICKS],
}

/// Witness for a sell plan.
#[derive(Clone)]
pub struct SellCiphertextWitness {
    /// The opening of the plan's handle.
    pub opening: OfferOpening,
    /// The randomness of the encryption.
    pub encryption: Encryption,
}

/// Witness for a buy plan.
#[derive(Clone)]
pub struct BuyCiphertextWitness {
    /// The opening of the plan's handle.
    pub opening: BidOpening,
    /// The randomness of the encryption.
    pub encryption: Encryption,
}

fn is_bit(x: Fr) -> bool {
    x == Fr::ZERO || x == Fr::ONE
}

fn small(x: u64) -> Fr {
    Fr::from(x)
}

/// Whether a level is that of a value of at most 32 bits.
fn is_level(range: &Range, value: Fr, level: Fr) -> bool {
    as_u64(value).is_some_and(|v| level == small(u64::from(range.quantise(v))))
}

impl OfferOpening {
    /// The opening of an honest plan, quantised.
    pub fn new(scale: &Scale, plan: &Plan, attributes: [Fr; 4]) -> Self {
        let [energy_type, x, y, reputation] = attributes;
        let [volumes, reputations, places] = &scale.ranges;
        let level = |range: &Range, value: Fr| small(u64::from(range.quantise(as_u64(value).unwrap_or(u64::MAX))));
        let tick = tick_of(scale, plan.price);
        OfferOpening {
            plan: *plan,
            attributes,
            levels: [level(volumes, plan.volume), level(reputations, reputation), level(places, x), level(places, y)],
            types: core::array::from_fn(|i| Fr::from(small(i as u64) == energy_type)),
            ticks: core::array::from_fn(|i| Fr::from(tick == Some(i as u64))),
        }
    }

    /// The block: [`BLOCK`] coefficients, constant first.
    pub fn block(&self) -> Vec<Fr> {
        let [volume, reputation, x, y] = self.levels;
        let mut block = vec![Fr::ONE, volume, reputation, x, y];
        block.extend([volume.square(), reputation.square(), x.square() + y.square()]);
        block.extend(self.types);
        block.extend(self.ticks);
        block
    }

    fn check(&self, check: &mut Check, statement: &PlanCiphertext) {
        let (plan, scale) = (&self.plan, &statement.scale);
        check.require("1.handle", plan.side == Side::Sell && plan.handle() == statement.handle);
        check.require("1.volume", in_bits(plan.volume, 32));
        for (part, n) in self.attributes.iter().zip(OFFER_BITS) {
            check.require("1.range", in_bits(*part, n));
        }
        check.require("1.packed", plan.attributes == pack(&self.attributes, &OFFER_BITS));
        let [energy_type, x, y, reputation] = self.attributes;
        let [volumes, reputations, places] = &scale.ranges;
        let [l_volume, l_reputation, l_x, l_y] = self.levels;
        check.require("2.volume", is_level(volumes, plan.volume, l_volume));
        check.require("2.reputation", is_level(reputations, reputation, l_reputation));
        check.require("2.place", is_level(places, x, l_x) && is_level(places, y, l_y));
        one_hot(check, ["2.type-bit", "2.type-one", "2.type"], &self.types, Fr::ZERO, Fr::ONE, energy_type);
        let (first, step) = (small(scale.first.get()), small(scale.step.get()));
        one_hot(check, ["2.tick-bit", "2.tick-one", "2.tick"], &self.ticks, first, step, plan.price);
    }
}

/// Exactly one of the bits is set, and it is the one of `value = first + step number`.
fn one_hot(check: &mut Check, names: [&'static str; 3], bits: &[Fr], first: Fr, step: Fr, value: Fr) {
    check.require(names[0], bits.iter().all(|b| is_bit(*b)));
    check.require(names[1], bits.iter().sum::<Fr>() == Fr::ONE);
    let number: Fr = (0u64..).zip(bits).map(|(i, b)| small(i) * b).sum();
    check.require(names[2], value == first + step * number);
}

fn tick_of(scale: &Scale, price: Fr) -> Option<u64> {
    (0..TICKS as u64).find(|i| price == small(scale.first.get() + scale.step.get() * i))
}

/// Quantised price of tick i.
pub fn tick_level(i: usize) -> u64 {
    Tick::new(i as u8).map_or(0, |t| u64::from(quantise_tick(t)))
}

/// Cost of a type for each unit of its weight: 63^2.
pub const TYPE_UNIT: u64 = (LEVELS - 1) * (LEVELS - 1);
/// Cost of a tick above the limit.
pub const BIG: u64 = 1 << 19;

impl BidOpening {
    /// The opening of an honest plan, quantised.
    pub fn new(scale: &Scale, plan: &Plan, wanted: [Fr; 5], weights: [Fr; 9]) -> Self {
        let [tick, volume, reputation, x, y] = wanted;
        let [volumes, reputations, places] = &scale.ranges;
        let level = |range: &Range, value: Fr| small(u64::from(range.quantise(as_u64(value).unwrap_or(u64::MAX))));
        let price = as_u64(tick).map_or(0, |t| tick_level(t as usize));
        let limit = tick_of(scale, plan.price);
        BidOpening {
            plan: *plan,
            wanted,
            weights,
            levels: [
                small(price),
                level(volumes, volume),
                level(reputations, reputation),
                level(places, x),
                level(places, y),
            ],
            within: core::array::from_fn(|i| Fr::from(limit.is_some_and(|l| i as u64 <= l))),
        }
    }

    /// The block's coefficients that are not always zero, from the highest down:
    /// `bid[63], bid[62], .., bid[3]`.
    pub fn block(&self) -> Vec<Fr> {
        let [price, volume, reputation, x, y] = self.levels;
        let [w_price, w_volume, w_reputation, w_place, ..] = self.weights;
        let minus_two = -small(2);
        let mut block =
            vec![w_volume * volume.square() + w_reputation * reputation.square() + w_place * (x.square() + y.square())];
        block.extend(
            [(w_volume, volume), (w_reputation, reputation), (w_place, x), (w_place, y)]
                .map(|(w, l)| minus_two * w * l),
        );
        block.extend([w_volume, w_reputation, w_place]);
        block.extend(self.weights[4..].iter().map(|w| small(TYPE_UNIT) * w));
        block.extend(self.within.iter().enumerate().map(|(i, within)| {
            let difference = price - small(tick_level(i));
            *within * (w_price * difference.square() - small(BIG)) + small(BIG)
        }));
        block
    }

    fn check(&self, check: &mut Check, statement: &PlanCiphertext) {
        let (plan, scale) = (&self.plan, &statement.scale);
        check.require("1.handle", plan.side == Side::Buy && plan.handle() == statement.handle);
        for (part, n) in self.wanted.iter().zip(WANTED_BITS) {
            check.require("1.range", in_bits(*part, n));
        }
        check.require("1.packed", plan.attributes == pack(&self.wanted, &WANTED_BITS));
        check.require("1.weight-range", self.weights.iter().all(|w| in_bits(*w, WEIGHT_BITS)));
        check.require("1.weights-packed", plan.preferences == pack(&self.weights, &[WEIGHT_BITS; 9]));
        let [tick, volume, reputation, x, y] = self.wanted;
        let [volumes, reputations, places] = &scale.ranges;
        let [l_price, l_volume, l_reputation, l_x, l_y] = self.levels;
        let price = as_u64(tick).map(|t| small(t * (LEVELS - 1) / (TICKS as u64 - 1)));
        check.require("2.price", price == Some(l_price));
        check.require("2.volume", is_level(volumes, volume, l_volume));
        check.require("2.reputation", is_level(reputations, reputation, l_reputation));
        check.require("2.place", is_level(places, x, l_x) && is_level(places, y, l_y));
        check.require("2.within-bit", self.within.iter().all(|b| is_bit(*b)));
        check.require("2.within-first", self.within[0] == Fr::ONE);
        let falls = self.within.windows(2).all(|w| w[1] * (Fr::ONE - w[0]) == Fr::ZERO);
        check.require("2.within-falls", falls);
        let limit = self.within[1..].iter().sum::<Fr>();
        check.require("2.limit", plan.price == small(scale.first.get()) + small(scale.step.get()) * limit);
    }
}

impl Challenge {
    /// `<gamma, t p + Q k> + <key, r> + <block, m>`: what must be the constant.
    pub fn left_side(&self, w: &Encryption, block: &[Fr]) -> Fr {
        let (t, q) = (small(1 << PLAINTEXT_BITS), Fr::from(MODULUS));
        let (entry, carry) = (small(1 << (PROJECTED_BITS - 1)), small(1 << (CARRY_BITS - 1)));
        let rows = w.projected.iter().zip(&w.carries).map(|(p, k)| t * (*p - entry) + q * (*k - carry));
        let r = w.digits.iter().map(|d| *d - Fr::ONE);
        let terms = self.rows.iter().zip(rows).chain(self.key.iter().zip(r));
        terms.chain(self.block.iter().zip(block.iter().copied())).map(|(z, x)| *z * x).sum()
    }
}

impl PlanCiphertext {
    /// Conditions 3 to 5: the encryption of a block, given at the places that the challenge's block
    /// coefficients have.
    fn check_encryption(&self, check: &mut Check, w: &Encryption, block: &[Fr]) {
        let c = &self.challenge;
        let shape = w.digits.len() == DEGREE && w.projected.len() == ROWS && w.carries.len() == ROWS;
        let shape = shape && c.key.len() == DEGREE && c.block.len() == BLOCK && c.rows.len() == ROWS;
        check.require("3.shape", shape);
        check.require("3.ternary", w.digits.iter().all(|d| *d == Fr::ZERO || *d == Fr::ONE || *d == small(2)));
        check.require("3.randomness", self.commitments[0] == commit_randomness(&w.digits, w.blindings[0]));
        check.require("4.range", w.projected.iter().all(|p| in_bits(*p, PROJECTED_BITS)));
        let centred = w.projected.iter().map(|p| *p - small(1 << (PROJECTED_BITS - 1)));
        let norm: Fr = centred.map(|p| p.square()).sum();
        check.require("4.norm", in_bits(small(1 << NORM_BITS) - norm, NORM_BITS + 1));
        check.require("4.carry", w.carries.iter().all(|k| in_bits(*k, CARRY_BITS)));
        check.require(
            "4.projection",
            self.commitments[1] == commit_projection(&w.projected, &w.carries, w.blindings[1]),
        );
        check.require("5.equation", c.left_side(w, block) == c.constant);
    }

    /// The native check of a sell plan's ciphertext.
    pub fn check_sell(&self, w: &SellCiphertextWitness) -> Result<(), Broken> {
        let mut check = Check::default();
        w.opening.check(&mut check, self);
        self.check_encryption(&mut check, &w.encryption, &w.opening.block());
        check.verdict()
    }

    /// The native check of a buy plan's ciphertext. Its block is reversed: see
    /// [`BidOpening::block`].
    pub fn check_buy(&self, w: &BuyCiphertextWitness) -> Result<(), Broken> {
        let mut check = Check::default();
        w.opening.check(&mut check, self);
        self.check_encryption(&mut check, &w.encryption, &w.opening.block());
        check.verdict()
    }
}
