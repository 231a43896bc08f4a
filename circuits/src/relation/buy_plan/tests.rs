//! Every condition of relation 2 broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, elsewhere, field, plant, refuses, shape, shift_key, shift_scalar, Mutation,
    Perturbation,
};
use protocol::poseidon::{hash, Tag};
use protocol::record::plan::pack;
use protocol::record::{Commitment, Nullifier};
use protocol::tree::Root;
use protocol::units::{Cycle, Epoch};
use protocol::Fr;

/// Computes again everything that follows from the openings: tree, paths, statement.
fn reseal(s: &mut Statement, w: &mut Witness) {
    let (root, [b, c]) = plant([w.balance.commitment().0, w.shown.credential.commitment().0]);
    (s.root, w.path, w.shown.path) = (root, b, c);
    seal(s, w);
}

fn want(s: &mut Statement, w: &mut Witness, part: usize, value: Fr) {
    w.wanted[part] = value;
    w.plan.attributes = pack(&w.wanted, &WANTED_BITS);
    reseal(s, w);
}

fn weigh(s: &mut Statement, w: &mut Witness, part: usize, value: Fr) {
    w.weights[part] = value;
    w.plan.preferences = pack(&w.weights, &[WEIGHT_BITS; 9]);
    reseal(s, w);
}

/// A balance of what the plan costs and `over`.
fn buy(s: &mut Statement, w: &mut Witness, volume: Fr, over: Fr) {
    w.plan.volume = volume;
    w.balance.amount = volume * w.plan.price + over;
    reseal(s, w);
}

fn tick(s: &mut Statement, w: &mut Witness, tick: Fr) {
    w.parameters.tick = tick;
    w.plan.price = w.parameters.first + w.parameters.step * tick;
    reseal(s, w);
}

/// A cycle of other terms: what a plan's volume must reach, and must not exceed.
fn terms(s: &mut Statement, w: &mut Witness, least_lot: u64, greatest_energy: u64) {
    let p = &mut w.parameters;
    (p.least_lot, p.greatest_energy) = (field(least_lot), field(greatest_energy));
    s.parameters = hash(Tag::Parameters, &[p.first, p.step, p.least_lot, p.greatest_energy, p.rest]);
}

const MUTATIONS: &[Mutation<BuyPlan>] = &[
    ("1.membership", |_, w| w.path = elsewhere(&w.path, w.balance.commitment().0)),
    ("1.owner", |s, w| {
        w.balance.owner += field(1);
        reseal(s, w)
    }),
    ("1.nullifier", |s, _| s.nullifier.0 += field(1)),
    ("1.nullifier", |s, w| {
        // The nullifier of another position.
        let mut path = w.path.clone();
        path.position.0 += 1;
        s.nullifier = w.owner.nullifier(w.balance.commitment(), &path);
    }),
    ("2.membership", |_, w| w.shown.path = elsewhere(&w.shown.path, w.shown.credential.commitment().0)),
    ("2.owner", |s, w| {
        w.shown.credential.owner += field(1);
        reseal(s, w)
    }),
    ("2.epoch", |s, w| {
        w.shown.credential.epoch -= field(1);
        reseal(s, w)
    }),
    ("2.trace-key", |s, w| {
        w.shown.trace_key += field(1);
        reseal(s, w)
    }),
    ("2.trace-key", |s, w| {
        w.shown.credential.kappa += field(1);
        reseal(s, w)
    }),
    ("2.counter", |s, w| {
        w.shown.counter = field(16);
        reseal(s, w)
    }),
    ("2.counter", |s, w| {
        w.shown.counter = -field(1);
        reseal(s, w)
    }),
    ("2.tag", |s, _| s.tag.0 += field(1)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Sell, s.cycle)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Buy, Cycle::new(6).unwrap())),
    ("3.handle", |_, w| w.plan.blinding += field(1)),
    ("3.owner", |s, w| {
        w.plan.owner += field(1);
        reseal(s, w)
    }),
    ("3.cycle", |s, w| {
        w.plan.cycle += field(1);
        reseal(s, w)
    }),
    ("2.meter", |s, w| {
        w.plan.meter += field(1);
        reseal(s, w)
    }),
    ("3.least-lot", |s, w| buy(s, w, field(0), field(0))),
    ("3.least-lot", |s, w| terms(s, w, 801, 12_500)),
    ("3.greatest-energy", |s, w| buy(s, w, field(12_501), field(5))),
    ("3.greatest-energy", |s, w| buy(s, w, field(1 << 32), field(5))),
    ("3.greatest-energy", |s, w| terms(s, w, 1, 799)),
    // A volume below zero, which would make money.
    ("3.least-lot", |s, w| buy(s, w, -field(1), field(1_000_000_000))),
    ("3.parameters", |s, _| s.parameters += field(1)),
    ("3.parameters", |_, w| w.parameters.rest += field(1)),
    ("3.parameters", |s, w| {
        // A grid of the prover's own choice.
        w.parameters.first += field(1);
        let t = w.parameters.tick;
        tick(s, w, t)
    }),
    ("3.parameters", |s, w| {
        w.parameters.step += field(1);
        let t = w.parameters.tick;
        tick(s, w, t)
    }),
    // Lots of the prover's own choice.
    ("3.parameters", |_, w| w.parameters.least_lot -= field(1)),
    ("3.parameters", |_, w| w.parameters.greatest_energy += field(1)),
    ("3.tick-range", |s, w| tick(s, w, field(48))),
    ("3.tick-range", |s, w| tick(s, w, field(63))),
    ("3.tick-range", |s, w| tick(s, w, field(64))),
    ("3.tick-range", |s, w| tick(s, w, -field(1))),
    ("3.tick", |s, w| {
        w.plan.price += field(1);
        reseal(s, w)
    }),
    ("3.wanted-range", |s, w| want(s, w, 0, field(1 << 6))),
    ("3.wanted-range", |s, w| want(s, w, 0, -field(1))),
    ("3.wanted-range", |s, w| want(s, w, 1, field(1 << 32))),
    ("3.wanted-range", |s, w| want(s, w, 1, -field(1))),
    ("3.wanted-range", |s, w| want(s, w, 2, field(1 << 7))),
    ("3.wanted-range", |s, w| want(s, w, 2, -field(1))),
    ("3.wanted-range", |s, w| want(s, w, 3, field(1 << 20))),
    ("3.wanted-range", |s, w| want(s, w, 3, -field(1))),
    ("3.wanted-range", |s, w| want(s, w, 4, field(1 << 20))),
    ("3.wanted-range", |s, w| want(s, w, 4, -field(1))),
    ("3.wanted-tick", |s, w| want(s, w, 0, field(48))),
    ("3.wanted-tick", |s, w| want(s, w, 0, field(63))),
    ("3.wanted-packed", |s, w| {
        w.plan.attributes += field(1);
        reseal(s, w)
    }),
    ("3.weight-range", |s, w| weigh(s, w, 0, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 1, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 2, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 3, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 4, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 5, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 6, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 7, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 8, field(16))),
    ("3.weight-range", |s, w| weigh(s, w, 8, -field(1))),
    ("3.weights-packed", |s, w| {
        w.plan.preferences += field(1);
        reseal(s, w)
    }),
    ("4.lock", |s, w| buy(s, w, field(800), -field(1))),
    ("4.lock", |s, w| {
        w.balance.amount = field(0);
        reseal(s, w)
    }),
    // A balance below zero, or too much of it: the rest is no 64 bits.
    ("4.lock", |s, w| {
        w.balance.amount = -field(1);
        reseal(s, w)
    }),
    ("4.lock", |s, w| buy(s, w, field(800), field(u64::MAX) + field(1))),
    ("4.change", |s, _| s.change.0 += field(1)),
    ("4.change", |s, w| {
        // The whole of B left over, though some is locked.
        s.change = Balance { blinding: w.change_blinding, ..w.balance }.commitment()
    }),
    ("5.point", |s, _| s.c1.x += field(1)),
    ("5.point", |s, _| s.c1.y += field(1)),
    ("5.terms", |s, _| s.terms[0] += field(1)),
    ("5.terms", |s, _| s.terms[1] += field(1)),
    ("5.audit", |s, _| s.audit[0] += field(1)),
    ("5.audit", |s, _| s.audit[1] += field(1)),
    ("5.audit", |s, _| s.audit[2] += field(1)),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<BuyPlan>(MUTATIONS);
}

/// The extreme values within each bound are accepted.
#[test]
fn bounds_are_reached() {
    accepts::<BuyPlan>(&[
        |s, w| buy(s, w, field(800), field(0)),
        |s, w| terms(s, w, 800, 800),
        |s, w| {
            terms(s, w, (1 << 32) - 1, (1 << 32) - 1);
            buy(s, w, field((1 << 32) - 1), field(0))
        },
        |s, w| buy(s, w, field(12_500), field(0)),
        |s, w| {
            w.balance.amount = field(u64::MAX);
            reseal(s, w)
        },
        |s, w| tick(s, w, field(0)),
        |s, w| tick(s, w, field(47)),
        |s, w| want(s, w, 0, field(47)),
        |s, w| {
            w.wanted = [0, (1 << 32) - 1, 127, (1 << 20) - 1, (1 << 20) - 1].map(field);
            want(s, w, 0, field(0))
        },
        |s, w| {
            w.weights = [field(15); 9];
            weigh(s, w, 0, field(0))
        },
    ]);
}

const PERTURBATIONS: &[Perturbation<BuyPlan>] = &[
    |_, w, d| w.owner.sk += d,
    |_, w, d| w.balance.amount += d,
    |_, w, d| w.balance.owner += d,
    |_, w, d| w.balance.blinding += d,
    |_, w, d| w.path.children[0][3] += d,
    |_, w, d| w.path.children[7][1] += d,
    |_, w, d| w.path.children[15][0] += d,
    |_, w, _| w.path.position.0 ^= 1,
    |_, w, _| w.path.position.0 ^= 1 << 31,
    |_, w, d| w.shown.credential.owner += d,
    |_, w, d| w.shown.credential.reputation += d,
    |_, w, d| w.shown.credential.x += d,
    |_, w, d| w.shown.credential.y += d,
    |_, w, d| w.shown.credential.kappa += d,
    |_, w, d| w.shown.credential.meter += d,
    |_, w, d| w.shown.credential.epoch += d,
    |_, w, d| w.shown.credential.blinding += d,
    |_, w, d| w.shown.path.children[0][1] += d,
    |_, w, _| w.shown.path.position.0 ^= 2,
    |_, w, d| w.shown.trace_key += d,
    |_, w, d| w.shown.counter += d,
    |_, w, d| w.plan.volume += d,
    |_, w, d| w.plan.price += d,
    |_, w, d| w.plan.attributes += d,
    |_, w, d| w.plan.preferences += d,
    |_, w, d| w.plan.meter += d,
    |_, w, d| w.plan.cycle += d,
    |_, w, d| w.plan.owner += d,
    |_, w, d| w.plan.blinding += d,
    |_, w, d| w.wanted[0] += d,
    |_, w, d| w.wanted[1] += d,
    |_, w, d| w.wanted[2] += d,
    |_, w, d| w.wanted[3] += d,
    |_, w, d| w.wanted[4] += d,
    |_, w, d| w.weights[0] += d,
    |_, w, d| w.weights[1] += d,
    |_, w, d| w.weights[2] += d,
    |_, w, d| w.weights[3] += d,
    |_, w, d| w.weights[4] += d,
    |_, w, d| w.weights[5] += d,
    |_, w, d| w.weights[6] += d,
    |_, w, d| w.weights[7] += d,
    |_, w, d| w.weights[8] += d,
    |_, w, d| w.parameters.first += d,
    |_, w, d| w.parameters.step += d,
    |_, w, d| w.parameters.least_lot += d,
    |_, w, d| w.parameters.greatest_energy += d,
    |_, w, d| w.parameters.rest += d,
    |_, w, d| w.parameters.tick += d,
    |_, w, d| w.change_blinding += d,
    |_, w, d| shift_scalar(&mut w.ephemeral, d),
    |s, _, d| s.root = Root(s.root.0 + d),
    |s, _, _| s.epoch = Epoch::new(4).unwrap(),
    |s, _, _| s.cycle = Cycle::new(8).unwrap(),
    |s, _, d| s.nullifier = Nullifier(s.nullifier.0 + d),
    |s, _, d| s.change = Commitment(s.change.0 + d),
    |s, _, d| s.parameters += d,
    |s, _, d| s.handle.0 += d,
    |s, _, d| s.tag.0 += d,
    |s, _, d| shift_key(&mut s.terms_key, d),
    |s, _, d| shift_key(&mut s.audit_key, d),
    |s, _, d| s.c1.x += d,
    |s, _, d| s.c1.y += d,
    |s, _, d| s.terms[0] += d,
    |s, _, d| s.terms[1] += d,
    |s, _, d| s.audit[0] += d,
    |s, _, d| s.audit[1] += d,
    |s, _, d| s.audit[2] += d,
    |s, _, d| s.binding += d,
];

#[test]
fn circuit_and_native_check_agree() {
    agrees::<BuyPlan>(PERTURBATIONS, reseal, 120);
}

#[test]
fn no_witness_is_left_free() {
    determined::<BuyPlan>(&[]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<BuyPlan>(), 16_279);
}
