//! Every decoder refuses what is not canonical, and the encodings are frozen.

use crate::plans::{flat_bid, flat_offer, set_residue};
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer, PlanCiphertext, CIPHERTEXT_BYTES};
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES};
use fhe_matcher::parameters::{DEGREE, PRIMES};
use fhe_matcher::score::{score_vector, OfferBook};
use fhe_matcher::Error;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn encodings_are_frozen() {
    let mut rng = ChaCha20Rng::seed_from_u64(2024);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let offer = encrypt_offer(&public, &flat_offer(5, 6), &mut rng).unwrap();
    let bid = encrypt_bid(&public, &flat_bid(7, 8, 9), &mut rng).unwrap();
    let score = OfferBook::new(&[&offer]).score(&bid);
    let found = [
        hex(&Sha256::digest(secret.to_bytes())),
        hex(&public.digest()),
        hex(&Sha256::digest(offer.to_bytes())),
        hex(&Sha256::digest(bid.to_bytes())),
        hex(&Sha256::digest(score.packs()[0].to_bytes())),
        hex(&score_vector(&[&bid], &[&offer])[0].0),
    ];
    let frozen = [
        "ce72fdb5934f66c71cb36d527d41681c27005990e60dc735724b203d9231f899",
        "329057eec574279838d1c633f588135efd92f1f8a396fc3ce700539320b2edfb",
        "abc116f70393803b6d3df1344e9169c75d203748d2bfe70125547a75ae6a39dd",
        "26bd1d010d7cb58054d57abaecd0ae4bee5647b5c3040102ef8058e97d63ceeb",
        "a7ebad3df4767f36a5ad7c2b04b17e494e71d24cc33268578cd7e0375263b68b",
        "a09479c939d4aea8c8a298045ea6e54fe0fb99069ce36d361e6e15fd1d56100c",
    ];
    assert_eq!(found, frozen);
    assert_eq!(score.packs()[0].to_bytes().len(), 1 + 2 * (1 + 2 * DEGREE) * 52 / 8);
}

/// Both encodings are two polynomials; both decoders must refuse the same.
fn refuses_malformed(bytes: &[u8], decode: impl Fn(&[u8]) -> Result<Vec<u8>, Error>) {
    assert_eq!(decode(bytes).as_deref(), Ok(bytes));
    let longer = [bytes, &[0]].concat();
    for wrong in [&[], &bytes[..1], &bytes[..bytes.len() / 2], &bytes[..bytes.len() - 1], &longer] {
        assert!(matches!(decode(wrong), Err(Error::Encoding(_))));
    }
    assert!(matches!(decode(&vec![255; bytes.len()]), Err(Error::Encoding(_))));
    for half in 0..4 {
        for k in [0, 1, 2047, DEGREE - 1] {
            let mut changed = bytes.to_vec();
            set_residue(&mut changed, half * DEGREE + k, PRIMES[half % 2]);
            assert!(matches!(decode(&changed), Err(Error::Encoding(_))));
            set_residue(&mut changed, half * DEGREE + k, PRIMES[half % 2] - 1);
            assert_eq!(decode(&changed), Ok(changed));
        }
    }
}

#[test]
fn ciphertexts_and_public_keys_refuse_what_is_not_canonical() {
    let mut rng = ChaCha20Rng::seed_from_u64(20);
    let (_, public) = MatchingSecretKey::generate(&mut rng);
    let offer = encrypt_offer(&public, &flat_offer(5, 6), &mut rng).unwrap();
    assert_eq!((CIPHERTEXT_BYTES, PUBLIC_KEY_BYTES), (106_496, 106_496));
    refuses_malformed(&offer.to_bytes(), |bytes| PlanCiphertext::from_bytes(bytes).map(|c| c.to_bytes()));
    refuses_malformed(&public.to_bytes(), |bytes| MatchingPublicKey::from_bytes(bytes).map(|k| k.to_bytes()));
}

#[test]
fn public_keys_have_distinct_digests() {
    let mut rng = ChaCha20Rng::seed_from_u64(21);
    let (_, public) = MatchingSecretKey::generate(&mut rng);
    let mut bytes = public.to_bytes();
    assert_eq!(MatchingPublicKey::from_bytes(&bytes).unwrap().digest(), public.digest());
    bytes[0] ^= 1;
    assert_ne!(MatchingPublicKey::from_bytes(&bytes).unwrap().digest(), public.digest());
}

#[test]
fn secret_keys_survive_storage_and_know_their_public_half() {
    let mut rng = ChaCha20Rng::seed_from_u64(22);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let (_, other) = MatchingSecretKey::generate(&mut rng);
    let bytes = secret.to_bytes();
    assert_eq!(bytes.len(), SECRET_KEY_BYTES);
    let restored = MatchingSecretKey::from_bytes(&bytes).unwrap();
    assert_eq!(*restored.to_bytes(), *bytes);
    assert!(restored.fits(&public) && secret.fits(&public) && !restored.fits(&other));

    // one coefficient of the secret off, or one error of the public half out of its bounds: no fit
    let mut changed = bytes.clone();
    changed[500] = (changed[500] & !3) | (((changed[500] & 3) + 1) % 3);
    assert!(!MatchingSecretKey::from_bytes(&changed).unwrap().fits(&public));
    let mut moved = public.to_bytes();
    let index = 2 * DEGREE + 77;
    let bumped = (crate::plans::residue(&moved, index) + 1) % PRIMES[0];
    set_residue(&mut moved, index, bumped);
    assert!(!secret.fits(&MatchingPublicKey::from_bytes(&moved).unwrap()));
}

#[test]
fn malformed_secret_keys_are_refused() {
    let zeros = vec![0; SECRET_KEY_BYTES + 1];
    for length in [0, 1, SECRET_KEY_BYTES - 1, SECRET_KEY_BYTES + 1] {
        assert!(matches!(MatchingSecretKey::from_bytes(&zeros[..length]), Err(Error::Encoding(_))));
    }
    for position in [0, 511, SECRET_KEY_BYTES - 1] {
        for slot in 0..4 {
            let mut bytes = vec![0; SECRET_KEY_BYTES];
            bytes[position] = 3 << (2 * slot);
            assert!(matches!(MatchingSecretKey::from_bytes(&bytes), Err(Error::Encoding(_))));
        }
    }
}
