//! Attacks on issues: who may issue which record, once; and attacks that move transactions between
//! chains and times.

use crate::forge::{beyond_modulus, broken, outside_subgroup, proof, rerandomised, resigned, with_body, with_proof};
use crate::world::*;
use circuits::{PointError, PreparedVerifyingKey, Proof, VerifyError};
use ledger::{Blobs, CiphertextStatus, Groth16Verifier, ProofClaim, ProofVerifier, PublicInputs, Refusal, State};
use protocol::ids::{BlobHash, Height, Serial, VerifyingKeyId};
use protocol::keys::TraceCommitment;
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::record::{balance::Balance, credential::Credential, generation::Generation};
use protocol::relation::issue::IssuedRecord;
use protocol::relation::merge::Merge as MergeStatement;
use protocol::relation::{RelationKind, Statement};
use protocol::terms::Terms;
use protocol::transaction::body::{Issue, IssueCredential, Issued, Note, NOTE_BYTES};
use protocol::transaction::deposit::CredentialRequest;
use protocol::transaction::{binding, Body, Kind, Seal, Transaction, MAX_BYTES};
use protocol::units::{EnergyType, Epoch, Money, Place, Reputation};
use protocol::Fr;
use testkit::adversary::{IssuedLeaf, LyingIssuer};
use wallets::household::{Gathering, Need};
use wallets::prover::Prover;
use wallets::seal::Signer;

fn issue_of(transaction: &Transaction) -> Issue {
    match transaction.body {
        Body::Issue(issue) => issue,
        _ => panic!("not an issue"),
    }
}

/// Registers the issuers and pays in the buyer's and the thief's money.
pub fn issuers(w: &mut World) {
    let chain = w.state().chain();
    let to = w.buyer.wallet.payment_address();
    let amount = Money::new(10_000_000_000).unwrap();
    let honest = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();

    // An unregistered issuer: the desk itself, before the regulator has registered it.
    w.refused("an issue before registration", &honest, "unregistered-issuer");

    let registrations = [w.meter.registration(&mut w.rng), w.desk.registration(&mut w.rng), w.other_registration()];
    let registrations = registrations.map(|r| w.regulator.register_issuer(&r, LATER).unwrap());
    // Only the regulator registers: this registration is signed by the issuer that would be
    // registered.
    let by_itself = w.other_meter.seal(chain, LATER, registrations[0].body);
    w.refused("a registration by another", &by_itself, "bad-signature");
    // A registration, moved to this chain from another.
    let foreign = w.regulator_signer.seal(w.other_genesis.chain(), LATER, registrations[0].body);
    w.refused("a registration for another chain", &foreign, "wrong-chain");
    let moved = Transaction { chain, ..foreign };
    w.refused("a registration signed for another chain", &moved, "bad-signature");
    w.accept(&registrations);

    let issue = issue_of(&honest);
    // An issuer with no registration, under a number of its own.
    let nobody = Body::Issue(Issue { issuer: issuer(77), ..issue });
    w.refused("an issue by nobody", &resigned(&honest, &w.other_meter, nobody), "unregistered-issuer");
    // Money out of nothing: a metering service issues B.
    let money = Body::Issue(Issue { issuer: issuer(METER), serial: Serial(1), ..issue });
    w.refused("B by a metering service", &resigned(&honest, &w.meter_signer, money), "wrong-role");
    // Energy out of nothing: a desk issues G.
    let energy = Body::Issue(Issue { issued: Issued::Generation, ..issue });
    w.refused("G by a desk", &resigned(&honest, &w.desk_signer, energy), "wrong-role");
    // A forged signature: another issuer's, and the right one with a bit changed.
    w.refused("an issue signed by another", &resigned(&honest, &w.other_meter, honest.body), "bad-signature");
    let bytes = honest.encode();
    // signature 64 | key 32 | proof 192, at the end
    for (from_end, code) in [(192 + 32 + 1, "bad-signature"), (192 + 1, "unknown-key"), (1, "bad-proof")] {
        let mut changed = bytes.clone();
        changed[bytes.len() - from_end] ^= 1;
        w.refused_bytes("an issue with a bit of its seal changed", &changed, code);
    }
    // The signature alone, and the proof alone.
    let signed = w.desk_signer.seal(chain, LATER, honest.body);
    w.refused("an issue without a proof", &signed, "encoding");
    let (key, proved) = (w.prover.key_id(RelationKind::Issue).unwrap(), proof(&honest));
    let unsigned = Transaction { seal: Seal::Proof { key, proof: proved }, ..honest };
    w.refused("an issue without a signature", &unsigned, "encoding");
    // A signature of something else.
    let other = Body::Issue(Issue { commitment: Commitment(issue.commitment.0 + Fr::from(1u64)), ..issue });
    w.refused("an issue of another leaf", &with_body(&honest, other), "bad-signature");
    // An expiry that is past, and one that was moved to later.
    let last = w.state().height();
    let expired = resigned(&Transaction { expiry: last, ..honest }, &w.desk_signer, honest.body);
    w.refused("an issue after its expiry", &expired, "expired-transaction");
    w.refused("an issue whose expiry was put off", &Transaction { expiry: LATER, ..expired }, "bad-signature");
    // Moved by the desk itself; the proof does not fit the new expiry.
    let later = Transaction { expiry: EVEN_LATER, ..honest };
    w.refused("an issue with another expiry", &resigned(&later, &w.desk_signer, honest.body), "bad-proof");

    // An expiry between two steps, and one that is further ahead than the genesis allows. No proof
    // is looked at.
    for (what, expiry, code) in [
        ("an issue whose expiry shows its wallet", LATER.0 + 1, "expiry-step"),
        ("an issue that would be kept for ever", LATER.0 << 40, "far-expiry"),
    ] {
        let odd = Transaction { expiry: Height(expiry), ..honest };
        w.refused(what, &resigned(&odd, &w.desk_signer, honest.body), code);
    }
    // One is accepted. Then the test sends it again, and another with the same serial.
    let brief = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    w.accept(&[brief]);
    assert_eq!(w.buyer.wallet.balance(), amount);
    w.refused("an issue again", &brief, "duplicate-transaction");
    // Another record at the same serial.
    let (Body::Issue(said), Body::Issue(used)) = (honest.body, brief.body) else { unreachable!() };
    let same = Body::Issue(Issue { serial: used.serial, ..said });
    w.refused("an issue at a serial that is used", &resigned(&honest, &w.desk_signer, same), "serial-used");
    // A fresh serial under the old signature.
    let next = Body::Issue(Issue { serial: Serial(issue.serial.0 + 2), ..issue });
    w.refused("an issue again, at a fresh serial", &with_body(&honest, next), "bad-signature");
    // Far beyond the highest serial used.
    let skipped = Body::Issue(Issue { serial: Serial(issue.serial.0 + 4098), ..issue });
    w.refused("an issue with a far serial", &resigned(&honest, &w.desk_signer, skipped), "serial-closed");
    // The next serial, signed by the desk, with the earlier proof: of this leaf, but not of this
    // transaction.
    w.refused("an old proof at the next serial", &resigned(&honest, &w.desk_signer, next), "bad-proof");

    // Twice in one block, and again in the next: the same transaction on the same chain.
    let to = w.thief.wallet.payment_address();
    let second = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    w.together("an issue twice in a block", &[second, second], &["ok", "duplicate-transaction"]);
    w.accept(&[second]);
    w.refused("an issue again", &second, "duplicate-transaction");
    let mut resealed = second.encode();
    *resealed.last_mut().unwrap() ^= 1;
    w.refused_bytes("an issue again under another seal", &resealed, "duplicate-transaction");
    // On another chain with the same keys.
    let elsewhere = State::new(&w.other_genesis);
    let there = |t: Transaction| codes(&w.trial_on(&elsewhere, w.now, &[t.encode()]));
    assert_eq!(there(registrations[0]), ["wrong-chain"]);
    let other_chain = w.other_genesis.chain();
    // An issuer's proof of possession is of this chain, so its registration is of no use elsewhere.
    assert_eq!(there(Transaction { chain: other_chain, ..registrations[0] }), ["bad-possession"]);
    assert_eq!(there(w.regulator_signer.seal(other_chain, LATER, registrations[0].body)), ["bad-possession"]);
}

/// What the buyer is issued besides, so that it has records to merge and to list twice; the thief is
/// issued [`SMALL`] besides.
pub const BESIDES: u64 = SMALL + 1_000_000_000;
pub const SMALL: u64 = 7;

/// Epoch, credentials, the cycle, the seller's G. Returns a merge, the first of the real proofs that
/// seal a transaction alone.
pub fn cycle_begins(w: &mut World) -> Transaction {
    let start = w.regulator.start_epoch(epoch(), LATER).unwrap();
    let addresses = [w.buyer.wallet.payment_address(), w.thief.wallet.payment_address()];
    let small = Money::new(SMALL).unwrap();
    let issued = addresses.map(|to| w.desk.issue_balance(&w.prover, &mut w.rng, &to, small, LATER).unwrap());
    w.accept(&[start, issued[0], issued[1]]);
    let [other, merge] = [&mut w.buyer, &mut w.thief].map(|household| {
        let all = Need::Money(household.wallet.balance());
        match household.wallet.gather(&w.prover, &mut w.rng, all).unwrap() {
            Gathering::Merge(merges) => merges[0],
            _ => panic!("two records are merged"),
        }
    });
    w.would_pass("a merge", &merge);

    // A relation's transaction on another chain: as it is, and moved there with its proof.
    let elsewhere = State::new(&w.other_genesis);
    let there = |t: Transaction| codes(&w.trial_on(&elsewhere, w.now, &[t.encode()]));
    assert_eq!(there(merge), ["wrong-chain"]);
    assert_eq!(there(Transaction { chain: w.other_genesis.chain(), ..merge }), ["unknown-anchor"]);
    let foreign = Transaction { chain: w.other_genesis.chain(), ..merge };
    w.refused("a merge for another chain", &foreign, "wrong-chain");
    // Its expiry moved to later.
    w.refused("a merge with another expiry", &Transaction { expiry: EVEN_LATER, ..merge }, "bad-proof");
    proofs(w, &merge, &other);
    bytes(w, &merge);

    // A copy with a broken proof, sent first, or last, into the same block: the original is
    // accepted.
    let copy = broken(&merge, &mut w.rng);
    assert_eq!(copy.id(), merge.id());
    w.together("a broken copy first", &[copy, merge], &["bad-proof", "ok"]);
    w.together("a broken copy last", &[merge, copy], &["ok", "duplicate-transaction"]);
    w.together(
        "a broken copy among others",
        &[other, copy, merge, copy],
        &["ok", "bad-proof", "ok", "duplicate-transaction"],
    );
    // A block of a broken copy alone does not make the original a duplicate.
    w.refused("a broken copy", &copy, "bad-proof");
    // The same at the node: it refuses at once the bytes that failed, holds another broken copy
    // beside the original, and the original is accepted.
    assert_eq!(w.node.submit(&copy.encode()), Err(Refusal::BadProof));
    let another = broken(&merge, &mut w.rng);
    assert!(another != copy && another.id() == copy.id());
    w.node.submit(&another.encode()).unwrap();
    w.accept(&[merge, other]);
    // A re-randomised proof is valid, and the transaction a duplicate all the same.
    let again = rerandomised(&merge, &mut w.rng);
    w.refused("a merge again", &merge, "duplicate-transaction");
    w.refused("a merge again, its proof re-randomised", &again, "duplicate-transaction");
    w.refused("a merge again, its proof broken", &copy, "duplicate-transaction");
    // Its expiry is another than above: bytes that failed are refused as bad-proof.
    w.refused("a merge again with another expiry", &Transaction { expiry: SOONER, ..merge }, "double-spend");

    let credentials = crate::credentials::issued(w);
    let start = w.regulator.start_cycle(cycle(), market(), Terms::default(), schedule(), LATER).unwrap();
    let amount = Money::new(BESIDES - SMALL).unwrap();
    let second = w.desk.issue_balance(&w.prover, &mut w.rng, &addresses[0], amount, LATER).unwrap();
    w.accept(&[credentials[0], credentials[1], start, second]);
    crate::credentials::again(w, &credentials[0]);

    let (seller, volume) = (w.seller.wallet.payment_address(), offer().volume);
    w.meter.enrol(&seller);
    w.meter.enrol(&w.buyer.wallet.payment_address());
    let (rng, solar) = (&mut w.rng, EnergyType::Solar);
    let generation = w.meter.issue_generation(&w.prover, rng, seller.address, volume, solar, cycle(), LATER).unwrap();
    w.accept(&[generation]);
    // Metered remainders are of past cycles only: no S while the cycle runs.
    let (rng, sign) = (&mut w.rng, Sign::Surplus);
    let early = w.meter.issue_metered(&w.prover, rng, seller.address, volume, sign, cycle(), LATER).unwrap();
    w.refused("a metered remainder of a running cycle", &early, "cycle-not-over");
    merge
}

/// Public inputs and proofs, at the verifier and through the ledger.
fn proofs(w: &mut World, merge: &Transaction, other: &Transaction) {
    let Body::Merge(body) = merge.body else { panic!() };
    let key = PreparedVerifyingKey::from(circuits::pins::verifying_key(RelationKind::Merge.name()).unwrap());
    let binding = binding(merge.id(), VerifyingKeyId(key.id().0));
    let statement = MergeStatement { root: body.root, nullifiers: body.nullifiers, record: body.record, binding };
    let (inputs, bytes) = (statement.inputs(), crate::forge::proof(merge));
    let good = Proof::decode(&bytes).unwrap();
    assert_eq!(circuits::verify(&key, &inputs, &good), Ok(()));

    // An extra or a missing public input: at the verifier, alone and in a batch of claims as the
    // ledger makes them.
    let extra = [inputs.clone(), vec![Fr::from(0u64)]].concat();
    let missing = inputs[..inputs.len() - 1].to_vec();
    let verifier = Groth16Verifier::pinned().unwrap();
    let id = VerifyingKeyId(key.id().0);
    let claim = |inputs: &[Fr]| {
        let inputs = PublicInputs::Listed(inputs.to_vec());
        ProofClaim { relation: RelationKind::Merge, key: id, inputs, proof: bytes }
    };
    struct Nothing;
    impl Blobs for Nothing {
        fn plan_ciphertext(&self, _: &BlobHash) -> CiphertextStatus {
            CiphertextStatus::Missing
        }
        fn get(&self, _: &BlobHash) -> Option<Vec<u8>> {
            None
        }
    }
    for wrong in [extra, missing, Vec::new()] {
        let error = circuits::verify(&key, &wrong, &good).unwrap_err();
        assert_eq!(error, VerifyError::InputCount { expected: inputs.len(), found: wrong.len() });
        assert_eq!(error.code(), "proof-input-count");
        assert_eq!(verifier.verify(&[claim(&wrong), claim(&inputs)], &Nothing).unwrap(), [false, true]);
    }
    for i in 0..inputs.len() {
        let mut wrong = inputs.clone();
        wrong[i] += Fr::from(1u64);
        assert_eq!(circuits::verify(&key, &wrong, &good).unwrap_err().code(), "proof-refused");
    }

    // Bytes that are no proof: outside the subgroup, beyond the modulus, the identity, zeros; the
    // verifier names each fault, and the ledger refuses it.
    let with_a = |a: [u8; 48]| [&a[..], &bytes[48..]].concat().try_into().unwrap();
    let (mut identity, mut beyond) = ([0; 48], [0xff; 48]);
    identity[0] = 0xc0;
    beyond[0] = 0x9f;
    let cases: [([u8; 192], PointError); 4] = [
        (with_a(outside_subgroup()), PointError::NotInSubgroup),
        (with_a(identity), PointError::Identity),
        (with_a(beyond), PointError::Encoding),
        ([0; 192], PointError::Encoding),
    ];
    for (wrong, error) in cases {
        assert_eq!(Proof::decode(&wrong), Err(error));
        w.refused(error.code(), &with_proof(merge, wrong), "bad-proof");
    }
    // Another transaction's proof of the same relation, and a proof of nothing.
    w.refused("another's proof", &with_proof(merge, crate::forge::proof(other)), "bad-proof");
}

/// Bytes that are not exactly one canonical transaction.
fn bytes(w: &mut World, merge: &Transaction) {
    let good = merge.encode();
    let Body::Merge(body) = merge.body else { panic!() };
    let changed = |at: usize, new: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    // version 2 | kind 1 | chain 32 | expiry 8, then the body's first field, the root
    let root = 42;
    let encoding = [
        ("nothing", Vec::new()),
        ("one byte", vec![1]),
        ("a trailing byte", [&good[..], &[0]].concat()),
        ("a byte too few", good[..good.len() - 1].to_vec()),
        ("the head alone", good[..root].to_vec()),
        ("another version", changed(0, &[1])),
        ("an unknown kind", changed(1, &[250])),
        ("another kind of another size", changed(1, &[Kind::Refuse as u8])),
        ("a field element named twice", changed(root, &beyond_modulus(body.root.0))),
        ("a field element of ones", changed(root, &[0xff; 32])),
        ("the greatest size, of junk", vec![0xab; MAX_BYTES]),
    ];
    for (what, bytes) in encoding {
        w.refused_bytes(what, &bytes, "encoding");
    }
    w.refused_bytes("one byte more than any transaction", &vec![1; MAX_BYTES + 1], "oversized");
    w.refused_bytes("a megabyte of junk", &vec![0x5a; 1 << 20], "oversized");
    w.refused_bytes("a transaction and a megabyte", &[good, vec![0; 1 << 20]].concat(), "oversized");
}

/// Metering services, desks and the regulator that make false claims of a leaf: each with its own
/// good signature, the next serial, and a good proof of the leaf's true record. After gate closure,
/// so that everything else is in order.
pub fn liars(w: &mut World, merge: &Transaction) {
    let of_thief = w.thief.wallet.request_credential(&w.prover, &mut w.rng, Epoch::new(2).unwrap()).unwrap();
    let of_seller = w.seller.wallet.request_credential(&w.prover, &mut w.rng, Epoch::new(2).unwrap()).unwrap();
    let kappa = of_thief.deposit.kappa;
    let (thief, later) = (w.thief.wallet.address(), Epoch::new(2).unwrap());
    let blinding = |n: u64| Fr::from(1_000_000 + n);
    // The leaves that the liars put into the tree.
    let money = Balance::new(Money::new(1_000_000_000_000_000_000).unwrap(), thief, blinding(1));
    let money = IssuedLeaf { commitment: money.commitment(), truth: IssuedRecord::Balance, witness: (&money).into() };
    let energy = Generation::new(wh(5000), EnergyType::Solar, cycle(), thief, issuer(METER), blinding(2));
    let greatest = w.state().genesis().limits.greatest_energy;
    let truth = IssuedRecord::Generation(issuer(METER), greatest);
    let energy = IssuedLeaf { commitment: energy.commitment(), truth, witness: (&energy).into() };
    let credential = |kappa: TraceCommitment, epoch| {
        let (reputation, place) = (Reputation::MAX, Place::default());
        let record = Credential::new(thief, reputation, place, kappa, issuer(METER), epoch, blinding(4));
        let truth = IssuedRecord::Credential(kappa, epoch);
        IssuedLeaf { commitment: record.commitment(), truth, witness: (&record).into() }
    };
    let undeposited = credential(TraceCommitment(Fr::from(77u64)), later);

    let note = Note([0; NOTE_BYTES]);
    let (chain, serial) = (w.state().chain(), w.state().regulator_serials().next().unwrap());
    let liar = |signer: &Signer| LyingIssuer { signer: signer.clone(), chain, expiry: LATER, greatest };
    let (meter, desk, regulator) = (liar(&w.meter_signer), liar(&w.desk_signer), liar(&w.regulator_signer));
    let said = |w: &World, n: u32, issued: Issued, leaf: &IssuedLeaf| {
        let (issuer, serial) = (issuer(n), w.state().issuer_serials(issuer(n)).unwrap().next().unwrap());
        Body::Issue(Issue { issuer, serial, issued, commitment: leaf.commitment, note })
    };
    let certified = |request: &CredentialRequest, leaf: &IssuedLeaf| {
        let CredentialRequest { epoch, deposit, seal, .. } = *request;
        (IssueCredential { serial, epoch, commitment: leaf.commitment, deposit, note }, seal)
    };
    let certify = |w: &mut World, request: &CredentialRequest, leaf: &IssuedLeaf| {
        let (body, seal) = certified(request, leaf);
        regulator.issue_credential(&w.prover, &mut w.rng, body, seal, leaf)
    };

    // Each is accepted where it is honest: the refusals below are of the lies.
    let body = said(w, METER, Issued::Generation, &energy);
    let honest = meter.issue(&w.prover, &mut w.rng, body, &energy);
    w.would_pass("what a metering service issues", &honest);
    let body = said(w, DESK, Issued::Balance, &money);
    let honest = desk.issue(&w.prover, &mut w.rng, body, &money);
    w.would_pass("what a desk issues", &honest);
    let leaf = credential(kappa, later);
    let right = certify(w, &of_thief, &leaf);
    w.would_pass("a credential", &right);

    let by_meter: [(&str, &IssuedLeaf); 2] =
        [("money under the name of energy", &money), ("a credential under the name of energy", &undeposited)];
    for (what, leaf) in by_meter {
        let body = said(w, METER, Issued::Generation, leaf);
        let lie = meter.issue(&w.prover, &mut w.rng, body, leaf);
        w.refused(what, &lie, "bad-proof");
    }
    let by_desk: [(&str, &IssuedLeaf); 2] =
        [("a credential under the name of money", &undeposited), ("energy under the name of money", &energy)];
    for (what, leaf) in by_desk {
        let body = said(w, DESK, Issued::Balance, leaf);
        let lie = desk.issue(&w.prover, &mut w.rng, body, leaf);
        w.refused(what, &lie, "bad-proof");
    }
    let by_regulator: [(&str, &IssuedLeaf); 5] = [
        ("money under the name of a credential", &money),
        ("energy under the name of a credential", &energy),
        ("a credential of a trace key that nobody deposited", &undeposited),
        ("a credential of another's trace key", &credential(of_seller.deposit.kappa, later)),
        ("a credential of another epoch", &credential(kappa, epoch())),
    ];
    for (what, leaf) in by_regulator {
        let lie = certify(w, &of_thief, leaf);
        w.refused(what, &lie, "bad-proof");
    }
    // One honest issue with the proof of another, each good by itself.
    let leaf = credential(of_seller.deposit.kappa, later);
    let another = certify(w, &of_seller, &leaf);
    w.would_pass("another credential", &another);
    w.refused("another credential's proof", &with_proof(&right, proof(&another)), "bad-proof");
    w.refused("a proof of something else", &with_proof(&right, proof(merge)), "bad-proof");
    w.refused("a broken proof", &broken(&right, &mut w.rng.clone()), "bad-proof");
    w.together("one good, one bad", &[with_proof(&right, proof(&another)), right], &["bad-proof", "ok"]);
}
