//! Proving keys on disk, found by the hash that their pin states.
//!
//! A file is never trusted: its hash is checked against the pin each time, and what does not match (cut short, rotten,
//! planted) is made again. A file appears complete or not at all (unique temporary file, fsync, rename, fsync of the
//! folder), so several processes can share a folder without locks: at worst two make the same key.

use crate::{
    error::KeyError,
    pins::Pins,
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

/// A folder of proving keys, and the pins they must match.
#[derive(Clone, Debug)]
pub struct KeyStore {
    dir: PathBuf,
    pins: Pins,
    seed: [u8; 32],
}

impl KeyStore {
    /// The folder to use when none is named: `$VEILGRID_KEYS`, else `veilgrid/keys` in `$XDG_CACHE_HOME` or
    /// `~/.cache`, else in the system's temporary folder (safe there too: every file is checked against its pin).
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

    /// The keys of this version, kept in a folder (made when first written to).
    pub fn open(dir: impl Into<PathBuf>) -> Self {
        Self::with_pins(dir, Pins::embedded(), INSECURE_SEED)
    }

    /// Other keys than those of this version: made from `seed`, to match `pins`.
    pub fn with_pins(dir: impl Into<PathBuf>, pins: Pins, seed: [u8; 32]) -> Self {
        KeyStore { dir: dir.into(), pins, seed }
    }

    /// The id of a relation's verifying key, if one is pinned.
    pub fn key_id(&self, name: &str) -> Option<KeyId> {
        self.pins.get(name).map(|pin| pin.key)
    }

    /// Where the key of a relation is kept.
    pub fn path(&self, name: &str) -> Result<PathBuf, KeyError> {
        let pin = self.pins.get(name).ok_or_else(|| KeyError::NotPinned(name.to_owned()))?;
        let hash: String = pin.proving[..8].iter().map(|b| format!("{b:02x}")).collect();
        Ok(self.dir.join(format!("{name}-{hash}.pk")))
    }

    /// The proving key of `R`: from the folder, else made from the seed and kept. Refused unless it is the pinned one.
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
        let key = ProvingKey::<R>::from_insecure_seed(&self.seed)?;
        let bytes = key.encode();
        if key.id() != pin.key || !is_pinned(&bytes) {
            return Err(KeyError::PinMismatch(R::KIND.name().to_owned()));
        }
        write_whole(&path, &bytes).map_err(|e| KeyError::io(&path, e))?;
        Ok(key)
    }
}

/// Writes a file so that no one ever sees a part of it.
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
        // Best effort: the error that matters is the one being returned.
        let _ = fs::remove_file(&temporary);
    }
    written
}
