//! The sheet that a plot is drawn on: its size, the styles of series, title, legend, axes and text.

use super::axis::Axis;
use std::fmt::Write as _;

pub(super) const WIDTH: f64 = 760.0;
pub(super) const HEIGHT: f64 = 420.0;
pub(super) const LEFT: f64 = 78.0;
pub(super) const RIGHT: f64 = 18.0;
pub(super) const BOTTOM: f64 = 58.0;
/// Where title and legend begin, from the left, in pixels.
const EDGE: f64 = 12.0;
/// Height at which the legend begins, under the title, in pixels.
pub(super) const LEGEND: f64 = 44.0;
pub(super) const ROW: f64 = 18.0;
/// Width to allow for a letter, in pixels. Most letters of a sans-serif font at 12 pixels are
/// narrower.
pub(super) const LETTER: f64 = 7.2;
/// Length of a sample of a line in the legend, and the space between it and its name, in pixels.
const SAMPLE: f64 = 26.0;
const SPACE: f64 = 6.0;

/// The width to allow for a text, in pixels.
pub(super) fn width_of(text: &str) -> f64 {
    LETTER * text.chars().count() as f64
}
/// What tells series apart: a colour (from the palette of Okabe and Ito for the colour-blind), a
/// hatching, a dash and a mark. The ninth series looks like the first.
pub(super) struct Style {
    pub(super) colour: &'static str,
    pub(super) hatch: &'static str,
    pub(super) dash: &'static str,
    pub(super) mark: &'static str,
}

pub(super) const STYLES: [Style; 8] = [
    Style { colour: "#0072b2", hatch: "", dash: "", mark: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z" },
    Style { colour: "#d55e00", hatch: "M-2 2L2-2M0 8L8 0M6 10L10 6", dash: "7 3", mark: "M-3-3H3V3H-3Z" },
    Style { colour: "#009e73", hatch: "M0 4H8", dash: "2 3", mark: "M0-4L4 3H-4Z" },
    Style { colour: "#cc79a7", hatch: "M4 0V8M0 4H8", dash: "9 3 2 3", mark: "M0-4L4 0L0 4L-4 0Z" },
    Style { colour: "#56b4e9", hatch: "M-2 6L2 10M0 0L8 8M6-2L10 2", dash: "12 4", mark: "M-3-3L3 3M3-3L-3 3" },
    Style { colour: "#555555", hatch: "M4 0V8", dash: "4 2 1 2 1 2", mark: "M0-4V4M-4 0H4" },
    Style { colour: "#e69f00", hatch: "M3 2H5M-1 6H1M7 6H9", dash: "1 4", mark: "M0-4V4M-4-2L4 2M-4 2L4-2" },
    Style { colour: "#000000", hatch: "M0 2L4 6L8 2", dash: "14 2", mark: "M-4-3H4L0 4Z" },
];

pub(super) const WRITTEN: &str = "writing to a string does not fail";

/// What stands before a name in the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A box filled as the bars of series number so and so.
    Filled(usize),
    /// A piece of the line of series number so and so, with its mark.
    Drawn(usize),
    /// A piece of reference line number so and so.
    Level(usize),
}

/// What tells reference lines apart: their dashes. They are thin, have no marks, and the colour of
/// text.
pub(super) const LEVELS: [&str; 4] = ["1 3", "8 4", "8 3 1 3", "3 6"];

/// A drawing that parts are added to.
pub(super) struct Sheet {
    svg: String,
    /// Where the plot begins and ends, in pixels: left edge, foot, and top under the legend.
    pub(super) left: f64,
    pub(super) foot: f64,
    pub(super) top: f64,
}

impl Sheet {
    pub(super) fn new(title: &str, legend: &[(Entry, &str)]) -> Sheet {
        Sheet::sized(title, legend, LEFT, HEIGHT)
    }

    /// A sheet with another left margin and height.
    pub(super) fn sized(title: &str, legend: &[(Entry, &str)], left: f64, height: f64) -> Sheet {
        let mut sheet = Sheet { svg: String::new(), left, foot: height - BOTTOM, top: LEGEND + ROW };
        let title = escaped(title);
        sheet.add(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"{EDGE}\" y=\"24\" font-size=\"15\">{title}</text>\n<defs>"
        ));
        let filled = |s: usize| legend.iter().any(|(entry, _)| *entry == Entry::Filled(s));
        for (s, style) in STYLES.iter().enumerate().filter(|(s, style)| filled(*s) && !style.hatch.is_empty()) {
            let (colour, hatch) = (style.colour, style.hatch);
            sheet.add(format_args!(
                "<pattern id=\"h{s}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" \
                 fill=\"#fff\"/><path d=\"{hatch}\" stroke=\"{colour}\" stroke-width=\"2\"/></pattern>"
            ));
        }
        sheet.add(format_args!("</defs>"));
        sheet.legend(legend);
        sheet
    }

    /// Adds the legend, in as many rows as it needs, and puts the plot's top under it.
    fn legend(&mut self, legend: &[(Entry, &str)]) {
        let (mut x, mut y) = (EDGE, LEGEND);
        for (entry, name) in legend {
            let wide = SAMPLE + SPACE + width_of(name) + 2.0 * SPACE;
            if x > EDGE && x + wide > WIDTH - RIGHT {
                (x, y) = (EDGE, y + ROW);
            }
            let level = y - 4.0;
            match *entry {
                Entry::Filled(s) => self.filled(s, x, y - 9.0, SAMPLE, 11.0),
                Entry::Drawn(s) => {
                    let style = &STYLES[s % STYLES.len()];
                    let (colour, dash) = (style.colour, style.dash);
                    self.add(format_args!(
                        "<path d=\"M{x:.1} {level:.1}h{SAMPLE}\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dash}\"/>"
                    ));
                    self.mark(style, x + SAMPLE / 2.0, level);
                }
                Entry::Level(l) => self.level(l, format_args!("M{x:.1} {level:.1}h{SAMPLE}")),
            }
            let (at, name) = (x + SAMPLE + SPACE, escaped(name));
            self.add(format_args!("<text x=\"{at:.1}\" y=\"{y:.1}\">{name}</text>"));
            x += wide;
        }
        self.top = if legend.is_empty() { LEGEND } else { y + 14.0 };
    }

    /// Adds reference line number `level` along a path.
    pub(super) fn level(&mut self, level: usize, path: std::fmt::Arguments<'_>) {
        let dash = LEVELS[level % LEVELS.len()];
        self.add(format_args!("<path d=\"{path}\" stroke=\"#000\" stroke-width=\"1.2\" stroke-dasharray=\"{dash}\"/>"));
    }

    pub(super) fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.svg.write_fmt(text).expect(WRITTEN);
        self.svg.push('\n');
    }

    /// The height of a value on the vertical axis, in pixels.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.foot, self.top)
    }

    pub(super) fn filled(&mut self, series: usize, x: f64, y: f64, width: f64, height: f64) {
        let s = series % STYLES.len();
        let style = &STYLES[s];
        let fill = if style.hatch.is_empty() { style.colour.to_string() } else { format!("url(#h{s})") };
        let colour = style.colour;
        self.add(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\" stroke=\"{colour}\"/>"
        ));
    }

    pub(super) fn mark(&mut self, style: &Style, x: f64, y: f64) {
        let (mark, colour) = (style.mark, style.colour);
        self.add(format_args!(
            "<path d=\"{mark}\" transform=\"translate({x:.1} {y:.1})\" fill=\"{colour}\" stroke=\"{colour}\"/>"
        ));
    }

    /// The place of a value on the horizontal axis, in pixels.
    pub(super) fn x(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, self.left, WIDTH - RIGHT)
    }

    /// Adds the vertical axis with its numbers, its lines across and its label.
    pub(super) fn vertical(&mut self, label: &str, axis: &Axis) {
        let (left, end, at) = (self.left, WIDTH - RIGHT, self.left - 7.0);
        for tick in axis.minor() {
            let y = self.y(axis, tick);
            self.add(format_args!("<path d=\"M{left} {y:.1}H{end}\" stroke=\"#eee\"/>"));
        }
        for tick in axis.ticks() {
            let y = self.y(axis, tick);
            let (text, shade) = (axis.text(tick), if axis.is_zero(tick) { "#000" } else { "#ddd" });
            let level = y + 4.0;
            self.add(format_args!(
                "<path d=\"M{left} {y:.1}H{end}\" stroke=\"{shade}\"/><text x=\"{at}\" y=\"{level:.1}\" \
                 text-anchor=\"end\">{text}</text>"
            ));
        }
        self.frame();
        let (middle, label) = ((self.top + self.foot) / 2.0, escaped(label));
        self.add(format_args!(
            "<text transform=\"translate(18 {middle:.1}) rotate(-90)\" text-anchor=\"middle\">{label}</text>"
        ));
    }

    /// Adds the numbers of the horizontal axis.
    pub(super) fn horizontal(&mut self, axis: &Axis) {
        for tick in axis.minor() {
            self.tick(self.x(axis, tick), 3.0);
        }
        for tick in axis.ticks() {
            self.tick(self.x(axis, tick), 5.0);
            self.under(self.x(axis, tick), &axis.text(tick));
        }
    }

    /// Adds a tick under the horizontal axis.
    pub(super) fn tick(&mut self, x: f64, length: f64) {
        let foot = self.foot;
        self.add(format_args!("<path d=\"M{x:.1} {foot:.1}v{length}\" stroke=\"#000\"/>"));
    }

    /// Adds the two lines at the left and at the foot.
    pub(super) fn frame(&mut self) {
        let (left, top, foot, end) = (self.left, self.top, self.foot, WIDTH - RIGHT);
        self.add(format_args!("<path d=\"M{left} {top:.1}V{foot:.1}H{end}\" stroke=\"#000\" fill=\"none\"/>"));
    }

    /// Adds a name under the horizontal axis.
    pub(super) fn under(&mut self, x: f64, name: &str) {
        let (y, name) = (self.foot + 19.0, escaped(name));
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{name}</text>"));
    }

    pub(super) fn finish(mut self, label: &str) -> String {
        let (x, y, label) = ((self.left + WIDTH - RIGHT) / 2.0, self.foot + 44.0, escaped(label));
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>\n</svg>"));
        self.svg
    }
}

/// Text in which nothing can be taken for markup.
pub(super) fn escaped(text: &str) -> String {
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
