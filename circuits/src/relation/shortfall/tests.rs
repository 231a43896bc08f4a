//! Every condition of relation 9b broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, elsewhere, field, plant, refuses, shape, shift_key, shift_scalar, Mutation,
    Perturbation,
};
use protocol::tree::Root;
use protocol::units::{Cycle, Epoch, Price};

/// Computes again everything that follows from the openings: tree, paths, statement.
fn reseal(s: &mut Statement, w: &mut Witness) {
    let (root, [b, c]) = plant([w.balance.commitment().0, w.shown.credential.commitment().0]);
    (s.root, w.balance_path, w.shown.path) = (root, b, c);
    seal(s, w);
}

fn with(s: &mut Statement, w: &mut Witness, volume: Fr, amount: Fr) {
    w.metered.volume = volume;
    w.balance.amount = amount;
    reseal(s, w);
}

/// Computes the ciphertext again after its context has changed.
fn reaudit(s: &mut Statement, w: &Witness) {
    let messages = [w.owner.address(), w.metered.volume * Fr::from(s.tariff.get()), s.obligation.0];
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier.0, &w.ephemeral.e, &messages);
}

/// What a correction takes back of a surplus, at the feed-in tariff.
fn taken_back(s: &mut Statement, w: &mut Witness) {
    (s.sign, s.tariff) = (Sign::SurplusBack, Price::new(300_000).unwrap());
    (w.metered.sign, w.shown.counter) = (field(2), field(2));
    reseal(s, w);
}

/// 2^64.
fn two_64() -> Fr {
    field(u64::MAX) + field(1)
}

const MUTATIONS: &[Mutation<Shortfall>] = &[
    ("1.obligation", |s, w| {
        s.obligation.0 += field(1);
        reaudit(s, w)
    }),
    ("1.obligation", |_, w| w.metered.blinding += field(1)),
    ("1.range", |s, w| with(s, w, field(1 << 32), field(1 << 60))),
    // A volume below zero.
    ("1.range", |s, w| with(s, w, -field(1), field(1 << 60))),
    ("1.sign", |s, w| {
        w.metered.sign = field(2);
        reseal(s, w)
    }),
    ("1.sign", |s, w| {
        w.metered.sign = field(0);
        reseal(s, w)
    }),
    ("1.cycle", |s, w| {
        w.metered.cycle -= field(1);
        reseal(s, w)
    }),
    ("1.owner", |s, w| {
        w.metered.owner += field(1);
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
        w.shown.counter = field(2);
        reseal(s, w)
    }),
    ("2.counter", |s, w| {
        w.shown.counter = -field(1);
        reseal(s, w)
    }),
    ("2.tag", |s, _| s.tag.0 += field(1)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Surplus, s.cycle)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Shortfall, Cycle::new(6).unwrap())),
    // Another service's record than the credential's.
    ("2.meter", |s, w| {
        w.metered.meter += field(1);
        reseal(s, w)
    }),
    ("2.meter", |s, w| {
        w.shown.credential.meter += field(1);
        reseal(s, w)
    }),
    ("3.range", |s, w| with(s, w, field(120), two_64())),
    ("3.range", |s, w| with(s, w, field(1), two_64() + field(649_999))),
    ("3.owner", |s, w| {
        w.balance.owner += field(1);
        reseal(s, w)
    }),
    ("3.membership", |_, w| w.balance_path = elsewhere(&w.balance_path, w.balance.commitment().0)),
    ("3.nullifier", |s, w| {
        s.nullifier.0 += field(1);
        reaudit(s, w)
    }),
    ("3.nullifier", |s, w| {
        // The nullifier of another position.
        let mut path = w.balance_path.clone();
        path.position.0 += 1;
        s.nullifier = w.owner.nullifier(w.balance.commitment(), &path);
        reaudit(s, w)
    }),
    ("4.covered", |s, w| with(s, w, field(120), field(120 * 650_000 - 1))),
    ("4.covered", |s, w| with(s, w, field((1 << 32) - 1), field(0))),
    ("4.balance", |s, _| s.balance.0 += field(1)),
    ("4.balance", |s, w| {
        // As if nothing were owed.
        s.balance = Balance { blinding: w.new_blinding, ..w.balance }.commitment()
    }),
    ("5.point", |s, _| s.c1.x += field(1)),
    ("5.point", |s, _| s.c1.y += field(1)),
    ("5.audit", |s, _| s.audit[0] += field(1)),
    ("5.audit", |s, _| s.audit[1] += field(1)),
    ("5.audit", |s, _| s.audit[2] += field(1)),
    // The ciphertext names another record than the one that is paid for.
    ("5.audit", |s, w| {
        let messages = [w.owner.address(), w.metered.volume * Fr::from(s.tariff.get()), s.obligation.0 + field(1)];
        s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier.0, &w.ephemeral.e, &messages);
    }),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<Shortfall>(MUTATIONS);
}

/// The extreme values within each bound are accepted.
#[test]
fn bounds_are_reached() {
    accepts::<Shortfall>(&[
        |s, w| with(s, w, field(120), field(120 * 650_000)),
        |s, w| with(s, w, field((1 << 32) - 1), field(((1 << 32) - 1) * 650_000)),
        |s, w| with(s, w, field(0), field(u64::MAX)),
        |s, w| taken_back(s, w),
    ]);
}

const PERTURBATIONS: &[Perturbation<Shortfall>] = &[
    |_, w, d| w.owner.sk += d,
    |_, w, d| w.metered.volume += d,
    |_, w, d| w.metered.sign += d,
    |_, w, d| w.metered.cycle += d,
    |_, w, d| w.metered.owner += d,
    |_, w, d| w.metered.meter += d,
    |s, _, _| s.sign = Sign::SurplusBack,
    |s, _, d| s.audit[2] += d,
    |_, w, d| w.metered.blinding += d,
    |_, w, d| w.balance.amount += d,
    |_, w, d| w.balance.owner += d,
    |_, w, d| w.balance.blinding += d,
    |_, w, d| w.balance_path.children[0][3] += d,
    |_, w, d| w.balance_path.children[15][1] += d,
    |_, w, _| w.balance_path.position.0 ^= 1 << 20,
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
    |_, w, d| w.new_blinding += d,
    |_, w, d| shift_scalar(&mut w.ephemeral, d),
    |s, _, d| s.root = Root(s.root.0 + d),
    |s, _, _| s.epoch = Epoch::new(4).unwrap(),
    |s, _, _| s.cycle = Cycle::new(8).unwrap(),
    |s, _, d| s.nullifier.0 += d,
    |s, _, d| s.balance.0 += d,
    |s, _, d| s.obligation.0 += d,
    |s, _, _| s.tariff = Price::new(s.tariff.get() + 1).unwrap(),
    |s, _, d| s.tag.0 += d,
    |s, _, d| shift_key(&mut s.audit_key, d),
    |s, _, d| s.c1.x += d,
    |s, _, d| s.c1.y += d,
    |s, _, d| s.audit[0] += d,
    |s, _, d| s.audit[1] += d,
    |s, _, d| s.binding += d,
];

#[test]
fn circuit_and_native_check_agree() {
    agrees::<Shortfall>(PERTURBATIONS, reseal, 120);
}

#[test]
fn no_witness_is_left_free() {
    determined::<Shortfall>(&[|s, w| with(s, w, field(0), field(0))]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Shortfall>(), 13_906);
}
