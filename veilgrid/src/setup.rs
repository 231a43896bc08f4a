//! `veilgrid setup`: makes the proving keys in advance.

use crate::demonstration;
use circuits::KeyStore;
use std::path::PathBuf;
use std::time::Instant;
use terminal::output;
use terminal::Failure;
use wallets::prover::CircuitProver;

/// Arguments of `setup`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid setup --insecure-seed
  veilgrid setup --insecure-seed --keys /var/lib/veilgrid/keys

The keys come from a seed in the source code. Anybody who reads it knows the secrets of the setup and
can forge any proof, and with it money and energy. The keys are for tests and demonstrations. A
ceremony, whose secrets nobody has as long as one of its participants is honest, will come later.
`market` makes the same keys itself when they are missing.")]
pub struct Arguments {
    /// Make the keys from the public seed; there is no other way yet
    #[arg(long, required = true)]
    insecure_seed: bool,
    /// Where to keep the keys; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let directory = arguments.keys.clone().unwrap_or_else(KeyStore::default_dir);
    let prover = CircuitProver::new(KeyStore::open(&directory));
    let progress = |relation: protocol::relation::RelationKind| {
        output::note(&format!("[{:6.1} s] {}", started.elapsed().as_secs_f32(), relation.name()));
    };
    prover.load_all(progress).map_err(demonstration::Error::from)?;
    let line = format!(
        "keys from the public seed, each equal to its pin, in {} after {:.1} s\n\
         INSECURE: the seed is in the source code, so anybody can forge any proof\n",
        directory.display(),
        started.elapsed().as_secs_f32()
    );
    output::print(line.as_bytes())
}
