//! Several nodes of one chain, of which none is believed. A role follows the chain through one of
//! them. A node that serves what the headers do not bear out is asked no more; one that does not
//! answer, or falls behind the others, is asked again later.

use protocol::ids::{Height, TransactionId};
use protocol::light::{HeaderChain, VerifiedBlock};
use std::time::{Duration, Instant};
use wallets::follower::{Error, Follower};
use wallets::ledger_access::{AccessError, LedgerAccess};

/// For how long a node may have no new block before others are asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node, and what is known of it.
struct Known<L> {
    ledger: L,
    /// The name by which the log and people know it: its address.
    name: String,
    /// Whether it served what the headers do not bear out.
    lied: bool,
}

/// Several nodes of one chain.
pub struct Nodes<L> {
    nodes: Vec<Known<L>>,
    asked: usize,
    follower: Follower,
    /// When the last new block came.
    since: Instant,
    patience: Duration,
}

/// Whether an error shows that a node lies. A node that is only behind, or that fails, is believed
/// as little and asked again.
fn is_lie(error: &Error) -> bool {
    match error {
        Error::Light(_) | Error::OutOfOrder { .. } | Error::Withheld(_) => true,
        Error::Access(_) | Error::Behind { .. } => false,
    }
}

impl<L: LedgerAccess> Nodes<L> {
    /// These nodes, by name, of the chain that these headers begin. The first is asked first. None
    /// without a node.
    pub fn new(headers: HeaderChain, nodes: Vec<(String, L)>) -> Option<Self> {
        let known = |(name, ledger)| Known { ledger, name, lied: false };
        let nodes: Vec<Known<L>> = nodes.into_iter().map(known).collect();
        let follower = Follower::new(headers);
        (!nodes.is_empty()).then(|| Nodes { nodes, asked: 0, follower, since: Instant::now(), patience: PATIENCE })
    }
    /// Asks others after this time without a new block.
    pub fn with_patience(self, patience: Duration) -> Self {
        Nodes { patience, ..self }
    }
    /// The headers so far: what proofs are checked against.
    pub fn headers(&self) -> &HeaderChain {
        self.follower.headers()
    }
    /// Height of the last block that was given out; 0 before the first.
    pub fn height(&self) -> Height {
        self.follower.height()
    }
    /// The node that is asked now: for blobs and proofs, which are checked like blocks.
    pub fn ledger(&self) -> &L {
        &self.nodes[self.asked].ledger
    }
    /// The names of the nodes that lied.
    pub fn liars(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter(|node| node.lied).map(|node| node.name.as_str())
    }

    /// The new blocks that can be verified by now, in order and each once. If the node that is asked
    /// lies or does not answer, the next one is asked. If it has had nothing new for a while, the
    /// others are, too.
    ///
    /// # Errors
    /// The last node's if none of them answers, and `no-node` if all have lied.
    pub fn follow(&mut self) -> Result<Vec<VerifiedBlock>, Error> {
        let (mut failed, mut answered) = (None, false);
        for _ in 0..self.nodes.len() {
            if !self.nodes[self.asked].lied {
                match self.follower.follow(&self.nodes[self.asked].ledger) {
                    Ok(blocks) if !blocks.is_empty() => {
                        self.since = Instant::now();
                        return Ok(blocks);
                    }
                    Ok(_) if self.since.elapsed() < self.patience => return Ok(Vec::new()),
                    Ok(_) => {
                        answered = true;
                        let name = &self.nodes[self.asked].name;
                        tracing::warn!(node = name, "the node has had no new block for a while; another is asked");
                    }
                    Err(error) => {
                        let known = &mut self.nodes[self.asked];
                        known.lied = is_lie(&error);
                        let (node, code) = (&known.name, error.code());
                        match known.lied {
                            true => tracing::error!(node, code, %error, "the node lies, and is asked no more"),
                            false => tracing::warn!(node, code, %error, "the node does not answer; another is asked"),
                        }
                        failed = Some(error);
                    }
                }
            }
            self.asked = (self.asked + 1) % self.nodes.len();
        }
        match answered {
            true => Ok(Vec::new()),
            false => Err(failed.unwrap_or_else(|| no_node().into())),
        }
    }

    /// Hands a transaction to every node that has not lied, as an operator does. Gives its id if one
    /// of them takes it.
    ///
    /// # Errors
    /// A refusal if a node gave one, else the last node's failure.
    pub fn submit_to_all(&self, transaction: &[u8], blob: Option<&[u8]>) -> Result<TransactionId, AccessError> {
        let mut answers = Vec::new();
        for node in self.nodes.iter().filter(|node| !node.lied) {
            answers.push(submit(&node.ledger, transaction, blob));
        }
        best(answers)
    }
    /// Hands a transaction to one node that has not lied, as a wallet does: `draw` gives a number
    /// below its argument. So no node sees all that a wallet sends.
    ///
    /// # Errors
    /// That node's.
    pub fn submit_to_one(
        &self,
        transaction: &[u8],
        blob: Option<&[u8]>,
        draw: impl FnOnce(usize) -> usize,
    ) -> Result<TransactionId, AccessError> {
        let honest: Vec<&Known<L>> = self.nodes.iter().filter(|node| !node.lied).collect();
        match honest.len() {
            0 => best(Vec::new()),
            n => submit(&honest[draw(n) % n].ledger, transaction, blob),
        }
    }
}

fn submit<L: LedgerAccess>(ledger: &L, transaction: &[u8], blob: Option<&[u8]>) -> Result<TransactionId, AccessError> {
    if let Some(blob) = blob {
        ledger.put_blob(blob)?;
    }
    ledger.submit(transaction)
}

/// The best of several nodes' answers.
fn best(answers: Vec<Result<TransactionId, AccessError>>) -> Result<TransactionId, AccessError> {
    let rank = |answer: &Result<TransactionId, AccessError>| match answer {
        Ok(_) => 0,
        Err(AccessError::Refused { .. }) => 1,
        Err(_) => 2,
    };
    answers.into_iter().min_by_key(rank).unwrap_or_else(|| Err(no_node()))
}

/// Said where no node is left to ask.
fn no_node() -> AccessError {
    let message = "every configured node has served what its headers do not bear out: configure another one";
    AccessError::Failed { code: "no-node", message: message.into() }
}
