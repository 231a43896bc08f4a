//! Attacks that a wallet might try, each with the best witness for it. Once ciphertext, r and block
//! are chosen, the noise is `e = (c - K r - block) / t mod Q`, and p and k follow. So everything
//! holds but the bounds. The other attacks are challenges of the wallet's own choice, quotients
//! that were never committed to, and random mutations.

use super::*;
use crate::parameters::{BLOCK, MODULUS, PLAINTEXT_MODULUS};
use crate::ring::Coefficients;
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::plan::{offer_attributes, wanted_attributes, weight_attributes, Plan};
use protocol::relation::check::Broken;
use protocol::relation::plan_ciphertext::{
    commit_projection, commit_randomness, BidOpening, BuyCiphertextWitness, OfferOpening, PlanCiphertext as Statement,
    SellCiphertextWitness, CARRY_BITS, PROJECTED_BITS,
};
use protocol::units::*;

const SEED: u64 = 77;

/// A plan and its opening.
#[derive(Clone)]
enum Opened {
    Offer(OfferOpening),
    Bid(BidOpening),
}

impl Opened {
    fn new(side: Side, scale: &Scale, blinding: u64) -> Self {
        let (cycle, meter) = (Cycle::new(3).unwrap(), IssuerId::new(1).unwrap());
        let place = Place { x: Metres::new(1200).unwrap(), y: Metres::new(8100).unwrap() };
        let (volume, reputation) = (Energy::new(1200).unwrap(), Reputation::new(86).unwrap());
        let owner = protocol::keys::Address(Fr::from(99u64));
        let grid = protocol::market_parameters::PriceGrid::new(scale.first, scale.step).unwrap();
        let (ask, limit) = (grid.price(Tick::new(20).unwrap()), grid.price(Tick::new(40).unwrap()));
        match side {
            Side::Sell => {
                let offer = Offer { volume, ask, energy_type: EnergyType::Wind, place, reputation };
                let plan = Plan::sell(&offer, meter, cycle, owner, Fr::from(blinding));
                Opened::Offer(OfferOpening::new(scale, &plan, offer_attributes(&offer)))
            }
            Side::Buy => {
                let w = |n| Weight::new(n).unwrap();
                let wanted = Wanted { price: grid.price(Tick::new(15).unwrap()), volume, reputation, place };
                let weights = Weights {
                    price: w(12),
                    volume: w(3),
                    reputation: w(2),
                    place: w(8),
                    types: [w(0), w(0), w(15), w(0), w(4)],
                };
                let bid = Bid { volume, limit, wanted, weights };
                let plan = Plan::buy(&grid, &bid, meter, cycle, owner, Fr::from(blinding)).unwrap();
                let wanted = wanted_attributes(&grid, &bid).unwrap();
                Opened::Bid(BidOpening::new(scale, &plan, wanted, weight_attributes(&bid)))
            }
        }
    }
    fn handle(&self) -> Handle {
        match self {
            Opened::Offer(o) => o.plan.handle(),
            Opened::Bid(o) => o.plan.handle(),
        }
    }
    fn side(&self) -> Side {
        match self {
            Opened::Offer(_) => Side::Sell,
            Opened::Bid(_) => Side::Buy,
        }
    }
    /// The block's coefficients by their places.
    fn block(&self) -> [i64; BLOCK] {
        let (values, sell) = match self {
            Opened::Offer(o) => (o.block(), true),
            Opened::Bid(o) => (o.block(), false),
        };
        let mut block = [0; BLOCK];
        for (k, value) in values.iter().enumerate() {
            block[if sell { k } else { BLOCK - 1 - k }] = small(*value);
        }
        block
    }
}

/// A small signed integer from a field element.
fn small(x: Fr) -> i64 {
    let positive = |x: Fr| protocol::relation::check::as_u64(x).and_then(|x| i64::try_from(x).ok());
    positive(x).or_else(|| positive(-x).map(|x| -x)).expect("a block's coefficients are small")
}

fn market() -> (Scale, MatchingPublicKey) {
    let mut rng = rng(SEED);
    let key = key(&mut rng);
    (context(&key, Side::Sell).scale, key)
}

/// `x mod Q`, nearest to zero.
fn centred(x: i128) -> i128 {
    let q = MODULUS as i128;
    let r = x.rem_euclid(q);
    if r > q / 2 {
        r - q
    } else {
        r
    }
}

/// `x y mod Q` by doubling: the product itself has 208 bits.
fn times(x: u128, y: u128) -> u128 {
    (0..104).rev().fold(0, |sum, bit| {
        let sum = sum * 2 % MODULUS;
        if y >> bit & 1 == 1 {
            (sum + x) % MODULUS
        } else {
            sum
        }
    })
}

/// The inverse of t modulo Q: `(Q + 1) / 2` to the power of 22.
fn inverse_of_t() -> u128 {
    (0..PLAINTEXT_MODULUS.trailing_zeros()).fold(1, |x, _| times(x, MODULUS.div_ceil(2)))
}

/// `key r` in Z[X]/(X^N + 1), by the definition.
fn product(key: &Coefficients, r: &[i8]) -> Vec<i128> {
    let key: Vec<i128> = (0..N).map(|j| key.lift(j) as i128).collect();
    let mut sum = vec![0i128; N];
    for (i, r) in r.iter().enumerate().filter(|(_, r)| **r != 0) {
        for (j, x) in key.iter().enumerate() {
            let (at, sign) = if i + j < N { (i + j, 1) } else { (i + j - N, -1) };
            sum[at] += sign * i128::from(*r) * x;
        }
    }
    sum
}

/// An attempt: its statement, as the verifier would put it together, and the witness.
struct Attempt {
    opened: Opened,
    statement: Statement,
    encryption: Encryption,
}

impl Attempt {
    fn check(&self) -> Result<(), Broken> {
        match &self.opened {
            Opened::Offer(o) => {
                let witness = SellCiphertextWitness { opening: o.clone(), encryption: self.encryption.clone() };
                self.statement.check_sell(&witness)
            }
            Opened::Bid(o) => {
                let witness = BuyCiphertextWitness { opening: o.clone(), encryption: self.encryption.clone() };
                self.statement.check_buy(&witness)
            }
        }
    }
    fn broken(&self) -> Vec<&'static str> {
        self.check().err().map(|e| e.0).unwrap_or_default()
    }
}

fn context_of<'a>(opened: &Opened, scale: Scale, key: &'a MatchingPublicKey) -> Context<'a> {
    let (handle, side) = (opened.handle(), opened.side());
    Context { verifying_key: [3; 32], key, scale, binding: Fr::from(5u64), handle, side }
}

/// The best witness there is that `ciphertext` is of this plan, under this r.
fn attempt(opened: &Opened, scale: Scale, key: &MatchingPublicKey, ciphertext: &PlanCiphertext, r: &[i8]) -> Attempt {
    let context = context_of(opened, scale, key);
    let digits: Vec<Fr> = r.iter().map(|r| Fr::from((r + 1) as u64)).collect();
    let blindings = [Fr::from(11u64), Fr::from(12u64)];
    let first = commit_randomness(&digits, blindings[0]);
    let seed = first_seed(&context, ciphertext, first);
    let projection = Projection::from_seed(seed);
    let (block, inverse) = (opened.block(), inverse_of_t());
    let mut rest = Vec::with_capacity(2 * N);
    for (half, (key, c)) in [(key.a(), ciphertext.a()), (key.b(), ciphertext.b())].into_iter().enumerate() {
        let kr = product(key, r);
        rest.extend((0..N).map(|j| {
            let plain = if half == 1 && j < BLOCK { i128::from(block[j]) } else { 0 };
            c.lift(j) as i128 - kr[j] - plain
        }));
    }
    let noise: Vec<i128> =
        rest.iter().map(|x| centred(times(x.rem_euclid(MODULUS as i128) as u128, inverse) as i128)).collect();
    let (q, t) = (MODULUS as i128, i128::from(PLAINTEXT_MODULUS));
    // The integers k with `rest = t noise + Q k`.
    let exact = |(rest, noise): (&i128, &i128)| {
        assert_eq!((rest - t * noise) % q, 0, "the noise was chosen so");
        (rest - t * noise) / q
    };
    let small: Vec<i128> = rest.iter().zip(&noise).map(exact).collect();
    let entry = |i: usize, j: usize| {
        let bit = |columns: &[[u8; 32]]| i128::from(columns[j][i / 8] >> (i % 8) & 1);
        bit(&projection.plus) - bit(&projection.minus)
    };
    let (mut projected, mut carries) = (Vec::new(), Vec::new());
    for i in 0..ROWS {
        let sum = |values: &[i128]| values.iter().enumerate().map(|(j, x)| entry(i, j) * x).sum::<i128>();
        let p = centred(sum(&noise));
        // The row's sum of `rest` itself takes 130 bits. So each coefficient is divided first.
        let carry = sum(&small) + t * ((sum(&noise) - p) / q);
        projected.push(correlate::signed(p + (1 << (PROJECTED_BITS - 1))));
        carries.push(correlate::signed(carry + (1 << (CARRY_BITS - 1))));
    }
    let second = commit_projection(&projected, &carries, blindings[1]);
    let commitments = [first, second];
    let encryption = Encryption { digits, projected, carries, blindings };
    let challenge = challenge(&context, ciphertext, commitments);
    let statement = Statement { handle: context.handle, scale, commitments, challenge, binding: context.binding };
    Attempt { opened: opened.clone(), statement, encryption }
}

/// A ciphertext of any polynomial, with any noise.
fn encrypted(key: &MatchingPublicKey, block: &[i64], r: &[i8; N], e: [&[i64]; 2]) -> PlanCiphertext {
    let (key_a, key_b) = key.transformed();
    let r = Coefficients::from_small(r).transform();
    let mut a = crate::ring::Transformed::product(key_a, &r).inverse();
    let mut b = crate::ring::Transformed::product(key_b, &r).inverse();
    a.add_signed(PLAINTEXT_MODULUS as i64, e[0].iter().copied());
    b.add_signed(PLAINTEXT_MODULUS as i64, e[1].iter().copied());
    b.add_signed(1, block.iter().copied());
    PlanCiphertext::from_halves(a, b)
}

fn wide(small: &[i8; N]) -> Vec<i64> {
    small.iter().map(|x| i64::from(*x)).collect()
}

/// Only bounds are broken: of p or of k.
fn only_bounds(broken: &[&str]) -> bool {
    !broken.is_empty() && broken.iter().all(|b| ["4.range", "4.norm", "4.carry"].contains(b))
}

#[test]
fn a_ciphertext_of_anything_but_the_plan_has_no_witness() {
    let (scale, key) = market();
    let mut rng = rng(SEED + 1);
    for side in [Side::Sell, Side::Buy] {
        let opened = Opened::new(side, &scale, 1);
        let own = Randomness::sample(&mut rng);
        let (r, e1, e2) = (own.r(), wide(own.e1()), wide(own.e2()));
        let block = opened.block();
        let honest = encrypted(&key, &block, r, [&e1, &e2]);
        assert_eq!(attempt(&opened, scale, &key, &honest, r).check(), Ok(()), "the harness finds honest witnesses");

        let mut cases: Vec<(&str, PlanCiphertext)> = Vec::new();
        let mut of = |what, change: &dyn Fn(&mut Vec<i64>)| {
            let mut block = block.to_vec();
            block.resize(N, 0);
            change(&mut block);
            cases.push((what, encrypted(&key, &block, r, [&e1, &e2])));
        };
        of("one more in the constant", &|b| b[if side == Side::Sell { 0 } else { 63 }] += 1);
        match side {
            Side::Sell => {
                of("another volume, its square as it was", &|b| b[1] += 1);
                of("a square that is not the square", &|b| b[5] += 1);
                of("x^2 + y^2 of another place", &|b| b[7] -= 1);
                of("two energy types", &|b| b[9] = 1);
                of("no energy type", &|b| b[8..13].fill(0));
                of("solar for wind", &|b| b[8..13].swap(0, 3));
                of("two ticks", &|b| b[13] = 1);
                of("no tick", &|b| b[13..61].fill(0));
                of("a tick cheaper", &|b| b[13 + 19..13 + 21].swap(0, 1));
                of("half in one tick, half in another", &|b| (b[13], b[60]) = (-1, 1));
            }
            Side::Buy => {
                of("a weight that its cost does not follow from", &|b| b[63 - 5] += 1);
                of("a cost that does not follow from wish and weight", &|b| b[63 - 1] -= 2);
                of("energy types for nothing", &|b| b[63 - 12..=63 - 8].fill(0));
                of("a tick cheaper than it is", &|b| b[63 - 13 - 30] -= 1);
                of("a limit that is none", &|b| b[3..=63 - 13 - 41].fill(0));
                of("everybody too dear", &|b| b[3..=50].fill(1 << 19));
            }
        }
        of("junk in the positions that are always zero", &|b| b[if side == Side::Sell { 61 } else { 0 }] = 1);
        of("junk beside the block, before a neighbour", &|b| b[64] = 1);
        of("junk at the end, which comes around", &|b| b[N - 1] = -1);
        of("junk over all", &|b| b[64..].fill(1 << 20));
        of("the constant term times t", &|b| b[0] += PLAINTEXT_MODULUS as i64 * 2000);

        // Others' ciphertexts, under which this plan has only randomness of its own to offer: any
        // will do.
        let rival = Opened::new(side, &scale, 2);
        let theirs = Randomness::sample(&mut rng);
        let copy = encrypted(&key, &rival.block(), theirs.r(), [&wide(theirs.e1()), &wide(theirs.e2())]);
        let mut shifted = copy.b().clone();
        shifted.add_signed(1, [vec![0; 31], vec![1, -1]].concat().into_iter());
        cases.push(("a rival's, shifted by a tick", PlanCiphertext::from_halves(copy.a().clone(), shifted)));
        cases.push(("a rival's", copy));
        cases.push((
            "the two polynomials exchanged",
            PlanCiphertext::from_halves(honest.b().clone(), honest.a().clone()),
        ));
        cases.push(("the first polynomial twice", PlanCiphertext::from_halves(honest.a().clone(), honest.a().clone())));
        let shown = PlanCiphertext::from_halves(Coefficients::from_small(&[0; N]), Coefficients::from_small(&[0; N]));
        cases.push(("nothing at all", shown));
        for (what, ciphertext) in &cases {
            let broken = attempt(&opened, scale, &key, ciphertext, r).broken();
            assert!(only_bounds(&broken), "{side:?}, {what}: {broken:?}");
        }
        // Another's plan over one's own ciphertext, and one's own ciphertext under another's r.
        let mut elsewhere = attempt(&rival, scale, &key, &honest, r);
        assert_eq!(elsewhere.broken(), [""; 0], "the same terms: the block is the same");
        elsewhere.opened = opened.clone();
        assert_eq!(elsewhere.broken(), ["1.handle"]);
        assert!(only_bounds(&attempt(&opened, scale, &key, &honest, theirs.r()).broken()));
    }
}

#[test]
fn noise_over_the_bound_has_no_witness() {
    let (scale, key) = market();
    let (opened, zeros) = (Opened::new(Side::Sell, &scale, 1), vec![0i64; N]);
    let r = *Randomness::sample(&mut rng(SEED + 2)).r();
    let with = |e1: &[i64], e2: &[i64]| {
        let ciphertext = encrypted(&key, &opened.block(), &r, [e1, e2]);
        attempt(&opened, scale, &key, &ciphertext, &r).broken()
    };
    let at = |places: &[usize], value: i64| {
        let mut e = zeros.clone();
        places.iter().for_each(|p| e[*p] = value);
        e
    };
    assert_eq!(with(&zeros, &zeros), [""; 0]);
    assert_eq!(with(&at(&[7], 200), &at(&[9], -200)), [""; 0], "short noise of another shape is no cheating");
    // The bound itself, 1024, in one coefficient, in four, in all; in either polynomial; far over
    // it.
    for (e1, e2) in [
        (at(&[0], 1024), zeros.clone()),
        (zeros.clone(), at(&[4095], -1024)),
        (at(&[1, 2], 512), at(&[3, 4], 512)),
        (vec![16; N], zeros.clone()),
        (vec![12; N], vec![-12; N]),
        (at(&[5], 1 << 27), zeros.clone()),
        (zeros.clone(), at(&[5], -(1 << 27))),
    ] {
        let broken = with(&e1, &e2);
        assert!(only_bounds(&broken), "{broken:?}");
    }
}

#[test]
fn a_chosen_challenge_satisfies_the_relation_and_is_not_the_verifiers() {
    let (scale, key) = market();
    let mut rng = rng(SEED + 3);
    let opened = Opened::new(Side::Sell, &scale, 1);
    let own = Randomness::sample(&mut rng);
    let mut junk = opened.block().to_vec();
    junk.extend([9; 100]);
    let ciphertext = encrypted(&key, &junk, own.r(), [&wide(own.e1()), &wide(own.e2())]);
    let mut attempt = attempt(&opened, scale, &key, &ciphertext, own.r());
    assert!(only_bounds(&attempt.broken()));
    // Short p and k of nothing, committed to: only the equation is wrong.
    attempt.encryption.projected.fill(Fr::from(1u64 << (PROJECTED_BITS - 1)));
    attempt.encryption.carries.fill(Fr::from(1u64 << (CARRY_BITS - 1)));
    let (projected, carries) = (&attempt.encryption.projected, &attempt.encryption.carries);
    attempt.statement.commitments[1] = commit_projection(projected, carries, attempt.encryption.blindings[1]);
    let context = context_of(&opened, scale, &key);
    let derived = challenge(&context, &ciphertext, attempt.statement.commitments);
    attempt.statement.challenge = derived.clone();
    assert_eq!(attempt.broken(), ["5.equation"]);
    // Weights of zero; or the right ones, with the constant that the witness needs: both satisfy
    // it.
    let zero = |n: usize| vec![Fr::from(0u64); n];
    attempt.statement.challenge =
        Challenge { constant: Fr::from(0u64), key: zero(N), block: zero(USED), rows: zero(ROWS) };
    assert_eq!(attempt.broken(), [""; 0]);
    assert!(attempt.statement.challenge != derived);
    let Opened::Offer(o) = &opened else { unreachable!() };
    let constant = derived.left_side(&attempt.encryption, &o.block());
    attempt.statement.challenge = Challenge { constant, ..derived.clone() };
    assert_eq!(attempt.broken(), [""; 0]);
    assert!(attempt.statement.challenge != derived, "what the verifier derives is not what was chosen");
}

#[test]
fn quotients_are_committed_to_and_in_range() {
    let (scale, key) = market();
    let opened = Opened::new(Side::Buy, &scale, 1);
    let own = Randomness::sample(&mut rng(SEED + 4));
    let mut block = opened.block();
    block[10] -= 5;
    let lie = encrypted(&key, &block, own.r(), [&wide(own.e1()), &wide(own.e2())]);
    let Opened::Bid(o) = &opened else { unreachable!() };
    // Short p, and k zero: the equation is wrong by some d. Q is invertible in the field, so a k
    // that nobody bounds makes up for it: before it is committed to, when d is not known; or after,
    // when the commitment is another.
    let mut a = attempt(&opened, scale, &key, &lie, own.r());
    a.encryption.projected.fill(Fr::from(1u64 << (PROJECTED_BITS - 1)));
    a.encryption.carries.fill(Fr::from(1u64 << (CARRY_BITS - 1)));
    let context = context_of(&opened, scale, &key);
    let commit = |e: &Encryption| commit_projection(&e.projected, &e.carries, e.blindings[1]);
    a.statement.commitments[1] = commit(&a.encryption);
    a.statement.challenge = challenge(&context, &lie, a.statement.commitments);
    assert_eq!(a.broken(), ["5.equation"]);
    let c = &a.statement.challenge;
    let wrong = c.constant - c.left_side(&a.encryption, &o.block());
    let inverse = ark_ff::Field::inverse(&(Fr::from(Q) * c.rows[0])).unwrap();
    a.encryption.carries[0] += wrong * inverse;
    let broken = a.broken();
    assert!(broken.contains(&"4.carry") && broken.contains(&"4.projection"), "{broken:?}");
    assert!(!broken.contains(&"5.equation"), "{broken:?}");
    // Committed to as it is, the challenge is another, and the equation is wrong again.
    a.statement.commitments[1] = commit(&a.encryption);
    a.statement.challenge = challenge(&context, &lie, a.statement.commitments);
    assert_eq!(a.broken(), ["4.carry", "5.equation"]);
}

/// After any change of ciphertext or statement the proof does not hold for the statement that the
/// verifier then computes. 2,000 mutations; 100,000 under `VEILGRID_THOROUGH`.
#[test]
fn no_mutation_is_accepted() {
    let (scale, key) = market();
    let mut rng = rng(SEED + 5);
    let count = if std::env::var_os("VEILGRID_THOROUGH").is_some() { 100_000 } else { 2_000 };
    let (mut refused_as_bytes, mut tried) = (0, 0);
    for side in [Side::Sell, Side::Buy] {
        let opened = Opened::new(side, &scale, 1);
        let own = Randomness::sample(&mut rng);
        let honest = encrypted(&key, &opened.block(), own.r(), [&wide(own.e1()), &wide(own.e2())]);
        let good = attempt(&opened, scale, &key, &honest, own.r());
        assert_eq!(good.check(), Ok(()));
        let (bytes, commitments) = (honest.to_bytes(), good.statement.commitments);
        let context = context_of(&opened, scale, &key);
        for case in 0..count / 2 {
            let (mut context, mut commitments, mut ciphertext) = (context, commitments, honest.clone());
            let field = |rng: &mut ChaCha20Rng| match rng.next_u32() % 3 {
                0 => Fr::from(1u64),
                1 => -Fr::from(1u64),
                _ => Fr::from(u128::from(rng.next_u64()) << 60),
            };
            match case % 16 {
                0 => context.handle.0 += field(&mut rng),
                1 => context.binding += field(&mut rng),
                2 => commitments[0] += field(&mut rng),
                3 => commitments[1] += field(&mut rng),
                4 => context.verifying_key[rng.next_u32() as usize % 32] ^= 1 << (rng.next_u32() % 8),
                5 => context.scale.step = Price::new(context.scale.step.get() + 1 + rng.next_u64() % 999).unwrap(),
                6 => {
                    let range = &mut context.scale.ranges[rng.next_u32() as usize % 3];
                    *range = Range::new(range.lo(), range.hi() + 1 + rng.next_u32() % 1000).unwrap();
                }
                n => {
                    // Bits, a byte, a run of bytes, the same as elsewhere.
                    let mut changed = bytes.clone();
                    let at = rng.next_u32() as usize % changed.len();
                    match n % 4 {
                        0 => changed[at] ^= 1 << (rng.next_u32() % 8),
                        1 => changed[at] = changed[at].wrapping_add(1 + (rng.next_u32() % 255) as u8),
                        2 => {
                            let end = (at + 1 + rng.next_u32() as usize % 200).min(changed.len());
                            match rng.next_u32() % 2 {
                                0 => rng.fill_bytes(&mut changed[at..end]),
                                _ => changed[at..end].fill(0xff),
                            }
                        }
                        _ => {
                            let from = rng.next_u32() as usize % (changed.len() - 8);
                            let (to, run) = (at.min(changed.len() - 8), bytes[from..from + 8].to_vec());
                            changed[to..to + 8].copy_from_slice(&run);
                        }
                    }
                    if changed == bytes {
                        continue;
                    }
                    match PlanCiphertext::from_bytes(&changed) {
                        Ok(other) => ciphertext = other,
                        Err(_) => {
                            refused_as_bytes += 1;
                            continue;
                        }
                    }
                }
            }
            tried += 1;
            let challenge = challenge(&context, &ciphertext, commitments);
            let Context { handle, scale, binding, .. } = context;
            let statement = Statement { handle, scale, commitments, challenge, binding };
            let mutated = Attempt { opened: opened.clone(), statement, encryption: good.encryption.clone() };
            assert!(mutated.check().is_err(), "{side:?} case {case}");
        }
    }
    println!("{tried} mutations, and {refused_as_bytes} that are no ciphertext: none accepted");
    assert!(tried > count / 2 && refused_as_bytes > 0);
}
