//! Other libraries on the work of an encrypted score, beside ours: the inner product of a bid's and an offer's block, 61
//! products (`fhe_matcher::block`), on the same plans. Each peer's every result is held to `fhe_matcher::plaintext`.
//!
//! `veilgrid-peers plans N` writes N bids and 1024 offers, blocks and scores, for peers in other languages. `veilgrid-peers ours`
//! and the peers' names print a line `NAME VERSION<tab>pairs<tab>seconds of processor time` of one run on one thread.
//! `./run` does all of it.

#[cfg(feature = "bfv")]
mod bfv;
#[cfg(feature = "naive")]
mod naive;
mod ours;

use fhe_matcher::block::Block;
use fhe_matcher::plaintext::score::{score, QuantisedBid, QuantisedOffer, BIG};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustix::time::{clock_gettime, ClockId};
use std::process::ExitCode;

/// Offers that all peers score a bid with: full packs of all peers, which have 64 or 128 offers.
const OFFERS: usize = 1024;

/// The plans that are scored.
struct Plans {
    offers: Vec<QuantisedOffer>,
    bids: Vec<QuantisedBid>,
}

impl Plans {
    /// So many bids and offers, always the same.
    fn draw(bids: usize, offers: usize) -> Plans {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let offers = (0..offers).map(|_| QuantisedOffer::random(&mut rng)).collect();
        Plans { offers, bids: (0..bids).map(|_| QuantisedBid::random(&mut rng)).collect() }
    }

    fn offer_blocks(&self) -> Vec<Block> {
        self.offers.iter().map(|offer| Block::offer(offer).expect("random plans are in range")).collect()
    }

    fn bid_blocks(&self) -> Vec<Block> {
        self.bids.iter().map(|bid| Block::bid(bid).expect("random plans are in range")).collect()
    }

    /// Stops the program unless a decrypted value is the score of the pair: what computes something else is no peer.
    fn check(&self, peer: &str, bid: usize, offer: usize, value: i64) {
        let right = match score(&self.bids[bid], &self.offers[offer]) {
            Some(score) => value == i64::from(score),
            None => value >= i64::from(BIG),
        };
        assert!(right, "{peer}: {value} is not the score of bid {bid} and offer {offer}");
    }
}

/// What a peer did.
struct Done {
    pairs: usize,
    seconds: f64,
}

/// Does the work and gives the processor time that it took, of all threads.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let now = || {
        let t = clock_gettime(ClockId::ProcessCPUTime);
        t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
    };
    let start = now();
    let out = std::hint::black_box(work());
    (now() - start, out)
}

/// Blocks of all plans and the pairs' scores, -1 for an ask above the limit: `offer` or `bid`, then the coefficients;
/// `scores`, then a bid's with each offer.
fn write_plans(plans: &Plans) {
    let line = |name: &str, values: &mut dyn Iterator<Item = i64>| {
        let values: Vec<String> = values.map(|value| value.to_string()).collect();
        println!("{name} {}", values.join(" "));
    };
    for (name, blocks) in [("offer", plans.offer_blocks()), ("bid", plans.bid_blocks())] {
        for block in blocks {
            line(name, &mut block.coefficients().iter().map(|x| i64::from(*x)));
        }
    }
    for bid in &plans.bids {
        line("scores", &mut plans.offers.iter().map(|offer| score(bid, offer).map_or(-1, i64::from)));
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count: Option<usize> = arguments.get(1).and_then(|count| count.parse().ok()).filter(|count| *count > 0);
    // Peers that use rayon's global pool find one thread in it.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("nothing has used the pool yet");
    let done = match (arguments.first().map(String::as_str), count) {
        (Some("plans"), Some(bids)) => {
            write_plans(&Plans::draw(bids, OFFERS));
            return ExitCode::SUCCESS;
        }
        (Some("ours"), Some(bids)) => (ours::NAME, ours::measure(&Plans::draw(bids, OFFERS))),
        #[cfg(feature = "bfv")]
        (Some("bfv"), Some(bids)) => (bfv::NAME, bfv::measure(&Plans::draw(bids, OFFERS))),
        #[cfg(feature = "naive")]
        (Some("naive"), Some(pairs)) => (naive::NAME, naive::measure(&Plans::draw(1, OFFERS), pairs)),
        _ => {
            eprintln!("plans|ours|bfv BIDS, or naive PAIRS; a peer that was not built in is not known");
            return ExitCode::from(2);
        }
    };
    let (name, Done { pairs, seconds }) = done;
    println!("{name}\t{pairs}\t{seconds}");
    ExitCode::SUCCESS
}
