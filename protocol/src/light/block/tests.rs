//! A block with everything in it, and each thing that a lying node could change.

use crate::certificate::Certificate;
use crate::compact::{changes_digest, CompactBlock, CompactTransaction, Event};
use crate::header::{BlockHash, Header, StateRoot};
use crate::ids::{Height, Serial, Time, TransactionId};
use crate::light::tests::{certify, genesis, validators, ORDERER};
use crate::light::{Error, HeaderChain, SimulatedChain, StateOpening, VerifiedBlock};
use crate::merkle;
use crate::record::{Commitment, Handle, MatchId};
use crate::terms::LAPSE_ALARM;
use crate::transaction::body::{EpochStart, Mask, Note, Release, NOTE_BYTES};
use crate::transaction::genesis::Genesis;
use crate::transaction::{Body, Seal, Transaction};
use crate::tree::{Position, Root, Tree};
use crate::units::{Cycle, Epoch, IssuerId};
use crate::Fr;

const TIME: u64 = 700;

fn handle(n: u64) -> Handle {
    Handle(Fr::from(n))
}

fn release(plan: u64, refund: u64) -> Body {
    let (refund, memo) = (Commitment(Fr::from(refund)), Note([4; NOTE_BYTES]));
    Body::Release(Release { handle: handle(plan), refund, memo })
}

fn accepted(genesis: &Genesis, body: Body, leaves: &[(u32, u64)], events: &[Event]) -> CompactTransaction {
    let seal = Seal::Signature([7; 64]);
    let tx = Transaction { chain: genesis.chain(), expiry: Height(100), body, seal };
    let leaves = leaves.iter().map(|(at, leaf)| (Position(*at), Commitment(Fr::from(*leaf)))).collect();
    CompactTransaction::new(&tx, leaves, events.to_vec())
}

/// A block with events of the clock, four transactions, five leaves and transactions' events.
fn block(genesis: &Genesis, height: u64) -> CompactBlock {
    let cycle = Cycle::new(3).unwrap();
    let epoch = |serial| {
        Body::EpochStart(EpochStart { serial: Serial(serial), epoch: Epoch::new(1).unwrap(), lapse_alarm: LAPSE_ALARM })
    };
    let mask = Body::Mask(Mask { serial: Serial(1), cycle, round: 0, commitment: [3; 32] });
    let mut tree = Tree::new();
    (200..205u64).for_each(|leaf| assert!(tree.append(Fr::from(leaf)).is_ok()));
    let anchor = Event::Anchor { cycle, round: 1, confirmations: false, root: Tree::new().root() };
    CompactBlock {
        height: Height(height),
        time: Time(TIME),
        events: vec![
            Event::Expired(handle(1)),
            Event::Void { match_id: MatchId(Fr::from(2u64)), missing: [None, Some(IssuerId::ZERO)] },
            anchor,
        ],
        transactions: vec![
            accepted(
                genesis,
                epoch(1),
                &[(0, 200), (1, 201)],
                &[Event::Refused(handle(4)), Event::Relisted(handle(5))],
            ),
            accepted(genesis, release(8, 203), &[(2, 202)], &[]),
            accepted(genesis, mask, &[], &[Event::Binding(MatchId(Fr::from(6u64)))]),
            accepted(genesis, epoch(2), &[(3, 203), (4, 204)], &[Event::Binding(MatchId(Fr::from(7u64)))]),
        ],
        root: tree.root(),
    }
}

/// Block 1 is empty, block 2 is [`block`], block 3 says what block 2 did.
struct Made {
    chain: HeaderChain,
    block: CompactBlock,
    opening: StateOpening,
    headers: Vec<(Header, Certificate)>,
    openings: Vec<StateOpening>,
}

fn made_of(genesis: &Genesis, block: CompactBlock) -> Made {
    let none = merkle::root([] as [&[u8]; 0]);
    let mut parent = BlockHash::genesis(genesis, &validators(ORDERER));
    let mut parent_state = StateRoot::genesis(genesis.chain());
    let mut chain = HeaderChain::new(genesis, validators(ORDERER));
    let (mut headers, mut openings) = (vec![], vec![]);
    let empty = |height, time| CompactBlock {
        height: Height(height),
        time: Time(time),
        events: vec![],
        transactions: vec![],
        root: Tree::new().root(),
    };
    for compact in [empty(1, TIME - 1), block.clone(), empty(3, TIME + 9)] {
        let (height, time) = (compact.height, compact.time);
        let (chain_id, next_validators) = (genesis.chain(), validators(ORDERER).hash());
        let header =
            Header { chain: chain_id, height, parent, parent_state, transactions: none, time, next_validators };
        parent = header.hash();
        let certificate = certify(ORDERER, &header);
        chain.extend(header, &certificate).unwrap();
        headers.push((header, certificate));
        let changes = changes_digest(&compact);
        let opening =
            StateOpening { previous: parent_state.0, state: [5; 32], tree: compact.root, changes, receipts: none };
        parent_state = opening.root();
        openings.push(opening);
    }
    Made { chain, block, opening: openings[1], headers, openings }
}

fn made() -> Made {
    made_of(&genesis(), block(&genesis(), 2))
}

impl Made {
    /// A changed block, with the opening that the honest node gave, and with one that fits the change.
    fn lie(&self, change: impl Fn(&mut CompactBlock)) -> [Result<VerifiedBlock, Error>; 2] {
        let mut block = self.block.clone();
        change(&mut block);
        assert_ne!(block, self.block, "something was changed");
        let fitting = StateOpening { tree: block.root, changes: changes_digest(&block), ..self.opening };
        [self.chain.verify(block.clone(), &self.opening), self.chain.verify(block, &fitting)]
    }
    /// The change is refused, with whatever opening.
    fn refused(&self, change: impl Fn(&mut CompactBlock)) {
        for result in self.lie(change) {
            assert_eq!(result.unwrap_err().code(), "light-block");
        }
    }
}

#[test]
fn what_the_headers_commit_to_is_verified() {
    let made = made();
    let verified = made.chain.verify(made.block.clone(), &made.opening).unwrap();
    assert_eq!(*verified, made.block);
    assert_eq!(verified.compact(), &made.block);
    assert_eq!(verified.chain(), genesis().chain());
    assert_eq!(verified.hash(), made.headers[1].0.hash());
    assert_eq!(verified.state(), made.headers[2].0.parent_state);
}

#[test]
fn a_body_or_an_expiry_that_does_not_have_its_id_is_refused() {
    let made = made();
    let contents = |place, change: &dyn Fn(&mut CompactTransaction)| {
        for result in made.lie(|b| change(&mut b.transactions[place])) {
            assert_eq!(result, Err(Error::Contents { height: Height(2), place }));
        }
    };
    contents(0, &|t| t.expiry = Height(101));
    contents(3, &|t| t.expiry = Height(0));
    contents(0, &|t| {
        t.body =
            Body::EpochStart(EpochStart { serial: Serial(2), epoch: Epoch::new(1).unwrap(), lapse_alarm: LAPSE_ALARM })
    });
    contents(1, &|t| t.body = release(9, 203));
    contents(1, &|t| t.body = release(8, 9));
    contents(2, &|t| match &mut t.body {
        Body::Mask(b) => b.commitment[31] ^= 1,
        _ => panic!("a mask"),
    });
    // Another kind with the body's bytes as long.
    contents(1, &|t| t.body = made.block.transactions[2].body);
}

#[test]
fn an_id_is_refused_with_and_without_a_body_that_fits_it() {
    let made = made();
    made.refused(|b| b.transactions[0].id = TransactionId([0; 32]));
    made.refused(|b| {
        let other =
            Body::EpochStart(EpochStart { serial: Serial(5), epoch: Epoch::new(1).unwrap(), lapse_alarm: LAPSE_ALARM });
        b.transactions[0] = accepted(&genesis(), other, &[(0, 200), (1, 201)], &b.transactions[0].events);
    });
}

#[test]
fn leaves_and_their_positions_are_covered() {
    let made = made();
    made.refused(|b| b.transactions[0].leaves[1].1 = Commitment(Fr::from(9u64)));
    made.refused(|b| b.transactions[3].leaves[0].0 = Position(7));
    made.refused(|b| b.transactions[0].leaves.swap(0, 1));
    made.refused(|b| b.transactions[1].leaves.clear());
    made.refused(|b| b.transactions[2].leaves.push((Position(5), Commitment(Fr::from(9u64)))));
    // The same leaves in the same order under another transaction.
    made.refused(|b| {
        let moved = b.transactions[0].leaves.pop().unwrap();
        b.transactions[1].leaves.insert(0, moved);
    });
}

#[test]
fn transactions_events_and_the_clocks_are_covered() {
    let made = made();
    made.refused(|b| b.transactions[0].events[0] = Event::Lapsed(handle(4)));
    made.refused(|b| b.transactions[0].events[0] = Event::Refused(handle(40)));
    made.refused(|b| b.transactions[0].events.swap(0, 1));
    made.refused(|b| b.transactions[2].events.clear());
    made.refused(|b| b.transactions[1].events.push(Event::Refused(handle(8))));
    made.refused(|b| b.events[0] = Event::Expired(handle(2)));
    made.refused(|b| b.events.swap(0, 1));
    made.refused(|b| b.events.clear());
    made.refused(|b| b.events.push(Event::VerdictDiffers(MatchId(Fr::from(2u64)))));
    // An event of the clock passed off as the first transaction's, and the reverse.
    made.refused(|b| {
        let moved = b.events.remove(0);
        b.transactions[0].events.insert(0, moved);
    });
    made.refused(|b| {
        let moved = b.transactions[0].events.remove(0);
        b.events.push(moved);
    });
    for change in 0..4 {
        made.refused(|b| {
            let Event::Anchor { cycle, round, confirmations, root } = &mut b.events[2] else { panic!("an anchor") };
            match change {
                0 => *cycle = Cycle::new(4).unwrap(),
                1 => *round = 2,
                2 => *confirmations = true,
                _ => *root = Root(Fr::from(1u64)),
            }
        });
    }
}

#[test]
fn transactions_are_all_there_once_and_in_order() {
    let made = made();
    made.refused(|b| b.transactions.swap(0, 1));
    made.refused(|b| b.transactions.swap(1, 2));
    for place in 0..4 {
        made.refused(|b| drop(b.transactions.remove(place)));
        made.refused(|b| b.transactions.push(b.transactions[place].clone()));
    }
    made.refused(|b| b.transactions.clear());
    made.refused(|b| {
        let body =
            Body::EpochStart(EpochStart { serial: Serial(3), epoch: Epoch::new(2).unwrap(), lapse_alarm: LAPSE_ALARM });
        b.transactions.push(accepted(&genesis(), body, &[], &[]));
    });
}

#[test]
fn height_time_and_root_are_covered() {
    let made = made();
    made.refused(|b| b.time = Time(TIME + 1));
    made.refused(|b| b.time = Time(0));
    made.refused(|b| b.height = Height(1));
    made.refused(|b| b.root = Root(Fr::from(1u64)));
    made.refused(|b| b.root = Tree::new().root());
    for height in [0, 3, 4, u64::MAX] {
        for result in made.lie(|b| b.height = Height(height)) {
            assert_eq!(result.unwrap_err().code(), "light-truncated", "{height}");
        }
    }
}

#[test]
fn the_opening_is_covered() {
    let made = made();
    let lies: [&dyn Fn(&mut StateOpening); 8] = [
        &|o| o.previous[0] ^= 1,
        &|o| o.state[9] ^= 1,
        &|o| o.tree = Tree::new().root(),
        &|o| o.changes[31] ^= 1,
        &|o| o.receipts[7] ^= 1,
        &|o| *o = made.openings[0],
        &|o| *o = made.openings[2],
        // The root that the next header names, as the one before.
        &|o| o.previous = made.opening.root().0,
    ];
    for lie in lies {
        let mut opening = made.opening;
        lie(&mut opening);
        assert_eq!(made.chain.verify(made.block.clone(), &opening).unwrap_err().code(), "light-block");
    }
}

#[test]
fn a_block_waits_for_the_header_after_it() {
    let made = made();
    let mut chain = HeaderChain::new(&genesis(), validators(ORDERER));
    for (missing, (header, certificate)) in [2, 2, 3].into_iter().zip(&made.headers) {
        assert_eq!(chain.verify(made.block.clone(), &made.opening), Err(Error::Truncated(Height(missing))));
        chain.extend(*header, certificate).unwrap();
    }
    assert!(chain.verify(made.block, &made.opening).is_ok());
}

#[test]
fn another_chains_block_is_refused_and_so_is_a_header_that_hides_another_past() {
    let (made, other) = (made(), Genesis { name: [2; 32], ..genesis() });
    let theirs = made_of(&other, block(&other, 2));
    let empty = CompactBlock { transactions: vec![], ..block(&other, 2) };
    for theirs in [theirs, made_of(&other, empty)] {
        assert!(theirs.chain.verify(theirs.block.clone(), &theirs.opening).is_ok());
        assert_eq!(made.chain.verify(theirs.block, &theirs.opening).unwrap_err().code(), "light-block");
    }
    // Certified headers whose states do not follow on one another: the opening shows it.
    let none = merkle::root([] as [&[u8]; 0]);
    let mut chain = HeaderChain::new(&genesis(), validators(ORDERER));
    let (mut parent, broken) = (BlockHash::genesis(&genesis(), &validators(ORDERER)), StateRoot([9; 32]));
    let opening = StateOpening { previous: broken.0, ..made.opening };
    let states = [StateRoot::genesis(genesis().chain()), made.headers[1].0.parent_state, opening.root()];
    for (height, parent_state) in (1..).zip(states) {
        let (chain_id, time) = (genesis().chain(), Time(TIME));
        let (height, next_validators) = (Height(height), validators(ORDERER).hash());
        let header =
            Header { chain: chain_id, height, parent, parent_state, transactions: none, time, next_validators };
        parent = header.hash();
        chain.extend(header, &certify(ORDERER, &header)).unwrap();
    }
    assert_eq!(chain.verify(made.block, &opening).unwrap_err().code(), "light-block");
}

#[test]
fn the_chain_of_tests_verifies_what_is_honest_and_nothing_else() {
    let mut chain = SimulatedChain::new(&genesis());
    chain.skip_to(Height(4)).unwrap();
    let before = chain.headers().clone();
    let code = |chain: &mut SimulatedChain, block| chain.block(block).unwrap_err().code();
    assert_eq!(code(&mut chain, block(&genesis(), 4)), "light-height");
    assert_eq!(code(&mut chain, block(&genesis(), 6)), "light-height");
    let mut wrong = block(&genesis(), 5);
    wrong.transactions[1].id = TransactionId([0; 32]);
    assert_eq!(code(&mut chain, wrong), "light-contents");
    assert_eq!(code(&mut chain, block(&Genesis { name: [2; 32], ..genesis() }, 5)), "light-contents");
    assert_eq!(*chain.headers(), before, "nothing is kept of what is refused");
    let good = chain.block(block(&genesis(), 5)).unwrap();
    assert_eq!((good.compact(), good.chain()), (&block(&genesis(), 5), genesis().chain()));
    let earlier = CompactBlock { time: Time(TIME - 1), ..block(&genesis(), 6) };
    assert_eq!(code(&mut chain, earlier), "light-time");
    assert!(chain.block(block(&genesis(), 6)).is_ok());
    assert_eq!(chain.headers().height(), Height(6));
    assert_eq!(good.hash(), chain.headers().header(Height(5)).unwrap().hash());
}
