use super::{check_file, check_reachable};
use crate::metadata::Crate;
use crate::source::Source;
use crate::tree::{File, Tree};

fn places(path: &str, text: &str) -> Vec<String> {
    check_file(&Source::fixture(path, text)).into_iter().map(|violation| violation.place).collect()
}

fn reachable(files: &[(&str, &str)]) -> Vec<String> {
    let one = Crate {
        name: "a".to_owned(),
        folder: "crates/a".to_owned(),
        roots: vec!["crates/a/src/lib.rs".to_owned()],
        ..Crate::default()
    };
    let files =
        files.iter().map(|(path, text)| File { path: format!("crates/a/{path}"), text: (*text).to_owned() });
    let tree = Tree { files: files.collect() };
    check_reachable(&[one], &tree).iter().map(ToString::to_string).collect()
}

const NOTHING: &[String] = &[];

#[test]
fn lib_rs_holds_contents_only() {
    assert_eq!(
        places("crates/a/src/lib.rs", "//! Doc.\nmod a;\npub use a::A;\n#[cfg(test)]\nmod tests;\n"),
        NOTHING
    );
    for item in [
        "fn f() {}",
        "struct S;",
        "impl S {}",
        "const C: u8 = 1;",
        "mod a { }",
        "macro_rules! m { () => {} }",
    ] {
        assert_eq!(
            places("crates/a/src/lib.rs", &format!("//! Doc.\n{item}")),
            ["crates/a/src/lib.rs:2"],
            "{item}"
        );
    }
}

#[test]
fn other_files_may_hold_code() {
    assert_eq!(places("crates/a/src/main.rs", "fn main() {}"), NOTHING);
}

#[test]
fn tests_inside_a_file_are_refused_at_any_depth() {
    assert_eq!(places("src/a.rs", "mod tests { }"), ["src/a.rs:1"]);
    assert_eq!(places("src/a.rs", "#[cfg(test)]\nmod proofs { }"), ["src/a.rs:2"]);
    assert_eq!(places("src/a.rs", "mod inner {\n mod tests { }\n}"), ["src/a.rs:2"]);
    assert_eq!(places("src/a.rs", "#[cfg(test)] mod tests;\n#[cfg(unix)] mod unix { }"), NOTHING);
}

#[test]
fn a_file_that_no_mod_line_leads_to_is_named() {
    let found = reachable(&[("src/lib.rs", "//! A."), ("src/lost.rs", "//! Lost.")]);
    assert_eq!(found, ["crates/a/src/lost.rs: no `mod` line leads to this file; add one or remove the file"]);
}

#[test]
fn every_way_to_reach_a_file_is_followed() {
    let found = reachable(&[
        ("src/lib.rs", "//! A.\nmod b;\nmod c;\n#[path = \"odd/name.rs\"]\nmod d;\nmod e { mod f; }"),
        ("src/b.rs", "//! B.\nmod inner;\n#[cfg(test)]\nmod tests;"),
        ("src/b/inner.rs", "//! Inner."),
        ("src/b/tests.rs", ""),
        ("src/c/mod.rs", "//! C.\nmod inner;"),
        ("src/c/inner.rs", "//! Inner."),
        ("src/odd/name.rs", "//! D."),
        ("src/e/f.rs", "//! F."),
    ]);
    assert_eq!(found, NOTHING);
}

#[test]
fn a_module_is_described_by_its_head_or_by_its_mod_line() {
    let found = reachable(&[
        ("src/lib.rs", "//! A.\n/// B, described here.\nmod b;\nmod c;\n#[cfg(test)]\nmod tests;"),
        ("src/b.rs", ""),
        ("src/c.rs", "// A comment is no head.\n/// Nor is an item's doc.\nfn f() {}"),
        ("src/tests.rs", ""),
    ]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("crates/a/src/c.rs: begins without a `//!` head"), "{}", found[0]);
}

#[test]
fn a_crate_inside_another_crates_folder_is_not_the_outer_ones() {
    let named = |folder: &str| Crate {
        folder: folder.to_owned(),
        roots: vec![format!("{folder}/src/lib.rs")],
        ..Crate::default()
    };
    let file = |path: &str| File { path: path.to_owned(), text: "//! Doc.".to_owned() };
    let tree = Tree { files: vec![file("a/src/lib.rs"), file("a/fuzz/src/lib.rs")] };
    assert_eq!(check_reachable(&[named("a"), named("a/fuzz")], &tree), []);
}
