//! How a step becomes blocks: some roles make transactions, a block takes them, an empty block
//! follows whose header proves the first block's effects, and every role scans the first block as
//! verified. An empty block has the time of the block before it.
//!
//! After a crash the same steps make the same transactions. Those whose blocks are stored already
//! are compared with the stored ones instead of being posted again.

use super::runner::Runner;
use super::Error;
use protocol::compact::CompactBlock;
use protocol::ids::{Height, Time};
use protocol::light::VerifiedBlock;
use protocol::transaction::Transaction;
use rayon::prelude::*;
use std::time::Instant;
use wallets::ledger_access::LedgerAccess;

impl Runner<'_> {
    /// Seals a block of these transactions at this time, or finds it stored, and lets every role
    /// scan it. Every transaction must be accepted: no role in a run breaks a rule. Error:
    /// [`Error::AnotherRun`] where another block is stored, with nothing scanned;
    /// [`Error::Refused`].
    pub(super) fn block(&mut self, time: Time, transactions: Vec<Transaction>) -> Result<VerifiedBlock, Error> {
        let start = Instant::now();
        let height = Height(self.passed.0 + 1);
        if self.replaying() {
            self.ledger.prove_block(height)?;
        } else {
            for transaction in &transactions {
                let refused = |refusal| Error::Refused { kind: transaction.kind(), refusal };
                self.ledger.submit(&transaction.encode()).map_err(refused)?;
            }
            let sealed = self.ledger.seal(time)?;
            for transaction in &transactions {
                let outcome = self.ledger.outcome(&sealed, &transaction.id());
                outcome.map_err(|refusal| Error::Refused { kind: transaction.kind(), refusal })?;
            }
        }
        let mut blocks = self.follower.advance(&self.ledger, height)?;
        let block = blocks.pop().ok_or(Error::AnotherRun)?;
        let ids = block.transactions.iter().map(|t| t.id);
        let empty = blocks.iter().all(|before| before.transactions.is_empty());
        if !empty || block.time != time || !ids.eq(transactions.iter().map(Transaction::id)) {
            return Err(Error::AnotherRun);
        }
        blocks.iter().try_for_each(|before| self.scan(before))?;
        self.scan(&block)?;
        self.passed = Height(height.0 + 1);
        *self.phases.entry("ledger").or_default() += start.elapsed();
        Ok(block)
    }

    /// Lets every role scan the blocks that are stored beyond this run's own.
    pub(super) fn catch_up(&mut self) -> Result<(), Error> {
        self.ledger.finish_block()?;
        for block in self.follower.follow(&self.ledger)? {
            self.scan(&block)?;
        }
        self.passed = self.follower.headers().height();
        Ok(())
    }

    /// The next block that is stored already, as the ledger serves it: an earlier run of the same
    /// folder made it. None beyond the last. The run compares transactions made from it with the
    /// verified block later.
    pub(super) fn next_stored(&self) -> Result<Option<CompactBlock>, Error> {
        let next = self.passed.0 + 1;
        Ok(self.ledger.compact_blocks(next..=next)?.pop().map(|opened| opened.block))
    }

    /// The time of the last block that the run has played or replayed.
    pub(super) fn time(&self) -> Result<Time, Error> {
        let headers = self.follower.headers();
        Ok(headers.header(headers.height()).map_err(wallets::follower::Error::from)?.time)
    }

    fn scan(&mut self, block: &VerifiedBlock) -> Result<(), Error> {
        self.regulator.scan(block)?;
        self.meter.scan(block)?;
        self.desk.scan(block)?;
        self.matching_node.scan(block)?;
        self.deviation.iter_mut().for_each(|deviation| deviation.scan(block));
        self.masked.iter_mut().try_for_each(|roles| roles.quorum.scan(block))?;
        self.households.par_iter_mut().try_for_each(|h| h.wallet.scan(block))?;
        for transaction in &block.transactions {
            *self.transactions.entry(transaction.body.kind().name().to_string()).or_default() += 1;
        }
        self.root = block.root;
        Ok(self.books.block(block, self.households.iter().map(|h| h.wallet.watch()))?)
    }

    /// Posts blobs, unless the block that names them is stored already.
    pub(super) fn blobs(&self, blobs: &[Vec<u8>]) -> Result<(), Error> {
        if !self.replaying() {
            for blob in blobs {
                self.ledger.put_blob(blob)?;
            }
        }
        Ok(())
    }
}
