//! Relation 9 (Surplus) as a circuit: the grid pays a metered record.

use super::list_plan::trace_tag;
use super::parts::{ciphertext, climb, ephemeral, equal_product, metered, new_balance, shown, BalanceVar, OwnerVar};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::Var;
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::metered::{Metered, Sign};
use protocol::record::{Commitment, Nullifier};
use protocol::relation::check::{Broken, Ephemeral};
pub use protocol::relation::surplus::{Surplus as Statement, SurplusWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::{Energy, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 9.
pub struct Surplus;

impl Relation for Surplus {
    const KIND: RelationKind = RelationKind::Surplus;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [root, epoch, nullifier_s, nullifier_b, new, sign, tariff, cycle, tag, rest @ ..] = b.inputs::<17>(s)?;
        let [a_x, a_y, c_x, c_y, audit0, audit1, audit2, _binding] = rest;
        let owner = OwnerVar::new(b, &w.owner)?;
        let address = &owner.address;

        let rest = metered(b, &w.metered, &sign, &cycle, address)?;
        let (reached, position) = climb(b, &rest.commitment, &w.metered_path)?;
        b.equal("1.membership", &reached, &root)?;
        let nullifier = owner.nullifier(b, &rest.commitment, &position)?;
        b.equal("1.nullifier", &nullifier_s, &nullifier)?;

        let kind = TraceKind::Surplus;
        let credential = shown(b, &w.shown, &root, &epoch, kind, &cycle, address, &tag, Some(&sign))?;
        b.equal("2.meter", &rest.meter, &credential.meter)?;

        let balance = BalanceVar::new(b, &w.balance)?;
        b.range("3.range", &balance.amount, 64)?;
        b.equal("3.owner", &balance.owner, address)?;
        let (reached, position) = climb(b, &balance.commitment, &w.balance_path)?;
        // Nothing in it, or in the tree: no witness bit is needed to say which.
        let zero = Var::Constant(Fr::from(0u64));
        equal_product(b, "3.membership", &balance.amount, &(reached - &root), &zero)?;
        let nullifier = owner.nullifier(b, &balance.commitment, &position)?;
        b.equal("3.nullifier", &nullifier_b, &nullifier)?;

        let amount = &rest.volume * &tariff;
        let sum = &balance.amount + &amount;
        b.range("4.range", &sum, 64)?;
        let computed = new_balance(b, &sum, address, w.new_blinding)?;
        b.equal("4.balance", &new, &computed)?;

        let e = ephemeral(b, "5.point", &w.ephemeral, &c_x, &c_y)?;
        let (messages, published) = ([address.clone(), amount, rest.commitment], [audit0, audit1, audit2]);
        ciphertext(b, "5.audit", &e, Role::Audit, [&a_x, &a_y], &nullifier_s, &messages, &published)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (blinding, volume) = (world.field(), Energy::new(350).expect("below 2^32"));
        let metered = Metered::new(volume, Sign::Surplus, world.cycle, world.address(), world.meter, blinding);
        let blinding = world.field();
        let balance = Balance::new(Money::new(40_000_000).expect("below 2^64"), world.address(), blinding);
        let (p, q) = (world.insert(metered.commitment().0), world.insert(balance.commitment().0));
        let credential = world.credential();
        let witness = Witness {
            owner: world.owner.clone(),
            metered,
            metered_path: world.path(p),
            shown: world.shown_paying(&credential, Sign::Surplus),
            balance,
            balance_path: world.path(q),
            new_blinding: world.field(),
            ephemeral: Ephemeral::random(world.rng()),
        };
        let (zero, audit_key) = (Fr::from(0u64), world.key());
        let mut statement = Statement {
            root: world.root(),
            epoch: world.epoch,
            nullifier_metered: Nullifier(zero),
            nullifier_balance: Nullifier(zero),
            balance: Commitment(zero),
            sign: Sign::Surplus,
            tariff: world.market().feed_in,
            cycle: world.cycle,
            tag: protocol::keys::TraceTag(zero),
            audit_key,
            c1: audit_key,
            audit: [zero; 3],
            binding: world.field(),
        };
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// Computes the parts of the statement that follow from the witness: nullifiers, B', tag and
/// ciphertext.
pub fn seal(s: &mut Statement, w: &Witness) {
    let address = w.owner.address();
    s.nullifier_metered = w.owner.nullifier(w.metered.commitment(), &w.metered_path);
    s.nullifier_balance = w.owner.nullifier(w.balance.commitment(), &w.balance_path);
    s.tag = trace_tag(&w.shown, TraceKind::Surplus, s.cycle);
    let amount = w.metered.volume * Fr::from(s.tariff.get());
    s.balance = Balance { amount: w.balance.amount + amount, owner: address, blinding: w.new_blinding }.commitment();
    s.c1 = w.ephemeral.point();
    let messages = [address, amount, w.metered.commitment().0];
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier_metered.0, &w.ephemeral.e, &messages);
}

#[cfg(test)]
mod tests;
