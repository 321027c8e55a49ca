//! Phrases that must not be left in the repository: marks of unfinished work and paths of one machine.

use std::path::Path;

use crate::tree::File;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// Each phrase with what to do. Written in halves, so that this file does not hold them itself.
const PHRASES: &[(&str, &str)] = &[
    (concat!("to", "do!"), "finish it, or refuse the case with a sentence to the user"),
    (concat!("unim", "plemented!"), "finish it, or refuse the case with a sentence to the user"),
    (concat!("FIX", "ME"), "mend it, or say as a fact what is limited"),
    (concat!("XX", "X"), "mend it, or say as a fact what is limited"),
    (concat!("/wo", "rk/"), "the repository must not know the machine it was written on"),
];

/// Files that people write; data has its own words.
const WRITTEN: &[&str] = &["rs", "toml", "md", "sh", "py", "go", "yml", "yaml"];

/// Lines that hold a phrase.
pub(crate) fn check(file: &File) -> Vec<Violation> {
    let extension = Path::new(&file.path).extension().and_then(|extension| extension.to_str());
    // Scripts without an extension are files that people write too.
    if extension.is_some_and(|extension| !WRITTEN.contains(&extension)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for (phrase, advice) in PHRASES.iter().filter(|(phrase, _)| holds(line, phrase)) {
            let place = format!("{}:{}", file.path, number + 1);
            found.push(Violation::new(place, format!("holds `{phrase}`; {advice}")));
        }
    }
    found
}

/// Whether the line holds the phrase, and not as a part of a longer word: `mktemp` wants a row of capitals.
fn holds(line: &str, phrase: &str) -> bool {
    let joins = |one: Option<char>, other: Option<char>| {
        one.is_some_and(char::is_alphanumeric) && other.is_some_and(char::is_alphanumeric)
    };
    line.match_indices(phrase).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + phrase.len()..).and_then(|text| text.chars().next());
        !joins(before, phrase.chars().next()) && !joins(phrase.chars().next_back(), after)
    })
}
