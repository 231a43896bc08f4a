//! The regulator's answers to masked vectors. It answers one vector for each bid of a round. A
//! service that lost its answers would answer a second vector after a restart, so it stores each
//! answer before it sends it.

use super::Error;
use protocol::encoding::{Canonical, Reader};
use protocol::transaction::masked_answer::MaskedAnswer;
use protocol::units::Cycle;
use std::collections::BTreeMap;

/// All answers, by cycle and round in the order given. Not printable: they tell which of a bid's
/// slots are least.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers(pub(super) BTreeMap<(Cycle, u8), Vec<MaskedAnswer>>);

impl Answers {
    pub(super) fn of(&self, round: (Cycle, u8)) -> &[MaskedAnswer] {
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
            let mut given: Vec<MaskedAnswer> = Vec::new();
            for _ in 0..u64::read(&mut input)? {
                let answered = MaskedAnswer::read(&mut input)?;
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
