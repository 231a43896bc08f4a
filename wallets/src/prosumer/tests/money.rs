//! Balances: covering, merging, and the grid.

use super::*;
use protocol::record::metered::Sign;
use protocol::record::Commitment;

fn metered(v: u64, sign: Sign, r: u64) -> Payload {
    Payload::Metered { volume: wh(v), sign, cycle: cycle(), blinding: Fr::from(r) }
}

fn issue(chain: &mut Chain, wallet: &mut Wallet, payload: Payload) -> Commitment {
    let body = chain.issue(&wallet.payment_address(), payload);
    chain.issuer_block(&[body]);
    chain.sync(wallet);
    payload.leaf(wallet.address()).unwrap()
}

#[test]
fn fragments_are_merged_until_one_is_left() {
    let (mut chain, mut seller, _) = market();
    for (n, amount) in [30, 0, 40, 50].into_iter().enumerate() {
        issue(&mut chain, &mut seller, balance(amount * 1_000_000, 10 + n as u64));
    }
    let wanted = bid(400, 300_000); // 120,000,000: all of it
    let too_much = bid(401, 300_000);
    assert_eq!(code(seller.list_buy(&NativeProver, &mut chain.rng, &too_much, cycle())), "insufficient-funds");
    assert_eq!(code(seller.list_buy(&NativeProver, &mut chain.rng, &wanted, cycle())), "fragmented");
    let mut rounds = 0;
    loop {
        let merges = seller.consolidate(&NativeProver, &mut chain.rng).unwrap();
        if merges.is_empty() {
            break;
        }
        // what is being merged is not free
        assert_eq!(seller.free().filter(|r| matches!(r.payload, Payload::Balance { .. })).count(), 1 - rounds);
        chain.wallet_block(&merges);
        chain.sync(&mut seller);
        rounds += 1;
    }
    assert_eq!(rounds, 2);
    assert_eq!(seller.balance(), money(120_000_000));
    let listing = seller.list_buy(&NativeProver, &mut chain.rng, &wanted, cycle()).unwrap();
    chain.wallet_block(&[listing.transaction]);
    chain.sync(&mut seller);
    assert_eq!((seller.balance(), seller.locked().money), (Money::ZERO, money(120_000_000)));
}

#[test]
fn generation_of_one_type_and_cycle_is_merged() {
    let (mut chain, mut seller, _) = market();
    issue(&mut chain, &mut seller, generation(4000, 20));
    let large = offer(&seller, 9000, 200_000);
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &large, cycle())), "fragmented");
    let none = seller.consolidate_energy(&NativeProver, &mut chain.rng, cycle(), EnergyType::Wind).unwrap();
    assert!(none.is_empty());
    let merges = seller.consolidate_energy(&NativeProver, &mut chain.rng, cycle(), EnergyType::Solar).unwrap();
    assert_eq!(merges.len(), 1);
    chain.wallet_block(&merges);
    chain.sync(&mut seller);
    seller.list_sell(&NativeProver, &mut chain.rng, &large, cycle()).unwrap();
}

#[test]
fn a_surplus_is_paid_once_at_the_feed_in_tariff() {
    let (mut chain, mut seller, mut buyer) = market();
    for (wallet, held) in [(&mut seller, 0u64), (&mut buyer, 1_000_000_000_000)] {
        chain.sync(wallet);
        let s = issue(&mut chain, wallet, metered(700, Sign::Surplus, 31));
        assert_eq!(wallet.balance(), money(held));
        let paid = wallet.pay_surplus(&NativeProver, &mut chain.rng, s).unwrap();
        assert_eq!(code(wallet.pay_surplus(&NativeProver, &mut chain.rng, s)), "in-flight");
        chain.wallet_block(&[paid]);
        chain.sync(wallet);
        assert_eq!(wallet.balance(), money(held + 700 * 80_000));
        assert_eq!(code(wallet.pay_surplus(&NativeProver, &mut chain.rng, s)), "unknown-metered");
    }
}

#[test]
fn a_shortfall_is_paid_once_by_one_who_can() {
    let (mut chain, mut seller, mut buyer) = market();
    let owed = issue(&mut chain, &mut seller, metered(500, Sign::Shortfall, 41));
    assert_eq!(code(seller.pay_shortfall(&NativeProver, &mut chain.rng, owed)), "insufficient-funds");
    chain.sync(&mut buyer);
    assert_eq!(code(buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed)), "unknown-metered");
    let owed = issue(&mut chain, &mut buyer, metered(500, Sign::Shortfall, 42));
    let paid = buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed).unwrap();
    assert_eq!(code(buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed)), "in-flight");
    chain.wallet_block(&[paid]);
    chain.sync(&mut buyer);
    assert_eq!(buyer.balance(), money(1_000_000_000_000 - 500 * 400_000));
    assert!(buyer.watch().obligations().all(|(_, o)| o.paid()));
    assert_eq!(code(buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed)), "unknown-metered");
}

#[test]
fn a_metered_record_whose_public_cycle_is_another_is_not_taken() {
    let (mut chain, mut seller, _) = market();
    let body = chain.issue(&seller.payment_address(), metered(700, Sign::Surplus, 51));
    let Body::Issue(mut issue) = body else { panic!("an issue") };
    issue.issued = protocol::transaction::body::Issued::Metered(Sign::Surplus, Cycle::new(3).unwrap());
    chain.issuer_block(&[Body::Issue(issue)]);
    chain.sync(&mut seller);
    assert_eq!(seller.records().count(), 1);
}

#[test]
fn without_a_credential_nothing_is_listed() {
    let mut chain = Chain::new();
    let mut wallet = wallet(&chain, 0);
    chain.sync(&mut wallet);
    issue(&mut chain, &mut wallet, balance(1_000_000_000, 61));
    assert_eq!(code(wallet.list_buy(&NativeProver, &mut chain.rng, &bid(1, 300_000), cycle())), "no-credential");
}
