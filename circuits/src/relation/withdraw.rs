//! Relation 10 (Withdraw) as a circuit: a public amount leaves a balance.

use super::list_plan::trace_tag;
use super::parts::{ciphertext, climb, ephemeral, new_balance, shown, BalanceVar, OwnerVar};
use super::testing::World;
use super::{Builder, Relation, Synthesis};
use crate::gadget::{lin, lin::Lin};
use protocol::elgamal::{encrypt, Role};
use protocol::keys::TraceKind;
use protocol::record::balance::Balance;
use protocol::record::{Commitment, Nullifier};
use protocol::relation::check::{Broken, Ephemeral};
use protocol::relation::withdraw::PayeeDigest;
pub use protocol::relation::withdraw::{Withdraw as Statement, WithdrawWitness as Witness};
use protocol::relation::RelationKind;
use protocol::units::{Cycle, Epoch, Money};
use protocol::Fr;
use rand_core::{CryptoRng, RngCore};

/// The circuit of relation 10.
pub struct Withdraw;

impl Relation for Withdraw {
    const KIND: RelationKind = RelationKind::Withdraw;
    type Statement = Statement;
    type Witness = Witness;

    fn check(statement: &Statement, witness: &Witness) -> Result<(), Broken> {
        statement.check(witness)
    }

    fn synthesize(b: &mut Builder, s: &Statement, w: &Witness) -> Synthesis {
        let [root, epoch, current, nullifier, new, amount, payee, tag, rest @ ..] = b.inputs::<15>(s)?;
        let [a_x, a_y, c_x, c_y, audit0, audit1, _binding] = rest;
        // No condition names the payee: like `binding`, it is in a constraint of its own so that no
        // input is idle.
        let idle = Lin::of(b.cs(), &payee)?;
        lin::product(b.cs(), &idle, &idle)?;
        let owner = OwnerVar::new(b, &w.owner)?;
        let address = &owner.address;

        let balance = BalanceVar::new(b, &w.balance)?;
        b.range("1.range", &balance.amount, 64)?;
        b.equal("1.owner", &balance.owner, address)?;
        let (reached, position) = climb(b, &balance.commitment, &w.balance_path)?;
        b.equal("1.membership", &reached, &root)?;
        let computed = owner.nullifier(b, &balance.commitment, &position)?;
        b.equal("1.nullifier", &nullifier, &computed)?;

        shown(b, &w.shown, &root, &epoch, TraceKind::Withdraw, &current, address, &tag, None)?;

        let left = &balance.amount - &amount;
        b.range("3.covered", &left, 64)?;
        let computed = new_balance(b, &left, address, w.new_blinding)?;
        b.equal("3.balance", &new, &computed)?;

        let e = ephemeral(b, "4.point", &w.ephemeral, &c_x, &c_y)?;
        let messages = [address.clone(), amount];
        ciphertext(b, "4.audit", &e, Role::Audit, [&a_x, &a_y], &nullifier, &messages, &[audit0, audit1])
    }

    fn sample<R: RngCore + CryptoRng>(rng: &mut R) -> (Statement, Witness) {
        let mut world = World::new(rng);
        let money = |m| Money::new(m).expect("below 2^64");
        let blinding = world.field();
        let balance = Balance::new(money(400_000_000), world.address(), blinding);
        let position = world.insert(balance.commitment().0);
        let credential = world.credential();
        let witness = Witness {
            owner: world.owner.clone(),
            balance,
            balance_path: world.path(position),
            shown: world.shown(&credential),
            new_blinding: world.field(),
            ephemeral: Ephemeral::random(world.rng()),
        };
        let (zero, audit_key) = (Fr::from(0u64), world.key());
        let mut statement = Statement {
            root: world.root(),
            epoch: world.epoch,
            current: Epoch::new(world.epoch.get() + 2).expect("a small number"),
            nullifier: Nullifier(zero),
            balance: Commitment(zero),
            amount: money(150_000_000),
            payee: PayeeDigest(world.field()),
            tag: protocol::keys::TraceTag(zero),
            audit_key,
            c1: audit_key,
            audit: [zero; 2],
            binding: world.field(),
        };
        seal(&mut statement, &witness);
        (statement, witness)
    }
}

/// The number of an epoch where a tag has a cycle's.
fn period(epoch: Epoch) -> Cycle {
    Cycle::new(epoch.get()).expect("both are numbers of 32 bits")
}

/// Computes the parts of the statement that follow from the witness: nullifier, B', tag and
/// ciphertext.
pub fn seal(s: &mut Statement, w: &Witness) {
    let (address, amount) = (w.owner.address(), Fr::from(s.amount.get()));
    s.nullifier = w.owner.nullifier(w.balance.commitment(), &w.balance_path);
    s.tag = trace_tag(&w.shown, TraceKind::Withdraw, period(s.current));
    s.balance = Balance { amount: w.balance.amount - amount, owner: address, blinding: w.new_blinding }.commitment();
    s.c1 = w.ephemeral.point();
    s.audit = encrypt(Role::Audit, &s.audit_key, s.nullifier.0, &w.ephemeral.e, &[address, amount]);
}

#[cfg(test)]
mod tests;
