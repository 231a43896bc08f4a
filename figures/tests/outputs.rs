//! The files: what stands in them, and what no name from the input can bring into them.

mod common;

use common::*;
use figures::{files, Currency, Fees, Known};
use market::mechanism::{KPrototypes, Mechanism, ALL};
use market::scenario::Scenario;
use protocol::units::Price;
use serde_json::{json, Value};
use std::collections::BTreeSet;

const K: &[&dyn Mechanism] = &[&KPrototypes];

fn of(scenario: &Scenario) -> std::collections::BTreeMap<String, String> {
    written(scenario, &Known::of(scenario), &by_all(scenario))
}

/// Three households in two days of two months, one of them without a plan on the second day.
fn dated() -> Scenario {
    let cycle =
        |number: u64, starts: &str, plans: Vec<Value>| json!({ "cycle": number, "starts": starts, "plans": plans });
    let cycles = vec![
        cycle(1, "2026-05-31T23:30:00Z", vec![sell("A", 100, 450_000), buy("B", 80, 600_000), buy("C", 50, 600_000)]),
        cycle(2, "2026-05-31T23:45:00Z", vec![sell("A", 200, 450_000), buy("B", 80, 600_000)]),
        cycle(3, "2026-06-01T00:00:00Z", vec![buy("B", 30, 600_000), buy("C", 10, 600_000)]),
    ];
    scenario(market(), vec![household("A", 0), household("B", 100), household("C", 200)], cycles)
}

#[test]
fn bills_by_day_and_month_add_up_to_the_whole() {
    let scenario = dated();
    let files = of(&scenario);
    let bills = rows(&files["bills.csv"]);
    let sum = |rule: &str, period: &str, column: &str| -> i128 {
        bills.iter().filter(|row| row["rule"] == rule && row["period"] == period).map(|row| nano(&row[column])).sum()
    };
    for rule in ["k-prototypes", "uniform-price", "pay-as-bid"] {
        for column in ["bill_without_market (currency)", "bill_with_market (currency)", "saved (currency)"] {
            let whole = sum(rule, "whole", column);
            assert_eq!((sum(rule, "month", column), sum(rule, "day", column)), (whole, whole), "{rule} {column}");
            assert_ne!(whole, 0);
        }
    }
    let periods: BTreeSet<(String, String)> =
        bills.iter().map(|row| (row["period"].clone(), row["from_to"].clone())).collect();
    let expected = [
        ("day", "2026-05-31"),
        ("day", "2026-06-01"),
        ("month", "2026-05"),
        ("month", "2026-06"),
        ("whole", "2026-05-31 to 2026-06-01"),
    ];
    assert_eq!(periods, expected.map(|(kind, name)| (kind.to_string(), name.to_string())).into());
    // Every household has a row in every period, with or without a plan.
    assert_eq!(bills.len(), 3 * 5 * ALL.len());
    let intervals = rows(&files["intervals.csv"]);
    assert_eq!(intervals.len(), 3 * ALL.len());
    assert_eq!(intervals[2]["starts"], "2026-06-01T00:00:00Z");
    assert_eq!((intervals[2]["trades"].as_str(), intervals[2]["price_paid_mean (currency/kWh)"].as_str()), ("0", ""));
    assert!(files["figures.md"].contains("Days and months are those of this clock: UTC."));
    assert!(files["index.html"].contains("2026-05-31"));
}

#[test]
fn json_has_the_same_whole_numbers_as_csv() {
    let scenario = dated();
    let files = of(&scenario);
    let json: Value = serde_json::from_str(&files["figures.json"]).unwrap();
    assert_eq!(json["format"], "veilgrid-figures/1");
    let csv = rows(&files["bills.csv"]);
    let rules = json["rules"].as_array().unwrap();
    let all: Vec<&Value> = rules.iter().flat_map(|rule| rule["bills"].as_array().unwrap()).collect();
    assert_eq!(all.len(), csv.len());
    for (row, csv) in all.iter().zip(&csv) {
        assert_eq!(row["household"], csv["household"].as_str());
        assert_eq!(i128::from(row["saved_nano"].as_i64().unwrap()), nano(&csv["saved (currency)"]));
        assert_eq!(row["bought_wh"].to_string(), csv["bought (Wh)"]);
        assert_eq!((&row["own_use_wh"], csv["own_use (Wh)"].as_str()), (&Value::Null, ""));
    }
    let trades = rows(&files["trades.csv"]);
    let in_json = rules.iter().flat_map(|rule| rule["trades"].as_array().unwrap());
    assert_eq!(in_json.clone().count(), trades.len());
    for (row, csv) in in_json.zip(&trades) {
        assert_eq!((row["seller"].as_str(), row["buyer"].as_str()), (Some(&*csv["seller"]), Some(&*csv["buyer"])));
        assert_eq!(
            i128::from(row["price_paid_nano_per_kwh"].as_i64().unwrap()),
            nano(&csv["price_paid (currency/kWh)"])
        );
    }
    let measures = json["measures"].as_array().unwrap();
    assert_eq!(measures.len() + 2, rows(&files["measures.csv"]).len());
    assert!(measures.iter().all(|measure| measure["by_rule"].as_object().unwrap().len() == ALL.len()));
    let left_out: Vec<&str> =
        json["left_out"].as_array().unwrap().iter().map(|left| left["measure"].as_str().unwrap()).collect();
    assert_eq!(left_out, ["self_consumption", "local_share", "clean_share"]);
}

/// Programs of others go by these keys: one that goes or is renamed needs another format.
#[test]
fn the_keys_of_the_json_stay() {
    let json: Value = serde_json::from_str(&of(&dated())["figures.json"]).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&json),
        "format program source currency fees_nano_per_kwh households cycles plans first_cycle_starts \
         last_cycle_starts clock notes left_out measures worst_off devices rules"
    );
    let rule = &json["rules"][0];
    assert_eq!(keys(rule), "rule totals bills cycles trades");
    assert_eq!(
        keys(&rule["bills"][0]),
        "period from_to household bill_without_market_nano bill_with_market_nano saved_nano bought_wh sold_wh own_use_wh \
         from_grid_wh to_grid_wh price_paid_nano_per_kwh price_earned_nano_per_kwh paid_to_neighbours_nano \
         earned_from_neighbours_nano paid_to_grid_nano earned_from_grid_nano penalties_nano \
         network_fee_without_market_nano network_fee_with_market_nano levies_without_market_nano \
         levies_with_market_nano unpaid_nano metered_consumed_wh metered_injected_wh consumption_wh generation_wh plans \
         cycles_without_reading"
    );
    assert_eq!(
        keys(&rule["cycles"][0]),
        "cycle starts plans trades injected_wh consumed_wh possible_wh delivered_wh settled_wh from_grid_wh to_grid_wh \
         own_use_wh price_paid_mean_nano_per_kwh price_paid_lowest_nano_per_kwh price_paid_highest_nano_per_kwh \
         feed_in_nano_per_kwh retail_nano_per_kwh paid_nano earned_nano"
    );
    assert_eq!(
        keys(&rule["trades"][0]),
        "cycle starts round seller buyer energy_type matched_wh delivered_wh within_tolerance settled_wh ask_nano_per_kwh \
         limit_nano_per_kwh price_earned_nano_per_kwh price_paid_nano_per_kwh earned_nano paid_nano seller_owes_nano \
         buyer_owes_nano distance_m"
    );
}

/// A name may be any text without control characters.
#[test]
fn no_name_is_markup_or_a_formula() {
    let hostile = [
        "=HYPERLINK(\"http://x.y\",\"z\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "<script>alert(1)</script>",
        "a|b",
        "`code`",
        "[x](http://x.y)",
        "www.x.y",
        "\u{202e}turned",
        "\"><img src=x onerror=alert(1)>",
        "a,b\"c",
        "{{ 7 * 7 }}",
    ];
    let households = hostile.iter().map(|name| household(name, 0)).collect();
    let mut plans: Vec<Value> = hostile[1..].iter().map(|name| buy(name, 50, 600_000)).collect();
    plans.insert(0, sell(hostile[0], 500, 450_000));
    let scenario = scenario(market(), households, vec![json!({ "cycle": 1, "plans": plans })]);
    let currency = Currency { name: "<b>=C".into(), symbol: "|".into(), decimals: 2 };
    let known = Known { currency, ..Known::of(&scenario) };
    let files = written(&scenario, &known, &played(&scenario, K));

    let bills = rows(&files["bills.csv"]);
    for (row, name) in bills.iter().zip(hostile) {
        let quoted = if name.starts_with(['=', '+', '-', '@']) { format!("'{name}") } else { name.to_string() };
        assert_eq!(row["household"], quoted);
    }
    for name in ["bills.csv", "trades.csv", "measures.csv", "intervals.csv"] {
        for record in csv::Reader::from_reader(files[name].as_bytes()).records() {
            for field in record.unwrap().iter() {
                let number = field.parse::<f64>().is_ok();
                assert!(number || !field.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {field:?}");
            }
        }
    }
    // The page has no element and no attribute of a name.
    let page = &files["index.html"];
    for evil in ["<script", "<img", "<b>", "onerror=alert(1)>", "<bdi>49</bdi>"] {
        assert!(!page.contains(evil), "{evil:?} stands in the page");
    }
    assert!(page.contains("<bdi>\u{202e}turned</bdi>"), "what turns the direction is kept apart");
    assert!(page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"));
    // Markdown: as many cells in each row of a table as its head has, no HTML, no code, no link.
    let markdown = &files["figures.md"];
    for table in markdown.split("\n\n").filter(|part| part.starts_with("| ")) {
        let cells: BTreeSet<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(cells.len(), 1, "{table}");
    }
    for evil in ["<", "`", "http:", "www.", "@", "\u{202e}"] {
        assert!(!markdown.contains(evil), "{evil:?} stands in the Markdown");
    }
    for bracket in ["[", "]"] {
        assert!(markdown.match_indices(bracket).all(|(at, _)| markdown[..at].ends_with('\\')), "{bracket} is escaped");
    }
    for file in ["figures.md", "index.html"] {
        assert_eq!(files[file].matches("would take for a formula").count(), 1, "{file} says it once");
    }
    // JSON has the names as they are.
    let json: Value = serde_json::from_str(&files["figures.json"]).unwrap();
    let names: Vec<&str> =
        (json["rules"][0]["bills"].as_array().unwrap().iter()).map(|row| row["household"].as_str().unwrap()).collect();
    assert_eq!(names, hostile);
}

#[test]
fn the_page_is_whole_in_itself() {
    let page = &of(&dated())["index.html"];
    for loaded in ["<script", "src=", "<link", "@import", "http-equiv=\"refresh\""] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    // What is in a url(..) is a pattern of the page itself.
    assert!(page.match_indices("url(").all(|(at, _)| page[at..].starts_with("url(#")));
    assert!(page.contains("prefers") || page.contains("light-dark("), "light and dark");
    let names: BTreeSet<&str> = files::NAMES.into();
    for (at, _) in page.match_indices("href=\"") {
        let target = page[at + 6..].split('"').next().unwrap();
        assert!(names.contains(target), "{target} is no file of the folder");
    }
    // Every element that is opened is closed.
    let void = ["meta", "!DOCTYPE"];
    let mut open: Vec<String> = vec![];
    let style = page.find("</style>").unwrap();
    for tag in page[style..].split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if void.contains(&name) || tag.ends_with('/') {
            continue;
        }
        match tag.starts_with('/') {
            true if open.last().is_some_and(|last| last == name) => drop(open.pop()),
            true => assert!(["style", "head", "html"].contains(&name), "</{name}> closes {:?}", open.last()),
            false => open.push(name.to_string()),
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

#[test]
fn a_scenario_without_trades_or_plans_has_figures_too() {
    let households = || vec![household("A", 0), household("B", 0)];
    let no_trade = vec![json!({ "cycle": 1, "plans": [sell("A", 100, 600_000), buy("B", 80, 400_000)] })];
    let no_plans = vec![json!({ "cycle": 1, "plans": [] }), json!({ "cycle": 2, "plans": [] })];
    for (households, cycles) in [(households(), no_trade), (households(), no_plans), (vec![], vec![])] {
        let file =
            json!({ "format": "veilgrid-scenario/1", "market": market(), "households": households, "cycles": cycles });
        // The format decides whether a scenario may be empty; figures take what it takes.
        let Ok(scenario) = Scenario::parse(file.to_string().as_bytes()) else { continue };
        let files = of(&scenario);
        assert_eq!(files.len(), 7);
        for (name, text) in &files {
            assert!(!text.contains("NaN") && !text.contains("inf"), "{name}");
        }
        let measures = rows(&files["measures.csv"]);
        let trades = measures.iter().find(|row| row["measure"] == "trades").unwrap();
        assert_eq!(trades["k-prototypes"], "0.000000000");
        assert_eq!(rows(&files["trades.csv"]).len(), 0);
        let json: Value = serde_json::from_str(&files["figures.json"]).unwrap();
        assert_eq!(json["rules"][0]["trades"], json!([]));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(of(&dated()), of(&dated()));
}

/// A reader of the guide finds every column, every measure and every file.
#[test]
fn the_guide_names_every_column_and_measure() {
    let guide = include_str!("../../docs/guide/figures.md");
    let price = |micro| Price::new(micro).unwrap();
    let fees = Fees { network: price(1), levies: price(1), ..Fees::default() };
    let scenario = dated();
    let files = written(&scenario, &Known { fees, ..Known::of(&scenario) }, &by_all(&scenario));
    for name in files::NAMES {
        assert!(guide.contains(name), "{name}");
    }
    for file in ["bills.csv", "trades.csv", "intervals.csv"] {
        let head = files[file].lines().next().unwrap();
        for column in head.split(',') {
            let key = column.split(" (").next().unwrap();
            assert!(guide.contains(&format!("`{key}`")), "{key} of {file}");
        }
    }
    let market = include_str!("../../docs/market.md");
    let measures = rows(&files["measures.csv"]);
    let left_out = ["self_consumption", "local_share", "clean_share"].map(String::from);
    for key in measures.iter().map(|row| row["measure"].clone()).chain(left_out) {
        assert!(guide.contains(&format!("`{key}`")), "{key} in the guide");
        assert!(market.contains(&format!("`{key}`")), "{key} in docs/market.md");
    }
}
