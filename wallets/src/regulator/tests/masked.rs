//! Matching in mode masked, from the mask's commitment to the matches: the regulator's openings and
//! the validators' certificates.

use super::*;
use crate::masked::{begin, check_pairs, mask_statement, taken, Error as MaskedError};
use crate::order_book::LoadedRound;
use crate::regulator::{Answers, MaskedRequest};
use crate::seal::Signer;
use crate::validator::{Certified, FollowedRound, Validator};
use fhe_matcher::decrypt::least_slots;
use fhe_matcher::mask::{MaskSeed, MaskedRound, MaskedScores, Masker, RoundId};
use protocol::ids::Serial;
use protocol::transaction::body::{Mask, Purpose};
use protocol::transaction::masked_answer::{AnswerFault, MaskedAnswer, SignedAnswer};
use protocol::transaction::validators::{MaskCertificate, MaskStatement, Validators};
use testkit::adversary::EquivocatingValidator;

const ROUND: (u32, u8) = (7, 0);

fn signer(n: u8) -> Signer {
    Signer::from_bytes([100 + n; 32])
}

/// A round with three offers and three bids whose mask is not committed yet; validators 0, 1 and 2,
/// of whom two must certify.
struct Market {
    w: World,
    validators: Vec<Validator>,
    masker: Masker,
    seed: MaskSeed,
}

impl Market {
    fn new() -> Self {
        let keys = [0, 1, 2].map(|n| signer(n).public());
        let mut w = World::matching(MatchingMode::Masked(Validators::new(2, &keys).unwrap()));
        let validators = (0..3).map(|n| Validator::new(signer(n), &w.genesis)).collect();
        w.start();
        w.sell(1, (1200, 450_000), (1200, 450_000));
        w.sell(2, (900, 450_000), (900, 450_000)); // the same ask, listed later: it loses ties
        w.sell(3, (500, 600_000), (500, 600_000));
        w.buy(11, 800, 525_000);
        w.buy(12, 700, 450_000);
        w.buy(13, 700, 525_000); // only the dear offer is left, which is not feasible
        w.cut_off(0);
        let masker = Masker::new(&w.public);
        Market { w, validators, masker, seed: MaskSeed::from_bytes([5; 32]) }
    }
    /// The same market with the mask and the Opens on the ledger.
    fn opened() -> Self {
        let mut market = Market::new();
        market.commit();
        market.w.announce_scores(0);
        market
    }
    fn round(&self) -> RoundId {
        RoundId { chain: self.w.genesis.chain(), cycle: cycle(ROUND.0), round: ROUND.1 }
    }
    fn commit(&mut self) {
        let commitment = self.seed.commitment(&self.round());
        self.w.plain(112, vec![Body::Mask(Mask { serial: Serial(1), cycle: cycle(7), round: 0, commitment })]);
        // validators follow the same blocks: their books have the round
        for validator in &mut self.validators {
            self.w.scanned.iter().for_each(|block| validator.scan(block).unwrap());
        }
    }
    fn loaded(&self) -> LoadedRound {
        self.w.regulator.book().load(cycle(7), 0, &self.w.blobs).unwrap()
    }
    fn ask(
        &mut self,
        of: &MaskStatement,
        scores: &MaskedScores,
        by: &[MaskCertificate],
    ) -> Result<SignedAnswer, Error> {
        let request = MaskedRequest { bid: of.bid, free: of.free, scores, certificates: by };
        self.w.regulator.answer(of.cycle, of.round, &request)
    }
    /// Plays the whole round honestly and gives its pairs.
    fn play(&mut self) -> Vec<Pair> {
        let (loaded, seed) = (self.loaded(), self.seed.clone());
        let chain = self.w.genesis.chain();
        let mut node = begin(self.w.regulator.book(), chain, (cycle(7), 0), &seed, &loaded).unwrap();
        let two = &self.validators[..2];
        let mut followed: Vec<_> = two.iter().map(|v| v.begin((cycle(7), 0), &seed, &loaded).unwrap()).collect();
        while node.next().is_some() {
            let scores = node.mask(&self.masker).unwrap();
            let certify = |(v, of): (&mut Validator, &FollowedRound)| v.certify(of, &self.masker, &scores).unwrap();
            let certificates: Vec<_> = self.validators.iter_mut().zip(&followed).map(certify).collect();
            let asked = mask_statement(&node, &scores).unwrap();
            let told = self.ask(&asked, &scores, &certificates).unwrap();
            node.answer(&taken(&told.answer)).unwrap();
            for (validator, of) in self.validators.iter_mut().zip(&mut followed) {
                validator.take(of, &told).unwrap();
            }
        }
        followed.iter().for_each(|of| assert_eq!(of.check_pairs(node.pairs()), Ok(())));
        assert_eq!(check_pairs(&node, node.pairs()), Ok(()));
        assert_eq!(check_pairs(&node, &node.pairs()[1..]), Err(MaskedError::WrongPairs));
        let handle = |bytes: &[u8; 32]| Handle::from_bytes(bytes).unwrap();
        node.pairs().iter().map(|p| Pair { sell: handle(&p.offer), buy: handle(&p.bid) }).collect()
    }
}

/// A validator's certificate of a vector of a round that it is made to follow.
fn certify(
    validator: &mut Validator,
    of: &MaskedRound<'_>,
    masker: &Masker,
    scores: &MaskedScores,
) -> Result<MaskCertificate, MaskedError> {
    validator.certify(&FollowedRound(of.clone()), masker, scores)
}

/// Certificates by validators 0 and 1, who certify anything.
fn blind(of: &MaskStatement) -> [MaskCertificate; 2] {
    [0, 1].map(|n| EquivocatingValidator::new(signer(n).expose()).certify(of))
}

#[test]
fn a_masked_round_comes_to_the_pairs_of_an_open_one() {
    let mut m = Market::new();
    m.commit();
    m.w.announce_scores(0);
    let pairs = m.play();
    assert_eq!(pairs, [pair(1, 11), pair(2, 12)]);
    assert_eq!(m.w.regulator.decryptions(), Decryptions { scores: 3, ..Default::default() });
    let before = m.w.regulator.answers_digest(cycle(7), 0);
    assert_eq!(m.play(), pairs, "asked again about the same, it answers the same");
    assert_eq!(m.w.regulator.decryptions().scores, 3, "without decrypting");
    assert_eq!(m.w.regulator.answers_digest(cycle(7), 0), before);
    assert_ne!(m.w.regulator.answers_digest(cycle(7), 1), before);

    // The faults in pairs that the regulator can find.
    let wrong = [
        vec![pair(1, 12), pair(2, 11)], // not in the answers' order
        vec![pair(1, 11), pair(1, 12)], // a seller twice
        vec![pair(1, 11), pair(2, 11)], // a buyer twice
        vec![pair(1, 11), pair(9, 12)], // no offer of the round
        vec![pair(1, 14)],              // no bid of the round
    ];
    for told in wrong {
        assert!(matches!(m.w.regulator.take_pairs(cycle(7), 0, &told), Err(Error::WrongPairs(_))), "{told:?}");
    }
    assert_eq!(m.w.regulator.open_terms(cycle(7), 0, LATER), Err(Error::NotChosen));
    let choice = m.w.regulator.take_pairs(cycle(7), 0, &pairs).unwrap();
    assert!(choice.incidents.is_empty());
    assert_eq!(m.w.regulator.take_pairs(cycle(7), 0, &pairs), Ok(choice.clone()));
    assert!(matches!(m.w.regulator.take_pairs(cycle(7), 0, &pairs[..1]), Err(Error::WrongPairs(_))));
    assert_eq!(m.w.regulator.choose(cycle(7), 0, &m.w.blobs), Err(Error::WrongMode));

    assert_eq!(m.w.regulator.open_terms(cycle(7), 0, LATER), Err(Error::NoTranscript));
    let transcript = m.w.regulator.transcript(cycle(7), 0, LATER).unwrap();
    m.w.accept(113, &[transcript]);
    assert_eq!(m.w.regulator.pairs(cycle(7), 0), Ok(pairs.clone()));
    let opens = m.w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    m.w.accept(114, &opens);
    let matches = m.w.make_matches(0).unwrap();
    assert!(matches.incidents.is_empty() && matches.transactions.len() == 2);
    assert_eq!(m.w.regulator.take_pairs(cycle(7), 0, &pairs), Ok(choice), "matching can be resumed");
}

#[test]
fn nothing_is_decrypted_without_mask_open_certificates_or_twice() {
    let mut m = Market::new();
    let (loaded, seed, round) = (m.loaded(), m.seed.clone(), m.round());
    let node = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers);
    let scores = node.mask(&m.masker).unwrap();
    let asked = mask_statement(&node, &scores).unwrap();
    let certificates = blind(&asked);
    assert_eq!(m.ask(&asked, &scores, &certificates), Err(Error::NoMask));
    m.commit();
    assert!(matches!(m.ask(&asked, &scores, &certificates), Err(Error::NotOpened(_))));
    m.w.announce_scores(0);
    let stranger = MaskStatement { bid: Handle(f(14)), ..asked };
    assert_eq!(m.ask(&stranger, &scores, &blind(&stranger)), Err(Error::UnknownPlan));
    assert_eq!(m.ask(&MaskStatement { round: 1, ..asked }, &scores, &certificates), Err(Error::UnknownRound));

    // Too few validators certify, or they certify another vector.
    let other_seed = MaskSeed::from_bytes([6; 32]);
    let other = MaskedRound::new(&other_seed, round, &loaded.bids, &loaded.offers).mask(&m.masker).unwrap();
    let of_other = MaskStatement { scores: other.digest(), ..asked };
    let [first, second] = certificates;
    let foreign = signer(9).certify(&asked);
    let wrong = [vec![], vec![first], vec![first, first], vec![first, foreign], blind(&of_other).to_vec()];
    for certificates in wrong {
        assert_eq!(m.ask(&asked, &scores, &certificates), Err(Error::NotCertified));
    }
    assert_eq!(m.ask(&asked, &other, &certificates), Err(Error::NotCertified), "another vector, of another offset");
    assert_eq!(m.ask(&MaskStatement { free: [0; 32], ..asked }, &scores, &certificates), Err(Error::NotCertified));
    // One slot's value is changed by one, which needs no key.
    let mut bytes = scores.to_bytes();
    bytes[2] ^= 1;
    let changed = MaskedScores::from_bytes(&bytes).unwrap();
    assert_eq!(m.ask(&asked, &changed, &certificates), Err(Error::NotCertified));
    assert_eq!(m.w.regulator.decryptions(), Decryptions::default());

    let answer = m.ask(&asked, &scores, &[second, first, foreign]).unwrap();
    assert_eq!(answer.answer.least.as_ref().map(Vec::len), Some(2), "two offers suit alike");
    assert_eq!(m.ask(&asked, &scores, &certificates), Ok(answer));
    assert_eq!(m.ask(&of_other, &other, &blind(&of_other)), Err(Error::AnsweredOtherwise));
    assert_eq!(m.w.regulator.decryptions(), Decryptions { scores: 1, ..Default::default() });
    // Once pairs are told there are no new answers.
    m.w.regulator.take_pairs(cycle(7), 0, &[]).unwrap();
    let next = MaskStatement { bid: Handle(f(12)), ..asked };
    assert_eq!(m.ask(&next, &scores, &blind(&next)), Err(Error::RoundOver));
}

#[test]
fn a_certified_vector_that_is_none_gets_one_answer_and_no_pair() {
    let mut m = Market::opened();
    let (loaded, seed) = (m.loaded(), m.seed.clone());
    let node = MaskedRound::new(&seed, m.round(), &loaded.bids, &loaded.offers);
    let honest = node.mask(&m.masker).unwrap().to_bytes();
    // c0 at each of the four slots modulo one prime: the phases jump anywhere, mostly too far apart
    // for scores.
    let changed = |by: u8| {
        let mut bytes = honest.clone();
        [2, 10, 16, 22].into_iter().for_each(|at| bytes[at] ^= by);
        MaskedScores::from_bytes(&bytes).ok()
    };
    let secret = &m.w.regulator.keys().matching_secret;
    let scores = (1..=255).filter_map(changed).find(|scores| least_slots(secret, scores).is_err()).unwrap();
    let asked = MaskStatement { scores: scores.digest(), ..mask_statement(&node, &scores).unwrap() };
    let answer = m.ask(&asked, &scores, &blind(&asked)).unwrap();
    assert_eq!(answer.answer.least, None);
    assert_eq!(m.ask(&asked, &scores, &blind(&asked)), Ok(answer));
    let told = m.w.regulator.take_pairs(cycle(7), 0, &[pair(1, 11)]);
    assert!(matches!(told, Err(Error::WrongPairs(_))), "its bid has no pair");
    let choice = m.w.regulator.take_pairs(cycle(7), 0, &[]).unwrap();
    assert_eq!(choice.incidents, [Incident::NotScores(Handle(f(11)))]);
}

#[test]
fn validators_certify_what_follows_from_ledger_and_committed_seed_and_nothing_else() {
    let mut m = Market::new();
    let (loaded, seed, round) = (m.loaded(), m.seed.clone(), m.round());
    let honest = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers);
    let scores = honest.mask(&m.masker).unwrap();
    let begun = |m: &Market, seed: &MaskSeed| {
        begin(m.validators[0].book(), round.chain, (round.cycle, round.round), seed, &loaded).map(|_| ()).err()
    };
    assert_eq!(begun(&m, &seed), Some(MaskedError::NoMask));
    assert_eq!(certify(&mut m.validators[0], &honest, &m.masker, &scores), Err(MaskedError::NoMask));
    m.commit();
    let other = MaskSeed::from_bytes([6; 32]);
    assert_eq!((begun(&m, &seed), begun(&m, &other)), (None, Some(MaskedError::WrongSeed)));
    let of_other = MaskedRound::new(&other, round, &loaded.bids, &loaded.offers);
    let unseeded = of_other.mask(&m.masker).unwrap();
    let validator = &mut m.validators[0];
    assert_eq!(certify(validator, &of_other, &m.masker, &unseeded), Err(MaskedError::WrongSeed));
    assert_eq!(certify(validator, &honest, &m.masker, &unseeded), Err(MaskedError::WrongVector));
    let elsewhere = RoundId { chain: protocol::ids::ChainId([0; 32]), ..round };
    let elsewhere = MaskedRound::new(&seed, elsewhere, &loaded.bids, &loaded.offers);
    assert_eq!(certify(validator, &elsewhere, &m.masker, &scores), Err(MaskedError::WrongChain));
    // The matching node uses another order of slots, another offset, or another flood: validators
    // see each change.
    let bytes = scores.to_bytes();
    for at in [2, 60, 40_000, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let changed = MaskedScores::from_bytes(&changed).unwrap();
        assert_eq!(certify(validator, &honest, &m.masker, &changed), Err(MaskedError::WrongVector));
    }
    let certificate = certify(validator, &honest, &m.masker, &scores).unwrap();
    assert_eq!(certificate.verify(&mask_statement(&honest, &scores).unwrap()), Ok(()));
    assert_eq!(certify(validator, &honest, &m.masker, &scores), Ok(certificate));
    // The same bid with fewer offers: a second vector, although a correct one.
    let fewer = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers[..2]);
    let second = fewer.mask(&m.masker).unwrap();
    assert_eq!(certify(validator, &fewer, &m.masker, &second), Err(MaskedError::CertifiedOtherwise));
}

#[test]
fn lists_are_those_of_the_masks_block_and_the_transcript_binds_the_regulator() {
    let mut m = Market::new();
    m.w.plain(111, vec![Body::Release(released(1))]);
    m.commit();
    let plans = m.w.regulator.book().masked(cycle(7), 0).unwrap().plans.clone();
    assert_eq!(plans.offers, [Handle(f(2)), Handle(f(3))]);
    assert_eq!(m.validators[2].book().masked(cycle(7), 0).unwrap().plans, plans);
    let loaded = m.w.regulator.book().load_masked(cycle(7), 0, &m.w.blobs).unwrap();
    assert_eq!((loaded.offers.len(), loaded.bids.len()), (2, 3));

    let mut m = Market::opened();
    let pairs = m.play();
    m.w.regulator.take_pairs(cycle(7), 0, &pairs).unwrap();
    let transcript = m.w.regulator.transcript(cycle(7), 0, LATER).unwrap();
    m.w.accept(113, &[transcript]);
    let opens = m.w.regulator.open_terms(cycle(7), 0, LATER).unwrap();
    m.w.accept(115, &opens);
    let matches = m.w.make_matches(0).unwrap();
    assert_eq!((matches.incidents.len(), matches.transactions.len()), (0, pairs.len()));
    // The transcript binds the regulator to the pairs that it was told.
    let round = m.w.regulator.book().round(cycle(7), 0).unwrap().clone();
    let rankings = m.w.regulator.rankings(cycle(7), 0, &m.w.blobs).unwrap();
    assert_eq!(round.pairs(&rankings), Some(pairs));
}

#[test]
fn an_open_chain_answers_no_masked_vector() {
    let mut m = Market::opened();
    let (loaded, seed, round) = (m.loaded(), m.seed.clone(), m.round());
    let node = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers);
    let scores = node.mask(&m.masker).unwrap();
    let asked = mask_statement(&node, &scores).unwrap();
    let purpose = m.w.regulator.open_scores(cycle(7), 0, LATER).unwrap()[0].body;
    assert!(matches!(purpose, Body::Open(open) if open.purpose == Purpose::Scores));
    m.w.regulator.matching_mode = MatchingMode::Open;
    assert_eq!(m.ask(&asked, &scores, &blind(&asked)), Err(Error::WrongMode));
    assert_eq!(m.w.regulator.take_pairs(cycle(7), 0, &[]), Err(Error::WrongMode));
}

/// A matching node that passes answers on tells a validator another one, drops one, or tells it of
/// another vector: the validator takes the regulator's own and no other.
#[test]
fn validators_take_no_answer_but_the_regulators_own_to_the_vector_that_they_certified() {
    let mut m = Market::opened();
    let (loaded, seed, round) = (m.loaded(), m.seed.clone(), m.round());
    let [begun, other_round] = [(); 2].map(|()| m.validators[0].begin((cycle(7), 0), &seed, &loaded).unwrap());
    let (mut followed, scores) = (begun, other_round.0.mask(&m.masker).unwrap());
    let asked = mask_statement(&followed.0, &scores).unwrap();
    let told = m.ask(&asked, &scores, &blind(&asked)).unwrap();
    let of = (round.chain, round.cycle, round.round);
    let regulator = Signer::from_bytes(*m.w.regulator.keys().signer.expose());
    let signed = |answer: &MaskedAnswer| regulator.answer(of, answer.clone());
    assert_eq!(told, signed(&told.answer));

    let validator = &mut m.validators[0];
    assert_eq!(validator.take(&mut followed, &told), Err(MaskedError::OtherVector), "it has certified none");
    validator.certify(&followed, &m.masker, &scores).unwrap();
    // Another answer under the regulator's signature, and the right one under another's.
    let other = MaskedAnswer { least: Some(vec![0]), ..told.answer.clone() };
    assert_ne!(other, told.answer);
    let relayed = SignedAnswer { answer: other.clone(), ..told.clone() };
    assert_eq!(validator.take(&mut followed, &relayed), Err(MaskedError::UnsignedAnswer));
    let forged = signer(9).answer(of, told.answer.clone());
    assert_eq!(validator.take(&mut followed, &forged), Err(MaskedError::UnsignedAnswer));
    // The regulator's answers of another round, and to another vector of the bid.
    let elsewhere = regulator.answer((round.chain, round.cycle, 1), told.answer.clone());
    assert_eq!(validator.take(&mut followed, &elsewhere), Err(MaskedError::OtherVector));
    let of_other = signed(&MaskedAnswer { scores: [9; 32], ..told.answer.clone() });
    assert_eq!(validator.take(&mut followed, &of_other), Err(MaskedError::OtherVector));
    assert_eq!(validator.told(cycle(7), 0), []);
    assert_eq!(validator.take(&mut followed, &told), Ok(()));
    assert!(matches!(validator.take(&mut followed, &told), Err(MaskedError::Matching(_))), "out of turn");

    // A regulator that answers twice: the two answers convict it before anybody.
    let mut again = other_round;
    for (second, fault) in [(&signed(&other), AnswerFault::TwoAnswers), (&of_other, AnswerFault::TwoVectors)] {
        let Err(MaskedError::Convicted(evidence)) = validator.take(&mut again, second) else { panic!("{fault:?}") };
        let [first, second] = *evidence;
        assert_eq!(first.convicts(&second, &m.w.genesis.regulator), Ok(Some(fault)));
    }
    assert_eq!(validator.take(&mut again, &told), Ok(()), "started again, it takes the same answer");
    assert_eq!(validator.told(cycle(7), 0), [told]);
}

#[test]
fn the_transcript_names_the_answers_that_validators_compare_with_theirs() {
    let mut m = Market::new();
    m.commit();
    let before = m.w.scanned.len();
    m.w.announce_scores(0);
    let pairs = m.play();
    m.w.regulator.take_pairs(cycle(7), 0, &pairs).unwrap();
    assert_eq!(m.validators[0].check_answers(cycle(7), 0), Err(MaskedError::NoTranscript));
    let transcript = m.w.regulator.transcript(cycle(7), 0, LATER).unwrap();
    let Body::Transcript(body) = transcript.body else { panic!("a transcript") };
    assert_eq!(body.answers, m.w.regulator.answers_digest(cycle(7), 0));
    m.w.accept(113, &[transcript]);
    for validator in &mut m.validators {
        m.w.scanned[before..].iter().for_each(|block| validator.scan(block).unwrap());
    }
    // The third validator was told nothing.
    let checks: Vec<_> = m.validators.iter().map(|validator| validator.check_answers(cycle(7), 0)).collect();
    assert_eq!(checks, [Ok(()), Ok(()), Err(MaskedError::OtherAnswers)]);
}

#[test]
fn who_is_started_again_answers_and_certifies_no_second_vector() {
    let mut m = Market::opened();
    let (loaded, seed, round) = (m.loaded(), m.seed.clone(), m.round());
    let node = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers);
    let scores = node.mask(&m.masker).unwrap();
    let asked = mask_statement(&node, &scores).unwrap();
    let fewer = MaskedRound::new(&seed, round, &loaded.bids, &loaded.offers[..2]);
    let second = fewer.mask(&m.masker).unwrap();
    let of_second = mask_statement(&fewer, &second).unwrap();
    let answer = m.ask(&asked, &scores, &blind(&asked)).unwrap();
    certify(&mut m.validators[0], &node, &m.masker, &scores).unwrap();
    let stored = (m.w.regulator.answers().to_bytes(), m.validators[0].certified().to_bytes());

    // Without the stored records both would answer again: this is why they are stored.
    let mut again = Validator::new(signer(0), &m.w.genesis);
    m.w.scanned.iter().for_each(|block| again.scan(block).unwrap());
    assert!(certify(&mut again, &fewer, &m.masker, &second).is_ok());
    m.w.regulator.set_answers(Answers::default());
    assert!(m.ask(&of_second, &second, &blind(&of_second)).is_ok());

    again.set_certified(Certified::from_bytes(&stored.1).unwrap());
    assert_eq!(certify(&mut again, &fewer, &m.masker, &second), Err(MaskedError::CertifiedOtherwise));
    assert!(certify(&mut again, &node, &m.masker, &scores).is_ok());
    m.w.regulator.set_answers(Answers::from_bytes(&stored.0).unwrap());
    let before = m.w.regulator.decryptions();
    assert_eq!(m.ask(&of_second, &second, &blind(&of_second)), Err(Error::AnsweredOtherwise));
    assert_eq!(m.ask(&asked, &scores, &blind(&asked)), Ok(answer));
    assert_eq!(m.w.regulator.decryptions(), before);
}

#[test]
fn what_is_stored_of_masked_rounds_has_one_encoding() {
    let answered = |bid: u64, least: &[u16]| [&f(bid).to_bytes()[..], &[7; 32], &number(least)].concat();
    fn number(slots: &[u16]) -> Vec<u8> {
        let all = [&[slots.len() as u16], slots].concat();
        all.iter().flat_map(|n| n.to_le_bytes()).collect()
    }
    let round = |cycle: u32, round: u8, answers: &[Vec<u8>]| {
        let count = (answers.len() as u64).to_le_bytes();
        [&cycle.to_le_bytes()[..], &[round], &count, &answers.concat()].concat()
    };
    let all = |rounds: &[Vec<u8>]| [&(rounds.len() as u64).to_le_bytes()[..], &rounds.concat()].concat();
    let none = [&f(3).to_bytes()[..], &[7; 32], &[255, 255]].concat();
    let first = round(7, 0, &[answered(2, &[4]), answered(1, &[0, 9]), none.clone()]);
    let good = all(&[first.clone(), round(7, 1, &[])]);
    assert_eq!(Answers::from_bytes(&good).map(|a| a.to_bytes()).ok(), Some(good.clone()));
    let wrong = [
        all(&[round(7, 1, &[]), first.clone()]),
        all(&[first.clone(), first.clone()]),
        all(&[round(7, 0, &[answered(1, &[2]), answered(1, &[3])])]),
        [&good[..], &[0]].concat(),
        good[..good.len() - 1].to_vec(),
        vec![255; 8],
    ];
    for bytes in wrong {
        assert!(matches!(Answers::from_bytes(&bytes), Err(Error::Protocol(_))), "{bytes:?}");
    }
    let one = |bid: u8| [&7u32.to_le_bytes()[..], &[0], &[bid; 32], &[9; 32]].concat();
    let good = [one(1), one(2)].concat();
    assert_eq!(Certified::from_bytes(&good).map(|c| c.to_bytes()), Ok(good.clone()));
    for bytes in [[one(2), one(1)].concat(), [one(1), one(1)].concat(), good[..100].to_vec()] {
        assert!(matches!(Certified::from_bytes(&bytes), Err(MaskedError::Protocol(_))), "{bytes:?}");
    }
}
