//! Balances: covering, merging, and the grid.

use super::*;
use crate::bank::{Bank, BankError, Order};
use crate::issuer::{Books, Desk, Ordered, Registration};
use crate::payout::Claim;
use crate::regulator::ISSUE_CAP;
use crate::testing::{Proved, NOTHING};
use protocol::ids::{Serial, TransactionId};
use protocol::record::metered::Sign;
use protocol::record::Commitment;
use protocol::transaction::body::{EpochStart, RegisterIssuer};
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::transaction::Seal;

fn metered(v: u64, sign: Sign, r: u64) -> Payload {
    Payload::Metered { volume: wh(v), sign, cycle: cycle(), meter: meter(), blinding: Fr::from(r) }
}

fn issue(chain: &mut Chain, wallet: &mut Wallet, payload: Payload) -> Commitment {
    let body = chain.issue(&wallet.payment_address(), payload);
    chain.issuer_block(&[body]);
    chain.sync(wallet);
    payload.leaf(wallet.address()).unwrap()
}

/// Posts the merges that a need asks for until one record bears it. Gives the number of merges in
/// each block.
fn gather(chain: &mut Chain, wallet: &mut Wallet, need: Need) -> Vec<usize> {
    let mut blocks = vec![];
    loop {
        match wallet.gather(&NativeProver, &mut chain.rng, need).unwrap() {
            Gathering::Ready => return blocks,
            Gathering::Wait => panic!("nothing is on its way"),
            Gathering::Merge(merges) => {
                // records that are being merged are not free: the wallet waits for them
                let again = wallet.gather(&NativeProver, &mut chain.rng, need).unwrap();
                assert!(matches!(again, Gathering::Wait));
                chain.wallet_block(&merges);
                chain.sync(wallet);
                blocks.push(merges.len());
            }
        }
    }
}

#[test]
fn five_small_records_are_merged_for_a_plan_that_needs_them_all() {
    let (mut chain, mut seller, _) = market();
    for (n, amount) in [30, 0, 20, 40, 10, 20].into_iter().enumerate() {
        issue(&mut chain, &mut seller, balance(amount * 1_000_000, 10 + n as u64));
    }
    let wanted = bid(400, 300_000); // 120,000,000: all of it
    let too_much = bid(401, 300_000);
    assert_eq!(code(seller.list_buy(&NativeProver, &mut chain.rng, &too_much, cycle())), "insufficient-funds");
    let need = Need::bid(&too_much);
    assert_eq!(code(seller.gather(&NativeProver, &mut chain.rng, need)), "insufficient-funds");
    assert_eq!(seller.pending().count(), 0, "nothing is merged in vain");
    assert_eq!(code(seller.list_buy(&NativeProver, &mut chain.rng, &wanted, cycle())), "fragmented");
    assert_eq!(gather(&mut chain, &mut seller, Need::bid(&wanted)), [2, 1, 1]);
    assert_eq!(seller.balance(), money(120_000_000));
    let listing = seller.list_buy(&NativeProver, &mut chain.rng, &wanted, cycle()).unwrap();
    chain.wallet_block(&[listing.transaction]);
    chain.sync(&mut seller);
    assert_eq!((seller.balance(), seller.locked().money), (Money::ZERO, money(120_000_000)));
}

#[test]
fn no_more_is_merged_than_a_need_needs() {
    let (mut chain, mut seller, _) = market();
    for (n, amount) in [30, 20, 40, 10, 20].into_iter().enumerate() {
        issue(&mut chain, &mut seller, balance(amount * 1_000_000, 10 + n as u64));
    }
    let mut amounts = |wallet: &mut Wallet, need: u64| {
        let blocks = gather(&mut chain, wallet, Need::Money(money(need * 1_000_000)));
        let mut amounts: Vec<u64> = wallet.records().map(|r| value(r.payload()) / 1_000_000).collect();
        amounts.retain(|a| *a > 0);
        amounts.sort();
        (blocks, amounts)
    };
    // one record bears it
    assert_eq!(amounts(&mut seller, 40), (vec![], vec![10, 20, 20, 30, 40]));
    // the two greatest bear it
    assert_eq!(amounts(&mut seller, 65), (vec![1], vec![10, 20, 20, 70]));
    // three: 70, and both of 20; first the greatest with the older 20, which is enough but for 1
    assert_eq!(amounts(&mut seller, 91), (vec![1, 1], vec![10, 110]));
}

#[test]
fn generation_of_one_type_and_cycle_is_merged() {
    let (mut chain, mut seller, _) = market();
    issue(&mut chain, &mut seller, generation(4000, 20));
    issue(&mut chain, &mut seller, balance(9_000_000_000, 21));
    let large = offer(&seller, 9000, 200_000);
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &large, cycle())), "fragmented");
    let wind = Need::Energy(cycle(), EnergyType::Wind, wh(9000));
    assert_eq!(code(seller.gather(&NativeProver, &mut chain.rng, wind)), "insufficient-energy");
    let later = Need::Energy(Cycle::new(CYCLE + 1).unwrap(), EnergyType::Solar, wh(9000));
    assert_eq!(code(seller.gather(&NativeProver, &mut chain.rng, later)), "insufficient-energy");
    assert_eq!(gather(&mut chain, &mut seller, Need::offer(&large, cycle())), [1]);
    seller.list_sell(&NativeProver, &mut chain.rng, &large, cycle()).unwrap();
}

#[test]
fn a_wallet_with_too_many_records_merges_its_smallest() {
    let (mut chain, mut seller, _) = market();
    for n in 0..MOST_RECORDS as u64 {
        issue(&mut chain, &mut seller, balance(1000 + n, 10 + n));
    }
    assert!(seller.tidy(&NativeProver, &mut chain.rng).unwrap().is_empty());
    for n in 0..3 {
        issue(&mut chain, &mut seller, balance(10 + n, 50 + n));
    }
    let merges = seller.tidy(&NativeProver, &mut chain.rng).unwrap();
    assert_eq!(merges.len(), 3);
    chain.wallet_block(&merges);
    chain.sync(&mut seller);
    let is_balance = |r: &&OwnRecord| matches!(r.payload(), Payload::Balance { .. });
    let mut amounts: Vec<u64> = seller.records().filter(is_balance).map(|r| value(r.payload())).collect();
    amounts.sort();
    assert_eq!(amounts, [21, 1003, 1004, 1005, 1006, 1007, 1012, 2003]);
    assert!(seller.tidy(&NativeProver, &mut chain.rng).unwrap().is_empty());
}

/// How many merges a wallet with these balances makes to keep its records few, block by block; and
/// how many B it has then.
fn tidied(amounts: &[u64]) -> (Vec<usize>, usize) {
    let (mut chain, mut seller, _) = market();
    for (n, amount) in (0..).zip(amounts) {
        issue(&mut chain, &mut seller, balance(*amount, 10 + n));
    }
    let mut blocks = vec![];
    loop {
        let merges = seller.tidy(&NativeProver, &mut chain.rng).unwrap();
        if merges.is_empty() {
            break;
        }
        chain.wallet_block(&merges);
        chain.sync(&mut seller);
        blocks.push(merges.len());
    }
    assert_eq!(seller.balance(), money(amounts.iter().sum()));
    (blocks, seller.idle().filter(|r| matches!(r.payload, Payload::Balance { .. })).count())
}

/// Otherwise an observer who counts merges would learn when a change is zero: that a match filled a
/// plan, or that a lock took a whole record.
#[test]
fn how_many_records_are_merged_follows_from_their_number_and_not_from_what_they_hold() {
    for (number, blocks) in [(8, vec![]), (9, vec![1]), (11, vec![3]), (17, vec![8, 1]), (21, vec![10, 3])] {
        let amounts: Vec<u64> = (1..=number).collect();
        assert_eq!(tidied(&amounts), (blocks.clone(), MOST_RECORDS), "{number}");
        assert_eq!(tidied(&vec![0; amounts.len()]), (blocks.clone(), MOST_RECORDS), "{number}");
        let some: Vec<u64> = amounts.iter().map(|n| n * (n % 3)).collect();
        assert_eq!(tidied(&some), (blocks, MOST_RECORDS), "{number}");
    }
}

/// For the same reason: with a dummy in the place of a record of value 0, the household would have
/// one more record.
#[test]
fn a_balance_input_is_a_record_if_there_is_any() {
    for held in [None, Some(0), Some(5)] {
        let (mut chain, mut seller, _) = market();
        if let Some(held) = held {
            issue(&mut chain, &mut seller, balance(held, 40));
        }
        let surplus = issue(&mut chain, &mut seller, metered(700, Sign::Surplus, 41));
        let paid = seller.pay_surplus(&NativeProver, &mut chain.rng, surplus).unwrap();
        chain.wallet_block(&[paid]);
        chain.sync(&mut seller);
        let balances = seller.idle().filter(|r| matches!(r.payload, Payload::Balance { .. }));
        assert_eq!(balances.count(), 1, "{held:?}");
    }
}

/// An epoch in which a household has no credential freezes none of its money, and an older one that it
/// shows counts for so many epochs.
#[test]
fn payments_show_the_newest_credential_that_fits() {
    let (mut chain, mut seller, mut buyer) = market();
    let desk = desk(&mut chain).id();
    let epoch = |n| Epoch::new(n).unwrap();
    let start = |chain: &mut Chain, wallets: [&mut Wallet; 2], n: u32| {
        chain.issuer_block(&[Body::EpochStart(EpochStart { serial: Serial(1), epoch: epoch(n), lapse_alarm: 1 })]);
        wallets.into_iter().for_each(|wallet| chain.sync(wallet));
    };
    let withdraw = |chain: &mut Chain, wallet: &mut Wallet| {
        wallet.withdraw(&NativeProver, &mut chain.rng, desk, money(5), b"an account").map(|made| made.transaction)
    };
    let shown = |t: &Transaction| match t.body {
        Body::Withdraw(b) => (b.epoch.get(), b.current.get()),
        Body::Surplus(b) => (b.epoch.get(), 0),
        Body::Shortfall(b) => (b.epoch.get(), 0),
        _ => panic!("not a payment"),
    };
    start(&mut chain, [&mut seller, &mut buyer], 2);
    let made = withdraw(&mut chain, &mut buyer).unwrap();
    assert_eq!(shown(&made), (1, 2));
    chain.wallet_block(&[made]);
    // What was metered in the cycle of epoch 1 shows the credential of epoch 1, though there is one of
    // epoch 2.
    let request = seller.request_credential(&NativeProver, &mut chain.rng, epoch(2)).unwrap();
    let credential = chain.credential(&seller.payment_address(), &request);
    chain.issuer_block(&[credential]);
    chain.sync(&mut seller);
    chain.sync(&mut buyer);
    let surplus = issue(&mut chain, &mut seller, metered(700, Sign::Surplus, 41));
    let owed = issue(&mut chain, &mut buyer, metered(3, Sign::Shortfall, 42));
    chain.sync(&mut seller);
    let paid = seller.pay_surplus(&NativeProver, &mut chain.rng, surplus).unwrap();
    let pays = buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed).unwrap();
    assert_eq!((shown(&paid), shown(&pays)), ((1, 0), (1, 0)));
    chain.wallet_block(&[paid, pays]);
    let late = issue(&mut chain, &mut seller, metered(70, Sign::ShortfallBack, 43));
    chain.sync(&mut buyer);
    let made = withdraw(&mut chain, &mut seller).unwrap();
    assert_eq!(shown(&made), (2, 2));
    seller.forget(made.id());
    // The credential of epoch 1 counts up to epoch 54.
    for n in 3..=54 {
        start(&mut chain, [&mut seller, &mut buyer], n);
    }
    let made = withdraw(&mut chain, &mut buyer).unwrap();
    assert_eq!(shown(&made), (1, 54));
    buyer.forget(made.id());
    assert_eq!(shown(&seller.pay_surplus(&NativeProver, &mut chain.rng, late).unwrap()), (1, 0));
    seller.pending.clear();
    start(&mut chain, [&mut seller, &mut buyer], 55);
    assert_eq!(code(withdraw(&mut chain, &mut buyer)), "no-credential");
    assert_eq!(code(seller.pay_surplus(&NativeProver, &mut chain.rng, late)), "no-credential");
    assert_eq!(shown(&withdraw(&mut chain, &mut seller).unwrap()), (2, 55));
}

/// A household has 16 tags a side and cycle, each for one plan; a withdrawal's are of its epoch.
#[test]
fn tags_are_used_once_and_end() {
    let (mut chain, mut seller, _) = market();
    let asked = offer(&seller, 10, 200_000);
    let mut tags = std::collections::BTreeSet::new();
    for _ in 0..16 {
        let listing = seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle()).unwrap();
        let Body::SellPlan(b) = listing.transaction.body else { panic!() };
        assert!(tags.insert(b.tag));
        chain.wallet_block(&[listing.transaction]);
        chain.sync(&mut seller);
    }
    assert_eq!(code(seller.list_sell(&NativeProver, &mut chain.rng, &asked, cycle())), "no-tag-left");
}

/// A desk on this chain, by the name of the one registered issuer.
/// A desk, registered in a block of its own.
fn desk(chain: &mut Chain) -> Desk {
    let desk = Desk::generate(&mut chain.rng.clone(), chain.parameters.genesis(), IssuerId::new(70).unwrap()).unwrap();
    let Registration { issuer, role, key, encryption_key, possession, serial_key } = desk.registration(&mut chain.rng);
    let (serial, cap) = (Serial(9), ISSUE_CAP);
    let body = RegisterIssuer { serial, issuer, role, key, encryption_key, possession, serial_key, cap };
    chain.issuer_block(&[Body::RegisterIssuer(body)]);
    desk
}

#[test]
fn what_is_withdrawn_is_paid_once_to_the_account_that_was_named() {
    let (mut chain, _, mut buyer) = market();
    let mut desk = desk(&mut chain);
    let mut other = Desk::generate(&mut chain.rng, chain.parameters.genesis(), IssuerId::new(99).unwrap()).unwrap();
    chain.sync(&mut buyer);
    let all = buyer.balance();
    let account = b"DE02 1203 0000 0000 2020 51";
    let mut withdraw = |wallet: &mut Wallet, to: IssuerId, amount, account: &[u8]| {
        wallet.withdraw(&NativeProver, &mut chain.rng, to, amount, account)
    };
    let too_much = all.plus(money(1)).unwrap();
    assert_eq!(code(withdraw(&mut buyer, desk.id(), too_much, account)), "insufficient-funds");
    assert_eq!(code(withdraw(&mut buyer, other.id(), all, account)), "unknown-issuer");
    for account in [&[][..], &[b'x'; 129]] {
        assert_eq!(code(withdraw(&mut buyer, desk.id(), all, account)), "account");
    }
    let first = withdraw(&mut buyer, desk.id(), money(5_000), account).unwrap();
    let mut proved = Proved::new(chain.parameters.genesis());
    let proof = proved.accept(&[first.transaction]).remove(0);
    let unscanned = desk.take_claim(&first.claim, &proof, &proved.headers);
    assert_eq!(unscanned.unwrap_err().code(), "unknown-withdrawal", "not scanned yet");
    let scan = |chain: &Chain, desks: [&mut Desk; 2]| {
        desks.into_iter().for_each(|desk| chain.blocks.iter().for_each(|block| desk.scan(block).unwrap()));
    };
    chain.wallet_block(&[first.transaction]);
    chain.sync(&mut buyer);
    scan(&chain, [&mut desk, &mut other]);
    assert_eq!(buyer.balance(), money(all.get() - 5_000));
    assert_eq!(desk.books(), Books { issued: 0, withdrawn: 5_000, paid: 0 });
    assert_eq!(other.books(), Books::default());

    let wrong = Claim { account: b"DE02 1203 0000 0000 2020 52".to_vec(), ..first.claim.clone() };
    assert_eq!(desk.take_claim(&wrong, &proof, &proved.headers).unwrap_err().code(), "wrong-claim");
    assert_eq!(other.take_claim(&first.claim, &proof, &proved.headers).unwrap_err().code(), "unknown-withdrawal");
    let (of, mut bank) = (first.claim.withdrawal, Orders::default());
    assert_eq!(desk.mark(of, Height(1000)).unwrap_err().code(), "no-claim");
    assert_eq!(desk.take_claim(&first.claim, &proof, &proved.headers), Ok(money(5_000)));
    // Stored and read again, it still has the claim.
    let mut desk = Desk::from_bytes(&desk.to_bytes()).unwrap();
    assert!(desk.waiting().map(|(id, _)| *id).eq([of]));
    let mark = desk.mark(of, Height(1000)).unwrap();
    let refused = Proved::new(chain.parameters.genesis()).refuse(&[mark]).remove(0);
    let marked = proved.accept(&[mark]).remove(0);
    for (proof, code) in [(&proof, "not-marked"), (&refused, "light-not-included")] {
        assert_eq!(desk.order(of, proof, &proved.headers, &mut bank).unwrap_err().code(), code);
    }
    assert_eq!(bank.0, []);
    assert_eq!(desk.order(of, &marked, &proved.headers, &mut bank), Ok(Ordered::Now(money(5_000))));
    // The account that was named, once.
    assert_eq!(bank.0, [(of, money(5_000), account.to_vec())]);
    // Stored and read again, scanned again: still paid.
    let mut desk = Desk::from_bytes(&desk.to_bytes()).unwrap();
    chain.wallet_block(&[mark]);
    scan(&chain, [&mut desk, &mut other]);
    assert_eq!(desk.take_claim(&first.claim, &proof, &proved.headers).unwrap_err().code(), "already-paid");
    assert_eq!(desk.mark(of, Height(1000)).unwrap_err().code(), "already-paid");
    assert_eq!(desk.order(of, &marked, &proved.headers, &mut bank).unwrap_err().code(), "already-paid");
    assert_eq!((desk.books(), bank.0.len()), (Books { issued: 0, withdrawn: 5_000, paid: 5_000 }, 1));

    // The whole remaining balance. A wallet restored from its phrase sees that it is spent, and can
    // still claim it.
    let last = buyer.withdraw(&NativeProver, &mut chain.rng, desk.id(), buyer.balance(), account).unwrap();
    chain.wallet_block(&[last.transaction]);
    let mut restored = wallet(&chain, 1);
    chain.blocks.iter().for_each(|block| restored.scan(block).unwrap());
    assert_eq!(restored.balance(), Money::ZERO);
    assert!(restored.claim(&last.transaction, account).unwrap() == last.claim);
    assert_eq!(code(restored.claim(&last.transaction, b"another")), "account");
    scan(&chain, [&mut desk, &mut other]);
    let (claim, rest) = (restored.claim(&last.transaction, account).unwrap(), money(all.get() - 5_000));
    let proof = proved.accept(&[last.transaction]).remove(0);
    assert_eq!(desk.take_claim(&claim, &proof, &proved.headers), Ok(rest));
    let mark = desk.mark(claim.withdrawal, Height(1000)).unwrap();
    // The mark of another withdrawal is not this one's.
    assert_eq!(desk.order(claim.withdrawal, &marked, &proved.headers, &mut bank).unwrap_err().code(), "not-marked");
    let marked = proved.accept(&[mark]).remove(0);
    assert_eq!(desk.order(claim.withdrawal, &marked, &proved.headers, &mut bank), Ok(Ordered::Now(rest)));
    assert_eq!((desk.payouts().filter(|(_, p)| p.paid).count(), bank.0.len()), (2, 2));
}

/// A bank that keeps its orders.
#[derive(Default)]
struct Orders(Vec<(TransactionId, Money, Vec<u8>)>);

impl Bank for Orders {
    fn has(&self, reference: TransactionId) -> Result<bool, BankError> {
        Ok(self.0.iter().any(|(known, ..)| *known == reference))
    }
    fn order(&mut self, order: &Order) -> Result<(), BankError> {
        self.0.push((order.reference, order.amount, order.account.clone()));
        Ok(())
    }
}

/// A bank that takes orders, or does not, and answers with an error either way.
struct Silent<'a>(Option<&'a mut Orders>);

impl Bank for Silent<'_> {
    fn has(&self, _: TransactionId) -> Result<bool, BankError> {
        Ok(false)
    }
    fn order(&mut self, order: &Order) -> Result<(), BankError> {
        self.0.iter_mut().try_for_each(|bank| bank.order(order))?;
        Err(BankError("no answer".into()))
    }
}

/// The desk stops between mark and order, with and without the order given, and goes on from every
/// state that it may have stored: each time the household is paid once.
#[test]
fn a_desk_restored_from_before_a_payment_pays_once() {
    let (mut chain, _, mut buyer) = market();
    let mut desk = desk(&mut chain);
    chain.sync(&mut buyer);
    let made = buyer.withdraw(&NativeProver, &mut chain.rng, desk.id(), money(5_000), b"an account").unwrap();
    let of = made.claim.withdrawal;
    let before_the_withdrawal = desk.to_bytes();
    chain.wallet_block(&[made.transaction]);
    chain.blocks.iter().for_each(|block| desk.scan(block).unwrap());
    let mut proved = Proved::new(chain.parameters.genesis());
    let withdrawn = proved.accept(&[made.transaction]).remove(0);
    let before_the_claim = desk.to_bytes();
    desk.take_claim(&made.claim, &withdrawn, &proved.headers).unwrap();
    let before_the_mark = desk.to_bytes();
    let mark = desk.mark(of, Height(1000)).unwrap();
    let before_the_order = desk.to_bytes();
    let marked = proved.accept(&[mark]).remove(0);
    chain.wallet_block(&[mark]);

    for stored in [before_the_withdrawal, before_the_claim, before_the_mark, before_the_order] {
        for given in [false, true] {
            let mut bank = Orders::default();
            if given {
                // The bank took the order, and the desk was stopped before it stored anything.
                let mut stopped = Desk::from_bytes(&desk.to_bytes()).unwrap();
                let answer = stopped.order(of, &marked, &proved.headers, &mut Silent(Some(&mut bank)));
                assert_eq!(answer.unwrap_err().code(), "bank");
            } else {
                let mut stopped = Desk::from_bytes(&desk.to_bytes()).unwrap();
                let before = stopped.to_bytes();
                let answer = stopped.order(of, &marked, &proved.headers, &mut Silent(None));
                assert_eq!(answer.unwrap_err().code(), "bank");
                assert!(stopped.to_bytes() == before, "nothing was ordered, so nothing is noted");
            }
            let mut restored = Desk::from_bytes(&stored).unwrap();
            chain.blocks.iter().for_each(|block| restored.scan(block).unwrap());
            // The household makes its claim once more where the desk has lost it.
            assert_eq!(restored.take_claim(&made.claim, &withdrawn, &proved.headers), Ok(money(5_000)));
            assert_eq!(restored.mark(of, Height(1000)).unwrap_err().code(), "already-marked");
            let ordered = restored.order(of, &marked, &proved.headers, &mut bank);
            let expected = if given { Ordered::Before(money(5_000)) } else { Ordered::Now(money(5_000)) };
            assert_eq!(ordered, Ok(expected));
            assert_eq!(bank.0.len(), 1);
            assert_eq!(restored.books().paid, 5_000);
        }
    }
}

#[test]
fn a_desk_takes_claims_on_the_proof_that_its_chain_accepted_this_withdrawal_and_on_no_other() {
    let (mut chain, _, mut buyer) = market();
    let mut desk = desk(&mut chain);
    chain.sync(&mut buyer);
    let made = [4_000, 5_000].map(|amount| {
        let made = buyer.withdraw(&NativeProver, &mut chain.rng, desk.id(), money(amount), b"an account").unwrap();
        chain.wallet_block(&[made.transaction]);
        chain.sync(&mut buyer);
        made
    });
    chain.blocks.iter().for_each(|block| desk.scan(block).unwrap());
    let genesis = chain.parameters.genesis();
    let (mut proved, mut refused) = (Proved::new(genesis), Proved::new(genesis));
    let mut elsewhere = Proved::new(&crate::testing::genesis(9));
    let accepted = proved.accept(&made.each_ref().map(|made| made.transaction));
    let not_accepted = refused.refuse(&[made[0].transaction]);
    let of_another_chain = elsewhere.accept(&[made[0].transaction]);
    let none_yet = Proved::new(genesis);
    let before = desk.to_bytes();
    for (what, proof, headers, code) in [
        ("another withdrawal's proof", &accepted[1], &proved.headers, "other-transaction"),
        ("the proof of a refused withdrawal", &not_accepted[0], &refused.headers, "light-not-accepted"),
        ("a proof and headers of another chain", &of_another_chain[0], &elsewhere.headers, "other-chain"),
        ("a proof from another chain", &of_another_chain[0], &proved.headers, "light-not-included"),
        ("a proof that the headers do not reach", &accepted[0], &none_yet.headers, "light-truncated"),
    ] {
        assert_eq!(desk.take_claim(&made[0].claim, proof, headers).map_err(|e| e.code()), Err(code), "{what}");
        assert!(desk.to_bytes() == before, "{what} changed something");
    }
    for (made, proof) in made.iter().zip(&accepted) {
        let Body::Withdraw(body) = made.transaction.body else { panic!("a withdrawal") };
        assert_eq!(desk.take_claim(&made.claim, proof, &proved.headers), Ok(body.amount));
    }
}

#[test]
fn a_desk_counts_what_it_issued_once_it_is_on_the_ledger() {
    let (mut chain, mut seller, _) = market();
    let mut desk = desk(&mut chain);
    let to = seller.payment_address();
    let issue = desk.issue_balance(&NativeProver, &mut chain.rng, &to, money(70), Height(1000)).unwrap();
    assert_eq!(desk.books(), Books::default());
    let mut desk = Desk::from_bytes(&desk.to_bytes()).unwrap();
    chain.wallet_block(&[issue]);
    chain.sync(&mut seller);
    chain.blocks.iter().for_each(|block| desk.scan(block).unwrap());
    assert_eq!((desk.books(), seller.balance()), (Books { issued: 70, withdrawn: 0, paid: 0 }, money(70)));
    let bytes = desk.to_bytes();
    for wrong in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat()] {
        assert_eq!(Desk::from_bytes(wrong).err().unwrap().code(), "state");
    }
}

#[test]
fn a_wallet_proves_under_the_key_that_counts_for_what_it_proves() {
    use protocol::relation::RelationKind;
    use protocol::transaction::body::{ActivateKey, CycleStart};
    let (mut chain, mut seller, mut buyer) = market();
    let listing = seller.list_sell(&NativeProver, &mut chain.rng, &offer(&seller, 1000, 200_000), cycle()).unwrap();
    chain.wallet_block(&[listing.transaction]);
    for n in 0..2 {
        issue(&mut chain, &mut buyer, balance(10, 70 + n));
    }
    let next = Cycle::new(CYCLE + 1).unwrap();
    let changes: Vec<Body> = RelationKind::ALL
        .iter()
        .map(|relation| {
            let key = VerifyingKeyId([100 + *relation as u8; 32]);
            Body::ActivateKey(ActivateKey { serial: Serial(1), relation: *relation, key, from: next })
        })
        .collect();
    chain.issuer_block(&changes);
    chain.sync(&mut buyer);
    let key = |t: &Transaction| match t.seal {
        Seal::Proof { key, .. } | Seal::Plan { key, .. } => key.0[0],
        Seal::Signature(_) | Seal::Issue { .. } | Seal::Credential { .. } | Seal::Shared(_) => {
            panic!("sealed without its own proof")
        }
    };
    // announced, not in force
    let merge = |wallet: &mut Wallet, chain: &mut Chain| match wallet
        .gather(&NativeProver, &mut chain.rng, Need::Money(wallet.balance()))
        .unwrap()
    {
        Gathering::Merge(merges) => merges[0],
        _ => panic!("there are several records"),
    };
    let before = merge(&mut buyer, &mut chain);
    assert_eq!(key(&before), RelationKind::Merge as u8);
    buyer.forget(before.id());
    let start = *buyer.watch().cycle(cycle()).unwrap();
    chain.issuer_block(&[Body::CycleStart(CycleStart { cycle: next, ..start })]);
    // a wallet that is stored and read again still knows the keys
    chain.sync(&mut buyer);
    let mut buyer = Wallet::from_bytes(&buyer.to_bytes(), chain.parameters.clone()).unwrap();
    let after = merge(&mut buyer, &mut chain);
    assert_eq!(key(&after), 100 + RelationKind::Merge as u8);
    chain.wallet_block(&[after]);
    // the plan of the cycle before ends under its own cycle's key
    chain.sync(&mut seller);
    let release = seller.release(&NativeProver, &mut chain.rng, listing.handle).unwrap();
    assert_eq!(key(&release), RelationKind::Release as u8);
    chain.wallet_block(&[release]);
    chain.sync(&mut seller);
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
fn what_is_gained_goes_into_the_greatest_record_that_can_take_it() {
    let (mut chain, mut seller, _) = market();
    let mut gain = |held: &[u64], r| {
        for (n, amount) in held.iter().enumerate() {
            issue(&mut chain, &mut seller, balance(*amount, r + n as u64));
        }
        let s = issue(&mut chain, &mut seller, metered(700, Sign::Surplus, r));
        let paid = seller.pay_surplus(&NativeProver, &mut chain.rng, s).unwrap();
        chain.wallet_block(&[paid]);
        chain.sync(&mut seller);
        let balances = seller.records().filter(|r| matches!(r.payload(), Payload::Balance { .. }));
        let mut balances: Vec<u64> = balances.map(|r| value(r.payload())).collect();
        balances.sort();
        balances
    };
    // a desk has issued a B that can take up nothing more: the money goes into a new record, then
    // into that one, then into the greater of two
    assert_eq!(gain(&[u64::MAX - 700 * 80_000 + 1], 80), [56_000_000, u64::MAX - 55_999_999]);
    assert_eq!(gain(&[], 85), [112_000_000, u64::MAX - 55_999_999]);
    assert_eq!(gain(&[200_000_000], 90), [112_000_000, 256_000_000, u64::MAX - 55_999_999]);
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

/// A metering service may keep the opening back. The regulator gives it, and the household pays or
/// disputes; what is struck it owes no more.
#[test]
fn a_shortfall_without_a_note_is_paid_or_disputed_with_the_regulators_opening() {
    let (mut chain, _, mut buyer) = market();
    let [paid, struck] = [44, 45].map(|blinding| {
        let opening = metered(500, Sign::Shortfall, blinding);
        let body = chain.issue(&buyer.payment_address(), opening);
        let Body::IssueMetered(mut said) = body else { panic!("an issue") };
        said.note = NOTHING;
        chain.issuer_block(&[Body::IssueMetered(said)]);
        (opening, said.commitment)
    });
    chain.sync(&mut buyer);
    assert_eq!(buyer.watch().obligations().count(), 0);
    for (opening, owed) in [paid, struck] {
        assert_eq!(code(buyer.dispute(owed)), "unknown-metered");
        assert_eq!(buyer.take_obligation(&opening).ok(), Some(owed));
        chain.given(&opening);
    }
    // Of no leaf, of another household's, of what is paid out, of no metered record.
    let others = metered(500, Sign::Shortfall, 46);
    let surplus = metered(500, Sign::Surplus, 47);
    issue(&mut chain, &mut buyer, surplus);
    for wrong in [others, metered(501, Sign::Shortfall, 44), surplus, balance(5, 48)] {
        assert_eq!(code(buyer.take_obligation(&wrong)), "unknown-metered");
    }
    assert_eq!(buyer.watch().obligations().count(), 2);

    let transaction = buyer.pay_shortfall(&NativeProver, &mut chain.rng, paid.1).unwrap();
    chain.wallet_block(&[transaction]);
    let dispute = buyer.dispute(struck.1).unwrap();
    assert_eq!((dispute.verify(), dispute.key), (Ok(()), buyer.request_key()));
    assert_eq!((dispute.chain, dispute.obligation), (chain.id(), struck.1));
    for (ruled, owed) in [(Ruled::Upheld, 2), (Ruled::Struck, 1)] {
        chain.issuer_block(&[Body::Ruling(Ruling { serial: Serial(1), obligation: struck.1, ruled })]);
        chain.sync(&mut buyer);
        assert_eq!(buyer.watch().obligations().count(), owed);
    }
    // What is paid stays paid, when the opening comes again.
    assert_eq!(buyer.take_obligation(&paid.0).ok(), Some(paid.1));
    assert!(buyer.watch().obligations().all(|(_, o)| o.paid()));
    assert_eq!(code(buyer.dispute(paid.1)), "unknown-metered");
    assert_eq!(code(buyer.pay_shortfall(&NativeProver, &mut chain.rng, struck.1)), "unknown-metered");
}

#[test]
fn a_metered_record_whose_public_cycle_is_another_is_not_taken() {
    let (mut chain, mut seller, _) = market();
    let body = chain.issue(&seller.payment_address(), metered(700, Sign::Surplus, 51));
    let Body::IssueMetered(mut issue) = body else { panic!("an issue") };
    issue.cycle = Cycle::new(3).unwrap();
    chain.issuer_block(&[Body::IssueMetered(issue)]);
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

/// Sign 2 is owed at the feed-in tariff, sign 3 is paid at the retail tariff; the tag of each
/// payment counts its sign.
#[test]
fn corrections_are_owed_and_paid_at_the_tariff_of_what_they_correct() {
    let (mut chain, _, mut buyer) = market();
    chain.sync(&mut buyer);
    let (before, tariffs) = (buyer.balance().get(), chain::market());
    let owed = issue(&mut chain, &mut buyer, metered(30, Sign::SurplusBack, 43));
    assert_eq!(buyer.need_of_shortfall(owed).unwrap(), Need::Money(wh(30).at(tariffs.feed_in)));
    let paid = buyer.pay_shortfall(&NativeProver, &mut chain.rng, owed).unwrap();
    chain.wallet_block(&[paid]);
    chain.sync(&mut buyer);
    assert_eq!(buyer.balance().get(), before - 30 * tariffs.feed_in.get());
    let given = issue(&mut chain, &mut buyer, metered(40, Sign::ShortfallBack, 44));
    let got = buyer.pay_surplus(&NativeProver, &mut chain.rng, given).unwrap();
    let Body::Surplus(said) = got.body else { panic!("a surplus") };
    assert_eq!(said.sign, Sign::ShortfallBack);
    chain.wallet_block(&[got]);
    chain.sync(&mut buyer);
    assert_eq!(buyer.balance().get(), before - 30 * tariffs.feed_in.get() + 40 * tariffs.retail.get());
}
