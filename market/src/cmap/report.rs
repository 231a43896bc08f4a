//! The report of a CMAP market, `veilgrid-cmap-report/1`: rounds, trades, and what is left for the
//! grid.

use super::allocation::Spread;
use super::market::Market;
use super::rounds::{play, Answer, Match, Round};
use crate::transport::Table;
use protocol::units::{Energy, Price};
use serde::{Serialize, Serializer};

/// The format of a report.
pub const REPORT_FORMAT: &str = "veilgrid-cmap-report/1";
/// The head of the table of rounds ([`Report::round_rows`]).
pub const ROUND_HEAD: [&str; 9] =
    ["round", "buyers", "sellers", "kWh", "matches", "refused", "buyers' mu", "sellers' mu", "objective"];

/// The rounds of a market, its trades, and what is left for the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    format: &'static str,
    /// The rounds in which energy flows, refused or not.
    pub rounds: Vec<RoundRow>,
    /// The confirmed matches, in the order made.
    pub trades: Vec<TradeRow>,
    /// What is left: sellers in list order, then buyers.
    pub grid: Vec<GridRow>,
}

/// A round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoundRow {
    /// Its number, from 0.
    pub round: usize,
    /// The energy that flows, Wh.
    pub energy: u64,
    /// The open buy plans, in list order.
    pub buyers: Vec<String>,
    /// The open sell plans, in list order.
    pub sellers: Vec<String>,
    /// Every pair's scores, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoreTables>,
    /// The buyers' sum of score times Wh.
    pub z_buyers: SpreadRow,
    /// The sellers'.
    pub z_sellers: SpreadRow,
    /// The mean of both sides' mu by their weights, in millionths.
    pub objective_ppm: u32,
    /// Who gets how much from whom.
    pub matches: Vec<MatchRow>,
}

/// The scores of a round, a row for each buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreTables {
    /// The buyers' of the sellers.
    pub buyers: Vec<Vec<u32>>,
    /// The sellers' of the buyers.
    pub sellers: Vec<Vec<u32>>,
}

/// A side's sum of score times Wh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SpreadRow {
    /// The least that it could be.
    pub min: u128,
    /// The greatest.
    pub max: u128,
    /// What it is.
    pub got: u128,
    /// Where it lies between the two, in millionths.
    pub mu_ppm: u32,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchRow {
    /// The buyer.
    pub buyer: String,
    /// The seller.
    pub seller: String,
    /// Wh.
    pub volume: u64,
    /// Micro-currency per kWh.
    pub price: u64,
    /// The buyer's and the seller's.
    pub satisfaction_ppm: [u32; 2],
    /// What became of it.
    #[serde(serialize_with = "word")]
    pub answer: Answer,
}

/// A confirmed match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TradeRow {
    /// The round.
    pub round: usize,
    /// The buyer.
    pub buyer: String,
    /// The seller.
    pub seller: String,
    /// Wh.
    pub volume: u64,
    /// Micro-currency per kWh.
    pub price: u64,
    /// What the buyer pays the seller, nano-currency.
    pub amount: u64,
}

/// What is left of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GridRow {
    /// The plan.
    pub id: String,
    /// What a seller has left, Wh.
    pub surplus_wh: u64,
    /// What a buyer lacks, Wh.
    pub shortfall_wh: u64,
    /// Paid to the plan, or by it when negative, nano-currency.
    pub amount: i128,
}

fn word<S: Serializer>(answer: &Answer, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match answer {
        Answer::Confirmed => "confirmed",
        Answer::BuyerRefused => "buyer-refused",
        Answer::SellerRefused => "seller-refused",
    })
}

impl From<&Spread> for SpreadRow {
    fn from(of: &Spread) -> SpreadRow {
        SpreadRow { min: of.least, max: of.greatest, got: of.got, mu_ppm: of.mu_ppm() }
    }
}

impl Market {
    /// Clears the market. The report has the scores of all pairs where they are asked for.
    pub fn clear(&self, scores: bool) -> Report {
        Report::of(self, &play(&self.pool, self.max_rounds, 1, scores))
    }
}

impl Report {
    fn of(market: &Market, rounds: &[Round]) -> Report {
        const BOUNDED: &str = "a match is within both plans";
        let confirmed = |round: &Round| {
            let matches = round.matches.iter().filter(|of| of.answer == Answer::Confirmed);
            matches.copied().collect::<Vec<_>>()
        };
        let trades: Vec<(usize, Match)> = rounds
            .iter()
            .enumerate()
            .flat_map(|(number, round)| confirmed(round).into_iter().map(move |of| (number, of)))
            .collect();
        let rows = trades.iter().map(|(round, of)| {
            let price = price(market, of);
            let amount = Energy::new(of.volume).expect(BOUNDED).at(price).get();
            let (buyer, seller) = (market.buyers[of.buyer].clone(), market.sellers[of.seller].clone());
            TradeRow { round: *round, buyer, seller, volume: of.volume, price: price.get(), amount }
        });
        let (mut sold, mut bought) = (vec![0; market.sellers.len()], vec![0; market.buyers.len()]);
        for (_, of) in &trades {
            sold[of.seller] += of.volume;
            bought[of.buyer] += of.volume;
        }
        let rest = |volume: Energy, traded: u64| volume.minus(Energy::new(traded).expect(BOUNDED)).expect(BOUNDED);
        let amount = |energy: Energy, price: Price| i128::from(energy.at(price).get());
        let surplus = market.sellers.iter().enumerate().map(|(seller, id)| {
            let left = rest(market.pool.sellers[seller].volume, sold[seller]);
            let amount = amount(left, market.tariff.feed_in);
            GridRow { id: id.clone(), surplus_wh: left.get(), shortfall_wh: 0, amount }
        });
        let shortfall = market.buyers.iter().enumerate().map(|(buyer, id)| {
            let left = rest(market.pool.buyers[buyer].volume, bought[buyer]);
            let amount = -amount(left, market.tariff.retail);
            GridRow { id: id.clone(), surplus_wh: 0, shortfall_wh: left.get(), amount }
        });
        let grid = surplus.chain(shortfall).filter(|row| row.surplus_wh + row.shortfall_wh > 0);
        Report {
            format: REPORT_FORMAT,
            rounds: rounds.iter().enumerate().map(|(number, round)| round_row(market, number, round)).collect(),
            trades: rows.collect(),
            grid: grid.collect(),
        }
    }

    /// The report as JSON, with a line feed at its end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers are JSON") + "\n"
    }

    /// The rounds for people, under [`ROUND_HEAD`].
    pub fn round_rows(&self) -> Vec<Vec<String>> {
        let share = |ppm: u32| format!("{:.4}", f64::from(ppm) / 1e6);
        let row = |of: &RoundRow| {
            let refused = of.matches.iter().filter(|of| of.answer != Answer::Confirmed).count();
            vec![
                of.round.to_string(),
                of.buyers.len().to_string(),
                of.sellers.len().to_string(),
                format!("{:.3}", of.energy as f64 / 1000.0),
                of.matches.len().to_string(),
                refused.to_string(),
                share(of.z_buyers.mu_ppm),
                share(of.z_sellers.mu_ppm),
                share(of.objective_ppm),
            ]
        };
        self.rounds.iter().map(row).collect()
    }
}

/// The price of a match: halfway between ask and limit, rounded down.
fn price(market: &Market, of: &Match) -> Price {
    let (ask, limit) = (market.pool.sellers[of.seller].ask.get(), market.pool.buyers[of.buyer].limit.get());
    Price::new((ask + limit) / 2).expect("a mean of prices is a price")
}

fn round_row(market: &Market, number: usize, round: &Round) -> RoundRow {
    let names = |ids: &[String], plans: &[usize]| plans.iter().map(|plan| ids[*plan].clone()).collect();
    let rows = |scores: &Table<u32>| (0..scores.rows()).map(|row| scores.row(row).to_vec()).collect();
    let matches = round.matches.iter().map(|of| MatchRow {
        buyer: market.buyers[of.buyer].clone(),
        seller: market.sellers[of.seller].clone(),
        volume: of.volume,
        price: price(market, of).get(),
        satisfaction_ppm: of.satisfaction_ppm,
        answer: of.answer,
    });
    RoundRow {
        round: number,
        energy: round.allocation.energy,
        buyers: names(&market.buyers, &round.buyers),
        sellers: names(&market.sellers, &round.sellers),
        scores: round.scores.as_ref().map(|of| ScoreTables { buyers: rows(&of.buyers), sellers: rows(&of.sellers) }),
        z_buyers: (&round.allocation.buyers).into(),
        z_sellers: (&round.allocation.sellers).into(),
        objective_ppm: round.allocation.objective_ppm(market.pool.terms.side_weights),
        matches: matches.collect(),
    }
}
