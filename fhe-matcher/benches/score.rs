//! Times scoring and its parts: `cargo bench -p veilgrid-fhe-matcher --bench score [-- --market N]`.
//!
//! Everything but the last table is processor time of one thread, which a machine that does other things besides
//! disturbs least; medians, with the number of runs. The last table scores, opens and assigns N bids and N offers (1000)
//! on one thread and on two, in seconds by the clock.

use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer, PlanCiphertext};
use fhe_matcher::decrypt::open_scores_in;
use fhe_matcher::key::MatchingSecretKey;
use fhe_matcher::parameters::{DEGREE, PACK, PRIMES};
use fhe_matcher::plaintext::score::{QuantisedBid, QuantisedOffer};
use fhe_matcher::score::{score_vector, OfferBook, Pack, PreparedBid};
use protocol::units::Tick;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use rayon::prelude::*;
use rustix::time::{clock_gettime, ClockId};
use std::hint::black_box;
use std::time::Instant;
use tfhe_ntt::prime64::Plan;

/// Nanoseconds of this thread's processor time.
fn cpu() -> u64 {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(t.tv_sec).expect("after the start") * 1_000_000_000 + u64::try_from(t.tv_nsec).expect("below 10^9")
}

/// Seconds of the process's processor time, of all threads.
fn processor() -> f64 {
    let t = clock_gettime(ClockId::ProcessCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Prints the median time of one of `count` things that `work` does at a go, in microseconds, and gives it.
fn row<T>(what: &str, count: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut times = Vec::new();
    let start = cpu();
    // at least 9 runs, up to half a second
    while times.len() < 9 || (cpu() - start < 500_000_000 && times.len() < 2001) {
        let before = cpu();
        black_box(work());
        times.push(cpu() - before);
    }
    times.sort();
    let median = times[times.len() / 2] as f64 / count as f64 / 1e3;
    println!("{what:66} {median:>9.2} us {:>6} runs", times.len());
    median
}

fn rate(what: &str, micros: f64) {
    println!("{what:66} {:>9.2} M pair scores a second", PACK as f64 / micros);
}

fn plans(rng: &mut ChaCha20Rng) -> (QuantisedOffer, QuantisedBid) {
    let mut up_to = |max: u32| (rng.next_u32() % (max + 1)) as u8;
    let tick = |value| Tick::new(value).expect("48 ticks");
    let [volume, reputation, x, y, price] = [0; 5].map(|_| up_to(63));
    let offer = QuantisedOffer { volume, reputation, x, y, energy_type: up_to(4), ask: tick(up_to(47)) };
    let weights = [0; 4].map(|_| up_to(15));
    let types = [0; 5].map(|_| up_to(15));
    (offer, QuantisedBid { price, volume, reputation, x, y, weights, types, limit: tick(up_to(47)) })
}

/// Each bid's least score among the offers that are left, bids and offers in order: how a round is assigned.
fn assign(scores: &[Vec<Option<u32>>]) -> usize {
    let mut taken = vec![false; scores.first().map_or(0, Vec::len)];
    let mut pairs = 0;
    for row in scores {
        let open = row.iter().enumerate().filter(|(offer, _)| !taken[*offer]);
        if let Some((_, offer)) = open.filter_map(|(offer, score)| Some(((*score)?, offer))).min() {
            taken[offer] = true;
            pairs += 1;
        }
    }
    pairs
}

fn one_thread(secret: &MatchingSecretKey, offers: &[PlanCiphertext], bids: &[PlanCiphertext]) {
    println!("-- what there is to do for 64 scores, done plainly: 4096 values a polynomial, two primes");
    let transforms = PRIMES.map(|q| Plan::try_new(DEGREE, q).expect("NTT-friendly"));
    let values = |plan: &PlanCiphertext| [0, 1].map(|i| [plan.a().residues(i).to_vec(), plan.b().residues(i).to_vec()]);
    let (pack, bid) = (values(&offers[0]), values(&bids[0]));
    let mut sums = [0, 1].map(|_| [0; 3].map(|_| vec![0; DEGREE]));
    let products = row("four pointwise products", 1, || {
        for (((sums, transform), pack), bid) in sums.iter_mut().zip(&transforms).zip(&pack).zip(&bid) {
            transform.mul_accumulate(&mut sums[0], &pack[1], &bid[1]);
            transform.mul_accumulate(&mut sums[1], &pack[0], &bid[1]);
            transform.mul_accumulate(&mut sums[1], &pack[1], &bid[0]);
            transform.mul_accumulate(&mut sums[2], &pack[0], &bid[0]);
        }
    });
    let inverse = row("inverse transform of c0", 1, || {
        for (sums, transform) in sums.iter_mut().zip(&transforms) {
            transform.inv(&mut sums[0]);
            transform.normalize(&mut sums[0]);
        }
    });
    let fingerprints = row("four inner products of 4096 in 128 bits", 1, || {
        let inner =
            |x: &[u64], y: &[u64]| -> u128 { x.iter().zip(y).map(|(x, y)| u128::from(*x) * u128::from(*y)).sum() };
        [0, 1].map(|i| inner(&pack[i][0], &sums[i][1]) % 3 + inner(&pack[i][1], &sums[i][2]) % 3)
    });
    let digests = row("BLAKE3 of 825 bytes", 1, || blake3::hash(&[7; 825]));
    let plain = products + inverse + fingerprints + digests;
    rate("together", plain);
    let many: Vec<_> = offers.iter().take(16 * PACK).step_by(PACK).map(values).collect();
    row("reading two polynomials of 16 packs in turn, 128 kB each", 16, || {
        many.iter().flatten().flatten().flatten().fold(0, |sum, x| sum ^ x)
    });

    println!("-- once for each plan");
    row("ciphertext to 102,400 bytes", 1, || bids[0].to_bytes());
    let bytes = bids[0].to_bytes();
    row("BLAKE3 of 102,400 bytes", 1, || blake3::hash(&bytes));
    row("ciphertext from bytes", 1, || decoded(&bids[..1]));
    row("the same and its digest", 1, || decoded(&bids[..1])[0].digest());
    for offer in offers {
        offer.digest();
    }
    row("an offer's share of a book, its digest known", offers.len(), || OfferBook::new(offers));
    let (empty, book) = (OfferBook::new(&offers[..0]), OfferBook::new(offers));
    bids[0].digest();
    row("preparing a bid", 1, || empty.score_digest(&bids[0]));

    println!("-- for 64 scores, of a bid with {} offers", offers.len());
    let packs = offers.len() / PACK;
    let pack = Pack::new(&offers[..PACK]).expect("64 offers");
    let prepared = PreparedBid::new(&bids[0]);
    rate("to the digest, preparing the bid included", row("", packs, || book.score_digest(&bids[0])));
    let many = row("the same, 16 bids at once", 16 * packs, || book.score_digests(&bids[..16]));
    rate("", many);
    let half = OfferBook::new(&offers[..packs / 2 * PACK]);
    let fewer = row("the same with half the offers", 16 * packs / 2, || half.score_digests(&bids[..16]));
    let further = 2.0 * many - fewer;
    println!("{:66} {further:>9.2} us", "so without what a bid costs by itself");
    rate("", further);
    row("the encrypted scores as three polynomials, to be opened", 1, || pack.score(&prepared));
    let posted = book.score_digest(&bids[0]);
    row("opened", packs, || open_scores_in(secret, &book, &bids[0], &posted));
}

/// As another party has them that reads them from the ledger.
fn decoded(plans: &[PlanCiphertext]) -> Vec<PlanCiphertext> {
    plans.iter().map(|plan| PlanCiphertext::from_bytes(&plan.to_bytes()).expect("canonical")).collect()
}

fn market(threads: usize, secret: &MatchingSecretKey, offers: &[PlanCiphertext], bids: &[PlanCiphertext]) -> f64 {
    let (node, regulator) = ([decoded(bids), decoded(offers)], [decoded(bids), decoded(offers)]);
    let (start, before) = (Instant::now(), processor());
    let posted = score_vector(&node[0], &node[1]);
    let (scored, scored_cpu) = (start.elapsed().as_secs_f64(), processor() - before);
    let [bids, offers] = &regulator;
    let book = OfferBook::new(offers);
    let opened: Vec<_> = bids
        .par_iter()
        .zip(&posted)
        .map(|(bid, posted)| open_scores_in(secret, &book, bid, posted).expect("honest plans"))
        .collect();
    let (through, through_cpu) = (start.elapsed().as_secs_f64(), processor() - before);
    let pairs = assign(&opened);
    let all = start.elapsed().as_secs_f64();
    println!(
        "{threads} threads: scored {scored:.2} s ({scored_cpu:.2} s of processor time), opened {:.2} s ({:.2} s), \
         assigned {:.3} s; together {all:.2} s, {pairs} pairs",
        through - scored,
        through_cpu - scored_cpu,
        all - through
    );
    scored
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip_while(|argument| argument != "--market").collect();
    let size: usize = arguments.get(1).map_or(1000, |size| size.parse().expect("a number of bids and offers"));
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let (offers, bids): (Vec<_>, Vec<_>) = (0..size.max(16 * PACK))
        .map(|_| {
            let (offer, bid) = plans(&mut rng);
            let offer = encrypt_offer(&public, &offer, &mut rng).expect("in range");
            (offer, encrypt_bid(&public, &bid, &mut rng).expect("in range"))
        })
        .unzip();
    println!("AVX-512 in the build: {}", cfg!(feature = "avx512"));
    pool(1).install(|| one_thread(&secret, &offers[..16 * PACK], &bids));
    println!("-- {size} bids and {size} offers, by the clock");
    let scored =
        [1, 2].map(|threads| pool(threads).install(|| market(threads, &secret, &offers[..size], &bids[..size])));
    println!("two threads score {:.2} times as fast as one", scored[0] / scored[1]);
}
