//! The keys that this version of Veilgrid knows: `keys.pins` names them by hash, `keys/` holds the
//! verifying keys themselves. So a validator needs no setup.
//!
//! A line of `keys.pins`: relation, number of constraints, SHA-256 of the circuit's matrices, id of
//! the verifying key, SHA-256 of the proving key, and the key's origin. The command
//! `VEILGRID_WRITE_PINS=1 cargo test --release -p veilgrid-circuits --test pins` writes both. A
//! change in any of them is a change of the protocol.

use crate::{
    error::PinError,
    verifying_key::{KeyId, VerifyingKey},
};

#[path = "keys/table.rs"]
mod table;

/// How a key was made, which says whether its trapdoor is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the public seed (`insecure` in the file): whoever reads the seed can prove anything
    /// under the key. On network `main` it is refused.
    Insecure,
    /// By a ceremony whose transcript has this SHA-256.
    Ceremony([u8; 32]),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Insecure => f.write_str("insecure"),
            Origin::Ceremony(transcript) => write!(f, "{}", KeyId(*transcript)),
        }
    }
}

/// The hashes that pin one relation's circuit and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The relation's name.
    pub name: String,
    /// Number of constraints.
    pub constraints: usize,
    /// SHA-256 of the circuit's matrices.
    pub circuit: [u8; 32],
    /// Id of the verifying key.
    pub key: KeyId,
    /// SHA-256 of the proving key's bytes.
    pub proving: [u8; 32],
    /// How the keys were made.
    pub origin: Origin,
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Pin { name, constraints, circuit, key, proving, origin } = self;
        write!(f, "{name} {constraints} {} {key} {} {origin}", KeyId(*circuit), KeyId(*proving))
    }
}

/// A list of pins, one for each version of each relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(Vec<Pin>);

impl Pins {
    /// The pins that this program embeds.
    pub fn embedded() -> Self {
        Self::parse(include_str!("keys.pins")).expect("a test reads the file")
    }

    /// A list of pins, one for each version of each relation.
    pub fn new(pins: Vec<Pin>) -> Self {
        Pins(pins)
    }

    /// Reads lines of pins. It skips empty lines and lines that start with `#`. Error:
    /// [`PinError`].
    pub fn parse(text: &str) -> Result<Self, PinError> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let mut pins = Pins::default();
        for pin in lines.map(parse_line) {
            let pin = pin?;
            if pins.get(&pin.name).is_some() {
                return Err(PinError::Repeated(pin.name));
            }
            pins.0.push(pin);
        }
        Ok(pins)
    }

    /// The pin of this name; None when there is none.
    pub fn get(&self, name: &str) -> Option<&Pin> {
        self.0.iter().find(|p| p.name == name)
    }

    /// Whether a verifying key is known to be from the public seed, whatever relation it is pinned
    /// for.
    pub fn is_insecure(&self, key: KeyId) -> bool {
        self.0.iter().any(|pin| pin.key == key && pin.origin == Origin::Insecure)
    }

    /// All pins, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Pin> {
        self.0.iter()
    }
}

fn parse_line(line: &str) -> Result<Pin, PinError> {
    let bad = || PinError::Line(line.to_owned());
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [name, constraints, circuit, key, proving, origin] = fields[..] else { return Err(bad()) };
    Ok(Pin {
        name: name.to_owned(),
        constraints: constraints.parse().map_err(|_| bad())?,
        circuit: hex32(circuit).ok_or_else(bad)?,
        key: KeyId(hex32(key).ok_or_else(bad)?),
        proving: hex32(proving).ok_or_else(bad)?,
        origin: match origin {
            "insecure" => Origin::Insecure,
            transcript => Origin::Ceremony(hex32(transcript).ok_or_else(bad)?),
        },
    })
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    for (o, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |d: u8| match d {
            b'0'..=b'9' => Some(d - b'0'),
            b'a'..=b'f' => Some(d - b'a' + 10),
            _ => None,
        };
        *o = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(out)
}

/// The first version of a relation's verifying key, checked against its pin. Error: [`PinError`].
pub fn verifying_key(name: &str) -> Result<VerifyingKey, PinError> {
    let missing = || PinError::Missing(name.to_owned());
    let pins = Pins::embedded();
    let pin = pins.get(name).ok_or_else(missing)?;
    let (_, bytes) = table::TABLE.iter().find(|(n, _)| *n == name).ok_or_else(missing)?;
    let key = VerifyingKey::decode(bytes)?;
    if key.id() == pin.key {
        Ok(key)
    } else {
        Err(PinError::Mismatch(name.to_owned()))
    }
}

/// The later versions of a relation's verifying key, the oldest first. They are pinned as `NAME.2`,
/// `NAME.3` and so on.
pub fn later_verifying_keys(name: &str) -> Result<Vec<VerifyingKey>, PinError> {
    let pins = Pins::embedded();
    let names = (2u32..).map(|version| format!("{name}.{version}")).take_while(|name| pins.get(name).is_some());
    names.map(|name| verifying_key(&name)).collect()
}

/// The source of `keys/table.rs` for these relations.
pub fn table_source(names: &[&str]) -> String {
    let rows: String = names.iter().map(|n| format!("    (\"{n}\", include_bytes!(\"{n}.vk\")),\n")).collect();
    let table = if rows.is_empty() { "&[]".to_owned() } else { format!("&[\n{rows}]") };
    format!("//! Verifying keys by relation: written with the pins, see `pins.rs`.\n\npub(super) const TABLE: &[(&str, &[u8])] = {table};\n")
}
