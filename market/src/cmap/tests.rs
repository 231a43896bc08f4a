use super::*;
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection};
use proptest::prelude::*;
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/cmap")
}

fn input(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.input.json"))).unwrap()).unwrap()
}

fn market(value: &Value) -> Market {
    Market::parse(value.to_string().as_bytes()).unwrap()
}

/// The report, as JSON.
fn cleared(value: &Value) -> Value {
    serde_json::from_str(&market(value).clear(true).to_json()).unwrap()
}

#[test]
fn every_case_is_equal() {
    let mut cases = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".input.json") else { continue };
        let expected = std::fs::read(folder().join(format!("{name}.expected.json"))).unwrap();
        let mut expected: Value = serde_json::from_slice(&expected).unwrap();
        assert_eq!(cleared(&input(name)), expected, "{name}");
        // Scores are there only where they are asked for.
        for round in expected["rounds"].as_array_mut().unwrap() {
            round.as_object_mut().unwrap().remove("scores");
        }
        let found: Value = serde_json::from_str(&market(&input(name)).clear(false).to_json()).unwrap();
        assert_eq!(found, expected, "{name}");
        assert_eq!(market(&input(name)).clear(false).round_rows().len(), expected["rounds"].as_array().unwrap().len());
        cases += 1;
    }
    assert_eq!(cases, 6);
}

/// Changes a case and gives what is refused: the path and the code.
fn refused(name: &str, change: impl FnOnce(&mut Value)) -> (String, &'static str) {
    let mut value = input(name);
    change(&mut value);
    let refused = Market::parse(value.to_string().as_bytes()).unwrap_err();
    assert!(refused.to_string().contains(&refused.problem.to_string()));
    (refused.path.clone(), refused.code())
}

#[test]
fn every_field_is_required_and_no_other_is_read() {
    fn each(value: &Value, path: String, visit: &mut dyn FnMut(String, &str)) {
        match value {
            Value::Object(fields) => {
                visit(path.clone(), "a_field_that_nobody_knows");
                for (field, below) in fields {
                    visit(path.clone(), field);
                    each(below, format!("{path}/{field}"), visit);
                }
            }
            Value::Array(all) => {
                all.iter().enumerate().for_each(|(index, below)| each(below, format!("{path}/{index}"), visit))
            }
            _ => {}
        }
    }
    for name in ["simple_2x2", "split_demand"] {
        let whole = input(name);
        let (mut required, mut unknown) = (0, 0);
        each(&whole, String::new(), &mut |path, field| {
            let mut value = whole.clone();
            let object = value.pointer_mut(&path).unwrap().as_object_mut().unwrap();
            let optional =
                path.ends_with("/weights") || field == "network" || path.starts_with("/buyers") && field == "type";
            match object.remove(field) {
                None => {
                    object.insert(field.into(), json!(1));
                    unknown += 1;
                }
                Some(_) if optional => return,
                Some(_) => required += 1,
            }
            let refused = Market::parse(value.to_string().as_bytes()).unwrap_err();
            let in_path: String =
                path.split('/').skip(1).fold(String::new(), |path, part| match part.parse::<usize>() {
                    Ok(index) => format!("{path}[{index}]"),
                    Err(_) if path.is_empty() => part.into(),
                    Err(_) => format!("{path}.{part}"),
                });
            let whole = if in_path.is_empty() { field.into() } else { format!("{in_path}.{field}") };
            assert_eq!((refused.path, refused.problem.code()), (whole, "cmap-shape"));
        });
        assert!(required > 40 && unknown > 5, "{required} {unknown}");
    }
}

#[test]
fn numbers_are_bounded() {
    let bounds: [(&str, &str, i64, i64); 22] = [
        ("/market/price_min", "market.price_min", 0, 1_416_700),
        ("/market/price_max", "market.price_max", 302_300, (1 << 32) - 1),
        ("/market/reach", "market.reach", 1, (1 << 32) - 1),
        ("/market/side_weights/0", "market.side_weights[0]", 0, 15),
        ("/market/side_weights/1", "market.side_weights[1]", 0, 15),
        ("/market/max_rounds", "market.max_rounds", 1, 255),
        ("/market/feed_in", "market.feed_in", 0, (1 << 32) - 1),
        ("/market/retail", "market.retail", 0, (1 << 32) - 1),
        ("/sellers/1/price", "sellers[1].price", 1, (1 << 32) - 1),
        ("/sellers/1/volume", "sellers[1].volume", 1, (1 << 32) - 1),
        ("/sellers/1/reputation", "sellers[1].reputation", 0, 100),
        ("/sellers/1/x", "sellers[1].x", 0, (1 << 20) - 1),
        ("/sellers/1/y", "sellers[1].y", 0, (1 << 20) - 1),
        ("/sellers/1/refuse_below", "sellers[1].refuse_below", 0, 1000),
        ("/buyers/2/price", "buyers[2].price", 1, (1 << 32) - 1),
        ("/buyers/2/volume", "buyers[2].volume", 1, (1 << 32) - 1),
        ("/buyers/2/reputation", "buyers[2].reputation", 0, 100),
        ("/buyers/2/x", "buyers[2].x", 0, (1 << 20) - 1),
        ("/buyers/2/y", "buyers[2].y", 0, (1 << 20) - 1),
        ("/buyers/2/refuse_below", "buyers[2].refuse_below", 0, 1000),
        ("/network/routers/1/loss", "network.routers[1].loss", 0, (1 << 32) - 1),
        ("/network/lines/3/metres", "network.lines[3].metres", 0, (1 << 32) - 1),
    ];
    for (pointer, path, least, most) in bounds {
        for (number, accepted) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let mut value = input("split_demand");
            *value.pointer_mut(pointer).unwrap() = json!(number);
            match Market::parse(value.to_string().as_bytes()) {
                Ok(market) => {
                    assert!(accepted, "{path}: {number}");
                    market.clear(true);
                }
                Err(refused) => {
                    assert!(!accepted, "{path}: {number}");
                    // The two prices bound each other.
                    let either = path.starts_with("market.price_") && refused.path.starts_with("market.price_");
                    assert!(refused.path == path || either, "{refused}");
                    // JSON readers refuse a number below zero by its type.
                    let code = if number < 0 { "cmap-shape" } else { "cmap-bounds" };
                    assert_eq!(refused.code(), code, "{refused}");
                }
            }
        }
        assert_eq!(refused("split_demand", |v| *v.pointer_mut(pointer).unwrap() = json!("1")).1, "cmap-shape");
        assert_eq!(refused("split_demand", |v| *v.pointer_mut(pointer).unwrap() = json!(1.5)).1, "cmap-shape");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let of = |change: fn(&mut Value)| refused("split_demand", change);
    let at = |path: &str, code| (path.to_string(), code);
    assert_eq!(of(|v| v["format"] = json!("veilgrid-cmap/2")), at("format", "cmap-format"));
    assert_eq!(of(|v| v["market"]["side_weights"] = json!([0, 0])), at("market.side_weights", "cmap-weights"));
    assert_eq!(of(|v| v["market"]["side_weights"] = json!([1])), at("market.side_weights", "cmap-shape"));
    assert_eq!(of(|v| v["market"]["pairs"] = json!("none")), at("market.pairs", "cmap-shape"));
    assert_eq!(of(|v| v["sellers"][0]["type"] = json!("coal")), at("sellers[0].type", "cmap-shape"));
    assert_eq!(of(|v| v["sellers"][0]["after_refusal"] = json!("home")), at("sellers[0].after_refusal", "cmap-shape"));
    // Ids differ across both sides and the routers.
    assert_eq!(of(|v| v["sellers"][1]["id"] = json!("S0")), at("sellers[1].id", "cmap-id"));
    assert_eq!(of(|v| v["buyers"][0]["id"] = json!("S3")), at("buyers[0].id", "cmap-id"));
    assert_eq!(of(|v| v["network"]["routers"][1]["id"] = json!("B0")), at("network.routers[1].id", "cmap-id"));
    assert_eq!(of(|v| v["network"]["routers"][1]["id"] = json!("R0")), at("network.routers[1].id", "cmap-id"));
    assert_eq!(of(|v| v["sellers"][0]["id"] = json!("")), at("sellers[0].id", "cmap-id"));
    // Weights.
    assert_eq!(of(|v| v["sellers"][0]["weights"]["price"] = json!(499)), at("sellers[0].weights", "cmap-weights"));
    assert_eq!(of(|v| v["buyers"][0]["weights"]["price"] = json!(501)), at("buyers[0].weights", "cmap-weights"));
    assert_eq!(of(|v| v["buyers"][0]["weights"] = json!({})), at("buyers[0].weights", "cmap-weights"));
    let zero = |v: &mut Value| v["buyers"][0]["weights"] = json!({ "price": 1000, "loss": 0 });
    assert_eq!(of(zero), at("buyers[0].weights.loss", "cmap-bounds"));
    let huge = |v: &mut Value| v["buyers"][0]["weights"] = json!({ "price": u64::MAX, "loss": u64::MAX });
    assert_eq!(of(huge), at("buyers[0].weights.price", "cmap-bounds"));
    assert_eq!(of(|v| v["buyers"][0]["weights"]["demand"] = json!(1)), at("buyers[0].weights.demand", "cmap-shape"));
    assert_eq!(of(|v| v["sellers"][0]["weights"]["supply"] = json!(1)), at("sellers[0].weights.supply", "cmap-shape"));
    // A type exactly where it is weighed.
    assert_eq!(of(|v| v["buyers"][0]["type"] = json!("wind")), at("buyers[0].type", "cmap-shape"));
    let unsaid = |v: &mut Value| drop(v["buyers"][1].as_object_mut().unwrap().remove("type"));
    assert_eq!(of(unsaid), at("buyers[1].type", "cmap-shape"));
    assert_eq!(of(|v| v["buyers"][1]["type"] = Value::Null), at("buyers[1].type", "cmap-shape"));
    // Lines.
    let line = |v: &mut Value, end: &str, id: &str| v["network"]["lines"][2][end] = json!(id);
    let from = |id: &'static str| refused("split_demand", |v| line(v, "from", id));
    let to = |id: &'static str| refused("split_demand", |v| line(v, "to", id));
    assert_eq!(from("B0"), at("network.lines[2].from", "cmap-line"));
    assert_eq!(from("X"), at("network.lines[2].from", "cmap-line"));
    assert_eq!(to("S0"), at("network.lines[2].to", "cmap-line"));
    assert_eq!(to("X"), at("network.lines[2].to", "cmap-line"));
    // Sums of volumes.
    let many = |side: &'static str, count: usize, volume: u64| {
        move |v: &mut Value| {
            let plan = |index: usize| {
                let mut plan = v[side][0].clone();
                plan["id"] = json!(format!("{side}{index}"));
                plan["volume"] = json!(volume);
                plan
            };
            let plans: Vec<Value> = (0..count).map(plan).collect();
            v[side] = json!(plans);
            v.as_object_mut().unwrap().remove("network");
        }
    };
    for side in ["sellers", "buyers"] {
        let path = format!("{side}[256].volume");
        assert_eq!(refused("split_demand", many(side, 257, (1 << 32) - 1)), (path, "cmap-volumes"));
        let mut value = input("split_demand");
        many(side, 256, (1 << 32) - 1)(&mut value);
        market(&value).clear(false);
    }
    let syntax = Market::parse(b"{").unwrap_err();
    assert_eq!((syntax.path.as_str(), syntax.code()), ("", "cmap-syntax"));
    assert_eq!(Market::parse(br#"{"format":"a","format":"b"}"#).unwrap_err().path, "format");
}

#[test]
fn a_side_without_plans_trades_nothing() {
    let mut value = input("simple_2x2");
    value["sellers"] = json!([]);
    let report = cleared(&value);
    assert_eq!((&report["rounds"], &report["trades"]), (&json!([]), &json!([])));
    assert_eq!(
        report["grid"][0],
        json!({ "id": "B0", "surplus_wh": 0, "shortfall_wh": 2500, "amount": -1_625_000_000i64 })
    );
    value["buyers"] = json!([]);
    assert_eq!(cleared(&value)["grid"], json!([]));
}

#[test]
fn the_greatest_amounts_are_written_exactly() {
    let mut value = input("simple_2x2");
    let most = (1u64 << 32) - 1;
    value["sellers"] = json!([]);
    value["buyers"][0]["volume"] = json!(most);
    value["market"]["retail"] = json!(most);
    let text = market(&value).clear(false).to_json();
    assert!(text.contains(&format!("\"amount\": -{}", u128::from(most) * u128::from(most))), "{text}");
}

#[test]
fn ways_far_beyond_the_reach_do_not_overflow() {
    let mut value = input("split_demand");
    let most = json!((1u64 << 32) - 1);
    for line in value["network"]["lines"].as_array_mut().unwrap() {
        line["metres"] = most.clone();
    }
    for router in value["network"]["routers"].as_array_mut().unwrap() {
        router["loss"] = most.clone();
    }
    let market = market(&value);
    // From seller 3 by both routers to buyer 1: three lines and two routers.
    assert_eq!(market.pool.distances[(1, 3)], Some(5 * ((1 << 32) - 1)));
    market.clear(true);
}

/// Markets with few prices, volumes and places, so that ties are common.
fn markets(refusals: bool) -> impl Strategy<Value = Value> {
    let weights = |of: &'static [&'static str]| {
        (0..of.len(), 0..of.len(), 1u64..1000).prop_map(move |(one, other, part)| match one == other {
            true => json!({ of[one]: 1000 }),
            false => json!({ of[one]: part, of[other]: 1000 - part }),
        })
    };
    let number = (1u64..5, 1u64..7, 0u64..5, 0u64..4, 0u64..4, 0u64..1001);
    let seller = (number.clone(), 0usize..5, weights(&["price", "demand", "loss", "reputation"]), any::<bool>());
    let buyer = (number, 0usize..5, weights(&["price", "supply", "loss", "type", "environment", "reputation"]));
    let sides = (prop::collection::vec(seller, 0..7), prop::collection::vec(buyer, 0..7));
    let terms = (any::<bool>(), 0u64..4, 0u64..4, 1u64..6, 1u64..10, prop::collection::vec(0u64..9, 0..20));
    (sides, terms).prop_map(move |((sellers, buyers), (all, of_buyers, of_sellers, reach, rounds, lines))| {
        const TYPES: [&str; 5] = ["wind", "hydro", "fossil", "solar", "biomass"];
        let below = |below: u64| if refusals { below } else { 0 };
        let plan = |id: String, (price, volume, reputation, x, y, refuse): (u64, u64, u64, u64, u64, u64), weights| {
            json!({ "id": id, "price": 100 * price, "volume": 50 * volume, "reputation": 25 * reputation, "x": 400 * x,
                    "y": 300 * y, "weights": weights, "refuse_below": below(refuse) })
        };
        let network = (!lines.is_empty()).then(|| {
            let routers = [json!({ "id": "R0", "loss": 10 }), json!({ "id": "R1", "loss": 500 })];
            let ends = |prefix: &str, count: usize| (0..count).map(|index| format!("{prefix}{index}")).collect::<Vec<_>>();
            let from = [ends("R", 2), ends("S", sellers.len())].concat();
            let to = [ends("R", 2), ends("B", buyers.len())].concat();
            let line = |(at, number): (usize, &u64)| {
                json!({ "from": from[(at * 5 + *number as usize) % from.len()], "to": to[(at * 3 + 1) % to.len()], "metres": 200 * number })
            };
            json!({ "routers": routers, "lines": lines.iter().enumerate().map(line).collect::<Vec<_>>() })
        });
        let sellers = sellers.into_iter().enumerate().map(|(index, (numbers, kind, weights, again))| {
            let mut seller = plan(format!("S{index}"), numbers, weights);
            seller["type"] = json!(TYPES[kind]);
            seller["after_refusal"] = json!(if again { "again" } else { "grid" });
            seller
        });
        let buyers = buyers.into_iter().enumerate().map(|(index, (numbers, kind, weights))| {
            let mut buyer = plan(format!("B{index}"), numbers, weights);
            if buyer["weights"].get("type").is_some() {
                buyer["type"] = json!(TYPES[kind]);
            }
            buyer
        });
        let weights = if of_buyers + of_sellers == 0 { [1, 1] } else { [of_buyers, of_sellers] };
        let mut value = json!({
            "format": FORMAT,
            "market": { "price_min": 150, "price_max": 400, "reach": 300 * reach, "pairs": if all { "all" } else { "willing" },
                        "side_weights": weights, "max_rounds": rounds, "feed_in": 50, "retail": 700 },
            "sellers": sellers.collect::<Vec<_>>(), "buyers": buyers.collect::<Vec<_>>(),
        });
        if let Some(network) = network {
            value["network"] = network;
        }
        value
    })
}

/// The greatest total by its cut: over all sets of buyers, what the others need and what those
/// sellers have who may sell to the set.
fn least_cut(market: &Market) -> u64 {
    let pool = &market.pool;
    let willing = |b: usize, s: usize| {
        pool.distances[(b, s)].is_some()
            && (pool.terms.pairs == Pairs::All || pool.sellers[s].ask <= pool.buyers[b].limit)
    };
    let cut = |set: u32| {
        let within = |buyer: usize| set >> buyer & 1 == 1;
        let needs = (0..pool.buyers.len()).filter(|b| !within(*b)).map(|b| pool.buyers[b].volume.get());
        let reached = |s: &usize| (0..pool.buyers.len()).any(|b| within(b) && willing(b, *s));
        let supplies = (0..pool.sellers.len()).filter(reached).map(|s| pool.sellers[s].volume.get());
        needs.sum::<u64>() + supplies.sum::<u64>()
    };
    (0..1 << pool.buyers.len()).map(cut).min().unwrap()
}

/// The greatest of an objective over all ways to let so much energy flow, by floating-point linear
/// programming.
fn by_program(market: &Market, energy: u64, objective: &dyn Fn(usize, usize) -> f64) -> f64 {
    let pool = &market.pool;
    let mut problem = microlp::Problem::new(OptimizationDirection::Maximize);
    let mut cells = Vec::new();
    for buyer in 0..pool.buyers.len() {
        for seller in 0..pool.sellers.len() {
            let willing = pool.terms.pairs == Pairs::All || pool.sellers[seller].ask <= pool.buyers[buyer].limit;
            if willing && pool.distances[(buyer, seller)].is_some() {
                cells.push((buyer, seller, problem.add_var(objective(buyer, seller), (0.0, f64::INFINITY))));
            }
        }
    }
    let sum = |counts: &dyn Fn(usize, usize) -> bool| {
        let mut sum = LinearExpr::empty();
        cells.iter().filter(|(b, s, _)| counts(*b, *s)).for_each(|(_, _, variable)| sum.add(*variable, 1.0));
        sum
    };
    for (buyer, plan) in pool.buyers.iter().enumerate() {
        problem.add_constraint(sum(&|b, _| b == buyer), ComparisonOp::Le, plan.volume.get() as f64);
    }
    for (seller, plan) in pool.sellers.iter().enumerate() {
        problem.add_constraint(sum(&|_, s| s == seller), ComparisonOp::Le, plan.volume.get() as f64);
    }
    problem.add_constraint(sum(&|_, _| true), ComparisonOp::Eq, energy as f64);
    problem.solve().unwrap().into_solution().unwrap().objective()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn energy_is_conserved_and_nobody_is_asked_twice(value in markets(true)) {
        let market = market(&value);
        let report = market.clear(false);
        prop_assert_eq!(&report, &market.clear(false));
        let mut refused = std::collections::BTreeSet::new();
        for round in &report.rounds {
            prop_assert_eq!(round.energy, round.matches.iter().map(|of| of.volume).sum::<u64>());
            prop_assert!(round.energy > 0);
            for of in &round.matches {
                let pair = (of.buyer.clone(), of.seller.clone());
                prop_assert!(!refused.contains(&pair), "a pair that refused is barred");
                if of.answer != Answer::Confirmed {
                    refused.insert(pair);
                }
                let own = |ids: &[String], id: &String| ids.iter().position(|other| other == id).unwrap();
                let (b, s) = (own(&market.buyers, &of.buyer), own(&market.sellers, &of.seller));
                let (buyer, seller) = (&market.pool.buyers[b], &market.pool.sellers[s]);
                // Individually rational where only willing pairs trade.
                if market.pool.terms.pairs == Pairs::Willing {
                    prop_assert!(seller.ask.get() <= of.price && of.price <= buyer.limit.get());
                }
                let [of_buyer, of_seller] = of.satisfaction_ppm;
                let answer = match (of_buyer < buyer.stance.refuse_below, of_seller < seller.stance.refuse_below) {
                    (true, _) => Answer::BuyerRefused,
                    (false, true) => Answer::SellerRefused,
                    (false, false) => Answer::Confirmed,
                };
                prop_assert_eq!(of.answer, answer);
            }
        }
        for (id, volume) in market.sellers.iter().zip(&market.pool.sellers).map(|(id, plan)| (id, plan.volume.get()))
            .chain(market.buyers.iter().zip(&market.pool.buyers).map(|(id, plan)| (id, plan.volume.get()))) {
            let traded: u64 = report.trades.iter().filter(|of| of.buyer == *id || of.seller == *id).map(|of| of.volume).sum();
            let left: u64 = report.grid.iter().filter(|of| of.id == *id).map(|of| of.surplus_wh + of.shortfall_wh).sum();
            prop_assert_eq!(traded + left, volume);
        }
        // Every trade's money is paid once: the same amount leaves the buyer and reaches the seller.
        prop_assert!(report.trades.iter().all(|of| of.amount == of.volume * of.price));
    }

    #[test]
    fn one_round_with_the_greatest_total_where_nobody_refuses(value in markets(false)) {
        let market = market(&value);
        let rounds = play(&market.pool, market.max_rounds, 1, true);
        let greatest = least_cut(&market);
        prop_assert_eq!(rounds.len(), usize::from(greatest > 0));
        let Some(Round { allocation, scores: Some(scores), .. }) = rounds.first() else { return Ok(()) };
        prop_assert_eq!(allocation.energy, greatest);
        // Each extreme and the mix, by a linear program.
        let of = |side: usize, b: usize, s: usize| f64::from(if side == 0 { scores.buyers[(b, s)] } else { scores.sellers[(b, s)] });
        let spreads = [allocation.buyers, allocation.sellers];
        for (side, spread) in spreads.iter().enumerate() {
            let greatest = by_program(&market, allocation.energy, &|b, s| of(side, b, s));
            let least = -by_program(&market, allocation.energy, &|b, s| -of(side, b, s));
            prop_assert!((greatest - spread.greatest as f64).abs() < 1.0 && (least - spread.least as f64).abs() < 1.0);
            prop_assert!(spread.least <= spread.got && spread.got <= spread.greatest);
        }
        let weights = market.pool.terms.side_weights.map(f64::from);
        let scaled = |side: usize| weights[side] / spreads[side].range().max(1) as f64;
        let best = by_program(&market, allocation.energy, &|b, s| scaled(0) * of(0, b, s) + scaled(1) * of(1, b, s));
        let got = scaled(0) * spreads[0].got as f64 + scaled(1) * spreads[1].got as f64;
        prop_assert!((best - got).abs() < 1e-6 * best.abs().max(1.0), "{} {}", best, got);
    }

    /// The order of routers and lines, a router that nothing leads to, a longer line beside a short
    /// one, weights of the sides in the same proportion, and the origin of places decide nothing.
    #[test]
    fn what_does_not_matter_changes_nothing(value in markets(true)) {
        let report = cleared(&value);
        let mut other = value.clone();
        for weight in other["market"]["side_weights"].as_array_mut().unwrap() {
            *weight = json!(weight.as_u64().unwrap() * 5);
        }
        match other.get_mut("network") {
            Some(network) => {
                network["lines"].as_array_mut().unwrap().reverse();
                let mut longer = network["lines"][0].clone();
                longer["metres"] = json!(longer["metres"].as_u64().unwrap() + 1);
                network["lines"].as_array_mut().unwrap().push(longer);
                network["routers"].as_array_mut().unwrap().reverse();
                network["routers"].as_array_mut().unwrap().push(json!({ "id": "R2", "loss": 0 }));
                other["sellers"].as_array_mut().unwrap().iter_mut().for_each(|plan| plan["x"] = json!(7));
            }
            None => {
                for side in ["sellers", "buyers"] {
                    for plan in other[side].as_array_mut().unwrap() {
                        plan["x"] = json!(plan["x"].as_u64().unwrap() + 1000);
                    }
                }
            }
        }
        prop_assert_eq!(cleared(&other), report);
    }
}

/// The report lets every pair trade; then somebody loses by the price.
#[test]
fn with_all_pairs_a_buyer_may_pay_above_its_limit() {
    let mut market = market(&input("random_20x20"));
    assert_eq!(market.pool.terms.pairs, Pairs::All);
    let above = |market: &Market| {
        let report = market.clear(false);
        let limit = |id: &String| {
            market.buyers.iter().zip(&market.pool.buyers).find(|(other, _)| *other == id).unwrap().1.limit
        };
        report.trades.iter().filter(|trade| trade.price > limit(&trade.buyer).get()).count()
    };
    assert!(above(&market) > 0);
    market.pool.terms.pairs = Pairs::Willing;
    assert_eq!(above(&market), 0);
}

#[test]
fn a_plan_that_refuses_all_leaves_after_its_first_match() {
    let mut market = market(&input("simple_2x2"));
    market.pool.sellers[0].stance = Stance::REFUSES;
    let rounds = play(&market.pool, 8, 1, false);
    assert_eq!(rounds.len(), 2);
    assert!(rounds[0].matches.iter().all(|of| (of.answer == Answer::SellerRefused) == (of.seller == 0)));
    assert_eq!(rounds[1].sellers, [1]);
    market.pool.buyers[0].stance = Stance::REFUSES;
    let rounds = play(&market.pool, 8, 1, false);
    assert!(rounds[1..].iter().all(|round| round.buyers == [1] && round.sellers == [1]));
    assert!(rounds.iter().all(|round| round.scores.is_none()));
    // Both may be left with less than can be listed again.
    market.pool.sellers[0].stance = Stance::WILLING;
    let all = play(&market.pool, 8, 1, false);
    let few = play(&market.pool, 8, 1_000_000, false);
    assert!(all.len() > few.len() || all == few);
}
