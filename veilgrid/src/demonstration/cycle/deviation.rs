//! A trade's way from three ciphertexts to a verdict. Without the cargo feature `deviation`,
//! `without_deviation` stands in this module's place.

use super::super::deviation::Deviation;
use super::super::runner::Runner;
use super::super::Error;
use super::Playing;
use protocol::ids::BlobHash;
use protocol::record::MatchId;
use protocol::transaction::{Body, Transaction};
use protocol::units::Cycle;
use std::collections::BTreeMap;
use wallets::deviation::Ciphered;
use wallets::ledger_access::Served;
use wallets::regulator::Matches;
use wallets::Blobs;

impl Runner<'_> {
    /// Puts ciphertexts on the ledger, and gives the transactions that name them.
    fn ciphered(&self, all: Vec<Ciphered>) -> Result<Vec<Transaction>, Error> {
        let (transactions, blobs): (Vec<_>, Vec<_>) = all.into_iter().map(|c| (c.transaction, c.blob)).unzip();
        self.blobs(&blobs)?;
        Ok(transactions)
    }

    /// The encrypted thresholds of a round's matches, to be posted with them.
    pub(super) fn encrypt_matched(&mut self, cycle: Cycle, matches: &Matches) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(deviation) = &self.deviation else { return Ok(Vec::new()) };
        let (regulator, rng) = (&mut self.regulator, &mut self.rngs.deviation);
        let thresholds = regulator.match_thresholds(rng, &deviation.keys, cycle, matches, expiry)?;
        self.ciphered(thresholds)
    }

    /// Readings encrypted, the bit of every delivered trade computed, opened and published.
    pub(super) fn deviate(&mut self, p: &mut Playing<'_>) -> Result<(), Error> {
        let (cycle, trades) = (p.cycle(), p.trades());
        if self.deviation.is_none() || trades.is_empty() {
            return Ok(());
        }
        self.say(&format!("{}: {} deviations computed on ciphertexts and opened", self.label(p), trades.len()));
        let steps = [Self::amounts, Self::results, Self::opens, Self::verdicts];
        for step in steps {
            let transactions = self.work("deviation", |this| step(this, cycle, &trades))?;
            let time = p.tick();
            self.block(time, transactions)?;
        }
        Ok(())
    }

    /// The metering service encrypts its readings.
    fn amounts(&mut self, cycle: Cycle, _: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { keys, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let all = self.meter.delivery_amounts(&mut self.rngs.deviation, keys.public(), cycle, expiry)?;
        self.ciphered(all)
    }

    /// The matching node computes the deviations. No two computations give the same bits, so a
    /// continued run keeps the results on its ledger.
    fn results(&mut self, _: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { server, book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let blobs = Served(&self.ledger);
        let stored = self.next_stored()?;
        let results = stored.iter().flat_map(|block| &block.transactions).filter_map(|t| match &t.body {
            Body::Deviation(b) => Some((b.match_id, b.result)),
            _ => None,
        });
        let results: BTreeMap<_, _> = results.collect();
        let mut all = Vec::with_capacity(trades.len());
        for match_id in trades {
            let blob = match results.get(match_id) {
                Some(hash) => blobs.blob(*hash).ok_or(Error::AnotherRun)?,
                None => {
                    let amounts = book.posted(*match_id).load(&blobs).map_err(wallets::regulator::Error::from)?;
                    amounts.evaluate(server).to_bytes()
                }
            };
            let transaction = self.matching_node.deviation(self.chain, *match_id, BlobHash::of(&blob), expiry);
            all.push(Ciphered { transaction, blob });
        }
        self.ciphered(all)
    }

    /// The regulator announces the openings.
    fn opens(&mut self, cycle: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let opens = trades.iter().map(|trade| self.regulator.open_deviation(book, cycle, *trade, expiry));
        Ok(opens.collect::<Result<_, _>>()?)
    }

    /// The regulator publishes the decrypted verdicts.
    fn verdicts(&mut self, cycle: Cycle, trades: &[MatchId]) -> Result<Vec<Transaction>, Error> {
        let expiry = self.expiry();
        let Some(Deviation { keys, server, book, .. }) = &self.deviation else { return Ok(Vec::new()) };
        let (blobs, regulator) = (Served(&self.ledger), &mut self.regulator);
        let mut all = Vec::with_capacity(trades.len());
        for trade in trades {
            let opened = regulator.verdict((keys, server), book, (cycle, *trade), &blobs, expiry)?;
            if let Some(incident) = opened.incident {
                return Err(Error::Incident(incident));
            }
            all.push(opened.verdict);
        }
        Ok(all)
    }

    /// Checks that a settled trade's verdict is the one that it settled with.
    pub(super) fn check_verdict(&mut self, match_id: MatchId, within: bool) -> Result<(), Error> {
        let Some(Deviation { summary, book, .. }) = &mut self.deviation else { return Ok(()) };
        let posted = book.posted(match_id);
        if posted.differs || posted.verdict != Some(within) {
            return Err(Error::Disagrees("verdicts on encrypted deviations"));
        }
        summary.verdicts += 1;
        summary.within += u64::from(within);
        Ok(())
    }
}
