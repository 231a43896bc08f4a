//! Prices that may change from one quarter hour to the next.

use super::series::Series;
use crate::quarter_hour::QuarterHour;
use protocol::units::Price;

/// Quarter hours of a local day of 24 hours.
pub const QUARTERS_OF_DAY: u16 = 96;

/// The days of a week, Monday first.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A quarter hour on the clock of the market's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The day of the week, 0 for Monday to 6 for Sunday.
    pub weekday: u8,
    /// The quarter hour of the day by the clock, 0 to 95.
    pub quarter: u16,
}

/// A price in each quarter hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prices {
    /// The same price always.
    Fixed(Price),
    /// A price by day of the week and time of the day.
    Bands(Bands),
    /// A price for each interval of a CSV file.
    Series(SeriesFile),
}

/// Prices by day of the week and time of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// The bands. No two of them have a quarter hour in common.
    pub bands: Vec<Band>,
    /// The price outside all bands.
    pub otherwise: Price,
}

/// A time of some days with its own price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The days on which the band begins, Monday first.
    pub days: [bool; 7],
    /// The first quarter hour, 0 to 95.
    pub from: u16,
    /// The quarter hour before which the band ends, 1 to 96. At or below `from`: on the next day.
    pub to: u16,
    /// The price.
    pub price: Price,
}

/// A file of prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesFile {
    /// The file's name, as the description has it.
    pub file: String,
    /// The header of the prices' column. None: the only column beside the time.
    pub column: Option<String>,
    /// What the file has. None until the file was read.
    pub series: Option<Series>,
}

impl Band {
    /// Whether the band covers that time.
    pub fn covers(&self, time: LocalTime) -> bool {
        let day = usize::from(time.weekday % 7);
        let before = (day + 6) % 7;
        if self.from < self.to {
            return self.days[day] && (self.from..self.to).contains(&time.quarter);
        }
        (self.days[day] && time.quarter >= self.from) || (self.days[before] && time.quarter < self.to)
    }
}

impl Bands {
    /// The price at that time.
    pub fn at(&self, time: LocalTime) -> Price {
        self.bands.iter().find(|band| band.covers(time)).map_or(self.otherwise, |band| band.price)
    }
}

impl Prices {
    /// The price in a quarter hour, whose local time is `time`. None where the series has none, or
    /// was not read.
    pub fn at(&self, slot: QuarterHour, time: LocalTime) -> Option<Price> {
        match self {
            Prices::Fixed(price) => Some(*price),
            Prices::Bands(bands) => Some(bands.at(time)),
            Prices::Series(file) => file.series.as_ref()?.at(slot),
        }
    }

    /// The price that stands for all where only one can: the price outside all bands, or the first
    /// of a series. None for a series that was not read.
    pub fn base(&self) -> Option<Price> {
        match self {
            Prices::Fixed(price) => Some(*price),
            Prices::Bands(bands) => Some(bands.otherwise),
            Prices::Series(file) => file.series.as_ref().map(Series::first_price),
        }
    }
}

/// Every quarter hour of a week by the clock.
pub fn times_of_week() -> impl Iterator<Item = LocalTime> {
    (0..7).flat_map(|weekday| (0..QUARTERS_OF_DAY).map(move |quarter| LocalTime { weekday, quarter }))
}

/// A time of the day as people write it.
pub fn clock(quarter: u16) -> String {
    format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15)
}
