//! `ledger.head`: how far the ledger had come, in a file beside the database. Damage can make a
//! database fall back to an older state that is whole in itself; this file shows that the last
//! blocks are gone.
//!
//! `veilgrid-head/1 | height 8 | block hash 32 | digest of what is before 32`, replaced after each
//! block. After a crash it may be one block behind, or missing before the second block.

use super::StoreError;
use crate::block::BlockHash;
use disk::{Access, Disk};
use protocol::encoding::digest;
use protocol::ids::Height;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 15] = b"veilgrid-head/1";
const SIZE: usize = MAGIC.len() + 8 + 32 + 32;
const FILE: &str = "ledger.head";

/// The last block that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height; 0 before the first.
    pub height: Height,
    /// Its hash.
    pub block: BlockHash,
}

pub(super) fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}

fn sum(bytes: &[u8]) -> [u8; 32] {
    digest("veilgrid/head/1", bytes)
}

impl Head {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &self.height.0.to_le_bytes(), &self.block.0].concat();
        let sum = sum(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (fields, digest) = bytes.split_at_checked(SIZE - 32)?;
        let fields = fields.strip_prefix(MAGIC)?;
        let (height, block) = fields.split_first_chunk::<8>()?;
        let head = Head { height: Height(u64::from_le_bytes(*height)), block: BlockHash(block.try_into().ok()?) };
        (sum(&bytes[..SIZE - 32])[..] == *digest).then_some(head)
    }
    /// The mark in a directory; None where there is none.
    pub(crate) fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<Self>, StoreError> {
        let path = path(directory);
        match disk.read(&path, SIZE as u64) {
            Ok(bytes) => Self::decode(&bytes).map(Some).ok_or(StoreError::DamagedHead),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::file(&path)(error)),
        }
    }
    pub(crate) fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), StoreError> {
        let path = path(directory);
        disk::replace(disk, &path.with_extension("head.part"), &path, &self.encode(), Access::Usual)
            .map_err(StoreError::file(&path))
    }
}
