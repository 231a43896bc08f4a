//! The grid's prices of a period, and the files that they stand in.

use super::prices::{LocalTime, Prices, SeriesFile};
use super::series::{self, Series};
use super::Description;
use crate::quarter_hour::QuarterHour;
use crate::settlement::Tariff;

/// A price that a series does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {file} has no price for {slot}; it must cover the whole period")]
pub struct NoPrice {
    /// The key of the price.
    pub key: &'static str,
    /// The file.
    pub file: String,
    /// The quarter hour.
    pub slot: QuarterHour,
}

/// A file of prices that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refused}")]
pub struct SeriesRefused {
    /// The file, as the description names it.
    pub file: String,
    /// Why it was refused.
    pub refused: series::Refused,
}

impl Description {
    fn prices(&self) -> [(&'static str, &Prices); 2] {
        [("tariff.retail", &self.tariff.retail), ("tariff.feed_in", &self.tariff.feed_in)]
    }

    /// Whether a price is not the same in every quarter hour.
    pub fn goes_by_time(&self) -> bool {
        self.prices().iter().any(|(_, prices)| !matches!(prices, Prices::Fixed(_)))
    }

    /// The files of prices that a caller must read.
    pub fn series_files(&self) -> Vec<&SeriesFile> {
        let series = self.prices().into_iter().filter_map(|(_, prices)| match prices {
            Prices::Series(file) => Some(file),
            _ => None,
        });
        series.collect()
    }

    /// Takes the bytes of every file of prices whose name is `file`. Error: [`SeriesRefused`].
    pub fn read_series(&mut self, file: &str, bytes: &[u8]) -> Result<(), SeriesRefused> {
        for prices in [&mut self.tariff.retail, &mut self.tariff.feed_in] {
            let Prices::Series(of) = prices else { continue };
            if of.file == file {
                let read = Series::parse(bytes, of.column.as_deref());
                of.series = Some(read.map_err(|refused| SeriesRefused { file: file.into(), refused })?);
            }
        }
        Ok(())
    }

    /// The grid's prices in a quarter hour, whose local time is `time`. Error: [`NoPrice`].
    pub fn tariff_at(&self, slot: QuarterHour, time: LocalTime) -> Result<Tariff, NoPrice> {
        let [retail, feed_in] = self.prices().map(|(key, prices)| {
            let file = || match prices {
                Prices::Series(of) => of.file.clone(),
                _ => String::new(),
            };
            prices.at(slot, time).ok_or_else(|| NoPrice { key, file: file(), slot })
        });
        Ok(Tariff { retail: retail?, feed_in: feed_in? })
    }
}
