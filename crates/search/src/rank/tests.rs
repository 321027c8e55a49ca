use super::*;

#[test]
fn names_are_ranked_as_the_reference_ranks_them() {
    for (words, name, expected) in [
        ("", "anything/at/all", Some(1)),
        ("alpine", "alpine", Some(0)),
        ("a/b", "a/b", Some(0)),
        ("alp", "alpine", Some(1)),
        ("pine", "org/alpine", Some(3)),
        ("org", "org/alpine", Some(10)),
        ("rg", "org/alpine", Some(20)),
        ("dept", "org/dept/alpine", Some(500)),
        ("org/dept", "org/dept/alpine", Some(10)),
        ("org/alp", "org/dept/alpine", Some(1)),
        ("org/pine", "org/dept/alpine", Some(3)),
        ("dept/alp", "org/dept/alpine", Some(500)),
        ("org/dept/alpine/x", "org/dept/alpine", None),
        ("zebra", "org/dept/alpine", None),
        ("/alpine/", "alpine", Some(0)),
        ("a//c", "a/b/c", None),
    ] {
        assert_eq!(rank(words, name), expected, "`{words}` in `{name}`");
    }
}

/// As it is specified, component by component.
fn specified(words: &str, name: &str) -> Option<i32> {
    let words = words.trim_matches('/');
    if words.split('/').count() > name.split('/').count() {
        return None;
    }
    if words == name {
        return Some(0);
    }
    let last = name.rsplit('/').next().unwrap();
    let first = name.split('/').next().unwrap();
    let by_component = match words.rsplit_once('/') {
        None => last.find(words).map(|at| times(at, 1)).or_else(|| first.find(words).map(|at| times(at, 10))),
        Some((folders, word)) => {
            let leads = folders.split('/').zip(name.split('/')).all(|(asked, found)| asked == found);
            leads.then(|| last.find(word)).flatten().map(|at| times(at, 1))
        }
    };
    by_component.or_else(|| match name.find(words)? {
        0 => Some(10),
        at => Some(times(at, 100)),
    })
}

proptest::proptest! {
    #[test]
    fn any_words_rank_any_name_as_specified(words in "[ab/]{0,5}", name in "[ab/]{1,9}") {
        proptest::prop_assert_eq!(rank(&words, &name), specified(&words, &name));
    }
}
