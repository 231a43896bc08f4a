//! Axes: ranges of values that begin and end at a tick.

/// About how many ticks an axis has.
const TICKS: f64 = 6.0;

/// A range of values that begins and ends at a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) lo: f64,
    pub(super) hi: f64,
    pub(super) step: f64,
}

impl Axis {
    /// The axis around the values that are numbers; around 0 to 1 when there are none.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Axis {
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

    /// The same scale, but it ends where the values end.
    pub(super) fn tight(self, values: impl Iterator<Item = f64>) -> Axis {
        let finite = values.filter(|v| v.is_finite());
        let (lo, hi) = finite.fold((self.hi, self.lo), |(lo, hi), v| (lo.min(v), hi.max(v)));
        if lo < hi {
            Axis { lo, hi, ..self }
        } else {
            self
        }
    }

    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        let count = ((self.hi - self.lo) / self.step + 0.5).floor() as u32;
        (0..=count).map(move |n| self.lo + self.step * f64::from(n))
    }

    /// The place of a value on an axis that runs from one place to another, in pixels.
    pub(super) fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        from + (value - self.lo) / (self.hi - self.lo) * (to - from)
    }

    /// A tick's number as text, with as many decimals as the step has.
    pub(super) fn text(&self, tick: f64) -> String {
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
