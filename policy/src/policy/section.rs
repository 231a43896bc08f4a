//! A section of a TOML file whose keys are taken one by one, so that a key that nobody takes is
//! noticed.

use super::refused::{Problem, Refused};
use crate::decimal::{self, MONEY_PLACES, PRICE_PLACES};
use crate::share::Share;
use protocol::units::{Energy, Money, Price};
use toml::{Table, Value};

/// A section, and the keys that were taken from it.
pub(super) struct Section {
    path: String,
    table: Table,
    taken: Vec<&'static str>,
}

impl Section {
    pub(super) fn root(table: Table) -> Section {
        Section { path: String::new(), table, taken: Vec::new() }
    }

    /// The path of a key of this section.
    fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.into()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A refusal of a key's value.
    pub(super) fn refuse(&self, key: &str, problem: Problem) -> Refused {
        Refused { path: self.path(key), problem }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.taken.push(key);
        self.table.remove(key)
    }

    fn wrong_kind(&self, key: &str, found: &Value, expected: &'static str) -> Refused {
        self.refuse(key, Problem::Kind { found: found.type_str(), expected })
    }

    /// Refuses a key that a later version will have.
    pub(super) fn reserved(&mut self, key: &'static str) -> Result<(), Refused> {
        match self.table.contains_key(key) {
            true => Err(self.refuse(key, Problem::Reserved)),
            false => Ok(()),
        }
    }

    /// A section below this one; an empty one where it is left out.
    pub(super) fn section(&mut self, key: &'static str) -> Result<Section, Refused> {
        let table = match self.take(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => return Err(self.wrong_kind(key, &other, "a section")),
        };
        Ok(Section { path: self.path(key), table, taken: Vec::new() })
    }

    /// Refuses the keys that nobody took.
    pub(super) fn end(self) -> Result<(), Refused> {
        match self.table.keys().next() {
            Some(key) => Err(self.refuse(key, Problem::Unknown { known: self.taken.join(", ") })),
            None => Ok(()),
        }
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, Refused> {
        match self.take(key) {
            None => Ok(default),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(other) => Err(self.wrong_kind(key, &other, "true or false")),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, Refused> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_kind(key, &other, "a text in quotes")),
        }
    }

    /// A whole number in `least..=most`.
    pub(super) fn whole(&mut self, key: &'static str, least: u64, most: u64, default: u64) -> Result<u64, Refused> {
        let found = match self.take(key) {
            None => return Ok(default),
            Some(Value::Integer(found)) => found,
            Some(other) => return Err(self.wrong_kind(key, &other, "a whole number")),
        };
        match u64::try_from(found) {
            Ok(value) if (least..=most).contains(&value) => Ok(value),
            _ => Err(self.refuse(key, Problem::Bounds { found, least, most })),
        }
    }

    /// A share in per mille.
    pub(super) fn share(&mut self, key: &'static str, default: Share) -> Result<Share, Refused> {
        let per_mille = self.whole(key, 0, Share::ALL.get().into(), default.get().into())?;
        Ok(Share::new(per_mille as u16).unwrap_or(default))
    }

    /// Energy in Wh.
    pub(super) fn energy(&mut self, key: &'static str, default: Energy) -> Result<Energy, Refused> {
        let wh = self.whole(key, 0, Energy::MAX.get(), default.get())?;
        Ok(Energy::new(wh).unwrap_or(default))
    }

    /// A price in currency per kWh, as a decimal number in quotes.
    pub(super) fn price(&mut self, key: &'static str, default: Price) -> Result<Price, Refused> {
        let expected = "a price in quotes, as \"0.32\",";
        let most = decimal::per_kwh(Price::MAX).to_string();
        let micro = self.decimal(key, PRICE_PLACES, Price::MAX.get(), most, expected)?;
        Ok(micro.and_then(|micro| Price::new(micro).ok()).unwrap_or(default))
    }

    /// Money in currency, as a decimal number in quotes.
    pub(super) fn money(&mut self, key: &'static str, default: Money) -> Result<Money, Refused> {
        let expected = "an amount of money in quotes, as \"2.50\",";
        let most = decimal::money(Money::MAX).to_string();
        let nano = self.decimal(key, MONEY_PLACES, Money::MAX.get(), most, expected)?;
        Ok(nano.and_then(|nano| Money::new(nano).ok()).unwrap_or(default))
    }

    fn decimal(
        &mut self,
        key: &'static str,
        places: u32,
        greatest: u64,
        most: String,
        expected: &'static str,
    ) -> Result<Option<u64>, Refused> {
        let found = match self.take(key) {
            None => return Ok(None),
            Some(Value::String(found)) => found,
            Some(other) => return Err(self.wrong_kind(key, &other, expected)),
        };
        match decimal::parse(&found, places).filter(|value| *value <= greatest) {
            Some(value) => Ok(Some(value)),
            None => Err(self.refuse(key, Problem::Decimal { found, expected, places, most })),
        }
    }
}
