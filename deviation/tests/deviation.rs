//! The encrypted bit is the relations' `within`; keys are reproducible; nothing but the one
//! encoding decodes.
//!
//! `VEILGRID_THOROUGH=1` tries many more amounts on ciphertexts.

use deviation::ciphertext::*;
use deviation::decrypt::DeviationSecretKey;
use deviation::key::*;
use deviation::{is_within, threshold, Error};
use proptest::prelude::*;
use protocol::ids::BlobHash;
use protocol::record::balance::Balance;
use protocol::record::delivery::Delivery;
use protocol::record::matching::Match;
use protocol::record::plan::Plan;
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::relation::check::Owner;
use protocol::relation::settle::{Settle, SettleWitness};
use protocol::tree::{Path, Position, Root, ARITY, LEVELS};
use protocol::units::{Energy, PerMille, Side};
use protocol::Fr;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::sync::OnceLock;
use std::time::Instant;

fn wh(n: u64) -> Energy {
    Energy::new(n).unwrap()
}

struct Keys {
    secret: DeviationSecretKey,
    public: DeviationPublicKey,
    server: DeviationServerKey,
    file: Vec<u8>,
}

/// The keys, made once for all tests.
fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let secret = DeviationSecretKey::from_bytes([7; 16]);
        let public = secret.public_key();
        let start = Instant::now();
        let file = secret.server_key();
        eprintln!("server key: {} bytes, made in {:.1} s", file.len(), start.elapsed().as_secs_f32());
        let start = Instant::now();
        let server = DeviationServerKey::from_bytes(&file, BlobHash::of(&file)).unwrap();
        eprintln!("loaded in {:.1} s", start.elapsed().as_secs_f32());
        Keys { secret, public, server, file }
    })
}

fn tau(matched: u64, tolerance: u16) -> Energy {
    threshold(PerMille::new(tolerance).unwrap(), wh(matched))
}

fn on_ciphertexts(rng: &mut ChaCha20Rng, matched: u64, tolerance: u16, sold: u64, bought: u64) -> bool {
    let keys = keys();
    let threshold = keys.public.encrypt_threshold(rng, tau(matched, tolerance)).unwrap();
    let [sold, bought] = [sold, bought].map(|a| keys.public.encrypt_delivery(rng, wh(a)));
    // The ciphertexts go through their encoding, as between the roles.
    let [threshold, sold, bought] =
        [threshold, sold, bought].map(|a| EncryptedEnergy::from_bytes(&a.to_bytes()).unwrap());
    let verdict = keys.server.evaluate(&threshold, [&sold, &bought]);
    keys.secret.open(&EncryptedVerdict::from_bytes(&verdict.to_bytes()).unwrap())
}

/// The `within` that the relations' native check accepts.
fn native(matched: u64, tolerance: u16, sold: u64, bought: u64) -> bool {
    let zero = Fr::from(0u64);
    let match_id = Match { sell: zero, buy: zero, volume: Fr::from(matched), price: zero, cycle: zero, blinding: zero };
    let half = |side, amount| Delivery::new(MatchId(zero), side, wh(amount), zero);
    let balance = Balance { amount: zero, owner: zero, blinding: zero };
    let delivered = Fr::from(sold.min(bought).min(matched));
    let plan = Plan {
        side: Side::Sell,
        volume: zero,
        price: zero,
        attributes: zero,
        preferences: zero,
        meter: zero,
        cycle: zero,
        owner: zero,
        blinding: zero,
    };
    let path = Path { position: Position(0), children: [[zero; ARITY]; LEVELS] };
    let witness = SettleWitness {
        owner: Owner { sk: zero },
        plan,
        match_id,
        delivery_sell: half(Side::Sell, sold),
        delivery_buy: half(Side::Buy, bought),
        counted: [sold, bought].map(|amount| Fr::from(amount.min(matched))),
        delivered,
        final_volume: zero,
        owes: [zero; 2],
        balance,
        path,
        new_blinding: zero,
    };
    let breaks = |within| {
        let statement = Settle {
            root: Root(zero),
            match_id: MatchId(zero),
            delivery_sell: DeliveryId(zero),
            delivery_buy: DeliveryId(zero),
            handle: Handle(zero),
            within,
            tolerance: PerMille::new(tolerance).unwrap(),
            penalty: Price::ZERO,
            nullifier: Nullifier(zero),
            balance: Commitment(zero),
            binding: zero,
        };
        statement.check_sell(&witness).unwrap_err().0.contains(&"2.within")
    };
    assert!(breaks(true) != breaks(false), "one of the two holds");
    breaks(false)
}

/// The boundaries of a match: exactly what is tolerated is missing, one Wh more, one less, nothing,
/// everything; the greatest number that a ciphertext holds, and numbers beyond it.
fn edges(matched: u64, tolerance: u16) -> Vec<u64> {
    let tau = tau(matched, tolerance).get();
    let ends = [MOST - 1, MOST, MOST + 1, (1 << 32) - 1];
    let near = [0, tau.saturating_sub(1), tau, tau + 1, matched.saturating_sub(1), matched, matched + 1];
    let mut all = [&near[..], &ends].concat();
    all.retain(|a| *a < 1 << 32);
    all.sort_unstable();
    all.dedup();
    all
}

/// The greatest number that a ciphertext holds.
const MOST: u64 = (1 << 16) - 1;

#[test]
fn in_the_clear_at_every_boundary_it_is_the_relations_within() {
    let mut tried = 0;
    for matched in [0, 1, 2, 3, 19, 20, 21, 999, 1000, 1001, 2500, 12_500, MOST - 1, MOST, 1 << 31, (1 << 32) - 1] {
        for tolerance in [0, 1, 50, 499, 500, 998, 999] {
            let all = edges(matched, tolerance);
            for (sold, bought) in all.iter().flat_map(|sold| all.iter().map(move |bought| (*sold, *bought))) {
                let found = is_within(tau(matched, tolerance), wh(sold), wh(bought));
                assert_eq!(found, native(matched, tolerance, sold, bought), "{matched} {tolerance} {sold} {bought}");
                // A reading beyond what a ciphertext holds says the same as the greatest that it holds.
                if matched <= MOST {
                    let [sold, bought] = [sold, bought].map(|amount| wh(amount.min(MOST)));
                    assert_eq!(is_within(tau(matched, tolerance), sold, bought), found);
                }
                tried += 1;
            }
        }
    }
    eprintln!("{tried} boundaries");
}

#[test]
fn in_the_clear_it_is_the_relations_within_for_every_small_match() {
    for matched in 0..25 {
        for tolerance in (0..1000).step_by(37) {
            let tau = tau(matched, tolerance);
            assert!(tau.get() <= matched);
            // Each side alone decides when the other delivered all.
            for amount in 0..=matched + 1 {
                let within = native(matched, tolerance, amount, matched);
                assert_eq!(is_within(tau, wh(amount), wh(matched)), within, "{matched} {tolerance} {amount}");
                assert_eq!(is_within(tau, wh(matched), wh(amount)), within, "{matched} {tolerance} {amount}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn in_the_clear_it_is_the_relations_within(
        bits in 1u32..33, matched in any::<u64>(), tolerance in 0u16..1000, near in any::<bool>(), off in 0u64..4, other in any::<u32>(),
    ) {
        let matched = matched % (1 << bits);
        let tau = tau(matched, tolerance);
        let range = (2 * matched + 2).min(1 << 32);
        let sold = if near { (tau.get() + off).saturating_sub(2).min((1 << 32) - 1) } else { u64::from(other) % range };
        let bought = u64::from(other).max(sold);
        for (a, b) in [(sold, bought), (bought, sold), (sold, sold)] {
            prop_assert_eq!(is_within(tau, wh(a), wh(b)), native(matched, tolerance, a, b));
        }
    }
}

#[test]
fn on_ciphertexts_it_is_the_relations_within() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    // Matched, tolerance, sold, bought: as matched; at the tolerance; one Wh beyond it, on either
    // side; more than matched; nothing at all; the least and the greatest amounts; amounts that
    // differ in one digit of four bits, with the others against it.
    let mut cases = vec![
        (2500, 50, 2500, 2500),
        (2500, 50, 2375, 2500),
        (2500, 50, 2374, 2500),
        (2500, 50, 2600, 2374),
        (2500, 50, 9000, 2501),
        (2500, 50, 0, 0),
        (0, 0, 0, 0),
        (1, 999, 0, 1),
        (1, 999, 1, 1),
        (MOST, 0, MOST, MOST),
        (MOST, 0, MOST - 1, MOST),
        (MOST, 0, 1 << 16, (1 << 32) - 1),
        (MOST, 999, 65, 66),
        (MOST, 999, 66, 66),
        (0x1000, 0, 0x0fff, 0x1000),
        (0x0fff, 0, 0x1000, 0x0fff),
        (0x8f0f, 0, 0x8f10, 0x9000),
        (0x8f10, 0, 0x9000, 0x8f0f),
        (0xf000, 0, 0xf000, 0x0fff),
    ];
    if std::env::var_os("VEILGRID_THOROUGH").is_some_and(|set| set == "1") {
        for _ in 0..500 {
            let (matched, tolerance) = (u64::from(rng.next_u32()) & MOST, (rng.next_u32() % 1000) as u16);
            let all = edges(matched, tolerance);
            let [sold, bought] = [(); 2].map(|()| all[rng.next_u32() as usize % all.len()]);
            cases.push((matched, tolerance, sold, bought));
        }
    }
    keys();
    let start = Instant::now();
    for (matched, tolerance, sold, bought) in &cases {
        let found = on_ciphertexts(&mut rng, *matched, *tolerance, *sold, *bought);
        assert_eq!(found, native(*matched, *tolerance, *sold, *bought), "{matched} {tolerance} {sold} {bought}");
    }
    eprintln!("{} verdicts in {:.1} s", cases.len(), start.elapsed().as_secs_f32());
}

#[test]
fn a_threshold_that_no_ciphertext_holds_is_refused() {
    let mut rng = ChaCha20Rng::from_seed([4; 32]);
    let mut refused = |threshold| keys().public.encrypt_threshold(&mut rng, wh(threshold)).err();
    assert_eq!(refused(MOST), None);
    for threshold in [MOST + 1, (1 << 32) - 1] {
        assert_eq!(refused(threshold), Some(Error::TooMuch(threshold)));
    }
}

#[test]
fn keys_and_ciphertexts_follow_from_their_seeds() {
    let keys = keys();
    let again = DeviationSecretKey::from_bytes(*keys.secret.to_bytes());
    assert!(again.public_key().to_bytes() == keys.public.to_bytes());
    assert!(again.server_key() == keys.file, "the server key is another");
    let other = DeviationSecretKey::from_bytes([8; 16]);
    assert!(other.public_key().to_bytes() != keys.public.to_bytes());
    let encrypt = |seed| keys.public.encrypt_delivery(&mut ChaCha20Rng::from_seed([seed; 32]), wh(5)).to_bytes();
    assert!(encrypt(1) == encrypt(1) && encrypt(1) != encrypt(2));
}

/// Cut, longer, another kind's, and with single bits changed: refused, or read as the one value
/// that has this encoding. Gives how many changes were refused.
fn only_its_encoding(bytes: &[u8], read: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> usize {
    assert!(read(bytes).as_deref() == Some(bytes));
    for end in [0, 1, 7, 40, 100, bytes.len() / 2, bytes.len() - 8, bytes.len() - 1] {
        assert!(read(&bytes[..end]).is_none(), "cut at {end}");
    }
    assert!(read(&[bytes, &[0]].concat()).is_none());
    assert!(read(&[bytes, &[0; 8]].concat()).is_none());
    let mut refused = 0;
    // All of both ends, where lengths and parameters are, and every now and then a byte between.
    let ends = (0..400.min(bytes.len())).chain(bytes.len().saturating_sub(400)..bytes.len());
    for at in ends.chain((400..bytes.len()).step_by(bytes.len() / 50 + 1)) {
        for bit in 0..8 {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << bit;
            match read(&changed) {
                None => refused += 1,
                Some(again) => assert!(again == changed, "byte {at} bit {bit}: two encodings"),
            }
        }
    }
    refused
}

#[test]
fn nothing_but_the_one_encoding_is_read() {
    let keys = keys();
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let amount = keys.public.encrypt_delivery(&mut rng, wh(2400));
    let verdict = keys.server.evaluate(&amount, [&amount, &amount]);
    let [public, amount, verdict] = [keys.public.to_bytes(), amount.to_bytes(), verdict.to_bytes()];
    let lengths = [public.len(), amount.len(), verdict.len()];
    assert_eq!(lengths, [PUBLIC_KEY_BYTES, ENCRYPTED_ENERGY_BYTES, DEVIATION_BYTES]);
    let read = |b: &[u8]| DeviationPublicKey::from_bytes(b).ok().map(|x| x.to_bytes());
    assert!(only_its_encoding(&public, &read) > 300);
    assert!(read(&vec![0xff; public.len()]).is_none() && read(&vec![0; public.len()]).is_none());
    // Of a ciphertext every word is one of its values.
    assert_eq!(only_its_encoding(&amount, &|b| EncryptedEnergy::from_bytes(b).ok().map(|x| x.to_bytes())), 0);
    assert_eq!(only_its_encoding(&verdict, &|b| EncryptedVerdict::from_bytes(b).ok().map(|x| x.to_bytes())), 0);
    // One kind for another.
    assert_eq!(EncryptedEnergy::from_bytes(&verdict).err().map(|e| e.code()), Some("encoding"));
    assert_eq!(EncryptedVerdict::from_bytes(&amount).err().map(|e| e.code()), Some("encoding"));
}

#[test]
fn a_server_key_is_the_one_named_and_canonical() {
    let file = &keys().file;
    assert_eq!(file.len(), SERVER_KEY_BYTES);
    let load = |bytes: &[u8], named| DeviationServerKey::from_bytes(bytes, named).err();
    assert_eq!(load(file, BlobHash([0; 32])), Some(Error::OtherKey));
    assert_eq!(load(&file[1..], BlobHash::of(&file[1..])), Some(Error::OtherKey));
    for at in [0, 20, 60] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert_eq!(load(&changed, BlobHash::of(file)), Some(Error::OtherKey));
        assert_eq!(load(&changed, BlobHash::of(&changed)), Some(Error::Encoding("a server key")), "byte {at}");
    }
}

/// A ciphertext that nobody encrypted gives some bit, and no panic.
#[test]
fn a_garbled_ciphertext_gives_a_bit() {
    let keys = keys();
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let threshold = keys.public.encrypt_threshold(&mut rng, wh(2375)).unwrap();
    let mut garbled = vec![vec![0; ENCRYPTED_ENERGY_BYTES], vec![0xff; ENCRYPTED_ENERGY_BYTES]];
    let mut bytes = keys.public.encrypt_delivery(&mut rng, wh(2400)).to_bytes();
    let middle = bytes.len() / 2;
    rng.fill_bytes(&mut bytes[middle..middle + 64]);
    garbled.push(bytes);
    for bytes in garbled {
        let garbled = EncryptedEnergy::from_bytes(&bytes).unwrap();
        keys.secret.open(&keys.server.evaluate(&threshold, [&garbled, &garbled]));
        keys.secret.open(&keys.server.evaluate(&garbled, [&threshold, &garbled]));
    }
    let bit = EncryptedVerdict::from_bytes(&[0xff; DEVIATION_BYTES]).unwrap();
    keys.secret.open(&bit);
}

/// What a bit costs by the clock, on one thread, printed: five times, the least first. The time of
/// the whole program less that of another test that makes the same keys gives processor time.
#[test]
fn what_a_bit_costs() {
    let keys = keys();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let threshold = keys.public.encrypt_threshold(&mut rng, wh(2375)).unwrap();
    let amount = keys.public.encrypt_delivery(&mut rng, wh(2400));
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            keys.server.evaluate(&threshold, [&amount, &amount]);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    eprintln!("a bit: {times:.3?} s by the clock");
}
