//! Relation 9 (Surplus): the grid pays a metered record. A surplus is paid at the feed-in tariff; what
//! a correction gives back of a shortfall is paid at the retail tariff.
//!
//! The epoch of the credential that is shown is a public input of relations 9 and 9b. The ledger
//! says which epochs count for a cycle's records (docs/decisions/0029-credentials-and-exits.md).

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::keys::TraceTag;
use crate::record::metered::Sign;
use crate::record::{Commitment, Nullifier};
use crate::tree::Root;
use crate::units::{Cycle, Epoch, Price};
use crate::Fr;

/// Public inputs of relation 9.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surplus {
    /// The anchor: a recent root of the record tree, under which the proof shows its records.
    pub root: Root,
    /// The epoch of the credential that is shown: that of the cycle, or an older one.
    pub epoch: Epoch,
    /// Nullifier of the metered remainder that is paid; the context of the audit ciphertext.
    pub nullifier_metered: Nullifier,
    /// Nullifier of the balance record that is spent.
    pub nullifier_balance: Nullifier,
    /// The balance record after the transaction, B'.
    pub balance: Commitment,
    /// The record's sign, 0 or 3. It is also the counter of the trace tag.
    pub sign: Sign,
    /// The tariff of the sign in that cycle, in micro-currency per kWh.
    pub tariff: Price,
    /// The past cycle that was metered.
    pub cycle: Cycle,
    /// The trace tag T, by which an audit finds the household's transactions.
    pub tag: TraceTag,
    /// The audit key, K_a.
    pub audit_key: Point,
    /// First half of the audit ciphertext, `c1 = e G`.
    pub c1: Point,
    /// Audit ciphertext of (addr, amount, S).
    pub audit: [Fr; 3],
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Surplus {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(Fr::from(self.epoch.get()))
            .with(self.nullifier_metered.0)
            .with(self.nullifier_balance.0)
            .with(self.balance.0)
            .with(Fr::from(self.sign as u8))
            .with(Fr::from(self.tariff.get()))
            .with(Fr::from(self.cycle.get()))
            .with(self.tag.0)
            .with_point(self.audit_key)
            .with_point(self.c1)
            .with_all(&self.audit)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::SurplusWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::keys::TraceKind;
    use crate::record::balance::Balance;
    use crate::record::metered::Metered;
    use crate::relation::check::{in_bits, is_member, is_spendable, Broken, Check, CredentialShown, Ephemeral, Owner};
    use crate::tree::Path;

    /// Witness of relation 9.
    #[derive(Clone)]
    pub struct SurplusWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// The metered remainder.
        pub metered: Metered,
        /// That record's path to the root.
        pub metered_path: Path,
        /// The credential that is shown, with the opening of the trace tag.
        pub shown: CredentialShown,
        /// The balance record that is spent. One of value 0 may be a dummy that is in no tree.
        pub balance: Balance,
        /// That record's path to the root.
        pub balance_path: Path,
        /// Blinding of the balance record after the transaction.
        pub new_blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    impl Surplus {
        /// Native check of relation 9. Error: the conditions that the witness breaks.
        pub fn check(&self, w: &SurplusWitness) -> Result<(), Broken> {
            let (mut c, s, b, cycle) = (Check::default(), &w.metered, &w.balance, Fr::from(self.cycle.get()));
            let address = w.owner.address();
            c.require("1.range", in_bits(s.volume, 32));
            c.require("1.sign", s.sign == Fr::from(self.sign as u8));
            c.require("1.cycle", s.cycle == cycle);
            c.require("1.owner", s.owner == address);
            c.require("1.membership", is_member(s.commitment(), &w.metered_path, self.root));
            c.require("1.nullifier", self.nullifier_metered == w.owner.nullifier(s.commitment(), &w.metered_path));
            let kind = TraceKind::Surplus;
            let epoch = Fr::from(self.epoch.get());
            w.shown.check(&mut c, self.root, epoch, kind, cycle, address, self.tag.0, Some(self.sign));
            c.require("2.meter", s.meter == w.shown.credential.meter);
            c.require("3.range", in_bits(b.amount, 64));
            c.require("3.owner", b.owner == address);
            c.require("3.membership", is_spendable(b.amount, b.commitment(), &w.balance_path, self.root));
            c.require("3.nullifier", self.nullifier_balance == w.owner.nullifier(b.commitment(), &w.balance_path));
            let amount = s.volume * Fr::from(self.tariff.get());
            c.require("4.range", in_bits(b.amount + amount, 64));
            let new = Balance { amount: b.amount + amount, owner: address, blinding: w.new_blinding };
            c.require("4.balance", self.balance == new.commitment());
            c.require("5.point", self.c1 == w.ephemeral.point());
            let context = self.nullifier_metered.0;
            let audit =
                encrypt(Role::Audit, &self.audit_key, context, &w.ephemeral.e, &[address, amount, s.commitment().0]);
            c.require("5.audit", self.audit == audit);
            c.verdict()
        }
    }
}
