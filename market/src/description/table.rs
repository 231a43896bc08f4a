//! Reads a TOML table strictly: every key is asked for by name, what nobody asked for is refused,
//! and numbers are taken by their text, so that no decimal passes through a float.

use super::refused::{Problem, Refused};
use crate::decimal;
use protocol::units::Price;
use std::ops::Range;
use toml::de::{DeTable, DeValue};
use toml::Spanned;

/// Decimal places of a price: micro-currency per kWh.
pub const PRICE_PLACES: u32 = 6;

/// A table of the file, and the keys that were asked for.
pub(super) struct Table<'a> {
    text: &'a str,
    path: String,
    line: Option<usize>,
    entries: &'a DeTable<'a>,
    asked: Vec<&'static str>,
}

/// A value of the file, with its path.
pub(super) struct Value<'a> {
    text: &'a str,
    path: String,
    of: &'a Spanned<DeValue<'a>>,
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    1 + text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count()
}

impl<'a> Table<'a> {
    /// The whole file.
    pub fn root(text: &'a str, entries: &'a DeTable<'a>) -> Table<'a> {
        Table { text, path: String::new(), line: None, entries, asked: Vec::new() }
    }

    /// The value of a key.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.push(key);
        let of = self.entries.get(key)?;
        Some(Value { text: self.text, path: join(&self.path, key), of })
    }

    /// The value of a key that must be there.
    pub fn need(&mut self, key: &'static str) -> Result<Value<'a>, Refused> {
        let missing = Problem::Missing { key };
        let refused = Refused { line: self.line, path: self.path.clone(), problem: missing };
        self.get(key).ok_or(refused)
    }

    /// Every entry, for a table whose keys are names.
    pub fn entries(&self) -> Vec<(String, Value<'a>)> {
        let entry = |(key, of): (&Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let name = key.get_ref().to_string();
            (name.clone(), Value { text: self.text, path: join(&self.path, &name), of })
        };
        self.entries.iter().map(entry).collect()
    }

    /// Refuses keys that nobody asked for.
    pub fn finish(self) -> Result<(), Refused> {
        for (key, _) in self.entries.iter() {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                return Err(Refused {
                    line: Some(line_of(self.text, key.span())),
                    path: join(&self.path, key.get_ref()),
                    problem: Problem::Unknown { known: self.asked.join(", ") },
                });
            }
        }
        Ok(())
    }

    /// The table as TOML text, each entry on a line of its own. Numbers keep their text.
    pub fn to_toml(&self) -> String {
        let line = |(key, value): (&Spanned<std::borrow::Cow<'a, str>>, &Spanned<DeValue<'a>>)| {
            format!("{} = {}\n", quoted(key.get_ref()), written(value.get_ref()))
        };
        self.entries.iter().map(line).collect()
    }
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_string(),
        path => format!("{path}.{key}"),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(is) => is.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(entries) => {
            let entries: Vec<String> = (entries.iter())
                .map(|(key, value)| format!("{} = {}", quoted(key.get_ref()), written(value.get_ref())))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

impl<'a> Value<'a> {
    /// A refusal of this value.
    pub fn refuse(&self, problem: Problem) -> Refused {
        Refused { line: Some(line_of(self.text, self.of.span())), path: self.path.clone(), problem }
    }

    /// A refusal of this value for breaking a rule.
    pub fn wrong(&self, problem: impl Into<String>) -> Refused {
        self.refuse(Problem::Value(problem.into()))
    }

    fn of_kind(&self, wanted: &'static str) -> Refused {
        let found = match self.of.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date or time without quotes",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.refuse(Problem::Type { found: found.into(), wanted })
    }

    /// A text.
    pub fn text(&self) -> Result<&'a str, Refused> {
        self.of.get_ref().as_str().ok_or_else(|| self.of_kind("a text in quotes"))
    }

    /// Whether the value is a table.
    pub fn is_table(&self) -> bool {
        self.of.get_ref().is_table()
    }

    /// Whether the value is a text.
    pub fn is_text(&self) -> bool {
        self.of.get_ref().is_str()
    }

    /// A table.
    pub fn table(&self) -> Result<Table<'a>, Refused> {
        let entries = self.of.get_ref().as_table().ok_or_else(|| self.of_kind("a table"))?;
        let line = Some(line_of(self.text, self.of.span()));
        Ok(Table { text: self.text, path: self.path.clone(), line, entries, asked: Vec::new() })
    }

    /// The items of a list.
    pub fn list(&self) -> Result<Vec<Value<'a>>, Refused> {
        let items = self.of.get_ref().as_array().ok_or_else(|| self.of_kind("a list"))?;
        let item = |(index, of)| Value { text: self.text, path: format!("{}[{index}]", self.path), of };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// A whole number within bounds.
    pub fn whole(&self, least: u64, most: u64) -> Result<u64, Refused> {
        let DeValue::Integer(number) = self.of.get_ref() else { return Err(self.of_kind("a whole number")) };
        let text = number.as_str();
        let value = if number.radix() == 10 { decimal::parse(text, 0).ok() } else { None };
        let bounds = || self.wrong(format!("{number} is not in {least}..={most}"));
        value.filter(|value| (least..=most).contains(value)).ok_or_else(bounds)
    }

    /// A decimal number in units of 10^-places, from a number or from a text.
    pub fn decimal(&self, places: u32) -> Result<u64, Refused> {
        let (text, plain) = match self.of.get_ref() {
            DeValue::Integer(number) => (number.as_str(), number.radix() == 10),
            DeValue::Float(number) => (number.as_str(), true),
            DeValue::String(text) => (text.as_ref(), true),
            _ => return Err(self.of_kind("a decimal number")),
        };
        let fault = |fault: decimal::Fault| self.wrong(format!("{text:?} {fault}"));
        match plain {
            true => decimal::parse(text, places).map_err(fault),
            false => Err(fault(decimal::Fault::NoNumber)),
        }
    }

    /// A price in currency per kWh.
    pub fn price(&self) -> Result<Price, Refused> {
        let negative = match self.of.get_ref() {
            DeValue::Integer(number) => number.as_str().starts_with('-'),
            DeValue::Float(number) => number.as_str().starts_with('-'),
            DeValue::String(text) => text.starts_with('-') && decimal::parse(&text[1..], PRICE_PLACES).is_ok(),
            _ => false,
        };
        if negative {
            return Err(self.refuse(Problem::Negative));
        }
        let price = Price::new(self.decimal(PRICE_PLACES)?);
        price.map_err(|_| self.wrong("a price must be below 4294.967296 per kWh"))
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Refused> {
        let text = self.text()?;
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let unknown = || self.wrong(format!("{text:?} is not one of {}", names.join(", ")));
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(unknown)
    }
}
