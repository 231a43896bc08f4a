//! What the report's text leaves open, and the readings that the experiment measures. Each open
//! point is a type whose values are its readings, the base first. `docs/market.md` says what the
//! text has on each.

pub use super::draw::Geometry;

/// How each attribute's dissimilarity is brought to a common scale. The text says that "the results
/// are converted in scale, so that every attribute has the same influence", but not how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scaling {
    /// Differences are divided by the attribute's declared range.
    Declared,
    /// Squared differences are divided by the greatest one among the buyer's candidates.
    Candidates,
    /// Units stay as they are: currency per kWh, kWh, percent of loss.
    Raw,
}

/// What the price that a buyer hopes for means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceReading {
    /// It is the most that the buyer pays.
    Limit,
    /// It is a wish among others: the buyer buys at any price.
    Wish,
}

/// The most loss that a buyer accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossFilter {
    /// Every buyer accepts 10 %.
    TenPercent,
    /// Each buyer has its own bound, 0 to 10 %.
    Drawn,
}

/// Which loss a buyer would like best, as the dissimilarity counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossWish {
    /// No loss.
    None,
    /// The loss that it accepts, as formula 3.2 says literally: less is as bad as more.
    Accepted,
}

/// From how many sellers a buyer buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sellers {
    /// From the best one alone, however little that one has.
    One,
    /// From the next best ones too, until the buyer has what it needs.
    Many,
}

/// Which kind of energy buyers wish for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wishes {
    /// Any of the five types and an environmental index of 0 to 1, each with equal chance.
    Drawn,
    /// One of the four clean types, and the greatest index.
    Clean,
    /// Any: neither type nor index counts.
    Indifferent,
    /// As drawn, but the type is a condition.
    Required,
}

/// Whether a seller that has sold a part stays in the market with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// It stays: the text lists a new record of what is left.
    ListedAgain,
    /// It leaves: a sell record is matched once.
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
    /// From how many sellers a buyer buys.
    pub sellers: Sellers,
    /// Which kind of energy buyers wish for.
    pub wishes: Wishes,
    /// Whether a seller stays with what it has left.
    pub rest: Rest,
}

impl Reading {
    /// The base: every other reading of [`Reading::one_by_one`] differs from it in one point.
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

    /// The base, and every reading that differs from it in one point: short name, description,
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
    /// All at once along both curves; records are divided as needed.
    Call,
    /// All at once; the highest bid gets the lowest ask and so on, each record once.
    Once,
    /// Buyers come one by one; each takes the lowest asks that are left until it has what it needs.
    Continuous,
    /// As `Continuous`, but with one seller for each buyer.
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

/// A reading of the double auction. The text says only that the auction goes by price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auction {
    /// Where users are. It decides only how much is lost.
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

    /// The readings that are measured: every way of pairing with every price that fits it, on the
    /// base's geometry; then each buyer's own accepted loss; then the other geometries. Each has
    /// its short name, description and reading. An auction with one price for all cannot leave out
    /// pairs, so only the continuous ones are measured with an accepted loss.
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
