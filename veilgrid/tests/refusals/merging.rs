//! Merges of records that are in no tree. Were one accepted, anybody could fill the tree for the
//! price of proofs: a record of zero and a dummy would make another record of zero.

use crate::world::*;
use circuits::relation::Merge as Circuit;
use circuits::KeyStore;
use protocol::record::balance::Balance;
use protocol::relation::merge::{Merge as Statement, MergeInput, MergeWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Merge, Note, NOTE_BYTES};
use protocol::transaction::{binding, transaction_id, Body, Seal, Transaction};
use protocol::tree::{Path, Position};
use protocol::units::Money;
use protocol::Fr;
use testkit::arkworks::{self, Key};
use wallets::note::Payload;
use wallets::prover::{Instance, Prover};

/// A prover that proves whatever it is told, with a real key.
struct Forger(Key);

impl Forger {
    fn new() -> Self {
        let key = KeyStore::open(KeyStore::default_dir()).proving_key::<Circuit>().unwrap();
        Forger(arkworks::key(&key.encode()))
    }

    /// The merge of the thief's two inputs, and whether an honest prover would prove it.
    fn merge(&self, w: &mut World, records: [MergeInput; 2]) -> (Transaction, bool) {
        let owner = w.thief.owner.clone();
        let sum = records[0].value + records[1].value;
        let (energy_type, cycle, blinding) = (Fr::from(0u64), Fr::from(0u64), Fr::from(99u64));
        let witness =
            MergeWitness { owner, is_balance: true, energy_type, cycle, meter: Fr::from(0u64), records, blinding };
        let nullifiers = witness
            .records
            .each_ref()
            .map(|record| witness.owner.nullifier(witness.commitment(record.value, record.blinding), &record.path));
        let (root, record) = (w.state().tree().root(), witness.commitment(sum, blinding));
        let body = Body::Merge(Merge { root, nullifiers, record, memo: Note([0; NOTE_BYTES]) });
        let (chain, key) = (w.state().chain(), w.prover.key_id(RelationKind::Merge).unwrap());
        let binding = binding(transaction_id(chain, LATER, &body), key);
        let statement = Statement { root, nullifiers, record, binding };
        let honest = Instance::Merge(&statement, &witness).check().is_ok();
        let proof = arkworks::prove::<Circuit>(&self.0, &statement, &witness, &mut w.rng);
        let seal = Seal::Proof { key, proof: proof.try_into().unwrap() };
        (Transaction { chain, expiry: LATER, body, seal }, honest)
    }
}

pub fn dummies(w: &mut World) {
    // Two records of the thief's, which do merge.
    let to = w.thief.wallet.payment_address();
    let amount = Money::new(5).unwrap();
    for _ in 0..2 {
        let issued = w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
        w.accept(&[issued]);
    }
    let forger = Forger::new();
    let small: Vec<(Fr, Position)> = (w.thief.wallet.records())
        .filter_map(|record| match record.payload() {
            Payload::Balance { amount: of, blinding } if *of == amount => Some((*blinding, record.position())),
            _ => None,
        })
        .collect();
    let real = |w: &World, i: usize| {
        let (blinding, position) = small[i];
        MergeInput { value: Fr::from(amount.get()), blinding, path: w.state().tree().path(position).unwrap() }
    };
    let dummy = |w: &World, value: u64, blinding: u64| {
        let (value, blinding) = (Fr::from(value), Fr::from(blinding));
        let record = Balance { amount: value, owner: w.thief.owner.address(), blinding };
        MergeInput { value, blinding, path: Path::dummy(record.commitment().0) }
    };
    let (honest, proved) = forger.merge(w, [real(w, 0), real(w, 1)]);
    assert!(proved);
    w.would_pass("a merge of two records in the tree", &honest);
    let attacks = [
        ("a merge with a dummy", [real(w, 0), dummy(w, 0, 1)]),
        ("a merge with a dummy in the first place", [dummy(w, 0, 2), real(w, 1)]),
        ("a merge of two dummies", [dummy(w, 0, 3), dummy(w, 0, 4)]),
        ("a merge with money from nowhere", [real(w, 0), dummy(w, 1_000_000, 5)]),
    ];
    for (what, records) in attacks {
        let (attack, proved) = forger.merge(w, records);
        assert!(!proved, "{what}");
        w.refused(what, &attack, "bad-proof");
    }
    // No attack has used the records up.
    w.would_pass("the merge of the records in the tree", &honest);
}
