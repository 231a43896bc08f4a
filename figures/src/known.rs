//! What is known beside a scenario and its books.

use crate::currency::Currency;
use crate::fees::Fees;
use crate::gross::Gross;
use crate::moved::Devices;
use market::description::Description;
use market::scenario::Scenario;

/// What is known beside a scenario and its books. The default is nothing: money without a name, no
/// fees, no dates, no gross readings.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The money.
    pub currency: Currency,
    /// Network fees and levies.
    pub fees: Fees,
    /// Consumption and generation behind the meters, where they are known.
    pub gross: Option<Gross>,
    /// What is known of households' devices, where any has some.
    pub devices: Option<Devices>,
    /// When each cycle begins: a date (YYYY-MM-DD), optionally with T and a time. Either one for
    /// each cycle or empty.
    pub starts: Vec<String>,
    /// In which clock [`Known::starts`] are, for people: "UTC", "Europe/Brussels".
    pub clock: String,
}

impl Known {
    /// What a scenario alone tells: when its cycles begin, if every one of them says so.
    pub fn of(scenario: &Scenario) -> Known {
        let starts = scenario.cycles.iter().map(|cycle| cycle.starts.map(|starts| starts.to_string()));
        let starts: Vec<String> = starts.collect::<Option<_>>().unwrap_or_default();
        Known { starts, clock: "UTC".into(), ..Known::default() }
    }

    /// The same, with the currency, the fees and the levies of a market description.
    pub fn described(self, description: &Description) -> Known {
        let (currency, tariff) = (&description.currency, &description.tariff);
        Known {
            currency: Currency {
                name: currency.name.clone(),
                symbol: currency.symbol.clone(),
                decimals: currency.decimals,
            },
            fees: Fees {
                network: tariff.network_fee.grid,
                network_local: tariff.network_fee.local,
                levies: tariff.levies.grid,
                levies_local: tariff.levies.local,
            },
            ..self
        }
    }
}
