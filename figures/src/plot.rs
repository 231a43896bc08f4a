//! Plots as SVG: grouped bars and lines, with axes, units and a legend, to be read without colour
//! too.
//!
//! The crate `plotters` is not used: its SVG backend alone takes three crates, and its fills are
//! plain colours, while series here must differ in print too, by hatching, dashes and marks. The
//! same numbers give the same bytes everywhere, since coordinates are computed by additions,
//! multiplications and divisions alone and are written to a tenth of a pixel.

mod axis;
mod sheet;

use axis::Axis;
use sheet::{Legend, Sheet, BOTTOM, HEIGHT, LEFT, RIGHT, STYLES, WIDTH, WRITTEN};
use std::fmt::Write as _;

/// The texts around a plot. The labels of axes name their units.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// Above the plot.
    pub title: &'a str,
    /// Under the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
}

/// A bar: a mean, and how far single runs lie from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The height. A value that is no number is not drawn.
    pub value: f64,
    /// The least and the greatest of the runs, drawn as a whisker.
    pub spread: Option<(f64, f64)>,
}

impl From<f64> for Bar {
    fn from(value: f64) -> Bar {
        Bar { value, spread: None }
    }
}

/// A series of bars, one for each category.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Its name in the legend.
    pub name: String,
    /// The bars, in the order of the categories.
    pub bars: Vec<Bar>,
}

/// A line through points, in their order.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// The points, as x and y. A point that is no number interrupts the line.
    pub points: Vec<(f64, f64)>,
}

/// About so many points of a line have a mark; a shorter line has one on every point.
const MARKED: usize = 24;

/// A plot of bars, side by side for each category, from zero.
pub fn bars(labels: &Labels<'_>, categories: &[String], series: &[Bars]) -> String {
    let heights = series.iter().flat_map(|s| &s.bars).flat_map(|bar| {
        let (low, high) = bar.spread.unwrap_or((bar.value, bar.value));
        [bar.value, low, high]
    });
    let y = Axis::over(heights.chain([0.0]));
    let mut sheet = Sheet::new(labels.title, &names(series.iter().map(|s| &s.name)), Legend::Filled);
    sheet.vertical(labels.y, &y);
    let slot = (WIDTH - LEFT - RIGHT) / categories.len().max(1) as f64;
    let wide = slot * 0.8 / series.len().max(1) as f64;
    for (s, of) in series.iter().enumerate() {
        for (c, bar) in of.bars.iter().take(categories.len()).enumerate().filter(|(_, bar)| bar.value.is_finite()) {
            let left = LEFT + slot * (c as f64 + 0.1) + wide * s as f64;
            let (zero, end) = (sheet.y(&y, 0.0), sheet.y(&y, bar.value));
            sheet.filled(s, left, zero.min(end), wide * 0.92, (zero - end).abs());
            if let Some((low, high)) = bar.spread.filter(|(low, high)| low.is_finite() && high.is_finite()) {
                let (low, high, middle) = (sheet.y(&y, low), sheet.y(&y, high), left + wide * 0.46);
                let (from, to) = (middle - 4.0, middle + 4.0);
                sheet.add(format_args!(
                    "<path d=\"M{middle:.1} {low:.1}V{high:.1}M{from:.1} {low:.1}H{to:.1}M{from:.1} {high:.1}H{to:.1}\" \
                     stroke=\"#000\" fill=\"none\"/>"
                ));
            }
        }
    }
    for (c, name) in categories.iter().enumerate() {
        sheet.under(LEFT + slot * (c as f64 + 0.5), name);
    }
    sheet.finish(labels.x)
}

/// A plot of lines over a common horizontal axis. `named` are the places and names of its ticks; if
/// it is empty, the ticks are numbers.
pub fn lines(labels: &Labels<'_>, named: &[(f64, String)], series: &[Line]) -> String {
    let points = || series.iter().flat_map(|s| &s.points);
    let y = Axis::over(points().map(|point| point.1));
    let x = Axis::over(points().map(|point| point.0).chain(named.iter().map(|tick| tick.0)));
    // An axis with named ticks ends where its data end.
    let x = if named.is_empty() { x } else { x.tight(points().map(|point| point.0)) };
    let mut sheet = Sheet::new(labels.title, &names(series.iter().map(|s| &s.name)), Legend::Drawn);
    sheet.vertical(labels.y, &y);
    let numbers: Vec<(f64, String)> = x.ticks().map(|tick| (tick, x.text(tick))).collect();
    for (at, text) in if named.is_empty() { &numbers } else { named } {
        let (place, foot) = (x.place(*at, LEFT, WIDTH - RIGHT), HEIGHT - BOTTOM);
        sheet.add(format_args!("<path d=\"M{place:.1} {foot:.1}v5\" stroke=\"#000\"/>"));
        sheet.under(place, text);
    }
    for (s, of) in series.iter().enumerate() {
        let style = &STYLES[s % STYLES.len()];
        let (mut path, mut command) = (String::new(), 'M');
        // Lines that cover each other have their marks at different places.
        let every = of.points.len().div_ceil(MARKED).max(1);
        let first = s * every / series.len();
        for (n, (px, py)) in of.points.iter().enumerate() {
            if !px.is_finite() || !py.is_finite() {
                command = 'M';
                continue;
            }
            let (px, py) = (x.place(*px, LEFT, WIDTH - RIGHT), sheet.y(&y, *py));
            write!(path, "{command}{px:.1} {py:.1}").expect(WRITTEN);
            command = 'L';
            if n % every == first {
                sheet.mark(style, px, py);
            }
        }
        let (colour, dash) = (style.colour, style.dash);
        sheet.add(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>"
        ));
    }
    sheet.finish(labels.x)
}

fn names<'a>(of: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    of.map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::sheet::LEGEND;
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
        assert_eq!(axis(&[0.0, 7237.0]), Axis { lo: 0.0, hi: 8000.0, step: 2000.0 });
        assert_eq!(axis(&[-3.0, 4.0]), Axis { lo: -4.0, hi: 4.0, step: 2.0 });
        let ticks: Vec<String> = axis(&[0.0, 0.563]).ticks().map(|tick| axis(&[0.0, 0.563]).text(tick)).collect();
        assert_eq!(ticks, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]);
        // No value, one value, and no number: each must give an axis of a width above zero.
        for values in [&[][..], &[0.0], &[5.0], &[-5.0], &[f64::NAN, f64::INFINITY], &[1e-9, 2e-9], &[1e15, 3e15]] {
            let axis = axis(values);
            assert!(axis.lo < axis.hi && axis.step > 0.0, "{values:?} gives {axis:?}");
            assert!((2..20).contains(&axis.ticks().count()), "{values:?} gives {axis:?}");
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
        let svg = colourless(&grouped(&[&[1.0], &[1.0], &[1.0], &[1.0], &[1.0], &[1.0]]));
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
}
