//! The real verifier: each claim gets the answer that it would get alone. One relation's key serves
//! for all here.

use crate::bound::{Kept, Maker};
use crate::world::{market, TestBlobs, World};
use circuits::relation::refuse::Refuse;
use circuits::{prove, ProvingKey, Relation};
use fhe_matcher::key::MatchingPublicKey;
use ledger::{
    Blobs, CiphertextInputs, CiphertextStatus, Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs, ScoreClaim,
};
use protocol::ids::{BlobHash, VerifyingKeyId};
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::relation::{RelationKind, Statement};
use protocol::transaction::body::{Issued, Objection};
use protocol::transaction::Body;
use protocol::units::{Cycle, Price, Side};
use protocol::Fr;
use rand_core::SeedableRng;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn one_bad_claim_does_not_sink_its_neighbours() {
    let key = ProvingKey::<Refuse>::from_insecure_seed(&[1; 32]).unwrap();
    let verifier = Groth16Verifier::new(|_| key.verifying_key()).unwrap();
    assert_eq!(verifier.key_id(RelationKind::Merge).0, key.id().0);
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([2; 32]);
    let mut claim = || {
        let (statement, witness) = Refuse::sample(&mut rng);
        let proof = prove(&key, &statement, &witness, &mut rng).unwrap().encode();
        ProofClaim {
            relation: RelationKind::Refuse,
            key: VerifyingKeyId(key.id().0),
            inputs: PublicInputs::Listed(statement.inputs()),
            proof,
        }
    };
    let (good, other) = (claim(), claim());
    let blobs = TestBlobs::default();
    let change = |change: fn(&mut ProofClaim)| {
        let mut changed = good.clone();
        change(&mut changed);
        changed
    };
    let with_inputs = |change: fn(&mut Vec<Fr>)| {
        let PublicInputs::Listed(mut inputs) = good.inputs.clone() else { unreachable!() };
        change(&mut inputs);
        ProofClaim { inputs: PublicInputs::Listed(inputs), ..good.clone() }
    };
    let claims = [
        good.clone(),
        with_inputs(|i| i[0] += Fr::from(1u64)),
        with_inputs(|i| i.push(Fr::from(0u64))),
        with_inputs(|i| i.truncate(1)),
        with_inputs(Vec::clear),
        other.clone(),
        change(|c| c.proof[150] ^= 1),
        change(|c| c.proof = [0; 192]),
        change(|c| c.proof = [0xff; 192]),
        ProofClaim { proof: other.proof, ..good.clone() },
        change(|c| c.key.0[0] ^= 1),
        good.clone(),
    ];
    let expected = [true, false, false, false, false, true, false, false, false, false, false, true];
    assert_eq!(verifier.verify(&claims, &blobs).unwrap(), expected);
    for (claim, good) in claims.iter().zip(expected) {
        assert_eq!(verifier.verify(std::slice::from_ref(claim), &blobs).unwrap(), [good]);
    }
    assert!(verifier.verify(&[], &blobs).unwrap().is_empty());
}

/// The statements that the ledger puts together have as many inputs as the pinned circuits (the
/// wallets' end-to-end tests show that they are the same inputs in the same order).
#[test]
fn the_pinned_keys_take_the_inputs_that_the_ledger_gives() {
    let verifier = Groth16Verifier::pinned().unwrap();
    let ids: BTreeSet<_> = RelationKind::ALL.iter().map(|r| verifier.key_id(*r)).collect();
    assert_eq!(ids.len(), RelationKind::ALL.len());
    let mut w = World::open();
    let (match_id, sell, buy) = w.delivered();
    let field = w.fr();
    let bodies = [
        w.plan(Side::Sell),
        w.plan(Side::Buy),
        w.confirm(Side::Sell, match_id, sell),
        w.confirm(Side::Buy, match_id, buy),
        w.settle(Side::Sell, match_id, sell),
        w.settle(Side::Buy, match_id, buy),
        w.release(sell),
        w.merge(),
        w.surplus(),
        w.withdraw(5),
        w.void(match_id, sell),
        Body::Refuse(Objection { match_id, handle: sell }),
        w.deliver(Side::Sell, match_id),
        w.shortfall(Commitment(field)),
        w.issue(0, Issued::Generation),
        w.issue_metered(0, Sign::Surplus, protocol::units::Cycle::new(1).unwrap()),
        w.credential(1),
    ];
    let mut seen = BTreeSet::new();
    for body in bodies {
        let relation = body.kind().relation().unwrap();
        let key = circuits::pins::verifying_key(relation.name()).unwrap();
        assert_eq!(w.inputs(&body, field).len(), key.input_count(), "{}", relation.name());
        seen.insert(relation);
        if let Body::IssueCredential(b) = &body {
            let key = circuits::pins::verifying_key(RelationKind::Deposit.name()).unwrap();
            assert_eq!(w.deposit_inputs(b).len(), key.input_count());
            seen.insert(RelationKind::Deposit);
        }
    }
    for relation in [RelationKind::SellCiphertext, RelationKind::BuyCiphertext] {
        let key = circuits::pins::verifying_key(relation.name()).unwrap();
        assert_eq!(key.input_count(), protocol::relation::plan_ciphertext::INPUTS, "{}", relation.name());
        seen.insert(relation);
    }
    assert_eq!(seen.len(), RelationKind::ALL.len());
}

/// The verifier puts the inputs of relation 11 together itself: from other blobs, or from another
/// statement than the proved one, it gets other inputs.
#[test]
fn claims_about_ciphertexts_hold_for_their_ciphertext_and_plan_alone() {
    let (verifier, mut maker) = (Groth16Verifier::pinned().unwrap(), Maker::new(market()));
    for side in [Side::Sell, Side::Buy] {
        let (good, other) = (maker.claim(side, 1), maker.claim(side, 2));
        let theirs = maker.claim(side.other(), 3);
        let of = |claim: &ProofClaim| match &claim.inputs {
            PublicInputs::Ciphertext(inputs) => (**inputs).clone(),
            PublicInputs::Listed(_) => unreachable!(),
        };
        let with = |change: &dyn Fn(&mut CiphertextInputs)| {
            let mut inputs = of(&good);
            change(&mut inputs);
            ProofClaim { inputs: PublicInputs::Ciphertext(Box::new(inputs)), ..good.clone() }
        };
        let one = Fr::from(1u64);
        let mut blobs = maker.blobs.clone();
        let mut bytes = blobs.0[&of(&good).ciphertext].clone();
        bytes[70_000] ^= 1;
        let flipped = blobs.put(bytes);
        let another_key = MatchingPublicKey::random(&mut rand_chacha::ChaCha20Rng::from_seed([9; 32])).to_bytes();
        let another_key = blobs.put(another_key);
        let step = Price::new(of(&good).scale.step.get() + 1).unwrap();
        let wrong = [
            with(&|i| i.ciphertext = of(&other).ciphertext),
            with(&|i| i.ciphertext = flipped),
            with(&|i| i.matching_key = another_key),
            with(&|i| i.handle = of(&other).handle),
            with(&|i| i.side = side.other()),
            with(&|i| i.scale.step = step),
            with(&|i| i.scale.ranges.swap(0, 1)),
            with(&|i| i.commitments[0] += one),
            with(&|i| i.commitments[1] += one),
            with(&|i| i.commitments = of(&other).commitments),
            with(&|i| i.binding += one),
            ProofClaim { proof: other.proof, ..good.clone() },
            ProofClaim { relation: theirs.relation, key: theirs.key, ..good.clone() },
            // All inputs are given as a list, the verifier's own part included: only the verifier
            // may compute that part.
            ProofClaim { inputs: PublicInputs::Listed(vec![one; 4426]), ..good.clone() },
        ];
        let all = [&[good.clone()][..], &wrong, &[other.clone(), theirs.clone()]].concat();
        let verdicts = verifier.verify(&all, &blobs).unwrap();
        let honest: Vec<usize> = (0..all.len()).filter(|i| verdicts[*i]).collect();
        assert_eq!(honest, [0, all.len() - 2, all.len() - 1]);
        assert_eq!(verifier.verify(&all[1..2], &blobs), Ok(vec![false]), "alone as in a batch");
        let absent = BlobHash([1; 32]);
        assert_eq!(verifier.verify(&[good.clone(), with(&|i| i.ciphertext = absent)], &blobs), Err(absent));
        assert_eq!(verifier.verify(&[with(&|i| i.matching_key = absent)], &blobs), Err(absent));
    }
}

/// Repeated contests of right scores do not make the verifier score again, nor pack a round's
/// offers again, however many cycles are open. It forgets the rounds of closed cycles.
#[test]
fn contests_of_three_cycles_in_turn() {
    /// Counts the blobs that are read.
    struct Read(AtomicUsize, Kept);
    impl Blobs for Read {
        fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
            self.1.plan_ciphertext(hash)
        }
        fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            self.1.get(hash)
        }
    }
    let key = ProvingKey::<Refuse>::from_insecure_seed(&[1; 32]).unwrap();
    let verifier = Groth16Verifier::new(|_| key.verifying_key()).unwrap();
    let mut blobs = Kept::default();
    let hashes: Vec<BlobHash> = (0..12).map(|n| blobs.put(crate::node::ciphertext(n))).collect();
    let blobs = Read(AtomicUsize::new(0), blobs);
    let at = |cycle| Cycle::new(cycle).unwrap();
    let score = |cycle: u32, offers: std::ops::Range<usize>, bid: usize, reads: usize| {
        blobs.0.store(0, Ordering::SeqCst);
        let claim = ScoreClaim { cycle: at(cycle), offers: hashes[offers].to_vec(), bid: hashes[bid] };
        let digest = verifier.score_digest(&claim, &blobs).unwrap();
        assert_eq!(blobs.0.load(Ordering::SeqCst), reads, "blobs read");
        digest
    };
    let digests = [score(1, 0..3, 10, 4), score(2, 3..6, 10, 4), score(3, 6..9, 10, 4)];
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    for _ in 0..4 {
        assert_eq!([score(1, 0..3, 10, 0), score(2, 3..6, 10, 0), score(3, 6..9, 10, 0)], digests);
    }
    assert_ne!(score(1, 0..3, 11, 1), digests[0], "another bid: only that is read");
    // A cycle's next round replaces its last one, and no other cycle's.
    score(1, 0..2, 10, 3);
    assert_eq!((score(2, 3..6, 10, 0), score(1, 0..3, 10, 4)), (digests[1], digests[0]));
    // A missing blob is reported each time, and the cache loses nothing by it.
    let absent = ScoreClaim { cycle: at(2), offers: hashes[3..6].to_vec(), bid: BlobHash([1; 32]) };
    assert_eq!(verifier.score_digest(&absent, &blobs), Err(BlobHash([1; 32])));
    assert_eq!(score(2, 3..6, 10, 0), digests[1]);
    verifier.keep_rounds(&[at(1), at(3)].into());
    assert_eq!((score(1, 0..3, 10, 0), score(2, 3..6, 10, 4)), (digests[0], digests[1]));
}

/// A block of nothing but bad proofs costs about as much as verifying each of them alone, and one
/// bad proof about as much as its group of 16.
#[test]
fn a_block_of_bad_proofs() {
    let key = ProvingKey::<Refuse>::from_insecure_seed(&[1; 32]).unwrap();
    let verifier = Groth16Verifier::new(|_| key.verifying_key()).unwrap();
    let mut rng = rand_chacha::ChaCha20Rng::from_seed([2; 32]);
    let (statement, witness) = Refuse::sample(&mut rng);
    let good = ProofClaim {
        relation: RelationKind::Refuse,
        key: VerifyingKeyId(key.id().0),
        inputs: PublicInputs::Listed(statement.inputs()),
        proof: prove(&key, &statement, &witness, &mut rng).unwrap().encode(),
    };
    let mut bad = good.clone();
    let PublicInputs::Listed(inputs) = &mut bad.inputs else { unreachable!() };
    inputs[0] += Fr::from(1u64);
    let blobs = TestBlobs::default();
    let took = |claims: &[ProofClaim]| {
        let times = (0..3).map(|_| {
            let start = std::time::Instant::now();
            let verdicts = verifier.verify(claims, &blobs).unwrap();
            assert!(claims.iter().zip(verdicts).all(|(claim, verdict)| verdict == (*claim == good)));
            start.elapsed().as_secs_f64()
        });
        times.fold(f64::MAX, f64::min)
    };
    const N: usize = 256;
    let alone = took(std::slice::from_ref(&bad));
    let with = |count: usize| {
        let claims: Vec<_> = (0..N).map(|i| if i * count / N < (i + 1) * count / N { &bad } else { &good }).collect();
        took(&claims.into_iter().cloned().collect::<Vec<_>>())
    };
    let (all_good, one, some, all) = (with(0), with(1), with(20), with(N));
    let ms = |seconds: f64| seconds * 1e3;
    println!(
        "alone {:.2} ms; of {N}: none {:.1}, one {:.1}, 20 {:.1}, all {:.1} ms",
        ms(alone),
        ms(all_good),
        ms(one),
        ms(some),
        ms(all)
    );
    // Several times as much as expected, since other work runs beside a test.
    assert!(all < 6.0 * alone * N as f64 && one < all_good + 100.0 * alone);
}
