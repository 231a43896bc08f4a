//! Membership in the record tree (docs/protocol/10-records-and-keys.md): arity 4, 16 levels, a node
//! is `P4(c0, c1, c2, c3)[0] + c0`.
//!
//! 269 constraints a level: 2 bits, 3 to say that the child which the bits select is the node
//! below, 264 to compress.

use super::{
    lin::{enforce, product, Lin},
    poseidon,
    range::pack,
    variable_of, variable_of_bit, Bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_r1cs_std::alloc::AllocVar;
use ark_relations::gr1cs::{SynthesisError, Variable};

/// Levels of the tree.
pub const LEVELS: usize = 16;
/// Children of a node.
pub const ARITY: usize = 4;

/// From a leaf to the root: the four children of each node on the way, the leaf's own level first.
#[derive(Clone)]
pub struct Path {
    /// The leaf's index; two bits a level, little end first.
    pub position: u32,
    /// The children of the nodes on the way, the leaf and its siblings first.
    pub children: [[Fr; ARITY]; LEVELS],
}

/// The result of following a path.
pub struct Climb {
    /// The root that the path leads to.
    pub root: Var,
    /// The leaf's position, computed from the selectors, so that it can be trusted.
    pub position: Var,
    /// The variables that the prover chose: selectors and children.
    pub chosen: Vec<Variable>,
}

/// The root that the path leads to from `leaf`, and the leaf's position. A root under which the
/// leaf is not is impossible; whether it is an accepted one is the caller's.
pub fn climb(cs: &Cs, leaf: &Var, path: &Path) -> Result<Climb, SynthesisError> {
    let mut current = leaf.clone();
    let mut bits = Vec::with_capacity(2 * LEVELS);
    let mut chosen = Vec::with_capacity((2 + ARITY) * LEVELS);
    for (level, children) in path.children.iter().enumerate() {
        let bit = |i: usize| Bit::new_witness(cs.clone(), || Ok(path.position >> (2 * level + i) & 1 == 1));
        let (low, high) = (bit(0)?, bit(1)?);
        let mut vars = [const { Var::Constant(Fr::ZERO) }; ARITY];
        for (var, c) in vars.iter_mut().zip(children) {
            *var = Var::new_witness(cs.clone(), || Ok(*c))?;
        }
        chosen.extend([&low, &high].into_iter().filter_map(variable_of_bit));
        chosen.extend(vars.iter().filter_map(variable_of));
        selects(cs, &vars, &low, &high, &current)?;
        current = poseidon::compress(cs, &vars)?;
        bits.extend([low, high]);
    }
    Ok(Climb { root: current, position: pack(cs, &bits)?, chosen })
}

/// `children[low + 2 high] = current`: three constraints.
fn selects(cs: &Cs, children: &[Var; ARITY], low: &Bit, high: &Bit, current: &Var) -> Result<(), SynthesisError> {
    let mut c = Vec::with_capacity(ARITY);
    for x in children {
        c.push(Lin::of(cs, x)?);
    }
    let (low, high) = (Lin::bit(cs, low)?, Lin::bit(cs, high)?);
    let pick = |no: &Lin, yes: &Lin| -> Result<Lin, SynthesisError> {
        Ok(no.clone().plus(Fr::ONE, &product(cs, &low, &yes.clone().plus(-Fr::ONE, no))?))
    };
    let (left, right) = (pick(&c[0], &c[1])?, pick(&c[2], &c[3])?);
    let wanted = Lin::of(cs, current)?.plus(-Fr::ONE, &left);
    enforce(cs, &high, &right.plus(-Fr::ONE, &left), &wanted)
}
