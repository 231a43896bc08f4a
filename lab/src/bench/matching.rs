//! `veilgrid bench match`: scoring, opening and assigning on ciphertexts, in modes `open` and
//! `masked`.

mod masked;
mod show;

use super::error::Error;
use super::figure::odd;
use super::stopwatch::{median, medians, timed, Took};
use crate::experiment::matching::draw::{Distances, Geometry, Records};
use crate::experiment::matching::regret::{regret, Regret, Rounding};
use crate::output::Output;
use fhe_matcher::ciphertext::{encrypt_bid, encrypt_offer, PlanCiphertext};
use fhe_matcher::decrypt::open_scores_in;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey};
use fhe_matcher::parameters::PACK;
use fhe_matcher::score::{score_vector, OfferBook};
use market::matching::match_round;
use market::score::{score, QuantisedBid, QuantisedOffer};
use masked::MaskedMarket;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use terminal::{Failure, Progress};

/// The part's name in the names of its files.
const NAME: &str = "bench-match";
/// The numbers of threads that the scoring of a pair is measured on.
const THREADS: [usize; 2] = [1, 2];
/// Bids that one measurement of the scoring of a pair scores.
const AT_A_GO: usize = 64;
/// Runs of the market of `experiment matching` over which the regret is measured. [`SEED`] is their
/// seed.
const REGRET_RUNS: u64 = 10;
const SEED: u64 = 1;

/// Arguments of `bench match`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The command encrypts random plans, scores every pair on ciphertexts, and opens the scores as the
regulator does, which first computes each digest again. Then each bid, in order, takes the offer with
the least score that is left. Outside the time, every opened score and every pair is compared with
the plaintext ones.

  match.pairs_per_s      encrypted scores a second, in full packs of 64: on one thread per second of
                         processor time, on two threads per second of the clock
  match.market_s.open    SIZE bids and SIZE offers scored, opened and paired on two threads, by the
                         clock
  match.market_s.masked  the same in mode masked, with one validator who makes every vector again;
                         measured once
  match.upload_bytes     size of a plan's ciphertext
  match.decrypt_us       time of one thread to open 64 scores that it has already computed again;
                         the difference of two medians
  match.regret           on the market of `experiment matching`: the share of buyers who choose
                         another offer on quantised plans than on exact ones, and what they lose
                         by it, as a share of what there is to lose

The market is also measured at a tenth, a fifth, two fifths and four fifths of SIZE. Its cost should
grow as the pairs do, as SIZE squared. The command fits the slope of processor time over size, both
as logarithms, and warns of a slope above 2.1.

Examples:
  veilgrid bench match
  veilgrid bench match --size 200 --runs 1
  veilgrid bench match --json | jq .match.pairs_per_s
  veilgrid bench match --out docs/results/bench --write-results docs/results --force")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How large the markets are, and how often they are measured.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Number of bids, and of offers
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(64..=4000))]
    size: u16,
    /// How many runs the median is taken of: an odd number
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = odd)]
    runs: u16,
}

impl Default for Options {
    fn default() -> Options {
        Options { size: 1000, runs: 3 }
    }
}

/// What the parts of a market in mode open took.
#[derive(Clone, Copy, Debug)]
struct Market {
    size: usize,
    scored: Took,
    opened: Took,
    assigned: Took,
    all: Took,
}

/// Everything that the benchmark measures.
struct Found {
    runs: u16,
    /// What a pair took, on each number of [`THREADS`].
    pair: [Took; 2],
    markets: Vec<Market>,
    masked: MaskedMarket,
    slope: f64,
    upload_bytes: usize,
    decrypt: f64,
    regret: Regret,
}

/// Greatest slope of cost over size, as logarithms, that counts as growth with the pairs.
const STEEPEST: f64 = 2.1;

/// Measures, prints and writes.
pub(super) fn run(options: &Options, output: &Output) -> Result<(), Failure> {
    output.publish(NAME, || find(options).map(|found| show::findings(&found)))
}

/// Plans and their ciphertexts.
struct Plans {
    secret: MatchingSecretKey,
    public: MatchingPublicKey,
    offers: Vec<QuantisedOffer>,
    bids: Vec<QuantisedBid>,
    encrypted_offers: Vec<PlanCiphertext>,
    encrypted_bids: Vec<PlanCiphertext>,
}

impl Plans {
    fn draw(size: usize) -> Result<Plans, Error> {
        let mut rng = ChaCha20Rng::seed_from_u64(SEED);
        let (secret, public) = MatchingSecretKey::generate(&mut rng);
        let offers: Vec<_> = (0..size).map(|_| QuantisedOffer::random(&mut rng)).collect();
        let bids: Vec<_> = (0..size).map(|_| QuantisedBid::random(&mut rng)).collect();
        let encrypted_offers =
            offers.iter().map(|offer| encrypt_offer(&public, offer, &mut rng)).collect::<Result<Vec<_>, _>>()?;
        let encrypted_bids =
            bids.iter().map(|bid| encrypt_bid(&public, bid, &mut rng)).collect::<Result<Vec<_>, _>>()?;
        Ok(Plans { secret, public, offers, bids, encrypted_offers, encrypted_bids })
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    built.expect("the system can start a few more threads")
}

/// The ciphertexts after encoding and decoding, as a party has them that reads them from the
/// ledger.
fn decoded(plans: &[PlanCiphertext]) -> Vec<PlanCiphertext> {
    let read = |plan: &PlanCiphertext| PlanCiphertext::from_bytes(&plan.to_bytes());
    plans.par_iter().map(|plan| read(plan).expect("it was written just now")).collect()
}

fn find(options: &Options) -> Result<Found, Error> {
    let (size, runs) = (usize::from(options.size), options.runs);
    let sizes = [1, 2, 4, 8, 10].map(|tenths| size * tenths / 10);
    let progress = Progress::new("plans encrypted");
    let plans = Plans::draw(size)?;
    progress.over(THREADS.len() + sizes.len() * usize::from(runs) + size);

    progress.now("pairs scored");
    let full = &plans.encrypted_offers[..size / PACK * PACK];
    let bids = &plans.encrypted_bids[..AT_A_GO];
    let book = OfferBook::new(full);
    let pair = THREADS.map(|threads| {
        progress.step();
        // These runs are short, so the median is taken of more than were asked for.
        pool(threads).install(|| medians(4 * runs + 9, || book.score_digests(bids)))
    });
    let pair = pair.map(|took| took.each(AT_A_GO * full.len()));
    let decrypt = pool(1).install(|| decryption(&plans, &book, bids, runs))?;

    progress.now("markets");
    let mut markets = Vec::with_capacity(sizes.len());
    let threads = pool(2);
    for size in sizes {
        let runs = (0..runs).map(|_| {
            progress.step();
            threads.install(|| market(&plans, size))
        });
        markets.push(median_market(&runs.collect::<Result<Vec<_>, _>>()?));
    }
    progress.now("bids of a market in mode masked");
    let masked = threads.install(|| masked::market(&plans, size, &mut || progress.step()))?;
    // A bid that finds no free offer has no vector.
    progress.now("regret");
    let worlds: Vec<_> = (0..REGRET_RUNS).into_par_iter().map(world).collect();
    let runs_of: Vec<_> = worlds.iter().map(|(records, distances)| (records, distances)).collect();
    let regret = regret(&runs_of, Rounding::market(6));
    progress.done();

    let points: Vec<_> = markets.iter().map(|market| (market.size as f64, market.all.processor)).collect();
    let upload_bytes = plans.encrypted_offers[0].to_bytes().len();
    Ok(Found { runs, pair, markets, masked, slope: slope(&points), upload_bytes, decrypt, regret })
}

fn world(run: u64) -> (Records, Distances) {
    (Records::draw(SEED, run), Distances::draw(Geometry::Square, SEED, run))
}

/// Seconds of one thread to open 64 scores, without the time to compute their digest again.
fn decryption(plans: &Plans, book: &OfferBook, bids: &[PlanCiphertext], runs: u16) -> Result<f64, Error> {
    let posted = book.score_digests(bids);
    let open = |(bid, posted)| open_scores_in(&plans.secret, book, bid, posted);
    bids.iter().zip(&posted).map(open).collect::<Result<Vec<_>, _>>()?;
    let opened = medians(runs, || bids.iter().zip(&posted).map(open).collect::<Vec<_>>());
    let scored = medians(runs, || book.score_digests(bids));
    Ok((opened.processor - scored.processor) / (bids.len() * book.offers() / PACK) as f64)
}

/// The pairs of a round: each bid, in order, takes the offer with the least score among those that
/// are left.
fn assign(scores: &[Vec<Option<u32>>]) -> Vec<Option<usize>> {
    let mut taken = vec![false; scores.first().map_or(0, Vec::len)];
    let take = |row: &Vec<Option<u32>>| {
        let open = row.iter().enumerate().filter(|(offer, _)| !taken[*offer]);
        let (_, offer) = open.filter_map(|(offer, score)| Some(((*score)?, offer))).min()?;
        taken[offer] = true;
        Some(offer)
    };
    scores.iter().map(take).collect()
}

/// Measures a market of the first `size` bids and offers, from ciphertexts to pairs.
fn market(plans: &Plans, size: usize) -> Result<Market, Error> {
    let read = || (decoded(&plans.encrypted_bids[..size]), decoded(&plans.encrypted_offers[..size]));
    // The matching node and the regulator each read the ciphertexts.
    let (node, regulator) = (read(), read());
    let (scored, posted) = timed(|| score_vector(&node.0, &node.1));
    let (opened, scores) = timed(|| {
        let book = OfferBook::new(&regulator.1);
        let open = |(bid, posted)| open_scores_in(&plans.secret, &book, bid, posted);
        regulator.0.par_iter().zip(&posted).map(open).collect::<Result<Vec<_>, _>>()
    });
    let scores = scores?;
    let (assigned, pairs) = timed(|| assign(&scores));

    let (bids, offers) = (&plans.bids[..size], &plans.offers[..size]);
    let plain = |bid: &QuantisedBid| offers.iter().map(|offer| score(bid, offer)).collect::<Vec<_>>();
    if !bids.par_iter().zip(&scores).all(|(bid, found)| plain(bid) == *found) {
        return Err(Error::Disagrees("the opened scores", "the plans in the clear"));
    }
    if pairs != match_round(bids, offers) {
        return Err(Error::Disagrees("the pairs", "the round in the clear"));
    }
    let sum = |kind: fn(&Took) -> f64| [scored, opened, assigned].iter().map(kind).sum();
    let all = Took { clock: sum(|took| took.clock), processor: sum(|took| took.processor) };
    Ok(Market { size, scored, opened, assigned, all })
}

/// The median of each part over several runs.
fn median_market(runs: &[Market]) -> Market {
    let of = |part: fn(&Market) -> Took| median(&runs.iter().map(part).collect::<Vec<_>>());
    Market {
        size: runs[0].size,
        scored: of(|m| m.scored),
        opened: of(|m| m.opened),
        assigned: of(|m| m.assigned),
        all: of(|m| m.all),
    }
}

/// The slope of the line that fits the logarithms of the points best (least squares).
fn slope(points: &[(f64, f64)]) -> f64 {
    let points: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x0, y0) = (mean(|point| point.0), mean(|point| point.1));
    let (up, across) =
        points.iter().fold((0.0, 0.0), |(up, across), (x, y)| (up + (x - x0) * (y - y0), across + (x - x0) * (x - x0)));
    up / across
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_power() {
        for power in [1.0, 2.0, 2.5] {
            let points = [100.0f64, 200.0, 400.0, 1000.0].map(|x| (x, 3.0 * x.powf(power)));
            assert!((slope(&points) - power).abs() < 1e-9);
        }
    }

    #[test]
    fn a_round_is_assigned_in_order_and_no_offer_twice() {
        let rows = [vec![Some(5), Some(5), None], vec![Some(1), Some(9), None], vec![Some(0), None, None]];
        assert_eq!(assign(&rows), [Some(0), Some(1), None]);
        assert!(assign(&[]).is_empty());
    }

    #[test]
    fn a_small_market_goes_through() {
        let found = find(&Options { size: 64, runs: 1 }).unwrap();
        assert_eq!(found.markets.iter().map(|market| market.size).collect::<Vec<_>>(), [6, 12, 25, 51, 64]);
        assert!(found.slope > 0.0 && found.upload_bytes == 106_496 && found.regret.share() > 0.0);
    }

    #[test]
    fn scores_of_other_plans_are_no_figure() {
        let mut plans = Plans::draw(16).unwrap();
        assert!(market(&plans, 16).is_ok());
        let masked = |plans: &Plans| masked::market(plans, 16, &mut || ());
        assert!(masked(&plans).is_ok());
        plans.bids.rotate_left(1);
        assert!(matches!(masked(&plans), Err(Error::Disagrees("the masked pairs", _))));
        assert!(matches!(market(&plans, 16), Err(Error::Disagrees("the opened scores", _))));
    }
}
