//! The order in which a round serves bids and offers.

use crate::encoding::{Canonical, Reader};
use crate::Error;

/// The order in which a round serves plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// In the order in which they were listed.
    Listed,
    /// In an order that is drawn for each round, so that nobody who orders transactions decides who
    /// trades. The 32 bytes commit the regulator to the preimages that it reveals, one a round.
    Drawn([u8; 32]),
}

impl Canonical for Turn {
    const SIZE: usize = 1 + 32;
    fn write(&self, out: &mut Vec<u8>) {
        let (number, commitment) = match self {
            Turn::Listed => (0u8, [0; 32]),
            Turn::Drawn(commitment) => (1, *commitment),
        };
        number.write(out);
        commitment.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::read(input)?, <[u8; 32]>::read(input)?) {
            (0, commitment) if commitment == [0; 32] => Ok(Turn::Listed),
            (1, commitment) => Ok(Turn::Drawn(commitment)),
            _ => Err(Error::Encoding("a turn is 0 and zeros, or 1 and a commitment")),
        }
    }
}
