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

/// Packs the attributes again first.
fn repack(s: &mut Statement, w: &mut Witness) {
    w.opening.plan.attributes = pack(&w.opening.attributes, &OFFER_BITS);
    seal(s, w);
}

const MUTATIONS: &[Mutation<SellCiphertext>] = &[
    ("1.handle", |s, _| s.handle.0 += fr(1)),
    ("1.handle", |_, w| w.opening.plan.blinding += fr(1)),
    ("1.volume", |s, w| {
        (w.opening.plan.volume, w.opening.levels[0]) = (fr(1 << 32), fr(63));
        seal(s, w);
    }),
    ("1.range", |s, w| {
        (w.opening.attributes[3], w.opening.levels[1]) = (fr(128), fr(63));
        repack(s, w);
    }),
    ("1.range", |s, w| {
        // The same packed number, read with a carry between its parts.
        w.opening.attributes[1] += fr(1 << 20);
        w.opening.attributes[2] -= fr(1);
        w.opening.levels[2] = fr(63);
        repack(s, w);
    }),
    ("1.packed", |s, w| {
        w.opening.plan.attributes += fr(1 << 60);
        seal(s, w);
    }),
    ("2.volume", |s, w| {
        w.opening.levels[0] += fr(1);
        seal(s, w);
    }),
    ("2.volume", |s, w| {
        w.opening.levels[0] -= fr(1);
        seal(s, w);
    }),
    // Two thirds of a level: right in the field, no number of six bits.
    ("2.volume", |s, w| {
        w.opening.levels[0] = (fr(63) * w.opening.plan.volume) / fr(5000);
        seal(s, w);
    }),
    ("2.reputation", |s, w| {
        w.opening.levels[1] += fr(1);
        seal(s, w);
    }),
    ("2.place", |s, w| {
        w.opening.levels[2] += fr(1);
        seal(s, w);
    }),
    ("2.place", |s, w| {
        w.opening.levels[3] -= fr(1);
        seal(s, w);
    }),
    ("2.type-bit", |s, w| {
        w.opening.attributes[0] = fr(0);
        w.opening.types = [fr(2), -fr(2), fr(1), fr(0), fr(0)];
        repack(s, w);
    }),
    // Two types at once.
    ("2.type-one", |s, w| {
        w.opening.attributes[0] = fr(3);
        w.opening.types = [0, 1, 1, 0, 0].map(fr);
        repack(s, w);
    }),
    ("2.type-one", |s, w| {
        w.opening.attributes[0] = fr(0);
        w.opening.types = [fr(0); 5];
        repack(s, w);
    }),
    // Advertised as another type.
    ("2.type", |s, w| {
        w.opening.types = [0, 0, 1, 0, 0].map(fr);
        seal(s, w);
    }),
    ("2.tick-bit", |s, w| {
        w.opening.ticks = [fr(0); 48];
        (w.opening.ticks[10], w.opening.ticks[0]) = (fr(2), -fr(1));
        seal(s, w);
    }),
    ("2.tick-one", |s, w| {
        w.opening.ticks[20] = fr(0);
        (w.opening.ticks[5], w.opening.ticks[15]) = (fr(1), fr(1));
        seal(s, w);
    }),
    // Advertised cheaper than it is.
    ("2.tick", |s, w| {
        (w.opening.ticks[20], w.opening.ticks[19]) = (fr(0), fr(1));
        seal(s, w);
    }),
    // Off the grid.
    ("2.tick", |s, w| {
        w.opening.plan.price += fr(1);
        seal(s, w);
    }),
    ("3.ternary", |s, w| {
        w.encryption.digits[0] = fr(3);
        seal(s, w);
    }),
    ("3.ternary", |s, w| {
        w.encryption.digits[4095] = -fr(1);
        seal(s, w);
    }),
    ("3.randomness", |s, _| s.commitments[0] += fr(1)),
    ("3.randomness", |_, w| w.encryption.blindings[0] += fr(1)),
    ("4.range", |s, w| {
        w.encryption.projected.fill(fr(1 << 11));
        w.encryption.projected[7] = fr(1 << 12);
        seal(s, w);
    }),
    // Noise over its bound: the projection is too long.
    ("4.norm", |s, w| {
        w.encryption.projected.fill(fr(1 << 11));
        w.encryption.projected[..5].fill(fr(4095));
        seal(s, w);
    }),
    // A quotient out of its range.
    ("4.carry", |s, w| {
        w.encryption.carries[255] = fr(1 << 15);
        seal(s, w);
    }),
    ("4.carry", |s, w| {
        w.encryption.carries[0] = -fr(1);
        seal(s, w);
    }),
    ("4.projection", |s, _| s.commitments[1] += fr(1)),
    ("4.projection", |_, w| w.encryption.blindings[1] += fr(1)),
    ("5.equation", |s, _| s.challenge.constant += fr(1)),
    // Wherever what a coefficient of the challenge multiplies is not 0.
    ("5.equation", |s, w| {
        let at = w.encryption.digits.iter().rposition(|d| *d != fr(1)).expect("ephemeral randomness is not 0");
        s.challenge.key[at] += fr(1);
    }),
    ("5.equation", |s, w| {
        let at = w.opening.block().iter().rposition(|m| *m != fr(0)).expect("a block begins with 1");
        s.challenge.block[at] += fr(1);
    }),
    ("5.equation", |s, _| s.challenge.rows[255] += fr(1)),
];

#[test]
fn each_condition_refuses_what_breaks_only_it() {
    refuses::<SellCiphertext>(MUTATIONS);
}

#[test]
fn shape_is_fixed() {
    assert_eq!(shape::<SellCiphertext>(), constraints::<SellCiphertext>());
    println!("sell-ciphertext: {} constraints", constraints::<SellCiphertext>());
}

/// The ends of the ranges, below and above them too.
#[test]
fn levels_are_those_of_the_plaintext() {
    let (s, w) = SellCiphertext::sample(&mut rng());
    for volume in [0, 1, 79, 80, 4999, 5000, 5001, (1 << 32) - 1] {
        for (place, reputation) in [(0, 0), (10_000, 100), ((1 << 20) - 1, 127)] {
            let (mut s, mut w) = (s.clone(), w.clone());
            w.opening.plan.volume = fr(volume);
            w.opening.attributes = [fr(4), fr(place), fr(place / 2), fr(reputation)];
            w.opening.plan.attributes = pack(&w.opening.attributes, &OFFER_BITS);
            w.opening = OfferOpening::new(&s.scale, &w.opening.plan, w.opening.attributes);
            seal(&mut s, &mut w);
            crate::relation::probe::accepts::<SellCiphertext>(&s, &w);
        }
    }
}

#[test]
fn circuit_and_native_check_agree() {
    agrees::<SellCiphertext>(
        &[
            |_, w, by| w.opening.plan.volume += by,
            |_, w, by| w.opening.plan.price += by,
            |_, w, by| w.opening.attributes[3] += by,
            |_, w, by| w.opening.attributes[1] += by,
            |_, w, by| w.opening.levels[0] += by,
            |_, w, by| w.opening.levels[3] += by,
            |_, w, by| w.opening.types[1] += by,
            |_, w, by| w.opening.ticks[21] += by,
            |_, w, by| w.encryption.digits[100] += by,
            |_, w, by| w.encryption.projected[3] += by,
            |_, w, by| w.encryption.carries[3] += by,
            |_, w, by| w.encryption.blindings[0] += by,
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
            w.opening = OfferOpening::new(&s.scale, &w.opening.plan, w.opening.attributes);
            repack(s, w);
        },
        50,
    );
}

#[test]
fn nothing_computed_is_free() {
    determined::<SellCiphertext>(&[]);
}
