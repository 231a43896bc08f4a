//! The sheet that a plot is drawn on: its size, the styles of series, title, legend, axes and text.

use super::axis::Axis;
use std::fmt::Write as _;

pub(super) const WIDTH: f64 = 760.0;
pub(super) const HEIGHT: f64 = 420.0;
pub(super) const LEFT: f64 = 78.0;
pub(super) const RIGHT: f64 = 18.0;
pub(super) const BOTTOM: f64 = 58.0;
/// Height at which the legend begins, under the title, in pixels.
pub(super) const LEGEND: f64 = 44.0;
pub(super) const ROW: f64 = 18.0;
/// Rough width of a letter of the legend, in pixels.
pub(super) const LETTER: f64 = 6.6;
/// What tells series apart: a colour (from the palette of Okabe and Ito for the colour-blind), a
/// hatching, a dash and a mark. The seventh series looks like the first.
pub(super) struct Style {
    pub(super) colour: &'static str,
    pub(super) hatch: &'static str,
    pub(super) dash: &'static str,
    pub(super) mark: &'static str,
}

pub(super) const STYLES: [Style; 6] = [
    Style { colour: "#0072b2", hatch: "", dash: "", mark: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z" },
    Style { colour: "#d55e00", hatch: "M-2 2L2-2M0 8L8 0M6 10L10 6", dash: "7 3", mark: "M-3-3H3V3H-3Z" },
    Style { colour: "#009e73", hatch: "M0 4H8", dash: "2 3", mark: "M0-4L4 3H-4Z" },
    Style { colour: "#cc79a7", hatch: "M4 0V8M0 4H8", dash: "9 3 2 3", mark: "M0-4L4 0L0 4L-4 0Z" },
    Style { colour: "#56b4e9", hatch: "M-2 6L2 10M0 0L8 8M6-2L10 2", dash: "12 4", mark: "M-3-3L3 3M3-3L-3 3" },
    Style { colour: "#555555", hatch: "M4 0V8", dash: "4 2 1 2 1 2", mark: "M0-4V4M-4 0H4" },
];

pub(super) const WRITTEN: &str = "writing to a string does not fail";

pub(super) enum Legend {
    Filled,
    Drawn,
}

/// A drawing that parts are added to.
pub(super) struct Sheet {
    svg: String,
    /// Height at which the plot begins, under title and legend, in pixels.
    top: f64,
}

impl Sheet {
    pub(super) fn new(title: &str, series: &[&str], legend: Legend) -> Sheet {
        let mut sheet = Sheet { svg: String::new(), top: LEGEND + ROW };
        let title = escaped(title);
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

    pub(super) fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.svg.write_fmt(text).expect(WRITTEN);
        self.svg.push('\n');
    }

    /// The height of a value on the vertical axis, in pixels.
    pub(super) fn y(&self, axis: &Axis, value: f64) -> f64 {
        axis.place(value, HEIGHT - BOTTOM, self.top)
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

    /// Adds the vertical axis with its numbers, its lines across and its label.
    pub(super) fn vertical(&mut self, label: &str, axis: &Axis) {
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

    /// Adds a name under the horizontal axis.
    pub(super) fn under(&mut self, x: f64, name: &str) {
        let (y, name) = (HEIGHT - BOTTOM + 19.0, escaped(name));
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{name}</text>"));
    }

    pub(super) fn finish(mut self, label: &str) -> String {
        let (x, y, label) = ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14.0, escaped(label));
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
