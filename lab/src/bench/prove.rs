//! `veilgrid bench prove`: the proof of each relation.

mod show;

use super::error::Error;
use super::figure::odd;
use super::stopwatch::{median, timed, Took};
use crate::output::Output;
use circuits::pins::Pins;
use circuits::{prove, relation, verify, KeyError, KeyStore, PreparedVerifyingKey, Proof, ProveError, Relation};
use clap::builder::PossibleValuesParser;
use protocol::relation::{RelationKind, Statement};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use terminal::peak_kib;
use terminal::{Failure, Progress};

/// The part's name in the names of its files.
const NAME: &str = "bench-prove";

/// Arguments of `bench prove`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
For each relation the command makes proofs, from a witness to the 192 bytes of a proof. It verifies
every proof, outside the time.

  prove.RELATION.constraints   constraints of the circuit
  prove.RELATION.ms_1t         milliseconds of processor time to make a proof on one thread
  prove.RELATION.ms_2t         half of the milliseconds, by the clock, in which two threads make two
                               proofs side by side
  prove.RELATION.pk_mb         size of the proving key on disk, in millions of bytes
  prove.RELATION.peak_mb       peak memory of a process that loads the key and makes one proof at a
                               time; null where the system does not tell

A proof is made on one thread, and a wallet that needs several makes them side by side. So a second
thread halves the time of two proofs, not the time of one. If there are several relations, each is
measured in its own process, so that its peak memory can be told.

The command first makes the keys that are missing, outside the time (see `veilgrid setup`).

Examples:
  veilgrid bench prove --runs 1
  veilgrid bench prove --only sell-plan buy-plan --runs 5
  veilgrid bench prove --json | jq '.prove | map_values(.ms_1t)'

To measure arkworks' own prover on the same witness: cargo bench -p veilgrid-circuits --bench prove")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Which relations are measured, and how often.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Measure these relations only
    #[arg(long, value_name = "RELATION", num_args = 1.., value_parser = PossibleValuesParser::new(names()))]
    only: Vec<String>,
    /// How many runs the median is taken of: an odd number
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = odd)]
    runs: u16,
    /// Where the proving keys are kept; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options { only: Vec::new(), runs: 3, keys: None }
    }
}

fn names() -> Vec<&'static str> {
    RELATIONS.iter().map(|(kind, _)| kind.name()).collect()
}

/// Measures the proof of one relation, so many times.
type Measure = fn(&KeyStore, u16) -> Result<Figures, Error>;

macro_rules! relations {
    ($($(#[$doc:meta])* $kind:ident = $number:literal $rest:tt;)*) => {
        /// Every relation, in the order of [`RelationKind::ALL`].
        const RELATIONS: [(RelationKind, Measure); RelationKind::ALL.len()] =
            [$((RelationKind::$kind, measure::<relation::$kind>)),*];
    };
}

protocol::for_each_relation!(relations);

/// What the proof of one relation takes; the fields are those of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    constraints: usize,
    ms_1t: f64,
    ms_2t: f64,
    pk_mb: f64,
    peak_mb: Option<f64>,
}

/// Everything that the benchmark measures.
struct Found {
    runs: u16,
    rows: Vec<(&'static str, Figures)>,
}

/// Measures, prints and writes.
pub(super) fn run(options: &Options, output: &Output) -> Result<(), Failure> {
    output.publish(NAME, || find(options).map(|found| show::findings(&found)))
}

fn find(options: &Options) -> Result<Found, Error> {
    let asked = |kind: &RelationKind| options.only.is_empty() || options.only.iter().any(|name| name == kind.name());
    let asked: Vec<_> = RELATIONS.iter().filter(|(kind, _)| asked(kind)).collect();
    let progress = Progress::new("relations proved");
    progress.over(asked.len());
    let mut rows = Vec::with_capacity(asked.len());
    for (kind, measure) in &asked {
        let name = kind.name();
        let figures = match asked[..] {
            [_] => measure(&store(options), options.runs)?,
            _ => in_a_process(name, options).map_err(|(why, exit_code)| Error::Process {
                relation: name,
                why,
                exit_code,
            })?,
        };
        rows.push((name, figures));
        progress.step();
    }
    progress.done();
    Ok(Found { runs: options.runs, rows })
}

fn store(options: &Options) -> KeyStore {
    KeyStore::open(options.keys.clone().unwrap_or_else(KeyStore::default_dir))
}

/// Measures one relation in a new process, by the same command. Error: why the process failed, and
/// its exit code.
fn in_a_process(name: &str, options: &Options) -> Result<Figures, (String, Option<u8>)> {
    let program = std::env::current_exe().map_err(|error| (error.to_string(), None))?;
    let mut command = Command::new(program);
    command.args(["bench", "prove", "--json", "--runs", &options.runs.to_string(), "--only", name]);
    if let Some(keys) = &options.keys {
        command.arg("--keys").arg(keys);
    }
    let output = command.output().map_err(|error| (error.to_string(), None))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code().and_then(|code| u8::try_from(code).ok());
        return Err((said.lines().last().unwrap_or("it printed no reason").to_string(), code));
    }
    let unread = |error: serde_json::Error| (error.to_string(), None);
    let found: Value = serde_json::from_slice(&output.stdout).map_err(unread)?;
    serde_json::from_value(found["prove"][name].clone()).map_err(unread)
}

/// A pool of one thread: what arkworks does in parallel stays on that thread.
fn alone() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("the system can start one more thread")
}

fn measure<R: Relation>(store: &KeyStore, runs: u16) -> Result<Figures, Error> {
    let name = R::KIND.name();
    let key = store.proving_key::<R>()?;
    let path = store.path(name)?;
    let on_disk = std::fs::metadata(&path).map_err(|source| KeyError::Io { path, source })?.len();
    let pins = Pins::embedded();
    let constraints = pins.get(name).map(|pin| pin.constraints).ok_or_else(|| KeyError::NotPinned(name.into()))?;
    let verifying: PreparedVerifyingKey = key.verifying_key()?.into();
    let sample = |run: u16, thread: u64| {
        let mut rng = ChaCha20Rng::seed_from_u64(2 * u64::from(run) + thread);
        let (statement, witness) = R::sample(&mut rng);
        (statement, witness, rng)
    };
    let holds = |statement: &R::Statement, proof: Result<Proof, ProveError>| match proof {
        Ok(proof) if verify(&verifying, &statement.inputs(), &proof).is_ok() => Ok(()),
        Ok(_) => Err(Error::Disagrees("the public inputs of a proof", "its statement")),
        Err(error) => Err(error.into()),
    };
    let pools = [alone(), alone()];

    let mut one = Vec::with_capacity(runs.into());
    for run in 0..runs {
        let (statement, witness, mut rng) = sample(run, 0);
        let (took, proof) = timed(|| pools[0].install(|| prove(&key, &statement, &witness, &mut rng)));
        holds(&statement, proof)?;
        one.push(took);
    }
    let peak_mb = peak_kib().map(|kib| kib as f64 * 1024.0 / 1e6);
    let mut two = Vec::with_capacity(runs.into());
    for run in 0..runs {
        let both = [sample(run, 0), sample(run, 1)];
        let (took, proofs) = timed(|| {
            std::thread::scope(|scope| {
                let make = |((statement, witness, mut rng), pool): ((_, _, ChaCha20Rng), &rayon::ThreadPool)| {
                    (pool.install(|| prove(&key, &statement, &witness, &mut rng)), statement)
                };
                let threads: Vec<_> =
                    both.into_iter().zip(&pools).map(|work| scope.spawn(move || make(work))).collect();
                threads.into_iter().map(|thread| thread.join().expect("proving does not panic")).collect::<Vec<_>>()
            })
        });
        for (proof, statement) in proofs {
            holds(&statement, proof)?;
        }
        two.push(took.each(2));
    }
    let (one, two): (Took, Took) = (median(&one), median(&two));
    let pk_mb = on_disk as f64 / 1e6;
    Ok(Figures { constraints, ms_1t: one.processor * 1e3, ms_2t: two.clock * 1e3, pk_mb, peak_mb })
}
