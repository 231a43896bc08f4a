//! The random projection and its folding with the weights.

use protocol::relation::plan_ciphertext::{DEGREE as N, ROWS};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// Bytes of a column's bits.
pub(super) const COLUMN: usize = ROWS / 8;
/// Bits of a weight.
const WEIGHT_BITS: u32 = 119;

/// Pi: 256 rows, 2N columns, entry `plus - minus` of two random bits. Column by column, row i in bit `i % 8` of byte `i / 8`.
pub(super) struct Projection {
    pub plus: Vec<[u8; COLUMN]>,
    pub minus: Vec<[u8; COLUMN]>,
}

/// `gamma Pi`, and gamma.
pub(super) struct Folded {
    /// 2N sums of at most 256 weights: below 2^127 in absolute value.
    pub weights: Vec<i128>,
    /// The 256 weights.
    pub rows: Vec<u128>,
}

impl Projection {
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut draw = || {
            let mut columns = vec![[0; COLUMN]; 2 * N];
            rng.fill_bytes(columns.as_flattened_mut());
            columns
        };
        Projection { plus: draw(), minus: draw() }
    }

    /// Weights from a seed, folded in: eight rows at a time by a table of the 256 sums of their weights.
    pub fn fold(&self, seed: [u8; 32]) -> Folded {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let rows: Vec<u128> = (0..ROWS)
            .map(|_| {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                u128::from_le_bytes(bytes) >> (128 - WEIGHT_BITS)
            })
            .collect();
        let mut weights = vec![0i128; 2 * N];
        for (byte, eight) in rows.chunks_exact(8).enumerate() {
            let mut table = [0i128; 256];
            for set in 1..256usize {
                let lowest = set.trailing_zeros() as usize;
                table[set] = table[set & (set - 1)] + eight[lowest] as i128;
            }
            for ((weight, plus), minus) in weights.iter_mut().zip(&self.plus).zip(&self.minus) {
                *weight += table[usize::from(plus[byte])] - table[usize::from(minus[byte])];
            }
        }
        Folded { weights, rows }
    }
}
