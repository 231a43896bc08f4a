//! Matching in mode `masked` (docs/protocol/30-matching.md): the matching node sends one masked
//! vector for each bid, which validators certify, and the regulator answers with its least slots.
//! The regulator does not learn whose slots they are; in the end it is told the pairs alone. It signs
//! its answers, since the matching node passes them on to the validators.

use super::{Choice, Error, Incident, Pair, Regulator};
use fhe_matcher::decrypt::least_slots;
use fhe_matcher::mask::MaskedScores;
use fhe_matcher::pairing::{Ranking, Rankings};
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::transaction::masked_answer::{answers_digest, MaskedAnswer, SignedAnswer};
use protocol::transaction::validators::{MaskCertificate, MaskStatement, MatchingMode};
use protocol::units::Cycle;
use protocol::Fr;
use std::collections::BTreeSet;

/// The matching node's question about one bid.
#[derive(Clone, Copy, Debug)]
pub struct MaskedRequest<'a> {
    /// The buy plan.
    pub bid: Handle,
    /// Digest of the list of free offers.
    pub free: [u8; 32],
    /// The masked score vector.
    pub scores: &'a MaskedScores,
    /// The validators' certificates.
    pub certificates: &'a [MaskCertificate],
}

impl Regulator {
    /// Gives the least slots of a bid's masked vector, or says that the vector has no scores, and signs
    /// the answer. Asked again about the same vector, it gives the same answer without decrypting. Store
    /// [`Self::answers`] before sending the answer. Nothing is decrypted before the round's mask
    /// and the Open of the bid's scores are on the ledger and enough validators have certified this
    /// very vector. Errors: [`Error::WrongMode`], [`Error::NoMask`], [`Error::UnknownPlan`] for a
    /// bid that takes no part, [`Error::NotOpened`], [`Error::NotCertified`],
    /// [`Error::AnsweredOtherwise`]; [`Error::RoundOver`], also once pairs were told.
    pub fn answer(&mut self, cycle: Cycle, round: u8, request: &MaskedRequest<'_>) -> Result<SignedAnswer, Error> {
        let MatchingMode::Masked(validators) = self.matching_mode else { return Err(Error::WrongMode) };
        self.require_current(cycle, round)?;
        let masked = self.book.masked(cycle, round).ok_or(Error::NoMask)?;
        if !masked.plans.bids.contains(&request.bid) {
            return Err(Error::UnknownPlan);
        }
        self.require_announced(Purpose::Scores, (cycle, round), (request.bid.0, Fr::from(0u64)))?;
        let MaskedRequest { bid, free, scores, certificates } = *request;
        let digest = scores.digest();
        let statement = MaskStatement { chain: self.chain, cycle, round, bid, free, scores: digest };
        if !validators.certify(&statement, certificates) {
            return Err(Error::NotCertified);
        }
        let of = (self.chain, cycle, round);
        let given = self.answers.0.entry((cycle, round)).or_default();
        if let Some(earlier) = given.iter().find(|earlier| earlier.bid == bid) {
            return match earlier.scores == digest {
                true => Ok(self.keys.signer.answer(of, earlier.clone())),
                false => Err(Error::AnsweredOtherwise),
            };
        }
        if self.rounds.contains_key(&(cycle, round)) {
            return Err(Error::RoundOver);
        }
        self.decryptions.scores += 1;
        let least = least_slots(&self.keys.matching_secret, scores).ok();
        let answer = MaskedAnswer { bid, scores: digest, least };
        given.push(answer.clone());
        Ok(self.keys.signer.answer(of, answer))
    }

    /// Takes the pairs that the matching node made of the answers, in the buyers' order. The
    /// regulator cannot check the pairs against the masks; validators can. It checks that each pair
    /// is of an answered bid and an offer of the round, none twice. In the round's document each
    /// bid then ranks the one offer that was told for it, and the round goes on as in mode open:
    /// the transcript binds the regulator to these pairs. Told the same pairs again, it gives the
    /// same choice. Errors: [`Error::WrongMode`], [`Error::NoMask`], [`Error::WrongPairs`],
    /// [`Error::RoundOver`].
    pub fn take_pairs(&mut self, cycle: Cycle, round: u8, pairs: &[Pair]) -> Result<Choice, Error> {
        let MatchingMode::Masked(_) = self.matching_mode else { return Err(Error::WrongMode) };
        self.require_current(cycle, round)?;
        let plans = &self.book.masked(cycle, round).ok_or(Error::NoMask)?.plans;
        let given = self.answers.of((cycle, round));
        let mut answered = given.iter().filter(|a| a.least.is_some()).map(|a| a.bid);
        if !pairs.iter().all(|pair| answered.any(|bid| bid == pair.buy)) {
            return Err(Error::WrongPairs("each is of a bid that was answered, in the order of the answers"));
        }
        let sold: BTreeSet<Handle> = pairs.iter().map(|pair| pair.sell).collect();
        if sold.len() != pairs.len() || !sold.iter().all(|sell| plans.offers.contains(sell)) {
            return Err(Error::WrongPairs("each has an offer of the round of its own"));
        }
        let of_round = self.book.round(cycle, round).ok_or(Error::UnknownRound)?;
        let rank = |bid: &Handle| {
            let told = pairs.iter().filter(|pair| pair.buy == *bid);
            let place = |pair: &Pair| (0..).zip(&of_round.offers).find(|(_, offer)| **offer == pair.sell);
            Ranking { bid: *bid, offers: told.filter_map(|pair| Some(place(pair)?.0)).collect() }
        };
        let bids = of_round.bids.iter().map(rank).collect();
        let rankings = Rankings { blinding: self.transcript_blinding(cycle, round), bids };
        if let Some(choice) = self.rounds.get(&(cycle, round)) {
            return match choice.rankings == rankings {
                true => Ok(choice.clone()),
                false => Err(Error::WrongPairs("others were told before")),
            };
        }
        let none = given.iter().filter(|a| a.least.is_none()).map(|a| Incident::NotScores(a.bid));
        let choice = Choice { rankings, incidents: none.collect() };
        self.rounds.insert((cycle, round), choice.clone());
        Ok(choice)
    }

    /// Digest of the answers in a masked round, which the round's transcript names.
    pub fn answers_digest(&self, cycle: Cycle, round: u8) -> [u8; 32] {
        answers_digest((self.chain, cycle, round), self.answers.of((cycle, round)))
    }
}
