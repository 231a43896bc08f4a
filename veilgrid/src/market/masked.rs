//! A round in mode masked: the matching node masks bid after bid, validators recompute and certify, the regulator says which
//! slots are least, and in the end is told the pairs.

use super::error::Error;
use super::runner::{role_rng, NodeBlobs, Runner};
use fhe_matcher::key::MatchingPublicKey;
use fhe_matcher::mask::{MaskedScores, Masker};
use protocol::encoding::Canonical;
use protocol::ids::ChainId;
use protocol::record::Handle;
use protocol::transaction::validators::{Matching, Validators};
use protocol::units::Cycle;
use wallets::masked::{begin, check_pairs, statement, Validator};
use wallets::regulator::{Choice, MaskedRequest, Pair};
use wallets::seal::Signer;

/// Validators, and how many of them certify at least.
const VALIDATORS: (u8, u8) = (2, 3);

fn signers(seed: u64) -> Vec<Signer> {
    (0..VALIDATORS.1).map(|i| Signer::generate(&mut role_rng(seed, &format!("validator {i}")))).collect()
}

/// What a genesis says in mode masked.
pub(super) fn matching(seed: u64) -> Result<Matching, Error> {
    let keys: Vec<_> = signers(seed).iter().map(Signer::public).collect();
    Ok(Matching::Masked(Validators::new(VALIDATORS.0, &keys)?))
}

/// Who takes part in masking besides matching node and regulator.
pub struct MaskedRoles {
    pub(super) validators: Vec<Validator>,
    masker: Masker,
}

impl MaskedRoles {
    pub(super) fn new(seed: u64, chain: ChainId, key: &MatchingPublicKey) -> Self {
        let validators = signers(seed).into_iter().map(|signer| Validator::new(signer, chain)).collect();
        MaskedRoles { validators, masker: Masker::new(key) }
    }
}

impl Runner<'_> {
    /// The pairs of a round. What travels from one role to another does so as bytes, and each validator follows the round by
    /// itself.
    pub(super) fn choose_masked(&mut self, cycle: Cycle, round: u8) -> Result<Choice, Error> {
        let Some(MaskedRoles { validators, masker }) = &mut self.masked else { return Err(Error::AnotherRun) };
        let (blobs, chain) = (NodeBlobs(&self.node), self.node.state().chain());
        let (book, of) = (self.matcher.book(), (cycle, round));
        let seed = self.matcher.seed(cycle, round).ok_or(Error::AnotherRun)?;
        let loaded = book.load_masked(cycle, round, &blobs)?;
        let mut node = begin(book, chain, of, seed, &loaded)?;
        let lists = validators.iter().map(|v| v.book().load_masked(cycle, round, &blobs));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        let followed = validators.iter().zip(&lists).map(|(v, list)| begin(v.book(), chain, of, seed, list));
        let mut followed = followed.collect::<Result<Vec<_>, _>>()?;
        while node.next().is_some() {
            let scores = MaskedScores::from_bytes(&node.mask(masker)?.to_bytes())?;
            let certificates = validators.iter_mut().zip(&followed).map(|(v, of)| v.certify(of, masker, &scores));
            let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
            let asked = statement(&node, &scores)?;
            let request =
                MaskedRequest { bid: asked.bid, free: asked.free, scores: &scores, certificates: &certificates };
            let answer = self.regulator.answer(cycle, round, &request)?;
            node.answer(&answer)?;
            followed.iter_mut().try_for_each(|of| of.answer(&answer))?;
        }
        followed.iter().try_for_each(|of| check_pairs(of, node.pairs()))?;
        let pairs = node
            .pairs()
            .iter()
            .map(|pair| Ok(Pair { sell: Handle::from_bytes(&pair.offer)?, buy: Handle::from_bytes(&pair.bid)? }));
        Ok(self.regulator.take_pairs(cycle, round, &pairs.collect::<Result<Vec<_>, Error>>()?)?)
    }
}
