//! Figures at a glance: tiles, sparklines, usage bars, charts. Drawn as SVG on the server with whole numbers; a chart
//! becomes interactive where scripts run and has its table beside it. Must not know: what is measured.

use std::fmt::Write;

use crate::assets;
use crate::icon::Icon;
use crate::markup::{Markup, components, el};
use crate::status::Tone;

/// Most points a sparkline draws; longer series are thinned.
pub const SPARK_POINTS: usize = 120;
const WIDTH: i128 = 1200;
const HEIGHT: i128 = 320;
/// Room for half a stroke above and below.
const MARGIN: i128 = 20;

/// A small line of how a figure moved, oldest first; `label` says it in words for screen readers.
pub fn sparkline(series: &[i64], label: &str) -> Markup {
    let step = series.len().div_ceil(SPARK_POINTS).max(1);
    let points: Vec<i128> = series.iter().step_by(step).map(|value| i128::from(*value)).collect();
    let (Some(low), Some(high)) = (points.iter().min().copied(), points.iter().max().copied()) else {
        return Markup::new();
    };
    let last = i128::try_from(points.len().saturating_sub(1)).unwrap_or(0).max(1);
    let span = (high - low).max(1);
    let mut line = String::new();
    for (at, value) in points.iter().enumerate() {
        let x = i128::try_from(at).unwrap_or(0) * WIDTH / last;
        let y = if high == low {
            HEIGHT / 2
        } else {
            HEIGHT - MARGIN - (value - low) * (HEIGHT - 2 * MARGIN) / span
        };
        // Writing into a String cannot fail.
        let _ = write!(line, "{}{x} {y}", if at == 0 { "M" } else { "L" });
    }
    let area = format!("{line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z");
    el("svg")
        .class("spark")
        .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .attr("preserveAspectRatio", "none")
        .attr("role", "img")
        .attr("aria-label", label)
        .child(el("path").class("spark-area").attr("d", area))
        .child(el("path").class("spark-line").attr("d", line))
        .into()
}

/// A figure with its name, how it moved, and the rows behind it.
#[derive(Clone, Debug)]
pub struct Tile {
    label: String,
    figure: Markup,
    href: String,
    note: Markup,
    tone: Option<Tone>,
    series: Option<(Vec<i64>, String)>,
}

impl Tile {
    /// `href` opens the rows the figure counts.
    pub fn new(label: impl Into<String>, figure: impl Into<Markup>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            figure: figure.into(),
            href: href.into(),
            note: Markup::new(),
            tone: None,
            series: None,
        }
    }

    /// A line below the figure ("12 more than yesterday").
    #[must_use]
    pub fn note(mut self, note: impl Into<Markup>) -> Self {
        self.note = note.into();
        self
    }

    /// Marks the note (with the tone's shape) where the figure needs attention.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    /// A sparkline, oldest first, with its meaning in words.
    #[must_use]
    pub fn series(mut self, series: &[i64], label: impl Into<String>) -> Self {
        self.series = Some((series.to_vec(), label.into()));
        self
    }

    fn render(&self) -> Markup {
        let note = (!self.note.is_empty()).then(|| match self.tone {
            Some(tone) => el("span").class("tile-note").child(crate::status::chip(tone, &self.note)),
            None => el("span").class("tile-note").child(&self.note),
        });
        let spark = self.series.as_ref().map(|(series, label)| sparkline(series, label));
        el("a")
            .class("tile")
            .attr("href", &self.href)
            .child(el("span").class("tile-label").child(&self.label))
            .child(el("span").class("tile-figure").child(&self.figure))
            .child(note)
            .child(spark)
            .into()
    }
}

/// Tiles in a grid that wraps.
pub fn tiles(tiles: impl IntoIterator<Item = Tile>) -> Markup {
    el("div").class("tiles").children(tiles).into()
}

/// How much of an allowance is used: words above, bar, what happens at its end below.
#[derive(Clone, Debug)]
pub struct UsageBar {
    label: Markup,
    used: u64,
    total: u64,
    words: Markup,
    ends: Markup,
    icon: Option<Icon>,
    endless: bool,
}

/// From this share in percent a bar warns.
const NEARLY_USED: u64 = 85;

impl UsageBar {
    /// `used` of `total` in any one unit; `words` says it ("6.2 of 10 GB").
    pub fn new(label: impl Into<Markup>, used: u64, total: u64, words: impl Into<Markup>) -> Self {
        Self {
            label: label.into(),
            used,
            total,
            words: words.into(),
            ends: Markup::new(),
            icon: None,
            endless: false,
        }
    }

    /// A service without an end: its words, no bar.
    pub fn unlimited(label: impl Into<Markup>, words: impl Into<Markup>) -> Self {
        Self { endless: true, ..Self::new(label, 0, 1, words) }
    }

    /// What happens when it is used up, or when it renews.
    #[must_use]
    pub fn ends(mut self, words: impl Into<Markup>) -> Self {
        self.ends = words.into();
        self
    }

    /// The service's icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Used share in whole percent, 0 to 100; an allowance of nothing is used up.
    pub fn percent(&self) -> u64 {
        let share = u128::from(self.used) * 100 / u128::from(self.total.max(1));
        if self.total == 0 { 100 } else { u64::try_from(share).unwrap_or(100).min(100) }
    }

    fn render(&self) -> Markup {
        let percent = self.percent();
        let tone = match percent {
            100.. => "bad",
            NEARLY_USED.. => "warn",
            _ => "fine",
        };
        let bar = el("svg")
            .class("bar")
            .class(tone)
            .attr("viewBox", "0 0 100 1")
            .attr("preserveAspectRatio", "none")
            .attr("role", "img")
            .attr("aria-label", format!("{percent} percent used"))
            .child(el("rect").class("bar-ground").attr("width", "100").attr("height", "1"))
            .child(el("rect").class("bar-used").attr("width", percent.to_string()).attr("height", "1"));
        let ends = (!self.ends.is_empty()).then(|| el("p").class("usage-ends").child(&self.ends));
        el("div")
            .class("usage")
            .child(
                el("div")
                    .class("usage-head")
                    .child(el("span").class("usage-label").child(self.icon).child(&self.label))
                    .child(el("span").class("num").child(&self.words)),
            )
            .child((!self.endless).then_some(bar))
            .child(ends)
            .into()
    }
}

/// An interactive time chart (uPlot). Without scripts its table is shown instead.
#[derive(Clone, Debug)]
pub struct Chart {
    caption: String,
    times: Vec<i64>,
    series: Vec<(String, Vec<i64>)>,
    table: Markup,
}

impl Chart {
    /// `times` in seconds since 1970 UTC, ascending; `table` shows the same figures in words.
    pub fn new(caption: impl Into<String>, times: &[i64], table: impl Into<Markup>) -> Self {
        Self { caption: caption.into(), times: times.to_vec(), series: Vec::new(), table: table.into() }
    }

    /// Adds a line; as many values as there are times.
    #[must_use]
    pub fn line(mut self, name: impl Into<String>, values: &[i64]) -> Self {
        self.series.push((name.into(), values.to_vec()));
        self
    }

    fn render(&self) -> Markup {
        let numbers = |values: &[i64]| values.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let data = std::iter::once(&self.times).chain(self.series.iter().map(|(_, values)| values));
        let names = self.series.iter().map(|(name, _)| name.replace('|', "/")).collect::<Vec<_>>().join("|");
        el("figure")
            .class("chart")
            .attr("data-chart", data.map(|values| numbers(values)).collect::<Vec<_>>().join(";"))
            .attr("data-names", names)
            .child(el("link").attr("rel", "stylesheet").attr("href", assets::url("uplot.css")))
            .child(el("script").flag("defer", true).attr("src", assets::url("uplot.js")))
            .child(el("figcaption").child(&self.caption))
            .child(el("div").class("chart-table").child(&self.table))
            .into()
    }
}

components!(Tile, UsageBar, Chart);
