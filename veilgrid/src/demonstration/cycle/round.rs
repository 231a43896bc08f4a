//! A round: scores, the regulator's choice, matches, and the answers of the matched sides.

use super::super::runner::Runner;
use super::super::{schedule, Error};
use super::{Pairing, Playing};
use fhe_matcher::mask::RoundId;
use market::scenario::Confirm;
use protocol::ids::Time;
use protocol::record::Handle;
use protocol::transaction::Body;
use wallets::household::Stage;
use wallets::ledger_access::Served;

impl Runner<'_> {
    /// Plays one round. Gives whether it made a match.
    pub(super) fn round(&mut self, p: &mut Playing<'_>, round: u8) -> Result<bool, Error> {
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
        let (chain, expiry) = (self.chain, self.expiry());
        let masked = self.masked.is_some();
        if masked {
            self.say(&format!("{}, round {round}: the matching node commits to the seed of its masks", self.label(p)));
            let of = RoundId { chain, cycle, round };
            let mask = self.work("score", |this| Ok(this.matching_node.commit(&mut this.rngs.mask, &of, expiry)))?;
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
                false => this.matching_node.post(chain, (cycle, round), &Served(&this.ledger), expiry)?,
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
                true => {
                    let roles = this.masked.as_mut().ok_or(Error::AnotherRun)?;
                    let of = RoundId { chain, cycle, round };
                    roles.choose(&of, &this.matching_node, &mut this.regulator, &this.ledger)?
                }
                false => this.regulator.choose(cycle, round, &Served(&this.ledger))?,
            };
            if let Some(incident) = choice.incidents.first() {
                return Err(Error::Incident(*incident));
            }
            Ok(this.regulator.transcript(cycle, round, expiry)?)
        })?;
        let time = p.tick();
        self.block(time, vec![transcript])?;
        if let Some(roles) = &self.masked {
            roles.quorum.check_answers(cycle, round)?;
        }
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
            made.push(Pairing { round, match_id: m.match_id, seller: index(&m.sell)?, buyer: index(&m.buy)? });
        }
        let time = p.tick();
        let thresholds = self.encrypt_matched(cycle, &matches)?;
        self.block(time, [matches.transactions, thresholds].concat())?;
        self.check_pairing(cycle, round)?;
        self.answer(p, made)?;
        self.list_again(p, round)?;
        Ok(true)
    }

    /// The matched sides refuse or confirm. Refusals come first: a side whose partner refuses need
    /// not confirm.
    pub(super) fn answer(&mut self, p: &mut Playing<'_>, made: Vec<Pairing>) -> Result<(), Error> {
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

    /// After the confirmation deadline: the remainders of partly filled plans are listed again, as
    /// fresh plans, unless they are below the least lot.
    pub(super) fn list_again(&mut self, p: &mut Playing<'_>, round: u8) -> Result<(), Error> {
        p.now = Time(schedule::cut_off(&p.schedule, round).0 + u64::from(schedule::CONFIRM));
        self.block(p.now, Vec::new())?;
        let mut partly = Vec::new();
        for (index, handle) in p.listed.iter().enumerate().filter_map(|(i, handle)| Some((i, (*handle)?))) {
            let household = p.plan(index).household;
            let own = self.households[household].wallet.watch().plan(handle)?;
            let opening = own.trade().and_then(|trade| trade.opening.ok());
            if let (Stage::Binding, Some(opening)) = (own.stage(), opening) {
                if own.volume().minus(opening.volume)? >= self.scenario.terms.least_lot {
                    partly.push((household, (index, handle)));
                }
            }
        }
        if partly.is_empty() {
            return Ok(());
        }
        self.say(&format!("{}: {} plans are listed again with their remainders", self.label(p), partly.len()));
        let listings = self.households("prove", &partly, |household, prover, (index, handle)| {
            Ok((*index, household.wallet.relist(prover, &mut household.rng, *handle)?))
        })?;
        self.post(p, listings)
    }
}
