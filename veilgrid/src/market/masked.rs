//! The part of a run that only mode masked has: the validators that certify masks, and what the
//! matching node masks with.

use super::runner::{role_rng, Runner};
use super::Error;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::mask::{Masker, Round};
use protocol::ids::ChainId;
use protocol::transaction::validators::{MatchingMode, Validators};
use protocol::units::Cycle;
use wallets::ledger_access::Served;
use wallets::regulator::Choice;
use wallets::seal::Signer;
use wallets::validator::MaskQuorum;

/// Of so many validators (the second number) so many must certify (the first).
const VALIDATORS: (u8, u8) = (2, 3);

fn signers(seed: u64) -> Vec<Signer> {
    (0..VALIDATORS.1).map(|i| Signer::generate(&mut role_rng(seed, &format!("validator {i}")))).collect()
}

/// What a genesis says in mode masked.
pub(super) fn matching(seed: u64) -> Result<MatchingMode, Error> {
    let keys: Vec<_> = signers(seed).iter().map(Signer::public).collect();
    Ok(MatchingMode::Masked(Validators::new(VALIDATORS.0, &keys)?))
}

/// The roles that take part in masking besides the matching node and the regulator.
pub struct MaskedRoles {
    pub(super) quorum: MaskQuorum,
    masker: Masker,
}

impl MaskedRoles {
    pub(super) fn new(seed: u64, chain: ChainId, key: &MatchingPublicKey) -> Self {
        MaskedRoles { quorum: MaskQuorum::new(signers(seed), chain), masker: Masker::new(key) }
    }
}

impl Runner<'_> {
    /// The pairs of a round: the matching node makes them of the regulator's answers, and the
    /// regulator takes them.
    pub(super) fn choose_masked(&mut self, cycle: Cycle, round: u8) -> Result<Choice, Error> {
        let Some(MaskedRoles { quorum, masker }) = &mut self.masked else { return Err(Error::AnotherRun) };
        let (of, blobs) = (Round { chain: self.chain, cycle, round }, Served(&self.ledger));
        let regulator = &mut self.regulator;
        let pairs = self.matching_node.mask_round(quorum, masker, &of, &blobs, |request| {
            Ok::<_, Error>(regulator.answer(cycle, round, request)?)
        })?;
        Ok(self.regulator.take_pairs(cycle, round, &pairs)?)
    }
}
