//! State files at rest: Argon2id of a passphrase, XChaCha20-Poly1305 under the derived key,
//! replaced atomically.
//!
//! ```text
//! magic 8 | version 1 | memory 4 | passes 4 | lanes 4 | salt 16 | passphrase check 16 | header digest 32 | nonce 24 | ciphertext
//! ```
//!
//! Argon2 gives 80 bytes: the key, a key for nonces, and 16 bytes that are kept in the header so
//! that a wrong passphrase can be told from a damaged file. They tell an attacker no more than
//! decrypting with a guess does. The header, all of it, is associated data.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use disk::{Access, Disk};
use protocol::encoding::{digest, Canonical, Reader};
use rand_core::{CryptoRng, RngCore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const MAGIC: [u8; 8] = *b"veilgrid";
const VERSION: u8 = 1;
const UNCHECKED_HEADER: usize = 8 + 1 + 3 * 4 + 16 + 16;
const HEADER: usize = UNCHECKED_HEADER + 32;
const NONCE: usize = 24;
const TAG: usize = 16;
/// The greatest length of a state file, in bytes.
const MAX_FILE: u64 = 1 << 30;

/// Why a state file could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system failed.
    #[error("{path}: {source}")]
    Io {
        /// The file's path.
        path: PathBuf,
        /// The file system's error.
        source: io::Error,
    },
    /// The disk is full.
    #[error("{path}: the disk is full; what was stored before is safe: make room, then go on")]
    DiskFull {
        /// The file's path.
        path: PathBuf,
    },
    /// The passphrase is not the file's.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The file has changed since it was written.
    #[error("the state file is damaged: {0}")]
    Corrupt(&'static str),
    /// Written by a later version.
    #[error("unknown version {0} of the state file")]
    Version(u8),
    /// A vault is created only where there is no file yet.
    #[error("{0} exists already")]
    Exists(PathBuf),
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "io",
            Error::DiskFull { .. } => "disk-full",
            Error::WrongPassphrase => "wrong-passphrase",
            Error::Corrupt(_) => "corrupt",
            Error::Version(_) => "unknown-version",
            Error::Exists(_) => "exists",
        }
    }
}

/// A passphrase. Never printed, wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes over a text; it is wiped on drop.
    pub fn new(text: String) -> Self {
        Passphrase(text)
    }
}

/// The cost of one guess at the passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    kibibytes: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// 64 MiB, three passes: RFC 9106's second recommendation, on one lane.
    pub const STANDARD: Cost = Cost { kibibytes: 64 * 1024, passes: 3, lanes: 1 };
    /// Next to nothing. For tests and demonstrations, whose passphrases protect nothing.
    pub const INSECURE: Cost = Cost { kibibytes: 8, passes: 1, lanes: 1 };

    /// Checks the limits on a file's cost, which the program that opens it has to pay: at most 1
    /// GiB, 16 passes, 4 lanes.
    fn checked(self) -> Result<Params, Error> {
        let acceptable = (8..=1 << 20).contains(&self.kibibytes)
            && (1..=16).contains(&self.passes)
            && (1..=4).contains(&self.lanes)
            && self.kibibytes >= 8 * self.lanes;
        if !acceptable {
            return Err(Error::Corrupt("key derivation parameters out of bounds"));
        }
        Params::new(self.kibibytes, self.passes, self.lanes, Some(KEYS))
            .map_err(|_| Error::Corrupt("key derivation parameters out of bounds"))
    }
}

const KEYS: usize = 32 + 32 + 16;

/// An encrypted file, its key derived once for as long as this lives. Never printed; the keys are
/// wiped on drop.
pub struct Vault {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    header: [u8; HEADER],
    keys: Zeroizing<[u8; KEYS]>,
}

fn derive(passphrase: &Passphrase, cost: Cost, salt: &[u8; 16]) -> Result<Zeroizing<[u8; KEYS]>, Error> {
    let mut keys = Zeroizing::new([0; KEYS]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.checked()?)
        .hash_password_into(passphrase.0.as_bytes(), salt, &mut keys[..])
        .map_err(|_| Error::Corrupt("key derivation parameters out of bounds"))?;
    Ok(keys)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error + '_ {
    move |source| match disk::is_full(&source) {
        true => Error::DiskFull { path: path.to_owned() },
        false => Error::Io { path: path.to_owned(), source },
    }
}

impl Vault {
    fn fresh<R: RngCore + CryptoRng>(
        disk: Arc<dyn Disk>,
        path: &Path,
        passphrase: &Passphrase,
        cost: Cost,
        rng: &mut R,
    ) -> Result<Vault, Error> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let keys = derive(passphrase, cost, &salt)?;
        let mut bytes = Vec::with_capacity(HEADER);
        MAGIC.write(&mut bytes);
        VERSION.write(&mut bytes);
        cost.kibibytes.write(&mut bytes);
        cost.passes.write(&mut bytes);
        cost.lanes.write(&mut bytes);
        salt.write(&mut bytes);
        bytes.extend_from_slice(&keys[64..]);
        digest("veilgrid/state-file-header/1", &bytes).write(&mut bytes);
        let header = bytes.try_into().expect("the parts add up to it");
        Ok(Vault { disk, path: path.to_owned(), header, keys })
    }

    /// A vault at a path where there is no file yet; the first [`Vault::save`] makes it. Error:
    /// [`Error::Exists`].
    pub fn create<R: RngCore + CryptoRng>(
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
        cost: Cost,
        rng: &mut R,
    ) -> Result<Vault, Error> {
        Vault::create_on(Arc::new(disk::System), path, passphrase, cost, rng)
    }
    /// [`Vault::create`] on another disk than the system's.
    pub fn create_on<R: RngCore + CryptoRng>(
        disk: Arc<dyn Disk>,
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
        cost: Cost,
        rng: &mut R,
    ) -> Result<Vault, Error> {
        let path = path.as_ref();
        if disk.exists(path) {
            return Err(Error::Exists(path.to_owned()));
        }
        Vault::fresh(disk, path, passphrase, cost, rng)
    }

    /// Opens a file and reads its contents. Errors: [`Error::WrongPassphrase`], [`Error::Corrupt`],
    /// [`Error::Version`].
    pub fn open(path: impl AsRef<Path>, passphrase: &Passphrase) -> Result<(Vault, Zeroizing<Vec<u8>>), Error> {
        Vault::open_on(Arc::new(disk::System), path, passphrase)
    }
    /// [`Vault::open`] on another disk than the system's.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
    ) -> Result<(Vault, Zeroizing<Vec<u8>>), Error> {
        let path = path.as_ref();
        let file = disk.read(path, MAX_FILE).map_err(io_error(path))?;
        if file.len() as u64 > MAX_FILE {
            return Err(Error::Corrupt("too long"));
        }
        let (header, cost, salt) = read_header(&file)?;
        if file.len() < HEADER + NONCE + TAG {
            return Err(Error::Corrupt("too short"));
        }
        let keys = derive(passphrase, cost, &salt)?;
        if keys[64..] != header[UNCHECKED_HEADER - 16..UNCHECKED_HEADER] {
            return Err(Error::WrongPassphrase);
        }
        let (nonce, ciphertext) = file[HEADER..].split_at(NONCE);
        let contents = cipher(&keys)
            .decrypt(XNonce::from_slice(nonce), Payload { msg: ciphertext, aad: &header })
            .map_err(|_| Error::Corrupt("authentication failed"))?;
        Ok((Vault { disk, path: path.to_owned(), header, keys }, Zeroizing::new(contents)))
    }

    /// Replaces the file's contents, durably and at once: after a crash it holds the old or the
    /// new.
    pub fn save<R: RngCore + CryptoRng>(&self, contents: &[u8], rng: &mut R) -> Result<(), Error> {
        let nonce = self.nonce(contents, rng);
        let ciphertext = cipher(&self.keys)
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: contents, aad: &self.header })
            .map_err(|_| Error::Corrupt("more than a state file holds"))?;
        let file = [&self.header[..], &nonce, &ciphertext].concat();
        if file.len() as u64 > MAX_FILE {
            return Err(Error::Corrupt("more than a state file holds"));
        }
        let mut beside = self.path.file_name().ok_or(Error::Corrupt("the path names no file"))?.to_owned();
        beside.push(".new");
        let beside = self.path.with_file_name(beside);
        disk::replace(self.disk.as_ref(), &beside, &self.path, &file, Access::Private).map_err(io_error(&self.path))
    }

    /// A nonce from the generator and the contents. A run that is repeated from its seed repeats
    /// the generator too; since the nonce is bound to the contents, two different contents never
    /// share one.
    fn nonce<R: RngCore + CryptoRng>(&self, contents: &[u8], rng: &mut R) -> [u8; NONCE] {
        let mut input = Zeroizing::new(Vec::with_capacity(64 + contents.len()));
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        input.extend_from_slice(&self.keys[32..64]);
        input.extend_from_slice(&random);
        input.extend_from_slice(contents);
        digest("veilgrid/state-file-nonce/1", &input)[..NONCE].try_into().expect("a digest has 32 bytes")
    }
}

fn cipher(keys: &[u8; KEYS]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(&keys[..32]).expect("32 bytes")
}

fn read_header(file: &[u8]) -> Result<([u8; HEADER], Cost, [u8; 16]), Error> {
    if !file.starts_with(&MAGIC) {
        return Err(Error::Corrupt("not a state file"));
    }
    match file.get(MAGIC.len()) {
        Some(&VERSION) => {}
        Some(&other) => return Err(Error::Version(other)),
        None => return Err(Error::Corrupt("too short")),
    }
    let header: [u8; HEADER] = file.get(..HEADER).ok_or(Error::Corrupt("too short"))?.try_into().expect("HEADER bytes");
    let (fields, sum) = header.split_at(UNCHECKED_HEADER);
    if digest("veilgrid/state-file-header/1", fields) != *sum {
        return Err(Error::Corrupt("header"));
    }
    let mut input = Reader(&fields[MAGIC.len() + 1..]);
    let mut number = || u32::read(&mut input).map_err(|_| Error::Corrupt("header"));
    let cost = Cost { kibibytes: number()?, passes: number()?, lanes: number()? };
    let salt = Canonical::read(&mut input).map_err(|_| Error::Corrupt("header"))?;
    Ok((header, cost, salt))
}

/// Writes `contents` under a passphrase at [`Cost::STANDARD`], over any file that is there.
pub fn save<R: RngCore + CryptoRng>(
    path: impl AsRef<Path>,
    passphrase: &Passphrase,
    contents: &[u8],
    rng: &mut R,
) -> Result<(), Error> {
    Vault::fresh(Arc::new(disk::System), path.as_ref(), passphrase, Cost::STANDARD, rng)?.save(contents, rng)
}

/// Reads the contents that [`save`] or a [`Vault`] wrote.
pub fn load(path: impl AsRef<Path>, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Error> {
    Ok(Vault::open(path, passphrase)?.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use disk::simulated::{Kept, Simulated};
    use disk::watched::{Change, Verdict, Watched};
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(3)
    }
    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    #[test]
    fn what_was_saved_last_is_loaded_and_no_plaintext_is_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let (mut rng, right) = (rng(), passphrase("correct horse"));
        let vault = Vault::create(&path, &right, Cost::INSECURE, &mut rng).unwrap();
        vault.save(b"the first state", &mut rng).unwrap();
        let first = fs::read(&path).unwrap();
        vault.save(b"the second state", &mut rng).unwrap();
        let second = fs::read(&path).unwrap();
        assert_ne!(first[HEADER..HEADER + NONCE], second[HEADER..HEADER + NONCE]);
        assert_eq!(load(&path, &right).unwrap().as_slice(), b"the second state");
        assert!(!second.windows(5).any(|w| w == b"state"));
        let (vault, contents) = Vault::open(&path, &right).unwrap();
        assert_eq!(contents.as_slice(), b"the second state");
        vault.save(b"", &mut rng).unwrap();
        assert!(load(&path, &right).unwrap().is_empty());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_wrong_passphrase_and_any_damage_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let (mut rng, right) = (rng(), passphrase("correct horse"));
        Vault::create(&path, &right, Cost::INSECURE, &mut rng).unwrap().save(b"a state", &mut rng).unwrap();
        assert!(matches!(load(&path, &passphrase("wrong horse")), Err(Error::WrongPassphrase)));
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            let code = load(&path, &right).err().map(|e| e.code());
            let expected = if at == MAGIC.len() { "unknown-version" } else { "corrupt" };
            assert_eq!(code, Some(expected), "byte {at}");
        }
        for length in 0..good.len() {
            fs::write(&path, &good[..length]).unwrap();
            assert_eq!(load(&path, &right).err().map(|e| e.code()), Some("corrupt"), "{length} bytes");
        }
        assert_eq!(load(directory.path().join("none"), &right).err().map(|e| e.code()), Some("io"));
    }

    #[test]
    fn a_vault_is_not_created_over_a_file_and_greedy_parameters_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let (mut rng, right) = (rng(), passphrase("correct horse"));
        fs::write(&path, b"precious").unwrap();
        assert!(matches!(Vault::create(&path, &right, Cost::INSECURE, &mut rng), Err(Error::Exists(_))));
        for (kibibytes, passes, lanes) in [(1 << 21, 1, 1), (8, 17, 1), (8, 0, 1), (64, 1, 5), (8, 1, 2), (7, 1, 1)] {
            assert!(matches!(Cost { kibibytes, passes, lanes }.checked(), Err(Error::Corrupt(_))));
        }
        assert!(Cost::STANDARD.checked().is_ok());
    }

    #[test]
    fn equal_generators_do_not_repeat_a_nonce_for_other_contents() {
        let (right, path) = (passphrase("correct horse"), Path::new("nowhere"));
        let vault = Vault::fresh(Arc::new(disk::System), path, &right, Cost::INSECURE, &mut rng()).unwrap();
        assert_eq!(vault.nonce(b"a", &mut rng()), vault.nonce(b"a", &mut rng()));
        assert_ne!(vault.nonce(b"a", &mut rng()), vault.nonce(b"b", &mut rng()));
    }

    /// A vault that is saved twice, on a disk that stops at some operation.
    fn saved_twice(disk: Arc<dyn Disk>) -> Result<(), Error> {
        let (mut rng, right) = (rng(), passphrase("correct horse"));
        let vault = Vault::create_on(disk, "/d/state", &right, Cost::INSECURE, &mut rng)?;
        vault.save(&[1; 3000], &mut rng)?;
        vault.save(&[2; 3000], &mut rng)
    }

    #[test]
    fn after_a_crash_at_any_write_a_vault_has_the_old_or_the_new() {
        let right = passphrase("correct horse");
        let mut seen = [0; 3];
        for point in 0..9 {
            for way in 0..60 {
                let disk = Simulated::new(Path::new("/d"));
                let count = AtomicUsize::new(0);
                let judge = move |_: Change<'_>| match count.fetch_add(1, Ordering::SeqCst) {
                    n if n < point => Verdict::Go,
                    n if n == point && way % 2 == 0 => Verdict::Half,
                    _ => Verdict::Fail(io::Error::from(io::ErrorKind::Other)),
                };
                let done = saved_twice(Arc::new(Watched::new(Arc::new(disk.clone()), Arc::new(judge))));
                let mut random = ChaCha20Rng::seed_from_u64(way);
                let kept = [Kept::Nothing, Kept::Everything, Kept::Some, Kept::Some][way as usize % 4];
                let after = disk.crash(kept, &mut || random.next_u64());
                let version = match after.is_file(Path::new("/d/state")) {
                    false => 0,
                    true => {
                        let (_, contents) = Vault::open_on(Arc::new(after), "/d/state", &right).unwrap();
                        assert!(contents.len() == 3000 && contents.iter().all(|b| *b == contents[0]));
                        contents[0]
                    }
                };
                assert!(done.is_err() || version == 2, "what was saved is there");
                assert!(point < 4 || version >= 1, "{point}: what was saved first is there");
                seen[version as usize] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 20), "{seen:?}");
    }

    #[test]
    fn a_full_disk_is_said_and_leaves_the_old_state_and_no_rest() {
        for point in 0..8 {
            for half in [false, true] {
                let disk = Simulated::new(Path::new("/d"));
                let count = AtomicUsize::new(0);
                let judge = move |change: Change<'_>| match count.fetch_add(1, Ordering::SeqCst) {
                    n if n < point || change.operation == "remove" => Verdict::Go,
                    n if n == point && half => Verdict::Half,
                    _ => Verdict::Fail(io::Error::from(io::ErrorKind::StorageFull)),
                };
                let filling = Arc::new(Watched::new(Arc::new(disk.clone()), Arc::new(judge)));
                let done = saved_twice(filling);
                if !half {
                    assert_eq!(done.err().map(|e| e.code()), Some("disk-full"));
                }
                let left = disk.list(Path::new("/d")).unwrap();
                assert!(left.iter().all(|path| path == Path::new("/d/state")), "{left:?}");
                if point >= 4 {
                    Vault::open_on(Arc::new(disk), "/d/state", &passphrase("correct horse")).unwrap();
                }
            }
        }
    }
}
