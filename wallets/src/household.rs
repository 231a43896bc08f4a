//! A household's wallet: finds its records and trades by scanning, and makes every transaction of
//! its side.
//!
//! [`Watch`] is what the viewing key sees and follows from the ledger alone; [`Wallet`] adds the
//! spending key and what is on its way. A wallet that is restored from its phrase scans again and
//! reaches the same state: every transaction carries a memo to its own author, which opens the
//! records that it made.
//!
//! The path through the code: `watch` (state and views) -> `watch/scan` (blocks) -> `request`
//! (credentials) -> `list` (plans),
//! `bind` (their ciphertexts) -> `trade` (confirm, refuse, complain, settle) -> `refund` (release,
//! void) -> `grid` (surplus, shortfall) -> `withdraw` -> `merge` -> `state` (stored form).

mod bind;
pub mod conservation;
mod error;
mod grid;
mod keys;
mod list;
mod merge;
mod obligation;
mod plan;
mod refund;
mod request;
mod state;
mod trade;
mod watch;
mod withdraw;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use list::Listing;
pub use merge::{Gathering, Need, MOST_RECORDS};
pub use plan::{DeliveryHalf, OwnPlan, OwnTrade, Stage};
pub use watch::{ChainParameters, Locked, Obligation, OwnRecord, Watch};
pub use withdraw::Withdrawal;

use crate::note::{self, Payload};
use crate::phrase::Phrase;
use crate::prover::{Instance, Prover};
use protocol::ids::{Height, TransactionId, VerifyingKeyId};
use protocol::keys::{Address, NoteKey, PaymentAddress, SpendingKey, TraceKey, TraceKind, TraceTag, ViewingKey};
use protocol::light::VerifiedBlock;
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Nullifier};
use protocol::relation::check::{blinding, CredentialShown, Owner};
use protocol::relation::RelationKind;
use protocol::transaction::body::Note;
use protocol::transaction::{binding, listing_binding, transaction_id, Body, CiphertextSeal, Kind, Seal, Transaction};
use protocol::tree::{Path, Position};
use protocol::units::{Cycle, Epoch, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

/// A transaction that was made and not yet seen in a block.
#[derive(Clone, PartialEq, Eq)]
struct AwaitedTransaction {
    id: TransactionId,
    expiry: Height,
    /// Records that it spends.
    nullifiers: Vec<Nullifier>,
    /// The handle or obligation that the transaction is about; 0 where there is none.
    about: Fr,
}

/// A household's wallet. Not printable; its secrets are wiped on drop.
pub struct Wallet {
    seed: Zeroizing<[u8; 64]>,
    spending: SpendingKey,
    watch: Watch,
    pending: Vec<AwaitedTransaction>,
}

/// The balance record that relations 5, 6 and 9 spend: a record of the household, or a dummy of
/// value 0.
struct BalanceInput {
    balance: Balance,
    amount: Money,
    commitment: Commitment,
    position: Option<Position>,
}

impl Wallet {
    /// A wallet from a BIP-39 phrase (English), as [`Phrase::read`] reads it. Its network is the
    /// genesis's. Notes of blocks before `birth` are not tried. Error: [`Error::Phrase`].
    pub fn create(phrase: &str, birth: Height, parameters: ChainParameters) -> Result<Self, Error> {
        Ok(Self::of(&Phrase::read(phrase)?, birth, parameters))
    }
    /// The wallet of a phrase. Notes of blocks before `birth` are not tried.
    pub fn of(phrase: &Phrase, birth: Height, parameters: ChainParameters) -> Self {
        Self::from_seed(phrase.seed(), birth, parameters)
    }
    fn from_seed(seed: Zeroizing<[u8; 64]>, birth: Height, parameters: ChainParameters) -> Self {
        let spending = SpendingKey::from_seed(&seed);
        let key = ViewingKey { nullifier_key: spending.nullifier_key(), note_secret: keys::static_note_secret(&seed) };
        let watch = Watch::new(key, birth, parameters);
        Wallet { seed, spending, watch, pending: Vec::new() }
    }
    /// What the viewing key sees: records, plans, obligations, credentials, balance.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }
    /// The key that sees everything and spends nothing.
    pub fn viewing_key(&self) -> ViewingKey {
        self.watch.key.clone()
    }
    /// The address to which issuers and the regulator send records for this household.
    pub fn payment_address(&self) -> PaymentAddress {
        PaymentAddress { address: self.watch.address, note_key: self.note_key() }
    }
    /// The payment address as bech32m text of the genesis's network.
    pub fn payment_address_text(&self) -> String {
        self.payment_address().encode(self.watch.parameters.genesis().network)
    }
    /// The address that owns this household's records.
    pub fn address(&self) -> Address {
        self.watch.address
    }
    /// The unspent records that have a value, in the order of the tree.
    pub fn records(&self) -> impl Iterator<Item = &OwnRecord> {
        self.watch.records().filter(|r| !r.spent && value(&r.payload) > 0)
    }
    /// Money in unspent records, those included that a transaction on its way spends.
    pub fn balance(&self) -> Money {
        self.watch.balance()
    }
    /// Money and energy locked in plans and trades.
    pub fn locked(&self) -> Locked {
        self.watch.locked()
    }
    /// Transactions made and not yet seen in a block.
    pub fn pending(&self) -> impl Iterator<Item = TransactionId> + '_ {
        self.pending.iter().map(|p| p.id)
    }
    /// Scans the next block. Errors, with nothing changed: [`Error::OtherChain`],
    /// [`Error::OutOfOrder`], [`Error::RootMismatch`].
    pub fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        self.watch.scan(block)?;
        self.pending.retain(|p| p.expiry > block.height && !block.transactions.iter().any(|t| t.id == p.id));
        Ok(())
    }
    /// Forgets a transaction that the ledger has refused for good, so that the records that it
    /// would have spent are free at once.
    pub fn forget(&mut self, id: TransactionId) {
        self.pending.retain(|p| p.id != id);
    }

    fn note_key(&self) -> NoteKey {
        self.watch.note_secret().public()
    }
    fn owner(&self) -> Owner {
        Owner::new(&self.spending)
    }
    fn expiry(&self) -> Height {
        self.watch.parameters.genesis().limits.expiry(self.watch.height().unwrap_or(Height(0)))
    }
    /// Records that are unspent, and in no transaction on its way; those of value 0 too.
    fn idle(&self) -> impl Iterator<Item = &OwnRecord> {
        let free = |r: &&OwnRecord| !r.spent && !self.pending.iter().any(|p| p.nullifiers.contains(&r.nullifier));
        self.watch.records().filter(free)
    }
    /// The idle records that have a value.
    fn free(&self) -> impl Iterator<Item = &OwnRecord> {
        self.idle().filter(|r| value(&r.payload) > 0)
    }
    fn in_flight(&self, about: Fr) -> Result<(), Error> {
        if self.pending.iter().any(|p| p.about == about && about != Fr::from(0u64)) {
            Err(Error::InFlight)
        } else {
            Ok(())
        }
    }
    /// The greatest idle balance record that can take up `gained`, even one of value 0, and
    /// otherwise a dummy. So a record near the greatest amount, which an issuer could send, stops
    /// no payment. A payment may leave the household with one more record. That shows nothing of
    /// the records' values, since [`Wallet::tidy`] goes by their number alone.
    fn balance_input(&self, rng: &mut (impl RngCore + CryptoRng), gained: Money) -> BalanceInput {
        let of = |r: &OwnRecord| match r.payload {
            Payload::Balance { amount, blinding } => Some((amount, blinding, r.position)),
            _ => None,
        };
        let bearing = self.idle().filter_map(of).filter(|(amount, ..)| amount.plus(gained).is_ok());
        let greatest = bearing.max_by_key(|(amount, ..)| *amount);
        let (amount, r, position) = match greatest {
            Some((amount, r, position)) => (amount, r, Some(position)),
            None => (Money::ZERO, blinding(rng), None),
        };
        let balance = Balance::new(amount, self.watch.address, r);
        BalanceInput { commitment: balance.commitment(), balance, amount, position }
    }
    /// The path of a balance input: a record's under the anchor, or a dummy's.
    fn balance_path_of(&self, input: &BalanceInput, leaves: u64) -> Path {
        match input.position {
            Some(position) => self.watch.path(position, leaves),
            None => Path::dummy(input.commitment.0),
        }
    }
    /// The credential of an epoch with a fresh trace tag for a plan. The tag counts as used once the
    /// transaction is made.
    fn use_credential(&self, epoch: Epoch, kind: TraceKind, cycle: Cycle) -> Result<CredentialUse, Error> {
        let key = self.trace_key(epoch);
        let counter = self.fresh(kind, |n| key.tag(kind, cycle, n))?;
        self.shown(epoch, key.tag(kind, cycle, counter), counter)
    }
    /// The credential of an epoch with a fresh trace tag for a withdrawal in the current one.
    fn use_credential_to_withdraw(&self, epoch: Epoch, current: Epoch) -> Result<CredentialUse, Error> {
        let key = self.trace_key(epoch);
        let counter = self.fresh(TraceKind::Withdraw, |n| key.withdrawal_tag(current, n))?;
        self.shown(epoch, key.withdrawal_tag(current, counter), counter)
    }
    fn trace_key(&self, epoch: Epoch) -> TraceKey {
        self.spending.trace_key(self.watch.parameters.chain(), epoch)
    }
    /// The first counter whose tag is not used. Error: [`Error::NoTagLeft`].
    fn fresh(&self, kind: TraceKind, tag: impl Fn(u8) -> TraceTag) -> Result<u8, Error> {
        kind.counters().find(|n| !self.watch.tags.contains(&tag(*n))).ok_or(Error::NoTagLeft)
    }
    /// The credential of an epoch for the payment of a metered record, whose tag counts its sign.
    fn use_credential_for(
        &self,
        epoch: Epoch,
        kind: TraceKind,
        cycle: Cycle,
        sign: Sign,
    ) -> Result<CredentialUse, Error> {
        let counter = sign.counter();
        self.shown(epoch, self.trace_key(epoch).tag(kind, cycle, counter), counter)
    }
    fn shown(&self, epoch: Epoch, tag: TraceTag, counter: u8) -> Result<CredentialUse, Error> {
        let (opening, position) = self.watch.credentials.get(&epoch).ok_or(Error::NoCredential(epoch))?;
        let key = self.trace_key(epoch);
        Ok(CredentialUse {
            tag,
            position: *position,
            shown: CredentialShown {
                credential: Credential::new(
                    self.watch.address,
                    opening.reputation,
                    opening.place,
                    opening.kappa,
                    opening.meter,
                    opening.epoch,
                    opening.blinding,
                ),
                path: Path::dummy(Fr::from(0u64)),
                trace_key: key.expose(),
                counter: Fr::from(counter),
            },
        })
    }
    /// A memo to oneself about a record.
    fn memo(&self, rng: &mut (impl RngCore + CryptoRng), kind: Kind, about: Fr, payload: &Payload) -> Note {
        note::seal(rng, &self.note_key(), self.watch.parameters.chain(), kind, about, payload)
    }
    /// The public input `binding` of a body, which ties its proof to it.
    fn binding(&self, prover: &dyn Prover, kind: RelationKind, body: &Body) -> Result<Fr, Error> {
        let id = transaction_id(self.watch.parameters.chain(), self.expiry(), body);
        Ok(binding(id, self.key_for(prover, kind, body)?))
    }
    /// The public input `binding` of a listing's own proof, which covers the second proof too.
    fn listing_binding(
        &self,
        prover: &dyn Prover,
        kind: RelationKind,
        body: &Body,
        second: &CiphertextSeal,
    ) -> Result<Fr, Error> {
        let id = transaction_id(self.watch.parameters.chain(), self.expiry(), body);
        Ok(listing_binding(id, self.key_for(prover, kind, body)?, second))
    }
    /// The key that the ledger will ask for: of the plan's cycle, else of the newest.
    fn key_for(&self, prover: &dyn Prover, kind: RelationKind, body: &Body) -> Result<VerifyingKeyId, Error> {
        let cycle = match body {
            Body::SellPlan(b) | Body::BuyPlan(b) => Some(b.cycle),
            _ => watch::handle(body).and_then(|handle| self.watch.plans.get(&handle)).map(OwnPlan::cycle),
        };
        self.key_in(prover, kind, cycle)
    }
    /// The key of a relation in a cycle; without one, in the newest.
    fn key_in(&self, prover: &dyn Prover, kind: RelationKind, cycle: Option<Cycle>) -> Result<VerifyingKeyId, Error> {
        let version = self.watch.keys.version(cycle.or_else(|| self.watch.cycles.keys().next_back().copied()));
        match self.watch.keys.key(kind, version) {
            Some(key) => Ok(key),
            None => Ok(prover.key_id(kind)?),
        }
    }
    /// Checks and proves a transaction, and remembers it as on its way.
    fn finish(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        body: Body,
        about: Fr,
        tag: Option<TraceTag>,
        instance: &Instance<'_>,
    ) -> Result<Transaction, Error> {
        instance.check()?;
        let key = self.key_for(prover, instance.kind(), &body)?;
        let proof = prover.prove(key, instance, rng)?;
        let (chain, expiry) = (self.watch.parameters.chain(), self.expiry());
        let transaction = Transaction { chain, expiry, body, seal: Seal::Proof { key, proof } };
        self.watch.tags.extend(tag);
        let nullifiers = watch::nullifiers(&body);
        self.pending.push(AwaitedTransaction { id: transaction.id(), expiry, nullifiers, about });
        Ok(transaction)
    }
}

/// A credential that a transaction is about to prove. Its path is filled in once the anchor is
/// chosen.
struct CredentialUse {
    tag: TraceTag,
    position: Position,
    shown: CredentialShown,
}

impl CredentialUse {
    fn under(mut self, watch: &Watch, leaves: u64) -> CredentialShown {
        self.shown.path = watch.path(self.position, leaves);
        self.shown
    }
}

/// The value of a record, in Wh or nano-currency; 0 for a record of another kind.
fn value(payload: &Payload) -> u64 {
    match payload {
        Payload::Generation { volume, .. } | Payload::Metered { volume, .. } => volume.get(),
        Payload::Balance { amount, .. } => amount.get(),
        _ => 0,
    }
}
