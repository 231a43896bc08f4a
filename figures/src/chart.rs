//! The charts of the page, as the shapes that its template draws: columns through time, lines
//! through time, and bars beside names. Widths are in per cent and heights in pixels, so that text
//! and hatching keep their size at any width; classes give colours and hatching.
//!
//! The plots of [`crate::plot`] are whole documents with colours of their own. These take the
//! page's, light or dark.

/// Height of a chart's plane, in pixels.
pub(crate) const HEIGHT: f64 = 220.0;
/// Room above the plane for a label, and under it for the names of columns, in pixels.
const TOP: f64 = 14.0;
/// About how many lines across a chart has.
const TICKS: f64 = 5.0;
/// Most names under a chart: more would touch each other on a phone.
const NAMES: usize = 6;

/// A line across a chart, with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) y: String,
    /// Where its text stands.
    pub(crate) text_y: String,
    pub(crate) text: String,
    pub(crate) zero: bool,
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) class: &'static str,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
}

/// The rectangles of a column, and what they say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stack {
    pub(crate) says: String,
    pub(crate) rects: Vec<Rect>,
}

/// A name under a chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) x: String,
    pub(crate) anchor: &'static str,
    pub(crate) text: String,
}

/// A line through a chart, in a plane 1000 wide and [`HEIGHT`] high.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) class: &'static str,
    pub(crate) d: String,
}

/// An entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) class: &'static str,
    pub(crate) text: String,
    /// Whether it is a line, not an area.
    pub(crate) line: bool,
}

/// A chart with an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What stands under the title.
    pub(crate) note: String,
    /// The unit of the axis.
    pub(crate) unit: String,
    pub(crate) ticks: Vec<Tick>,
    pub(crate) stacks: Vec<Stack>,
    pub(crate) paths: Vec<Path>,
    pub(crate) names: Vec<Name>,
    pub(crate) keys: Vec<Key>,
    /// Height of the drawing and where the names stand, in pixels.
    pub(crate) height: String,
    pub(crate) names_y: String,
}

/// A part of a column: its class and its value.
pub(crate) type Part = (&'static str, f64);

/// A column: its name, what it says, the parts above zero and those below it.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) says: String,
    pub(crate) above: Vec<Part>,
    pub(crate) below: Vec<Part>,
}

/// A range of values that begins and ends at a tick.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
}

impl Scale {
    /// The scale of zero and all values that are numbers.
    fn over(values: impl Iterator<Item = f64>) -> Scale {
        let finite = values.filter(|value| value.is_finite());
        let (low, mut high) = finite.fold((0.0f64, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
        if low == high {
            high = 1.0;
        }
        let rough = (high - low) / TICKS;
        let mut ten = 1.0;
        while ten * 10.0 <= rough {
            ten *= 10.0;
        }
        while ten > rough {
            ten /= 10.0;
        }
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * ten).into_iter().find(|step| *step >= rough).unwrap_or(ten * 10.0);
        Scale { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// The height of a value, in pixels from the top.
    fn y(&self, value: f64) -> f64 {
        TOP + (self.high - value) / (self.high - self.low) * HEIGHT
    }

    fn ticks(&self) -> Vec<Tick> {
        let count = ((self.high - self.low) / self.step + 0.5) as u32;
        let (mut decimals, mut step) = (0, self.step);
        while step < 0.999_999 && decimals < 9 {
            step *= 10.0;
            decimals += 1;
        }
        let tick = |n: u32| {
            let value = self.low + self.step * f64::from(n);
            let zero = value.abs() < self.step / 2.0;
            let y = self.y(value);
            let text = if zero { "0".into() } else { format!("{value:.decimals$}") };
            Tick { y: one(y), text_y: one(y + 4.0), text, zero }
        };
        (0..=count).map(tick).collect()
    }
}

fn one(value: f64) -> String {
    format!("{value:.1}")
}

fn percent(value: f64) -> String {
    format!("{value:.3}%")
}

/// At most [`NAMES`] of the names that are not empty, evenly spaced. `x` gives a place in per cent.
fn names(all: &[String], x: impl Fn(usize) -> f64) -> Vec<Name> {
    let named: Vec<usize> = (0..all.len()).filter(|n| !all[*n].is_empty()).collect();
    let every = named.len().div_ceil(NAMES).max(1);
    let name = |n: &usize| {
        let at = x(*n);
        // A name at the right end would leave the page; at the left end there is the axis' own room.
        let (at, anchor) = if at > 95.0 { (100.0, "end") } else { (at, "middle") };
        Name { x: percent(at), anchor, text: all[*n].clone() }
    };
    named.iter().step_by(every).map(name).collect()
}

/// A chart of columns. Parts above zero stand on each other from zero up, parts below from zero
/// down.
pub(crate) fn columns(title: &str, note: &str, unit: &str, columns: &[Column], keys: Vec<Key>) -> Chart {
    let sum = |parts: &[Part]| parts.iter().map(|part| part.1).sum::<f64>();
    let scale = Scale::over(columns.iter().flat_map(|column| [sum(&column.above), -sum(&column.below)]));
    let slot = 100.0 / columns.len().max(1) as f64;
    // Few columns do not become wide blocks.
    let wide = (slot * 0.86).min(9.0);
    let left = |n: usize| slot * n as f64 + (slot - wide) / 2.0;
    let stack = |(n, column): (usize, &Column)| {
        let mut rects = vec![];
        for (parts, sign) in [(&column.above, 1.0), (&column.below, -1.0)] {
            let mut from = 0.0;
            for (class, value) in parts.iter().filter(|(_, value)| *value > 0.0) {
                let (a, b) = (scale.y(sign * from), scale.y(sign * (from + value)));
                rects.push(Rect {
                    class,
                    x: percent(left(n)),
                    y: one(a.min(b)),
                    width: percent(wide),
                    height: one((a - b).abs()),
                });
                from += value;
            }
        }
        Stack { says: column.says.clone(), rects }
    };
    let all: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    Chart {
        title: title.into(),
        note: note.into(),
        unit: unit.into(),
        ticks: scale.ticks(),
        stacks: columns.iter().enumerate().map(stack).collect(),
        paths: vec![],
        names: names(&all, |n| slot * (n as f64 + 0.5)),
        keys,
        height: one(TOP + HEIGHT + 24.0),
        names_y: one(TOP + HEIGHT + 18.0),
    }
}

/// A line of a chart: its class, its name, and a value for each place. A value that is no number
/// interrupts it.
pub(crate) struct Series {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

/// A chart of lines over common places, whose names are `all`.
pub(crate) fn lines(title: &str, note: &str, unit: &str, all: &[String], series: Vec<Series>) -> Chart {
    let scale = Scale::over(series.iter().flat_map(|series| series.values.iter().copied()));
    let slot = 1000.0 / all.len().max(1) as f64;
    let path = |series: &Series| {
        let (mut d, mut begun) = (String::new(), false);
        for (n, value) in series.values.iter().enumerate() {
            if !value.is_finite() {
                begun = false;
                continue;
            }
            let (x, y) = (slot * (n as f64 + 0.5), scale.y(*value) - TOP);
            // A point with gaps on both sides would be no line: it is as long as its slot.
            let alone = !begun && !series.values.get(n + 1).is_some_and(|next| next.is_finite());
            d += &match (begun, alone) {
                (true, _) => format!("L{x:.1} {y:.1}"),
                (false, false) => format!("M{x:.1} {y:.1}"),
                (false, true) => format!("M{:.1} {y:.1}H{:.1}", x - slot * 0.4, x + slot * 0.4),
            };
            begun = true;
        }
        Path { class: series.class, d }
    };
    Chart {
        title: title.into(),
        note: note.into(),
        unit: unit.into(),
        ticks: scale.ticks(),
        stacks: vec![],
        paths: series.iter().map(path).collect(),
        names: names(all, |n| (n as f64 + 0.5) / all.len() as f64 * 100.0),
        keys: series.into_iter().map(|series| Key { class: series.class, text: series.name, line: true }).collect(),
        height: one(TOP + HEIGHT + 24.0),
        names_y: one(TOP + HEIGHT + 18.0),
    }
}

/// A bar beside a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Beside {
    pub(crate) name: String,
    /// For each bar: its class, where it begins and how wide it is in per cent, and its text.
    pub(crate) bars: Vec<(&'static str, String, String, String)>,
}

/// A group of bars beside a name: for each its class, its value and its text.
pub(crate) type Group = (String, Vec<(&'static str, f64, String)>);

/// Bars beside names, on a common scale that has zero in it. The second part is where zero is, in
/// per cent.
pub(crate) fn beside(groups: Vec<Group>) -> (Vec<Beside>, String) {
    let values = || groups.iter().flat_map(|(_, bars)| bars.iter().map(|bar| bar.1));
    let (low, mut high) = values().fold((0.0f64, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
    if low == high {
        high = 1.0;
    }
    let at = |value: f64| (value - low) / (high - low) * 100.0;
    let zero = at(0.0);
    let bar = |(class, value, text): (&'static str, f64, String)| {
        let end = at(value);
        (class, percent(zero.min(end)), percent((end - zero).abs()), text)
    };
    let group = |(name, bars): Group| Beside { name, bars: bars.into_iter().map(bar).collect() };
    (groups.into_iter().map(group).collect(), percent(zero))
}
