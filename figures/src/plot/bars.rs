//! Bars: upright and side by side for each category, or lying, one for each row.

use super::axis::Axis;
use super::sheet::{escaped, width_of, Entry, Sheet, BOTTOM, LEFT, RIGHT, WIDTH};
use super::{Bar, Bars, Labels, Level};

/// Height of a lying bar with its space, in pixels.
const LYING: f64 = 30.0;
/// Width that the names of lying bars may take, in pixels.
const NAMES: f64 = 290.0;

/// The ends of all bars and whiskers.
fn ends<'a>(bars: impl Iterator<Item = &'a Bar> + 'a) -> impl Iterator<Item = f64> + 'a {
    bars.flat_map(|bar| {
        let (low, high) = bar.spread.unwrap_or((bar.value, bar.value));
        [bar.value, low, high]
    })
}

/// A plot of bars, side by side for each category, from zero.
pub fn bars(labels: &Labels<'_>, categories: &[String], series: &[Bars]) -> String {
    let y = Axis::over(ends(series.iter().flat_map(|s| &s.bars)).chain([0.0]));
    let legend: Vec<_> = series.iter().enumerate().map(|(s, of)| (Entry::Filled(s), of.name.as_str())).collect();
    let mut sheet = Sheet::new(labels.title, &legend);
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
    let widest = categories.iter().map(|name| width_of(name)).fold(0.0, f64::max);
    let every = ((widest / slot).ceil() as usize).max(1);
    for (c, name) in categories.iter().enumerate().step_by(every) {
        sheet.under(LEFT + slot * (c as f64 + 0.5), name);
    }
    sheet.finish(labels.x)
}

/// A plot of lying bars with whiskers, one under the other, each with its whole name before it. The
/// horizontal axis is `labels.x`. `levels` are reference lines across all rows.
pub fn rows(labels: &Labels<'_>, names: &[String], series: &Bars, levels: &[Level]) -> String {
    let values = ends(series.bars.iter()).chain(levels.iter().map(|level| level.value));
    let x = Axis::over(values.chain([0.0]));
    let mut legend = vec![(Entry::Filled(0), series.name.as_str())];
    legend.extend(levels.iter().enumerate().map(|(l, level)| (Entry::Level(l), level.name.as_str())));
    let top = Sheet::new(labels.title, &legend).top;
    let height = top + LYING * names.len().max(1) as f64 + BOTTOM;
    let mut sheet = Sheet::sized(labels.title, &legend, NAMES + 20.0, height);
    let (top, foot) = (sheet.top, sheet.foot);
    for tick in x.ticks() {
        let at = sheet.x(&x, tick);
        sheet.add(format_args!("<path d=\"M{at:.1} {top:.1}V{foot:.1}\" stroke=\"#ddd\"/>"));
    }
    sheet.horizontal(&x);
    for (r, (name, bar)) in names.iter().zip(&series.bars).enumerate() {
        let above = top + LYING * r as f64;
        let middle = above + LYING / 2.0;
        let lines = wrapped(name);
        let first = middle + 4.0 - 6.5 * (lines.len() as f64 - 1.0);
        for (n, line) in lines.iter().enumerate() {
            let (at, level, line) = (sheet.left - 8.0, first + 13.0 * n as f64, escaped(line));
            sheet.add(format_args!("<text x=\"{at:.1}\" y=\"{level:.1}\" text-anchor=\"end\">{line}</text>"));
        }
        if !bar.value.is_finite() {
            continue;
        }
        let (zero, end) = (sheet.x(&x, 0.0), sheet.x(&x, bar.value));
        sheet.filled(0, zero.min(end), above + LYING * 0.2, (zero - end).abs(), LYING * 0.6);
        if let Some((low, high)) = bar.spread.filter(|(low, high)| low.is_finite() && high.is_finite()) {
            let (low, high, from, to) = (sheet.x(&x, low), sheet.x(&x, high), middle - 4.0, middle + 4.0);
            sheet.add(format_args!(
                "<path d=\"M{low:.1} {middle:.1}H{high:.1}M{low:.1} {from:.1}V{to:.1}M{high:.1} {from:.1}V{to:.1}\" \
                 stroke=\"#000\" fill=\"none\"/>"
            ));
        }
    }
    for (l, level) in levels.iter().enumerate().filter(|(_, level)| level.value.is_finite()) {
        let at = sheet.x(&x, level.value);
        sheet.level(l, format_args!("M{at:.1} {top:.1}V{foot:.1}"));
    }
    sheet.frame();
    sheet.finish(labels.x)
}

/// A name in lines that fit before a lying bar: two at most, the second cut if need be.
fn wrapped(name: &str) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in name.split_whitespace() {
        if line.is_empty() || width_of(&line) + width_of(word) + width_of(" ") <= NAMES {
            line = if line.is_empty() { word.into() } else { format!("{line} {word}") };
        } else {
            lines.push(std::mem::replace(&mut line, word.into()));
        }
    }
    lines.push(line);
    if lines.len() > 2 {
        lines.truncate(2);
        lines[1].push('…');
    }
    lines
}
