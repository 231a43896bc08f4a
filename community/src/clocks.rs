//! Where clocks change, for files whose slots are local times.

use market::description::LocalTime;
use market::quarter_hour::QuarterHour;
use market::readings;
use meters::clock::{Clock, Meaning};
use terminal::Failure;

/// Zones that stand for all others, where the zone of a file is not known: between them they change
/// their clocks at every hour at which households' clocks are changed.
const EVERYWHERE: [&str; 16] = [
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "Atlantic/Azores",
    "America/St_Johns",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Santiago",
    "America/Havana",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Asia/Jerusalem",
];

/// The clock of one zone, or of all, where the zone is not known.
pub struct Clocks {
    zone: Option<String>,
    clocks: Vec<Clock>,
}

impl Clocks {
    /// The clock of a zone, or of any. Error: there is no such zone.
    pub fn of(zone: Option<&str>) -> Result<Clocks, Failure> {
        let clocks = match zone {
            Some(zone) => vec![clock(zone)?],
            None => EVERYWHERE.iter().map(|zone| clock(zone)).collect::<Result<_, _>>()?,
        };
        Ok(Clocks { zone: zone.map(str::to_string), clocks })
    }

    fn any(&self, local: i64, is: impl Fn(Meaning) -> bool) -> bool {
        self.clocks.iter().any(|clock| clock.meaning(local, &mut 0).is_ok_and(&is))
    }
}

impl readings::Clock for Clocks {
    fn repeats(&self, local: i64) -> bool {
        self.any(local, |meaning| matches!(meaning, Meaning::Two(..)))
    }

    fn skips(&self, local: i64) -> bool {
        self.any(local, |meaning| meaning == Meaning::None)
    }

    fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }
}

/// The clock of a zone. Error: there is no such zone.
pub fn clock(zone: &str) -> Result<Clock, Failure> {
    Clock::of_zone(zone).map_err(|refused| Failure::refused("time zone", refused.code(), refused))
}

/// The start of a quarter hour on a clock, with its offset from UTC: `2025-06-10T14:00:00+02:00`.
/// None outside the calendar.
pub fn written(clock: &Clock, slot: QuarterHour) -> Option<String> {
    let offset = clock.offset_at(slot.seconds());
    let local = market::utc::Utc::from_seconds(slot.seconds() + offset)?.to_string();
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    Some(format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60))
}

/// A quarter hour on a clock.
pub fn local_time(clock: &Clock, slot: QuarterHour) -> LocalTime {
    let local = slot.seconds() + clock.offset_at(slot.seconds());
    // 1970 began on a Thursday.
    let weekday = (local.div_euclid(86_400) + 3).rem_euclid(7) as u8;
    LocalTime { weekday, quarter: (local.rem_euclid(86_400) / 900) as u16 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::readings::Clock as _;

    #[test]
    fn a_quarter_hour_has_its_local_day_and_time() {
        let berlin = clock("Europe/Berlin").unwrap();
        let at = |text: &str| local_time(&berlin, QuarterHour::parse(text).unwrap());
        // A Sunday; clocks go back at 01:00 UTC.
        assert_eq!(at("2025-10-25T22:00:00Z"), LocalTime { weekday: 6, quarter: 0 });
        assert_eq!(at("2025-10-26T00:15:00Z"), LocalTime { weekday: 6, quarter: 9 });
        assert_eq!(at("2025-10-26T01:15:00Z"), LocalTime { weekday: 6, quarter: 9 });
        assert_eq!(at("2025-10-26T23:00:00Z"), LocalTime { weekday: 0, quarter: 0 });
        assert!(clock("Europe/Nowhere").is_err());
    }

    #[test]
    fn a_change_is_known_where_it_is_and_where_the_zone_is_not_known() {
        let local = |text: &str| QuarterHour::parse(&format!("{text}:00Z")).unwrap().seconds();
        for zone in [None, Some("Europe/Berlin")] {
            let clocks = Clocks::of(zone).unwrap();
            assert!(clocks.repeats(local("2025-10-26T02:15")) && !clocks.repeats(local("2025-10-27T02:15")));
            assert!(clocks.skips(local("2025-03-30T02:15")) && !clocks.skips(local("2025-06-10T11:00")));
        }
        let sydney = local("2025-10-05T02:15");
        assert!(Clocks::of(None).unwrap().skips(sydney) && !Clocks::of(Some("Europe/Berlin")).unwrap().skips(sydney));
    }
}
