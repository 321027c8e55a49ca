use super::*;

fn check(glob: &str, name: &str, expected: bool) {
    let pattern = Pattern { glob: glob.to_owned(), admits: true };
    assert_eq!(pattern.matches(name), expected, "{glob} against {name}");
}

#[test]
fn stars_stay_within_a_component_and_double_stars_do_not() {
    check("**", "a/b/c", true);
    check("*", "a", true);
    check("*", "a/b", false);
    check("a/**", "a/b/c", true);
    check("a/**", "ab/c", false);
    check("**/c", "a/b/c", true);
    check("**/c", "c", true);
    check("**/c", "a/b/cd", false);
    check("a/*/c", "a/b/c", true);
    check("a/*/c", "a/b/b/c", false);
    check("a*b*c", "axxbyyc", true);
    check("a?c", "abc", true);
    check("a?c", "a/c", false);
    check("private/**", "private", false);
    check("", "", true);
    check("", "a", false);
    check("*a*/**/b*", "xay/p/q/bz", true);
}

#[test]
fn the_longest_pattern_decides_and_silence_hides() {
    let pattern = |glob: &str, admits| Pattern { glob: glob.to_owned(), admits };
    let visibility = Visibility::Patterns(vec![pattern("**", true), pattern("private/**", false)].into());
    assert!(visibility.admits(&"a/b".parse().unwrap()));
    assert!(!visibility.admits(&"private/b".parse().unwrap()));
    let narrow = Visibility::Patterns(vec![pattern("a/*", true)].into());
    assert!(!narrow.admits(&"b".parse().unwrap()));
    assert!(!Visibility::Patterns(Vec::new().into()).admits(&"b".parse().unwrap()));
}
