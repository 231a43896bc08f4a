//! The quarter hours by which a household reads, forecasts and trades.

use protocol::units::Cycle;

/// Quarter hours of a day on a local clock.
pub const SLOTS_OF_DAY: u8 = 96;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// The days of a week, from Monday on.
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// The day that is `days` days later.
    pub const fn plus(self, days: u64) -> Weekday {
        Self::ALL[((self as u64 + days % 7) % 7) as usize]
    }

    /// Whether the day belongs to the weekend: Saturday and Sunday do.
    pub const fn is_weekend(self) -> bool {
        matches!(self, Weekday::Saturday | Weekday::Sunday)
    }
}

/// A quarter hour. Its number orders it among all others. Its day, its place in the day and its day
/// of the week are those of the household's local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    number: u32,
    day: u32,
    of_day: u8,
    weekday: Weekday,
}

impl Slot {
    /// The slot with that number on that local day. None unless `of_day` is below
    /// [`SLOTS_OF_DAY`]. On the day when the clock goes back, two slots have the same `of_day`.
    pub const fn new(number: u32, day: u32, of_day: u8, weekday: Weekday) -> Option<Slot> {
        if of_day < SLOTS_OF_DAY {
            Some(Slot { number, day, of_day, weekday })
        } else {
            None
        }
    }

    /// The slot that starts `number` quarter hours after 1970-01-01T00:00Z, where the local clock
    /// is `offset` quarter hours ahead of UTC in it. An offset beyond a day either way counts as a
    /// day. Local time before 1970 counts as its first quarter hour.
    pub fn since_1970(number: u32, offset: i32) -> Slot {
        let day_long = i64::from(SLOTS_OF_DAY);
        let local = (i64::from(number) + i64::from(offset).clamp(-day_long, day_long)).max(0) as u64;
        Slot::of_day_count(number, local, Weekday::Thursday)
    }

    /// The slot of row `number` of a table that starts at midnight on a day of the week, has a row
    /// for each quarter hour, and knows no change of the clock.
    pub fn of_table(number: u32, first_day: Weekday) -> Slot {
        Slot::of_day_count(number, number.into(), first_day)
    }

    fn of_day_count(number: u32, quarters: u64, first_day: Weekday) -> Slot {
        let (day, of_day) = (quarters / u64::from(SLOTS_OF_DAY), quarters % u64::from(SLOTS_OF_DAY));
        Slot { number, day: day as u32, of_day: of_day as u8, weekday: first_day.plus(day) }
    }

    /// The slot that comes so many quarter hours later, when the local clock is not changed in between.
    /// The last slot of all stands for those after it.
    pub fn later(&self, quarters: u32) -> Slot {
        let day_long = u32::from(SLOTS_OF_DAY);
        let of_day = u32::from(self.of_day) + quarters % day_long;
        let days = quarters / day_long + of_day / day_long;
        Slot {
            number: self.number.saturating_add(quarters),
            day: self.day.saturating_add(days),
            of_day: (of_day % day_long) as u8,
            weekday: self.weekday.plus(days.into()),
        }
    }

    /// The slot's number.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The number of the slot's local day.
    pub const fn day(&self) -> u32 {
        self.day
    }

    /// The quarter hour of the local day, 0 to 95.
    pub const fn of_day(&self) -> u8 {
        self.of_day
    }

    /// The local day of the week.
    pub const fn weekday(&self) -> Weekday {
        self.weekday
    }

    /// The market cycle of the slot. The cycle has the slot's number.
    pub fn cycle(&self) -> Cycle {
        Cycle::new(self.number).expect("every u32 numbers a cycle")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_knows_its_local_day() {
        // 2026-11-30 is a Monday, 20,787 days after 1970-01-01.
        let monday = Slot::since_1970(20_787 * 96, 0);
        assert_eq!((monday.day(), monday.of_day(), monday.weekday()), (20_787, 0, Weekday::Monday));
        let east = Slot::since_1970(20_787 * 96 + 92, 4);
        assert_eq!((east.day(), east.of_day(), east.weekday()), (20_788, 0, Weekday::Tuesday));
        let west = Slot::since_1970(20_787 * 96, -20);
        assert_eq!((west.day(), west.of_day(), west.weekday()), (20_786, 76, Weekday::Sunday));
        assert_eq!(west.number(), monday.number());
        assert_eq!(Slot::since_1970(3, i32::MIN).of_day(), 0);
        assert_eq!(Slot::since_1970(u32::MAX, i32::MAX).number(), u32::MAX);
    }

    #[test]
    fn a_table_starts_on_the_day_that_it_says() {
        let slot = Slot::of_table(96 * 5 + 95, Weekday::Wednesday);
        assert_eq!((slot.day(), slot.of_day(), slot.weekday()), (5, 95, Weekday::Monday));
        assert_eq!(slot.cycle().get(), 96 * 5 + 95);
    }

    #[test]
    fn a_day_has_96_slots() {
        assert!(Slot::new(0, 0, 95, Weekday::Monday).is_some());
        assert!(Slot::new(0, 0, 96, Weekday::Monday).is_none());
    }
}
