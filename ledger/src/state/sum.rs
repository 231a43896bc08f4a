//! The sum over a state's entries: a hash of a set that follows the set's changes one by one
//! (docs/protocol/40-ledger.md, "The state's digest").
//!
//! Each entry is stretched to 1,024 numbers of 16 bits by BLAKE3, and the sum of the entries is
//! taken number by number, modulo 2^16. An entry is added and taken away at the cost of itself,
//! whatever else is in the set, and the order does not matter. This is LtHash16 (Bellare and
//! Micciancio, "A new paradigm for collision-free hashing", 1997; Lewi, Kim, Maykov and Weis,
//! "Securing update propagation with homomorphic hashing", 2019).
//!
//! Two sets with one sum give a relation with coefficients -1, 0 and 1 among stretched entries,
//! which is a short solution of a random lattice problem of dimension 1,024 modulo 2^16. Lewi et
//! al. put finding one beyond 2^200 operations, for coefficients up to 2^16 even. Ours are at most
//! 1, since a table has each key once. The generalised birthday attack (Wagner, 2002), which breaks
//! such sums of few bits, needs about 2^(2 sqrt(16384)) = 2^256 operations. That is why a sum takes
//! 2,048 bytes and not 32.

use std::fmt;

/// Numbers in a sum.
const LANES: usize = 1024;

/// The sum of entries, beginning with none.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sum(Box<[u16; LANES]>);

impl Default for Sum {
    fn default() -> Self {
        Sum(Box::new([0; LANES]))
    }
}

impl Sum {
    /// Adds an entry, given by an encoding that no other entry of any table has.
    pub fn add(&mut self, entry: &[u8]) {
        self.combine(entry, u16::wrapping_add);
    }
    /// Takes away an entry that was added.
    pub fn remove(&mut self, entry: &[u8]) {
        self.combine(entry, u16::wrapping_sub);
    }
    fn combine(&mut self, entry: &[u8], with: fn(u16, u16) -> u16) {
        let mut bytes = [0; 2 * LANES];
        blake3::Hasher::new().update(b"veilgrid/state-entry/1\0").update(entry).finalize_xof().fill(&mut bytes);
        let (numbers, _) = bytes.as_chunks::<2>();
        for (lane, number) in self.0.iter_mut().zip(numbers) {
            *lane = with(*lane, u16::from_le_bytes(*number));
        }
    }
    /// The numbers, each little end first.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }
}

impl fmt::Debug for Sum {
    /// The first numbers only: a thousand help nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({:04x?} ...)", &self.0[..4])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_matter_and_what_is_taken_away_is_gone() {
        let of = |entries: &[&[u8]]| {
            let mut sum = Sum::default();
            entries.iter().for_each(|entry| sum.add(entry));
            sum
        };
        assert_eq!(of(&[b"a", b"b", b"c"]), of(&[b"c", b"a", b"b"]));
        let mut sum = of(&[b"a", b"b"]);
        sum.remove(b"a");
        assert_eq!(sum, of(&[b"b"]));
        sum.remove(b"b");
        assert_eq!(sum, Sum::default());
        assert!(of(&[b"a", b"a"]) != of(&[]) && of(&[b"ab"]) != of(&[b"a", b"b"]));
    }

    /// The numbers are frozen: every node has to reach the same ones.
    #[test]
    fn an_entry_is_stretched_as_before() {
        let mut sum = Sum::default();
        sum.add(b"veilgrid");
        assert_eq!(protocol::encoding::digest("test", &sum.to_bytes())[..4], FROZEN);
    }
    const FROZEN: [u8; 4] = [224, 146, 172, 219];
}
