use super::{PHRASES, check};
use crate::tree::File;

fn found(path: &str, text: &str) -> Vec<String> {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    check(&file).iter().map(|violation| violation.place.clone()).collect()
}

#[test]
fn each_phrase_is_found_with_its_line() {
    for (phrase, _) in PHRASES {
        assert_eq!(found("src/a.rs", &format!("fine\nsome {phrase} here\n")), ["src/a.rs:2"], "{phrase}");
    }
}

#[test]
fn scripts_and_prose_are_looked_at_and_data_is_not() {
    let (phrase, _) = PHRASES[2];
    for path in ["docs/a.md", "scripts/a.sh", "Makefile", ".ci/run", "Cargo.toml"] {
        assert_eq!(found(path, phrase).len(), 1, "{path}");
    }
    for path in ["tests/data/a.json", "Cargo.lock"] {
        assert_eq!(found(path, phrase).len(), 0, "{path}");
    }
}

#[test]
fn a_phrase_inside_a_longer_word_is_fine() {
    assert_eq!(found("a.sh", concat!("mktemp -d /tmp/a.XX", "XXXX")), Vec::<String>::new());
}

#[test]
fn a_path_counts_whatever_follows() {
    assert_eq!(found("a.sh", concat!("cd /wo", "rk/clone")), ["a.sh:1"]);
}

#[test]
fn ordinary_words_are_fine() {
    assert_eq!(
        found("docs/a.md", "a list of what is to do, at work and in /workspace/a"),
        Vec::<String>::new()
    );
}
