//! `veilgrid-grid-week/1`: a feeder with its households and what else flows on it over a week, for
//! the experiments that play households' readings.
//!
//! The base is listed by slots: each entry holds from its slot until the next entry's. Slots are
//! compared as text, as dates with a time can be.

mod file;

use crate::check::{Feeder, Load, Shape};
use crate::network::Places;
use crate::nodal::{Nodal, Unfit};
use crate::refused::{Problem, Refused};
use market::scenario::Scenario;

/// The format of the file.
pub const FORMAT: &str = "veilgrid-grid-week/1";

/// A feeder over a week.
#[derive(Clone, Debug)]
pub struct Week {
    feeder: Feeder,
    places: Places,
    /// From each slot on, what each bus takes out without the market.
    base: Vec<(String, Vec<Load>)>,
}

impl Week {
    /// Reads a file of this format. Errors, each with the path of its field: another format, every
    /// refusal of [`Feeder::new`] and [`Places::new`], a bus or power that is refused, and
    /// [`Problem::SlotOrder`].
    pub fn read(bytes: &[u8]) -> Result<Week, Refused> {
        let fields: file::Fields = market::json::read(bytes)?;
        if fields.format != FORMAT {
            return Err(Refused::at("format", Problem::Format { found: fields.format, known: FORMAT.into() }));
        }
        let feeder = Feeder::new(Shape {
            cycle_seconds: fields.cycle_seconds,
            root_mv: fields.root_mv,
            v_min_mv: fields.v_min_mv,
            v_max_mv: fields.v_max_mv,
            buses: fields.buses,
            lines: fields.lines,
        })?;
        let places = Places::new(feeder.buses(), fields.places)?;
        let mut base: Vec<(String, Vec<Load>)> = Vec::with_capacity(fields.base.len());
        for (index, entry) in fields.base.into_iter().enumerate() {
            if let Some((earlier, _)) = base.last().filter(|(earlier, _)| *earlier >= entry.from) {
                let problem = Problem::SlotOrder { slot: entry.from, earlier: earlier.clone() };
                return Err(Refused::at(format!("base[{index}].from"), problem));
            }
            let loads = feeder.loads(&entry.loads, &format!("base[{index}].loads"))?;
            base.push((entry.from, loads));
        }
        Ok(Week { feeder, places, base })
    }

    /// The feeder.
    pub fn feeder(&self) -> &Feeder {
        &self.feeder
    }

    /// Where the households are.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What each bus takes out without the market in a slot. Error: [`Problem::NoBase`] for a slot
    /// before the first entry.
    pub fn base(&self, slot: &str) -> Result<&[Load], Refused> {
        let after = self.base.partition_point(|(from, _)| from.as_str() <= slot);
        match after.checked_sub(1) {
            Some(index) => Ok(&self.base[index].1),
            None => Err(Refused::at("base", Problem::NoBase(slot.to_string()))),
        }
    }

    /// What each bus takes out without the market where no slot is known: the first entry. Error:
    /// [`Problem::NoBase`] where there is none.
    pub fn first_base(&self) -> Result<&[Load], Refused> {
        let first = self.base.first().map(|(_, loads)| loads.as_slice());
        first.ok_or_else(|| Refused::at("base", Problem::NoBase("of cycles without a start".into())))
    }

    /// The clearing rule `nodal` for a scenario whose cycles have these bases. Error: [`Unfit`].
    pub fn rule(&self, scenario: &Scenario, bases: &[&[Load]]) -> Result<Nodal, Unfit> {
        let radial = self.feeder.radial();
        let flows = |loads: &&[Load]| {
            let active: Vec<i128> = loads.iter().map(|load| load.active).collect();
            radial.flows(&active)
        };
        let flows: Vec<Vec<i128>> = bases.iter().map(flows).collect();
        Nodal::new((radial, self.feeder.limits()), self.feeder.cycle(), &self.places, &flows, scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

    fn file() -> Value {
        json!({
            "format": FORMAT, "cycle_seconds": 900, "root_mv": 400_000, "v_min_mv": 380_000, "v_max_mv": 420_000,
            "buses": ["T", "A"], "lines": [{ "from": "T", "to": "A", "r": 20, "x": 15, "limit": 8000 }],
            "base": [
                { "from": "2016-06-13T00:00", "loads": [] },
                { "from": "2016-06-13T06:00", "loads": [{ "bus": "A", "p": 10, "q": 1 }, { "bus": "A", "p": 5, "q": 1 }] },
            ],
            "places": { "H0": "A" },
        })
    }

    fn read(change: impl FnOnce(&mut Value)) -> Result<Week, Refused> {
        let mut file = file();
        change(&mut file);
        Week::read(file.to_string().as_bytes())
    }

    #[test]
    fn a_base_holds_until_the_next() {
        let week = read(|_| ()).unwrap();
        let load = |slot: &str| week.base(slot).map(|loads| loads[1].active);
        assert_eq!(load("2016-06-13T00:00"), Ok(0));
        assert_eq!(load("2016-06-13T05:45"), Ok(0));
        assert_eq!(load("2016-06-13T06:00"), Ok(15));
        assert_eq!(load("2016-06-20T00:00"), Ok(15));
        let refused = load("2016-06-12T23:45").unwrap_err();
        assert_eq!((refused.path.as_str(), refused.code()), ("base", "grid-slot"));
        let refused = read(|file| file["base"] = json!([])).unwrap().base("0").unwrap_err();
        assert_eq!(refused.problem, Problem::NoBase("0".into()));
    }

    #[test]
    fn each_bad_field_is_refused_with_its_path() {
        for (path, value, code) in [
            ("format", json!("veilgrid-grid-check/1"), "grid-format"),
            ("cycle_seconds", json!(1000), "grid-cycle"),
            ("v_max_mv", json!(1), "grid-band"),
            ("lines[0].limit", json!(-1), "grid-shape"),
            ("base[1].from", json!("2016-06-13T00:00"), "grid-slot"),
            ("base[1].loads[1].bus", json!("X"), "grid-unknown-bus"),
            ("base[1].loads[1].p", json!(1i64 << 40), "grid-bounds"),
            ("base[1].more", json!(1), "grid-shape"),
            ("places.H0", json!("X"), "grid-unknown-bus"),
            ("trades", json!([]), "grid-shape"),
        ] {
            let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let refused = read(|file| file.pointer_mut(parent).unwrap()[key] = value).unwrap_err();
            assert_eq!((refused.path.as_str(), refused.code()), (path, code), "{refused}");
        }
        for field in ["base", "places"] {
            let refused = read(|file| drop(file.as_object_mut().unwrap().remove(field))).unwrap_err();
            assert_eq!((refused.path.as_str(), refused.code()), (field, "grid-shape"));
        }
    }

    #[test]
    fn the_feeder_of_the_hundred_households_is_read() {
        let week = Week::read(include_bytes!("../../data/feeder-100hh.json")).unwrap();
        assert_eq!((week.feeder().buses().count(), week.places().count()), (30, 100));
        assert!(week.base("2016-06-13T00:00").is_ok());
    }
}
