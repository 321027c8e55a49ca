use super::*;

#[test]
fn a_body_holds_the_query_its_operation_and_its_variables() {
    let asked =
        from_body(br#" {"query":"{a\u007d","operationName":"Q","variables":{"i": 1},"color":[1]}"#).unwrap();
    let expected = Asked {
        text: "{a}".to_owned(),
        operation: Some("Q".to_owned()),
        variables: Some(r#"{"i": 1}"#.to_owned()),
        named: None,
    };
    assert_eq!(asked, expected);
    let nothing =
        from_body(br#"{"query":null,"operationName":"","variables":null,"extensions":null}"#).unwrap();
    assert_eq!(nothing, Asked::default());
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    for body in ["", "{", "[]", r#"["{a}"]"#, "null", r#"{"query":5}"#, r#"{"query":"{a}"} x"#, "\u{feff}{}"]
    {
        let error = from_body(body.as_bytes()).unwrap_err();
        assert!(error.starts_with("json request body could not be decoded: "), "{body}: {error}");
    }
}

#[test]
fn an_address_holds_the_same() {
    let query = "query=%7Ba%7D&operationName=Q&variables=%7B%7D&extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%7D%7D";
    let asked = from_address(Some(query)).unwrap();
    assert_eq!((asked.text.as_str(), asked.operation.as_deref()), ("{a}", Some("Q")));
    assert_eq!(asked.variables.as_deref(), Some("{}"));
    assert!(asked.named.is_some());
    assert_eq!(from_address(None), Ok(Asked::default()));
    assert_eq!(from_address(Some("extensions={")), Err("extensions could not be decoded".to_owned()));
    assert!(from_address(Some("query=%ff")).is_err());
}

#[test]
fn the_first_known_type_that_is_accepted_decides() {
    for (accept, newer) in [
        (None, false),
        (Some("application/graphql-response+json"), true),
        (Some("text/html, Application/GraphQL-Response+JSON;q=0.9, application/json"), true),
        (Some("application/json, application/graphql-response+json"), false),
        (Some("*/*"), false),
        (Some("text/html"), false),
    ] {
        assert_eq!(wants_newer(accept), newer, "{accept:?}");
    }
}

#[test]
fn json_is_told_by_its_type_alone() {
    for (content_type, json) in [
        (Some("application/json"), true),
        (Some("Application/JSON; charset=utf-8"), true),
        (Some("application/jsonl"), false),
        (Some("text/plain"), false),
        (None, false),
    ] {
        assert_eq!(is_json(content_type), json, "{content_type:?}");
    }
}
