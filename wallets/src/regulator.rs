//! The regulator: credentials, the market's clock, matching in modes `open` and `masked`, audits.
//!
//! It announces on the ledger whatever it decrypts: every method that decrypts asks the scanned
//! ledger for its Open transaction, and refuses without one. It sends the terms of winning pairs to
//! the two sides and keeps no copy of them.
//!
//! A round goes [`Regulator::open_scores`] -> ledger -> [`Regulator::choose`] ->
//! [`Regulator::transcript`] -> ledger -> [`Regulator::open_terms`] -> ledger ->
//! [`Regulator::make_matches`] -> ledger; Auditors then check it by [`Regulator::rankings`]. In
//! mode masked, [`Regulator::answer`] for each bid and [`Regulator::take_pairs`] stand in the place
//! of `choose`. An audit goes [`Regulator::open_audit`] -> ledger -> [`Evidence`] -> the share
//! holders -> [`Regulator::audit`]; a household's whole audit is [`HouseholdAudit`].

mod answers;
mod audit;
mod course;
mod credentials;
#[cfg(feature = "deviation")]
mod deviation;
mod error;
mod evidence;
mod household_audit;
mod issuers;
mod lapses;
mod masked;
mod matching;
mod obligations;
mod quorum;
mod register;
mod service_audit;
mod trail;

pub use answers::Answers;
pub use audit::{AuditedPayment, AuditedPlan};
pub use credentials::CredentialTerms;
#[cfg(feature = "deviation")]
pub use deviation::OpenedDeviation;
pub use error::Error;
pub use evidence::Evidence;
pub use household_audit::{Checks, HouseholdAccount, HouseholdAudit, Proofs, Quorum, Row};
pub use issuers::ISSUE_CAP;
pub use lapses::{Lapse, LapseLimit};
pub use masked::MaskedRequest;
pub use matching::{Choice, Incident, Matches, Pair};
pub use obligations::OpenedObligation;
pub use quorum::{AuditKey, AuditShare, BadPart, Partial, PublicShares};
pub use register::Register;
pub use service_audit::{ServiceAccount, ServiceSums};
pub use trail::{Found, Trail};

use crate::issuing::NewestKeys;
use crate::order_book::OrderBook;
use crate::seal::{DecryptionKey, Signer};
use crate::serials::SerialCounter;
use crate::trusted_keys::judge_genesis;
use fhe_matcher::key::{MatchingPublicKey, MatchingSecretKey, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES};
use protocol::elgamal::{EncryptionKey, Possession};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::{BlobHash, ChainId, Height, Serial, Time};
use protocol::keys::Network;
use protocol::keys::TraceCommitment;
use protocol::light::VerifiedBlock;
use protocol::record::Handle;
use protocol::signing::SigningKey;
use protocol::transaction::body::{IssuerRole, ListPlan, NewKeys, Open, Purpose};
use protocol::transaction::genesis::Genesis;
use protocol::transaction::limits::Limits;
use protocol::transaction::possession::{genesis_context, GenesisKey};
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Body, Transaction};
use protocol::units::{Cycle, Energy, Epoch, IssuerId};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// The regulator's secrets: signing key, terms key K_t, matching key. The audit key is not among
/// them: its shares are with a quorum ([`AuditShare`]). Not printable; wiped on drop.
pub struct RegulatorKeys {
    signer: Signer,
    terms: DecryptionKey,
    matching_secret: MatchingSecretKey,
    matching_public: MatchingPublicKey,
}

/// The fields of a genesis besides the regulator's own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenesisTerms {
    /// Bytes that make the chain unique.
    pub name: [u8; 32],
    /// The network that the chain belongs to.
    pub network: Network,
    /// Time of the genesis block.
    pub time: Time,
    /// The key that may replace the regulator's signing key.
    pub recovery: SigningKey,
    /// The matching node's signing key.
    pub matcher: SigningKey,
    /// K_a: the audit key, whose secret is shared among its holders.
    pub audit_key: EncryptionKey,
    /// Proof of possession of K_a.
    pub audit_possession: Possession,
    /// Digest of the public halves of K_a's shares ([`PublicShares::digest`]).
    pub audit_shares: [u8; 32],
    /// Digest of all verifying keys' ids.
    pub verifying_keys: [u8; 32],
    /// Anchor window in blocks.
    pub anchor_blocks: u32,
    /// Anchor window in cycles.
    pub anchor_cycles: u32,
    /// How many of a thousand posted score vectors a validator recomputes: 0 to 1000.
    pub score_checks: u16,
    /// The mode of matching.
    pub matching_mode: MatchingMode,
    /// The deviation key, a blob, and its server key; `NO_KEY` twice in a market that has none.
    pub deviation: [BlobHash; 2],
    /// Bounds that hold for the whole life of the chain.
    pub limits: Limits,
}

impl RegulatorKeys {
    /// Draws fresh keys.
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let (signer, terms) = (Signer::generate(rng), DecryptionKey::generate(rng));
        let (matching_secret, matching_public) = MatchingSecretKey::generate(rng);
        RegulatorKeys { signer, terms, matching_secret, matching_public }
    }
    /// The public matching key: a blob that the genesis names.
    pub fn matching_key(&self) -> &MatchingPublicKey {
        &self.matching_public
    }
    /// The genesis of a chain under these keys. Errors: [`Error::Protocol`], and [`Error::Keys`] for
    /// keys from the public seed on network `main`.
    pub fn genesis<R: RngCore + CryptoRng>(&self, rng: &mut R, terms: &GenesisTerms) -> Result<Genesis, Error> {
        let genesis = Genesis {
            name: terms.name,
            network: terms.network,
            time: terms.time,
            regulator: self.signer.public(),
            recovery: terms.recovery,
            matcher: terms.matcher,
            terms_key: self.terms.public(),
            terms_possession: self
                .terms
                .possession(rng, &genesis_context(&terms.name, terms.network, GenesisKey::Terms)),
            audit_key: terms.audit_key,
            audit_possession: terms.audit_possession,
            audit_shares: terms.audit_shares,
            matching_key: BlobHash::of(&self.matching_public.to_bytes()),
            verifying_keys: terms.verifying_keys,
            anchor_blocks: terms.anchor_blocks,
            anchor_cycles: terms.anchor_cycles,
            score_checks: terms.score_checks,
            matching_mode: terms.matching_mode,
            deviation_key: terms.deviation[0],
            deviation_server_key: terms.deviation[1],
            limits: terms.limits,
        };
        genesis.check()?;
        judge_genesis(&genesis)?;
        Ok(genesis)
    }
    /// All secrets, to be stored encrypted.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(64 + SECRET_KEY_BYTES + 2 * PUBLIC_KEY_BYTES));
        self.signer.expose().write(&mut out);
        self.terms.to_bytes().write(&mut out);
        out.extend_from_slice(&self.matching_secret.to_bytes());
        out.extend_from_slice(&self.matching_public.to_bytes());
        out
    }
    /// The keys from the bytes that [`Self::to_bytes`] gave. Error: [`Error::Protocol`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut input = Reader(bytes);
        let signer = Signer::from_bytes(Canonical::read(&mut input)?);
        let terms = DecryptionKey::from_bytes(&Canonical::read(&mut input)?)?;
        let damaged = |_| protocol::Error::Encoding("matching key");
        let matching_secret = MatchingSecretKey::from_bytes(input.take(SECRET_KEY_BYTES)?).map_err(damaged)?;
        let matching_public = MatchingPublicKey::from_bytes(input.0).map_err(damaged)?;
        if !matching_secret.fits(&matching_public) {
            return Err(protocol::Error::Key("the halves of the matching key do not fit").into());
        }
        Ok(RegulatorKeys { signer, terms, matching_secret, matching_public })
    }
}

/// How many ciphertexts the service has decrypted, for tests and for the regulator's supervisors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decryptions {
    /// Score vectors.
    pub scores: u64,
    /// Terms ciphertexts: two for each match.
    pub terms: u64,
    /// Audit ciphertexts of plans.
    pub audits: u64,
    /// Trace keys.
    pub traces: u64,
    /// Audit ciphertexts of payments.
    pub payments: u64,
    /// Matches' terms, for an audit.
    pub trades: u64,
    /// Halves of deliveries, for an audit.
    pub deliveries: u64,
    /// Trades whose verdict bit was opened, as computed and as posted.
    pub deviations: u64,
}

/// An announcement: an Open without its serial.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Announced {
    purpose: u8,
    cycle: Cycle,
    round: u8,
    first: Fr,
    second: Fr,
}

/// The regulator's service. Not printable: it holds its keys.
pub struct Regulator {
    keys: RegulatorKeys,
    chain: ChainId,
    matching_mode: MatchingMode,
    /// The audit key K_a, to which trace keys are deposited.
    audit_key: EncryptionKey,
    /// The genesis's, which the terms of every cycle name.
    greatest_energy: Energy,
    serials: SerialCounter,
    /// The verifying keys that the ledger asks for.
    proofs: NewestKeys,
    next_height: Option<Height>,
    epoch: Option<Epoch>,
    issuers: BTreeMap<IssuerId, IssuerRole>,
    /// The kappas that credentials on the ledger name.
    named: BTreeSet<TraceCommitment>,
    plans: BTreeMap<Handle, ListPlan>,
    trail: Trail,
    register: Register,
    book: OrderBook,
    announced: BTreeSet<Announced>,
    rounds: BTreeMap<(Cycle, u8), Choice>,
    answers: Answers,
    decryptions: Decryptions,
    genesis: Genesis,
    /// The public halves of the audit key's shares. None where nobody has put them in: then no part is
    /// taken.
    public_shares: Option<PublicShares>,
    /// The parts in audits that were not by their holders' shares.
    bad_parts: Vec<BadPart>,
    lapse_limit: LapseLimit,
}

impl Regulator {
    /// The service of a chain, before its first block. Its view of the ledger is rebuilt by
    /// scanning; the keys, the register and the answers need storing. Errors:
    /// [`Error::NotOurGenesis`], [`Error::Keys`].
    pub fn new(keys: RegulatorKeys, genesis: &Genesis) -> Result<Self, Error> {
        let ours = genesis.regulator == keys.signer.public();
        let regulator = Self::recovered(keys, genesis)?;
        ours.then_some(regulator).ok_or(Error::NotOurGenesis)
    }
    /// [`Self::new`] with a signing key that has replaced the genesis's, or will
    /// ([`crate::recovery`]). Errors: those of [`Self::new`], for the other keys.
    pub fn recovered(keys: RegulatorKeys, genesis: &Genesis) -> Result<Self, Error> {
        let proofs = NewestKeys::new(genesis)?;
        let ours = genesis.terms_key == keys.terms.public()
            && genesis.matching_key == BlobHash::of(&keys.matching_public.to_bytes());
        if !ours {
            return Err(Error::NotOurGenesis);
        }
        Ok(Regulator {
            keys,
            chain: genesis.chain(),
            matching_mode: genesis.matching_mode,
            audit_key: genesis.audit_key,
            greatest_energy: genesis.limits.greatest_energy,
            serials: SerialCounter::default(),
            proofs,
            next_height: None,
            epoch: None,
            issuers: BTreeMap::new(),
            named: BTreeSet::new(),
            plans: BTreeMap::new(),
            trail: Trail::default(),
            register: Register::default(),
            book: OrderBook::default(),
            announced: BTreeSet::new(),
            rounds: BTreeMap::new(),
            answers: Answers::default(),
            decryptions: Decryptions::default(),
            genesis: *genesis,
            public_shares: None,
            bad_parts: Vec::new(),
            lapse_limit: LapseLimit::default(),
        })
    }

    /// Puts in the public halves of the audit key's shares, by which audits check the holders' parts.
    /// Error: [`Error::NotOurGenesis`] for others than the genesis names.
    pub fn set_public_shares(&mut self, public: PublicShares) -> Result<(), Error> {
        public.check(&self.genesis)?;
        self.public_shares = Some(public);
        Ok(())
    }
    /// The parts in audits that were not by their holders' shares, in the order in which they came.
    /// People look into them; each audit went on if enough other parts were good.
    pub fn bad_parts(&self) -> &[BadPart] {
        &self.bad_parts
    }

    /// The secrets, to be stored.
    pub fn keys(&self) -> &RegulatorKeys {
        &self.keys
    }
    /// Signs with another key from now on: the one that the recovery key's holder put in force
    /// ([`crate::recovery`]). Store the keys before.
    pub fn replace_signer(&mut self, signer: Signer) {
        self.keys.signer = signer;
    }
    /// The counts of all decryptions so far.
    pub fn decryptions(&self) -> Decryptions {
        self.decryptions
    }
    /// The order book as the ledger has it.
    pub fn book(&self) -> &OrderBook {
        &self.book
    }
    /// The ledger as audits read it.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }
    /// The households behind the credentials: to be stored with the keys.
    pub fn register(&self) -> &Register {
        &self.register
    }
    /// Puts back a register that was stored.
    pub fn set_register(&mut self, register: Register) {
        self.register = register;
    }
    /// The answers to masked vectors: to be stored with the keys, and before an answer is sent.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }
    /// Puts back answers that were stored.
    pub fn set_answers(&mut self, answers: Answers) {
        self.answers = answers;
    }
    /// The serials of its transactions: to be stored with the keys, and before what it has sealed
    /// is sent.
    pub fn serials(&self) -> SerialCounter {
        self.serials
    }
    /// Puts back serials that were stored, before the first block is scanned.
    pub fn set_serials(&mut self, serials: SerialCounter) {
        self.serials = serials;
    }

    /// Follows the ledger. Errors, with nothing changed: [`Error::OtherChain`],
    /// [`Error::OutOfOrder`], [`Error::Keys`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        if block.chain() != self.chain {
            return Err(Error::OtherChain);
        }
        if let Some(expected) = self.next_height.filter(|h| *h != block.height) {
            return Err(Error::OutOfOrder { expected: expected.0, got: block.height.0 });
        }
        self.proofs.judge(block)?;
        self.book.scan(block)?;
        self.next_height = Some(Height(block.height.0 + 1));
        self.trail.scan(block);
        self.proofs.scan(block);
        for transaction in &block.transactions {
            match &transaction.body {
                Body::SellPlan(p) | Body::BuyPlan(p) => {
                    self.plans.insert(p.handle, *p);
                }
                Body::IssueCredential(c) => {
                    self.named.insert(c.deposit.kappa);
                    self.serials.seen(c.serial);
                }
                Body::Open(o) => {
                    self.announced.insert(Announced {
                        purpose: o.purpose as u8,
                        cycle: o.cycle,
                        round: o.round,
                        first: o.first,
                        second: o.second,
                    });
                    self.serials.seen(o.serial);
                }
                Body::Match(m) => self.serials.seen(m.serial),
                Body::Ruling(r) => self.serials.seen(r.serial),
                Body::Transcript(t) => self.serials.seen(t.serial),
                Body::MatchThreshold(a) => self.serials.seen(a.serial),
                Body::Verdict(v) => self.serials.seen(v.serial),
                Body::SuspendIssuer(s) => self.serials.seen(s.serial),
                Body::EpochStart(e) => {
                    self.epoch = Some(e.epoch);
                    self.serials.seen(e.serial);
                }
                Body::CycleStart(c) => self.serials.seen(c.serial),
                Body::ActivateKey(a) => self.serials.seen(a.serial),
                Body::SetIssueCap(s) => self.serials.seen(s.serial),
                // The recovery key's serials are its own.
                Body::RotateKey(r) if r.of != NewKeys::Regulator => self.serials.seen(r.serial),
                Body::RegisterIssuer(r) => {
                    self.issuers.insert(r.issuer, r.role);
                    self.serials.seen(r.serial);
                }
                _ => {}
            }
        }
        self.serials.passed(block.height);
        Ok(())
    }

    fn seal(&mut self, expiry: Height, body: impl FnOnce(Serial) -> Body) -> Transaction {
        let serial = self.serials.take(expiry);
        self.keys.signer.seal(self.chain, expiry, body(serial))
    }

    fn announce(
        &mut self,
        expiry: Height,
        purpose: Purpose,
        (cycle, round): (Cycle, u8),
        (first, second): (Fr, Fr),
        reason: [u8; 32],
    ) -> Transaction {
        self.seal(expiry, |serial| Body::Open(Open { serial, purpose, cycle, round, first, second, reason }))
    }

    /// Whether an Open for this is on the ledger. Error: [`Error::NotOpened`].
    fn require_announced(
        &self,
        purpose: Purpose,
        (cycle, round): (Cycle, u8),
        (first, second): (Fr, Fr),
    ) -> Result<(), Error> {
        let announced = Announced { purpose: purpose as u8, cycle, round, first, second };
        if self.announced.contains(&announced) {
            Ok(())
        } else {
            Err(Error::NotOpened(format!("{purpose:?} of {}", Handle(first))))
        }
    }
}

#[cfg(test)]
mod tests;
