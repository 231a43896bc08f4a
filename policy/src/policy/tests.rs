use super::*;

#[test]
fn the_default_file_is_the_default_policy() {
    assert_eq!(Policy::parse(Policy::default_toml()).unwrap(), Policy::default());
    assert_eq!(Policy::parse("").unwrap(), Policy::default());
}

/// The keys of the default file with their paths and values, as lines of text.
fn default_keys() -> Vec<(String, String)> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in Policy::default_toml().lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_string();
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.push((if section.is_empty() { key.into() } else { format!("{section}.{key}") }, value.to_string()));
        }
    }
    keys
}

#[test]
fn the_default_file_is_frozen() {
    let keys: Vec<String> = default_keys().iter().map(|(path, value)| format!("{path} = {value}")).collect();
    assert_eq!(keys.join("\n"), include_str!("default.keys").trim_end());
}

/// A file with one key.
fn one(path: &str, value: &str) -> String {
    format!("{path} = {value}\n")
}

/// Whether a key has a price or money.
fn is_decimal(path: &str) -> bool {
    let ends = ["floor", "ceiling", "daily_budget", "daily_cap", "_least", "_most"];
    ends.iter().any(|end| path.ends_with(end))
}

#[test]
fn every_key_of_the_default_file_is_read() {
    for (path, value) in default_keys() {
        assert!(Policy::parse(&one(&path, &value)).is_ok(), "{path}");
        let other = match value.as_str() {
            "true" => "false",
            "\"solar\"" => "\"wind\"",
            "\"veilgrid-policy/1\"" => continue,
            _ if is_decimal(&path) => "0.06",
            _ => "5",
        };
        let changed = Policy::parse(&one(&path, other)).unwrap_or_else(|refused| panic!("{path}: {refused}"));
        assert_ne!(changed, Policy::default(), "{path} = {other} changes nothing");
    }
}

#[test]
fn prices_and_money_are_exact_with_and_without_quotes() {
    for (path, _) in default_keys().iter().filter(|(path, _)| is_decimal(path)) {
        // 0.060001 is below every greatest default and above every least one.
        let [bare, quoted] = ["0.060001", "\"0.060001\""].map(|value| Policy::parse(&one(path, value)));
        assert_eq!(bare, quoted, "{path}");
        assert!(bare.is_ok_and(|policy| policy != Policy::default()), "{path}");
    }
    assert_eq!(Policy::parse("sell.floor = 0.320000\n").unwrap().sell.floor, price(320_000));
    // A float could not hold this amount.
    let budget = Policy::parse("buy.daily_budget = 9007199254.740993\n").unwrap().buy.daily_budget;
    assert_eq!(budget, money(9_007_199_254_740_993_000));
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_at_every_key() {
    for (path, value) in default_keys() {
        let other = match value.as_str() {
            _ if is_decimal(&path) => "true",
            text if text.starts_with('"') => "1",
            _ => "0.5",
        };
        for wrong in [other, "[1]", "1979-05-27", "{ a = 1 }"] {
            let refused = Policy::parse(&one(&path, wrong)).unwrap_err();
            assert_eq!((refused.path.as_str(), refused.code()), (path.as_str(), "policy-kind"), "{wrong}");
        }
    }
}

#[test]
fn a_value_out_of_bounds_is_refused_at_every_key() {
    for (path, value) in default_keys() {
        let wrongs: &[&str] = match value.as_str() {
            "true" | "false" => &["1", "\"true\""],
            _ if is_decimal(&path) => &[
                "-0.1",
                "-1",
                "1e3",
                "inf",
                "nan",
                "0.0000000001",
                "0x10",
                "99999999999999",
                "\"-0.1\"",
                "\"x\"",
                "\"\"",
                "\"1,5\"",
                "\"99999999999999\"",
            ],
            text if text.starts_with('"') => &["\"x\"", "\"\""],
            _ => &["-1", "4294967296", "99999999999999999999", "0x10", "+1"],
        };
        for wrong in wrongs {
            let refused = Policy::parse(&one(&path, wrong)).unwrap_err();
            assert_eq!(refused.path, path, "{wrong}");
        }
    }
}

#[test]
fn every_section_refuses_what_it_does_not_know() {
    let sections =
        ["", "sell.", "buy.", "preferences.", "preferences.types.", "bounds.", "hold_back.", "forecast.", "shortfall."];
    for section in sections {
        let path = format!("{section}colour");
        let refused = Policy::parse(&one(&path, "1")).unwrap_err();
        assert_eq!((refused.path.as_str(), refused.code()), (path.as_str(), "policy-unknown-key"));
    }
    let refused = Policy::parse("[hold_back]\nfailure = 2\n").unwrap_err();
    assert_eq!(refused.to_string(), "hold_back.failure: unknown key; the keys here are failures, slots");
}

#[test]
fn refusals_say_what_to_do() {
    let text = |file: &str| Policy::parse(file).unwrap_err().to_string();
    assert_eq!(text("[sell]\nfloor = true\n"), "sell.floor: true or false where a price, as 0.32, is needed");
    assert_eq!(
        text("[buy]\ndaily_budget = \"1,5\"\n"),
        "buy.daily_budget: 1,5 is not an amount of money, as 2.50, with at most 9 decimals, from 0 \
         to 18446744073.709551615"
    );
    assert_eq!(text("[preferences]\nprice = 16\n"), "preferences.price: 16 is not in 0..=15");
    assert_eq!(
        text("[sell]\nenergy_type = \"sun\"\n"),
        "sell.energy_type: \"sun\" is none of wind, hydro, fossil, solar, biomass"
    );
    assert_eq!(
        text("[bounds]\nretail_least = \"1.1\"\n"),
        "bounds.retail_least: it is above retail_most, so nothing lies between them"
    );
    assert_eq!(text("[forecast]\ndays = 3\nleast_days = 4\n"), "forecast.least_days: 4 is not in 1..=3");
    assert_eq!(text("devices = 1\n"), "devices: a whole number where a section is needed");
    assert_eq!(text("sell = 3\n"), "sell: a whole number where a section is needed");
    assert!(text("[sell]\nfloor = = 1\n").starts_with("line 2 is not TOML: "));
    assert!(text("[sell]\nkeep_wh = 1\nkeep_wh = 2\n").starts_with("line 3 is not TOML: "));
    let format = Policy::parse("format = \"veilgrid-policy/2\"\n").unwrap_err();
    assert_eq!((format.path.as_str(), format.code()), ("format", "policy-format"));
    assert_eq!(Policy::parse(&" ".repeat(MAX_BYTES + 1)).unwrap_err().code(), "policy-too-long");
    assert!(Policy::parse(&" ".repeat(MAX_BYTES)).is_ok());
}

#[test]
fn a_short_lookback_needs_no_other_key() {
    let policy = Policy::parse("[forecast]\ndays = 1\n").unwrap();
    assert_eq!(policy.forecast.lookback, Lookback { days: 1, least_days: 1, least_days_of_kind: 1 });
}

const DOCS: &str = include_str!("../../../docs/policy.md");

#[test]
fn the_docs_have_every_key_with_its_default() {
    for (path, value) in default_keys() {
        let (section, key) = match path.split_once('.') {
            Some((section, key)) => (section, key),
            // The format is in the docs' example.
            None => continue,
        };
        let part = DOCS.split("\n### ").find(|part| part.starts_with(&format!("`[{section}]`")));
        let key = format!("`{key}`");
        let row = part.unwrap().lines().find(|line| line.starts_with("| ") && line.contains(&key));
        let default = row.unwrap_or_else(|| panic!("docs/policy.md lacks {path}")).split('|').nth(2).unwrap();
        assert!(default.contains(&format!("`{value}`")), "docs/policy.md: {path} has the default {value}");
    }
}

#[test]
fn the_example_of_the_docs_is_a_policy() {
    let example = DOCS.split("```toml").nth(1).unwrap().split("```").next().unwrap();
    let policy = Policy::parse(example).unwrap();
    assert_eq!((policy.sell.floor, policy.buy.daily_budget), (price(360_000), money(1_500_000_000)));
}
