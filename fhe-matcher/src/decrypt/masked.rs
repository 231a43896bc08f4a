//! The opening of masked scores. This code cannot tell whether a vector is what it should be, since
//! its opener has no seed. **Certificates of validators show it**, and the wallet demands them
//! first (docs/protocol/30-matching.md).

use super::Opener;
use crate::columns::{fold_difference, Columns};
use crate::key::MatchingSecretKey;
use crate::mask::MaskedScores;
use crate::parameters::{FEASIBLE_MAX, INFEASIBLE_MAX, OFFSET_MAX, PLAINTEXT_MODULUS, PRIMES};
use crate::ring::{lift_centred, reduce_once};
use crate::Error;
use market::score::BIG;
use zeroize::Zeroizing;

/// The slots of least score, in order. The caller has made sure that the vector follows from the
/// ledger's plans and the committed seed. Error: [`Error::NotAScore`] if its values are further
/// apart than scores and reference can be, or greater than the greatest offset makes them. The
/// vector is then refused as a whole, and the error does not say which value is wrong.
pub fn least_slots(key: &MatchingSecretKey, masked: &MaskedScores) -> Result<Vec<u16>, Error> {
    let phases = masked_phases(key, masked);
    // The remainder modulo t, a power of two, in 0..t.
    let values = phases.iter().map(|phase| *phase as i64 & (PLAINTEXT_MODULUS as i64 - 1)).collect();
    least(Zeroizing::new(values))
}

/// The phases, in `-Q/2..Q/2`: offset score plus t times noise and flood.
pub(super) fn masked_phases(key: &MatchingSecretKey, masked: &MaskedScores) -> Zeroizing<Vec<i128>> {
    let Opener { s, folding } = Opener::new(key);
    let s_s = Zeroizing::new(Columns::sum_of_products([(&*s, &*folding)]));
    let mut phases = Zeroizing::new(Vec::with_capacity(masked.slots()));
    for pack in masked.packs() {
        let rest = fold_difference([(&pack.c2, &s_s)], [(&pack.c1, &folding)]);
        let residue = |i: usize, slot: usize| reduce_once(pack.c0[i][slot] + rest[i][slot], PRIMES[i]);
        phases.extend((0..pack.c0[0].len()).map(|slot| lift_centred(residue(0, slot), residue(1, slot))));
    }
    phases
}

/// The indices of the least values, if all values can be offset scores with a reference. The values
/// are below t.
fn least(values: Zeroizing<Vec<i64>>) -> Result<Vec<u16>, Error> {
    // x where x < y, else y, without a branch.
    let lesser = |x: i64, y: i64| y + ((x - y) & ((x - y) >> 63));
    let least = values.iter().fold(i64::MAX >> 1, |least, value| lesser(least, *value));
    let greatest = -values.iter().fold(i64::MAX >> 1, |least, value| lesser(least, -value));
    let apart = i64::from(INFEASIBLE_MAX) - (greatest - least);
    let too_small = greatest - i64::from(FEASIBLE_MAX + 1);
    let too_great = i64::from(BIG + OFFSET_MAX) - least;
    if (apart | too_small | too_great) >> 63 != 0 {
        return Err(Error::NotAScore);
    }
    Ok((0..).zip(values.iter()).filter(|(_, value)| **value == least).map(|(slot, _)| slot).collect())
}

#[cfg(test)]
mod tests;
