//! The account of an audited household: every flow of its money and energy, each checked, and the
//! counts of the search.

use super::super::trail::{Listed, Matched, Payment, Stage};
use super::super::{Decryptions, Error, Regulator};
use super::{HouseholdAudit, Proofs, Quorum};
use crate::issuer::Disclosure;
use crate::note::Payload;
use protocol::ids::Height;
use protocol::light::HeaderChain;
use protocol::record::metered::Sign;
use protocol::record::{Commitment, MatchId};
use protocol::settlement::Settlement;
use protocol::transaction::body::{CycleStart, Issued, Purpose};
use protocol::transaction::obligation::Ruled;
use protocol::units::{Cycle, Energy, Epoch, Side};
use std::collections::{BTreeMap, BTreeSet};

/// A line of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The cycle; None for money paid in and out at a desk.
    pub cycle: Option<Cycle>,
    /// The kind of flow: `top_up`, `generation`, `sell_plan`, `buy_plan`, `sale`, `purchase`,
    /// `surplus`, `shortfall`, `surplus_back`, `shortfall_back`, `withdrawal`.
    pub what: &'static str,
    /// The entry on the ledger that it is about: a commitment, a handle, a match record.
    pub reference: String,
    /// Energy in Wh: issued, offered, wanted, settled or metered.
    pub volume: Option<u64>,
    /// Micro-currency per kWh.
    pub price: Option<u64>,
    /// The change of the household's money, locks included: above zero a gain. In nano-currency. Of
    /// a settled trade it is the settled volume at the match's price, after both penalties.
    pub money: i128,
    /// The state of the plan, payment or record.
    pub standing: &'static str,
}

/// Counts of what the audit searched, found, opened and left closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// Trace tags computed and looked for.
    pub tags_looked_for: u64,
    /// Plans and payments that carry one of them.
    pub tags_found: u64,
    /// Tagged ciphertexts on the ledger in these epochs, of all households.
    pub tagged_on_ledger: u64,
    /// How many of these were left closed: other households'.
    pub left_closed: u64,
    /// The decryptions of this audit.
    pub opened: Decryptions,
    /// Records that issuers disclosed, each found on the ledger.
    pub issues: u64,
    /// Metered records that the household owed and has paid.
    pub obligations_paid: u64,
    /// Metered records that the household owes.
    pub obligations_unpaid: u64,
    /// Epochs of the range in which the household had no credential: it could neither list nor be
    /// paid.
    pub epochs_without_credential: Vec<Epoch>,
}

/// An audited household's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseholdAccount {
    /// First cycle.
    pub from: Cycle,
    /// Last cycle.
    pub to: Cycle,
    /// Money at desks first, then cycle by cycle.
    pub rows: Vec<Row>,
    /// The counts of the search.
    pub checks: Checks,
}

impl HouseholdAccount {
    /// The sum of all rows: the growth of the household's money, locks included, in nano-currency.
    pub fn money(&self) -> i128 {
        self.rows.iter().map(|row| row.money).sum()
    }
}

/// The issuers' disclosures, each found on the ledger, by the entry that it is about.
#[derive(Default)]
struct Disclosed {
    rows: Vec<Row>,
    /// The metered records, with cycle, sign and energy.
    metered: BTreeMap<Commitment, (Cycle, Sign, Energy)>,
    /// Wh that the household could sell in a cycle.
    generation: BTreeMap<Cycle, u64>,
    /// The household's trades, as its metering service knows them.
    trades: BTreeSet<MatchId>,
    issues: u64,
}

impl Disclosed {
    /// The metered records that the household owes, or owed.
    fn owed(&self) -> impl Iterator<Item = &Commitment> {
        self.metered.iter().filter(|(_, (_, sign, _))| sign.is_owed()).map(|(commitment, _)| commitment)
    }
}

fn incomplete<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::Incomplete(what.into()))
}

impl HouseholdAudit {
    /// Opens the entries that were found, checks all of them, and gives the account. Errors:
    /// [`Error::MissingProof`], those of [`Regulator::audit`], [`Regulator::payment`],
    /// [`Regulator::trade`] and [`Regulator::delivery`]; [`Error::BadDisclosure`] when an issuer's disclosure contradicts the
    /// ledger; [`Error::Incomplete`] when an entry that was found has no explanation.
    pub fn state(
        &self,
        regulator: &mut Regulator,
        proofs: &dyn Proofs,
        headers: &HeaderChain,
        quorum: &Quorum<'_>,
        disclosures: &[Disclosure],
    ) -> Result<HouseholdAccount, Error> {
        let before = regulator.decryptions;
        let (_, epochs) = regulator.trail.range(self.from, self.to);
        let disclosed = self.disclosed(regulator, disclosures)?;
        let mut rows = disclosed.rows.clone();
        self.plans(regulator, proofs, headers, quorum, &disclosed, &mut rows)?;
        let claimed = self.payments(regulator, proofs, headers, quorum, &disclosed, &mut rows)?;
        let unpaid = self.remainders(regulator, &disclosed, &claimed, &mut rows);
        self.left_out(regulator, &disclosed, &rows)?;
        // stable: within a cycle the order is that of issuing, planning, trading, settling with the
        // grid
        rows.sort_by_key(|row| row.cycle);
        let (after, tagged) = (regulator.decryptions, regulator.trail.tagged(&epochs));
        let opened = Decryptions {
            scores: after.scores - before.scores,
            terms: after.terms - before.terms,
            audits: after.audits - before.audits,
            payments: after.payments - before.payments,
            trades: after.trades - before.trades,
            deliveries: after.deliveries - before.deliveries,
            traces: self.keys.len() as u64,
            deviations: 0,
        };
        let found = (self.found.plans.len() + self.found.payments.len()) as u64;
        let checks = Checks {
            tags_looked_for: self.found.looked_for,
            tags_found: found,
            tagged_on_ledger: tagged,
            left_closed: tagged - opened.audits - opened.payments,
            opened,
            issues: disclosed.issues,
            obligations_paid: disclosed.owed().count() as u64 - unpaid,
            obligations_unpaid: unpaid,
            epochs_without_credential: self.without_credential.clone(),
        };
        Ok(HouseholdAccount { from: self.from, to: self.to, rows, checks })
    }

    /// Blocks whose desk's issues belong to the range: from its first cycle's start (from the first
    /// block, if that is the chain's first cycle) to the next cycle's.
    fn blocks(&self, regulator: &Regulator) -> std::ops::Range<Height> {
        let cycles = &regulator.trail.cycles;
        let first = cycles.range(..self.from).next().is_none();
        let start = cycles.range(self.from..).next().filter(|_| !first).map_or(Height(0), |(_, (_, at))| *at);
        let end =
            cycles.range(self.to..).find(|(cycle, _)| **cycle > self.to).map_or(Height(u64::MAX), |(_, (_, at))| *at);
        start..end.max(start)
    }

    /// Takes the issuers' disclosures, and checks each against the ledger.
    fn disclosed(&self, regulator: &Regulator, disclosures: &[Disclosure]) -> Result<Disclosed, Error> {
        let (mut all, blocks, mut seen) = (Disclosed::default(), self.blocks(regulator), BTreeSet::new());
        for disclosure in disclosures {
            for payload in &disclosure.issued {
                let commitment = payload.leaf(self.who).ok_or(Error::BadDisclosure("not a record"))?;
                if !seen.insert(commitment) {
                    return Err(Error::BadDisclosure("a record twice"));
                }
                let foreign = || Error::BadDisclosure("a record that this issuer did not put on the ledger");
                if let Payload::Metered { volume, sign, cycle, .. } = *payload {
                    let issue = regulator.trail.metered.get(&commitment).map(|(issue, _)| issue);
                    let issue = issue.filter(|issue| issue.issuer == disclosure.issuer).ok_or_else(foreign)?;
                    if (issue.sign, issue.cycle) != (sign, cycle) {
                        return Err(Error::BadDisclosure("a record of another kind"));
                    }
                    all.metered.insert(commitment, (cycle, sign, volume));
                    all.issues += 1;
                    continue;
                }
                let on_ledger = regulator.trail.issues.get(&commitment);
                let issued = on_ledger.filter(|(issue, ..)| issue.issuer == disclosure.issuer);
                let (issue, height, _) = issued.ok_or_else(foreign)?;
                let row = |cycle, what, volume: Option<Energy>, money| Row {
                    cycle,
                    what,
                    reference: commitment.to_string(),
                    volume: volume.map(Energy::get),
                    price: None,
                    money,
                    standing: "issued",
                };
                match (*payload, issue.issued) {
                    (Payload::Balance { amount, .. }, Issued::Balance) if blocks.contains(height) => {
                        all.rows.push(row(None, "top_up", None, i128::from(amount.get())));
                    }
                    (Payload::Balance { .. }, Issued::Balance) => continue,
                    (Payload::Generation { volume, cycle, .. }, Issued::Generation) => {
                        *all.generation.entry(cycle).or_default() += volume.get();
                        all.rows.push(row(Some(cycle), "generation", Some(volume), 0));
                    }
                    _ => return Err(Error::BadDisclosure("a record of another kind")),
                }
                all.issues += 1;
            }
            for match_id in &disclosure.trades {
                if !regulator.trail.matches.contains_key(match_id) {
                    return Err(Error::BadDisclosure("a trade that the ledger does not hold"));
                }
                all.trades.insert(*match_id);
            }
        }
        Ok(all)
    }

    /// Adds the entries that the ledger or the register implies, and that nobody disclosed and no
    /// tag found.
    fn left_out(&self, regulator: &Regulator, disclosed: &Disclosed, rows: &[Row]) -> Result<(), Error> {
        if let Some(id) = disclosed.trades.iter().find(|id| !self.found.matches.contains(id)) {
            return incomplete(format!("match {id} is the household's, and no plan of it carries its tag"));
        }
        for owed in regulator.register.debts(&self.who) {
            let of = regulator.trail.obligation_of(&owed);
            let inside = of.is_some_and(|(cycle, _)| (self.from..=self.to).contains(&cycle));
            let struck = regulator.trail.ruling(&owed) == Some(Ruled::Struck);
            if inside && !struck && !disclosed.metered.contains_key(&owed) {
                return incomplete(format!("no issuer discloses the obligation {owed}"));
            }
        }
        // Over the whole chain the rows add up to the household's present money, locks included.
        // That sum is never below zero.
        let cycles = &regulator.trail.cycles;
        let all = cycles.keys().next() >= Some(&self.from) && cycles.keys().next_back() <= Some(&self.to);
        if all && rows.iter().map(|row| row.money).sum::<i128>() < 0 {
            return incomplete("more money is spent than desks disclose");
        }
        Ok(())
    }

    /// The plans, and the trades that they were in.
    fn plans(
        &self,
        regulator: &mut Regulator,
        proofs: &dyn Proofs,
        headers: &HeaderChain,
        quorum: &Quorum<'_>,
        disclosed: &Disclosed,
        rows: &mut Vec<Row>,
    ) -> Result<(), Error> {
        // Wh locked in sales of a cycle. None is taken back before the gate closes, so the
        // household held all of them at once.
        let mut sold: BTreeMap<Cycle, u64> = BTreeMap::new();
        for handle in &self.found.plans {
            let listed: Listed = *regulator.trail.plans.get(handle).ok_or(Error::UnknownPlan)?;
            let evidence = self.evidence(Purpose::Audit, handle.0, &listed.id, proofs)?;
            let plan = regulator.audit(&evidence, headers, &quorum(&evidence)?)?;
            if plan.owner != self.who {
                return incomplete(format!("plan {handle} carries the household's tag and is another's"));
            }
            let generated = disclosed.generation.get(&plan.cycle).copied().unwrap_or_default();
            if listed.side == Side::Sell && plan.volume.get() > generated {
                return incomplete(format!("no issuer discloses what plan {handle} offers"));
            }
            let matches = regulator.trail.matches_of.get(handle).cloned().unwrap_or_default();
            let traded = |id: &MatchId| {
                regulator.trail.matches.get(id).is_some_and(|m| !matches!(m.stage, Stage::Matched | Stage::Dissolved))
            };
            rows.push(Row {
                cycle: Some(plan.cycle),
                what: if listed.side == Side::Sell { "sell_plan" } else { "buy_plan" },
                reference: handle.to_string(),
                volume: Some(plan.volume.get()),
                price: Some(plan.price.get()),
                money: 0,
                standing: if matches.iter().any(traded) { "traded" } else { listed.end.unwrap_or("listed") },
            });
            for id in matches {
                let matched: Matched = *regulator.trail.matches.get(&id).ok_or(Error::UnknownMatch)?;
                let evidence = self.evidence(Purpose::Trade, id.0, &matched.id, proofs)?;
                let terms = regulator.trade(&evidence, headers)?;
                let inside = match listed.side {
                    Side::Sell => terms.price >= plan.price,
                    Side::Buy => terms.price <= plan.price,
                };
                // a confirmation proves it; before one, a match outside its plan is a reason to
                // complain
                let bound = !matches!(matched.stage, Stage::Matched | Stage::Dissolved);
                if bound && !(inside && terms.volume <= plan.volume) {
                    return incomplete(format!("match {id} is outside its plan"));
                }
                if bound && listed.side == Side::Sell {
                    *sold.entry(plan.cycle).or_default() += terms.volume.get();
                }
                let mut row = Row {
                    cycle: Some(plan.cycle),
                    what: if listed.side == Side::Sell { "sale" } else { "purchase" },
                    reference: id.to_string(),
                    volume: Some(terms.volume.get()),
                    price: Some(terms.price.get()),
                    money: 0,
                    standing: match matched.stage {
                        Stage::Matched => "awaits confirmation",
                        Stage::Dissolved => "dissolved",
                        Stage::Binding => "awaits delivery",
                        Stage::Delivered => "delivered, not settled",
                        Stage::Void => "void",
                    },
                };
                let settled = regulator.trail.settled.get(handle).copied();
                if let Some(within) = settled.filter(|_| matched.stage == Stage::Delivered) {
                    let amounts = self.delivered(regulator, proofs, headers, &matched)?;
                    let (start, _) = regulator.trail.cycles.get(&plan.cycle).ok_or(Error::UnknownRound)?;
                    let settlement = Settlement::new(terms.volume, amounts, start.market.tolerance);
                    if settlement.within != within {
                        return incomplete(format!("the settlement of {id} contradicts its delivery"));
                    }
                    let amount = i128::from(settlement.at(terms.price, start.terms.penalty).moved().get());
                    (row.volume, row.standing) = (Some(settlement.settled.get()), "settled");
                    row.money = if listed.side == Side::Sell { amount } else { -amount };
                }
                rows.push(row);
            }
        }
        let more =
            |(cycle, sold): &(&Cycle, &u64)| **sold > disclosed.generation.get(cycle).copied().unwrap_or_default();
        if let Some((cycle, _)) = sold.iter().find(more) {
            return incomplete(format!("more is sold in cycle {} than issuers disclose", cycle.get()));
        }
        Ok(())
    }

    /// The payments to and from the grid. Each names the metered record that it pays, and no two
    /// name the same. Gives these records.
    fn payments(
        &self,
        regulator: &mut Regulator,
        proofs: &dyn Proofs,
        headers: &HeaderChain,
        quorum: &Quorum<'_>,
        disclosed: &Disclosed,
        rows: &mut Vec<Row>,
    ) -> Result<BTreeSet<Commitment>, Error> {
        let mut claimed = BTreeSet::new();
        for nullifier in &self.found.payments {
            let payment: Payment = *regulator.trail.payments.get(nullifier).ok_or(Error::UnknownPayment)?;
            let evidence = self.evidence(Purpose::Payment, nullifier.0, &payment.id, proofs)?;
            let opened = regulator.payment(&evidence, headers, &quorum(&evidence)?)?;
            if opened.owner != self.who {
                return incomplete(format!("payment {nullifier} carries the household's tag and is another's"));
            }
            let (Some((cycle, sign)), Some(paid)) = (payment.metered, opened.metered) else {
                rows.push(Row {
                    cycle: None,
                    what: "withdrawal",
                    reference: nullifier.to_string(),
                    volume: None,
                    price: None,
                    money: -i128::from(opened.amount.get()),
                    standing: "paid",
                });
                continue;
            };
            if !claimed.insert(paid) {
                return incomplete(format!("payment {nullifier} is of a record that another payment is of"));
            }
            let (start, _): &(CycleStart, Height) = regulator.trail.cycles.get(&cycle).ok_or(Error::UnknownRound)?;
            let (amount, price) = (i128::from(opened.amount.get()), sign.tariff(&start.market));
            let money = if sign.is_owed() { -amount } else { amount };
            let metered = disclosed.metered.get(&paid).copied();
            // The service was not asked about a cycle before the range.
            if metered.is_none() && (self.from..=self.to).contains(&cycle) {
                return incomplete(format!("no issuer discloses what {nullifier} pays for"));
            }
            let same =
                |(at, of, volume): (Cycle, Sign, Energy)| (at, of, volume.at(price)) == (cycle, sign, opened.amount);
            if metered.is_some_and(|metered| !same(metered)) {
                return incomplete(format!("payment {nullifier} is not of what was metered"));
            }
            rows.push(Row {
                cycle: Some(cycle),
                what: sign.name(),
                reference: metered.map_or(nullifier.to_string(), |_| paid.to_string()),
                volume: metered.map(|(_, _, volume)| volume.get()),
                price: Some(price.get()),
                money,
                standing: "paid",
            });
        }
        Ok(claimed)
    }

    /// Adds the metered remainders that are not paid within the range's epochs. Gives the number of
    /// unpaid obligations.
    fn remainders(
        &self,
        regulator: &Regulator,
        disclosed: &Disclosed,
        claimed: &BTreeSet<Commitment>,
        rows: &mut Vec<Row>,
    ) -> u64 {
        let mut unpaid = 0;
        for (commitment, (cycle, sign, volume)) in disclosed.metered.iter().filter(|(leaf, _)| !claimed.contains(leaf))
        {
            let standing = match (sign.is_owed(), regulator.trail.paid.contains_key(commitment)) {
                (false, _) => "not claimed in these epochs",
                (true, true) => "paid in a later epoch",
                (true, false) => {
                    unpaid += 1;
                    "unpaid"
                }
            };
            rows.push(Row {
                cycle: Some(*cycle),
                what: sign.name(),
                reference: commitment.to_string(),
                volume: Some(volume.get()),
                price: None,
                money: 0,
                standing,
            });
        }
        unpaid
    }
}
