//! `veilgrid bench ledger`: what a block costs a node, at several lengths of history, and how many
//! transactions a second it takes with their proofs verified.

mod history;
mod show;
mod verifiers;

use super::error::Error;
use super::figure::odd;
use super::stopwatch::{median, timed, Took};
use super::verify::claims::Claims;
use crate::output::Output;
use circuits::KeyStore;
use history::{History, Sort};
use ledger::{Groth16Verifier, ProofVerifier};
use std::path::PathBuf;
use terminal::{Failure, Progress};
use verifiers::{Believing, InPlace};

/// The part's name in the names of its files.
const NAME: &str = "bench-ledger";
/// Transactions in a full block.
const FULL: u64 = 400;
/// Empty blocks that are timed together, since one takes microseconds.
const EMPTY: u32 = 50;
/// How many proofs of a full block are bad, in the table of bad proofs.
const BAD: [usize; 4] = [0, 1, 20, 400];

/// Arguments of `bench ledger`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The command builds a ledger of made-up transactions, whose proofs a stand-in for the verifier
believes, so that a million leaves take a minute and not a day. At three lengths, each ten times the
one before, it executes the next block: an empty one, and one of 400 listings, the kind that changes
most of the state. A block costs the same at every length if the ratios stay near 1.

Then it executes blocks of 400 with real proofs in place of the made-up ones, checked from bytes as
a validator checks them. Signatures, state and digests are part of the time; the disk is not.
All times are of the processor, summed over threads, and medians.

  ledger.blocks.{leaves, empty_us, full_ms, empty_ratio, full_ratio}
  ledger.throughput.{ordinary, listing}.{transaction_ms, a_second_on_two_cores}
      a merge beside a proof with listed inputs; a listing beside that and a ciphertext's proof
  ledger.bad_proofs.{bad, block_ms, each_ms}
      a block of 400 in which some proofs are bad, and what each bad one costs the node beyond a good
      one; its sender pays nothing, since random bytes will do

Examples:
  veilgrid bench ledger
  veilgrid bench ledger --leaves 10000000 --runs 9       thorough: about ten minutes, 4 GB of memory
  veilgrid bench ledger --leaves 10000 --runs 1 --json | jq .ledger.blocks
  veilgrid bench ledger --out docs/results/bench --write-results docs/results --force")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How long the history is, and how often blocks are measured.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Leaves of the longest history; the others have a tenth and a hundredth of them
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    leaves: u64,
    /// How many runs the median is taken of: an odd number
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = odd)]
    runs: u16,
    /// Where the proving keys are kept; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options { leaves: 1_000_000, runs: 5, keys: None }
    }
}

/// What blocks take at one length of history.
struct Length {
    leaves: u64,
    empty: Took,
    full: Took,
}

/// Everything that the benchmark measures.
struct Found {
    runs: u16,
    lengths: Vec<Length>,
    /// One transaction of a full block with its proofs verified: a merge, a listing.
    ordinary: Took,
    listing: Took,
    /// A full block with so many bad proofs.
    bad: Vec<(usize, Took)>,
}

/// Measures, prints and writes.
pub(super) fn run(options: &Options, output: &Output) -> Result<(), Failure> {
    output.publish(NAME, || find(options).map(|found| show::findings(&found)))
}

fn find(options: &Options) -> Result<Found, Error> {
    let store = KeyStore::open(options.keys.clone().unwrap_or_else(KeyStore::default_dir));
    let progress = Progress::new("proofs made");
    let (listed, ciphertext) = (Claims::listed(&store)?, Claims::about_ciphertexts(&store)?);
    let verifier = Groth16Verifier::pinned()?;
    progress.over(3 + 2 + BAD.len());

    let mut history = History::new();
    progress.now("blocks with real proofs");
    let proved = |bad| InPlace { verifier: &verifier, listed: &listed, ciphertext: &ciphertext, bad };
    let each = |history: &mut History, sort, bad: usize| {
        let took = full_block(history, sort, &proved(bad), bad, options.runs);
        progress.step();
        took
    };
    let ordinary = each(&mut history, Sort::Merge, 0)?.each(FULL as usize);
    let listing = each(&mut history, Sort::Listing, 0)?.each(FULL as usize);
    let mut bad = Vec::new();
    for count in BAD {
        bad.push((count, each(&mut history, Sort::Merge, count)?));
    }

    let mut lengths = Vec::new();
    for leaves in [options.leaves / 100, options.leaves / 10, options.leaves] {
        progress.now(format!("lengths, {leaves} leaves"));
        history.grow(leaves);
        let empty: Vec<Took> = (0..options.runs)
            .map(|_| timed(|| (0..EMPTY).for_each(|_| drop(history.block(&[], &Believing)))).0.each(EMPTY as usize))
            .collect();
        let full = full_block(&mut history, Sort::Listing, &Believing, 0, options.runs)?;
        lengths.push(Length { leaves, empty: median(&empty), full });
        progress.step();
    }
    progress.done();
    Ok(Found { runs: options.runs, lengths, ordinary, listing, bad })
}

/// Measures a full block of transactions of a sort, which are made before. As many are refused as
/// have bad proofs.
fn full_block(
    history: &mut History,
    sort: Sort,
    verifier: &dyn ProofVerifier,
    bad: usize,
    runs: u16,
) -> Result<Took, Error> {
    let transactions = history.transactions(sort, FULL);
    let mut took = Vec::new();
    for _ in 0..runs {
        let (time, executed) = timed(|| history.block(&transactions, verifier));
        let refused = executed.receipts.iter().filter(|receipt| receipt.outcome.is_err()).count();
        if refused != bad {
            return Err(Error::Disagrees("the outcomes of a block", "those expected"));
        }
        took.push(time);
    }
    Ok(median(&took))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_history_is_accepted_and_grows() {
        let mut history = History::new();
        history.grow(50);
        assert_eq!(history.state.tree().len(), 50);
        for sort in [Sort::Merge, Sort::Listing] {
            full_block(&mut history, sort, &Believing, 0, 1).unwrap();
        }
        assert_eq!(history.state.tree().len(), 50, "measured blocks are not kept");
        assert_eq!(history.state.digest(), history.state.digest_anew());
    }
}
