//! Every condition of relation 9 broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, elsewhere, field, plant, refuses, shape, shift_key, shift_scalar, Mutation,
    Perturbation,
};
use protocol::tree::{Path, Root};
use protocol::units::{Cycle, Epoch, Price};

/// Computes again everything that follows from the openings: tree, paths, statement.
fn reseal(s: &mut Statement, w: &mut Witness) {
    let leaves = [w.metered.commitment().0, w.balance.commitment().0, w.shown.credential.commitment().0];
    let (root, [m, b, c]) = plant(leaves);
    (s.root, w.metered_path, w.balance_path, w.shown.path) = (root, m, b, c);
    seal(s, w);
}

/// A balance that is not in the tree.
fn dummy(s: &mut Statement, w: &mut Witness, amount: Fr) {
    w.balance.amount = amount;
    reseal(s, w);
    w.balance_path = Path::dummy(w.balance.commitment().0);
    seal(s, w);
}

fn with(s: &mut Statement, w: &mut Witness, volume: Fr, amount: Fr) {
    w.metered.volume = volume;
    w.balance.amount = amount;
    reseal(s, w);
}

/// Computes the ciphertext again after its context has changed.
fn reaudit(s: &mut Statement, w: &Witness) {
    let amount = w.metered.volume * Fr::from(s.tariff.get());
    let messages = [w.owner.address(), amount, w.metered.commitment().0];
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier_metered.0, &w.ephemeral.e, &messages);
}

/// What a correction gives back of a shortfall, at the retail tariff.
fn given_back(s: &mut Statement, w: &mut Witness) {
    (s.sign, s.tariff) = (Sign::ShortfallBack, Price::new(650_000).unwrap());
    (w.metered.sign, w.shown.counter) = (field(3), field(3));
    reseal(s, w);
}

/// 2^64.
fn two_64() -> Fr {
    field(u64::MAX) + field(1)
}

const MUTATIONS: &[Mutation<Surplus>] = &[
    ("1.range", |s, w| with(s, w, field(1 << 32), field(1 << 60))),
    // A volume below zero.
    ("1.range", |s, w| with(s, w, -field(1), field(1 << 60))),
    ("1.sign", |s, w| {
        w.metered.sign = field(3);
        reseal(s, w)
    }),
    ("1.sign", |s, w| {
        w.metered.sign = field(1);
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
    ("1.membership", |_, w| w.metered_path = elsewhere(&w.metered_path, w.metered.commitment().0)),
    ("1.nullifier", |s, w| {
        s.nullifier_metered.0 += field(1);
        reaudit(s, w)
    }),
    ("1.nullifier", |s, w| {
        // The nullifier of another position.
        let mut path = w.metered_path.clone();
        path.position.0 += 1;
        s.nullifier_metered = w.owner.nullifier(w.metered.commitment(), &path);
        reaudit(s, w)
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
        w.shown.counter = field(3);
        reseal(s, w)
    }),
    ("2.counter", |s, w| {
        w.shown.counter = -field(1);
        reseal(s, w)
    }),
    ("2.tag", |s, _| s.tag.0 += field(1)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Shortfall, s.cycle)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Surplus, Cycle::new(6).unwrap())),
    // Another service's record than the credential's.
    ("2.meter", |s, w| {
        w.metered.meter += field(1);
        reseal(s, w)
    }),
    ("2.meter", |s, w| {
        w.shown.credential.meter += field(1);
        reseal(s, w)
    }),
    // Below zero by less than the surplus.
    ("3.range", |s, w| with(s, w, field(350), -field(1))),
    ("3.owner", |s, w| {
        w.balance.owner += field(1);
        reseal(s, w)
    }),
    ("3.membership", |_, w| w.balance_path = elsewhere(&w.balance_path, w.balance.commitment().0)),
    ("3.membership", |s, w| dummy(s, w, field(1))),
    ("3.nullifier", |s, _| s.nullifier_balance.0 += field(1)),
    ("3.nullifier", |s, w| {
        dummy(s, w, field(0));
        s.nullifier_balance.0 += field(1);
    }),
    ("3.owner", |s, w| {
        w.balance.owner += field(1);
        dummy(s, w, field(0))
    }),
    ("4.range", |s, w| with(s, w, field(350), two_64() - field(350 * 300_000))),
    ("4.balance", |s, _| s.balance.0 += field(1)),
    ("5.point", |s, _| s.c1.x += field(1)),
    ("5.point", |s, _| s.c1.y += field(1)),
    ("5.audit", |s, _| s.audit[0] += field(1)),
    ("5.audit", |s, _| s.audit[1] += field(1)),
    ("5.audit", |s, _| s.audit[2] += field(1)),
    // The ciphertext names another record than the one that is paid.
    ("5.audit", |s, w| {
        let amount = w.metered.volume * Fr::from(s.tariff.get());
        let messages = [w.owner.address(), amount, w.metered.commitment().0 + field(1)];
        s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier_metered.0, &w.ephemeral.e, &messages);
    }),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<Surplus>(MUTATIONS);
}

/// The extreme values within each bound are accepted.
#[test]
fn bounds_are_reached() {
    accepts::<Surplus>(&[
        |s, w| dummy(s, w, field(0)),
        |s, w| with(s, w, field(0), field(0)),
        |s, w| given_back(s, w),
        |s, w| with(s, w, field((1 << 32) - 1), field(0)),
        |s, w| with(s, w, field(350), two_64() - field(350 * 300_000 + 1)),
    ]);
}

const PERTURBATIONS: &[Perturbation<Surplus>] = &[
    |_, w, d| w.owner.sk += d,
    |_, w, d| w.metered.volume += d,
    |_, w, d| w.metered.sign += d,
    |_, w, d| w.metered.cycle += d,
    |_, w, d| w.metered.owner += d,
    |_, w, d| w.metered.meter += d,
    |s, _, _| s.sign = Sign::ShortfallBack,
    |s, _, d| s.audit[2] += d,
    |_, w, d| w.metered.blinding += d,
    |_, w, d| w.metered_path.children[3][2] += d,
    |_, w, _| w.metered_path.position.0 ^= 1,
    |s, w, d| dummy(s, w, d),
    |s, w, d| {
        dummy(s, w, field(0));
        w.balance_path.children[5][0] += d
    },
    |s, w, _| {
        dummy(s, w, field(0));
        w.balance_path.position.0 ^= 1 << 31
    },
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
    |s, _, d| s.nullifier_balance.0 += d,
    |s, _, d| s.balance.0 += d,
    |s, _, d| s.nullifier_metered.0 += d,
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
    agrees::<Surplus>(PERTURBATIONS, reseal, 92);
}

#[test]
fn no_witness_is_left_free() {
    determined::<Surplus>(&[|s, w| dummy(s, w, field(0)), |s, w| with(s, w, field(0), field(0))]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Surplus>(), 18_472);
}
