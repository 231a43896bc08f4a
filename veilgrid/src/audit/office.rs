//! The regulator's office on the folder of a finished run: its service, the holders of the audit
//! key, the issuers that answer it, and the ledger. Each trusts only the headers for what is on the
//! ledger.

use super::error::Error;
use crate::demonstration::{store_issuers, Claim, Roles};
use crate::in_process::InProcess;
use ledger::{Groth16Verifier, Node};
use protocol::encoding::digest;
use protocol::ids::{Height, Time};
use protocol::keys::Address;
use protocol::light::{HeaderChain, VerifiedBlock};
use protocol::record::Handle;
use protocol::transaction::body::Purpose;
use protocol::transaction::limits::Limits;
use protocol::transaction::Transaction;
use protocol::units::Cycle;
use protocol::Fr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};
use wallets::follower::Follower;
use wallets::issuer::{Desk, MeteringService};
use wallets::ledger_access::{LedgerAccess, Served};
use wallets::regulator::{
    AuditShare, AuditedPlan, Evidence, HouseholdAccount, HouseholdAudit, Partial, Proofs, PublicShares, Regulator,
};

/// The regulator's office.
pub struct Office {
    /// The ledger.
    pub ledger: InProcess,
    /// The headers by which all parties here check blocks and proofs.
    pub follower: Follower,
    /// The regulator's service.
    pub regulator: Regulator,
    /// The holders of the audit key.
    pub shares: Vec<AuditShare>,
    public_shares: PublicShares,
    /// The households' names.
    pub names: Vec<(String, Address)>,
    meter: MeteringService,
    desk: Desk,
    directory: PathBuf,
    seed: u64,
    limits: Limits,
    _claim: Claim,
}

/// Asks the holders one after another until enough have given parts that are by their shares. Gives
/// the others too: the regulator names their holders.
fn ask(
    (shares, public): (&[AuditShare], &PublicShares),
    evidence: &Evidence,
    headers: &HeaderChain,
) -> Result<Vec<Partial>, wallets::regulator::Error> {
    let (mut parts, mut good) = (Vec::new(), 0);
    for share in shares {
        if good == public.threshold() {
            break;
        }
        let part = share.partial(evidence, headers)?;
        good += u8::from(part.verify(public, evidence, headers).is_ok());
        parts.push(part);
    }
    Ok(parts)
}

impl Office {
    /// Opens the folder of a finished market. Errors: [`Error::NoMarket`], [`Error::Seed`],
    /// [`Error::Market`] while another process uses the folder.
    pub fn open(directory: &Path, seed: u64) -> Result<Self, Error> {
        if !Roles::exist(directory) || !Node::exists(directory) {
            return Err(Error::NoMarket(directory.display().to_string()));
        }
        let claim = Claim::enter(&disk::System, directory)?;
        let Roles { keys, register, serials, names, shares, public_shares, meter, desk, orderer } =
            Roles::load(directory, seed).map_err(|error| match error {
                crate::demonstration::Error::Storage { error: wallets::storage::Error::WrongPassphrase, .. } => {
                    Error::Seed(seed)
                }
                other => other.into(),
            })?;
        let verifier = Groth16Verifier::pinned().map_err(crate::demonstration::Error::from)?;
        let node = Node::open(directory, orderer, Arc::new(verifier))?;
        let limits = node.state().genesis().limits;
        let mut regulator = Regulator::new(keys, node.state().genesis())?;
        regulator.set_register(register);
        regulator.set_serials(serials);
        regulator.set_public_shares(public_shares.clone())?;
        let ledger = InProcess::new(node);
        ledger.finish_block()?;
        let mut follower = ledger.follower();
        follower.follow(&ledger)?.iter().try_for_each(|block| regulator.scan(block))?;
        let directory = directory.to_owned();
        Ok(Office {
            ledger,
            follower,
            regulator,
            shares,
            public_shares,
            names,
            meter,
            desk,
            directory,
            seed,
            limits,
            _claim: claim,
        })
    }

    /// The ledger's node.
    pub fn node(&self) -> MutexGuard<'_, Node> {
        self.ledger.node()
    }
    /// All blocks that the ledger's headers prove, which are all but the last. Error:
    /// [`Error::Follow`].
    pub fn blocks(&self) -> Result<Vec<VerifiedBlock>, Error> {
        Ok(self.ledger.follower().follow(&self.ledger)?)
    }

    fn expiry(&self) -> Height {
        self.limits.expiry(self.follower.headers().height())
    }

    /// Puts transactions on the ledger, and an empty block after them, whose header proves that
    /// they were accepted.
    fn put(&mut self, transactions: &[Transaction]) -> Result<(), Error> {
        for batch in transactions.chunks(ledger::block::MAX_TRANSACTIONS) {
            for transaction in batch {
                self.ledger.submit(&transaction.encode()).map_err(Error::Refused)?;
            }
            let time = Time(self.ledger.node().state().time().0 + 1);
            let sealed = self.ledger.seal(time)?;
            for transaction in batch {
                self.ledger.outcome(&sealed, &transaction.id()).map_err(Error::Refused)?;
            }
        }
        let blocks = self.follower.follow(&self.ledger)?;
        Ok(blocks.iter().try_for_each(|block| self.regulator.scan(block))?)
    }

    /// A household's address. Error: [`Error::UnknownHousehold`].
    pub fn address(&self, name: &str) -> Result<Address, Error> {
        let found = self.names.iter().find(|(n, _)| n == name);
        found.map(|(_, address)| *address).ok_or_else(|| Error::UnknownHousehold(name.to_string()))
    }

    /// Audits one plan: puts the entry on the ledger, then opens the plan.
    pub fn plan(&mut self, handle: Handle, reason: &str) -> Result<(AuditedPlan, Height), Error> {
        let (target, ..) = self.regulator.trail().plan(handle)?;
        let expiry = self.expiry();
        let open = self.regulator.open_audit(handle, reason_digest(reason), expiry)?;
        self.put(&[open])?;
        let proofs = Served(&self.ledger);
        let proof = |id| proofs.acceptance(id).ok_or(Error::NoProof);
        let evidence = Evidence { open: proof(&open.id())?, target: proof(&target)? };
        let partials = ask((&self.shares, &self.public_shares), &evidence, self.follower.headers())?;
        let plan = self.regulator.audit(&evidence, self.follower.headers(), &partials)?;
        Ok((plan, evidence.open.included.height))
    }

    /// Audits one household over these cycles. Gives the account, and the block of the first
    /// entry.
    pub fn household(
        &mut self,
        who: Address,
        range: (Cycle, Cycle),
        reason: &str,
    ) -> Result<(HouseholdAccount, Height), Error> {
        let (expiry, issuers) = (self.expiry(), [self.meter.id(), self.desk.id()]);
        let (mut audit, opens) =
            HouseholdAudit::begin(&mut self.regulator, who, range, &issuers, reason_digest(reason), expiry)?;
        let first = Height(self.follower.headers().height().0 + 1);
        self.put(&opens)?;
        let expiry = self.expiry();
        let opens = {
            let (shares, headers) = ((&self.shares[..], &self.public_shares), self.follower.headers());
            let quorum = |evidence: &Evidence| ask(shares, evidence, headers);
            audit.find(&mut self.regulator, &Served(&self.ledger), headers, &quorum, expiry)?
        };
        self.put(&opens)?;
        let (proofs, headers) = (Served(&self.ledger), self.follower.headers());
        let shares = (&self.shares[..], &self.public_shares);
        let (cycles, _) = self.regulator.trail().range(range.0, range.1);
        let disclosures = [
            self.meter.disclose(who, &cycles, &audit.request(self.meter.id(), &proofs)?, headers)?,
            self.desk.disclose(who, &audit.request(self.desk.id(), &proofs)?, headers)?,
        ];
        store_issuers(&self.directory, self.seed, &self.meter, &self.desk)?;
        let quorum = |evidence: &Evidence| ask(shares, evidence, headers);
        let account = audit.state(&mut self.regulator, &proofs, headers, &quorum, &disclosures)?;
        Ok((account, first))
    }

    /// Whether an Open for this subject is on the ledger.
    pub fn is_announced(&self, purpose: Purpose, subject: Fr) -> bool {
        self.ledger.node().openings().any(|o| o.open.purpose == purpose && o.open.first == subject)
    }
}

/// The digest of an audit's reason, which goes on the ledger in its place.
fn reason_digest(reason: &str) -> [u8; 32] {
    digest("veilgrid/audit-reason/1", reason.as_bytes())
}
