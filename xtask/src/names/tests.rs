use super::{check_definitions, check_path};
use crate::source::Source;
use crate::tree::File;

fn defined(text: &str) -> Vec<String> {
    check_definitions(&Source::fixture("src/a.rs", text)).iter().map(ToString::to_string).collect()
}

fn path(path: &str) -> bool {
    check_path(&File { path: path.to_owned(), text: String::new() }).is_some()
}

#[test]
fn every_kind_of_definition_is_looked_at() {
    for text in [
        "mod common;",
        "fn read_helper() {}",
        "struct UploadManager;",
        "struct S { misc: u8 }",
        "enum E { CommonCase }",
        "trait Helper {}",
        "trait T { fn util(&self); }",
        "type Utils = u8;",
        "const MISC_LIMIT: u8 = 1;",
        "static HELPERS: u8 = 1;",
        "impl S { fn manager(&self) {} }",
        "fn f(helper: u8) {}",
        "fn f() { let common = 1; }",
        "use a::b as util;",
    ] {
        assert_eq!(defined(text).len(), 1, "{text}");
    }
}

#[test]
fn a_violation_names_the_line_and_the_word() {
    assert_eq!(
        defined("\nstruct UploadManager;"),
        ["src/a.rs:2: `UploadManager` has `manager` in its name; say what it is or does"]
    );
}

#[test]
fn names_that_come_from_elsewhere_are_not_our_choice() {
    for text in [
        "use futures_util::StreamExt;",
        "fn f() { http_body_util::Full::new(1); }",
        "impl Foreign for S { fn helper(&self) {} }",
        "fn f(x: T) { x.common_name(); }",
    ] {
        assert_eq!(defined(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn words_inside_longer_words_are_fine() {
    assert_eq!(defined("fn utilise_commonly(uncommon: u8) {}"), Vec::<String>::new());
}

#[test]
fn files_and_folders_are_looked_at() {
    assert!(path("crates/a/src/util.rs"));
    assert!(path("crates/common/src/lib.rs"));
    assert!(path("crates/a/src/types.rs"));
    assert!(path("scripts/test-helper.sh"));
    assert!(!path("crates/oci/src/media_type.rs"));
    assert!(!path("crates/oci/src/content_types.rs"));
}
