//! The regulator's answers to masked vectors. It answers one vector for each bid of a round. A
//! service that lost its answers would answer a second vector after a restart, so it stores each
//! answer before it sends it.

use super::Error;
use fhe_matcher::mask::Answer;
use protocol::encoding::{Canonical, Reader};
use protocol::record::Handle;
use protocol::units::Cycle;
use std::collections::BTreeMap;

/// Stands in the place of the number of least slots for a vector without scores. No vector has so
/// many.
const NO_SCORES: u16 = u16::MAX;

/// An answer, with the vector that it was given to.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub bid: Handle,
    /// Digest of the answered vector.
    pub scores: [u8; 32],
    pub answer: Answer,
}

impl Answered {
    /// Handle, digest of the vector, number of least slots and the slots: 65,535 and no slots for a
    /// vector without scores.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.bid.write(out);
        self.scores.write(out);
        let number = |slots: &Vec<u16>| u16::try_from(slots.len()).expect("a slot is numbered in 16 bits");
        self.answer.least.as_ref().map_or(NO_SCORES, number).write(out);
        self.answer.least.iter().flatten().for_each(|slot| slot.write(out));
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, protocol::Error> {
        let (bid, scores, number) = (Handle::read(input)?, <[u8; 32]>::read(input)?, u16::read(input)?);
        let slots = || (0..number).map(|_| u16::read(input)).collect::<Result<_, _>>();
        let least = (number != NO_SCORES).then(slots).transpose()?;
        Ok(Answered { bid, scores, answer: Answer { bid: crate::order_book::handle_bytes(bid), least } })
    }
}

/// All answers, by cycle and round in the order given. Not printable: they tell which of a bid's
/// slots are least.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers(pub(super) BTreeMap<(Cycle, u8), Vec<Answered>>);

impl Answers {
    pub(super) fn of(&self, round: (Cycle, u8)) -> &[Answered] {
        self.0.get(&round).map_or(&[], Vec::as_slice)
    }
    /// All answers, to be stored encrypted.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        (self.0.len() as u64).write(&mut out);
        for ((cycle, round), given) in &self.0 {
            cycle.write(&mut out);
            round.write(&mut out);
            (given.len() as u64).write(&mut out);
            given.iter().for_each(|answered| answered.write(&mut out));
        }
        out
    }
    /// The answers from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (mut input, mut answers) = (Reader(bytes), Answers::default());
        for _ in 0..u64::read(&mut input)? {
            let of = (Cycle::read(&mut input)?, u8::read(&mut input)?);
            let mut given: Vec<Answered> = Vec::new();
            for _ in 0..u64::read(&mut input)? {
                let answered = Answered::read(&mut input)?;
                if given.iter().any(|earlier| earlier.bid == answered.bid) {
                    return Err(protocol::Error::Encoding("two answers to a bid").into());
                }
                given.push(answered);
            }
            answers.0.insert(of, given);
        }
        // Bytes with rounds twice or out of order, or with bytes left over, are no encoding of any
        // answers.
        if answers.to_bytes() != bytes {
            return Err(protocol::Error::Encoding("not a regulator's answers").into());
        }
        Ok(answers)
    }
}
