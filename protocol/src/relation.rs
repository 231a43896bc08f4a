//! The relations (docs/protocol/20-relations.md), a file for each. A file holds the statement,
//! which is the public inputs. Under the feature `witness` it also holds the witness and the native
//! check, which names the conditions that a witness breaks. The circuits crate has a file of the
//! same name for each.
//!
//! Witness entries are field elements, not newtypes, because a prover can put any field element in
//! and the checks are about exactly that. A value that a condition computes, such as a minimum, is
//! a witness entry of its own, fixed by a condition of its own. So a test can break each condition
//! alone.

#[cfg(feature = "witness")]
pub mod check;
pub mod confirm;
pub mod deliver;
pub mod deposit;
pub mod issue;
pub mod list_plan;
pub mod merge;
pub mod metered;
pub mod plan_ciphertext;
pub mod refuse;
pub mod release;
pub mod settle;
pub mod shortfall;
pub mod surplus;
pub mod void;
pub mod withdraw;

use crate::elgamal::Point;
use crate::encoding::{Canonical, Reader};
use crate::units::Side;
use crate::{Error, Fr};

/// The table of relations: it calls the macro named with one row for each relation that has a
/// circuit. Every list of relations in this workspace is made from it.
///
/// ```text
/// /// what the relation shows
/// Kind = number (name_in_code "name-in-files": module { Statement, Witness, check });
/// ```
///
/// `Kind` is the [`RelationKind`](crate::relation::RelationKind) and, in `circuits::relation`, the
/// circuit. `protocol::relation::module` holds the statement, the witness, and the statement's
/// method that checks the witness. A macro that needs the kinds alone takes the parentheses as one
/// token tree:
///
/// ```
/// macro_rules! kinds {
///     ($($(#[$doc:meta])* $kind:ident = $number:literal $rest:tt;)*) => { [$($number),*] };
/// }
/// let numbers: [u8; 19] = protocol::for_each_relation!(kinds);
/// assert_eq!(numbers[..3], [1, 2, 3]);
/// ```
#[macro_export]
macro_rules! for_each_relation {
    ($callback:ident) => {
        $callback! {
            /// Relation 1: a generation record of the household's own backs an offer.
            SellPlan = 1 (sell_plan "sell-plan": list_plan { ListPlan, SellPlanWitness, check_sell });
            /// Relation 2: a balance record of the household's own bears a bid's volume at its
            /// limit.
            BuyPlan = 2 (buy_plan "buy-plan": list_plan { ListPlan, BuyPlanWitness, check_buy });
            /// Relation 3: a match lies within the offer.
            ConfirmSell = 3 (confirm_sell "confirm-sell": confirm { Confirm, ConfirmWitness, check_sell });
            /// Relation 4: a match lies within the bid.
            ConfirmBuy = 4 (confirm_buy "confirm-buy": confirm { Confirm, ConfirmWitness, check_buy });
            /// Relation 5: the buyer gets back what its lock holds beyond the price of what was
            /// delivered.
            SettleBuy = 5 (settle_buy "settle-buy": settle { Settle, SettleWitness, check_buy });
            /// Relation 6: the seller is paid for what was delivered.
            SettleSell = 6 (settle_sell "settle-sell": settle { Settle, SettleWitness, check_sell });
            /// Relation 7: a plan without a binding trade gives back what it locked.
            Release = 7 (release "release": release { Release, ReleaseWitness, check });
            /// Relation 8: two records of one kind and one owner become one.
            Merge = 8 (merge "merge": merge { Merge, MergeWitness, check });
            /// Relation 9: the grid pays a metered remainder.
            Surplus = 9 (surplus "surplus": surplus { Surplus, SurplusWitness, check });
            /// Relation 10: a public amount leaves a balance through a desk.
            Withdraw = 10 (withdraw "withdraw": withdraw { Withdraw, WithdrawWitness, check });
            /// Relation 12: the trace key of an epoch is encrypted to the audit key.
            Deposit = 12 (deposit "deposit": deposit { Deposit, DepositWitness, check });
            /// Relation 13: an issued record is of the kind, and says what, its issuer states
            /// (docs/decisions/0016-issuers-prove-what-they-issue.md).
            Issue = 13 (issue "issue": issue { Issue, IssueWitness, check });
            /// Relation 14: a metering service's delivery record opens for everybody whom it concerns.
            Deliver = 14 (deliver "deliver": deliver { Deliver, DeliverWitness, check });
            /// Relation 7b: a binding trade without delivery records gives back the matched volume.
            Void = 71 (void "void": void { Void, VoidWitness, check });
            /// Relation 7c: a side of a match refuses it.
            Refuse = 72 (refuse "refuse": refuse { Refuse, RefuseWitness, check });
            /// Relation 9b: a household pays for a metered remainder that it owes.
            Shortfall = 91 (shortfall "shortfall": shortfall { Shortfall, ShortfallWitness, check });
            /// Relation 13b: a metered remainder is what its metering service states, and the only one
            /// of its household, cycle and sign.
            Metered = 131 (metered "metered": metered { Metered, MeteredWitness, check });
            /// Relation 11 for a sell plan: its matching ciphertext encrypts what its handle
            /// commits to.
            SellCiphertext = 111 (sell_ciphertext "sell-ciphertext": plan_ciphertext { PlanCiphertext, SellCiphertextWitness, check_sell });
            /// Relation 11 for a buy plan.
            BuyCiphertext = 112 (buy_ciphertext "buy-ciphertext": plan_ciphertext { PlanCiphertext, BuyCiphertextWitness, check_buy });
        }
    };
}

macro_rules! relation_kinds {
    ($($(#[$doc:meta])* $kind:ident = $number:literal ($slot:ident $name:literal: $($parts:tt)*);)*) => {
        /// Every relation that has a circuit, by its stable number. 7b, 7c and 9b are 71, 72 and
        /// 91; the two circuits of relation 11 are 111 and 112; 13b is 131.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum RelationKind { $($(#[$doc])* $kind = $number),* }

        impl RelationKind {
            /// All, in the order of the table: pins, proving keys and figures keep it.
            pub const ALL: [RelationKind; [$($number),*].len()] = [$(RelationKind::$kind),*];
            /// Its name in files and figures, such as `sell-plan`.
            pub const fn name(self) -> &'static str {
                match self { $(RelationKind::$kind => $name),* }
            }
        }
    };
}

crate::for_each_relation!(relation_kinds);

impl RelationKind {
    /// The circuit of relation 11 for plans of this side.
    pub const fn ciphertext(side: Side) -> Self {
        match side {
            Side::Sell => RelationKind::SellCiphertext,
            Side::Buy => RelationKind::BuyCiphertext,
        }
    }
}

impl Canonical for RelationKind {
    const SIZE: usize = 1;
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, Error> {
        let number = u8::read(input)?;
        let found = RelationKind::ALL.into_iter().find(|relation| *relation as u8 == number);
        found.ok_or(Error::Encoding("unknown relation"))
    }
}

/// The public half of a relation's instance.
pub trait Statement {
    /// The public inputs, in the order in which the circuit allocates them.
    fn inputs(&self) -> Vec<Fr>;
}

/// Builds a list of public inputs, in order.
#[derive(Default)]
pub(crate) struct Inputs(Vec<Fr>);

impl Inputs {
    pub(crate) fn with(mut self, x: Fr) -> Self {
        self.0.push(x);
        self
    }
    pub(crate) fn with_point(self, p: Point) -> Self {
        self.with(p.x).with(p.y)
    }
    pub(crate) fn with_all(mut self, xs: &[Fr]) -> Self {
        self.0.extend_from_slice(xs);
        self
    }
    pub(crate) fn done(self) -> Vec<Fr> {
        self.0
    }
}
