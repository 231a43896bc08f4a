//! The request for an epoch's credential: the household deposits its trace key, encrypted to the audit
//! key, and proves with relation 12 that it did. The regulator puts the deposit on the ledger with the
//! credential.

use super::{Error, Wallet};
use crate::prover::{Instance, Prover};
use crate::seal::Signer;
use protocol::elgamal::{encrypt, Role};
use protocol::encoding::digest;
use protocol::relation::check::Ephemeral;
use protocol::relation::deposit::DepositWitness;
use protocol::relation::RelationKind;
use protocol::signing::SigningKey;
use protocol::transaction::deposit::{CredentialRequest, Deposit, DepositSeal};
use protocol::units::Epoch;
use rand_core::{CryptoRng, RngCore};

impl Wallet {
    /// The request key's public half, which the regulator learns when the household enrols.
    pub fn request_key(&self) -> SigningKey {
        self.request_signer().public()
    }

    /// The request key follows from the seed, so a restored wallet has it again.
    pub(super) fn request_signer(&self) -> Signer {
        Signer::from_bytes(digest("veilgrid/request-key/1", &self.seed[..]))
    }

    /// The request for the credential of an epoch. It may be made again, and sent again: an epoch has
    /// one trace key, and the regulator issues one credential for it. Error: [`Error::Proof`].
    pub fn request_credential(
        &self,
        prover: &dyn Prover,
        rng: &mut (impl RngCore + CryptoRng),
        epoch: Epoch,
    ) -> Result<CredentialRequest, Error> {
        let (chain, genesis) = (self.watch.parameters.chain(), self.watch.parameters.genesis());
        let trace_key = self.spending.trace_key(chain, epoch);
        let (kappa, ephemeral) = (trace_key.commitment(), Ephemeral::random(rng));
        let audit_key = genesis.audit_key.point();
        let ciphertext = encrypt(Role::Audit, &audit_key, kappa.0, &ephemeral.e, &[trace_key.expose()]);
        let deposit = Deposit { kappa, c1: ephemeral.point(), ciphertext };
        let statement = deposit.statement(chain, epoch, &genesis.audit_key);
        let witness = DepositWitness { trace_key: trace_key.expose(), ephemeral };
        let instance = Instance::Deposit(&statement, &witness);
        instance.check()?;
        let key = self.key_in(prover, RelationKind::Deposit, None)?;
        let seal = DepositSeal { key, proof: prover.prove(key, &instance, rng)? };
        Ok(self.request_signer().request(chain, epoch, (deposit, seal)))
    }
}
