//! Every refusal, with the path of its field.

use crate::problem::solve;
use serde_json::{json, Value};

/// A household with everything.
fn file() -> Value {
    json!({
        "format": "veilgrid-grid-schedule/1", "cycle_seconds": 900, "price_grid": { "first": 300_000, "step": 7_500 },
        "load": [300, 300], "buy": [650_000, 650_000], "sell": [300_000, 310_000],
        "import_w": 11_000, "export_w": 11_000,
        "battery": {
            "capacity": 5000, "minimum": 500, "initial": 1000, "final": 1000, "charge_w": 3000, "discharge_w": 3000,
            "charge_permille": 950, "discharge_permille": 950, "wear": 10_000, "away": [1], "drive": [0, 100],
        },
        "generator": { "available": [1500, 1600], "ramp_w": null, "before": 0, "efficiency_permille": 970, "cost": 0 },
        "flexible": [{ "energy": 300, "from": 0, "until": 2, "max_w": 2400 }],
    })
}

/// The file with another value at a JSON pointer; `None` takes the field away.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut file = file();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = file.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Array(list), Some(value)) => list[field.parse::<usize>().unwrap()] = value,
        (Value::Object(object), Some(value)) => drop(object.insert(field.into(), value)),
        (Value::Object(object), None) => drop(object.remove(field)),
        _ => panic!("{pointer} names nothing"),
    }
    file
}

fn refused(pointer: &str, value: Option<Value>) -> (String, &'static str) {
    let refused = solve(with(pointer, value.clone()).to_string().as_bytes());
    let refused = refused.expect_err(&format!("{pointer} = {value:?} is refused"));
    (refused.path.clone(), refused.code())
}

#[test]
fn the_household_itself_is_planned() {
    let result = solve(file().to_string().as_bytes()).unwrap();
    let keys: Vec<&str> = result.as_object().unwrap().keys().map(String::as_str).collect();
    for key in
        ["format", "cost", "net", "unique_net", "value_now", "charge", "discharge", "stored", "generated", "flexible"]
    {
        assert!(keys.contains(&key), "{key}");
    }
    let bare = json!({
        "format": "veilgrid-grid-schedule/1", "cycle_seconds": 900, "price_grid": { "first": 300_000, "step": 7_500 },
        "load": [300], "buy": [650_000], "sell": [300_000], "import_w": null, "export_w": null, "battery": null,
        "generator": null, "flexible": [],
    });
    let result = solve(bare.to_string().as_bytes()).unwrap();
    for key in ["charge", "discharge", "stored", "generated", "flexible"] {
        assert!(result.get(key).is_none(), "{key}");
    }
    assert_eq!(result["plan"], json!({ "side": "buy", "volume": 300, "limit": 645_000 }));
}

#[test]
fn each_field_is_needed_and_no_other_is_known() {
    let whole = file();
    let objects = ["", "/price_grid", "/battery", "/generator", "/flexible/0"];
    for object in objects {
        for field in whole.pointer(object).unwrap().as_object().unwrap().keys() {
            if field == "away" || field == "drive" || field == "format" {
                continue;
            }
            let (path, code) = refused(&format!("{object}/{field}"), None);
            assert!(path.ends_with(field.as_str()), "{path}, {field}");
            assert_eq!(code, "grid-shape");
        }
        let (path, code) = refused(&format!("{object}/other"), Some(json!(1)));
        assert!(path.ends_with("other"), "{path}");
        assert_eq!(code, "grid-shape");
    }
    for field in ["away", "drive"] {
        for left_out in [None, Some(Value::Null)] {
            assert!(solve(with(&format!("/battery/{field}"), left_out).to_string().as_bytes()).is_ok());
        }
    }
}

#[test]
fn each_number_is_within_its_bounds() {
    let beyond = 1u64 << 32;
    for pointer in [
        "/load/1",
        "/buy/1",
        "/sell/1",
        "/battery/capacity",
        "/battery/minimum",
        "/battery/initial",
        "/battery/final",
        "/battery/wear",
        "/battery/drive/1",
        "/generator/available/1",
        "/generator/before",
        "/generator/cost",
        "/flexible/0/energy",
        "/price_grid/first",
        "/price_grid/step",
    ] {
        assert_eq!(refused(pointer, Some(json!(beyond))), (path(pointer), "grid-bounds"), "{pointer}");
        assert_eq!(refused(pointer, Some(json!(-1))), (path(pointer), "grid-shape"), "{pointer}");
        assert_eq!(refused(pointer, Some(json!(1.5))), (path(pointer), "grid-shape"), "{pointer}");
    }
    for pointer in [
        "/import_w",
        "/export_w",
        "/battery/charge_w",
        "/battery/discharge_w",
        "/generator/ramp_w",
        "/flexible/0/max_w",
    ] {
        assert_eq!(refused(pointer, Some(json!(1u64 << 40))), (path(pointer), "grid-bounds"), "{pointer}");
        assert_eq!(refused(pointer, Some(json!(-1))), (path(pointer), "grid-shape"), "{pointer}");
    }
    for pointer in ["/battery/charge_permille", "/battery/discharge_permille", "/generator/efficiency_permille"] {
        for permille in [0, 1001, 65_536 + 1000] {
            assert_eq!(refused(pointer, Some(json!(permille))), (path(pointer), "grid-bounds"), "{pointer}");
        }
    }
}

/// A JSON pointer as a path.
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(index) => path += &format!("[{index}]"),
            Err(_) if path.is_empty() => path += part,
            Err(_) => path += &format!(".{part}"),
        }
    }
    path
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (pointer, value, path, code) in [
        ("/format", json!("veilgrid-grid-schedule/2"), "format", "grid-format"),
        ("/cycle_seconds", json!(0), "cycle_seconds", "grid-cycle"),
        ("/cycle_seconds", json!(700), "cycle_seconds", "grid-cycle"),
        ("/cycle_seconds", json!(7200), "cycle_seconds", "grid-cycle"),
        ("/price_grid/step", json!(0), "price_grid.step", "grid-shape"),
        ("/price_grid/step", json!(100_000_000), "price_grid.step", "grid-shape"),
        ("/load", json!([]), "load", "grid-length"),
        ("/buy", json!([650_000]), "buy", "grid-length"),
        ("/sell", json!([1, 2, 3]), "sell", "grid-length"),
        ("/sell/1", json!(650_001), "sell[1]", "grid-sell-above-buy"),
        ("/battery/minimum", json!(5001), "battery.minimum", "grid-bounds"),
        ("/battery/initial", json!(499), "battery.initial", "grid-bounds"),
        ("/battery/initial", json!(5001), "battery.initial", "grid-bounds"),
        ("/battery/final", json!(499), "battery.final", "grid-bounds"),
        ("/battery/final", json!(5001), "battery.final", "grid-bounds"),
        ("/battery/away", json!([2]), "battery.away[0]", "grid-bounds"),
        ("/battery/away", json!([0, 1, 0]), "battery.away[2]", "grid-id"),
        ("/battery/away", json!([u64::MAX]), "battery.away[0]", "grid-bounds"),
        ("/battery/drive", json!([0]), "battery.drive", "grid-length"),
        ("/battery/drive", json!([]), "battery.drive", "grid-length"),
        ("/generator/available", json!([1]), "generator.available", "grid-length"),
        ("/flexible/0/until", json!(3), "flexible[0].until", "grid-bounds"),
        ("/flexible/0/until", json!(0), "flexible[0].until", "grid-bounds"),
        ("/flexible/0/from", json!(2), "flexible[0].from", "grid-window"),
        ("/flexible/0/energy", json!(1201), "flexible[0].energy", "grid-window"),
        ("/load/0", json!(30_000), "", "grid-infeasible"),
        ("/battery/final", json!(5000), "", "grid-infeasible"),
        ("/battery/drive/1", json!(3000), "", "grid-infeasible"),
    ] {
        assert_eq!(refused(pointer, Some(value.clone())), (path.to_string(), code), "{pointer} = {value}");
    }
    let infeasible = solve(with("/load/0", Some(json!(30_000))).to_string().as_bytes()).unwrap_err();
    assert!(infeasible.to_string().contains("no schedule keeps to every limit"), "{infeasible}");
}

#[test]
fn the_library_refuses_what_a_file_cannot_say() {
    use super::drawn::watts;
    use super::worked::horizon;
    use crate::schedule::{plan, Flexible, Horizon};
    let negative = plan(&Horizon { import: Some(watts(-1)), ..horizon() }).err().unwrap();
    assert_eq!((negative.path.as_str(), negative.code()), ("import_w", "grid-bounds"));
    let flexible = Flexible { energy: super::drawn::wh(1), from: 0, until: 1, most: watts(-4) };
    let negative = plan(&Horizon { flexible: vec![flexible], ..horizon() }).err().unwrap();
    assert_eq!((negative.path.as_str(), negative.code()), ("flexible[0].max_w", "grid-bounds"));
    let many = plan(&Horizon { flexible: vec![flexible; 1001], ..horizon() }).err().unwrap();
    assert_eq!((many.path.as_str(), many.code()), ("flexible", "grid-length"));
}
