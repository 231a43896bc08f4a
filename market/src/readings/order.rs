//! The order of slots: whether they follow each other every 15 minutes, and the number of each.

use super::clock::Clock;
use super::refused::Problem;
use super::stamp::{Stamp, Style, DAY, STYLES};
use std::collections::BTreeMap;

/// What becomes of slots that are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    /// A file with a gap in the chosen slots is refused.
    #[default]
    Refuse,
    /// The slots are left out. Those after them keep their numbers.
    Skip,
}

const QUARTER: i64 = 900;
const HOUR: i64 = 3600;
/// Slots in an hour.
const OF_HOUR: u32 = 4;

/// What is known of the order of slots, in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// How many slots after the first each comes, missing ones included.
    pub numbers: Vec<u32>,
    /// Gaps before a slot, by its place.
    pub gaps: BTreeMap<usize, Problem>,
    /// Whether the file has the newest slot first.
    pub newest_first: bool,
    /// What is worth saying.
    pub notes: Vec<String>,
}

/// Where in the file, and what is wrong.
type Fault = (usize, Problem);

impl Order {
    /// The order of slots as the file names them. A fault has the slot's place in the file.
    pub fn of(names: &[String], clock: &dyn Clock) -> Result<Order, Fault> {
        let mut first_fault = None;
        for style in STYLES {
            let Some(stamps) = read(names, style) else { continue };
            match follow(names, &stamps, style, clock) {
                Ok(order) if order.gaps.is_empty() => return Ok(order),
                other => {
                    first_fault.get_or_insert(other);
                }
            }
        }
        match first_fault {
            Some(order) => order,
            None => unread(names),
        }
    }
}

fn read(names: &[String], style: Style) -> Option<Vec<Stamp>> {
    let stamps = names.iter().map(|name| Stamp::read(name, style)).collect::<Option<Vec<Stamp>>>()?;
    stamps.iter().all(|stamp| stamp.offset.is_some() == stamps[0].offset.is_some()).then_some(stamps)
}

/// Slots whose names are no times: their order is the file's. Names that mix times with others, or
/// that repeat, are refused.
fn unread(names: &[String]) -> Result<Order, Fault> {
    let first = || names[0].clone();
    let reads = |name: &String, style: Style| Stamp::read(name, style);
    let of_first = STYLES.into_iter().find_map(|style| reads(&names[0], style).map(|stamp| (style, stamp)));
    for (place, name) in names.iter().enumerate() {
        let like_first = match of_first {
            Some((style, stamp)) => reads(name, style).is_some_and(|of| of.offset.is_some() == stamp.offset.is_some()),
            None => !Stamp::looks_like_time(name),
        };
        if !like_first {
            return Err((place, Problem::Style { found: name.clone(), first: first() }));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    if let Some(place) = names.iter().position(|name| !seen.insert(name)) {
        return Err((place, Problem::Twice { found: names[place].clone() }));
    }
    let note = "the slots' names are no times, so nobody has checked that they follow each other every 15 minutes";
    Ok(Order { numbers: (0..names.len() as u32).collect(), notes: vec![note.into()], ..Order::default() })
}

/// Follows slots from one to the next, in the order of time.
fn follow(names: &[String], stamps: &[Stamp], style: Style, clock: &dyn Clock) -> Result<Order, Fault> {
    let step = |before: &Stamp, after: &Stamp| match style {
        // Without a date, a step is at most a day forward.
        Style::Clock => (after.seconds() - before.seconds()).rem_euclid(DAY),
        _ => after.seconds() - before.seconds(),
    };
    let count = |wanted: i64| stamps.windows(2).filter(|pair| step(&pair[0], &pair[1]) == wanted).count();
    let back = if style == Style::Clock { DAY - QUARTER } else { -QUARTER };
    let falls = style != Style::Clock && stamps[stamps.len() - 1].seconds() < stamps[0].seconds();
    let newest_first = count(back) > count(QUARTER) || (count(back) == count(QUARTER) && falls);
    let place = |nth: usize| if newest_first { stamps.len() - 1 - nth } else { nth };

    let mut order = Order { newest_first, ..Order::default() };
    let (mut number, mut repeated): (u32, Option<i64>) = (0, None);
    let mut changes: (Vec<&str>, Vec<&str>) = Default::default();
    order.numbers.push(number);
    not_there(&names[place(0)], &stamps[place(0)], clock).map_err(|problem| (place(0), problem))?;
    for nth in 1..stamps.len() {
        let (from, at) = (place(nth - 1), place(nth));
        let (before, stamp) = (&stamps[from], &stamps[at]);
        let (found, earlier) = shown(&names[at], &names[from], stamp, before, style);
        let fault = |problem| Err((at, problem));
        let wall_clock = stamp.offset.is_none() && style != Style::Clock;
        not_there(&names[at], stamp, clock).map_err(|problem| (at, problem))?;
        match step(before, stamp) {
            QUARTER if wall_clock && hour_is_once(before, stamp, repeated, clock) => {
                let zone = clock.zone().unwrap_or_default().to_string();
                number += 1 + OF_HOUR;
                order.gaps.insert(nth, Problem::OnceNotTwice { found, before: earlier, zone });
            }
            QUARTER => number += 1,
            // The clock goes back: the same hour again.
            step if step == QUARTER - HOUR
                && wall_clock
                && repeated != Some(stamp.local)
                && clock.repeats(stamp.local) =>
            {
                repeated = Some(stamp.local);
                changes.0.push(&names[at]);
                number += 1;
            }
            // The clock goes forward: an hour that is not there.
            step if step == QUARTER + HOUR && wall_clock && clock.skips(before.local + QUARTER) => {
                changes.1.push(&names[at]);
                number += 1;
            }
            0 => return fault(Problem::SlotTwice { found: names[at].clone(), zone: clock.zone().map(str::to_string) }),
            step if step < 0 => {
                let again = wall_clock && stamps[..at].iter().any(|stamp| *stamp == stamps[at]);
                return fault(match again && !newest_first {
                    true => Problem::SlotTwice { found: names[at].clone(), zone: clock.zone().map(str::to_string) },
                    false => Problem::Backwards { found, before: earlier },
                });
            }
            step if step % QUARTER != 0 || count(QUARTER).max(count(back)) == 0 => {
                let minutes = if step % 60 == 0 { format!("{} minutes", step / 60) } else { format!("{step} seconds") };
                return fault(Problem::Step { found, before: earlier, minutes });
            }
            step => {
                let missing = (step / QUARTER) as u64 - 1;
                number = number.saturating_add((step / QUARTER).min(u32::MAX.into()) as u32);
                order.gaps.insert(nth, Problem::Gap { found, before: earlier, missing });
            }
        }
        order.numbers.push(number);
    }
    order.notes = notes(newest_first, &changes, clock);
    Ok(order)
}

/// Whether the clock shows the hour before `stamp` twice, and the file has it once.
fn hour_is_once(before: &Stamp, stamp: &Stamp, repeated: Option<i64>, clock: &dyn Clock) -> bool {
    let twice = clock.zone().is_some() && clock.repeats(before.local) && !clock.repeats(stamp.local);
    twice && repeated.is_none_or(|repeated| !(0..HOUR).contains(&(before.local - repeated)))
}

fn not_there(name: &str, stamp: &Stamp, clock: &dyn Clock) -> Result<(), Problem> {
    match clock.zone() {
        Some(zone) if stamp.offset.is_none() && clock.skips(stamp.local) => {
            Err(Problem::NotThere { found: name.into(), zone: zone.into() })
        }
        _ => Ok(()),
    }
}

/// Two neighbouring slots for a message: by the time of the day, where their date is the same.
fn shown(name: &str, before_name: &str, stamp: &Stamp, before: &Stamp, style: Style) -> (String, String) {
    let same_day = stamp.local.div_euclid(DAY) == before.local.div_euclid(DAY) && stamp.offset == before.offset;
    if style == Style::Clock || !same_day || stamp.local == before.local {
        return (name.to_string(), before_name.to_string());
    }
    let clock = |local: i64| format!("{:02}:{:02}", local.rem_euclid(DAY) / 3600, local.rem_euclid(3600) / 60);
    (clock(stamp.local), clock(before.local))
}

fn notes(newest_first: bool, (back, forward): &(Vec<&str>, Vec<&str>), clock: &dyn Clock) -> Vec<String> {
    let mut notes = Vec::new();
    if newest_first {
        notes.push("the newest slot is first; the slots are put into the order of time".to_string());
    }
    let zone = clock
        .zone()
        .map_or("clocks change somewhere (--zone names where)".to_string(), |zone| format!("so it is in {zone}"));
    if let Some(first) = back.first() {
        notes.push(format!("the hour from {first} on comes twice, as clocks go back: {zone}"));
    }
    if let Some(first) = forward.first() {
        notes.push(format!("the hour before {first} is not there, as clocks go forward: {zone}"));
    }
    notes
}
