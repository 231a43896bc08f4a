//! An [`Orderer`] decides which transactions come in which order. Here it is one key in one
//! process; several validators that agree by an engine of their own are another implementation.

use crate::chain::{Chain, Sealed};
use crate::error::NodeError;
use crate::execute::ExecuteError;
use crate::mempool::{Mempool, Source, ThrownOut};
use crate::receipt::TransactionDigest;
use crate::store::Head;
use crate::Refusal;
use ed25519_dalek::Signer;
use protocol::certificate::{Certificate, ValidatorSet};
use protocol::header::BlockHash;
use protocol::ids::{Height, Time, TransactionId};
use protocol::signing::SigningKey;

/// The orderer's signing key. Wiped on drop, never printed.
pub struct OrdererKey(ed25519_dalek::SigningKey);

impl OrdererKey {
    /// The key with this Ed25519 secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        OrdererKey(ed25519_dalek::SigningKey::from_bytes(secret))
    }
    /// The public key, which the chain's validator set names.
    pub fn public(&self) -> SigningKey {
        SigningKey(self.0.verifying_key().to_bytes())
    }
    /// The validator set of a chain that this key alone certifies.
    pub fn validators(&self) -> ValidatorSet {
        ValidatorSet::single(self.public())
    }
    /// The certificate of a block, by this key alone.
    pub fn certify(&self, block: &BlockHash) -> Certificate {
        Certificate::single(self.0.sign(&block.certificate_message()).to_bytes())
    }
}

/// Orders transactions into certified blocks of one chain.
pub trait Orderer {
    /// Takes a transaction, which this source sent, for a later block.
    ///
    /// # Errors
    /// A reason for which no later block could accept it, or [`Refusal::Busy`]. That none is given
    /// is no promise that a block will accept it.
    fn submit(&mut self, bytes: &[u8], source: Source) -> Result<TransactionId, Refusal>;
    /// Orders the held transactions into the next block, at this time in seconds since 1970.
    ///
    /// # Errors
    /// With the head where it was and everything still held, so that it can be tried again: a time
    /// before the last block's, the store's. Where a block was stored and only its acknowledgement
    /// failed, the next attempt returns that block, with the time that it has.
    fn seal(&mut self, time: Time) -> Result<Sealed, NodeError>;
    /// Where a transaction was accepted: its block, and its place there from 0. None if it was not.
    ///
    /// # Errors
    /// The store's.
    fn committed(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, NodeError>;
    /// The last block that is final.
    fn head(&self) -> Head;
    /// The certificate of a block; None beyond the last.
    ///
    /// # Errors
    /// The store's.
    fn certificate(&self, height: Height) -> Result<Option<Certificate>, NodeError>;
}

/// An orderer that decides alone: it proposes the transactions that it holds, certifies and
/// finalises.
pub struct SingleNodeOrderer {
    key: OrdererKey,
    chain: Chain,
    mempool: Mempool,
    /// What the pool has thrown out since the last block.
    thrown_out: Vec<ThrownOut>,
}

impl SingleNodeOrderer {
    /// Orders a chain whose only validator is this key.
    ///
    /// # Errors
    /// [`NodeError::Orderer`] for a chain of other validators.
    pub fn new(key: OrdererKey, chain: Chain) -> Result<Self, NodeError> {
        match key.validators() == *chain.validators() {
            true => Ok(SingleNodeOrderer { key, chain, mempool: Mempool::default(), thrown_out: Vec::new() }),
            false => Err(NodeError::Orderer),
        }
    }
    /// The chain that it orders.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
    /// Verifies the seals of what is held for a block of this time, as sealing would. A listing
    /// whose own proof is good then has its blob asked for ([`Mempool::wanted`]).
    pub fn verify(&mut self, time: Time) {
        self.thrown_out.extend(self.mempool.verify(&self.chain, time));
    }
    /// The transactions held for the next block.
    pub fn mempool(&self) -> &Mempool {
        &self.mempool
    }
}

impl Orderer for SingleNodeOrderer {
    fn submit(&mut self, bytes: &[u8], source: Source) -> Result<TransactionId, Refusal> {
        self.mempool.submit(bytes, source, &self.chain)
    }
    fn seal(&mut self, time: Time) -> Result<Sealed, NodeError> {
        self.verify(time);
        let (mut sealed, left_out) = match self.chain.recover()? {
            Some(stored) => (stored, Vec::new()),
            None => {
                let proposal = loop {
                    match self.chain.propose(self.mempool.candidates(), time) {
                        Err(NodeError::Execute(ExecuteError::MissingBlob(hash))) => {
                            let evicted = self.mempool.evict(&hash);
                            if evicted.is_empty() {
                                return Err(ExecuteError::MissingBlob(hash).into());
                            }
                            self.thrown_out.extend(evicted);
                        }
                        other => break other?,
                    }
                };
                let (certificate, left_out) = (self.key.certify(&proposal.hash()), proposal.left_out().to_vec());
                (self.chain.finalise(proposal, certificate)?, left_out)
            }
        };
        let stored: Vec<TransactionDigest> = sealed.receipts.iter().map(|receipt| receipt.transaction).collect();
        let waiting = self.mempool.refusals(&left_out);
        self.thrown_out.extend(self.mempool.committed(&self.chain, &stored, &left_out));
        sealed.left_out = self.thrown_out.drain(..).chain(waiting).collect();
        Ok(sealed)
    }
    fn committed(&self, id: &TransactionId) -> Result<Option<(Height, u32)>, NodeError> {
        self.chain.receipt(id)
    }
    fn head(&self) -> Head {
        self.chain.head()
    }
    fn certificate(&self, height: Height) -> Result<Option<Certificate>, NodeError> {
        Ok(self.chain.header(height)?.map(|(_, certificate)| certificate))
    }
}
