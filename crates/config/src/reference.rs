//! The table as a page for people: docs/configuration.md.

use crate::keys::{self, Case, Key, Verdict};
use crate::kind::Kind;

const INTRODUCTION: &str = include_str!("reference/introduction.md");

/// The text of docs/configuration.md: every legal key with its type, default, verdict and meaning.
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let (stanzas, single): (Vec<_>, Vec<_>) =
        keys::children("").partition(|(_, key)| key.kind == Kind::Stanza);
    section(&mut page, "Single keys", single.into_iter().map(|(_, key)| key));
    for (name, _) in stanzas {
        section(&mut page, &format!("`{name}`"), keys::all().filter(|key| room(key.path) == name));
    }
    page
}

fn section(page: &mut String, title: &str, rows: impl Iterator<Item = &'static Key>) {
    page.push_str("\n## ");
    page.push_str(title);
    page.push_str("\n\n| key | takes | default | what Atoll does | meaning |\n|---|---|---|---|---|\n");
    rows.for_each(|key| page.push_str(&row(key)));
}

fn room(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn row(key: &Key) -> String {
    let default = key.default.map(shown).unwrap_or_default();
    let cells = [format!("`{}`", key.path), takes(key.kind), default, verdict(key), key.meaning.to_owned()];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn shown(default: &str) -> String {
    if default.is_empty() { "none".to_owned() } else { format!("`{default}`") }
}

/// What becomes of the key; the reason stands with the topmost key that it holds for.
fn verdict(key: &Key) -> String {
    let above = keys::all().find(|above| above.verdict == key.verdict && key.is_below(above));
    match key.verdict {
        Verdict::Warned { .. } if let Some(above) = above => format!("warned, see `{}`", above.path),
        Verdict::Refused { .. } if let Some(above) = above => format!("refused, see `{}`", above.path),
        Verdict::Honoured if key.live => "honoured, also while running".to_owned(),
        Verdict::Honoured => "honoured".to_owned(),
        Verdict::Accepted => "accepted, without effect".to_owned(),
        Verdict::Warned { when, because } => format!("warned{}: {because}", case(when)),
        Verdict::Refused { when, because } => format!("refused{}: {because}", case(when)),
    }
}

fn case(when: Case) -> &'static str {
    match when {
        Case::Written => "",
        Case::NotDisabled => " unless `enable` is false",
        Case::Is(true) => " when true",
        Case::Is(false) => " when false",
    }
}

fn takes(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Secret => "text".to_owned(),
        Kind::Path => "path".to_owned(),
        Kind::Address => "IP address or host name".to_owned(),
        Kind::Url => "http(s) address".to_owned(),
        Kind::UrlPath => "URL path".to_owned(),
        Kind::Choice(words) => quoted(words, " or "),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Integer { least, most } => format!("{least} to {most}"),
        Kind::Port => "port".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::Timeout => "duration, 0 for none".to_owned(),
        Kind::TimeWindow => "times of the day".to_owned(),
        Kind::Size { .. } => "size".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Choices(words) => format!("list of {}", quoted(words, ", ")),
        Kind::Stanza => "map".to_owned(),
        Kind::Switch => "map, on when written".to_owned(),
        Kind::Stanzas => "list of maps".to_owned(),
        Kind::Named => "map of maps".to_owned(),
        Kind::Free => "any map".to_owned(),
    }
}

fn quoted(words: &[&str], between: &str) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests;
