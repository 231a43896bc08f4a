//! Issuers: metering services (G, S, delivery records) and desks (B, payouts). Each has a signing
//! key and an encryption key K_m, both registered by the regulator.

mod deliver;
mod desk;
#[cfg(feature = "deviation")]
mod deviation;
mod disclosure;
mod generations;
mod grid;
mod metering;
mod state;
mod takeover;
mod trades;

pub use desk::{Books, Desk, Ordered, Payout};
pub use disclosure::Disclosure;
pub use generations::Replacement;
pub use grid::GridRow;
pub use metering::{MeteringService, Reading};
pub use trades::{TradeOutcome, TradeStage};

use crate::bank::BankError;
use crate::issuing::{Issuing, NewestKeys};
use crate::note::{self, Payload};
use crate::prover::{ProofError, Prover};
use crate::serials::SerialCounter;
use crate::trusted_keys::UntrustedKeys;
use ark_ed_on_bls12_381::Fr as Scalar;
use generations::{Generations, Keys};
use protocol::elgamal::{hash_to_scalar, EncryptionKey, Possession};
use protocol::encoding::{hash_to_field, Canonical, Reader};
use protocol::ids::{ChainId, Height};
use protocol::keys::{Address, PaymentAddress, TraceCommitment};
use protocol::light::{self, VerifiedBlock};
use protocol::record::metered::SerialKey;
use protocol::record::Commitment;
use protocol::signing::SigningKey;
use protocol::transaction::body::{Issue, Issued, IssuerRole};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::possession::issuer_context;
use protocol::transaction::{Body, Kind, Transaction};
use protocol::units::{Cycle, Energy, Epoch, IssuerId};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Why an issuer refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Blocks are scanned in order, each once.
    #[error("expected block {expected}, got {got}")]
    OutOfOrder {
        /// The next height.
        expected: u64,
        /// The height of the block given.
        got: u64,
    },
    /// A block, or headers, of another chain.
    #[error("a block of another chain")]
    OtherChain,
    /// The household is not enrolled with this service.
    #[error("not a household of this service")]
    UnknownHousehold,
    /// The reading of this household and cycle is on file already.
    #[error("this household's reading for the cycle is on file already")]
    ReadingOnFile,
    /// No CycleStart for it on the ledger.
    #[error("unknown cycle")]
    UnknownCycle,
    /// No such trade on the ledger.
    #[error("unknown trade")]
    UnknownTrade,
    /// Gate closure has not come, or a trade awaits its confirmations or deliveries.
    #[error("the cycle is not over: {0}")]
    CycleOpen(&'static str),
    /// S is issued once per household and cycle.
    #[error("the cycle's remainders have been issued already, or the ledger has others of this service")]
    AlreadyIssued,
    /// No such withdrawal through this desk, as far as it has scanned.
    #[error("no such withdrawal through this desk")]
    UnknownWithdrawal,
    /// The claim does not open the withdrawal's payee.
    #[error("this claim does not name the account that the withdrawal was made to")]
    WrongClaim,
    /// A withdrawal is paid on the proof that the ledger accepted it.
    #[error("the withdrawal is not shown to be accepted: {0}")]
    Unproved(light::Error),
    /// The proof is of another transaction than the claim's.
    #[error("the proof is of another transaction than the claim")]
    OtherTransaction,
    /// A withdrawal is paid once.
    #[error("this withdrawal has been paid")]
    AlreadyPaid,
    /// No claim on the withdrawal was taken, or it was lost: the household makes it again.
    #[error("no claim on this withdrawal has been taken: have the household hand it in")]
    NoClaim,
    /// The desk's mark of the withdrawal is on the ledger.
    #[error("this withdrawal is marked on the ledger: go on with the order")]
    AlreadyMarked,
    /// A payment is ordered on the proof that the ledger accepted the desk's mark of its withdrawal.
    #[error("the proof is not of this desk's mark of this withdrawal")]
    NotMarked,
    /// The bank failed. It may have taken the order: asking again finds out.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// No announcement on the ledger asks this issuer: it discloses nothing without one.
    #[error("no request of this issuer is shown to be on the ledger")]
    NotAnnounced,
    /// The request was used for another household: an issuer discloses one household for each.
    #[error("this request is for another household")]
    OtherHousehold,
    /// The prover failed. Nothing was issued.
    #[error("{0}")]
    Prover(String),
    /// The number's keys were replaced by others, or are another holder's so far.
    #[error(
        "these keys are not in force for the issuer's number: follow the ledger, or have the regulator replace them"
    )]
    NotInForce,
    /// The metered records of a cycle are under a serial key that this program does not hold.
    #[error("the cycle's metered records are under the serial key of the number's former holder: have the replacement reach back to the cycle")]
    FormerHolder,
    /// What was told of a trade, or of a record, contradicts the ledger.
    #[error("what was told is false: {0}")]
    FalseTrade(&'static str),
    /// A verifying key of the chain cannot be trusted.
    #[error(transparent)]
    Keys(#[from] UntrustedKeys),
    /// A remainder is out of the bounds of an energy.
    #[error(transparent)]
    Protocol(#[from] protocol::Error),
    /// The stored state is damaged, or was not written by this program.
    #[error("state: {0}")]
    State(protocol::Error),
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        Error::Prover(error.to_string())
    }
}

impl Error {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Error::OutOfOrder { .. } => "out-of-order",
            Error::OtherChain => "other-chain",
            Error::NotInForce => "not-in-force",
            Error::FormerHolder => "former-holder",
            Error::FalseTrade(_) => "false-trade",
            Error::Keys(e) => e.code(),
            Error::Protocol(e) => e.code(),
            Error::UnknownHousehold => "unknown-household",
            Error::ReadingOnFile => "reading-on-file",
            Error::UnknownCycle => "unknown-cycle",
            Error::UnknownTrade => "unknown-trade",
            Error::CycleOpen(_) => "cycle-open",
            Error::AlreadyIssued => "already-issued",
            Error::UnknownWithdrawal => "unknown-withdrawal",
            Error::WrongClaim => "wrong-claim",
            Error::Unproved(e) => e.code(),
            Error::OtherTransaction => "other-transaction",
            Error::AlreadyPaid => "already-paid",
            Error::NoClaim => "no-claim",
            Error::AlreadyMarked => "already-marked",
            Error::NotMarked => "not-marked",
            Error::Bank(_) => "bank",
            Error::NotAnnounced => "not-announced",
            Error::OtherHousehold => "other-household",
            Error::Prover(_) => "prover",
            Error::State(_) => "state",
        }
    }
}

/// The data with which the regulator registers an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The issuer's number.
    pub issuer: IssuerId,
    /// Its role, which says which records it may issue.
    pub role: IssuerRole,
    /// Its signing key.
    pub key: SigningKey,
    /// K_m: the key to which households encrypt for this issuer.
    pub encryption_key: EncryptionKey,
    /// The proof that the issuer knows K_m's secret.
    pub possession: Possession,
    /// Y_m: the public half of a metering service's serial key. A desk's is not used.
    pub serial_key: SerialKey,
}

/// A record that was sealed for a household.
#[derive(Clone, Copy)]
struct Sealed {
    to: Address,
    payload: Payload,
    /// The expiry of the transaction that was sealed last.
    expiry: Height,
}

/// A record of the issuer's on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Accepted {
    /// The epoch in which it was issued; 0 before the first.
    epoch: Epoch,
    /// The cycle of an S; None for G and B.
    metered: Option<Cycle>,
}

impl Canonical for Accepted {
    const SIZE: usize = 4 + 1 + 4;
    fn write(&self, out: &mut Vec<u8>) {
        self.epoch.write(out);
        self.metered.is_some().write(out);
        self.metered.unwrap_or(Cycle::ZERO).write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, protocol::Error> {
        let epoch = Epoch::read(input)?;
        match (bool::read(input)?, Cycle::read(input)?) {
            (true, cycle) => Ok(Accepted { epoch, metered: Some(cycle) }),
            (false, Cycle::ZERO) => Ok(Accepted { epoch, metered: None }),
            (false, _) => Err(protocol::Error::Encoding("a cycle where none belongs")),
        }
    }
}

/// The parts that both kinds of issuer have. Not printable: it holds their keys.
struct Identity {
    id: IssuerId,
    role: IssuerRole,
    chain: ChainId,
    /// The keys in use.
    keys: Keys,
    /// Earlier keys and coming ones.
    generations: Generations,
    serials: SerialCounter,
    /// The current epoch; 0 before the first.
    epoch: Epoch,
    /// The verifying keys that the ledger asks for.
    proofs: NewestKeys,
    /// The records that it sealed, with their households: its books.
    sealed: BTreeMap<Commitment, Sealed>,
    /// Its records on the ledger, known to the books or not. An audit is told of the records in
    /// both.
    accepted: BTreeMap<Commitment, Accepted>,
    /// The household for which each kappa was first used in a request.
    asked: BTreeMap<TraceCommitment, Address>,
}

impl Identity {
    fn generate<R: RngCore + CryptoRng>(
        rng: &mut R,
        genesis: &Genesis,
        id: IssuerId,
        role: IssuerRole,
    ) -> Result<Self, Error> {
        Ok(Self::with_keys(id, role, genesis.chain(), Keys::generate(rng), NewestKeys::new(genesis)?))
    }

    fn with_keys(id: IssuerId, role: IssuerRole, chain: ChainId, keys: Keys, proofs: NewestKeys) -> Self {
        let (sealed, accepted, asked) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (serials, epoch, generations) = (SerialCounter::default(), Epoch::ZERO, Generations::new());
        Identity { id, role, chain, keys, generations, serials, epoch, proofs, sealed, accepted, asked }
    }

    /// The blinding of a record that must exist only once. It follows from a secret and the record's
    /// contents, so that an issuer that has lost its state makes the same record again and sees
    /// whether the ledger has it.
    fn repeatable_blinding(&self, what: &str, secret: &[u8; 32], says: &[u8]) -> Fr {
        hash_to_field(what, &self.secretly(secret, says))
    }

    /// The ephemeral scalar of a ciphertext, which follows from its contents likewise. So the issuer
    /// can always read the ciphertext again.
    fn repeatable_scalar(&self, what: &str, secret: &[u8; 32], says: &[u8]) -> Scalar {
        hash_to_scalar(what, &self.secretly(secret, says))
    }

    fn secretly(&self, secret: &[u8; 32], says: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(64 + says.len()));
        bytes.extend_from_slice(secret);
        self.chain.write(&mut bytes);
        bytes.extend_from_slice(says);
        bytes
    }

    fn registration<R: RngCore + CryptoRng>(&self, rng: &mut R) -> Registration {
        Registration {
            issuer: self.id,
            role: self.role,
            key: self.keys.signer.public(),
            encryption_key: self.keys.key.public(),
            possession: self.keys.key.possession(rng, &issuer_context(self.chain, self.role, self.id)),
            serial_key: self.keys.serial_secret.public(),
        }
    }

    /// The leaf G or B that `payload` opens, for the household at `to`. `greatest` is the greatest
    /// energy that a G may hold. Error: [`Error::Prover`].
    fn issue<R: RngCore + CryptoRng>(
        &mut self,
        prover: &dyn Prover,
        rng: &mut R,
        to: &PaymentAddress,
        (issued, payload, greatest): (Issued, &Payload, Energy),
        expiry: Height,
    ) -> Result<Transaction, Error> {
        self.in_force()?;
        let commitment = payload.leaf(to.address).expect("issuers issue leaves");
        let witness = payload.witness(to.address).expect("a leaf has an opening");
        let note = note::seal(rng, &to.note_key, self.chain, Kind::Issue, commitment.0, payload);
        let mut serials = self.serials;
        let body = Issue { issuer: self.id, serial: serials.take(expiry), issued, commitment, note };
        let issuing = Issuing { signer: &self.keys.signer, keys: &self.proofs, chain: self.chain, expiry };
        let statement = |binding| body.statement(greatest, binding);
        let transaction = issuing.seal(prover, rng, Body::Issue(body), statement, &witness)?;
        self.serials = serials;
        self.sealed.insert(commitment, Sealed { to: to.address, payload: *payload, expiry });
        Ok(transaction)
    }

    /// Follows the issuer's own serials, its issues on the ledger, and the verifying keys. Errors,
    /// with nothing changed: [`Error::OtherChain`], [`Error::Keys`].
    fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        if block.chain() != self.chain {
            return Err(Error::OtherChain);
        }
        self.proofs.judge(block)?;
        self.proofs.scan(block);
        for transaction in &block.transactions {
            match &transaction.body {
                Body::Issue(b) if b.issuer == self.id => {
                    self.accepted.insert(b.commitment, Accepted { epoch: self.epoch, metered: None });
                    self.serials.seen(b.serial);
                }
                Body::IssueMetered(b) if b.issuer == self.id => {
                    self.accepted.insert(b.commitment, Accepted { epoch: self.epoch, metered: Some(b.cycle) });
                    self.serials.seen(b.serial);
                }
                Body::RegisterIssuer(b) if b.issuer == self.id => self.registered(b),
                Body::RotateKey(b) => self.rotated(b, block.time),
                Body::EpochStart(b) => self.epoch = b.epoch,
                Body::Deliver(b) if b.issuer == self.id => self.serials.seen(b.serial),
                Body::DeliveryAmount(b) if b.issuer == self.id => self.serials.seen(b.serial),
                Body::Paid(b) if b.issuer == self.id => self.serials.seen(b.serial),
                _ => {}
            }
        }
        self.serials.passed(block.height);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
