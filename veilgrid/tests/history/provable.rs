//! Whether an honest prover has a witness: the relations' conditions in the clear.

use crate::action::*;
use crate::model::*;
use protocol::terms::GREATEST_ENERGY;
use protocol::units::Side;

const ENERGY: u128 = 1 << 32;
const MONEY: u128 = 1 << 64;

/// The metering service of a household.
pub fn meter_of(who: Who) -> u32 {
    who as u32 % 2
}

/// The openings of a match and a plan, which their owners know even if the ledger refused them.
pub struct Known<'a> {
    pub pairing: &'a dyn Fn(Name) -> Option<Pairing>,
    pub listing: &'a dyn Fn(Name) -> Option<Listing>,
    /// Whether a delivery record is of this match, side and amount, or not made yet.
    pub delivers: &'a dyn Fn(Name, Name, Side, u64) -> bool,
}

impl Model {
    /// Whether a record is this household's and under the anchor.
    fn has(&self, name: Name, owner: Who, anchor: u64) -> Option<Worth> {
        let record = self.records.get(&name)?;
        (record.owner == owner && record.position < anchor).then_some(record.worth)
    }
    /// Money of a record, or of a dummy.
    fn purse(&self, purse: Option<Name>, owner: Who, anchor: u64) -> Option<u128> {
        match purse.map(|name| self.has(name, owner, anchor)) {
            None => Some(0),
            Some(Some(Worth::Money(amount))) => Some(amount.into()),
            Some(_) => None,
        }
    }
    fn shows(&self, credential: Name, owner: Who, epoch: u32, anchor: u64) -> bool {
        self.has(credential, owner, anchor) == Some(Worth::Credential { epoch })
    }

    /// Whether a transaction's claim is true.
    pub fn provable(&self, action: &Action, known: &Known<'_>) -> bool {
        self.has_witness(action, known).unwrap_or(false)
    }

    fn has_witness(&self, action: &Action, known: &Known<'_>) -> Option<bool> {
        let plan_of = |name: Name| (known.listing)(name);
        Some(match *action {
            Action::Issue { worth, .. } => match worth {
                Worth::Money(amount) => amount > 0,
                Worth::Energy { wh, .. } => (1..=GREATEST_ENERGY).contains(&wh),
                Worth::Rest { wh, .. } => (1..=2 * GREATEST_ENERGY).contains(&wh),
                Worth::Credential { .. } => false,
            },
            Action::List(b) => {
                let backing = self.has(b.record, b.owner, b.anchor)?;
                let price = TERMS[self.cycles.get(&b.cycle)?.terms].price(b.tick);
                let covered = match (b.side, backing) {
                    (Side::Sell, Worth::Energy { wh, cycle, .. }) => cycle == b.cycle && b.volume <= wh,
                    (Side::Buy, Worth::Money(m)) => u128::from(b.volume) * u128::from(price) <= m.into(),
                    _ => false,
                };
                let terms = &TERMS[self.cycles.get(&b.cycle)?.terms];
                let lots = (terms.least_lot..=terms.greatest_energy).contains(&b.volume);
                covered && lots && b.tick < TICKS && self.shows(b.credential, b.owner, b.epoch, b.anchor)
            }
            Action::Confirm { side, match_id, plan, meter } => {
                let (m, plan_says) = ((known.pairing)(match_id)?, plan_of(plan)?);
                let price = TERMS[self.cycles.get(&plan_says.cycle)?.terms].price(plan_says.tick);
                let named = if side == Side::Sell { m.sell } else { m.buy };
                let fair = if side == Side::Sell { m.price >= price } else { m.price <= price };
                named == plan
                    && plan_says.side == side
                    && m.cycle == plan_says.cycle
                    && meter == meter_of(plan_says.owner)
                    && (1..=plan_says.volume).contains(&m.volume)
                    && fair
            }
            Action::Refuse { match_id, plan } => {
                let m = (known.pairing)(match_id)?;
                let named = if plan_of(plan)?.side == Side::Sell { m.sell } else { m.buy };
                named == plan
            }
            Action::Settle { side, match_id, plan, anchor, purse } => {
                let trade = self.trades.get(&match_id)?;
                let owner = plan_of(plan)?.owner;
                trade.settlement()?;
                self.purse(purse, owner, anchor)?;
                trade.half(side).plan == plan && self.settled(match_id, side, purse) < MONEY
            }
            Action::Void { match_id, plan } => {
                let m = (known.pairing)(match_id)?;
                let named = if plan_of(plan)?.side == Side::Sell { m.sell } else { m.buy };
                named == plan
            }
            Action::Merge { owner, anchor, money, records } => {
                let mut sum = 0u128;
                let mut sort = None;
                // No dummy is merged.
                for record in records {
                    let (kind, value) = match self.has(record?, owner, anchor)? {
                        Worth::Money(m) if money => ((0, 0), m),
                        Worth::Energy { wh, kind, cycle } if !money => ((kind, cycle), wh),
                        _ => return None,
                    };
                    if sort.is_some_and(|s| s != kind) {
                        return None;
                    }
                    (sort, sum) = (Some(kind), sum + u128::from(value));
                }
                sum < if money { MONEY } else { ENERGY }
            }
            Action::Surplus { owner, anchor, epoch, cycle, rest, credential, purse } => {
                let Worth::Rest { sign, wh, cycle: of } = self.has(rest, owner, anchor)? else { return None };
                let paid = u128::from(wh) * u128::from(TERMS[self.cycles.get(&cycle)?.terms].tariff(sign));
                let sum = self.purse(purse, owner, anchor)? + paid;
                of == cycle && sum < MONEY && self.shows(credential, owner, epoch, anchor)
            }
            Action::Shortfall { owner, anchor, epoch, rest, credential, purse } => {
                // The obligation is public: it need not be under the anchor.
                let Worth::Rest { sign, wh, cycle } = self.has(rest, owner, u64::MAX)? else { return None };
                let due = u128::from(wh) * u128::from(TERMS[self.cycles.get(&cycle)?.terms].tariff(sign));
                due <= self.purse(Some(purse), owner, anchor)? && self.shows(credential, owner, epoch, anchor)
            }
            Action::Withdraw { owner, anchor, epoch, amount, credential, purse, .. } => {
                let has = self.purse(Some(purse), owner, anchor)?;
                u128::from(amount) <= has && self.shows(credential, owner, epoch, anchor)
            }
            Action::Release { plan } => plan_of(plan).is_some(),
            // A record copied from another trade or side does not open for this one.
            Action::Deliver { match_id, side, amount, delivery, .. } => {
                (known.delivers)(delivery, match_id, side, amount)
            }
            _ => true,
        })
    }
}
