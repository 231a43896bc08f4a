//! What issuers send: metering services and desks.

use super::Note;
use crate::canonical_struct;
use crate::elgamal::Point;
use crate::encoding::{Canonical, Reader};
use crate::ids::BlobHash;
use crate::record::metered::Sign;
use crate::record::{Commitment, DeliveryId, MatchId};
use crate::relation::issue::{self, IssuedRecord};
use crate::units::{Cycle, IssuerId, Side};
use crate::{Error, Fr};

/// Which record an issuer puts into the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// G, by a metering service.
    Generation,
    /// S, by a metering service; its sign and cycle are public, and a shortfall is an obligation.
    Metered(Sign, Cycle),
    /// B, by a desk.
    Balance,
}

impl Canonical for Issued {
    const SIZE: usize = 1 + 4;
    fn write(&self, out: &mut Vec<u8>) {
        let (number, cycle) = match self {
            Issued::Generation => (0u8, 0),
            Issued::Balance => (1, 0),
            Issued::Metered(Sign::Surplus, cycle) => (2, cycle.get()),
            Issued::Metered(Sign::Shortfall, cycle) => (3, cycle.get()),
        };
        number.write(out);
        cycle.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::read(input)?, Cycle::read(input)?) {
            (0, Cycle::ZERO) => Ok(Issued::Generation),
            (1, Cycle::ZERO) => Ok(Issued::Balance),
            (2, cycle) => Ok(Issued::Metered(Sign::Surplus, cycle)),
            (3, cycle) => Ok(Issued::Metered(Sign::Shortfall, cycle)),
            _ => Err(Error::Encoding("unknown kind of record, or a cycle where none belongs")),
        }
    }
}

impl From<Issued> for IssuedRecord {
    fn from(issued: Issued) -> Self {
        match issued {
            Issued::Generation => IssuedRecord::Generation,
            Issued::Metered(sign, cycle) => IssuedRecord::Metered(sign, cycle),
            Issued::Balance => IssuedRecord::Balance,
        }
    }
}

canonical_struct! {
    /// Issue of G, S or B. Sealed by the issuer, which proves that it is one: relation 13.
    pub struct Issue {
        /// Who issues.
        pub issuer: IssuerId,
        /// The issuer's last nonce + 1.
        pub nonce: u64,
        /// What.
        pub issued: Issued,
        /// The leaf.
        pub commitment: Commitment,
        /// Its opening, for the owner.
        pub note: Note,
    }
}

impl Issue {
    /// What the issuer proves.
    pub fn statement(&self, binding: Fr) -> issue::Issue {
        issue::Issue { record: self.issued.into(), commitment: self.commitment, binding }
    }
}

canonical_struct! {
    /// One side's half of a delivery. Sealed by the plan's metering service.
    pub struct Deliver {
        /// The metering service.
        pub issuer: IssuerId,
        /// Its last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// Whose meter.
        pub side: Side,
        /// AR.
        pub delivery: DeliveryId,
        /// Its opening, to the sell plan's note key.
        pub note_sell: Note,
        /// Its opening, to the buy plan's note key.
        pub note_buy: Note,
        /// Its opening to K_t, for resending: `c1`.
        pub c1: Point,
        /// Its opening to K_t: (a, r), context AR.
        pub terms: [Fr; 2],
    }
}

/// Bytes of the blob that [`DeliveryAmount`] names: one.
pub const DELIVERY_AMOUNT_BYTES: usize = 16_691;

canonical_struct! {
    /// What one side's meter read, encrypted under the deviation key. Sealed by the metering service of that side.
    pub struct DeliveryAmount {
        /// The metering service.
        pub issuer: IssuerId,
        /// Its last nonce + 1.
        pub nonce: u64,
        /// MR.
        pub matching: MatchId,
        /// Whose meter.
        pub side: Side,
        /// CT_as or CT_ab.
        pub ciphertext: BlobHash,
    }
}
