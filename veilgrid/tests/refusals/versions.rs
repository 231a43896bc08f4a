//! A change of verifying keys in the middle of a market, with real proofs: a plan listed under the
//! old circuits ends under them, a new one begins under the new, both in one block; and the chain
//! replays. The second version of a circuit here is the same circuit with keys from another seed:
//! its proofs are worth nothing under the first.

use crate::forge::with_proof;
use crate::world::*;
use circuits::pins::Pins;
use circuits::relation::{buy_plan::BuyPlan, issue::Issue, release::Release, withdraw::Withdraw};
use circuits::setup::pin;
use circuits::{KeyStore, Relation, VerifyingKey};
use ledger::{verify, Groth16Verifier, Node};
use protocol::compact::CompactBlock;
use protocol::ids::{Height, Time, TransactionId, VerifyingKeyId};
use protocol::light::SimulatedChain;
use protocol::relation::RelationKind;
use protocol::terms::Terms;
use protocol::transaction::{Body, Seal, Transaction};
use protocol::units::{Cycle, Money};
use std::sync::Arc;
use wallets::bank::{Bank, BankError, Order};
use wallets::household::{Gathering, Need, Wallet};
use wallets::issuer::{Books, Desk, Ordered};
use wallets::prover::{CircuitProver, Prover};

const SECOND_SEED: [u8; 32] = [77; 32];
const ACCOUNT: &[u8] = b"DE02 1203 0000 0000 2020 51";

/// The second version's keys, of some relations.
fn second() -> (Pins, Vec<(RelationKind, VerifyingKey)>) {
    fn made<R: Relation>() -> (circuits::pins::Pin, (RelationKind, VerifyingKey)) {
        let (pin, key) = pin::<R>(&SECOND_SEED).unwrap();
        (pin, (R::KIND, key))
    }
    let (pins, keys) = [made::<BuyPlan>(), made::<Release>(), made::<Withdraw>(), made::<Issue>()].into_iter().unzip();
    (Pins::new(pins), keys)
}

/// A program that knows both versions.
fn verifier(keys: &[(RelationKind, VerifyingKey)]) -> Arc<Groth16Verifier> {
    let mut verifier = Groth16Verifier::pinned().unwrap();
    for (relation, key) in keys {
        verifier.add(*relation, key.clone());
    }
    Arc::new(verifier)
}

fn key(transaction: &Transaction) -> VerifyingKeyId {
    match transaction.seal {
        Seal::Proof { key, .. } | Seal::Plan { key, .. } | Seal::Issue { key, .. } | Seal::Credential { key, .. } => {
            key
        }
        Seal::Signature(_) | Seal::Shared(_) => panic!("not sealed by a proof"),
    }
}

/// The same proof, with a seal that names another key.
fn renamed(transaction: &Transaction, key: VerifyingKeyId) -> Transaction {
    let seal = match transaction.seal {
        Seal::Proof { proof, .. } => Seal::Proof { key, proof },
        Seal::Plan { proof, ciphertext, .. } => Seal::Plan { key, proof, ciphertext },
        Seal::Issue { signature, proof, .. } => Seal::Issue { signature, key, proof },
        Seal::Credential { signature, proof, deposit, .. } => Seal::Credential { signature, key, proof, deposit },
        Seal::Signature(_) | Seal::Shared(_) => panic!("not sealed by a proof"),
    };
    Transaction { seal, ..*transaction }
}

/// A block as an earlier program would have it: without the changes that it does not know.
fn without_changes(block: &CompactBlock) -> CompactBlock {
    let mut block = block.clone();
    block.transactions.retain(|t| !matches!(t.body, Body::ActivateKey(_)));
    block
}

/// Issuers, an epoch, the buyer's credential and its money in two records; cycle 1 open.
fn begin(w: &mut World) {
    let registrations = [w.meter.registration(&mut w.rng), w.desk.registration(&mut w.rng)];
    let mut all: Vec<_> = registrations.iter().map(|r| w.regulator.register_issuer(r, LATER).unwrap()).collect();
    all.push(w.regulator.start_epoch(epoch(), LATER).unwrap());
    w.accept(&all);
    let to = w.buyer.wallet.payment_address();
    let mut all = vec![w.credential(|w| &w.buyer)];
    all.push(w.regulator.start_cycle(cycle(), market(), Terms::default(), schedule(), LATER).unwrap());
    for nano in [300_000_000, 250_000_000] {
        let amount = Money::new(nano).unwrap();
        all.push(w.desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap());
    }
    w.accept(&all);
    w.at(OPENS);
}

pub fn across_the_change() {
    let (pins, keys) = second();
    let folder = tempfile::tempdir().unwrap();
    let prover = CircuitProver::new(KeyStore::open(KeyStore::default_dir())).with(KeyStore::with_pins(
        folder.path(),
        pins,
        SECOND_SEED,
    ));
    let mut w = World::with(verifier(&keys), prover);
    begin(&mut w);

    // A plan of cycle 1, under the first version.
    let old = w.buyer.wallet.list_buy(&w.prover, &mut w.rng, &bid(), cycle()).unwrap();
    w.blob(&old.blob);
    w.accept(&[old.transaction]);
    let first_key = |w: &World, relation| w.prover.key_id(relation).unwrap();
    assert_eq!(key(&old.transaction), first_key(&w, RelationKind::BuyPlan));

    // The change: by the regulator, of keys that the program knows, for a cycle to come.
    let next = Cycle::new(2).unwrap();
    let ids: Vec<_> = keys.iter().map(|(relation, key)| (*relation, VerifyingKeyId(key.id().0))).collect();
    let second_key = |relation| ids.iter().find(|(r, _)| *r == relation).unwrap().1;
    let change = w.regulator.activate_key(ids[0].0, ids[0].1, next, LATER).unwrap();
    let forged = w.matcher.seal(w.state().chain(), LATER, change.body);
    w.refused("a change of keys by another", &forged, "bad-signature");
    let unknown = VerifyingKeyId([3; 32]);
    let activate = |relation, key, from| {
        move |serial| Body::ActivateKey(protocol::transaction::body::ActivateKey { serial, relation, key, from })
    };
    let transaction = w.by_regulator(activate(RelationKind::BuyPlan, unknown, next));
    w.cannot_be_executed("a key that nobody pins", &transaction, "unknown-key");
    let transaction = w.by_regulator(activate(RelationKind::Release, ids[0].1, next));
    w.cannot_be_executed("another relation's key", &transaction, "unknown-key");
    let transaction = w.by_regulator(activate(ids[0].0, ids[0].1, cycle()));
    w.refused("a change for a cycle that runs", &transaction, "cycle-order");
    let (before, before_change) = (w.buyer.wallet.to_bytes(), w.desk.to_bytes());
    w.accept(&[change]);
    for (relation, key) in &ids[1..] {
        let change = w.regulator.activate_key(*relation, *key, next, LATER).unwrap();
        w.accept(&[change]);
    }
    w.at(CLOSES + 1000);
    let opens = w.now.0 + 100;
    let later = protocol::transaction::body::Schedule {
        opens: Time(opens),
        closes: Time(opens + 6 * ROUND),
        delivery_from: Time(opens + 6 * ROUND + 900),
        ..schedule()
    };
    let start = w.regulator.start_cycle(next, market(), Terms::default(), later, LATER).unwrap();
    w.accept(&[start]);
    w.at(opens);

    // The plan in flight, expired by now: its release is under the first version.
    let release = w.buyer.wallet.release(&w.prover, &mut w.rng, old.handle).unwrap();
    assert_eq!(key(&release), first_key(&w, RelationKind::Release));
    w.would_pass("the old plan's release", &release);
    let moved = renamed(&release, second_key(RelationKind::Release));
    w.refused("an old plan's release said to be under the new key", &moved, "superseded-key");
    w.refused("a release under no key", &renamed(&release, unknown), "unknown-key");

    // A new plan, by a wallet that has not heard of the change, and by one that has.
    let genesis = *w.state().genesis();
    let matching_key =
        fhe_matcher::key::MatchingPublicKey::from_bytes(&w.node.blob(&genesis.matching_key).unwrap().unwrap());
    let parameters = wallets::household::ChainParameters::new(genesis, matching_key.unwrap()).unwrap();
    let mut stale = Wallet::from_bytes(&before, parameters).unwrap();
    let mut another = SimulatedChain::new(&genesis);
    another.skip_to(stale.watch().height().unwrap()).unwrap();
    for block in w.node.compact_blocks(Height(stale.watch().height().unwrap().0 + 1)) {
        stale.scan(&another.block(without_changes(block)).unwrap()).unwrap();
    }
    let mut small = bid();
    small.volume = wh(300);
    let listing = stale.list_buy(&w.prover, &mut w.rng, &small, next).unwrap();
    w.blob(&listing.blob);
    assert_eq!(key(&listing.transaction), first_key(&w, RelationKind::BuyPlan));
    w.refused("a new plan under the old key", &listing.transaction, "superseded-key");
    let lying = renamed(&listing.transaction, second_key(RelationKind::BuyPlan));
    w.refused("an old proof said to be under the new key", &lying, "bad-proof");
    let new = w.buyer.wallet.list_buy(&w.prover, &mut w.rng, &small, next).unwrap();
    w.blob(&new.blob);
    assert_eq!(key(&new.transaction), second_key(RelationKind::BuyPlan));
    // Both versions in one block, and a bad proof between them that harms neither.
    w.together("both versions", &[release, lying, new.transaction], &["ok", "bad-proof", "ok"]);
    w.accept(&[release, new.transaction]);

    // Issues go by the newest cycle, also those of a desk that was stored and restored.
    let (to, amount) = (w.buyer.wallet.payment_address(), Money::new(5).unwrap());
    let mut desk = Desk::from_bytes(&w.desk.to_bytes()).unwrap();
    let issue = desk.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    let (first, second) = (first_key(&w, RelationKind::Issue), second_key(RelationKind::Issue));
    assert_eq!(key(&issue), second);
    w.would_pass("an issue under the new key", &issue);
    w.refused("an issue said to be under the old key", &renamed(&issue, first), "superseded-key");
    let mut stale = Desk::from_bytes(&before_change).unwrap();
    let mut issue = stale.issue_balance(&w.prover, &mut w.rng, &to, amount, LATER).unwrap();
    assert_eq!(key(&issue), first);
    w.refused("an issue under the old key", &issue, "superseded-key");
    issue = renamed(&issue, second);
    w.refused("an old proof of an issue said to be under the new key", &issue, "bad-proof");

    withdraws(&mut w, second_key(RelationKind::Withdraw));

    // The chain replays, on opening and from the genesis, under the program that knows both
    // versions. A program that knows only the first reports where it stops.
    let (root, last) = (w.state().root(), w.state().height());
    assert_eq!(w.state().keys().changes().len(), 4);
    let (folder, orderer) = w.close();
    let summary = verify(folder.path(), verifier(&keys).as_ref(), &mut |_| {}).unwrap();
    assert_eq!((summary.root, summary.height), (root, last));
    let ignorant = Groth16Verifier::pinned().unwrap();
    let error = verify(folder.path(), &ignorant, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("use a newer one"), "{error}");
    let again = Node::open(folder.path(), orderer, verifier(&keys)).unwrap();
    assert_eq!(again.state().root(), root);
}

/// The buyer merges what it has and withdraws it all; the desk pays.
fn withdraws(w: &mut World, second: VerifyingKeyId) {
    let all = w.buyer.wallet.balance();
    loop {
        match w.buyer.wallet.gather(&w.prover, &mut w.rng, Need::Money(all)).unwrap() {
            Gathering::Ready => break,
            Gathering::Wait => panic!("nothing is on its way"),
            Gathering::Merge(merges) => w.accept(&merges),
        }
    }
    let withdrawal = w.buyer.wallet.withdraw(&w.prover, &mut w.rng, issuer(DESK), all, ACCOUNT).unwrap();
    let transaction = withdrawal.transaction;
    assert_eq!(key(&transaction), second);
    let Body::Withdraw(body) = transaction.body else { panic!() };
    w.would_pass("a withdrawal", &transaction);
    let mut greedy = [body; 3];
    greedy[0].amount = Money::new(all.get() + 1).unwrap();
    greedy[1].payee.0 += protocol::Fr::from(1u64);
    greedy[2].balance.0 += protocol::Fr::from(1u64);
    for (what, body) in ["more than was proved", "another payee", "another rest"].iter().zip(greedy) {
        let changed = Transaction { body: Body::Withdraw(body), ..transaction };
        w.refused(what, &changed, "bad-proof");
    }
    let mut elsewhere = body;
    elsewhere.desk = issuer(METER);
    w.refused(
        "through a metering service",
        &Transaction { body: Body::Withdraw(elsewhere), ..transaction },
        "wrong-role",
    );
    w.refused("a broken proof", &with_proof(&transaction, [0; 192]), "bad-proof");
    let refused = w.node.acceptance_proof(&transaction.id()).unwrap();
    assert!(refused.is_none(), "what was refused has no proof of acceptance");
    w.accept(&[transaction]);
    let proof = w.node.acceptance_proof(&transaction.id()).unwrap().unwrap();
    assert_eq!((w.buyer.wallet.balance(), w.state().withdrawn(issuer(DESK))), (Money::ZERO, all.get().into()));
    let (of, expiry) = (withdrawal.claim.withdrawal, transaction.expiry);
    assert_eq!(w.desk.mark(of, expiry).unwrap_err().code(), "no-claim");
    assert_eq!(w.desk.take_claim(&withdrawal.claim, &proof, &w.headers), Ok(all));
    let [mark, again] = [(); 2].map(|()| w.desk.mark(of, expiry).unwrap());
    let mut bank = Orders::default();
    let early = w.desk.order(of, &proof, &w.headers, &mut bank).unwrap_err();
    assert_eq!((early.code(), bank.0.len()), ("not-marked", 0), "the withdrawal's proof is not the mark's");
    w.accept(&[mark]);
    w.refused("a second mark", &again, "no-payout");
    let proof = w.node.acceptance_proof(&mark.id()).unwrap().unwrap();
    assert_eq!(w.desk.order(of, &proof, &w.headers, &mut bank), Ok(Ordered::Now(all)));
    assert_eq!(bank.0, [(of, all)]);
    assert_eq!(w.desk.order(of, &proof, &w.headers, &mut bank).unwrap_err().code(), "already-paid");
    let paid = u128::from(all.get());
    assert_eq!(w.desk.books(), Books { issued: 550_000_000, withdrawn: paid, paid });
    w.refused("a withdrawal again", &transaction, "duplicate-transaction");
}

/// A bank that notes what it is told to pay.
#[derive(Default)]
struct Orders(Vec<(TransactionId, Money)>);

impl Bank for Orders {
    fn has(&self, reference: TransactionId) -> Result<bool, BankError> {
        Ok(self.0.iter().any(|(known, _)| *known == reference))
    }
    fn order(&mut self, order: &Order) -> Result<(), BankError> {
        self.0.push((order.reference, order.amount));
        Ok(())
    }
}
