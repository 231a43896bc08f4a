//! The regulator's answers to masked vectors. It signs each, so whoever passes an answer on cannot
//! change it, and two answers to one vector convict the regulator. Answers are sent directly and are
//! never on the ledger. Their digest stands in the round's transcript (docs/protocol/30-matching.md).

use crate::encoding::{digest, Canonical, Reader};
use crate::ids::ChainId;
use crate::record::Handle;
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::units::Cycle;
use crate::Error;

/// Stands in the place of the number of least slots for a vector without scores. No vector has so
/// many.
const NO_SCORES: u16 = u16::MAX;

/// What the regulator answers to one masked vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedAnswer {
    /// Handle of the buy plan.
    pub bid: Handle,
    /// Digest of the answered vector.
    pub scores: [u8; 32],
    /// All least slots, in order; None if the vector has no scores. At most 65,534.
    pub least: Option<Vec<u16>>,
}

impl MaskedAnswer {
    /// Appends handle, digest of the vector, number of least slots (2) and the slots (2 each): 65,535
    /// and no slots for a vector without scores. Panics for 65,535 slots or more.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.bid.write(out);
        self.scores.write(out);
        let number = |slots: &Vec<u16>| {
            let number = u16::try_from(slots.len()).ok().filter(|n| *n != NO_SCORES);
            number.expect("a vector has fewer slots")
        };
        self.least.as_ref().map_or(NO_SCORES, number).write(out);
        self.least.iter().flatten().for_each(|slot| slot.write(out));
    }
    /// An answer from its bytes. Error: [`Error::Encoding`].
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let (bid, scores, number) = (Handle::read(input)?, <[u8; 32]>::read(input)?, u16::read(input)?);
        let mut slots = || (0..number).map(|_| u16::read(input)).collect::<Result<_, _>>();
        Ok(MaskedAnswer { bid, scores, least: (number != NO_SCORES).then(&mut slots).transpose()? })
    }
}

/// Digest of a round's answers, in the order in which they were given. The transcript names it in mode
/// masked. Nobody finds the slots from it by trying: the vectors' digests are not public.
pub fn answers_digest<'a>(
    (chain, cycle, round): (ChainId, Cycle, u8),
    answers: impl IntoIterator<Item = &'a MaskedAnswer>,
) -> [u8; 32] {
    let mut bytes = chain.to_bytes();
    cycle.write(&mut bytes);
    round.write(&mut bytes);
    answers.into_iter().for_each(|answer| answer.write(&mut bytes));
    digest("veilgrid/masked-answers/1", &bytes)
}

/// An answer with the regulator's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAnswer {
    /// The chain that the round is on.
    pub chain: ChainId,
    /// The market cycle.
    pub cycle: Cycle,
    /// The round of matching, from 0.
    pub round: u8,
    /// What the regulator answers.
    pub answer: MaskedAnswer,
    /// Its Ed25519 signature of [`SignedAnswer::message`].
    pub signature: [u8; SIGNATURE_BYTES],
}

/// What two answers with good signatures convict the regulator of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFault {
    /// It gave two answers to one vector.
    TwoAnswers,
    /// It answered two vectors of one bid in a round.
    TwoVectors,
}

impl SignedAnswer {
    /// The message that the regulator signs: a domain, then chain, cycle, round and answer.
    pub fn message((chain, cycle, round): (ChainId, Cycle, u8), answer: &MaskedAnswer) -> Vec<u8> {
        let mut message = b"veilgrid/masked-answer/1\0".to_vec();
        chain.write(&mut message);
        cycle.write(&mut message);
        round.write(&mut message);
        answer.write(&mut message);
        message
    }
    /// Checks that the regulator with this key gave the answer. Errors: [`Error::Key`],
    /// [`Error::Signature`].
    pub fn verify(&self, regulator: &SigningKey) -> Result<(), Error> {
        let of = (self.chain, self.cycle, self.round);
        regulator.verify_message(&Self::message(of, &self.answer), &self.signature)
    }
    /// What this answer and another one convict the regulator of; None where they can both be right:
    /// they are the same, or of different bids, rounds, cycles or chains. Errors: those of
    /// [`Self::verify`], for either; such evidence convicts nobody.
    pub fn convicts(&self, other: &SignedAnswer, regulator: &SigningKey) -> Result<Option<AnswerFault>, Error> {
        self.verify(regulator)?;
        other.verify(regulator)?;
        let of = |one: &SignedAnswer| (one.chain, one.cycle, one.round, one.answer.bid);
        Ok(match of(self) == of(other) {
            false => None,
            true if self.answer.scores != other.answer.scores => Some(AnswerFault::TwoVectors),
            true => (self.answer.least != other.answer.least).then_some(AnswerFault::TwoAnswers),
        })
    }
    /// The encoding in which an answer travels and is kept as evidence: chain, cycle, round, answer,
    /// signature.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.chain.to_bytes();
        self.cycle.write(&mut out);
        self.round.write(&mut out);
        self.answer.write(&mut out);
        self.signature.write(&mut out);
        out
    }
    /// An answer from exactly the bytes that [`Self::to_bytes`] gave. The signature is not checked.
    /// Error: [`Error::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        let (chain, cycle, round) = (Canonical::read(&mut input)?, Canonical::read(&mut input)?, u8::read(&mut input)?);
        let (answer, signature) = (MaskedAnswer::read(&mut input)?, Canonical::read(&mut input)?);
        match input.0.is_empty() {
            true => Ok(SignedAnswer { chain, cycle, round, answer, signature }),
            false => Err(Error::Encoding("too long for an answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fr;
    use ed25519_dalek::Signer;

    const OF: (ChainId, Cycle, u8) = (ChainId([3; 32]), Cycle::ZERO, 2);

    fn key(n: u8) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[n; 32])
    }

    fn regulator() -> SigningKey {
        SigningKey(key(1).verifying_key().to_bytes())
    }

    fn answer(bid: u64, scores: u8, least: Option<&[u16]>) -> MaskedAnswer {
        MaskedAnswer { bid: Handle(Fr::from(bid)), scores: [scores; 32], least: least.map(<[u16]>::to_vec) }
    }

    fn signed(by: u8, of: (ChainId, Cycle, u8), answer: MaskedAnswer) -> SignedAnswer {
        let signature = key(by).sign(&SignedAnswer::message(of, &answer)).to_bytes();
        SignedAnswer { chain: of.0, cycle: of.1, round: of.2, answer, signature }
    }

    #[test]
    fn a_signature_is_of_every_part_of_its_answer() {
        let good = signed(1, OF, answer(5, 6, Some(&[1, 9])));
        assert_eq!(good.verify(&regulator()), Ok(()));
        assert_eq!(SignedAnswer::from_bytes(&good.to_bytes()), Ok(good.clone()));
        let with = |change: fn(&mut SignedAnswer)| {
            let mut changed = good.clone();
            change(&mut changed);
            changed
        };
        let wrong = [
            with(|a| a.chain = ChainId([4; 32])),
            with(|a| a.cycle = Cycle::new(1).unwrap()),
            with(|a| a.round = 3),
            with(|a| a.answer.bid = Handle(Fr::from(6u64))),
            with(|a| a.answer.scores = [7; 32]),
            with(|a| a.answer.least = Some(vec![1])),
            with(|a| a.answer.least = Some(vec![1, 8])),
            with(|a| a.answer.least = None),
            signed(2, OF, answer(5, 6, Some(&[1, 9]))),
        ];
        for (i, wrong) in wrong.iter().enumerate() {
            assert_eq!(wrong.verify(&regulator()), Err(Error::Signature), "{i}");
        }
        let bytes = good.to_bytes();
        assert!(SignedAnswer::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
        assert!((0..bytes.len()).all(|end| SignedAnswer::from_bytes(&bytes[..end]).is_err()));
        // The frozen encoding and its message.
        assert_eq!(bytes.len(), 32 + 4 + 1 + 32 + 32 + 2 + 4 + 64);
        let message = SignedAnswer::message(OF, &good.answer);
        assert_eq!(message, [b"veilgrid/masked-answer/1\0", &bytes[..bytes.len() - 64]].concat());
        assert_eq!(digest("test", &message)[..4], FROZEN);
    }
    const FROZEN: [u8; 4] = [188, 48, 183, 179];

    #[test]
    fn two_answers_to_one_vector_convict_the_regulator_and_nobody_else() {
        let first = signed(1, OF, answer(5, 6, Some(&[1])));
        let convicts = |second: &SignedAnswer| {
            let found = first.convicts(second, &regulator());
            assert_eq!(found, second.convicts(&first, &regulator()), "in either order");
            found
        };
        for least in [Some(&[1, 2][..]), Some(&[2]), Some(&[]), None] {
            assert_eq!(convicts(&signed(1, OF, answer(5, 6, least))), Ok(Some(AnswerFault::TwoAnswers)));
        }
        for least in [Some(&[1][..]), None] {
            assert_eq!(convicts(&signed(1, OF, answer(5, 7, least))), Ok(Some(AnswerFault::TwoVectors)));
        }
        // The same answer, and answers about something else.
        let (chain, cycle, round) = OF;
        let innocent = [
            first.clone(),
            signed(1, OF, answer(6, 6, None)),
            signed(1, (chain, cycle, round + 1), answer(5, 6, None)),
            signed(1, (chain, Cycle::new(1).unwrap(), round), answer(5, 6, None)),
            signed(1, (ChainId([4; 32]), cycle, round), answer(5, 6, None)),
        ];
        for other in &innocent {
            assert_eq!(convicts(other), Ok(None), "{other:?}");
        }
        // An answer that the regulator did not sign convicts nobody.
        assert_eq!(convicts(&signed(2, OF, answer(5, 6, None))), Err(Error::Signature));
    }

    #[test]
    fn the_digest_is_of_all_answers_in_their_order() {
        let all = [answer(5, 6, Some(&[1])), answer(7, 8, None)];
        let of = |answers: &[MaskedAnswer]| answers_digest(OF, answers);
        let (chain, cycle, round) = OF;
        let mut found = vec![of(&all), of(&all[..1]), of(&[]), of(&[all[1].clone(), all[0].clone()])];
        found.push(answers_digest((chain, cycle, round + 1), &all));
        found.push(of(&[answer(5, 6, Some(&[2])), all[1].clone()]));
        let different: std::collections::BTreeSet<_> = found.iter().collect();
        assert_eq!(different.len(), found.len());
    }
}
