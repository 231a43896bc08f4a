//! Encrypted deviations from the regulator's side; `deviation/tests/` has the computation itself.

use super::*;
use crate::deviation::{DeviationBook, DeviationKeys};
use ::deviation::decrypt::DeviationSecretKey;
use ::deviation::key::DeviationServerKey;
use protocol::ids::Serial;
use protocol::transaction::body::{DeliveryAmount, Deviation};

/// A block of these bodies, which regulator and book scan.
fn all_see(w: &mut World, book: &mut DeviationBook, time: u64, bodies: Vec<Body>) {
    w.plain(time, bodies);
    book.scan(w.scanned.last().unwrap());
}

#[test]
fn a_verdict_is_the_regulators_own_computation_opened_after_its_entry() {
    let file = DeviationSecretKey::from_bytes([9; 16]).server_key();
    let (keys, digest) = (DeviationKeys::from_bytes([9; 16]), BlobHash::of(&file));
    let server = DeviationServerKey::from_bytes(&file, digest).unwrap();
    let mut w = World::with(MatchingMode::Open, [keys.digest(), digest]);
    let mut book = DeviationBook::default();
    assert_eq!((w.genesis.deviation(), w.genesis.deviation_server_key), (Some(keys.digest()), digest));
    w.start();
    // An honest node; a node that posts the opposite bit; a node that posts bytes that are no
    // ciphertext.
    for (n, sold, bent) in [(1, 2375, None), (2, 2374, Some(2500)), (3, 2374, None)] {
        let match_id = MatchId(f(n));
        let early = w.regulator.open_deviation(&book, cycle(7), match_id, LATER);
        assert_eq!(early, Err(Error::NoDeviation));
        let matches = Matches { volumes: vec![(match_id, wh(2500))], ..Matches::default() };
        let threshold = w.regulator.match_thresholds(&mut w.rng, &keys, cycle(7), &matches, LATER).unwrap().remove(0);
        w.blobs.put(threshold.blob);
        all_see(&mut w, &mut book, 100, vec![threshold.transaction.body]);
        for (side, amount) in [(Side::Sell, sold), (Side::Buy, 2600)] {
            let ciphertext = w.blobs.put(keys.public().encrypt_delivery(&mut w.rng, wh(amount)).to_bytes());
            let (issuer, serial) = (IssuerId::new(1).unwrap(), Serial(1));
            let body = Body::DeliveryAmount(DeliveryAmount { issuer, serial, match_id, side, ciphertext });
            all_see(&mut w, &mut book, 101, vec![body]);
        }
        let mut amounts = book.posted(match_id).load(&w.blobs).unwrap();
        if let Some(amount) = bent {
            amounts.delivered[0] = keys.public().encrypt_delivery(&mut w.rng, wh(amount));
        }
        let posted = match n {
            3 => vec![5; 100],
            _ => amounts.evaluate(&server).to_bytes(),
        };
        let result = w.blobs.put(posted);
        all_see(&mut w, &mut book, 102, vec![Body::Deviation(Deviation { serial: Serial(1), match_id, result })]);
        let before = w.regulator.decryptions();
        let of = (cycle(7), match_id);
        let refused = w.regulator.verdict((&keys, &server), &book, of, &w.blobs, LATER);
        assert!(matches!(refused, Err(Error::NotOpened(_))), "no opening without its entry");
        assert_eq!(w.regulator.decryptions(), before);
        let open = w.regulator.open_deviation(&book, cycle(7), match_id, LATER).unwrap();
        all_see(&mut w, &mut book, 103, vec![open.body]);
        let opened = w.regulator.verdict((&keys, &server), &book, of, &w.blobs, LATER).unwrap();
        assert_eq!(w.regulator.decryptions(), Decryptions { deviations: before.deviations + 1, ..before });
        let Body::Verdict(verdict) = opened.verdict.body else { panic!("a verdict") };
        assert_eq!((verdict.match_id, verdict.within), (match_id, n == 1));
        assert_eq!(opened.incident, (n != 1).then_some(Incident::DeviationWrong(match_id)));
    }
    assert!(DeviationKeys::from_bytes(*keys.to_bytes()).public() == keys.public(), "the key comes back from storage");
}
