use super::*;
use crate::relation::differential::{agree, Changes};
use crate::relation::probe::{accepts, all_break, breaks, determined, same_shape};
use crate::relation::testing::{field, refuses, rng, shape, Mutation};
use ark_ff::UniformRand;
use protocol::keys::{Address, TraceCommitment};
use protocol::poseidon;
use protocol::record::balance::Balance;
use protocol::record::Commitment;
use protocol::relation::check::as_u64;
use protocol::units::{Epoch, IssuerId, Money};

fn issuer(n: u32) -> IssuerId {
    IssuerId::new(n).unwrap()
}
fn wh(n: u64) -> Energy {
    Energy::new(n).unwrap()
}

fn generation() -> (Statement, Witness) {
    Issue::sample(&mut rng())
}

fn balance() -> (Statement, Witness) {
    let mut rng = rng();
    let b = Balance::new(Money::new(u64::MAX).unwrap(), Address(Fr::rand(&mut rng)), Fr::rand(&mut rng));
    (Statement { record: IssuedRecord::Balance, commitment: b.commitment(), binding: field(99) }, Witness::from(&b))
}

fn credential() -> (Statement, Witness) {
    let mut rng = rng();
    let mut world = World::new(&mut rng);
    let (c, _) = world.credential();
    let record = IssuedRecord::Credential(TraceCommitment(c.kappa), world.epoch);
    (Statement { record, commitment: c.commitment(), binding: field(99) }, Witness::from(&c))
}

/// G, B, C.
fn instances() -> [(Statement, Witness); 3] {
    [generation(), balance(), credential()]
}

/// The number of entries in a record of the kind.
fn length(record: IssuedRecord) -> usize {
    match record {
        IssuedRecord::Generation(..) => 6,
        IssuedRecord::Balance => 3,
        IssuedRecord::Credential(..) => 8,
    }
}

/// Computes the parts of the statement that follow from the witness: the leaf and its public
/// values, as far as those are in range.
fn seal(s: &mut Statement, w: &mut Witness) {
    let at = |i: usize| as_u64(w.opening[i]).and_then(|x| u32::try_from(x).ok());
    s.record = match s.record {
        IssuedRecord::Generation(old, greatest) => IssuedRecord::Generation(at(FIRST).map_or(old, issuer), greatest),
        IssuedRecord::Credential(_, old) => {
            let read = at(SECOND).and_then(|n| Epoch::new(n).ok());
            IssuedRecord::Credential(TraceCommitment(w.opening[FIRST]), read.unwrap_or(old))
        }
        IssuedRecord::Balance => IssuedRecord::Balance,
    };
    seal_leaf(s, w);
}

/// Computes the leaf alone, and leaves the statement's public values as they are.
fn seal_leaf(s: &mut Statement, w: &Witness) {
    s.commitment = Commitment(poseidon::hash(s.record.tag(), &w.opening[..length(s.record)]));
}

fn amount(s: &mut Statement, w: &mut Witness, amount: Fr) {
    w.opening[AMOUNT] = amount;
    seal_leaf(s, w);
}

/// 2^64.
fn two_64() -> Fr {
    field(u64::MAX) + field(1)
}

const MUTATIONS: &[Mutation<Issue>] = &[
    ("1.commitment", |s, _| s.commitment.0 += field(1)),
    ("1.commitment", |_, w| w.opening[0] += field(1)),
    ("1.commitment", |_, w| w.opening[5] += field(1)),
    // Another service than the record's, and the other way round.
    ("2.first", |s, _| s.record = IssuedRecord::Generation(issuer(2), wh(12_500))),
    ("2.first", |s, w| {
        w.opening[FIRST] += field(1);
        seal_leaf(s, w);
    }),
    ("2.second", |s, w| {
        (*s, *w) = credential();
        w.opening[SECOND] += field(1);
        seal_leaf(s, w);
    }),
    // G of no energy.
    ("3.positive", |s, w| amount(s, w, field(0))),
    // Below zero: the rest to the bound is small.
    ("3.range", |s, w| amount(s, w, -field(1))),
    ("3.bound", |s, w| amount(s, w, field(12_501))),
    ("3.bound", |s, w| amount(s, w, field(u64::MAX))),
    ("3.bound", |s, _| s.record = IssuedRecord::Generation(issuer(1), wh(349))),
];

const BALANCE: &[Mutation<Issue>] = &[
    ("1.commitment", |s, _| s.commitment.0 += field(1)),
    // Money under the name of energy: the leaf is another, and so are its bounds.
    ("3.positive", |s, w| amount(s, w, field(0))),
    ("3.range", |s, w| amount(s, w, two_64())),
    ("3.range", |s, w| amount(s, w, -field(1))),
];

const CREDENTIAL: &[Mutation<Issue>] = &[
    ("1.commitment", |s, _| s.commitment.0 += field(1)),
    ("1.commitment", |_, w| w.opening[0] += field(1)),
    ("1.commitment", |_, w| w.opening[7] += field(1)),
    // Another kappa than the record's, and the other way round.
    ("2.first", |s, _| {
        let IssuedRecord::Credential(kappa, epoch) = s.record else { unreachable!() };
        s.record = IssuedRecord::Credential(TraceCommitment(kappa.0 + field(1)), epoch);
    }),
    ("2.first", |s, w| {
        w.opening[FIRST] += field(1);
        seal_leaf(s, w);
    }),
    ("2.second", |s, _| {
        let IssuedRecord::Credential(kappa, epoch) = s.record else { unreachable!() };
        s.record = IssuedRecord::Credential(kappa, Epoch::new(epoch.get() + 1).unwrap());
    }),
    ("2.second", |s, w| {
        w.opening[SECOND] += field(1);
        seal_leaf(s, w);
    }),
];

#[test]
fn each_condition_bites_alone_of_every_kind() {
    refuses::<Issue>(MUTATIONS);
    let (s, w) = balance();
    all_break::<Issue>(&s, &w, BALANCE);
    let (s, w) = credential();
    all_break::<Issue>(&s, &w, CREDENTIAL);
}

/// The extreme values within each bound are accepted.
#[test]
fn bounds_are_reached() {
    let (mut s, mut w) = generation();
    for value in [1, 12_500] {
        amount(&mut s, &mut w, field(value));
        accepts::<Issue>(&s, &w);
    }
    let (mut s, mut w) = balance();
    for value in [1, u64::MAX] {
        amount(&mut s, &mut w, field(value));
        accepts::<Issue>(&s, &w);
    }
}

#[test]
fn no_record_passes_for_one_of_another_kind() {
    for (i, (honest, w)) in instances().iter().enumerate() {
        accepts::<Issue>(honest, w);
        for (_, (other, _)) in instances().iter().enumerate().filter(|(j, _)| i != *j) {
            // The public values of the other kind are taken from the opening and the amount is
            // within its bounds, so only the leaf is wrong.
            let (mut s, mut w) = (honest.clone(), w.clone());
            s.record = other.record;
            w.opening[AMOUNT] = field(1);
            match other.record {
                IssuedRecord::Generation(meter, _) => w.opening[FIRST] = Fr::from(meter.get()),
                IssuedRecord::Balance => {}
                IssuedRecord::Credential(kappa, epoch) => {
                    (w.opening[FIRST], w.opening[SECOND]) = (kappa.0, Fr::from(epoch.get()));
                }
            }
            breaks::<Issue>("1.commitment", &s, &w);
        }
    }
}

#[test]
fn what_is_behind_a_short_opening_is_of_no_account() {
    for (s, mut w) in instances() {
        w.opening[length(s.record)..].fill(field(12345));
        accepts::<Issue>(&s, &w);
    }
}

#[test]
fn circuit_and_native_check_agree() {
    let change = |i: usize, s: &mut Statement, w: &mut Witness, by: Fr| match i {
        8 => s.commitment.0 += by,
        9 => s.binding += by,
        10 => {
            s.record = match s.record {
                IssuedRecord::Generation(m, greatest) => IssuedRecord::Generation(issuer(m.get() + 1), greatest),
                IssuedRecord::Credential(kappa, epoch) => {
                    IssuedRecord::Credential(TraceCommitment(kappa.0 + by), epoch)
                }
                IssuedRecord::Balance => IssuedRecord::Balance,
            }
        }
        11 => {
            s.record = match s.record {
                IssuedRecord::Generation(m, greatest) => IssuedRecord::Generation(m, wh(greatest.get() / 8)),
                IssuedRecord::Credential(kappa, n) => IssuedRecord::Credential(kappa, Epoch::new(n.get() + 1).unwrap()),
                IssuedRecord::Balance => IssuedRecord::Balance,
            }
        }
        i => w.opening[i] += by,
    };
    for (s, w) in &instances() {
        agree::<Issue>(100, s, w, &Changes { entries: 12, change: &change, reseal: seal });
    }
}

#[test]
fn no_witness_is_left_free() {
    for (s, w) in &instances() {
        determined::<Issue>(s, w);
    }
}

#[test]
fn shape_and_constraints_are_pinned() {
    assert_eq!(shape::<Issue>(), 1_162);
    same_shape::<Issue>(&instances());
}
