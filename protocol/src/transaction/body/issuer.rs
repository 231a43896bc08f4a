//! Bodies of the transactions that issuers send: metering services and desks.

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

/// The kind of record that an issuer appends to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// A generation record G, by a metering service.
    Generation,
    /// A metered remainder S, by a metering service. Sign and cycle are public, and a shortfall is an
    /// obligation.
    Metered(Sign, Cycle),
    /// A balance record B, by a desk.
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
    /// Issues a generation, metered or balance record. The issuer signs it and proves with relation
    /// 13 that the leaf is a record of that kind.
    pub struct Issue {
        /// Number of the issuer.
        pub issuer: IssuerId,
        /// The issuer's last nonce plus 1.
        pub nonce: u64,
        /// Kind and public values of the record.
        pub issued: Issued,
        /// The record's commitment, which becomes a leaf of the tree.
        pub commitment: Commitment,
        /// The record's opening, encrypted to its owner.
        pub note: Note,
    }
}

impl Issue {
    /// The statement of relation 13 that the issuer proves.
    pub fn statement(&self, binding: Fr) -> issue::Issue {
        issue::Issue { record: self.issued.into(), commitment: self.commitment, binding }
    }
}

canonical_struct! {
    /// One side's half of a delivery. The metering service of that side's plan signs it and proves
    /// with relation 14 that each pair is the record's opening (amount, blinding), context AR.
    pub struct Deliver {
        /// Number of the metering service that sends this.
        pub issuer: IssuerId,
        /// The issuer's last nonce plus 1.
        pub nonce: u64,
        /// The match record MR.
        pub match_id: MatchId,
        /// The side whose meter was read.
        pub side: Side,
        /// The delivery record AR.
        pub delivery: DeliveryId,
        /// First half of the four ciphertexts, `c1 = e G`.
        pub c1: Point,
        /// The opening, to the key for terms K_t.
        pub terms: [Fr; 2],
        /// The opening, to the sell plan's key D_s.
        pub seller: [Fr; 2],
        /// The opening, to the buy plan's key D_b.
        pub buyer: [Fr; 2],
        /// The opening, to the key of the other side's metering service, as it stands in the block.
        pub meter: [Fr; 2],
    }
}

/// Bytes of the blob that [`DeliveryAmount`] names: one encrypted value of 32 bits.
pub const DELIVERY_AMOUNT_BYTES: usize = 16_691;

canonical_struct! {
    /// One side's meter reading, encrypted under the deviation key and signed by that side's
    /// metering service (docs/protocol/32-deviation.md).
    pub struct DeliveryAmount {
        /// Number of the metering service that sends this.
        pub issuer: IssuerId,
        /// The issuer's last nonce plus 1.
        pub nonce: u64,
        /// The match record MR.
        pub match_id: MatchId,
        /// The side whose meter was read.
        pub side: Side,
        /// Content address of the ciphertext: CT_as for the seller's meter, CT_ab for the buyer's.
        pub ciphertext: BlobHash,
    }
}
