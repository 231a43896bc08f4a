//! Trades that go well, or end in order.

use super::*;
use protocol::compact::Event;
use protocol::record::{Handle, MatchId};
use protocol::tree::Root;

fn matched(chain: &mut Chain, wallets: [&mut Wallet; 2], handles: [Handle; 2], volume: u64, price: u64) -> MatchId {
    let m = chain.matching(handles[0], handles[1], volume, price);
    chain.issuer_block(&[Body::Match(m)]);
    for wallet in wallets {
        chain.sync(wallet);
    }
    m.match_id
}

fn bound(volume: u64) -> (Chain, Wallet, Wallet, [Handle; 2], MatchId) {
    bound_under(Terms::default(), volume)
}

fn bound_under(terms: Terms, volume: u64) -> (Chain, Wallet, Wallet, [Handle; 2], MatchId) {
    let (mut chain, mut seller, mut buyer, handles) = book_under(terms, 2000);
    let m = matched(&mut chain, [&mut seller, &mut buyer], handles, volume, 250_000);
    let confirmations = [
        seller.confirm(&NativeProver, &mut chain.rng, handles[0]).unwrap(),
        buyer.confirm(&NativeProver, &mut chain.rng, handles[1]).unwrap(),
    ];
    chain.wallet_block(&confirmations[..1]);
    chain.sync(&mut seller);
    assert_eq!(seller.watch().plan(handles[0]).unwrap().stage(), Stage::Confirmed);
    chain.wallet_block(&confirmations[1..]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    assert_eq!(buyer.watch().plan(handles[1]).unwrap().stage(), Stage::Binding);
    (chain, seller, buyer, handles, m)
}

fn settled(volume: u64, sold: u64, bought: u64) -> (Chain, Wallet, Wallet, [Handle; 2]) {
    settled_under(Terms::default(), volume, sold, bought)
}

fn settled_under(terms: Terms, volume: u64, sold: u64, bought: u64) -> (Chain, Wallet, Wallet, [Handle; 2]) {
    let (mut chain, mut seller, mut buyer, handles, m) = bound_under(terms, volume);
    let halves = [chain.deliver(m, Side::Sell, sold), chain.deliver(m, Side::Buy, bought)];
    chain.issuer_block(&halves);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    let settlements = [
        seller.settle(&NativeProver, &mut chain.rng, handles[0]).unwrap(),
        buyer.settle(&NativeProver, &mut chain.rng, handles[1]).unwrap(),
    ];
    chain.wallet_block(&settlements);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    (chain, seller, buyer, handles)
}

fn assert_same(a: &Wallet, b: &Wallet) {
    assert!(a.to_bytes() == b.to_bytes(), "two wallets of one seed differ");
}

#[test]
fn a_trade_within_tolerance_pays_what_was_matched() {
    let (chain, mut seller, mut buyer, handles) = settled(1500, 1490, 1500);
    // 1500 Wh at 250,000; the part of the buyer's lock at 300,000 beyond that came back
    assert_eq!(seller.balance(), money(1500 * 250_000));
    assert_eq!(buyer.balance(), money(1_000_000_000_000 - 1500 * 250_000));
    assert!(seller.locked().energy.is_empty() && buyer.locked().money == Money::ZERO);
    let stage = |w: &Wallet, h| w.watch().plan(h).unwrap().stage();
    assert_eq!([stage(&seller, handles[0]), stage(&buyer, handles[1])], [Stage::Settled; 2]);
    // 2000 Wh of change from listing, 1500 from the confirmation
    let energies =
        seller.records().filter(|r| matches!(r.payload(), Payload::Generation { .. })).map(|r| value(r.payload()));
    assert_eq!(energies.collect::<Vec<_>>(), [2000, 1500]);
    // a wallet restored from its phrase scans again and reaches the same state; a viewing key sees
    // the same
    for (n, wallet_here) in [&mut seller, &mut buyer].into_iter().enumerate() {
        let mut restored = wallet(&chain, n);
        chain.sync(&mut restored);
        assert_same(&restored, wallet_here);
        let mut watch = Watch::new(wallet_here.viewing_key(), Height(0), chain.parameters.clone());
        chain.blocks.iter().for_each(|b| watch.scan(b).unwrap());
        assert_eq!(watch.balance(), wallet_here.balance());
        assert_eq!(watch.plans().count(), 1);
    }
}

#[test]
fn a_settlement_is_not_stopped_by_a_record_that_can_take_nothing_more() {
    let (mut chain, mut seller, _, handles, m) = bound(1500);
    let issue = chain.issue(&seller.payment_address(), balance(u64::MAX, 77));
    let halves = [issue, chain.deliver(m, Side::Sell, 1500), chain.deliver(m, Side::Buy, 1500)];
    chain.issuer_block(&halves);
    chain.sync(&mut seller);
    let settlement = seller.settle(&NativeProver, &mut chain.rng, handles[0]).unwrap();
    chain.wallet_block(&[settlement]);
    chain.sync(&mut seller);
    assert!(seller.records().any(|r| value(r.payload()) == 1500 * 250_000));
}

#[test]
fn a_trade_out_of_tolerance_pays_what_was_delivered() {
    let (_, seller, buyer, _) = settled(2000, 1979, 2500);
    assert_eq!(seller.balance(), money(1979 * 250_000));
    assert_eq!(buyer.balance(), money(1_000_000_000_000 - 1979 * 250_000));
}

/// The chain checks conservation after every block, also between the two settlements.
#[test]
fn out_of_tolerance_a_side_that_fell_short_owes_the_penalty() {
    let terms = |penalty| Terms { penalty: Price::new(penalty).unwrap(), ..Terms::default() };
    let money_after = |penalty, sold, bought| {
        let (_, seller, buyer, _) = settled_under(terms(penalty), 2000, sold, bought);
        (seller.balance().get(), 1_000_000_000_000 - buyer.balance().get())
    };
    // The seller lacks 100 Wh, the buyer 50: 1900 Wh are paid for.
    let moved = 1900 * 250_000 - 100 * 60_000 + 50 * 60_000;
    assert_eq!(money_after(60_000, 1900, 1950), (moved, moved));
    // No side pays more than the trade leaves for it: the seller its earnings, the buyer the price
    // of what it did not take.
    assert_eq!(money_after(4_000_000_000, 1900, 2500), (0, 0));
    assert_eq!(money_after(4_000_000_000, 2000, 1900), (2000 * 250_000, 2000 * 250_000));
    // Within tolerance nobody owes anything.
    assert_eq!(money_after(60_000, 1980, 2000), (2000 * 250_000, 2000 * 250_000));
}

#[test]
fn volumes_outside_the_cycles_lots_are_not_listed() {
    let terms = Terms { least_lot: wh(600), greatest_energy: wh(4000), ..Terms::default() };
    let (mut chain, mut seller, mut buyer) = market_under(terms);
    for volume in [599, 4001] {
        let offer = offer(&seller, volume, 200_000);
        assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &offer, cycle())), "outside-lots");
        let bid = bid(volume, 200_000);
        assert_eq!(code(buyer.list_buy(&NativeProver, &mut chain.rng, &bid, cycle())), "outside-lots");
    }
    for volume in [600, 4000] {
        let mut buyer = Wallet::from_bytes(&buyer.to_bytes(), chain.parameters.clone()).unwrap();
        buyer.list_buy(&NativeProver, &mut chain.rng, &bid(volume, 200_000), cycle()).unwrap();
    }
    // Of 3000 Wh offered and 2000 wanted, 1500 are matched: a rest of 1500 is listed again, one of
    // 500 is not.
    let (mut chain, mut seller, mut buyer, handles, _) = bound_under(terms, 1500);
    assert!(seller.relist(&NativeProver, &mut chain.rng, handles[0]).is_ok());
    assert_eq!(code(buyer.relist(&NativeProver, &mut chain.rng, handles[1])), "outside-lots");
}

#[test]
fn a_trade_at_the_edge_of_tolerance_is_within() {
    let (_, seller, _, _) = settled(2000, 1980, 2000);
    assert_eq!(seller.balance(), money(2000 * 250_000));
}

#[test]
fn the_rest_of_a_plan_is_listed_again_from_the_confirmations_change() {
    let (mut chain, mut seller, mut buyer, handles, _) = bound(1500);
    let first = *seller.watch().plan(handles[0]).unwrap().opening();
    let sell = seller.relist(&NativeProver, &mut chain.rng, handles[0]).unwrap();
    let buy = buyer.relist(&NativeProver, &mut chain.rng, handles[1]).unwrap();
    assert_ne!(sell.handle, handles[0]);
    chain.wallet_block(&[sell.transaction, buy.transaction]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    let again = *seller.watch().plan(sell.handle).unwrap().opening();
    assert!((again.volume, again.price, again.attributes) == (Fr::from(1500u64), first.price, first.attributes));
    let again = buyer.watch().plan(buy.handle).unwrap();
    assert_eq!(again.volume(), wh(500));
    assert_eq!(again.bid(&chain::market(), wh(2000)).unwrap(), bid(2000, 300_000));
    assert_eq!(seller.locked().energy[&cycle()], 3000);
    assert_eq!(buyer.locked().money, money(2000 * 300_000));
    // once: other records do not buy the remainder a second time, and a wallet that lost the
    // transaction makes the same plan again
    for (wallet, plan) in [(&mut seller, handles[0]), (&mut buyer, handles[1])] {
        assert_eq!(code(wallet.relist(&NativeProver, &mut chain.rng, plan)), "relisted");
        let mut restored = Wallet::from_bytes(&wallet.to_bytes(), chain.parameters.clone()).unwrap();
        assert_eq!(code(restored.relist(&NativeProver, &mut chain.rng, plan)), "relisted");
    }
    // matched in full: nothing is left to list
    let (mut chain, _, mut buyer, handles, _) = bound(2000);
    assert_eq!(code(buyer.relist(&NativeProver, &mut chain.rng, handles[1])), "nothing-left");
}

#[test]
fn the_rest_of_a_plan_is_one_plan_until_it_comes_to_nothing() {
    let (mut chain, mut seller, mut buyer, handles, _) = bound(1500);
    let stored = [&seller, &buyer].map(|w| w.to_bytes());
    let mut relist = |wallet: &mut Wallet, plan| wallet.relist(&NativeProver, &mut chain.rng, plan);
    let first = [relist(&mut seller, handles[0]).unwrap(), relist(&mut buyer, handles[1]).unwrap()];
    // the listing is on its way, and both wallets have enough in other records
    assert_eq!(code(relist(&mut seller, handles[0])), "in-flight");
    assert_eq!(code(relist(&mut buyer, handles[1])), "in-flight");
    // a wallet restored from before the listing makes the same handle again, which the ledger
    // accepts once
    for (n, bytes) in stored.iter().enumerate() {
        let mut old = Wallet::from_bytes(bytes, seller.watch().parameters.clone()).unwrap();
        assert_eq!(relist(&mut old, handles[n]).unwrap().handle, first[n].handle);
    }
    seller.forget(first[0].transaction.id());
    assert_eq!(relist(&mut seller, handles[0]).unwrap().handle, first[0].handle);

    // the plan expires unmatched: then its remainder may be listed once more, as another plan
    chain.wallet_block(&[first[1].transaction]);
    chain.block(&[Event::Expired(first[1].handle)], &[]);
    chain.sync(&mut buyer);
    let second = buyer.relist(&NativeProver, &mut chain.rng, handles[1]).unwrap();
    assert_ne!(second.handle, first[1].handle);
    chain.wallet_block(&[second.transaction]);
    chain.sync(&mut buyer);
    assert_eq!(code(buyer.relist(&NativeProver, &mut chain.rng, handles[1])), "relisted");
}

#[test]
fn an_undelivered_trade_gives_back_both_locks() {
    let (mut chain, mut seller, mut buyer, handles, m) = bound(1500);
    assert_eq!(code(seller.void(&NativeProver, &mut chain.rng, handles[0])), "wrong-stage");
    chain.block(&[Event::Void { match_id: m, missing: [None; 2] }], &[]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    let voids = [
        seller.void(&NativeProver, &mut chain.rng, handles[0]).unwrap(),
        buyer.void(&NativeProver, &mut chain.rng, handles[1]).unwrap(),
    ];
    assert_eq!(code(seller.void(&NativeProver, &mut chain.rng, handles[0])), "in-flight");
    chain.wallet_block(&voids);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    assert_eq!(seller.records().map(|r| value(r.payload())).sum::<u64>(), 5000);
    assert_eq!(buyer.balance(), money(1_000_000_000_000));
    assert!(buyer.locked().money == Money::ZERO && seller.locked().energy.is_empty());
    assert_eq!(code(buyer.void(&NativeProver, &mut chain.rng, handles[1])), "wrong-stage");
}

#[test]
fn a_refused_plan_is_released_and_the_other_is_listed_again() {
    let (mut chain, mut seller, mut buyer, handles) = book(2000);
    matched(&mut chain, [&mut seller, &mut buyer], handles, 1500, 250_000);
    // the seller has confirmed already: its change never enters the tree
    let confirmation = seller.confirm(&NativeProver, &mut chain.rng, handles[0]).unwrap();
    chain.wallet_block(&[confirmation]);
    let refusal = buyer.refuse(&NativeProver, &mut chain.rng, handles[1]).unwrap();
    chain.wallet_block(&[refusal]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    assert_eq!(seller.watch().plan(handles[0]).unwrap().stage(), Stage::Listed);
    assert!(seller.watch().expected.is_empty() && seller.watch().plan(handles[0]).unwrap().trade().is_none());
    let releases = [
        buyer.release(&NativeProver, &mut chain.rng, handles[1]).unwrap(),
        seller.release(&NativeProver, &mut chain.rng, handles[0]).unwrap(),
    ];
    chain.wallet_block(&releases);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    assert_eq!(buyer.balance(), money(1_000_000_000_000));
    assert_eq!(seller.records().map(|r| value(r.payload())).sum::<u64>(), 5000);
    assert_eq!(code(buyer.release(&NativeProver, &mut chain.rng, handles[1])), "wrong-stage");
}

#[test]
fn lapsed_and_expired_plans_are_released() {
    let (mut chain, mut seller, mut buyer, handles) = book(2000);
    matched(&mut chain, [&mut seller, &mut buyer], handles, 1500, 250_000);
    assert_eq!(code(seller.release(&NativeProver, &mut chain.rng, handles[0])), "wrong-stage");
    chain.block(&[Event::Lapsed(handles[0]), Event::Expired(handles[1])], &[]);
    for (wallet, handle) in [(&mut seller, handles[0]), (&mut buyer, handles[1])] {
        chain.sync(wallet);
        let release = wallet.release(&NativeProver, &mut chain.rng, handle).unwrap();
        chain.wallet_block(&[release]);
        chain.sync(wallet);
        assert_eq!(wallet.watch().plan(handle).unwrap().stage(), Stage::Released);
    }
}

#[test]
fn the_latest_cut_offs_root_is_the_anchor_once_the_record_is_below_it() {
    let root = |t: &Transaction| match t.body {
        Body::SellPlan(b) => b.root,
        _ => panic!("a sell plan"),
    };
    let (mut chain, mut seller, _) = market();
    let end = |chain: &Chain| -> Root { chain.blocks.last().unwrap().root };
    let before = end(&chain);
    let cut_off = chain.anchor();
    // another record goes into the tree after the cut-off
    let other = wallet(&chain, 1).payment_address();
    let noise = chain.issue(&other, balance(5, 50));
    chain.block(&[cut_off], &[]);
    chain.issuer_block(&[noise]);
    chain.sync(&mut seller);
    assert_ne!(end(&chain), before);
    let asked = offer(&seller, 1000, 200_000);
    let listing = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
    assert_eq!(root(&listing.transaction), before);
    // its change is younger than the cut-off: the anchor is the root at the last block's end
    chain.wallet_block(&[listing.transaction]);
    chain.sync(&mut seller);
    let listing = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
    assert_eq!(root(&listing.transaction), end(&chain));
}

#[test]
fn a_stored_wallet_goes_on_where_it_stopped() {
    let (chain, seller, _, _) = settled(1500, 1490, 1500);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet");
    let passphrase = crate::storage::Passphrase::new("a passphrase".into());
    let mut rng = chain.rng.clone();
    let cost = crate::storage::Cost::INSECURE;
    let vault = crate::storage::Vault::create(&path, &passphrase, cost, &mut rng).unwrap();
    seller.save(&vault, &mut rng).unwrap();
    let (_, bytes) = crate::storage::Vault::open(&path, &passphrase).unwrap();
    let again = Wallet::from_bytes(&bytes, chain.parameters.clone()).unwrap();
    assert_same(&again, &seller);
    // a wallet that is stored half way
    let (chain, seller, ..) = bound(1500);
    let mut again = Wallet::from_bytes(&seller.to_bytes(), chain.parameters.clone()).unwrap();
    let mut more = chain;
    more.block(&[], &[]);
    more.sync(&mut again);
    let mut restored = wallet(&more, 0);
    more.sync(&mut restored);
    assert_same(&again, &restored);
}

#[test]
fn damaged_state_is_refused_and_never_panics() {
    let (chain, seller, ..) = bound(1500);
    let bytes = seller.to_bytes();
    let load = |bytes: &[u8]| Wallet::from_bytes(bytes, chain.parameters.clone());
    for cut in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        assert!(load(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert_eq!(code(load(&[&bytes[..], &[0]].concat())), "wallet-state");
    for at in (0..bytes.len()).step_by(11) {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0x55;
        // bytes that decode must encode to the same bytes
        if let Ok(wallet) = load(&damaged) {
            assert!(*wallet.to_bytes() == damaged, "damaged at {at}");
        }
    }
    let mut other = bytes.to_vec();
    other[5] ^= 1;
    assert_eq!(code(load(&other)), "wallet-state");
}
