//! The transactions that issuers, the matching node and the regulator sign; and the choice of a
//! transaction's maker.

use super::*;
use ledger::{Blobs, CiphertextStatus, ScoreClaim};
use protocol::encoding::digest;
use protocol::ids::{Serial, Time};
use protocol::record::balance::Balance;
use protocol::record::credential::Credential;
use protocol::record::delivery::Delivery;
use protocol::record::generation::Generation;
use protocol::record::matching::Match;
use protocol::record::metered::Metered;
use protocol::terms::{Terms, LAPSE_ALARM};
use protocol::transaction::body::*;

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
                self.issue(tx, (issuer, serial), owner, worth, leaf)
            }
            Action::Credential { serial, owner, epoch: e } => {
                let (mut credential, kappa) =
                    (self.credential(owner, e), self.households[owner].key.trace_key(self.genesis.chain(), epoch(e)));
                if tx.flaw == Flaw::Inflated {
                    // A credential of a trace key that was never deposited, or of another epoch:
                    // neither fits the claim.
                    let wrong = if tx.name.is_multiple_of(2) { &mut credential.kappa } else { &mut credential.epoch };
                    *wrong += Fr::from(1u64);
                }
                let opening = Opening::Credential(credential);
                let commitment = self.keep(tx.name, owner, opening.clone());
                let (kappa, note, epoch) = (kappa.commitment(), NOTE, epoch(e));
                let body = IssueCredential { serial: Serial(serial), epoch, commitment, kappa, note };
                self.issued(tx, 1, Body::IssueCredential(body), |binding| body.statement(binding), &opening)
            }
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
                self.openings.digests.insert(tx.name, digest);
                self.signed(
                    tx,
                    1,
                    Body::Transcript(Transcript { serial: Serial(serial), cycle: cycle(c), round, digest }),
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
                };
                let second = match second {
                    None => Fr::from(0u64),
                    Some(Second::Plan(plan)) => self.handle(plan).0,
                    Some(Second::Issuer(n)) => Fr::from(n),
                };
                let body =
                    Open { serial: Serial(serial), purpose, cycle: cycle(c), round, first, second, reason: [0; 32] };
                self.openings.opens.insert(tx.name, body);
                self.signed(tx, 1, Body::Open(body))
            }
            Action::Match(b) => self.pair(tx, &b),
            Action::Deliver { issuer: n, serial, match_id, side, amount, delivery } => {
                let id = self.match_id(match_id);
                let blinding = self.fr();
                let made = || Delivery::new(id, side, wh(amount), blinding);
                let record = *self.openings.deliveries.entry(delivery).or_insert_with(made);
                let (c1, terms) = (self.point(), [self.fr(), self.fr()]);
                let (issuer, delivery, note_sell, note_buy) = (issuer(n), record.id(), NOTE, NOTE);
                let body = Deliver {
                    issuer,
                    serial: Serial(serial),
                    match_id: id,
                    side,
                    delivery,
                    note_sell,
                    note_buy,
                    c1,
                    terms,
                };
                self.signed(tx, issuer_key(n), Body::Deliver(body))
            }
            Action::MatchAmounts { serial, match_id } => {
                let ciphertext = self.deviation_blob(tx, self.ciphertexts.amounts);
                let match_id = self.match_id(match_id);
                self.signed(tx, 1, Body::MatchAmounts(MatchAmounts { serial: Serial(serial), match_id, ciphertext }))
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
            Action::EpochStart { serial, epoch: e } => self.signed(
                tx,
                1,
                Body::EpochStart(EpochStart { serial: Serial(serial), epoch: epoch(e), lapse_alarm: LAPSE_ALARM }),
            ),
            Action::CycleStart { serial, cycle: c, epoch: e, terms, times: t } => {
                let schedule = Schedule {
                    opens: Time(t.opens),
                    round_seconds: t.round,
                    confirm_seconds: t.confirm,
                    closes: Time(t.closes),
                    delivery_deadline: Time(t.due),
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
                        terms: Terms::default(),
                        turn: Turn::Listed,
                        schedule,
                    }),
                )
            }
            Action::ActivateKey { serial, relation, key, from } => {
                let (key, from) = (self.proofs.key_id(key), cycle(from));
                self.signed(tx, 1, Body::ActivateKey(ActivateKey { serial: Serial(serial), relation, key, from }))
            }
            Action::Register { serial, issuer: n, role, key, encryption, possessed } => {
                let encryption_key = decryption_key(encryption).public();
                // Another issuer's proof of possession is for another number.
                let number = if possessed { n } else { n + 1 };
                let possession = decryption_key(encryption).possession(&mut self.rng, &number.to_le_bytes());
                let (issuer, key) = (issuer(n), signer(key).public());
                let body = RegisterIssuer { serial: Serial(serial), issuer, role, key, encryption_key, possession };
                self.signed(tx, 1, Body::RegisterIssuer(body))
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

    fn issue(&mut self, tx: &Tx, (n, serial): (u32, u64), owner: Who, worth: Worth, leaf: Name) -> Transaction {
        let (address, r) = (self.households[owner].key.address(), self.fr());
        let (opening, issued, flow) = match worth {
            Worth::Money(amount) => {
                let amount = Money::new(amount).unwrap();
                (Opening::Balance(Balance::new(amount, address, r)), Issued::Balance, Some(Flow::In(amount)))
            }
            Worth::Energy { wh: v, kind, cycle: c } => {
                let (volume, kind, cycle) = (wh(v), EnergyType::from_u8(kind).unwrap(), cycle(c));
                let flow = Flow::Generated(cycle, kind, volume);
                let opening = Opening::Generation(Generation::new(volume, kind, cycle, address, r));
                (opening, Issued::Generation, Some(flow))
            }
            Worth::Rest { sign, wh: v, cycle: c } => {
                let opening = Opening::Metered(Metered::new(wh(v), sign, cycle(c), address, r));
                (opening, Issued::Metered(sign, cycle(c)), None)
            }
            Worth::Credential { .. } => panic!("the regulator's to issue"),
        };
        let repeated = self.openings.leaves.get(&leaf).map(|l| l.opening.clone());
        let opening = match tx.flaw {
            Flaw::Inflated => self.other_record(tx.name, opening, owner),
            _ => repeated.unwrap_or(opening),
        };
        let commitment = self.keep(tx.name, owner, opening.clone());
        let body = Issue { issuer: issuer(n), serial: Serial(serial), issued, commitment, note: NOTE };
        let sealed = |binding| body.statement(binding);
        let transaction = self.issued(tx, issuer_key(n), Body::Issue(body), sealed, &opening);
        self.announce(&transaction, flow);
        transaction
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
                Opening::Generation(Generation::new(wh(5000), EnergyType::Solar, cycle(1), address, r))
            }
        }
    }

    fn pair(&mut self, tx: &Tx, b: &Pairing) -> Transaction {
        let (sell, buy, blinding) = (self.handle(b.sell), self.handle(b.buy), self.fr());
        let (volume, price, at) = (wh(b.volume), Price::new(b.price).unwrap(), cycle(b.cycle));
        let made = || (*b, Match::new(sell, buy, volume, price, at, blinding));
        let match_id = self.openings.matches.entry(b.match_id).or_insert_with(made).1.id();
        self.openings.match_ids.insert(match_id, b.match_id);
        let (serial, round) = (b.serial, b.round);
        let (cycle, note_sell, note_buy) = (at, NOTE, NOTE);
        let (c1, terms) = (self.point(), [self.fr(), self.fr(), self.fr()]);
        let body =
            body::Match { serial: Serial(serial), cycle, round, match_id, sell, buy, note_sell, note_buy, c1, terms };
        self.signed(tx, 1, Body::Match(body))
    }
}
