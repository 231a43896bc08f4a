//! How issuers and the regulator put a record into the tree: each such transaction is signed, and
//! its proof shows that the record holds what the transaction says (relations 13 and 13b).

use crate::prover::{Instance, ProofError, Prover};
use crate::seal::Signer;
use crate::trusted_keys::{judge_change, judge_genesis, UntrustedKeys};
use protocol::encoding::{Canonical, Reader};
use protocol::ids::{ChainId, Height, VerifyingKeyId};
use protocol::key_schedule::KeySchedule;
use protocol::keys::Network;
use protocol::light::VerifiedBlock;
use protocol::relation::issue::{Issue, IssueWitness};
use protocol::relation::metered::{Metered, MeteredWitness};
use protocol::relation::RelationKind;
use protocol::transaction::body::{ActivateKey, IssueCredential};
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::genesis::Genesis;
use protocol::transaction::{binding, credential_binding, transaction_id, Body, Transaction};
use protocol::units::Cycle;
use protocol::{Error, Fr};
use rand_core::{CryptoRng, RngCore};

/// The verifying keys that the ledger asks for: where no plan says which, those of the newest cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewestKeys {
    network: Network,
    schedule: KeySchedule,
    newest: Option<Cycle>,
}

impl NewestKeys {
    /// The keys of a chain before its first block. Error: [`UntrustedKeys`].
    pub(crate) fn new(genesis: &Genesis) -> Result<Self, UntrustedKeys> {
        judge_genesis(genesis)?;
        Ok(NewestKeys { network: genesis.network, schedule: KeySchedule::default(), newest: None })
    }
    /// Judges the changes of keys in a block. Error: [`UntrustedKeys`].
    pub(crate) fn judge(&self, block: &VerifiedBlock) -> Result<(), UntrustedKeys> {
        block.transactions.iter().try_for_each(|transaction| match &transaction.body {
            Body::ActivateKey(change) => self.judge_change(change),
            _ => Ok(()),
        })
    }
    /// Judges a change of a key. Error: [`UntrustedKeys`].
    pub(crate) fn judge_change(&self, change: &ActivateKey) -> Result<(), UntrustedKeys> {
        judge_change(self.network, change)
    }
    /// Follows the ledger, through blocks that [`Self::judge`] takes. Scanning a block again does no
    /// harm.
    pub(crate) fn scan(&mut self, block: &VerifiedBlock) {
        for transaction in &block.transactions {
            match &transaction.body {
                Body::ActivateKey(change) if !self.schedule.changes().contains(change) => self.schedule.add(*change),
                Body::CycleStart(start) => self.newest = self.newest.max(Some(start.cycle)),
                _ => {}
            }
        }
    }
    pub(crate) fn key(&self, prover: &dyn Prover, relation: RelationKind) -> Result<VerifyingKeyId, ProofError> {
        self.key_at(prover, relation, self.newest)
    }
    /// The key for what is about a plan of this cycle.
    pub(crate) fn key_at(
        &self,
        prover: &dyn Prover,
        relation: RelationKind,
        cycle: Option<Cycle>,
    ) -> Result<VerifyingKeyId, ProofError> {
        match self.schedule.key(relation, self.schedule.version(cycle)) {
            Some(key) => Ok(key),
            None => prover.key_id(relation),
        }
    }
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.network.write(out);
        (self.schedule.changes().len() as u64).write(out);
        self.schedule.changes().iter().for_each(|change| change.write(out));
        self.newest.is_some().write(out);
        if let Some(newest) = self.newest {
            newest.write(out);
        }
    }
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let mut keys = NewestKeys { network: Network::read(input)?, schedule: KeySchedule::default(), newest: None };
        for _ in 0..u64::read(input)? {
            let change = ActivateKey::read(input)?;
            if !keys.schedule.takes(change.from, None) || keys.schedule.changes().contains(&change) {
                return Err(Error::Encoding("changes of keys out of order"));
            }
            keys.schedule.add(change);
        }
        keys.newest = if bool::read(input)? { Some(Canonical::read(input)?) } else { None };
        Ok(keys)
    }
}

/// The signer of an issue, its keys, its chain, and the height at which it expires.
pub(crate) struct Issuing<'a> {
    pub signer: &'a Signer,
    pub keys: &'a NewestKeys,
    pub chain: ChainId,
    pub expiry: Height,
}

impl Issuing<'_> {
    /// The transaction that issues the record of this opening by relation 13, signed and proved.
    /// `statement` makes the relation's statement out of the binding. Errors: the prover's;
    /// [`ProofError::Broken`] for an opening that contradicts the body.
    pub(crate) fn seal<R: RngCore + CryptoRng>(
        &self,
        prover: &dyn Prover,
        rng: &mut R,
        body: Body,
        statement: impl FnOnce(Fr) -> Issue,
        witness: &IssueWitness,
    ) -> Result<Transaction, ProofError> {
        let (key, binding) = self.bound(prover, &body, RelationKind::Issue)?;
        self.prove(prover, rng, body, key, &Instance::Issue(&statement(binding), witness))
    }

    /// [`Self::seal`] of a credential, beside the household's proof of its deposit.
    pub(crate) fn seal_credential<R: RngCore + CryptoRng>(
        &self,
        prover: &dyn Prover,
        rng: &mut R,
        body: IssueCredential,
        deposit: DepositSeal,
        witness: &IssueWitness,
    ) -> Result<Transaction, ProofError> {
        let key = self.keys.key(prover, RelationKind::Issue)?;
        let id = transaction_id(self.chain, self.expiry, &Body::IssueCredential(body));
        let statement = body.statement(credential_binding(id, key, &deposit));
        let instance = Instance::Issue(&statement, witness);
        instance.check()?;
        let proof = prover.prove(key, &instance, rng)?;
        let body = Body::IssueCredential(body);
        Ok(self.signer.seal_credential(self.chain, self.expiry, body, (key, proof), deposit))
    }

    /// [`Self::seal`] of a metered record, by relation 13b.
    pub(crate) fn seal_metered<R: RngCore + CryptoRng>(
        &self,
        prover: &dyn Prover,
        rng: &mut R,
        body: Body,
        statement: impl FnOnce(Fr) -> Metered,
        witness: &MeteredWitness,
    ) -> Result<Transaction, ProofError> {
        let (key, binding) = self.bound(prover, &body, RelationKind::Metered)?;
        self.prove(prover, rng, body, key, &Instance::Metered(&statement(binding), witness))
    }

    fn bound(
        &self,
        prover: &dyn Prover,
        body: &Body,
        relation: RelationKind,
    ) -> Result<(VerifyingKeyId, Fr), ProofError> {
        let key = self.keys.key(prover, relation)?;
        Ok((key, binding(transaction_id(self.chain, self.expiry, body), key)))
    }

    fn prove<R: RngCore + CryptoRng>(
        &self,
        prover: &dyn Prover,
        rng: &mut R,
        body: Body,
        key: VerifyingKeyId,
        instance: &Instance<'_>,
    ) -> Result<Transaction, ProofError> {
        instance.check()?;
        let proof = prover.prove(key, instance, rng)?;
        Ok(self.signer.seal_proved(self.chain, self.expiry, body, key, proof))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cycle, cycle_start, genesis, Chain, NativeProver};
    use protocol::ids::Serial;

    fn change(serial: u64, key: u8, from: u32) -> ActivateKey {
        ActivateKey {
            serial: Serial(serial),
            relation: RelationKind::Issue,
            key: VerifyingKeyId([key; 32]),
            from: cycle(from),
        }
    }

    #[test]
    fn the_key_is_the_newest_cycles_whatever_is_scanned_again_or_restored() {
        let (mut chain, mut keys) = (Chain::new(&genesis(1)), NewestKeys::new(&genesis(1)).unwrap());
        let first = RelationKind::Issue as u8;
        let key = |keys: &NewestKeys| keys.key(&NativeProver, RelationKind::Issue).unwrap().0[0];
        assert_eq!(key(&keys), first);
        let changes = [change(1, 71, 8), change(2, 72, 9)].map(Body::ActivateKey);
        let (announced, seven) = (chain.plain(10, changes), chain.plain(20, [cycle_start(3, 7)]));
        let (eight, nine) = (chain.plain(30, [cycle_start(4, 8)]), chain.plain(40, [cycle_start(5, 9)]));
        for (block, expected) in [(&announced, first), (&seven, first), (&eight, 71), (&nine, 72)] {
            keys.scan(block);
            assert_eq!(key(&keys), expected);
            let before = keys.clone();
            keys.scan(&announced);
            keys.scan(block);
            assert_eq!(keys, before);
            let mut bytes = Vec::new();
            keys.write(&mut bytes);
            assert_eq!(NewestKeys::read(&mut Reader(&bytes)), Ok(before));
        }
        assert_eq!(keys.key(&NativeProver, RelationKind::Merge).unwrap().0[0], RelationKind::Merge as u8);
        for wrong in [[change(1, 71, 8), change(2, 72, 7)], [change(1, 71, 8); 2]] {
            let mut bytes = Network::Test.to_bytes();
            2u64.write(&mut bytes);
            wrong.iter().for_each(|change| change.write(&mut bytes));
            false.write(&mut bytes);
            assert!(NewestKeys::read(&mut Reader(&bytes)).is_err());
        }
    }
}
