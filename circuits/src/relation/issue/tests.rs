use super::*;
use crate::relation::differential::{agree, Changes};
use crate::relation::probe::{accepts, all_break, breaks, determined, same_shape};
use crate::relation::testing::{field, refuses, rng, shape, Mutation};
use ark_ff::UniformRand;
use protocol::keys::{Address, TraceCommitment};
use protocol::poseidon;
use protocol::record::balance::Balance;
use protocol::record::generation::Generation;
use protocol::record::metered::{Metered, Sign};
use protocol::record::Commitment;
use protocol::relation::check::as_u64;
use protocol::units::{Cycle, Energy, EnergyType, Epoch, Money};

fn cycle(n: u32) -> Cycle {
    Cycle::new(n).unwrap()
}

fn instance(record: IssuedRecord, commitment: Commitment, w: Witness) -> (Statement, Witness) {
    (Statement { record, commitment, binding: field(99) }, w)
}

/// G, both S, B, C.
fn instances() -> [(Statement, Witness); 5] {
    let mut rng = rng();
    let (owner, blinding, volume) = (Address(Fr::rand(&mut rng)), Fr::rand(&mut rng), Energy::new(350).unwrap());
    let g = Generation::new(volume, EnergyType::Solar, cycle(7), owner, blinding);
    let b = Balance::new(Money::new(u64::MAX).unwrap(), owner, blinding);
    let [surplus, shortfall] = [Sign::Surplus, Sign::Shortfall].map(|sign| {
        let s = Metered::new(volume, sign, cycle(7), owner, blinding);
        instance(IssuedRecord::Metered(sign, cycle(7)), s.commitment(), Witness::from(&s))
    });
    [
        instance(IssuedRecord::Generation, g.commitment(), Witness::from(&g)),
        surplus,
        shortfall,
        instance(IssuedRecord::Balance, b.commitment(), Witness::from(&b)),
        Issue::sample(&mut rng),
    ]
}

/// The number of entries in a record of the kind.
fn length(record: IssuedRecord) -> usize {
    match record {
        IssuedRecord::Generation | IssuedRecord::Metered(..) => 5,
        IssuedRecord::Balance => 3,
        IssuedRecord::Credential(..) => 8,
    }
}

/// Computes the parts of the statement that follow from the witness: the leaf and its public
/// values, as far as those are in range.
fn seal(s: &mut Statement, w: &mut Witness) {
    let at = |i: usize| as_u64(w.opening[i]).and_then(|x| u32::try_from(x).ok());
    s.record = match s.record {
        IssuedRecord::Metered(sign, old) => {
            let sign = match at(METERED_PUBLIC[0]) {
                Some(0) => Sign::Surplus,
                Some(1) => Sign::Shortfall,
                _ => sign,
            };
            let read = at(METERED_PUBLIC[1]).and_then(|n| Cycle::new(n).ok());
            IssuedRecord::Metered(sign, read.unwrap_or(old))
        }
        IssuedRecord::Credential(_, old) => {
            let read = at(CREDENTIAL_PUBLIC[1]).and_then(|n| Epoch::new(n).ok());
            IssuedRecord::Credential(TraceCommitment(w.opening[CREDENTIAL_PUBLIC[0]]), read.unwrap_or(old))
        }
        other => other,
    };
    s.commitment = Commitment(poseidon::hash(s.record.tag(), &w.opening[..length(s.record)]));
}

/// Computes the leaf alone, and leaves the statement's public values as they are.
fn seal_leaf(s: &mut Statement, w: &Witness) {
    s.commitment = Commitment(poseidon::hash(s.record.tag(), &w.opening[..length(s.record)]));
}

const MUTATIONS: &[Mutation<Issue>] = &[
    ("1.commitment", |s, _| s.commitment.0 += field(1)),
    ("1.commitment", |_, w| w.opening[0] += field(1)),
    ("1.commitment", |_, w| w.opening[7] += field(1)),
    // C under the names of the records of which nothing is public.
    ("1.commitment", |s, _| s.record = IssuedRecord::Generation),
    ("1.commitment", |s, _| s.record = IssuedRecord::Balance),
    // Another kappa than the record's, and the other way round.
    ("2.first", |s, _| {
        let IssuedRecord::Credential(kappa, epoch) = s.record else { unreachable!() };
        s.record = IssuedRecord::Credential(TraceCommitment(kappa.0 + field(1)), epoch);
    }),
    ("2.first", |s, w| {
        w.opening[CREDENTIAL_PUBLIC[0]] += field(1);
        seal_leaf(s, w);
    }),
    ("2.second", |s, _| {
        let IssuedRecord::Credential(kappa, epoch) = s.record else { unreachable!() };
        s.record = IssuedRecord::Credential(kappa, Epoch::new(epoch.get() + 1).unwrap());
    }),
    ("2.second", |s, w| {
        w.opening[CREDENTIAL_PUBLIC[1]] += field(1);
        seal_leaf(s, w);
    }),
];

/// One instance of every kind.
const LEAF: &[Mutation<Issue>] = &[
    ("1.commitment", |s, _| s.commitment.0 += field(1)),
    ("1.commitment", |_, w| w.opening[0] += field(1)),
    ("1.commitment", |s, w| {
        w.opening[0] += field(1);
        seal_leaf(s, w);
        w.opening[0] -= field(1);
    }),
];

const METERED: &[Mutation<Issue>] = &[
    ("2.first", |s, _| {
        let IssuedRecord::Metered(sign, cycle) = s.record else { unreachable!() };
        let other = if sign == Sign::Surplus { Sign::Shortfall } else { Sign::Surplus };
        s.record = IssuedRecord::Metered(other, cycle);
    }),
    ("2.first", |s, w| {
        w.opening[METERED_PUBLIC[0]] += field(2);
        seal_leaf(s, w);
    }),
    ("2.second", |s, _| {
        let IssuedRecord::Metered(sign, _) = s.record else { unreachable!() };
        s.record = IssuedRecord::Metered(sign, cycle(8));
    }),
    ("2.second", |s, w| {
        w.opening[METERED_PUBLIC[1]] += field(1);
        seal_leaf(s, w);
    }),
];

#[test]
fn each_condition_bites_alone_of_every_kind() {
    refuses::<Issue>(MUTATIONS);
    for (s, w) in &instances() {
        all_break::<Issue>(s, w, LEAF);
    }
    let [_, surplus, shortfall, ..] = instances();
    for (s, w) in [surplus, shortfall] {
        all_break::<Issue>(&s, &w, METERED);
    }
}

#[test]
fn no_record_passes_for_one_of_another_kind() {
    for (i, (honest, w)) in instances().iter().enumerate() {
        accepts::<Issue>(honest, w);
        for (_, (other, _)) in instances().iter().enumerate().filter(|(j, _)| i != *j) {
            // The public values of the other kind are taken from the opening, so only the leaf is
            // wrong.
            let (mut s, mut w) = (honest.clone(), w.clone());
            s.record = other.record;
            if let IssuedRecord::Metered(sign, cycle) = other.record {
                w.opening[METERED_PUBLIC[0]] = Fr::from(sign as u8);
                w.opening[METERED_PUBLIC[1]] = Fr::from(cycle.get());
            }
            if let IssuedRecord::Credential(kappa, epoch) = other.record {
                w.opening[CREDENTIAL_PUBLIC[0]] = kappa.0;
                w.opening[CREDENTIAL_PUBLIC[1]] = Fr::from(epoch.get());
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
                IssuedRecord::Credential(kappa, epoch) => {
                    IssuedRecord::Credential(TraceCommitment(kappa.0 + by), epoch)
                }
                other => other,
            }
        }
        11 => {
            s.record = match s.record {
                IssuedRecord::Metered(sign, n) => IssuedRecord::Metered(sign, cycle(n.get() + 1)),
                IssuedRecord::Credential(kappa, n) => IssuedRecord::Credential(kappa, Epoch::new(n.get() + 1).unwrap()),
                other => other,
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
    assert_eq!(shape::<Issue>(), 1_003);
    same_shape::<Issue>(&instances());
}
