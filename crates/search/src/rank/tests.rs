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
