use super::*;
use crate::issuer::{Desk, MeteringService, Registration};
use crate::note::{open_record, NoteSecret, Payload};
use crate::opening::{open_match, MatchOpening};
use crate::order_book::handle_bytes;
use crate::prover::Prover;
use crate::seal::ephemeral_scalar;
use crate::testing::*;
use fhe_matcher::matching_node::score_round;
use fhe_matcher::pairing::{faults, Fault};
use protocol::compact::Event;
use protocol::elgamal::{encrypt, ephemeral, Role};
use protocol::ids::{Serial, VerifyingKeyId};
use protocol::keys::Network;
use protocol::keys::{Address, PaymentAddress, TraceKey, TraceKind, TraceTag};
use protocol::light::{AcceptanceProof, HeaderChain, VerifiedBlock};
use protocol::record::metered::Sign;
use protocol::record::{Commitment, MatchId, Nullifier};
use protocol::relation::{RelationKind, Statement};
use protocol::terms::Terms;
use protocol::transaction::body::{IssueCredential, Match, Release, Schedule, Scores, Shortfall};
use protocol::transaction::deposit::{CredentialRequest, Deposit, DepositSeal};
use protocol::transaction::genesis::NO_KEY;
use protocol::transaction::limits::Limits;
use protocol::transaction::validators::MatchingMode;
use protocol::transaction::{Kind, Seal, PROOF_BYTES};
use protocol::tree::Root;
use protocol::units::{Place, Price, Reputation, Side};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use testkit::adversary::WrongScoresMatcher;

mod audit;
#[cfg(feature = "deviation")]
mod deviation;
mod lapses;
mod masked;
mod obligations;
mod pairing;
mod parts;
mod service;

pub(super) struct World {
    pub(super) rng: ChaCha20Rng,
    pub(super) regulator: Regulator,
    pub(super) shares: Vec<AuditShare>,
    pub(super) public_shares: PublicShares,
    pub(super) genesis: Genesis,
    public: MatchingPublicKey,
    pub(super) chain: Chain,
    blobs: Store,
    /// All blocks so far, for roles that scan them later.
    pub(super) scanned: Vec<VerifiedBlock>,
}

impl World {
    pub(super) fn new() -> Self {
        World::matching(MatchingMode::Open)
    }
    fn matching(matching_mode: MatchingMode) -> Self {
        World::with(matching_mode, [NO_KEY; 2])
    }
    fn with(matching_mode: MatchingMode, deviation: [BlobHash; 2]) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let keys = RegulatorKeys::generate(&mut rng);
        let audit = AuditKey::generate(&mut rng);
        let (shares, public_shares) = audit.split(&mut rng, 2, 3).unwrap();
        let terms = GenesisTerms {
            name: [1; 32],
            network: Network::Test,
            recovery: Signer::from_bytes([4; 32]).public(),
            time: Time(0),
            matcher: Signer::generate(&mut rng).public(),
            audit_key: audit.public(),
            audit_possession: audit.possession(&mut rng, &[1; 32], Network::Test),
            audit_shares: public_shares.digest(),
            verifying_keys: [0; 32],
            anchor_blocks: 10,
            anchor_cycles: 2,
            score_checks: 1000,
            matching_mode,
            deviation,
            limits: Limits::default(),
        };
        let genesis = keys.genesis(&mut rng, &terms).unwrap();
        let public = keys.matching_key().clone();
        let mut regulator = Regulator::new(keys, &genesis).unwrap();
        regulator.set_public_shares(public_shares.clone()).unwrap();
        World {
            rng,
            regulator,
            shares,
            public_shares,
            chain: Chain::new(&genesis),
            genesis,
            public,
            blobs: Store::default(),
            scanned: vec![],
        }
    }
    pub(super) fn scan(&mut self, block: VerifiedBlock) {
        self.regulator.scan(&block).unwrap();
        self.scanned.push(block);
    }
    fn plain(&mut self, time: u64, bodies: Vec<Body>) {
        let block = self.chain.plain(time, bodies);
        self.scan(block);
    }
    pub(super) fn accept(&mut self, time: u64, transactions: &[Transaction]) {
        let block = self.chain.accept(time, transactions);
        self.scan(block);
    }
    fn sell(&mut self, handle: u64, committed: (u64, u64), encrypted: (u64, u64)) -> Listing {
        let tag = TraceTag(f(handle + 900));
        let (c, e) = (offer(committed.0, committed.1), offer(encrypted.0, encrypted.1));
        let keys = Keys { terms: self.genesis.terms_key, audit: self.genesis.audit_key, match_id: &self.public };
        let listing = sell_plan(&mut self.rng, &keys, &mut self.blobs, handle, tag, &c, &e);
        self.plain(101, vec![Body::SellPlan(listing.body)]);
        listing
    }
    fn buy(&mut self, handle: u64, volume: u64, limit: u64) -> Listing {
        let tag = TraceTag(f(handle + 900));
        let keys = Keys { terms: self.genesis.terms_key, audit: self.genesis.audit_key, match_id: &self.public };
        let listing = buy_plan(&mut self.rng, &keys, &mut self.blobs, handle, tag, &bid(volume, limit));
        self.plain(101, vec![Body::BuyPlan(listing.body)]);
        listing
    }
    pub(super) fn start(&mut self) {
        let t = self.regulator.start_epoch(Epoch::new(1).unwrap(), LATER).unwrap();
        self.accept(90, &[t]);
        let t = self.regulator.start_cycle(cycle(7), market(), Terms::default(), schedule(), LATER).unwrap();
        self.accept(91, &[t]);
    }
    fn cut_off(&mut self, round: u8) {
        let block = self.chain.block(110 + 10 * u64::from(round), vec![cut_off(7, round)], vec![]);
        self.scan(block);
    }
    /// Posts the round's scores as the matching node. `bend` changes each digest, or leaves it out.
    fn post_scores(&mut self, round: u8, bend: impl Fn(usize, [u8; 32]) -> Option<[u8; 32]>) {
        let loaded = self.regulator.book().load(cycle(7), round, &self.blobs).unwrap();
        let postings = score_round(&loaded.bids, &loaded.offers).unwrap();
        let bids = self.regulator.book().round(cycle(7), round).unwrap().bids.clone();
        let bodies = postings.iter().enumerate().filter_map(|(i, p)| {
            let buy = *bids.iter().find(|b| handle_bytes(**b) == p.bid).unwrap();
            let digest = bend(i, p.digest.0)?;
            Some(Body::Scores(Scores { serial: Serial(1), cycle: cycle(7), round, buy, digest }))
        });
        let bodies = bodies.collect();
        self.plain(112, bodies);
    }
    fn announce_scores(&mut self, round: u8) {
        let opens = self.regulator.open_scores(cycle(7), round, LATER).unwrap();
        self.accept(113, &opens);
    }
    fn choose(&mut self, round: u8) -> Result<Choice, Error> {
        self.regulator.choose(cycle(7), round, &self.blobs)
    }
    /// Chooses, and posts the transcript.
    fn transcribe(&mut self, round: u8) -> Choice {
        let choice = self.choose(round).unwrap();
        let transcript = self.regulator.transcript(cycle(7), round, LATER).unwrap();
        self.accept(113, &[transcript]);
        choice
    }
    fn pairs(&self, round: u8) -> Result<Vec<Pair>, Error> {
        self.regulator.pairs(cycle(7), round)
    }
    /// The faults that an auditor finds in the round's document.
    fn faults(&mut self, round: u8) -> Vec<Fault> {
        let rankings = self.regulator.rankings(cycle(7), round, &self.blobs).unwrap();
        let of = (self.genesis.chain(), cycle(7), round);
        faults(of, self.regulator.book().round(cycle(7), round).unwrap(), Some(&rankings))
    }
    fn make_matches(&mut self, round: u8) -> Result<Matches, Error> {
        self.regulator.make_matches(&mut self.rng, cycle(7), round, LATER)
    }
}

fn pair(sell: u64, buy: u64) -> Pair {
    Pair { sell: Handle(f(sell)), buy: Handle(f(buy)) }
}

#[test]
fn a_round_pairs_buyers_in_order_with_their_best_free_seller_and_opens_winners_only() {
    let mut w = World::new();
    w.start();
    let seller = w.sell(1, (1200, 450_000), (1200, 450_000));
    w.sell(2, (900, 450_000), (900, 450_000)); // the same ask, listed later: it loses ties
    w.sell(3, (500, 600_000), (500, 600_000));
    let buyer = w.buy(11, 800, 525_000);
    w.buy(12, 700, 450_000);
    w.buy(13, 700, 525_000); // only the dear offer is left, which is not feasible
    assert_eq!(w.regulator.open_scores(cycle(7), 0, LATER), Err(Error::UnknownRound));
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    assert!(matches!(w.choose(0), Err(Error::NotOpened(_))), "no opening without its entry");
    assert_eq!(w.regulator.decryptions(), Decryptions::default());
    assert_eq!(w.regulator.open_terms(cycle(7), 0, LATER), Err(Error::NotChosen));
    w.announce_scores(0);
    let choice = w.choose(0).unwrap();
    let ranked: Vec<(Handle, &[u32])> = choice.rankings.bids.iter().map(|r| (r.bid, &r.offers[..])).collect();
    // offers 1 and 2 ask the same: the one listed first comes first
    let expected: [(Handle, &[u32]); 3] =
        [(Handle(f(11)), &[0, 1]), (Handle(f(12)), &[0, 1]), (Handle(f(13)), &[0, 1])];
    assert_eq!(ranked, expected);
    assert!(choice.incidents.is_empty());
    assert_eq!(w.choose(0).unwrap(), choice, "the same answer again");
    assert_eq!(w.regulator.decryptions(), Decryptions { scores: 3, ..Default::default() });
    assert_eq!(w.pairs(0), Err(Error::NoTranscript));
    assert_eq!(w.regulator.open_terms(cycle(7), 0, LATER), Err(Error::NoTranscript));
    assert_eq!(w.regulator.rankings(cycle(7), 0, &w.blobs), Err(Error::NoTranscript));
    w.transcribe(0);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 11), pair(2, 12)]);
    assert_eq!(w.regulator.transcript(cycle(7), 0, LATER), Err(Error::RoundOver), "once a round");

    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    assert!(matches!(w.make_matches(0), Err(Error::NotOpened(_))));
    w.accept(114, &opens[..1]);
    assert!(matches!(w.make_matches(0), Err(Error::NotOpened(_))), "one of two is not enough");
    assert_eq!(w.regulator.decryptions().terms, 0);
    w.accept(114, &opens[1..]);
    let matches = w.make_matches(0).unwrap();
    assert!(matches.incidents.is_empty() && matches.transactions.len() == 2);
    assert_eq!(w.regulator.decryptions(), Decryptions { scores: 3, terms: 4, ..Default::default() });

    let Body::Match(body) = matches.transactions[0].body else { unreachable!() };
    let to_seller = open_match(&seller.key, &body, Side::Sell).ok().unwrap();
    let to_buyer = open_match(&buyer.key, &body, Side::Buy).ok().unwrap();
    assert!(to_seller.volume == wh(800) && to_seller.price.get() == 450_000 && to_seller.other == body.buy);
    assert!(to_buyer.other == body.sell && to_buyer.blinding == to_seller.blinding);
    let Seal::Signature(signature) = matches.transactions[1].seal else { unreachable!() };
    assert_eq!(w.genesis.regulator.verify(matches.transactions[1].id(), &signature), Ok(()));

    assert_eq!(
        w.faults(0),
        [Fault::LeftOut(pair(1, 11)), Fault::LeftOut(pair(2, 12))],
        "as long as it has not posted them"
    );

    // the first pair's buyer refuses: its seller is listed again in its place, and the second round
    // goes on without 2, 12
    w.accept(115, &matches.transactions);
    assert_eq!(w.faults(0), []);
    let events = vec![Event::Refused(Handle(f(11))), Event::Relisted(Handle(f(1)))];
    let block = w.chain.block(116, events, vec![]);
    w.regulator.scan(&block).unwrap();
    w.cut_off(1);
    let round = w.regulator.book().round(cycle(7), 1).unwrap();
    assert_eq!((&round.offers[..], &round.bids[..]), (&[Handle(f(1)), Handle(f(3))][..], &[Handle(f(13))][..]));
    assert_eq!(w.regulator.open_scores(cycle(7), 0, LATER), Err(Error::RoundOver));
    w.announce_scores(1);
    w.post_scores(1, |_, d| Some(d));
    w.transcribe(1);
    assert_eq!(w.pairs(1).unwrap(), [pair(1, 13)]);
    assert_eq!(w.faults(0), [], "whether its matches were confirmed does not count");
    let blindings = [0, 1].map(|round| w.regulator.rankings(cycle(7), round, &w.blobs).unwrap().blinding);
    assert_ne!(blindings[0], blindings[1], "a round's blinding tells nothing of another's");
}

#[test]
fn wrong_missing_and_malformed_scores_cost_the_bid_its_turn_and_nothing_else() {
    let mut w = World::new();
    w.start();
    w.sell(1, (1200, 450_000), (1200, 450_000));
    w.buy(11, 800, 525_000);
    w.buy(12, 800, 525_000);
    w.buy(13, 800, 525_000);
    w.cut_off(0);
    w.post_scores(0, |i, d| match i {
        0 => None,
        1 => Some(WrongScoresMatcher::digest(d)),
        _ => Some(d),
    });
    w.announce_scores(0);
    let choice = w.transcribe(0);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 13)]);
    assert_eq!(choice.incidents, [Incident::ScoresMissing(Handle(f(11))), Incident::ScoresWrong(Handle(f(12)))]);
    assert_eq!(w.regulator.decryptions().scores, 1, "a wrong digest is not decrypted");
}

#[test]
fn a_vector_that_decrypts_to_no_scores_is_an_incident_and_opens_no_terms() {
    let mut w = World::new();
    w.start();
    w.buy(11, 800, 525_000);
    w.sell(1, (1200, 450_000), (1200, 450_000));
    let honest = w.public.clone();
    w.public = RegulatorKeys::generate(&mut w.rng).matching_key().clone();
    w.buy(12, 800, 525_000); // encrypted to another key: noise to the regulator
    w.public = honest;
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    w.announce_scores(0);
    let choice = w.transcribe(0);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 11)]);
    assert_eq!(choice.incidents, [Incident::NotScores(Handle(f(12)))]);
    assert_eq!(w.regulator.open_terms(cycle(7), 0, LATER).unwrap().len(), 1);
}

#[test]
fn a_ciphertext_that_is_none_takes_no_part_and_a_missing_blob_stops_the_round() {
    let mut w = World::new();
    w.start();
    let hash = w.sell(1, (1200, 450_000), (1200, 450_000)).body.ciphertext;
    w.buy(11, 800, 525_000);
    let mut junk = w.sell(2, (1200, 300_000), (1200, 300_000)).body;
    junk.handle = Handle(f(3));
    junk.ciphertext = w.blobs.put(vec![1, 2, 3]);
    w.plain(102, vec![Body::SellPlan(junk), Body::Release(released(2))]);
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    w.announce_scores(0);
    let bytes = w.blobs.0.insert(hash, vec![0]).unwrap();
    assert_eq!(w.choose(0), Err(Error::MissingBlob(hash)), "bytes that are not the hash's are missing");
    w.blobs.0.remove(&hash);
    assert_eq!(w.choose(0), Err(Error::MissingBlob(hash)));
    w.blobs.0.insert(hash, bytes);
    let choice = w.transcribe(0);
    assert_eq!((w.pairs(0).unwrap(), choice.incidents), (vec![pair(1, 11)], vec![Incident::Malformed(Handle(f(3)))]));
}

fn released(handle: u64) -> Release {
    Release { handle: Handle(f(handle)), refund: Commitment(f(0)), memo: NOTHING }
}

#[test]
fn terms_that_contradict_their_scores_make_no_match() {
    let mut w = World::new();
    w.start();
    w.sell(1, (1200, 600_000), (1200, 300_000)); // encrypts a bargain, commits to more than the limit
    w.sell(2, (1200, 450_001), (1200, 450_000)); // off the grid
    w.buy(11, 800, 525_000);
    w.buy(12, 800, 525_000);
    w.cut_off(0);
    w.post_scores(0, |_, d| Some(d));
    w.announce_scores(0);
    w.transcribe(0);
    assert_eq!(w.pairs(0).unwrap(), [pair(1, 11), pair(2, 12)]);
    let opens = w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    w.accept(114, &opens);
    let matches = w.make_matches(0).unwrap();
    assert!(matches.transactions.is_empty());
    assert_eq!(matches.incidents, [Incident::Contradiction(pair(1, 11)), Incident::Contradiction(pair(2, 12))]);
    // A contradiction calls for an audit of the two plans: the ledger cannot tell it from a pair
    // that was left out.
    assert_eq!(w.faults(0), [Fault::LeftOut(pair(1, 11)), Fault::LeftOut(pair(2, 12))]);
}

#[test]
fn a_credential_needs_the_households_own_request_and_a_metering_service() {
    let mut w = World::new();
    let (mut rng, chain) = (w.rng.clone(), w.genesis.chain());
    let service = MeteringService::generate(&mut rng, &w.genesis, IssuerId::new(1).unwrap()).unwrap();
    let desk = Desk::generate(&mut rng, &w.genesis, IssuerId::new(2).unwrap()).unwrap();
    let registrations = [service.registration(&mut rng), desk.registration(&mut rng)];
    let wrong = Registration { issuer: IssuerId::new(3).unwrap(), ..registrations[0] };
    assert_eq!(w.regulator.register_issuer(&wrong, LATER).map_err(|e| e.code()), Err("signature"));
    let registered = registrations.map(|r| w.regulator.register_issuer(&r, LATER).unwrap());
    w.accept(80, &registered);
    assert_eq!(w.regulator.register_issuer(&registrations[0], LATER), Err(Error::IssuerTaken));
    w.start();

    let key = TraceKey::from_field(f(4242));
    let (secret, owner) = (NoteSecret::generate(&mut rng), Address(f(77)));
    let to = PaymentAddress { address: owner, note_key: secret.public() };
    let stranger = PaymentAddress { address: Address(f(78)), ..to };
    let terms =
        CredentialTerms { reputation: Reputation::MAX, place: Place::default(), meter: IssuerId::new(1).unwrap() };
    let (signer, strangers) = (request_signer(77), request_signer(78));
    let issue = |w: &mut World,
                 rng: &mut ChaCha20Rng,
                 to: &PaymentAddress,
                 terms: &CredentialTerms,
                 request: &CredentialRequest| {
        w.regulator.issue_credential(&NativeProver, rng, to, terms, request, LATER)
    };
    let genesis = w.genesis;
    let ask =
        |rng: &mut ChaCha20Rng, signer: &Signer, key: &TraceKey, epoch| request_of(rng, &genesis, signer, key, epoch);
    let request = ask(&mut rng, &signer, &key, 1);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &request), Err(Error::NotEnrolled));
    w.regulator.enrol(owner, signer.public()).unwrap();
    w.regulator.enrol(stranger.address, strangers.public()).unwrap();
    w.regulator.enrol(owner, signer.public()).unwrap();
    for (who, key) in [(owner, request_signer(79).public()), (Address(f(79)), signer.public())] {
        assert_eq!(w.regulator.enrol(who, key), Err(Error::Enrolled));
    }
    // Signed by another household, for it or in its name; changed after it was signed; of another
    // chain; a proof of another deposit, under another key, or of nothing.
    let by_another = ask(&mut rng, &strangers, &key, 1);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &by_another), Err(Error::NotEnrolled));
    let in_its_name = CredentialRequest { key: signer.public(), ..by_another };
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &in_its_name).map_err(|e| e.code()), Err("signature"));
    let changed = CredentialRequest { epoch: Epoch::new(2).unwrap(), ..request };
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &changed).map_err(|e| e.code()), Err("signature"));
    let elsewhere = request_of(&mut rng, &crate::testing::genesis(9), &signer, &key, 1);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &elsewhere), Err(Error::OtherChain));
    let resigned = |deposit, seal| signer.request(chain, Epoch::new(1).unwrap(), (deposit, seal));
    let other = ask(&mut rng, &signer, &TraceKey::from_field(f(5)), 1);
    let at_another_time = ask(&mut rng, &signer, &key, 2);
    let identity = Deposit { c1: point(0), ..request.deposit };
    for bad in [
        resigned(request.deposit, other.seal),
        resigned(at_another_time.deposit, at_another_time.seal),
        resigned(request.deposit, DepositSeal { key: VerifyingKeyId([0; 32]), ..request.seal }),
        resigned(request.deposit, DepositSeal { proof: [0; PROOF_BYTES], ..request.seal }),
        resigned(identity, sealed(&genesis, &identity, 1)),
    ] {
        assert_eq!(issue(&mut w, &mut rng, &to, &terms, &bad), Err(Error::BadDeposit));
    }
    let at_desk = CredentialTerms { meter: IssuerId::new(2).unwrap(), ..terms };
    assert_eq!(issue(&mut w, &mut rng, &to, &at_desk, &request), Err(Error::UnknownIssuer));
    for epoch in [0, 3] {
        let wrong = ask(&mut rng, &signer, &key, epoch);
        assert_eq!(issue(&mut w, &mut rng, &to, &terms, &wrong).map_err(|e| e.code()), Err("wrong-period"));
    }
    let t = issue(&mut w, &mut rng, &to, &terms, &request).unwrap();
    let Body::IssueCredential(body) = t.body else { unreachable!() };
    assert_eq!((body.deposit, body.epoch), (request.deposit, request.epoch));
    assert!(matches!(t.seal, Seal::Credential { deposit, .. } if deposit == request.seal));
    let opened = open_record(&secret, chain, Kind::IssueCredential, body.commitment, owner, &body.note);
    assert!(opened.is_some_and(|p| matches!(p, Payload::Credential(c) if c.kappa == key.commitment())));
    // As long as the credential is not on the ledger, it can be made again for the same household
    // and the same terms, and for no others.
    let again = issue(&mut w, &mut rng, &to, &terms, &request).unwrap();
    assert!(matches!(again.body, Body::IssueCredential(c) if c.deposit.kappa == key.commitment()));
    let theirs = ask(&mut rng, &strangers, &key, 1);
    assert_eq!(issue(&mut w, &mut rng, &stranger, &terms, &theirs), Err(Error::KappaUsed));
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &at_another_time), Err(Error::KappaUsed));
    // The household's audit would not look for a second trace key in the epoch.
    let second = TraceKey::from_field(f(4343));
    let again = ask(&mut rng, &signer, &second, 1);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &again), Err(Error::HasCredential));
    let before = Register::from_bytes(&w.regulator.register().to_bytes()).unwrap();
    assert!(before == *w.regulator.register());
    let next = ask(&mut rng, &signer, &second, 2);
    let t2 = issue(&mut w, &mut rng, &to, &terms, &next).unwrap();
    w.accept(97, &[t]);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &request), Err(Error::KappaUsed));

    // A register that is older than the ledger does not know all credentials' households.
    w.accept(98, &[t2]);
    let third = TraceKey::from_field(f(4444));
    let (again, theirs) = (ask(&mut rng, &signer, &third, 2), ask(&mut rng, &strangers, &third, 2));
    let latest = w.regulator.register().clone();
    w.regulator.set_register(before);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &again), Err(Error::RegisterBehind));
    w.regulator.set_register(latest);
    assert_eq!(issue(&mut w, &mut rng, &to, &terms, &again), Err(Error::HasCredential));
    assert!(issue(&mut w, &mut rng, &stranger, &terms, &theirs).is_ok());
}

/// The request key of a household.
pub(super) fn request_signer(n: u8) -> Signer {
    Signer::from_bytes([n; 32])
}

pub(super) fn deposit_of(rng: &mut ChaCha20Rng, audit: &EncryptionKey, key: &TraceKey) -> Deposit {
    let (e, kappa) = (ephemeral_scalar(rng), key.commitment());
    let ciphertext = encrypt(Role::Audit, &audit.point(), kappa.0, &e, &[key.expose()]);
    Deposit { kappa, c1: ephemeral(&e), ciphertext }
}

/// The "proof" of a deposit in an epoch.
fn sealed(genesis: &Genesis, deposit: &Deposit, epoch: u32) -> DepositSeal {
    let inputs = deposit.statement(genesis.chain(), Epoch::new(epoch).unwrap(), &genesis.audit_key).inputs();
    let kind = RelationKind::Deposit;
    DepositSeal { key: NativeProver.key_id(kind).unwrap(), proof: stamp(kind, &inputs) }
}

/// A household's request for the credential of an epoch.
pub(super) fn request_of(
    rng: &mut ChaCha20Rng,
    genesis: &Genesis,
    signer: &Signer,
    key: &TraceKey,
    epoch: u32,
) -> CredentialRequest {
    let deposit = deposit_of(rng, &genesis.audit_key, key);
    let seal = sealed(genesis, &deposit, epoch);
    signer.request(genesis.chain(), Epoch::new(epoch).unwrap(), (deposit, seal))
}

/// A credential on the ledger that holds this deposit, issued by nobody to nobody.
pub(super) fn credential_with(deposit: Deposit) -> Body {
    let (epoch, commitment) = (Epoch::new(1).unwrap(), Commitment(deposit.kappa.0));
    Body::IssueCredential(IssueCredential { serial: Serial(1), epoch, commitment, deposit, note: NOTHING })
}

#[test]
fn periods_go_forward_blocks_come_in_order_and_keys_fit_their_genesis() {
    let mut w = World::new();
    let t = w.regulator.start_cycle(cycle(7), market(), Terms::default(), schedule(), LATER);
    assert_eq!(t.map_err(|e| e.code()), Err("wrong-period"), "no epoch yet");
    w.start();
    assert!(w.regulator.start_epoch(Epoch::new(1).unwrap(), LATER).is_err());
    assert!(w.regulator.start_cycle(cycle(7), market(), Terms::default(), schedule(), LATER).is_err());
    let same = w.regulator.start_cycle(cycle(8), market(), Terms::default(), schedule(), LATER);
    assert!(same.is_err(), "it opens no later than the one before");
    let slow = Schedule { opens: Time(101), confirm_seconds: 10, ..schedule() };
    assert!(w.regulator.start_cycle(cycle(8), market(), Terms::default(), slow, LATER).is_err());
    for (closes, delivery_from, delivery_slot, good) in
        [(111, 300, 2, false), (112, 117, 2, true), (112, 116, 2, false), (112, 117, 1, false)]
    {
        let (closes, delivery_from) = (Time(closes), Time(delivery_from));
        let t = w.regulator.start_cycle(
            cycle(8),
            market(),
            Terms::default(),
            Schedule { opens: Time(101), closes, delivery_from, delivery_slot, ..schedule() },
            LATER,
        );
        assert_eq!(t.is_ok(), good);
    }
    let block = w.chain.plain(92, vec![]);
    w.regulator.scan(&block).unwrap();
    assert_eq!(w.regulator.scan(&block).map_err(|e| e.code()), Err("out-of-order"));

    let bytes = w.regulator.keys().to_bytes();
    let again = RegulatorKeys::from_bytes(&bytes).unwrap();
    assert!(Regulator::new(again, &w.genesis).is_ok());
    let others = RegulatorKeys::generate(&mut w.rng);
    assert_eq!(Regulator::new(others, &w.genesis).err(), Some(Error::NotOurGenesis));
    assert!(RegulatorKeys::from_bytes(&bytes[1..]).is_err());

    let audit = AuditKey::generate(&mut w.rng);
    assert_eq!(audit.split(&mut w.rng, 0, 3).map(|_| ()).err(), Some(Error::Threshold));
    assert_eq!(audit.split(&mut w.rng, 4, 3).map(|_| ()).err(), Some(Error::Threshold));
    let share = &w.shares[0];
    assert_eq!(AuditShare::from_bytes(&share.to_bytes()).unwrap().to_bytes(), share.to_bytes());
    assert!(AuditShare::from_bytes(&[0; 33]).is_err());
}
