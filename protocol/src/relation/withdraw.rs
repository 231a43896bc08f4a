//! Relation 10 (Withdraw): money leaves the ledger through a desk, which pays it out.
//!
//! Spec 20 lists no epoch among the inputs though condition 1.2, which it refers to, needs one: it is here. A withdrawal
//! belongs to no cycle, so its trace tag names cycle 0.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::encoding::{hash_to_field, Canonical};
use crate::keys::TraceTag;
use crate::record::{Commitment, Nullifier};
use crate::tree::Root;
use crate::units::{Cycle, Epoch, IssuerId, Money};
use crate::Fr;

crate::field_newtype! {
    /// Whom a desk is to pay: the digest of an account outside, see [`PayeeDigest::of`].
    PayeeDigest,
}

impl PayeeDigest {
    /// `le(SHA-512("veilgrid/payee/1" || 0 || desk 4 || salt 32 || account)) mod r`. The salt keeps an account number, of
    /// which there are few, from being found by trying.
    pub fn of(desk: IssuerId, salt: &[u8; 32], account: &[u8]) -> Self {
        let bytes = [&desk.to_bytes(), salt.as_slice(), account].concat();
        PayeeDigest(hash_to_field("veilgrid/payee/1", &bytes))
    }
}

/// The cycle that withdrawals' trace tags name.
pub const TAG_CYCLE: Cycle = Cycle::ZERO;

/// Public inputs of relation 10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// Anchor.
    pub root: Root,
    /// Current epoch.
    pub epoch: Epoch,
    /// B's nullifier; the context of the audit ciphertext.
    pub nullifier: Nullifier,
    /// B'.
    pub balance: Commitment,
    /// What leaves, public.
    pub amount: Money,
    /// Whom the desk pays.
    pub payee: PayeeDigest,
    /// Trace tag.
    pub tag: TraceTag,
    /// K_a.
    pub audit_key: Point,
    /// `c1`.
    pub c1: Point,
    /// Audit ciphertext of (addr, amount).
    pub audit: [Fr; 2],
    /// Everything else in the transaction.
    pub binding: Fr,
}

impl Statement for Withdraw {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(Fr::from(self.epoch.get()))
            .with(self.nullifier.0)
            .with(self.balance.0)
            .with(Fr::from(self.amount.get()))
            .with(self.payee.0)
            .with(self.tag.0)
            .with_point(self.audit_key)
            .with_point(self.c1)
            .with_all(&self.audit)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::WithdrawWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::keys::TraceKind;
    use crate::record::balance::Balance;
    use crate::relation::check::{in_bits, is_member, Broken, Check, Ephemeral, Owner, Shown};
    use crate::tree::Path;

    /// Witness of relation 10.
    #[derive(Clone)]
    pub struct WithdrawWitness {
        /// Spending secret.
        pub owner: Owner,
        /// B.
        pub balance: Balance,
        /// Its path.
        pub balance_path: Path,
        /// C and the trace tag.
        pub shown: Shown,
        /// Blinding r' of B'.
        pub new_blinding: Fr,
        /// e.
        pub ephemeral: Ephemeral,
    }

    impl Withdraw {
        /// Native check of relation 10.
        pub fn check(&self, w: &WithdrawWitness) -> Result<(), Broken> {
            let (mut c, b, amount) = (Check::default(), &w.balance, Fr::from(self.amount.get()));
            let address = w.owner.address();
            c.require("1.range", in_bits(b.amount, 64));
            c.require("1.owner", b.owner == address);
            c.require("1.membership", is_member(b.commitment(), &w.balance_path, self.root));
            c.require("1.nullifier", self.nullifier == w.owner.nullifier(b.commitment(), &w.balance_path));
            let (epoch, cycle) = (Fr::from(self.epoch.get()), Fr::from(TAG_CYCLE.get()));
            let kind = Fr::from(TraceKind::Withdraw as u64);
            w.shown.check(&mut c, self.root, epoch, kind, cycle, address, self.tag.0);
            c.require("3.covered", in_bits(b.amount - amount, 64));
            let new = Balance { amount: b.amount - amount, owner: address, blinding: w.new_blinding };
            c.require("3.balance", self.balance == new.commitment());
            c.require("4.point", self.c1 == w.ephemeral.point());
            let audit = encrypt(Role::Audit, &self.audit_key, self.nullifier.0, &w.ephemeral.e, &[address, amount]);
            c.require("4.audit", self.audit == audit);
            c.verdict()
        }
    }
}
