//! `veilgrid ledger show`, `headers`, `prove` and `check`: the contents of a ledger, and proofs of
//! them for readers who have its headers alone ([`protocol::light`]).

mod genesis;
mod headers;
mod listing;

pub use headers::{Headers, HeadersError};

use crate::ledger_folder::{LedgerFolder, NewFile};
use crate::reading::{self, Reading};
use crate::verdict;
use ledger::Archive;
use listing::Listing;
use protocol::encoding::Canonical;
use protocol::header::BlockHash;
use protocol::hexadecimal::hexadecimal;
use protocol::ids::{Height, TransactionId};
use protocol::light::{AcceptanceProof, Error as LightError, RecordProof, MAX_PROOF_BYTES};
use protocol::record::Commitment;
use serde_json::json;
use std::path::PathBuf;
use terminal::output::{self, Overwrite, Printing};
use terminal::{exit, Coded, Failure};

/// The name of the JSON format of `ledger check`.
const CHECK_FORMAT: &str = "veilgrid-check/1";

/// Largest file of headers that is read, in bytes: more than a million blocks.
const MAX_HEADERS_FILE: u64 = 1 << 28;

/// Arguments of `ledger show`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid ledger show /tmp/market
  veilgrid ledger show /tmp/market --block 3

The list has a line for each block, then a line for each of its transactions (kind, id, accepted or
the code of its refusal), then a line for each record that it made (position in the tree,
commitment). Everything in it is public. The first line names the genesis. A checker of proofs must
know the genesis from elsewhere.")]
pub struct ShowArguments {
    #[command(flatten)]
    directory: LedgerFolder,
    /// Show this block only
    #[arg(long, value_name = "HEIGHT")]
    block: Option<u64>,
    /// Print JSON (veilgrid-ledger/1); the number of blocks then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Arguments of `ledger headers`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:
  veilgrid ledger headers /tmp/market /tmp/market.headers

The file has the genesis, the orderer's key, and each block's header with its certificate: some 200
bytes a block.")]
pub struct HeadersArguments {
    #[command(flatten)]
    directory: LedgerFolder,
    #[command(flatten)]
    file: NewFile,
}

/// Arguments of `ledger prove`.
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["transaction", "record"]))]
#[command(after_help = "Examples:
  veilgrid ledger show /tmp/market                                          # ids and commitments
  veilgrid ledger prove /tmp/market --transaction ID /tmp/its.proof
  veilgrid ledger prove /tmp/market --record COMMITMENT /tmp/its.proof

The header of a block commits to the outcome of the block before it. So what is in the last block can
be proved only after the next block.")]
pub struct ProveArguments {
    #[command(flatten)]
    directory: LedgerFolder,
    /// Prove that this transaction was accepted (64 hexadecimal digits)
    #[arg(long, value_name = "ID")]
    transaction: Option<String>,
    /// Prove that this record is in the tree (64 hexadecimal digits)
    #[arg(long, value_name = "COMMITMENT")]
    record: Option<String>,
    #[command(flatten)]
    file: NewFile,
}

/// Arguments of `ledger check`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  veilgrid ledger check /tmp/market.headers /tmp/its.proof --genesis GENESIS
  veilgrid ledger check /tmp/market.headers /tmp/its.proof --genesis GENESIS --record COMMITMENT

The command checks that each header names the one before it and is certified by the orderer, and then
checks the proof against the headers. The headers themselves say which chain they are of, and anybody
can make up a chain that proves anything. So the command asks for --genesis, which `ledger show`
names: take it from a source that you trust. With --any-chain it checks the proof against the headers
alone. If the proof does not hold, one line says why.")]
pub struct CheckArguments {
    /// What `ledger headers` wrote; `-` is standard input
    #[arg(value_name = "HEADERS")]
    headers: PathBuf,
    /// What `ledger prove` wrote; `-` is standard input
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    /// The genesis of the chain that you mean: 64 hexadecimal digits, or a file that you trust and that
    /// names it (such digits, what `ledger show` prints, other headers of the chain)
    #[arg(long, value_name = "HASH_OR_FILE", conflicts_with = "any_chain")]
    genesis: Option<String>,
    /// Take any chain; the proof then shows nothing about which chain it is
    #[arg(long)]
    any_chain: bool,
    /// The proof is about this record (64 hexadecimal digits), not about a transaction
    #[arg(long, value_name = "COMMITMENT")]
    record: Option<String>,
    /// Print JSON (veilgrid-check/1); the text then goes to standard error
    #[arg(long)]
    json: bool,
}

/// Why a ledger cannot be shown, or why something cannot be proved or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] reading::Error),
    /// It was not said which chain is meant.
    #[error(
        "--genesis is missing: headers say themselves which chain they are of, and anybody can make up a chain that \
         proves anything; give the genesis of the chain that you mean (`veilgrid ledger show` names it), or --any-chain"
    )]
    WhichChain,
    /// The value of --genesis names no chain.
    #[error(transparent)]
    Genesis(#[from] genesis::Error),
    /// An argument is not 64 hexadecimal digits, or not the encoding of such a value.
    #[error("{option} {value}: not {what}, in 64 hexadecimal digits")]
    Digits {
        /// The name of the option.
        option: &'static str,
        /// The option's value.
        value: String,
        /// What kind of value the option takes.
        what: &'static str,
    },
    /// The ledger has no block of this height.
    #[error("--block {height}: the last block is {last}")]
    NoBlock {
        /// The block asked for.
        height: u64,
        /// The height of the last block.
        last: u64,
    },
    /// The ledger has accepted no such transaction or record.
    #[error("{option} {value}: the ledger has accepted none of this name (`veilgrid ledger show` lists all)")]
    Unknown {
        /// The name of the option.
        option: &'static str,
        /// The option's value.
        value: String,
    },
    /// It is in the last block, and no header commits to the outcome of that block yet.
    #[error("it is in block {}, the last one: a proof needs the header of the block after it", .0 .0)]
    Last(Height),
    /// A file that is no file of headers.
    #[error("{file}: {error}")]
    Headers {
        /// The file.
        file: String,
        /// Why it cannot be read.
        error: HeadersError,
    },
    /// The headers are of another chain.
    #[error("{file}: these are headers of the chain with genesis {found}, not {expected}")]
    OtherGenesis {
        /// The file.
        file: String,
        /// The genesis of the headers.
        found: BlockHash,
        /// The genesis that was asked for.
        expected: BlockHash,
    },
    /// The headers form no chain, or the proof does not hold.
    #[error("{file}: {error}")]
    Light {
        /// The file.
        file: String,
        /// Why it cannot be read.
        error: LightError,
    },
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Error::Ledger(error) => error.code(),
            Error::WhichChain => "which-chain",
            Error::Genesis(_) => "genesis",
            Error::Digits { .. } => "digits",
            Error::NoBlock { .. } => "no-block",
            Error::Unknown { .. } => "unknown",
            Error::Last(_) => "last-block",
            Error::Headers { .. } => "headers",
            Error::OtherGenesis { .. } => "other-genesis",
            Error::Light { error, .. } => error.code(),
        }
    }
    fn exit_code(&self) -> u8 {
        match self {
            Error::Ledger(error) => error.exit_code(),
            Error::WhichChain | Error::Genesis(_) | Error::Digits { .. } => exit::NOT_DONE,
            Error::NoBlock { .. } | Error::Unknown { .. } | Error::Last(_) => exit::NOT_DONE,
            Error::Headers { .. } | Error::OtherGenesis { .. } | Error::Light { .. } => exit::DOES_NOT_HOLD,
        }
    }
}

fn digits<T: Canonical>(option: &'static str, value: &str, what: &'static str) -> Result<T, Error> {
    hexadecimal(value).ok_or_else(|| Error::Digits { option, value: value.to_string(), what })
}

fn commitment(value: &str) -> Result<Commitment, Error> {
    digits("--record", value, "a record's commitment")
}

/// Runs `ledger show`.
pub fn show(arguments: &ShowArguments) -> Result<(), Failure> {
    let ledger = Reading::open(arguments.directory.path()).map_err(Error::from)?;
    let last = ledger.archive.ledger.state.height().0;
    if let Some(height) = arguments.block.filter(|height| !(1..=last).contains(height)) {
        return Err(Error::NoBlock { height, last }.into());
    }
    let listing = Listing::of(&ledger.archive, arguments.block).map_err(|error| ledger.error(error))?;
    // The whole list on standard error would be as long as the JSON.
    let text = if arguments.json { listing.count() } else { listing.text() };
    Printing::plain(arguments.json).print(&text, || listing.json().into_bytes())
}

/// Runs `ledger headers`.
pub fn write_headers(arguments: &HeadersArguments) -> Result<(), Failure> {
    let directory = arguments.directory.path();
    let file = arguments.file.overwrite.outputs([directory])?.file(arguments.file.path())?;
    let name = file.name().to_string();
    let ledger = Reading::open(directory).map_err(Error::from)?;
    let headers = Headers::of(&ledger.archive).map_err(|error| ledger.error(error))?;
    file.write(&headers.encode())?;
    let count = headers.blocks.len();
    output::note(&format!("{name}: {count} headers of the chain with genesis {}", headers.name()));
    Ok(())
}

/// Runs `ledger prove`.
pub fn prove(arguments: &ProveArguments) -> Result<(), Failure> {
    let file = arguments.file.overwrite.outputs([arguments.directory.path()])?.file(arguments.file.path())?;
    file.write(&proof(arguments)?)
}

/// The proof that was asked for.
fn proof(arguments: &ProveArguments) -> Result<Vec<u8>, Error> {
    let early = |archive: &Archive, height: Height| match archive.ledger.state.height() <= height {
        true => Err(Error::Last(height)),
        false => Ok(()),
    };
    match (&arguments.transaction, &arguments.record) {
        (Some(value), _) => {
            let id: TransactionId = digits("--transaction", value, "a transaction's id")?;
            let ledger = Reading::open(arguments.directory.path())?;
            let unknown = || Error::Unknown { option: "--transaction", value: value.clone() };
            let found = ledger.archive.acceptance_proof(&id).map_err(|error| ledger.error(error))?;
            let proof = found.ok_or_else(unknown)?;
            early(&ledger.archive, proof.included.height)?;
            Ok(proof.encode())
        }
        (None, value) => {
            // The command line makes sure that one of the two is given.
            let value = value.as_deref().unwrap_or_default();
            let record = commitment(value)?;
            let ledger = Reading::open(arguments.directory.path())?;
            let unknown = || Error::Unknown { option: "--record", value: value.to_string() };
            let mut leaves = ledger.archive.ledger.compact.iter().flat_map(|block| {
                let leaves = block.transactions.iter().flat_map(|t| &t.leaves);
                leaves.map(|(position, leaf)| (block.height, *position, *leaf))
            });
            let (height, position, _) = leaves.find(|(.., leaf)| *leaf == record).ok_or_else(unknown)?;
            early(&ledger.archive, height)?;
            let found = ledger.archive.record_proof(position, height).map_err(|error| ledger.error(error))?;
            Ok(found.ok_or_else(unknown)?.encode())
        }
    }
}

/// Runs `ledger check`.
pub fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let Held { says, genesis, given } = verdict::said(arguments.json, CHECK_FORMAT, held(arguments))?;
    let trust = match given {
        true => "",
        false => "  (with --any-chain, the check cannot tell whether this is the chain that you mean)",
    };
    let text = format!("holds: {says}\non the chain with genesis {genesis}{trust}\n");
    Printing::plain(arguments.json).print(&text, || {
        let found = json!({
            "format": CHECK_FORMAT,
            "holds": true,
            "says": says,
            "genesis": genesis.to_string(),
            "genesis_was_given": given,
        });
        format!("{found:#}\n").into_bytes()
    })
}

/// A proof that holds.
struct Held {
    /// What it proves.
    says: String,
    /// The chain that it is about.
    genesis: BlockHash,
    /// Whether the caller named the chain.
    given: bool,
}

fn held(arguments: &CheckArguments) -> Result<Held, Failure> {
    if arguments.genesis.is_none() && !arguments.any_chain {
        return Err(Error::WhichChain.into());
    }
    let record = arguments.record.as_deref().map(commitment).transpose()?;
    Overwrite::default().outputs([&arguments.headers, &arguments.proof])?;
    let file = output::name(&arguments.headers);
    let bytes = output::read_limited(&arguments.headers, MAX_HEADERS_FILE)?;
    let expected = match &arguments.genesis {
        Some(value) => Some(genesis::of(value, &bytes).map_err(Error::from)?),
        None => None,
    };
    let headers = Headers::decode(&bytes).map_err(|error| Error::Headers { file: file.clone(), error })?;
    let genesis = headers.name();
    if let Some(expected) = expected.filter(|expected| *expected != genesis) {
        return Err(Error::OtherGenesis { file, found: genesis, expected }.into());
    }
    let chain = headers.chain().map_err(|error| Error::Light { file, error })?;
    let bytes = output::read_limited(&arguments.proof, MAX_PROOF_BYTES as u64)?;
    let wrong = |error| Error::Light { file: output::name(&arguments.proof), error };
    let says = match record {
        Some(record) => {
            let proof = RecordProof::decode(&bytes).map_err(LightError::from).map_err(wrong)?;
            let position = proof.verify(record, &chain).map_err(wrong)?;
            format!(
                "record {record} is at position {} of the tree as it was after block {}",
                position.0, proof.height.0
            )
        }
        None => {
            let proof = AcceptanceProof::decode(&bytes).map_err(LightError::from).map_err(wrong)?;
            let accepted = proof.verify(&chain).map_err(wrong)?;
            let (kind, id) = (accepted.transaction.kind().name(), accepted.transaction.id());
            let time = chain.header(accepted.height).map_err(wrong)?.time.0;
            let (height, index) = (accepted.height.0, accepted.index);
            format!("{kind} {id} was accepted: block {height}, place {index}, time {time}")
        }
    };
    Ok(Held { says, genesis, given: expected.is_some() })
}
