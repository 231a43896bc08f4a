//! Random and extreme plans, and surgery on encodings.

use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::parameters::{DEGREE, PRIMES, RESIDUE_BITS};
use market::score::{QuantisedBid, QuantisedOffer};
use protocol::units::Tick;
use rand_core::RngCore;

/// A number in 0..=max, with its ends more likely.
fn up_to(rng: &mut impl RngCore, max: u8) -> u8 {
    match rng.next_u32() % 4 {
        0 => 0,
        1 => max,
        _ => (rng.next_u32() % (u32::from(max) + 1)) as u8,
    }
}

fn tick(rng: &mut impl RngCore) -> Tick {
    Tick::new(up_to(rng, 47)).unwrap()
}

pub fn offer(rng: &mut impl RngCore) -> QuantisedOffer {
    QuantisedOffer {
        volume: up_to(rng, 63),
        reputation: up_to(rng, 63),
        x: up_to(rng, 63),
        y: up_to(rng, 63),
        energy_type: up_to(rng, 4),
        ask: tick(rng),
    }
}

pub fn bid(rng: &mut impl RngCore) -> QuantisedBid {
    QuantisedBid {
        price: up_to(rng, 63),
        volume: up_to(rng, 63),
        reputation: up_to(rng, 63),
        x: up_to(rng, 63),
        y: up_to(rng, 63),
        weights: [0; 4].map(|_| up_to(rng, 15)),
        types: [0; 5].map(|_| up_to(rng, 15)),
        limit: tick(rng),
    }
}

/// An offer with every attribute at `level`.
pub fn flat_offer(level: u8, ask: u8) -> QuantisedOffer {
    let ask = Tick::new(ask).unwrap();
    QuantisedOffer { volume: level, reputation: level, x: level, y: level, energy_type: 0, ask }
}

/// A bid with every wish at `level` and every weight at `weight`.
pub fn flat_bid(level: u8, weight: u8, limit: u8) -> QuantisedBid {
    let limit = Tick::new(limit).unwrap();
    let (weights, types) = ([weight; 4], [weight; 5]);
    QuantisedBid { price: level, volume: level, reputation: level, x: level, y: level, weights, types, limit }
}

/// The 52 bits at residue `index` of an encoding.
pub fn residue(bytes: &[u8], index: usize) -> u64 {
    let start = index * RESIDUE_BITS as usize;
    (0..RESIDUE_BITS as usize).map(|k| u64::from(bytes[(start + k) / 8] >> ((start + k) % 8) & 1) << k).sum()
}

/// Overwrites the 52 bits at residue `index` of an encoding.
pub fn set_residue(bytes: &mut [u8], index: usize, value: u64) {
    let start = index * RESIDUE_BITS as usize;
    for k in 0..RESIDUE_BITS as usize {
        let (byte, bit) = ((start + k) / 8, (start + k) % 8);
        bytes[byte] = bytes[byte] & !(1 << bit) | ((value >> k & 1) as u8) << bit;
    }
}

/// Adds `delta` to coefficient `k` of the plaintext, which anybody can do to a ciphertext.
pub fn add_to_coefficient(ciphertext: &PlanCiphertext, k: usize, delta: i64) -> PlanCiphertext {
    let mut bytes = ciphertext.to_bytes();
    for (i, q) in PRIMES.into_iter().enumerate() {
        let index = 2 * DEGREE + i * DEGREE + k;
        let changed = (residue(&bytes, index) as i64 + delta).rem_euclid(q as i64) as u64;
        set_residue(&mut bytes, index, changed);
    }
    PlanCiphertext::from_bytes(&bytes).unwrap()
}
