//! What a reader must know of the figures beside the figures.

use crate::comparison::Figures;
use crate::escape::is_formula;

impl Figures<'_> {
    /// What a reader must know of these figures, each a sentence or two.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![];
        let left_out: Vec<&str> = self.left_out().iter().map(|left| left.label).collect();
        if !left_out.is_empty() {
            notes.push(format!(
                "Consumption and generation behind the meters are not known of every household and cycle. These measures \
                 need them and are left out: {}.",
                left_out.join("; ")
            ));
        }
        if self.known.starts.is_empty() {
            notes.push("Not every cycle has a date, so there are no figures by day or month.".into());
        } else {
            notes.push(format!("Days and months are those of this clock: {}.", self.known.clock));
        }
        let missing = self.bills[0].whole.all.missing;
        if missing > 0 {
            notes.push(format!(
                "{missing} readings are missing. A household without a reading in a cycle has no plan and nothing on its \
                 bill there."
            ));
        }
        for (bills, measures) in self.bills.iter().zip(&self.measures) {
            if bills.whole.all.unpaid > 0 {
                notes.push(format!(
                    "By {} some balances could not bear what they owed the grid. The debt counts on the bill.",
                    measures.rule
                ));
            }
        }
        if self.known.fees.none() {
            notes.push("The bills have no network fees and no levies, since none are known.".into());
        }
        if self.scenario.households.iter().any(|household| is_formula(&household.id)) {
            notes.push(
                "In the CSV files a name that a spreadsheet would take for a formula (it begins with = + - or @) has a \
                 quote (') before it."
                    .into(),
            );
        }
        notes
    }
}
