//! The stored states of the roles other than households, each in its own encrypted file: the
//! regulator's keys and register, the audit key's shares, the issuers' states. One folder has all
//! of them only because one process plays all roles.

use super::error::{io, Error};
use super::runner::{Runner, HOLDERS};
use super::seeded::{self, demonstration_passphrase};
use disk::Disk;
use ledger::OrdererKey;
use protocol::encoding::{Canonical, Reader};
use protocol::keys::Address;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wallets::issuer::{Desk, MeteringService};
use wallets::regulator::{AuditShare, PublicShares, Register, RegulatorKeys};
use wallets::serials::SerialCounter;
use wallets::storage::{Cost, Vault};
use zeroize::Zeroizing;

const FOLDER: &str = "wallets";
const REGULATOR: &str = "regulator";
/// The regulator's key for encrypted deviations, in a market that has them.
const DEVIATION: &str = "deviation-key";
/// The regulator's answers and the validators' certified vectors, in mode masked.
const ANSWERS: &str = "masked-answers";
const CERTIFIED: &str = "certified";
/// The public halves of the audit key's shares.
const PUBLIC_SHARES: &str = "audit-shares";
const METER: &str = "metering-service";
const DESK: &str = "desk";

fn holder(index: u8) -> String {
    format!("audit-share-{index}")
}

fn file(directory: &Path, role: &str) -> PathBuf {
    directory.join(FOLDER).join(format!("{role}.vault"))
}

fn storage(path: &Path) -> impl FnOnce(wallets::storage::Error) -> Error + '_ {
    move |error| Error::Storage { path: path.display().to_string(), error }
}

fn load(directory: &Path, role: &str, seed: u64) -> Result<Zeroizing<Vec<u8>>, Error> {
    let path = file(directory, role);
    wallets::storage::load(&path, &demonstration_passphrase(seed)).map_err(storage(&path))
}

/// The roles of a finished run that an audit needs. Not printable: they hold keys.
pub struct Roles {
    /// The regulator's keys.
    pub keys: RegulatorKeys,
    /// The regulator's register.
    pub register: Register,
    /// The serials of the regulator's transactions.
    pub serials: SerialCounter,
    /// The households' names, by which it knows them.
    pub names: Vec<(String, Address)>,
    /// The shares of the audit key, one for each of its [`HOLDERS`].
    pub shares: Vec<AuditShare>,
    /// The public halves of these shares.
    pub public_shares: PublicShares,
    /// The metering service.
    pub meter: MeteringService,
    /// The desk.
    pub desk: Desk,
    /// The orderer's key.
    pub orderer: OrdererKey,
}

impl Roles {
    /// Whether a finished run has left its roles in a folder.
    pub fn exist(directory: &Path) -> bool {
        file(directory, REGULATOR).is_file()
    }
    /// Reads the roles from a finished run's folder. Errors: [`Error::Storage`], also under another
    /// seed; the decoding errors of the states.
    pub fn load(directory: &Path, seed: u64) -> Result<Self, Error> {
        let RegulatorFile { keys, register, serials, names } =
            RegulatorFile::from_bytes(&load(directory, REGULATOR, seed)?)?;
        let shares = (1..=HOLDERS.1).map(|i| Ok(AuditShare::from_bytes(&load(directory, &holder(i), seed)?)?));
        Ok(Roles {
            keys,
            register,
            serials,
            names,
            shares: shares.collect::<Result<_, Error>>()?,
            public_shares: PublicShares::from_bytes(&load(directory, PUBLIC_SHARES, seed)?)?,
            meter: MeteringService::from_bytes(&load(directory, METER, seed)?)?,
            desk: Desk::from_bytes(&load(directory, DESK, seed)?)?,
            orderer: seeded::orderer(seed),
        })
    }
}

/// The contents of the regulator's file.
pub struct RegulatorFile {
    keys: RegulatorKeys,
    register: Register,
    serials: SerialCounter,
    names: Vec<(String, Address)>,
}

impl RegulatorFile {
    /// From the file's contents. Errors: those of the keys' and the register's decoding, and
    /// [`Error::Protocol`] for a bad name.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (mut input, mut names) = (Reader(bytes), Vec::new());
        let length = u32::read(&mut input)? as usize;
        let keys = RegulatorKeys::from_bytes(input.take(length)?)?;
        let length = u32::read(&mut input)? as usize;
        let register = Register::from_bytes(input.take(length)?)?;
        let serials = SerialCounter::read(&mut input)?;
        while !input.0.is_empty() {
            let length = u32::read(&mut input)? as usize;
            let name = String::from_utf8(input.take(length)?.to_vec());
            let name = name.map_err(|_| protocol::Error::Encoding("a household's name is not UTF-8"))?;
            names.push((name, Address::read(&mut input)?));
        }
        Ok(RegulatorFile { keys, register, serials, names })
    }
}

fn counted(bytes: &[u8], out: &mut Vec<u8>) {
    u32::try_from(bytes.len()).expect("what a role keeps is far below 4 GiB").write(out);
    out.extend_from_slice(bytes);
}

fn store(disk: &Arc<dyn Disk>, directory: &Path, role: &str, seed: u64, bytes: &[u8]) -> Result<(), Error> {
    let path = file(directory, role);
    let (secret, mut rng) = (demonstration_passphrase(seed), rand_core::OsRng);
    let vault = match disk.exists(&path) {
        true => Vault::open_on(disk.clone(), &path, &secret).map(|(vault, _)| vault),
        false => Vault::create_on(disk.clone(), &path, &secret, Cost::INSECURE, &mut rng),
    };
    vault.and_then(|vault| vault.save(bytes, &mut rng)).map_err(storage(&path))
}

/// Stores a finished run's issuers again: they remember the households for which they were asked.
/// Error: [`Error::Storage`].
pub fn store_issuers(directory: &Path, seed: u64, meter: &MeteringService, desk: &Desk) -> Result<(), Error> {
    let disk: Arc<dyn Disk> = Arc::new(disk::System);
    store(&disk, directory, METER, seed, &meter.to_bytes())?;
    store(&disk, directory, DESK, seed, &desk.to_bytes())
}

/// The bytes that [`RegulatorFile::from_bytes`] reads. Room for all of them is made first, so that
/// no copy of the keys stays behind in freed memory.
fn regulator_file<'a>(
    keys: &RegulatorKeys,
    register: &Register,
    serials: &SerialCounter,
    names: impl Iterator<Item = (&'a str, Address)>,
) -> Zeroizing<Vec<u8>> {
    let mut rest = Vec::new();
    counted(&register.to_bytes(), &mut rest);
    serials.write(&mut rest);
    for (name, address) in names {
        counted(name.as_bytes(), &mut rest);
        address.write(&mut rest);
    }
    let keys = keys.to_bytes();
    let mut file = Zeroizing::new(Vec::with_capacity(4 + keys.len() + rest.len()));
    counted(&keys, &mut file);
    file.extend_from_slice(&rest);
    file
}

impl Runner<'_> {
    /// Stores the roles, the regulator last: its file says that all are there. As with the
    /// households' wallets, the passphrase follows from the run's seed and protects nothing.
    pub(super) fn store_roles(&self, disk: &Arc<dyn Disk>, directory: &Path, seed: u64) -> Result<(), Error> {
        let folder = directory.join(FOLDER);
        disk::create_directories(disk.as_ref(), &folder).map_err(io(&folder))?;
        let names = self.households.iter().map(|h| (h.id.as_str(), h.wallet.address()));
        let regulator =
            regulator_file(self.regulator.keys(), self.regulator.register(), &self.regulator.serials(), names);
        let mut all: Vec<(String, Zeroizing<Vec<u8>>)> =
            self.shares.iter().map(|share| (holder(share.index()), share.to_bytes())).collect();
        all.push((PUBLIC_SHARES.into(), self.public_shares.to_bytes().into()));
        all.extend(self.deviation.iter().map(|deviation| (DEVIATION.into(), deviation.secret())));
        if let Some(roles) = &self.masked {
            all.push((ANSWERS.into(), self.regulator.answers().to_bytes().into()));
            let certified = roles.quorum.validators().map(|validator| validator.certified().to_bytes().into());
            all.extend((1..).zip(certified).map(|(n, bytes)| (format!("{CERTIFIED}-{n}"), bytes)));
        }
        all.push((METER.into(), self.meter.to_bytes()));
        all.push((DESK.into(), self.desk.to_bytes()));
        all.push((REGULATOR.into(), regulator));
        for (role, bytes) in &all {
            store(disk, directory, role, seed, bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_text_is_refused() {
        let named = |name: &[u8]| {
            let keys = RegulatorKeys::generate(&mut rand_core::OsRng);
            let file = regulator_file(&keys, &Register::default(), &SerialCounter::default(), std::iter::empty());
            assert_eq!(file.capacity(), file.len(), "a vector that grew has left copies of the keys behind");
            let mut bytes = file.to_vec();
            counted(name, &mut bytes);
            [7; 32].iter().for_each(|byte: &u8| byte.write(&mut bytes));
            RegulatorFile::from_bytes(&bytes)
        };
        assert_eq!(named("Ö".as_bytes()).map_err(|e| e.to_string()).unwrap().names[0].0, "Ö");
        let refused = named(b"\xd6").map(|_| ()).unwrap_err();
        assert!(matches!(refused, Error::Protocol(protocol::Error::Encoding(_))), "{refused}");
    }
}
