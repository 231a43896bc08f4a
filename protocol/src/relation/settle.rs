//! Relations 5 (SettleBuy) and 6 (SettleSell): money is paid for the energy that was delivered, and
//! never for more than was matched.

use super::{Inputs, Statement};
use crate::record::{Commitment, DeliveryId, Handle, MatchId, Nullifier};
use crate::tree::Root;
use crate::units::{PerMille, Price};
use crate::Fr;

/// Public inputs of relations 5 and 6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle {
    /// The anchor: a recent root of the record tree, under which the proof shows its records.
    pub root: Root,
    /// The match record MR.
    pub match_id: MatchId,
    /// Delivery record of the seller's meter, AR_s.
    pub delivery_sell: DeliveryId,
    /// Delivery record of the buyer's meter, AR_b.
    pub delivery_buy: DeliveryId,
    /// The settling side's plan.
    pub handle: Handle,
    /// Whether the deviation is within the tolerance.
    pub within: bool,
    /// The cycle's tolerance.
    pub tolerance: PerMille,
    /// The cycle's deviation penalty: what a Wh costs the side that failed to deliver or to take it.
    pub penalty: Price,
    /// Nullifier of the balance record that is spent.
    pub nullifier: Nullifier,
    /// The balance record after the transaction, B'.
    pub balance: Commitment,
    /// Ties the proof to the rest of its transaction: see `transaction::binding`.
    pub binding: Fr,
}

impl Statement for Settle {
    fn inputs(&self) -> Vec<Fr> {
        Inputs::default()
            .with(self.root.0)
            .with(self.match_id.0)
            .with(self.delivery_sell.0)
            .with(self.delivery_buy.0)
            .with(self.handle.0)
            .with(Fr::from(self.within))
            .with(Fr::from(self.tolerance.get()))
            .with(Fr::from(self.penalty.get()))
            .with(self.nullifier.0)
            .with(self.balance.0)
            .with(self.binding)
            .done()
    }
}

#[cfg(feature = "witness")]
pub use witness::SettleWitness;

#[cfg(feature = "witness")]
mod witness {
    use super::*;
    use crate::record::balance::Balance;
    use crate::record::delivery::Delivery;
    use crate::record::matching::Match;
    use crate::record::plan::Plan;
    use crate::relation::check::{as_u64, in_bits, is_spendable, Broken, Check, Owner};
    use crate::tree::Path;
    use crate::units::Side;

    /// Witness of relations 5 and 6.
    #[derive(Clone)]
    pub struct SettleWitness {
        /// The household's spending secret sk.
        pub owner: Owner,
        /// Opening of the plan's handle; its side is the relation's.
        pub plan: Plan,
        /// Opening of the match record.
        pub match_id: Match,
        /// Opening of the seller's delivery record.
        pub delivery_sell: Delivery,
        /// Opening of the buyer's delivery record.
        pub delivery_buy: Delivery,
        /// What counts of the seller's and of the buyer's metered amount, in Wh: the amount, or the
        /// matched volume if that is less.
        pub counted: [Fr; 2],
        /// Delivered energy in Wh: the lesser of the two that count.
        pub delivered: Fr,
        /// Energy v_f that is paid for, in Wh: the matched volume within tolerance, else the
        /// delivered one.
        pub final_volume: Fr,
        /// The penalties q_s and q_b that seller and buyer owe each other, in nano-currency. Within
        /// tolerance they are 0.
        pub owes: [Fr; 2],
        /// The balance record that is spent. One of value 0 may be a dummy that is in no tree.
        pub balance: Balance,
        /// That record's path to the root.
        pub path: Path,
        /// Blinding of the balance record after the transaction.
        pub new_blinding: Fr,
    }

    /// The lesser of two numbers. None unless both are below 2^64.
    fn lesser(a: Fr, b: Fr) -> Option<Fr> {
        Some(Fr::from(as_u64(a)?.min(as_u64(b)?)))
    }

    impl Settle {
        fn check(&self, w: &SettleWitness, side: Side) -> Result<(), Broken> {
            let (mut c, mr, plan, b) = (Check::default(), &w.match_id, &w.plan, &w.balance);
            let (sell, buy) = (&w.delivery_sell, &w.delivery_buy);
            c.require("1.match", self.match_id == mr.id());
            let named = match side {
                Side::Sell => mr.sell,
                Side::Buy => mr.buy,
            };
            c.require("1.side", named == self.handle.0);
            c.require("1.handle", plan.side == side && self.handle == plan.handle());
            c.require("1.owner", plan.owner == w.owner.address());
            let of_match = |d: &Delivery, s: Side| d.match_id == self.match_id.0 && d.side == Fr::from(s as u8);
            c.require("1.delivery-sell", self.delivery_sell == sell.id() && of_match(sell, Side::Sell));
            c.require("1.delivery-buy", self.delivery_buy == buy.id() && of_match(buy, Side::Buy));
            let ranged = [sell.amount, buy.amount, mr.volume].iter().all(|x| in_bits(*x, 32));
            c.require("1.range", ranged);
            c.require("1.price-range", in_bits(mr.price, 32));
            let [counted_sell, counted_buy] = w.counted;
            c.require("1.counted-sell", lesser(sell.amount, mr.volume) == Some(counted_sell));
            c.require("1.counted-buy", lesser(buy.amount, mr.volume) == Some(counted_buy));
            c.require("1.least", lesser(counted_sell, counted_buy) == Some(w.delivered));
            c.require("1.balance-range", in_bits(b.amount, 64));
            c.require("1.balance-owner", b.owner == plan.owner);
            c.require("1.membership", is_spendable(b.amount, b.commitment(), &w.path, self.root));
            c.require("1.nullifier", self.nullifier == w.owner.nullifier(b.commitment(), &w.path));
            let missing = mr.volume - w.delivered;
            let room = Fr::from(self.tolerance.get()) * mr.volume - missing * Fr::from(1000u64);
            c.require("2.within", self.within == in_bits(room, 43));
            let due = if self.within { mr.volume } else { w.delivered };
            c.require("3.final", w.final_volume == due);
            // Volumes, price and penalty are below 2^32, so each product is below 2^64.
            // Within tolerance the caps are 0: the buyer's by itself, since then v_f is v_m.
            let ([seller_owes, buyer_owes], paid) = (w.owes, w.final_volume * mr.price);
            let most = if self.within { Fr::from(0u64) } else { paid };
            let unpaid = (mr.volume - w.final_volume) * mr.price;
            let lacked = |counted: Fr| Fr::from(self.penalty.get()) * (mr.volume - counted);
            c.require("3.seller-owes", lesser(lacked(counted_sell), most) == Some(seller_owes));
            c.require("3.buyer-owes", lesser(lacked(counted_buy), unpaid) == Some(buyer_owes));
            let amount = match side {
                Side::Buy => b.amount + mr.volume * plan.price - paid - buyer_owes + seller_owes,
                Side::Sell => b.amount + paid - seller_owes + buyer_owes,
            };
            c.require("4.range", in_bits(amount, 64));
            let new = Balance { amount, owner: plan.owner, blinding: w.new_blinding };
            c.require("4.balance", self.balance == new.commitment());
            c.verdict()
        }
        /// Native check of relation 5. Error: the conditions that the witness breaks.
        pub fn check_buy(&self, w: &SettleWitness) -> Result<(), Broken> {
            self.check(w, Side::Buy)
        }
        /// Native check of relation 6. Error: the conditions that the witness breaks.
        pub fn check_sell(&self, w: &SettleWitness) -> Result<(), Broken> {
            self.check(w, Side::Sell)
        }
    }
}
