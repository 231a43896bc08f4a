//! Whether a claimed shortfall may be paid without asking a person.

use crate::decide::{Breach, Standing};
use crate::decimal::{kwh, money};
use crate::policy::Policy;
use crate::rules::bounds;
use crate::terms::Terms;
use protocol::units::{Energy, Money};
use std::fmt;

/// A shortfall that a metering service claims: energy that the household took from the grid and has
/// to pay at retail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The energy.
    pub energy: Energy,
    /// The amount asked for.
    pub amount: Money,
}

/// The shortfall by the household's own figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnFigure {
    /// By its own checked readings.
    Read(Energy),
    /// By its own estimate, where it has no reading.
    Estimated(Energy),
    /// It has no figure of its own.
    Unknown,
}

/// What a household does about a claimed shortfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Whether it pays. Otherwise a person should look at it.
    pub pays: bool,
    /// Why.
    pub reason: Reason,
}

/// Why a shortfall is paid, or a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The claim fits.
    Fits {
        /// The claim.
        claim: Claim,
        /// The household's own figure.
        own: Energy,
        /// Whether the own figure is estimated.
        estimated: bool,
    },
    /// The policy pays none without asking.
    Off,
    /// A term of the market is outside the policy's bounds.
    OutOfBounds(Breach),
    /// The amount is not the energy at retail.
    WrongAmount {
        /// The amount asked for.
        amount: Money,
        /// The energy at retail.
        due: Money,
    },
    /// The household has no figure of its own.
    NoOwnFigure,
    /// The claim is above the own figure and its margin.
    AboveOwn {
        /// The claimed energy.
        claimed: Energy,
        /// The most that would be paid.
        most: Energy,
    },
    /// The claim does not fit into the daily cap.
    OverCap {
        /// The amount asked for.
        amount: Money,
        /// What was paid today.
        paid: Money,
        /// The policy's cap.
        cap: Money,
    },
    /// The household has too little money.
    NoMoney {
        /// The amount asked for.
        amount: Money,
        /// The household's money that is not locked.
        balance: Money,
    },
}

/// Decides whether a household pays a shortfall without asking. `terms` are those of the claim's
/// cycle. The answer is a function of the arguments.
pub fn pay_shortfall(
    policy: &Policy,
    terms: &Terms,
    claim: &Claim,
    own: OwnFigure,
    standing: &Standing<'_>,
) -> Payment {
    match fits(policy, terms, claim, own, standing) {
        Ok(reason) => Payment { pays: true, reason },
        Err(reason) => Payment { pays: false, reason },
    }
}

fn fits(
    policy: &Policy,
    terms: &Terms,
    claim: &Claim,
    own: OwnFigure,
    standing: &Standing<'_>,
) -> Result<Reason, Reason> {
    let rules = &policy.shortfall;
    if !rules.pay {
        return Err(Reason::Off);
    }
    if let Some(breach) = bounds::breach(&policy.bounds, terms) {
        return Err(Reason::OutOfBounds(breach));
    }
    let (amount, due) = (claim.amount, claim.energy.at(terms.retail));
    if amount != due {
        return Err(Reason::WrongAmount { amount, due });
    }
    let (own, estimated) = match own {
        OwnFigure::Read(own) => (own, false),
        OwnFigure::Estimated(own) => (own, true),
        OwnFigure::Unknown => return Err(Reason::NoOwnFigure),
    };
    let margin = rules.margin.of(own).max(rules.margin_energy);
    let most = own.plus(margin).unwrap_or(Energy::MAX);
    if claim.energy > most {
        return Err(Reason::AboveOwn { claimed: claim.energy, most });
    }
    let (paid, cap) = (standing.diary.paid(standing.now.day()), rules.daily_cap);
    if paid.plus(amount).map_or(true, |sum| sum > cap) {
        return Err(Reason::OverCap { amount, paid, cap });
    }
    if amount > standing.balance {
        return Err(Reason::NoMoney { amount, balance: standing.balance });
    }
    Ok(Reason::Fits { claim: *claim, own, estimated })
}

impl Reason {
    /// A code that stays the same across versions, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::Fits { .. } => "shortfall-fits",
            Reason::Off => "shortfall-off",
            Reason::OutOfBounds(_) => "shortfall-out-of-bounds",
            Reason::WrongAmount { .. } => "shortfall-wrong-amount",
            Reason::NoOwnFigure => "shortfall-no-own-figure",
            Reason::AboveOwn { .. } => "shortfall-above-own",
            Reason::OverCap { .. } => "shortfall-over-cap",
            Reason::NoMoney { .. } => "shortfall-no-money",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Fits { claim, own, estimated } => {
                let source = if *estimated { "the own estimate is" } else { "the own readings say" };
                let (amount, energy, own) = (money(claim.amount), kwh(claim.energy), kwh(*own));
                write!(f, "pay {amount} for a shortfall of {energy} kWh: {source} {own} kWh")
            }
            Reason::Off => f.write_str("ask a person: the policy pays no shortfall by itself"),
            Reason::OutOfBounds(breach) => write!(f, "ask a person: {breach}"),
            Reason::WrongAmount { amount, due } => {
                write!(f, "ask a person: {} is claimed, and at retail {} would be due", money(*amount), money(*due))
            }
            Reason::NoOwnFigure => f.write_str("ask a person: there is no own reading or estimate to check it by"),
            Reason::AboveOwn { claimed, most } => {
                let (claimed, most) = (kwh(*claimed), kwh(*most));
                write!(f, "ask a person: {claimed} kWh are claimed, and the own figure and margin give {most} kWh")
            }
            Reason::OverCap { amount, paid, cap } => {
                let (amount, paid, cap) = (money(*amount), money(*paid), money(*cap));
                write!(f, "ask a person: {amount} on top of {paid} paid today is above the daily cap of {cap}")
            }
            Reason::NoMoney { amount, balance } => {
                write!(f, "ask a person: {} is claimed, and the balance is {}", money(*amount), money(*balance))
            }
        }
    }
}

#[cfg(test)]
mod tests;
