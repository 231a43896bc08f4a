//! What becomes of a metered record that a household is said to owe: the regulator's ruling, which is
//! on the ledger, and the household's dispute, which is not.

use crate::canonical_struct;
use crate::encoding::{Canonical, Reader};
use crate::ids::{ChainId, Serial};
use crate::record::Commitment;
use crate::signing::{SigningKey, SIGNATURE_BYTES};
use crate::Error;

/// What the regulator rules about an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Ruled {
    /// Nothing is owed: the regulator's register has another metering service for that household in
    /// that cycle, or the household's dispute was right.
    Struck = 0,
    /// It is owed, though the household disputed it.
    Upheld = 1,
}

impl Canonical for Ruled {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Ruled::Struck),
            1 => Ok(Ruled::Upheld),
            _ => Err(Error::Encoding("an obligation is struck or upheld")),
        }
    }
}

canonical_struct! {
    /// The regulator rules about an obligation, once.
    pub struct Ruling {
        /// The regulator uses each serial once, in any order.
        pub serial: Serial,
        /// The metered record that is said to be owed: of sign 1 or 2, and unpaid.
        pub obligation: Commitment,
        /// The ruling.
        pub ruled: Ruled,
    }
}

canonical_struct! {
    /// A household's dispute of an obligation, which it sends to the regulator. It says that the
    /// household does not owe what its metering service issued.
    pub struct Dispute {
        /// The chain.
        pub chain: ChainId,
        /// The obligation.
        pub obligation: Commitment,
        /// The request key, which the regulator knows from the household's enrolment.
        pub key: SigningKey,
        /// Signature of all fields before, by the request key.
        pub signature: [u8; SIGNATURE_BYTES],
    }
}

impl Dispute {
    /// The message that is signed: a domain, then the dispute without its signature.
    pub fn message(&self) -> Vec<u8> {
        let bytes = self.to_bytes();
        [b"veilgrid/dispute/1\0".as_slice(), &bytes[..bytes.len() - SIGNATURE_BYTES]].concat()
    }
    /// Checks the signature. Errors: [`Error::Signature`], [`Error::Key`].
    pub fn verify(&self) -> Result<(), Error> {
        self.key.verify_message(&self.message(), &self.signature)
    }
}
