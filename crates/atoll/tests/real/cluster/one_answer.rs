//! Whichever member is asked, the answer is the same.

use atoll_testkit::wire::{Request, Response};
use serde_json::json;

use super::members::{Members, awaited, catalog, search};
use crate::content::{IMAGE, noise, sha256, subject};

const SEARCHES: [&str; 6] = [
    r#"{GlobalSearch(query:"", requestedPage:{limit:5, offset:3, sortBy:UPDATE_TIME}){Page{TotalCount ItemCount} Repos{Name LastUpdated Size NewestImage{Tag Digest}}}}"#,
    r#"{GlobalSearch(query:"app-1"){Page{TotalCount} Repos{Name}}}"#,
    r#"{GlobalSearch(query:":v"){Page{TotalCount} Images{RepoName Tag}}}"#,
    "{RepoListWithNewestImage(requestedPage:{limit:4, sortBy:ALPHABETIC_DSC}){Page{TotalCount ItemCount} Results{Name Platforms{Os Arch}}}}",
    r#"{ImageList(repo:""){Page{TotalCount} Results{RepoName Tag Digest Size}}}"#,
    r#"{DerivedImageList(image:"team/app-3:v1"){Page{TotalCount} Results{RepoName Tag}}}"#,
];

#[test]
fn pushes_through_any_member_are_seen_through_every_member() {
    let members = Members::start(3);
    let mut images = Vec::new();
    for number in 0..12 {
        let repository = format!("team/app-{number}");
        images.push((
            repository.clone(),
            members.each[number % 3].push_image(&repository, "v1", &format!("layer {number}")),
        ));
    }
    let first = catalog(&members.each[0]);
    assert_eq!(first.len(), 12);
    for member in &members.each {
        assert_eq!(catalog(member), first);
        for (repository, image) in &images {
            assert_eq!(member.tags(repository), ["v1"]);
            let pulled = member.get(&format!("/v2/{repository}/manifests/v1"));
            assert_eq!(
                (pulled.text(), pulled.field("docker-content-digest")),
                (image.manifest.clone(), Some(&*image.digest))
            );
            assert_eq!(
                sha256(member.get(&format!("/v2/{repository}/blobs/{}", image.layer)).body),
                image.layer
            );
        }
    }
    for query in SEARCHES {
        let answers: Vec<String> = members.each.iter().map(|member| search(member, query).text()).collect();
        assert!(answers[0].contains(r#""data":{"#), "{}", answers[0]);
        assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]), "{query}");
    }
}

#[test]
fn forwarding_changes_no_status_header_or_byte() {
    let members = Members::start(3);
    let repository = members.repository_of(1, "whole");
    let (near, far) = (&members.each[1], &members.each[0]);
    let content = noise(7, 3_000_000);
    let digest = near.push_blob(&repository, &content);
    let image = near.push_image(&repository, "v1", "layer");
    let refers = near.prepare_image(&repository, "signature", &subject(IMAGE, &image.manifest));
    near.put(&format!("{repository}/manifests/{}", sha256(&refers)), IMAGE, &refers);
    let blob = format!("/v2/{repository}/blobs/{digest}");
    let asked = [
        Request::new("GET", &blob),
        Request::new("HEAD", &blob),
        Request::new("GET", &blob).field("Range", "bytes=1000-1999"),
        Request::new("GET", &blob).field("Range", "bytes=0-9,20-29,-5"),
        Request::new("GET", &blob).field("Range", "bytes=9000000-"),
        Request::new("GET", format!("/v2/{repository}/manifests/v1")),
        Request::new("HEAD", format!("/v2/{repository}/manifests/v1")),
        Request::new("GET", format!("/v2/{repository}/manifests/v1"))
            .field("If-None-Match", format!("\"{}\"", image.digest)),
        Request::new("GET", format!("/v2/{repository}/manifests/none")),
        Request::new("GET", format!("/v2/{repository}/tags/list?n=1")),
        Request::new("GET", format!("/v2/{repository}/referrers/{}", image.digest)),
        Request::new("DELETE", format!("/v2/{repository}/blobs/{}", image.layer)),
        Request::new("PUT", format!("/v2/{repository}/manifests/bad"))
            .field("Content-Type", IMAGE)
            .content("{"),
    ];
    for request in asked {
        let (direct, forwarded) = (near.ask(&request), far.ask(&request));
        assert_eq!(direct.status, forwarded.status, "{request:?}");
        let comparable = |text: String| {
            let boundary = text.lines().next().filter(|line| line.starts_with("--")).map(str::to_owned);
            boundary.map_or(text.clone(), |boundary| text.replace(boundary.trim(), "--"))
        };
        assert!(comparable(direct.text()) == comparable(forwarded.text()), "{request:?}");
        for name in [
            "content-length",
            "content-range",
            "docker-content-digest",
            "etag",
            "link",
            "accept-ranges",
            "warning",
        ] {
            assert_eq!(direct.field(name), forwarded.field(name), "{name} of {request:?}");
        }
    }
}

#[test]
fn an_upload_goes_on_through_any_member_and_over_a_restart_of_its_holder() {
    let mut members = Members::start(3);
    let repository = members.repository_of(2, "resumed");
    let content = noise(9, 120_000);
    let location = members.each[0].begin(&repository);
    assert_eq!(members.each[1].patch(&location, 0, &content[..40_000]).told(), "202");
    assert_eq!(members.each[2].patch(&location, 40_000, &content[40_000..60_000]).told(), "202");
    members.each[2].server.kill();
    assert_eq!(members.each[0].patch(&location, 60_000, &content[60_000..70_000]).status, 503);
    members.each[2].server.start_again();
    members.settle();
    assert_eq!(members.each[0].get(&location).field("range"), Some("0-59999"));
    assert_eq!(members.each[1].finish(&location, &sha256(&content), &content[60_000..]).told(), "201");
    let pulled = members.each[0].get(&format!("/v2/{repository}/blobs/{}", sha256(&content)));
    assert!(pulled.body == content);
}

#[test]
fn a_blob_is_mounted_across_members() {
    let members = Members::start(3);
    let (from, to) = (members.repository_of(0, "from"), members.repository_of(1, "to"));
    let content = noise(11, 400_000);
    let digest = members.each[2].push_blob(&from, &content);
    let mount = |more: &str| Request::new("POST", format!("/v2/{to}/blobs/uploads/?mount={digest}{more}"));
    let mounted = members.each[2].ask(&mount(&format!("&from={from}")));
    assert_eq!(mounted.status, 201, "{}", mounted.text());
    assert!(members.each[0].get(&format!("/v2/{to}/blobs/{digest}")).body == content);
    let other = members.repository_of(2, "anywhere");
    let anonymous = Request::new("POST", format!("/v2/{other}/blobs/uploads/?mount={digest}"));
    assert_eq!(members.each[1].ask(&anonymous).status, 201);
    let absent =
        Request::new("POST", format!("/v2/{to}/blobs/uploads/?mount={}&from={from}", sha256("nothing")));
    assert_eq!(members.each[2].ask(&absent).status, 202);
}

#[test]
fn a_manifest_is_no_blob_to_be_mounted_on_whichever_member_it_is() {
    let members = Members::start(3);
    let (from, beside, far) = (
        members.repository_of(0, "from"),
        members.repository_of(0, "beside"),
        members.repository_of(1, "far"),
    );
    let image = members.each[2].push_image(&from, "v1", "layer");
    for to in [&beside, &far] {
        for (digest, status) in [(&image.digest, 202), (&image.layer, 201)] {
            let mount = format!("/v2/{to}/blobs/uploads/?mount={digest}&from={from}");
            assert_eq!(members.each[2].ask(&Request::new("POST", mount)).status, status, "{digest} to {to}");
        }
    }
}

#[test]
fn preconditions_hold_through_every_member() {
    let members = Members::start(3);
    let repository = members.repository_of(0, "conditional");
    let image = members.each[0].push_image(&repository, "v1", "layer");
    let [etag, other] = [image.digest.clone(), sha256("other")].map(|digest| format!("\"{digest}\""));
    let [manifest, fresh] = ["v1", "fresh"].map(|tag| format!("/v2/{repository}/manifests/{tag}"));
    let blob = format!("/v2/{repository}/blobs/{}", image.layer);
    let push =
        |place: &str| Request::new("PUT", place).field("Content-Type", IMAGE).content(image.manifest.clone());
    for member in &members.each {
        for (request, status) in [
            (Request::new("GET", &manifest).field("If-Match", &*etag), 200),
            (Request::new("GET", &manifest).field("If-Match", &*other), 412),
            (Request::new("HEAD", &manifest).field("If-Match", &*other), 412),
            (Request::new("GET", &blob).field("If-Match", &*other), 412),
            (Request::new("DELETE", &blob).field("If-Match", &*other), 412),
            (Request::new("DELETE", &manifest).field("If-Match", &*other), 412),
            (push(&manifest).field("If-Match", &*other), 412),
            (push(&manifest).field("If-Match", &*etag), 201),
            (push(&manifest).field("If-None-Match", "*"), 412),
            (push(&fresh).field("If-Match", "*"), 412),
            (push(&fresh).field("If-None-Match", "*"), 201),
            (Request::new("DELETE", &fresh).field("If-Match", &*etag), 202),
        ] {
            assert_eq!(member.ask(&request).status, status, "{request:?}");
        }
    }
}

/// Members tell one another how many they have now and then, so a limit is reached a moment later than by a server alone.
#[test]
fn a_limit_of_repositories_counts_those_of_all_members() {
    let members = Members::start_with(3, json!({ "storage": { "maxRepos": 6 } }));
    let own: Vec<String> = (0..6).map(|nth| members.repository_of(nth % 3, &format!("few-{nth}"))).collect();
    for (nth, repository) in own.iter().enumerate() {
        members.each[(nth + 1) % 3].push_image(repository, "v1", "layer");
    }
    for (owner, kept) in own.iter().enumerate().take(3) {
        let target = format!("/v2/{}/blobs/uploads/", members.repository_of(owner, "too-many"));
        let begin = || members.each[(owner + 1) % 3].ask(&Request::new("POST", &target));
        let refused = awaited(begin, |answer| answer.status == 429, Response::told);
        assert!(refused.text().contains("TOOMANYREQUESTS"), "{}", refused.text());
        members.each[owner].push_image(kept, "v2", "another layer");
    }
    assert_eq!(catalog(&members.each[0]).len(), 6);
}
