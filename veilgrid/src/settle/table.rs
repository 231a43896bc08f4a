//! The records of a settlement as a table.

use market::settlement::Record;
use terminal::table::{money, price, table};

/// A table with a row for each record.
pub(super) fn records(records: &[Record]) -> String {
    let row = |r: &Record| {
        let (seller, buyer) = (r.seller.name().to_string(), r.buyer.name().to_string());
        vec![seller, buyer, r.energy.get().to_string(), price(r.price.get()), money(r.amount().get().into())]
    };
    let head = ["seller", "buyer", "Wh", "price/kWh", "amount"];
    table("records", &head, records.len(), records.iter().map(row).collect())
}
