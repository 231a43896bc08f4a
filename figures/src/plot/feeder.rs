//! A feeder as a tree: buses with their names and prices, lines with what they carry.

use super::sheet::{escaped, width_of, Sheet, BOTTOM, LEGEND, RIGHT, WIDTH};

/// A bus of a feeder.
#[derive(Clone, Debug)]
pub struct Bus {
    /// Its name, above it.
    pub name: String,
    /// What stands under it, as its price.
    pub value: String,
    /// The line that feeds it. None for the root, which comes first.
    pub fed: Option<Branch>,
}

/// A line of a feeder.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// The bus nearer to the root, by its index; it comes before the bus that the line feeds.
    pub near: usize,
    /// What the line carries, in parts of its limit; below zero towards the root. None for a line
    /// without a limit.
    pub load: Option<f64>,
}

/// Height of a row of buses, in pixels.
const ROW: f64 = 62.0;
/// From this part of the limit on, a line counts as full.
const FULL: f64 = 0.995;
/// Margin left and right of the buses, in pixels.
const EDGE: f64 = 36.0;

/// A box that is taken by a text: left, top, right, bottom.
type Taken = (f64, f64, f64, f64);

/// A drawing of a feeder, the root at the left. A line is the wider the more it carries of its
/// limit, and an arrow shows where to. A full line is striped. A text that would touch another one
/// is left out. Under the drawing stands how to read it.
pub fn feeder(title: &str, buses: &[Bus]) -> String {
    let places = places(buses);
    let rows = places.iter().map(|(_, row)| *row).fold(0.0, f64::max) + 1.0;
    let depth = places.iter().map(|(depth, _)| *depth).max().unwrap_or(0).max(1);
    let mut sheet = Sheet::sized(title, &[], EDGE, LEGEND + ROW * rows + BOTTOM);
    let step = (WIDTH - RIGHT - 2.0 * EDGE) / depth as f64;
    let at = |bus: usize| (EDGE + step * places[bus].0 as f64, LEGEND + ROW * (places[bus].1 + 0.55));
    let mut texts = Vec::new();
    for (index, bus) in buses.iter().enumerate() {
        let Some(line) = bus.fed else { continue };
        let ((from, above), (to, level)) = (at(line.near), at(index));
        let bend = if above == level { from } else { from + 0.35 * step };
        let path = format!("M{from:.1} {above:.1}L{bend:.1} {level:.1}H{to:.1}");
        let middle = (bend + to) / 2.0;
        let Some(load) = line.load.filter(|load| load.is_finite()) else {
            sheet.add(format_args!("<path d=\"{path}\" fill=\"none\" stroke=\"#555\" stroke-dasharray=\"1 3\"/>"));
            continue;
        };
        let (width, full) = (1.0 + 5.0 * load.abs().min(1.2), load.abs() >= FULL);
        let colour = if full { "#d55e00" } else { "#0072b2" };
        sheet.add(format_args!("<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width:.1}\"/>"));
        if full {
            let stripe = width - 2.0;
            sheet.add(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"{stripe:.1}\" stroke-dasharray=\"4 4\"/>"
            ));
        }
        if load.abs() >= 0.005 {
            let (tip, back) = if load > 0.0 { (middle + 6.0, middle - 5.0) } else { (middle - 6.0, middle + 5.0) };
            let (top, low) = (level - 6.0, level + 6.0);
            sheet.add(format_args!(
                "<path d=\"M{tip:.1} {level:.1}L{back:.1} {top:.1}V{low:.1}Z\" fill=\"#000\" stroke=\"#fff\"/>"
            ));
        }
        texts.push(((middle, level - 10.0), format!("{:.0} %", 100.0 * load.abs())));
    }
    for (index, bus) in buses.iter().enumerate() {
        let (x, y) = at(index);
        sheet.add(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#fff\" stroke=\"#000\"/>"));
        texts.push(((x, y - 23.0), bus.name.clone()));
        texts.push(((x, y + 19.0), bus.value.clone()));
    }
    let mut taken = Vec::new();
    for (place, of) in texts {
        text(&mut sheet, &mut taken, place, &of);
    }
    sheet.finish(
        "above a bus its name, under it its price; on a line the part of its limit; striped: full; dotted: no limit",
    )
}

/// Adds a text around a place, unless it would touch another one.
fn text(sheet: &mut Sheet, taken: &mut Vec<Taken>, (x, y): (f64, f64), text: &str) {
    let half = width_of(text) / 2.0;
    let (left, top, right, bottom) = (x - half, y - 11.0, x + half, y + 2.0);
    let touches = |other: &Taken| left < other.2 && other.0 < right && top < other.3 && other.1 < bottom;
    if text.is_empty() || taken.iter().any(touches) {
        return;
    }
    taken.push((left, top, right, bottom));
    let text = escaped(text);
    // White round the letters keeps a text apart from a line that passes behind it.
    sheet.add(format_args!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" stroke=\"#fff\" stroke-width=\"3\" \
         paint-order=\"stroke\">{text}</text>"
    ));
}

/// The place of each bus: how many lines it is from the root, and its row. Each end of the tree has
/// a row of its own, and every other bus is in the middle of what it feeds.
fn places(buses: &[Bus]) -> Vec<(usize, f64)> {
    let mut depths = vec![0; buses.len()];
    let mut fed: Vec<Vec<usize>> = vec![Vec::new(); buses.len()];
    for (index, bus) in buses.iter().enumerate() {
        if let Some(line) = bus.fed {
            depths[index] = depths[line.near] + 1;
            fed[line.near].push(index);
        }
    }
    // The ends of the tree, from the top: each bus's lines in the order of the buses that they feed.
    let (mut rows, mut next, mut stack) = (vec![0.0; buses.len()], 0.0, vec![0]);
    while let Some(bus) = stack.pop().filter(|bus| *bus < buses.len()) {
        if fed[bus].is_empty() {
            rows[bus] = next;
            next += 1.0;
        }
        stack.extend(fed[bus].iter().rev());
    }
    for bus in (0..buses.len()).rev().filter(|bus| !fed[*bus].is_empty()) {
        let ends = fed[bus].iter().map(|other| rows[*other]);
        rows[bus] = (ends.clone().fold(f64::INFINITY, f64::min) + ends.fold(0.0, f64::max)) / 2.0;
    }
    depths.into_iter().zip(rows).collect()
}
