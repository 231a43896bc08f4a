//! A memory of gadgets' results, for tests that synthesise the values of one circuit many thousand
//! times, most of them the same each time. The values are those that the gadget would make;
//! matrices are never made from here.

use super::{lin::Lin, Cs};
use ark_relations::gr1cs::SynthesisError;

/// The result of `make` for these inputs of this gadget, from memory where it is there.
#[cfg(not(test))]
pub(crate) fn remembered(
    _: &Cs,
    _: &'static str,
    _: &[&Lin],
    make: impl FnOnce() -> Result<Vec<Lin>, SynthesisError>,
) -> Result<Vec<Lin>, SynthesisError> {
    make()
}

#[cfg(test)]
pub(crate) use tests::remembered;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gadget::lin::witness;
    use ark_bls12_381::Fr;
    use std::{cell::RefCell, collections::HashMap};

    /// The gadget, its inputs' values, and whether they are constant.
    type Key = (&'static str, Vec<(Fr, bool)>);
    /// The witnesses that it allocated, and what it returned.
    type Made = (Vec<Fr>, Vec<Lin>);

    /// The greatest number of results: some 40 MB.
    const KEPT: usize = 4_000;

    thread_local! {
        static MADE: RefCell<HashMap<Key, Made>> = RefCell::default();
    }

    pub(crate) fn remembered(
        cs: &Cs,
        gadget: &'static str,
        inputs: &[&Lin],
        make: impl FnOnce() -> Result<Vec<Lin>, SynthesisError>,
    ) -> Result<Vec<Lin>, SynthesisError> {
        if cs.should_construct_matrices() {
            return make();
        }
        let key = (gadget, inputs.iter().map(|x| (x.value, x.is_constant())).collect());
        if let Some((witnesses, out)) = MADE.with_borrow(|m| m.get(&key).cloned()) {
            witnesses.into_iter().try_for_each(|x| witness(cs, x).map(|_| ()))?;
            return Ok(out);
        }
        let before = cs.num_witness_variables();
        let out = make()?;
        let witnesses = cs.borrow().expect("it is there").assignments.witness_assignment[before..].to_vec();
        MADE.with_borrow_mut(|m| {
            if m.len() == KEPT {
                m.clear();
            }
            m.insert(key, (witnesses, out.clone()));
        });
        Ok(out)
    }
}
