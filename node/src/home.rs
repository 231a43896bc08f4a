//! A node's home: the folder that holds its configuration, its key, what its chain begins with, and
//! its ledger.
//!
//! ```text
//! node.toml       the configuration
//! orderer.key     the secret key that certifies blocks, 64 hexadecimal digits; only its owner reads it
//! genesis         what the chain begins with, given by the network's founder
//! matching.key    the key of the encrypted matching, given by the founder too
//! ledger/         blocks, state and blobs
//! address         where the API listens, while the node runs
//! ```

use crate::config;
use crate::wire::GenesisFile;
use disk::{Access, Disk};
use ledger::{Groth16Verifier, Node, NodeError, OrdererKey};
use protocol::hexadecimal::hexadecimal;
use protocol::signing::SigningKey;
use rand_core::{OsRng, RngCore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const KEY: &str = "orderer.key";
const GENESIS: &str = "genesis";
const MATCHING_KEY: &str = "matching.key";
const LEDGER: &str = "ledger";
const ADDRESS: &str = "address";

/// No file of a home but those of the ledger is longer than this, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// Why a home cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the home cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// A home is made only where none is.
    #[error("{}: it is there already", .0.display())]
    Exists(PathBuf),
    /// A file that the network's founder gives is missing.
    #[error("{}: it is missing: ask the network's founder for it", .0.display())]
    NotGiven(PathBuf),
    /// A file whose content is not what it should be.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The genesis names other validators than this node.
    #[error(
        "the genesis names other validators than this node, whose public key is {0}: use the home that has the key"
    )]
    OtherValidators(String),
    /// The ledger cannot be made or opened.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The verifying keys of this program are damaged.
    #[error(transparent)]
    Keys(#[from] circuits::PinError),
}

impl Error {
    /// A code that stays the same across versions.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "home-io",
            Error::Exists(_) => "home-exists",
            Error::NotGiven(_) => "home-not-given",
            Error::Content { .. } => "home-content",
            Error::OtherValidators(_) => "home-validators",
            Error::Node(error) => error.code(),
            Error::Keys(_) => "verifying-keys",
        }
    }
}

/// A node's home.
pub struct Home {
    folder: PathBuf,
}

fn io(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |error| Error::Io { path: path.to_path_buf(), error }
}

impl Home {
    /// Makes a home with a new key, and gives the public key. Error: any but those of the ledger.
    pub fn create(folder: &Path) -> Result<(Self, SigningKey), Error> {
        let home = Home { folder: folder.to_path_buf() };
        let key = home.path(KEY);
        if disk::System.exists(&key) {
            return Err(Error::Exists(key));
        }
        disk::create_directories(&disk::System, folder).map_err(io(folder))?;
        let config = home.path(config::FILE);
        if !disk::System.exists(&config) {
            disk::System.write(&config, config::TEMPLATE.as_bytes(), Access::Usual).map_err(io(&config))?;
        }
        let mut secret = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(secret.as_mut());
        let digits: Zeroizing<String> = secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        disk::System.write(&key, digits.as_bytes(), Access::Private).map_err(io(&key))?;
        disk::System.sync(&key).map_err(io(&key))?;
        disk::System.sync_directory(folder).map_err(io(folder))?;
        Ok((home, OrdererKey::from_secret(&secret).public()))
    }
    /// The home in a folder.
    pub fn at(folder: &Path) -> Self {
        Home { folder: folder.to_path_buf() }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
    fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        let path = self.path(name);
        let bytes = disk::System.read(&path, MAX_FILE).map_err(io(&path))?;
        match bytes.len() as u64 > MAX_FILE {
            true => Err(Error::Content { path, problem: format!("longer than {MAX_FILE} bytes") }),
            false => Ok(bytes),
        }
    }
    /// A file that the founder gives.
    fn given(&self, name: &str) -> Result<Vec<u8>, Error> {
        match self.read(name) {
            Err(Error::Io { path, error }) if error.kind() == io::ErrorKind::NotFound => Err(Error::NotGiven(path)),
            other => other,
        }
    }
    /// The key that certifies blocks.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Content`].
    pub fn orderer(&self) -> Result<OrdererKey, Error> {
        let digits = Zeroizing::new(self.read(KEY)?);
        let text = std::str::from_utf8(&digits).unwrap_or_default().trim_end();
        let secret = hexadecimal::<[u8; 32]>(text).map(Zeroizing::new);
        let problem = || Error::Content { path: self.path(KEY), problem: "not 64 hexadecimal digits".into() };
        let secret = secret.ok_or_else(problem)?;
        Ok(OrdererKey::from_secret(&secret))
    }
    /// What the chain begins with.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Content`], [`Error::NotGiven`].
    pub fn genesis(&self) -> Result<GenesisFile, Error> {
        let bytes = self.given(GENESIS)?;
        GenesisFile::decode(&bytes)
            .map_err(|error| Error::Content { path: self.path(GENESIS), problem: error.to_string() })
    }
    /// Writes what the chain begins with: the two files that a founder gives to every node.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn give(&self, genesis: &GenesisFile, matching_key: &[u8]) -> Result<(), Error> {
        for (name, bytes) in [(GENESIS, genesis.encode().as_slice()), (MATCHING_KEY, matching_key)] {
            let path = self.path(name);
            disk::System.write(&path, bytes, Access::Usual).map_err(io(&path))?;
            disk::System.sync(&path).map_err(io(&path))?;
        }
        disk::System.sync_directory(&self.folder).map_err(io(&self.folder))
    }
    /// The node of this home. Its ledger is made where none is.
    ///
    /// # Errors
    /// Any.
    pub fn node(&self) -> Result<Node, Error> {
        let (file, orderer) = (self.genesis()?, self.orderer()?);
        if file.validators != orderer.validators() {
            let public: String = orderer.public().0.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(Error::OtherValidators(public));
        }
        let (ledger, verifier) = (self.path(LEDGER), Arc::new(Groth16Verifier::pinned()?));
        let node = match Node::exists(&ledger) {
            true => Node::open(&ledger, orderer, verifier)?,
            false => Node::create(&ledger, &file.genesis, &self.given(MATCHING_KEY)?, orderer, verifier)?,
        };
        match node.state().chain() == file.genesis.chain() {
            true => Ok(node),
            false => Err(Error::Content { path: self.path(GENESIS), problem: "not of the ledger in this home".into() }),
        }
    }
    /// Says where the API listens, in the file `address`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn say_address(&self, url: &str) -> Result<(), Error> {
        let path = self.path(ADDRESS);
        disk::System.write(&path, format!("{url}\n").as_bytes(), Access::Usual).map_err(io(&path))
    }
    /// Removes the file `address`, when the node ends.
    pub fn forget_address(&self) {
        // A file that stays behind names an address where nobody answers.
        let _ = disk::System.remove(&self.path(ADDRESS));
    }
}
