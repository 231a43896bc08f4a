//! What the report's text leaves open, and the readings taken of it. Each open point is a type with
//! its readings, the base first; `docs/market.md` says where the text stands on each.

pub use super::draw::Geometry;

/// How each attribute's dissimilarity is brought to a common scale ("the results are converted in
/// scale, so that every attribute has the same influence"; how is not said).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scaling {
    /// Differences in parts of the attribute's declared range.
    Declared,
    /// Squared differences in parts of the greatest one among the buyer's candidates.
    Candidates,
    /// Units as they are: currency per kWh, kWh, percent of loss.
    Raw,
}

/// What a buyer's hoped-for price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceReading {
    /// The most it pays.
    Limit,
    /// A wish among others: it buys at any price.
    Wish,
}

/// What loss a buyer accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossFilter {
    /// 10 %, all of them.
    TenPercent,
    /// Each its own, 0 to 10 %.
    Drawn,
}

/// Which loss a buyer would like best: the X of the dissimilarity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossWish {
    /// None.
    None,
    /// The loss that it accepts, as formula 3.2 has it to the letter: less is as bad as more.
    Accepted,
}

/// From how many sellers a buyer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sellers {
    /// From the best one, whatever it has.
    One,
    /// From the next best, too, until it has what it needs.
    Many,
}

/// What buyers wish of the energy's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wishes {
    /// Any of the five types and an environmental index of 0 to 1, each with equal chance.
    Drawn,
    /// One of the four clean types, and the greatest index.
    Clean,
    /// None: neither type nor index counts.
    Indifferent,
    /// As drawn, and the type is a condition.
    Required,
}

/// Whether a seller that has sold something stays in the market with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// It does: the text lists a new record of what is left.
    ListedAgain,
    /// It does not: a sell record is matched once.
    Gone,
}

/// A reading of K-prototypes matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where users are.
    pub geometry: Geometry,
    /// The common scale.
    pub scaling: Scaling,
    /// The hoped-for price.
    pub price: PriceReading,
    /// The loss accepted.
    pub filter: LossFilter,
    /// The loss wished.
    pub wish: LossWish,
    /// How many sellers.
    pub sellers: Sellers,
    /// What kind of energy.
    pub wishes: Wishes,
    /// What becomes of a seller's rest.
    pub rest: Rest,
}

impl Reading {
    /// What the others differ from in one point each.
    pub const BASE: Reading = Reading {
        geometry: Geometry::Square,
        scaling: Scaling::Declared,
        price: PriceReading::Limit,
        filter: LossFilter::TenPercent,
        wish: LossWish::None,
        sellers: Sellers::Many,
        wishes: Wishes::Drawn,
        rest: Rest::ListedAgain,
    };

    /// The base, and every reading that differs from it in one point: short name, what it says,
    /// reading.
    pub fn one_by_one() -> Vec<(&'static str, &'static str, Reading)> {
        let base = Reading::BASE;
        vec![
            ("base", "square of 10 km diagonal; declared ranges; price is a limit; 10 % accepted; no loss wished; many sellers; wishes drawn; rest listed again", base),
            ("disc", "geometry: a disc 10 km across", Reading { geometry: Geometry::Disc, ..base }),
            ("line", "geometry: a feeder of 10 km", Reading { geometry: Geometry::Line, ..base }),
            ("grids", "geometry: five microgrids of 1 km", Reading { geometry: Geometry::Microgrids, ..base }),
            ("pairs", "geometry: none, each pair's distance drawn", Reading { geometry: Geometry::Pairs, ..base }),
            ("cand.", "scaling: by the greatest among the candidates", Reading { scaling: Scaling::Candidates, ..base }),
            ("raw", "scaling: none (currency, kWh, percent)", Reading { scaling: Scaling::Raw, ..base }),
            ("wish", "price: a wish, no limit", Reading { price: PriceReading::Wish, ..base }),
            ("own", "loss accepted: each its own, 0 to 10 %", Reading { filter: LossFilter::Drawn, ..base }),
            ("accept", "loss wished: the one accepted, to the letter", Reading { wish: LossWish::Accepted, ..base }),
            ("one", "sellers: one for each buyer", Reading { sellers: Sellers::One, ..base }),
            ("clean", "wishes: all buyers want clean energy", Reading { wishes: Wishes::Clean, ..base }),
            ("indiff", "wishes: none of type and index", Reading { wishes: Wishes::Indifferent, ..base }),
            ("type", "wishes: the type wished is a condition", Reading { wishes: Wishes::Required, ..base }),
            ("once", "a sell record is matched once", Reading { rest: Rest::Gone, ..base }),
        ]
    }

    /// Every combination of all readings, 1920 of them.
    pub fn every_one() -> Vec<Reading> {
        let mut all = vec![Reading::BASE];
        /// Each reading so far, with each value of one more point.
        fn by<T: Copy>(all: Vec<Reading>, values: &[T], set: fn(&mut Reading, T)) -> Vec<Reading> {
            let with = |reading: &Reading, value: &T| {
                let mut reading = *reading;
                set(&mut reading, *value);
                reading
            };
            all.iter().flat_map(|reading| values.iter().map(move |value| with(reading, value))).collect()
        }
        all = by(all, &Geometry::ALL, |r, v| r.geometry = v);
        all = by(all, &[Scaling::Declared, Scaling::Candidates, Scaling::Raw], |r, v| r.scaling = v);
        all = by(all, &[PriceReading::Limit, PriceReading::Wish], |r, v| r.price = v);
        all = by(all, &[LossFilter::TenPercent, LossFilter::Drawn], |r, v| r.filter = v);
        all = by(all, &[LossWish::None, LossWish::Accepted], |r, v| r.wish = v);
        all = by(all, &[Sellers::Many, Sellers::One], |r, v| r.sellers = v);
        all = by(all, &[Wishes::Drawn, Wishes::Clean, Wishes::Indifferent, Wishes::Required], |r, v| r.wishes = v);
        by(all, &[Rest::ListedAgain, Rest::Gone], |r, v| r.rest = v)
    }
}

/// How a double auction pairs records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Book {
    /// All at once along both curves, records divided as needed.
    Call,
    /// All at once, the highest bid with the lowest ask and so on, each record once.
    Once,
    /// Buyers as they come, each with the lowest ask that is left, until it has what it needs.
    Continuous,
    /// The same with one seller for each buyer.
    ContinuousOne,
}

/// What a trade of a double auction costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pricing {
    /// One price for all, the midpoint of the clearing interval.
    Uniform,
    /// The midpoint of the pair's bid and ask.
    Midpoint,
    /// The ask.
    Ask,
    /// The bid.
    Bid,
}

/// A reading of the double auction, of which the text says only that it goes by price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    /// Where users are; it decides nothing but what is lost.
    pub geometry: Geometry,
    /// How records are paired.
    pub book: Book,
    /// What a trade costs.
    pub pricing: Pricing,
    /// Whether a buyer's own accepted loss keeps it from sellers further away.
    pub filter: LossFilter,
}

impl Auction {
    /// The uniform-price double auction.
    pub const BASE: Auction = Auction {
        geometry: Geometry::Square,
        book: Book::Call,
        pricing: Pricing::Uniform,
        filter: LossFilter::TenPercent,
    };

    /// Every way of pairing with every price that fits it, on the base's geometry, then the other
    /// geometries, then what buyers accept: short name, what it says, reading. An auction with one
    /// price for all cannot leave out pairs, so the accepted loss is read into the continuous ones
    /// alone.
    pub fn all() -> Vec<(&'static str, &'static str, Auction)> {
        use Book::{Call, Continuous, ContinuousOne, Once};
        use Pricing::{Ask, Bid, Midpoint, Uniform};
        let of = |book, pricing| Auction { book, pricing, ..Auction::BASE };
        let at = |geometry| Auction { geometry, ..Auction::BASE };
        let near = |book| Auction { filter: LossFilter::Drawn, ..of(book, Midpoint) };
        vec![
            ("base", "call auction along the curves, uniform price", of(Call, Uniform)),
            ("mid", "call auction along the curves, midpoint of each pair", of(Call, Midpoint)),
            ("ask", "call auction along the curves, at the ask", of(Call, Ask)),
            ("bid", "call auction along the curves, at the bid", of(Call, Bid)),
            ("1uni", "each record once, best with best, uniform price", of(Once, Uniform)),
            ("1mid", "each record once, best with best, midpoint", of(Once, Midpoint)),
            ("1ask", "each record once, best with best, at the ask", of(Once, Ask)),
            ("1bid", "each record once, best with best, at the bid", of(Once, Bid)),
            ("cmid", "continuous, midpoint", of(Continuous, Midpoint)),
            ("cask", "continuous, at the ask", of(Continuous, Ask)),
            ("cbid", "continuous, at the bid", of(Continuous, Bid)),
            ("omid", "continuous, one seller for each buyer, midpoint", of(ContinuousOne, Midpoint)),
            ("oask", "continuous, one seller for each buyer, at the ask", of(ContinuousOne, Ask)),
            ("obid", "continuous, one seller for each buyer, at the bid", of(ContinuousOne, Bid)),
            ("cown", "continuous, midpoint, each buyer's own accepted loss", near(Continuous)),
            ("oown", "the same with one seller for each buyer", near(ContinuousOne)),
            ("disc", "base on a disc", at(Geometry::Disc)),
            ("line", "base on a line", at(Geometry::Line)),
            ("grid", "base on five microgrids", at(Geometry::Microgrids)),
            ("pair", "base with each pair's distance drawn", at(Geometry::Pairs)),
        ]
    }
}
