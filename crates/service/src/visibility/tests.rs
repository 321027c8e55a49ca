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
    check("***", "a/b", true);
    check("a**/b", "axb", false);
    check("**x**/c", "axbxc", true);
}

/// What the letters of a glob stand for, one after the other: slow, and plain to see.
fn means(glob: &[u8], name: &[u8]) -> bool {
    let ways = 0..=name.len();
    match glob {
        [] => name.is_empty(),
        [b'*', b'*', b'/', rest @ ..] if means(rest, name) => true,
        [b'*', b'*', rest @ ..] => ways.clone().any(|taken| means(rest, &name[taken..])),
        [b'*', rest @ ..] => {
            let within = |taken: &usize| !name[..*taken].contains(&b'/');
            ways.take_while(within).any(|taken| means(rest, &name[taken..]))
        }
        [b'?', rest @ ..] => name.first().is_some_and(|found| *found != b'/') && means(rest, &name[1..]),
        [wanted, rest @ ..] => name.first() == Some(wanted) && means(rest, &name[1..]),
    }
}

#[test]
fn a_name_matches_as_the_letters_of_the_glob_say() {
    // A small generator of numbers, so that every run looks at the same globs.
    let mut state = 1_u64;
    let mut below = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let (mut matching, mut others) = (0, 0);
    for _ in 0..40_000 {
        let pieces = ["*", "**", "**/", "?", "/", "a", "b"];
        let glob: String = (0..below(8)).map(|_| pieces[below(pieces.len())]).collect();
        let name: String = (0..below(8)).map(|_| ["a", "b", "/"][below(3)]).collect();
        let expected = means(glob.as_bytes(), name.as_bytes());
        check(&glob, &name, expected);
        *(if expected { &mut matching } else { &mut others }) += 1;
    }
    assert!(matching > 1_000 && others > 1_000, "{matching} {others}");
}

#[test]
fn stars_upon_stars_take_no_more_than_the_product_of_the_lengths() {
    // One way after the other would not end.
    check(&format!("{}b", "**/".repeat(500)), &"a/".repeat(100), false);
    check(&format!("{}b", "*a**".repeat(500)), &"a".repeat(250), false);
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
