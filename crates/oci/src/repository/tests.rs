use super::*;

#[test]
fn names_of_the_grammar_are_accepted() {
    for name in ["a", "0", "a/b/c", "a.b", "a_b", "a__b", "a-b", "a---b", "library/nginx", "x1/y-2/z__3"] {
        assert_eq!(name.parse::<Repository>().map(|r| r.to_string()), Ok(name.to_owned()));
    }
}

#[test]
fn everything_else_is_refused() {
    let long = "a".repeat(256);
    for name in [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "A",
        "a..b",
        "a___b",
        "a._b",
        "-a",
        "a-",
        ".",
        "..",
        "a/../b",
        "a b",
        "a\0",
        "é",
        "a:b",
        "_catalog",
        "a/_x",
        "a.-b",
        long.as_str(),
    ] {
        assert!(name.parse::<Repository>().is_err(), "{name:?}");
    }
}

#[test]
fn the_catalog_compares_component_by_component() {
    let mut names: Vec<Repository> =
        ["redis-cluster", "redis/exporter", "redis", "a/b", "a"].iter().map(|n| n.parse().unwrap()).collect();
    names.sort_by(Repository::compare_components);
    let names: Vec<&str> = names.iter().map(Repository::as_str).collect();
    assert_eq!(names, ["a", "a/b", "redis", "redis/exporter", "redis-cluster"]);
}
