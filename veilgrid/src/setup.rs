//! `veilgrid setup`: makes the proving keys in advance.

use crate::{demonstration, proving_keys};
use circuits::KeyStore;
use protocol::relation::RelationKind;
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use terminal::output::{note, Printing};
use terminal::time::wall;
use terminal::Failure;
use wallets::prover::CircuitProver;

/// The JSON format's name.
const FORMAT: &str = "veilgrid-setup/1";

/// Arguments of `setup`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid setup --insecure-seed
  veilgrid setup --insecure-seed --keys /var/lib/veilgrid/keys

The keys come from a seed in the source code. Anybody who reads it knows the secrets of the setup and
can forge any proof, and with it money and energy. The keys are for tests and demonstrations. A
ceremony, whose secrets nobody has as long as one of its participants is honest, will come later.
`market` makes the same keys itself when they are missing. A folder whose ledger is of network main,
and a folder in one, get no such keys.")]
pub struct Arguments {
    /// Make the keys from the public seed; there is no other way yet
    #[arg(long, required = true)]
    insecure_seed: bool,
    /// Where to keep the keys; without it, $VEILGRID_KEYS or the user's cache folder
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// Print JSON (veilgrid-setup/1); the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let started = Instant::now();
    let directory = arguments.keys.clone().unwrap_or_else(KeyStore::default_dir);
    demonstration::refuse_main(&directory)?;
    note(&format!("keys are kept in {}", directory.display()));
    let prover = CircuitProver::new(KeyStore::open(&directory));
    proving_keys::load_all(&prover, &directory).map_err(demonstration::Error::from)?;
    let took = started.elapsed();
    let text = format!(
        "keys from the public seed, each equal to its pin, in {} after {}\n\
         INSECURE: the seed is in the source code, so anybody can forge any proof\n",
        directory.display(),
        wall(took)
    );
    Printing::plain(arguments.json).print(&text, || {
        let found = json!({
            "format": FORMAT,
            "directory": directory.display().to_string(),
            "relations": RelationKind::ALL.map(RelationKind::name),
            "insecure": true,
            "wall_seconds": took.as_secs_f64(),
        });
        format!("{found:#}\n").into_bytes()
    })
}
