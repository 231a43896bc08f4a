//! `veilgrid bench verify`: checking proofs, as validators do.

pub(super) mod claims;
mod show;

use super::error::Error;
use super::figure::odd;
use super::stopwatch::{medians, Took};
use crate::output::Output;
use ark_bls12_381::Bls12_381;
use ark_groth16::Groth16;
use ark_serialize::CanonicalDeserialize;
use circuits::KeyStore;
use claims::{Claims, Kept};
use ledger::{Groth16Verifier, ProofClaim, ProofVerifier};
use std::path::PathBuf;
use terminal::{Failure, Progress};

/// The part's name in the names of its files.
const NAME: &str = "bench-verify";
/// Numbers of proofs that are checked together.
const BATCHES: [usize; 3] = [1, 64, 256];
/// The verifier that ours is compared with, with the version in Cargo.lock.
const PEER: &str = "ark-groth16 0.6.0";

/// Arguments of `bench verify`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The command makes a few proofs and checks them from bytes, as a validator checks the proofs of a
block: decoding, subgroup checks and inputs are part of the time. All figures are milliseconds of
processor time for one proof, summed over all threads. The table also has the time by the clock.

  verify.{single_ms, batch64_ms, batch256_ms}
      proofs with listed inputs (relation issue)
  verify.ciphertext.{single_ms, batch64_ms, batch256_ms}
      proofs about a plan's ciphertext; most of the time goes into decoding the ciphertext and
      computing the challenge
  verify.ark_groth16.{single_ms, ciphertext_single_ms}
      arkworks' verifier on the same proofs, decoded from bytes, in the same run; it is given the
      inputs of a ciphertext's proof, and it has no batches

Examples:
  veilgrid bench verify
  veilgrid bench verify --runs 9 --json | jq .verify
  veilgrid bench verify --out docs/results/bench --write-results docs/results --force")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) output: Output,
}

/// How often checking is measured, and with which keys.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many runs the median is taken of: an odd number
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = odd)]
    runs: u16,
    /// Where the proving keys are kept; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options { runs: 5, keys: None }
    }
}

/// What checking a proof takes, by number of proofs in a batch ([`BATCHES`]).
#[derive(Clone, Copy, Debug)]
struct Row {
    ours: [Took; 3],
    /// The same of arkworks' verifier, which has no batches.
    ark: Took,
}

/// Everything that the benchmark measures.
struct Found {
    runs: u16,
    listed: Row,
    ciphertext: Row,
}

/// Measures, prints and writes.
pub(super) fn run(options: &Options, output: &Output) -> Result<(), Failure> {
    output.publish(NAME, || find(options).map(|found| show::findings(&found)))
}

fn find(options: &Options) -> Result<Found, Error> {
    let store = KeyStore::open(options.keys.clone().unwrap_or_else(KeyStore::default_dir));
    let progress = Progress::new("proofs made");
    let listed = Claims::listed(&store)?;
    let ciphertext = Claims::about_ciphertexts(&store)?;
    progress.over(2 * BATCHES.len());
    progress.now("batches checked");
    let verifier = Groth16Verifier::pinned()?;
    let row = |claims: &Claims| -> Result<Row, Error> {
        let mut ours = [Took { clock: 0.0, processor: 0.0 }; 3];
        for (took, size) in ours.iter_mut().zip(BATCHES) {
            let batch: Vec<ProofClaim> = claims.claims.iter().cycle().take(size).cloned().collect();
            *took = check(&verifier, &batch, &claims.blobs, options.runs)?;
            progress.step();
        }
        Ok(Row { ours, ark: by_arkworks(claims, options.runs)? })
    };
    let found = Found { runs: options.runs, listed: row(&listed)?, ciphertext: row(&ciphertext)? };
    progress.done();
    Ok(found)
}

const REFUSED: Error = Error::Disagrees("the verdicts on honest proofs", "those expected");

/// Measures the check of a batch; gives the time of one proof.
fn check(verifier: &Groth16Verifier, batch: &[ProofClaim], blobs: &Kept, runs: u16) -> Result<Took, Error> {
    let all_hold = || verifier.verify(batch, blobs).is_ok_and(|verdicts| verdicts.iter().all(|holds| *holds));
    // The first check also decodes the matching key, which a validator does once.
    let mut held = all_hold();
    let took = medians(runs, || held &= all_hold());
    match held {
        true => Ok(took.each(batch.len())),
        false => Err(REFUSED),
    }
}

/// Measures arkworks' check of one proof, from bytes.
fn by_arkworks(claims: &Claims, runs: u16) -> Result<Took, Error> {
    let key = ark_groth16::prepare_verifying_key(&claims.ark_key);
    let holds = |(claim, inputs): (&ProofClaim, &Vec<_>)| {
        ark_groth16::Proof::<Bls12_381>::deserialize_compressed(&claim.proof[..])
            .is_ok_and(|proof| Groth16::<Bls12_381>::verify_proof(&key, &proof, inputs).is_ok_and(|holds| holds))
    };
    let mut held = true;
    // One proof is enough: its thousands of inputs take arkworks seconds, and every other proof
    // takes as long.
    let took = medians(runs, || held &= claims.claims.iter().zip(&claims.inputs).take(1).all(holds));
    match held {
        true => Ok(took),
        false => Err(REFUSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::PublicInputs;

    #[test]
    fn a_refused_proof_is_no_figure() {
        let store = KeyStore::open(KeyStore::default_dir());
        let mut claims = Claims::listed(&store).unwrap();
        let verifier = Groth16Verifier::pinned().unwrap();
        assert!(check(&verifier, &claims.claims, &claims.blobs, 1).is_ok());
        assert!(by_arkworks(&claims, 1).is_ok());
        let PublicInputs::Listed(inputs) = &mut claims.claims[0].inputs else { panic!("they are listed") };
        inputs.swap(0, 1);
        claims.inputs[0].swap(0, 1);
        assert!(matches!(check(&verifier, &claims.claims, &claims.blobs, 1), Err(Error::Disagrees(..))));
        assert!(matches!(by_arkworks(&claims, 1), Err(Error::Disagrees(..))));
    }

    #[test]
    fn the_peers_version_is_the_one_that_is_built() {
        let (name, version) = PEER.split_once(' ').unwrap();
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    }
}
