//! The transactions that issuers, the matching node and the regulator sign; and the choice of a
//! transaction's maker.

use super::*;
use crate::action::Operator;
use crate::model::SLOT;
use ledger::{Blobs, CiphertextStatus, ScoreClaim};
use protocol::elgamal::{encrypt, Role};
use protocol::encoding::digest;
use protocol::ids::{Serial, Time, TransactionId};
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::generation::Generation;
use protocol::record::matching::Match;
use protocol::record::metered::{record_serial, serial_key, Metered, Sign};
use protocol::record::Commitment;
use protocol::relation as r;
use protocol::relation::deliver::DeliverWitness;
use protocol::relation::deposit::DepositWitness;
use protocol::relation::metered::MeteredWitness;
use protocol::relation::RelationKind;
use protocol::transaction::body::*;
use protocol::transaction::deposit::{Deposit, DepositSeal};
use protocol::transaction::obligation::{Ruled, Ruling};
use protocol::transaction::possession::issuer_context;

/// The number of the key that signs contests.
const CHALLENGER: u8 = 3;

/// The blobs of plans.
struct Kept<'a>(&'a BTreeMap<BlobHash, Arc<Vec<u8>>>);

impl Blobs for Kept<'_> {
    fn plan_ciphertext(&self, hash: &BlobHash) -> CiphertextStatus {
        if self.0.contains_key(hash) {
            CiphertextStatus::Canonical
        } else {
            CiphertextStatus::Missing
        }
    }
    fn get(&self, hash: &BlobHash) -> Option<Vec<u8>> {
        self.0.get(hash).map(|bytes| bytes.to_vec())
    }
}

/// Names of nothing: handles that no listing made.
fn nobody(name: Name) -> Fr {
    Fr::from(1u64 << 40) + Fr::from(name as u64)
}

impl Forge {
    pub(super) fn transaction(&mut self, model: &Model, tx: &Tx) -> Transaction {
        match tx.action {
            Action::Issue { issuer, serial, owner, worth, leaf } => {
                self.issue(model, tx, (issuer, serial), owner, worth, leaf)
            }
            Action::Credential { serial, owner, epoch: e } => self.issue_credential(tx, serial, owner, e),
            Action::Scores { serial, cycle: c, round, buy, right } => {
                let wrong = digest("wrong-scores", &tx.name.to_le_bytes());
                let digest = self.right_scores(model, (c, round, buy)).filter(|_| right).unwrap_or(wrong);
                self.openings.digests.insert(tx.name, digest);
                let body = Scores { serial: Serial(serial), cycle: cycle(c), round, buy: self.handle(buy), digest };
                self.signed(tx, 2, Body::Scores(body))
            }
            Action::Contest { cycle: c, round, buy, posted } => {
                let digest = self.openings.digests.get(&posted).copied().unwrap_or([5; 32]);
                let (challenger, buy) = (signer(CHALLENGER).public(), self.handle(buy));
                let body = Contest { challenger, cycle: cycle(c), round, buy, digest };
                self.signed(tx, CHALLENGER, Body::Contest(body))
            }
            Action::Transcript { serial, cycle: c, round } => {
                let digest = digest("transcript", &tx.name.to_le_bytes());
                let answers = if model.masked { digest } else { [0; 32] };
                self.openings.digests.insert(tx.name, digest);
                self.signed(
                    tx,
                    1,
                    Body::Transcript(Transcript { serial: Serial(serial), cycle: cycle(c), round, digest, answers }),
                )
            }
            Action::Mask { serial, cycle: c, round } => {
                let commitment = digest("mask", &tx.name.to_le_bytes());
                self.openings.digests.insert(tx.name, commitment);
                self.signed(tx, 2, Body::Mask(Mask { serial: Serial(serial), cycle: cycle(c), round, commitment }))
            }
            Action::Open { serial, purpose, cycle: c, round, first, second } => {
                let leaf = |name: Name| self.openings.leaves.get(&name);
                let first = match first {
                    Opened::Plan(plan) => self.handle(plan).0,
                    Opened::TraceKey(who, e) => {
                        self.households[who].key.trace_key(self.genesis.chain(), epoch(e)).commitment().0
                    }
                    Opened::Payment(record) => leaf(record).and_then(|l| l.placed).map_or(nobody(record), |(_, n)| n.0),
                    Opened::Trade(match_id) => self.match_id(match_id).0,
                    Opened::Obligation(rest) => leaf(rest).map_or(nobody(rest), |l| l.commitment.0),
                    Opened::Epoch(n) => Fr::from(n),
                };
                let second = match second {
                    None => Fr::from(0u64),
                    Some(Second::Plan(plan)) => self.handle(plan).0,
                    Some(Second::Issuer(n) | Second::Epoch(n)) => Fr::from(n),
                };
                let body =
                    Open { serial: Serial(serial), purpose, cycle: cycle(c), round, first, second, reason: [0; 32] };
                self.openings.opens.insert(tx.name, body);
                self.signed(tx, 1, Body::Open(body))
            }
            Action::Match(b) => self.pair(tx, &b),
            Action::Deliver { issuer: n, serial, match_id, side, amount, delivery } => {
                self.deliver(model, tx, (n, serial), (match_id, side), (delivery, amount))
            }
            Action::MatchThreshold { serial, match_id } => {
                let ciphertext = self.deviation_blob(tx, self.ciphertexts.threshold);
                let match_id = self.match_id(match_id);
                self.signed(
                    tx,
                    1,
                    Body::MatchThreshold(MatchThreshold { serial: Serial(serial), match_id, ciphertext }),
                )
            }
            Action::DeliveryAmount { issuer: n, serial, match_id, side } => {
                let ciphertext = self.deviation_blob(tx, self.ciphertexts.deliveries[side as usize]);
                let (issuer, match_id) = (issuer(n), self.match_id(match_id));
                let body = DeliveryAmount { issuer, serial: Serial(serial), match_id, side, ciphertext };
                self.signed(tx, issuer_key(n), Body::DeliveryAmount(body))
            }
            Action::Deviation { serial, match_id } => {
                let result = self.deviation_blob(tx, self.ciphertexts.result);
                let match_id = self.match_id(match_id);
                self.signed(tx, 2, Body::Deviation(Deviation { serial: Serial(serial), match_id, result }))
            }
            Action::Verdict { serial, match_id, within } => {
                let match_id = self.match_id(match_id);
                self.signed(tx, 1, Body::Verdict(Verdict { serial: Serial(serial), match_id, within }))
            }
            Action::Ruling { serial, rest, struck } => {
                let obligation = self.openings.leaves.get(&rest).map_or(Commitment(nobody(rest)), |l| l.commitment);
                let ruled = if struck { Ruled::Struck } else { Ruled::Upheld };
                self.signed(tx, 1, Body::Ruling(Ruling { serial: Serial(serial), obligation, ruled }))
            }
            Action::EpochStart { serial, epoch: e, alarm } => self.signed(
                tx,
                1,
                Body::EpochStart(EpochStart { serial: Serial(serial), epoch: epoch(e), lapse_alarm: alarm }),
            ),
            Action::CycleStart { serial, cycle: c, epoch: e, terms, times: t } => {
                let schedule = Schedule {
                    opens: Time(t.opens),
                    round_seconds: t.round,
                    confirm_seconds: t.confirm,
                    closes: Time(t.closes),
                    delivery_from: Time(t.due),
                    delivery_slot: SLOT,
                };
                let (cycle, epoch, market) = (cycle(c), epoch(e), market(terms));
                self.signed(
                    tx,
                    1,
                    Body::CycleStart(CycleStart {
                        serial: Serial(serial),
                        cycle,
                        epoch,
                        market,
                        terms: terms_of(terms),
                        turn: Turn::Listed,
                        schedule,
                    }),
                )
            }
            Action::Rotate { serial, of, key, encryption, possessed } => {
                let of = match operator_of(of) {
                    Operator::Issuer(n) => {
                        let encryption_key = decryption_key(encryption).public();
                        let role = model.issuers.get(&n).copied().unwrap_or(IssuerRole::MeteringService);
                        let number = if possessed { n } else { n + 1 };
                        let context = issuer_context(self.genesis.chain(), role, issuer(number));
                        let possession = decryption_key(encryption).possession(&mut self.rng, &context);
                        let serial_key = serial_key(serial_secret(n, model.generation(Operator::Issuer(n)) + 1));
                        let reaches_back = Cycle::ZERO;
                        let keys = IssuerKeys { encryption_key, possession, serial_key, reaches_back };
                        NewKeys::Issuer(issuer(n), keys)
                    }
                    Operator::Matcher => NewKeys::Matcher,
                    _ => NewKeys::Regulator,
                };
                let by = if of == NewKeys::Regulator { testkit::keys::RECOVERY } else { 1 };
                let body = RotateKey { serial: Serial(serial), key: signer(key).public(), of };
                self.signed(tx, by, Body::RotateKey(body))
            }
            Action::Pay { issuer: n, serial, withdrawal } => {
                let named = self.openings.ids.iter().find(|(_, name)| **name == withdrawal);
                let withdrawal = named.map_or(TransactionId([0; 32]), |(id, _)| *id);
                let body = Paid { issuer: issuer(n), serial: Serial(serial), withdrawal };
                self.signed(tx, issuer_key(n), Body::Paid(body))
            }
            Action::Suspend { serial, issuer: n, suspended } => {
                let body = SuspendIssuer { serial: Serial(serial), issuer: issuer(n), suspended };
                self.signed(tx, 1, Body::SuspendIssuer(body))
            }
            Action::ActivateKey { serial, relation, key, from } => {
                let (key, from) = (self.proofs.key_id(key), cycle(from));
                self.signed(tx, 1, Body::ActivateKey(ActivateKey { serial: Serial(serial), relation, key, from }))
            }
            Action::Register { serial, issuer: n, role, key, encryption, possessed } => {
                let encryption_key = decryption_key(encryption).public();
                // Another issuer's proof of possession is for another number.
                let number = if possessed { n } else { n + 1 };
                let context = issuer_context(self.genesis.chain(), role, issuer(number));
                let possession = decryption_key(encryption).possession(&mut self.rng, &context);
                let (issuer, key) = (issuer(n), signer(key).public());
                let (serial_key, cap) = (serial_key(serial_secret(n, 0)), cap_of(CAP));
                let body = RegisterIssuer {
                    serial: Serial(serial),
                    issuer,
                    role,
                    key,
                    encryption_key,
                    possession,
                    serial_key,
                    cap,
                };
                self.signed(tx, 1, Body::RegisterIssuer(body))
            }
            Action::Cap { serial, issuer: n, generation, metered } => {
                let body =
                    SetIssueCap { serial: Serial(serial), issuer: issuer(n), cap: cap_of((generation, metered)) };
                self.signed(tx, 1, Body::SetIssueCap(body))
            }
            _ => self.household(model, tx),
        }
    }

    /// The digest that an honest matching node posts for a bid; None while there is none.
    pub(super) fn right_scores(&self, model: &Model, (c, round, buy): (u32, u8, Name)) -> Option<[u8; 32]> {
        let (_, offers) = model.offers.get(&c).filter(|(of, _)| *of == round)?;
        let (_, bid) = model.listings.iter().find(|(plan, _)| *plan == buy)?;
        let blob = |listing: &Name| self.openings.blobs.get(listing).copied();
        let offers = offers.iter().map(blob).collect::<Option<_>>()?;
        let claim = ScoreClaim { cycle: cycle(c), offers, bid: blob(bid)? };
        self.proofs.verifier().score_digest(&claim, &Kept(&self.blobs)).ok()
    }

    pub(super) fn handle(&self, plan: Name) -> protocol::record::Handle {
        self.openings.plans.get(&plan).map_or(protocol::record::Handle(nobody(plan)), |p| p.handle)
    }
    pub(super) fn match_id(&self, match_id: Name) -> protocol::record::MatchId {
        self.openings.matches.get(&match_id).map_or(protocol::record::MatchId(nobody(match_id)), |(_, m)| m.id())
    }

    fn credential(&mut self, who: Who, e: u32) -> Credential {
        let metres = |n: u32| Metres::new(n).unwrap();
        let place = Place { x: metres(100 * who as u32), y: metres(50) };
        let household = &self.households[who];
        let (address, kappa) =
            (household.key.address(), household.key.trace_key(self.genesis.chain(), epoch(e)).commitment());
        let (reputation, meter) = (Reputation::new(60).unwrap(), issuer(crate::provable::meter_of(who)));
        let blinding = self.fr();
        Credential::new(address, reputation, place, kappa, meter, epoch(e), blinding)
    }

    /// A credential, with the household's proof of its deposit.
    fn issue_credential(&mut self, tx: &Tx, serial: u64, owner: Who, e: u32) -> Transaction {
        let key = self.households[owner].key.trace_key(self.genesis.chain(), epoch(e));
        let mut credential = self.credential(owner, e);
        // A credential of a trace key that is not deposited, or of another epoch, which does not fit
        // the claim; or a deposit of another trace key.
        let inflated = (tx.flaw == Flaw::Inflated).then_some(tx.name % 3);
        match inflated {
            Some(0) => credential.kappa += Fr::from(1u64),
            Some(1) => credential.epoch += Fr::from(1u64),
            _ => {}
        }
        let opening = Opening::Credential(credential);
        let commitment = self.keep(tx.name, owner, opening.clone());
        let (ephemeral, audit_key, kappa) = (self.ephemeral(), self.genesis.audit_key, key.commitment());
        let said = key.expose() + Fr::from(u64::from(inflated == Some(2)));
        let ciphertext = encrypt(Role::Audit, &audit_key.point(), kappa.0, &ephemeral.e, &[said]);
        let deposit = Deposit { kappa, c1: ephemeral.point(), ciphertext };
        let under = self.proofs.key_id(KeyName { of: RelationKind::Deposit, version: tx.second });
        let statement = deposit.statement(self.chain(tx), epoch(e), &audit_key);
        let claim = Claim::Deposit(statement, DepositWitness { trace_key: key.expose(), ephemeral });
        let mut proof = self.proofs.prove(claim, under, &mut self.rng);
        if tx.flaw == Flaw::Second {
            proof = [1; PROOF_BYTES];
        }
        let seal = DepositSeal { key: under, proof };
        let body = IssueCredential { serial: Serial(serial), epoch: epoch(e), commitment, deposit, note: NOTE };
        let bound = |id, under| credential_binding(id, under, &seal);
        let claim = |binding| Claim::Issue(body.statement(binding), opening.witness());
        let proved = self.proved_bound(tx, Body::IssueCredential(body), bound, claim);
        let signed = self.signed(tx, 1, Body::IssueCredential(body));
        let (Seal::Proof { key, proof }, Seal::Signature(signature)) = (proved.seal, signed.seal) else {
            panic!("one of each")
        };
        Transaction { seal: Seal::Credential { signature, key, proof, deposit: seal }, ..signed }
    }

    fn issue(
        &mut self,
        model: &Model,
        tx: &Tx,
        (n, serial): (u32, u64),
        owner: Who,
        worth: Worth,
        leaf: Name,
    ) -> Transaction {
        if let Worth::Rest { sign, wh, cycle } = worth {
            return self.issue_metered(model, tx, (n, serial), owner, (sign, wh, cycle), leaf);
        }
        let (address, r) = (self.households[owner].key.address(), self.fr());
        let (opening, issued, flow) = match worth {
            Worth::Money(amount) => {
                let amount = Money::new(amount).unwrap();
                (Opening::Balance(Balance::new(amount, address, r)), Issued::Balance, Some(Flow::In(amount)))
            }
            Worth::Energy { wh: v, kind, cycle: c } => {
                let (volume, kind, cycle) = (wh(v), EnergyType::from_u8(kind).unwrap(), cycle(c));
                let flow = Flow::Generated(cycle, kind, volume);
                let opening = Opening::Generation(Generation::new(volume, kind, cycle, address, issuer(n), r));
                (opening, Issued::Generation, Some(flow))
            }
            Worth::Rest { .. } | Worth::Credential { .. } => panic!("issued otherwise"),
        };
        let repeated = self.openings.leaves.get(&leaf).map(|l| l.opening.clone());
        let opening = match tx.flaw {
            Flaw::Inflated => self.other_record(tx.name, opening, owner),
            _ => repeated.unwrap_or(opening),
        };
        let commitment = self.keep(tx.name, owner, opening.clone());
        let body = Issue { issuer: issuer(n), serial: Serial(serial), issued, commitment, note: NOTE };
        let greatest = self.genesis.limits.greatest_energy;
        let sealed = |binding| Claim::Issue(body.statement(greatest, binding), opening.witness());
        let transaction = self.issued(tx, issuer_key(n), Body::Issue(body), sealed);
        self.announce(&transaction, flow);
        transaction
    }

    fn issue_metered(
        &mut self,
        model: &Model,
        tx: &Tx,
        (n, serial): (u32, u64),
        owner: Who,
        (sign, v, c): (Sign, u64, u32),
        leaf: Name,
    ) -> Transaction {
        let (address, r, ephemeral) = (self.households[owner].key.address(), self.fr(), self.ephemeral());
        let opening = Opening::Metered(Metered::new(wh(v), sign, cycle(c), address, issuer(n), r));
        let repeated = self.openings.leaves.get(&leaf).map(|l| l.opening.clone());
        let opening = match tx.flaw {
            Flaw::Inflated => self.other_record(tx.name, opening, owner),
            _ => repeated.unwrap_or(opening),
        };
        let commitment = self.keep(tx.name, owner, opening.clone());
        let Opening::Metered(record) = opening else { panic!("a rest") };
        let (audit_key, secret) = (self.genesis.audit_key, serial_secret(n, model.serial_generation(n, c)));
        let messages = [record.owner, record.volume, record.blinding];
        let body = IssueMetered {
            issuer: issuer(n),
            serial: Serial(serial),
            sign,
            cycle: cycle(c),
            record_serial: record_serial(secret, address.0, Fr::from(c), Fr::from(sign as u8)),
            commitment,
            c1: ephemeral.point(),
            audit: encrypt(Role::Metered, &audit_key.point(), commitment.0, &ephemeral.e, &messages),
            note: NOTE,
        };
        let greatest = self.genesis.limits.greatest_energy;
        let sealed = |binding| {
            let [owner, volume, blinding] = messages;
            let witness = MeteredWitness { volume, owner, blinding, serial_key: secret, ephemeral };
            Claim::Metered(body.statement(serial_key(secret), greatest, &audit_key, binding), witness)
        };
        self.issued(tx, issuer_key(n), Body::IssueMetered(body), sealed)
    }

    /// Another record than the issuer claims: money or a credential in place of energy, energy in
    /// place of money, a remainder of the other sign or of another cycle.
    fn other_record(&mut self, name: Name, said: Opening, owner: Who) -> Opening {
        let (address, r) = (self.households[owner].key.address(), self.fr());
        match said {
            Opening::Metered(mut rest) => {
                match name % 2 {
                    0 => rest.sign = Fr::from(1u64) - rest.sign,
                    _ => rest.cycle += Fr::from(1u64),
                }
                Opening::Metered(rest)
            }
            Opening::Generation(_) if name.is_multiple_of(2) => {
                Opening::Balance(Balance::new(Money::new(1_000_000_000_000_000_000).unwrap(), address, r))
            }
            Opening::Generation(_) => Opening::Credential(self.credential(owner, 1)),
            Opening::Balance(_) | Opening::Credential(_) => {
                Opening::Generation(Generation::new(wh(5000), EnergyType::Solar, cycle(1), address, issuer(0), r))
            }
        }
    }

    fn deliver(
        &mut self,
        model: &Model,
        tx: &Tx,
        (n, serial): (u32, u64),
        (of, side): (Name, Side),
        (delivery, amount): (Name, u64),
    ) -> Transaction {
        let (match_id, blinding) = (self.match_id(of), self.fr());
        let made = Delivery { blinding, ..self.delivery(of, side, amount) };
        let record = *self.openings.deliveries.entry(delivery).or_insert(made);
        // A dishonest service says more than its record does.
        let (amount, blinding) = (record.amount + Self::extra(tx), record.blinding);
        let witness = DeliverWitness { amount, blinding, ephemeral: self.ephemeral() };
        let other = model.trades.get(&of).and_then(|trade| trade.half(side.other()).confirmed);
        let present = tx.service - u32::from(tx.flaw == Flaw::Stale);
        let other = key_after(Operator::Issuer(other.map_or(0, |(_, meter)| meter)), present);
        let meter = decryption_key(other).public().point();
        let plan = encryption(PLAN).point();
        let keys = [self.genesis.terms_key.point(), plan, plan, meter];
        let (issuer, delivery, c1) = (issuer(n), record.id(), witness.ephemeral.point());
        let pairs = r::deliver::Deliver::encrypted(delivery, &keys, &witness);
        let [terms, seller, buyer, meter] = pairs;
        let (serial, generation) = (Serial(serial), protocol::ids::Generation(tx.service));
        let body = Deliver { issuer, serial, match_id, side, delivery, c1, terms, seller, buyer, meter, generation };
        self.issued(tx, issuer_key(n), Body::Deliver(body), |binding| {
            Claim::Deliver(r::deliver::Deliver { match_id, side, delivery, c1, keys, pairs, binding }, witness)
        })
    }

    fn pair(&mut self, tx: &Tx, b: &Pairing) -> Transaction {
        let (sell, buy, blinding) = (self.handle(b.sell), self.handle(b.buy), self.fr());
        let (volume, price, at) = (wh(b.volume), Price::new(b.price).unwrap(), cycle(b.cycle));
        let made = || (*b, Match::new(sell, buy, volume, price, at, blinding));
        let match_id = self.openings.matches.entry(b.match_id).or_insert_with(made).1.id();
        self.openings.match_ids.insert(match_id, b.match_id);
        let (serial, round) = (Serial(b.serial), b.round);
        let (cycle, ephemeral) = (at, self.ephemeral());
        let said = [Fr::from(b.volume), Fr::from(b.price), self.match_opening(b.match_id).blinding];
        let key = encryption(PLAN).point();
        let to = |side| {
            let said = if tells(b.match_id, side) { said } else { [said[2]; 3] };
            encrypt(Role::in_match(side), &key, match_id.0, &ephemeral.e, &said)
        };
        let (c1, seller, buyer, terms) = (ephemeral.point(), to(Side::Sell), to(Side::Buy), said);
        let body = body::Match { serial, cycle, round, match_id, sell, buy, c1, terms, seller, buyer };
        self.signed(tx, 1, Body::Match(body))
    }
}

/// A metering service's serial key after so many replacements.
fn serial_secret(n: u32, generation: u32) -> Fr {
    Fr::from(1000 + n + 100 * generation)
}

fn cap_of((generation, metered): (u32, u32)) -> IssueCap {
    IssueCap { generation, metered }
}
