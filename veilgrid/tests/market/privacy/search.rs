//! The secrets that must not be found, in every encoding in use, and the search for them.

use protocol::encoding::Canonical;
use protocol::Fr;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes by which a needle is looked up; none is shorter.
const START: usize = 6;

/// The secrets that must not be found, by name.
#[derive(Default)]
pub struct Needles {
    /// The secrets' encodings, by their first bytes.
    all: BTreeMap<[u8; START], Vec<(String, Vec<u8>)>>,
    /// The number of secrets, each counted once.
    pub count: usize,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A number of so many decimals, less the zeros at its end, as the product prints money and prices.
fn decimal(value: u64, decimals: usize) -> String {
    let unit = 10u64.pow(decimals as u32);
    format!("{}.{:0decimals$}", value / unit, value % unit).trim_end_matches('0').to_string()
}

impl Needles {
    fn needle(&mut self, name: &str, bytes: &[u8]) {
        let start = bytes[..START].try_into().unwrap();
        self.all.entry(start).or_default().push((name.to_string(), bytes.to_vec()));
    }
    /// Bytes, in hexadecimal of either case, and as a list of numbers.
    fn forms(&mut self, name: &str, bytes: &[u8]) {
        self.needle(name, bytes);
        self.needle(name, hex(bytes).as_bytes());
        self.needle(name, hex(bytes).to_uppercase().as_bytes());
        let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
        self.needle(name, list.join(", ").as_bytes());
        self.needle(name, list.join(",").as_bytes());
    }
    /// Text as it is.
    pub fn text(&mut self, name: &str, text: &str) {
        self.count += 1;
        self.needle(name, text.as_bytes());
    }
    /// Bytes in every form, either way round.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= 16 && bytes.iter().any(|b| *b != 0), "{name}");
        self.count += 1;
        self.forms(name, bytes);
        self.forms(name, &bytes.iter().rev().copied().collect::<Vec<u8>>());
    }
    /// A field element: as its bytes and in decimal.
    pub fn element(&mut self, name: &str, x: Fr) {
        self.bytes(name, &x.to_bytes());
        self.needle(name, x.to_string().as_bytes());
    }
    /// A quantity of six decimal digits or more: as 8 bytes in every form, either way round (every
    /// encoding writes it so, and a field element that holds it begins so), in hexadecimal without
    /// leading zeros if that has six digits, in decimal, and in decimal in units a thousand, a
    /// million and 10^9 times as large, as energy, prices and money are shown to people. Quantities
    /// are not searched for as 4 bytes: no code writes them so, and any 4 bytes stand in some
    /// ciphertext by chance.
    pub fn quantity(&mut self, name: &str, value: u64) {
        assert!(value >= 100_000, "{name}: {value} occurs by chance");
        self.count += 1;
        self.forms(name, &value.to_le_bytes());
        self.forms(name, &value.to_be_bytes());
        let texts = [format!("{value:x}"), format!("{value:X}"), value.to_string()];
        let units = [3, 6, 9].map(|decimals| decimal(value, decimals));
        for text in texts.iter().chain(&units).filter(|text| text.len() >= START) {
            self.needle(name, text.as_bytes());
        }
    }
    /// The names of the secrets that stand in these bytes.
    pub fn found(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for (at, window) in bytes.windows(START).enumerate() {
            let Some(starting) = self.all.get(window) else { continue };
            found.extend(starting.iter().filter(|(_, n)| bytes[at..].starts_with(n)).map(|(name, _)| name.as_str()));
        }
        found
    }
    /// Checks that each form of each secret is found when the test puts it among these bytes, which
    /// do not have it.
    pub fn would_be_found(&self, among: &[u8]) {
        for (name, needle) in self.all.values().flatten() {
            let mut leaky = among.to_vec();
            leaky.splice(7..7, needle.iter().copied());
            assert!(self.found(&leaky).contains(name.as_str()), "{name}");
        }
    }
}
