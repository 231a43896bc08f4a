//! Steps of a trade's encrypted deviation.

use super::{pick, Chooser, Step};
use crate::action::*;
use crate::model::*;
use protocol::transaction::body::Purpose;
use protocol::units::Side;

impl Chooser<'_> {
    /// The next step of a trade's deviation, often of a trade that is well advanced. Sometimes a
    /// step in a market without deviations.
    pub(super) fn deviation(&self, b: u16, c: u16) -> Option<Action> {
        let m = self.model;
        if !m.deviating && !c.is_multiple_of(32) {
            return None;
        }
        let next = |(match_id, t): (&Name, &Trade)| {
            let known = t.deviation;
            let waits = [
                !known.threshold,
                t.sell.delivered.is_some() && !known.sold,
                t.buy.delivered.is_some() && !known.bought,
                known.threshold && known.sold && known.bought && !known.result,
                known.result && !known.announced,
                known.announced && known.verdict.is_none(),
            ];
            let steps = (0..waits.len()).filter(|step| waits[*step] && !t.off && !t.void);
            steps.map(|step| (step, *match_id)).collect::<Vec<_>>()
        };
        let mut all: Vec<(usize, Name)> = m.trades.iter().flat_map(next).collect();
        all.sort_by_key(|(step, _)| std::cmp::Reverse(*step));
        let (step, match_id) = if c.is_multiple_of(2) { all.first().copied() } else { pick(&all, b) }?;
        self.step_of(step, match_id, b)
    }

    /// Any step, of any trade.
    pub(super) fn any_deviation(&self, Step { a, b, c, .. }: Step) -> Option<Action> {
        let match_id = pick(&self.model.trades.keys().copied().collect::<Vec<_>>(), b)?;
        self.step_of(usize::from(a) % 6, match_id, c)
    }

    fn step_of(&self, step: usize, match_id: Name, n: u16) -> Option<Action> {
        let m = self.model;
        let (serial, trade) = (m.next_serial(Operator::Regulator), m.trades.get(&match_id)?);
        Some(match step {
            0 => Action::MatchThreshold { serial, match_id },
            1 | 2 => {
                let side = if step == 1 { Side::Sell } else { Side::Buy };
                let issuer = trade.half(side).confirmed.map_or(0, |(_, meter)| meter);
                Action::DeliveryAmount { issuer, serial: self.of_issuer(issuer), match_id, side }
            }
            3 => Action::Deviation { serial: m.next_serial(Operator::Matcher), match_id },
            4 => {
                let (purpose, first) = (Purpose::Deviation, Opened::Trade(match_id));
                Action::Open { serial, purpose, cycle: trade.cycle, round: 0, first, second: None }
            }
            _ => {
                let right = trade.settlement().is_none_or(|(within, _)| within);
                Action::Verdict { serial, match_id, within: right ^ n.is_multiple_of(5) }
            }
        })
    }
}
