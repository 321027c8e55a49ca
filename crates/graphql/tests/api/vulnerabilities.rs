//! The questions about vulnerabilities, with somebody who scans.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_oci::Digest;
use atoll_service::{
    AffectedPackage, Error, ExpandedRepository, FindImages, ImagePage, ImageSummary, Visibility,
    Vulnerability,
};
use serde_json::{Value, json};

use crate::fake::{FakeScanner, Question, Root, Setup, digest, image, manifest, messages, repository, time};

fn cve(id: &str, severity: &str) -> Vulnerability {
    let package = |fixed: &str| AffectedPackage {
        name: format!("lib-{id}"),
        path: String::new(),
        installed: "1.0".into(),
        fixed: fixed.into(),
    };
    Vulnerability {
        id: id.into(),
        title: format!("title of {id}"),
        description: "Described".into(),
        reference: "https://example.org".into(),
        severity: severity.into(),
        packages: vec![package(""), package("1.1")],
    }
}

fn several() -> Vec<Vulnerability> {
    vec![
        cve("CVE-3", "LOW"),
        cve("CVE-1", "HIGH"),
        cve("CVE-5", "odd"),
        cve("CVE-4", "CRITICAL"),
        cve("CVE-2", "HIGH"),
        cve("CVE-6", "MEDIUM"),
    ]
}

fn scanning(root: Root, found: impl IntoIterator<Item = (Digest, Vec<Vulnerability>)>) -> Setup {
    Setup::scanning(root, Arc::new(FakeScanner(BTreeMap::from_iter(found))))
}

/// An image of several manifests with the digest 100.
fn index(repository: &str, tag: &str, numbers: &[(u8, &str)]) -> ImageSummary {
    let mut index = image(repository, tag);
    index.digest = digest(100);
    index.manifests = numbers.iter().map(|(number, architecture)| manifest(*number, architecture)).collect();
    index
}

fn ids(list: &Value) -> Vec<String> {
    list["CVEList"].as_array().unwrap().iter().map(|cve| cve["Id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_image_shows_its_vulnerabilities_with_a_summary_of_all() {
    let setup = scanning(Root::default(), [(digest(1), several())]);
    let query = "{CVEListForImage(image:\"redis:6\",searchedCVE:\"cve-1\"){Tag Page{TotalCount ItemCount}
        CVEList{Id Title Description Severity Reference PackageList{Name PackagePath InstalledVersion FixedVersion}}
        Summary{MaxSeverity Count UnknownCount LowCount MediumCount HighCount CriticalCount}}}";
    let package = |fixed: &str| json!({"Name": "lib-CVE-1", "PackagePath": "Not Specified", "InstalledVersion": "1.0", "FixedVersion": fixed});
    let one = json!({
        "Id": "CVE-1", "Title": "title of CVE-1", "Description": "Described", "Severity": "HIGH",
        "Reference": "https://example.org", "PackageList": [package("Not Specified"), package("1.1")],
    });
    let summary = json!({
        "MaxSeverity": "CRITICAL", "Count": 6, "UnknownCount": 1, "LowCount": 1, "MediumCount": 1, "HighCount": 2,
        "CriticalCount": 1,
    });
    let page = json!({"TotalCount": 1, "ItemCount": 1});
    let expected = json!({"Tag": "6", "Page": page, "CVEList": [one], "Summary": summary});
    assert_eq!(setup.data(query).await, json!({"CVEListForImage": expected}));
}

#[tokio::test]
async fn vulnerabilities_are_filtered_sorted_and_paged() {
    let setup = scanning(Root::default(), [(digest(1), several())]);
    let all = ["CVE-4", "CVE-1", "CVE-2", "CVE-6", "CVE-3", "CVE-5"];
    let cases: [(&str, u64, &[&str]); 11] = [
        ("", 6, &all),
        ("requestedPage:{limit:2 offset:1}", 6, &["CVE-1", "CVE-2"]),
        ("requestedPage:{limit:0 offset:1}", 6, &[]),
        ("requestedPage:{limit:5 offset:5}", 6, &["CVE-5"]),
        ("requestedPage:{limit:2 sortBy:ALPHABETIC_DSC}", 6, &["CVE-6", "CVE-5"]),
        ("requestedPage:{limit:2 sortBy:ALPHABETIC_ASC}", 6, &["CVE-1", "CVE-2"]),
        ("severity:\"HIGH\"", 2, &["CVE-1", "CVE-2"]),
        ("searchedCVE:\"LIB-cve-3\"", 1, &["CVE-3"]),
        ("searchedCVE:\"1.1\" excludedCVE:\"high\"", 4, &["CVE-4", "CVE-6", "CVE-3", "CVE-5"]),
        ("searchedCVE:\"\" excludedCVE:\"\" severity:\"\"", 6, &all),
        ("searchedCVE:\"nothing\"", 0, &[]),
    ];
    for (arguments, total, expected) in cases {
        let query = format!(
            "{{CVEListForImage(image:\"redis:6\" {arguments}){{CVEList{{Id}} Page{{TotalCount ItemCount}}}}}}"
        );
        let found = setup.data(&query).await["CVEListForImage"].take();
        assert_eq!(ids(&found), expected, "{arguments}");
        assert_eq!(found["Page"], json!({"TotalCount": total, "ItemCount": expected.len()}), "{arguments}");
    }
}

#[tokio::test]
async fn all_manifests_of_an_image_are_looked_through() {
    let two = index("redis", "6", &[(1, "amd64"), (2, "arm64")]);
    let root = Root {
        image: Ok((two.clone(), Vec::new())),
        images: Ok(ImagePage { total: 1, images: vec![two], faults: Vec::new() }),
        ..Root::default()
    };
    let found =
        [(digest(1), vec![cve("CVE-1", "LOW")]), (digest(2), vec![cve("CVE-1", "LOW"), cve("CVE-2", "LOW")])];
    let setup = scanning(root, found);
    let (index, manifest) = (digest(100), digest(1));
    for (image, tag, expected) in [
        ("redis:6".to_owned(), "6".to_owned(), vec!["CVE-1", "CVE-2"]),
        (format!("redis@{index}"), index.to_string(), vec!["CVE-1", "CVE-2"]),
        (format!("redis@{manifest}"), manifest.to_string(), vec!["CVE-1"]),
    ] {
        let query = format!("{{CVEListForImage(image:\"{image}\"){{Tag CVEList{{Id}}}}}}");
        let found = setup.data(&query).await["CVEListForImage"].take();
        assert_eq!(
            (ids(&found), &found["Tag"]),
            (expected.iter().map(ToString::to_string).collect(), &json!(tag))
        );
    }
}

#[tokio::test]
async fn what_is_asked_of_vulnerabilities_is_checked() {
    let setup = scanning(Root::default(), []);
    let unscannable = format!(
        "image 'redis@{}' scanning is not supported for given media type: application/vnd.wasm",
        digest(1)
    );
    let cases = [
        ("image:\"redis:6\",requestedPage:{limit:4097}", "pagination limit has excessive value"),
        ("image:\"redis:6\",requestedPage:{limit:-1}", "pagination limit has negative value"),
        (
            "image:\"redis:6\",requestedPage:{sortBy:STARS}",
            "sorting CVEs by 'STARS' is not supported the pagination sort criteria is not supported",
        ),
        (
            "image:\"redis:6\",requestedPage:{sortBy:RELEVANCE}",
            "sorting CVEs by 'RELEVANCE' is not supported the pagination sort criteria is not supported",
        ),
        ("image:\"redis\"", "no reference provided"),
        ("image:\"redis@\"", "no reference provided"),
        ("image:\"redis@nonsense\"", "image not found"),
        ("image:\"Not A Name:1\"", "repo metadata not found for given repo name"),
        ("image:\"redis:6\"", &unscannable),
    ];
    for (arguments, message) in cases {
        let query = format!("{{CVEListForImage({arguments}){{Tag}}}}");
        assert_eq!(setup.refusals(&query).await, [message], "{arguments}");
    }
    setup.rights.lock().unwrap().visibility = Visibility::Nothing;
    let nothing = setup
        .data("{CVEListForImage(image:\"redis:6\"){Tag CVEList{Id} Summary{Count} Page{TotalCount}}}")
        .await;
    assert_eq!(
        nothing["CVEListForImage"],
        json!({"Tag": null, "CVEList": null, "Summary": null, "Page": null})
    );
}

#[tokio::test]
async fn the_difference_is_what_one_has_and_the_other_has_not() {
    let two = index("redis", "6", &[(1, "amd64"), (2, "arm64")]);
    let root = Root { image: Ok((two, Vec::new())), ..Root::default() };
    let setup = scanning(root, [(digest(1), several()), (digest(2), vec![cve("CVE-4", "CRITICAL")])]);
    let arm = format!("Digest:\"{}\"", digest(2));
    let query = format!("{{CVEDiffListForImages(
        minuend:{{Repo:\"redis\" Tag:\"6\" Platform:{{Os:\"linux\" Arch:\"amd64\"}}}} subtrahend:{{Repo:\"redis\" Tag:\"6\" {arm}}}
        requestedPage:{{limit:1 offset:1}} excludedCVE:\"CVE-6\")
        {{Minuend{{Repo Tag Digest Platform{{Os Arch}}}} Subtrahend{{Digest Platform{{Arch}}}} CVEList{{Id PackageList{{PackagePath}}}}
          Summary{{MaxSeverity Count}} Page{{TotalCount ItemCount}}}}}}");
    let path = json!({"PackagePath": "Not Specified"});
    let expected = json!({
        "Minuend": {"Repo": "redis", "Tag": "6", "Digest": digest(1).to_string(), "Platform": {"Os": "linux", "Arch": "amd64"}},
        "Subtrahend": {"Digest": digest(2).to_string(), "Platform": {"Arch": "arm64"}},
        "CVEList": [{"Id": "CVE-2", "PackageList": [path, path]}],
        "Summary": {"MaxSeverity": "HIGH", "Count": 5},
        "Page": {"TotalCount": 4, "ItemCount": 1},
    });
    assert_eq!(setup.data(&query).await["CVEDiffListForImages"], expected);
}

#[tokio::test]
async fn the_base_in_the_same_repository_is_what_is_subtracted_by_default() {
    let with_layers = |mut image: ImageSummary, count: u8| {
        let layer = |number| atoll_service::LayerSummary { digest: digest(number), size: 1 };
        image.manifests[0].layers = (0..count).map(layer).collect();
        image
    };
    let bases = vec![
        with_layers(image("redis", "base"), 2),
        with_layers(image("redis", "larger"), 3),
        with_layers(image("elsewhere", "largest"), 4),
    ];
    let images = Ok(ImagePage { total: 3, images: bases, faults: Vec::new() });
    let setup = scanning(
        Root { images, ..Root::default() },
        [(digest(1), several()), (digest(6), vec![cve("CVE-1", "HIGH")])],
    );
    let query = "{CVEDiffListForImages(minuend:{Repo:\"redis\" Tag:\"6\"} subtrahend:{Repo:\"\" Tag:\"\"}){Subtrahend{Repo Tag} Page{TotalCount}}}";
    let found = setup.data(query).await["CVEDiffListForImages"].take();
    assert_eq!(found, json!({"Subtrahend": {"Repo": "redis", "Tag": "larger"}, "Page": {"TotalCount": 5}}));
    setup.root.lock().unwrap().images = Ok(ImagePage::default());
    assert_eq!(setup.refusals(query).await, ["subtrahend image : image not found"]);
}

#[tokio::test]
async fn a_side_of_the_difference_that_is_not_clear_is_named() {
    let two = index("redis", "6", &[(1, "amd64"), (2, "arm64")]);
    let setup = scanning(Root { image: Ok((two, Vec::new())), ..Root::default() }, [(digest(1), several())]);
    let good = "{Repo:\"redis\" Tag:\"6\" Platform:{Os:\"linux\" Arch:\"amd64\"}}";
    let unspecific = "input is not specific enough: platform or specific manifest digest needed";
    let cases = [
        ("{Repo:\"\" Tag:\"6\"}", good, "minuend image :6: repo name can't be empty string".to_owned()),
        ("{Repo:\"redis\" Tag:\"\"}", good, "minuend image redis:: tag can't be empty string".to_owned()),
        ("{Repo:\"redis\" Tag:\"6\"}", good, format!("minuend image redis:6: {unspecific}")),
        (
            good,
            "{Repo:\"redis\" Tag:\"6\" Platform:{Os:\"linux\"}}",
            format!("subtrahend image redis:6 (linux/): {unspecific}"),
        ),
        (
            good,
            "{Repo:\"redis\" Tag:\"6\" Platform:{Os:\"plan9\" Arch:\"mips\"}}",
            "subtrahend image redis:6 (plan9/mips): image not found".to_owned(),
        ),
        (
            good,
            "{Repo:\"redis\" Tag:\"6\" Digest:\"x\"}",
            "subtrahend image redis:6: image not found".to_owned(),
        ),
    ];
    for (minuend, subtrahend, message) in cases {
        let query = format!(
            "{{CVEDiffListForImages(minuend:{minuend} subtrahend:{subtrahend}){{Page{{TotalCount}}}}}}"
        );
        assert_eq!(setup.refusals(&query).await, [message]);
    }
    setup.rights.lock().unwrap().visibility = Visibility::Nothing;
    let answer = setup
        .ask(&format!("{{CVEDiffListForImages(minuend:{good} subtrahend:{good}){{Minuend{{Repo}}}}}}"))
        .await;
    assert_eq!(messages(&answer), ["the requested element is null which the schema does not allow"]);
    assert_eq!(answer["errors"][0]["path"], json!(["CVEDiffListForImages", "Minuend"]));
    assert_eq!(answer["data"], Value::Null);
}

#[tokio::test]
async fn images_with_a_vulnerability_are_those_with_such_a_manifest() {
    let setup =
        scanning(Root::default(), [(digest(1), several()), (digest(2), Vec::new()), (digest(3), several())]);
    setup.data("{ImageListForCVE(id:\"CVE-1\",filter:{Os:\"Linux\"}){Results{Tag}}}").await;
    let asked = setup.asked();
    let [Question::Images(list)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(list.find, FindImages::Manifests([digest(1), digest(3)].into()));
    assert_eq!(list.filter.os, Some(vec!["linux".to_owned()]));
}

/// Tags made one after another: 1 and 2 clean, 3 the first vulnerable, then an index with one clean manifest, then 5 clean and a
/// last one that cannot be scanned.
fn history() -> (Root, Vec<(Digest, Vec<Vulnerability>)>) {
    let at = |mut image: ImageSummary, seconds: i64| {
        image.last_updated = time(seconds, "2024-01-01T00:00:00Z");
        for manifest in &mut image.manifests {
            manifest.last_updated = time(seconds, "2024-01-01T00:00:00Z");
        }
        image
    };
    let images = vec![
        at(image("redis", "a"), 1),
        at(image("redis", "bb"), 2),
        at(image("redis", "ccc"), 3),
        at(index("redis", "dddd", &[(4, "amd64"), (14, "arm64")]), 4),
        at(image("redis", "eeeee"), 5),
        at(image("redis", "ffffff"), 6),
    ];
    let vulnerable = || vec![cve("CVE-1", "LOW")];
    let found = vec![
        (digest(1), Vec::new()),
        (digest(2), vec![cve("CVE-2", "LOW")]),
        (digest(3), vulnerable()),
        (digest(4), vulnerable()),
        (digest(14), Vec::new()),
        (digest(5), Vec::new()),
    ];
    let expanded = ExpandedRepository { summary: repository("redis"), images, faults: Vec::new() };
    (Root { expanded: Ok(expanded), ..Root::default() }, found)
}

#[tokio::test]
async fn a_vulnerability_is_fixed_in_what_came_after_it_and_has_it_not() {
    let (root, found) = history();
    let setup = scanning(root, found);
    let tags = |found: &Value| -> Vec<String> {
        let results = found["ImageListWithCVEFixed"]["Results"].as_array().unwrap();
        results.iter().map(|image| image["Tag"].as_str().unwrap().to_owned()).collect()
    };
    let fixed = "{ImageListWithCVEFixed(id:\"CVE-1\",image:\"redis\"){Page{TotalCount ItemCount} Results{Tag Size Manifests{Digest}}}}";
    let answer = setup.data(fixed).await;
    assert_eq!(tags(&answer), ["eeeee", "dddd"]);
    let partly = &answer["ImageListWithCVEFixed"]["Results"][1];
    assert_eq!(partly["Manifests"], json!([{"Digest": digest(14).to_string()}]));
    assert_eq!(partly["Size"], "10");
    let paged = "{ImageListWithCVEFixed(id:\"CVE-1\",image:\"redis\",filter:{Os:\"linux\" Arch:\"arm64\"},requestedPage:{limit:5 offset:0}){Page{TotalCount} Results{Tag}}}";
    assert_eq!(tags(&setup.data(paged).await), ["dddd"]);
    let sorted = "{ImageListWithCVEFixed(id:\"CVE-1\",image:\"redis\",requestedPage:{limit:1 offset:1 sortBy:ALPHABETIC_ASC}){Page{TotalCount} Results{Tag}}}";
    let answer = setup.data(sorted).await;
    assert_eq!(tags(&answer), ["eeeee"]);
    assert_eq!(answer["ImageListWithCVEFixed"]["Page"]["TotalCount"], 2);
}

#[tokio::test]
async fn where_no_image_has_the_vulnerability_all_are_listed() {
    let (mut root, found) = history();
    root.expanded.as_mut().unwrap().images.pop();
    let setup = scanning(root, found);
    let answer = setup.data("{ImageListWithCVEFixed(id:\"CVE-9\",image:\"redis\"){Page{TotalCount}}}").await;
    assert_eq!(answer["ImageListWithCVEFixed"]["Page"]["TotalCount"], 5);
    setup.root.lock().unwrap().expanded = Err(Error::RepositoryUnknown("redis".parse().unwrap()));
    let refused =
        setup.refusals("{ImageListWithCVEFixed(id:\"CVE-9\",image:\"redis\"){Page{TotalCount}}}").await;
    assert_eq!(refused, ["repo metadata not found for given repo name"]);
}

#[tokio::test]
async fn images_show_what_is_known_of_their_vulnerabilities() {
    let summary = |severity: &str, count: u64| json!({"MaxSeverity": severity, "Count": count});
    let selection = "Vulnerabilities{MaxSeverity Count}";
    let both = format!("{{Image(image:\"redis:6\"){{{selection} Manifests{{{selection}}}}}}}");
    let cases = [
        (Some(several()), summary("CRITICAL", 6), summary("CRITICAL", 6)),
        (Some(Vec::new()), summary("NONE", 0), summary("NONE", 0)),
        (None, summary("", 0), Value::Null),
    ];
    for (found, of_image, of_manifest) in cases {
        let setup =
            scanning(Root { freshness: Some(1), ..Root::default() }, found.map(|found| (digest(1), found)));
        let expected = json!({"Vulnerabilities": of_image, "Manifests": [{"Vulnerabilities": of_manifest}]});
        assert_eq!(setup.data(&both).await["Image"], expected);
        let alone = setup.data(&format!("{{Image(image:\"redis:6\"){{Manifests{{{selection}}}}}}}")).await;
        assert_eq!(alone["Image"]["Manifests"][0]["Vulnerabilities"], Value::Null);
        // What is found later shows at once: such answers are not kept.
        setup.asked();
        setup.data(&both).await;
        assert_eq!(setup.asked().len(), 1);
    }
}
