//! Relation 8 (Merge) as a circuit: two records become one.

use super::parts::{climb, OwnerVar};
use super::trade::either;
use super::{Builder, Relation, Synthesis};
use crate::gadget::lin::{enforce, Lin};
use crate::gadget::range;
use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use protocol::relation::check::Broken;
pub use protocol::relation::merge::{Merge as Statement, MergeInput, MergeWitness as Witness};
use protocol::relation::RelationKind;
use protocol::tree::Path;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 8.
pub struct Merge;

impl Relation for Merge {
    const KIND: RelationKind = RelationKind::Merge;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    /// Kind, type, cycle, owner and metering service of the three records are equal because there is
    /// one variable of each.
    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [root, first, second, record, _binding] = b.inputs(s)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let is_balance = b.bit(w.is_balance)?;
        let [energy_type, cycle, meter] = b.witnesses([w.energy_type, w.cycle, w.meter])?;
        let names = [
            ["1.first-range", "1.first-membership", "1.first-nullifier"],
            ["1.second-range", "1.second-membership", "1.second-nullifier"],
        ];
        let mut values = Vec::with_capacity(2);
        for ((input, published), [in_range, membership, nullifier]) in
            w.records.iter().zip([&first, &second]).zip(names)
        {
            let [value, blinding] = b.witnesses([input.value, input.blinding])?;
            b.range(in_range, &value, 64)?;
            let opening = [&value, &energy_type, &cycle, &owner.address, &meter, &blinding];
            let leaf = either(b, &is_balance, &value, opening)?;
            let (reached, position) = climb(b, &leaf, &input.path)?;
            b.equal(membership, &reached, &root)?;
            let computed = owner.nullifier(b, &leaf, &position)?;
            b.equal(nullifier, &computed, published)?;
            values.push(value);
        }
        b.nonzero("1.differ", &(first - second))?;
        let sum = &values[0] + &values[1];
        if b.enforces("1.range") {
            // 64 bits; of a G the upper half is zero: (1 - is_balance) high = 0.
            let bits = range::bits(b.cs(), &sum, 64)?;
            let high = Lin::of(b.cs(), &range::pack(b.cs(), &bits[32..])?)?;
            let generation = Lin::one().plus(-Fr::ONE, &Lin::bit(b.cs(), &is_balance)?);
            enforce(b.cs(), &generation, &high, &Lin::constant(Fr::ZERO))?;
        }
        let blinding = b.witness(w.blinding)?;
        let computed = either(b, &is_balance, &sum, [&sum, &energy_type, &cycle, &owner.address, &meter, &blinding])?;
        b.equal("1.record", &computed, &record)
    }

    /// Two balances become one.
    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = super::testing::World::new(rng);
        let nowhere = Path::dummy(Fr::ZERO);
        let values = [3_000_000_000u64, 1_250_000_000].map(Fr::from);
        let records = values.map(|value| MergeInput { value, blinding: world.field(), path: nowhere.clone() });
        let (energy_type, cycle, meter) = (Fr::ZERO, Fr::ZERO, Fr::ZERO);
        let (owner, blinding) = (world.owner.clone(), world.field());
        let mut w = Witness { owner, is_balance: true, energy_type, cycle, meter, records, blinding };
        let leaves = [0, 1].map(|i| w.commitment(w.records[i].value, w.records[i].blinding));
        let positions = leaves.map(|leaf| world.insert(leaf.0));
        let mut nullifiers = leaves.map(|leaf| protocol::record::Nullifier(leaf.0));
        for i in 0..2 {
            w.records[i].path = world.path(positions[i]);
            nullifiers[i] = w.owner.nullifier(leaves[i], &w.records[i].path);
        }
        let record = w.commitment(values[0] + values[1], w.blinding);
        (Statement { root: world.root(), nullifiers, record, binding: world.field() }, w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::probe::{accepts, agrees, all_break, breaks, determined, same_shape};
    use crate::relation::testing::{constraints, elsewhere, refuses, rng, Mutation, Perturbation};
    use protocol::record::Commitment;
    use protocol::tree::Tree;

    fn fr(x: u64) -> Fr {
        Fr::from(x)
    }
    fn leaf(w: &Witness, i: usize) -> Commitment {
        w.commitment(w.records[i].value, w.records[i].blinding)
    }
    fn seal_nullifiers(s: &mut Statement, w: &mut Witness) {
        s.nullifiers = [0, 1].map(|i| w.owner.nullifier(leaf(w, i), &w.records[i].path));
    }
    fn seal_record(s: &mut Statement, w: &mut Witness) {
        s.record = w.commitment(w.records[0].value + w.records[1].value, w.blinding);
    }
    /// Puts both records into a tree, one after the other.
    fn seal(s: &mut Statement, w: &mut Witness) {
        let mut tree = Tree::new();
        let positions = [0, 1].map(|i| tree.append(leaf(w, i).0).unwrap());
        for (record, position) in w.records.iter_mut().zip(positions) {
            record.path = tree.path(position).unwrap();
        }
        s.root = tree.root();
        seal_nullifiers(s, w);
        seal_record(s, w);
    }
    /// Makes an input a dummy of this value: a record in a tree of its own.
    fn dummy(s: &mut Statement, w: &mut Witness, i: usize, value: u64) {
        w.records[i].value = fr(value);
        w.records[i].path = Path::dummy(leaf(w, i).0);
        seal_nullifiers(s, w);
        seal_record(s, w);
    }
    fn generations(values: [u64; 2]) -> (Statement, Witness) {
        let (mut s, mut w) = Merge::sample(&mut rng());
        (w.is_balance, w.energy_type, w.cycle, w.meter) = (false, fr(3), fr(7), fr(1));
        for (record, value) in w.records.iter_mut().zip(values) {
            record.value = fr(value);
        }
        seal(&mut s, &mut w);
        (s, w)
    }

    const MUTATIONS: &[Mutation<Merge>] = &[
        ("1.first-range", |s, w| {
            w.records[0].value = -fr(1);
            seal(s, w);
        }),
        ("1.second-range", |s, w| {
            w.records[1].value = -fr(1);
            seal(s, w);
        }),
        ("1.first-membership", |_, w| w.records[0].path = elsewhere(&w.records[0].path, leaf(w, 0).0)),
        ("1.second-membership", |_, w| w.records[1].path = elsewhere(&w.records[1].path, leaf(w, 1).0)),
        // Value from nowhere: a dummy that has some.
        ("1.first-membership", |s, w| dummy(s, w, 0, 1)),
        ("1.second-membership", |s, w| dummy(s, w, 1, 1)),
        // A record of nothing that is in no tree.
        ("1.first-membership", |s, w| dummy(s, w, 0, 0)),
        ("1.second-membership", |s, w| dummy(s, w, 1, 0)),
        ("1.first-nullifier", |s, _| s.nullifiers[0].0 += fr(1)),
        ("1.second-nullifier", |s, _| s.nullifiers[1].0 += fr(1)),
        // One record twice, under two nullifiers.
        ("1.second-nullifier", |s, w| {
            w.records[1] = w.records[0].clone();
            s.nullifiers[1].0 += fr(1);
            seal_record(s, w);
        }),
        // One record twice.
        ("1.differ", |s, w| {
            w.records[1] = w.records[0].clone();
            seal_nullifiers(s, w);
            seal_record(s, w);
        }),
        ("1.record", |s, _| s.record.0 += fr(1)),
        ("1.record", |_, w| w.blinding += fr(1)),
        ("1.record", |s, w| s.record = w.commitment(w.records[0].value + w.records[1].value + fr(1), w.blinding)),
        // The merged record is of the other kind.
        ("1.record", |s, w| {
            w.is_balance = !w.is_balance;
            seal_record(s, w);
            w.is_balance = !w.is_balance;
        }),
        // The merged record is somebody else's.
        ("1.record", |s, w| {
            w.owner.sk += fr(1);
            seal_record(s, w);
            w.owner.sk -= fr(1);
        }),
    ];
    const BALANCES: &[Mutation<Merge>] = &[("1.range", |s, w| {
        (w.records[0].value, w.records[1].value) = (fr(1), fr(u64::MAX));
        seal(s, w);
    })];
    const GENERATIONS: &[Mutation<Merge>] = &[
        ("1.range", |s, w| {
            (w.records[0].value, w.records[1].value) = (fr(1), fr((1 << 32) - 1));
            seal(s, w);
        }),
        ("1.range", |s, w| {
            (w.records[0].value, w.records[1].value) = (fr(u64::MAX), fr(u64::MAX));
            seal(s, w);
        }),
        ("1.record", |s, w| {
            w.energy_type += fr(1);
            seal_record(s, w);
            w.energy_type -= fr(1);
        }),
        ("1.record", |s, w| {
            w.cycle += fr(1);
            seal_record(s, w);
            w.cycle -= fr(1);
        }),
        ("1.record", |s, w| {
            w.meter += fr(1);
            seal_record(s, w);
            w.meter -= fr(1);
        }),
    ];

    #[test]
    fn each_condition_bites_alone_for_both_kinds() {
        refuses::<Merge>(&[MUTATIONS, BALANCES].concat());
        let (s, w) = generations([500, 700]);
        all_break::<Merge>(&s, &w, &[MUTATIONS, GENERATIONS].concat());
    }

    #[test]
    fn sums_go_to_their_limits() {
        let (s, w) = generations([1, (1 << 32) - 2]);
        accepts::<Merge>(&s, &w);
        let (mut s, mut w) = Merge::sample(&mut rng());
        (w.records[0].value, w.records[1].value) = (fr(1), fr(u64::MAX - 1));
        seal(&mut s, &mut w);
        accepts::<Merge>(&s, &w);
    }

    #[test]
    fn records_of_another_type_cycle_owner_or_service_are_not_in_the_tree() {
        let changes: [fn(&mut Witness); 5] = [
            |w| w.energy_type += fr(1),
            |w| w.cycle += fr(1),
            |w| w.is_balance = true,
            |w| w.owner.sk += fr(1),
            |w| w.meter += fr(1),
        ];
        for change in changes {
            let (mut s, w) = generations([500, 700]);
            // The second record is as the change says, all else as the first.
            let mut other = w.clone();
            change(&mut other);
            let mut tree = Tree::new();
            let positions = [leaf(&w, 0), leaf(&other, 1)].map(|leaf| tree.append(leaf.0).unwrap());
            let mut w = w;
            w.records[0].path = tree.path(positions[0]).unwrap();
            // The path is one, but to the leaf as the prover must open it.
            w.records[1].path = elsewhere(&tree.path(positions[1]).unwrap(), leaf(&w, 1).0);
            s.root = tree.root();
            seal_nullifiers(&mut s, &mut w);
            breaks::<Merge>("1.second-membership", &s, &w);
        }
    }

    /// The attack fills the tree: a record of zero that is in the tree and a dummy become another
    /// record of zero, which is merged with a dummy again, for one proof each.
    #[test]
    fn a_record_of_zero_and_a_dummy_do_not_merge() {
        for (i, condition) in ["1.first-membership", "1.second-membership"].into_iter().enumerate() {
            for (mut s, mut w) in [generations([0, 0]), Merge::sample(&mut rng())] {
                w.records.iter_mut().for_each(|record| record.value = fr(0));
                seal(&mut s, &mut w);
                accepts::<Merge>(&s, &w);
                dummy(&mut s, &mut w, i, 0);
                assert_ne!(w.records[i].path.root(), s.root);
                breaks::<Merge>(condition, &s, &w);
            }
        }
        let (mut s, mut w) = generations([0, 0]);
        (0..2).for_each(|i| dummy(&mut s, &mut w, i, 0));
        let both = vec!["1.first-membership", "1.second-membership"];
        assert_eq!(Merge::check(&s, &w).map_err(|b| b.0), Err(both));
    }

    #[test]
    fn every_witness_is_held() {
        let (s, w) = Merge::sample(&mut rng());
        determined::<Merge>(&s, &w);
    }

    fn entries<'a>(s: &'a mut Statement, w: &'a mut Witness) -> Vec<&'a mut Fr> {
        let mut all = vec![&mut s.root.0, &mut s.record.0, &mut s.binding, &mut w.owner.sk];
        all.extend([&mut w.energy_type, &mut w.cycle, &mut w.meter, &mut w.blinding]);
        all.extend(s.nullifiers.iter_mut().map(|n| &mut n.0));
        for r in &mut w.records {
            all.extend([&mut r.value, &mut r.blinding, &mut r.path.children[9][2]]);
        }
        all
    }

    #[test]
    fn native_check_and_circuit_agree() {
        let others: &[Perturbation<Merge>] = &[
            |_, w, _| w.is_balance = !w.is_balance,
            |_, w, _| w.records[0].path.position.0 ^= 1,
            |_, w, _| w.records[1].path.position.0 ^= 1 << 31,
        ];
        agrees::<Merge>(50, &Merge::sample(&mut rng()), entries, others, seal);
        agrees::<Merge>(50, &generations([500, 700]), entries, others, seal);
    }

    #[test]
    fn constraints_are_pinned() {
        assert_eq!(constraints::<Merge>(), 11_608);
        same_shape::<Merge>(&[generations([500, 700])]);
    }
}
