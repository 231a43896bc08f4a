//! Axes: ranges of values that begin and end at a tick.

/// About how many ticks an axis has.
const TICKS: f64 = 6.0;

/// A range of values that begins and ends at a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) lo: f64,
    pub(super) hi: f64,
    pub(super) scale: Scale,
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// Evenly, with a tick at every multiple of the step.
    Even {
        /// The distance of two ticks.
        step: f64,
    },
    /// By their logarithms, with a tick at every power of ten.
    Logarithmic,
}

/// The least and the greatest of the values that are numbers.
fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|v| v.is_finite());
    finite.fold(None, |span, v| Some(span.map_or((v, v), |(lo, hi): (f64, f64)| (lo.min(v), hi.max(v)))))
}

impl Axis {
    /// The axis around the values that are numbers; around 0 to 1 when there are none.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Axis {
        let (mut lo, mut hi) = span(values).unwrap_or((0.0, 1.0));
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
        Axis { lo: (lo / step).floor() * step, hi: (hi / step).ceil() * step, scale: Scale::Even { step } }
    }

    /// The logarithmic axis around the values above zero, from a power of ten to another; from 1 to
    /// 10 when there are none.
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>) -> Axis {
        let (least, most) = span(values.filter(|v| *v > 0.0)).unwrap_or((1.0, 10.0));
        let (mut lo, mut hi) = (1.0, 1.0);
        while lo > least {
            lo /= 10.0;
        }
        while lo * 10.0 <= least {
            lo *= 10.0;
        }
        while hi < most {
            hi *= 10.0;
        }
        while hi / 10.0 >= most {
            hi /= 10.0;
        }
        Axis { lo, hi: if hi > lo { hi } else { lo * 10.0 }, scale: Scale::Logarithmic }
    }

    /// The same scale, but it ends where the values end.
    pub(super) fn tight(self, values: impl Iterator<Item = f64>) -> Axis {
        match span(values) {
            Some((lo, hi)) if lo < hi => Axis { lo, hi, ..self },
            _ => self,
        }
    }

    /// The ticks that have a number.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Even { step } => {
                let count = ((self.hi - self.lo) / step + 0.5).floor() as u32;
                (0..=count).map(|n| self.lo + step * f64::from(n)).collect()
            }
            Scale::Logarithmic => self.decades().collect(),
        }
    }

    /// The ticks between, without numbers: 2 to 9 times each power of ten.
    pub(super) fn minor(&self) -> Vec<f64> {
        match self.scale {
            Scale::Even { .. } => vec![],
            Scale::Logarithmic => {
                let last = self.hi * 0.999;
                let between = self.decades().flat_map(|ten| (2..10).map(move |n| ten * f64::from(n)));
                between.filter(|tick| *tick < last).collect()
            }
        }
    }

    /// The powers of ten from end to end.
    fn decades(&self) -> impl Iterator<Item = f64> {
        let last = self.hi * 1.001;
        std::iter::successors(Some(self.lo), |ten| Some(ten * 10.0)).take_while(move |ten| *ten <= last)
    }

    /// Whether a tick is the zero of the axis.
    pub(super) fn is_zero(&self, tick: f64) -> bool {
        matches!(self.scale, Scale::Even { step } if tick.abs() < step / 2.0)
    }

    /// The place of a value on an axis that runs from one place to another, in pixels.
    pub(super) fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        let part = match self.scale {
            Scale::Even { .. } => (value - self.lo) / (self.hi - self.lo),
            Scale::Logarithmic => (value / self.lo).log10() / (self.hi / self.lo).log10(),
        };
        from + part * (to - from)
    }

    /// A tick's number as text, with as many decimals as the step, or the power of ten, has.
    pub(super) fn text(&self, tick: f64) -> String {
        let mut unit = match self.scale {
            Scale::Even { step } => step,
            Scale::Logarithmic => tick,
        };
        let mut decimals = 0;
        while unit < 0.999_999 {
            unit *= 10.0;
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
