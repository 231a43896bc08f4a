//! The relations (spec 20): for each its statement, the public inputs; and, under the feature `witness`, its witness and
//! the native check, which says which numbered conditions a witness breaks. The circuits mirror these files one by one.
//!
//! Witness entries are field elements, not newtypes: a prover is free to put any field element in, and the checks
//! are exactly about that. What a condition computes (a minimum, a final volume) is a witness entry of its own with a
//! condition that fixes it, so that each condition can be broken, and tested, alone.

#[cfg(feature = "witness")]
pub mod check;
pub mod complain;
pub mod confirm;
pub mod deposit;
pub mod issue;
pub mod list_plan;
pub mod merge;
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

/// Every relation that has a circuit, by its stable number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RelationKind {
    /// 1.
    SellPlan = 1,
    /// 2.
    BuyPlan = 2,
    /// 3.
    ConfirmSell = 3,
    /// 4.
    ConfirmBuy = 4,
    /// 5.
    SettleBuy = 5,
    /// 6.
    SettleSell = 6,
    /// 7.
    Release = 7,
    /// 8.
    Merge = 8,
    /// 9.
    Surplus = 9,
    /// 10.
    Withdraw = 10,
    /// 11, of a sell plan.
    SellCiphertext = 111,
    /// 11, of a buy plan.
    BuyCiphertext = 112,
    /// 12.
    Deposit = 12,
    /// 13: ours, see docs/decisions/0016.
    Issue = 13,
    /// 7b.
    Void = 71,
    /// 7c.
    Refuse = 72,
    /// 7d: ours, see docs/decisions/0002.
    Complain = 73,
    /// 9b.
    Shortfall = 91,
}

impl RelationKind {
    /// All, in the order of their numbers.
    pub const ALL: [RelationKind; 18] = [
        RelationKind::SellPlan,
        RelationKind::BuyPlan,
        RelationKind::ConfirmSell,
        RelationKind::ConfirmBuy,
        RelationKind::SettleBuy,
        RelationKind::SettleSell,
        RelationKind::Release,
        RelationKind::Merge,
        RelationKind::Surplus,
        RelationKind::Withdraw,
        RelationKind::Deposit,
        RelationKind::Issue,
        RelationKind::Void,
        RelationKind::Refuse,
        RelationKind::Complain,
        RelationKind::Shortfall,
        RelationKind::SellCiphertext,
        RelationKind::BuyCiphertext,
    ];
    /// Relation 11, of a side's plans.
    pub const fn ciphertext(side: Side) -> Self {
        match side {
            Side::Sell => RelationKind::SellCiphertext,
            Side::Buy => RelationKind::BuyCiphertext,
        }
    }
    /// Its name in files and figures.
    pub const fn name(self) -> &'static str {
        match self {
            RelationKind::SellPlan => "sell-plan",
            RelationKind::BuyPlan => "buy-plan",
            RelationKind::ConfirmSell => "confirm-sell",
            RelationKind::ConfirmBuy => "confirm-buy",
            RelationKind::SettleBuy => "settle-buy",
            RelationKind::SettleSell => "settle-sell",
            RelationKind::Release => "release",
            RelationKind::Merge => "merge",
            RelationKind::Surplus => "surplus",
            RelationKind::Withdraw => "withdraw",
            RelationKind::Deposit => "deposit",
            RelationKind::Issue => "issue",
            RelationKind::Void => "void",
            RelationKind::Refuse => "refuse",
            RelationKind::Complain => "complain",
            RelationKind::Shortfall => "shortfall",
            RelationKind::SellCiphertext => "sell-ciphertext",
            RelationKind::BuyCiphertext => "buy-ciphertext",
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

/// The public half of a relation.
pub trait Statement {
    /// Public inputs, in the order in which the circuit allocates them.
    fn inputs(&self) -> Vec<Fr>;
}

/// Builds a list of public inputs.
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
