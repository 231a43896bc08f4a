//! Plots as SVG: bars, rows, lines and feeders, with axes, units and a legend, to be read without colour
//! too.
//!
//! Decision 19 says why no plotting crate is used. The same numbers give the same bytes, since
//! coordinates are written to a tenth of a pixel.

mod axis;
mod bars;
mod feeder;
mod lines;
mod sheet;

pub use bars::{bars, rows};
pub use feeder::{feeder, Branch, Bus};
pub use lines::{growth, lines, lines_with_levels};

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

/// A reference line at one value, which the legend names.
#[derive(Clone, Debug)]
pub struct Level {
    /// Its name in the legend.
    pub name: String,
    /// Where it lies. A value that is no number is not drawn.
    pub value: f64,
}

#[cfg(test)]
mod tests;
