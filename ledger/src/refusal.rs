//! Why a transaction is refused: one entry for each reason, with a number for receipts, a code for
//! machines, and a message that tells people what to do. Numbers and codes never change; new ones
//! go at the end.

macro_rules! refusals {
    ($($number:literal $name:ident, $code:literal, $message:literal;)*) => {
        /// Why a transaction has no effect. Each variant's message says what to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        #[repr(u8)]
        pub enum Refusal { $(#[doc = $message] #[error($message)] $name = $number),* }

        impl Refusal {
            /// All refusals, in the order of their numbers.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$name),*];
            /// A code for machines that stays the same across versions.
            pub const fn code(self) -> &'static str { match self { $(Refusal::$name => $code),* } }
            /// The refusal with this number, which a receipt names; None for 0, which is
            /// acceptance, and for numbers of no refusal.
            pub fn from_u8(number: u8) -> Option<Self> {
                match number { $($number => Some(Refusal::$name),)* _ => None }
            }
        }
    };
}

refusals! {
    1 Oversized, "oversized", "longer than any transaction: send exactly the canonical bytes";
    2 Encoding, "encoding", "not the canonical encoding of a transaction: encode it with this version of the protocol";
    3 WrongChain, "wrong-chain", "made for another chain: make it anew for this one";
    4 ExpiredTransaction, "expired-transaction", "its expiry height has passed: make it anew with a later one";
    5 DuplicateTransaction, "duplicate-transaction", "already accepted: nothing needs to be done";
    6 StaleEpoch, "stale-epoch", "its epoch does not count here: a plan shows its cycle's, a payment the newest that fits, and credentials and cycles are of the current epoch or the next";
    7 UnknownAnchor, "unknown-anchor", "its root is not an accepted anchor: prove against the latest cut-off's root";
    8 DoubleSpend, "double-spend", "its nullifier has been published: the record is spent, choose another";
    9 HandleReused, "handle-reused", "its handle, match or delivery record is on the ledger: draw fresh blinding";
    10 UnknownCycle, "unknown-cycle", "no such cycle has started: wait for its start";
    11 CycleClosed, "cycle-closed", "the cycle does not take plans or matches now: keep to its schedule";
    12 UnknownPlan, "unknown-plan", "no such plan is on the ledger: check the handle";
    13 UnknownTrade, "unknown-trade", "no such match is on the ledger: check the match record";
    14 WrongStage, "wrong-stage", "the plan or trade is not in a stage that allows this: read its stage first";
    15 NotAParty, "not-a-party", "the plan is not on that side of the match: name the plan that the match names";
    16 AlreadyConfirmed, "already-confirmed", "that side has confirmed: it is bound until the confirmation deadline";
    17 AlreadyDelivered, "already-delivered", "that side's delivery record is there: it cannot be replaced";
    18 AlreadySettled, "already-settled", "that side has taken its settlement or refund: there is only one";
    20 WrongRound, "wrong-round", "not the current round, or a plan listed after its cut-off: match in the plan's round";
    21 AlreadyMatched, "already-matched", "one of the plans was matched in this round: offer it in the next";
    22 WrongCycle, "wrong-cycle", "the plan is of another cycle: name the plan's cycle";
    23 WrongSide, "wrong-side", "the plan is on the other side of the market: name a plan of the side asked for";
    24 UnregisteredIssuer, "unregistered-issuer", "no such issuer: have the regulator register it first";
    25 WrongIssuer, "wrong-issuer", "not the metering service of that side: only the one named in the confirmation delivers";
    26 WrongRole, "wrong-role", "this issuer may not do that: G and S are a metering service's, B and withdrawals are a desk's";
    27 SerialUsed, "serial-used", "its sender has used the serial: sign again with one that is not used";
    28 BadSignature, "bad-signature", "the signature does not verify: sign the id with the registered key";
    29 BadProof, "bad-proof", "the proof does not verify: prove this very transaction under the pinned key";
    30 UnknownBlob, "unknown-blob", "the matching ciphertext is not here: upload the blob first";
    31 MalformedCiphertext, "malformed-ciphertext", "the blob is not a canonical matching ciphertext: encrypt the plan again";
    32 UnknownTraceKey, "unknown-trace-key", "no credential names such a trace key: name the kappa of one that is issued";
    33 TraceKeyReused, "trace-key-reused", "the trace key has its credential: use the next epoch's";
    34 UnknownObligation, "unknown-obligation", "no such shortfall was issued: name its commitment";
    35 ObligationPaid, "obligation-paid", "the shortfall is paid: nothing needs to be done";
    36 ObligationReused, "obligation-reused", "the shortfall's commitment is on the ledger: draw fresh blinding";
    37 CycleNotOver, "cycle-not-over", "metered remainders are of past cycles: wait for gate closure";
    38 CycleOrder, "cycle-order", "a cycle is above the newest, by at most 1,024, and an epoch follows the last: take such a number";
    39 BadSchedule, "bad-schedule", "the schedule contradicts itself, lies in the past or too far ahead, or opens before the newest cycle: see the protocol's rules of a schedule";
    40 IssuerReused, "issuer-reused", "the issuer's number is taken: choose another";
    41 KeyReused, "key-reused", "the key is in use in another role or by another issuer: make a fresh one";
    42 BadPossession, "bad-possession", "the proof of possession does not verify: prove it for this chain, role and number";
    43 MisfitOpening, "misfit-opening", "fields that do not belong to its purpose are not zero: leave them zero";
    44 ScoresReused, "scores-reused", "the scores of this bid in this round are posted: they cannot be replaced";
    45 TreeFull, "tree-full", "the record tree is full: this chain has come to its end";
    46 Busy, "busy", "the node has all the transactions it can hold: send it again after the next block";
    47 SupersededKey, "superseded-key", "proved under another version of its circuit than the one that counts here: a plan's own, else the newest cycle's";
    48 UnknownKey, "unknown-key", "no such verifying key is in force or announced for that relation (or, for a change of keys, pinned by this version): use one that is";
    49 UnknownPayment, "unknown-payment", "no such nullifier is published: name the payment's first";
    50 NoScores, "no-scores", "these are not the scores posted for this bid in this round: there is nothing to contest";
    51 ScoresRight, "scores-right", "the scores are those that follow from the ledger's ciphertexts: nothing needs to be done";
    52 TranscriptReused, "transcript-reused", "the transcript of this round is posted: it cannot be replaced";
    53 NoTranscript, "no-transcript", "no transcript of this round is posted: post it before the round's matches";
    54 WrongMode, "wrong-mode", "the chain matches in the other mode: scores are posted in mode open, masks and the digest of answers in mode masked";
    55 MaskReused, "mask-reused", "the mask of this round is committed: it cannot be replaced";
    56 NoMask, "no-mask", "no mask of this round is committed: have the matching node commit it first";
    57 NoDeviation, "no-deviation", "this market has no encrypted deviation: leave it out";
    58 DeviationReused, "deviation-reused", "that is on the ledger for this trade: it cannot be replaced";
    59 DeviationEarly, "deviation-early", "what it follows from is not there yet: amounts, then the result, then its opening, then the verdict";
    60 WeakCiphertext, "weak-ciphertext", "nobody could open its ciphertext: draw its ephemeral scalar anew";
    61 SerialClosed, "serial-closed", "the serial is more than 4,096 from the highest one used: sign again with one near to it";
    62 InPairing, "in-pairing", "the round that the plan takes part in is being paired: release it when the round is over";
    63 SuspendedIssuer, "suspended-issuer", "the regulator has stopped this issuer: name another, or wait until it goes on";
    64 WrongTerms, "wrong-terms", "the greatest energy of a cycle is the genesis's: take it from there";
    65 WeakKey, "weak-key", "anybody could read what is encrypted to the plan's key: make one of prime order";
    66 PointReused, "point-reused", "its ciphertext's first half was used with one of the plans: draw its ephemeral scalar anew";
    67 MatchOpens, "match-opens", "the match opens: confirm or refuse it, or let it lapse";
    70 SerialReused, "serial-reused", "that household has its metered record of this cycle and sign: correct it with the signs 2 and 3";
    71 IssueCap, "issue-cap", "the service has issued as many records as it may in this epoch: have the regulator raise its cap";
    72 CycleSettled, "cycle-settled", "metered records of this cycle are no longer taken: settle the rest outside the ledger";
    73 WrongSign, "wrong-sign", "the grid does not pay records of that sign: the household owes them and pays with a shortfall";
    74 UnknownEpoch, "unknown-epoch", "no such epoch has started: name an epoch of the past or the current one";
    75 TagReused, "tag-reused", "its trace tag is used: count on, up to 16 plans a side and cycle, and 256 withdrawals an epoch";
    76 TooManyRounds, "too-many-rounds", "a cycle has at most 16 rounds: each rest that is listed again needs a trace tag";
    80 ExpiryStep, "expiry-step", "its expiry is no multiple of the genesis's step: take the next one that is";
    81 FarExpiry, "far-expiry", "its expiry is further ahead than the genesis allows: take an earlier one";
    82 InsecureKey, "insecure-key", "the verifying key is from the public seed, and this chain is of network main: use a ceremony's";
    83 ReplacedKey, "replaced-key", "it is for keys of a metering service that are not its present ones: make it anew";
    87 NoPayout, "no-payout", "no such withdrawal waits for its payment: it is unknown, or marked already and not to be paid twice";
    88 OtherDesk, "other-desk", "the withdrawal is through another desk: only the desk that it names marks and pays it";
    93 RulingReused, "ruling-reused", "the regulator has ruled about this obligation: there is only one ruling";
    94 ObligationStruck, "obligation-struck", "the obligation is struck: nothing is owed";
    95 ObligationEarly, "obligation-early", "an obligation is opened when the epoch of its cycle has ended: wait for the next epoch";
    96 NoAlarm, "no-alarm", "no more plans lapsed or refused a match in that epoch than its alarm allows, or it is over for longer than an epoch: open none of them";
    97 NotLapsed, "not-lapsed", "the plan did not lapse or refuse its match in that epoch: name one that did";
}

impl Refusal {
    /// Whether a later block may accept a transaction that is refused for this reason now, because
    /// a step before it is missing or its time has not come.
    pub const fn may_pass(self) -> bool {
        use Refusal::*;
        matches!(
            self,
            StaleEpoch
                | UnknownAnchor
                | UnknownCycle
                | CycleClosed
                | UnknownPlan
                | UnknownTrade
                | WrongStage
                | WrongRound
                | UnregisteredIssuer
                | UnknownTraceKey
                | UnknownObligation
                | CycleNotOver
                | UnknownPayment
                | NoScores
                | NoTranscript
                | NoMask
                | DeviationEarly
                | SerialClosed
                | InPairing
                | SuspendedIssuer
                | IssueCap
                | ObligationEarly
                | NoAlarm
                | NotLapsed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_codes_are_distinct_and_found_again() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        assert!(Refusal::ALL.windows(2).all(|pair| (pair[0] as u8) < pair[1] as u8));
        for r in Refusal::ALL {
            assert_eq!(Refusal::from_u8(*r as u8), Some(*r));
        }
        assert_eq!(Refusal::from_u8(0), None);
        assert_eq!(Refusal::from_u8(200), None);
    }
}
