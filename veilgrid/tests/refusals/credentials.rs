//! Attacks on credentials and on what shows them: requests by others, deposits that do not open,
//! repeats; tags that count twice; and an epoch without credentials, which may freeze nothing.

use crate::forge::{broken, resigned, with_body};
use crate::world::*;
use protocol::ids::VerifyingKeyId;
use protocol::terms::LAPSE_ALARM;
use protocol::transaction::body::{EpochStart, IssueCredential, Withdraw};
use protocol::transaction::deposit::{CredentialRequest, DepositSeal};
use protocol::transaction::{Body, Seal, Transaction};
use protocol::units::{Epoch, Money, Place, Reputation};
use protocol::Fr;
use wallets::household::Wallet;
use wallets::regulator::CredentialTerms;

fn later() -> Epoch {
    Epoch::new(2).unwrap()
}

/// The credentials of seller and buyer, on their requests. The regulator refuses what it could not
/// put on the ledger, and the ledger what a faulty regulator puts there.
pub fn issued(w: &mut World) -> [Transaction; 2] {
    let terms = CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: issuer(METER) };
    let to = w.seller.wallet.payment_address();
    let ask = |w: &mut World, request: &CredentialRequest| {
        let issued = w.regulator.issue_credential(&w.prover, &mut w.rng, &to, &terms, request, LATER);
        issued.map_err(|error| error.code())
    };
    let request = w.seller.wallet.request_credential(&w.prover, &mut w.rng, epoch()).unwrap();
    let theirs = w.thief.wallet.request_credential(&w.prover, &mut w.rng, epoch()).unwrap();
    assert_eq!(ask(w, &request).err(), Some("not-enrolled"));
    w.regulator.enrol(to.address, w.seller.wallet.request_key()).unwrap();
    // Another household's request for this address; in its name; the request with another's deposit;
    // for another epoch than it was made for.
    assert_eq!(ask(w, &theirs).err(), Some("not-enrolled"));
    assert_eq!(ask(w, &CredentialRequest { key: request.key, ..theirs }).err(), Some("signature"));
    let mixed = CredentialRequest { deposit: theirs.deposit, seal: theirs.seal, ..request };
    assert_eq!(ask(w, &mixed).err(), Some("signature"));
    assert_eq!(ask(w, &CredentialRequest { epoch: later(), ..request }).err(), Some("signature"));
    let seller = w.credential(|w| &w.seller);
    let buyer = w.credential(|w| &w.buyer);
    w.would_pass("a credential", &seller);

    // The deposit comes with a credential alone, which the regulator signs.
    let by_another = resigned(&seller, &w.matcher, seller.body);
    w.refused("a credential by the matching node", &by_another, "bad-signature");
    let by_household = resigned(&seller, &w.other_meter, seller.body);
    w.refused("a credential by anybody", &by_household, "bad-signature");
    // The regulator signs again what it changed; neither proof fits any more.
    let Body::IssueCredential(body) = seller.body else { panic!() };
    let Body::IssueCredential(other) = buyer.body else { panic!() };
    let one = Fr::from(1u64);
    let mut changes = [body; 5];
    changes[0].epoch = later();
    changes[1].deposit = other.deposit;
    changes[2].deposit.ciphertext[0] += one;
    changes[3].deposit.c1 = other.deposit.c1;
    changes[4].commitment.0 += one;
    for changed in changes {
        let changed = Body::IssueCredential(changed);
        w.refused("a credential with a field changed", &with_body(&seller, changed), "bad-signature");
        let signed = resigned(&seller, &w.regulator_signer, changed);
        w.refused("a credential with a field changed and signed", &signed, "bad-proof");
    }
    // The household's proof exchanged by anybody: the regulator's proof names it.
    let (Seal::Credential { signature, key, proof, deposit }, Seal::Credential { deposit: others, .. }) =
        (seller.seal, buyer.seal)
    else {
        panic!()
    };
    let with = |deposit| Transaction { seal: Seal::Credential { signature, key, proof, deposit }, ..seller };
    w.refused("a credential beside another's deposit", &with(others), "bad-proof");
    w.refused("a deposit of nothing", &with(DepositSeal { proof: [0; 192], ..deposit }), "bad-proof");
    let unknown = DepositSeal { key: VerifyingKeyId([7; 32]), ..deposit };
    w.refused("a deposit under no key", &with(unknown), "unknown-key");
    let copy = broken(&seller, &mut w.rng);
    w.together("a broken copy first", &[copy, seller], &["bad-proof", "ok"]);
    // The halves of a seal alone.
    for seal in [Seal::Signature(signature), Seal::Issue { signature, key, proof }, Seal::Proof { key, proof }] {
        w.refused("a part of a credential's seal", &Transaction { seal, ..seller }, "encoding");
    }
    [seller, buyer]
}

/// A second credential of a trace key, by a faulty regulator's service.
pub fn again(w: &mut World, first: &Transaction) {
    let Body::IssueCredential(body) = first.body else { panic!() };
    let serial = w.state().regulator_serials().next().unwrap();
    let twice = resigned(first, &w.regulator_signer, Body::IssueCredential(IssueCredential { serial, ..body }));
    w.refused("a second credential of a trace key", &twice, "trace-key-reused");
    assert!(w.state().has_trace_key(&body.deposit.kappa));
    w.refused("a credential again", first, "duplicate-transaction");
}

/// A wallet that does not know which tags its twin has used, as a wallet restored from its phrase.
pub fn twin(w: &World, wallet: &Wallet) -> Wallet {
    Wallet::from_bytes(&wallet.to_bytes(), w.parameters.clone()).unwrap()
}

/// An epoch begins in which nobody has a credential. Money leaves all the same, with the credential
/// of the last epoch, and each withdrawal's tag counts once.
pub fn an_epoch_without_credentials_freezes_nothing(w: &mut World) {
    // Two records, so that two withdrawals spend different ones.
    let to = w.buyer.wallet.payment_address();
    let small = w.desk.issue_balance(&w.prover, &mut w.rng, &to, Money::new(1_000).unwrap(), LATER).unwrap();
    let start =
        w.by_regulator(|serial| Body::EpochStart(EpochStart { serial, epoch: later(), lapse_alarm: LAPSE_ALARM }));
    let mut other = twin(w, &w.buyer.wallet);
    let amount = |nano| Money::new(nano).unwrap();
    let early = w.buyer.wallet.withdraw(&w.prover, &mut w.rng, issuer(DESK), amount(400), b"account").unwrap();
    w.accept(&[small]);
    w.accept(&[start]);
    w.refused("a withdrawal with the tag of the last epoch", &early.transaction, "stale-epoch");
    w.buyer.wallet.forget(early.transaction.id());
    w.follow(&mut other);
    let first = w.buyer.wallet.withdraw(&w.prover, &mut w.rng, issuer(DESK), amount(500), b"account").unwrap();
    let second = other.withdraw(&w.prover, &mut w.rng, issuer(DESK), amount(2_000), b"account").unwrap();
    let (first, second) = (first.transaction, second.transaction);
    let (Body::Withdraw(said), Body::Withdraw(twice)) = (first.body, second.body) else { panic!() };
    assert_eq!((said.epoch, said.current, said.tag), (epoch(), later(), twice.tag));
    assert_ne!(said.nullifier, twice.nullifier);
    w.would_pass("a second withdrawal, alone", &second);
    w.together("two withdrawals of one tag", &[first, second], &["ok", "tag-reused"]);
    w.together("two withdrawals of one tag", &[second, first], &["ok", "tag-reused"]);
    for (what, wrong) in [
        ("a withdrawal that shows a newer credential", Withdraw { epoch: later(), ..said }),
        ("a withdrawal with another tag", Withdraw { tag: protocol::keys::TraceTag(Fr::from(5u64)), ..said }),
    ] {
        w.refused(what, &with_body(&first, Body::Withdraw(wrong)), "bad-proof");
    }
    for (what, wrong) in [
        ("a withdrawal that shows a credential of no epoch", Withdraw { epoch: Epoch::ZERO, ..said }),
        ("a withdrawal of an epoch to come", Withdraw { current: Epoch::new(3).unwrap(), ..said }),
        ("a withdrawal of the last epoch", Withdraw { current: epoch(), ..said }),
    ] {
        w.refused(what, &with_body(&first, Body::Withdraw(wrong)), "stale-epoch");
    }
    w.accept(&[first]);
    w.refused("a withdrawal with a tag that is used", &second, "tag-reused");
}
