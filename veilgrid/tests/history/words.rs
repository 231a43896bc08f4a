//! Histories in words, a line of JSON for each block and each transaction. A failing history is
//! printed so; a kept one is read and played again. The words give the transactions and their
//! outcomes, not the choices that led to them. So a history stays the same when the choices change.

use crate::action::{Action, Flaw, Name};
use ledger::Refusal;
use serde::{Deserialize, Serialize};

/// The beginning of a history, and the reason why it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beginning {
    pub about: String,
    pub masked: bool,
    pub deviating: bool,
    /// Whether it is played with real proofs too.
    pub real: bool,
    /// The number of transactions before it, which is the name of its own first transaction.
    pub sent: Name,
}

/// A step of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// A block begins, so many seconds after the last.
    Block { after: u64, restart: bool },
    /// A new transaction is sent; it is accepted, or refused with a code.
    Send { action: Action, flaw: Flaw, expiry: u64, outcome: String },
    /// The bytes of an earlier transaction are sent again.
    Again { name: Name, outcome: String },
}

/// The word for an outcome.
pub fn word(outcome: Result<(), Refusal>) -> String {
    outcome.map_or_else(|refusal| refusal.code(), |()| "accepted").into()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub beginning: Beginning,
    pub lines: Vec<Line>,
}

impl Words {
    pub fn write(&self) -> String {
        let beginning = serde_json::to_string(&self.beginning).unwrap();
        let lines = self.lines.iter().map(|line| serde_json::to_string(line).unwrap());
        [beginning].into_iter().chain(lines).map(|line| line + "\n").collect()
    }
    /// Reads a written history. The error names the line that cannot be read.
    pub fn read(text: &str) -> Result<Words, String> {
        let mut lines = text.lines().zip(1..);
        let (first, _) = lines.next().ok_or("line 1: there is none")?;
        let beginning = serde_json::from_str(first).map_err(|e| format!("line 1: {e}"))?;
        let read = |(line, n)| serde_json::from_str(line).map_err(|e| format!("line {n}: {e}"));
        let lines = lines.map(read).collect::<Result<Vec<Line>, _>>()?;
        match lines.first() {
            Some(Line::Block { .. }) => Ok(Words { beginning, lines }),
            _ => Err("line 2: no block begins".into()),
        }
    }
}

/// Values of the protocol, written by their names in the code.
pub mod by_name {
    use protocol::record::metered::Sign;
    use protocol::relation::RelationKind;
    use protocol::transaction::body::{IssuerRole, Purpose};
    use protocol::units::Side;
    use serde::{de::Error, Deserialize, Deserializer, Serializer};
    use std::fmt::Debug;

    pub trait Named: Copy + Debug + 'static {
        const ALL: &'static [Self];
    }
    impl Named for Side {
        const ALL: &'static [Self] = &[Side::Sell, Side::Buy];
    }
    impl Named for Sign {
        const ALL: &'static [Self] = &Sign::ALL;
    }
    impl Named for IssuerRole {
        const ALL: &'static [Self] = &[IssuerRole::MeteringService, IssuerRole::Desk];
    }
    impl Named for RelationKind {
        const ALL: &'static [Self] = &RelationKind::ALL;
    }
    impl Named for Purpose {
        const ALL: &'static [Self] = &[
            Purpose::Scores,
            Purpose::Terms,
            Purpose::Audit,
            Purpose::Trace,
            Purpose::Payment,
            Purpose::Trade,
            Purpose::Disclosure,
            Purpose::Obligation,
            Purpose::Deviation,
            Purpose::Service,
            Purpose::Lapse,
        ];
    }

    pub fn serialize<T: Named, S: Serializer>(one: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{one:?}"))
    }
    pub fn deserialize<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let name = String::deserialize(from)?;
        let named = T::ALL.iter().find(|one| format!("{one:?}") == name);
        named.copied().ok_or_else(|| D::Error::custom(format!("there is no {name}")))
    }
}
