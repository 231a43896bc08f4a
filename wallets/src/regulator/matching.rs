//! Matching in mode `open` (docs/protocol/30-matching.md): scores are opened, then the terms of the
//! pairs that won, each after its entry on the ledger. Once the regulator has posted its
//! transcript, the pairs follow from it: see [`fhe_matcher::pairing`]. No loser's terms are ever
//! decrypted: [`Regulator::make_matches`] knows only chosen pairs.

use super::{Error, Regulator};
use crate::opening::{seal_match, MatchOpening, SealedMatch};
use crate::order_book::handle_bytes;
use crate::seal::{blinding, small};
use crate::Blobs;
use fhe_matcher::decrypt::open_scores_in;
use fhe_matcher::matching_node::ListedPlan;
pub use fhe_matcher::pairing::Pair;
use fhe_matcher::pairing::{Ranking, Rankings};
use fhe_matcher::score::OfferBook;
use protocol::elgamal::Role;
use protocol::encoding::{digest, Canonical};
use protocol::ids::Height;
use protocol::record::{Handle, MatchId};
use protocol::transaction::body::{Match, Purpose, Transcript};
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy, Price};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

const MARKET_COURSE: [u8; 32] = [0; 32];

/// Something that should not have happened. The market goes on without the plan or the pair; people
/// look into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incident {
    /// The matching node posted nothing for this bid.
    #[error("no scores were posted for {0}")]
    ScoresMissing(Handle),
    /// The posted scores do not follow from the ledger's ciphertexts. Nothing was decrypted.
    #[error("the scores posted for {0} are wrong")]
    ScoresWrong(Handle),
    /// The bid's vector does not decrypt to scores: some plan's ciphertext encrypts no plan.
    #[error("the scores of {0} are none")]
    NotScores(Handle),
    /// A plan's blob is no ciphertext.
    #[error("the ciphertext of {0} is malformed")]
    Malformed(Handle),
    /// The terms of the pair do not fit each other, or the grid, though the scores say so.
    #[error("the terms of {} and {} contradict their scores", .0.sell, .0.buy)]
    Contradiction(Pair),
    /// The matching node's bit of this trade's deviation is not the one that follows from the
    /// ledger's ciphertexts.
    #[error("the deviation posted for {} is wrong", Handle(.0.0))]
    DeviationWrong(MatchId),
}

impl Incident {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Incident::ScoresMissing(_) => "scores-missing",
            Incident::ScoresWrong(_) => "scores-wrong",
            Incident::NotScores(_) => "not-scores",
            Incident::Malformed(_) => "malformed-ciphertext",
            Incident::Contradiction(_) => "contradiction",
            Incident::DeviationWrong(_) => "deviation-wrong",
        }
    }
}

/// The choice that follows from a round's scores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Each buyer's feasible sellers, in the order of its preference.
    pub rankings: Rankings,
    /// The incidents that came up.
    pub incidents: Vec<Incident>,
}

/// The matches of a round, and the pairs that gave none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Match transactions, in the buyers' order.
    pub transactions: Vec<Transaction>,
    /// The matched volume of each, for the encrypted deviation.
    pub volumes: Vec<(MatchId, Energy)>,
    /// The incidents that came up.
    pub incidents: Vec<Incident>,
}

/// Volume and price of a plan.
struct Terms {
    volume: Energy,
    price: Price,
}

impl Regulator {
    /// Checks that the round is the cycle's latest.
    pub(super) fn require_current(&self, cycle: Cycle, round: u8) -> Result<(), Error> {
        match self.book.last_round(cycle) {
            None => Err(Error::UnknownRound),
            Some(last) if last < round => Err(Error::UnknownRound),
            Some(last) if last > round => Err(Error::RoundOver),
            Some(_) => Ok(()),
        }
    }

    fn bids_to_serve(&self, cycle: Cycle, round: u8) -> Result<Vec<Handle>, Error> {
        let plans = self.book.round(cycle, round).ok_or(Error::UnknownRound)?;
        if plans.offers.is_empty() {
            return Ok(Vec::new());
        }
        Ok(plans.bids.iter().copied().filter(|b| self.book.is_listed(*b)).collect())
    }

    /// Step 1: the Opens of the round's score vectors, one for each buy plan. Errors:
    /// [`Error::UnknownRound`], [`Error::RoundOver`].
    pub fn open_scores(&mut self, cycle: Cycle, round: u8, expiry: Height) -> Result<Vec<Transaction>, Error> {
        self.require_current(cycle, round)?;
        let bids = self.bids_to_serve(cycle, round)?;
        let zero = Fr::from(0u64);
        Ok(bids
            .into_iter()
            .map(|b| self.announce(expiry, Purpose::Scores, (cycle, round), (b.0, zero), MARKET_COURSE))
            .collect())
    }

    /// Step 2, once the Opens are on the ledger: recomputes every score vector from the ledger's
    /// ciphertexts, opens those that the matching node posted correctly, and ranks each buyer's
    /// feasible sellers by (score, place in the list). Asked again, it answers the same without
    /// decrypting. Errors: [`Error::NotOpened`] before anything is decrypted;
    /// [`Error::MissingBlob`]; [`Error::WrongMode`].
    pub fn choose(&mut self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<Choice, Error> {
        if self.matching_mode != MatchingMode::Open {
            return Err(Error::WrongMode);
        }
        self.require_current(cycle, round)?;
        for bid in self.bids_to_serve(cycle, round)? {
            self.require_announced(Purpose::Scores, (cycle, round), (bid.0, Fr::from(0u64)))?;
        }
        self.rank(cycle, round, blobs)
    }

    /// The document behind a posted transcript, for auditors of the round's pairs
    /// (`fhe_matcher::pairing`): it has each buyer's order of preference among the sellers, so
    /// nobody else may have it. A regulator that was restarted opens the scores again, under the
    /// Opens of that time. Errors: [`Error::NoTranscript`]; [`Error::OtherTranscript`] when opening
    /// again gives another document, because scores came between the making and the posting of the
    /// first; [`Error::MissingBlob`].
    pub fn rankings(&mut self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<Rankings, Error> {
        self.book.transcript(cycle, round).ok_or(Error::NoTranscript)?;
        let rankings = self.rank(cycle, round, blobs)?.rankings;
        self.require_posted(cycle, round, &rankings)?;
        Ok(rankings)
    }

    /// The choice that follows from the announced and posted scores. A plan that is not listed any
    /// more is ranked all the same, so that the answer does not depend on when it is asked for.
    fn rank(&mut self, cycle: Cycle, round: u8, blobs: &impl Blobs) -> Result<Choice, Error> {
        if let Some(choice) = self.rounds.get(&(cycle, round)) {
            return Ok(choice.clone());
        }
        let plans = self.book.round(cycle, round).ok_or(Error::UnknownRound)?.clone();
        let loaded = self.book.load(cycle, round, blobs)?;
        let mut choice = Choice::default();
        choice.rankings.blinding = self.transcript_blinding(cycle, round);
        choice.incidents.extend(loaded.malformed.iter().map(|h| Incident::Malformed(*h)));
        // Offers with malformed ciphertexts have a place in the round and no score.
        let scored = (0..).zip(&plans.offers).filter(|(_, offer)| !loaded.malformed.contains(offer));
        let places: Vec<u32> = scored.map(|(place, _)| place).collect();
        let packed = OfferBook::new(&loaded.offers);
        for bid in plans.bids {
            let mut offers = Vec::new();
            let announced = self.require_announced(Purpose::Scores, (cycle, round), (bid.0, Fr::from(0u64)));
            let plan = loaded.bids.iter().find(|p| p.handle == handle_bytes(bid));
            if let (Ok(()), Some(plan), false) = (announced, plan, places.is_empty()) {
                match self.score_vector(cycle, round, bid, plan, &packed) {
                    Ok(scores) => {
                        let mut feasible: Vec<(u32, u32)> = scores
                            .into_iter()
                            .zip(&places)
                            .filter_map(|(score, place)| Some((score?, *place)))
                            .collect();
                        feasible.sort_unstable();
                        offers.extend(feasible.into_iter().map(|(_, place)| place));
                    }
                    Err(incident) => choice.incidents.push(incident),
                }
            }
            choice.rankings.bids.push(Ranking { bid, offers });
        }
        self.rounds.insert((cycle, round), choice.clone());
        Ok(choice)
    }

    /// The blinding that hides a document behind its digest. Nobody else can compute it, and a
    /// restarted regulator computes it again.
    pub(super) fn transcript_blinding(&self, cycle: Cycle, round: u8) -> [u8; 32] {
        let of = [&self.chain.0[..], &cycle.to_bytes(), &[round]].concat();
        let secret = Zeroizing::new([&self.keys.signer.expose()[..], &of].concat());
        digest("veilgrid/transcript-blinding/1", &secret)
    }

    /// Step 3: commits to the rankings on the ledger before anybody is paired. The pairs follow
    /// from them, and from the plans that are listed when the transcript is accepted. Errors:
    /// [`Error::NotChosen`]; [`Error::RoundOver`] when the round has a transcript.
    pub fn transcript(&mut self, cycle: Cycle, round: u8, expiry: Height) -> Result<Transaction, Error> {
        self.require_current(cycle, round)?;
        if self.book.transcript(cycle, round).is_some() {
            return Err(Error::RoundOver);
        }
        let choice = self.rounds.get(&(cycle, round)).ok_or(Error::NotChosen)?;
        let digest = choice.rankings.digest((self.chain, cycle, round));
        let answers = match self.matching_mode {
            MatchingMode::Open => [0; 32],
            MatchingMode::Masked(_) => self.answers_digest(cycle, round),
        };
        Ok(self.seal(expiry, |serial| Body::Transcript(Transcript { serial, cycle, round, digest, answers })))
    }

    /// Checks that these rankings are those of the posted transcript.
    fn require_posted(&self, cycle: Cycle, round: u8, rankings: &Rankings) -> Result<(), Error> {
        let posted = self.book.transcript(cycle, round).ok_or(Error::NoTranscript)?;
        if posted.digest != rankings.digest((self.chain, cycle, round)) {
            return Err(Error::OtherTranscript);
        }
        Ok(())
    }

    fn score_vector(
        &mut self,
        cycle: Cycle,
        round: u8,
        bid: Handle,
        plan: &ListedPlan,
        offers: &OfferBook,
    ) -> Result<Vec<Option<u32>>, Incident> {
        let posted = self.book.scores(cycle, round, bid).ok_or(Incident::ScoresMissing(bid))?;
        match open_scores_in(&self.keys.matching_secret, offers, &plan.ciphertext, posted) {
            Ok(scores) => {
                self.decryptions.scores += 1;
                Ok(scores)
            }
            Err(fhe_matcher::Error::DigestMismatch) => Err(Incident::ScoresWrong(bid)),
            Err(_) => {
                self.decryptions.scores += 1;
                Err(Incident::NotScores(bid))
            }
        }
    }

    /// The round's pairs, which follow from the transcript. Errors: [`Error::NotChosen`],
    /// [`Error::NoTranscript`], [`Error::OtherTranscript`].
    pub fn pairs(&self, cycle: Cycle, round: u8) -> Result<Vec<Pair>, Error> {
        self.require_current(cycle, round)?;
        let rankings = &self.rounds.get(&(cycle, round)).ok_or(Error::NotChosen)?.rankings;
        self.require_posted(cycle, round, rankings)?;
        let plans = self.book.round(cycle, round).ok_or(Error::UnknownRound)?;
        plans.pairs(rankings).ok_or(Error::NoTranscript)
    }

    /// The round's pairs that are not matched on the ledger yet. Errors: those of [`Self::pairs`];
    /// [`Error::RoundOver`] when such a plan is not listed any more, since only gate closure takes
    /// it out of the round.
    fn unmatched(&self, cycle: Cycle, round: u8) -> Result<Vec<Pair>, Error> {
        let made = &self.book.round(cycle, round).ok_or(Error::UnknownRound)?.matches;
        let pairs: Vec<Pair> = self.pairs(cycle, round)?.into_iter().filter(|pair| !made.contains(pair)).collect();
        match pairs.iter().all(|pair| self.book.is_listed(pair.sell) && self.book.is_listed(pair.buy)) {
            true => Ok(pairs),
            false => Err(Error::RoundOver),
        }
    }

    /// Step 4, once the transcript is on the ledger: the Opens of the winning pairs' terms, `first`
    /// the sell plan, `second` the buy plan; of those that are neither opened nor matched yet.
    /// Errors: those of [`Self::pairs`]; [`Error::RoundOver`] after gate closure.
    pub fn open_terms(&mut self, cycle: Cycle, round: u8, expiry: Height) -> Result<Vec<Transaction>, Error> {
        let mut pairs = self.unmatched(cycle, round)?;
        pairs.retain(|p| self.require_announced(Purpose::Terms, (cycle, round), (p.sell.0, p.buy.0)).is_err());
        Ok(pairs
            .into_iter()
            .map(|p| self.announce(expiry, Purpose::Terms, (cycle, round), (p.sell.0, p.buy.0), MARKET_COURSE))
            .collect())
    }

    /// Step 5, once those Opens are on the ledger: decrypts the pairs' terms, sets v_m and p_m, and
    /// encrypts the opening of MR to both sides. Asked again while the round lasts, it makes the matches
    /// that are not on the ledger yet, so a regulator that was stopped goes on with the rest.
    /// Errors: those of [`Self::open_terms`], [`Error::NotOpened`] before anything is decrypted.
    pub fn make_matches<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        cycle: Cycle,
        round: u8,
        expiry: Height,
    ) -> Result<Matches, Error> {
        let pairs = self.unmatched(cycle, round)?;
        for pair in &pairs {
            self.require_announced(Purpose::Terms, (cycle, round), (pair.sell.0, pair.buy.0))?;
        }
        let mut matches = Matches::default();
        for pair in pairs {
            match self.agree(rng, cycle, pair)? {
                None => matches.incidents.push(Incident::Contradiction(pair)),
                Some(opening) => {
                    let Pair { sell, buy } = pair;
                    let keys = [sell, buy].map(|h| self.book.plan_key(h).expect("listed"));
                    let terms_key = self.keys.terms.public().point();
                    let made = seal_match(rng, &terms_key, keys, sell, &opening);
                    let SealedMatch { match_id, c1, terms, seller, buyer } = made;
                    matches.volumes.push((match_id, opening.volume));
                    matches.transactions.push(self.seal(expiry, |serial| {
                        Body::Match(Match { serial, cycle, round, match_id, sell, buy, c1, terms, seller, buyer })
                    }));
                }
            }
        }
        Ok(matches)
    }

    /// v_m, p_m and a fresh r_m for a pair, as the seller will read them. None when the terms do
    /// not fit: the plans' ciphertexts are not those of their commitments.
    fn agree<R: RngCore + CryptoRng>(
        &mut self,
        rng: &mut R,
        cycle: Cycle,
        pair: Pair,
    ) -> Result<Option<MatchOpening>, Error> {
        let market = self.book.cycle(cycle).ok_or(Error::UnknownRound)?.market;
        let (Some(sell), Some(buy)) = (self.terms(pair.sell)?, self.terms(pair.buy)?) else { return Ok(None) };
        let (Ok(ask), Ok(limit)) = (market.grid.tick(sell.price), market.grid.tick(buy.price)) else {
            return Ok(None);
        };
        let volume = sell.volume.min(buy.volume);
        if ask > limit || volume == Energy::ZERO {
            return Ok(None);
        }
        let price = market.grid.price(market.price_rule.tick(ask, limit));
        Ok(Some(MatchOpening { other: pair.buy, volume, price, cycle, blinding: blinding(rng) }))
    }

    /// Decrypts a plan's terms. None when they are out of range, which the plan's proof rules out.
    fn terms(&mut self, handle: Handle) -> Result<Option<Terms>, Error> {
        let plan = self.plans.get(&handle).ok_or(Error::UnknownPlan)?;
        self.decryptions.terms += 1;
        let opened = self.keys.terms.decrypt(Role::Terms, handle.0, plan.c1, &plan.terms);
        let Ok([volume, price]) = opened else { return Ok(None) };
        let volume = small(volume).and_then(|v| Energy::new(v).ok());
        let price = small(price).and_then(|p| Price::new(p).ok());
        Ok(volume.zip(price).map(|(volume, price)| Terms { volume, price }))
    }
}
