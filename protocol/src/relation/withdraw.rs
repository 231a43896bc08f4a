//! Relation 10 (Withdraw): money leaves the ledger through a desk, which pays it out.
//!
//! Two epochs are public inputs: that of the credential that is shown, which may be an older one, and
//! the current one. A withdrawal belongs to no cycle, so its trace tag has the current epoch in the
//! cycle's place (docs/protocol/20-relations.md, "Withdraw").

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::encoding::{hash_to_field, Canonical};
use crate::keys::TraceTag;
use crate::record::{Commitment, Nullifier};
use crate::tree::Root;
use crate::units::{Epoch, IssuerId, Money};
use crate::Fr;

crate::field_newtype! {
    /// The payee of a withdrawal: the digest of an account outside the ledger, see
    /// [`PayeeDigest::of`].
    PayeeDigest,
}

impl PayeeDigest {
    /// `le(SHA-512("veilgrid/payee/1" || 0 || desk 4 || salt 32 || account)) mod r`. The salt keeps
    /// an account from being found by trying all account numbers.
    pub fn of(desk: IssuerId, salt: &[u8; 32], account: &[u8]) -> Self {
        let bytes = [&desk.to_bytes(), salt.as_slice(), account].concat();
        PayeeDigest(hash_to_field("veilgrid/payee/1", &bytes))
    }
}

/// Public inputs of relation 10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// The anchor: a recent root of the record tree, under which the proof shows its records.
    pub root: Root,
    /// The epoch of the credential that is shown.
    pub epoch: Epoch,
    /// The current epoch, which stands in the trace tag in the cycle's place.
    pub current: Epoch,
    /// Nullifier of the balance record that is spent; the context of the audit ciphertext.
    pub nullifier: Nullifier,
    /// The balance record after the transaction, B'.
    pub balance: Commitment,
    /// The amount that leaves the ledger, in nano-currency. It is public.
    pub amount: Money,
    /// The account that the desk pays, as a digest.
    pub payee: PayeeDigest,
    /// The trace tag T, by which an audit finds the household's transactions.
    pub tag: TraceTag,
    /// The audit key, K_a.
    pub audit_key: Point,
    /// First half of the audit ciphertext, `c1 = e G`.
    pub c1: Point,
    /// Audit ciphertext of (addr, amount).
    pub audit: [Fr; 2],
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Withdraw {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(Fr::from(self.epoch.get()))
            .with(Fr::from(self.current.get()))
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
    use crate::relation::check::{in_bits, is_member, Broken, Check, CredentialShown, Ephemeral, Owner};
    use crate::tree::Path;

    /// Witness of relation 10.
    #[derive(Clone)]
    pub struct WithdrawWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// The balance record that is spent.
        pub balance: Balance,
        /// That record's path to the root.
        pub balance_path: Path,
        /// The credential that is shown, with the opening of the trace tag.
        pub shown: CredentialShown,
        /// Blinding of the balance record after the transaction.
        pub new_blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    impl Withdraw {
        /// Native check of relation 10. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &WithdrawWitness) -> Result<(), Broken> {
            let (mut c, b, amount) = (Check::default(), &w.balance, Fr::from(self.amount.get()));
            let address = w.owner.address();
            c.require("1.range", in_bits(b.amount, 64));
            c.require("1.owner", b.owner == address);
            c.require("1.membership", is_member(b.commitment(), &w.balance_path, self.root));
            c.require("1.nullifier", self.nullifier == w.owner.nullifier(b.commitment(), &w.balance_path));
            let (epoch, current) = (Fr::from(self.epoch.get()), Fr::from(self.current.get()));
            let kind = TraceKind::Withdraw;
            w.shown.check(&mut c, self.root, epoch, kind, current, address, self.tag.0, None);
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
