use super::*;

#[test]
fn tags_of_the_grammar_are_accepted() {
    for tag in ["1", "_", "v1.2-rc_3", "RC-Final", &"t".repeat(128)] {
        assert!(tag.parse::<Tag>().is_ok(), "{tag}");
    }
}

#[test]
fn everything_else_is_refused() {
    for tag in ["", "-bad", ".bad", "a/b", "a b", "a:b", "a+b", "ä", &"t".repeat(129)] {
        assert!(tag.parse::<Tag>().is_err(), "{tag}");
    }
}
