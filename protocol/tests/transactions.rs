//! The encoding of transactions is frozen: sizes, bytes (by their hash) and ids. Only the canonical
//! encoding decodes.

use ark_ff::{BigInteger, PrimeField};
use proptest::prelude::*;
use protocol::compact::{CompactBlock, CompactTransaction, Event};
use protocol::elgamal::dleq::Equality;
use protocol::elgamal::{EncryptionKey, Point, Possession};
use protocol::encoding::{hash_to_field, Canonical};
use protocol::ids::{BlobHash, ChainId, Generation, Height, Serial, Time, TransactionId, VerifyingKeyId};
use protocol::keys::Network;
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::record::metered::{RecordSerial, SerialKey, Sign};
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::relation::withdraw::PayeeDigest;
use protocol::relation::RelationKind;
use protocol::signing::{SigningKey, SIGNATURE_BYTES};
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::*;
use protocol::transaction::deposit::{deposit_binding, CredentialRequest, Deposit, DepositSeal};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::limits::Limits;
use protocol::transaction::obligation::{Dispute, Ruled, Ruling};
use protocol::transaction::possession::{genesis_context, GenesisKey};
use protocol::transaction::validators::{MaskCertificate, MaskStatement, MatchingMode, Validators, VALIDATORS_MAX};
use protocol::transaction::*;
use protocol::tree::{Position, Root};
use protocol::units::*;
use protocol::Fr;
use sha2::{Digest, Sha256};

/// A field element from a number.
fn f(n: u64) -> Fr {
    hash_to_field("test", &n.to_le_bytes())
}

fn point(n: u64) -> Point {
    Point { x: f(n), y: f(n + 1) }
}

fn note(n: u8) -> Note {
    Note([n; NOTE_BYTES])
}

fn deposit() -> Deposit {
    Deposit { kappa: TraceCommitment(f(30)), c1: point(10), ciphertext: [f(42)] }
}

fn signing_key(n: u8) -> SigningKey {
    SigningKey(ed25519_dalek::SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes())
}

fn scalar(n: u64) -> ark_ed_on_bls12_381::Fr {
    ark_ed_on_bls12_381::Fr::from(n)
}

fn encryption_key(n: u64) -> EncryptionKey {
    EncryptionKey::of_secret(&scalar(n)).unwrap()
}

fn possession(n: u64) -> Possession {
    Possession::prove(&scalar(n), &scalar(n + 1000), b"context")
}

fn market() -> MarketParameters {
    let price = |p| Price::new(p).unwrap();
    MarketParameters {
        grid: PriceGrid::new(price(300_000), price(7_500)).unwrap(),
        ranges: Ranges {
            volume: Range::new(0, 5000).unwrap(),
            reputation: Range::new(0, 100).unwrap(),
            place: Range::new(0, 10_000).unwrap(),
        },
        tolerance: PerMille::new(50).unwrap(),
        price_rule: PriceRule::Midpoint,
        max_rounds: 8,
        feed_in: price(300_000),
        retail: price(650_000),
    }
}

fn schedule() -> Schedule {
    Schedule {
        opens: Time(1000),
        round_seconds: 60,
        confirm_seconds: 20,
        closes: Time(1600),
        delivery_from: Time(3000),
        delivery_slot: 30,
    }
}

/// A fixed instance of each kind.
fn body(kind: Kind) -> Body {
    let (cycle, epoch, issuer) = (Cycle::new(7).unwrap(), Epoch::new(3).unwrap(), IssuerId::new(5).unwrap());
    let (match_id, handle, root) = (MatchId(f(1)), Handle(f(2)), Root(f(3)));
    let (nullifier, commitment, tag) = (Nullifier(f(4)), Commitment(f(5)), TraceTag(f(6)));
    let (c1, memo, serial) = (point(10), note(1), Serial(9));
    let plan = ListPlan {
        cycle,
        epoch,
        root,
        nullifier,
        handle,
        change: commitment,
        tag,
        c1,
        terms: [f(20), f(21)],
        audit: [f(22), f(23), f(24)],
        plan_key: point(12),
        ciphertext: BlobHash([9; 32]),
        memo,
    };
    let generation = Generation(54);
    let confirm =
        Confirm { match_id, handle, meter: issuer, generation, c1, metering: [f(25), f(26)], change: commitment, memo };
    let object = Objection { match_id, handle };
    let settle = Settle { match_id, handle, root, within: true, nullifier, balance: commitment, memo };
    match kind {
        Kind::Issue => {
            let issued = Issued::Generation;
            Body::Issue(Issue { issuer, serial, issued, commitment, note: memo })
        }
        Kind::IssueMetered => {
            let (sign, record_serial, audit) = (Sign::Shortfall, RecordSerial(f(46)), [f(47), f(48), f(49)]);
            let note = memo;
            Body::IssueMetered(IssueMetered { issuer, serial, sign, cycle, record_serial, commitment, c1, audit, note })
        }
        Kind::SetIssueCap => {
            let cap = IssueCap { generation: 50, metered: 51 };
            Body::SetIssueCap(SetIssueCap { serial, issuer, cap })
        }
        Kind::Ruling => Body::Ruling(Ruling { serial, obligation: commitment, ruled: Ruled::Upheld }),
        Kind::IssueCredential => {
            let deposit = deposit();
            Body::IssueCredential(IssueCredential { serial, epoch, commitment, deposit, note: memo })
        }
        Kind::SellPlan => Body::SellPlan(plan),
        Kind::BuyPlan => Body::BuyPlan(plan),
        Kind::Scores => Body::Scores(Scores { serial, cycle, round: 2, buy: handle, digest: [3; 32] }),
        Kind::Contest => {
            let (challenger, digest) = (signing_key(7), [8; 32]);
            Body::Contest(Contest { challenger, cycle, round: 2, buy: handle, digest })
        }
        Kind::Transcript => Body::Transcript(Transcript { serial, cycle, round: 2, digest: [6; 32], answers: [7; 32] }),
        Kind::Mask => Body::Mask(Mask { serial, cycle, round: 2, commitment: [9; 32] }),
        Kind::MatchThreshold => {
            Body::MatchThreshold(MatchThreshold { serial, match_id, ciphertext: BlobHash([11; 32]) })
        }
        Kind::DeliveryAmount => {
            let (side, ciphertext) = (Side::Buy, BlobHash([12; 32]));
            Body::DeliveryAmount(DeliveryAmount { issuer, serial, match_id, side, ciphertext })
        }
        Kind::Deviation => Body::Deviation(Deviation { serial, match_id, result: BlobHash([13; 32]) }),
        Kind::Verdict => Body::Verdict(Verdict { serial, match_id, within: true }),
        Kind::Open => {
            let purpose = Purpose::Terms;
            Body::Open(Open { serial, purpose, cycle, round: 2, first: f(31), second: f(32), reason: [4; 32] })
        }
        Kind::Match => {
            let (sell, buy) = (handle, Handle(f(33)));
            let [terms, seller, buyer] = [43, 46, 49].map(|n| [f(n), f(n + 1), f(n + 2)]);
            Body::Match(Match { serial, cycle, round: 2, match_id, sell, buy, c1, terms, seller, buyer })
        }
        Kind::ConfirmSell => Body::ConfirmSell(confirm),
        Kind::ConfirmBuy => Body::ConfirmBuy(confirm),
        Kind::Refuse => Body::Refuse(object),
        Kind::Complain => Body::Complain(Complaint { match_id, handle, shared: point(14) }),
        Kind::Deliver => Body::Deliver(Deliver {
            issuer,
            serial,
            match_id,
            side: Side::Buy,
            delivery: DeliveryId(f(34)),
            c1,
            terms: [f(35), f(36)],
            seller: [f(52), f(53)],
            buyer: [f(54), f(55)],
            meter: [f(56), f(57)],
            generation: Generation(58),
        }),
        Kind::SettleSell => Body::SettleSell(settle),
        Kind::SettleBuy => Body::SettleBuy(settle),
        Kind::Release => Body::Release(Release { handle, refund: commitment, memo }),
        Kind::Void => Body::Void(Void { match_id, handle, refund: commitment, memo }),
        Kind::Merge => {
            let nullifiers = [nullifier, Nullifier(f(37))];
            Body::Merge(Merge { root, nullifiers, record: commitment, memo })
        }
        Kind::Surplus => Body::Surplus(Surplus {
            root,
            epoch,
            cycle,
            sign: Sign::ShortfallBack,
            nullifier_metered: nullifier,
            nullifier_balance: Nullifier(f(38)),
            balance: commitment,
            tag,
            c1,
            audit: [f(39), f(40), f(55)],
            memo,
        }),
        Kind::Shortfall => Body::Shortfall(Shortfall {
            obligation: Commitment(f(41)),
            root,
            epoch,
            nullifier,
            balance: commitment,
            tag,
            c1,
            audit: [f(39), f(40), f(55)],
            memo,
        }),
        Kind::EpochStart => Body::EpochStart(EpochStart { serial, epoch, lapse_alarm: LAPSE_ALARM }),
        Kind::CycleStart => {
            let (market, schedule) = (market(), schedule());
            Body::CycleStart(CycleStart {
                serial,
                cycle,
                epoch,
                market,
                terms: Terms::default(),
                turn: Turn::Listed,
                schedule,
            })
        }
        Kind::RegisterIssuer => Body::RegisterIssuer(RegisterIssuer {
            serial,
            issuer,
            role: IssuerRole::Desk,
            key: signing_key(1),
            encryption_key: encryption_key(2),
            possession: possession(2),
            serial_key: SerialKey(f(52)),
            cap: IssueCap { generation: 53, metered: 54 },
        }),
        Kind::SuspendIssuer => Body::SuspendIssuer(SuspendIssuer { serial, issuer, suspended: true }),
        Kind::RotateKey => {
            let keys = IssuerKeys {
                encryption_key: encryption_key(2),
                possession: possession(2),
                serial_key: SerialKey(f(52)),
                reaches_back: cycle,
            };
            Body::RotateKey(RotateKey { serial, key: signing_key(1), of: NewKeys::Issuer(issuer, keys) })
        }
        Kind::Paid => Body::Paid(Paid { issuer, serial, withdrawal: TransactionId([0x22; 32]) }),
        Kind::Withdraw => Body::Withdraw(Withdraw {
            desk: issuer,
            root,
            epoch,
            current: Epoch::new(0x5a5b_5c5d).unwrap(),
            nullifier,
            balance: commitment,
            amount: Money::new(0x0807_0605_0403_0201).unwrap(),
            payee: PayeeDigest(f(43)),
            tag,
            c1,
            audit: [f(39), f(40)],
            memo,
        }),
        Kind::ActivateKey => Body::ActivateKey(ActivateKey {
            serial,
            relation: RelationKind::Shortfall,
            key: VerifyingKeyId([0xdd; 32]),
            from: cycle,
        }),
    }
}

fn transaction(kind: Kind) -> Transaction {
    let (key, proof) = (VerifyingKeyId([0xcc; 32]), [0xaa; PROOF_BYTES]);
    let commitments = [Fr::from(0x77u64), Fr::from(0x88u64)];
    let second = CiphertextSeal { key: VerifyingKeyId([0xee; 32]), commitments, proof: [0x99; PROOF_BYTES] };
    let seal = match kind.authority() {
        Authority::Relation(_) if kind.is_listing() => Seal::Plan { key, proof, ciphertext: second },
        Authority::Relation(_) => Seal::Proof { key, proof },
        Authority::Plan => Seal::Shared(Equality { challenge: [0x66; 32], response: [0x55; 32] }),
        _ if kind.is_credential() => {
            let deposit = DepositSeal { key: VerifyingKeyId([0xee; 32]), proof: [0x99; PROOF_BYTES] };
            Seal::Credential { signature: [0xbb; SIGNATURE_BYTES], key, proof, deposit }
        }
        _ if kind.signed_relation().is_some() => Seal::Issue { signature: [0xbb; SIGNATURE_BYTES], key, proof },
        _ => Seal::Signature([0xbb; SIGNATURE_BYTES]),
    };
    Transaction { chain: ChainId([0x11; 32]), expiry: Height(0x0102_0304), body: body(kind), seal }
}

/// Kind, size, first half of the encoding's SHA-256. A change in any of them is a new version of
/// the encoding.
const FROZEN: [(&str, usize, &str); 37] = include!("transactions.frozen");

#[test]
fn encodings_are_frozen() {
    let found: Vec<(&str, usize, String)> = Kind::ALL
        .iter()
        .map(|kind| {
            let bytes = transaction(*kind).encode();
            let hash: String = Sha256::digest(&bytes).iter().take(16).map(|b| format!("{b:02x}")).collect();
            (kind.name(), bytes.len(), hash)
        })
        .collect();
    let frozen: Vec<(&str, usize, String)> = FROZEN.iter().map(|(k, n, h)| (*k, *n, h.to_string())).collect();
    assert_eq!(found, frozen, "{found:?}");
}

#[test]
fn every_kind_has_one_size_and_round_trips() {
    assert!(Kind::ALL.windows(2).all(|two| (two[0] as u8) < two[1] as u8));
    for kind in Kind::ALL {
        assert_eq!(Kind::from_u8(*kind as u8), Ok(*kind));
        let tx = transaction(*kind);
        let bytes = tx.encode();
        assert_eq!((tx.kind(), bytes.len()), (*kind, kind.size()));
        assert!(bytes.len() <= MAX_BYTES);
        assert_eq!(Transaction::decode(&bytes), Ok(tx));
    }
}

#[test]
fn the_id_is_of_everything_but_the_seal() {
    for kind in Kind::ALL {
        let tx = transaction(*kind);
        let (bytes, id) = (tx.encode(), tx.id());
        let seal = match tx.seal {
            Seal::Proof { .. } => 32 + PROOF_BYTES,
            Seal::Plan { .. } => 32 + PROOF_BYTES + CiphertextSeal::SIZE,
            Seal::Signature(_) => SIGNATURE_BYTES,
            Seal::Issue { .. } => SIGNATURE_BYTES + 32 + PROOF_BYTES,
            Seal::Credential { .. } => SIGNATURE_BYTES + 32 + PROOF_BYTES + DepositSeal::SIZE,
            Seal::Shared(_) => Equality::SIZE,
        };
        let mut other = tx;
        other.seal = match tx.seal {
            Seal::Proof { .. } => Seal::Proof { key: VerifyingKeyId([2; 32]), proof: [1; PROOF_BYTES] },
            Seal::Plan { key, proof, ciphertext } => {
                Seal::Plan { key, proof, ciphertext: CiphertextSeal { key, ..ciphertext } }
            }
            Seal::Signature(_) => Seal::Signature([1; SIGNATURE_BYTES]),
            Seal::Shared(proof) => Seal::Shared(Equality { response: [1; 32], ..proof }),
            Seal::Credential { signature, key, proof, deposit } => {
                let deposit = DepositSeal { proof: [1; PROOF_BYTES], ..deposit };
                Seal::Credential { signature, key, proof, deposit }
            }
            Seal::Issue { .. } => {
                Seal::Issue { signature: [1; SIGNATURE_BYTES], key: VerifyingKeyId([2; 32]), proof: [1; PROOF_BYTES] }
            }
        };
        assert_eq!(other.id(), id);
        // With any other byte changed the encoding does not decode, or has another id.
        for at in 0..bytes.len() - seal {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Transaction::decode(&changed).map_or(true, |tx| tx.id() != id), "{} byte {at}", kind.name());
        }
    }
}

#[test]
fn other_lengths_versions_and_kinds_do_not_decode() {
    for kind in Kind::ALL {
        let bytes = transaction(*kind).encode();
        for end in 0..bytes.len() {
            assert!(Transaction::decode(&bytes[..end]).is_err());
        }
        assert!(Transaction::decode(&[bytes.clone(), vec![0]].concat()).is_err());
        for version in (0..=255).filter(|version| *version != bytes[0]) {
            let mut changed = bytes.clone();
            changed[0] = version;
            assert!(Transaction::decode(&changed).is_err());
        }
        for number in (0..=255u8).filter(|number| Kind::ALL.iter().all(|kind| *kind as u8 != *number)) {
            let mut changed = bytes.clone();
            changed[1] = number;
            assert!(Transaction::decode(&changed).is_err());
        }
    }
}

/// A request is signed as a whole, and its encoding is frozen.
#[test]
fn a_credential_request_is_of_one_household_chain_and_epoch() {
    use ed25519_dalek::Signer;
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let unsigned = CredentialRequest {
        chain: ChainId([0x11; 32]),
        epoch: Epoch::new(3).unwrap(),
        deposit: deposit(),
        seal: DepositSeal { key: VerifyingKeyId([0xee; 32]), proof: [0x99; PROOF_BYTES] },
        key: signing_key(7),
        signature: [0; SIGNATURE_BYTES],
    };
    let request = CredentialRequest { signature: secret.sign(&unsigned.message()).to_bytes(), ..unsigned };
    assert_eq!(request.verify(), Ok(()));
    let bytes = request.to_bytes();
    assert_eq!(CredentialRequest::from_bytes(&bytes), Ok(request));
    let hash: String = Sha256::digest(&bytes).iter().take(16).map(|b| format!("{b:02x}")).collect();
    assert_eq!((bytes.len(), hash.as_str()), (484, "9d0919620ba57ce5702daac976451d10"));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let verified = CredentialRequest::from_bytes(&changed).map(|request| request.verify());
        assert!(!matches!(verified, Ok(Ok(()))), "byte {at}");
    }
}

/// A dispute is signed as a whole, and its encoding is frozen.
#[test]
fn a_dispute_is_of_one_household_chain_and_obligation() {
    use ed25519_dalek::Signer;
    let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let unsigned = Dispute {
        chain: ChainId([0x11; 32]),
        obligation: Commitment(f(5)),
        key: signing_key(7),
        signature: [0; SIGNATURE_BYTES],
    };
    let dispute = Dispute { signature: secret.sign(&unsigned.message()).to_bytes(), ..unsigned };
    assert_eq!(dispute.verify(), Ok(()));
    let bytes = dispute.to_bytes();
    assert_eq!(Dispute::from_bytes(&bytes), Ok(dispute));
    let hash: String = Sha256::digest(&bytes).iter().take(16).map(|b| format!("{b:02x}")).collect();
    assert_eq!((bytes.len(), hash.as_str()), (160, "bbb70348b7a679a422e2dc4a140bd26d"));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let verified = Dispute::from_bytes(&changed).map(|dispute| dispute.verify());
        assert!(!matches!(verified, Ok(Ok(()))), "byte {at}");
    }
}

/// The proof of a deposit counts on one chain, in one epoch, for one ciphertext.
#[test]
fn the_binding_of_a_deposit_covers_all_that_the_household_knows() {
    let (chain, epoch, of) = (ChainId([1; 32]), Epoch::new(2).unwrap(), deposit());
    let bound = deposit_binding(chain, epoch, &of);
    for other in [
        deposit_binding(ChainId([2; 32]), epoch, &of),
        deposit_binding(chain, Epoch::new(3).unwrap(), &of),
        deposit_binding(chain, epoch, &Deposit { kappa: TraceCommitment(f(31)), ..of }),
        deposit_binding(chain, epoch, &Deposit { c1: point(11), ..of }),
        deposit_binding(chain, epoch, &Deposit { ciphertext: [f(43)], ..of }),
    ] {
        assert_ne!(other, bound);
    }
    let key = encryption_key(2);
    let statement = of.statement(chain, epoch, &key);
    assert_eq!((statement.kappa, statement.audit_key, statement.binding), (of.kappa, key.point(), bound));
}

/// The offset of a byte string in an encoding.
fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes.windows(part.len()).position(|w| w == part).expect("it is part of the encoding")
}

#[test]
fn field_elements_are_below_the_modulus() {
    let modulus = Fr::MODULUS.to_bytes_le();
    let elements =
        [(Kind::SellPlan, f(3)), (Kind::SettleBuy, f(4)), (Kind::Open, f(32)), (Kind::IssueCredential, f(42))];
    for (kind, element) in elements {
        let bytes = transaction(kind).encode();
        let at = find(&bytes, &element.to_bytes());
        for wrong in [modulus.clone(), vec![0xff; 32]] {
            let mut changed = bytes.clone();
            changed[at..at + 32].copy_from_slice(&wrong);
            assert!(Transaction::decode(&changed).is_err(), "{}", kind.name());
        }
        // The greatest element is one.
        let mut changed = bytes.clone();
        changed[at..at + 32].copy_from_slice(&(Fr::from(0u64) - Fr::from(1u64)).to_bytes());
        assert!(Transaction::decode(&changed).is_ok());
    }
}

/// Offset of the body.
const BODY: usize = 2 + 32 + 8;

#[test]
fn enumerations_booleans_and_bounds() {
    // (kind, offset in the body, bytes that are wrong there)
    let cases: [(Kind, usize, &[u8]); 21] = [
        (Kind::SuspendIssuer, 8 + 4, &[2]),       // a boolean
        (Kind::RotateKey, 8 + 32, &[3]),          // an operator
        (Kind::RotateKey, 8 + 32, &[0]),          // an issuer's number and keys for the regulator
        (Kind::SettleSell, 96, &[2]),             // a boolean
        (Kind::Deliver, 4 + 8 + 32, &[2]),        // a side
        (Kind::Issue, 12, &[2]),                  // a kind of record
        (Kind::IssueMetered, 12, &[4]),           // a sign
        (Kind::Open, 8, &[11]),                   // a purpose
        (Kind::Ruling, 8 + 32, &[2]),             // a ruling
        (Kind::DeliveryAmount, 4 + 8 + 32, &[2]), // a side
        (Kind::Verdict, 8 + 32, &[2]),            // a boolean
        (Kind::RegisterIssuer, 12, &[2]),         // a role
        (Kind::ActivateKey, 8, &[11]),            // a relation
        (Kind::CycleStart, 16 + 40, &[0xe8, 3]),  // 1000 per mille
        (Kind::CycleStart, 16 + 42, &[2]),        // a price rule
        (Kind::CycleStart, 16 + 43, &[0]),        // no rounds
        (Kind::CycleStart, 76 + 8, &[0]),         // a least lot of nothing
        (Kind::CycleStart, 76 + 8, &[0, 0, 1]),   // a least lot above the greatest energy
        (Kind::CycleStart, 76 + 24, &[2]),        // a bearer of imbalances
        (Kind::CycleStart, 76 + 25, &[2]),        // a turn
        (Kind::CycleStart, 76 + 26, &[1]),        // a commitment where nothing is drawn
    ];
    for (kind, offset, wrong) in cases {
        let mut bytes = transaction(kind).encode();
        bytes[BODY + offset..][..wrong.len()].copy_from_slice(wrong);
        assert!(Transaction::decode(&bytes).is_err(), "{} at {offset}", kind.name());
    }
}

/// A replacement of the regulator's or the matching node's key has zeros where an issuer's keys are.
#[test]
fn a_replacement_has_an_issuers_keys_where_they_belong_and_nowhere_else() {
    for of in [NewKeys::Regulator, NewKeys::Matcher] {
        let body = Body::RotateKey(RotateKey { serial: Serial(1), key: signing_key(1), of });
        let tx = Transaction { body, ..transaction(Kind::RotateKey) };
        let bytes = tx.encode();
        assert_eq!(Transaction::decode(&bytes), Ok(tx));
        for at in BODY + 8 + 32 + 1..bytes.len() - SIGNATURE_BYTES {
            let mut changed = bytes.clone();
            changed[at] = 1;
            assert!(Transaction::decode(&changed).is_err(), "byte {at}");
        }
    }
}

#[test]
fn keys_are_checked_when_decoded() {
    let bytes = transaction(Kind::RegisterIssuer).encode();
    let (signing, encryption) = (BODY + 13, BODY + 13 + 32);
    assert_eq!(&bytes[signing..signing + 32], signing_key(1).0);
    let mut not_on_curve = [0; 32];
    not_on_curve[0] = 2;
    let mut identity = [0; 32];
    identity[0] = 1;
    // y = 1 with the sign of x set; y = p + 1, the identity in disguise.
    let mut signed_identity = identity;
    signed_identity[31] = 0x80;
    let mut above = [0xff; 32];
    (above[0], above[31]) = (0xee, 0x7f);
    for wrong in [[0; 32], not_on_curve, identity, signed_identity, above, [0xff; 32]] {
        let mut changed = bytes.clone();
        changed[signing..signing + 32].copy_from_slice(&wrong);
        assert!(Transaction::decode(&changed).is_err(), "{wrong:?}");
    }
    let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
    for (x, y) in [(zero, one), (zero, -one), (one, one), (zero, zero)] {
        let mut changed = bytes.clone();
        changed[encryption..encryption + 64].copy_from_slice(&Point { x, y }.to_bytes());
        assert!(Transaction::decode(&changed).is_err());
    }
}

#[test]
fn signatures_are_of_one_id_by_one_key() {
    use ed25519_dalek::Signer;
    let id = transaction(Kind::EpochStart).id();
    let mut signature = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).sign(&SigningKey::message(id)).to_bytes();
    assert_eq!(signing_key(1).verify(id, &signature), Ok(()));
    assert!(signing_key(2).verify(id, &signature).is_err());
    assert!(signing_key(1).verify(TransactionId([0; 32]), &signature).is_err());
    // s + the group's order: the same signature in another encoding.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    for (s, l) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*s) + u16::from(l);
        *s = carry as u8;
        carry >>= 8;
    }
    assert!(signing_key(1).verify(id, &signature).is_err());
}

#[test]
fn bindings_tell_transactions_and_keys_apart() {
    let (id, key) = (TransactionId([1; 32]), VerifyingKeyId([2; 32]));
    let bound = binding(id, key);
    assert_ne!(binding(TransactionId([3; 32]), key), bound);
    assert_ne!(binding(id, VerifyingKeyId([3; 32])), bound);
    let hex: String = bound.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, "a763925b6de764422750081c4a757adea33abb1556e6107e3977dd12a252212d");
    // A listing's is also of every byte of its second proof.
    let Seal::Plan { ciphertext, .. } = transaction(Kind::SellPlan).seal else { panic!() };
    let bound = listing_binding(id, key, &ciphertext);
    assert!(bound != binding(id, key) && bound != listing_binding(id, VerifyingKeyId([3; 32]), &ciphertext));
    assert_ne!(listing_binding(TransactionId([3; 32]), key, &ciphertext), bound);
    let changes: [fn(&mut CiphertextSeal); 4] = [
        |c| c.key.0[31] ^= 1,
        |c| c.commitments[0] += Fr::from(1u64),
        |c| c.commitments[1] += Fr::from(1u64),
        |c| c.proof[191] ^= 1,
    ];
    for change in changes {
        let mut changed = ciphertext;
        change(&mut changed);
        assert_ne!(listing_binding(id, key, &changed), bound);
    }
    let hex: String = bound.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, "66350a27d780a8b0e0e5804d3442a7cb96f3829d3323bdaa4f0ae127a753380b");
}

fn genesis() -> Genesis {
    Genesis {
        name: [1; 32],
        network: Network::Test,
        time: Time(1000),
        regulator: signing_key(1),
        recovery: signing_key(7),
        matcher: signing_key(2),
        terms_key: encryption_key(3),
        terms_possession: Possession::prove(
            &scalar(3),
            &scalar(33),
            &genesis_context(&[1; 32], Network::Test, GenesisKey::Terms),
        ),
        audit_key: encryption_key(4),
        audit_possession: Possession::prove(
            &scalar(4),
            &scalar(44),
            &genesis_context(&[1; 32], Network::Test, GenesisKey::Audit),
        ),
        audit_shares: [8; 32],
        matching_key: BlobHash([5; 32]),
        verifying_keys: [6; 32],
        anchor_blocks: 100,
        anchor_cycles: 3,
        score_checks: 1000,
        matching_mode: MatchingMode::Open,
        deviation_key: protocol::transaction::genesis::NO_KEY,
        deviation_server_key: protocol::transaction::genesis::NO_KEY,
        limits: Limits::default(),
    }
}

#[test]
fn a_genesis_is_frozen_and_checked() {
    let good = genesis();
    assert_eq!(Genesis::from_bytes(&good.to_bytes()), Ok(good));
    assert_eq!(good.check(), Ok(()));
    assert_eq!(good.chain().to_string(), "3b803a7553f09a64e3722edfcacc2498323c1fb5f1faddec3d18860af73e063e");
    let changes: [fn(&mut Genesis); 20] = [
        |g| g.name = [2; 32],          // proofs of possession of another chain
        |g| g.network = Network::Main, // and of another network
        |g| g.matcher = g.regulator,
        |g| g.audit_key = g.terms_key,
        |g| g.anchor_blocks = 0,
        |g| g.anchor_cycles = 0,
        |g| g.score_checks = 1001,
        |g| g.deviation_key = BlobHash([1; 32]),
        |g| g.deviation_server_key = BlobHash([1; 32]),
        |g| g.terms_possession = g.audit_possession,
        |g| g.audit_possession = g.terms_possession,
        |g| g.terms_key = encryption_key(9),
        |g| g.recovery = g.regulator,
        |g| g.recovery = g.matcher,
        |g| g.limits.greatest_energy = Energy::ZERO,
        |g| g.limits.exit_epochs = 0,
        |g| g.limits.rest_window = 0,
        |g| g.limits.expiry_step = 0,
        |g| g.limits.validity = 2 * g.limits.expiry_step - 1,
        |g| {
            (g.deviation_key, g.deviation_server_key) = (BlobHash([1; 32]), BlobHash([2; 32]));
            g.limits.greatest_energy = Energy::new(1 << 16).unwrap();
        },
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut changed = good;
        change(&mut changed);
        assert!(changed.check().is_err(), "{i}");
        assert_ne!(changed.chain(), good.chain());
    }
}

/// In mode masked, with validators 11, 12 and 13 of whom two must certify.
fn masked(threshold: u8, validators: &[u8]) -> Genesis {
    let keys: Vec<_> = validators.iter().map(|n| signing_key(*n)).collect();
    Genesis { matching_mode: MatchingMode::Masked(Validators::new(threshold, &keys).unwrap()), ..genesis() }
}

#[test]
fn a_masked_genesis_names_validators_of_their_own_and_a_threshold_that_they_reach() {
    let good = masked(2, &[11, 12, 13]);
    assert_eq!((Genesis::from_bytes(&good.to_bytes()), good.check()), (Ok(good), Ok(())));
    assert_ne!(good.chain(), genesis().chain());
    assert_eq!(masked(7, &[11, 12, 13, 14, 15, 16, 17]).check(), Ok(()));
    assert!(Validators::new(1, &[signing_key(11); VALIDATORS_MAX + 1]).is_err());
    assert!(Validators::new(1, &[SigningKey([0; 32])]).is_err());
    let wrong: [(u8, &[u8]); 7] = [
        (0, &[11]),
        (2, &[11]),
        (1, &[]),
        (0, &[]),
        (1, &[11, 12, 11]),
        (1, &[11, 1]), // the regulator's
        (1, &[2]),     // the matching node's
    ];
    for (threshold, validators) in wrong {
        assert!(masked(threshold, validators).check().is_err(), "{threshold} of {validators:?}");
    }
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak =
        Genesis { matching_mode: MatchingMode::Masked(Validators::new(1, &[SigningKey(identity)]).unwrap()), ..good };
    assert!(weak.check().is_err());

    // One byte string: nothing after an empty place, nothing at all in mode open, no other mode.
    let (open, bytes) = (genesis().to_bytes(), good.to_bytes());
    // After it come the two names of the deviation's keys.
    let mode = bytes.len() - 2 * 32 - MatchingMode::SIZE;
    for (from, at, value) in
        [(&bytes, mode, 2), (&bytes, mode, 0), (&open, mode, 3), (&open, mode + 1, 1), (&open, mode + 2, 1)]
    {
        let mut changed = from.clone();
        changed[at] = value;
        assert!(Genesis::from_bytes(&changed).is_err(), "{at}: {value}");
    }
    let mut gap = bytes.clone();
    gap[mode + 2 + 32..mode + 2 + 64].fill(0);
    assert!(Genesis::from_bytes(&gap).is_err());
}

#[test]
fn enough_different_validators_must_certify_the_very_statement() {
    use ed25519_dalek::Signer;
    let MatchingMode::Masked(validators) = masked(2, &[11, 12, 13]).matching_mode else { panic!() };
    let statement = MaskStatement {
        chain: ChainId([1; 32]),
        cycle: Cycle::new(7).unwrap(),
        round: 2,
        bid: Handle(f(1)),
        free: [3; 32],
        scores: [4; 32],
    };
    let sign = |n: u8, statement: &MaskStatement| MaskCertificate {
        validator: signing_key(n),
        signature: ed25519_dalek::SigningKey::from_bytes(&[n; 32]).sign(&statement.message()).to_bytes(),
    };
    let [first, second, foreign] = [11, 12, 21].map(|n| sign(n, &statement));
    assert!(validators.certify(&statement, &[first, second]));
    assert!(validators.certify(&statement, &[foreign, second, first, first]));
    for short in [vec![], vec![first], vec![first, first], vec![first, foreign], vec![foreign, foreign]] {
        assert!(!validators.certify(&statement, &short));
    }
    assert!(!validators.certify(&statement, &[first, MaskCertificate { validator: signing_key(12), ..first }]));
    let mut others = [statement; 6];
    others[0].chain.0[0] ^= 1;
    others[1].cycle = Cycle::new(8).unwrap();
    others[2].round = 3;
    others[3].bid = Handle(f(2));
    others[4].free[31] ^= 1;
    others[5].scores[0] ^= 1;
    for other in others {
        assert!(!validators.certify(&other, &[first, second]));
        assert!(!validators.certify(&statement, &[first, sign(12, &other)]));
        assert!(validators.certify(&other, &[sign(11, &other), sign(13, &other)]));
    }
    // A signature of a transaction's id is none of a statement.
    assert!(!statement.message().starts_with(b"veilgrid/signature/1"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn what_decodes_is_the_one_encoding(kind in 0..Kind::ALL.len(), noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = transaction(Kind::ALL[kind]).encode();
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(tx) = Transaction::decode(&bytes) {
            prop_assert_eq!(tx.encode(), bytes);
        }
    }
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        if let Ok(tx) = Transaction::decode(&bytes) {
            prop_assert_eq!(tx.encode(), bytes);
        }
    }
}

#[test]
fn a_payee_is_told_apart_by_desk_salt_and_account() {
    let desk = |n| IssuerId::new(n).unwrap();
    let payee = PayeeDigest::of(desk(5), &[1; 32], b"DE02 1203 0000");
    assert_ne!(PayeeDigest::of(desk(6), &[1; 32], b"DE02 1203 0000"), payee);
    assert_ne!(PayeeDigest::of(desk(5), &[2; 32], b"DE02 1203 0000"), payee);
    assert_ne!(PayeeDigest::of(desk(5), &[1; 32], b"DE02 1203 0001"), payee);
    let hex: String = payee.0.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, "4112973d9abda71a277ecd40df87600b3bcd47847c1944e2d495084e3d018704");
}

/// A compact block with a transaction of every kind, every event, and leaves.
fn compact_block() -> CompactBlock {
    let (handle, match_id) = (Handle(f(1)), MatchId(f(2)));
    let issuer = |n| IssuerId::new(n).unwrap();
    let events = vec![
        Event::Expired(handle),
        Event::Lapsed(handle),
        Event::Refused(handle),
        Event::Relisted(handle),
        Event::Binding(match_id),
        Event::Delivered(match_id),
        Event::Void { match_id, missing: [Some(issuer(7)), None] },
        Event::VerdictDiffers(match_id),
        Event::LapseAlarm(Epoch::new(5).unwrap()),
        Event::Anchor { cycle: Cycle::new(3).unwrap(), round: 1, confirmations: true, root: Root(f(4)) },
    ];
    let of = |kind: &Kind| CompactTransaction::new(&transaction(*kind), vec![(Position(5), Commitment(f(6)))], vec![]);
    let mut transactions: Vec<CompactTransaction> = Kind::ALL.iter().map(of).collect();
    transactions[1].events = events[4..6].to_vec();
    CompactBlock { height: Height(9), time: Time(10), events, transactions, root: Root(f(11)) }
}

/// The chain of the transactions that [`transaction`] makes.
fn chain() -> ChainId {
    transaction(Kind::Merge).chain
}

#[test]
fn a_compact_block_is_frozen_and_read_as_it_was_written() {
    let block = compact_block();
    let bytes = block.encode();
    assert_eq!(CompactBlock::decode(chain(), &bytes), Ok(block.clone()));
    let hash: String = Sha256::digest(&bytes).iter().take(8).map(|b| format!("{b:02x}")).collect();
    assert_eq!(hash, "e369681aa8934bbd");
    let elsewhere = CompactBlock::decode(ChainId([9; 32]), &bytes).unwrap();
    let differs = |(a, b): (&CompactTransaction, &CompactTransaction)| a.id != b.id;
    assert!(elsewhere.transactions.iter().zip(&block.transactions).all(differs), "an id is of one chain");
}

#[test]
fn other_bytes_are_no_compact_block() {
    let block = CompactBlock { transactions: compact_block().transactions[..2].to_vec(), ..compact_block() };
    let bytes = block.encode();
    let refused = |bytes: &[u8]| CompactBlock::decode(chain(), bytes).is_err();
    assert!((0..bytes.len()).all(|length| refused(&bytes[..length])), "too short");
    assert!(refused(&[&bytes[..], &[0]].concat()), "too long");
    let first_event = 1 + 8 + 8 + 32 + 8;
    for (place, value) in [(0, 2), (first_event, 10), (first_event - 1, 1)] {
        let mut other = bytes.clone();
        other[place] = value;
        assert!(refused(&other), "byte {place} is {value}");
    }
    let absent = CompactBlock { events: vec![Event::Void { match_id: MatchId(f(2)), missing: [None; 2] }], ..block };
    let mut bytes = absent.encode();
    let place = first_event + 1 + 32;
    assert_eq!(bytes[place..place + 10], [0; 10]);
    bytes[place + 1] = 1;
    assert!(refused(&bytes), "an absent issuer has the number 0");
    bytes[place] = 2;
    assert!(refused(&bytes), "a boolean is 0 or 1");
}
