//! The audit of a metering service: all that it issued in an epoch, counted against the blocks.

use super::*;
use crate::regulator::ServiceSums;
use protocol::units::EnergyType;
use std::collections::BTreeMap;

#[test]
fn a_service_discloses_all_that_it_issued_and_the_sums_are_held_against_the_meters() {
    let mut w = World::new();
    let mut rng = w.rng.clone();
    let id = IssuerId::new(1).unwrap();
    let mut service = MeteringService::generate(&mut rng, &w.genesis, id).unwrap();
    let t = w.regulator.register_issuer(&service.registration(&mut rng), LATER).unwrap();
    w.accept(80, &[t]);
    w.start();
    let note_key = NoteSecret::generate(&mut rng).public();
    let [one, two] = [77, 78].map(|n| PaymentAddress { address: Address(f(n)), note_key });
    [one, two].iter().for_each(|household| service.enrol(household));
    let (prover, at) = (&NativeProver, cycle(7));
    let g = service.issue_generation(prover, &mut rng, one.address, wh(900), EnergyType::Solar, at, LATER).unwrap();
    let mut all = vec![g];
    for (to, volume, sign) in [
        (one, 300, Sign::Surplus),
        (one, 100, Sign::SurplusBack),
        (two, 50, Sign::Shortfall),
        (two, 20, Sign::ShortfallBack),
    ] {
        all.push(service.issue_metered(prover, &mut rng, to.address, wh(volume), sign, at, LATER).unwrap());
    }
    w.accept(210, &all);
    for block in &w.scanned {
        service.scan(block).unwrap();
    }

    let (epoch, later) = (Epoch::new(1).unwrap(), Epoch::new(2).unwrap());
    assert_eq!(w.regulator.open_service(id, later, [5; 32], LATER).map_err(|e| e.code()), Err("wrong-period"));
    let open = w.regulator.open_service(id, epoch, [5; 32], LATER).unwrap();
    let owed = w.regulator.trail().unpaid().next().unwrap();
    let next = w.regulator.start_epoch(later, LATER).unwrap();
    w.accept(211, &[next]);
    let other = w.regulator.open_obligation(owed, [5; 32], LATER).unwrap();
    let mut ledger = Proved::new(&w.genesis);
    let [open, other] = [open, other].map(|t| ledger.accept(&[t]).remove(0));
    let refused = service.disclose_epoch(&other, &ledger.headers).err();
    assert_eq!(refused, Some(crate::issuer::Error::NotAnnounced));
    let said = service.disclose_epoch(&open, &ledger.headers).ok().unwrap();
    let account = w.regulator.audit_service(id, epoch, &said).unwrap();
    assert_eq!((account.generation, account.metered), (1, 4));
    let sums = ServiceSums { generation: 900, surplus: 200, shortfall: 30 };
    assert_eq!(account.sums, BTreeMap::from([(at, sums)]));

    assert_eq!(account.beyond(&account.sums), []);
    for less in [
        ServiceSums { generation: 899, ..sums },
        ServiceSums { surplus: 199, ..sums },
        ServiceSums { shortfall: 29, ..sums },
    ] {
        assert_eq!(account.beyond(&BTreeMap::from([(at, less)])), [at]);
    }
    assert_eq!(account.beyond(&BTreeMap::new()), [at]);

    // Nothing can be left out, doubled, made up, or counted to another epoch or service.
    let code = |issuer, epoch, said: &[_]| w.regulator.audit_service(issuer, epoch, said).map_err(|e| e.code()).err();
    for i in 0..said.len() {
        assert_eq!(code(id, epoch, &[&said[..i], &said[i + 1..]].concat()), Some("incomplete"), "{i}");
    }
    assert_eq!(code(id, epoch, &[&said[..], &said[..1]].concat()), Some("bad-disclosure"));
    let another: Vec<_> = said.iter().map(|(_, payload)| (two.address, *payload)).collect();
    assert_eq!(code(id, epoch, &another), Some("bad-disclosure"));
    assert_eq!(code(id, later, &said), Some("bad-disclosure"));
    assert_eq!(code(IssuerId::new(9).unwrap(), epoch, &said), Some("bad-disclosure"));
}
