//! One repository with 100,000 tags.

use atoll_testkit::wire::Request;

use crate::content::{IMAGE, sha256};
use crate::registry::{Registry, next_page, texts};

const TAGS: usize = 100_000;

/// As many as one push may set.
const TAGS_PER_PUSH: usize = 46;

const CLIENTS: usize = 8;

#[test]
fn a_repository_may_have_a_hundred_thousand_tags() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("huge", "layer", "");
    let names: Vec<String> = (0..TAGS).map(|number| format!("tag-{number:06}")).collect();
    push_all(&registry, &manifest, &names);

    let mut listed = Vec::new();
    let mut next = Some("/v2/huge/tags/list?n=5000".to_owned());
    let mut connection = registry.server.connect();
    while let Some(target) = next {
        let answer = connection.ask(&Request::new("GET", target)).unwrap();
        assert_eq!(answer.status, 200);
        listed.extend(texts(&answer.json()["tags"]));
        next = next_page(&answer);
    }
    assert!(listed == names, "{} tags are listed", listed.len());

    // Without `n` a page is as large as pages get, and says where it goes on.
    let page = registry.get("/v2/huge/tags/list");
    assert!(texts(&page.json()["tags"]).len() < TAGS && next_page(&page).is_some());
    let last = registry.get("/v2/huge/tags/list?n=10&last=tag-099995");
    assert_eq!(texts(&last.json()["tags"]), names[99_996..]);
    assert_eq!(registry.get("/v2/huge/manifests/tag-054321").text(), manifest);
    assert_eq!(registry.delete("/v2/huge/manifests/tag-054321").status, 202);
    let gap = registry.get("/v2/huge/tags/list?n=1&last=tag-054320");
    assert_eq!(texts(&gap.json()["tags"]), ["tag-054322"]);

    assert_eq!(registry.delete(&format!("/v2/huge/manifests/{}", sha256(&manifest))).status, 202);
    assert_eq!(registry.tags("huge"), Vec::<String>::new());
}

fn push_all(registry: &Registry, manifest: &str, names: &[String]) {
    let digest = sha256(manifest);
    let pushes: Vec<&[String]> = names.chunks(TAGS_PER_PUSH).collect();
    std::thread::scope(|scope| {
        for share in pushes.chunks(pushes.len().div_ceil(CLIENTS)) {
            let (mut connection, digest) = (registry.server.connect(), digest.as_str());
            scope.spawn(move || {
                for tags in share {
                    let query: Vec<String> = tags.iter().map(|tag| format!("tag={tag}")).collect();
                    let target = format!("/v2/huge/manifests/{digest}?{}", query.join("&"));
                    let request = Request::new("PUT", target).field("Content-Type", IMAGE).content(manifest);
                    assert_eq!(connection.ask(&request).unwrap().told(), "201");
                }
            });
        }
    });
}
