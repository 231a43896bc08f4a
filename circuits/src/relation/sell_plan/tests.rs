//! Every condition of relation 1 broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, elsewhere, field, plant, refuses, shape, shift_key, shift_scalar, Mutation,
    Perturbation,
};
use protocol::poseidon::hash;
use protocol::record::plan::pack;
use protocol::record::{Commitment, Nullifier};
use protocol::tree::Root;
use protocol::units::{Cycle, Epoch};

/// Computes again everything that follows from the openings: tree, paths, statement.
fn reseal(s: &mut Statement, w: &mut Witness) {
    let (root, [g, c]) = plant([w.generation.commitment().0, w.shown.credential.commitment().0]);
    (s.root, w.path, w.shown.path) = (root, g, c);
    seal(s, w);
}

/// Attributes into the plan as well.
fn repack(s: &mut Statement, w: &mut Witness) {
    w.plan.attributes = pack(&w.attributes, &OFFER_BITS);
    reseal(s, w);
}

fn sell(s: &mut Statement, w: &mut Witness, generated: Fr, sold: Fr) {
    w.generation.volume = generated;
    w.plan.volume = sold;
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

const MUTATIONS: &[Mutation<SellPlan>] = &[
    ("1.membership", |_, w| w.path = elsewhere(&w.path, w.generation.commitment().0)),
    ("1.owner", |s, w| {
        w.generation.owner += field(1);
        reseal(s, w)
    }),
    ("1.nullifier", |s, _| s.nullifier.0 += field(1)),
    ("1.nullifier", |s, w| {
        // The nullifier of another position.
        let mut path = w.path.clone();
        path.position.0 += 1;
        s.nullifier = w.owner.nullifier(w.generation.commitment(), &path);
    }),
    ("1.nullifier", |s, w| s.nullifier = w.owner.nullifier(w.shown.credential.commitment(), &w.path)),
    ("1.cycle", |s, w| {
        w.generation.cycle -= field(1);
        reseal(s, w)
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
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Buy, s.cycle)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Sell, Cycle::new(6).unwrap())),
    // Generation of another service than the credential's.
    ("2.meter", |s, w| {
        w.generation.meter += field(1);
        reseal(s, w)
    }),
    ("3.handle", |_, w| w.plan.blinding += field(1)),
    ("3.owner", |s, w| {
        w.plan.owner += field(1);
        reseal(s, w)
    }),
    ("3.cycle", |s, w| {
        w.plan.cycle += field(1);
        reseal(s, w)
    }),
    ("3.least-lot", |s, w| sell(s, w, field(2000), field(0))),
    // A volume below zero, which would leave more generation than there was.
    ("3.least-lot", |s, w| sell(s, w, field(2000), -field(1))),
    ("3.least-lot", |s, w| sell(s, w, field(0), -field((1 << 32) - 12_501))),
    ("3.least-lot", |s, w| terms(s, w, 1_201, 12_500)),
    ("3.greatest-energy", |s, w| sell(s, w, field((1 << 32) - 1), field(12_501))),
    ("3.greatest-energy", |s, w| sell(s, w, field((1 << 32) - 1), field((1 << 32) - 1))),
    ("3.greatest-energy", |s, w| terms(s, w, 1, 1_199)),
    ("3.covered", |s, w| sell(s, w, field(2000), field(2001))),
    ("3.covered", |s, w| sell(s, w, field(0), field(12_500))),
    // Generation below zero, or too much of it: the rest is no 32 bits.
    ("3.covered", |s, w| sell(s, w, -field(1), field(12_500))),
    ("3.covered", |s, w| sell(s, w, field((1 << 32) + 1), field(1))),
    ("3.covered", |s, w| sell(s, w, field((1 << 32) + 12_500), field(12_500))),
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
    ("4.range", |s, w| {
        w.attributes[0] = field(8);
        w.generation.energy_type = field(8);
        repack(s, w)
    }),
    ("4.range", |s, w| {
        w.attributes[1] = field(1 << 20);
        w.shown.credential.x = field(1 << 20);
        repack(s, w)
    }),
    ("4.range", |s, w| {
        w.attributes[2] = field(1 << 20);
        w.shown.credential.y = field(1 << 20);
        repack(s, w)
    }),
    ("4.range", |s, w| {
        w.attributes[3] = field(128);
        w.shown.credential.reputation = field(128);
        repack(s, w)
    }),
    ("4.range", |s, w| {
        w.attributes[3] = -field(1);
        w.shown.credential.reputation = -field(1);
        repack(s, w)
    }),
    ("4.packed", |s, w| {
        w.plan.attributes += field(1);
        reseal(s, w)
    }),
    ("4.preferences", |s, w| {
        w.plan.preferences += field(1);
        reseal(s, w)
    }),
    ("4.type", |s, w| {
        // Fossil as solar.
        w.generation.energy_type = field(2);
        reseal(s, w)
    }),
    ("4.place", |s, w| {
        w.attributes[1] += field(1);
        repack(s, w)
    }),
    ("4.place", |s, w| {
        w.attributes[2] += field(1);
        repack(s, w)
    }),
    ("4.reputation", |s, w| {
        w.attributes[3] += field(1);
        repack(s, w)
    }),
    ("4.meter", |s, w| {
        w.plan.meter += field(1);
        reseal(s, w)
    }),
    ("5.change", |s, _| s.change.0 += field(1)),
    ("5.change", |s, w| {
        // All of G left over, though some is sold.
        s.change = Generation { blinding: w.change_blinding, ..w.generation }.commitment()
    }),
    // The change names another metering service than the record that is spent.
    ("5.change", |s, w| {
        let change = Generation {
            volume: w.generation.volume - w.plan.volume,
            meter: w.generation.meter + field(1),
            blinding: w.change_blinding,
            ..w.generation
        };
        s.change = change.commitment()
    }),
    ("6.point", |s, _| s.c1.x += field(1)),
    ("6.point", |s, _| s.c1.y += field(1)),
    ("6.terms", |s, _| s.terms[0] += field(1)),
    ("6.terms", |s, _| s.terms[1] += field(1)),
    ("6.audit", |s, _| s.audit[0] += field(1)),
    ("6.audit", |s, _| s.audit[1] += field(1)),
    ("6.audit", |s, _| s.audit[2] += field(1)),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<SellPlan>(MUTATIONS);
}

/// The extreme values within each bound are accepted.
#[test]
fn bounds_are_reached() {
    accepts::<SellPlan>(&[
        |s, w| terms(s, w, 1_200, 1_200),
        |s, w| {
            terms(s, w, (1 << 32) - 1, (1 << 32) - 1);
            sell(s, w, field((1 << 32) - 1), field((1 << 32) - 1))
        },
        |s, w| sell(s, w, field((1 << 32) - 1), field(12_500)),
        |s, w| sell(s, w, field((1 << 32) - 1), field(1)),
        |s, w| sell(s, w, field(1), field(1)),
        |s, w| tick(s, w, field(0)),
        |s, w| tick(s, w, field(47)),
        |s, w| {
            w.shown.counter = field(0);
            reseal(s, w)
        },
        |s, w| {
            w.shown.counter = field(15);
            reseal(s, w)
        },
        |s, w| {
            w.attributes = [7, (1 << 20) - 1, (1 << 20) - 1, 127].map(field);
            w.generation.energy_type = w.attributes[0];
            let c = &mut w.shown.credential;
            [c.x, c.y, c.reputation] = [w.attributes[1], w.attributes[2], w.attributes[3]];
            repack(s, w)
        },
    ]);
}

const PERTURBATIONS: &[Perturbation<SellPlan>] = &[
    |_, w, d| w.owner.sk += d,
    |_, w, d| w.generation.volume += d,
    |_, w, d| w.generation.energy_type += d,
    |_, w, d| w.generation.cycle += d,
    |_, w, d| w.generation.owner += d,
    |_, w, d| w.generation.meter += d,
    |_, w, d| w.generation.blinding += d,
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
    |_, w, d| w.attributes[0] += d,
    |_, w, d| w.attributes[1] += d,
    |_, w, d| w.attributes[2] += d,
    |_, w, d| w.attributes[3] += d,
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
    agrees::<SellPlan>(PERTURBATIONS, reseal, 120);
}

#[test]
fn no_witness_is_left_free() {
    determined::<SellPlan>(&[]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<SellPlan>(), 16_356);
}
