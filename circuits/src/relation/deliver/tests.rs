use super::*;
use crate::relation::probe::{accepts, all_break, breaks, determined, same_shape};
use crate::relation::testing::{agrees, field, refuses, rng, shape, shift_key, shift_scalar, Mutation, Perturbation};
use protocol::elgamal::{encrypt, Role};

/// The ciphertexts of a changed witness, with the statement's own record.
fn encrypted(s: &mut Statement, w: &Witness) {
    s.pairs = Statement::encrypted(s.delivery, &s.keys, w);
}

const MUTATIONS: &[Mutation<Deliver>] = &[
    // A record that nobody can open, and one copied from another trade or side.
    ("1.record", |s, w| {
        s.delivery.0 += field(1);
        encrypted(s, w);
    }),
    ("1.record", |s, _| s.match_id.0 += field(1)),
    ("1.record", |s, _| s.side = s.side.other()),
    // What is encrypted is another amount, or another blinding, than the record's.
    ("1.record", |s, w| {
        w.amount += field(1);
        encrypted(s, w);
    }),
    ("1.record", |s, w| {
        w.blinding += field(1);
        encrypted(s, w);
    }),
    ("1.range", |s, w| {
        w.amount = field(1 << 32);
        seal(s, w);
    }),
    ("1.range", |s, w| {
        w.amount = -field(1);
        seal(s, w);
    }),
    ("2.point", |s, _| s.c1.x += field(1)),
    ("2.point", |s, _| s.c1.y += field(1)),
    ("2.terms", |s, _| s.pairs[0][0] += field(1)),
    ("2.terms", |s, _| s.pairs[0][1] += field(1)),
    ("2.terms", |s, w| s.pairs[0] = to(s, w, 0, Role::Terms)),
    ("2.seller", |s, _| s.pairs[1][0] += field(1)),
    ("2.seller", |s, _| s.pairs[1][1] += field(1)),
    ("2.seller", |s, w| s.pairs[1] = to(s, w, 1, Role::DeliveryBuyer)),
    ("2.buyer", |s, _| s.pairs[2][0] += field(1)),
    ("2.buyer", |s, _| s.pairs[2][1] += field(1)),
    // What the seller's key opens is sent to the buyer.
    ("2.buyer", |s, _| s.pairs[2] = s.pairs[1]),
    ("2.buyer", |s, w| s.pairs[2] = to(s, w, 2, Role::MatchBuyer)),
    ("2.meter", |s, _| s.pairs[3][0] += field(1)),
    ("2.meter", |s, _| s.pairs[3][1] += field(1)),
    ("2.meter", |s, w| s.pairs[3] = to(s, w, 3, Role::Metering)),
    // To another service than the other side's.
    ("2.meter", |s, _| shift_key(&mut s.keys[3], field(9))),
];

/// A pair under another role's stream.
fn to(s: &Statement, w: &Witness, i: usize, role: Role) -> [Fr; 2] {
    encrypt(role, &s.keys[i], s.delivery.0, &w.ephemeral.e, &[w.amount, w.blinding])
}

/// A buyer's half of nothing; the greatest amount; all four keys equal.
fn others() -> [(Statement, Witness); 3] {
    let [mut none, mut most, mut one_key] = [(); 3].map(|()| Deliver::sample(&mut rng()));
    (none.0.side, none.1.amount) = (Side::Buy, field(0));
    most.1.amount = field((1 << 32) - 1);
    one_key.0.keys = [one_key.0.keys[0]; 4];
    [none, most, one_key].map(|(mut s, w)| {
        seal(&mut s, &w);
        (s, w)
    })
}

#[test]
fn each_condition_bites_alone() {
    refuses::<Deliver>(MUTATIONS);
    let [none, ..] = others();
    all_break::<Deliver>(&none.0, &none.1, MUTATIONS);
}

/// With equal keys the roles alone keep the four ciphertexts apart.
#[test]
fn equal_keys_are_as_good_as_different_ones() {
    for (s, w) in others() {
        accepts::<Deliver>(&s, &w);
    }
    let [.., (mut s, w)] = others();
    assert!((1..4).all(|i| s.pairs[i] != s.pairs[0]));
    s.pairs[2] = s.pairs[1];
    breaks::<Deliver>("2.buyer", &s, &w);
}

const PERTURBATIONS: &[Perturbation<Deliver>] = &[
    |_, w, d| w.amount += d,
    |_, w, d| w.blinding += d,
    |_, w, d| shift_scalar(&mut w.ephemeral, d),
    |s, _, d| s.match_id.0 += d,
    |s, _, _| s.side = s.side.other(),
    |s, _, d| s.delivery.0 += d,
    |s, _, d| s.c1.x += d,
    |s, _, d| s.c1.y += d,
    |s, _, d| shift_key(&mut s.keys[0], d),
    |s, _, d| shift_key(&mut s.keys[1], d),
    |s, _, d| shift_key(&mut s.keys[2], d),
    |s, _, d| shift_key(&mut s.keys[3], d),
    |s, _, d| s.pairs[0][0] += d,
    |s, _, d| s.pairs[1][1] += d,
    |s, _, d| s.pairs[2][0] += d,
    |s, _, d| s.pairs[3][1] += d,
    |s, _, d| s.binding += d,
];

#[test]
fn circuit_and_native_check_agree() {
    agrees::<Deliver>(PERTURBATIONS, |s, w| seal(s, w), 100);
}

#[test]
fn no_witness_is_left_free() {
    determined::<Deliver>(&Deliver::sample(&mut rng()).0, &Deliver::sample(&mut rng()).1);
    for (s, w) in others() {
        determined::<Deliver>(&s, &w);
    }
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Deliver>(), 8_632);
    same_shape::<Deliver>(&others());
}
