//! The keys in the source are those of the circuits in the source.
//!
//! After a change of a circuit,
//! `VEILGRID_WRITE_PINS=1 cargo test --release -p veilgrid-circuits --test pins` writes
//! `keys.pins`, `keys/*.vk` and `keys/table.rs` anew. Then run the tests again.

use circuits::pins::{table_source, verifying_key, Origin, Pins};
use circuits::setup::{Circuit, INSECURE_SEED, RECIPES};
use circuits::{KeyError, KeyId};
use std::path::Path;

const HEAD: &str = "# relation, constraints, digest of the circuit, id of the verifying key, SHA-256 of the proving key, origin (insecure, or SHA-256 of the ceremony's transcript): see pins.rs\n";

fn write() -> Result<(), KeyError> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = HEAD.to_owned();
    for recipe in RECIPES {
        let (pin, key) = (recipe.pin)(&INSECURE_SEED)?;
        text += &format!("{pin}\n");
        std::fs::write(source.join("keys").join(format!("{}.vk", pin.name)), key.encode()).unwrap();
    }
    let names: Vec<&str> = RECIPES.iter().map(|r| r.name).collect();
    std::fs::write(source.join("keys/table.rs"), table_source(&names)).unwrap();
    std::fs::write(source.join("keys.pins"), text).unwrap();
    Ok(())
}

#[test]
fn pins_are_those_of_the_circuits() {
    if std::env::var_os("VEILGRID_WRITE_PINS").is_some() {
        return write().unwrap();
    }
    let pins = Pins::embedded();
    let names: Vec<&str> = pins.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, RECIPES.iter().map(|r| r.name).collect::<Vec<_>>());
    for (pin, recipe) in pins.iter().zip(RECIPES) {
        let circuit = (recipe.circuit)().unwrap();
        let pinned = Circuit { constraints: pin.constraints, digest: pin.circuit };
        assert_eq!(circuit, pinned, "{}: the circuit has changed and its keys have not", pin.name);
        // This fails unless the embedded key is the pinned one.
        verifying_key(&pin.name).unwrap();
    }
    assert_eq!(verifying_key("no-such-relation").unwrap_err().code(), "key-not-pinned");
}

/// Every pinned key is from the public seed, and its pin says so.
#[test]
fn every_pin_from_the_seed_says_that_it_is_insecure() {
    let pins = Pins::embedded();
    assert!(pins.iter().all(|pin| pin.origin == Origin::Insecure && pins.is_insecure(pin.key)));
    assert!(!pins.is_insecure(KeyId([1; 32])));
}

/// The setup still makes the pinned keys. The smallest circuit stands for all here; a key store
/// checks the pins of the others whenever it makes them.
#[test]
fn the_smallest_key_is_made_anew() {
    if std::env::var_os("VEILGRID_WRITE_PINS").is_some() {
        return;
    }
    let pins = Pins::embedded();
    let recipe = RECIPES.iter().min_by_key(|r| pins.get(r.name).map(|p| p.constraints)).unwrap();
    let (pin, key) = (recipe.pin)(&INSECURE_SEED).unwrap();
    assert_eq!(Some(&pin), pins.get(recipe.name));
    assert_eq!(key, verifying_key(recipe.name).unwrap());
}

/// A proof's cost grows in steps, with the power of two that holds its constraints and inputs. A
/// plan's must fit 2^14.
#[test]
fn plans_fit_a_domain_of_2_to_the_14() {
    let pins = Pins::embedded();
    for name in ["sell-plan", "buy-plan"] {
        let (pin, key) = (pins.get(name).unwrap(), verifying_key(name).unwrap());
        // Strictly below, since the constant one takes a place, too.
        assert!(pin.constraints + key.input_count() < 1 << 14, "{name}: {} constraints", pin.constraints);
    }
}
