//! The table: lines, quantities and targets, and how they are written.

use std::fmt;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Requests, or flushes, in a second.
    PerSecond,
    /// 2^20 bytes in a second.
    MebibytesPerSecond,
    /// Thousandths of a second.
    Milliseconds,
    /// 2^20 bytes.
    Mebibytes,
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantity {
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// What a line should reach: its ratio, or, without a peer, its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) value: Quantity,
    /// The name and value of what it is compared with.
    pub(crate) peer: Option<(String, Quantity)>,
    pub(crate) ratio: Option<f64>,
    pub(crate) target: Option<Target>,
}

impl Line {
    /// A line with a value of its own and nothing to compare it with.
    pub(crate) fn alone(what: impl Into<String>, value: Quantity, target: Target) -> Self {
        Self { what: what.into(), value, peer: None, ratio: None, target: Some(target) }
    }

    /// Whether the target is met; `None` without one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        let found = self.ratio.unwrap_or(self.value.value);
        self.target.map(|target| match target {
            Target::AtLeast(least) => found >= least,
            Target::AtMost(most) => found <= most,
        })
    }
}

/// The lines as a table in Markdown.
pub(crate) fn rendered(lines: &[Line]) -> String {
    let mut text = String::from(
        "| what | Atoll | beside | its figure | ratio | target | |\n|---|---|---|---|---|---|---|\n",
    );
    text.extend(lines.iter().map(row));
    text
}

fn row(line: &Line) -> String {
    let figures = line.peer.as_ref().map(|(name, quantity)| (name.clone(), quantity.to_string()));
    let (peer, figure) = figures.unwrap_or_default();
    let ratio = line.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    let target = line.target.map_or_else(String::new, |target| target_text(target, line));
    let verdict = match line.is_met() {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "",
    };
    let Line { what, value, .. } = line;
    format!("| {what} | {value} | {peer} | {figure} | {ratio} | {target} | {verdict} |\n")
}

fn target_text(target: Target, line: &Line) -> String {
    let number = |number: f64| match line.ratio {
        Some(_) => number.to_string(),
        None => Quantity { value: number, unit: line.value.unit }.to_string(),
    };
    match target {
        Target::AtLeast(least) => format!("≥ {}", number(least)),
        Target::AtMost(most) => format!("≤ {}", number(most)),
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precision = match self.value {
            value if value >= 100.0 => 0,
            value if value >= 10.0 => 1,
            _ => 2,
        };
        let unit = match self.unit {
            Unit::PerSecond => "/s",
            Unit::MebibytesPerSecond => " MiB/s",
            Unit::Milliseconds => " ms",
            Unit::Mebibytes => " MiB",
        };
        write!(f, "{:.precision$}{unit}", self.value)
    }
}

#[cfg(test)]
mod tests;
