//! What stands in the place of `deviation` in a program that was built without it: nothing that
//! there is one of.

use super::cycle::Playing;
use super::error::Error;
use super::runner::Runner;
use crate::report::DeviationSummary;
use protocol::light::VerifiedBlock;
use protocol::record::MatchId;
use protocol::transaction::Transaction;
use protocol::units::Cycle;
use std::path::Path;
use wallets::regulator::Matches;
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

impl Runner<'_> {
    pub(super) fn encrypt_matched(&mut self, _: Cycle, _: &Matches) -> Result<Vec<Transaction>, Error> {
        Ok(Vec::new())
    }
    pub(super) fn deviate(&mut self, _: &mut Playing<'_>) -> Result<(), Error> {
        Ok(())
    }
    pub(super) fn check_verdict(&mut self, _: MatchId, _: bool) -> Result<(), Error> {
        Ok(())
    }
}
