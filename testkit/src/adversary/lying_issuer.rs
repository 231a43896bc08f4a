use protocol::ids::{ChainId, Height};
use protocol::record::Commitment;
use protocol::relation::issue::{Issue, IssueWitness, IssuedRecord};
use protocol::relation::RelationKind;
use protocol::transaction::body::IssueCredential;
use protocol::transaction::deposit::DepositSeal;
use protocol::transaction::{binding, credential_binding, transaction_id, Body, Transaction, PROOF_BYTES};
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
        let Body::Issue(said) = body else { panic!("it issues nothing") };
        let proof = self.prove(prover, rng, said.statement(self.greatest, binding), leaf);
        self.signer.seal_proved(self.chain, self.expiry, body, key, proof)
    }

    /// The same of a credential, beside a household's proof of a deposit.
    pub fn issue_credential(
        &self,
        prover: &dyn Prover,
        rng: &mut dyn CryptoRngCore,
        body: IssueCredential,
        deposit: DepositSeal,
        leaf: &IssuedLeaf,
    ) -> Transaction {
        let key = prover.key_id(RelationKind::Issue).expect("a relation of the genesis");
        let whole = Body::IssueCredential(body);
        let binding = credential_binding(transaction_id(self.chain, self.expiry, &whole), key, &deposit);
        let proof = self.prove(prover, rng, body.statement(binding), leaf);
        self.signer.seal_credential(self.chain, self.expiry, whole, (key, proof), deposit)
    }

    /// The proof of what the leaf truly is, under the binding of what is said.
    fn prove(
        &self,
        prover: &dyn Prover,
        rng: &mut dyn CryptoRngCore,
        said: Issue,
        leaf: &IssuedLeaf,
    ) -> [u8; PROOF_BYTES] {
        let key = prover.key_id(RelationKind::Issue).expect("a relation of the genesis");
        let true_statement = Issue { record: leaf.truth, commitment: leaf.commitment, binding: said.binding };
        if said != true_statement {
            let lie = Instance::Issue(&said, &leaf.witness);
            assert!(prover.prove(key, &lie, rng).is_err(), "a lie was proved");
        }
        let instance = Instance::Issue(&true_statement, &leaf.witness);
        prover.prove(key, &instance, rng).expect("the leaf is what its opening says")
    }
}
