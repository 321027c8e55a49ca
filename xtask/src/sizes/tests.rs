use super::check;
use crate::source::Source;

fn function(lines: usize) -> String {
    format!(
        "{}fn f() {{\n{}}}\n",
        "/// A doc is not part of the body.\n".repeat(5),
        "    g();\n".repeat(lines)
    )
}

fn file(path: &str, lines: usize) -> Vec<crate::violation::Violation> {
    check(&Source::fixture(path, &"// a line\n".repeat(lines)))
}

#[test]
fn a_function_at_the_limit_is_fine_and_one_line_more_is_not() {
    assert_eq!(check(&Source::fixture("src/a.rs", &function(70))), []);
    let found = check(&Source::fixture("src/a.rs", &function(71)));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, "src/a.rs:6");
    assert!(found[0].sentence.contains("`f` has 71 lines"), "{}", found[0]);
}

#[test]
fn methods_and_default_methods_of_traits_are_measured_too() {
    for kind in ["impl S", "trait T"] {
        let found = check(&Source::fixture("src/a.rs", &format!("{kind} {{\n{}}}\n", function(71))));
        assert_eq!(found.len(), 1, "{kind}");
    }
}

#[test]
fn braces_in_strings_and_comments_do_not_end_a_function() {
    let body = "    let _ = \"}\"; // }\n".repeat(71);
    assert_eq!(check(&Source::fixture("src/a.rs", &format!("fn f() {{\n{body}}}\n"))).len(), 1);
}

#[test]
fn a_file_may_have_500_lines() {
    assert_eq!(file("src/a.rs", 500), []);
    let found = file("src/a.rs", 501);
    assert!(found[0].to_string().starts_with("src/a.rs: has 501 lines, the limit is 500"), "{}", found[0]);
}

#[test]
fn a_file_of_tests_may_have_800_lines() {
    for path in ["crates/a/src/b/tests.rs", "crates/a/tests/whole.rs"] {
        assert_eq!(file(path, 800), [], "{path}");
        assert_eq!(file(path, 801).len(), 1, "{path}");
    }
}
