//! Linear algebra over the field, sparse: which unknowns a set of linear equations `... = 0` fixes.

use super::Index;
use ark_bls12_381::Fr;
use ark_ff::{Field, Zero};
use std::collections::BTreeMap;

/// Equations in reduced echelon form.
#[derive(Default)]
pub(super) struct Echelon {
    /// The equations by pivot. A pivot has coefficient 1 and is in no other equation.
    rows: BTreeMap<Index, BTreeMap<Index, Fr>>,
}

impl Echelon {
    /// Adds an equation.
    pub fn add(&mut self, entries: Vec<(Index, Fr)>) {
        let mut row: BTreeMap<Index, Fr> = BTreeMap::new();
        for (x, k) in entries {
            match self.rows.get(&x) {
                Some(known) => add_scaled(&mut row, -k, known.iter().filter(|(y, _)| **y != x)),
                None => add_scaled(&mut row, k, [(&x, &Fr::from(1u64))]),
            }
        }
        let Some((pivot, k)) = row.first_key_value().map(|(x, k)| (*x, *k)) else { return };
        let inverse = k.inverse().expect("entries are not zero");
        row.values_mut().for_each(|k| *k *= inverse);
        for other in self.rows.values_mut() {
            if let Some(k) = other.get(&pivot).copied() {
                add_scaled(other, -k, &row);
            }
        }
        self.rows.insert(pivot, row);
    }

    /// Number of independent equations.
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Whether the unknown is zero in every solution.
    pub fn fixes(&self, x: Index) -> bool {
        self.rows.get(&x).is_some_and(|row| row.len() == 1)
    }
}

fn add_scaled<'a>(sum: &mut BTreeMap<Index, Fr>, k: Fr, row: impl IntoIterator<Item = (&'a Index, &'a Fr)>) {
    for (x, c) in row {
        let entry = sum.entry(*x).or_default();
        *entry += k * c;
        if entry.is_zero() {
            sum.remove(x);
        }
    }
}
