//! Reads a description from its bytes.

use super::prices::{Band, Bands, Prices, SeriesFile, DAYS, QUARTERS_OF_DAY};
use super::refused::{Problem, Refused};
use super::table::{Table, Value};
use super::{Currency, Description, Fee, Places, PolicySource, Rules, Shares, Start, Tariffs};
use crate::household_id;
use protocol::market_parameters::{PriceGrid, PriceRule, Range, Ranges};
use protocol::terms::{Imbalance, Terms};
use protocol::units::{Energy, Metres, Money, PerMille, Place, Price, Reputation, TICKS};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// Decimal places of money: nano-currency.
const MONEY_PLACES: u32 = 9;

const OF_TYPE: &str = "the bound is the type's own";

impl Description {
    /// Reads the bytes of a file. A key that is missing has its default, except those that a
    /// description must have: `tariff.retail` and `tariff.feed_in`. Error: [`Refused`].
    pub fn parse(bytes: &[u8]) -> Result<Description, Refused> {
        let syntax = |line, problem: String| Refused { line, path: String::new(), problem: Problem::Syntax(problem) };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| syntax(None, format!("not UTF-8: {error}")))?;
        let file = DeTable::parse(text).map_err(|error| {
            let before = |span: std::ops::Range<usize>| text.as_bytes()[..span.start.min(text.len())].to_vec();
            let line = error.span().map(|span| 1 + before(span).iter().filter(|byte| **byte == b'\n').count());
            syntax(line, error.message().replace('\n', ", "))
        })?;
        let mut root = Table::root(text, file.get_ref());
        let zone = match root.get("zone") {
            Some(zone) => name(&zone, 64)?,
            None => "UTC".into(),
        };
        let description = Description {
            zone,
            currency: currency(root.get("currency"))?,
            tariff: tariffs(root.need("tariff")?)?,
            market: rules(root.get("market"))?,
            start: start(root.get("start"))?,
            places: places(root.get("places"))?,
            shares: Shares::read(root.get("shares"))?,
            policy: PolicySource::read(root.get("policy"))?,
            policies: policies(root.get("policies"))?,
        };
        root.finish()?;
        Ok(description)
    }
}

fn policies(of: Option<Value<'_>>) -> Result<BTreeMap<String, PolicySource>, Refused> {
    let Some(of) = of else { return Ok(BTreeMap::new()) };
    let read = |(household, of): (String, Value<'_>)| match household_id::is_valid(&household) {
        true => Ok((household, PolicySource::read(Some(of))?)),
        false => Err(of.wrong(format!("{household:?} is no household's id"))),
    };
    of.table()?.entries().into_iter().map(read).collect()
}

fn name(of: &Value<'_>, most: usize) -> Result<String, Refused> {
    let text = of.text()?;
    if text.is_empty() || text.len() > most || text.chars().any(char::is_control) {
        return Err(of.wrong(format!("{text:?} must be 1 to {most} bytes without control characters")));
    }
    Ok(text.to_string())
}

fn currency(of: Option<Value<'_>>) -> Result<Currency, Refused> {
    let mut currency = Currency { name: "euro".into(), symbol: "€".into(), decimals: 2 };
    let Some(of) = of else { return Ok(currency) };
    let mut table = of.table()?;
    if let Some(of) = table.get("name") {
        currency.name = name(&of, 64)?;
    }
    if let Some(of) = table.get("symbol") {
        currency.symbol = name(&of, 16)?;
    }
    if let Some(of) = table.get("decimals") {
        currency.decimals = of.whole(0, 9)? as u8;
    }
    table.finish()?;
    Ok(currency)
}

fn tariffs(of: Value<'_>) -> Result<Tariffs, Refused> {
    let mut table = of.table()?;
    let retail = prices(&table.need("retail")?)?;
    let feed_in = prices(&table.need("feed_in")?)?;
    let network_fee = fee(table.get("network_fee"), table.get("network_fee_local"))?;
    let levies = fee(table.get("levies"), table.get("levies_local"))?;
    table.finish()?;
    Ok(Tariffs { retail, feed_in, network_fee, levies })
}

fn fee(grid: Option<Value<'_>>, local: Option<Value<'_>>) -> Result<Fee, Refused> {
    let grid = grid.map_or(Ok(Price::ZERO), |of| of.price())?;
    let local = local.map_or(Ok(grid), |of| of.price())?;
    Ok(Fee { grid, local })
}

fn prices(of: &Value<'_>) -> Result<Prices, Refused> {
    if !of.is_table() {
        return of.price().map(Prices::Fixed);
    }
    let mut table = of.table()?;
    let prices = match table.get("series") {
        Some(file) => Prices::Series(SeriesFile {
            file: name(&file, 4096)?,
            column: table.get("column").map(|column| name(&column, 256)).transpose()?,
            series: None,
        }),
        None => Prices::Bands(bands(&mut table)?),
    };
    table.finish()?;
    Ok(prices)
}

fn bands(table: &mut Table<'_>) -> Result<Bands, Refused> {
    let otherwise = table.need("otherwise")?.price()?;
    let mut bands: Vec<Band> = Vec::new();
    for of in table.get("bands").map_or(Ok(Vec::new()), |of| of.list())? {
        let read = band(&of)?;
        let both =
            |earlier: &Band| super::prices::times_of_week().find(|time| read.covers(*time) && earlier.covers(*time));
        if let Some((index, time)) = bands.iter().enumerate().find_map(|(index, band)| Some((index, both(band)?))) {
            let (day, clock) = (DAYS[usize::from(time.weekday)], super::prices::clock(time.quarter));
            return Err(of.wrong(format!("the band has {day} {clock} in common with bands[{index}]")));
        }
        bands.push(read);
    }
    Ok(Bands { bands, otherwise })
}

fn band(of: &Value<'_>) -> Result<Band, Refused> {
    let mut table = of.table()?;
    let days = table.get("days").map_or(Ok([true; 7]), |of| days(&of))?;
    let (start, end) = (table.need("from")?, table.need("to")?);
    let (from, to) = (time(&start)?, time(&end)?);
    let price = table.need("price")?.price()?;
    table.finish()?;
    if from == QUARTERS_OF_DAY {
        return Err(start.wrong("a band begins before 24:00"));
    }
    if from == to {
        return Err(end.wrong("a band ends at another time than it begins; a whole day is from 00:00 to 24:00"));
    }
    // At midnight a day ends, and no band ends when a day begins.
    Ok(Band { days, from, to: if to == 0 { QUARTERS_OF_DAY } else { to }, price })
}

fn days(of: &Value<'_>) -> Result<[bool; 7], Refused> {
    let mut days = [false; 7];
    let words =
        if of.is_text() { vec![of.text()?] } else { of.list()?.iter().map(Value::text).collect::<Result<_, _>>()? };
    for word in words {
        let of_word = match word {
            "all" => 0..7,
            "weekdays" => 0..5,
            "weekend" => 5..7,
            day => {
                let full = |name: &&str| **name == *day || name[..3] == *day;
                let unknown = || of.wrong(format!("{day:?} is not one of all, weekdays, weekend, {}", DAYS.join(", ")));
                let number = DAYS.iter().position(full).ok_or_else(unknown)?;
                number..number + 1
            }
        };
        days[of_word].fill(true);
    }
    match days.contains(&true) {
        true => Ok(days),
        false => Err(of.wrong("a band needs at least one day")),
    }
}

/// A time of the day in quarter hours, 0 to 96.
fn time(of: &Value<'_>) -> Result<u16, Refused> {
    let text = of.text()?;
    let wrong = || of.wrong(format!("{text:?} is no time of the day in quarter hours, like 06:00, 21:45 or 24:00"));
    let digits = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes) = (digits(hours).ok_or_else(wrong)?, digits(minutes).ok_or_else(wrong)?);
    let quarters = hours * 4 + minutes / 15;
    if minutes > 45 || minutes % 15 != 0 || quarters > QUARTERS_OF_DAY {
        return Err(wrong());
    }
    Ok(quarters)
}

fn rules(of: Option<Value<'_>>) -> Result<Rules, Refused> {
    let price = |micro| Price::new(micro).expect(OF_TYPE);
    let mut rules = Rules {
        grid: PriceGrid::new(price(300_000), price(7_500)).expect(OF_TYPE),
        ranges: Ranges {
            volume: Range::new(0, 2000).expect(OF_TYPE),
            reputation: Range::new(0, 100).expect(OF_TYPE),
            place: Range::new(0, 10_000).expect(OF_TYPE),
        },
        tolerance: PerMille::new(50).expect(OF_TYPE),
        price_rule: PriceRule::Ask,
        max_rounds: 8,
        terms: Terms::default(),
    };
    let Some(of) = of else { return Ok(rules) };
    let mut table = of.table()?;
    if let Some(of) = table.get("price_grid") {
        rules.grid = price_grid(&of)?;
    }
    if let Some(of) = table.get("ranges") {
        let mut table = of.table()?;
        let ranges = &mut rules.ranges;
        for (key, range, most) in [
            ("volume", &mut ranges.volume, Energy::MAX.get()),
            ("reputation", &mut ranges.reputation, Reputation::MAX.get().into()),
            ("place", &mut ranges.place, Metres::MAX.get().into()),
        ] {
            if let Some(of) = table.get(key) {
                *range = read_range(&of, most)?;
            }
        }
        table.finish()?;
    }
    if let Some(of) = table.get("tolerance_permille") {
        rules.tolerance = PerMille::new(of.whole(0, PerMille::MAX.get().into())? as u16).expect(OF_TYPE);
    }
    if let Some(of) = table.get("price_rule") {
        rules.price_rule = of.word(&[("ask", PriceRule::Ask), ("midpoint", PriceRule::Midpoint)])?;
    }
    if let Some(of) = table.get("max_rounds") {
        rules.max_rounds = of.whole(1, u8::MAX.into())? as u8;
    }
    terms(&mut table, &mut rules.terms)?;
    if let Some(of) = table.get("reputation") {
        reputation_rule(&of)?;
    }
    table.finish()?;
    Ok(rules)
}

fn terms(table: &mut Table<'_>, terms: &mut Terms) -> Result<(), Refused> {
    if let Some(of) = table.get("penalty") {
        terms.penalty = of.price()?;
    }
    if let Some(of) = table.get("imbalance") {
        terms.imbalance = of.word(&[("operator", Imbalance::Operator), ("household", Imbalance::Household)])?;
    }
    if let Some(of) = table.get("greatest_energy") {
        terms.greatest_energy = Energy::new(of.whole(1, Energy::MAX.get())?).expect(OF_TYPE);
    }
    if let Some(of) = table.get("least_lot") {
        terms.least_lot = Energy::new(of.whole(1, terms.greatest_energy.get())?).expect(OF_TYPE);
    }
    Ok(())
}

fn price_grid(of: &Value<'_>) -> Result<PriceGrid, Refused> {
    let mut table = of.table()?;
    let first = table.need("first")?.price()?;
    let of_step = table.need("step")?;
    let step = of_step.price()?;
    table.finish()?;
    let last = format!("{} ticks must fit below 4294.967296 per kWh, with a step above 0", TICKS);
    PriceGrid::new(first, step).map_err(|_| of_step.wrong(last))
}

fn read_range(of: &Value<'_>, most: u64) -> Result<Range, Refused> {
    let ends = of.list()?;
    let [lo, hi] = &ends[..] else { return Err(of.wrong("a range is two numbers, [lo, hi]")) };
    let (lo, hi) = (lo.whole(0, most)?, hi.whole(0, most)?);
    Range::new(lo as u32, hi as u32)
        .map_err(|_| of.wrong(format!("[{lo}, {hi}] is not a range: its first number must be below its second")))
}

/// The rule of reputation: points for a trade within tolerance, and points off for the side that
/// fell short. The market has one rule so far.
fn reputation_rule(of: &Value<'_>) -> Result<(), Refused> {
    let mut table = of.table()?;
    for (key, points) in [("within", 1), ("short", 10)] {
        if let Some(of) = table.get(key) {
            let found = of.whole(0, Reputation::MAX.get().into())?;
            if found != points {
                return Err(
                    of.wrong(format!("{found} is not supported: in this version the market's rule is {points}"))
                );
            }
        }
    }
    table.finish()
}

fn start(of: Option<Value<'_>>) -> Result<Start, Refused> {
    let mut start = Start::default();
    let Some(of) = of else { return Ok(start) };
    let drawn = |of: &Value<'_>| of.is_text() && of.text() == Ok("drawn");
    let mut table = of.table()?;
    if let Some(of) = table.get("reputation").filter(|of| !drawn(of)) {
        let points = of.whole(0, Reputation::MAX.get().into())?;
        start.reputation = Some(Reputation::new(points as u8).expect(OF_TYPE));
    }
    if let Some(of) = table.get("balance").filter(|of| !drawn(of)) {
        start.balance = Some(Money::new(of.decimal(MONEY_PLACES)?).expect("every u64 is an amount of money"));
    }
    table.finish()?;
    Ok(start)
}

fn places(of: Option<Value<'_>>) -> Result<Places, Refused> {
    let mut places = Places::default();
    let Some(of) = of else { return Ok(places) };
    let mut table = of.table()?;
    places.seed = table.get("seed").map(|seed| seed.whole(0, i64::MAX as u64)).transpose()?;
    if let Some(given) = table.get("given") {
        places.given = given_places(&given)?;
    }
    table.finish()?;
    Ok(places)
}

fn given_places(given: &Value<'_>) -> Result<BTreeMap<String, Place>, Refused> {
    let mut places = BTreeMap::new();
    for (household, of) in given.table()?.entries() {
        if !household_id::is_valid(&household) {
            return Err(of.wrong(format!("{household:?} is no household's id")));
        }
        let ends = of.list()?;
        let [x, y] = &ends[..] else { return Err(of.wrong("a place is two numbers of metres, [east, north]")) };
        let metres = |of: &Value<'_>| {
            of.whole(0, Metres::MAX.get().into()).map(|metres| Metres::new(metres as u32).expect(OF_TYPE))
        };
        places.insert(household, Place { x: metres(x)?, y: metres(y)? });
    }
    Ok(places)
}
