//! Keys are deterministic, pinned, and kept on disk without trust; proofs are made only from
//! witnesses that satisfy the relation.

mod toy;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use circuits::pins::{Origin, Pin, Pins};
use circuits::setup::pin;
use circuits::{prove, verify, KeyError, KeyStore, PinError, PreparedVerifyingKey, ProveError, ProvingKey, Relation};
use protocol::relation::Statement;
use std::path::{Path, PathBuf};
use toy::*;

const SEED: [u8; 32] = [1; 32];

/// A folder for one test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("veilgrid-keys-test-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().path()).collect()
    }
    fn store(&self) -> KeyStore {
        KeyStore::with_pins(&self.0, pins(), SEED)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pins() -> Pins {
    Pins::new(vec![pin::<Cube>(&SEED).unwrap().0, pin::<Square>(&SEED).unwrap().0])
}

fn proves(key: &ProvingKey<Cube>) {
    let (s, w) = Cube::sample(&mut rng(3));
    let proof = prove(key, &s, &w, &mut rng(4)).unwrap();
    let verifying: PreparedVerifyingKey = cube_key().verifying_key().unwrap().into();
    assert_eq!(verify(&verifying, &s.inputs(), &proof), Ok(()));
}

#[test]
fn a_seed_and_a_relation_make_a_key() {
    let (pin_a, key) = pin::<Cube>(&SEED).unwrap();
    let (pin_b, _) = pin::<Cube>(&SEED).unwrap();
    assert_eq!(pin_a, pin_b);
    assert_eq!((pin_a.name.as_str(), pin_a.constraints, pin_a.key), ("merge", 5, key.id()));
    let (other_seed, _) = pin::<Cube>(&[2; 32]).unwrap();
    assert!(pin_a.key != other_seed.key && pin_a.proving != other_seed.proving);
    let (other_relation, _) = pin::<Square>(&SEED).unwrap();
    assert!(pin_a.key != other_relation.key);
}

#[test]
fn a_key_is_made_once_and_found_again() {
    let folder = Folder::new("once");
    let store = folder.store();
    proves(&store.proving_key::<Cube>().unwrap());
    let path = store.path("merge").unwrap();
    assert_eq!(folder.files(), [path.as_path()]);
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    proves(&store.proving_key::<Cube>().unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
    store.proving_key::<Square>().unwrap();
    assert_eq!(folder.files().len(), 2);
}

#[test]
fn a_damaged_file_is_made_again() {
    let folder = Folder::new("damaged");
    let store = folder.store();
    store.proving_key::<Cube>().unwrap();
    let path = store.path("merge").unwrap();
    let good = std::fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let longer = [&good[..], &[0]].concat();
    for bad in [&good[..good.len() / 2], &[], &flipped, &longer] {
        std::fs::write(&path, bad).unwrap();
        proves(&store.proving_key::<Cube>().unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), good);
    }
    assert_eq!(folder.files().len(), 1, "no temporary file is left");
}

#[test]
fn several_at_once_get_the_same_whole_key() {
    let folder = Folder::new("several");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| proves(&folder.store().proving_key::<Cube>().unwrap()));
        }
    });
    assert_eq!(folder.files().len(), 1);
}

#[test]
fn a_key_that_is_not_the_pinned_one_is_refused() {
    let folder = Folder::new("pins");
    // Another seed makes another key than the pinned one, and nothing is kept.
    let error = KeyStore::with_pins(&folder.0, pins(), [2; 32]).proving_key::<Cube>().unwrap_err();
    assert!(matches!(error, KeyError::PinMismatch(_)) && error.code() == "key-pin-mismatch");
    assert!(!folder.0.exists());
    // A key planted for another relation.
    let store = folder.store();
    store.proving_key::<Square>().unwrap();
    std::fs::copy(store.path("release").unwrap(), store.path("merge").unwrap()).unwrap();
    assert_eq!(store.proving_key::<Cube>().unwrap().id(), cube_key().id());
    // Either hash alone decides.
    let good = pin::<Cube>(&SEED).unwrap().0;
    let mut other_key = good.clone();
    other_key.key.0[0] ^= 1;
    let mut other_proving = good;
    other_proving.proving[31] ^= 1;
    for (i, pin) in [other_key, other_proving].into_iter().enumerate() {
        let folder = Folder::new(&format!("pins-{i}"));
        let store = KeyStore::with_pins(&folder.0, Pins::new(vec![pin]), SEED);
        assert!(matches!(store.proving_key::<Cube>(), Err(KeyError::PinMismatch(_))));
    }
    let unpinned = KeyStore::with_pins(&folder.0, Pins::default(), SEED).proving_key::<Cube>().unwrap_err();
    assert_eq!(unpinned.code(), "key-not-pinned");
}

#[test]
fn a_folder_that_cannot_be_used_is_an_error() {
    let store = KeyStore::with_pins(Path::new("/dev/null/keys"), pins(), SEED);
    assert_eq!(store.proving_key::<Cube>().unwrap_err().code(), "key-io");
}

#[test]
fn a_witness_that_does_not_satisfy_makes_no_proof() {
    let (s, w) = Cube::sample(&mut rng(3));
    for wrong in [w + Fr::ONE, -w, Fr::ZERO] {
        let error = prove(cube_key(), &s, &wrong, &mut rng(4)).unwrap_err();
        assert!(matches!(error, ProveError::Unsatisfied) && error.code() == "witness-unsatisfied");
    }
    let mut other = s.clone();
    other.0[1] = w.square();
    assert!(matches!(prove(cube_key(), &other, &w, &mut rng(4)), Err(ProveError::Unsatisfied)));
    proves(cube_key());
}

#[test]
fn two_proofs_of_one_statement_differ() {
    let (s, w) = Cube::sample(&mut rng(3));
    let proof = |seed| prove(cube_key(), &s, &w, &mut rng(seed)).unwrap();
    assert_eq!(proof(1), proof(1));
    assert!(proof(1) != proof(2));
}

#[test]
fn pins_are_read_strictly() {
    let pin = pin::<Square>(&SEED).unwrap().0;
    let line = pin.to_string();
    let read = |text: &str| Pins::parse(text);
    assert_eq!(read(&format!("# a comment\n\n{line}\n")).unwrap(), Pins::new(vec![pin.clone()]));
    assert_eq!(read("").unwrap(), Pins::default());
    for bad in [
        line.to_uppercase(),
        line.replace("release ", ""),
        format!("{line} more"),
        line[..line.len() - 1].to_owned(),
        line.replace(' ', ","),
        line.replace(" insecure", ""),
        line.replace("insecure", "secure"),
        line.replace("insecure", &"ab".repeat(31)),
    ] {
        assert!(matches!(read(&bad), Err(PinError::Line(_))), "{bad}");
    }
    let transcript = line.replace("insecure", &"ab".repeat(32));
    let ceremony = Pin { origin: Origin::Ceremony([0xab; 32]), ..pin.clone() };
    assert_eq!((read(&transcript).unwrap(), ceremony.to_string()), (Pins::new(vec![ceremony.clone()]), transcript));
    assert!(Pins::new(vec![pin.clone()]).is_insecure(pin.key) && !Pins::new(vec![ceremony]).is_insecure(pin.key));
    assert_eq!(read(&format!("{line}\n{line}")), Err(PinError::Repeated("release".to_owned())));
    let _: Option<&Pin> = Pins::default().get("release");
}

/// Else a key that everybody can make would pass for a ceremony's.
#[test]
fn a_ceremonys_key_is_not_made_from_the_seed() {
    let folder = Folder::new("ceremony");
    let pin = Pin { origin: Origin::Ceremony([1; 32]), ..pin::<Square>(&SEED).unwrap().0 };
    let store = KeyStore::with_pins(&folder.0, Pins::new(vec![pin]), SEED);
    assert_eq!(store.proving_key::<Square>().unwrap_err().code(), "key-from-ceremony");
    // The file that the ceremony published is taken.
    let key = ProvingKey::<Square>::from_insecure_seed(&SEED).unwrap();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(store.path("release").unwrap(), key.encode()).unwrap();
    assert_eq!(store.proving_key::<Square>().unwrap().id(), key.id());
}
