//! Verification of many proofs at once, under any mixture of keys. It checks a random linear
//! combination of their equations, with one final exponentiation, and three Miller loops over fixed
//! points for each key.
//!
//! The weights are 128 bits each, drawn from a transcript over every key, statement and proof.
//! Nobody can choose a proof with its weight known, so a batch with a false proof passes with
//! probability 2^-128. The result depends on nothing but the items, in order.
//!
//! Items are added up in groups. The groups of a failing batch are halved until those with bad
//! proofs are found, and each proof in them is verified alone, so one bad proof does not affect the
//! results of others. A halving needs only the groups' sums: three Miller loops for each key and a
//! final exponentiation, whatever the number of proofs. So one bad proof among many costs about as
//! much as verifying two dozen proofs alone, and a batch of nothing but bad ones little more than
//! verifying each of them alone.

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

/// Items that are added up together. blst computes so many Miller loops at once; a smaller group
/// would cost more, and in a larger one a bad proof takes longer to find.
const GROUP: usize = 16;

/// Verifies all items. The results are in the items' order, and each is that of
/// [`verify`](crate::verify) for the item alone, but for the probability of 2^-128.
pub fn verify_batch<I: Inputs + ?Sized>(items: &[Item<'_, I>]) -> Vec<Result<(), VerifyError>> {
    let mut results: Vec<_> = items.iter().map(|i| i.key.check_count(i.inputs.count())).collect();
    let weights = weights(items);
    let batch: Vec<Weighted<'_, I>> = (items.iter().zip(weights).enumerate())
        .filter(|(place, _)| results[*place].is_ok())
        .map(|(place, (item, weight))| Weighted { item: *item, weight, place })
        .collect();
    let groups: Vec<&[Weighted<'_, I>]> = batch.chunks(GROUP).collect();
    let added = map_chunks(&groups, 1, |groups| groups.iter().map(|group| Group::new(group)).collect::<Vec<_>>());
    let groups: Vec<Group<'_, '_, I>> = added.into_iter().flatten().collect();
    if !groups.is_empty() && !holds(&groups) {
        bisect(&groups, &mut results);
    }
    results
}

/// Finds and marks the bad items among groups that are known to fail together. Halves are checked
/// by the sums that the groups have, without their Miller loops. Each item of a group that fails is
/// then judged by its own equation, as if it had never been in a batch.
fn bisect<I: Inputs + ?Sized>(groups: &[Group<'_, '_, I>], results: &mut [Result<(), VerifyError>]) {
    if let [one] = groups {
        let judged = map_chunks(one.items, 1, |items| {
            let judge = |w: &Weighted<'_, I>| verify_alone(w.item.key, w.item.inputs, w.item.proof);
            items.iter().map(judge).collect::<Vec<_>>()
        });
        for (item, result) in one.items.iter().zip(judged.into_iter().flatten()) {
            results[item.place] = result;
        }
        return;
    }
    let (left, right) = groups.split_at(groups.len() / 2);
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

impl<I: Inputs + ?Sized> Clone for Sum<'_, I> {
    fn clone(&self) -> Self {
        Sum { key: self.key, one: self.one, inputs: self.inputs.clone(), c: self.c }
    }
}

/// The sums of a batch, by key.
type Sums<'a, I> = BTreeMap<[u8; 32], Sum<'a, I>>;

/// Items with the product of their `e(weight A, B)`, and their sums by key.
struct Group<'b, 'a, I: Inputs + ?Sized> {
    items: &'b [Weighted<'a, I>],
    left: Miller,
    sums: Sums<'a, I>,
}

/// Whether the weighted product of the equations of all items of the groups holds.
fn holds<I: Inputs + ?Sized>(groups: &[Group<'_, '_, I>]) -> bool {
    let mut left = Miller::one();
    let mut sums = Sums::<I>::new();
    for group in groups {
        left = left.times(&group.left);
        for (id, sum) in &group.sums {
            match sums.entry(*id) {
                Entry::Vacant(place) => {
                    place.insert(sum.clone());
                }
                Entry::Occupied(mut total) => {
                    let total = total.get_mut();
                    total.one += sum.one;
                    total.c = total.c.plus(&sum.c);
                    I::join(&mut total.inputs, &sum.inputs);
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

impl<'b, 'a, I: Inputs + ?Sized> Group<'b, 'a, I> {
    fn new(items: &'b [Weighted<'a, I>]) -> Self {
        let a: Vec<(G1, Weight)> = items.iter().map(|w| (w.item.proof.a, w.weight)).collect();
        let b: Vec<_> = items.iter().map(|w| w.item.proof.b).collect();
        let mut by_key: BTreeMap<[u8; 32], Vec<&Weighted<'a, I>>> = BTreeMap::new();
        for w in items {
            by_key.entry(w.item.key.id().0).or_default().push(w);
        }
        let sum = |items: Vec<&Weighted<'a, I>>| {
            let mut inputs = items[0].item.inputs.none();
            items.iter().for_each(|w| w.item.inputs.add(&mut inputs, w.weight));
            let c: Vec<(G1, Weight)> = items.iter().map(|w| (w.item.proof.c, w.weight)).collect();
            let one = items.iter().map(|w| Fr::from(w.weight.get())).sum();
            Sum { key: items[0].item.key, one, inputs, c: G1Sum::weighted(&c) }
        };
        let sums = by_key.into_iter().map(|(id, items)| (id, sum(items))).collect();
        Group { items, left: Miller::pairs(&G1::scale(&a), &b), sums }
    }
}
