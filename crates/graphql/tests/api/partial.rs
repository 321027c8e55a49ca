//! Answers that do not cover everything: data, and errors beside it that say what is missing.

use atoll_placement::{MemberId, Shard};
use atoll_service::{Coverage, Error, Missing, SearchOutcome};
use serde_json::{Value, json};

use crate::fake::{Root, Setup, digest, json};

#[tokio::test]
async fn each_group_of_missing_shards_is_told_beside_the_data() {
    let missing = vec![
        Missing { shards: vec![Shard(3), Shard(4)], member: Some(MemberId(2)), is_retryable: true },
        Missing { shards: vec![Shard(9)], member: None, is_retryable: false },
    ];
    let coverage = Coverage { answered: vec![Shard(0)], missing };
    let setup = Setup::new(Root { coverage, freshness: Some(1), ..Root::default() });
    let query = "{a:ImageList(repo:\"\"){Page{TotalCount}} GlobalSearch(query:\"\"){Page{TotalCount}}}";
    let answer = setup.ask(query).await;
    let page = json!({"Page": {"TotalCount": 1}});
    assert_eq!(answer["data"], json!({"a": page, "GlobalSearch": page}));
    let error = |path: &str, message: &str, shards: Value, members: Value, retryable: bool| {
        let more = json!({"code": "SHARD_UNAVAILABLE", "shards": shards, "members": members, "retryable": retryable});
        json!({"message": message, "path": [path], "extensions": more})
    };
    let two = "2 shards do not answer: their repositories are left out, and counts are lower bounds";
    let one = "1 shard does not answer: their repositories are left out, and counts are lower bounds";
    let both = |path| {
        [error(path, two, json!([3, 4]), json!(["2"]), true), error(path, one, json!([9]), json!([]), false)]
    };
    let expected: Vec<_> = both("a").into_iter().chain(both("GlobalSearch")).collect();
    assert_eq!(answer["errors"], Value::from(expected));
    // What is incomplete is not kept, though the root says that nothing has changed.
    setup.asked();
    setup.ask(query).await;
    assert_eq!(setup.asked().len(), 2);
}

#[tokio::test]
async fn where_the_only_shard_is_missing_there_is_no_data_and_an_error_that_says_who_is_away() {
    let away = || Error::ShardUnavailable { shard: Shard(5) };
    let setup = Setup::new(Root {
        image: Err(away()),
        expanded: Err(away()),
        referrers: Err(away()),
        images: Err(away()),
        ..Root::default()
    });
    let questions = [
        ("Image", "(image:\"redis:6\"){Tag}".to_owned()),
        ("ExpandedRepoInfo", "(repo:\"redis\"){Summary{Name} Images{Tag}}".to_owned()),
        ("Referrers", format!("(repo:\"redis\",digest:\"{}\",type:[\"\"]){{Digest}}", digest(1))),
        ("ImageList", "(repo:\"redis\"){Results{Tag}}".to_owned()),
        ("BaseImageList", "(image:\"redis:6\"){Results{Tag}}".to_owned()),
        ("DerivedImageList", "(image:\"redis:6\"){Results{Tag}}".to_owned()),
    ];
    for (name, rest) in questions {
        let answer = setup.post(&format!("{{{name}{rest}}}"), Value::Null).await;
        assert_eq!(answer.outcome, SearchOutcome::Executed, "{name}");
        let expected = json!({
            "data": null,
            "errors": [{
                "message": "shard 5 is not available now", "path": [name], "locations": [{"line": 1, "column": 2}],
                "extensions": {"code": "SHARD_UNAVAILABLE", "shards": [5], "members": ["7"], "retryable": true},
            }],
        });
        assert_eq!(json(&answer), expected, "{name}");
    }
}

#[tokio::test]
async fn a_repository_without_the_callers_marks_is_shown_with_an_error_beside_it() {
    let missing = vec![Missing { shards: vec![Shard(9)], member: Some(MemberId(2)), is_retryable: true }];
    let coverage = Coverage { answered: vec![Shard(0)], missing };
    let setup = Setup::new(Root { coverage, ..Root::default() });
    let answer = setup.ask("{ExpandedRepoInfo(repo:\"redis\"){Summary{Name}}}").await;
    assert_eq!(answer["data"], json!({"ExpandedRepoInfo": {"Summary": {"Name": "redis"}}}));
    let more = json!({"code": "SHARD_UNAVAILABLE", "shards": [9], "members": ["2"], "retryable": true});
    assert_eq!(answer["errors"][0]["extensions"], more);
    assert_eq!(answer["errors"][0]["path"], json!(["ExpandedRepoInfo"]));
}
