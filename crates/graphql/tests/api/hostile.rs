//! Queries that are meant to hurt: each is answered with an error, and none reaches the root.

use std::time::Duration;

use atoll_service::{Caller, LayerSummary, Search as _, SearchAnswer, SearchOutcome, SearchRequest};
use serde_json::{Value, json};

use crate::fake::{Root, Setup, caller, image, json, messages, submit};

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().concat()
}

fn hostile() -> Vec<String> {
    let nested = |open: &str, depth: usize, close: &str| open.repeat(depth) + &close.repeat(depth);
    let mut all = vec![
        nested("{a", 1_000, "}"),
        nested("{a", 30_000, "}"),
        "{".repeat(60_000),
        format!("{{Image(image:{})}}", nested("[", 30_000, "]")),
        format!("{{Image(image:{})}}", nested("{a:", 20_000, "}")),
        "(".repeat(10_000),
        "\"".repeat(60_001),
        "\"\"\"".to_owned() + &"\\\"\"\"".repeat(10_000),
        format!("{{{}}}", "__typename ".repeat(5_000)),
        (0..10_000)
            .fold("{".to_owned(), |text, n| text + &format!("a{n}:StarredRepos{{Page{{TotalCount}}}}"))
            + "}",
        "{...F} fragment F on Query{...F}".to_owned(),
        "{...F} fragment F on Query{...G} fragment G on Query{...H} fragment H on Query{...F}".to_owned(),
        "{...F} ".to_owned() + &numbered(30, |n| format!("fragment F{n} on Query{{...F{0} ...F{0}}}", n + 1)),
        "{...F0} ".to_owned() + &numbered(1_500, |n| format!("fragment F{n} on Query{{...F{}}}", n + 1)),
        "{__schema{types{fields{type{fields{type{fields{type{fields{type{name}}}}}}}}}}}".to_owned(),
        format!("{{a {}}}", "@skip(if:true)".repeat(3_000)),
        "query(".to_owned() + &numbered(5_000, |n| format!("$a{n}:Int ")) + "){__typename}",
        "\u{0}\u{1}{a}".to_owned(),
        "{a(b:\"\\uD800\"){c}}".to_owned(),
        "{a(b:99999999999999999999999999999999999999999999e999999999)}".to_owned(),
    ];
    // The rest of a thousand: the same in other depths and lengths.
    for n in all.len()..1_000 {
        all.push(match n % 4 {
            0 => nested("{a", 65 + n * 20, "}"),
            1 => (0..n).fold("{".to_owned(), |text, n| text + &format!("a{n}:nothing ")) + "}",
            2 => format!("{{Image(image:\"a:b\"){{{}}}}}", "Manifests{Layers{Digest}}".repeat(2_001 + n / 4)),
            _ => format!("{{...F{n}}} fragment F{n} on Query{{x{{...F{n}}}}}"),
        });
    }
    all
}

#[tokio::test]
async fn a_thousand_hostile_queries_are_each_answered_with_an_error() {
    let setup = Setup::new(Root::default());
    let all = hostile();
    assert_eq!(all.len(), 1_000);
    for query in &all {
        let answer = setup.post(query, Value::Null).await;
        let start = query.chars().take(80).collect::<String>();
        let told = json(&answer);
        assert!(!messages(&told).is_empty(), "{start}");
        assert_eq!((answer.outcome, &told["data"]), (SearchOutcome::Unprocessable, &Value::Null), "{start}");
        assert!(answer.body.len() < 64 * 1024, "{start}: {} bytes", answer.body.len());
    }
    assert_eq!(setup.asked(), []);
}

async fn submitted(body: Vec<u8>) -> SearchAnswer {
    let setup = Setup::new(Root::default());
    let request = SearchRequest { body: atoll_service::full_body(body.into()), ..submit("") };
    setup.endpoint.answer(&caller(), request).await
}

#[tokio::test]
async fn bodies_are_read_up_to_their_limit_and_decoded_without_depth() {
    let large = json!({"query": "x".repeat(10 * 1024 * 1024)}).to_string();
    assert_eq!(submitted(large.into_bytes()).await.outcome, SearchOutcome::TooLarge);
    let long = json!({"query": "x".repeat(100 * 1024)}).to_string();
    assert_eq!(submitted(long.into_bytes()).await.outcome, SearchOutcome::Unprocessable);
    let deep = |member: &str| {
        format!(
            "{{\"query\":\"{{__typename}}\",\"{member}\":{}{}}}",
            "[".repeat(400_000),
            "]".repeat(400_000)
        )
    };
    assert_eq!(submitted(deep("variables").into_bytes()).await.outcome, SearchOutcome::Malformed);
    assert_eq!(submitted(deep("extensions").into_bytes()).await.outcome, SearchOutcome::Malformed);
    assert_eq!(submitted(deep("other").into_bytes()).await.outcome, SearchOutcome::Executed);
    assert_eq!(submitted(vec![0xff; 1_000]).await.outcome, SearchOutcome::Malformed);
}

#[tokio::test]
async fn the_queries_of_tools_that_describe_the_schema_are_answered() {
    let setup = Setup::new(Root::default());
    let kinds = "kind name ofType{".repeat(7) + "kind name" + &"}".repeat(7);
    let query = format!("query IntrospectionQuery{{__schema{{queryType{{name}} mutationType{{name}} subscriptionType{{name}}
        types{{...FullType}} directives{{name description locations args{{...InputValue}}}}}}}}
        fragment FullType on __Type{{kind name description
            fields(includeDeprecated:true){{name description args{{...InputValue}} type{{...TypeRef}} isDeprecated deprecationReason}}
            inputFields{{...InputValue}} interfaces{{...TypeRef}}
            enumValues(includeDeprecated:true){{name description isDeprecated deprecationReason}} possibleTypes{{...TypeRef}}}}
        fragment InputValue on __InputValue{{name description type{{...TypeRef}} defaultValue}}
        fragment TypeRef on __Type{{{kinds}}}");
    assert!(setup.data(&query).await["__schema"]["types"].as_array().unwrap().len() > 30);
    let zli =
        "{ __schema() { queryType { fields { name args { name } type { name kind } } } types { name } } }";
    assert!(setup.ask(&zli.replace("()", "")).await.get("errors").is_none());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let setup = Setup::new(Root { hangs: true, ..Root::default() });
    let hasty = Caller { remaining: Some(Duration::from_millis(5)), ..caller() };
    let body = json!({"query": "{ImageList(repo:\"\"){Results{Tag}}}"});
    for who in [hasty, Caller { remaining: None, ..caller() }] {
        let answer = setup.endpoint.answer(&who, submit(body.to_string())).await;
        assert_eq!(answer.outcome, SearchOutcome::Unavailable);
        assert_eq!(messages(&json(&answer)), ["the time for an answer has run out"]);
    }
    let waited = std::mem::take(&mut setup.root.lock().unwrap().waited);
    assert_eq!(waited, [Duration::from_millis(5), Duration::from_secs(20)]);
}

#[tokio::test]
async fn an_answer_of_too_many_values_asks_for_pages() {
    let mut root = Root::default();
    let rows = root.images.as_mut().unwrap();
    rows.images = vec![rows.images[0].clone(); 20];
    let setup = Setup::new(root);
    let many = (0..1_500).fold(String::new(), |text, n| text + &format!("a{n}:Tag "));
    let query = format!("{{a:ImageList(repo:\"\"){{Results{{{many}}}}}}}");
    assert_eq!(setup.data(&query).await["a"]["Results"].as_array().unwrap().len(), 20);
    let rows = |root: &mut Root| {
        let rows = &mut root.images.as_mut().unwrap().images;
        *rows = vec![rows[0].clone(); 3_000];
    };
    rows(&mut setup.root.lock().unwrap());
    let refusals = setup.refusals(&query).await;
    assert_eq!(
        refusals,
        ["the answer would have 3000 rows of 1501 fields, more than 4000000 values: ask for it in pages"]
    );
}

#[tokio::test]
async fn more_layers_than_an_answer_may_show_ask_for_fewer_images() {
    let of = |layers: usize| {
        let mut large = image("redis", "6");
        let digest = large.manifests[0].digest;
        large.manifests[0].layers = vec![LayerSummary { digest, size: 1 }; layers];
        Setup::new(Root { image: Ok((large, Vec::new())), ..Root::default() })
    };
    let query = "{a:Image(image:\"redis:6\"){Manifests{Layers{Size Digest}}} b:Image(image:\"redis:6\"){Manifests{Layers{Size}}}}";
    let shown = of(90_000).data(query).await;
    assert_eq!(shown["b"]["Manifests"][0]["Layers"].as_array().unwrap().len(), 90_000);
    let refused = of(110_000).ask(query).await;
    assert_eq!(refused["data"], Value::Null);
    assert!(messages(&refused)[0].contains("ask for fewer images"), "{refused}");
}
