use super::*;
use crate::relation::testing::{agrees, constraints, determined, field as fr, refuses, rng, shape, Mutation};
use protocol::market_parameters::Range;
use protocol::record::plan::pack;
use protocol::relation::plan_ciphertext::{commit_projection, commit_randomness};
use protocol::units::Price;

/// Computes the parts of the statement that follow from the witness. The test chooses the
/// challenge.
fn seal(s: &mut Statement, w: &mut Witness) {
    let e = &w.encryption;
    s.handle = w.opening.plan.handle();
    s.commitments =
        [commit_randomness(&e.digits, e.blindings[0]), commit_projection(&e.projected, &e.carries, e.blindings[1])];
    s.challenge.constant = s.challenge.left_side(e, &w.opening.block());
}

/// Packs wishes and weights again first.
fn repack(s: &mut Statement, w: &mut Witness) {
    w.opening.plan.attributes = pack(&w.opening.wanted, &WANTED_BITS);
    w.opening.plan.preferences = pack(&w.opening.weights, &[WEIGHT_BITS; 9]);
    seal(s, w);
}

/// The conditions that relation 11 has for bids alone; those of the encryption are one code with
/// offers, whose tests break them all; here each is broken once.
const MUTATIONS: &[Mutation<BuyCiphertext>] = &[
    ("1.handle", |s, _| s.handle.0 += fr(1)),
    ("1.handle", |_, w| w.opening.plan.blinding += fr(1)),
    ("1.range", |s, w| {
        (w.opening.wanted[4], w.opening.levels[4]) = (fr(1 << 20), fr(63));
        repack(s, w);
    }),
    // The same packed number, read with a carry between its parts.
    ("1.range", |s, w| {
        w.opening.wanted[2] += fr(1 << 7);
        w.opening.wanted[3] -= fr(1);
        w.opening.levels[2] = fr(63);
        repack(s, w);
    }),
    ("1.packed", |s, w| {
        w.opening.plan.attributes += fr(1);
        seal(s, w);
    }),
    ("1.weight-range", |s, w| {
        w.opening.weights[8] = fr(16);
        repack(s, w);
    }),
    ("1.weights-packed", |s, w| {
        w.opening.plan.preferences += fr(1);
        seal(s, w);
    }),
    ("2.price", |s, w| {
        w.opening.levels[0] += fr(1);
        seal(s, w);
    }),
    ("2.price", |s, w| {
        w.opening.levels[0] -= fr(1);
        seal(s, w);
    }),
    // Right in the field, with no rest, and no number.
    ("2.price", |s, w| {
        w.opening.levels[0] = fr(63) * w.opening.wanted[0] / fr(47);
        seal(s, w);
    }),
    ("2.volume", |s, w| {
        w.opening.levels[1] += fr(1);
        seal(s, w);
    }),
    ("2.reputation", |s, w| {
        w.opening.levels[2] -= fr(1);
        seal(s, w);
    }),
    ("2.place", |s, w| {
        w.opening.levels[3] += fr(1);
        seal(s, w);
    }),
    ("2.place", |s, w| {
        w.opening.levels[4] += fr(1);
        seal(s, w);
    }),
    // A step of two: the limit is right, and one tick's cost is not.
    ("2.within-bit", |s, w| {
        w.opening.within[40] = fr(2);
        w.opening.plan.price += fr(7_500);
        seal(s, w);
    }),
    ("2.within-first", |s, w| {
        w.opening.within = [fr(0); 48];
        w.opening.plan.price = fr(300_000);
        seal(s, w);
    }),
    // A hole below the limit: rivals at that tick never match.
    ("2.within-falls", |s, w| {
        (w.opening.within[40], w.opening.within[41]) = (fr(0), fr(1));
        seal(s, w);
    }),
    ("2.limit", |s, w| {
        w.opening.within[41] = fr(1);
        seal(s, w);
    }),
    ("2.limit", |s, w| {
        w.opening.plan.price += fr(1);
        seal(s, w);
    }),
    ("3.ternary", |s, w| {
        w.encryption.digits[9] = fr(4);
        seal(s, w);
    }),
    ("3.randomness", |s, _| s.commitments[0] += fr(1)),
    ("4.range", |s, w| {
        w.encryption.projected.fill(fr(1 << 11));
        w.encryption.projected[7] = -fr(1);
        seal(s, w);
    }),
    ("4.norm", |s, w| {
        w.encryption.projected.fill(fr(4000));
        seal(s, w);
    }),
    ("4.carry", |s, w| {
        w.encryption.carries[100] = fr(1 << 15);
        seal(s, w);
    }),
    ("4.projection", |s, _| s.commitments[1] += fr(1)),
    // A cost that does not follow from limit and weights, a square that is none: another block than
    // the equation's.
    ("5.equation", |s, w| {
        let mut block = w.opening.block();
        block[13 + 41] -= fr(1 << 19);
        s.challenge.constant = s.challenge.left_side(&w.encryption, &block);
    }),
    ("5.equation", |s, w| {
        let mut block = w.opening.block();
        block[0] += fr(1);
        s.challenge.constant = s.challenge.left_side(&w.encryption, &block);
    }),
    ("5.equation", |s, _| s.challenge.constant += fr(1)),
];

#[test]
fn each_condition_refuses_what_breaks_only_it() {
    refuses::<BuyCiphertext>(MUTATIONS);
}

#[test]
fn shape_is_fixed() {
    assert_eq!(shape::<BuyCiphertext>(), constraints::<BuyCiphertext>());
    println!("buy-ciphertext: {} constraints", constraints::<BuyCiphertext>());
}

/// Every wanted price, the ends of the ranges, every limit.
#[test]
fn levels_and_limits_are_those_of_the_plaintext() {
    let (s, w) = BuyCiphertext::sample(&mut rng());
    for tick in 0..48 {
        let (mut s, mut w) = (s.clone(), w.clone());
        w.opening.plan.price = fr(300_000 + 7_500 * (47 - tick));
        let place = if tick % 2 == 0 { 0 } else { (1 << 20) - 1 };
        w.opening.wanted = [fr(tick), fr(5000 * tick / 46), fr(tick), fr(place), fr(tick * 200)];
        w.opening.plan.attributes = pack(&w.opening.wanted, &WANTED_BITS);
        w.opening = BidOpening::new(&s.scale, &w.opening.plan, w.opening.wanted, w.opening.weights);
        seal(&mut s, &mut w);
        assert_eq!(BuyCiphertext::check(&s, &w), Ok(()), "{tick}");
        if tick % 8 == 7 {
            crate::relation::probe::accepts::<BuyCiphertext>(&s, &w);
        }
    }
}

#[test]
fn circuit_and_native_check_agree() {
    agrees::<BuyCiphertext>(
        &[
            |_, w, by| w.opening.plan.price += by,
            |_, w, by| w.opening.wanted[0] += by,
            |_, w, by| w.opening.wanted[1] += by,
            |_, w, by| w.opening.weights[0] += by,
            |_, w, by| w.opening.weights[7] += by,
            |_, w, by| w.opening.levels[0] += by,
            |_, w, by| w.opening.levels[2] += by,
            |_, w, by| w.opening.within[0] += by,
            |_, w, by| w.opening.within[41] += by,
            |_, w, by| w.encryption.digits[100] += by,
            |_, w, by| w.encryption.projected[3] += by,
            |_, w, by| w.encryption.carries[3] += by,
            |_, w, by| w.encryption.blindings[1] += by,
            |s, _, by| s.handle.0 += by,
            |s, _, by| s.commitments[0] += by,
            |s, _, by| s.commitments[1] += by,
            |s, _, by| s.challenge.constant += by,
            |s, _, by| s.challenge.key[9] += by,
            |s, _, by| s.challenge.block[9] += by,
            |s, _, by| s.challenge.rows[9] += by,
            |s, _, _| s.scale.first = Price::new(307_500).unwrap(),
            |s, _, _| s.scale.step = Price::new(7_501).unwrap(),
            |s, _, _| s.scale.ranges[0] = Range::new(100, 3_000).unwrap(),
            |s, _, _| s.scale.ranges[2] = Range::new(0, 1_000).unwrap(),
            |_, w, by| w.opening.plan.blinding += by,
            |_, w, by| w.opening.plan.owner += by,
            |s, _, by| s.binding += by,
        ],
        |s, w| {
            w.opening = BidOpening::new(&s.scale, &w.opening.plan, w.opening.wanted, w.opening.weights);
            repack(s, w);
        },
        50,
    );
}

#[test]
fn nothing_computed_is_free() {
    determined::<BuyCiphertext>(&[]);
}
