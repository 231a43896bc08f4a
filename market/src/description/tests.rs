//! Descriptions: the default, every form of price, exact decimals, and what is refused.

use super::*;
use crate::quarter_hour::QuarterHour;
use crate::scenario::Imbalance;

const LEAST: &str = "[tariff]\nretail = 0.65\nfeed_in = 0.30\n";

fn parse(text: &str) -> Result<Description, Refused> {
    Description::parse(text.as_bytes())
}

fn price(micro: u64) -> Price {
    Price::new(micro).unwrap()
}

#[track_caller]
fn refused(text: &str, code: &str, line: &str) {
    let refused = parse(text).expect_err(text);
    assert_eq!((refused.code(), refused.to_string().as_str()), (code, line));
}

#[test]
fn the_default_file_says_what_is_the_default_of_each_key() {
    let default = Description::default();
    assert_eq!(parse(LEAST).unwrap(), default);
    assert_eq!(default.parameters().unwrap().retail, price(650_000));
    assert_eq!(default.tariff.feed_in, Prices::Fixed(price(300_000)));
    assert_eq!(default.warnings(), Vec::<String>::new());
    // Every key that is commented out is one that can be put in.
    let given: String = DEFAULT
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.split_once(" = ").is_some_and(|(name, _)| !name.contains(' ')) => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let given = given.replace("kind = \"proportional\"", "kind = \"fixed\"");
    let with_all = parse(&given).unwrap();
    assert_eq!(with_all.places.given.len(), 2);
    assert_eq!(with_all.places.seed, Some(1));
    assert_eq!(with_all.policy, PolicySource::File("policy.toml".into()));
    assert_eq!(with_all.shares.price, Some(price(475_000)));
    assert!(matches!(with_all.shares.division, Division::Fixed(of) if of.len() == 2));
}

#[test]
fn prices_are_exact_and_may_be_written_as_text() {
    for (text, micro) in [
        ("0.30", 300_000),
        ("0.3", 300_000),
        ("\"0.30\"", 300_000),
        ("1", 1_000_000),
        ("0.000001", 1),
        ("0.1", 100_000),
        ("0.7", 700_000),
        ("4294.967295", u32::MAX.into()),
        ("1_000.5", 1_000_500_000),
    ] {
        let read = parse(&format!("[tariff]\nretail = {text}\nfeed_in = 0\n")).expect(text);
        assert_eq!(read.tariff.retail, Prices::Fixed(price(micro)), "{text}");
    }
    for (text, problem) in [
        ("4294.967296", "a price must be below 4294.967296 per kWh"),
        ("0.1234567", "\"0.1234567\" has more than 6 decimals"),
        ("1e-1", "\"1e-1\" is written with an exponent; write it in plain digits, like 0.0003"),
        ("inf", "\"inf\" is no decimal number, like 0.30"),
        ("0x10", "\"10\" is no decimal number, like 0.30"),
        ("\"0,30\"", "\"0,30\" is no decimal number, like 0.30"),
    ] {
        let line = format!("line 2, tariff.retail: {problem}");
        refused(&format!("[tariff]\nretail = {text}\nfeed_in = 0\n"), "market-value", &line);
    }
    for text in ["-0.05", "-1", "\"-0.05\""] {
        let line = "line 3, tariff.feed_in: negative prices are not supported: prices in scenarios and on the ledger are 0 or more";
        refused(&format!("[tariff]\nretail = 1\nfeed_in = {text}\n"), "market-negative-price", line);
    }
}

#[test]
fn bands_go_by_day_and_time() {
    let text = "zone = \"Europe/Berlin\"\n[tariff]\nfeed_in = 0.1\n[tariff.retail]\notherwise = 0.3\n\
                [[tariff.retail.bands]]\ndays = \"weekdays\"\nfrom = \"07:00\"\nto = \"20:00\"\nprice = 0.4\n\
                [[tariff.retail.bands]]\ndays = [\"fri\", \"saturday\"]\nfrom = \"22:00\"\nto = \"06:00\"\nprice = 0.2\n\
                [[tariff.retail.bands]]\ndays = \"sun\"\nfrom = \"12:00\"\nto = \"00:00\"\nprice = 0.1\n";
    let read = parse(text).unwrap();
    assert_eq!(read.zone, "Europe/Berlin");
    let at = |weekday, quarter| {
        read.tariff_at(QuarterHour::new(0), LocalTime { weekday, quarter }).unwrap().retail.get() / 100_000
    };
    assert_eq!([at(0, 27), at(0, 28), at(0, 79), at(0, 80), at(5, 40)], [3, 4, 4, 3, 3]);
    // From Friday and Saturday evening to the next morning.
    assert_eq!([at(3, 95), at(4, 88), at(5, 23), at(5, 24), at(6, 23), at(0, 0)], [3, 2, 2, 3, 2, 3]);
    assert_eq!([at(6, 47), at(6, 48), at(6, 95)], [3, 1, 1]);
    assert_eq!(read.parameters().unwrap().retail, price(300_000));
}

#[test]
fn bands_that_are_wrong_are_refused_by_their_path() {
    let with = |bands: &str| format!("[tariff]\nfeed_in = 0.1\nretail = {{ otherwise = 0.3, bands = [{bands}] }}\n");
    for (bands, line) in [
        ("{ from = \"07:00\", to = \"07:00\", price = 1 }",
            "line 3, tariff.retail.bands[0].to: a band ends at another time than it begins; a whole day is from 00:00 to 24:00"),
        ("{ from = \"07:10\", to = \"08:00\", price = 1 }",
            "line 3, tariff.retail.bands[0].from: \"07:10\" is no time of the day in quarter hours, like 06:00, 21:45 or 24:00"),
        ("{ from = \"24:00\", to = \"08:00\", price = 1 }",
            "line 3, tariff.retail.bands[0].from: a band begins before 24:00"),
        ("{ days = \"tag\", from = \"07:00\", to = \"08:00\", price = 1 }",
            "line 3, tariff.retail.bands[0].days: \"tag\" is not one of all, weekdays, weekend, monday, tuesday, wednesday, thursday, friday, saturday, sunday"),
        ("{ days = [], from = \"07:00\", to = \"08:00\", price = 1 }",
            "line 3, tariff.retail.bands[0].days: a band needs at least one day"),
        ("{ from = \"07:00\", to = \"09:00\", price = 1 }, { days = \"sun\", from = \"08:00\", to = \"10:00\", price = 1 }",
            "line 3, tariff.retail.bands[1]: the band has sunday 08:00 in common with bands[0]"),
    ] {
        refused(&with(bands), "market-value", line);
    }
    let missing = "line 3, tariff.retail.bands[0]: the key `price` is missing";
    refused(&with("{ from = \"07:00\", to = \"08:00\" }"), "market-shape", missing);
}

const SERIES: &str = "zone = \"UTC\"\n[tariff]\nretail = { series = \"p.csv\", column = \"retail\" }\nfeed_in = 0.1\n";

#[test]
fn a_series_covers_its_intervals_and_no_others() {
    let mut read = parse(SERIES).unwrap();
    assert_eq!(read.parameters(), None);
    assert_eq!(read.series_files().len(), 1);
    read.read_series(
        "p.csv",
        b"time,spot,retail\n2025-06-10T12:00:00Z,x,0.5\n2025-06-10T15:00:00+02:00,x,0.6\r\n\"2025-06-10T14:00:00Z\",x,\"0.7\"\n",
    )
    .unwrap();
    let time = LocalTime { weekday: 0, quarter: 0 };
    let at = |text: &str| read.tariff_at(QuarterHour::parse(text).unwrap(), time).map(|tariff| tariff.retail.get());
    assert_eq!(at("2025-06-10T12:45:00Z"), Ok(500_000));
    assert_eq!(at("2025-06-10T13:00:00Z"), Ok(600_000));
    assert_eq!(at("2025-06-10T14:45:00Z"), Ok(700_000));
    for outside in ["2025-06-10T11:45:00Z", "2025-06-10T15:00:00Z"] {
        let line = format!("tariff.retail: p.csv has no price for {outside}; it must cover the whole period");
        assert_eq!(at(outside).unwrap_err().to_string(), line);
    }
    assert_eq!(read.parameters().unwrap().retail, price(500_000));
}

#[test]
fn a_series_that_is_wrong_is_refused_by_its_row() {
    for (csv, line) in [
        ("", "the file has no prices: it needs a header, and a row with time and price for each interval"),
        ("time,retail\n", "the file has no prices: it needs a header, and a row with time and price for each interval"),
        ("time,a,b\n2025-06-10T12:00:00Z,1,2\n",
            "row 1, no column is called \"retail\"; the columns are \"a\", \"b\": name one as `column` in the market description"),
        ("time,retail\n2025-06-10T12:00,1\n",
            "row 2, the time \"2025-06-10T12:00\" is no time with an offset, like 2025-10-26T00:15:00Z or 2025-10-26T02:15:00+02:00"),
        ("time,retail\n2025-06-10T12:10:00Z,1\n", "row 2, the time \"2025-06-10T12:10:00Z\" does not begin a quarter hour"),
        ("time,retail\n2025-06-10T12:00:00Z,1\n2025-06-10T13:00:00Z,1\n2025-06-10T15:00:00Z,1\n",
            "row 4, 2025-06-10T15:00:00Z does not come 60 minutes after 2025-06-10T13:00:00Z: a series has no gaps, no repetitions and one step"),
        ("time,retail\n2025-06-10T12:00:00Z,1\n2025-06-10T12:00:00Z,1\n",
            "row 3, 2025-06-10T12:00:00Z does not come 15 minutes after 2025-06-10T12:00:00Z: a series has no gaps, no repetitions and one step"),
        ("time,retail\n2025-06-10T12:00:00Z,-0.01\n",
            "row 2, negative prices are not supported: prices in scenarios and on the ledger are 0 or more, but this one is -0.01"),
        ("time,retail\n2025-06-10T12:00:00Z,\n", "row 2, the price \"\" is no decimal number, like 0.30"),
        ("time,retail\n2025-06-10T12:00:00Z\n", "row 2, the row has 1 cells, but the header has 2"),
    ] {
        let mut read = parse(SERIES).unwrap();
        let refused = read.read_series("p.csv", csv.as_bytes()).expect_err(csv);
        assert_eq!(refused.to_string(), line, "{csv}");
    }
    let of = |csv: &str, column| Series::parse(csv.as_bytes(), column).map(|series| series.first_price().get());
    assert_eq!(of("Zeit;Preis\r\n2025-06-10T12:00:00Z;0,25\r\n", None), Ok(250_000));
    assert!(of("t,a,b\n2025-06-10T12:00:00Z,1,2\n", None).is_err());
}

#[test]
fn what_is_allowed_and_hardly_meant_is_warned_of() {
    let with = |text: &str| parse(text).unwrap().warnings();
    assert_eq!(
        with("[tariff]\nretail = 0.31\nfeed_in = 0.32\n"),
        ["retail 0.31 is below feed-in 0.32, always: no price suits both a seller and a buyer"]
    );
    assert_eq!(
        with("[tariff]\nretail = 0.7\nfeed_in = 0.08\n"),
        [
            "market.price_grid leaves prices out: it has 0.3 to 0.6525, and feed-in is 0.08, always",
            "market.price_grid leaves prices out: it has 0.3 to 0.6525, and retail is 0.7, always",
        ]
    );
    assert_eq!(
        with(&format!("{LEAST}[market]\npenalty = 0.36\n")),
        ["market.penalty 0.36 is above retail less feed-in, which is 0.35, always: another's failure pays more than a trade"]
    );
    assert_eq!(with(&format!("{LEAST}[market]\npenalty = 0.35\n")), Vec::<String>::new());
    let night = "[tariff]\nfeed_in = 0.3\nretail = { otherwise = 0.6, bands = [{ days = [\"sun\"], from = \"01:00\", to = \"02:00\", price = 0.2 }] }\n";
    assert_eq!(
        with(night),
        [
            "retail 0.2 is below feed-in 0.3, for example on sunday at 01:00: no price suits both a seller and a buyer (4 of 672 intervals)",
            "market.price_grid leaves prices out: it has 0.3 to 0.6525, and retail is 0.2, for example on sunday at 01:00 (4 of 672 intervals)",
        ]
    );
}

#[test]
fn rules_start_and_places_are_read() {
    let text = format!(
        "{LEAST}network_fee = 0.08\nnetwork_fee_local = 0.03\nlevies = 0.02\n\
         [market]\nprice_grid = {{ first = 0, step = 0.01 }}\nranges = {{ volume = [10, 500] }}\ntolerance_permille = 0\n\
         price_rule = \"midpoint\"\nmax_rounds = 1\npenalty = 0.1\nimbalance = \"household\"\nleast_lot = 100\n\
         greatest_energy = 5000\nreputation = {{ within = 1 }}\n[start]\nreputation = 90\nbalance = 12.50\n\
         [policy]\nfloor = 0.30\n[policy.more]\nlist = [1, \"a\"]\n"
    );
    let read = parse(&text).unwrap();
    assert_eq!(read.tariff.network_fee, Fee { grid: price(80_000), local: price(30_000) });
    assert_eq!(read.tariff.levies, Fee { grid: price(20_000), local: price(20_000) });
    assert_eq!((read.market.ranges.volume.lo(), read.market.ranges.volume.hi()), (10, 500));
    assert_eq!(read.market.terms.imbalance, Imbalance::Household);
    assert_eq!((read.market.terms.least_lot.get(), read.market.terms.greatest_energy.get()), (100, 5000));
    assert_eq!(read.start.reputation.map(Reputation::get), Some(90));
    assert_eq!(read.start.balance.map(Money::get), Some(12_500_000_000));
    let policy = "\"floor\" = 0.30\n\"more\" = { \"list\" = [1, \"a\"] }\n";
    assert_eq!(read.policy, PolicySource::Text(policy.into()));
}

#[test]
fn shares_sum_to_at_most_one() {
    let with = |text: &str| format!("{LEAST}[shares]\n{text}\n");
    let read = parse(&with("kind = \"fixed\"\ncoefficients = { A = 0.5, B = 0.499999, C = 0.000001 }")).unwrap();
    let Division::Fixed(of) = read.shares.division else { panic!("they are fixed") };
    assert_eq!(of["B"].millionths(), 499_999);
    for (text, line) in [
        ("kind = \"fixed\"\ncoefficients = { A = 0.5, B = 0.500001 }",
            "line 6, shares.coefficients: the coefficients sum to 1.000001, above 1: more would be shared than there is"),
        ("kind = \"fixed\"\ncoefficients = { A = 1.1 }", "line 6, shares.coefficients.A: a coefficient is at most 1"),
        ("kind = \"fixed\"", "line 4, shares: fixed shares need coefficients: [shares.coefficients], a line for each household"),
        ("coefficients = { A = 0.5 }",
            "line 5, shares.coefficients: coefficients are for `kind = \"fixed\"`; a proportional share needs none"),
        ("kind = \"both\"", "line 5, shares.kind: \"both\" is not one of proportional, fixed"),
    ] {
        refused(&with(text), "market-value", line);
    }
}

#[test]
fn every_fault_has_its_line_and_path() {
    for (text, code, line) in [
        ("", "market-shape", "the key `tariff` is missing"),
        ("[tariff]\nfeed_in = 1\n", "market-shape", "line 1, tariff: the key `retail` is missing"),
        (
            "[tariff]\nretail = true\nfeed_in = 1\n",
            "market-shape",
            "line 2, tariff.retail: a truth value stands here, but it must be a decimal number",
        ),
    ] {
        refused(text, code, line);
    }
    let with = |text: &str| format!("{LEAST}{text}\n");
    for (text, code, line) in [
        ("surprise = 1", "market-shape",
            "line 4, tariff.surprise: there is no such key here; the keys are retail, feed_in, network_fee, network_fee_local, levies, levies_local"),
        ("[surprise]", "market-shape",
            "line 4, surprise: there is no such key here; the keys are zone, currency, tariff, market, start, places, shares, policy, policies"),
        ("[market]\nmax_rounds = 0", "market-value", "line 5, market.max_rounds: 0 is not in 1..=255"),
        ("[market]\nmax_rounds = -1", "market-value", "line 5, market.max_rounds: -1 is not in 1..=255"),
        ("[market]\nmax_rounds = \"8\"", "market-shape",
            "line 5, market.max_rounds: a text stands here, but it must be a whole number"),
        ("[market]\nprice_grid = { first = 0.3, step = 0 }", "market-value",
            "line 5, market.price_grid.step: 48 ticks must fit below 4294.967296 per kWh, with a step above 0"),
        ("[market]\nranges = { place = [5, 5] }", "market-value",
            "line 5, market.ranges.place: [5, 5] is not a range: its first number must be below its second"),
        ("[market]\nreputation = { within = 2 }", "market-value",
            "line 5, market.reputation.within: 2 is not supported: in this version the market's rule is 1"),
        ("[market]\ngreatest_energy = 10\nleast_lot = 11", "market-value", "line 6, market.least_lot: 11 is not in 1..=10"),
        ("[places]\ngiven = { H1 = [1] }", "market-value",
            "line 5, places.given.H1: a place is two numbers of metres, [east, north]"),
        ("[currency]\nname = \"\"", "market-value",
            "line 5, currency.name: \"\" must be 1 to 64 bytes without control characters"),
    ] {
        refused(&with(text), code, line);
    }
    let twice = parse(&with("[tariff]")).unwrap_err();
    assert_eq!(twice.code(), "market-syntax");
    assert!(twice.to_string().starts_with("line 4, not TOML: "), "{twice}");
    assert_eq!(Description::parse(b"\xff").unwrap_err().code(), "market-syntax");
    assert!(Description::parse(&[b"\xef\xbb\xbf", LEAST.as_bytes()].concat()).is_ok());
}

#[test]
fn single_households_have_policies_of_their_own() {
    let read = Description::parse(
        b"tariff.retail = 0.3\ntariff.feed_in = 0.1\n[policies.home-1]\nfile = \"car.toml\"\n[policies.home-2]\nsell.floor = 0.2\n",
    );
    let policies = read.unwrap().policies;
    assert_eq!(policies["home-1"], PolicySource::File("car.toml".into()));
    assert_eq!(policies["home-2"], PolicySource::Text("\"sell\" = { \"floor\" = 0.2 }\n".into()));
    for (line, path) in
        [("policies = 1", "policies"), ("policies.home-1 = 1", "policies.home-1"), ("policies.\"\" = {}", "policies.")]
    {
        let refused =
            Description::parse(format!("{line}\ntariff.retail = 0.3\ntariff.feed_in = 0.1\n").as_bytes()).unwrap_err();
        assert_eq!(refused.path, path);
    }
}
