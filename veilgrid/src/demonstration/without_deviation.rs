//! What stands in the place of `deviation` in a program that was built without it: a type of which
//! there are no values.

use super::error::Error;
use crate::report::DeviationSummary;
use protocol::ids::BlobHash;
use protocol::light::VerifiedBlock;
use std::path::Path;
use zeroize::Zeroizing;

/// There is none.
pub(super) enum Deviation {}

impl Deviation {
    /// Error: [`Error::NoDeviation`].
    pub fn load(_: &Path, _: u64) -> Result<Self, Error> {
        Err(Error::NoDeviation)
    }
    pub fn digests(&self) -> [BlobHash; 2] {
        match *self {}
    }
    pub fn blob(&self) -> Vec<u8> {
        match *self {}
    }
    pub fn secret(&self) -> Zeroizing<Vec<u8>> {
        match *self {}
    }
    pub fn scan(&mut self, _: &VerifiedBlock) {
        match *self {}
    }
    pub fn summary(&self) -> DeviationSummary {
        match *self {}
    }
}
