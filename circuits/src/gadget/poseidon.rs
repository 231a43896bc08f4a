//! The twin of [`protocol::poseidon`]: same arities, same capacity, same constants.
//!
//! 3 constraints an S-box whose input is not constant: a hash of 1 to 8 inputs has 213, 240, 261,
//! 297, 321, 354, 381 or 402 (its capacity is constant), less 3 for each constant input; a tree
//! node 264.

use super::{
    lin::{enforce, witness, Lin},
    memo::remembered,
    Bit, Cs, Var,
};
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::SynthesisError;
use protocol::poseidon::{capacity, sbox, Poseidon, Tag};
use protocol::poseidon::{width2, width3, width4, width5, width6, width7, width8, width9};

/// `H_tag(inputs)`, for 1 to 8 inputs. Panics on other lengths: every caller's arity is fixed in
/// the source.
pub fn hash(cs: &Cs, tag: Tag, inputs: &[Var]) -> Result<Var, SynthesisError> {
    hash_with_capacity(cs, &Var::Constant(capacity(tag, inputs.len())), inputs)
}

/// The hash of a plan whose side is a bit: `H_P(inputs)` under [`Tag::SellPlan`] when `buy` is
/// false, under [`Tag::BuyPlan`] when it is true. 3 constraints more than [`hash`].
pub fn hash_plan(cs: &Cs, buy: &Bit, inputs: &[Var]) -> Result<Var, SynthesisError> {
    let sell = capacity(Tag::SellPlan, inputs.len());
    let step = capacity(Tag::BuyPlan, inputs.len()) - sell;
    let capacity = Lin::constant(sell).plus(step, &Lin::bit(cs, buy)?).var(cs)?;
    hash_with_capacity(cs, &capacity, inputs)
}

/// The hash whose capacity lane starts as `capacity`, which the caller must make out of tags and
/// `inputs.len()`.
pub fn hash_with_capacity(cs: &Cs, capacity: &Var, inputs: &[Var]) -> Result<Var, SynthesisError> {
    let lane = match inputs.len() {
        1 => sponge(cs, width2(), capacity, inputs)?.swap_remove(0),
        2 => sponge(cs, width3(), capacity, inputs)?.swap_remove(0),
        3 => sponge(cs, width4(), capacity, inputs)?.swap_remove(0),
        4 => sponge(cs, width5(), capacity, inputs)?.swap_remove(0),
        5 => sponge(cs, width6(), capacity, inputs)?.swap_remove(0),
        6 => sponge(cs, width7(), capacity, inputs)?.swap_remove(0),
        7 => sponge(cs, width8(), capacity, inputs)?.swap_remove(0),
        8 => sponge(cs, width9(), capacity, inputs)?.swap_remove(0),
        n => panic!("H takes 1 to 8 inputs, not {n}"),
    };
    lane.var(cs)
}

/// The key stream of the hashed ElGamal: lanes 1..=5 of one permutation of width 7.
pub fn keystream(cs: &Cs, inputs: &[Var; 6]) -> Result<[Var; 5], SynthesisError> {
    let lanes = sponge(cs, width7(), &Var::Constant(capacity(Tag::KeyStream, 6)), inputs)?;
    let mut out = [const { Var::Constant(Fr::ZERO) }; 5];
    for (o, lane) in out.iter_mut().zip(&lanes[1..]) {
        *o = lane.var(cs)?;
    }
    Ok(out)
}

/// A tree node of its four children: the permutation, and the first child added to lane 0.
pub fn compress(cs: &Cs, children: &[Var; 4]) -> Result<Var, SynthesisError> {
    let first = Lin::of(cs, &children[0])?;
    state(cs, width4(), children)?.swap_remove(0).plus(Fr::ONE, &first).var(cs)
}

fn sponge<const T: usize>(
    cs: &Cs,
    p: &Poseidon<T>,
    capacity: &Var,
    inputs: &[Var],
) -> Result<Vec<Lin>, SynthesisError> {
    state(cs, p, std::iter::once(capacity).chain(inputs))
}

fn state<'a, const T: usize>(
    cs: &Cs,
    p: &Poseidon<T>,
    lanes: impl IntoIterator<Item = &'a Var>,
) -> Result<Vec<Lin>, SynthesisError> {
    let s = lanes.into_iter().map(|x| Lin::of(cs, x)).collect::<Result<Vec<_>, _>>()?;
    if s.iter().all(Lin::is_constant) {
        let mut native: [Fr; T] = core::array::from_fn(|i| s[i].value);
        p.permute(&mut native);
        return Ok(native.map(Lin::constant).to_vec());
    }
    let inputs: Vec<&Lin> = s.iter().collect();
    remembered(cs, "permutation", &inputs, || permute(cs, p, s.clone()))
}

/// `x^5`: three constraints, none for a constant. `x^3` rather than `x^4`, so that matrix A gets
/// `x^2` and B `x^3`: a variable that occurs in A costs the prover a term of a sum of points, one
/// in B two, of which one on the larger curve.
fn sbox_lin(cs: &Cs, x: &Lin) -> Result<Lin, SynthesisError> {
    if x.is_constant() {
        return Ok(Lin::constant(sbox(x.value)));
    }
    let v2 = x.value.square();
    let v3 = v2 * x.value;
    let (x2, x3, x5) = (witness(cs, v2)?, witness(cs, v3)?, witness(cs, v2 * v3)?);
    enforce(cs, x, x, &x2)?;
    enforce(cs, &x2, x, &x3)?;
    enforce(cs, &x2, &x3, &x5)?;
    Ok(x5)
}

/// A dense row applied to the outputs of a full layer of S-boxes: each a variable of its own, or
/// constant.
fn dense(row: &[Fr], z: &[Lin]) -> Lin {
    let mut sum = Lin::constant(Fr::ZERO);
    for (k, x) in row.iter().zip(z) {
        sum.append(*k, x);
    }
    sum
}

fn permute<const T: usize>(cs: &Cs, p: &Poseidon<T>, mut s: Vec<Lin>) -> Result<Vec<Lin>, SynthesisError> {
    let half = p.full_rounds / 2;
    for r in 0..p.full_rounds {
        if r == half {
            partial(cs, p, &mut s)?;
        }
        let mut z = Vec::with_capacity(T);
        for (x, k) in s.iter_mut().zip(&p.full_ark[r]) {
            x.shift(*k);
            z.push(sbox_lin(cs, x)?);
        }
        let m = if r == half - 1 { &p.pre } else { &p.mds };
        s = m.iter().map(|row| dense(row, &z)).collect();
    }
    Ok(s)
}

/// The partial rounds: lanes 1.. stay combinations of the same growing list of variables, in the
/// same order.
fn partial<const T: usize>(cs: &Cs, p: &Poseidon<T>, s: &mut [Lin]) -> Result<(), SynthesisError> {
    for (x, k) in s.iter_mut().zip(&p.partial_ark) {
        x.shift(*k);
    }
    for (post, (row, column)) in p.partial_post.iter().zip(&p.sparse) {
        let mut y = sbox_lin(cs, &s[0])?;
        y.shift(*post);
        let mut first = Lin::constant(Fr::ZERO);
        for (k, x) in row[1..].iter().zip(&s[1..]) {
            first.add_aligned(*k, x);
        }
        first.append(row[0], &y);
        for (k, x) in column[1..].iter().zip(&mut s[1..]) {
            x.append(*k, &y);
        }
        s[0] = first;
    }
    Ok(())
}
