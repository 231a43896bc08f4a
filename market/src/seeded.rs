//! Numbers from a seed. They are integers, and the same on every machine and in every version.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// A stream of numbers from a seed.
pub struct Seeded(ChaCha20Rng);

impl Seeded {
    /// Stream number `stream` of a seed. Streams are independent of each other.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Seeded(rng)
    }

    /// A number in `least..=most`. Its bias is below 2^-32 for the small ranges used here.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        let count = u128::from(most - least) + 1;
        least + ((u128::from(self.0.next_u64()) * count) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_frozen() {
        let draw = |seed, stream| {
            let mut seeded = Seeded::new(seed, stream);
            [0; 4].map(|_| seeded.between(0, 999))
        };
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
        assert_ne!(draw(1, 0), draw(2, 0));
        assert_eq!(draw(1, 0), [618, 153, 546, 430]);
        let mut seeded = Seeded::new(7, 7);
        assert!((0..1000).all(|_| (3..=5).contains(&seeded.between(3, 5))));
        assert_eq!(seeded.between(9, 9), 9);
        seeded.between(0, u64::MAX);
    }
}
