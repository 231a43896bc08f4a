use super::*;
use protocol::keys::TraceCommitment;
use protocol::record::metered::Sign;
use protocol::units::{Cycle, Energy, EnergyType, Epoch, IssuerId, Metres, Money, Place, Price, Reputation};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn f(n: u64) -> Fr {
    Fr::from(n)
}

fn samples() -> Vec<Payload> {
    vec![
        Payload::Generation {
            volume: Energy::new(1500).unwrap(),
            energy_type: EnergyType::Solar,
            cycle: Cycle::new(7).unwrap(),
            meter: IssuerId::new(2).unwrap(),
            blinding: f(11),
        },
        Payload::Metered {
            volume: Energy::new(650).unwrap(),
            sign: Sign::Shortfall,
            cycle: Cycle::new(7).unwrap(),
            meter: IssuerId::new(2).unwrap(),
            blinding: f(12),
        },
        Payload::Balance { amount: Money::new(5_000_000_000).unwrap(), blinding: f(13) },
        Payload::Credential(CredentialOpening {
            reputation: Reputation::new(100).unwrap(),
            place: Place { x: Metres::new(1200).unwrap(), y: Metres::new(8100).unwrap() },
            kappa: TraceCommitment(f(14)),
            meter: IssuerId::new(2).unwrap(),
            epoch: Epoch::new(3).unwrap(),
            blinding: f(15),
        }),
        Payload::Plan(PlanOpening {
            volume: Energy::new(1500).unwrap(),
            price: Price::new(450_000).unwrap(),
            attributes: f(19),
            preferences: f(20),
            meter: IssuerId::new(2).unwrap(),
            seed: [21; 32],
        }),
    ]
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

const CHAIN: ChainId = ChainId([9; 32]);

#[test]
fn encodings_are_frozen() {
    // each non-zero prefix, written by hand from the table in the code: tag, then little-endian
    // fields
    let blinding = |n: u8| {
        let mut b = vec![0; 32];
        b[0] = n;
        b
    };
    let expected: Vec<Vec<u8>> = vec![
        [&[1, 0xdc, 5, 0, 0, 0, 0, 0, 0, 3, 7, 0, 0, 0, 2, 0, 0, 0], &blinding(11)[..]].concat(),
        [&[2, 0x8a, 2, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 2, 0, 0, 0], &blinding(12)[..]].concat(),
        [&[3, 0, 0xf2, 5, 0x2a, 1, 0, 0, 0], &blinding(13)[..]].concat(),
        [&[4, 100, 0xb0, 4, 0, 0, 0xa4, 0x1f, 0, 0], &blinding(14)[..], &[2, 0, 0, 0, 3, 0, 0, 0], &blinding(15)[..]]
            .concat(),
        [
            &[5, 0xdc, 5, 0, 0, 0, 0, 0, 0, 0xd0, 0xdd, 6, 0, 0, 0, 0, 0],
            &blinding(19)[..],
            &blinding(20)[..],
            &[2, 0, 0, 0],
            &[21; 32],
        ]
        .concat(),
    ];
    assert_eq!(samples().len(), expected.len());
    for (payload, mut bytes) in samples().into_iter().zip(expected) {
        bytes.resize(NOTE_PLAINTEXT, 0);
        assert_eq!(payload.encode().to_vec(), bytes);
        assert!(Payload::decode(&payload.encode()).is_ok_and(|back| back == payload));
    }
}

#[test]
fn malformed_payloads_are_refused() {
    for payload in samples() {
        let good = payload.encode();
        let mut padded = good;
        padded[NOTE_PLAINTEXT - 1] = 1;
        assert!(Payload::decode(&padded).is_err());
        for tag in [0, 6, 255] {
            let mut other = good;
            other[0] = tag;
            assert!(Payload::decode(&other).is_err());
        }
    }
    let spoil = |which: usize, at: usize, value: u8| {
        let mut bytes = samples()[which].encode();
        bytes[at] = value;
        Payload::decode(&bytes).err().map(|e| e.code())
    };
    assert_eq!(spoil(0, 5, 1), Some("out-of-bounds"), "energy of 2^32 Wh");
    assert_eq!(spoil(0, 9, 5), Some("out-of-bounds"), "a sixth energy type");
    assert_eq!(spoil(0, 49, 0xff), Some("encoding"), "a blinding above the modulus");
    assert_eq!(spoil(1, 9, 4), Some("encoding"), "a fifth sign");
    assert_eq!(spoil(3, 1, 101), Some("out-of-bounds"), "reputation above 100");
    assert_eq!(spoil(3, 4, 0x10), Some("out-of-bounds"), "2^20 metres");
    assert_eq!(spoil(4, 48, 0xff), Some("encoding"), "attributes above the modulus");
}

#[test]
fn a_note_opens_only_where_it_belongs() {
    let mut rng = rng();
    let (alice, bob) = (NoteSecret::generate(&mut rng), NoteSecret::generate(&mut rng));
    for payload in samples() {
        let note = seal(&mut rng, &alice.public(), CHAIN, Kind::Issue, f(5), &payload);
        assert!(open(&alice, CHAIN, Kind::Issue, f(5), &note).is_some_and(|p| p == payload));
        assert!(open(&bob, CHAIN, Kind::Issue, f(5), &note).is_none(), "another's key");
        assert!(open(&alice, ChainId([8; 32]), Kind::Issue, f(5), &note).is_none(), "another chain");
        assert!(open(&alice, CHAIN, Kind::Match, f(5), &note).is_none(), "another kind");
        assert!(open(&alice, CHAIN, Kind::Issue, f(6), &note).is_none(), "another record");
        for at in [0, 31, 32, 100, NOTE_BYTES - 1] {
            let mut bent = note;
            bent.0[at] ^= 1;
            assert!(open(&alice, CHAIN, Kind::Issue, f(5), &bent).is_none(), "byte {at}");
        }
        let again = seal(&mut rng, &alice.public(), CHAIN, Kind::Issue, f(5), &payload);
        assert_ne!(note, again, "sealing is randomised");
    }
}

#[test]
fn a_key_of_small_order_gets_an_unreadable_note_and_no_panic() {
    let mut rng = rng();
    let note = seal(&mut rng, &NoteKey([0; 32]), CHAIN, Kind::Match, f(5), &samples()[4]);
    assert_ne!(note.0, [0; NOTE_BYTES]);
    assert!(open(&NoteSecret::from_bytes([0; 32]), CHAIN, Kind::Match, f(5), &note).is_none());
}

#[test]
fn an_opening_that_does_not_fit_the_leaf_is_refused() {
    let mut rng = rng();
    let (secret, owner) = (NoteSecret::generate(&mut rng), Address(f(77)));
    for payload in &samples()[..4] {
        let leaf = payload.leaf(owner).unwrap();
        let note = seal(&mut rng, &secret.public(), CHAIN, Kind::Issue, leaf.0, payload);
        assert!(open_record(&secret, CHAIN, Kind::Issue, leaf, owner, &note).is_some());
        assert!(open_record(&secret, CHAIN, Kind::Issue, leaf, Address(f(78)), &note).is_none(), "another's leaf");
        let lie = seal(&mut rng, &secret.public(), CHAIN, Kind::Issue, Commitment(f(1)).0, payload);
        assert!(open_record(&secret, CHAIN, Kind::Issue, Commitment(f(1)), owner, &lie).is_none(), "another leaf");
    }
}
