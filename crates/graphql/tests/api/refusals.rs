//! Errors in zot's words: with the path of the question, where it stands, and without data.

use atoll_service::{Error, Pattern, SearchOutcome, Visibility};
use serde_json::{Value, json};

use crate::fake::{Root, Setup, digest, image, json};

fn gone(reference: &str) -> Error {
    Error::ManifestUnknown { repository: "redis".parse().unwrap(), reference: reference.to_owned() }
}

fn missing() -> Error {
    Error::RepositoryUnknown("redis".parse().unwrap())
}

/// A root that refuses everything alike.
fn refusing(error: &Error) -> Root {
    Root {
        repositories: Err(error.clone()),
        images: Err(error.clone()),
        image: Err(error.clone()),
        expanded: Err(error.clone()),
        referrers: Err(error.clone()),
        ..Root::default()
    }
}

#[tokio::test]
async fn arguments_are_refused_before_anything_is_asked() {
    let setup = Setup::new(Root::default());
    let digest = digest(1);
    let cases = [
        ("Image(image:\"redis\"){Tag}", "no reference provided"),
        ("Image(image:\"redis:\"){Tag}", "no reference provided"),
        ("Image(image:\"\"){Tag}", "no reference provided"),
        ("Image(image:\"Not A Name:1\"){Tag}", "repo metadata not found for given repo name"),
        ("Image(image:\"redis:6:x\"){Tag}", "can't find image: redis:6:x"),
        ("ExpandedRepoInfo(repo:\"\"){Summary{Name}}", "repo metadata not found for given repo name"),
        ("BaseImageList(image:\"redis\"){Results{Tag}}", "no reference provided"),
        ("DerivedImageList(image:\"a@sha256:1\"){Results{Tag}}", "repository not found"),
        ("DerivedImageList(image:\"a:b:c\"){Results{Tag}}", "can't find image: a:b:c"),
        (
            "BaseImageList(image:\"a:b\",requestedPage:{limit:-1}){Results{Tag}}",
            "pagination limit has negative value",
        ),
        (
            "ImageList(repo:\"\",requestedPage:{offset:-1}){Results{Tag}}",
            "pagination offset has negative value",
        ),
        (
            "StarredRepos(requestedPage:{sortBy:STARS}){Results{Name}}",
            "sorting repos by 'STARS' is not supported the pagination sort criteria is not supported",
        ),
        (
            "ImageListForDigest(id:\"a\",requestedPage:{sortBy:SEVERITY}){Results{Tag}}",
            "sorting repos by 'SEVERITY' is not supported the pagination sort criteria is not supported",
        ),
        (
            "GlobalSearch(query:\"\",requestedPage:{limit:-1}){Repos{Name}}",
            "requested page limit parameter can't be negative request parameter has invalid value",
        ),
        (
            "GlobalSearch(query:\"\",requestedPage:{limit:1 offset:-1}){Repos{Name}}",
            "requested page offset parameter can't be negative request parameter has invalid value",
        ),
        ("GlobalSearch(query:\":\"){Repos{Name}}", "invalid search query"),
        (
            "GlobalSearch(query:\"a:b:c\"){Repos{Name}}",
            "failed to parse search text, invalid format invalid image reference format, use [repo:tag] or [repo@digest]",
        ),
        (
            "Referrers(repo:\"redis\",digest:\"nonsense\"){Digest}",
            "bad digest string from request 'nonsense' invalid checksum digest format",
        ),
        (
            &format!("Referrers(repo:\"\",digest:\"{digest}\"){{Digest}}"),
            "repo metadata not found for given repo name",
        ),
    ];
    for (question, message) in cases {
        let answer = setup.ask(&format!("{{x:{question}}}")).await;
        let expected = json!({
            "data": null,
            "errors": [{"message": message, "path": ["x"], "locations": [{"line": 1, "column": 2}]}],
        });
        assert_eq!(answer, expected, "{question}");
    }
    assert_eq!(setup.asked(), []);
}

#[tokio::test]
async fn what_is_not_here_is_told_in_the_words_of_each_question() {
    let digest = digest(1);
    let cases = [
        (missing(), "Image(image:\"redis:6\"){Tag}", "repo metadata not found for given repo name"),
        (gone("6"), "Image(image:\"redis:6\"){Tag}", "can't find image: redis:6"),
        (
            missing(),
            "ExpandedRepoInfo(repo:\"redis\"){Summary{Name}}",
            "repo metadata not found for given repo name",
        ),
        (missing(), "BaseImageList(image:\"redis:6\"){Results{Tag}}", "repository not found"),
        (gone("6"), "DerivedImageList(image:\"redis:6\"){Results{Tag}}", "can't find image: redis:6"),
        (
            gone("x"),
            "DerivedImageList(image:\"redis:6\",digest:\"x\"){Results{Tag}}",
            "image meta not found for digest x",
        ),
        (
            missing(),
            &format!("Referrers(repo:\"redis\",digest:\"{digest}\"){{Digest}}"),
            "repo metadata not found for given repo name",
        ),
        (
            Error::ListTooLong { limit: 5 },
            "ImageList(repo:\"\"){Results{Tag}}",
            "the list has more than 5 entries: ask for it in pages",
        ),
        (
            Error::Internal("the disk is on fire".into()),
            "ImageList(repo:\"\"){Results{Tag}}",
            "internal system error",
        ),
    ];
    for (error, question, message) in cases {
        let setup = Setup::new(refusing(&error));
        assert_eq!(setup.refusals(&format!("{{{question}}}")).await, [message], "{question}");
    }
    let setup = Setup::new(refusing(&gone("x")));
    let unknown = setup.data(&format!("{{Referrers(repo:\"redis\",digest:\"{digest}\"){{Digest}}}}")).await;
    assert_eq!(unknown, json!({"Referrers": []}));
}

#[tokio::test]
async fn one_refusal_takes_the_data_of_all_questions_and_each_is_told() {
    let setup = Setup::new(Root::default());
    let answer = setup.ask("{good:Image(image:\"redis:6\"){Tag} bad:Image(image:\"redis\"){Tag} worse:Image(image:\"x\"){Tag}}").await;
    assert_eq!(answer["data"], Value::Null);
    let paths: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(paths, [json!(["bad"]), json!(["worse"])]);
}

#[tokio::test]
async fn the_digest_of_no_manifest_of_the_image_is_an_error() {
    let setup = Setup::new(Root { images: Ok(atoll_service::ImagePage::default()), ..Root::default() });
    let (own, foreign) = (image("redis", "6").manifests[0].digest, digest(99));
    let list = |digest: &str| {
        format!("{{BaseImageList(image:\"redis:6\",digest:\"{digest}\"){{Page{{TotalCount}}}}}}")
    };
    assert_eq!(
        setup.data(&list(&own.to_string())).await,
        json!({"BaseImageList": {"Page": {"TotalCount": 0}}})
    );
    for wrong in [foreign.to_string(), String::new()] {
        assert_eq!(setup.refusals(&list(&wrong)).await, [format!("image meta not found for digest {wrong}")]);
    }
}

#[tokio::test]
async fn what_the_caller_may_not_see_is_answered_like_nothing() {
    let setup = Setup::new(refusing(&Error::Internal("it was asked".into())));
    let hidden = Pattern { glob: "open/**".into(), admits: true };
    let digest = digest(1);
    let cases = [
        (
            "{Image(image:\"redis:6\"){Tag Manifests{Digest} Vulnerabilities{Count} IsSigned}}".to_owned(),
            json!({"Image": {"Tag": null, "Manifests": null, "Vulnerabilities": null, "IsSigned": null}}),
        ),
        ("{Image(image:\"Not A Name:6\"){Tag}}".to_owned(), json!({"Image": {"Tag": null}})),
        (
            "{ExpandedRepoInfo(repo:\"redis\"){Summary{Name} Images{Tag}}}".to_owned(),
            json!({"ExpandedRepoInfo": {"Summary": null, "Images": null}}),
        ),
        (
            "{BaseImageList(image:\"redis:6\"){Page{TotalCount ItemCount} Results{Tag}}}".to_owned(),
            json!({"BaseImageList": {"Page": {"TotalCount": 0, "ItemCount": 0}, "Results": []}}),
        ),
        (
            "{DerivedImageList(image:\"redis:6\",digest:\"x\"){Results{Tag}}}".to_owned(),
            json!({"DerivedImageList": {"Results": []}}),
        ),
        (format!("{{Referrers(repo:\"redis\",digest:\"{digest}\"){{Digest}}}}"), json!({"Referrers": []})),
    ];
    for visibility in [Visibility::Nothing, Visibility::Patterns([hidden].into())] {
        setup.rights.lock().unwrap().visibility = visibility;
        for (query, expected) in &cases {
            assert_eq!(&setup.data(query).await, expected, "{query}");
        }
    }
    assert_eq!(setup.asked(), []);
}

#[tokio::test]
async fn what_cannot_be_asked_now_may_be_asked_again() {
    for error in [Error::Unavailable("the search is being built".into()), Error::DeadlineExceeded] {
        let setup = Setup::new(refusing(&error));
        let answer = setup.post("{ImageList(repo:\"\"){Results{Tag}}}", Value::Null).await;
        assert_eq!(answer.outcome, SearchOutcome::Unavailable);
        assert_eq!(json(&answer)["errors"][0]["message"], error.to_string());
        assert_eq!(json(&answer)["data"], Value::Null);
    }
}

#[tokio::test]
async fn without_a_scanner_every_question_about_vulnerabilities_is_refused_first() {
    let setup = Setup::new(refusing(&Error::Internal("it was asked".into())));
    setup.rights.lock().unwrap().visibility = Visibility::Nothing;
    for question in [
        "CVEListForImage(image:\"redis\",requestedPage:{limit:-1}){Tag}",
        "CVEDiffListForImages(minuend:{Repo:\"\" Tag:\"\"} subtrahend:{Repo:\"\" Tag:\"\"}){Page{TotalCount}}",
        "ImageListForCVE(id:\"\",requestedPage:{limit:-1}){Results{Tag}}",
        "ImageListWithCVEFixed(id:\"CVE-1\",image:\"no such\",filter:{Os:\"linux\"}){Results{Tag}}",
    ] {
        assert_eq!(
            setup.refusals(&format!("{{{question}}}")).await,
            ["cve search is disabled"],
            "{question}"
        );
    }
    assert_eq!(setup.asked(), []);
}
