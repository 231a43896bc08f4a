//! The mechanisms that the experiment compares: CMAP, two one-to-one assignments, and a simple
//! high-low rule. Satisfaction is measured alike for all.

use market::cmap::{play, Pool, Scale, Scores};
use market::transport::{Table, Transport};
use std::cmp::Reverse;

/// A mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// CMAP, one round.
    Cmap,
    /// Each plan has one partner at most; the sum of both sides' satisfaction is greatest.
    OneToOne,
    /// The same, with the sum of satisfaction times energy.
    OneToOneByEnergy,
    /// The highest limit with the lowest ask, the second with the second, while the limit is at or
    /// above the ask.
    HighLow,
}

impl Mechanism {
    /// All, CMAP first.
    pub const ALL: [Mechanism; 4] =
        [Mechanism::Cmap, Mechanism::OneToOne, Mechanism::OneToOneByEnergy, Mechanism::HighLow];

    /// Its name in tables and plots.
    pub const fn name(self) -> &'static str {
        match self {
            Mechanism::Cmap => "CMAP",
            Mechanism::OneToOne => "one-to-one, satisfaction",
            Mechanism::OneToOneByEnergy => "one-to-one, satisfaction x energy",
            Mechanism::HighLow => "high-low",
        }
    }
}

/// A match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deal {
    /// Index of the buy plan.
    pub buyer: usize,
    /// Index of the sell plan.
    pub seller: usize,
    /// Energy in Wh.
    pub volume: u64,
    /// The mean of both sides' satisfaction, from 0 to 1.
    pub satisfaction: f64,
}

/// A cleared market.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleared {
    /// The matches.
    pub deals: Vec<Deal>,
    /// What the buyers' and the sellers' side got of what each could have got alone, from 0 to 1;
    /// of CMAP only.
    pub of_own_optimum: Option<[f64; 2]>,
}

/// Clears a market.
pub fn clear(pool: &Pool, mechanism: Mechanism) -> Cleared {
    let all = |plans: usize| (0..plans).collect::<Vec<_>>();
    let needs: Vec<u64> = pool.buyers.iter().map(|buyer| buyer.volume.get()).collect();
    let supplies: Vec<u64> = pool.sellers.iter().map(|seller| seller.volume.get()).collect();
    let scores = Scores::of(pool, &all(needs.len()), &all(supplies.len()), &needs, &supplies);
    let scales = [Scale::of(&scores.buyers), Scale::of(&scores.sellers)];
    let both = Table::of(needs.len(), supplies.len(), |buyer, seller| {
        scales[0].ppm(scores.buyers[(buyer, seller)]) + scales[1].ppm(scores.sellers[(buyer, seller)])
    });
    let deal = |buyer: usize, seller: usize, volume: u64| Deal {
        buyer,
        seller,
        volume,
        satisfaction: f64::from(both[(buyer, seller)]) / 2e6,
    };
    let whole = |buyer: usize, seller: usize| needs[buyer].min(supplies[seller]);
    let mut of_own_optimum = None;
    let deals = match mechanism {
        Mechanism::Cmap => {
            let rounds = play(pool, 1, 1, false);
            of_own_optimum = rounds.first().map(|round| {
                [round.allocation.buyers, round.allocation.sellers].map(|of| of.got as f64 / of.greatest as f64)
            });
            rounds.iter().flat_map(|round| &round.matches).map(|of| deal(of.buyer, of.seller, of.volume)).collect()
        }
        Mechanism::OneToOne => {
            let pairs = assigned(&both, |_, _| 1);
            pairs.into_iter().map(|(buyer, seller)| deal(buyer, seller, whole(buyer, seller))).collect()
        }
        Mechanism::OneToOneByEnergy => {
            let pairs = assigned(&both, whole);
            pairs.into_iter().map(|(buyer, seller)| deal(buyer, seller, whole(buyer, seller))).collect()
        }
        Mechanism::HighLow => {
            let (mut buyers, mut sellers) = (all(needs.len()), all(supplies.len()));
            buyers.sort_by_key(|buyer| Reverse(pool.buyers[*buyer].limit));
            sellers.sort_by_key(|seller| pool.sellers[*seller].ask);
            let pairs = buyers.into_iter().zip(sellers);
            let pairs = pairs.take_while(|(buyer, seller)| pool.buyers[*buyer].limit >= pool.sellers[*seller].ask);
            pairs.map(|(buyer, seller)| deal(buyer, seller, whole(buyer, seller))).collect()
        }
    };
    Cleared { deals, of_own_optimum }
}

/// The one-to-one assignment with the greatest sum of satisfaction times weight.
fn assigned(satisfaction: &Table<u32>, weight: impl Fn(usize, usize) -> u64) -> Vec<(usize, usize)> {
    const SMALL: &str = "a drawn market has a few hundred plans of some hundred kWh";
    let (rows, columns) = (satisfaction.rows(), satisfaction.columns());
    let mut transport =
        Transport::new(&vec![1; rows], &vec![1; columns], Table::filled(rows, columns, true)).expect(SMALL);
    let worth = |row, column| i128::from(satisfaction[(row, column)]) * i128::from(weight(row, column));
    let shipments = transport.first_greatest(worth).expect(SMALL);
    shipments.into_iter().map(|of| (of.row, of.column)).collect()
}
