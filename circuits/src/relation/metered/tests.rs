//! Every condition of relation 13b broken alone, and every bound just missed.

use super::*;
use crate::relation::testing::{
    accepts, agrees, determined, field, refuses, shape, shift_key, shift_scalar, Mutation, Perturbation,
};
use protocol::units::{Cycle, IssuerId};

fn sealed(s: &mut Statement, w: &mut Witness) {
    seal(s, w)
}

fn with(s: &mut Statement, w: &mut Witness, volume: Fr) {
    w.volume = volume;
    seal(s, w);
}

/// Computes the ciphertext again after its context has changed.
fn reaudit(s: &mut Statement, w: &Witness) {
    let messages = [w.owner, w.volume, w.blinding];
    s.audit = encrypt(Role::Metered, &s.audit_key, s.commitment.0, &w.ephemeral.e, &messages);
}

/// Makes the record of other public values than the statement's, and all else consistent with it.
fn record_of(s: &mut Statement, w: &Witness, change: fn(&mut Record)) {
    let (sign, cycle, meter) = (Fr::from(s.sign as u8), Fr::from(s.cycle.get()), Fr::from(s.meter.get()));
    let mut record = Record { volume: w.volume, sign, cycle, owner: w.owner, meter, blinding: w.blinding };
    change(&mut record);
    s.commitment = record.commitment();
    reaudit(s, w);
}

const MUTATIONS: &[Mutation<Metered>] = &[
    ("1.record", |s, w| {
        s.commitment.0 += field(1);
        reaudit(s, w)
    }),
    ("1.record", |s, w| record_of(s, w, |r| r.volume += field(1))),
    ("1.record", |s, w| record_of(s, w, |r| r.sign = field(3))),
    ("1.record", |s, w| record_of(s, w, |r| r.cycle += field(1))),
    // Another household's record than the serial's and the ciphertext's.
    ("1.record", |s, w| record_of(s, w, |r| r.owner += field(1))),
    // Another service's number in the record.
    ("1.record", |s, w| record_of(s, w, |r| r.meter += field(1))),
    ("1.record", |s, w| record_of(s, w, |r| r.blinding += field(1))),
    ("1.positive", |s, w| with(s, w, field(0))),
    // Below zero: the rest to the bound is small.
    ("1.range", |s, w| with(s, w, -field(1))),
    ("1.range", |s, w| {
        s.bound = 2 * ((1 << 32) - 1);
        with(s, w, field(1 << 32))
    }),
    ("1.bound", |s, w| with(s, w, field(25_001))),
    ("1.bound", |s, w| with(s, w, field((1 << 32) - 1))),
    ("2.key", |s, _| s.serial_key.0 += field(1)),
    // The serial of a key that is not the registered one: a second record of one household.
    ("2.key", |s, w| {
        let registered = s.serial_key;
        w.serial_key += field(1);
        seal(s, w);
        s.serial_key = registered;
    }),
    ("2.serial", |s, _| s.serial.0 += field(1)),
    ("2.serial", |s, w| s.serial = record_serial(w.serial_key, w.owner, field(8), field(0))),
    ("2.serial", |s, w| s.serial = record_serial(w.serial_key, w.owner, field(7), field(3))),
    ("2.serial", |s, w| s.serial = record_serial(w.serial_key, w.owner + field(1), field(7), field(0))),
    ("3.point", |s, _| s.c1.x += field(1)),
    ("3.point", |s, _| s.c1.y += field(1)),
    ("3.audit", |s, _| s.audit[0] += field(1)),
    ("3.audit", |s, _| s.audit[1] += field(1)),
    ("3.audit", |s, _| s.audit[2] += field(1)),
    // Under another role's stream.
    ("3.audit", |s, w| {
        let messages = [w.owner, w.volume, w.blinding];
        s.audit = encrypt(Role::Audit, &s.audit_key, s.commitment.0, &w.ephemeral.e, &messages);
    }),
    // In the context of another record.
    ("3.audit", |s, w| {
        let messages = [w.owner, w.volume, w.blinding];
        let context = s.commitment.0 + field(1);
        s.audit = encrypt(Role::Metered, &s.audit_key, context, &w.ephemeral.e, &messages);
    }),
];

#[test]
fn each_condition_bites_alone() {
    refuses::<Metered>(MUTATIONS);
}

/// The extreme values within each bound are accepted, and every sign.
#[test]
fn bounds_are_reached() {
    accepts::<Metered>(&[
        |s, w| with(s, w, field(1)),
        |s, w| with(s, w, field(25_000)),
        |s, w| {
            s.bound = 2 * ((1 << 32) - 1);
            with(s, w, field((1 << 32) - 1))
        },
        |s, w| {
            s.sign = Sign::Shortfall;
            seal(s, w)
        },
        |s, w| {
            s.sign = Sign::SurplusBack;
            seal(s, w)
        },
        |s, w| {
            s.sign = Sign::ShortfallBack;
            seal(s, w)
        },
    ]);
}

const PERTURBATIONS: &[Perturbation<Metered>] = &[
    |_, w, d| w.volume += d,
    |_, w, d| w.owner += d,
    |_, w, d| w.blinding += d,
    |_, w, d| w.serial_key += d,
    |_, w, d| shift_scalar(&mut w.ephemeral, d),
    |s, _, d| s.commitment.0 += d,
    |s, _, _| s.sign = Sign::ShortfallBack,
    |s, _, _| s.cycle = Cycle::new(s.cycle.get() + 1).unwrap(),
    |s, _, _| s.meter = IssuerId::new(s.meter.get() + 1).unwrap(),
    |s, _, d| s.serial.0 += d,
    |s, _, d| s.serial_key.0 += d,
    |s, _, _| s.bound /= 8,
    |s, _, d| shift_key(&mut s.audit_key, d),
    |s, _, d| s.c1.x += d,
    |s, _, d| s.c1.y += d,
    |s, _, d| s.audit[0] += d,
    |s, _, d| s.audit[1] += d,
    |s, _, d| s.audit[2] += d,
    |s, _, d| s.binding += d,
];

#[test]
fn circuit_and_native_check_agree() {
    agrees::<Metered>(PERTURBATIONS, sealed, 120);
}

#[test]
fn no_witness_is_left_free() {
    determined::<Metered>(&[|s, w| with(s, w, field(1))]);
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Metered>(), 3_582);
}
