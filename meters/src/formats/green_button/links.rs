//! Which entry belongs to which, by their links.

use super::feed::{Content, Entry, ReadingType};
use crate::options::Limits;
use crate::{Problem, Refused};
use std::collections::BTreeMap;

/// A link and the links above it: `a/b/c`, `a/b`, `a`.
fn and_above(link: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(link), |link| link.rsplit_once('/').map(|(above, _)| above))
}

/// An entry that others are linked to.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) row: u64,
    own: Option<String>,
    up: Option<String>,
    related: Vec<String>,
}

impl Linked {
    /// Its name for messages.
    pub(super) fn name(&self) -> String {
        self.own.clone().unwrap_or_else(|| format!("MeterReading in row {}", self.row))
    }
}

/// The entries of a feed that others are linked to.
#[derive(Debug, Default)]
pub(super) struct Links {
    usage_points: Vec<Linked>,
    meter_readings: Vec<Linked>,
    reading_types: Vec<(Linked, ReadingType)>,
    usage_point_at: BTreeMap<String, usize>,
    meter_reading_at: BTreeMap<String, usize>,
    reading_type_at: BTreeMap<String, usize>,
    bytes: usize,
}

impl Links {
    /// Keeps an entry, unless it holds intervals or something else.
    pub(super) fn add(&mut self, entry: Entry, limits: &Limits) -> Result<(), Refused> {
        let Entry { row, own, up, related, content } = entry;
        let bytes: usize = own.iter().chain(&up).chain(&related).map(String::len).sum();
        let linked = Linked { row, own, up, related };
        match content {
            Content::UsagePoint => self.usage_points.push(linked),
            Content::MeterReading => self.meter_readings.push(linked),
            Content::ReadingType(kind) => self.reading_types.push((linked, kind)),
            Content::Intervals(_) | Content::Other => return Ok(()),
        }
        // Each entry counts for its links and for what is kept beside them.
        self.bytes += bytes + std::mem::size_of::<Linked>();
        if self.bytes > limits.memory {
            return Err(Problem::TooManyMeters(limits.most_meters).into());
        }
        Ok(())
    }

    /// Notes under which links each entry is found.
    pub(super) fn resolve(&mut self) {
        // A link of an entry to itself counts more than one from another.
        for (place, linked) in self.usage_points.iter().enumerate() {
            linked.related.iter().for_each(|link| _ = self.usage_point_at.insert(link.clone(), place));
        }
        for (place, linked) in self.meter_readings.iter().enumerate() {
            linked.related.iter().for_each(|link| _ = self.meter_reading_at.insert(link.clone(), place));
        }
        let own = |linked: &Linked| linked.own.clone();
        let owns = |at: &mut BTreeMap<String, usize>, links: &mut dyn Iterator<Item = Option<String>>| {
            links.enumerate().for_each(|(place, link)| _ = link.map(|link| at.insert(link, place)));
        };
        owns(&mut self.usage_point_at, &mut self.usage_points.iter().map(own));
        owns(&mut self.meter_reading_at, &mut self.meter_readings.iter().map(own));
        owns(&mut self.reading_type_at, &mut self.reading_types.iter().map(|(linked, _)| own(linked)));
    }

    /// How many usage points there are.
    pub(super) fn usage_points(&self) -> usize {
        self.usage_points.len()
    }

    /// A meter reading by its place.
    pub(super) fn meter_reading(&self, place: usize) -> &Linked {
        &self.meter_readings[place]
    }

    /// The meter reading that a block of intervals belongs to: by its links, or because there is
    /// only one.
    pub(super) fn meter_reading_of(&self, block: &Entry) -> Option<usize> {
        let links = block.up.iter().chain(&block.own).chain(&block.related);
        let found = links.flat_map(|link| and_above(link)).find_map(|link| self.meter_reading_at.get(link));
        found.copied().or((self.meter_readings.len() == 1).then_some(0))
    }

    /// The reading type of a meter reading, and its row.
    pub(super) fn reading_type_of(&self, meter_reading: usize) -> Option<(&ReadingType, u64)> {
        let related = &self.meter_readings[meter_reading].related;
        let found = related.iter().find_map(|link| self.reading_type_at.get(link)).copied();
        let (linked, kind) = &self.reading_types[found.or((self.reading_types.len() == 1).then_some(0))?];
        Some((kind, linked.row))
    }

    /// The last part of the link of the usage point that a meter reading belongs to.
    pub(super) fn usage_point_name(&self, meter_reading: usize) -> Option<String> {
        let reading = &self.meter_readings[meter_reading];
        let links = || reading.up.iter().chain(&reading.own).flat_map(|link| and_above(link));
        let found = links().find_map(|link| self.usage_point_at.get(link)).copied();
        let found = found.or((self.usage_points.len() == 1).then_some(0));
        let link = match found {
            Some(place) => self.usage_points[place].own.clone(),
            // A feed without usage points may still name them in its links.
            None => links()
                .find(|link| and_above(link).nth(1).is_some_and(|above| above.ends_with("UsagePoint")))
                .map(Into::into),
        };
        link?.rsplit('/').next().filter(|name| !name.is_empty()).map(Into::into)
    }
}
