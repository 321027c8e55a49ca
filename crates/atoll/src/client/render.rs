//! Printing an answer.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::arguments::Output;
use super::listing::{Column, Form, Listing};
use super::yaml;
use crate::failure::Failure;
use crate::output::{say, tell};

/// Blanks between two columns.
const GAP: usize = 2;
/// Characters of a digest in a table, with the algorithm: enough to tell images apart.
const DIGEST_CHARACTERS: usize = 19;
/// Characters of a time to the second: `2026-01-02T03:04:05`.
const TIME_CHARACTERS: usize = 19;

/// Prints to the standard output; what is left out is told on the standard error.
pub(super) fn print(listing: &Listing, output: Output) -> Result<(), Failure> {
    say(&text(listing, output))?;
    let shown = u64::try_from(listing.rows.len()).unwrap_or(u64::MAX);
    if listing.total > shown {
        tell(&format!("{shown} of {} are shown: give --limit for more", listing.total));
    }
    Ok(())
}

/// What is printed.
pub(super) fn text(listing: &Listing, output: Output) -> String {
    match output {
        Output::Table => table(listing),
        Output::Json => escaped(&format!("{:#}\n", value(listing))),
        Output::Yaml => escaped(&yaml::document(&value(listing))),
    }
}

/// The rows alone, or the facts with the rows among them.
fn value(listing: &Listing) -> Value {
    let rows = Value::Array(listing.rows.iter().cloned().map(Value::Object).collect());
    if listing.facts.is_empty() {
        return rows;
    }
    let facts = listing.facts.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Value::Object(facts.chain([(listing.name.to_owned(), rows)]).collect())
}

fn table(listing: &Listing) -> String {
    let mut text = String::new();
    for (key, value) in listing.facts.iter().filter(|(_, value)| !value.is_null()) {
        let form = if *key == "size" { Form::Size } else { Form::Text };
        let key = format!("{key}:");
        // A String takes whatever is written to it.
        let _infallible = writeln!(text, "{key:<15}{}", cell(value, form));
    }
    if !listing.facts.is_empty() {
        text.push('\n');
    }
    if listing.rows.is_empty() {
        text.push_str("nothing found\n");
        return text;
    }
    let lines: Vec<Vec<String>> = listing.rows.iter().map(|row| cells(row, listing.columns)).collect();
    let head: Vec<String> = listing.columns.iter().map(|column| column.title.to_owned()).collect();
    let width = |index: usize| {
        let wide = |line: &Vec<String>| line.get(index).map_or(0, |cell| cell.chars().count());
        lines.iter().map(wide).chain([wide(&head)]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    for line in std::iter::once(&head).chain(&lines) {
        text.push_str(&aligned(line, listing.columns, &widths));
    }
    text
}

fn cells(row: &Map<String, Value>, columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| cell(row.get(column.key).unwrap_or(&Value::Null), column.form)).collect()
}

fn aligned(line: &[String], columns: &[Column], widths: &[usize]) -> String {
    let mut text = String::new();
    for ((cell, column), width) in line.iter().zip(columns).zip(widths) {
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        let (before, after) = match column.form {
            Form::Number | Form::Size => (padding.as_str(), ""),
            Form::Text | Form::Time | Form::Digest => ("", padding.as_str()),
        };
        // A String takes whatever is written to it.
        let _infallible = write!(text, "{before}{cell}{after}{:GAP$}", "");
    }
    format!("{}\n", text.trim_end())
}

fn cell(value: &Value, form: Form) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::Bool(is_so) => return if *is_so { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(|item| cell(item, form)).collect::<Vec<_>>().join(","),
        Value::String(text) => printable(text),
        other => other.to_string(),
    };
    match form {
        Form::Text | Form::Number => text,
        Form::Size => value.as_u64().map_or(text, size),
        Form::Time => text.chars().take(TIME_CHARACTERS).collect::<String>().replace('T', " "),
        Form::Digest => text.chars().take(DIGEST_CHARACTERS).collect(),
    }
}

/// A server's text must not move the cursor of a terminal, nor turn the direction of what is written behind it.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_direction(c) { ' ' } else { c }).collect()
}

/// JSON or YAML in which no character moves the cursor of a terminal, and none is one that YAML forbids: in quotes both take the
/// number of a character for it, and outside of quotes there are none of these.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let is_odd = matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
        if (c.is_control() && c != '\n') || turns_direction(c) || is_odd {
            // A String takes whatever is written to it.
            let _infallible = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Unicode's marks for the direction of text (UAX #9, section 2).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes in the largest unit that leaves a whole number in front.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["TiB", "GiB", "MiB", "KiB"];
    for (index, unit) in UNITS.iter().enumerate() {
        let one = 1_u64 << (10 * (UNITS.len() - index));
        if bytes >= one {
            let tenths = (u128::from(bytes) * 10 + u128::from(one) / 2) / u128::from(one);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests;
