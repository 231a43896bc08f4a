//! Holders of the audit key whose parts are not by their shares: they are named, and the others open.

use super::*;
use protocol::elgamal::Point;

/// Two plans on the ledger, with two Opens of the first and one of the second.
struct Case {
    w: World,
    ledger: Proved,
    /// The first plan under its first Open, the same under the second, and the second plan.
    evidence: [Evidence; 3],
}

impl Case {
    fn new() -> Self {
        let mut w = World::new();
        w.start();
        let mut ledger = Proved::new(&w.genesis);
        let listed = [31, 32].map(|handle| {
            let mut plan = w.sell(handle, (1200, 450_000), (1200, 450_000)).body;
            let e = ephemeral_scalar(&mut w.rng);
            plan.c1 = ephemeral(&e);
            let said = [f(77), f(1200), f(450_000)];
            plan.audit = encrypt(Role::Audit, &w.genesis.audit_key.point(), f(handle), &e, &said);
            ledger.plain(Body::SellPlan(plan))
        });
        let mut open = |handle: u64, reason: u8| {
            let open = w.regulator.open_audit(Handle(f(handle)), [reason; 32], LATER).unwrap();
            ledger.accept(&[open]).remove(0)
        };
        let opens = [open(31, 5), open(31, 6), open(32, 5)];
        let [first, again, second] = opens;
        let of = |open, target: &AcceptanceProof| Evidence { open, target: target.clone() };
        let evidence = [of(first, &listed[0]), of(again, &listed[0]), of(second, &listed[1])];
        Case { w, ledger, evidence }
    }
    /// The part of a holder, from 0, for one of the evidences.
    fn part(&self, holder: usize, of: usize) -> Partial {
        self.w.shares[holder].partial(&self.evidence[of], &self.ledger.headers).unwrap()
    }
    fn audit(&mut self, parts: &[Partial]) -> Result<u64, Error> {
        let opened = self.w.regulator.audit(&self.evidence[0], &self.ledger.headers, parts);
        opened.map(|plan| plan.volume.get())
    }
}

#[test]
fn a_holder_with_a_wrong_part_is_named_and_the_audit_goes_on_with_the_others() {
    let mut case = Case::new();
    let [first, second, third] = [0, 1, 2].map(|holder| case.part(holder, 0));
    let (other_shares, _) = AuditKey::generate(&mut case.w.rng).split(&mut case.w.rng, 2, 3).unwrap();
    let minus = Point { x: f(0), y: -f(1) };
    let wrong = [
        ("another point under the right proof", Partial { point: second.point, ..first }),
        ("a part of another ciphertext", case.part(0, 2)),
        ("a point of another ciphertext", Partial { point: case.part(0, 2).point, ..first }),
        ("a part from another Open of the same plan", case.part(0, 1)),
        ("another holder's part", Partial { index: 1, ..second }),
        ("another holder's proof", Partial { proof: second.proof, ..first }),
        ("a part by a share of another key", other_shares[0].partial(&case.evidence[0], &case.ledger.headers).unwrap()),
        ("a point of order two", Partial { point: minus, ..first }),
        ("no point", Partial { point: Point { x: f(1), y: f(1) }, ..first }),
        ("a holder that there is not", Partial { index: 4, ..first }),
        ("a holder with the number 0", Partial { index: 0, ..first }),
    ];
    let open = case.evidence[0].open.verify(&case.ledger.headers).unwrap().transaction.id();
    for (what, wrong) in wrong {
        let (holder, before) = (wrong.holder(), case.w.regulator.bad_parts().len());
        let named = Err(Error::BadParts(vec![holder]));
        assert_eq!(wrong.verify(&case.w.public_shares, &case.evidence[0], &case.ledger.headers), named, "{what}");
        let decryptions = case.w.regulator.decryptions();
        for too_few in [&[wrong][..], &[wrong, second], &[third, wrong], &[second, wrong, second]] {
            assert_eq!(case.audit(too_few), Err(Error::BadParts(vec![holder])), "{what}");
        }
        assert_eq!(case.w.regulator.decryptions(), decryptions, "{what}: nothing was opened");
        assert_eq!(case.audit(&[wrong, second, third]), Ok(1200), "{what}");
        let noted = &case.w.regulator.bad_parts()[before..];
        assert_eq!(noted, [BadPart { holder, open }; 5], "{what}");
    }
    // Two of three are wrong: both are named.
    let both = [Partial { point: second.point, ..first }, case.part(2, 1), second];
    assert_eq!(case.audit(&both), Err(Error::BadParts(vec![1, 3])));
    let code = case.audit(&both).map_err(|e| e.code());
    assert_eq!(code, Err("bad-parts"));
    // The honest ones, one of them twice; and too few.
    assert_eq!(case.audit(&[first, second, first]), Ok(1200));
    assert_eq!(case.audit(&[first, first]), Err(Error::BadShares));
}

/// Each proof is for the opening that it was made for, and a holder that is asked again says the same.
#[test]
fn a_part_is_for_one_opening() {
    let case = Case::new();
    for (i, evidence) in case.evidence.iter().enumerate() {
        for of in 0..3 {
            let verified = case.part(1, of).verify(&case.w.public_shares, evidence, &case.ledger.headers);
            assert_eq!(verified.is_ok(), i == of, "{i} {of}");
        }
        assert_eq!(case.part(1, i), case.part(1, i));
    }
    // Against another chain's headers nothing verifies.
    let elsewhere = Proved::new(&crate::testing::genesis(9));
    let verified = case.part(1, 0).verify(&case.w.public_shares, &case.evidence[0], &elsewhere.headers);
    assert!(matches!(verified, Err(Error::Light(_))));
}

#[test]
fn public_shares_are_those_that_the_genesis_names() {
    let mut case = Case::new();
    let public = case.w.public_shares.clone();
    let w = &mut case.w;
    assert_eq!((public.threshold(), public.holders()), (2, 3));
    assert_eq!(public.check(&w.genesis), Ok(()));
    for share in &w.shares {
        assert_eq!(share.check(&public), Ok(()));
    }
    assert_eq!([0, 4, 255].map(|none| public.share(none)), [None; 3]);
    let again = AuditKey::generate(&mut w.rng);
    let (shares, others) = again.split(&mut w.rng, 2, 3).unwrap();
    assert_eq!(shares[2].check(&public), Err(Error::BadParts(vec![3])), "a share that was not dealt");
    assert_eq!(w.regulator.set_public_shares(others.clone()), Err(Error::NotOurGenesis));
    // The key of the genesis under other higher coefficients: it would call honest holders dishonest.
    let mut bytes = public.to_bytes();
    bytes[2 + 64..].copy_from_slice(&others.to_bytes()[2 + 64..]);
    let mixed = PublicShares::from_bytes(&bytes).unwrap();
    assert_eq!(w.regulator.set_public_shares(mixed), Err(Error::NotOurGenesis));

    let bytes = public.to_bytes();
    assert_eq!(PublicShares::from_bytes(&bytes), Ok(public));
    let mut low = bytes.clone();
    low[2..66].copy_from_slice(&Point { x: f(0), y: -f(1) }.to_bytes());
    let with = |holders: u8, t: u8| [&[holders, t], &bytes[2..]].concat();
    for wrong in [with(1, 2), with(3, 0), with(3, 1), with(3, 3), [&bytes[..], &[0]].concat(), low, vec![]] {
        assert!(PublicShares::from_bytes(&wrong).is_err(), "{wrong:?}");
    }
    // Nobody has put them in: no part is taken.
    w.regulator.public_shares = None;
    let parts = [case.part(0, 0), case.part(1, 0)];
    assert_eq!(case.audit(&parts), Err(Error::NoPublicShares));
}
