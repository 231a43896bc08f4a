//! `veilgrid ledger show`, `headers`, `prove` and `check`: the contents of a ledger, and proofs of
//! them for readers who have its headers alone ([`protocol::light`]).

mod headers;
mod listing;

pub use headers::{Headers, HeadersError};

use crate::exit_code;
use crate::hexadecimal::hexadecimal;
use crate::ledger_folder::{LedgerFolder, NewFile};
use ledger::{Archive, Groth16Verifier, NodeError};
use listing::Listing;
use protocol::encoding::Canonical;
use protocol::header::BlockHash;
use protocol::ids::{Height, TransactionId};
use protocol::light::{AcceptanceProof, Error as LightError, RecordProof, MAX_PROOF_BYTES};
use protocol::record::Commitment;
use serde_json::json;
use std::path::{Path, PathBuf};
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
can make up a chain that proves anything. So give --genesis; `ledger show` names it.
If the proof does not hold, one line says why.")]
pub struct CheckArguments {
    /// What `ledger headers` wrote; `-` is standard input
    #[arg(value_name = "HEADERS")]
    headers: PathBuf,
    /// What `ledger prove` wrote; `-` is standard input
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    /// The genesis of the chain that you mean (64 hexadecimal digits)
    #[arg(long, value_name = "GENESIS")]
    genesis: Option<String>,
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
    #[error("{}{error}", if error.names_path() { String::new() } else { format!("{directory}: ") })]
    Ledger {
        /// The ledger's folder.
        directory: String,
        /// Why it cannot be read.
        error: NodeError,
    },
    /// The verifying keys in this program are damaged.
    #[error(transparent)]
    Pin(#[from] circuits::PinError),
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
            Error::Ledger { error, .. } => error.code(),
            Error::Pin(_) => "pin",
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
            Error::Ledger { error, .. } => exit_code::of_node(error),
            Error::Digits { .. } | Error::NoBlock { .. } | Error::Unknown { .. } => exit::NOT_DONE,
            Error::Last(_) | Error::Pin(_) => exit::NOT_DONE,
            Error::Headers { .. } | Error::OtherGenesis { .. } | Error::Light { .. } => exit::DOES_NOT_HOLD,
        }
    }
}

fn open(directory: &Path) -> Result<Archive, Error> {
    let verifier = Groth16Verifier::pinned()?;
    let named = |error| Error::Ledger { directory: directory.display().to_string(), error };
    Archive::open(directory, &verifier).map_err(named)
}

fn digits<T: Canonical>(option: &'static str, value: &str, what: &'static str) -> Result<T, Error> {
    hexadecimal(value).ok_or_else(|| Error::Digits { option, value: value.to_string(), what })
}

fn commitment(value: &str) -> Result<Commitment, Error> {
    digits("--record", value, "a record's commitment")
}

/// Runs `ledger show`.
pub fn show(arguments: &ShowArguments) -> Result<(), Failure> {
    let directory = arguments.directory.path();
    let archive = open(directory)?;
    let last = archive.ledger.state.height().0;
    if let Some(height) = arguments.block.filter(|height| !(1..=last).contains(height)) {
        return Err(Error::NoBlock { height, last }.into());
    }
    let listing = Listing::of(&archive, arguments.block)
        .map_err(|error| Error::Ledger { directory: directory.display().to_string(), error })?;
    // The whole list on standard error would be as long as the JSON.
    let text = if arguments.json { listing.count() } else { listing.text() };
    Printing::plain(arguments.json).print(&text, || listing.json().into_bytes())
}

/// Runs `ledger headers`.
pub fn write_headers(arguments: &HeadersArguments) -> Result<(), Failure> {
    let directory = arguments.directory.path();
    let file = arguments.file.overwrite.outputs([directory])?.file(arguments.file.path())?;
    let name = file.name().to_string();
    let archive = open(directory)?;
    let ledger = |error| Error::Ledger { directory: directory.display().to_string(), error };
    let headers = Headers::of(&archive).map_err(ledger)?;
    file.write(&headers.encode())?;
    let count = headers.blocks.len();
    output::note(&format!("{name}: {count} headers of the chain with genesis {}", headers.name()));
    Ok(())
}

/// Runs `ledger prove`.
pub fn prove(arguments: &ProveArguments) -> Result<(), Failure> {
    let directory = arguments.directory.path();
    let file = arguments.file.overwrite.outputs([directory])?.file(arguments.file.path())?;
    let ledger = |error| Error::Ledger { directory: directory.display().to_string(), error };
    let early = |archive: &Archive, height: Height| match archive.ledger.state.height() <= height {
        true => Err(Error::Last(height)),
        false => Ok(()),
    };
    let bytes = match (&arguments.transaction, &arguments.record) {
        (Some(value), _) => {
            let id: TransactionId = digits("--transaction", value, "a transaction's id")?;
            let archive = open(directory)?;
            let unknown = || Error::Unknown { option: "--transaction", value: value.clone() };
            let proof = archive.acceptance_proof(&id).map_err(ledger)?.ok_or_else(unknown)?;
            early(&archive, proof.included.height)?;
            proof.encode()
        }
        (None, value) => {
            // The command line makes sure that one of the two is given.
            let value = value.as_deref().unwrap_or_default();
            let record = commitment(value)?;
            let archive = open(directory)?;
            let unknown = || Error::Unknown { option: "--record", value: value.to_string() };
            let mut leaves = archive.ledger.compact.iter().flat_map(|block| {
                let leaves = block.transactions.iter().flat_map(|t| &t.leaves);
                leaves.map(|(position, leaf)| (block.height, *position, *leaf))
            });
            let (height, position, _) = leaves.find(|(.., leaf)| *leaf == record).ok_or_else(unknown)?;
            early(&archive, height)?;
            archive.record_proof(position, height).map_err(ledger)?.ok_or_else(unknown)?.encode()
        }
    };
    file.write(&bytes)
}

/// Runs `ledger check`.
pub fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let expected: Option<[u8; 32]> = match &arguments.genesis {
        Some(value) => Some(digits("--genesis", value, "a genesis")?),
        None => None,
    };
    let record = arguments.record.as_deref().map(commitment).transpose()?;
    Overwrite::default().outputs([&arguments.headers, &arguments.proof])?;
    let file = output::name(&arguments.headers);
    let bytes = output::read_limited(&arguments.headers, MAX_HEADERS_FILE)?;
    let headers = Headers::decode(&bytes).map_err(|error| Error::Headers { file: file.clone(), error })?;
    let genesis = headers.name();
    if let Some(expected) = expected.map(BlockHash).filter(|expected| *expected != genesis) {
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
    let trust = match expected {
        Some(_) => "",
        None => "  (without --genesis, the check cannot tell whether this is the chain that you mean)",
    };
    let text = format!("holds: {says}\non the chain with genesis {genesis}{trust}\n");
    Printing::plain(arguments.json).print(&text, || {
        let found = json!({
            "format": CHECK_FORMAT,
            "holds": true,
            "says": says,
            "genesis": genesis.to_string(),
            "genesis_was_given": expected.is_some(),
        });
        format!("{found:#}\n").into_bytes()
    })
}
