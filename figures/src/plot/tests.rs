use super::axis::{Axis, Scale};
use super::sheet::{BOTTOM, HEIGHT, LEGEND, STYLES};
use super::*;

const LABELS: Labels<'_> = Labels { title: "Bills <&> \"gains\"", x: "day", y: "currency" };

fn grouped(values: &[&[f64]]) -> String {
    let series = values.iter().enumerate().map(|(s, values)| Bars {
        name: format!("series {s}"),
        bars: values.iter().map(|value| Bar::from(*value)).collect(),
    });
    let categories: Vec<String> = (0..values[0].len()).map(|c| format!("category {c}")).collect();
    bars(&LABELS, &categories, &series.collect::<Vec<_>>())
}

#[test]
fn axes_begin_and_end_at_ticks_that_people_count_in() {
    let axis = |values: &[f64]| Axis::over(values.iter().copied());
    assert_eq!(axis(&[0.0, 7237.0]), Axis { lo: 0.0, hi: 8000.0, scale: Scale::Even { step: 2000.0 } });
    assert_eq!(axis(&[-3.0, 4.0]), Axis { lo: -4.0, hi: 4.0, scale: Scale::Even { step: 2.0 } });
    let ticks: Vec<String> =
        axis(&[0.0, 0.563]).ticks().into_iter().map(|tick| axis(&[0.0, 0.563]).text(tick)).collect();
    assert_eq!(ticks, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]);
    // No value, one value, and no number: each must give an axis of a width above zero.
    for values in [&[][..], &[0.0], &[5.0], &[-5.0], &[f64::NAN, f64::INFINITY], &[1e-9, 2e-9], &[1e15, 3e15]] {
        let axis = axis(values);
        assert!(axis.lo < axis.hi, "{values:?} gives {axis:?}");
        assert!((2..20).contains(&axis.ticks().len()), "{values:?} gives {axis:?}");
    }
}

#[test]
fn bars_stand_on_zero_and_are_as_high_as_they_say() {
    // The axis goes from 0 to 10; the plot from the foot to the top.
    let svg = grouped(&[&[10.0, 5.0]]);
    let heights: Vec<f64> = svg
        .lines()
        .filter(|line| line.starts_with("<rect x=") && !line.contains("height=\"11.0\""))
        .map(|line| line.split("height=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(heights.len(), 2);
    assert!((heights[0] / heights[1] - 2.0).abs() < 0.01, "{heights:?}");
    assert_eq!(heights[0], HEIGHT - BOTTOM - (LEGEND + 14.0));
}

#[test]
fn series_differ_without_colour() {
    let colourless = |svg: &str| {
        STYLES.iter().fold(svg.to_string(), |svg, style| svg.replace(style.colour, "#000")).replace("id=", "")
    };
    let svg = colourless(&grouped(&[&[1.0][..]; STYLES.len()]));
    let fills: std::collections::BTreeSet<&str> = svg
        .lines()
        .filter(|line| line.contains("height=\"11.0\""))
        .map(|line| line.split("fill=\"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert_eq!(fills.len(), STYLES.len());
    let dashes: std::collections::BTreeSet<_> = STYLES.iter().map(|style| (style.dash, style.mark)).collect();
    assert_eq!(dashes.len(), STYLES.len());
}

#[test]
fn text_is_text_and_no_markup() {
    let svg = grouped(&[&[1.0]]);
    assert!(svg.contains("Bills &lt;&amp;&gt; &quot;gains&quot;") && !svg.contains("<&>"));
    let mut depth = 0i32;
    for tag in svg.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        depth += match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => -1,
            (false, true) => 0,
            (false, false) => 1,
        };
    }
    assert_eq!(depth, 0, "every element is closed");
}

#[test]
fn what_is_no_number_is_left_out() {
    assert!(!grouped(&[&[1.0, f64::NAN], &[f64::INFINITY, 2.0]]).contains("NaN"));
    let line = Line { name: "gap".into(), points: vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0), (3.0, 4.0)] };
    let svg = lines(&LABELS, &[], &[line]);
    let path = svg.lines().find(|line| line.contains("L")).unwrap();
    assert!(!svg.contains("NaN") && path.matches('M').count() == 2 && path.matches('L').count() == 1, "{path}");
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let points = (0..672u32).map(|n| (f64::from(n) / 96.0, f64::from(n * n % 97) / 7.0)).collect::<Vec<_>>();
    let days: Vec<(f64, String)> = ["Mon", "Tue"].iter().zip([0.0, 1.0]).map(|(d, x)| (x, d.to_string())).collect();
    let make = || lines(&LABELS, &days, &[Line { name: "net".into(), points: points.clone() }]);
    assert_eq!(make(), make());
    assert!(make().len() < 16_000 && make().contains(">Tue<"));
}

/// The names that stand under the horizontal axis, with their places.
fn under(svg: &str) -> Vec<(f64, String)> {
    let under = svg.lines().filter(|line| line.starts_with("<text x=") && line.contains("text-anchor=\"middle\""));
    let text = |line: &str| line.split('>').nth(1).unwrap().trim_end_matches("</text").to_string();
    let place = |line: &str| line.split('"').nth(1).unwrap().parse().unwrap();
    let mut names: Vec<_> = under.map(|line| (place(line), text(line))).collect();
    // The last one is the axis' own label.
    names.pop();
    names
}

#[test]
fn a_logarithmic_axis_has_its_ticks_at_the_powers_of_ten() {
    let axis = |values: &[f64]| Axis::logarithmic(values.iter().copied());
    let texts = |axis: Axis| axis.ticks().into_iter().map(|tick| axis.text(tick)).collect::<Vec<_>>();
    assert_eq!(texts(axis(&[0.04, 0.95])), ["0.01", "0.1", "1"]);
    assert_eq!(texts(axis(&[100.0, 1000.0])), ["100", "1000"]);
    assert_eq!(axis(&[100.0, 1000.0]).minor(), [200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0]);
    assert_eq!(texts(axis(&[5.0])), ["1", "10"]);
    for none in [&[][..], &[0.0, -3.0], &[f64::NAN]] {
        assert_eq!(texts(axis(none)), ["1", "10"], "{none:?}");
    }
    // The same factor is the same distance.
    let over = axis(&[1.0, 1000.0]);
    let distance = |lo: f64, hi: f64| over.place(hi, 0.0, 300.0) - over.place(lo, 0.0, 300.0);
    assert!((distance(2.0, 20.0) - 100.0).abs() < 1e-9 && (distance(70.0, 700.0) - 100.0).abs() < 1e-9);
}

#[test]
fn growth_leaves_out_what_has_no_logarithm() {
    let points = vec![(0.0, 1.0), (10.0, 0.0), (10.0, 0.1), (100.0, 1.0), (1000.0, f64::INFINITY)];
    let svg = growth(&LABELS, &[Line { name: "time".into(), points }]);
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn names_of_ticks_never_touch() {
    for days in [3u32, 7, 8, 31, 90, 365] {
        let named: Vec<_> = (0..days).map(|day| (f64::from(day), format!("2016-06-{day:02}"))).collect();
        let line = Line { name: "net".into(), points: (0..=days).map(|day| (f64::from(day), 1.0)).collect() };
        let shown = under(&lines(&LABELS, &named, &[line]));
        assert!(!shown.is_empty() && shown[0].1 == "2016-06-00", "{days}: {shown:?}");
        let wide = 7.2 * 10.0;
        assert!(shown.windows(2).all(|two| two[1].0 - two[0].0 >= wide), "{days}: {shown:?}");
    }
}

#[test]
fn names_of_many_categories_never_touch() {
    let values = vec![1.0; 40];
    let shown = under(&grouped(&[&values]));
    assert!(shown.windows(2).all(|two| two[1].0 - two[0].0 >= 7.2 * 11.0), "{shown:?}");
}

#[test]
fn entries_of_the_legend_do_not_touch_and_go_on_in_the_next_row() {
    let name = |s: usize| format!("a rather long name of series {s}");
    let series: Vec<_> = (0..6).map(|s| Line { name: name(s), points: vec![(0.0, 1.0), (1.0, 2.0)] }).collect();
    let svg = lines(&LABELS, &[], &series);
    let mut entries = svg.lines().filter(|line| line.contains("a rather long")).map(|line| {
        let number = |at: usize| line.split('"').nth(at).unwrap().parse::<f64>().unwrap();
        (number(3), number(1))
    });
    let mut last = entries.next().unwrap();
    for (row, x) in entries {
        assert!(row > last.0 || x - last.1 > 7.2 * name(0).len() as f64, "{x} after {last:?}");
        last = (row, x);
    }
    assert!(last.0 > LEGEND, "six long names need more than one row");
}

#[test]
fn reference_lines_are_in_the_legend_and_on_the_axis() {
    let line = Line { name: "paid".into(), points: vec![(0.0, 0.4), (1.0, 0.5)] };
    let level = |name: &str, value: f64| Level { name: name.into(), value };
    let svg = lines_with_levels(&LABELS, &[], &[line], &[level("retail", 0.65), level("feed-in", 0.3)]);
    // Each has a sample in the legend and a line across the plot, with the same dashes.
    for (name, dash) in [("retail", "1 3"), ("feed-in", "8 4")] {
        assert_eq!(svg.matches(&format!("stroke-dasharray=\"{dash}\"")).count(), 2, "{name}");
        assert!(svg.contains(&format!(">{name}<")));
    }
    assert!(svg.contains(">0.7<") && svg.contains(">0.3<"), "the axis covers the levels");
    let none = lines_with_levels(&LABELS, &[], &[], &[level("nothing", f64::NAN)]);
    assert!(!none.contains("NaN"));
}

#[test]
fn lying_bars_have_their_whole_names() {
    let names = ["loss wished: the one accepted, to the letter", "geometry: a disc 10 km across"].map(String::from);
    let bars = [0.5, 0.25].map(|value| Bar { value, spread: Some((value - 0.1, value + 0.1)) });
    let level = Level { name: "published".into(), value: 0.56 };
    let svg = rows(&LABELS, &names, &Bars { name: "measured".into(), bars: bars.into() }, &[level]);
    for word in names.iter().flat_map(|name| name.split(' ')) {
        assert!(svg.contains(word), "{word}");
    }
    assert!(svg.contains(">published<") && svg.contains(">measured<"));
}

/// A feeder of four branches of seven buses behind a transformer, as `experiment week` draws one.
fn village(loads: &[f64]) -> Vec<Bus> {
    let mut buses = vec![Bus { name: "T".into(), value: "0.4200".into(), fed: None }];
    let mut add = |near: usize, name: String| {
        let load = Some(loads[buses.len() % loads.len()]);
        buses.push(Bus { name, value: "0.4217".into(), fed: Some(Branch { near, load }) });
        buses.len() - 1
    };
    let busbar = add(0, "S".into());
    for branch in ["A", "B", "C", "D"] {
        (1..=7).fold(busbar, |near, number| add(near, format!("{branch}{number}")));
    }
    buses
}

/// The texts of a plot that are centred: place, and text.
fn centred(svg: &str) -> Vec<(f64, f64, String)> {
    let number = |line: &str, at: usize| line.split('"').nth(at).unwrap().parse().unwrap();
    let text = |line: &str| line.split('>').nth(1).unwrap().trim_end_matches("</text").to_string();
    let lines = svg.lines().filter(|line| line.starts_with("<text x=") && line.contains("text-anchor=\"middle\""));
    lines.map(|line| (number(line, 1), number(line, 3), text(line))).collect()
}

#[test]
fn a_feeder_has_every_name_price_and_load_and_no_texts_touch() {
    let svg = feeder("A village <&>", &village(&[0.5, -0.25, 1.0]));
    let texts = centred(&svg);
    for (name, count) in [("A7", 1), ("D1", 1), ("T", 1), ("0.4217", 29), ("50 %", 9), ("25 %", 10), ("100 %", 10)] {
        assert_eq!(texts.iter().filter(|text| text.2 == name).count(), count, "{name}");
    }
    for (index, a) in texts.iter().enumerate() {
        for b in &texts[..index] {
            let apart = (a.0 - b.0).abs() >= 3.6 * (a.2.chars().count() + b.2.chars().count()) as f64;
            assert!(apart || (a.1 - b.1).abs() >= 13.0, "{a:?} touches {b:?}");
        }
    }
    assert!(svg.contains("A village &lt;&amp;&gt;"));
}

#[test]
fn a_full_line_is_striped_and_one_without_a_limit_dotted() {
    let stripes = |svg: &str| svg.matches("stroke-dasharray=\"4 4\"").count();
    assert_eq!(stripes(&feeder("", &village(&[0.5]))), 0);
    assert_eq!(stripes(&feeder("", &village(&[-1.0]))), 29);
    let mut buses = village(&[0.5]);
    buses[3].fed = Some(Branch { near: 2, load: None });
    assert_eq!(feeder("", &buses).matches("stroke-dasharray=\"1 3\"").count(), 1);
    buses[3].fed = Some(Branch { near: 2, load: Some(f64::NAN) });
    assert!(!feeder("", &buses).contains("NaN"));
}

#[test]
fn the_arrow_of_a_line_points_where_its_energy_goes() {
    let tip = |load: f64| {
        let bus = |fed| Bus { name: String::new(), value: String::new(), fed };
        let svg = feeder("", &[bus(None), bus(Some(Branch { near: 0, load: Some(load) }))]);
        let arrow = svg.lines().find(|line| line.contains("Z\"")).unwrap().to_string();
        let number = |text: &str| text.parse::<f64>().unwrap();
        let (tip, rest) = arrow.trim_start_matches("<path d=\"M").split_once(' ').unwrap();
        let back = rest.split('L').nth(1).unwrap().split(' ').next().unwrap();
        number(tip) - number(back)
    };
    assert!(tip(0.5) > 0.0 && tip(-0.5) < 0.0);
}

#[test]
fn a_feeder_of_many_buses_in_a_row_leaves_out_texts() {
    let bus = |index: usize| Bus {
        name: format!("a long name {index}"),
        value: "0.4200".into(),
        fed: index.checked_sub(1).map(|near| Branch { near, load: Some(0.5) }),
    };
    let svg = feeder("", &(0..60).map(bus).collect::<Vec<_>>());
    let texts = centred(&svg);
    assert!(texts.len() > 20 && texts.len() < 120, "{}", texts.len());
    assert!(feeder("nothing", &[]).contains("nothing"));
}
