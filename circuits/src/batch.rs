//! Verification of many proofs at once, of any mixture of keys: a random linear combination of their equations, with one
//! final exponentiation, and per key three Miller loops over fixed points.
//!
//! The weights are 128 bits each, drawn from a transcript over every key, statement and proof: nobody can choose a proof
//! knowing its weight, so a batch with a false proof passes with probability 2^-128. The result does not depend on
//! anything but the items, in order. A failing batch is halved until its bad proofs are found, so that one bad proof
//! does not sink its neighbours; with b bad proofs among n this takes at most about 2 b log2 n smaller batches.

use crate::{
    blst_ffi::{G1Sum, Miller, Weight, G1},
    error::VerifyError,
    parallel::map_chunks,
    proof::Proof,
    verify::{verify, PreparedVerifyingKey},
};
use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use merlin::Transcript;
use std::collections::BTreeMap;

/// One proof to verify.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// Under which key.
    pub key: &'a PreparedVerifyingKey,
    /// Of which statement.
    pub inputs: &'a [Fr],
    /// The proof.
    pub proof: &'a Proof,
}

/// An item with its weight, and its place among the items given.
struct Weighted<'a> {
    item: Item<'a>,
    weight: Weight,
    place: usize,
}

/// Verifies all items; the results are in their order, and each is what [`verify`] says of the item alone.
pub fn verify_batch(items: &[Item<'_>]) -> Vec<Result<(), VerifyError>> {
    let mut results: Vec<_> = items.iter().map(|i| i.key.check_count(i.inputs)).collect();
    let weights = weights(items);
    let batch: Vec<Weighted> = (items.iter().zip(weights).enumerate())
        .filter(|(place, _)| results[*place].is_ok())
        .map(|(place, (item, weight))| Weighted { item: *item, weight, place })
        .collect();
    if !batch.is_empty() && !holds(&batch) {
        bisect(&batch, &mut results);
    }
    results
}

/// Marks the bad ones of a batch that is known to fail.
fn bisect(batch: &[Weighted], results: &mut [Result<(), VerifyError>]) {
    if let [one] = batch {
        // Judged alone, as if it had never been in a batch.
        results[one.place] = verify(one.item.key, one.item.inputs, one.item.proof);
        return;
    }
    let (left, right) = batch.split_at(batch.len() / 2);
    let left_holds = holds(left);
    if !left_holds {
        bisect(left, results);
    }
    // If the left half holds, the fault is known to be in the right one.
    if left_holds || !holds(right) {
        bisect(right, results);
    }
}

/// Of a list of inputs: a relation may have thousands, and the transcript takes each message slowly.
fn digest(inputs: &[Fr]) -> [u8; 32] {
    // In the form in which they lie in memory: it is one to one too, and nobody else sees these digests.
    let bytes: Vec<u8> = inputs.iter().flat_map(|x| x.0 .0).flat_map(u64::to_le_bytes).collect();
    blake3::hash(&bytes).into()
}

fn weights(items: &[Item<'_>]) -> Vec<Weight> {
    let digests = map_chunks(items, 8, |chunk| chunk.iter().map(|i| digest(i.inputs)).collect::<Vec<_>>()).concat();
    let mut transcript = Transcript::new(b"veilgrid/v3/batch");
    transcript.append_u64(b"items", items.len() as u64);
    for (i, digest) in items.iter().zip(digests) {
        transcript.append_message(b"key", &i.key.id().0);
        transcript.append_u64(b"inputs", i.inputs.len() as u64);
        transcript.append_message(b"digest of inputs", &digest);
        transcript.append_message(b"proof", &i.proof.encode());
    }
    let draw = |_| {
        let mut bytes = [0; 16];
        transcript.challenge_bytes(b"weight", &mut bytes);
        Weight::new(u128::from_le_bytes(bytes))
    };
    items.iter().map(draw).collect()
}

/// What the items of one key add up to: weights of the constant one and the inputs, and the C points.
struct Sum<'a> {
    key: &'a PreparedVerifyingKey,
    s: Vec<Fr>,
    c: G1Sum,
}

/// Whether the weighted product of the items' equations holds.
fn holds(batch: &[Weighted]) -> bool {
    let mut left = Miller::one();
    let mut sums: BTreeMap<[u8; 32], Sum> = BTreeMap::new();
    for (part, part_sums) in map_chunks(batch, 8, left_side) {
        left = left.times(&part);
        for (id, sum) in part_sums {
            match sums.get_mut(&id) {
                None => {
                    sums.insert(id, sum);
                }
                Some(total) => {
                    total.c = total.c.plus(&sum.c);
                    total.s.iter_mut().zip(&sum.s).for_each(|(t, x)| *t += x);
                }
            }
        }
    }
    let sums: Vec<Sum> = sums.into_values().collect();
    let rights = map_chunks(&sums, 1, |sums| {
        sums.iter().fold(Miller::one(), |product, sum| product.times(&sum.key.right_side(&sum.s, &sum.c)))
    });
    let right = rights.iter().fold(Miller::one(), |product, m| product.times(m));
    left.same(&right)
}

/// The product of the `e(weight A, B)`, and the sums by key.
fn left_side<'a>(batch: &[Weighted<'a>]) -> (Miller, BTreeMap<[u8; 32], Sum<'a>>) {
    let a: Vec<(G1, Weight)> = batch.iter().map(|w| (w.item.proof.a, w.weight)).collect();
    let b: Vec<_> = batch.iter().map(|w| w.item.proof.b).collect();
    let mut by_key: BTreeMap<[u8; 32], Vec<&Weighted<'a>>> = BTreeMap::new();
    for w in batch {
        by_key.entry(w.item.key.id().0).or_default().push(w);
    }
    let sum = |items: Vec<&Weighted<'a>>| {
        let key = items[0].item.key;
        let mut s = vec![Fr::ZERO; key.key().input_count() + 1];
        for w in &items {
            let weight = w.weight.fr();
            s[0] += weight;
            s[1..].iter_mut().zip(w.item.inputs).for_each(|(s, x)| *s += weight * x);
        }
        let c: Vec<(G1, Weight)> = items.iter().map(|w| (w.item.proof.c, w.weight)).collect();
        Sum { key, s, c: G1Sum::weighted(&c) }
    };
    (Miller::pairs(&G1::scale(&a), &b), by_key.into_iter().map(|(id, items)| (id, sum(items))).collect())
}
