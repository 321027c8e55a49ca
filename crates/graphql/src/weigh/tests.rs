use async_graphql::parser::parse_query;

use super::*;

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().concat()
}

fn weighed(text: &str) -> Result<(), String> {
    check_text(text).map_err(|error| error.to_string())?;
    check_document(&parse_query(text).unwrap()).map_err(|error| error.to_string())
}

#[test]
fn brackets_count_outside_strings_and_comments_alone() {
    let open = "{".repeat(MAX_NESTING + 1);
    for text in [
        format!("\"{open}\""),
        format!("\"\\\"{open}\""),
        format!("\"\"\"{open}\n\\\"\"\"{open}\"\"\""),
        format!("# {open}\n{{a}}"),
        "{a}".repeat(MAX_NESTING + 1),
        "a-b.c1ü , \"x y\" #{ \n".repeat(MAX_TOKENS / 4),
        "{}".repeat(MAX_TOKENS / 2),
    ] {
        assert_eq!(check_text(&text), Ok(()), "{text}");
    }
    let too_deep = Err(Error::NestedTooDeep { limit: MAX_NESTING });
    for text in [
        open.clone(),
        format!("\"\"{open}"),
        format!("\"open\n{open}"),
        format!("#\n{open}"),
        format!("\"\"\"\"\"\"{open}"),
        "[(".repeat(MAX_NESTING),
    ] {
        assert_eq!(check_text(&text), too_deep, "{text}");
    }
}

#[test]
fn many_words_are_refused_before_they_are_parsed() {
    for text in ["a ".repeat(MAX_TOKENS + 1), "a:".repeat(MAX_TOKENS / 2 + 1), "$!".repeat(MAX_TOKENS)] {
        let error = check_text(&text).unwrap_err().to_string();
        assert!(error.contains("words and signs"), "{error}");
    }
}

#[test]
fn long_texts_are_refused() {
    let text = " ".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(
        check_text(&text),
        Err(Error::TextTooLong { length: MAX_TEXT_BYTES + 1, limit: MAX_TEXT_BYTES })
    );
    assert_eq!(check_text(&text[1..]), Ok(()));
}

#[test]
fn a_query_may_be_as_large_as_the_limits_and_not_larger() {
    let roots = |count: usize| numbered(count, |n| format!("a{n}:b "));
    let nested = |depth: usize| "{a".repeat(depth) + &"}".repeat(depth);
    let cases = [
        (nested(MAX_DEPTH), nested(MAX_DEPTH + 1), "levels"),
        (
            format!("{{{}}}", roots(MAX_ROOT_FIELDS)),
            format!("{{{}}}", roots(MAX_ROOT_FIELDS + 1)),
            "questions",
        ),
        (format!("{{r{{{}}}}}", roots(MAX_FIELDS - 1)), format!("{{r{{{}}}}}", roots(MAX_FIELDS)), "fields"),
        (
            format!("{{a {}}}", "@x".repeat(MAX_DIRECTIVES)),
            format!("{{a {}}}", "@x".repeat(MAX_DIRECTIVES + 1)),
            "directives",
        ),
        (
            format!("query({}){{a}}", "$a:B ".repeat(MAX_VARIABLES)),
            format!("query({}){{a}}", "$a:B ".repeat(MAX_VARIABLES + 1)),
            "variables",
        ),
        (
            "{t{fields{t{fields{n}}}}}".to_owned(),
            "{t{fields{t{fields{t{interfaces{n}}}}}}}".to_owned(),
            "levels of lists of the schema",
        ),
    ];
    for (small, large, what) in cases {
        assert_eq!(weighed(&small), Ok(()), "{what}");
        let error = weighed(&large).unwrap_err();
        assert!(error.contains(&format!(" {what}, at most ")), "{what}: {error}");
    }
}

#[test]
fn fragments_count_wherever_they_are_spread() {
    // Each of twenty fragments spreads the next one twice: a million fields.
    let doubling = numbered(20, |n| format!("fragment F{n} on Q{{...F{} ...F{}}} ", n + 1, n + 1));
    let error = weighed(&format!("{{...F0}} {doubling} fragment F20 on Q{{a}}")).unwrap_err();
    assert!(error.contains("questions"), "{error}");
    let below = weighed(&format!("{{r{{...F0}}}} {doubling} fragment F20 on Q{{a}}")).unwrap_err();
    assert!(below.contains("fields"), "{below}");
}

#[test]
fn fragments_that_contain_themselves_are_named() {
    for text in ["{a} fragment F on Q{...F}", "{...F} fragment F on Q{a{...G}} fragment G on Q{...{...F}}"] {
        let error = weighed(text).unwrap_err();
        assert!(error.starts_with("the fragment `"), "{error}");
    }
}

#[test]
fn a_long_chain_of_fragments_is_too_deep() {
    let chain = numbered(1_000, |n| format!("fragment F{n} on Q{{...F{}}} ", n + 1));
    let error = weighed(&format!("{{...F0}} {chain}")).unwrap_err();
    assert!(error.contains("nested deeper"), "{error}");
}
