//! Plots as SVG: grouped bars and lines, with axes, units and a legend, to be read without colour too.
//!
//! Our own few hundred lines and not `plotters`: with its SVG backend alone that is three crates more, its fills are
//! plain colours, and here series must differ in print, by hatching, dashes and marks. What is drawn is text: the same
//! numbers give the same bytes everywhere, since coordinates come of additions, multiplications and divisions alone
//! and are written to a tenth of a pixel.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 18.0;
const BOTTOM: f64 = 58.0;
/// Where the legend begins, under the title.
const LEGEND: f64 = 44.0;
const ROW: f64 = 18.0;
/// Roughly the width of a letter of the legend.
const LETTER: f64 = 6.6;
/// About so many ticks on an axis.
const TICKS: f64 = 6.0;

/// What tells series apart: a colour (of Okabe and Ito, made for the colour-blind), a hatching, a dash, a mark. The
/// seventh series looks like the first.
struct Style {
    colour: &'static str,
    hatch: &'static str,
    dash: &'static str,
    mark: &'static str,
}

const STYLES: [Style; 6] = [
    Style { colour: "#0072b2", hatch: "", dash: "", mark: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z" },
    Style { colour: "#d55e00", hatch: "M-2 2L2-2M0 8L8 0M6 10L10 6", dash: "7 3", mark: "M-3-3H3V3H-3Z" },
    Style { colour: "#009e73", hatch: "M0 4H8", dash: "2 3", mark: "M0-4L4 3H-4Z" },
    Style { colour: "#cc79a7", hatch: "M4 0V8M0 4H8", dash: "9 3 2 3", mark: "M0-4L4 0L0 4L-4 0Z" },
    Style { colour: "#56b4e9", hatch: "M-2 6L2 10M0 0L8 8M6-2L10 2", dash: "12 4", mark: "M-3-3L3 3M3-3L-3 3" },
    Style { colour: "#555555", hatch: "M4 0V8", dash: "4 2 1 2 1 2", mark: "M0-4V4M-4 0H4" },
];

/// What is written around a plot; axes name their units here.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// Above the plot.
    pub title: &'a str,
    /// Under the horizontal axis.
    pub x: &'a str,
    /// Beside the vertical axis.
    pub y: &'a str,
}

/// A bar's height, and how far single runs lie from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The height. What is no number is not drawn.
    pub value: f64,
    /// The least and the greatest of the runs, drawn as a whisker.
    pub spread: Option<(f64, f64)>,
}

impl From<f64> for Bar {
    fn from(value: f64) -> Bar {
        Bar { value, spread: None }
    }
}

/// Bars of one kind, one for each category.
#[derive(Clone, Debug)]
pub struct Bars {
    /// Its name in the legend.
    pub name: String,
    /// A bar for each category, in their order.
    pub bars: Vec<Bar>,
}

/// A line through points, in their order.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// x and y. A point that is no number interrupts the line.
    pub points: Vec<(f64, f64)>,
}

/// About so many points of a line bear its mark: all of a short line's.
const MARKED: usize = 24;

/// Bars side by side for each category, from zero.
pub fn bars(labels: &Labels<'_>, categories: &[String], series: &[Bars]) -> String {
    let heights = series.iter().flat_map(|s| &s.bars).flat_map(|bar| {
        let (low, high) = bar.spread.unwrap_or((bar.value, bar.value));
        [bar.value, low, high]
    });
    let y = Axis::over(heights.chain([0.0]));
    let mut sheet = Sheet::new(labels, &names(series.iter().map(|s| &s.name)), Legend::Filled);
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

/// Lines over a common horizontal axis. With `named`, its ticks are there and say so; without, they are numbers.
pub fn lines(labels: &Labels<'_>, named: &[(f64, String)], series: &[Line]) -> String {
    let points = || series.iter().flat_map(|s| &s.points);
    let y = Axis::over(points().map(|point| point.1));
    let x = Axis::over(points().map(|point| point.0).chain(named.iter().map(|tick| tick.0)));
    // A named axis ends where its data do.
    let x = if named.is_empty() { x } else { x.tight(points().map(|point| point.0)) };
    let mut sheet = Sheet::new(labels, &names(series.iter().map(|s| &s.name)), Legend::Drawn);
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
        // Lines that lie on each other are marked at different places.
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

const WRITTEN: &str = "writing to a string does not fail";

fn names<'a>(of: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    of.map(String::as_str).collect()
}

/// A range of values that begins and ends at a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    lo: f64,
    hi: f64,
    step: f64,
}

impl Axis {
    /// Around the values that are numbers; around 0..1 when there are none.
    fn over(values: impl Iterator<Item = f64>) -> Axis {
        let span = values
            .filter(|v| v.is_finite())
            .fold(None, |span: Option<(f64, f64)>, v| Some(span.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))));
        let (mut lo, mut hi) = span.unwrap_or((0.0, 1.0));
        if lo == hi {
            (lo, hi) = (lo.min(0.0), if hi > 0.0 { hi } else { lo.min(0.0) + 1.0 });
        }
        let rough = (hi - lo) / TICKS;
        let mut ten = 1.0;
        while ten * 10.0 <= rough {
            ten *= 10.0;
        }
        while ten > rough {
            ten /= 10.0;
        }
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * ten).into_iter().find(|step| *step >= rough).unwrap_or(ten);
        Axis { lo: (lo / step).floor() * step, hi: (hi / step).ceil() * step, step }
    }

    /// The same scale, ending where the values do.
    fn tight(self, values: impl Iterator<Item = f64>) -> Axis {
        let finite = values.filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((self.hi, self.lo), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo < hi {
            Axis { lo, hi, ..self }
        } else {
            self
        }
    }

    fn ticks(self) -> impl Iterator<Item = f64> {
        let count = ((self.hi - self.lo) / self.step + 0.5).floor() as u32;
        (0..=count).map(move |n| self.lo + self.step * f64::from(n))
    }

    /// Where a value is between two places.
    fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        from + (value - self.lo) / (self.hi - self.lo) * (to - from)
    }

    /// A tick's number, with no more decimals than the step has.
    fn text(&self, tick: f64) -> String {
        let (mut decimals, mut step) = (0, self.step);
        while step < 0.999_999 {
            step *= 10.0;
            decimals += 1;
        }
        let text = format!("{tick:.decimals$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            text.trim_start_matches('-').into()
        } else {
            text
        }
    }
}

enum Legend {
    Filled,
    Drawn,
}

/// The drawing as it grows.
struct Sheet {
    svg: String,
    /// Where the plot begins, under title and legend.
    top: f64,
}

impl Sheet {
    fn new(labels: &Labels<'_>, series: &[&str], legend: Legend) -> Sheet {
        let mut sheet = Sheet { svg: String::new(), top: LEGEND + ROW };
        let title = escaped(labels.title);
        sheet.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
             role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{title}</text>\n<defs>"
        ));
        for (s, style) in STYLES.iter().enumerate().filter(|(s, style)| *s < series.len() && !style.hatch.is_empty()) {
            let (colour, hatch) = (style.colour, style.hatch);
            sheet.add(format_args!(
                "<pattern id=\"h{s}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" \
                 fill=\"#fff\"/><path d=\"{hatch}\" stroke=\"{colour}\" stroke-width=\"2\"/></pattern>"
            ));
        }
        sheet.add(format_args!("</defs>"));
        let (mut x, mut y) = (LEFT, LEGEND);
        for (s, name) in series.iter().enumerate() {
            let wide = 40.0 + LETTER * name.chars().count() as f64;
            if x > LEFT && x + wide > WIDTH - RIGHT {
                (x, y) = (LEFT, y + ROW);
            }
            match legend {
                Legend::Filled => sheet.filled(s, x, y - 9.0, 18.0, 11.0),
                Legend::Drawn => {
                    let style = &STYLES[s % STYLES.len()];
                    let (colour, dash, level) = (style.colour, style.dash, y - 4.0);
                    sheet.add(format_args!(
                        "<path d=\"M{x:.1} {level:.1}h26\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>"
                    ));
                    sheet.mark(style, x + 13.0, level);
                }
            }
            let (at, name) = (x + 31.0, escaped(name));
            sheet.add(format_args!("<text x=\"{at:.1}\" y=\"{y:.1}\">{name}</text>"));
            x += wide;
        }
        sheet.top = y + 14.0;
        sheet
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.svg.write_fmt(text).expect(WRITTEN);
        self.svg.push('\n');
    }

    /// Where a value is on the vertical axis.
    fn y(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, HEIGHT - BOTTOM, self.top)
    }

    fn filled(&mut self, series: usize, x: f64, y: f64, width: f64, height: f64) {
        let s = series % STYLES.len();
        let style = &STYLES[s];
        let fill = if style.hatch.is_empty() { style.colour.to_string() } else { format!("url(#h{s})") };
        let colour = style.colour;
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\" stroke=\"{colour}\"/>"
        ));
    }

    fn mark(&mut self, style: &Style, x: f64, y: f64) {
        let (mark, colour) = (style.mark, style.colour);
        self.add(format_args!(
            "<path d=\"{mark}\" transform=\"translate({x:.1} {y:.1})\" fill=\"{colour}\" stroke=\"{colour}\"/>"
        ));
    }

    /// The vertical axis with its numbers and lines across, and its label.
    fn vertical(&mut self, label: &str, axis: &Axis) {
        let end = WIDTH - RIGHT;
        for tick in axis.ticks() {
            let y = self.y(axis, tick);
            let (text, shade) = (axis.text(tick), if tick.abs() < axis.step / 2.0 { "#000" } else { "#ddd" });
            let (at, level) = (LEFT - 7.0, y + 4.0);
            self.add(format_args!(
                "<path d=\"M{LEFT} {y:.1}H{end}\" stroke=\"{shade}\"/><text x=\"{at}\" y=\"{level:.1}\" \
                 text-anchor=\"end\">{text}</text>"
            ));
        }
        let (top, foot) = (self.top, HEIGHT - BOTTOM);
        let (middle, label) = ((top + foot) / 2.0, escaped(label));
        self.add(format_args!(
            "<path d=\"M{LEFT} {top:.1}V{foot:.1}H{end}\" stroke=\"#000\" fill=\"none\"/>\n\
             <text transform=\"translate(18 {middle:.1}) rotate(-90)\" text-anchor=\"middle\">{label}</text>"
        ));
    }

    /// A name under the horizontal axis.
    fn under(&mut self, x: f64, name: &str) {
        let (y, name) = (HEIGHT - BOTTOM + 19.0, escaped(name));
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{name}</text>"));
    }

    fn finish(mut self, label: &str) -> String {
        let (x, y, label) = ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14.0, escaped(label));
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>\n</svg>"));
        self.svg
    }
}

/// Text that cannot be taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '"' => out += "&quot;",
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
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
        // Nothing, one value, and what is no number must all leave an axis that can be divided by.
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
