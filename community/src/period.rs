//! Times on the command line: with an offset, or in the market's zone.

use market::quarter_hour::QuarterHour;
use meters::clock::{Clock, Meaning};
use terminal::Failure;

/// Why a time on the command line is none.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0:?} is no time: write 2025-06-10, 2025-06-10T12:00 in the market's zone, or 2025-06-10T12:00Z")]
    NoTime(String),
    #[error("{0:?} does not begin a quarter hour")]
    Between(String),
    #[error("{text:?} comes twice in {zone}, when clocks go back: add the offset, like +02:00")]
    Twice { text: String, zone: String },
    #[error("{text:?} does not exist in {zone}: clocks go forward over it")]
    Never { text: String, zone: String },
}

/// The quarter hour that a text names. Without an offset it is on `clock`.
pub fn time(text: &str, clock: &Clock) -> Result<QuarterHour, Failure> {
    parse(text, clock).map_err(|refused| Failure::refused("command line", "time", refused))
}

fn parse(text: &str, clock: &Clock) -> Result<QuarterHour, Refused> {
    use market::quarter_hour::Fault;
    let no_time = || Refused::NoTime(text.into());
    match QuarterHour::parse(text) {
        Ok(slot) => return Ok(slot),
        Err(Fault::Between) => return Err(Refused::Between(text.into())),
        Err(_) => {}
    }
    let whole = if text.len() == "2025-06-10".len() { format!("{text}T00:00") } else { text.to_string() };
    let local = match QuarterHour::parse(&format!("{whole}Z")) {
        Ok(slot) => slot.seconds(),
        Err(Fault::Between) => return Err(Refused::Between(text.into())),
        Err(_) => return Err(no_time()),
    };
    let zone = || clock.name().to_string();
    let seconds = match clock.meaning(local, &mut 0).map_err(|_| no_time())? {
        Meaning::One(seconds) => seconds,
        Meaning::Two(..) => return Err(Refused::Twice { text: text.into(), zone: zone() }),
        Meaning::None => return Err(Refused::Never { text: text.into(), zone: zone() }),
    };
    QuarterHour::starting_at(seconds).map_err(|_| no_time())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_the_markets_zone_unless_it_has_an_offset() {
        let berlin = Clock::of_zone("Europe/Berlin").unwrap();
        let at = |text: &str| parse(text, &berlin).map(|slot| slot.to_string()).map_err(|refused| refused.to_string());
        for (text, utc) in [
            ("2025-06-10", "2025-06-09T22:00:00Z"),
            ("2025-06-10T12:00", "2025-06-10T10:00:00Z"),
            ("2025-06-10 12:00:00", "2025-06-10T10:00:00Z"),
            ("2025-06-10T12:00Z", "2025-06-10T12:00:00Z"),
            ("2025-10-26T02:15+01:00", "2025-10-26T01:15:00Z"),
        ] {
            assert_eq!(at(text), Ok(utc.into()), "{text}");
        }
        assert!(at("2025-10-26T02:15").unwrap_err().contains("comes twice in Europe/Berlin"));
        assert!(at("2025-03-30T02:15").unwrap_err().contains("does not exist in Europe/Berlin"));
        assert!(at("2025-06-10T12:10").unwrap_err().contains("does not begin a quarter hour"));
        assert!(at("noon").unwrap_err().contains("is no time"));
        assert!(at("").is_err());
    }
}
