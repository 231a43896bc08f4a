//! The transactions of a side in a match: confirm, refuse, complain, settle (relations 3 to 6, and
//! 7c).

use super::{AwaitedTransaction, BalanceInput, Error, OwnPlan, OwnTrade, Stage, Wallet};
use crate::note::Payload;
use crate::opening::{BadMatch, MatchOpening, TradeTold};
use crate::prover::{Instance, Prover};
use protocol::elgamal::{encrypt, Role};
use protocol::record::{nullifier, Handle};
use protocol::relation::check::{blinding, Ephemeral};
use protocol::relation::confirm::{Confirm as ConfirmStatement, ConfirmWitness};
use protocol::relation::refuse::{Refuse as RefuseStatement, RefuseWitness};
use protocol::relation::settle::{Settle as SettleStatement, SettleWitness};
use protocol::relation::RelationKind;
use protocol::settlement::{Payment, Settlement};
use protocol::transaction::body::{Complaint, Confirm, Objection, Settle};
use protocol::transaction::{transaction_id, Body, Kind, Seal, Transaction};
use protocol::units::{Money, Side};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

impl Wallet {
    /// A plan of this household that is at one of these stages and has no transaction on its way.
    pub(super) fn plan_at(&self, handle: Handle, stages: &[Stage]) -> Result<OwnPlan, Error> {
        let plan = self.watch.plan(handle)?;
        if !stages.contains(&plan.stage) {
            return Err(Error::Stage(plan.stage));
        }
        self.in_flight(handle.0)?;
        Ok(plan.clone())
    }

    /// The match that a plan is in, opened.
    pub(super) fn opened(plan: &OwnPlan) -> Result<(&OwnTrade, MatchOpening), Error> {
        let trade = plan.trade.as_ref().ok_or(Error::UnknownMatch)?;
        Ok((trade, trade.opening.map_err(Error::MatchNotOpen)?))
    }

    /// Confirms the match that a plan is in. Errors: [`Error::MatchNotOpen`],
    /// [`Error::TermsOutside`].
    pub fn confirm(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Matched])?;
        let (trade, terms) = Self::opened(&own)?;
        if !own.admits(&terms) {
            return Err(Error::TermsOutside);
        }
        let left = own.volume().minus(terms.volume)?;
        let (r, cycle, owner) = (blinding(rng), own.cycle(), self.watch.address);
        let (energy_type, meter) = (Fr::from(own.type_bits()), own.meter()?);
        let (kind, relation, change) = match own.side() {
            Side::Sell => {
                let energy_type = own.energy_type().ok_or(Error::State("a plan of no energy type"))?;
                let payload = Payload::Generation { volume: left, energy_type, cycle, meter, blinding: r };
                (Kind::ConfirmSell, RelationKind::ConfirmSell, payload)
            }
            Side::Buy => {
                let payload = Payload::Balance { amount: left.at(own.price()), blinding: r };
                (Kind::ConfirmBuy, RelationKind::ConfirmBuy, payload)
            }
        };
        let commitment = change.leaf(owner).expect("G and B are leaves");
        let service = *self.watch.issuers.get(&meter).ok_or(Error::UnknownIssuer(meter))?;
        let meter_key = service.key.point();
        let ephemeral = Ephemeral::random(rng);
        let messages = [owner.0, Fr::from(terms.volume.get())];
        let said = Confirm {
            match_id: trade.id,
            handle,
            meter,
            generation: service.generation,
            c1: ephemeral.point(),
            metering: encrypt(Role::Metering, &meter_key, handle.0, &ephemeral.e, &messages),
            change: commitment,
            memo: self.memo(rng, kind, commitment.0, &change),
        };
        let body = match own.side() {
            Side::Sell => Body::ConfirmSell(said),
            Side::Buy => Body::ConfirmBuy(said),
        };
        let statement = ConfirmStatement {
            match_id: said.match_id,
            handle,
            cycle,
            meter,
            meter_key,
            c1: said.c1,
            metering: said.metering,
            change: said.change,
            binding: self.binding(prover, relation, &body)?,
        };
        let witness = ConfirmWitness {
            owner: self.owner(),
            match_id: terms.record(own.side(), handle),
            plan: own.plan,
            energy_type,
            change_blinding: r,
            ephemeral,
        };
        let instance = match own.side() {
            Side::Sell => Instance::ConfirmSell(&statement, &witness),
            Side::Buy => Instance::ConfirmBuy(&statement, &witness),
        };
        self.finish(prover, rng, body, handle.0, None, &instance)
    }

    /// What the household tells whoever took over its metering service's number about a trade: the
    /// openings of plan and match, and of the halves on the ledger. The new holder cannot read what
    /// was encrypted to the old key. Tell it to nobody else. Errors: [`Error::Stage`] for a plan that
    /// has not confirmed, [`Error::MatchNotOpen`].
    pub fn tell_service(&self, handle: Handle) -> Result<TradeTold, Error> {
        let own = self.watch.plan(handle)?;
        if !matches!(own.stage, Stage::Confirmed | Stage::Binding | Stage::Delivered | Stage::Void | Stage::Settled) {
            return Err(Error::Stage(own.stage));
        }
        let (trade, terms) = Self::opened(own)?;
        let halves = trade.deliveries.map(|half| half.and_then(|half| half.opening));
        Ok(TradeTold { plan: own.plan, terms, halves })
    }

    /// Refuses the match that a plan is in, while this side has not confirmed. The plan's lock can
    /// then be released.
    pub fn refuse(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Matched])?;
        let (trade, terms) = Self::opened(&own)?;
        let body = Body::Refuse(Objection { match_id: trade.id, handle });
        let statement =
            RefuseStatement { match_id: trade.id, handle, binding: self.binding(prover, RelationKind::Refuse, &body)? };
        let witness = RefuseWitness { owner: self.owner(), match_id: terms.record(own.side(), handle), plan: own.plan };
        self.finish(prover, rng, body, handle.0, None, &Instance::Refuse(&statement, &witness))
    }

    /// Complains of a match that does not open: shows the point that the plan's key and the match's
    /// first half share, with a proof. That dissolves the match and marks the regulator. A match
    /// that opens is never complained of, since the point would publish its terms. Errors:
    /// [`Error::NothingWrong`]; [`Error::MatchNotOpen`] for a match that the wallet cannot judge.
    pub fn complain(&mut self, rng: &mut (impl RngCore + CryptoRng), handle: Handle) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Matched])?;
        let trade = own.trade.as_ref().ok_or(Error::UnknownMatch)?;
        match trade.opening {
            Ok(_) => return Err(Error::NothingWrong),
            Err(BadMatch::Unreadable) => return Err(Error::MatchNotOpen(BadMatch::Unreadable)),
            Err(BadMatch::WrongOpening) => {}
        }
        let key = own.seed.plan_key(&self.watch.key.note_secret);
        let body = Body::Complain(Complaint { match_id: trade.id, handle, shared: key.shared(trade.c1)? });
        let (chain, expiry) = (self.watch.parameters.chain(), self.expiry());
        let id = transaction_id(chain, expiry, &body);
        let seal = Seal::Shared(key.prove_shared(rng, trade.c1, &id.0)?);
        self.pending.push(AwaitedTransaction { id, expiry, nullifiers: vec![], about: handle.0 });
        Ok(Transaction { chain, expiry, body, seal })
    }

    /// Settles a delivered trade. The money goes into the greatest free B that can take it,
    /// otherwise into a new record.
    pub fn settle(
        &mut self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        handle: Handle,
    ) -> Result<Transaction, Error> {
        let own = self.plan_at(handle, &[Stage::Delivered])?;
        let (trade, terms) = Self::opened(&own)?;
        let [Some(sold), Some(bought)] = trade.deliveries else { return Err(Error::MissingOpening) };
        let (Some(sold_opening), Some(bought_opening)) = (sold.opening, bought.opening) else {
            return Err(Error::MissingOpening);
        };
        let start = self.watch.cycle(own.cycle())?;
        let (tolerance, penalty) = (start.market.tolerance, start.terms.penalty);
        let amounts = [sold_opening.amount, bought_opening.amount];
        let settlement = Settlement::new(terms.volume, amounts, tolerance);
        let Settlement { counted, delivered, within, settled, .. } = settlement;
        let payment = settlement.at(terms.price, penalty);
        let gained = gain(&own, &terms, &payment)?;
        let input = self.balance_input(rng, gained);
        let r = blinding(rng);
        let new = Payload::Balance { amount: input.amount.plus(gained)?, blinding: r };
        let (root, leaves) = self.watch.anchor(input.position.as_slice())?;
        let path = self.balance_path_of(&input, leaves);
        let BalanceInput { balance, commitment, .. } = input;
        let (kind, relation) = match own.side() {
            Side::Sell => (Kind::SettleSell, RelationKind::SettleSell),
            Side::Buy => (Kind::SettleBuy, RelationKind::SettleBuy),
        };
        let leaf = new.leaf(self.watch.address).expect("B is a leaf");
        let said = Settle {
            match_id: trade.id,
            handle,
            root,
            within,
            nullifier: nullifier(self.owner().nk(), commitment, path.position),
            balance: leaf,
            memo: self.memo(rng, kind, leaf.0, &new),
        };
        let body = match own.side() {
            Side::Sell => Body::SettleSell(said),
            Side::Buy => Body::SettleBuy(said),
        };
        let statement = SettleStatement {
            root,
            match_id: trade.id,
            delivery_sell: sold.id,
            delivery_buy: bought.id,
            handle,
            within,
            tolerance,
            penalty,
            nullifier: said.nullifier,
            balance: leaf,
            binding: self.binding(prover, relation, &body)?,
        };
        let witness = SettleWitness {
            owner: self.owner(),
            plan: own.plan,
            match_id: terms.record(own.side(), handle),
            delivery_sell: sold_opening.record(trade.id),
            delivery_buy: bought_opening.record(trade.id),
            counted: counted.map(|volume| Fr::from(volume.get())),
            delivered: Fr::from(delivered.get()),
            final_volume: Fr::from(settled.get()),
            owes: [payment.seller_owes, payment.buyer_owes].map(|money| Fr::from(money.get())),
            balance,
            path,
            new_blinding: r,
        };
        let instance = match own.side() {
            Side::Sell => Instance::SettleSell(&statement, &witness),
            Side::Buy => Instance::SettleBuy(&statement, &witness),
        };
        self.finish(prover, rng, body, handle.0, None, &instance)
    }
}

/// The gain of a side's balance: the seller is paid, and the buyer gets back the part of its lock
/// beyond what goes to the seller.
fn gain(plan: &OwnPlan, terms: &MatchOpening, payment: &Payment) -> Result<Money, Error> {
    Ok(match plan.side() {
        Side::Sell => payment.moved(),
        Side::Buy => terms.volume.at(plan.price()).minus(payment.moved())?,
    })
}
