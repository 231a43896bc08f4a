//! Transactions that a wallet refuses to make, and notes and blocks that it does not believe.

use super::*;
use protocol::compact::CompactBlock;
use protocol::keys::Network;
use protocol::light::SimulatedChain;
use protocol::record::Commitment;

/// The buyer is told another volume than MR holds; the seller's ciphertext is noise.
#[test]
fn a_match_that_does_not_open_makes_it_complain() {
    let (mut chain, mut seller, mut buyer, handles) = book(2000);
    let honest = chain.matching(handles[0], handles[1], 1500, 250_000);
    let mut m = honest;
    m.buyer[0] -= Fr::from(100u64);
    m.seller[2] += Fr::from(1u64);
    chain.issuer_block(&[Body::Match(m)]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    for (wallet, handle) in [(&mut seller, handles[0]), (&mut buyer, handles[1])] {
        assert_eq!(code(wallet.confirm(&NativeProver, &mut chain.rng, handle)), "wrong-opening");
        assert_eq!(code(wallet.refuse(&NativeProver, &mut chain.rng, handle)), "wrong-opening");
        assert_eq!(code(wallet.release(&NativeProver, &mut chain.rng, handle)), "wrong-stage");
    }
    // A wallet restored from its phrase has the plan's key again, and complains as well.
    let mut restored = super::wallet(&chain, 1);
    chain.sync(&mut restored);
    assert_eq!(restored.complain(&mut chain.rng, handles[1]).unwrap().kind(), Kind::Complain);
    let complaint = buyer.complain(&mut chain.rng, handles[1]).unwrap();
    assert_eq!(code(buyer.complain(&mut chain.rng, handles[1])), "in-flight");
    chain.wallet_block(&[complaint]);
    chain.sync(&mut buyer);
    chain.sync(&mut seller);
    assert_eq!(seller.watch().plan(handles[0]).unwrap().stage(), Stage::Listed);
    assert_eq!(code(buyer.complain(&mut chain.rng, handles[1])), "wrong-stage");
    // Matched again with noise: a plan complains as often as it is wronged.
    let mut m = chain.matching(handles[0], handles[1], 1500, 250_000);
    m.buyer[1] += Fr::from(1u64);
    chain.issuer_block(&[Body::Match(m)]);
    chain.sync(&mut buyer);
    let again = buyer.complain(&mut chain.rng, handles[1]).unwrap();
    chain.wallet_block(&[again]);
}

/// A wallet that cannot judge a match shows nothing.
#[test]
fn a_match_that_cannot_be_read_is_not_complained_of() {
    let (mut chain, mut seller, _, handles) = book(2000);
    let mut m = chain.matching(handles[0], handles[1], 1500, 250_000);
    m.c1 = protocol::elgamal::Point { x: Fr::from(0u64), y: Fr::from(1u64) };
    chain.issuer_block(&[Body::Match(m)]);
    chain.sync(&mut seller);
    assert_eq!(code(seller.complain(&mut chain.rng, handles[0])), "unreadable-match");
    assert_eq!(code(seller.confirm(&NativeProver, &mut chain.rng, handles[0])), "unreadable-match");
}

#[test]
fn terms_outside_the_plan_are_refused_and_never_complained_of() {
    // (volume, price): above the limit, more than is wanted, below the ask
    for (volume, price, sides) in
        [(1500, 310_000, [true, false]), (2500, 250_000, [true, false]), (1500, 190_000, [false, true])]
    {
        let (mut chain, mut seller, mut buyer, handles) = book(2000);
        let m = chain.matching(handles[0], handles[1], volume, price);
        chain.issuer_block(&[Body::Match(m)]);
        for ((wallet, handle), fine) in [(&mut seller, handles[0]), (&mut buyer, handles[1])].into_iter().zip(sides) {
            chain.sync(wallet);
            let expected = if fine { "no error" } else { "terms-outside" };
            assert_eq!(code(wallet.confirm(&NativeProver, &mut chain.rng, handle)), expected, "{volume} at {price}");
            if !fine {
                // The match opens: a complaint would publish its terms.
                assert_eq!(code(wallet.complain(&mut chain.rng, handle)), "nothing-wrong");
                wallet.refuse(&NativeProver, &mut chain.rng, handle).unwrap();
            }
        }
    }
    // A volume of zero opens for nobody.
    let (mut chain, mut seller, _, handles) = book(2000);
    let m = chain.matching(handles[0], handles[1], 0, 250_000);
    chain.issuer_block(&[Body::Match(m)]);
    chain.sync(&mut seller);
    assert_eq!(code(seller.confirm(&NativeProver, &mut chain.rng, handles[0])), "wrong-opening");
    assert!(seller.complain(&mut chain.rng, handles[0]).is_ok());
}

#[test]
fn a_match_in_order_is_nothing_to_complain_of() {
    let (mut chain, mut seller, _, handles) = book(2000);
    let m = chain.matching(handles[0], handles[1], 1500, 250_000);
    chain.issuer_block(&[Body::Match(m)]);
    chain.sync(&mut seller);
    assert_eq!(code(seller.complain(&mut chain.rng, handles[0])), "nothing-wrong");
    assert_eq!(code(seller.confirm(&NativeProver, &mut chain.rng, handles[1])), "unknown-plan");
    assert_eq!(code(seller.settle(&NativeProver, &mut chain.rng, handles[0])), "wrong-stage");
}

#[test]
fn anothers_records_are_not_found() {
    let (mut chain, mut seller, mut buyer) = market();
    assert_eq!(seller.records().count(), 1);
    assert_eq!(buyer.records().count(), 1);
    // a note to the seller's key about a record that it does not own, and one about another leaf
    let mut thief = seller.payment_address();
    thief.address = buyer.address();
    let foreign = chain.issue(&thief, balance(7, 70));
    let Body::Issue(mut moved) = chain.issue(&seller.payment_address(), balance(8, 80)) else { panic!("an issue") };
    moved.commitment = Commitment(Fr::from(4u64));
    // and a record whose public kind is not that of its opening
    let Body::Issue(mut wrong) = chain.issue(&seller.payment_address(), balance(9, 90)) else { panic!("an issue") };
    wrong.issued = protocol::transaction::body::Issued::Generation;
    chain.issuer_block(&[foreign, Body::Issue(moved), Body::Issue(wrong)]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    assert_eq!(seller.balance(), Money::ZERO);
    assert_eq!(buyer.records().count(), 1);
}

#[test]
fn notes_before_the_birth_height_are_not_tried() {
    let (chain, ..) = market();
    let birth = Height(chain.blocks.len() as u64 + 1);
    let mut late = Wallet::create(PHRASES[1], birth, chain.parameters.clone()).unwrap();
    chain.sync(&mut late);
    assert_eq!(late.balance(), Money::ZERO);
    assert!(late.watch().epoch().is_some());
}

#[test]
fn a_record_on_its_way_is_not_spent_again_until_its_transaction_expires() {
    let (mut chain, mut seller, _) = market();
    let asked = offer(&seller, 3000, 200_000);
    let listing = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle())), "insufficient-energy");
    let expiry = listing.transaction.expiry;
    while seller.watch().height() < Some(expiry) {
        assert_eq!(seller.pending().count(), 1);
        chain.block(&[], &[]);
        chain.sync(&mut seller);
    }
    assert_eq!(seller.pending().count(), 0);
    let again = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
    let tag = |t: &Transaction| match t.body {
        Body::SellPlan(b) => b.tag,
        _ => panic!("a sell plan"),
    };
    assert_ne!(tag(&listing.transaction), tag(&again.transaction));
    // the record is refused once it is spent
    chain.wallet_block(&[again.transaction]);
    chain.sync(&mut seller);
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle())), "insufficient-energy");
    assert_eq!(seller.records().map(|r| value(r.payload())).collect::<Vec<_>>(), [2000]);
}

#[test]
fn a_trace_tag_for_each_of_16_listings_and_no_more() {
    let (mut chain, mut seller, _) = market();
    let asked = offer(&seller, 1, 200_000);
    let mut tags = std::collections::BTreeSet::new();
    for _ in 0..16 {
        let listing = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
        let Body::SellPlan(b) = listing.transaction.body else { panic!("a sell plan") };
        assert!(tags.insert(b.tag));
        seller.forget(listing.transaction.id());
    }
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle())), "no-tag-left");
}

#[test]
fn an_offer_that_lies_about_its_household_names_the_broken_condition() {
    let (mut chain, mut seller, mut buyer) = market();
    let mut lie = offer(&seller, 1000, 200_000);
    lie.reputation = Reputation::new(91).unwrap();
    match seller.list_sell(&NativeProver, &mut chain.rng, &lie, cycle()) {
        Err(Error::Broken(broken)) => assert_eq!(broken.0, ["4.reputation"]),
        other => panic!("{}", code(other)),
    }
    let coal = Offer { energy_type: EnergyType::Fossil, ..offer(&seller, 1000, 200_000) };
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &coal, cycle())), "insufficient-energy");
    let off = offer(&seller, 1000, 200_001);
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &off, cycle())), "off-grid");
    let never = Cycle::new(CYCLE + 1).unwrap();
    assert_eq!(code(buyer.list_buy(&NativeProver, &mut chain.rng, &bid(1, 200_000), never)), "unknown-cycle");
    // a refused transaction leaves nothing on its way
    assert_eq!(seller.pending().count() + buyer.pending().count(), 0);
}

#[test]
fn blocks_out_of_order_or_with_another_root_change_nothing() {
    let (mut chain, mut seller, _) = market();
    let before = seller.to_bytes();
    let noise = chain.issue(&seller.payment_address(), balance(5, 50));
    chain.issuer_block(&[noise]);
    let next = chain.blocks.last().unwrap().clone();
    assert_eq!(code(seller.scan(&chain.blocks[0].clone())), "block-out-of-order");
    chain.issuer_block(&[]);
    assert_eq!(code(seller.scan(chain.blocks.last().unwrap())), "block-out-of-order");
    // The chain's own orderer certifies the next block, which lies about the tree. The wallet's own
    // tree shows the lie.
    let certified = |change: fn(&mut CompactBlock)| {
        let mut ledger = SimulatedChain::new(chain.parameters.genesis());
        ledger.skip_to(Height(next.height.0 - 1)).unwrap();
        let mut block = next.compact().clone();
        change(&mut block);
        ledger.block(block).unwrap()
    };
    let lie = certified(|block| block.transactions[0].leaves[0].1 = Commitment(Fr::from(1u64)));
    assert_eq!(code(seller.scan(&lie)), "root-mismatch");
    let hidden = certified(|block| block.transactions[0].leaves.clear());
    assert_eq!(code(seller.scan(&hidden)), "root-mismatch");
    let elsewhere = SimulatedChain::new(&crate::testing::genesis(2)).block(CompactBlock {
        height: Height(1),
        time: next.time,
        events: vec![],
        transactions: vec![],
        root: next.root,
    });
    assert_eq!(code(seller.scan(&elsewhere.unwrap())), "other-chain");
    assert!(seller.to_bytes() == before);
    seller.scan(&next).unwrap();
    assert_eq!(seller.balance(), money(5));
}

#[test]
fn phrases_and_addresses() {
    let chain = Chain::new();
    let bad = PHRASES[0].replace("about", "abandon");
    assert_eq!(code(Wallet::create(&bad, Height(0), chain.parameters.clone())), "phrase");
    let wallet = wallet(&chain, 0);
    let text = wallet.payment_address_text();
    assert_eq!(PaymentAddress::decode(Network::Test, &text).unwrap(), wallet.payment_address());
    let viewing = wallet.viewing_key();
    assert_eq!(viewing.nullifier_key.address(), wallet.address());
}
