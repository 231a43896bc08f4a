//! Lines over a common horizontal axis.

use super::axis::Axis;
use super::sheet::{width_of, Entry, Sheet, LEFT, RIGHT, STYLES, WIDTH, WRITTEN};
use super::{Labels, Level, Line};
use std::fmt::Write as _;

/// About so many points of a line have a mark; a shorter line has one on every point.
const MARKED: usize = 14;

/// A plot of lines over a common horizontal axis. `named` are the places and names of its ticks; if
/// it is empty, the ticks are numbers. Names that would touch each other are left out evenly.
pub fn lines(labels: &Labels<'_>, named: &[(f64, String)], series: &[Line]) -> String {
    lines_with_levels(labels, named, series, &[])
}

/// [`lines`], with reference lines at the levels.
pub fn lines_with_levels(labels: &Labels<'_>, named: &[(f64, String)], series: &[Line], levels: &[Level]) -> String {
    let points = || series.iter().flat_map(|s| &s.points);
    let y = Axis::over(points().map(|point| point.1).chain(levels.iter().map(|level| level.value)));
    let x = Axis::over(points().map(|point| point.0).chain(named.iter().map(|tick| tick.0)));
    // An axis with named ticks ends where its data end.
    let x = if named.is_empty() { x } else { x.tight(points().map(|point| point.0)) };
    let mut sheet = Sheet::new(labels.title, &legend(series, levels));
    sheet.vertical(labels.y, &y);
    if named.is_empty() {
        sheet.horizontal(&x);
    } else {
        for (at, name) in sparse(&sheet, &x, named) {
            sheet.tick(sheet.x(&x, *at), 5.0);
            sheet.under(sheet.x(&x, *at), name);
        }
    }
    for (l, level) in levels.iter().enumerate().filter(|(_, level)| level.value.is_finite()) {
        let (at, end) = (sheet.y(&y, level.value), WIDTH - RIGHT);
        sheet.level(l, format_args!("M{LEFT} {at:.1}H{end}"));
    }
    draw(&mut sheet, &x, &y, series);
    sheet.finish(labels.x)
}

/// A plot of lines whose axes are both logarithmic, with a tick at every power of ten. Points that
/// are not above zero are not drawn.
pub fn growth(labels: &Labels<'_>, series: &[Line]) -> String {
    let points = || series.iter().flat_map(|s| &s.points);
    let y = Axis::logarithmic(points().map(|point| point.1));
    let x = Axis::logarithmic(points().map(|point| point.0));
    let mut sheet = Sheet::new(labels.title, &legend(series, &[]));
    sheet.vertical(labels.y, &y);
    sheet.horizontal(&x);
    draw(&mut sheet, &x, &y, series);
    sheet.finish(labels.x)
}

fn legend<'a>(series: &'a [Line], levels: &'a [Level]) -> Vec<(Entry, &'a str)> {
    let drawn = series.iter().enumerate().map(|(s, of)| (Entry::Drawn(s), of.name.as_str()));
    drawn.chain(levels.iter().enumerate().map(|(l, level)| (Entry::Level(l), level.name.as_str()))).collect()
}

/// Every n-th of the names, with the least n that keeps them apart: 1, 2, 7, 14 and so on, so that
/// days fall on the same day of the week.
fn sparse<'a>(sheet: &Sheet, x: &Axis, named: &'a [(f64, String)]) -> Vec<&'a (f64, String)> {
    let touch = |pair: &[&(f64, String)]| {
        let apart = sheet.x(x, pair[1].0) - sheet.x(x, pair[0].0);
        apart.abs() < (width_of(&pair[0].1) + width_of(&pair[1].1)) / 2.0
    };
    let each = |every: usize| named.iter().step_by(every).collect::<Vec<_>>();
    let steps = [1, 2].into_iter().chain((1..=named.len().max(1)).map(|weeks| 7 * weeks));
    steps.map(each).find(|kept| !kept.windows(2).any(touch)).unwrap_or_default()
}

/// Draws the lines and their marks.
fn draw(sheet: &mut Sheet, x: &Axis, y: &Axis, series: &[Line]) {
    for (s, of) in series.iter().enumerate() {
        let style = &STYLES[s % STYLES.len()];
        let (mut path, mut command) = (String::new(), 'M');
        // Lines that cover each other have their marks at different places.
        let every = of.points.len().div_ceil(MARKED).max(1);
        let first = s * every / series.len();
        for (n, (px, py)) in of.points.iter().enumerate() {
            let (px, py) = (sheet.x(x, *px), sheet.y(y, *py));
            if !px.is_finite() || !py.is_finite() {
                command = 'M';
                continue;
            }
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
}
