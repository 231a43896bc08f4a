//! Attacks of a metering service on metered records: it makes up a second one, one of nothing, one
//! of too much, one of another service; and energy of more than the chain allows.

use crate::forge::proof;
use crate::world::*;
use protocol::elgamal::{encrypt, Role};
use protocol::keys::Address;
use protocol::record::generation::Generation;
use protocol::record::metered::{serial_key, Metered as Record, Sign};
use protocol::relation::check::Ephemeral;
use protocol::relation::issue::IssuedRecord;
use protocol::relation::metered::{bound, Metered, MeteredWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::{Issue, IssueCap, IssueMetered, Issued, Note, SetIssueCap, NOTE_BYTES};
use protocol::transaction::{binding, transaction_id, Body, Transaction};
use protocol::units::{Energy, EnergyType, IssuerId};
use protocol::Fr;
use testkit::adversary::{IssuedLeaf, LyingIssuer};
use wallets::prover::{Instance, Prover};

const NOTE: Note = Note([0; NOTE_BYTES]);

/// What a dishonest metering service puts into a record, and what its best proof is of.
#[derive(Clone, Copy)]
pub struct Lie {
    pub volume: u64,
    pub sign: Sign,
    /// The service that the record names.
    pub meter: IssuerId,
    pub blinding: u64,
    /// The serial key under which it makes the serial.
    pub serial_key: Fr,
    /// The greatest energy that its proof allows.
    pub bound: u64,
}

/// The body of a lie about this household, and the transaction that the service's key
/// signs. Its proof is a good one of a true statement about the record, bound to this transaction.
/// None where no true statement about the record exists.
pub fn told(w: &mut World, household: Address, lie: Lie) -> (Body, Option<Transaction>) {
    let (owner, audit_key) = (household.0, w.state().genesis().audit_key.point());
    let (sign, at) = (Fr::from(lie.sign as u8), Fr::from(cycle().get()));
    let (volume, blinding) = (Fr::from(lie.volume), Fr::from(5_000_000 + lie.blinding));
    let record = Record { volume, sign, cycle: at, owner, meter: Fr::from(lie.meter.get()), blinding };
    let (commitment, ephemeral) = (record.commitment(), Ephemeral::random(&mut w.rng));
    let audit = encrypt(Role::Metered, &audit_key, commitment.0, &ephemeral.e, &[owner, volume, blinding]);
    let record_serial = protocol::record::metered::record_serial(lie.serial_key, owner, at, sign);
    let body = IssueMetered {
        issuer: issuer(METER),
        serial: w.state().issuer_serials(issuer(METER)).unwrap().next().unwrap(),
        sign: lie.sign,
        cycle: cycle(),
        record_serial,
        commitment,
        c1: ephemeral.point(),
        audit,
        note: NOTE,
    };
    let (chain, body) = (w.state().chain(), Body::IssueMetered(body));
    let key = w.prover.key_id(RelationKind::Metered).unwrap();
    let statement = Metered {
        commitment,
        sign: lie.sign,
        cycle: cycle(),
        meter: lie.meter,
        serial: record_serial,
        serial_key: serial_key(lie.serial_key),
        bound: lie.bound,
        audit_key,
        c1: ephemeral.point(),
        audit,
        binding: binding(transaction_id(chain, LATER, &body), key),
    };
    let witness = MeteredWitness { volume, owner, blinding, serial_key: lie.serial_key, ephemeral };
    let proved = w.prover.prove(key, &Instance::Metered(&statement, &witness), &mut w.rng);
    let sealed = proved.map(|proof| w.meter_signer.seal_proved(chain, LATER, body, key, proof));
    (body, sealed.ok())
}

/// A metering service invents records. After gate closure, so that everything else is in order.
pub fn invented(w: &mut World) {
    let thief = w.thief.wallet.address();
    let honest = Lie {
        volume: 900,
        sign: Sign::Surplus,
        meter: issuer(METER),
        blinding: 1,
        serial_key: w.meter_serial.expose(),
        bound: bound(w.state().genesis().limits.greatest_energy),
    };
    let (_, first) = told(w, thief, honest);
    let first = first.expect("nothing in it is a lie");
    w.would_pass("a surplus", &first);

    let lies = [
        ("more than the bound", Lie { volume: honest.bound + 1, bound: honest.bound + 1, ..honest }),
        ("another service's record", Lie { meter: issuer(OTHER_METER), ..honest }),
        ("a serial under a key of its own making", Lie { serial_key: Fr::from(77u64), ..honest }),
    ];
    for (what, lie) in lies {
        let (_, sealed) = told(w, thief, lie);
        w.refused(what, &sealed.expect("true of some statement"), "bad-proof");
    }
    // Of these there is no true statement at all: the best that is left is another's good proof.
    let nothing = Lie { volume: 0, ..honest };
    let (body, sealed) = told(w, thief, nothing);
    assert!(sealed.is_none(), "a record of nothing was proved");
    let (chain, key) = (w.state().chain(), w.prover.key_id(RelationKind::Metered).unwrap());
    let signed = w.meter_signer.seal_proved(chain, LATER, body, key, proof(&first));
    w.refused("a record of nothing", &signed, "bad-proof");
    // Another body under the honest proof: a forged serial, the sign that pays, a wider bound.
    let Body::IssueMetered(said) = first.body else { unreachable!() };
    let changed = [
        (
            "a forged serial",
            IssueMetered { record_serial: protocol::record::metered::RecordSerial(Fr::from(3u64)), ..said },
        ),
        ("another sign", IssueMetered { sign: Sign::ShortfallBack, ..said }),
        ("another ciphertext", IssueMetered { audit: [said.audit[1], said.audit[0], said.audit[2]], ..said }),
    ];
    for (what, body) in changed {
        let signed = w.meter_signer.seal_proved(chain, LATER, Body::IssueMetered(body), key, proof(&first));
        w.refused(what, &signed, "bad-proof");
    }

    // A second record of the household, the cycle and the sign, with another energy: the serial is
    // the same.
    w.accept(&[first]);
    let (_, second) = told(w, thief, Lie { volume: 4000, blinding: 2, ..honest });
    w.refused("a made-up second surplus", &second.expect("it is proved like the first"), "serial-reused");
    w.refused("the first again with a fresh nonce", &again(w, said), "serial-reused");
    // Of the other signs each has its one.
    let (_, given) = told(w, thief, Lie { sign: Sign::ShortfallBack, blinding: 3, ..honest });
    w.would_pass("a correction", &given.expect("nothing in it is a lie"));

    generation(w);
    caps(w);
}

/// The same record in a new transaction, whose proof is then of another binding: the serial is looked
/// at first.
fn again(w: &World, said: IssueMetered) -> Transaction {
    let (chain, key) = (w.state().chain(), w.prover.key_id(RelationKind::Metered).unwrap());
    let body = IssueMetered { serial: w.state().issuer_serials(issuer(METER)).unwrap().next().unwrap(), ..said };
    w.meter_signer.seal_proved(chain, LATER, Body::IssueMetered(body), key, [0; protocol::transaction::PROOF_BYTES])
}

/// Generation of too much, of nothing, and of another service.
fn generation(w: &mut World) {
    let (chain, greatest) = (w.state().chain(), w.state().genesis().limits.greatest_energy);
    let liar = LyingIssuer { signer: w.meter_signer.clone(), chain, expiry: LATER, greatest };
    let thief = w.thief.wallet.address();
    let leaf = |volume: Energy, meter: IssuerId, allowed: Energy| {
        let record = Generation::new(volume, EnergyType::Solar, cycle(), thief, meter, Fr::from(6_000_001u64));
        let truth = IssuedRecord::Generation(meter, allowed);
        IssuedLeaf { commitment: record.commitment(), truth, witness: (&record).into() }
    };
    let said = |w: &World, leaf: &IssuedLeaf| {
        let (issuer, issued) = (issuer(METER), Issued::Generation);
        let serial = w.state().issuer_serials(issuer).unwrap().next().unwrap();
        Body::Issue(Issue { issuer, serial, issued, commitment: leaf.commitment, note: NOTE })
    };
    let more = wh(greatest.get() + 1);
    let most = leaf(greatest, issuer(METER), greatest);
    let body = said(w, &most);
    let honest = liar.issue(&w.prover, &mut w.rng, body, &most);
    w.would_pass("the greatest energy", &honest);
    let lies = [
        ("more energy than a household can have", leaf(more, issuer(METER), more)),
        ("energy of another service", leaf(greatest, issuer(OTHER_METER), greatest)),
    ];
    for (what, leaf) in lies {
        let body = said(w, &leaf);
        let lie = liar.issue(&w.prover, &mut w.rng, body, &leaf);
        w.refused(what, &lie, "bad-proof");
    }
    let nothing = leaf(Energy::ZERO, issuer(METER), greatest);
    let signed = w.meter_signer.seal_proved(
        chain,
        LATER,
        said(w, &nothing),
        w.prover.key_id(RelationKind::Issue).unwrap(),
        proof(&honest),
    );
    w.refused("energy of nothing", &signed, "bad-proof");
}

/// The regulator lowers the cap to what was issued: no record more is taken in this epoch.
fn caps(w: &mut World) {
    let thief = w.thief.wallet.address();
    let count = w.state().issue_count(issuer(METER));
    let cap = IssueCap { generation: count.generation, metered: count.metered };
    let lowered = w.by_regulator(|serial| Body::SetIssueCap(SetIssueCap { serial, issuer: issuer(METER), cap }));
    let higher = w.by_regulator(|serial| {
        let cap = IssueCap { generation: 1, metered: 1 };
        Body::SetIssueCap(SetIssueCap { serial, issuer: issuer(METER), cap })
    });
    let by_service = w.meter_signer.seal(w.state().chain(), LATER, higher.body);
    w.refused("a cap that the service sets itself", &by_service, "bad-signature");
    w.accept(&[lowered]);
    let lie = Lie {
        volume: 900,
        sign: Sign::ShortfallBack,
        meter: issuer(METER),
        blinding: 9,
        serial_key: w.meter_serial.expose(),
        bound: bound(w.state().genesis().limits.greatest_energy),
    };
    let (_, over) = told(w, thief, lie);
    w.refused("one record more than the cap", &over.expect("nothing in it is a lie"), "issue-cap");
}
