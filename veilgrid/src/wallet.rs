//! `veilgrid wallet`: restores a household's wallet from its phrase and the ledger alone.

mod overview;

pub use overview::overview;

use crate::demonstration;
use crate::exit_code;
use crate::in_process::Stored;
use fhe_matcher::key::MatchingPublicKey;
use ledger::{Archive, Groth16Verifier};
use protocol::ids::Height;
use protocol::keys::Network;
use protocol::light::HeaderChain;
use rand_core::OsRng;
use std::path::{Path, PathBuf};
use terminal::output::{self, read_limited, Overwrite, Printing};
use terminal::{exit, Coded, Failure};
use wallets::follower::Follower;
use wallets::household::{ChainParameters, Wallet};
use wallets::storage::{Cost, Passphrase, Vault};
use zeroize::Zeroizing;

/// Largest file of a phrase or passphrase that is read, in bytes.
const MAX_SECRET_FILE: u64 = 4096;

/// Arguments of `wallet restore`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid wallet demo-phrase --seed 0 --household 3 --phrase-file /tmp/phrase
  veilgrid wallet restore --data-dir /tmp/market --phrase-file /tmp/phrase

The phrase and the ledger restore records, plans with their terms, trades and deliveries, obligations,
credentials, and the balance. They do not restore what the ledger never accepted: a transaction that
was on its way when the wallet was lost (its records are free again), and for how many blocks new
transactions were to be valid. Give a phrase in a file, never on the command line, where others can
read it.")]
pub struct RestoreArguments {
    /// The folder of the ledger: what `market --data-dir` or `ledger restore` was given
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// A file with the household's BIP-39 phrase (English); `-` is standard input
    #[arg(long, value_name = "FILE")]
    phrase_file: PathBuf,
    /// The first block to search for notes, if the phrase is known to be younger than the chain
    #[arg(long, value_name = "HEIGHT", default_value_t = 0)]
    birth: u64,
    /// Keep the wallet in this new file, encrypted under the passphrase of --passphrase-file
    #[arg(long, value_name = "FILE", requires = "passphrase_file")]
    vault: Option<PathBuf>,
    /// A file with the vault's passphrase
    #[arg(long, value_name = "FILE", requires = "vault")]
    passphrase_file: Option<PathBuf>,
    /// Print JSON (veilgrid-wallet/1); the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Arguments of `wallet demo-phrase`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid wallet demo-phrase --seed 0 --household 3 --phrase-file /tmp/phrase

Anybody who knows the market's seed knows the phrases of its households.")]
pub struct DemoPhraseArguments {
    /// The market's seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The household's index in its scenario, from 0
    #[arg(long)]
    household: usize,
    /// Where to write the phrase, in a file that only its owner may read; `-` is standard output
    #[arg(long, value_name = "FILE")]
    phrase_file: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Why a wallet cannot scan a ledger.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The ledger's headers or blocks do not verify.
    #[error(transparent)]
    Follow(#[from] wallets::follower::Error),
    /// The wallet refuses the phrase, the genesis or a block.
    #[error(transparent)]
    Wallet(#[from] wallets::household::Error),
}

impl ScanError {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            ScanError::Follow(e) => e.code(),
            ScanError::Wallet(e) => e.code(),
        }
    }
}

/// Why a wallet cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger cannot be read.
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{directory}: ") })]
    Ledger {
        /// The ledger's folder.
        directory: String,
        /// Why it cannot be read.
        error: ledger::NodeError,
    },
    /// A file has no valid phrase or passphrase.
    #[error("{file}: {what}")]
    Secret {
        /// The file.
        file: String,
        /// What is wrong with it. The text never has a part of the secret.
        what: &'static str,
    },
    /// The first block to search is above the last block of the ledger.
    #[error("--birth {birth}: the ledger ends with block {last}")]
    Birth {
        /// The block that was given.
        birth: u64,
        /// The height of the last block.
        last: u64,
    },
    /// The wallet cannot scan the ledger.
    #[error("{directory}: {error}")]
    Scan {
        /// The ledger's folder.
        directory: String,
        /// Why the wallet cannot scan it.
        error: ScanError,
    },
    /// The vault could not be written.
    #[error("{0}")]
    Vault(#[from] wallets::storage::Error),
    /// The verifying keys in this program are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Ledger { error, .. } => error.code(),
            Error::Secret { .. } => "phrase",
            Error::Birth { .. } => "birth",
            Error::Scan { error, .. } => error.code(),
            Error::Vault(error) => error.code(),
            Error::Pin(_) => "pin",
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Secret { .. } | Error::Birth { .. } | Error::Pin(_) => exit::NOT_DONE,
            Error::Vault(error) => exit_code::of_storage(error),
            Error::Ledger { error, .. } => exit_code::of_node(error),
            Error::Scan { .. } => exit::DOES_NOT_HOLD,
        }
    }
}

/// The text of a file, without the white space around it. Errors: [`Error::Secret`], and what
/// reading gives.
fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(read_limited(path, MAX_SECRET_FILE)?);
    let text = std::str::from_utf8(&bytes);
    let refused = |what| Error::Secret { file: output::name(path), what };
    let text = text.map_err(|_| refused("not text"))?.trim();
    match text.is_empty() {
        true => Err(refused("there is nothing in it").into()),
        false => Ok(Zeroizing::new(text.to_owned())),
    }
}

/// Restores a wallet from its phrase. The wallet scans every block of the ledger that the header of
/// a later block proves, which are all but the last. Error: [`ScanError`].
pub fn restored(phrase: &str, birth: Height, archive: &Archive) -> Result<Wallet, ScanError> {
    let ledger = &archive.ledger;
    let key = MatchingPublicKey::from_bytes(&ledger.matching_key);
    let key = key.map_err(|_| wallets::household::Error::MatchingKey)?;
    let parameters = ChainParameters::new(ledger.genesis, key)?;
    let mut wallet = Wallet::create(phrase, Network::Demo, birth, parameters)?;
    let mut follower = Follower::new(HeaderChain::new(&ledger.genesis, ledger.validators.clone()));
    follower.follow(&Stored(archive))?.iter().try_for_each(|block| wallet.scan(block))?;
    Ok(wallet)
}

/// Runs `wallet restore`.
pub fn restore(arguments: &RestoreArguments) -> Result<(), Failure> {
    let inputs = [Some(&arguments.data_dir), Some(&arguments.phrase_file), arguments.passphrase_file.as_ref()];
    let mut outputs = Overwrite { force: true }.outputs(inputs.into_iter().flatten())?;
    outputs.optional(arguments.vault.as_deref())?;
    // A vault is never replaced, so there is no --force.
    if let Some(vault) = arguments.vault.as_ref().filter(|vault| vault.exists()) {
        return Err(Error::Vault(wallets::storage::Error::Exists(vault.clone())).into());
    }
    let words = secret(&arguments.phrase_file)?;
    let passphrase = match &arguments.passphrase_file {
        Some(path) => Some(Passphrase::new(secret(path)?.to_string())),
        None => None,
    };
    let directory = arguments.data_dir.display().to_string();
    let verifier = Groth16Verifier::pinned().map_err(Error::Pin)?;
    let archive = Archive::open(&arguments.data_dir, &verifier)
        .map_err(|error| Error::Ledger { directory: directory.clone(), error })?;
    let last = archive.ledger.compact.last().map_or(0, |block| block.height.0);
    if arguments.birth > last {
        return Err(Error::Birth { birth: arguments.birth, last }.into());
    }
    let wallet = restored(&words, Height(arguments.birth), &archive).map_err(|error| match error {
        ScanError::Wallet(wallets::household::Error::Phrase(_)) => {
            let file = output::name(&arguments.phrase_file);
            Error::Secret { file, what: "not a BIP-39 phrase: 12 to 24 English words with a checksum" }
        }
        error => Error::Scan { directory, error },
    })?;
    if let (Some(path), Some(passphrase)) = (&arguments.vault, &passphrase) {
        let vault = Vault::create(path, passphrase, Cost::STANDARD, &mut OsRng).map_err(Error::Vault)?;
        wallet.save(&vault, &mut OsRng).map_err(Error::Vault)?;
        output::note(&format!("kept in {}", path.display()));
    }
    let overview = overview(&wallet);
    Printing::plain(arguments.json).print(&overview.text(), || overview.json().into_bytes())
}

/// Runs `wallet demo-phrase`.
pub fn demo_phrase(arguments: &DemoPhraseArguments) -> Result<(), Failure> {
    let file = arguments.overwrite.outputs::<&Path>([])?.file(&arguments.phrase_file)?.private();
    let name = file.name().to_string();
    let mut rng = demonstration::role_rng(arguments.seed, &format!("household {}", arguments.household));
    let mut phrase = demonstration::fresh_phrase(&mut rng);
    phrase.push('\n');
    file.write(phrase.as_bytes())?;
    output::note(&format!("{name}: for demonstrations only: anybody who knows the market's seed knows this phrase"));
    Ok(())
}
