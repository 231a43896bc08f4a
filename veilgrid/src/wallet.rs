//! `veilgrid wallet`: restores a household's wallet from its phrase and the ledger alone.

mod overview;
mod search;

pub use overview::overview;
pub use search::{search, Search};

use crate::demonstration;
use crate::exit_code;
use crate::reading::{self, Reading};
use ledger::Archive;
use overview::WalletOverview;
use rand_core::OsRng;
use serde::Serialize;
use std::path::{Path, PathBuf};
use terminal::output::{self, read_limited, Overwrite, Printing};
use terminal::{exit, Coded, Failure};
use wallets::household::Wallet;
use wallets::phrase::{Phrase, PhraseError};
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
read it. Capital letters, commas, numbers before the words and a byte order mark do not matter.

Every block of the ledger is searched but the last, whose outcome only the next header proves. The
output says which blocks were searched. The ledger's files are only read. A search that finds nothing
is done, too: its exit code is 0.")]
pub struct RestoreArguments {
    /// The folder of the ledger (what `market --data-dir` or `ledger restore` was given), or what
    /// `ledger snapshot` wrote
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// A file with the household's BIP-39 phrase (English); `-` is standard input
    #[arg(long, value_name = "FILE")]
    phrase_file: PathBuf,
    /// The block from which you think that the phrase was used; earlier blocks are searched all the
    /// same, and it is said what is in them
    #[arg(long, value_name = "HEIGHT")]
    birth: Option<u64>,
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
    #[error(transparent)]
    Ledger(#[from] reading::Error),
    /// A file has no valid phrase.
    #[error("{file}: {error}")]
    Phrase {
        /// The file.
        file: String,
        /// What is wrong with the phrase. The text never has a part of the phrase.
        error: PhraseError,
    },
    /// A file has no text, so neither a phrase nor a passphrase.
    #[error("{file}: {what}")]
    Secret {
        /// The file.
        file: String,
        /// What is wrong with it. The text never has a part of the secret.
        what: &'static str,
    },
    /// The birth is above the last block of the ledger.
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
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Ledger(error) => error.code(),
            Error::Phrase { .. } | Error::Secret { .. } => "phrase",
            Error::Birth { .. } => "birth",
            Error::Scan { error, .. } => error.code(),
            Error::Vault(error) => error.code(),
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Ledger(error) => error.exit_code(),
            Error::Scan { .. } => exit::DOES_NOT_HOLD,
            Error::Phrase { .. } | Error::Secret { .. } | Error::Birth { .. } => exit::NOT_DONE,
            Error::Vault(error) => exit_code::of_storage(error),
        }
    }
}

/// The text of a file, without a byte order mark and the white space around it. Errors:
/// [`Error::Secret`], and what reading gives.
fn secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(read_limited(path, MAX_SECRET_FILE)?);
    let text = std::str::from_utf8(&bytes);
    let refused = |what| Error::Secret { file: output::name(path), what };
    let text = text.map_err(|_| refused("not text in UTF-8"))?.trim_start_matches('\u{feff}').trim();
    match text.is_empty() {
        true => Err(refused("there is nothing in it").into()),
        false => Ok(Zeroizing::new(text.to_owned())),
    }
}

/// The wallet of a phrase, with everything that a ledger has of it. Error: [`ScanError`].
pub fn restored(phrase: &str, archive: &Archive) -> Result<Wallet, ScanError> {
    let phrase = Phrase::read(phrase).map_err(wallets::household::Error::from)?;
    Ok(search(&phrase, None, archive)?.0)
}

/// What `wallet restore` finds.
#[derive(Serialize)]
struct Restored<'a> {
    #[serde(flatten)]
    overview: &'a WalletOverview,
    search: &'a Search,
}

/// Runs `wallet restore`. A phrase of which the ledger has nothing is no failure: the search was
/// done, and it holds that there is nothing. The output says so.
pub fn restore(arguments: &RestoreArguments) -> Result<(), Failure> {
    let inputs = [Some(&arguments.data_dir), Some(&arguments.phrase_file), arguments.passphrase_file.as_ref()];
    let mut outputs = Overwrite { force: true }.outputs(inputs.into_iter().flatten())?;
    outputs.optional(arguments.vault.as_deref())?;
    // A vault is never replaced, so there is no --force.
    if let Some(vault) = arguments.vault.as_ref().filter(|vault| vault.exists()) {
        return Err(Error::Vault(wallets::storage::Error::Exists(vault.clone())).into());
    }
    let words = secret(&arguments.phrase_file)?;
    let bad = |error| Error::Phrase { file: output::name(&arguments.phrase_file), error };
    let phrase = Phrase::read(&words).map_err(bad)?;
    let passphrase = match &arguments.passphrase_file {
        Some(path) => Some(Passphrase::new(secret(path)?.to_string())),
        None => None,
    };
    let ledger = Reading::open(&arguments.data_dir).map_err(Error::from)?;
    let last = ledger.archive.ledger.state.height().0;
    if let Some(birth) = arguments.birth.filter(|birth| *birth > last) {
        return Err(Error::Birth { birth, last }.into());
    }
    let directory = arguments.data_dir.display().to_string();
    let found = search(&phrase, arguments.birth, &ledger.archive);
    let (wallet, search) = found.map_err(|error| Error::Scan { directory, error })?;
    if let (Some(path), Some(passphrase)) = (&arguments.vault, &passphrase) {
        let vault = Vault::create(path, passphrase, Cost::STANDARD, &mut OsRng).map_err(Error::Vault)?;
        wallet.save(&vault, &mut OsRng).map_err(Error::Vault)?;
        output::note(&format!("kept in {}", path.display()));
    }
    let overview = overview(&wallet);
    let restored = Restored { overview: &overview, search: &search };
    Printing::plain(arguments.json).print(&(overview.text() + &search.text()), || {
        let mut json = serde_json::to_vec_pretty(&restored).expect("plain values are always JSON");
        json.push(b'\n');
        json
    })
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
