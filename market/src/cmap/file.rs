//! A CMAP market in the form of its file: fields, names and JSON types. The module `read` checks the
//! numbers.

use crate::json::{pair, present};
use crate::scenario::file::EnergyType;
use crate::{object, words};

object! {
    /// The whole file.
    File {
        /// `veilgrid-cmap/1`.
        format: String,
        /// The terms.
        market: Market,
        /// The sell plans, in list order.
        sellers: Vec<Seller>,
        /// The buy plans, in list order.
        buyers: Vec<Buyer>,
        /// How energy can go. Without it, it goes straight from place to place.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        network: Option<Network>,
    }
}
object! {
    /// The terms.
    Market {
        /// Least believable ask, micro-currency per kWh.
        price_min: u64,
        /// Limits from here on are not believed, micro-currency per kWh.
        price_max: u64,
        /// Distance from which on losses score nothing, metres.
        reach: u64,
        /// Which pairs may trade.
        pairs: Pairs,
        /// The weight of the buyers' side and of the sellers'.
        #[serde(deserialize_with = "pair")]
        side_weights: [u64; 2],
        /// Most rounds.
        max_rounds: u64,
        /// Price that the grid pays for surplus, micro-currency per kWh.
        feed_in: u64,
        /// Price that the grid takes for shortfall, micro-currency per kWh.
        retail: u64,
    }
}
words! {
    /// Which pairs may trade.
    Pairs {
        /// Those whose limit is at or above the ask.
        Willing = "willing",
        /// All.
        All = "all",
    }
}
object! {
    /// A sell plan.
    Seller {
        /// Its id.
        id: String,
        /// The ask, micro-currency per kWh.
        price: u64,
        /// Energy on offer, Wh.
        volume: u64,
        /// Its energy's source.
        #[serde(rename = "type")]
        energy_type: EnergyType,
        /// Its reputation.
        reputation: u64,
        /// East, metres.
        x: u64,
        /// North, metres.
        y: u64,
        /// What it minds.
        weights: SellerWeights,
        /// It refuses what satisfies it less, per mille.
        refuse_below: u64,
        /// What it does after a refusal.
        after_refusal: After,
    }
}
words! {
    /// What a seller does after a refusal.
    After {
        /// It stays in the market.
        Again = "again",
        /// It leaves, and sells its rest to the grid.
        Grid = "grid",
    }
}
object! {
    /// What a seller minds, per mille.
    SellerWeights {
        /// The price.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        price: Option<u64>,
        /// How much of its energy the buyer needs.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        demand: Option<u64>,
        /// The distance.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        loss: Option<u64>,
        /// The buyer's reputation.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        reputation: Option<u64>,
    }
}
object! {
    /// A buy plan.
    Buyer {
        /// Its id.
        id: String,
        /// The limit, micro-currency per kWh.
        price: u64,
        /// Energy needed, Wh.
        volume: u64,
        /// Its reputation.
        reputation: u64,
        /// East, metres.
        x: u64,
        /// North, metres.
        y: u64,
        /// The type that it wants; there exactly where its weights have `type`.
        #[serde(rename = "type", default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        energy_type: Option<EnergyType>,
        /// What it minds.
        weights: BuyerWeights,
        /// It refuses what satisfies it less, per mille.
        refuse_below: u64,
    }
}
object! {
    /// What a buyer minds, per mille.
    BuyerWeights {
        /// The price.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        price: Option<u64>,
        /// How much of its need the seller has.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        supply: Option<u64>,
        /// The distance.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        loss: Option<u64>,
        /// Whether the energy is of the type that it wants.
        #[serde(rename = "type", default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        energy_type: Option<u64>,
        /// Whether the energy is clean.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        environment: Option<u64>,
        /// The seller's reputation.
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        reputation: Option<u64>,
    }
}
object! {
    /// How energy can go.
    Network {
        /// The routers.
        routers: Vec<Router>,
        /// The lines.
        lines: Vec<Line>,
    }
}
object! {
    /// A router.
    Router {
        /// Its id.
        id: String,
        /// What a conversion in it loses, as metres of line.
        loss: u64,
    }
}
object! {
    /// A line, one way.
    Line {
        /// A seller or a router.
        from: String,
        /// A router or a buyer.
        to: String,
        /// Its length.
        metres: u64,
    }
}
