//! A section of a TOML file whose keys are taken one by one, so that a key that nobody takes is
//! noticed. Numbers are read from their digits, so that none passes through a float.

use super::refused::{Problem, Refused};
use crate::decimal::{self, MONEY_PLACES, PRICE_PLACES};
use crate::share::Share;
use protocol::units::{Energy, Money, Price};
use toml::de::{DeTable, DeValue};

/// A section, and the keys that were taken from it.
pub(super) struct Section<'a> {
    path: String,
    table: DeTable<'a>,
    taken: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: DeTable<'a>) -> Section<'a> {
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

    fn take(&mut self, key: &'static str) -> Option<DeValue<'a>> {
        self.taken.push(key);
        self.table.remove(key).map(|value| value.into_inner())
    }

    fn wrong_kind(&self, key: &str, found: &DeValue<'_>, expected: &'static str) -> Refused {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        self.refuse(key, Problem::Kind { found, expected })
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// A list of sections; an empty one where it is left out.
    pub(super) fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'a>>, Refused> {
        let items = match self.take(key) {
            None => return Ok(Vec::new()),
            Some(DeValue::Array(items)) => items,
            Some(other) => return Err(self.wrong_kind(key, &other, "a list of sections")),
        };
        let section = |(index, item): (usize, toml::Spanned<DeValue<'a>>)| match item.into_inner() {
            DeValue::Table(table) => {
                Ok(Section { path: format!("{}[{index}]", self.path(key)), table, taken: Vec::new() })
            }
            other => Err(self.wrong_kind(&format!("{key}[{index}]"), &other, "a section")),
        };
        items.into_iter().enumerate().map(section).collect()
    }

    /// A section below this one; an empty one where it is left out.
    pub(super) fn section(&mut self, key: &'static str) -> Result<Section<'a>, Refused> {
        let table = match self.take(key) {
            None => DeTable::new(),
            Some(DeValue::Table(table)) => table,
            Some(other) => return Err(self.wrong_kind(key, &other, "a section")),
        };
        Ok(Section { path: self.path(key), table, taken: Vec::new() })
    }

    /// Refuses the keys that nobody took.
    pub(super) fn end(self) -> Result<(), Refused> {
        match self.table.keys().next() {
            Some(key) => Err(self.refuse(key.get_ref(), Problem::Unknown { known: self.taken.join(", ") })),
            None => Ok(()),
        }
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, Refused> {
        match self.take(key) {
            None => Ok(default),
            Some(DeValue::Boolean(flag)) => Ok(flag),
            Some(other) => Err(self.wrong_kind(key, &other, "true or false")),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, Refused> {
        match self.take(key) {
            None => Ok(None),
            Some(DeValue::String(text)) => Ok(Some(text.into_owned())),
            Some(other) => Err(self.wrong_kind(key, &other, "a text in quotes")),
        }
    }

    /// A whole number in `least..=most`.
    pub(super) fn whole(&mut self, key: &'static str, least: u64, most: u64, default: u64) -> Result<u64, Refused> {
        let found = match self.take(key) {
            None => return Ok(default),
            Some(DeValue::Integer(found)) => found,
            Some(other) => return Err(self.wrong_kind(key, &other, "a whole number")),
        };
        let value = if found.radix() == 10 { decimal::parse(found.as_str(), 0) } else { None };
        let value = value.filter(|value| (least..=most).contains(value));
        value.ok_or_else(|| self.refuse(key, Problem::Bounds { found: found.to_string(), least, most }))
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

    /// A price in currency per kWh, as a decimal number with or without quotes.
    pub(super) fn price(&mut self, key: &'static str, default: Price) -> Result<Price, Refused> {
        let expected = "a price, as 0.32,";
        let most = decimal::per_kwh(Price::MAX).to_string();
        let micro = self.decimal(key, PRICE_PLACES, Price::MAX.get(), most, expected)?;
        Ok(micro.and_then(|micro| Price::new(micro).ok()).unwrap_or(default))
    }

    /// Money in currency, as a decimal number with or without quotes.
    pub(super) fn money(&mut self, key: &'static str, default: Money) -> Result<Money, Refused> {
        let expected = "an amount of money, as 2.50,";
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
            Some(DeValue::String(found)) => found.into_owned(),
            Some(DeValue::Float(found)) => found.as_str().into(),
            Some(DeValue::Integer(found)) if found.radix() == 10 => found.as_str().into(),
            Some(other) => return Err(self.wrong_kind(key, &other, expected)),
        };
        match decimal::parse(&found, places).filter(|value| *value <= greatest) {
            Some(value) => Ok(Some(value)),
            None => Err(self.refuse(key, Problem::Decimal { found, expected, places, most })),
        }
    }
}
