//! Honest instances, and the harness that breaks one condition at a time.

use super::{Builder, Relation};
use ark_bls12_381::Fr;
use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_relations::gr1cs::{ConstraintSystem, SynthesisMode};
use protocol::market_parameters::{MarketParameters, PriceGrid, PriceRule, Range, Ranges};
use protocol::plan::{Bid, Offer, Wanted, Weights};
use protocol::record::credential::Credential;
use protocol::record::metered::Sign;
use protocol::record::plan::Plan;
use protocol::relation::check::{Condition, CredentialShown, Ephemeral, Owner};
use protocol::relation::list_plan::ListPlan;
use protocol::terms::Terms;
use protocol::tree::{Path, Position, Root, Tree};
use protocol::units::{
    Cycle, Energy, EnergyType, Epoch, IssuerId, Metres, PerMille, Place, Price, Reputation, Tick, Weight,
};
use rand_core::{CryptoRng, RngCore};

const BOUND: &str = "a constant within its bound";

/// A household and a market from which honest instances are made.
pub struct World<'a, R> {
    rng: &'a mut R,
    /// The household's spending secret.
    pub owner: Owner,
    /// The record tree.
    pub tree: Tree,
    /// The cycle, 7.
    pub cycle: Cycle,
    /// The epoch, 3.
    pub epoch: Epoch,
    /// The metering service, 1.
    pub meter: IssuerId,
    /// The trace key.
    pub trace_key: Fr,
}

impl<'a, R: RngCore + CryptoRng> World<'a, R> {
    /// A fresh household; some leaves of others are in the tree.
    pub fn new(rng: &'a mut R) -> Self {
        let mut tree = Tree::new();
        for _ in 0..6 {
            tree.append(Fr::rand(rng)).expect("room");
        }
        let (sk, trace_key) = (Fr::rand(rng), Fr::rand(rng));
        World {
            owner: Owner { sk },
            tree,
            cycle: Cycle::new(7).expect(BOUND),
            epoch: Epoch::new(3).expect(BOUND),
            meter: IssuerId::new(1).expect(BOUND),
            trace_key,
            rng,
        }
    }
    /// The source of randomness.
    pub fn rng(&mut self) -> &mut R {
        self.rng
    }
    /// A random field element.
    pub fn field(&mut self) -> Fr {
        Fr::rand(self.rng)
    }
    /// The household's address.
    pub fn address(&self) -> protocol::keys::Address {
        protocol::keys::Address(self.owner.address())
    }
    /// Puts a leaf into the tree. Take paths after the last.
    pub fn insert(&mut self, leaf: Fr) -> protocol::tree::Position {
        self.tree.append(leaf).expect("room")
    }
    /// A leaf's path.
    pub fn path(&self, position: protocol::tree::Position) -> Path {
        self.tree.path(position).expect("it was inserted")
    }
    /// The tree's root.
    pub fn root(&self) -> Root {
        self.tree.root()
    }
    /// The market of the example scenarios.
    pub fn market(&self) -> MarketParameters {
        let price = |p| Price::new(p).expect(BOUND);
        let range = |lo, hi| Range::new(lo, hi).expect(BOUND);
        MarketParameters {
            grid: PriceGrid::new(price(300_000), price(7_500)).expect(BOUND),
            ranges: Ranges { volume: range(0, 5000), reputation: range(0, 100), place: range(0, 10_000) },
            tolerance: PerMille::new(50).expect(BOUND),
            price_rule: PriceRule::Ask,
            max_rounds: 8,
            feed_in: price(300_000),
            retail: price(650_000),
        }
    }
    /// The household's place.
    pub fn place(&self) -> Place {
        Place { x: Metres::new(1200).expect(BOUND), y: Metres::new(8100).expect(BOUND) }
    }
    /// The household's reputation, 87.
    pub fn reputation(&self) -> Reputation {
        Reputation::new(87).expect(BOUND)
    }
    /// An offer of 1200 Wh of solar at tick 20.
    pub fn offer(&self) -> Offer {
        Offer {
            volume: Energy::new(1200).expect(BOUND),
            ask: self.market().grid.price(Tick::new(20).expect(BOUND)),
            energy_type: EnergyType::Solar,
            place: self.place(),
            reputation: self.reputation(),
        }
    }
    /// A bid for 800 Wh up to tick 40.
    pub fn bid(&self) -> Bid {
        let w = |n| Weight::new(n).expect(BOUND);
        Bid {
            volume: Energy::new(800).expect(BOUND),
            limit: self.market().grid.price(Tick::new(40).expect(BOUND)),
            wanted: Wanted {
                price: self.market().grid.price(Tick::new(16).expect(BOUND)),
                volume: Energy::new(900).expect(BOUND),
                reputation: self.reputation(),
                place: self.place(),
            },
            weights: Weights {
                price: w(12),
                volume: w(3),
                reputation: w(2),
                place: w(8),
                types: [0, 0, 15, 0, 4].map(w),
            },
        }
    }
    /// The plan of [`Self::offer`].
    pub fn sell_plan(&mut self) -> Plan {
        let blinding = self.field();
        Plan::sell(&self.offer(), self.meter, self.cycle, self.address(), blinding)
    }
    /// The plan of [`Self::bid`].
    pub fn buy_plan(&mut self) -> Plan {
        let blinding = self.field();
        let (grid, bid) = (self.market().grid, self.bid());
        Plan::buy(&grid, &bid, self.meter, self.cycle, self.address(), blinding).expect("its prices are on the grid")
    }
    /// The credential, put into the tree; its path is for [`Self::shown`].
    pub fn credential(&mut self) -> (Credential, protocol::tree::Position) {
        let kappa = protocol::keys::TraceKey::from_field(self.trace_key).commitment();
        let blinding = self.field();
        let (reputation, place) = (self.reputation(), self.place());
        let c = Credential::new(self.address(), reputation, place, kappa, self.meter, self.epoch, blinding);
        let position = self.insert(c.commitment().0);
        (c, position)
    }
    /// The credential shown with counter 5.
    pub fn shown(&self, (credential, position): &(Credential, protocol::tree::Position)) -> CredentialShown {
        CredentialShown {
            credential: *credential,
            path: self.path(*position),
            trace_key: self.trace_key,
            counter: Fr::from(5u64),
        }
    }
    /// The credential shown for the payment of a metered record of this sign.
    pub fn shown_paying(&self, credential: &(Credential, protocol::tree::Position), sign: Sign) -> CredentialShown {
        CredentialShown { counter: Fr::from(sign.counter()), ..self.shown(credential) }
    }
    /// The statement of a listing under this market. The parts that follow from the witness are
    /// zero.
    pub fn listing(&mut self) -> ListPlan {
        let zero = Fr::from(0u64);
        let (terms_key, audit_key) = (self.key(), self.key());
        ListPlan {
            root: self.root(),
            epoch: self.epoch,
            cycle: self.cycle,
            parameters: self.market().digest(&Terms::default()),
            nullifier: protocol::record::Nullifier(zero),
            handle: protocol::record::Handle(zero),
            change: protocol::record::Commitment(zero),
            tag: protocol::keys::TraceTag(zero),
            terms_key,
            audit_key,
            c1: audit_key,
            terms: [zero; 2],
            audit: [zero; 3],
            binding: self.field(),
        }
    }
    /// A random encryption key.
    pub fn key(&mut self) -> protocol::elgamal::Point {
        let secret = ark_ed_on_bls12_381::Fr::rand(self.rng);
        protocol::elgamal::EncryptionKey::of_secret(&secret).expect("a random scalar is not zero").point()
    }
}

/// The same leaf in a tree in which it has another neighbour: a consistent path to another root.
/// Breaks a membership and nothing else.
pub fn elsewhere(path: &Path, leaf: Fr) -> Path {
    let mut tree = Tree::new();
    for i in 0..=u64::from(path.position.0) {
        tree.append(if i == u64::from(path.position.0) { leaf } else { Fr::from(i + 77) }).expect("room");
    }
    tree.path(path.position).expect("just appended")
}

/// A condition, and a change to an honest instance that breaks just that condition.
pub type Mutation<R> = (Condition, fn(&mut <R as Relation>::Statement, &mut <R as Relation>::Witness));

/// A fixed source of test instances.
pub fn rng() -> rand_chacha::ChaCha20Rng {
    rand_core::SeedableRng::seed_from_u64(2026)
}

/// Builds a relation, without one condition if `omit` names it. Returns whether it is satisfied,
/// the number of constraints, and the names of the conditions.
pub fn build<R: Relation>(s: &R::Statement, w: &R::Witness, omit: Option<Condition>) -> (bool, usize, Vec<Condition>) {
    let cs = ConstraintSystem::new_ref();
    let mut b = match omit {
        None => Builder::new(cs.clone()),
        Some(condition) => Builder::omitting(cs.clone(), condition),
    };
    R::synthesize(&mut b, s, w).expect("a relation with all its values synthesizes");
    let conditions = b.conditions().to_vec();
    // Not finalized: combinations have their values already, and inlining them would take most of
    // the test's time.
    (cs.is_satisfied().expect("all values are there"), cs.num_constraints(), conditions)
}

/// Number of constraints.
pub fn constraints<R: Relation>() -> usize {
    let (s, w) = R::sample(&mut rng());
    build::<R>(&s, &w, None).1
}

/// Every condition that the circuit enforces has mutations that break just that condition, in the
/// native check as in the circuit, and the mutated instance satisfies the circuit with that
/// condition left out.
pub fn refuses<R: Relation>(mutations: &[Mutation<R>]) {
    let (s, w) = R::sample(&mut rng());
    assert_eq!(R::check(&s, &w), Ok(()), "{}: the honest instance", R::KIND.name());
    let (satisfied, _, conditions) = build::<R>(&s, &w, None);
    assert!(satisfied, "{}: the honest instance satisfies the circuit", R::KIND.name());
    for condition in &conditions {
        assert!(mutations.iter().any(|(c, _)| c == condition), "{}: no test breaks {condition}", R::KIND.name());
    }
    for (condition, mutate) in mutations {
        let name = format!("{} {condition}", R::KIND.name());
        assert!(conditions.contains(condition), "{name}: the circuit has no such condition");
        let (mut s, mut w) = (s.clone(), w.clone());
        mutate(&mut s, &mut w);
        assert_eq!(R::check(&s, &w).map_err(|b| b.0), Err(vec![*condition]), "{name}: native");
        assert!(!build::<R>(&s, &w, None).0, "{name}: the circuit must refuse");
        assert!(build::<R>(&s, &w, Some(condition)).0, "{name}: without the condition the circuit must accept");
    }
}

/// A small number.
pub fn field(x: u64) -> Fr {
    Fr::from(x)
}

/// A tree with these leaves among others: its root, and their paths. For instances whose openings
/// were changed.
pub fn plant<const N: usize>(leaves: [Fr; N]) -> (Root, [Path; N]) {
    let all = leaves.iter().flat_map(|leaf| [*leaf + Fr::from(1u64), *leaf]);
    let tree = Tree::from_leaves(all).expect("room");
    (tree.root(), core::array::from_fn(|i| tree.path(Position(2 * i as u32 + 1)).expect("its leaves are there")))
}

/// Adds to the scalar of a ciphertext.
pub fn shift_scalar(e: &mut Ephemeral, by: Fr) {
    e.e += ark_ed_on_bls12_381::Fr::from_le_bytes_mod_order(&by.into_bigint().to_bytes_le());
}

/// The key of another secret.
#[cfg(test)]
pub fn shift_key(key: &mut protocol::elgamal::Point, by: Fr) {
    let mut secret = Ephemeral { e: ark_ed_on_bls12_381::Fr::from(2u64) };
    shift_scalar(&mut secret, by);
    *key = secret.point();
}

/// A change that keeps an instance honest.
pub type Variation<R> = fn(&mut <R as Relation>::Statement, &mut <R as Relation>::Witness);

/// The changed instances still pass the native check and the circuit.
pub fn accepts<R: Relation>(variations: &[Variation<R>]) {
    let (s, w) = R::sample(&mut rng());
    for (i, vary) in variations.iter().enumerate() {
        let (mut s, mut w) = (s.clone(), w.clone());
        vary(&mut s, &mut w);
        assert_eq!(R::check(&s, &w), Ok(()), "{} variation {i}: native", R::KIND.name());
        assert!(build::<R>(&s, &w, None).0, "{} variation {i}: the circuit", R::KIND.name());
    }
}

/// A change of one entry by some amount.
pub type Perturbation<R> = fn(&mut <R as Relation>::Statement, &mut <R as Relation>::Witness, Fr);

/// The native check accepts exactly what satisfies the circuit, over perturbations of some entries
/// each.
#[cfg(test)]
pub fn agrees<R: Relation>(perturbations: &[Perturbation<R>], reseal: Variation<R>, cases: usize) {
    use super::differential::{agree, Changes};
    let (s, w) = R::sample(&mut rng());
    let change = |i: usize, s: &mut R::Statement, w: &mut R::Witness, by: Fr| perturbations[i](s, w, by);
    agree::<R>(cases, &s, &w, &Changes { entries: perturbations.len(), change: &change, reseal });
}

/// Runs the hunt on an honest instance and its variations: everything computed is determined. A
/// dummy's root may be any, so inputs that can change alone are not counted here.
#[cfg(test)]
pub fn determined<R: Relation>(variations: &[Variation<R>]) {
    let (s, w) = R::sample(&mut rng());
    super::probe::determined::<R>(&s, &w);
    for vary in variations {
        let (mut s, mut w) = (s.clone(), w.clone());
        vary(&mut s, &mut w);
        super::probe::determined::<R>(&s, &w);
    }
}

/// The number of constraints. Before it returns, the function checks that key generation, which has
/// no values, sees the same circuit as these tests; that the prover sees the same circuit and
/// assignment; and that synthesis of values alone gives the same assignment.
pub fn shape<R: Relation>() -> usize {
    let (s, w) = R::sample(&mut rng());
    let synthesize = |mode: Option<SynthesisMode>| {
        let cs = ConstraintSystem::new_ref();
        if let Some(mode) = mode {
            cs.set_mode(mode);
        }
        R::synthesize(&mut Builder::new(cs.clone()), &s, &w).expect("synthesizes in every mode");
        cs.finalize();
        let matrices = cs.to_matrices().expect("every mode keeps the matrices");
        (matrices, cs.witness_assignment().unwrap_or_default(), cs.num_constraints())
    };
    let (matrices, assignment, constraints) = synthesize(None);
    let setup = synthesize(Some(SynthesisMode::Setup));
    assert!(setup.0 == matrices, "{}: key generation sees another circuit", R::KIND.name());
    let proving = SynthesisMode::Prove { construct_matrices: true, generate_lc_assignments: false };
    let (proved, values, _) = synthesize(Some(proving));
    assert!(proved == matrices && values == assignment, "{}: the prover sees another circuit", R::KIND.name());
    let alone = || {
        let cs = ConstraintSystem::new_ref();
        cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
        R::synthesize(&mut Builder::new(cs.clone()), &s, &w).expect("synthesizes in every mode");
        cs.witness_assignment().unwrap_or_default()
    };
    // The second synthesis takes remembered values.
    for _ in 0..2 {
        assert!(alone() == assignment, "{}: values alone are others", R::KIND.name());
    }
    constraints
}
