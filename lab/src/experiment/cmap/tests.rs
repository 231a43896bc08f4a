use super::clear::{clear, Deal};
use super::published::{Stated, ROWS};
use super::*;

fn sums(pool: &market::cmap::Pool, deals: &[Deal]) -> (Vec<u64>, Vec<u64>) {
    let (mut bought, mut sold) = (vec![0; pool.buyers.len()], vec![0; pool.sellers.len()]);
    for deal in deals {
        assert!(deal.volume > 0 && (0.0..=1.0).contains(&deal.satisfaction));
        bought[deal.buyer] += deal.volume;
        sold[deal.seller] += deal.volume;
    }
    (bought, sold)
}

#[test]
fn the_draws_are_those_of_the_report_and_of_the_seed_alone() {
    let pool = draw::market(1, 0, Attributes::First, 200);
    assert_eq!(pool, draw::market(1, 0, Attributes::First, 200));
    assert_ne!(pool, draw::market(1, 1, Attributes::First, 200));
    assert_ne!(pool, draw::market(2, 0, Attributes::First, 200));
    let random = draw::market(1, 0, Attributes::Random, 200);
    assert_eq!(pool.distances, random.distances);
    let prices = pool.buyers.iter().map(|plan| plan.limit).chain(pool.sellers.iter().map(|plan| plan.ask));
    assert!(prices.clone().all(|price| (302_300..=1_416_700).contains(&price.get())));
    let mean = prices.map(|price| price.get() as f64).sum::<f64>() / 400.0;
    assert!((mean - 859_500.0).abs() < 50_000.0, "{mean}");
    // Every attribute is drawn by somebody, three by everybody, and a type is wanted where it is
    // minded.
    let minds = random.buyers.iter().map(|plan| {
        let w = plan.weights;
        assert_eq!(plan.wanted.is_some(), w.energy_type > 0);
        [w.price, w.supply, w.loss, w.energy_type, w.environment, w.reputation]
    });
    let minds: Vec<[u16; 6]> = minds.collect();
    assert!(minds.iter().all(|of| of.iter().sum::<u16>() == 1000 && of.iter().filter(|w| **w > 0).count() == 3));
    for attribute in 0..6 {
        let count = |weight: u16| minds.iter().filter(|of| of[attribute] == weight).count();
        assert!([500, 300, 200].iter().all(|weight| (12..=60).contains(&count(*weight))), "{attribute}");
    }
}

#[test]
fn every_mechanism_keeps_within_the_plans() {
    let pool = draw::market(3, 0, Attributes::Random, 40);
    let needs: u64 = pool.buyers.iter().map(|plan| plan.volume.get()).sum();
    let supplies: u64 = pool.sellers.iter().map(|plan| plan.volume.get()).sum();
    for mechanism in Mechanism::ALL {
        let cleared = clear(&pool, mechanism);
        assert_eq!(cleared, clear(&pool, mechanism));
        let (bought, sold) = sums(&pool, &cleared.deals);
        assert!(bought.iter().zip(&pool.buyers).all(|(bought, plan)| *bought <= plan.volume.get()));
        assert!(sold.iter().zip(&pool.sellers).all(|(sold, plan)| *sold <= plan.volume.get()));
        let once = |plans: Vec<usize>| plans.iter().collect::<std::collections::BTreeSet<_>>().len() == plans.len();
        let alone = once(cleared.deals.iter().map(|deal| deal.buyer).collect())
            && once(cleared.deals.iter().map(|deal| deal.seller).collect());
        // CMAP alone splits plans, and it serves the short side in full.
        assert_eq!(alone, mechanism != Mechanism::Cmap);
        let total: u64 = bought.iter().sum();
        assert_eq!(total == needs.min(supplies), mechanism == Mechanism::Cmap);
        assert_eq!(cleared.of_own_optimum.is_some(), mechanism == Mechanism::Cmap);
    }
    let high_low = clear(&pool, Mechanism::HighLow);
    assert!(high_low.deals.iter().all(|deal| pool.buyers[deal.buyer].limit >= pool.sellers[deal.seller].ask));
    assert_eq!(clear(&pool, Mechanism::OneToOne).deals.len(), 40);
}

#[test]
fn what_is_stated_is_met_or_not() {
    use super::published::{Met, Row};
    let met = |stated, unit, mean: f64, spread: f64| {
        let row = Row { stated: [stated, Stated::Nothing], unit, ..ROWS[0] };
        let draws = (mean, mean - spread, mean + spread);
        assert_eq!(row.met(1, draws), Met::NothingStated);
        row.met(0, draws)
    };
    let within = Stated::Within(2.0, 3.0);
    assert_eq!([2.0, 3.0, 3.1].map(|mean| met(within, "%", mean, 0.0)), [Met::Yes, Met::Yes, Met::No]);
    assert_eq!([3.1, 1.9, 3.3].map(|mean| met(within, "%", mean, 0.2)), [Met::BySome, Met::BySome, Met::No]);
    assert_eq!([81.1, 85.1].map(|mean| met(Stated::Near(83.0), "%", mean, 0.0)), [Met::Yes, Met::No]);
    assert_eq!([4.19, 3.79].map(|mean| met(Stated::Near(4.0), "km", mean, 0.0)), [Met::Yes, Met::No]);
}

#[test]
fn the_findings_have_every_measure_and_every_plot() {
    let found = find(5, 2, 30);
    let json = tables::json(&found);
    assert_eq!(json["measures"].as_array().unwrap().len(), ROWS.len());
    assert_eq!(json["draws"], serde_json::json!([0, 1]));
    assert_eq!(json, tables::json(&find(5, 2, 30)));
    let texts = [tables::summary(&found), tables::markdown(&found)];
    assert!(texts.iter().all(|text| ROWS.iter().all(|row| text.contains(row.name)) && !text.contains("NaN")));
    for plot in plots::all(&found) {
        assert!(plot.svg.starts_with("<svg ") && !plot.svg.contains("NaN"), "{}", plot.name);
    }
}
