#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod books;
pub mod cmap;
pub mod concentration;
pub mod decimal;
pub mod description;
pub mod energy;
pub mod household_id;
pub mod json;
pub mod matching;
pub mod mechanism;
pub mod neighbourhood;
pub mod order_book;
pub mod outcome;
pub mod play;
pub mod quarter_hour;
pub mod readings;
pub mod rules;
pub mod scenario;
pub mod score;
pub mod seeded;
pub mod settlement;
pub mod transport;
pub mod utc;
