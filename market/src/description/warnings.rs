//! What is allowed in a description, and still hardly meant.

use super::prices::{clock, times_of_week, Prices, DAYS};
use super::table::PRICE_PLACES;
use super::Description;
use crate::decimal;
use crate::settlement::Tariff;
use protocol::units::{Price, Tick, TICKS};
use std::collections::BTreeMap;

fn text(price: Price) -> String {
    decimal::write(price.get(), PRICE_PLACES)
}

impl Description {
    /// Warnings of the prices that are known without a period: fixed ones and bands. Prices of a
    /// series are warned of by [`Description::warnings_over`].
    pub fn warnings(&self) -> Vec<String> {
        let series = |prices: &Prices| matches!(prices, Prices::Series(_));
        if series(&self.tariff.retail) || series(&self.tariff.feed_in) {
            return Vec::new();
        }
        let at = times_of_week().map(|time| {
            let name = match (&self.tariff.retail, &self.tariff.feed_in) {
                (Prices::Fixed(_), Prices::Fixed(_)) => "always".to_string(),
                _ => format!("for example on {} at {}", DAYS[usize::from(time.weekday)], clock(time.quarter)),
            };
            let tariff = self.tariff_at(Default::default(), time).expect("neither price is a series");
            (name, tariff)
        });
        self.warnings_over(at)
    }

    /// Warnings of the tariffs of some intervals, each with words that say when it is.
    pub fn warnings_over(&self, tariffs: impl Iterator<Item = (String, Tariff)>) -> Vec<String> {
        let first = self.market.grid.first();
        let last = self.market.grid.price(Tick::new(TICKS as u8 - 1).expect("the last tick"));
        let penalty = self.market.terms.penalty;
        // By kind, so that each is said once, with the first interval and a count.
        let mut found: BTreeMap<u8, (String, u64)> = BTreeMap::new();
        let mut note = |kind: u8, words: &dyn Fn() -> String| {
            found.entry(kind).or_insert_with(|| (words(), 0)).1 += 1;
        };
        let mut intervals = 0u64;
        for (when, Tariff { feed_in, retail }) in tariffs {
            intervals += 1;
            if retail < feed_in {
                note(0, &|| {
                    let (retail, feed_in) = (text(retail), text(feed_in));
                    format!(
                        "retail {retail} is below feed-in {feed_in}, {when}: no price suits both a seller and a buyer"
                    )
                });
            }
            for (kind, name, price) in [(1, "feed-in", feed_in), (2, "retail", retail)] {
                if price < first || price > last {
                    note(kind, &|| {
                        let (price, first, last) = (text(price), text(first), text(last));
                        format!(
                            "market.price_grid leaves prices out: it has {first} to {last}, and {name} is {price}, {when}"
                        )
                    });
                }
            }
            let spread = retail.get().saturating_sub(feed_in.get());
            if penalty.get() > spread {
                note(3, &|| {
                    let (penalty, spread) = (text(penalty), decimal::write(spread, PRICE_PLACES));
                    format!(
                        "market.penalty {penalty} is above retail less feed-in, which is {spread}, {when}: another's \
                         failure pays more than a trade"
                    )
                });
            }
        }
        let words = |(words, count): (String, u64)| match count {
            count if count < intervals && count > 1 => format!("{words} ({count} of {intervals} intervals)"),
            _ => words,
        };
        found.into_values().map(words).collect()
    }
}
