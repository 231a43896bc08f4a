//! The rounds: allocate, ask both sides of each match, go on with what is open.

use super::allocation::Allocation;
use super::pool::{After, Pairs, Pool};
use super::scores::{Scores, FULL};
use crate::transport::Table;

/// What became of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Both agreed.
    Confirmed,
    /// The buyer refused; the seller was not asked.
    BuyerRefused,
    /// The buyer agreed, the seller refused.
    SellerRefused,
}

/// A match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the buy plan.
    pub buyer: usize,
    /// Index of the sell plan.
    pub seller: usize,
    /// The energy in Wh, at least 1.
    pub volume: u64,
    /// The buyer's and the seller's satisfaction in millionths: where the score lies between the
    /// side's least and greatest of the round.
    pub satisfaction_ppm: [u32; 2],
    /// What became of it.
    pub answer: Answer,
}

/// A round in which energy flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The open buy plans, by index, in list order: the rows.
    pub buyers: Vec<usize>,
    /// The open sell plans: the columns.
    pub sellers: Vec<usize>,
    /// All scores, where they were asked for.
    pub scores: Option<Scores>,
    /// How much each pair gets.
    pub allocation: Allocation,
    /// The matches, buyers in list order and in each the sellers.
    pub matches: Vec<Match>,
}

/// Plays the rounds of a market, at most so many. What a plan has left below `least_rest` Wh is not
/// open in a further round. The scores are kept where they are asked for.
pub fn play(pool: &Pool, max_rounds: u8, least_rest: u64, keep_scores: bool) -> Vec<Round> {
    let mut market = Open::all(pool, least_rest);
    let mut rounds = Vec::new();
    for _ in 0..max_rounds {
        let Some(mut round) = market.round() else { break };
        if !keep_scores {
            round.scores = None;
        }
        rounds.push(round);
    }
    rounds
}

/// The market between two rounds.
struct Open<'a> {
    pool: &'a Pool,
    least_rest: u64,
    /// What is open of each plan, in Wh; nothing where it has left.
    needs: Vec<u64>,
    supplies: Vec<u64>,
    /// The pairs of which one has refused the other.
    barred: Table<bool>,
}

impl Open<'_> {
    fn all(pool: &Pool, least_rest: u64) -> Open<'_> {
        Open {
            pool,
            least_rest,
            needs: pool.buyers.iter().map(|buyer| buyer.volume.get()).collect(),
            supplies: pool.sellers.iter().map(|seller| seller.volume.get()).collect(),
            barred: Table::filled(pool.buyers.len(), pool.sellers.len(), false),
        }
    }

    /// Plays a round. None where no energy flows.
    fn round(&mut self) -> Option<Round> {
        let pool = self.pool;
        let open = |left: &[u64]| (0..left.len()).filter(|plan| left[*plan] > 0).collect::<Vec<_>>();
        let (buyers, sellers) = (open(&self.needs), open(&self.supplies));
        let scores = Scores::of(pool, &buyers, &sellers, &self.needs, &self.supplies);
        let allowed =
            Table::of(buyers.len(), sellers.len(), |row, column| self.may_trade(buyers[row], sellers[column]));
        let left = |plans: &[usize], of: &[u64]| plans.iter().map(|plan| of[*plan]).collect::<Vec<_>>();
        let (needs, supplies) = (left(&buyers, &self.needs), left(&sellers, &self.supplies));
        let allocation = Allocation::of(&needs, &supplies, allowed, &scores, pool.terms.side_weights)?;
        let scales = [Scale::of(&scores.buyers), Scale::of(&scores.sellers)];
        let answered = allocation.shipments.iter().map(|shipment| {
            let (buyer, seller) = (buyers[shipment.row], sellers[shipment.column]);
            let cell = (shipment.row, shipment.column);
            let satisfaction_ppm = [scales[0].ppm(scores.buyers[cell]), scales[1].ppm(scores.sellers[cell])];
            let answer = match satisfaction_ppm {
                [buyers, _] if buyers < pool.buyers[buyer].stance.refuse_below => Answer::BuyerRefused,
                [_, sellers] if sellers < pool.sellers[seller].stance.refuse_below => Answer::SellerRefused,
                _ => Answer::Confirmed,
            };
            Match { buyer, seller, volume: shipment.amount, satisfaction_ppm, answer }
        });
        let matches: Vec<Match> = answered.collect();
        self.go_on(&matches);
        Some(Round { buyers, sellers, scores: Some(scores), allocation, matches })
    }

    fn may_trade(&self, buyer: usize, seller: usize) -> bool {
        let willing = self.pool.sellers[seller].ask <= self.pool.buyers[buyer].limit;
        let pairs = self.pool.terms.pairs == Pairs::All || willing;
        pairs && self.pool.distances[(buyer, seller)].is_some() && !self.barred[(buyer, seller)]
    }

    /// Takes what was traded from what is open, bars the pairs that refused, and lets those go who
    /// leave.
    fn go_on(&mut self, matches: &[Match]) {
        for of in matches.iter().filter(|of| of.answer == Answer::Confirmed) {
            self.needs[of.buyer] -= of.volume;
            self.supplies[of.seller] -= of.volume;
        }
        // A rest that is too small to be listed again leaves the market.
        for of in matches.iter().filter(|of| of.answer == Answer::Confirmed) {
            for left in [&mut self.needs[of.buyer], &mut self.supplies[of.seller]] {
                *left = Some(*left).filter(|left| *left >= self.least_rest).unwrap_or(0);
            }
        }
        for of in matches.iter().filter(|of| of.answer != Answer::Confirmed) {
            self.barred[(of.buyer, of.seller)] = true;
            if self.pool.buyers[of.buyer].stance.after_refusal == After::Grid {
                self.needs[of.buyer] = 0;
            }
            if self.pool.sellers[of.seller].stance.after_refusal == After::Grid {
                self.supplies[of.seller] = 0;
            }
        }
    }
}

/// A side's least and greatest score of a round, over all pairs of open plans, whether or not they
/// may trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    least: u32,
    greatest: u32,
}

impl Scale {
    /// The scale of a side's scores.
    pub fn of(scores: &Table<u32>) -> Scale {
        let least = scores.cells().iter().copied().min().unwrap_or(0);
        let greatest = scores.cells().iter().copied().max().unwrap_or(0);
        Scale { least, greatest }
    }

    /// Where a score lies between the least and the greatest, in millionths, rounded down; all of
    /// them where these are equal. This is how satisfied the side is.
    pub fn ppm(&self, score: u32) -> u32 {
        match u64::from(self.greatest - self.least) {
            0 => FULL,
            range => (u64::from(score - self.least) * u64::from(FULL) / range) as u32,
        }
    }
}
