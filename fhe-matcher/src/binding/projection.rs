//! The random projection and its folding with the weights.

use protocol::relation::plan_ciphertext::{DEGREE as N, ROWS};
use rand_chacha::ChaCha12Rng;
use rand_core::{RngCore, SeedableRng};

/// Bytes of a column's bits.
pub(super) const COLUMN: usize = ROWS / 8;
/// Bits of a weight.
const WEIGHT_BITS: u32 = 119;
/// Numbers of columns that are drawn and folded at a time, and of tables that are used together.
/// Bits, tables and sums so stay in the nearest cache, and a sum stays in registers for several
/// tables.
const STRIP: usize = 128;
const TABLES: usize = 4;

/// Pi: 256 rows, 2N columns, entry `plus - minus` of two random bits. Column by column, row i in
/// bit `i % 8` of byte `i / 8`.
#[cfg(feature = "prove")]
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

/// The streams of all columns' plus bits and minus bits. The second follow the first in one stream.
fn streams(seed: [u8; 32]) -> [ChaCha12Rng; 2] {
    let (plus, mut minus) = (ChaCha12Rng::from_seed(seed), ChaCha12Rng::from_seed(seed));
    minus.set_word_pos((2 * N * COLUMN / 4) as u128);
    [plus, minus]
}

#[cfg(feature = "prove")]
impl Projection {
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let [plus, minus] = streams(seed).map(|mut stream| {
            let mut columns = vec![[0; COLUMN]; 2 * N];
            stream.fill_bytes(columns.as_flattened_mut());
            columns
        });
        Projection { plus, minus }
    }
}

impl Folded {
    /// Pi from one seed, the weights from another, folded eight rows at a time by a table of the
    /// 256 sums of their weights.
    pub fn from_seeds(projection: [u8; 32], weights: [u8; 32]) -> Self {
        let mut rng = ChaCha12Rng::from_seed(weights);
        let rows: Vec<u128> = (0..ROWS)
            .map(|_| {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                u128::from_le_bytes(bytes) >> (128 - WEIGHT_BITS)
            })
            .collect();
        let tables: Vec<[i128; 256]> = rows.chunks_exact(8).map(sums).collect();
        let [mut plus, mut minus] = streams(projection);
        let [mut added, mut taken] = [[[0; COLUMN]; STRIP]; 2];
        let mut weights = vec![0i128; 2 * N];
        for strip in weights.chunks_exact_mut(STRIP) {
            plus.fill_bytes(added.as_flattened_mut());
            minus.fill_bytes(taken.as_flattened_mut());
            for (some, tables) in tables.chunks_exact(TABLES).enumerate() {
                for ((weight, plus), minus) in strip.iter_mut().zip(&added).zip(&taken) {
                    let [plus, minus] = [plus, minus].map(|column| &column[some * TABLES..][..TABLES]);
                    for ((table, plus), minus) in tables.iter().zip(plus).zip(minus) {
                        *weight += table[usize::from(*plus)] - table[usize::from(*minus)];
                    }
                }
            }
        }
        Folded { weights, rows }
    }
}

/// For each set of eight weights, named by its bits, the sum.
fn sums(eight: &[u128]) -> [i128; 256] {
    let mut table = [0i128; 256];
    for set in 1..256usize {
        table[set] = table[set & (set - 1)] + eight[set.trailing_zeros() as usize] as i128;
    }
    table
}
