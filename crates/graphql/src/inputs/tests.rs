use super::*;

fn input(limit: i64, offset: i64, sort_by: Option<SortCriteria>) -> PageInput {
    PageInput { limit: Some(limit), offset: Some(offset), sort_by }
}

#[test]
fn a_page_that_is_not_given_is_everything_in_the_usual_order() {
    assert_eq!(paging(None, Sort::Updated), Ok((Page::default(), Sort::Updated)));
    let empty = PageInput::default();
    assert_eq!(paging(Some(empty), Sort::Relevance), Ok((Page::default(), Sort::Relevance)));
}

#[test]
fn negative_pages_and_unsupported_orders_are_refused_in_zots_words() {
    let text = |input| paging(Some(input), Sort::Relevance).map_err(|error| error.to_string());
    assert_eq!(text(input(-1, 0, None)), Err("pagination limit has negative value".to_owned()));
    assert_eq!(text(input(1, -1, None)), Err("pagination offset has negative value".to_owned()));
    for (criterion, name) in [(SortCriteria::Stars, "STARS"), (SortCriteria::Severity, "SEVERITY")] {
        let expected = format!(
            "sorting repos by '{name}' is not supported the pagination sort criteria is not supported"
        );
        assert_eq!(text(input(1, 1, Some(criterion))), Err(expected));
    }
    assert_eq!(
        text(input(3, 4, Some(SortCriteria::Downloads))),
        Ok((Page { offset: 4, limit: 3 }, Sort::Downloads))
    );
}

#[test]
fn filter_words_are_trimmed_lowered_and_nulls_left_out_while_the_list_stays() {
    let word = |text: &str| Some(text.to_owned());
    let input = FilterInput {
        os: Some(vec![word(" LiNuX "), None, word("  "), word("")]),
        arch: Some(vec![None]),
        has_to_be_signed: None,
        is_bookmarked: Some(false),
        is_starred: None,
    };
    let expected = Filter {
        os: Some(vec!["linux".to_owned()]),
        arch: Some(Vec::new()),
        signed: false,
        starred: None,
        bookmarked: Some(false),
    };
    assert_eq!(FilterInput::read(Some(input)), expected);
    assert_eq!(FilterInput::read(None), Filter::default());
}

#[test]
fn long_words_are_refused_by_name_and_bytes() {
    let long = "ü".repeat(128) + "x";
    let filter = |os: &str, arch: &str| FilterInput {
        os: Some(vec![Some(os.to_owned())]),
        arch: Some(vec![None, Some(arch.to_owned())]),
        ..FilterInput::default()
    };
    let text = |query: &str, filter: &FilterInput| {
        check_search(query, Some(filter), None).map_err(|error| error.to_string())
    };
    for (name, result) in [
        ("query", text(&long, &filter("a", "a"))),
        ("os", text("a", &filter(&long, "a"))),
        ("arch", text("a", &filter("a", &long))),
    ] {
        let expected = format!(
            "max string size limit exceeded for {name} parameter. max=256 current=257 request parameter has invalid value"
        );
        assert_eq!(result, Err(expected));
    }
    assert_eq!(text(&"a".repeat(256), &filter("a", "a")), Ok(()));
}
