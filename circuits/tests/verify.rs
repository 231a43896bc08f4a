//! Verification of single proofs and of batches, compared with arkworks' verifier and with proofs
//! that it must refuse.

mod toy;

use ark_bls12_381::{Bls12_381, Fr};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use ark_groth16::Groth16;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use circuits::{
    prove, verify, verify_batch, Item, PointError, PreparedVerifyingKey, ProvingKey, Relation, VerifyError,
    VerifyingKey, Weight,
};
use circuits::{Proof, PROOF_BYTES};
use proptest::{collection, prelude::*};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use toy::{cube_key, rng, Cube, Inputs, Square};

type Proven = (Vec<Fr>, Proof);

fn prepared<R: Relation>(key: &ProvingKey<R>) -> PreparedVerifyingKey {
    key.verifying_key().unwrap().into()
}

/// n proofs of n statements.
fn proofs<R: Relation<Statement = Inputs, Witness = Fr>>(key: &ProvingKey<R>, n: u64) -> Vec<Proven> {
    let one = |i| {
        let (s, w) = R::sample(&mut rng(100 + i));
        let proof = prove(key, &s, &w, &mut rng(i)).unwrap();
        (s.0, proof)
    };
    (0..n).map(one).collect()
}

/// 64 proofs, made once for all tests.
fn many() -> &'static (PreparedVerifyingKey, Vec<Proven>) {
    static MANY: OnceLock<(PreparedVerifyingKey, Vec<Proven>)> = OnceLock::new();
    MANY.get_or_init(|| (prepared(cube_key()), proofs(cube_key(), 64)))
}

fn ark_verifier() -> ark_groth16::PreparedVerifyingKey<Bls12_381> {
    let pk = ark_groth16::ProvingKey::<Bls12_381>::deserialize_uncompressed(&cube_key().encode()[..]).unwrap();
    ark_groth16::prepare_verifying_key(&pk.vk)
}

fn item<'a>(key: &'a PreparedVerifyingKey, inputs: &'a [Fr], proof: &'a Proof) -> Item<'a, [Fr]> {
    Item { key, inputs, proof }
}

fn items<'a>(key: &'a PreparedVerifyingKey, proofs: &'a [Proven]) -> Vec<Item<'a, [Fr]>> {
    proofs.iter().map(|(inputs, proof)| item(key, inputs, proof)).collect()
}

#[test]
fn agrees_with_arkworks() {
    let (key, proofs) = many();
    let ark = ark_verifier();
    for (i, (inputs, proof)) in proofs.iter().take(8).enumerate() {
        let theirs = ark_groth16::Proof::deserialize_compressed(&proof.encode()[..]).unwrap();
        let mut wrong = inputs.clone();
        wrong[i % 3] += Fr::ONE;
        let zero = [inputs[0], inputs[1], Fr::ZERO];
        for (inputs, expected) in [(&inputs[..], true), (&wrong[..], false), (&zero[..], false)] {
            assert_eq!(Groth16::<Bls12_381>::verify_proof(&ark, &theirs, inputs).unwrap(), expected);
            assert_eq!(verify(key, inputs, proof).is_ok(), expected);
            assert_eq!(verify_batch(&[item(key, inputs, proof)])[0].is_ok(), expected);
        }
    }
}

#[test]
fn all_good_proofs_of_a_batch_hold() {
    let (key, proofs) = many();
    assert!(verify_batch(&items(key, proofs)).iter().all(Result::is_ok));
    assert!(verify_batch::<[Fr]>(&[]).is_empty());
}

/// arkworks takes both of these for true if the inputs happen to be zero, or for true outright.
#[test]
fn a_missing_or_an_extra_input_is_refused() {
    let (key, proofs) = many();
    let (inputs, proof) = &proofs[0];
    let extra = [&inputs[..], &[Fr::ZERO]].concat();
    for found in [&inputs[..2], &extra[..], &[]] {
        let refusal = Err(VerifyError::InputCount { expected: 3, found: found.len() });
        assert_eq!(verify(key, found, proof), refusal);
        let batch = [item(key, inputs, proof), item(key, found, proof), item(key, inputs, proof)];
        assert_eq!(verify_batch(&batch), [Ok(()), refusal, Ok(())]);
    }
    assert_eq!(VerifyError::InputCount { expected: 3, found: 4 }.code(), "proof-input-count");
}

#[test]
fn bad_proofs_are_found_among_64_wherever_they_are() {
    let (key, good) = many();
    for bad in [vec![0], vec![63], vec![31], vec![32], vec![5, 6, 40], (0..64).collect()] {
        let mut proofs = good.clone();
        for i in &bad {
            proofs[*i].0[i % 3] += Fr::ONE;
        }
        for (i, result) in verify_batch(&items(key, &proofs)).into_iter().enumerate() {
            let expected = if bad.contains(&i) { Err(VerifyError::Refused) } else { Ok(()) };
            assert_eq!(result, expected, "place {i} with {bad:?} bad");
        }
    }
}

/// Inputs that count how often their sums are checked: once for each check of a batch under one key.
/// A proof that is judged alone has the weight 1, and is not counted.
struct Counted<'a>(&'a [Fr]);

thread_local! {
    static CHECKS: Cell<usize> = const { Cell::new(0) };
}

impl circuits::Inputs for Counted<'_> {
    type Sum = (Vec<Fr>, bool);

    fn count(&self) -> usize {
        self.0.count()
    }
    fn digest(&self) -> [u8; 32] {
        self.0.digest()
    }
    fn none(&self) -> (Vec<Fr>, bool) {
        (self.0.none(), false)
    }
    fn add(&self, (sum, weighted): &mut (Vec<Fr>, bool), weight: Weight) {
        self.0.add(sum, weight);
        *weighted = weight.get() != 1;
    }
    fn join((sum, _): &mut (Vec<Fr>, bool), (other, _): &(Vec<Fr>, bool)) {
        <[Fr] as circuits::Inputs>::join(sum, other);
    }
    fn list((sum, weighted): (Vec<Fr>, bool)) -> Vec<Fr> {
        CHECKS.set(CHECKS.get() + usize::from(weighted));
        sum
    }
}

/// The results of a batch whose proofs at these places are bad, and how often sums were checked.
fn batch_with_bad(size: usize, bad: &BTreeSet<usize>) -> (Vec<bool>, usize) {
    let (key, good) = many();
    let mut proofs: Vec<Proven> = good.iter().cycle().take(size).cloned().collect();
    for i in bad {
        proofs[*i].0[i % 3] += Fr::ONE;
    }
    let inputs: Vec<Counted<'_>> = proofs.iter().map(|(inputs, _)| Counted(inputs)).collect();
    let items: Vec<_> = inputs.iter().zip(&proofs).map(|(inputs, (_, proof))| Item { key, inputs, proof }).collect();
    CHECKS.set(0);
    let results = verify_batch(&items);
    (results.iter().map(Result::is_ok).collect(), CHECKS.get())
}

#[test]
fn a_good_batch_costs_one_check_and_a_bad_proof_two_for_each_halving() {
    for size in [1, 15, 16, 17, 33, 64, 130] {
        assert_eq!(batch_with_bad(size, &BTreeSet::new()), (vec![true; size], 1), "{size} good ones");
        for bad in [0, size / 2, size - 1] {
            let (results, checks) = batch_with_bad(size, &[bad].into());
            let found: Vec<usize> = (0..size).filter(|i| !results[*i]).collect();
            assert_eq!(found, [bad], "of {size}");
            let halvings = size.div_ceil(16).next_power_of_two().ilog2() as usize;
            assert!(checks <= 1 + 2 * halvings, "{checks} checks for one of {size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whichever proofs are bad: exactly these are found, and no halving is checked twice.
    #[test]
    fn exactly_the_bad_proofs_are_found(
        (size, bad) in (1..100usize).prop_flat_map(|size| {
            let few = collection::btree_set(0..size, 0..=size.min(4));
            let any = collection::btree_set(0..size, 0..=size);
            (Just(size), prop_oneof![few, any])
        })
    ) {
        let (results, checks) = batch_with_bad(size, &bad);
        for (i, good) in results.into_iter().enumerate() {
            prop_assert_eq!(good, !bad.contains(&i), "place {} of {}", i, size);
        }
        let groups = size.div_ceil(16);
        prop_assert!(checks <= if bad.is_empty() { 1 } else { 2 * groups - 1 }, "{} checks", checks);
    }
}

#[test]
fn swapped_proofs_are_refused() {
    let (key, good) = many();
    let mut proofs = good[..8].to_vec();
    let (left, right) = proofs.split_at_mut(4);
    std::mem::swap(&mut left[1].1, &mut right[2].1);
    let ok: Vec<bool> = verify_batch(&items(key, &proofs)).iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, true, true, true, true, false, true]);
}

/// Two wrong proofs whose faults cancel in a plain sum: only the weights tell them apart.
#[test]
fn faults_that_cancel_are_refused() {
    use ark_ec::CurveGroup;
    let (key, good) = many();
    let shift = |proof: &Proof, by: ark_bls12_381::G1Projective| {
        let mut p = ark_groth16::Proof::<Bls12_381>::deserialize_compressed(&proof.encode()[..]).unwrap();
        p.c = (p.c + by).into_affine();
        let mut bytes = Vec::new();
        p.serialize_compressed(&mut bytes).unwrap();
        Proof::decode(&bytes).unwrap()
    };
    let fault = ark_bls12_381::G1Affine::generator() * Fr::from(5u64);
    let mut proofs = good[..4].to_vec();
    proofs[0].1 = shift(&good[0].1, fault);
    proofs[1].1 = shift(&good[1].1, -fault);
    let ok: Vec<bool> = verify_batch(&items(key, &proofs)).iter().map(Result::is_ok).collect();
    assert_eq!(ok, [false, false, true, true]);
}

#[test]
fn keys_mix_in_a_batch_and_do_not_stand_in_for_each_other() {
    let (cube, cubes) = many();
    let square_key = ProvingKey::<Square>::from_insecure_seed(&[1; 32]).unwrap();
    let (square, squares) = (prepared(&square_key), proofs(&square_key, 6));
    let other = prepared(&ProvingKey::<Cube>::from_insecure_seed(&[2; 32]).unwrap());
    let mut batch = Vec::new();
    for i in 0..6 {
        batch.push(item(cube, &cubes[i].0, &cubes[i].1));
        batch.push(item(&square, &squares[i].0, &squares[i].1));
    }
    assert!(verify_batch(&batch).iter().all(Result::is_ok));
    batch[4].key = &other;
    batch[7] = item(&square, &squares[3].0, &cubes[3].1);
    for (i, result) in verify_batch(&batch).into_iter().enumerate() {
        assert_eq!(result.is_err(), i == 4 || i == 7, "place {i}");
    }
    assert_eq!(verify(&other, &cubes[0].0, &cubes[0].1), Err(VerifyError::Refused));
}

/// A re-randomised proof is another true proof: which is why a transaction's id excludes it.
#[test]
fn a_rerandomised_proof_holds() {
    let (key, proofs) = many();
    let pk = ark_groth16::ProvingKey::<Bls12_381>::deserialize_uncompressed(&cube_key().encode()[..]).unwrap();
    let theirs = ark_groth16::Proof::deserialize_compressed(&proofs[0].1.encode()[..]).unwrap();
    let mut bytes = Vec::new();
    let again = Groth16::<Bls12_381>::rerandomize_proof(&pk.vk, &theirs, &mut rng(9));
    again.serialize_compressed(&mut bytes).unwrap();
    let again = Proof::decode(&bytes).unwrap();
    assert!(again != proofs[0].1);
    assert_eq!(verify(key, &proofs[0].0, &again), Ok(()));
}

const P: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7, 0x64, 0x77, 0x4b,
    0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24, 0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53,
    0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// The same coordinate plus the modulus, if there is room for it in 381 bits.
fn plus_modulus(x: &[u8; 48]) -> Option<[u8; 48]> {
    let (flags, mut out, mut carry) = (x[0] & 0xe0, [0; 48], 0u16);
    for i in (0..48).rev() {
        let low = if i == 0 { x[0] & 0x1f } else { x[i] };
        let sum = u16::from(low) + u16::from(P[i]) + carry;
        (out[i], carry) = (sum as u8, sum >> 8);
    }
    (out[0] < 0x20).then(|| {
        out[0] |= flags;
        out
    })
}

#[test]
fn bytes_that_are_not_the_one_encoding_are_refused() {
    let (_, proofs) = many();
    let good = proofs[0].1.encode();
    assert_eq!(Proof::decode(&good).unwrap().encode(), good);
    for n in [0, 1, 191, 193, 384] {
        assert_eq!(Proof::decode(&vec![0; n]).unwrap_err(), PointError::Length);
    }
    let with = |at: usize, part: &[u8]| {
        let mut bytes = good;
        bytes[at..at + part.len()].copy_from_slice(part);
        Proof::decode(&bytes).map(|p| p.encode() == good)
    };
    for at in [0, 48, 144] {
        // Without the flag of compression; the flag of the identity on a point that is none.
        assert_eq!(with(at, &[good[at] & 0x7f]), Err(PointError::Encoding));
        assert_eq!(with(at, &[good[at] | 0x40]), Err(PointError::Encoding));
        // The other root is another point.
        assert_eq!(with(at, &[good[at] ^ 0x20]), Ok(false));
        // The modulus itself for a coordinate.
        let mut modulus = P;
        modulus[0] |= 0x80;
        assert_eq!(with(at, &modulus), Err(PointError::Encoding));
    }
    // Coordinates shifted by the modulus, of which one in nine or so has room.
    let shifted: Vec<_> = proofs
        .iter()
        .flat_map(|(_, p)| {
            let bytes = p.encode();
            let x: [u8; 48] = bytes[..48].try_into().unwrap();
            plus_modulus(&x).map(|x| [&x[..], &bytes[48..]].concat())
        })
        .collect();
    assert!(!shifted.is_empty());
    for bytes in shifted {
        assert_eq!(Proof::decode(&bytes).unwrap_err(), PointError::Encoding);
    }
    let all = Proof::decode_all(&[good.to_vec(), vec![1; 7], good.to_vec()]);
    assert!(all[0].is_ok() && all[1] == Err(PointError::Length) && all[2].is_ok());
}

/// Points of the curve outside the subgroup, and the identity, in each place.
#[test]
fn points_outside_the_subgroup_and_identities_are_refused() {
    use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine};
    let (_, proofs) = many();
    let good = proofs[0].1.encode();
    let outside1 = (1u64..)
        .find_map(|x| G1Affine::get_point_from_x_unchecked(Fq::from(x), false))
        .filter(|p| !p.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let outside2 = (1u64..)
        .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
        .filter(|p| !p.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    let encode1 = |p: G1Affine| {
        let mut bytes = Vec::new();
        p.serialize_compressed(&mut bytes).unwrap();
        bytes
    };
    let encode2 = |p: G2Affine| {
        let mut bytes = Vec::new();
        p.serialize_compressed(&mut bytes).unwrap();
        bytes
    };
    let no_point1 = (1u64..).find(|x| G1Affine::get_point_from_x_unchecked(Fq::from(*x), false).is_none()).unwrap();
    let mut nowhere = [0; 48];
    nowhere[0] = 0x80;
    nowhere[47] = no_point1 as u8;
    for (at, part, expected) in [
        (0, encode1(outside1), PointError::NotInSubgroup),
        (48, encode2(outside2), PointError::NotInSubgroup),
        (144, encode1(outside1), PointError::NotInSubgroup),
        (0, encode1(G1Affine::zero()), PointError::Identity),
        (48, encode2(G2Affine::zero()), PointError::Identity),
        (144, encode1(G1Affine::zero()), PointError::Identity),
        (0, nowhere.to_vec(), PointError::NotOnCurve),
        (144, nowhere.to_vec(), PointError::NotOnCurve),
    ] {
        let mut bytes = good;
        bytes[at..at + part.len()].copy_from_slice(&part);
        assert_eq!(Proof::decode(&bytes).unwrap_err(), expected);
    }
}

#[test]
fn any_flipped_bit_is_refused() {
    let (key, proofs) = many();
    let (inputs, proof) = &proofs[0];
    let good = proof.encode();
    for bit in (0..8 * PROOF_BYTES).step_by(13) {
        let mut bytes = good;
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Proof::decode(&bytes) {
            assert_eq!(verify(key, inputs, &other), Err(VerifyError::Refused), "bit {bit}");
        }
    }
}

#[test]
fn verifying_keys_have_one_encoding_and_no_unusable_points() {
    let key = cube_key().verifying_key().unwrap();
    let good = key.encode();
    assert_eq!(good.len(), 48 + 3 * 96 + 4 + 4 * 48);
    assert_eq!((VerifyingKey::decode(&good).unwrap(), key.input_count()), (key.clone(), 3));
    assert_eq!(key.id(), cube_key().id());
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        VerifyingKey::decode(&bytes).unwrap_err()
    };
    assert_eq!(refused(&|b| b.push(0)), PointError::Length);
    assert_eq!(refused(&|b| b.truncate(100)), PointError::Length);
    assert_eq!(refused(&|b| b.truncate(b.len() - 48)), PointError::Length);
    assert_eq!(refused(&|b| b[336] = 0), PointError::InputCount);
    assert_eq!(refused(&|b| b[339] = 1), PointError::InputCount);
    let mut identity = [0u8; 96];
    identity[0] = 0xc0;
    for (at, n) in [(0, 48), (48, 96), (144, 96), (240, 96), (340, 48), (484, 48)] {
        assert_eq!(refused(&|b| b[at..at + n].copy_from_slice(&identity[..n])), PointError::Identity);
    }
}
