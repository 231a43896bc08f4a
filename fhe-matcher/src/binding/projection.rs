//! The random projection and its folding with the weights.

use crate::lanes::{best, Lanes, Work};
use protocol::relation::plan_ciphertext::{DEGREE as N, ROWS};
use rand_chacha::ChaCha12Rng;
use rand_core::{RngCore, SeedableRng};

/// Bytes of a column's bits.
pub(super) const COLUMN: usize = ROWS / 8;
/// Bits of a weight.
const WEIGHT_BITS: u32 = 119;
/// Columns that are drawn and folded at a time, and tables that are gone through together: so that bits, tables and sums stay in
/// the nearest cache, and a sum in registers for several tables.
const STRIP: usize = 128;
const TABLES: usize = 2;
/// Bits of a limb but the last, which has the sign and what is left of 127.
const LIMB: u32 = 40;

/// Pi: 256 rows, 2N columns, entry `plus - minus` of two random bits. Column by column, row i in bit `i % 8` of byte `i / 8`.
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

/// What all columns' plus bits are drawn from, and their minus bits: the second follow the first in one stream.
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

/// A sum of weights in three limbs, and nothing, so that a vector adds them without carrying: 64 sums of 8 weights stay
/// below 2^63 in each.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Limbs([i64; 4]);

impl Limbs {
    fn of(sum: i128) -> Self {
        let limb = |i: u32| (sum >> (i * LIMB)) & ((1 << LIMB) - 1);
        Limbs([limb(0) as i64, limb(1) as i64, (sum >> (2 * LIMB)) as i64, 0])
    }
    fn value(self) -> i128 {
        let [low, middle, high, _] = self.0.map(i128::from);
        low + (middle << LIMB) + (high << (2 * LIMB))
    }
}

/// A set of eight weights, a bit each, by its number: its sum.
type Table = [Limbs; 256];

fn table(eight: &[u128]) -> Table {
    let mut sums = [0i128; 256];
    for set in 1..256usize {
        sums[set] = sums[set & (set - 1)] + eight[set.trailing_zeros() as usize] as i128;
    }
    sums.map(Limbs::of)
}

/// A strip's columns, and where their sums go.
struct Strip<'a> {
    tables: &'a [Table],
    plus: &'a [[u8; COLUMN]; STRIP],
    minus: &'a [[u8; COLUMN]; STRIP],
    weights: &'a mut [i128],
}

impl Work for Strip<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let mut sums = [Limbs([0; 4]); STRIP];
        let (tables, _) = self.tables.as_chunks::<TABLES>();
        for (some, tables) in tables.iter().enumerate() {
            for ((sum, plus), minus) in sums.iter_mut().zip(self.plus).zip(self.minus) {
                let [plus, minus] = [plus, minus].map(|column| &column[some * TABLES..][..TABLES]);
                for ((table, plus), minus) in tables.iter().zip(plus).zip(minus) {
                    let (added, taken) = (&table[usize::from(*plus)].0, &table[usize::from(*minus)].0);
                    sum.0.iter_mut().zip(added).zip(taken).for_each(|((s, x), y)| *s += x - y);
                }
            }
        }
        self.weights.iter_mut().zip(sums).for_each(|(weight, sum)| *weight = sum.value());
    }
}

impl Folded {
    /// Pi from one seed, the weights from another, folded eight rows at a time by a table of the 256 sums of their weights.
    pub fn from_seeds(projection: [u8; 32], weights: [u8; 32]) -> Self {
        let mut rng = ChaCha12Rng::from_seed(weights);
        let rows: Vec<u128> = (0..ROWS)
            .map(|_| {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                u128::from_le_bytes(bytes) >> (128 - WEIGHT_BITS)
            })
            .collect();
        let tables: Vec<Table> = rows.chunks_exact(8).map(table).collect();
        let [mut plus, mut minus] = streams(projection);
        let [mut added, mut taken] = [[[0; COLUMN]; STRIP]; 2];
        let mut weights = vec![0i128; 2 * N];
        for strip in weights.chunks_exact_mut(STRIP) {
            plus.fill_bytes(added.as_flattened_mut());
            minus.fill_bytes(taken.as_flattened_mut());
            best(Strip { tables: &tables, plus: &added, minus: &taken, weights: strip });
        }
        Folded { weights, rows }
    }
}
