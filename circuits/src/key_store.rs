//! Proving keys on disk, in files named by the hash that their pin states.
//!
//! The store trusts no file: it checks the hash against the pin each time, and makes a key again
//! when its file is cut short, rotten or planted. A file appears complete or not at all (unique
//! temporary file, fsync, rename, fsync of the folder). So several processes can share a folder
//! without locks; at worst two of them make the same key.

use crate::{
    error::KeyError,
    pins::{Origin, Pins},
    relation::Relation,
    setup::{ProvingKey, INSECURE_SEED},
    verifying_key::KeyId,
};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// A folder of proving keys, and the pins that they must match.
#[derive(Clone, Debug)]
pub struct KeyStore {
    dir: PathBuf,
    pins: Pins,
    seed: [u8; 32],
}

impl KeyStore {
    /// The folder to use when none is named: `$VEILGRID_KEYS`, else `veilgrid/keys` in
    /// `$XDG_CACHE_HOME` or `~/.cache`, else in the system's temporary folder. That is safe, since
    /// every file is checked against its pin.
    pub fn default_dir() -> PathBuf {
        let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        var("VEILGRID_KEYS").unwrap_or_else(|| {
            var("XDG_CACHE_HOME")
                .or_else(|| var("HOME").map(|home| home.join(".cache")))
                .unwrap_or_else(std::env::temp_dir)
                .join("veilgrid")
                .join("keys")
        })
    }

    /// The store of this program's keys in a folder, which is made when a key is first written.
    pub fn open(dir: impl Into<PathBuf>) -> Self {
        Self::with_pins(dir, Pins::embedded(), INSECURE_SEED)
    }

    /// A store of other keys: made from `seed`, to match `pins`.
    pub fn with_pins(dir: impl Into<PathBuf>, pins: Pins, seed: [u8; 32]) -> Self {
        KeyStore { dir: dir.into(), pins, seed }
    }

    /// The id of a relation's verifying key; None when it is not pinned.
    pub fn key_id(&self, name: &str) -> Option<KeyId> {
        self.pins.get(name).map(|pin| pin.key)
    }

    /// The path of a relation's key. Error: [`KeyError::NotPinned`].
    pub fn path(&self, name: &str) -> Result<PathBuf, KeyError> {
        let pin = self.pins.get(name).ok_or_else(|| KeyError::NotPinned(name.to_owned()))?;
        let hash: String = pin.proving[..8].iter().map(|b| format!("{b:02x}")).collect();
        Ok(self.dir.join(format!("{name}-{hash}.pk")))
    }

    /// The proving key of `R`, read from the folder, or else made from the seed and kept. A
    /// ceremony's key cannot be made. Error: [`KeyError`], among others when it is not the pinned
    /// one.
    pub fn proving_key<R: Relation>(&self) -> Result<ProvingKey<R>, KeyError> {
        let path = self.path(R::KIND.name())?;
        let pin = self.pins.get(R::KIND.name()).ok_or_else(|| KeyError::NotPinned(R::KIND.name().to_owned()))?;
        let is_pinned = |bytes: &[u8]| <[u8; 32]>::from(Sha256::digest(bytes)) == pin.proving;
        match fs::read(&path) {
            Ok(bytes) if is_pinned(&bytes) => return ProvingKey::decode_trusted(&bytes),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(KeyError::io(&path, e)),
        }
        if pin.origin != Origin::Insecure {
            return Err(KeyError::FromCeremony(path));
        }
        let key = ProvingKey::<R>::from_insecure_seed(&self.seed)?;
        let bytes = key.encode();
        if key.id() != pin.key || !is_pinned(&bytes) {
            return Err(KeyError::PinMismatch(R::KIND.name().to_owned()));
        }
        write_whole(&path, &bytes).map_err(|e| KeyError::io(&path, e))?;
        Ok(key)
    }
}

/// Writes a file so that no reader ever sees a part of it.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(dir)?;
    let unique = format!("tmp-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let temporary = path.with_extension(unique);
    let written = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        fs::File::open(dir)?.sync_all()
    })();
    if written.is_err() {
        // Removal is best effort: the error that matters is the one being returned.
        let _ = fs::remove_file(&temporary);
    }
    written
}
