//! Verification of many proofs at once, under any mixture of keys. It checks a random linear
//! combination of their equations, with one final exponentiation, and three Miller loops over fixed
//! points for each key.
//!
//! The weights are 128 bits each, drawn from a transcript over every key, statement and proof.
//! Nobody can choose a proof with its weight known, so a batch with a false proof passes with
//! probability 2^-128. The result depends on nothing but the items, in order. A failing batch is
//! halved until its bad proofs are found, so one bad proof does not affect the results of others.
//! With b bad proofs among n this takes at most about 2 b log2 n smaller batches.

use crate::{
    blst_ffi::{G1Sum, Miller, Weight, G1},
    error::VerifyError,
    inputs::Inputs,
    parallel::map_chunks,
    proof::Proof,
    verify::{verify_alone, PreparedVerifyingKey},
};
use ark_bls12_381::Fr;
use merlin::Transcript;
use std::collections::btree_map::{BTreeMap, Entry};

/// One proof to verify.
pub struct Item<'a, I: ?Sized> {
    /// The key that the proof is under.
    pub key: &'a PreparedVerifyingKey,
    /// The statement's public inputs.
    pub inputs: &'a I,
    /// The proof.
    pub proof: &'a Proof,
}

impl<I: ?Sized> Clone for Item<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I: ?Sized> Copy for Item<'_, I> {}

/// An item with its weight and its index among all items.
struct Weighted<'a, I: ?Sized> {
    item: Item<'a, I>,
    weight: Weight,
    place: usize,
}

/// Verifies all items. The results are in the items' order, and each is that of
/// [`verify`](crate::verify) for the item alone, but for the probability of 2^-128.
pub fn verify_batch<I: Inputs + ?Sized>(items: &[Item<'_, I>]) -> Vec<Result<(), VerifyError>> {
    let mut results: Vec<_> = items.iter().map(|i| i.key.check_count(i.inputs.count())).collect();
    let weights = weights(items);
    let batch: Vec<Weighted<'_, I>> = (items.iter().zip(weights).enumerate())
        .filter(|(place, _)| results[*place].is_ok())
        .map(|(place, (item, weight))| Weighted { item: *item, weight, place })
        .collect();
    if !batch.is_empty() && !holds(&batch) {
        bisect(&batch, &mut results);
    }
    results
}

/// Finds and marks the bad items of a batch that is known to fail.
fn bisect<I: Inputs + ?Sized>(batch: &[Weighted<'_, I>], results: &mut [Result<(), VerifyError>]) {
    if let [one] = batch {
        // A single item is judged by its own equation, as if it had never been in a batch.
        results[one.place] = verify_alone(one.item.key, one.item.inputs, one.item.proof);
        return;
    }
    let (left, right) = batch.split_at(batch.len() / 2);
    let left_holds = holds(left);
    if !left_holds {
        bisect(left, results);
    }
    // If the left half holds, the right one is known to fail.
    if left_holds || !holds(right) {
        bisect(right, results);
    }
}

/// Draws the weights from a transcript. It takes digests of the inputs, since a relation may have
/// thousands and the transcript is slow.
fn weights<I: Inputs + ?Sized>(items: &[Item<'_, I>]) -> Vec<Weight> {
    let digests = map_chunks(items, 8, |chunk| chunk.iter().map(|i| i.inputs.digest()).collect::<Vec<_>>()).concat();
    let mut transcript = Transcript::new(b"veilgrid/v3/batch");
    transcript.append_u64(b"items", items.len() as u64);
    for (i, digest) in items.iter().zip(digests) {
        transcript.append_message(b"key", &i.key.id().0);
        transcript.append_u64(b"inputs", i.inputs.count() as u64);
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

/// The weighted sums over the items of one key: of ones, of inputs, of C points.
struct Sum<'a, I: Inputs + ?Sized> {
    key: &'a PreparedVerifyingKey,
    one: Fr,
    inputs: I::Sum,
    c: G1Sum,
}

/// The sums of a batch, by key.
type Sums<'a, I> = BTreeMap<[u8; 32], Sum<'a, I>>;

/// Whether the weighted product of the items' equations holds.
fn holds<I: Inputs + ?Sized>(batch: &[Weighted<'_, I>]) -> bool {
    let mut left = Miller::one();
    let mut sums = Sums::<I>::new();
    for (part, part_sums) in map_chunks(batch, 8, left_side) {
        left = left.times(&part);
        for (id, sum) in part_sums {
            match sums.entry(id) {
                Entry::Vacant(place) => {
                    place.insert(sum);
                }
                Entry::Occupied(mut total) => {
                    let total = total.get_mut();
                    total.one += sum.one;
                    total.c = total.c.plus(&sum.c);
                    I::join(&mut total.inputs, sum.inputs);
                }
            }
        }
    }
    let sums: Vec<_> = sums.into_values().map(|sum| (sum.key, sum.one, I::list(sum.inputs), sum.c)).collect();
    let rights = map_chunks(&sums, 1, |sums| {
        let right =
            |(key, one, inputs, c): &(&PreparedVerifyingKey, Fr, Vec<Fr>, G1Sum)| key.right_side(*one, inputs, c);
        sums.iter().map(right).fold(Miller::one(), |product, m| product.times(&m))
    });
    let right = rights.iter().fold(Miller::one(), |product, m| product.times(m));
    left.same(&right)
}

/// The product of the `e(weight A, B)`, and the sums by key.
fn left_side<'a, I: Inputs + ?Sized>(batch: &[Weighted<'a, I>]) -> (Miller, Sums<'a, I>) {
    let a: Vec<(G1, Weight)> = batch.iter().map(|w| (w.item.proof.a, w.weight)).collect();
    let b: Vec<_> = batch.iter().map(|w| w.item.proof.b).collect();
    let mut by_key: BTreeMap<[u8; 32], Vec<&Weighted<'a, I>>> = BTreeMap::new();
    for w in batch {
        by_key.entry(w.item.key.id().0).or_default().push(w);
    }
    let sum = |items: Vec<&Weighted<'a, I>>| {
        let mut inputs = items[0].item.inputs.none();
        items.iter().for_each(|w| w.item.inputs.add(&mut inputs, w.weight));
        let c: Vec<(G1, Weight)> = items.iter().map(|w| (w.item.proof.c, w.weight)).collect();
        let one = items.iter().map(|w| Fr::from(w.weight.get())).sum();
        Sum { key: items[0].item.key, one, inputs, c: G1Sum::weighted(&c) }
    };
    (Miller::pairs(&G1::scale(&a), &b), by_key.into_iter().map(|(id, items)| (id, sum(items))).collect())
}
