//! Relation 9b (Shortfall) as a circuit: a metered record that is owed is paid for.

use super::list_plan::trace_tag;
use super::parts::{ciphertext, climb, ephemeral, metered, new_balance, shown, BalanceVar, OwnerVar};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::metered::{Metered, Sign};
use protocol::record::{Commitment, Nullifier};
use protocol::relation::check::{Broken, Ephemeral};
pub use protocol::relation::shortfall::{Shortfall as Statement, ShortfallWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::{Energy, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 9b.
pub struct Shortfall;

impl Relation for Shortfall {
    const KIND: RelationKind = RelationKind::Shortfall;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [obligation, root, epoch, nullifier, new, sign, tariff, cycle, tag, rest @ ..] = b.inputs::<17>(s)?;
        let [a_x, a_y, c_x, c_y, audit0, audit1, audit2, _binding] = rest;
        let owner = OwnerVar::new(b, &w.owner)?;
        let address = &owner.address;

        let rest = metered(b, &w.metered, &sign, &cycle, address)?;
        b.equal("1.obligation", &obligation, &rest.commitment)?;

        let kind = TraceKind::Shortfall;
        let credential = shown(b, &w.shown, &root, &epoch, kind, &cycle, address, &tag, Some(&sign))?;
        b.equal("2.meter", &rest.meter, &credential.meter)?;

        let balance = BalanceVar::new(b, &w.balance)?;
        b.range("3.range", &balance.amount, 64)?;
        b.equal("3.owner", &balance.owner, address)?;
        let (reached, position) = climb(b, &balance.commitment, &w.balance_path)?;
        b.equal("3.membership", &reached, &root)?;
        let computed = owner.nullifier(b, &balance.commitment, &position)?;
        b.equal("3.nullifier", &nullifier, &computed)?;

        let amount = &rest.volume * &tariff;
        let left = &balance.amount - &amount;
        b.range("4.covered", &left, 64)?;
        let computed = new_balance(b, &left, address, w.new_blinding)?;
        b.equal("4.balance", &new, &computed)?;

        let e = ephemeral(b, "5.point", &w.ephemeral, &c_x, &c_y)?;
        let (messages, published) = ([address.clone(), amount, obligation], [audit0, audit1, audit2]);
        ciphertext(b, "5.audit", &e, Role::Audit, [&a_x, &a_y], &nullifier, &messages, &published)
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let (blinding, volume) = (world.field(), Energy::new(120).expect("below 2^32"));
        let metered = Metered::new(volume, Sign::Shortfall, world.cycle, world.address(), world.meter, blinding);
        let blinding = world.field();
        let balance = Balance::new(Money::new(400_000_000).expect("below 2^64"), world.address(), blinding);
        let position = world.insert(balance.commitment().0);
        let credential = world.credential();
        let witness = Witness {
            owner: world.owner.clone(),
            metered,
            shown: world.shown_paying(&credential, Sign::Shortfall),
            balance,
            balance_path: world.path(position),
            new_blinding: world.field(),
            ephemeral: Ephemeral::random(world.rng()),
        };
        let (zero, audit_key) = (Fr::from(0u64), world.key());
        let mut statement = Statement {
            obligation: Commitment(zero),
            root: world.root(),
            epoch: world.epoch,
            nullifier: Nullifier(zero),
            balance: Commitment(zero),
            sign: Sign::Shortfall,
            tariff: world.market().retail,
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

/// Computes the parts of the statement that follow from the witness: obligation, nullifier, B', tag
/// and ciphertext.
pub fn seal(s: &mut Statement, w: &Witness) {
    let address = w.owner.address();
    s.obligation = w.metered.commitment();
    s.nullifier = w.owner.nullifier(w.balance.commitment(), &w.balance_path);
    s.tag = trace_tag(&w.shown, TraceKind::Shortfall, s.cycle);
    let amount = w.metered.volume * Fr::from(s.tariff.get());
    s.balance = Balance { amount: w.balance.amount - amount, owner: address, blinding: w.new_blinding }.commitment();
    s.c1 = w.ephemeral.point();
    let messages = [address, amount, s.obligation.0];
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier.0, &w.ephemeral.e, &messages);
}

#[cfg(test)]
mod tests;
