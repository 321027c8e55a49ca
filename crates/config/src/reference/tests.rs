use std::fs;
use std::path::Path;

use super::reference;
use crate::keys;

#[test]
fn the_page_in_docs_is_the_one_made_from_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let kept = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        kept == reference(),
        "docs/configuration.md is stale: run cargo run -p atoll-config --example reference > docs/configuration.md"
    );
}

#[test]
fn every_key_has_one_row() {
    let page = reference();
    for key in keys::all() {
        let rows = page.lines().filter(|line| line.starts_with(&format!("| `{}` |", key.path))).count();
        assert_eq!(rows, 1, "{}", key.path);
    }
}
