//! Columns for people.

use std::fmt::Write as _;

/// Between two columns.
const GAP: &str = "  ";

/// How a column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Lines below a head, each column as wide as its widest cell. Every row has a cell for each column.
pub(super) fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    let wide = |line: &Vec<String>, index: usize| line.get(index).map_or(0, |cell| cell.chars().count());
    let widths: Vec<usize> = (0..columns.len())
        .map(|index| rows.iter().chain([&head]).map(|line| wide(line, index)).max().unwrap_or_default())
        .collect();
    let mut text = String::new();
    for line in std::iter::once(&head).chain(rows) {
        let mut row = String::new();
        for ((cell, (_, align)), width) in line.iter().zip(columns).zip(&widths) {
            // A String takes whatever is written to it.
            let _infallible = match align {
                Align::Left => write!(row, "{cell:<width$}{GAP}"),
                Align::Right => write!(row, "{cell:>width$}{GAP}"),
            };
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// Bytes in the largest unit that leaves a whole number in front.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, one)| bytes >= *one);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, one)| {
            let tenths = (u128::from(bytes) * 10 + u128::from(*one) / 2) / u128::from(*one);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        },
    )
}

/// Numbers in order as runs: `0-3, 7, 9-10`.
pub(super) fn runs(numbers: impl IntoIterator<Item = u16>) -> String {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let shown = runs
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
