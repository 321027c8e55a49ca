//! How requests come in, and with which outcome answers leave.

use atoll_service::{Search as _, SearchOutcome, SearchRequest};
use serde_json::{Value, json};

use crate::fake::{Root, Setup, caller, json, messages, read, submit};

const QUERY: &str = "{Image(image:\"redis:6\"){Tag}}";

async fn outcome(setup: &Setup, request: SearchRequest) -> (SearchOutcome, &'static str, Value) {
    let answer = setup.endpoint.answer(&caller(), request).await;
    (answer.outcome, answer.media_type, json(&answer))
}

fn body(query: &str) -> SearchRequest {
    submit(json!({"query": query}).to_string())
}

#[tokio::test]
async fn outcomes_and_media_types_are_zots() {
    let setup = Setup::new(Root::default());
    let newer = |query: &str| SearchRequest {
        accept: Some("application/graphql-response+json".into()),
        ..body(query)
    };
    let typed = |content_type: Option<&str>| SearchRequest {
        content_type: content_type.map(Into::into),
        ..body(QUERY)
    };
    let (ran, bad, not) = (SearchOutcome::Executed, SearchOutcome::Malformed, SearchOutcome::Unprocessable);
    let usual = "application/json";
    let cases = [
        ("post", body(QUERY), ran, usual),
        ("charset", typed(Some("application/json; charset=utf-8")), ran, usual),
        ("newer", newer(QUERY), ran, "application/graphql-response+json"),
        ("get", read("query=%7BImage(image:%22redis:6%22)%7BTag%7D%7D"), ran, usual),
        ("refused", body("{Image(image:\"redis\"){Tag}}"), ran, usual),
        ("unknown field", body("{nope}"), not, usual),
        ("unknown field, newer", newer("{nope}"), bad, "application/graphql-response+json"),
        ("syntax", body("{Image(image:\"redis:6\"){Tag}"), not, usual),
        ("empty", body(""), not, usual),
        ("nothing in the address", read(""), not, usual),
        ("mutation", body("mutation{x}"), not, usual),
        ("subscription", body("subscription{x}"), not, usual),
        ("no body", submit(""), bad, usual),
        ("broken body", submit("{\"query\":"), bad, usual),
        ("list", submit("[{\"query\":\"{x}\"}]"), bad, usual),
        ("broken variables", read("query=%7Ba%7D&variables=%7Bnope"), bad, usual),
        ("text", typed(Some("text/plain")), bad, "text/plain; charset=utf-8"),
        ("no type", typed(None), bad, "text/plain; charset=utf-8"),
        ("form", typed(Some("application/x-www-form-urlencoded")), bad, "text/plain; charset=utf-8"),
        ("large", submit(" ".repeat(1024 * 1024 + 1)), SearchOutcome::TooLarge, usual),
    ];
    for (name, request, expected, media_type) in cases {
        let (found, kind, answer) = outcome(&setup, request).await;
        assert_eq!((found, kind), (expected, media_type), "{name}: {answer}");
        assert!(answer.get("data").is_some(), "{name}");
        assert_eq!(answer["data"].is_null(), answer.get("errors").is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_body_that_comes_with_an_address_counts_for_nothing() {
    let setup = Setup::new(Root::default());
    let request = SearchRequest {
        body: body("{nope}").body,
        ..read("query=%7BImage(image:%22redis:6%22)%7BTag%7D%7D")
    };
    let (_, _, answer) = outcome(&setup, request).await;
    assert_eq!(answer, json!({"data": {"Image": {"Tag": "6"}}}));
}

#[tokio::test]
async fn variables_aliases_fragments_directives_and_operations_work() {
    let setup = Setup::new(Root::default());
    let one = json!({"Image": {"Tag": "6"}});
    let cases = [
        ("query($i:String!){Image(image:$i){Tag}}", json!({"i": "redis:6"}), one.clone()),
        ("query($i:String=\"redis:6\"){Image(image:$i){Tag}}", json!({}), one.clone()),
        (
            "query($f:Filter){GlobalSearch(query:\"\",filter:$f){Repos{Name}}}",
            json!({"f": {"Os": "linux"}}),
            json!({"GlobalSearch": {"Repos": [{"Name": "redis"}]}}),
        ),
        (
            "query($s:SortCriteria){ImageList(repo:\"\",requestedPage:{sortBy:$s}){Results{Tag}}}",
            json!({"s": "DOWNLOADS"}),
            json!({"ImageList": {"Results": [{"Tag": "6"}]}}),
        ),
        (
            "query{Image(image:\"redis:6\"){...F ...{RepoName}}} fragment F on ImageSummary{Tag}",
            json!({}),
            json!({"Image": {"Tag": "6", "RepoName": "redis"}}),
        ),
        (
            "query($y:Boolean!){Image(image:\"redis:6\"){Tag @include(if:$y) Digest @skip(if:$y)}}",
            json!({"y": true}),
            one,
        ),
        (
            "query($y:Boolean=true){Image(image:\"redis:6\"){Tag @skip(if:$y) Digest @include(if:false)}}",
            json!({}),
            json!({"Image": {}}),
        ),
        (
            "{Image(image:\"redis:6\"){Tag @skip(if:true)} Image(image:\"redis:6\"){nothing:Tag}}",
            json!({}),
            json!({"Image": {"nothing": "6"}}),
        ),
        (
            "{ImageList(repo:\"\"){Results{...F ...{Digest @skip(if:true)}}}} \
             fragment F on ImageSummary{...G} fragment G on ImageSummary{Tag @include(if:false)}",
            json!({}),
            json!({"ImageList": {"Results": [{}]}}),
        ),
        (
            "{...F} fragment F on Query{Image(image:\"redis:6\"){Manifests{Digest @skip(if:true)}}}",
            json!({}),
            json!({"Image": {"Manifests": [{}]}}),
        ),
        ("{Image(image:\"redis:6\") @skip(if:true){Tag}}", json!({}), json!({})),
        ("{...F @skip(if:true)} fragment F on Query{Image(image:\"redis:6\"){Tag}}", json!({}), json!({})),
        (
            "{__typename z:Image(image:\"redis:6\"){t:Tag} a:Image(image:\"redis:6\"){__typename}}",
            json!({}),
            json!({"__typename": "Query", "z": {"t": "6"}, "a": {"__typename": "ImageSummary"}}),
        ),
    ];
    for (query, variables, expected) in cases {
        let answer = json(&setup.post(query, variables).await);
        assert_eq!(answer, json!({"data": expected}), "{query}");
    }
}

#[tokio::test]
async fn questions_are_answered_in_their_order() {
    let setup = Setup::new(Root::default());
    let query = "{z:Image(image:\"a:6\"){Tag} ...F} fragment F on Query{b:ImageList(repo:\"\"){Page{ItemCount}} a:Image(image:\"a:6\"){Tag}}";
    let answer = setup.post(query, Value::Null).await;
    let text = std::str::from_utf8(&answer.body).unwrap();
    let at = |name: &str| text.find(&format!("\"{name}\":")).unwrap();
    assert!(at("z") < at("b") && at("b") < at("a"), "{text}");
}

#[tokio::test]
async fn one_of_several_operations_is_named() {
    let setup = Setup::new(Root::default());
    let query = "query A{Image(image:\"redis:6\"){Tag}} query B{Image(image:\"redis:6\"){RepoName}}";
    let named = |name: Option<&str>| submit(json!({"query": query, "operationName": name}).to_string());
    let (_, _, answer) = outcome(&setup, named(Some("B"))).await;
    assert_eq!(answer, json!({"data": {"Image": {"RepoName": "redis"}}}));
    for wrong in [None, Some("C"), Some("")] {
        let (found, _, answer) = outcome(&setup, named(wrong)).await;
        assert_eq!((found, answer["data"].is_null()), (SearchOutcome::Unprocessable, true), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_number_that_stands_for_a_text_counts_as_its_text() {
    let setup = Setup::new(Root::default());
    let answer = setup.post("query($i:String!){Image(image:$i){Tag}}", json!({"i": 5})).await;
    assert_eq!(messages(&json(&answer)), ["no reference provided"]);
    assert_eq!(answer.outcome, SearchOutcome::Executed);
}

#[tokio::test]
async fn errors_of_validation_carry_zots_codes() {
    let setup = Setup::new(Root::default());
    for (query, code) in [
        ("{nope}", "GRAPHQL_VALIDATION_FAILED"),
        ("{Image}", "GRAPHQL_VALIDATION_FAILED"),
        ("{Image(image:\"a:b\"){Tag}} fragment F on ImageSummary{Tag}", "GRAPHQL_VALIDATION_FAILED"),
        ("{GlobalSearch(query:\"\",requestedPage:{sortBy:NAME}){Repos{Name}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{GlobalSearch(query:\"\",requestedPage:{limit:1.5}){Repos{Name}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{GlobalSearch(query:\"\",filter:{Color:1}){Repos{Name}}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{Image(image:5){Tag}}", "GRAPHQL_VALIDATION_FAILED"),
        ("{GlobalSearch(query:\"say \"hi\"\"){Page{TotalCount}}}", "GRAPHQL_PARSE_FAILED"),
    ] {
        let answer = setup.ask(query).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{query}: {answer}");
        assert_eq!(answer["data"], Value::Null);
    }
    assert_eq!(setup.asked(), []);
}

#[tokio::test]
async fn a_query_is_registered_with_its_hash_and_named_by_it_from_then_on() {
    let setup = Setup::new(Root::default());
    let hash = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, QUERY.as_bytes()).encoded();
    let request = |query: Option<&str>, version: u8, hash: &str| {
        let named = json!({"persistedQuery": {"version": version, "sha256Hash": hash}});
        submit(json!({"query": query, "extensions": named}).to_string())
    };
    let (found, _, answer) = outcome(&setup, request(None, 1, &hash)).await;
    assert_eq!(
        (found, messages(&answer)),
        (SearchOutcome::Executed, vec!["PersistedQueryNotFound".to_owned()])
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    let (_, _, answer) = outcome(&setup, request(Some("{__typename}"), 1, &hash)).await;
    assert_eq!(messages(&answer), ["provided APQ hash does not match query"]);
    let (_, _, answer) = outcome(&setup, request(None, 2, &hash)).await;
    assert_eq!(messages(&answer), ["unsupported APQ version"]);
    for query in [Some(QUERY), None] {
        let (_, _, answer) = outcome(&setup, request(query, 1, &hash)).await;
        assert_eq!(answer, json!({"data": {"Image": {"Tag": "6"}}}));
    }
}

#[tokio::test]
async fn a_variable_that_must_be_given_is_named_if_it_is_not() {
    let setup = Setup::new(Root::default());
    let query = "query($i:String! $k:String!=\"redis:6\"){Image(image:$i){Tag} b:Image(image:$k){Tag} c:ImageList(repo:\"\"){Page{TotalCount}}}";
    for variables in [json!({}), json!({"i": null}), json!({"j": "x", "k": "y"})] {
        let answer = setup.post(query, variables).await;
        let error = json!({
            "message": "must be defined", "path": ["variable", "i"],
            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
        });
        assert_eq!(json(&answer), json!({"data": null, "errors": [error]}));
        assert_eq!(answer.outcome, SearchOutcome::Unprocessable);
    }
}
