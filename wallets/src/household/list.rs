//! Listing of plans, relations 1 and 2.

use super::bind::Opening;
use super::keys::PlanSeed;
use super::{Error, Need, OwnPlan, OwnRecord, Stage, Wallet};
use crate::note::{Payload, PlanOpening};
use crate::prover::{Instance, Prover};
use fhe_matcher::block::Block;
use fhe_matcher::plaintext::score::{QuantisedBid, QuantisedOffer};
use protocol::elgamal::{encrypt, Role};
use protocol::ids::BlobHash;
use protocol::keys::TraceKind;
use protocol::plan::{Bid, Offer};
use protocol::record::balance::Balance;
use protocol::record::generation::Generation;
use protocol::record::plan::{offer_attributes, wanted_attributes, weight_attributes, Plan};
use protocol::record::{Commitment, Handle};
use protocol::relation::check::Ephemeral;
use protocol::relation::list_plan::{BuyPlanWitness, ListPlan as Statement, ParametersOpening, SellPlanWitness};
use protocol::relation::plan_ciphertext::{BidOpening, OfferOpening, Scale};
use protocol::relation::RelationKind;
use protocol::terms::Terms;
use protocol::transaction::body::{CycleStart, ListPlan};
use protocol::transaction::{Body, Kind, Seal, Transaction};
use protocol::units::{Cycle, Energy, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// A plan ready to be posted: the blob goes to the ledger with the transaction that names it.
#[derive(Clone)]
pub struct Listing {
    /// The transaction.
    pub transaction: Transaction,
    /// The matching ciphertext, which the transaction names by its hash.
    pub blob: Vec<u8>,
    /// The plan's handle P, which names it on the ledger.
    pub handle: Handle,
}

/// The parts of a listing that both sides share, before the statement is built.
struct Draft {
    body: ListPlan,
    plan: Plan,
    change_blinding: Fr,
    ephemeral: Ephemeral,
    leaves: u64,
    credential_use: super::CredentialUse,
}

impl Wallet {
    /// Lists an offer. Its place and reputation must be the credential's, and one free G of the
    /// cycle and the type must cover its volume. The wallet spends the smallest that does.
    pub fn list_sell(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        offer: &Offer,
        cycle: Cycle,
    ) -> Result<Listing, Error> {
        let record = self.smallest_bearing(Need::offer(offer, cycle))?;
        let seed = PlanSeed::random(rng);
        self.sell(prover, rng, offer, cycle, record, seed)
    }

    /// Lists a bid. One free B must cover its volume at its limit. The wallet spends the smallest
    /// that does.
    pub fn list_buy(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        bid: &Bid,
        cycle: Cycle,
    ) -> Result<Listing, Error> {
        let record = self.smallest_bearing(Need::bid(bid))?;
        let seed = PlanSeed::random(rng);
        self.buy(prover, rng, bid, cycle, record, seed)
    }

    /// Lists the remainder of a plan that was matched in part, as a fresh plan. The listing spends
    /// the change of the confirmation if that is still there. The remainder is listed once, and
    /// again only when the plan that listed it has ended without a trade. Errors: [`Error::Stage`]
    /// before the trade is binding, [`Error::NothingLeft`], [`Error::OutsideLots`] for a remainder
    /// below the least lot, [`Error::Relisted`], [`Error::InFlight`].
    pub fn relist(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Listing, Error> {
        let own = self.watch.plan(handle)?;
        let binding = [Stage::Binding, Stage::Delivered, Stage::Void, Stage::Voided, Stage::Settled];
        let trade = own.trade.as_ref().filter(|_| binding.contains(&own.stage)).ok_or(Error::Stage(own.stage))?;
        let matched = trade.opening.map_err(Error::MatchNotOpen)?.volume;
        let rest = own.volume().minus(matched)?;
        if rest == Energy::ZERO {
            return Err(Error::NothingLeft);
        }
        let (cycle, seed) = (own.cycle(), self.rest_seed(own)?);
        let change = self.free().find(|r| Some(r.commitment) == trade.change).cloned();
        match own.side() {
            Side::Sell => {
                let offer = own.offer(rest)?;
                let record = change.map_or_else(|| self.smallest_bearing(Need::offer(&offer, cycle)), Ok)?;
                self.sell(prover, rng, &offer, cycle, record, seed)
            }
            Side::Buy => {
                let bid = own.bid(&self.watch.cycle(cycle)?.market, rest)?;
                let record = change.map_or_else(|| self.smallest_bearing(Need::bid(&bid)), Ok)?;
                self.buy(prover, rng, &bid, cycle, record, seed)
            }
        }
    }

    /// The seed of the plan that lists a plan's remainder. Error: [`Error::Relisted`].
    fn rest_seed(&self, own: &OwnPlan) -> Result<PlanSeed, Error> {
        let nothing = [Stage::Expired, Stage::Lapsed, Stage::Refused, Stage::Released];
        let mut failed = 0;
        loop {
            let seed = own.seed.of_rest(&self.watch.key.note_secret, failed);
            match self.watch.plans().find(|(_, plan)| plan.seed.0 == seed.0) {
                None => return Ok(seed),
                Some((_, plan)) if nothing.contains(&plan.stage) => failed += 1,
                Some((handle, _)) => return Err(Error::Relisted(*handle)),
            }
        }
    }

    fn sell(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        offer: &Offer,
        cycle: Cycle,
        record: OwnRecord,
        seed: PlanSeed,
    ) -> Result<Listing, Error> {
        let CycleStart { market, terms, .. } = *self.watch.cycle(cycle)?;
        let tick = market.grid.tick(offer.ask)?;
        allowed(offer.volume, &terms)?;
        let Payload::Generation { volume, energy_type, cycle: of, meter, blinding } = record.payload else {
            return Err(Error::NothingLeft);
        };
        let generation = Generation::new(volume, energy_type, of, self.watch.address, meter, blinding);
        let block = Block::offer(&QuantisedOffer::new(&market, offer)?).map_err(Error::Encryption)?;
        let encrypted = self.encrypted(block, rng);
        let left = Generation { volume: generation.volume - Fr::from(offer.volume.get()), ..generation };
        let change = |blinding| Generation { blinding, ..left }.commitment();
        let (owner, attributes) = (self.watch.address, offer_attributes(offer));
        let plan = |meter, blinding| Ok(Plan::sell(offer, meter, cycle, owner, blinding));
        let draft = self.draft(rng, TraceKind::Sell, cycle, &record, plan, change, &encrypted.blob(), &seed)?;
        let body = Body::SellPlan(draft.body);
        let opening = Opening::Offer(Box::new(OfferOpening::new(&Scale::from(&market), &draft.plan, attributes)));
        let Some(second) = self.bind(prover, rng, &body, &draft.body, &encrypted, opening)? else {
            return self.sell(prover, rng, offer, cycle, record, seed);
        };
        let binding = self.listing_binding(prover, RelationKind::SellPlan, &body, &second)?;
        let statement = self.statement(&draft.body, binding)?;
        let witness = SellPlanWitness {
            owner: self.owner(),
            generation,
            path: self.watch.path(record.position, draft.leaves),
            shown: draft.credential_use.under(&self.watch, draft.leaves),
            plan: draft.plan,
            attributes,
            parameters: ParametersOpening::new(&market, &terms, tick),
            change_blinding: draft.change_blinding,
            ephemeral: draft.ephemeral,
        };
        let (handle, tag) = (draft.body.handle, draft.body.tag);
        let instance = Instance::SellPlan(&statement, &witness);
        let mut transaction = self.finish(prover, rng, body, handle.0, Some(tag), &instance)?;
        if let Seal::Proof { key, proof } = transaction.seal {
            transaction.seal = Seal::Plan { key, proof, ciphertext: second };
        }
        Ok(Listing { transaction, blob: encrypted.blob(), handle })
    }

    fn buy(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        bid: &Bid,
        cycle: Cycle,
        record: OwnRecord,
        seed: PlanSeed,
    ) -> Result<Listing, Error> {
        let CycleStart { market, terms, .. } = *self.watch.cycle(cycle)?;
        let tick = market.grid.tick(bid.limit)?;
        allowed(bid.volume, &terms)?;
        let Payload::Balance { amount, blinding } = record.payload else { return Err(Error::NothingLeft) };
        let balance = Balance::new(amount, self.watch.address, blinding);
        let block = Block::bid(&QuantisedBid::new(&market, bid)?).map_err(Error::Encryption)?;
        let encrypted = self.encrypted(block, rng);
        let left = Balance { amount: balance.amount - Fr::from(bid.volume.at(bid.limit).get()), ..balance };
        let change = |blinding| Balance { blinding, ..left }.commitment();
        let owner = self.watch.address;
        let plan = |meter, blinding| Plan::buy(&market.grid, bid, meter, cycle, owner, blinding);
        let draft = self.draft(rng, TraceKind::Buy, cycle, &record, plan, change, &encrypted.blob(), &seed)?;
        let body = Body::BuyPlan(draft.body);
        let (wanted, weights) = (wanted_attributes(&market.grid, bid)?, weight_attributes(bid));
        let opening = Opening::Bid(Box::new(BidOpening::new(&Scale::from(&market), &draft.plan, wanted, weights)));
        let Some(second) = self.bind(prover, rng, &body, &draft.body, &encrypted, opening)? else {
            return self.buy(prover, rng, bid, cycle, record, seed);
        };
        let binding = self.listing_binding(prover, RelationKind::BuyPlan, &body, &second)?;
        let statement = self.statement(&draft.body, binding)?;
        let witness = BuyPlanWitness {
            owner: self.owner(),
            balance,
            path: self.watch.path(record.position, draft.leaves),
            shown: draft.credential_use.under(&self.watch, draft.leaves),
            plan: draft.plan,
            wanted,
            weights,
            parameters: ParametersOpening::new(&market, &terms, tick),
            change_blinding: draft.change_blinding,
            ephemeral: draft.ephemeral,
        };
        let (handle, tag) = (draft.body.handle, draft.body.tag);
        let instance = Instance::BuyPlan(&statement, &witness);
        let mut transaction = self.finish(prover, rng, body, handle.0, Some(tag), &instance)?;
        if let Seal::Proof { key, proof } = transaction.seal {
            transaction.seal = Seal::Plan { key, proof, ciphertext: second };
        }
        Ok(Listing { transaction, blob: encrypted.blob(), handle })
    }

    #[allow(clippy::too_many_arguments)]
    fn draft(
        &self,
        rng: &mut (impl RngCore + CryptoRng),
        kind: TraceKind,
        cycle: Cycle,
        record: &OwnRecord,
        plan: impl FnOnce(protocol::units::IssuerId, Fr) -> Result<Plan, protocol::Error>,
        change: impl FnOnce(Fr) -> Commitment,
        blob: &[u8],
        seed: &PlanSeed,
    ) -> Result<Draft, Error> {
        let epoch = self.watch.cycle(cycle)?.epoch;
        let credential_use = self.use_credential(epoch, kind, cycle)?;
        let meter = self.watch.credential(epoch).ok_or(Error::NoCredential(epoch))?.meter;
        let plan = plan(meter, seed.blinding())?;
        self.in_flight(plan.handle().0)?;
        let (handle, ephemeral, change_blinding) = (plan.handle(), Ephemeral::random(rng), seed.change_blinding());
        let (root, leaves) = self.watch.anchor(&[record.position, credential_use.position])?;
        let genesis = self.watch.parameters.genesis();
        let (terms_key, audit_key) = (genesis.terms_key.point(), genesis.audit_key.point());
        let opening = PlanOpening {
            volume: Energy::new(protocol::relation::check::as_u64(plan.volume).unwrap_or(u64::MAX))?,
            price: protocol::units::Price::new(protocol::relation::check::as_u64(plan.price).unwrap_or(u64::MAX))?,
            attributes: plan.attributes,
            preferences: plan.preferences,
            meter,
            seed: seed.0,
        };
        let transaction_kind = match plan.side {
            Side::Sell => Kind::SellPlan,
            Side::Buy => Kind::BuyPlan,
        };
        let e = &ephemeral.e;
        let body = ListPlan {
            cycle,
            epoch,
            root,
            nullifier: record.nullifier,
            handle,
            change: change(change_blinding),
            tag: credential_use.tag,
            c1: ephemeral.point(),
            terms: encrypt(Role::Terms, &terms_key, handle.0, e, &[plan.volume, plan.price]),
            audit: encrypt(Role::Audit, &audit_key, handle.0, e, &[plan.owner, plan.volume, plan.price]),
            plan_key: seed.plan_key(&self.watch.key.note_secret).public().point(),
            ciphertext: BlobHash::of(blob),
            memo: self.memo(rng, transaction_kind, handle.0, &Payload::Plan(opening)),
        };
        Ok(Draft { body, plan, change_blinding, ephemeral, leaves, credential_use })
    }

    /// The statement of a listing, as the ledger builds it from the body.
    fn statement(&self, body: &ListPlan, binding: Fr) -> Result<Statement, Error> {
        let genesis = self.watch.parameters.genesis();
        Ok(Statement {
            root: body.root,
            epoch: body.epoch,
            cycle: body.cycle,
            parameters: self.watch.cycle(body.cycle)?.parameters(),
            nullifier: body.nullifier,
            handle: body.handle,
            change: body.change,
            tag: body.tag,
            terms_key: genesis.terms_key.point(),
            audit_key: genesis.audit_key.point(),
            c1: body.c1,
            terms: body.terms,
            audit: body.audit,
            binding,
        })
    }
}

/// Refuses a volume that no plan of the cycle may have. Error: [`Error::OutsideLots`].
fn allowed(volume: Energy, &Terms { least_lot, greatest_energy, .. }: &Terms) -> Result<(), Error> {
    if (least_lot..=greatest_energy).contains(&volume) {
        Ok(())
    } else {
        Err(Error::OutsideLots { volume, least_lot, greatest_energy })
    }
}
