//! Every condition of relation 10 broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, elsewhere, field, plant, refuses, shape, shift_key, shift_scalar, Mutation,
    Perturbation,
};
use protocol::tree::Root;

/// Computes again everything that follows from the openings: tree, paths, statement.
fn reseal(s: &mut Statement, w: &mut Witness) {
    let (root, [b, c]) = plant([w.balance.commitment().0, w.shown.credential.commitment().0]);
    (s.root, w.balance_path, w.shown.path) = (root, b, c);
    seal(s, w);
}

fn with(s: &mut Statement, w: &mut Witness, held: Fr, amount: u64) {
    w.balance.amount = held;
    s.amount = Money::new(amount).unwrap();
    reseal(s, w);
}

/// Computes the ciphertext again after its context has changed.
fn reaudit(s: &mut Statement, w: &Witness) {
    let messages = [w.owner.address(), Fr::from(s.amount.get())];
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier.0, &w.ephemeral.e, &messages);
}

/// 2^64.
fn two_64() -> Fr {
    field(u64::MAX) + field(1)
}

const MUTATIONS: &[Mutation<Withdraw>] = &[
    ("1.range", |s, w| with(s, w, two_64(), 1)),
    ("1.range", |s, w| with(s, w, two_64() + field(u64::MAX - 1), u64::MAX)),
    ("1.owner", |s, w| {
        w.balance.owner += field(1);
        reseal(s, w)
    }),
    ("1.membership", |_, w| w.balance_path = elsewhere(&w.balance_path, w.balance.commitment().0)),
    ("1.nullifier", |s, w| {
        s.nullifier.0 += field(1);
        reaudit(s, w)
    }),
    ("1.nullifier", |s, w| {
        // The nullifier of another position.
        let mut path = w.balance_path.clone();
        path.position.0 += 1;
        s.nullifier = w.owner.nullifier(w.balance.commitment(), &path);
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
        w.shown.counter = field(256);
        reseal(s, w)
    }),
    ("2.counter", |s, w| {
        w.shown.counter = -field(1);
        reseal(s, w)
    }),
    ("2.tag", |s, _| s.tag.0 += field(1)),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Shortfall, period(s.current))),
    // The tag of the epoch of the credential that is shown, which is not the current one.
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Withdraw, period(s.epoch))),
    ("2.tag", |s, w| s.tag = trace_tag(&w.shown, TraceKind::Withdraw, Cycle::new(0).unwrap())),
    ("3.covered", |s, w| with(s, w, field(149_999_999), 150_000_000)),
    ("3.covered", |s, w| with(s, w, field(0), 1)),
    ("3.covered", |s, w| with(s, w, field(0), u64::MAX)),
    ("3.balance", |s, _| s.balance.0 += field(1)),
    ("3.balance", |s, w| {
        // As if nothing were taken.
        s.balance = Balance { blinding: w.new_blinding, ..w.balance }.commitment()
    }),
    ("3.balance", |s, w| {
        // What is left goes to somebody else.
        let left = w.balance.amount - Fr::from(s.amount.get());
        s.balance = Balance { amount: left, owner: w.owner.address() + field(1), blinding: w.new_blinding }.commitment()
    }),
    ("4.point", |s, _| s.c1.x += field(1)),
    ("4.point", |s, _| s.c1.y += field(1)),
    ("4.audit", |s, _| s.audit[0] += field(1)),
    ("4.audit", |s, _| s.audit[1] += field(1)),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<Withdraw>(MUTATIONS);
}

/// The last values within each bound; and any payee.
#[test]
fn bounds_are_reached() {
    accepts::<Withdraw>(&[
        |s, w| with(s, w, field(150_000_000), 150_000_000),
        |s, w| with(s, w, field(u64::MAX), u64::MAX),
        |s, w| with(s, w, field(u64::MAX), 0),
        |s, w| with(s, w, field(0), 0),
        |s, _| s.payee.0 += field(1),
    ]);
}

const PERTURBATIONS: &[Perturbation<Withdraw>] = &[
    |_, w, d| w.owner.sk += d,
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
    |s, _, _| s.current = Epoch::new(9).unwrap(),
    |s, _, _| s.amount = Money::new(150_000_001).unwrap(),
    |s, _, d| s.payee.0 += d,
    |s, _, d| s.nullifier.0 += d,
    |s, _, d| s.balance.0 += d,
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
    agrees::<Withdraw>(PERTURBATIONS, reseal, 120);
}

#[test]
fn no_witness_is_left_free() {
    determined::<Withdraw>(&[|s, w| with(s, w, field(0), 0)]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Withdraw>(), 13_521);
}
