//! Content on its way between members when something happens to the way.

use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};
use atoll_testkit::wire::Request;
use serde_json::json;

use super::cable::Cable;
use super::members::{Members, catalog, search};
use crate::content::noise;

/// More than sockets and members hold on the way.
const LARGE_BYTES: usize = 64 << 20;

#[test]
fn a_download_that_breaks_with_its_holder_never_counts_as_whole_and_goes_on_through_another_member() {
    let mut members = Members::start(3);
    let repository = members.repository_of(1, "broken");
    let content = noise(5, LARGE_BYTES);
    let digest = members.each[0].push_blob(&repository, &content);
    let target = format!("/v2/{repository}/blobs/{digest}");

    let mut connection = members.each[0].server.connect();
    connection.send(&Request::new("GET", &target).encode()).unwrap();
    let head = connection.read_head().unwrap();
    assert_eq!((head.status, head.field("content-length")), (200, Some(LARGE_BYTES.to_string().as_str())));
    let mut taken = connection.take(1 << 20).unwrap();
    members.each[1].server.kill();
    // What is on its way may still come; then the connection ends before the length that was announced.
    while let Ok(more) = connection.take(64 << 10) {
        taken.extend(more);
    }
    assert!(taken.len() < LARGE_BYTES, "all of it came, although its holder was killed");
    assert!(content.starts_with(&taken));
    assert_eq!(members.each[0].get(&target).status, 503);

    members.each[1].server.start_again();
    members.settle();
    let rest = Request::new("GET", &target).field("Range", format!("bytes={}-", taken.len()));
    let rest = members.each[2].ask(&rest);
    assert_eq!(rest.status, 206, "{}", rest.text());
    taken.extend(rest.body);
    assert!(taken == content, "the two parts are not the whole");
}

#[test]
fn a_slow_link_makes_answers_late_and_not_wrong() {
    let mut members = Members::prepare(2, json!({}));
    let cable = Cable::to(members.link(1));
    members.reach_through(1, cable.port());
    members.list(&[0, 1]);
    members.each.iter_mut().for_each(|member| member.server.launch());
    members.settle();
    cable.delay(Duration::from_millis(40));
    let repository = members.repository_of(1, "slow");
    let content = noise(6, 2 << 20);
    let watch = SystemClock::new();
    let digest = members.each[0].push_blob(&repository, &content);
    let image = members.each[0].push_image(&repository, "v1", "layer");
    let pulled = members.each[0].get(&format!("/v2/{repository}/blobs/{digest}"));
    assert!(pulled.body == content, "{} bytes instead of {}", pulled.body.len(), content.len());
    assert_eq!(members.each[0].get(&format!("/v2/{repository}/manifests/v1")).text(), image.manifest);
    assert_eq!(catalog(&members.each[0]), std::slice::from_ref(&repository));
    let found = search(&members.each[0], r#"{GlobalSearch(query:""){Page{TotalCount} Repos{Name}}}"#).json();
    assert_eq!(found["data"]["GlobalSearch"]["Page"]["TotalCount"], 1, "{found}");
    assert_eq!(found.get("errors"), None);
    assert!(
        watch.elapsed() > Duration::from_millis(40 * 2 * 8),
        "the way was not slow: {:?}",
        watch.elapsed()
    );
}
