//! Transactions: kinds, canonical encoding, id, and the `binding` that ties a proof to its
//! transaction (docs/protocol/20-relations.md, docs/protocol/40-ledger.md).
//!
//! The encoding is `version 1 | kind 1 | chain 32 | expiry 8 | body | seal`, with every part of
//! fixed size for its kind. The seal authorises the transaction:
//!
//! - a Groth16 proof (192 bytes) after the id of its verifying key (32), for most households'
//!   transactions;
//! - for a listing two such pairs, with two commitments (64) before the second proof;
//! - an Ed25519 signature (64), for operators' transactions;
//! - for a transaction that issues a record, and for a delivery, a signature, then key and proof;
//! - for a credential the same, then key and proof of the household's deposit;
//! - for a complaint, the proof that its shared point is the plan key's (64).
//!
//! The id is the digest of everything but the seal, since proofs can be re-randomised. Signatures
//! sign the id, and `binding` hashes the id and the verifying key's id.

pub mod body;
pub mod deposit;
pub mod genesis;
pub mod limits;
pub mod masked_answer;
pub mod obligation;
pub mod possession;
pub mod validators;

use crate::elgamal::dleq::Equality;
use crate::encoding::{digest, hash_to_field, Canonical, Reader};
use crate::ids::{BlobHash, ChainId, Height, TransactionId, VerifyingKeyId};
use crate::relation::RelationKind;
use crate::signing::SIGNATURE_BYTES;
use crate::{Error, Fr};
use body::*;
use deposit::DepositSeal;
use obligation::Ruling;

/// Version of the encoding, its first byte.
pub const VERSION: u8 = 4;
/// Bytes of a compressed Groth16 proof over BLS12-381.
pub const PROOF_BYTES: usize = 192;
/// No transaction is longer than this many bytes.
pub const MAX_BYTES: usize = 1536;

/// The part of a transaction that authorises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// A Groth16 proof.
    Proof {
        /// The verifying key of the proof. `binding` names it too, so nobody can put another here.
        key: VerifyingKeyId,
        /// The proof, compressed; not decoded yet.
        proof: [u8; PROOF_BYTES],
    },
    /// A listing's two proofs.
    Plan {
        /// The verifying key of the plan's own proof.
        key: VerifyingKeyId,
        /// The plan's own proof, relation 1 or 2.
        proof: [u8; PROOF_BYTES],
        /// The proof that the matching ciphertext encrypts what the handle commits to.
        ciphertext: CiphertextSeal,
    },
    /// An Ed25519 signature of the id.
    Signature([u8; SIGNATURE_BYTES]),
    /// A signature, and the signer's proof: of relation 13 or 13b, that the issued record is what
    /// the body says, or of relation 14, that a delivery opens.
    Issue {
        /// The issuer's or the regulator's Ed25519 signature of the id.
        signature: [u8; SIGNATURE_BYTES],
        /// The verifying key of the proof.
        key: VerifyingKeyId,
        /// The proof, compressed; not decoded yet.
        proof: [u8; PROOF_BYTES],
    },
    /// A credential's: the regulator's signature and proof, and the household's proof.
    Credential {
        /// The regulator's Ed25519 signature of the id.
        signature: [u8; SIGNATURE_BYTES],
        /// The verifying key of the regulator's proof, of relation 13.
        key: VerifyingKeyId,
        /// That proof, compressed; not decoded yet.
        proof: [u8; PROOF_BYTES],
        /// The household's proof that it deposits its trace key, relation 12.
        deposit: DepositSeal,
    },
    /// A complaint's proof that the shared point in its body belongs to the plan's key and the
    /// match's first half. Its context is the id.
    Shared(Equality),
}

/// The proof of relation 11, that a plan's matching ciphertext encrypts what the plan's handle
/// commits to. The commitments are here and not in the body, since they depend on the id through
/// `binding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CiphertextSeal {
    /// The verifying key of the proof. Its `binding` is of the id and this key.
    pub key: VerifyingKeyId,
    /// The commitment to the encryption's randomness, and the commitment to the projection of its
    /// noise.
    pub commitments: [Fr; 2],
    /// The proof, compressed; not decoded yet.
    pub proof: [u8; PROOF_BYTES],
}

impl Canonical for CiphertextSeal {
    const SIZE: usize = VerifyingKeyId::SIZE + 2 * Fr::SIZE + PROOF_BYTES;
    fn write(&self, out: &mut Vec<u8>) {
        self.key.write(out);
        self.commitments.iter().for_each(|c| c.write(out));
        self.proof.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let key = Canonical::read(input)?;
        let commitments = [Canonical::read(input)?, Canonical::read(input)?];
        Ok(CiphertextSeal { key, commitments, proof: Canonical::read(input)? })
    }
}

/// The party that must have sealed a transaction of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Anybody who knows a witness of this relation.
    Relation(RelationKind),
    /// The regulator.
    Regulator,
    /// The matching node.
    Matcher,
    /// The registered issuer that the body names.
    Issuer,
    /// The holder of the key that the body names.
    Challenger,
    /// The holder of the key of the plan that the body names.
    Plan,
    /// The regulator, or for the regulator's own key the recovery key.
    Rotation,
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $number:literal $kind:ident($body:ident), $name:literal, $authority:expr;)*) => {
        /// Kinds of transaction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $kind = $number),* }

        /// The body of a transaction, by kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant)]
        pub enum Body { $($(#[$doc])* $kind($body)),* }

        impl Kind {
            /// All, in the order of their numbers.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];
            /// The kind with this number. Error: [`Error::Encoding`].
            pub fn from_u8(n: u8) -> Result<Self, Error> {
                match n { $($number => Ok(Kind::$kind),)* _ => Err(Error::Encoding("unknown kind of transaction")) }
            }
            /// The kind's name in reports, such as `sell_plan`.
            pub const fn name(self) -> &'static str { match self { $(Kind::$kind => $name),* } }
            /// The party that seals transactions of this kind.
            pub const fn authority(self) -> Authority { match self { $(Kind::$kind => $authority),* } }
            const fn body_size(self) -> usize { match self { $(Kind::$kind => <$body as Canonical>::SIZE),* } }
        }

        impl Body {
            /// The kind of this transaction.
            pub const fn kind(&self) -> Kind { match self { $(Body::$kind(_) => Kind::$kind),* } }
            pub(crate) fn write(&self, out: &mut Vec<u8>) { match self { $(Body::$kind(b) => b.write(out)),* } }
            pub(crate) fn read(kind: Kind, input: &mut Reader<'_>) -> Result<Self, Error> {
                Ok(match kind { $(Kind::$kind => Body::$kind(Canonical::read(input)?)),* })
            }
        }
    };
}

bodies! {
    /// A registered issuer appends a generation or balance record to the tree.
    0 Issue(Issue), "issue", Authority::Issuer;
    /// The regulator appends a credential to the tree.
    1 IssueCredential(IssueCredential), "issue_credential", Authority::Regulator;
    /// A household lists a sell plan: relation 1.
    2 SellPlan(ListPlan), "sell_plan", Authority::Relation(RelationKind::SellPlan);
    /// A household lists a buy plan: relation 2.
    3 BuyPlan(ListPlan), "buy_plan", Authority::Relation(RelationKind::BuyPlan);
    /// The matching node posts the digest of a bid's score vector.
    4 Scores(Scores), "scores", Authority::Matcher;
    /// The regulator announces what it is about to decrypt, and why.
    5 Open(Open), "open", Authority::Regulator;
    /// The regulator pairs two plans.
    6 Match(Match), "match", Authority::Regulator;
    /// A seller confirms a match: relation 3.
    7 ConfirmSell(Confirm), "confirm_sell", Authority::Relation(RelationKind::ConfirmSell);
    /// A buyer confirms a match: relation 4.
    8 ConfirmBuy(Confirm), "confirm_buy", Authority::Relation(RelationKind::ConfirmBuy);
    /// A side refuses a match: relation 7c.
    9 Refuse(Objection), "refuse", Authority::Relation(RelationKind::Refuse);
    /// A side shows that its match does not open.
    10 Complain(Complaint), "complain", Authority::Plan;
    /// A metering service posts its half of a delivery, and proves with relation 14 that it opens.
    11 Deliver(Deliver), "deliver", Authority::Issuer;
    /// A seller settles: relation 6.
    12 SettleSell(Settle), "settle_sell", Authority::Relation(RelationKind::SettleSell);
    /// A buyer settles: relation 5.
    13 SettleBuy(Settle), "settle_buy", Authority::Relation(RelationKind::SettleBuy);
    /// A household takes back what a plan locked: relation 7.
    14 Release(Release), "release", Authority::Relation(RelationKind::Release);
    /// A side of a trade without delivery takes its lock back: relation 7b.
    15 Void(Void), "void", Authority::Relation(RelationKind::Void);
    /// A household merges two records: relation 8.
    16 Merge(Merge), "merge", Authority::Relation(RelationKind::Merge);
    /// The grid pays a household for a metered remainder: relation 9.
    17 Surplus(Surplus), "surplus", Authority::Relation(RelationKind::Surplus);
    /// A household pays for a metered remainder that it owes: relation 9b.
    18 Shortfall(Shortfall), "shortfall", Authority::Relation(RelationKind::Shortfall);
    /// The regulator starts an epoch.
    20 EpochStart(EpochStart), "epoch_start", Authority::Regulator;
    /// The regulator starts a cycle and fixes its parameters.
    21 CycleStart(CycleStart), "cycle_start", Authority::Regulator;
    /// The regulator registers an issuer.
    22 RegisterIssuer(RegisterIssuer), "register_issuer", Authority::Regulator;
    /// A household withdraws money: relation 10.
    23 Withdraw(Withdraw), "withdraw", Authority::Relation(RelationKind::Withdraw);
    /// The regulator gives a relation another verifying key.
    24 ActivateKey(ActivateKey), "activate_key", Authority::Regulator;
    /// Anybody contests posted scores.
    25 Contest(Contest), "contest", Authority::Challenger;
    /// The regulator commits to the rankings of a round, before it pairs plans.
    26 Transcript(Transcript), "transcript", Authority::Regulator;
    /// The matching node commits to the seed that a round's scores are masked with.
    27 Mask(Mask), "mask", Authority::Matcher;
    /// The regulator posts the encrypted terms of a match for the deviation.
    28 MatchThreshold(MatchThreshold), "match_threshold", Authority::Regulator;
    /// A metering service posts its encrypted reading for the deviation.
    29 DeliveryAmount(DeliveryAmount), "delivery_amount", Authority::Issuer;
    /// The matching node computes whether a trade was delivered within tolerance.
    30 Deviation(Deviation), "deviation", Authority::Matcher;
    /// The regulator publishes the decrypted verdict.
    31 Verdict(Verdict), "verdict", Authority::Regulator;
    /// A metering service appends a metered record to the tree.
    32 IssueMetered(IssueMetered), "issue_metered", Authority::Issuer;
    /// The regulator rules whether an obligation is owed.
    33 Ruling(Ruling), "ruling", Authority::Regulator;
    /// The regulator changes how many records a metering service may issue in an epoch.
    34 SetIssueCap(SetIssueCap), "set_issue_cap", Authority::Regulator;
    /// The regulator stops an issuer, or lets it go on.
    35 SuspendIssuer(SuspendIssuer), "suspend_issuer", Authority::Regulator;
    /// The regulator replaces the keys of an issuer or of the matching node, or the recovery key
    /// those of the regulator.
    36 RotateKey(RotateKey), "rotate_key", Authority::Rotation;
    /// A desk marks a withdrawal before it orders the payment from its bank.
    37 Paid(Paid), "paid", Authority::Issuer;
}

impl Body {
    /// The blob that the transaction names; None for the kinds that name none.
    pub const fn blob(&self) -> Option<BlobHash> {
        match self {
            Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.ciphertext),
            Body::MatchThreshold(b) => Some(b.ciphertext),
            Body::DeliveryAmount(b) => Some(b.ciphertext),
            Body::Deviation(b) => Some(b.result),
            _ => None,
        }
    }
}

impl Kind {
    /// Bytes of a whole transaction of this kind.
    pub const fn size(self) -> usize {
        let seal = match self.authority() {
            Authority::Relation(_) if self.is_listing() => VerifyingKeyId::SIZE + PROOF_BYTES + CiphertextSeal::SIZE,
            Authority::Relation(_) => VerifyingKeyId::SIZE + PROOF_BYTES,
            Authority::Plan => Equality::SIZE,
            _ if self.is_credential() => SIGNATURE_BYTES + VerifyingKeyId::SIZE + PROOF_BYTES + DepositSeal::SIZE,
            _ if self.signed_relation().is_some() => SIGNATURE_BYTES + VerifyingKeyId::SIZE + PROOF_BYTES,
            _ => SIGNATURE_BYTES,
        };
        2 + 32 + 8 + self.body_size() + seal
    }
    /// The relation of the seal's proof, the first where there are two; None where a signature
    /// alone seals.
    pub const fn relation(self) -> Option<RelationKind> {
        match self.authority() {
            Authority::Relation(relation) => Some(relation),
            _ => self.signed_relation(),
        }
    }
    /// The relation that a signer proves beside its signature: what record it issues, or that its
    /// delivery opens. None where a signature or a proof alone seals.
    pub const fn signed_relation(self) -> Option<RelationKind> {
        match self {
            Kind::Issue | Kind::IssueCredential => Some(RelationKind::Issue),
            Kind::Deliver => Some(RelationKind::Deliver),
            Kind::IssueMetered => Some(RelationKind::Metered),
            _ => None,
        }
    }
    /// Whether it issues a credential. A second proof is then the household's, of its deposit.
    pub const fn is_credential(self) -> bool {
        matches!(self, Kind::IssueCredential)
    }
    /// Whether it lists a plan. A second proof is then about the plan's ciphertext.
    pub const fn is_listing(self) -> bool {
        matches!(self, Kind::SellPlan | Kind::BuyPlan)
    }
}

/// A transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chain that the transaction is for.
    pub chain: ChainId,
    /// The height of the last block that may hold it.
    pub expiry: Height,
    /// What the transaction says.
    pub body: Body,
    /// What authorises the transaction.
    pub seal: Seal,
}

/// The encoding of everything but the seal. The id is the digest of these bytes.
pub fn unsealed_bytes(chain: ChainId, expiry: Height, body: &Body) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.kind().size());
    VERSION.write(&mut out);
    (body.kind() as u8).write(&mut out);
    chain.write(&mut out);
    expiry.write(&mut out);
    body.write(&mut out);
    out
}

/// The id of a transaction with these contents.
pub fn transaction_id(chain: ChainId, expiry: Height, body: &Body) -> TransactionId {
    TransactionId(digest("veilgrid/transaction/1", &unsealed_bytes(chain, expiry, body)))
}

/// The public input `binding`:
/// `le(SHA-512("veilgrid/binding/1" || 0 || id || verifying key id)) mod r`.
pub fn binding(id: TransactionId, key: VerifyingKeyId) -> Fr {
    hash_to_field("veilgrid/binding/1", &[id.0, key.0].concat())
}

/// The public input `binding` of a listing's own proof: it hashes the seal of the second proof,
/// too, `le(SHA-512("veilgrid/listing-binding/1" || 0 || id || verifying key id || ciphertext
/// seal)) mod r`. So nobody can put another second proof beside it, which the ledger would refuse
/// only after much work.
pub fn listing_binding(id: TransactionId, key: VerifyingKeyId, second: &CiphertextSeal) -> Fr {
    hash_to_field("veilgrid/listing-binding/1", &[id.0.as_slice(), &key.0, &second.to_bytes()].concat())
}

/// The public input `binding` of a credential's own proof. It hashes the seal of the household's
/// proof, too, `le(SHA-512("veilgrid/credential-binding/1" || 0 || id || verifying key id || deposit
/// seal)) mod r`. So nobody can put another second proof beside it.
pub fn credential_binding(id: TransactionId, key: VerifyingKeyId, deposit: &DepositSeal) -> Fr {
    hash_to_field("veilgrid/credential-binding/1", &[id.0.as_slice(), &key.0, &deposit.to_bytes()].concat())
}

impl Transaction {
    /// The kind of this transaction.
    pub fn kind(&self) -> Kind {
        self.body.kind()
    }
    /// The id: the digest of everything but the seal.
    pub fn id(&self) -> TransactionId {
        transaction_id(self.chain, self.expiry, &self.body)
    }
    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = unsealed_bytes(self.chain, self.expiry, &self.body);
        match &self.seal {
            Seal::Proof { key, proof } => {
                key.write(&mut out);
                proof.write(&mut out);
            }
            Seal::Plan { key, proof, ciphertext } => {
                key.write(&mut out);
                proof.write(&mut out);
                ciphertext.write(&mut out);
            }
            Seal::Signature(s) => s.write(&mut out),
            Seal::Issue { signature, key, proof } => {
                signature.write(&mut out);
                key.write(&mut out);
                proof.write(&mut out);
            }
            Seal::Credential { signature, key, proof, deposit } => {
                signature.write(&mut out);
                key.write(&mut out);
                proof.write(&mut out);
                deposit.write(&mut out);
            }
            Seal::Shared(proof) => proof.write(&mut out),
        }
        out
    }
    /// Decodes exactly the canonical bytes. It checks the length against the kind before it reads
    /// further. Error: [`Error::Encoding`], or the error of the value that is not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        if u8::read(&mut input)? != VERSION {
            return Err(Error::Encoding("unknown version"));
        }
        let kind = Kind::from_u8(u8::read(&mut input)?)?;
        if bytes.len() != kind.size() {
            return Err(Error::Encoding("wrong length for its kind"));
        }
        let (chain, expiry) = (Canonical::read(&mut input)?, Canonical::read(&mut input)?);
        let body = Body::read(kind, &mut input)?;
        let seal = match kind.authority() {
            Authority::Relation(_) => {
                let (key, proof) = (Canonical::read(&mut input)?, Canonical::read(&mut input)?);
                match kind.is_listing() {
                    true => Seal::Plan { key, proof, ciphertext: Canonical::read(&mut input)? },
                    false => Seal::Proof { key, proof },
                }
            }
            Authority::Plan => Seal::Shared(Canonical::read(&mut input)?),
            _ if kind.is_credential() => Seal::Credential {
                signature: Canonical::read(&mut input)?,
                key: Canonical::read(&mut input)?,
                proof: Canonical::read(&mut input)?,
                deposit: Canonical::read(&mut input)?,
            },
            _ if kind.signed_relation().is_some() => Seal::Issue {
                signature: Canonical::read(&mut input)?,
                key: Canonical::read(&mut input)?,
                proof: Canonical::read(&mut input)?,
            },
            _ => Seal::Signature(Canonical::read(&mut input)?),
        };
        Ok(Transaction { chain, expiry, body, seal })
    }
}
