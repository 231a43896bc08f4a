//! `market --withdraw`: when all is settled, every household takes its money home through the desk.
use super::runner::{Runner, DESK, METER};
use super::{schedule, Error};
use protocol::ids::{Time, TransactionId};
use protocol::transaction::{Body, Transaction};
use protocol::units::{Epoch, IssuerId, Money};
use std::collections::BTreeSet;
use wallets::bank::{Bank, BankError, Order};
use wallets::household::{Error as WalletError, Gathering, Need, Withdrawal};
use wallets::issuer::Books;
use wallets::ledger_access::LedgerAccess;
use wallets::regulator::CredentialTerms;

/// The outcome of the withdrawals.
pub struct Withdrawn {
    /// How many households withdrew.
    pub households: usize,
    /// The desk's books afterwards.
    pub books: Books,
}

impl Runner<'_> {
    /// The merges that give each of these households one balance record that bears what it needs;
    /// none where one record bears it already, or where all records together do not.
    pub(super) fn merges(&mut self, needs: &[(usize, Money)]) -> Result<Vec<Transaction>, Error> {
        let merges = self.households("prove", needs, |household, prover, need| {
            match household.wallet.gather(prover, &mut household.rng, Need::Money(*need)) {
                Ok(Gathering::Merge(merges)) => Ok(merges),
                // every step's transactions are in a block before the next step
                Ok(Gathering::Ready | Gathering::Wait) | Err(WalletError::InsufficientFunds { .. }) => Ok(Vec::new()),
                Err(error) => Err(error.into()),
            }
        })?;
        Ok(merges.into_iter().flatten().collect())
    }

    /// Whether the next stored block is a withdrawal's first: credentials, merges, or withdrawals.
    pub(super) fn withdrawal_began(&self) -> Result<bool, Error> {
        let next = self.next_stored()?;
        let first = next.as_ref().and_then(|block| block.transactions.first());
        Ok(first.is_some_and(|t| matches!(t.body, Body::IssueCredential(_) | Body::Merge(_) | Body::Withdraw(_))))
    }

    /// Every household withdraws its whole balance; the desk marks and pays every claim.
    pub(super) fn withdraw_all(&mut self) -> Result<Withdrawn, Error> {
        let cycles = self.scenario.cycles.len();
        let mut now = schedule::begins(&schedule::schedule(cycles, self.scenario.market.max_rounds));
        if !self.replaying() {
            now = now.max(self.time()?);
        }
        let holders: Vec<(usize, Money)> = (self.households.iter().enumerate())
            .map(|(index, household)| (index, household.wallet.balance()))
            .filter(|(_, balance)| *balance > Money::ZERO)
            .collect();
        if let Some(epoch) = self.regulator.epoch() {
            self.admit(epoch, &holders, &mut now)?;
        }
        loop {
            let merges = self.merges(&holders)?;
            if merges.is_empty() {
                break;
            }
            self.say(&format!("withdrawal: households merge records: {} merges", merges.len()));
            self.block(tick(&mut now), merges)?;
        }
        self.say(&format!("withdrawal: {} households prove their withdrawals through the desk", holders.len()));
        let desk = IssuerId::new(DESK)?;
        let made = self.households("prove", &holders, |household, prover, amount| {
            let account = format!("account of {}", household.id).into_bytes();
            let account = &account[..account.len().min(wallets::payout::MAX_ACCOUNT)];
            Ok(household.wallet.withdraw(prover, &mut household.rng, desk, *amount, account)?)
        })?;
        self.block(tick(&mut now), made.iter().map(|withdrawal| withdrawal.transaction).collect())?;
        self.pay_out(&made, tick(&mut now))?;
        Ok(Withdrawn { households: made.len(), books: self.desk.books() })
    }

    /// The desk takes the claims, marks the withdrawals on the ledger, and orders the payments.
    fn pay_out(&mut self, made: &[Withdrawal], time: Time) -> Result<(), Error> {
        let expiry = self.expiry();
        let mut marks = Vec::with_capacity(made.len());
        for withdrawal in made {
            let of = withdrawal.claim.withdrawal;
            let proof = self.ledger.acceptance_proof(&of)?.ok_or(Error::AnotherRun)?;
            self.desk.take_claim(&withdrawal.claim, &proof, self.follower.headers())?;
            marks.push((of, self.desk.mark(of, expiry)?));
        }
        self.say(&format!("withdrawal: the desk marks {} payouts on the ledger and orders them", marks.len()));
        self.block(time, marks.iter().map(|(_, mark)| *mark).collect())?;
        let mut bank = RunBank::default();
        for (of, mark) in &marks {
            let proof = self.ledger.acceptance_proof(&mark.id())?.ok_or(Error::AnotherRun)?;
            self.desk.order(*of, &proof, self.follower.headers(), &mut bank)?;
        }
        Ok(())
    }

    /// Issues credentials of the current epoch to the households that have none that still counts.
    fn admit(&mut self, epoch: Epoch, holders: &[(usize, Money)], now: &mut Time) -> Result<(), Error> {
        let without = holders.iter().filter(|(i, _)| self.households[*i].wallet.watch().exit_epoch(epoch).is_err());
        let without: Vec<(usize, ())> = without.map(|(index, _)| (*index, ())).collect();
        if without.is_empty() {
            return Ok(());
        }
        let requests = self.households("prove", &without, |household, prover, ()| {
            Ok(household.wallet.request_credential(prover, &mut household.rng, epoch)?)
        })?;
        let expiry = self.expiry();
        let credentials = self.work("issue", |this| {
            let mut all = Vec::with_capacity(requests.len());
            for ((index, ()), request) in without.iter().zip(&requests) {
                let household = &this.households[*index];
                let (reputation, place, meter) = (household.reputation, household.place, IssuerId::new(METER)?);
                let terms = CredentialTerms { reputation, place, meter };
                let to = household.wallet.payment_address();
                all.push(this.regulator.issue_credential(
                    &this.prover,
                    &mut this.rngs.regulator,
                    &to,
                    &terms,
                    request,
                    expiry,
                )?);
            }
            Ok(all)
        })?;
        self.block(tick(now), credentials)?;
        Ok(())
    }
}

/// A bank of one run: no money moves outside it.
#[derive(Default)]
struct RunBank(BTreeSet<TransactionId>);

impl Bank for RunBank {
    fn has(&self, reference: TransactionId) -> Result<bool, BankError> {
        Ok(self.0.contains(&reference))
    }
    fn order(&mut self, order: &Order) -> Result<(), BankError> {
        self.0.insert(order.reference);
        Ok(())
    }
}

fn tick(now: &mut Time) -> Time {
    now.0 += 1;
    *now
}
