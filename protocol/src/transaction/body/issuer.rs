//! Bodies of the transactions that issuers send: metering services and desks.

use super::Note;
use crate::canonical_struct;
use crate::elgamal::{EncryptionKey, Point};
use crate::encoding::{Canonical, Reader};
use crate::ids::{BlobHash, Generation, Serial, TransactionId};
use crate::record::metered::{RecordSerial, SerialKey, Sign};
use crate::record::{Commitment, DeliveryId, MatchId};
use crate::relation::issue::{self, IssuedRecord};
use crate::relation::metered;
use crate::units::{Cycle, Energy, IssuerId, Side};
use crate::{Error, Fr};

/// The kind of record that an issuer appends to the tree with [`Issue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Issued {
    /// A generation record G, by a metering service.
    Generation = 0,
    /// A balance record B, by a desk.
    Balance = 1,
}

impl Canonical for Issued {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::read(input)? {
            0 => Ok(Issued::Generation),
            1 => Ok(Issued::Balance),
            _ => Err(Error::Encoding("unknown kind of record")),
        }
    }
}

canonical_struct! {
    /// Issues a generation or balance record. The issuer signs it and proves with relation 13 that
    /// the leaf is a record of that kind, within its bounds.
    pub struct Issue {
        /// Number of the issuer.
        pub issuer: IssuerId,
        /// The issuer uses each serial once, in any order.
        pub serial: Serial,
        /// Kind and public values of the record.
        pub issued: Issued,
        /// The record's commitment, which becomes a leaf of the tree.
        pub commitment: Commitment,
        /// The record's opening, encrypted to its owner.
        pub note: Note,
    }
}

impl Issue {
    /// The statement of relation 13 that the issuer proves. `greatest` is the greatest energy that
    /// the genesis allows a generation record.
    pub fn statement(&self, greatest: Energy, binding: Fr) -> issue::Issue {
        let record = match self.issued {
            Issued::Generation => IssuedRecord::Generation(self.issuer, greatest),
            Issued::Balance => IssuedRecord::Balance,
        };
        issue::Issue { record, commitment: self.commitment, binding }
    }
}

canonical_struct! {
    /// Issues a metered record. The metering service signs it and proves relation 13b.
    pub struct IssueMetered {
        /// Number of the metering service.
        pub issuer: IssuerId,
        /// The issuer uses each serial once, in any order.
        pub serial: Serial,
        /// The record's sign. A record that is owed is an obligation.
        pub sign: Sign,
        /// The past cycle that was metered.
        pub cycle: Cycle,
        /// The record's serial, which no other record has.
        pub record_serial: RecordSerial,
        /// The record S, which becomes a leaf of the tree.
        pub commitment: Commitment,
        /// First half of the record's opening to the audit key, `c1 = e G`.
        pub c1: Point,
        /// Second half of that ciphertext, of (address, energy, blinding), context S.
        pub audit: [Fr; 3],
        /// The record's opening, encrypted to its owner.
        pub note: Note,
    }
}

impl IssueMetered {
    /// The statement of relation 13b that the metering service proves. `serial_key` is the service's
    /// public serial key, `greatest` the greatest energy of a household in a cycle.
    pub fn statement(
        &self,
        serial_key: SerialKey,
        greatest: Energy,
        audit_key: &EncryptionKey,
        binding: Fr,
    ) -> metered::Metered {
        metered::Metered {
            commitment: self.commitment,
            sign: self.sign,
            cycle: self.cycle,
            meter: self.issuer,
            serial: self.record_serial,
            serial_key,
            bound: metered::bound(greatest),
            audit_key: audit_key.point(),
            c1: self.c1,
            audit: self.audit,
            binding,
        }
    }
}

canonical_struct! {
    /// One side's half of a delivery. The metering service of that side's plan signs it and proves
    /// with relation 14 that each pair is the record's opening (amount, blinding), context AR.
    pub struct Deliver {
        /// Number of the metering service that sends this.
        pub issuer: IssuerId,
        /// The issuer uses each serial once, in any order.
        pub serial: Serial,
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
        /// The generation of that key: the present one.
        pub generation: Generation,
    }
}

canonical_struct! {
    /// One side's meter reading, encrypted under the deviation key and signed by that side's
    /// metering service (docs/protocol/32-deviation.md).
    pub struct DeliveryAmount {
        /// Number of the metering service that sends this.
        pub issuer: IssuerId,
        /// The issuer uses each serial once, in any order.
        pub serial: Serial,
        /// The match record MR.
        pub match_id: MatchId,
        /// The side whose meter was read.
        pub side: Side,
        /// Content address of the ciphertext: CT_as for the seller's meter, CT_ab for the buyer's.
        pub ciphertext: BlobHash,
    }
}

canonical_struct! {
    /// Marks a withdrawal as one that its desk pays, before the desk orders the payment from its bank.
    /// The withdrawal's id is the reference of that order. A withdrawal is marked once, so a desk that
    /// has forgotten what it paid finds out here.
    pub struct Paid {
        /// Number of the desk, which the withdrawal names.
        pub issuer: IssuerId,
        /// The issuer uses each serial once, in any order.
        pub serial: Serial,
        /// The id of the withdrawal's transaction.
        pub withdrawal: TransactionId,
    }
}
