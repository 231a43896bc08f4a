//! The three methods of a forecast.

use super::past::{Sum, Window};
use super::{Forecast, Lookback};
use crate::net_energy::NetEnergy;
use std::fmt;

/// A way to forecast a slot from the same quarter hour of earlier days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The mean over the days of the same kind within the lookback: workdays for a workday, weekends
    /// for a weekend.
    SameKindOfDay,
    /// The mean over all days within the lookback.
    SameSlot,
    /// The last day within the lookback that has the quarter hour: yesterday, if its reading came.
    Persistence,
}

impl Method {
    /// How many methods there are.
    pub const COUNT: usize = 3;
    /// The methods. Of two with equal errors the earlier one is taken.
    pub const ALL: [Method; Method::COUNT] = [Method::SameKindOfDay, Method::SameSlot, Method::Persistence];

    /// The forecast of a slot by this method. None where the window has too few days for it.
    pub(super) fn forecast(self, window: &Window, lookback: &Lookback) -> Option<Forecast> {
        let (sum, least): (&Sum, u16) = match self {
            Method::SameKindOfDay => (&window.same_kind, lookback.least_days_of_kind),
            Method::SameSlot => (&window.all, lookback.least_days),
            Method::Persistence => (&window.last, 1),
        };
        if sum.readings < least {
            return None;
        }
        let net = NetEnergy::mean(sum.net_wh, sum.readings.into())?;
        Some(Forecast { net, method: self, readings: sum.readings, estimated: sum.estimated })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::SameKindOfDay => "mean of the same slot on days of the same kind",
            Method::SameSlot => "mean of the same slot",
            Method::Persistence => "same slot of the last day",
        })
    }
}
