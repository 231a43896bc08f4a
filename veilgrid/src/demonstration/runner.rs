//! All parties of a run, each in its own role, and the ledger between them. How a step becomes a
//! block is in [`super::step`].
//!
//! All randomness comes from the run's seed, so after a crash the same steps make the same
//! transactions.

use super::deviation::Deviation;
use super::household::Household;
use super::masked::{self, MaskedRoles};
use super::prover::RunProver;
use super::schedule;
use super::seeded::{self, role_rng};
use super::{Error, MatchingChoice};
use crate::in_process::InProcess;
use crate::report::LedgerSummary;
use disk::Disk;
use ledger::{Groth16Verifier, Node};
use market::scenario::Scenario;
use protocol::ids::{ChainId, Height, Time};
use protocol::keys::Network;
use protocol::light::{HeaderChain, VerifiedBlock};
use protocol::transaction::genesis::NO_KEY;
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::Kind;
use protocol::tree::{Root, Tree};
use protocol::units::{Cycle, IssuerId};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use terminal::{output, Progress};
use wallets::follower::Follower;
use wallets::household::conservation::Books;
use wallets::household::ChainParameters;
use wallets::issuer::{Desk, MeteringService};
use wallets::ledger_access::Served;
use wallets::matching_node::MatchingNode;
use wallets::regulator::{AuditKey, AuditShare, GenesisTerms, Incident, PublicShares, Regulator, RegulatorKeys};
use wallets::seal::Signer;

/// Number of the one metering service.
pub const METER: u32 = 1;
/// Number of the one desk.
pub const DESK: u32 = 2;
/// How many holders of the audit key must answer (the first number) of those that there are (the
/// second).
pub const HOLDERS: (u8, u8) = (2, 3);

/// The randomness of each role that is not a household.
pub struct RoleRngs {
    /// The regulator's.
    pub regulator: ChaCha20Rng,
    /// The metering service's.
    pub meter: ChaCha20Rng,
    /// The desk's.
    pub desk: ChaCha20Rng,
    /// The validator's, which decides which scores it recomputes.
    pub validator: ChaCha20Rng,
    /// The matching node's, for its masks.
    pub mask: ChaCha20Rng,
    /// Regulator's and metering service's, for encrypted deviations.
    #[cfg(feature = "deviation")]
    pub deviation: ChaCha20Rng,
}

/// All roles of a run, and the ledger between them.
pub struct Runner<'a> {
    pub(super) scenario: &'a Scenario,
    /// The ledger, which every role reaches through [`wallets::ledger_access::LedgerAccess`].
    pub(super) ledger: InProcess,
    /// The chain of headers, which yields the verified blocks that every role scans.
    pub(super) follower: Follower,
    pub(super) chain: ChainId,
    pub(super) limits: Limits,
    pub(super) prover: RunProver,
    pub(super) regulator: Regulator,
    pub(super) shares: Vec<AuditShare>,
    pub(super) public_shares: PublicShares,
    pub(super) meter: MeteringService,
    pub(super) desk: Desk,
    pub(super) matching_node: MatchingNode,
    /// The validators and the masks; only in mode masked.
    pub(super) masked: Option<MaskedRoles>,
    /// The keys of encrypted deviations; only in a market that has them.
    pub(super) deviation: Option<Deviation>,
    pub(super) households: Vec<Household>,
    pub(super) rngs: RoleRngs,
    pub(super) books: Books,
    pub(super) transactions: BTreeMap<String, u64>,
    pub(super) phases: BTreeMap<&'static str, Duration>,
    /// Height of the last block that the run has played or replayed. After a step this is the empty
    /// block behind the step's own.
    pub(super) passed: Height,
    /// Root of the record tree after the last block that all roles have scanned.
    pub(super) root: Root,
    started: Instant,
    resumed: bool,
}

impl<'a> Runner<'a> {
    /// Makes all roles from the seed, and the ledger in `directory`, or opens it if it is there.
    pub fn new(
        scenario: &'a Scenario,
        (matching, deviation): (MatchingChoice, Option<Deviation>),
        disk: Arc<dyn Disk>,
        directory: &Path,
        seed: u64,
        prover: RunProver,
    ) -> Result<Self, Error> {
        let mut regulator_rng = role_rng(seed, "regulator");
        let keys = RegulatorKeys::generate(&mut regulator_rng);
        let audit = AuditKey::generate(&mut regulator_rng);
        let matching_node = MatchingNode::new(Signer::generate(&mut role_rng(seed, "matcher")));
        let verifier = Arc::new(Groth16Verifier::pinned()?);
        let mut name = [0; 32];
        role_rng(seed, "chain").fill_bytes(&mut name);
        let (enough, all) = HOLDERS;
        let (shares, public_shares) = audit.split(&mut role_rng(seed, "audit shares"), enough, all)?;
        let terms = GenesisTerms {
            name,
            network: Network::Test,
            recovery: Signer::generate(&mut regulator_rng).public(),
            time: schedule::GENESIS,
            matcher: matching_node.public(),
            audit_key: audit.public(),
            audit_possession: audit.possession(&mut regulator_rng, &name, Network::Test),
            audit_shares: public_shares.digest(),
            verifying_keys: ledger::verifying_keys_digest(verifier.as_ref()),
            anchor_blocks: 100,
            anchor_cycles: 4,
            score_checks: 1000,
            matching_mode: match matching {
                MatchingChoice::Open => MatchingMode::Open,
                MatchingChoice::Masked => masked::matching(seed)?,
            },
            deviation: deviation.as_ref().map_or([NO_KEY; 2], Deviation::digests),
            limits: Limits { greatest_energy: scenario.terms.greatest_energy, ..Limits::default() },
        };
        // From here on only the key's shares exist.
        drop(audit);
        let genesis = keys.genesis(&mut regulator_rng, &terms)?;
        let orderer = seeded::orderer(seed);
        let matching_key = keys.matching_key().clone();
        let resumed = Node::exists(directory);
        let node = match resumed {
            true => Node::open_on(disk, directory, orderer, verifier)?,
            false => Node::create_on(disk, directory, &genesis, &matching_key.to_bytes(), orderer, verifier)?,
        };
        if node.state().chain() != genesis.chain() {
            return Err(Error::AnotherRun);
        }
        if let Some(deviation) = &deviation {
            node.put_blob(&deviation.blob())?;
        }
        let chain = genesis.chain();
        let masked = (matching == MatchingChoice::Masked).then(|| MaskedRoles::new(seed, &genesis, &matching_key));
        let parameters = ChainParameters::new(genesis, matching_key)?;
        let (mut meter_rng, mut desk_rng) = (role_rng(seed, "meter"), role_rng(seed, "desk"));
        let meter = MeteringService::generate(&mut meter_rng, &genesis, issuer(METER))?;
        let desk = Desk::generate(&mut desk_rng, &genesis, issuer(DESK))?;
        let households = scenario
            .households
            .iter()
            .enumerate()
            .map(|(i, h)| Household::new(h, role_rng(seed, &format!("household {i}")), parameters.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Runner {
            scenario,
            follower: Follower::new(HeaderChain::new(&genesis, node.validators().clone())),
            ledger: InProcess::new(node),
            chain,
            limits: genesis.limits,
            prover,
            regulator: Regulator::new(keys, &genesis)?,
            shares,
            public_shares,
            meter,
            desk,
            matching_node,
            masked,
            deviation,
            households,
            rngs: RoleRngs {
                regulator: regulator_rng,
                meter: meter_rng,
                desk: desk_rng,
                validator: role_rng(seed, "validator"),
                mask: role_rng(seed, "mask"),
                #[cfg(feature = "deviation")]
                deviation: role_rng(seed, "deviation ciphertexts"),
            },
            books: Books::default(),
            transactions: BTreeMap::new(),
            phases: BTreeMap::new(),
            passed: Height(0),
            root: Tree::new().root(),
            started: Instant::now(),
            resumed,
        })
    }

    /// Prints the current step on standard error, with the time by the clock since the run's start.
    pub(super) fn say(&self, what: &str) {
        let mode = if self.replaying() { " (on the ledger already)" } else { "" };
        output::note(&format!("[{:7.1} s wall] {what}{mode}", self.started.elapsed().as_secs_f32()));
    }

    /// Whether this run continues the ledger of an earlier run.
    pub fn resumed(&self) -> bool {
        self.resumed
    }

    /// Whether the next block is stored already.
    pub(super) fn replaying(&self) -> bool {
        self.ledger.height() > self.passed
    }

    /// The height until which transactions made now are valid.
    pub(super) fn expiry(&self) -> Height {
        self.limits.expiry(self.passed)
    }

    /// Runs work that makes transactions, and adds its time to `phase`.
    pub(super) fn work<T>(
        &mut self,
        phase: &'static str,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let start = Instant::now();
        self.prover.set_on_ledger(self.replaying());
        let done = work(self);
        *self.phases.entry(phase).or_default() += start.elapsed();
        done
    }

    /// Lets households work side by side, each with its own wallet and randomness, on
    /// [`circuits::threads`] threads. They do not run on rayon's pool: its workers take up further
    /// tasks while they wait for one to finish, and a proof's measured time would be the time of
    /// several.
    pub(super) fn households<T: Send, S: Sync>(
        &mut self,
        phase: &'static str,
        tasks: &[(usize, S)],
        work: impl Fn(&mut Household, &RunProver, &S) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Error> {
        const POISONED: &str = "a thread that panics takes the run with it";
        self.work(phase, |this| {
            let mut slots: Vec<Option<&mut Household>> = this.households.iter_mut().map(Some).collect();
            let mut claimed = Vec::with_capacity(tasks.len());
            for (place, (index, task)) in tasks.iter().enumerate() {
                let household = slots[*index].take().expect("a step gives each household one task");
                claimed.push((place, household, task));
            }
            let (prover, queue) = (&this.prover, Mutex::new(claimed.into_iter()));
            let done = Mutex::new(Vec::with_capacity(tasks.len()));
            let progress = Progress::new("households");
            progress.over(tasks.len());
            std::thread::scope(|scope| {
                for _ in 0..circuits::threads().get().min(tasks.len()) {
                    scope.spawn(|| loop {
                        let next = queue.lock().expect(POISONED).next();
                        let Some((place, household, task)) = next else { return };
                        let result = work(household, prover, task);
                        done.lock().expect(POISONED).push((place, result));
                        progress.step();
                    });
                }
            });
            progress.done();
            let mut done = done.into_inner().expect(POISONED);
            done.sort_by_key(|(place, _)| *place);
            done.into_iter().map(|(_, result)| result).collect()
        })
    }

    /// The node recomputes the score vectors that it draws among those of a block. Error:
    /// [`Error::Incident`] for a wrong one.
    pub(super) fn recheck(&mut self, posted: &VerifiedBlock) -> Result<(), Error> {
        if self.replaying() {
            return Ok(());
        }
        self.work("recheck", |this| {
            let wrong = this.ledger.node().wrong_scores(posted, &mut this.rngs.validator)?;
            wrong.first().map_or(Ok(()), |wrong| Err(Error::Incident(Incident::ScoresWrong(wrong.buy))))
        })
    }

    /// Checks a round's pairs as an auditor with the document behind its transcript would. Error:
    /// [`Error::Pairing`] for the first fault.
    pub(super) fn check_pairing(&mut self, cycle: Cycle, round: u8) -> Result<(), Error> {
        let faults = self.work("audit", |this| {
            let rankings = this.regulator.rankings(cycle, round, &Served(&this.ledger))?;
            let of = (this.chain, cycle, round);
            let plans = this.matching_node.book().round(cycle, round).cloned().unwrap_or_default();
            Ok(fhe_matcher::pairing::faults(of, &plans, Some(&rankings)))
        })?;
        faults.first().map_or(Ok(()), |fault| Err(Error::Pairing(*fault)))
    }

    /// Registers the issuers and pays in everyone's money.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        self.say("registering the metering service and the desk; paying in balances");
        let expiry = self.expiry();
        let transactions = self.work("issue", |this| {
            let meter = this.meter.registration(&mut this.rngs.meter);
            let desk = this.desk.registration(&mut this.rngs.desk);
            let mut all = Vec::new();
            for registration in [meter, desk] {
                all.push(this.regulator.register_issuer(&registration, expiry)?);
            }
            Ok(all)
        })?;
        self.block(Time(schedule::GENESIS.0 + 10), transactions)?;
        let expiry = self.expiry();
        let transactions = self.work("issue", |this| {
            let mut all = Vec::new();
            for (household, start) in this.households.iter().zip(&this.scenario.households) {
                this.meter.enrol(&household.wallet.payment_address());
                this.regulator.enrol(household.wallet.address(), household.wallet.request_key())?;
                if start.balance.get() > 0 {
                    let to = household.wallet.payment_address();
                    all.push(this.desk.issue_balance(&this.prover, &mut this.rngs.desk, &to, start.balance, expiry)?);
                }
            }
            Ok(all)
        })?;
        self.block(Time(schedule::GENESIS.0 + 20), transactions)?;
        Ok(())
    }

    /// The ledger's part of a report.
    pub(super) fn ledger_summary(&self) -> LedgerSummary {
        let (height, root) = (self.passed.0, self.root.to_string());
        LedgerSummary { height, root, transactions: self.transactions.clone() }
    }

    /// Bytes of all transactions, by kind: all of a kind have one size.
    pub(super) fn bytes(&self) -> u64 {
        let kinds = Kind::ALL.iter();
        kinds.map(|k| self.transactions.get(k.name()).copied().unwrap_or(0) * k.size() as u64).sum()
    }
}

fn issuer(number: u32) -> IssuerId {
    IssuerId::new(number).expect("every u32 is an issuer's number")
}
