//! Times the parts of scoring: `cargo bench -p veilgrid-fhe-matcher --bench score`.
//! `veilgrid bench match` times it whole.
//!
//! Everything is processor time of one thread, which other work on the machine disturbs least.
//! Figures are medians, with the number of runs.

use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer, PlanCiphertext};
use fhe_matcher::decrypt::{least_slots, open_scores_in};
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::mask::{MaskSeed, MaskedScores, Masker, RoundId};
use fhe_matcher::matching_node::ListedPlan;
use fhe_matcher::parameters::{DEGREE, PACK, PRIMES};
use fhe_matcher::score::{OfferBook, Pack, PreparedBid};
use market::score::{QuantisedBid, QuantisedOffer};
use protocol::ids::ChainId;
use protocol::units::Cycle;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustix::time::{clock_gettime, ClockId};
use std::hint::black_box;
use tfhe_ntt::prime64::Plan as NttPlan;

/// Nanoseconds of this thread's processor time.
fn cpu() -> u64 {
    let t = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(t.tv_sec).expect("after the start") * 1_000_000_000 + u64::try_from(t.tv_nsec).expect("below 10^9")
}

/// Prints the median time of one of `count` things that `work` does at a go, in microseconds, and
/// gives it.
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

fn one_thread(secret: &MatchingSecretKey, offers: &[PlanCiphertext], bids: &[PlanCiphertext]) {
    println!("-- what there is to do for 64 scores, done plainly: 4096 values a polynomial, two primes");
    let transforms = PRIMES.map(|q| NttPlan::try_new(DEGREE, q).expect("NTT-friendly"));
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
    let digests = row("BLAKE3 of 858 bytes", 1, || blake3::hash(&[7; 858]));
    let plain = products + inverse + fingerprints + digests;
    rate("together", plain);
    let many: Vec<_> = offers.iter().take(16 * PACK).step_by(PACK).map(values).collect();
    row("reading two polynomials of 16 packs in turn, 128 kB each", 16, || {
        many.iter().flatten().flatten().flatten().fold(0, |sum, x| sum ^ x)
    });

    println!("-- once for each plan");
    row("ciphertext to 106,496 bytes", 1, || bids[0].to_bytes());
    let bytes = bids[0].to_bytes();
    row("BLAKE3 of 106,496 bytes", 1, || blake3::hash(&bytes));
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

/// What one bid costs in mode masked, with 63 offers: 64 slots. Each validator computes the vector
/// once more.
fn masked(secret: &MatchingSecretKey, public: &MatchingPublicKey, offers: &[PlanCiphertext], bid: &PlanCiphertext) {
    println!("-- masked, 64 slots of one bid with 63 offers");
    let listed = |(i, plan): (u8, &PlanCiphertext)| ListedPlan { handle: [i; 32], ciphertext: plan.clone() };
    let offers: Vec<_> = (0..63).zip(offers).map(listed).collect();
    let (bid, free) = (listed((99, bid)), offers.iter().collect::<Vec<_>>());
    let (masker, seed) = (Masker::new(public), MaskSeed::from_bytes([1; 32]));
    let round = RoundId { chain: ChainId([2; 32]), cycle: Cycle::ZERO, round: 0 };
    let vector = || masker.mask(&seed, &round, &bid, &free).expect("63 offers");
    let scores = vector();
    row("the vector made", 1, vector);
    row("the vector to bytes and its digest", 1, || scores.digest());
    let bytes = scores.to_bytes();
    row("the vector from bytes", 1, || MaskedScores::from_bytes(&bytes).expect("canonical"));
    row("least slots opened", 1, || least_slots(secret, &scores).expect("scores"));
}

/// Decodes them, as a party that reads them from the ledger does.
fn decoded(plans: &[PlanCiphertext]) -> Vec<PlanCiphertext> {
    plans.iter().map(|plan| PlanCiphertext::from_bytes(&plan.to_bytes()).expect("canonical")).collect()
}

fn main() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (secret, public) = MatchingSecretKey::generate(&mut rng);
    let (offers, bids): (Vec<_>, Vec<_>) = (0..16 * PACK)
        .map(|_| {
            let offer = encrypt_offer(&public, &QuantisedOffer::random(&mut rng), &mut rng).expect("in range");
            (offer, encrypt_bid(&public, &QuantisedBid::random(&mut rng), &mut rng).expect("in range"))
        })
        .unzip();
    println!("AVX-512 in the build: {}", cfg!(feature = "avx512"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("threads");
    pool.install(|| one_thread(&secret, &offers, &bids));
    masked(&secret, &public, &offers, &bids[0]);
}
