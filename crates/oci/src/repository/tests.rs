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

#[test]
fn comparing_bytes_is_comparing_components() {
    let parts = ["a", "a-b", "a.b", "a_b", "aa", "b", "0", "a__b"];
    let mut names: Vec<String> = parts.iter().map(ToString::to_string).collect();
    names.extend(parts.iter().flat_map(|one| parts.iter().map(move |other| format!("{one}/{other}"))));
    let names: Vec<Repository> = names.iter().map(|name| name.parse().unwrap()).collect();
    for (one, other) in names.iter().flat_map(|one| names.iter().map(move |other| (one, other))) {
        let expected = one.components().cmp(other.components());
        assert_eq!(one.compare_components(other), expected, "{one} {other}");
    }
}
