use super::*;
use crate::net_energy::NetEnergy;
use crate::policy::{Policy, Problem};
use crate::slot::{Slot, Weekday};
use proptest::prelude::*;

const BATTERY: &str = "
[devices.battery]
capacity_wh = 5000
start_wh = 1000
charge_w = 3000
discharge_w = 2000
charge_permille = 900
discharge_permille = 900
";

const CAR: &str = "
[devices.car]
capacity_wh = 40_000
start_wh = 20_000
charge_w = 11_000
leaves_slot = 32
returns_slot = 68
drive_wh = 25_000
";

const LOAD: &str = "
[[devices.flexible]]
energy_wh = 1200
from_slot = 40
until_slot = 60
max_w = 2000
";

fn devices(text: &str) -> Devices {
    Policy::parse(text).unwrap().devices
}

fn net(wh: i64) -> NetEnergy {
    NetEnergy::default().less(-wh)
}

fn slot(number: u32) -> Slot {
    Slot::of_table(number, Weekday::Monday)
}

/// A day from a slot on: 200 Wh are lacking in each quarter hour but from 10 to 15 o'clock, when 800 Wh
/// are left over.
fn day(from: u32) -> (Vec<Ahead>, Vec<NetEnergy>) {
    let price = |micro| Price::new(micro).unwrap();
    let ahead = |number| Ahead { slot: slot(number), retail: price(300_000), feed_in: price(80_000) };
    let ahead: Vec<Ahead> = (from..from + 96).map(ahead).collect();
    let sunny = |at: &Ahead| (40..60).contains(&at.slot.of_day());
    let expected = ahead.iter().map(|at| net(if sunny(at) { 800 } else { -200 })).collect();
    (ahead, expected)
}

#[test]
fn a_file_names_devices() {
    let of = devices(&format!("{BATTERY}{CAR}{LOAD}"));
    assert_eq!((of.stores.len(), of.flexible.len()), (2, 1));
    let car = of.stores[1];
    assert_eq!((car.discharge.get(), car.trips.unwrap().leaves, car.trips.unwrap().weekends), (0, 32, false));
    assert!(devices("").is_empty());
    assert!(devices("[devices]\n").is_empty());
}

#[test]
fn a_device_that_is_none_is_refused_with_its_key() {
    let refused = |text: &str| Policy::parse(text).unwrap_err();
    let without = |text: &str, key: &str| {
        text.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect::<String>()
    };
    for (text, section, keys) in [
        (BATTERY, "battery", &["capacity_wh", "charge_w", "discharge_w"][..]),
        (CAR, "car", &["capacity_wh", "charge_w", "leaves_slot", "returns_slot", "drive_wh"]),
        (LOAD, "flexible[0]", &["energy_wh", "max_w"]),
    ] {
        for key in keys {
            let refused = refused(&without(text, key));
            assert_eq!(
                (refused.path.as_str(), refused.code()),
                (format!("devices.{section}.{key}").as_str(), "policy-needed-key")
            );
        }
        let refused = refused(&format!("{text}other = 1\n"));
        assert_eq!(
            (refused.path, refused.problem.clone().to_string().starts_with("unknown key")),
            (format!("devices.{section}.other"), true)
        );
    }
    for (text, key, value, path) in [
        (BATTERY, "capacity_wh", "0", "devices.battery.capacity_wh"),
        (BATTERY, "capacity_wh", "1000001", "devices.battery.capacity_wh"),
        (BATTERY, "start_wh", "5001", "devices.battery.start_wh"),
        (BATTERY, "minimum_wh", "5001", "devices.battery.minimum_wh"),
        (BATTERY, "charge_w", "1000001", "devices.battery.charge_w"),
        (BATTERY, "discharge_w", "1000001", "devices.battery.discharge_w"),
        (BATTERY, "charge_permille", "0", "devices.battery.charge_permille"),
        (BATTERY, "discharge_permille", "1001", "devices.battery.discharge_permille"),
        (CAR, "leaves_slot", "95", "devices.car.leaves_slot"),
        (CAR, "returns_slot", "32", "devices.car.returns_slot"),
        (CAR, "returns_slot", "96", "devices.car.returns_slot"),
        (CAR, "drive_wh", "40001", "devices.car.drive_wh"),
        (LOAD, "from_slot", "96", "devices.flexible[0].from_slot"),
        (LOAD, "until_slot", "40", "devices.flexible[0].until_slot"),
        (LOAD, "until_slot", "97", "devices.flexible[0].until_slot"),
        (LOAD, "max_w", "3", "devices.flexible[0].max_w"),
        (LOAD, "energy_wh", "10001", "devices.flexible[0].energy_wh"),
    ] {
        let refused = refused(&format!("{}{key} = {value}\n", without(text, key)));
        assert_eq!((refused.path.as_str(), refused.code()), (path, "policy-bounds"), "{key} = {value}");
    }
    let many = LOAD.repeat(9);
    assert_eq!(refused(&many).problem, Problem::Many { found: 9, most: 8 });
    assert_eq!(refused("[devices]\nflexible = [1]\n").path, "devices.flexible[0]");
    assert_eq!(refused("[devices]\nflexible = 1\n").path, "devices.flexible");
    assert_eq!(refused("[devices.car]\nwear = -1\n").path, "devices.car.capacity_wh");
}

#[test]
fn a_battery_keeps_surplus_for_the_night() {
    let mut run = Run::new(devices(BATTERY));
    let mut bought = 0;
    // From noon to noon: 12 sunny quarter hours fill the battery, and 8 more come at the end.
    for number in 48..144 {
        let (ahead, expected) = day(number);
        let set = run.plan(&ahead, &expected).unwrap();
        let shown = run.through(slot(number), expected[0], Some(&set));
        // The schedule begins with whole Wh in the store and is rounded to whole Wh: 1 Wh each.
        assert!((shown.get() - set.net().get()).abs() <= 2, "{shown} is not {}", set.net());
        bought += shown.lack().get();
    }
    let used = run.used();
    // 76 dark quarter hours lack 15,200 Wh, and the battery gives 4,500 Wh of them.
    assert_eq!(bought, 15_200 - used.discharged);
    assert!((4400..=4600).contains(&used.discharged), "{used:?}");
}

#[test]
fn what_a_battery_gives_is_not_for_sale() {
    let set = SetPoint { expected: net(100), stores: vec![-400], flexible: vec![], low: Price::ZERO, high: Price::MAX };
    assert_eq!((set.net(), set.for_sale()), (net(500), net(100)));
    let covers = SetPoint { expected: net(-300), ..set.clone() };
    assert_eq!((covers.net(), covers.for_sale()), (net(100), net(0)));
    let lacks = SetPoint { expected: net(-900), ..set };
    assert_eq!((lacks.net(), lacks.for_sale()), (net(-500), net(-500)));
}

#[test]
fn a_battery_makes_up_for_what_the_forecast_missed() {
    let through = |planned: i64, expected: i64, actual: i64| {
        let mut run = Run::new(devices(BATTERY));
        let set = SetPoint {
            expected: net(expected),
            stores: vec![planned],
            flexible: vec![],
            low: Price::ZERO,
            high: Price::MAX,
        };
        run.through(slot(0), net(actual), Some(&set)).get()
    };
    // As planned; 50 Wh less than planned, that the battery gives; 100 Wh more, that it takes.
    assert_eq!([through(-200, -200, -200), through(-200, -200, -250), through(300, 300, 400)], [0, 0, 0]);
    // It does not discharge for a sale that the roof does not make.
    assert_eq!(through(0, 600, 200), 200);
    // It does not buy to charge more than planned.
    assert_eq!(through(0, -600, -200), -200);
    // Its limits hold: 750 Wh in, 500 Wh out.
    assert_eq!([through(750, 750, 2000), through(-500, -500, -900)], [1250, -400]);
}

#[test]
fn a_car_is_charged_before_it_leaves() {
    let mut run = Run::new(devices(CAR));
    for number in 0..40 {
        let (ahead, expected) = day(number);
        let set = run.plan(&ahead, &expected).unwrap();
        run.through(slot(number), expected[0], Some(&set));
    }
    let used = run.used();
    assert_eq!((used.driven, used.short, used.discharged), (25_000, 0, 0));
    // 20 kWh were there, and 5 kWh came from 5.3 kWh.
    assert!((5263..=5400).contains(&used.charged), "{used:?}");
    // On a Saturday it stays at home.
    let mut idle = Run::new(devices(CAR));
    idle.through(slot(5 * 96 + 32), net(0), None);
    assert_eq!(idle.used().driven, 0);
    // Without time to charge, it leaves with what it has.
    let mut late = Run::new(devices(CAR));
    let (ahead, expected) = day(32);
    let set = late.plan(&ahead, &expected).unwrap();
    late.through(slot(32), expected[0], Some(&set));
    assert_eq!((late.used().driven, late.used().short), (20_000, 5_000));
}

#[test]
fn a_flexible_load_runs_once_a_day_within_its_window() {
    let mut run = Run::new(devices(LOAD));
    let mut ran = vec![];
    for number in 0..192 {
        let (ahead, expected) = day(number);
        let set = run.plan(&ahead, &expected).unwrap();
        let before = run.used().flexible;
        run.through(slot(number), expected[0], Some(&set));
        if run.used().flexible > before {
            ran.push(number % 96);
        }
    }
    assert_eq!(run.used().flexible, 2400);
    assert!(ran.iter().all(|of_day| (40..60).contains(of_day)), "{ran:?}");
    // Without any schedule it runs as soon as its window opens.
    let mut plain = Run::new(devices(LOAD));
    let shown: Vec<i64> = (39..44).map(|number| plain.through(slot(number), net(0), None).get()).collect();
    assert_eq!(shown, [0, -500, -500, -200, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is planned and whatever comes, stores stay within their bounds and energy is neither
    /// made nor lost but by efficiency.
    #[test]
    fn devices_keep_to_their_limits(
        nets in prop::collection::vec((-3000..3000i64, -3000..3000i64), 96),
        planned in prop::collection::vec((-4000..4000i64, -4000..4000i64, 0..2000u64), 96),
        scheduled in prop::collection::vec(any::<bool>(), 96),
    ) {
        let mut run = Run::new(devices(&format!("{BATTERY}{CAR}{LOAD}")));
        let mut sum = 0;
        for (number, ((expected, actual), (one, other, load))) in nets.into_iter().zip(planned).enumerate() {
            let set = SetPoint {
                expected: net(expected),
                stores: vec![one, other],
                flexible: vec![load],
                low: Price::ZERO,
                high: Price::MAX,
            };
            let shown = run.through(slot(number as u32), net(actual), scheduled[number].then_some(&set));
            sum += actual - shown.get();
            prop_assert!(run.stored(0).get() <= 5000 && run.stored(1).get() <= 40_000);
        }
        let used = run.used();
        prop_assert_eq!(sum, used.charged as i64 - used.discharged as i64 + used.flexible as i64);
        prop_assert_eq!(used.flexible, 1200);
        prop_assert_eq!(used.driven + used.short, 25_000);
    }
}
