//! Trades, brought up to a stage.

use super::{World, ROUND};
use protocol::record::{Handle, MatchId};
use protocol::transaction::Body;
use protocol::units::Side;

impl World {
    /// Lists a plan.
    pub fn list(&mut self, side: Side) -> Handle {
        let body = self.plan(side);
        self.accept(body);
        let (Body::SellPlan(b) | Body::BuyPlan(b)) = body else { unreachable!() };
        b.handle
    }
    /// Lists two plans, goes to the first cut-off, matches them. Gives the match, the sell plan and
    /// the buy plan.
    pub fn matched(&mut self) -> (MatchId, Handle, Handle) {
        let (sell, buy) = (self.list(Side::Sell), self.list(Side::Buy));
        self.at(u64::from(ROUND));
        (self.pair(0, sell, buy), sell, buy)
    }
    /// Matches two plans in a round.
    pub fn pair(&mut self, round: u8, sell: Handle, buy: Handle) -> MatchId {
        let body = self.pairing(round, sell, buy);
        self.accept(body);
        let Body::Match(b) = body else { unreachable!() };
        b.match_id
    }
    /// [`Self::matched`], then both sides confirm.
    pub fn confirmed(&mut self) -> (MatchId, Handle, Handle) {
        let (id, sell, buy) = self.matched();
        for (side, handle) in [(Side::Sell, sell), (Side::Buy, buy)] {
            let body = self.confirm(side, id, handle);
            self.accept(body);
        }
        (id, sell, buy)
    }
    /// [`Self::confirmed`], then both metering services post their delivery records.
    pub fn delivered(&mut self) -> (MatchId, Handle, Handle) {
        let (id, sell, buy) = self.confirmed();
        for side in [Side::Sell, Side::Buy] {
            let body = self.deliver(side, id);
            self.accept(body);
        }
        (id, sell, buy)
    }
    /// The transactions of a trade's encrypted deviation, in order: the threshold, both readings, the
    /// result, the announcement that its bit will be opened, and the verdict that the trade was
    /// kept.
    pub fn deviation_steps(&mut self, match_id: MatchId) -> [Body; 6] {
        let (threshold, sold, bought) =
            (self.threshold(match_id), self.amount(Side::Sell, match_id), self.amount(Side::Buy, match_id));
        let result = self.deviation(match_id);
        [threshold, sold, bought, result, self.open_bit(match_id), self.verdict(match_id, true)]
    }
    /// [`Self::delivered`], then everything of its deviation up to the verdict, which is left to
    /// the caller.
    pub fn computed(&mut self) -> (MatchId, Handle, Handle) {
        let (id, sell, buy) = self.delivered();
        for step in 0..5 {
            // Each body is made anew, since the serials move on.
            let body = self.deviation_steps(id)[step];
            self.accept(body);
        }
        (id, sell, buy)
    }
}
