//! The part of a run that only mode masked has: the validators that certify masks, and the matching
//! node's masker.

use super::seeded::role_rng;
use super::Error;
use crate::in_process::InProcess;
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::mask::{Masker, RoundId};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::validators::{MatchingMode, Validators};
use wallets::ledger_access::Served;
use wallets::matching_node::MatchingNode;
use wallets::regulator::{Choice, Regulator};
use wallets::seal::Signer;
use wallets::validator::MaskQuorum;

/// How many validators must certify (the first number) of those that there are (the second).
const VALIDATORS: (u8, u8) = (2, 3);

fn signers(seed: u64) -> Vec<Signer> {
    (0..VALIDATORS.1).map(|i| Signer::generate(&mut role_rng(seed, &format!("validator {i}")))).collect()
}

/// The genesis's matching mode in mode masked.
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
    pub(super) fn new(seed: u64, genesis: &Genesis, key: &MatchingPublicKey) -> Self {
        MaskedRoles { quorum: MaskQuorum::new(signers(seed), genesis), masker: Masker::new(key) }
    }

    /// The pairs of a round: the matching node makes them of the regulator's answers, and the
    /// regulator takes them.
    pub(super) fn choose(
        &mut self,
        round: &RoundId,
        matching_node: &MatchingNode,
        regulator: &mut Regulator,
        ledger: &InProcess,
    ) -> Result<Choice, Error> {
        let (MaskedRoles { quorum, masker }, blobs) = (self, Served(ledger));
        let pairs = matching_node.mask_round(quorum, masker, round, &blobs, |request| {
            Ok::<_, Error>(regulator.answer(round.cycle, round.round, request)?)
        })?;
        Ok(regulator.take_pairs(round.cycle, round.round, &pairs)?)
    }
}
