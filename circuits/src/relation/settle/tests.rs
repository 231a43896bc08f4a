//! Both settlements, broken one condition at a time.

use super::*;
use crate::relation::probe::{accepts, agrees, all_break, breaks, determined, same_shape};
use crate::relation::testing::{constraints, elsewhere, refuses, rng, Mutation, Perturbation};
use ark_ff::PrimeField;
use protocol::tree::Path;
use protocol::units::PerMille;

fn fr(x: u64) -> Fr {
    Fr::from(x)
}
fn low(x: Fr) -> u64 {
    x.into_bigint().0[0]
}
fn seal_deliveries(s: &mut Statement, w: &mut Witness) {
    (s.delivery_sell, s.delivery_buy) = (w.delivery_sell.id(), w.delivery_buy.id());
}
fn seal_match(s: &mut Statement, w: &mut Witness) {
    s.match_id = w.match_id.id();
    (w.delivery_sell.match_id, w.delivery_buy.match_id) = (s.match_id.0, s.match_id.0);
    seal_deliveries(s, w);
}
fn seal_handle(s: &mut Statement, w: &mut Witness) {
    s.handle = w.plan.handle();
    match w.plan.side {
        Side::Sell => w.match_id.sell = s.handle.0,
        Side::Buy => w.match_id.buy = s.handle.0,
    }
    seal_match(s, w);
}
fn seal_counted(_: &mut Statement, w: &mut Witness) {
    let matched = w.match_id.volume;
    w.counted = [w.delivery_sell.amount, w.delivery_buy.amount].map(|a| a.min(matched));
}
fn seal_least(_: &mut Statement, w: &mut Witness) {
    w.delivered = w.counted[0].min(w.counted[1]);
}
/// `within`, by integers.
fn seal_within(s: &mut Statement, w: &mut Witness) {
    let (matched, delivered) = (i128::from(low(w.match_id.volume)), i128::from(low(w.delivered)));
    s.within = (matched - delivered) * 1000 <= i128::from(s.tolerance.get()) * matched;
}
fn seal_final(s: &mut Statement, w: &mut Witness) {
    w.final_volume = if s.within { w.match_id.volume } else { w.delivered };
}
/// The penalties, by integers.
fn seal_owes(s: &mut Statement, w: &mut Witness) {
    let (matched, last, price) = (w.match_id.volume, w.final_volume, w.match_id.price);
    let at = |x: Fr, price: u64| u128::from(low(x)) * u128::from(price);
    let paid_for = if s.within { fr(0) } else { last };
    let most = [paid_for, matched - last].map(|x| at(x, low(price)));
    w.owes = [0, 1].map(|i| Fr::from(at(matched - w.counted[i], s.penalty.get()).min(most[i])));
}
/// The old balance as the only leaf of a tree.
fn seal_spent(s: &mut Statement, w: &mut Witness) {
    w.path = Path::dummy(w.balance.commitment().0);
    s.root = w.path.root();
    s.nullifier = w.owner.nullifier(w.balance.commitment(), &w.path);
}
fn seal_new(s: &mut Statement, w: &mut Witness) {
    let paid = w.final_volume * w.match_id.price;
    let moved = paid - w.owes[0] + w.owes[1];
    let amount = match w.plan.side {
        Side::Buy => w.balance.amount + w.match_id.volume * w.plan.price - moved,
        Side::Sell => w.balance.amount + moved,
    };
    s.balance = Balance { amount, owner: w.plan.owner, blinding: w.new_blinding }.commitment();
}
fn seal(s: &mut Statement, w: &mut Witness) {
    seal_handle(s, w);
    seal_counted(s, w);
    seal_least(s, w);
    seal_within(s, w);
    seal_final(s, w);
    seal_owes(s, w);
    seal_spent(s, w);
    seal_new(s, w);
}
/// What follows from the delivered volume.
fn seal_from_delivered(s: &mut Statement, w: &mut Witness) {
    seal_within(s, w);
    seal_final(s, w);
    seal_owes(s, w);
    seal_new(s, w);
}
/// The sample with these volumes delivered and taken, of that many matched.
fn settled<R: Relation<Statement = Statement, Witness = Witness>>(
    sold: u64,
    bought: u64,
    matched: u64,
    tolerance: u16,
) -> (Statement, Witness) {
    let (mut s, mut w) = R::sample(&mut rng());
    (w.delivery_sell.amount, w.delivery_buy.amount, w.match_id.volume) = (fr(sold), fr(bought), fr(matched));
    s.tolerance = PerMille::new(tolerance).unwrap();
    seal(&mut s, &mut w);
    (s, w)
}

const COMMON: &[Mutation<SettleSell>] = &[
    ("1.match", |_, w| w.match_id.blinding += fr(1)),
    // A better price than the match's.
    ("1.match", |s, w| {
        w.match_id.price -= fr(7_500);
        seal_new(s, w);
    }),
    ("1.side", |s, w| {
        match w.plan.side {
            Side::Sell => w.match_id.sell += fr(1),
            Side::Buy => w.match_id.buy += fr(1),
        }
        seal_match(s, w);
    }),
    ("1.side", |s, w| {
        (w.match_id.sell, w.match_id.buy) = (w.match_id.buy, w.match_id.sell);
        seal_match(s, w);
    }),
    ("1.handle", |_, w| w.plan.volume += fr(1)),
    ("1.handle", |s, w| {
        let side = w.plan.side;
        w.plan.side = side.other();
        s.handle = w.plan.handle();
        match side {
            Side::Sell => w.match_id.sell = s.handle.0,
            Side::Buy => w.match_id.buy = s.handle.0,
        }
        seal_match(s, w);
    }),
    // Only the secret is another's: the nullifier follows, the address does not.
    ("1.owner", |s, w| {
        w.owner.sk += fr(1);
        seal_spent(s, w);
    }),
    ("1.owner", |s, w| {
        w.plan.owner += fr(1);
        w.balance.owner += fr(1);
        seal(s, w);
    }),
    ("1.delivery-sell", |_, w| w.delivery_sell.blinding += fr(1)),
    ("1.delivery-sell", |s, w| {
        w.delivery_sell.match_id += fr(1);
        seal_deliveries(s, w);
    }),
    ("1.delivery-sell", |s, w| {
        w.delivery_sell.side = fr(1);
        seal_deliveries(s, w);
    }),
    // More than was metered.
    ("1.delivery-sell", |s, w| {
        w.delivery_sell.amount += fr(1);
        seal_counted(s, w);
        seal_owes(s, w);
        seal_new(s, w);
    }),
    ("1.delivery-buy", |_, w| w.delivery_buy.blinding += fr(1)),
    ("1.delivery-buy", |s, w| {
        w.delivery_buy.match_id += fr(1);
        seal_deliveries(s, w);
    }),
    ("1.delivery-buy", |s, w| {
        w.delivery_buy.side = fr(0);
        seal_deliveries(s, w);
    }),
    // The seller's record for both.
    ("1.delivery-buy", |s, w| {
        w.delivery_buy = w.delivery_sell;
        s.delivery_buy = s.delivery_sell;
        seal(s, w);
    }),
    ("1.range", |s, w| {
        w.delivery_sell.amount = fr(1 << 32);
        seal(s, w);
    }),
    ("1.range", |s, w| {
        w.delivery_buy.amount = fr(1 << 32);
        seal(s, w);
    }),
    ("1.range", |s, w| {
        w.match_id.volume = fr(1 << 32);
        seal(s, w);
    }),
    ("1.least", |s, w| {
        w.delivered += fr(1);
        seal_from_delivered(s, w);
    }),
    ("1.least", |s, w| {
        w.delivered = w.delivery_sell.amount;
        seal_from_delivered(s, w);
    }),
    // Nothing was delivered, says the prover.
    ("1.least", |s, w| {
        w.delivered = fr(0);
        seal_from_delivered(s, w);
    }),
    // More counts than was metered, or less.
    ("1.counted-sell", |s, w| {
        w.counted[0] += fr(1);
        seal_least(s, w);
        seal_from_delivered(s, w);
    }),
    ("1.counted-sell", |s, w| {
        w.counted[0] = fr(0);
        seal_least(s, w);
        seal_from_delivered(s, w);
    }),
    ("1.counted-buy", |s, w| {
        w.counted[1] += fr(1);
        seal_least(s, w);
        seal_from_delivered(s, w);
    }),
    ("1.counted-buy", |s, w| {
        w.counted[1] = fr(0);
        seal_least(s, w);
        seal_from_delivered(s, w);
    }),
    ("1.price-range", |s, w| {
        w.match_id.price = fr(1 << 32);
        w.balance.amount = fr(1 << 60);
        seal(s, w);
    }),
    ("1.balance-range", |s, w| {
        w.balance.amount = -fr(1);
        seal(s, w);
    }),
    ("1.balance-owner", |s, w| {
        w.balance.owner += fr(1);
        seal(s, w);
    }),
    ("1.membership", |s, _| s.root.0 += fr(1)),
    ("1.membership", |_, w| w.path = elsewhere(&w.path, w.balance.commitment().0)),
    // Money from nowhere: a dummy with a value.
    ("1.membership", |s, w| {
        let root = s.root;
        w.balance.amount = fr(1);
        seal(s, w);
        s.root = root;
    }),
    ("1.nullifier", |s, _| s.nullifier.0 += fr(1)),
    // A nullifier of another position, so that one record could be spent twice.
    ("1.nullifier", |s, w| {
        let mut path = w.path.clone();
        path.position.0 += 1;
        s.nullifier = w.owner.nullifier(w.balance.commitment(), &path);
    }),
    ("2.within", |s, w| {
        s.within = !s.within;
        seal_final(s, w);
        seal_owes(s, w);
        seal_new(s, w);
    }),
    ("3.final", |s, w| {
        w.final_volume -= fr(1);
        seal_owes(s, w);
        seal_new(s, w);
    }),
    ("3.final", |s, w| {
        w.final_volume = fr(1);
        seal_owes(s, w);
        seal_new(s, w);
    }),
    ("3.seller-owes", |s, w| {
        w.owes[0] += fr(1);
        seal_new(s, w);
    }),
    // More than the penalty, so less goes to the seller.
    ("3.seller-owes", |s, w| {
        w.owes[0] += w.final_volume;
        seal_new(s, w);
    }),
    ("3.buyer-owes", |s, w| {
        w.owes[1] += fr(1);
        seal_new(s, w);
    }),
    // Less than nothing, which would pay the buyer.
    ("3.buyer-owes", |s, w| {
        w.owes[1] -= fr(1_000_000);
        seal_new(s, w);
    }),
    ("4.range", |s, w| {
        w.balance.amount = fr(u64::MAX);
        seal(s, w);
    }),
    ("4.balance", |s, _| s.balance.0 += fr(1)),
    ("4.balance", |_, w| w.new_blinding += fr(1)),
    ("4.balance", |s, w| {
        w.balance.amount += fr(1);
        seal_new(s, w);
        w.balance.amount -= fr(1);
    }),
    ("4.balance", |s, w| {
        w.plan.owner += fr(1);
        seal_new(s, w);
        w.plan.owner -= fr(1);
    }),
];
const BUY: &[Mutation<SettleBuy>] = &[
    // A match above the limit, which no confirmation allows: more is due than is there.
    ("4.range", |s, w| {
        w.balance.amount = fr(0);
        w.match_id.price = w.plan.price + fr(1);
        seal(s, w);
    }),
    // The buyer keeps its lock.
    ("4.balance", |s, w| {
        let due = std::mem::take(&mut w.final_volume);
        seal_new(s, w);
        w.final_volume = due;
    }),
];
const SELL: &[Mutation<SettleSell>] = &[
    // The seller is paid at another price.
    ("4.balance", |s, w| {
        w.match_id.price += fr(1);
        seal_new(s, w);
        w.match_id.price -= fr(1);
    }),
];

#[test]
fn each_condition_of_the_buyer_bites_alone() {
    refuses::<SettleBuy>(&[COMMON, BUY].concat());
}

#[test]
fn each_condition_of_the_seller_bites_alone() {
    refuses::<SettleSell>(&[COMMON, SELL].concat());
}

/// The conditions that the tolerance has a part in.
const VOLUMES: [&str; 8] =
    ["1.range", "1.counted-sell", "1.counted-buy", "1.least", "2.within", "3.final", "3.seller-owes", "3.buyer-owes"];

#[test]
fn out_of_tolerance_each_condition_on_volumes_bites_too() {
    let volumes: Vec<Mutation<SettleBuy>> = COMMON.iter().filter(|(c, _)| VOLUMES.contains(c)).copied().collect();
    let (s, w) = settled::<SettleBuy>(650, 640, 700, 50);
    assert!(!s.within);
    all_break::<SettleBuy>(&s, &w, &volumes);
    let (s, w) = settled::<SettleSell>(650, 640, 700, 50);
    all_break::<SettleSell>(&s, &w, &volumes);
}

/// Out of tolerance the honest penalties are 5,000,000 for 50 Wh and 6,000,000 for 60 Wh.
#[test]
fn a_side_that_falls_short_owes_the_penalty_and_no_more_than_the_trade_leaves() {
    let (s, w) = settled::<SettleSell>(650, 640, 700, 50);
    assert_eq!(w.owes, [5_000_000, 6_000_000].map(fr));
    // The seller's debt taken from the buyer's, neither paid, and one paid twice.
    for owes in [[6_000_000u64, 5_000_000], [0, 0], [5_000_000, 0], [0, 6_000_000], [10_000_000, 6_000_000]] {
        let (s, mut w) = (s.clone(), w.clone());
        w.owes = owes.map(fr);
        assert!(SettleSell::check(&s, &w).is_err());
        assert!(!crate::relation::testing::build::<SettleSell>(&s, &w, None).0);
    }
    let price = fr(457_500);
    for penalty in [0u64, 1, 457_499, 457_500, 457_501, (1 << 32) - 1] {
        for (sold, bought) in [(0, 0), (0, 700), (700, 0), (1, 699), (300, 200), (640, 664), (700, 664)] {
            let check = |side: Side| {
                let (mut s, mut w) = match side {
                    Side::Sell => settled::<SettleSell>(sold, bought, 700, 50),
                    Side::Buy => settled::<SettleBuy>(sold, bought, 700, 50),
                };
                s.penalty = Price::new(penalty).unwrap();
                seal(&mut s, &mut w);
                match side {
                    Side::Sell => accepts::<SettleSell>(&s, &w),
                    Side::Buy => accepts::<SettleBuy>(&s, &w),
                }
                assert!(w.owes[0] <= w.final_volume * price && w.owes[1] <= (fr(700) - w.final_volume) * price);
                w.owes
            };
            assert_eq!(check(Side::Sell), check(Side::Buy), "both sides compute the same");
        }
    }
}

#[test]
fn the_tolerance_is_exact_and_volumes_go_to_their_limits() {
    const MAX: u64 = (1 << 32) - 1;
    let cases = [
        // Exactly 50 per mille of 700, and a watt-hour more.
        (665, 900, 700, 50, true),
        (664, 900, 700, 50, false),
        // 50 per mille of 701 is 35.05.
        (900, 666, 701, 50, true),
        (900, 665, 701, 50, false),
        // No tolerance.
        (700, 700, 700, 0, true),
        (699, 700, 700, 0, false),
        // More than matched is as much as matched.
        (701, 800, 700, 0, true),
        (MAX, MAX, MAX, 999, true),
        (0, MAX, MAX, 999, false),
        (MAX, 0, MAX, 0, false),
        (0, 0, 1, 999, false),
    ];
    for (sold, bought, matched, tolerance, within) in cases {
        let (mut s, mut w) = settled::<SettleSell>(sold, bought, matched, tolerance);
        assert_eq!(s.within, within, "{sold} {bought} {matched} {tolerance}");
        assert_eq!(w.final_volume, fr(if within { matched } else { sold.min(bought) }));
        accepts::<SettleSell>(&s, &w);
        s.within = !s.within;
        seal_final(&mut s, &mut w);
        seal_owes(&mut s, &mut w);
        seal_new(&mut s, &mut w);
        breaks::<SettleSell>("2.within", &s, &w);
    }
}

#[test]
fn a_dummy_needs_no_membership() {
    let (mut s, mut w) = SettleSell::sample(&mut rng());
    let root = s.root;
    w.balance.amount = fr(0);
    seal(&mut s, &mut w);
    s.root = root;
    assert_ne!(w.path.root(), s.root);
    accepts::<SettleSell>(&s, &w);
    determined::<SettleSell>(&s, &w);
    // Its path must be one all the same.
    w.path.children[3][0] += fr(1);
    assert_eq!(SettleSell::check(&s, &w).map_err(|b| b.0), Err(vec!["1.membership"]));
    assert!(!crate::relation::testing::build::<SettleSell>(&s, &w, None).0);
}

#[test]
fn every_witness_is_held() {
    let (s, w) = SettleBuy::sample(&mut rng());
    determined::<SettleBuy>(&s, &w);
    let (s, w) = settled::<SettleSell>(650, 640, 700, 50);
    determined::<SettleSell>(&s, &w);
    let (s, w) = settled::<SettleBuy>(650, 640, 700, 50);
    determined::<SettleBuy>(&s, &w);
}

fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
    let (m, p, b) = (&mut w.match_id, &mut w.plan, &mut w.balance);
    let (d, e) = (&mut w.delivery_sell, &mut w.delivery_buy);
    let mut all = vec![&mut s.root.0, &mut s.match_id.0, &mut s.delivery_sell.0, &mut s.delivery_buy.0];
    all.extend([&mut s.handle.0, &mut s.nullifier.0, &mut s.balance.0, &mut s.binding, &mut w.owner.sk]);
    all.extend([&mut m.sell, &mut m.buy, &mut m.volume, &mut m.price, &mut m.cycle, &mut m.blinding]);
    all.extend([&mut p.volume, &mut p.price, &mut p.attributes, &mut p.preferences, &mut p.meter, &mut p.cycle]);
    all.extend([&mut p.owner, &mut p.blinding, &mut d.match_id, &mut d.side, &mut d.amount, &mut d.blinding]);
    all.extend([&mut e.match_id, &mut e.side, &mut e.amount, &mut e.blinding, &mut w.delivered]);
    all.extend([&mut w.final_volume, &mut b.amount, &mut b.owner, &mut b.blinding, &mut w.new_blinding]);
    all.extend(w.counted.iter_mut().chain(&mut w.owes));
    all.push(&mut w.path.children[9][2]);
    all
}

#[test]
fn native_check_and_circuit_agree() {
    let others: &[Perturbation<SettleBuy>] = &[
        |s, _, _| s.within = !s.within,
        |s, _, _| s.tolerance = PerMille::new(s.tolerance.get() + 1).unwrap(),
        |s, _, _| s.penalty = Price::new(s.penalty.get() + 1).unwrap(),
        |_, w, _| w.path.position.0 ^= 1,
    ];
    agrees::<SettleBuy>(60, &SettleBuy::sample(&mut rng()), entries, others, seal);
    agrees::<SettleSell>(60, &settled::<SettleSell>(665, 690, 700, 50), entries, others, seal);
    agrees::<SettleBuy>(60, &settled::<SettleBuy>(650, 640, 700, 50), entries, others, seal);
}

#[test]
fn constraints_are_pinned() {
    assert_eq!((constraints::<SettleBuy>(), constraints::<SettleSell>()), (7_435, 7_434));
    same_shape::<SettleBuy>(&[settled::<SettleBuy>(650, 640, 700, 50)]);
    same_shape::<SettleSell>(&[settled::<SettleSell>(0, 640, 700, 0)]);
}
