use protocol::ids::{ChainId, Height};
use protocol::record::Commitment;
use protocol::relation::issue::{Issue, IssueWitness, IssuedRecord};
use protocol::relation::RelationKind;
use protocol::transaction::{binding, transaction_id, Body, Transaction};
use protocol::units::Energy;
use rand_core::CryptoRngCore;
use wallets::prover::{Instance, Prover};
use wallets::seal::Signer;

/// An issuer's leaf in the tree: the leaf, the record that it truly commits to, and its opening.
pub struct IssuedLeaf {
    /// The leaf.
    pub commitment: Commitment,
    /// The record that the leaf commits to.
    pub truth: IssuedRecord,
    /// The record's opening.
    pub witness: IssueWitness,
}

/// An issuer, or the regulator with its credentials, that issues another record than it claims. Its
/// signature is good. Its proof is the best possible one: of the record that the leaf truly commits
/// to, and bound to this very transaction.
pub struct LyingIssuer {
    /// The issuer's signing key.
    pub signer: Signer,
    /// The chain that it issues on.
    pub chain: ChainId,
    /// The expiry of its transactions.
    pub expiry: Height,
    /// The greatest energy that the genesis allows a generation record.
    pub greatest: Energy,
}

impl LyingIssuer {
    /// The transaction by which it claims `body` of a leaf. Where the claim is true, the
    /// transaction is an honest one.
    ///
    /// Panics if the body issues nothing, and if the prover has a proof of a lie.
    pub fn issue(
        &self,
        prover: &dyn Prover,
        rng: &mut dyn CryptoRngCore,
        body: Body,
        leaf: &IssuedLeaf,
    ) -> Transaction {
        let key = prover.key_id(RelationKind::Issue).expect("a relation of the genesis");
        let binding = binding(transaction_id(self.chain, self.expiry, &body), key);
        let said = match body {
            Body::Issue(b) => b.statement(self.greatest, binding),
            Body::IssueCredential(b) => b.statement(binding),
            _ => panic!("it issues nothing"),
        };
        let true_statement = Issue { record: leaf.truth, commitment: leaf.commitment, binding };
        if said != true_statement {
            let lie = Instance::Issue(&said, &leaf.witness);
            assert!(prover.prove(key, &lie, rng).is_err(), "a lie was proved");
        }
        let instance = Instance::Issue(&true_statement, &leaf.witness);
        let proof = prover.prove(key, &instance, rng).expect("the leaf is what its opening says");
        self.signer.seal_proved(self.chain, self.expiry, body, key, proof)
    }
}
