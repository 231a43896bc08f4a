//! What households' devices bring: their bills with them and without, and what the devices moved.

use crate::bill::Bill;
use crate::comparison::Figures;
use crate::moved::Moved;
use crate::shown::{energy_decimals, own, Shown, ShownTable};
use crate::{columns::ALL, decimal::decimal};
use serde_json::{json, Value};
use terminal::table::money;

/// A household with devices: what they moved, its bill with them, and its bill without them.
type Row<'a> = (&'a str, Moved, Bill, Bill);

/// Every household with devices, and their sum.
fn rows<'a>(figures: &'a Figures<'_>) -> Option<(Vec<Row<'a>>, Row<'a>)> {
    let devices = figures.known.devices.as_ref()?;
    let bills = &figures.bills[0].whole.bills;
    let households = figures.scenario.households.iter().zip(&devices.moved).zip(bills).zip(&devices.without);
    let rows: Vec<Row<'a>> = households
        .filter_map(|(((household, moved), with), without)| Some((household.id.as_str(), (*moved)?, *with, *without)))
        .collect();
    let nothing = || Bill::nothing(figures.known.gross.is_some());
    let mut sum: Row<'a> = (ALL, Moved::default(), nothing(), nothing());
    for (_, moved, with, without) in &rows {
        sum.1 += *moved;
        sum.2 += with;
        sum.3 += without;
    }
    Some((rows, sum))
}

/// The table of what devices bring; nothing where no household has any.
pub(crate) fn table(figures: &Figures<'_>) -> Option<ShownTable> {
    let (rows, sum) = rows(figures)?;
    let money_name = &figures.known.currency.name;
    let decimals = energy_decimals(sum.1.shifted().max(sum.1.capacity));
    let row = |(name, moved, with, without): &Row<'_>, name_of: fn(String) -> Shown| {
        let kwh = |wh: u64| own(decimal(wh.into(), 3, decimals));
        let share = |bill: &Bill| match (bill.own_use, bill.generation) {
            (Some(used), Some(all)) if all > 0 => own(format!("{} %", 100 * used / all)),
            _ => own("-"),
        };
        vec![
            name_of(name.to_string()),
            own(money(without.without())),
            own(money(without.with())),
            own(money(with.without())),
            own(money(with.with())),
            kwh(moved.shifted()),
            own(decimal(moved.cycles().into(), 3, 1)),
            share(without),
            share(with),
            kwh(moved.first),
            kwh(moved.last),
        ]
    };
    let amount = |what: &str| format!("{what}, {money_name}");
    Some(ShownTable {
        head: vec![
            "household".into(),
            amount("at once"),
            "in the market".into(),
            "scheduled".into(),
            "in the market".into(),
            "shifted, kWh".into(),
            "full cycles".into(),
            "own use at once".into(),
            "scheduled".into(),
            "stored at first, kWh".into(),
            "in the end".into(),
        ],
        rows: rows.iter().map(|of| row(of, Shown::Given)).collect(),
        foot: row(&sum, Shown::Own),
        more: 0,
    })
}

/// The same for machines: a list of households, their sum last. Null where no household has devices.
pub(crate) fn json(figures: &Figures<'_>) -> Value {
    let Some((rows, sum)) = rows(figures) else { return Value::Null };
    let row = |(household, moved, with, without): &Row<'_>| {
        let nano = |of: i128| i64::try_from(of).map_or(Value::Null, Value::from);
        json!({
            "household": household,
            "at_once_no_market_nano": nano(without.without()),
            "at_once_market_nano": nano(without.with()),
            "scheduled_no_market_nano": nano(with.without()),
            "scheduled_market_nano": nano(with.with()),
            "charged_wh": moved.charged, "discharged_wh": moved.discharged, "flexible_wh": moved.flexible,
            "driven_wh": moved.driven, "short_wh": moved.short, "shifted_wh": moved.shifted(),
            "capacity_wh": moved.capacity, "full_cycles_thousandths": moved.cycles(),
            "stored_first_wh": moved.first, "stored_last_wh": moved.last,
            "generation_wh": with.generation, "own_use_at_once_wh": without.own_use, "own_use_wh": with.own_use,
        })
    };
    rows.iter().chain([&sum]).map(row).collect()
}

impl Figures<'_> {
    /// What devices bring, as a table for a terminal: its head, and its rows with their sum. None where
    /// no household has devices.
    pub fn devices(&self) -> Option<(Vec<String>, Vec<Vec<String>>)> {
        let table = table(self)?;
        let text = |row: &Vec<Shown>| row.iter().map(|cell| cell.text().to_string()).collect();
        let rows = table.rows.iter().chain([&table.foot]).map(text).collect();
        Some((table.head, rows))
    }
}
