//! A market in mode `masked`. The bids are handled one after another, since the offers that are
//! free for a bid follow from the answers to the bids before it.

use super::Plans;
use crate::bench::error::Error;
use crate::bench::stopwatch::{timed, Took};
use fhe_matcher::ciphertext::PlanCiphertext;
use fhe_matcher::decrypt::least_slots;
use fhe_matcher::mask::{Answer, HandlePair, MaskSeed, MaskedRound, MaskedScores, Masker, RoundId};
use fhe_matcher::matching_node::ListedPlan;
use market::matching::match_round;
use protocol::ids::ChainId;
use protocol::units::Cycle;

/// What the parts of a market in mode masked took.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaskedMarket {
    /// To make all vectors and encode them.
    pub masked: Took,
    /// To make the same vectors again and compare them, as one validator does before it certifies.
    pub certified: Took,
    /// To open the least slots and find the pairs that follow.
    pub opened: Took,
    pub all: Took,
}

/// A handle that tells which plan it stands for.
fn handle(kind: u8, n: usize) -> [u8; 32] {
    let mut bytes = [kind; 32];
    bytes[..8].copy_from_slice(&(n as u64).to_le_bytes());
    bytes
}

fn listed(kind: u8, plans: &[PlanCiphertext]) -> Vec<ListedPlan> {
    let plan = |(n, plan): (usize, &PlanCiphertext)| ListedPlan { handle: handle(kind, n), ciphertext: plan.clone() };
    plans.iter().enumerate().map(plan).collect()
}

/// Measures a market of the first `size` bids and offers: every bid's vector is masked, certified
/// by one validator and opened. Error: the pairs differ from those in the clear, or a validator's
/// vector differs from the matching node's.
pub(super) fn market(plans: &Plans, size: usize, step: &mut dyn FnMut()) -> Result<MaskedMarket, Error> {
    let (bids, offers) = (listed(1, &plans.encrypted_bids[..size]), listed(2, &plans.encrypted_offers[..size]));
    let (masker, seed) = (Masker::new(&plans.public), MaskSeed::from_bytes([1; 32]));
    let round = RoundId { chain: ChainId([2; 32]), cycle: Cycle::ZERO, round: 0 };
    let mut node = MaskedRound::new(&seed, round, &bids, &offers);
    let zero = Took { clock: 0.0, processor: 0.0 };
    let (mut masked, mut certified, mut opened) = (zero, zero, zero);
    while let Some(bid) = node.next() {
        let sent = masked.add(|| node.mask(&masker).map(|vector| vector.to_bytes()))?;
        let again = certified.add(|| Ok::<_, Error>((MaskedScores::from_bytes(&sent)?, node.mask(&masker)?)))?;
        if again.0 != again.1 {
            return Err(Error::Disagrees("a validator's vector", "the matching node's"));
        }
        opened.add(|| {
            let least = least_slots(&plans.secret, &again.0).ok();
            node.answer(&Answer { bid: bid.handle, least })
        })?;
        step();
    }
    let clear = match_round(&plans.bids[..size], &plans.offers[..size]);
    let pair =
        |(bid, offer): (usize, Option<usize>)| Some(HandlePair { offer: handle(2, offer?), bid: handle(1, bid) });
    if node.pairs() != clear.into_iter().enumerate().filter_map(pair).collect::<Vec<_>>() {
        return Err(Error::Disagrees("the masked pairs", "the round in the clear"));
    }
    let mut all = zero;
    for part in [masked, certified, opened] {
        (all.clock, all.processor) = (all.clock + part.clock, all.processor + part.processor);
    }
    Ok(MaskedMarket { masked, certified, opened, all })
}

impl Took {
    /// Does the work and adds the time that it took.
    fn add<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (took, done) = timed(work);
        (self.clock, self.processor) = (self.clock + took.clock, self.processor + took.processor);
        done
    }
}
