//! Every relation: no variable can change alone, none with another, and everything computed is
//! determined.

use crate::names::name;
use ark_ed_on_bls12_381::Fr as Scalar;
use ark_ff::{AdditiveGroup, Field};
use circuits::hunt::{Depth, Freedom, Hole, Name, System};
use circuits::pins::Pins;
use circuits::relation::{self, deposit::seal, Deposit, Relation};
use circuits::setup::{circuit_of, Circuit};
use protocol::relation::plan_ciphertext::{BLOCK, DEGREE, ROWS};
use protocol::relation::{RelationKind, Statement};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn samples() -> u64 {
    if std::env::var_os("VEILGRID_THOROUGH").is_some() {
        8
    } else {
        2
    }
}

/// The seventh input of Withdraw, which no condition names.
const PAYEE: usize = 7;

/// Findings that are no holes, since they concern public inputs that the verifier computes. In
/// relation 11 a coefficient of the challenge can change where it multiplies 0, and the grid's first
/// price can change together with its step. Likewise the bound of relation 13b can change with a bit
/// of what is left up to it: the same record keeps within another bound, and the ledger puts in the
/// bound. No value that a prover chooses is among them.
fn given(kind: RelationKind, hole: &Hole) -> bool {
    /// The seventh input of Metered.
    const BOUND: usize = 7;
    if kind == RelationKind::Metered {
        return matches!(hole, Hole::Pair(pair) if pair.variables[0] == BOUND);
    }
    const GRID: [usize; 2] = [2, 3];
    let challenge = 13..13 + DEGREE + BLOCK + ROWS;
    let bound = matches!(kind, RelationKind::SellCiphertext | RelationKind::BuyCiphertext);
    bound
        && match hole {
            Hole::Alone(alone) => challenge.contains(&alone.variable),
            Hole::Still(variable) => challenge.contains(variable),
            Hole::Pair(pair) => pair.variables == GRID,
            Hole::Parallel(pair) => *pair == GRID,
            _ => false,
        }
}

fn hunt<R: Relation>() {
    let name = R::KIND.name();
    for seed in 0..samples() {
        let (statement, witness) = R::sample(&mut ChaCha20Rng::seed_from_u64(seed));
        let system = System::of::<R>(&statement, &witness).unwrap();
        let depth = if seed == 0 || samples() > 2 { Depth::Pairs } else { Depth::Single };
        let mut holes = system.holes(depth);
        holes.retain(|hole| !given(R::KIND, hole));
        assert_eq!(holes, [], "{name}");
        let idle: Vec<_> = system.idle().into_iter().map(|[input, _]| input).collect();
        let binding = statement.inputs().len();
        let expected = if R::KIND == RelationKind::Withdraw { vec![PAYEE, binding] } else { vec![binding] };
        assert_eq!(idle, expected, "{name}: inputs in no constraint");
        // The fingerprint pinned with the keys is that of every instance's circuit.
        let Circuit { constraints, digest } = circuit_of::<R>(&statement, &witness).unwrap();
        let pins = Pins::embedded();
        let pin = pins.get(name).unwrap();
        assert_eq!((constraints, digest), (pin.constraints, pin.circuit), "{name}: see pins.rs for how to pin anew");
        if seed == 0 {
            let propagation = system.propagate();
            let lines = describe(name, &system.freedom(&propagation));
            assert!(FREE.contains(&lines), "{name}: free.txt should say\n{lines}");
            let pairs = system.pairs();
            println!("{name}: {} variables, {:?}", system.variables(), propagation.counts);
            println!("{name}: {} pairs share a constraint, {} solved", pairs.sharing, pairs.solved);
        }
    }
}

/// The declared witnesses that the inputs leave free to first order, by name.
const FREE: &str = include_str!("free.txt");

fn describe(relation: &str, freedom: &Freedom) -> String {
    let stem = |name: &String| name.split('[').next().map(str::to_owned);
    let names = |all: &[Name]| {
        let mut names: Vec<String> = all.iter().map(|(_, at, n)| name(at, *n)).collect();
        names.dedup_by(|a, b| stem(a) == stem(b) && a.starts_with("path["));
        let few = |group: &[String]| match group {
            [first, .., _] if group.len() > 16 => format!("{first} to [{}]", group.len() - 1),
            group => group.join(", "),
        };
        names.chunk_by(|a, b| stem(a) == stem(b)).map(few).collect::<Vec<_>>().join(", ")
    };
    let Freedom { held, dimension, free, fixed } = freedom;
    format!("{relation}: {held} held, dimension {dimension}\n  free: {}\n  fixed: {}\n", names(free), names(fixed))
}

macro_rules! hunts {
    ($($(#[$doc:meta])* $kind:ident = $number:literal ($slot:ident $($rest:tt)*);)*) => {
        $(#[test]
        fn $slot() {
            hunt::<relation::$kind>();
        })*
    };
}

protocol::for_each_relation!(hunts);

/// The multiples of Jubjub's points meet their exceptional cases, if anywhere, for scalars like
/// these: what is computed must be determined for them too.
#[test]
fn scalars_at_the_edge_leave_nothing_free() {
    let two = Scalar::from(2u64);
    let power = |n: u64| two.pow([n]);
    let edges = [Scalar::ZERO, Scalar::ONE, two, power(250), power(251), power(252), two.inverse().unwrap()];
    for e in edges.into_iter().flat_map(|e| [e, -e]) {
        let (mut statement, mut witness) = Deposit::sample(&mut ChaCha20Rng::seed_from_u64(0));
        witness.ephemeral.e = e;
        seal(&mut statement, &witness);
        let system = System::of::<Deposit>(&statement, &witness).unwrap();
        let mut holes = system.holes(Depth::Pairs);
        // Where a point is the identity, a coordinate is 0, and columns vanish without anything
        // being free.
        holes.retain(|h| !matches!(h, Hole::Still(_) | Hole::Parallel(_)));
        assert_eq!(holes, [], "{e}");
    }
}
