use super::*;
use crate::testing::{cycle, deliver_body, f, point};
use protocol::ids::Serial;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use testkit::units::price;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn wh(n: u64) -> Energy {
    Energy::new(n).unwrap()
}

#[test]
fn a_match_opens_for_its_sides_and_the_regulator_and_in_no_other_place() {
    let mut rng = rng();
    let [terms, seller, buyer] = [(); 3].map(|()| DecryptionKey::generate(&mut rng));
    let (sell, buy) = (Handle(f(1)), Handle(f(2)));
    let opening = MatchOpening { other: buy, volume: wh(800), price: price(450_000), cycle: cycle(7), blinding: f(17) };
    let keys = [terms.public(), seller.public(), buyer.public()].map(|key| key.point());
    let made = seal_match(&mut rng, &keys[0], [&keys[1], &keys[2]], sell, &opening);
    let SealedMatch { match_id, c1, terms: to_terms, seller: to_seller, buyer: to_buyer } = made;
    let body = Match {
        serial: Serial(1),
        cycle: cycle(7),
        round: 0,
        match_id,
        sell,
        buy,
        c1,
        terms: to_terms,
        seller: to_seller,
        buyer: to_buyer,
    };
    assert!(open_match(&seller, &body, Side::Sell).is_ok_and(|m| m == opening));
    assert!(open_match(&buyer, &body, Side::Buy).is_ok_and(|m| m == MatchOpening { other: sell, ..opening }));
    assert!(open_terms(&terms, &body).is_ok_and(|m| m == opening));
    let wrong = |body: &Match| open_match(&seller, body, Side::Sell).err();
    assert_eq!(open_match(&buyer, &body, Side::Sell).err(), Some(BadMatch::WrongOpening), "another's key");
    assert_eq!(open_match(&seller, &body, Side::Buy).err(), Some(BadMatch::WrongOpening), "another role");
    assert_eq!(wrong(&Match { buy: Handle(f(3)), ..body }), Some(BadMatch::WrongOpening));
    assert_eq!(wrong(&Match { cycle: cycle(8), ..body }), Some(BadMatch::WrongOpening));
    assert_eq!(wrong(&Match { match_id: MatchId(f(5)), ..body }), Some(BadMatch::WrongOpening));
    assert_eq!(wrong(&Match { seller: to_buyer, ..body }), Some(BadMatch::WrongOpening));
    assert_eq!(wrong(&Match { c1: point(0), ..body }), Some(BadMatch::Unreadable), "the identity");
    assert_eq!([BadMatch::Unreadable.code(), BadMatch::WrongOpening.code()], ["unreadable-match", "wrong-opening"]);
}

#[test]
fn a_delivery_opens_for_its_four_readers_and_its_maker() {
    let mut rng = rng();
    let readers = [Role::DeliveryTerms, Role::DeliverySeller, Role::DeliveryBuyer, Role::DeliveryMeter];
    let keys = readers.map(|_| DecryptionKey::generate(&mut rng));
    let points = [0, 1, 2, 3].map(|i| keys[i].public().point());
    let opening = DeliveryOpening { side: Side::Buy, amount: wh(799), blinding: f(18) };
    let e = ephemeral_scalar(&mut rng);
    let body = deliver_body(&points, MatchId(f(9)), &opening, &e);
    for (i, role) in readers.into_iter().enumerate() {
        for (j, key) in keys.iter().enumerate() {
            assert_eq!(open_delivery(key, role, &body).is_some_and(|d| d == opening), i == j);
        }
        assert!(open_delivery(&keys[i], role, &Deliver { side: Side::Sell, ..body }).is_none());
        assert!(open_delivery(&keys[i], role, &Deliver { match_id: MatchId(f(4)), ..body }).is_none());
        assert!(open_delivery(&keys[i], Role::Terms, &body).is_none());
    }
    assert!(reopen_delivery(&e, &points[0], &body).is_some_and(|d| d == opening));
    assert!(reopen_delivery(&ephemeral_scalar(&mut rng), &points[0], &body).is_none());
}

#[test]
fn openings_have_one_encoding() {
    let opening =
        MatchOpening { other: Handle(f(1)), volume: wh(8), price: price(450_000), cycle: cycle(7), blinding: f(17) };
    assert!(MatchOpening::from_bytes(&opening.to_bytes()).is_ok_and(|o| o == opening));
    let half = DeliveryOpening { side: Side::Buy, amount: wh(799), blinding: f(18) };
    assert!(DeliveryOpening::from_bytes(&half.to_bytes()).is_ok_and(|o| o == half));
}
