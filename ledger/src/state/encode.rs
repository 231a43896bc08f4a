//! The bytes of a state's keys and values that enter its sum. They are never decoded. What counts is
//! that two values of a type never have the same bytes, and that no value's bytes begin with
//! another's. Fixed sizes, a byte before what may be absent, and a length before a list see to it.
//!
//! The macro `fields!` names every field of a struct: a field that is added to the struct and not
//! here does not compile.

use super::{
    BadMatch, CycleState, Deadline, IssueCount, LapseCount, Obligation, Opening, OperatorKey, PlanEntry, RetiredKey,
    Serials, Strike, TradeDeviation, TradeEntry, TradeSide,
};
use crate::stage::{Lock, PlanStage, TradeStage};
use protocol::elgamal::Point;
use protocol::encoding::Canonical;
use protocol::ids::{BlobHash, Generation, Height, Serial, Time, TransactionId};
use protocol::key_schedule::{CircuitVersion, KeySchedule};
use protocol::keys::{TraceCommitment, TraceTag};
use protocol::record::metered::{RecordSerial, SerialKey, Sign};
use protocol::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use protocol::signing::SigningKey;
use protocol::transaction::body::{ActivateKey, Contest, CycleStart, IssueCap, Open, Operator, RegisterIssuer};
use protocol::transaction::obligation::Ruled;
use protocol::tree::Root;
use protocol::units::{Cycle, Epoch, IssuerId, Side};
use protocol::Fr;

/// A type whose values can be keys or values of a table.
pub(crate) trait Encode {
    /// Appends the value's bytes.
    fn encode(&self, out: &mut Vec<u8>);
}

macro_rules! canonical {
    ($($t:ty),* $(,)?) => {$(
        impl Encode for $t {
            fn encode(&self, out: &mut Vec<u8>) {
                self.write(out);
            }
        }
    )*};
}
#[rustfmt::skip]
canonical!(
    u8, u32, u64, bool, [u8; 32], Fr, [Fr; 2], [Fr; 3], Point, Root, Height, Time, Cycle, Epoch, IssuerId, Side,
    BlobHash, TransactionId, TraceCommitment, TraceTag, Commitment, DeliveryId, Handle, MatchId, Nullifier,
    Generation, Operator, Serial, SigningKey, ActivateKey, Contest, CycleStart, IssueCap, Open, RecordSerial,
    RegisterIssuer, Ruled, SerialKey, Sign,
);

macro_rules! fields {
    ($($t:ident { $($field:ident),* $(,)? })*) => {$(
        impl Encode for $t {
            fn encode(&self, out: &mut Vec<u8>) {
                let $t { $($field),* } = self;
                $($field.encode(out);)*
            }
        }
    )*};
}
fields! {
    PlanEntry {
        handle, side, cycle, stage, listed_height, listed_time, order, plan_key, tag, c1, terms, audit, ciphertext,
        last_round, match_points, circuits, match_id,
    }
    TradeSide { handle, terms, change, meter, delivery, lock, within }
    TradeDeviation { threshold, sold, bought, result, announced, verdict }
    TradeEntry { match_id, cycle, round, order, stage, matched_time, confirm_deadline, c1, sell, buy, deviation }
    CycleState { start, parameters }
    Obligation { cycle, sign, issuer, paid, ruled }
    IssueCount { generation, metered }
    LapseCount { alarm, lapses }
    Opening { transaction, height, open }
    Strike { height, contest }
    BadMatch { height, match_id, handle }
    OperatorKey { generation, key }
}

macro_rules! numbered {
    ($($t:ident),*) => {$(
        impl Encode for $t {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
        }
    )*};
}
numbered!(PlanStage, TradeStage, Lock);

impl Encode for RetiredKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Encode for () {
    fn encode(&self, _: &mut Vec<u8>) {}
}

impl Encode for u128 {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.is_some().encode(out);
        self.iter().for_each(|value| value.encode(out));
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        self.iter().for_each(|value| value.encode(out));
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }
}

impl<A: Encode, B: Encode, C: Encode> Encode for (A, B, C) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
        self.2.encode(out);
    }
}

impl Encode for Serials {
    fn encode(&self, out: &mut Vec<u8>) {
        self.highest().encode(out);
        self.used().iter().for_each(|word| word.encode(out));
    }
}

impl Encode for CircuitVersion {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Encode for KeySchedule {
    fn encode(&self, out: &mut Vec<u8>) {
        self.changes().to_vec().encode(out);
    }
}

impl Encode for Deadline {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Deadline::Confirmation(match_id) => (0u8, *match_id).encode(out),
            Deadline::CutOff(cycle, round) => (1u8, *cycle, *round).encode(out),
            Deadline::Confirmations(cycle, round) => (2u8, *cycle, *round).encode(out),
            Deadline::GateClosure(cycle) => (3u8, *cycle).encode(out),
            Deadline::Delivery(cycle, round) => (4u8, *cycle, *round).encode(out),
            Deadline::Settled(cycle) => (5u8, *cycle).encode(out),
        }
    }
}
