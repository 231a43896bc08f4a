//! Relations 1 (SellPlan) and 2 (BuyPlan): a household lists a plan and locks the record that backs
//! it. Both stand in one file, since they share their statement.
//!
//! Conditions have the numbers of relation 1. In relation 2 the lock is condition 4 and the
//! ciphertexts are condition 5.

use super::{Inputs, Statement};
use crate::elgamal::Point;
use crate::keys::TraceTag;
use crate::record::{Commitment, Handle, Nullifier};
use crate::tree::Root;
use crate::units::{Cycle, Epoch};
use crate::Fr;

/// Public inputs of relations 1 and 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPlan {
    /// The anchor: a recent root of the record tree, under which the proof shows its records.
    pub root: Root,
    /// The cycle's epoch, of which the credential is that is shown.
    pub epoch: Epoch,
    /// The market cycle that the plan is of.
    pub cycle: Cycle,
    /// Digest of the cycle's parameters and terms,
    /// [`crate::market_parameters::MarketParameters::digest`].
    pub parameters: Fr,
    /// Nullifier of the record that is spent: generation for a sell plan, balance for a buy plan.
    pub nullifier: Nullifier,
    /// The plan's handle.
    pub handle: Handle,
    /// The rest of that record, as a new one: G' or B'.
    pub change: Commitment,
    /// The trace tag T, by which an audit finds the household's transactions.
    pub tag: TraceTag,
    /// The regulator's key for terms, K_t.
    pub terms_key: Point,
    /// The audit key, K_a.
    pub audit_key: Point,
    /// First half of both ciphertexts, `c1 = e G`.
    pub c1: Point,
    /// Second half of the terms ciphertext, of (volume, price).
    pub terms: [Fr; 2],
    /// Second half of the audit ciphertext, of (address, volume, price).
    pub audit: [Fr; 3],
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for ListPlan {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(Fr::from(self.epoch.get()))
            .with(Fr::from(self.cycle.get()))
            .with(self.parameters)
            .with(self.nullifier.0)
            .with(self.handle.0)
            .with(self.change.0)
            .with(self.tag.0)
            .with_point(self.terms_key)
            .with_point(self.audit_key)
            .with_point(self.c1)
            .with_all(&self.terms)
            .with_all(&self.audit)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::{BuyPlanWitness, ParametersOpening, SellPlanWitness};

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::elgamal::{encrypt, Role};
    use crate::keys::TraceKind;
    use crate::market_parameters::MarketParameters;
    use crate::poseidon::{hash, Tag};
    use crate::record::balance::Balance;
    use crate::record::generation::Generation;
    use crate::record::plan::{pack, Plan, OFFER_BITS, WANTED_BITS, WEIGHT_BITS};
    use crate::relation::check::{as_u64, in_bits, is_member, Broken, Check, CredentialShown, Ephemeral, Owner};
    use crate::terms::Terms;
    use crate::tree::Path;
    use crate::units::Side;

    /// Opening of the digest `H_Parameters(first, step, least_lot, greatest_energy, rest)`, with the
    /// tick of the plan's price.
    #[derive(Clone, Copy)]
    pub struct ParametersOpening {
        /// Price of tick 0, in micro-currency per kWh.
        pub first: Fr,
        /// Difference of neighbouring ticks, in micro-currency per kWh.
        pub step: Fr,
        /// The least volume of a plan, in Wh.
        pub least_lot: Fr,
        /// The greatest volume of a plan, in Wh.
        pub greatest_energy: Fr,
        /// Digest of all parameters and terms.
        pub rest: Fr,
        /// Tick of the plan's price, 0..48.
        pub tick: Fr,
    }

    impl ParametersOpening {
        /// The opening for these parameters, these terms and this tick.
        pub fn new(market: &MarketParameters, terms: &Terms, tick: crate::units::Tick) -> Self {
            ParametersOpening {
                first: Fr::from(market.grid.first().get()),
                step: Fr::from(market.grid.step().get()),
                least_lot: Fr::from(terms.least_lot.get()),
                greatest_energy: Fr::from(terms.greatest_energy.get()),
                rest: market.rest_digest(terms),
                tick: Fr::from(tick.get()),
            }
        }
        /// Least lot and greatest energy are below 2^32, as the ledger digests no others. So a
        /// volume that passes both comparisons is below 2^32 too.
        fn check(&self, check: &mut Check, parameters: Fr, volume: Fr, price: Fr) {
            let opened = [self.first, self.step, self.least_lot, self.greatest_energy, self.rest];
            check.require("3.parameters", parameters == hash(Tag::Parameters, &opened));
            check.require("3.least-lot", in_bits(volume - self.least_lot, 32));
            check.require("3.greatest-energy", in_bits(self.greatest_energy - volume, 32));
            check.require("3.tick-range", as_u64(self.tick).is_some_and(|t| t < 48));
            check.require("3.tick", price == self.first + self.step * self.tick);
        }
    }

    /// Witness of relation 1.
    #[derive(Clone)]
    pub struct SellPlanWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// The generation record that is spent.
        pub generation: Generation,
        /// That record's path to the root.
        pub path: Path,
        /// The credential that is shown, with the opening of the trace tag.
        pub shown: CredentialShown,
        /// Opening of the handle.
        pub plan: Plan,
        /// The plan's attributes unpacked: type, x, y, reputation.
        pub attributes: [Fr; 4],
        /// The cycle's parameters, with the ask's tick.
        pub parameters: ParametersOpening,
        /// Blinding r' of the change.
        pub change_blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    /// Witness of relation 2.
    #[derive(Clone)]
    pub struct BuyPlanWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// The balance record that is spent.
        pub balance: Balance,
        /// That record's path to the root.
        pub path: Path,
        /// The credential that is shown, with the opening of the trace tag.
        pub shown: CredentialShown,
        /// Opening of the handle.
        pub plan: Plan,
        /// Wanted attributes unpacked: tick, volume, reputation, x, y.
        pub wanted: [Fr; 5],
        /// The nine weights unpacked, in the order of `record::plan::weight_attributes`.
        pub weights: [Fr; 9],
        /// The cycle's parameters, with the limit's tick.
        pub parameters: ParametersOpening,
        /// Blinding r' of the change.
        pub change_blinding: Fr,
        /// The ephemeral scalar e of the ciphertexts.
        pub ephemeral: Ephemeral,
    }

    impl ListPlan {
        #[allow(clippy::too_many_arguments)]
        fn ciphertexts(&self, check: &mut Check, names: [&'static str; 3], e: &Ephemeral, plan: &Plan) {
            check.require(names[0], self.c1 == e.point());
            let h = self.handle.0;
            let terms = encrypt(Role::Terms, &self.terms_key, h, &e.e, &[plan.volume, plan.price]);
            check.require(names[1], self.terms == terms);
            let audit = encrypt(Role::Audit, &self.audit_key, h, &e.e, &[plan.owner, plan.volume, plan.price]);
            check.require(names[2], self.audit == audit);
        }

        /// Native check of relation 1. Error: the conditions that the witness breaks.
        pub fn check_sell(&self, w: &SellPlanWitness) -> Result<(), Broken> {
            let (mut c, g, plan, cycle) = (Check::default(), &w.generation, &w.plan, Fr::from(self.cycle.get()));
            let address = w.owner.address();
            // No range of G's volume: it is the sum of v_s and the rest, each below 2^32 by condition 3.
            c.require("1.membership", is_member(g.commitment(), &w.path, self.root));
            c.require("1.owner", g.owner == address);
            c.require("1.nullifier", self.nullifier == w.owner.nullifier(g.commitment(), &w.path));
            c.require("1.cycle", g.cycle == cycle);
            let kind = TraceKind::Sell;
            w.shown.check(&mut c, self.root, Fr::from(self.epoch.get()), kind, cycle, address, self.tag.0, None);
            c.require("2.meter", g.meter == w.shown.credential.meter);
            c.require("3.handle", plan.side == Side::Sell && self.handle == plan.handle());
            c.require("3.owner", plan.owner == address);
            c.require("3.cycle", plan.cycle == cycle);
            c.require("3.covered", in_bits(g.volume - plan.volume, 32));
            w.parameters.check(&mut c, self.parameters, plan.volume, plan.price);
            let ranged = w.attributes.iter().zip(OFFER_BITS).all(|(x, n)| in_bits(*x, n));
            c.require("4.range", ranged);
            c.require("4.packed", plan.attributes == pack(&w.attributes, &OFFER_BITS));
            c.require("4.preferences", plan.preferences == Fr::from(0u64));
            c.require("4.type", w.attributes[0] == g.energy_type);
            let credential = &w.shown.credential;
            c.require("4.place", w.attributes[1] == credential.x && w.attributes[2] == credential.y);
            c.require("4.reputation", w.attributes[3] == credential.reputation);
            c.require("4.meter", plan.meter == credential.meter);
            let change = Generation {
                volume: g.volume - plan.volume,
                energy_type: g.energy_type,
                cycle,
                owner: address,
                meter: g.meter,
                blinding: w.change_blinding,
            };
            c.require("5.change", self.change == change.commitment());
            self.ciphertexts(&mut c, ["6.point", "6.terms", "6.audit"], &w.ephemeral, plan);
            c.verdict()
        }

        /// Native check of relation 2. Error: the conditions that the witness breaks.
        pub fn check_buy(&self, w: &BuyPlanWitness) -> Result<(), Broken> {
            let (mut c, b, plan, cycle) = (Check::default(), &w.balance, &w.plan, Fr::from(self.cycle.get()));
            let address = w.owner.address();
            // No range of B's amount: it is the sum of v_p p_p and the rest, each below 2^64 by
            // conditions 3 and 4.
            c.require("1.membership", is_member(b.commitment(), &w.path, self.root));
            c.require("1.owner", b.owner == address);
            c.require("1.nullifier", self.nullifier == w.owner.nullifier(b.commitment(), &w.path));
            let kind = TraceKind::Buy;
            w.shown.check(&mut c, self.root, Fr::from(self.epoch.get()), kind, cycle, address, self.tag.0, None);
            c.require("2.meter", plan.meter == w.shown.credential.meter);
            c.require("3.handle", plan.side == Side::Buy && self.handle == plan.handle());
            c.require("3.owner", plan.owner == address);
            c.require("3.cycle", plan.cycle == cycle);
            w.parameters.check(&mut c, self.parameters, plan.volume, plan.price);
            let ranged = w.wanted.iter().zip(WANTED_BITS).all(|(x, n)| in_bits(*x, n));
            c.require("3.wanted-range", ranged);
            c.require("3.wanted-tick", as_u64(w.wanted[0]).is_none_or(|t| !(48..64).contains(&t)));
            c.require("3.wanted-packed", plan.attributes == pack(&w.wanted, &WANTED_BITS));
            c.require("3.weight-range", w.weights.iter().all(|x| in_bits(*x, WEIGHT_BITS)));
            c.require("3.weights-packed", plan.preferences == pack(&w.weights, &[WEIGHT_BITS; 9]));
            let rest = b.amount - plan.volume * plan.price;
            c.require("4.lock", in_bits(rest, 64));
            let change = Balance { amount: rest, owner: address, blinding: w.change_blinding };
            c.require("4.change", self.change == change.commitment());
            self.ciphertexts(&mut c, ["5.point", "5.terms", "5.audit"], &w.ephemeral, plan);
            c.verdict()
        }
    }
}
