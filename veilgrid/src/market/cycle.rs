//! A cycle, step by step, as `docs/protocol/00-overview.md` draws the life of a trade. Postings of a step go into one block in the scenario's
//! order.

use super::error::Error;
use super::runner::{NodeBlobs, Runner, METER};
use super::schedule;
use fhe_matcher::mask::Round;
use market::outcome::{GridRow, Rejection, Trade};
use market::outcome::{Outcome, LOCK_EXCEEDS_BALANCE, SHORTFALL_UNPAID};
use market::scenario::{Confirm, CyclePlans, Intent, Plan};
use protocol::record::metered::Sign;
use protocol::record::{Commitment, Handle, MatchId};
use protocol::transaction::body::Schedule;
use protocol::transaction::{Body, Time, Transaction};
use protocol::units::{Cycle, Energy, Epoch, IssuerId, Money, Side};
use std::collections::BTreeMap;
use wallets::issuer::Reading;
use wallets::prosumer::{Listing, Stage};
use wallets::regulator::CredentialTerms;

/// A match, by the plans' places in the scenario.
struct Pairing {
    round: u8,
    matching: MatchId,
    seller: usize,
    buyer: usize,
}

/// A cycle being played.
pub(super) struct Playing<'c> {
    plans: &'c CyclePlans,
    schedule: Schedule,
    now: Time,
    /// The handle under which each plan is listed now; None: rejected, or done.
    listed: Vec<Option<Handle>>,
    /// Every handle that a plan ever had, in the order listed.
    handles: Vec<(Handle, usize)>,
    pairings: Vec<Pairing>,
}

impl Playing<'_> {
    pub(super) fn cycle(&self) -> Cycle {
        self.plans.cycle
    }
    fn plan(&self, index: usize) -> &Plan {
        &self.plans.plans[index]
    }
    /// The matches made.
    #[cfg(feature = "deviation")]
    pub(super) fn trades(&self) -> Vec<MatchId> {
        self.pairings.iter().map(|pairing| pairing.matching).collect()
    }
    /// The next moment.
    pub(super) fn tick(&mut self) -> Time {
        self.now.0 += 1;
        self.now
    }
    fn list(&mut self, index: usize, handle: Handle) {
        self.listed[index] = Some(handle);
        self.handles.push((handle, index));
    }
}

impl Runner<'_> {
    /// Plays one cycle and adds what came of it to `outcome`.
    pub(super) fn play_cycle(&mut self, index: usize, plans: &CyclePlans, outcome: &mut Outcome) -> Result<(), Error> {
        let schedule = schedule::schedule(index, self.scenario.market.max_rounds);
        let mut playing = Playing {
            plans,
            schedule,
            now: schedule::begins(&schedule),
            listed: vec![None; plans.plans.len()],
            handles: Vec::new(),
            pairings: Vec::new(),
        };
        self.prepare(&mut playing)?;
        let rejected = self.list(&mut playing)?;
        outcome.rejected.extend(rejected);
        for round in 0..self.scenario.market.max_rounds {
            if !self.round(&mut playing, round)? {
                break;
            }
        }
        self.deliver(&mut playing)?;
        self.deviate(&mut playing)?;
        self.settle(&mut playing)?;
        let trades = self.trades(&playing)?;
        outcome.trades.extend(trades);
        self.grid(&mut playing, outcome)?;
        self.tidy(&mut playing)
    }

    pub(super) fn label(&self, playing: &Playing<'_>) -> String {
        format!("cycle {}", playing.cycle().get())
    }

    /// Epoch, trace keys, credentials, the cycle's start, meters' readings and generation records; then the buyers merge
    /// what they need for their locks.
    fn prepare(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let (epoch, expiry) = (Epoch::new(p.cycle().get())?, self.expiry());
        self.say(&format!("{}: an epoch starts, households deposit trace keys", self.label(p)));
        let start = self.work("regulate", |this| Ok(this.regulator.start_epoch(epoch, expiry)?))?;
        let time = p.tick();
        self.block(time, vec![start])?;
        let tasks: Vec<(usize, ())> = p.plans.plans.iter().map(|plan| (plan.household, ())).collect();
        let deposits = self.households("prove", &tasks, |household, prover, ()| {
            Ok(household.wallet.deposit(prover, &mut household.rng, epoch)?)
        })?;
        let time = p.tick();
        self.block(time, deposits.clone())?;

        self.say(&format!("{}: credentials, parameters, generation records", self.label(p)));
        let expiry = self.expiry();
        let transactions = self.work("issue", |this| {
            let mut all = Vec::new();
            for (plan, deposit) in p.plans.plans.iter().zip(&deposits) {
                let Body::Deposit(deposit) = deposit.body else { unreachable!("deposit makes deposits") };
                let household = &this.households[plan.household];
                let terms = CredentialTerms {
                    reputation: household.reputation,
                    place: household.place,
                    meter: IssuerId::new(METER)?,
                    kappa: deposit.kappa,
                    epoch,
                };
                let to = household.wallet.payment_address();
                all.push(this.regulator.issue_credential(
                    &this.prover,
                    &mut this.rngs.regulator,
                    &to,
                    &terms,
                    expiry,
                )?);
            }
            all.push(this.regulator.start_cycle(p.plans.cycle, this.scenario.market, p.schedule, expiry)?);
            for plan in &p.plans.plans {
                let address = this.households[plan.household].wallet.address();
                let reading = match &plan.intent {
                    Intent::Sell(sell) => Reading { injected: sell.injected, consumed: Energy::ZERO },
                    Intent::Buy(buy) => Reading { injected: Energy::ZERO, consumed: buy.consumed },
                };
                this.meter.read_meter(p.plans.cycle, address, reading)?;
                if let Intent::Sell(sell) = &plan.intent {
                    let (rng, cycle) = (&mut this.rngs.meter, p.plans.cycle);
                    let (volume, kind) = (sell.generated, sell.energy_type);
                    all.push(this.meter.issue_generation(&this.prover, rng, address, volume, kind, cycle, expiry)?);
                }
            }
            Ok(all)
        })?;
        let time = p.tick();
        self.block(time, transactions)?;
        let needs: Vec<(usize, Money)> = p
            .plans
            .plans
            .iter()
            .filter_map(|plan| match &plan.intent {
                Intent::Buy(buy) => Some((plan.household, buy.lock())),
                Intent::Sell(_) => None,
            })
            .collect();
        self.gather(p, &needs)
    }

    /// Lets households merge balance records, by their wallets' own rule, until one record bears what each needs, if all of
    /// its records do.
    fn gather(&mut self, p: &mut Playing<'_>, needs: &[(usize, Money)]) -> Result<(), Error> {
        loop {
            let merges = self.merges(needs)?;
            if merges.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: households merge records: {} merges", self.label(p), merges.len()));
            let time = p.tick();
            self.block(time, merges)?;
        }
    }

    /// When all is settled, wallets that have come to hold too many balance records merge the smallest, by their own rule,
    /// until they hold few again.
    fn tidy(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let everybody: Vec<(usize, ())> = (0..self.households.len()).map(|index| (index, ())).collect();
        loop {
            let merges = self.households("prove", &everybody, |household, prover, ()| {
                Ok(household.wallet.tidy(prover, &mut household.rng)?)
            })?;
            let merges = merges.concat();
            if merges.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: wallets keep their records few: {} merges", self.label(p), merges.len()));
            let time = p.tick();
            self.block(time, merges)?;
        }
    }

    /// Lists every plan that its household can back.
    fn list(&mut self, p: &mut Playing<'_>) -> Result<Vec<Rejection>, Error> {
        self.say(&format!("{}: households prove and encrypt {} plans", self.label(p), p.plans.plans.len()));
        let tasks: Vec<(usize, &Plan)> = p.plans.plans.iter().map(|plan| (plan.household, plan)).collect();
        let cycle = p.cycle();
        let listings = self.households("prove", &tasks, |household, prover, plan| {
            let (wallet, rng) = (&mut household.wallet, &mut household.rng);
            let listing = match &plan.intent {
                Intent::Sell(sell) => {
                    wallet.list_sell(prover, rng, &sell.offer(household.place, household.reputation), cycle)
                }
                Intent::Buy(buy) => wallet.list_buy(prover, rng, &buy.bid, cycle),
            };
            match listing {
                Ok(listing) => Ok(Some(listing)),
                Err(wallets::prosumer::Error::InsufficientFunds { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })?;
        let rejected = listings.iter().zip(&p.plans.plans).filter(|(listing, _)| listing.is_none());
        let rejected = rejected.map(|(_, plan)| Rejection {
            cycle: cycle.get(),
            household: self.scenario.households[plan.household].id.clone(),
            reason: LOCK_EXCEEDS_BALANCE.into(),
        });
        let rejected = rejected.collect();
        p.now = p.schedule.opens;
        let listings = listings.into_iter().enumerate().filter_map(|(i, l)| Some((i, l?))).collect();
        self.post(p, listings)?;
        Ok(rejected)
    }

    /// Posts listings in one block.
    fn post(&mut self, p: &mut Playing<'_>, listings: Vec<(usize, Listing)>) -> Result<(), Error> {
        let mut transactions = Vec::with_capacity(listings.len());
        let mut blobs = Vec::with_capacity(listings.len());
        for (index, listing) in listings {
            p.list(index, listing.handle);
            transactions.push(listing.transaction);
            blobs.push(listing.blob);
        }
        self.blobs(&blobs)?;
        let time = p.tick();
        self.block(time, transactions)?;
        Ok(())
    }

    /// One round. Whether it made a match.
    fn round(&mut self, p: &mut Playing<'_>, round: u8) -> Result<bool, Error> {
        let cycle = p.cycle();
        p.now = schedule::cut_off(&p.schedule, round);
        self.block(p.now, Vec::new())?;
        let (bids, offers) = {
            let plans = self.regulator.book().round(cycle, round);
            plans.map_or((0, 0), |plans| (plans.bids.len(), plans.offers.len()))
        };
        if bids == 0 || offers == 0 {
            return Ok(false);
        }
        let pairs = bids * offers;
        let (chain, expiry) = (self.node.state().chain(), self.expiry());
        let masked = self.masked.is_some();
        if masked {
            self.say(&format!("{}, round {round}: the matching node commits to the seed of its masks", self.label(p)));
            let of = Round { chain, cycle, round };
            let mask = self.work("score", |this| Ok(this.matcher.commit(&mut this.rngs.mask, &of, expiry)))?;
            let time = p.tick();
            self.block(time, vec![mask])?;
        } else {
            self.say(&format!(
                "{}, round {round}: scoring {bids} bids x {offers} offers on ciphertexts",
                self.label(p)
            ));
        }
        let postings = self.work("score", |this| {
            let mut all = match masked {
                true => Vec::new(),
                false => this.matcher.post(chain, cycle, round, &NodeBlobs(&this.node), expiry)?,
            };
            all.extend(this.regulator.open_scores(cycle, round, expiry)?);
            Ok(all)
        })?;
        let time = p.tick();
        let posted = self.block(time, postings)?;
        self.recheck(&posted)?;
        self.say(&match masked {
            true => format!(
                "{}, round {round}: masking {bids} bids' scores with up to {offers} offers; validators recompute, the \
                 regulator opens least slots",
                self.label(p)
            ),
            false => format!("{}, round {round}: the regulator recomputes and opens {pairs} scores", self.label(p)),
        });
        let transcript = self.work("open", |this| {
            let choice = match masked {
                true => this.choose_masked(cycle, round)?,
                false => this.regulator.choose(cycle, round, &NodeBlobs(&this.node))?,
            };
            if let Some(incident) = choice.incidents.first() {
                return Err(Error::Incident(*incident));
            }
            Ok(this.regulator.transcript(cycle, round, expiry)?)
        })?;
        let time = p.tick();
        self.block(time, vec![transcript])?;
        let opens = self.work("open", |this| Ok(this.regulator.open_terms(cycle, round, expiry)?))?;
        if opens.is_empty() {
            self.check_pairing(cycle, round)?;
            return Ok(false);
        }
        let time = p.tick();
        self.block(time, opens)?;
        let expiry = self.expiry();
        let matches = self.work("open", |this| {
            let matches = this.regulator.make_matches(&mut this.rngs.regulator, cycle, round, expiry)?;
            match matches.incidents.first() {
                Some(incident) => Err(Error::Incident(*incident)),
                None => Ok(matches),
            }
        })?;
        let mut made = Vec::with_capacity(matches.transactions.len());
        for transaction in &matches.transactions {
            let Body::Match(m) = &transaction.body else { unreachable!("make_matches makes matches") };
            let index = |handle: &Handle| {
                let listed = p.handles.iter().find(|(of, _)| of == handle);
                listed.map(|(_, index)| *index).ok_or(Error::AnotherRun)
            };
            made.push(Pairing { round, matching: m.matching, seller: index(&m.sell)?, buyer: index(&m.buy)? });
        }
        let time = p.tick();
        let amounts = self.encrypt_matched(cycle, &matches)?;
        self.block(time, [matches.transactions, amounts].concat())?;
        self.check_pairing(cycle, round)?;
        self.answer(p, made)?;
        self.list_again(p, round)?;
        Ok(true)
    }

    /// The matched sides refuse or confirm. Refusals come first: a side whose partner refuses need not confirm.
    fn answer(&mut self, p: &mut Playing<'_>, made: Vec<Pairing>) -> Result<(), Error> {
        let matched = |this: &Self, p: &Playing<'_>| -> Vec<(usize, (usize, Handle))> {
            let listed = p.listed.iter().enumerate().filter_map(|(i, handle)| Some((i, (*handle)?)));
            let stage = |i: usize, handle| {
                let watch = this.households[p.plan(i).household].wallet.watch();
                watch.plan(handle).map(|own| own.stage()).ok()
            };
            let matched = listed.filter(|(i, handle)| stage(*i, *handle) == Some(Stage::Matched));
            matched.map(|(i, handle)| (p.plan(i).household, (i, handle))).collect()
        };
        let mut refusing = matched(self, p);
        refusing.retain(|(_, (i, _))| p.plan(*i).confirm == Confirm::Refuse);
        if !refusing.is_empty() {
            self.say(&format!("{}: {} households refuse", self.label(p), refusing.len()));
            let refusals = self.households("prove", &refusing, |household, prover, (_, handle)| {
                Ok(household.wallet.refuse(prover, &mut household.rng, *handle)?)
            })?;
            let time = p.tick();
            self.block(time, refusals)?;
        }
        let confirming = matched(self, p);
        self.say(&format!("{}: {} households confirm", self.label(p), confirming.len()));
        let confirmations = self.households("prove", &confirming, |household, prover, (_, handle)| {
            Ok(household.wallet.confirm(prover, &mut household.rng, *handle)?)
        })?;
        let time = p.tick();
        self.block(time, confirmations)?;
        let agrees = |p: &Playing<'_>, i: usize| p.plan(i).confirm == Confirm::Yes;
        let kept: Vec<Pairing> = made.into_iter().filter(|m| agrees(p, m.seller) && agrees(p, m.buyer)).collect();
        p.pairings.extend(kept);
        Ok(())
    }

    /// After the confirmation deadline: what is left of partly filled plans is listed again, as fresh plans.
    fn list_again(&mut self, p: &mut Playing<'_>, round: u8) -> Result<(), Error> {
        p.now = Time(schedule::cut_off(&p.schedule, round).0 + u64::from(schedule::CONFIRM));
        self.block(p.now, Vec::new())?;
        let mut partly = Vec::new();
        for (index, handle) in p.listed.iter().enumerate().filter_map(|(i, handle)| Some((i, (*handle)?))) {
            let household = p.plan(index).household;
            let own = self.households[household].wallet.watch().plan(handle)?;
            if let (Stage::Binding, Some(opening)) = (own.stage(), own.match_opening()) {
                if own.opening().volume != opening.volume {
                    partly.push((household, (index, handle)));
                }
            }
        }
        if partly.is_empty() {
            return Ok(());
        }
        self.say(&format!("{}: {} plans are listed again with what is left", self.label(p), partly.len()));
        let listings = self.households("prove", &partly, |household, prover, (index, handle)| {
            Ok((*index, household.wallet.relist(prover, &mut household.rng, *handle)?))
        })?;
        self.post(p, listings)
    }

    /// Gate closure, and the metering service's halves.
    fn deliver(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        self.say(&format!("{}: gate closure; meters deliver {} trades", self.label(p), p.pairings.len()));
        p.now = p.schedule.closes;
        self.block(p.now, Vec::new())?;
        loop {
            let (cycle, expiry) = (p.cycle(), self.expiry());
            let halves = self.work("issue", |this| Ok(this.meter.deliver(&mut this.rngs.meter, cycle, expiry)?))?;
            if halves.is_empty() {
                return Ok(());
            }
            let time = p.tick();
            self.block(time, halves.into_iter().map(|half| half.transaction).collect())?;
        }
    }

    /// Every side settles its trades, one a block since each spends the balance that the one before made; buyers take
    /// back the locks of plans that came to nothing. A household goes by the order in which it listed: by that of handles,
    /// which depend on what they hide, the order of transactions would.
    fn settle(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        loop {
            let mut tasks: BTreeMap<usize, (Handle, Stage)> = BTreeMap::new();
            for (handle, index) in &p.handles {
                let household = p.plan(*index).household;
                let own = self.households[household].wallet.watch().plan(*handle)?;
                let takes_back = matches!(own.stage(), Stage::Expired | Stage::Refused | Stage::Lapsed);
                let due = own.stage() == Stage::Delivered || own.side() == Side::Buy && takes_back;
                if due {
                    tasks.entry(household).or_insert((*handle, own.stage()));
                }
            }
            if tasks.is_empty() {
                return Ok(());
            }
            self.say(&format!("{}: {} households settle or take back a lock", self.label(p), tasks.len()));
            let tasks: Vec<_> = tasks.into_iter().collect();
            let transactions = self.households("prove", &tasks, |household, prover, (handle, stage)| {
                let (wallet, rng) = (&mut household.wallet, &mut household.rng);
                Ok(match stage {
                    Stage::Delivered => wallet.settle(prover, rng, *handle)?,
                    _ => wallet.release(prover, rng, *handle)?,
                })
            })?;
            let time = p.tick();
            self.block(time, transactions)?;
        }
    }

    /// The trades' rows, from what the buyers' wallets and the metering service know; and the reputations they earn.
    fn trades(&mut self, p: &Playing<'_>) -> Result<Vec<Trade>, Error> {
        let mut rows = Vec::with_capacity(p.pairings.len());
        for pairing in &p.pairings {
            let [buyer, seller] = [pairing.buyer, pairing.seller].map(|i| p.plan(i).household);
            let outcome = self.meter.outcome(pairing.matching).ok_or(Error::AnotherRun)?;
            self.check_verdict(pairing.matching, outcome.within)?;
            let plan = self.households[buyer].wallet.watch().plans_in(pairing.matching).next();
            let opening = plan.and_then(|plan| plan.trade()?.opening.ok()).ok_or(Error::AnotherRun)?;
            let id = |household: usize| self.scenario.households[household].id.clone();
            rows.push(Trade {
                cycle: p.cycle().get(),
                round: pairing.round,
                buyer: id(buyer),
                seller: id(seller),
                volume: opening.volume.get(),
                price: opening.price.get(),
                delivered: outcome.delivered.get(),
                within: outcome.within,
                settled_volume: outcome.settled.get(),
                amount: outcome.settled.at(opening.price).get(),
            });
            for (household, side) in [(seller, Side::Sell), (buyer, Side::Buy)] {
                let reputation = &mut self.households[household].reputation;
                let at_fault = !outcome.within && outcome.fell_short(side);
                *reputation = if at_fault { reputation.penalised() } else { reputation.rewarded() };
            }
        }
        Ok(rows)
    }

    /// The metering service issues what is left over; households settle it with the grid.
    fn grid(&mut self, p: &mut Playing<'_>, outcome: &mut Outcome) -> Result<(), Error> {
        self.say(&format!("{}: metered rests, settled with the grid", self.label(p)));
        p.now = Time(p.now.0.max(p.schedule.delivery_deadline.0));
        let (cycle, expiry) = (p.cycle(), self.expiry());
        let rests = self
            .work("issue", |this| Ok(this.meter.issue_rests(&this.prover, &mut this.rngs.meter, cycle, expiry)?))?;
        if rests.is_empty() {
            return Ok(());
        }
        let issues: Vec<Transaction> = rests.iter().map(|row| row.transaction).collect();
        let time = p.tick();
        self.block(time, issues)?;
        let market = self.scenario.market;
        let mut dues = Vec::new();
        for plan in &p.plans.plans {
            let address = self.households[plan.household].wallet.address();
            for row in rests.iter().filter(|row| row.household == address) {
                let Body::Issue(issue) = row.transaction.body else { unreachable!("rests are issued") };
                let amount = match row.sign {
                    Sign::Surplus => row.volume.at(market.feed_in),
                    Sign::Shortfall => row.volume.at(market.retail),
                };
                let due = Due { sign: row.sign, volume: row.volume, amount, record: issue.commitment };
                dues.push((plan.household, due));
            }
        }
        let owing = dues.iter().filter(|(_, due)| due.sign == Sign::Shortfall);
        let needs: Vec<(usize, Money)> = owing.map(|(household, due)| (*household, due.amount)).collect();
        self.gather(p, &needs)?;
        let paid = self.households("prove", &dues, |household, prover, due| {
            let (wallet, rng) = (&mut household.wallet, &mut household.rng);
            let transaction = match due.sign {
                Sign::Surplus => wallet.pay_surplus(prover, rng, due.record),
                Sign::Shortfall => wallet.pay_shortfall(prover, rng, due.record),
            };
            match transaction {
                Ok(transaction) => Ok(Some(transaction)),
                Err(wallets::prosumer::Error::InsufficientFunds { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })?;
        let mut transactions = Vec::new();
        for ((household, due), transaction) in dues.iter().zip(paid) {
            let id = self.scenario.households[*household].id.clone();
            let mut row =
                GridRow { cycle: cycle.get(), household: id.clone(), surplus_wh: 0, shortfall_wh: 0, amount: 0 };
            match (due.sign, transaction) {
                (Sign::Surplus, Some(t)) => {
                    (row.surplus_wh, row.amount) = (due.volume.get(), due.amount.get().into());
                    transactions.push(t);
                }
                (Sign::Shortfall, Some(t)) => {
                    (row.shortfall_wh, row.amount) = (due.volume.get(), -i128::from(due.amount.get()));
                    transactions.push(t);
                }
                (sign, None) => {
                    match sign {
                        Sign::Surplus => row.surplus_wh = due.volume.get(),
                        Sign::Shortfall => row.shortfall_wh = due.volume.get(),
                    }
                    // A tariff of zero: there is nothing to pay, nor, perhaps, a record to pay it from.
                    if due.amount > Money::ZERO {
                        let reason = SHORTFALL_UNPAID.into();
                        outcome.rejected.push(Rejection { cycle: cycle.get(), household: id, reason });
                    }
                }
            }
            outcome.grid.push(row);
        }
        let time = p.tick();
        self.block(time, transactions)?;
        Ok(())
    }
}

/// What a household is to settle with the grid.
struct Due {
    sign: Sign,
    volume: Energy,
    amount: Money,
    record: Commitment,
}
