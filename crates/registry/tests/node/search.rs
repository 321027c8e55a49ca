//! Search over a node's rows: own writes are there at once, and every answer is some state that existed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use atoll_host::{Host, ShutdownHandle, Tasks};
use atoll_index::{Heard, Index, Location, Writer};
use atoll_oci::{Algorithm, MediaType, Reference, digest_of};
use atoll_placement::Shard;
use atoll_registry::{LocalNode, Options};
use atoll_service::{
    Blobs as _, Caller, DeleteManifest, Error, Filter, GetImage, GetReferrers, GetRepository, Grant,
    ImageHit, ImageHits, Leaf as _, LeafImages, LeafRepositories, Manifests as _, Marks, Match, MatchImages,
    Mount, RepositoryHits, Sort, Stretch, Visibility, Want,
};
use atoll_store::MemoryStore;
use atoll_testkit::{Front, Pusher, image_of};
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::world::{index, node, node_over};

const CONFIG: &str = r#"{"os":"linux","architecture":"amd64","created":"2020-01-02T03:04:05Z","author":"me",
    "config":{"Labels":{"org.opencontainers.image.title":"labelled"}},"history":[{"created_by":"one"}]}"#;

/// A node with search; what it does by itself ends with the handle.
fn searching() -> (Arc<LocalNode>, ShutdownHandle) {
    let host = Host::system(8);
    let index = index(&host, (Location::Memory, Writer::Thread)).unwrap();
    searching_over(&host, index)
}

fn searching_over(host: &Host, index: Arc<Index>) -> (Arc<LocalNode>, ShutdownHandle) {
    let store = Arc::new(MemoryStore::new(host.clock.clone()));
    let node = node_over(host, store, index);
    node.with_search();
    let (handle, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(Arc::clone(&node).run_search(shutdown));
    (node, handle)
}

fn shards() -> Vec<Shard> {
    (0..256).map(Shard).collect()
}

fn pusher(node: &Arc<LocalNode>, name: &str) -> Pusher {
    let front: Arc<dyn Front> = node.clone();
    Pusher::new(&front, name)
}

async fn push_image(pusher: &Pusher, layer: &[u8], tag: &str) -> atoll_oci::Digest {
    let config = pusher.blob(CONFIG.as_bytes()).await.unwrap();
    let content = pusher.blob(layer).await.unwrap();
    let text = image_of((config, CONFIG.len()), (content, layer.len()), "");
    pusher.put(MediaType::OCI_MANIFEST, &text, &[tag]).await.unwrap().digest
}

async fn images(node: &LocalNode, find: MatchImages) -> ImageHits {
    let request = LeafImages {
        find,
        filter: Filter::default(),
        sort: Sort::NameAscending,
        stretch: Stretch { skip: 0, take: 1_000, described_from: Some(0) },
        want: Want::ALL,
        visibility: Visibility::Everything,
    };
    node.leaf_images(&Caller::internal("test"), &shards(), request).await.unwrap()
}

async fn repositories(node: &LocalNode, sort: Sort) -> RepositoryHits {
    let request = LeafRepositories {
        find: Match::Words(String::new()),
        filter: Filter::default(),
        sort,
        stretch: Stretch { skip: 0, take: 1_000, described_from: Some(0) },
        want: Want::ALL,
        visibility: Visibility::Everything,
        marks: Marks::default(),
    };
    node.leaf_repositories(&Caller::internal("test"), &shards(), request).await.unwrap()
}

async fn delete(pusher: &Pusher, reference: Reference) {
    let repository = pusher.repository.clone();
    let request = DeleteManifest { repository, reference, grant: Grant::ALL };
    pusher.node.remove(&pusher.caller, request).await.unwrap();
}

fn tags(found: &ImageHits) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.key.tag.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_is_found_at_once_and_what_was_removed_is_not() {
    let (node, _handle) = searching();
    let pusher = pusher(&node, "team/app");
    let digest = push_image(&pusher, b"layer one", "v1").await;
    let found = images(&node, MatchImages::All).await;
    assert_eq!(tags(&found), ["v1"]);
    let summary = found.hits[0].summary.as_ref().unwrap().read().unwrap();
    assert_eq!((summary.texts.title.as_str(), summary.texts.authors.as_str()), ("labelled", "me"));
    assert_eq!(summary.last_updated.as_ref().unwrap().text, "2020-01-02T03:04:05Z");
    assert_eq!(summary.manifests[0].history.len(), 1);
    assert_eq!(summary.manifests[0].platform.os, "linux");

    push_image(&pusher, b"layer two", "v2").await;
    assert_eq!(tags(&images(&node, MatchImages::TagContains("v".into())).await), ["v1", "v2"]);
    delete(&pusher, Reference::Tag("v1".parse().unwrap())).await;
    assert_eq!(tags(&images(&node, MatchImages::All).await), ["v2"]);
    delete(&pusher, Reference::Digest(digest)).await;
    let gone = images(&node, MatchImages::DigestContains(digest.to_string())).await;
    assert_eq!(gone.total, 0);
    assert_eq!(repositories(&node, Sort::Updated).await.total, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_config_that_comes_after_its_manifest_is_read_when_it_comes() {
    let (node, _handle) = searching();
    node.reconfigure(Options { sparse: true, low_water_bytes: 0, ..Options::default() });
    let (app, copy) = (pusher(&node, "app"), pusher(&node, "copy"));
    let [config, layer] = [CONFIG.as_bytes(), b"layer"].map(|text| digest_of(Algorithm::Sha256, text));
    let text = image_of((config, CONFIG.len()), (layer, 5), "");
    for pusher in [&app, &copy] {
        pusher.put(MediaType::OCI_MANIFEST, &text, &["v1"]).await.unwrap();
    }
    let platforms = async || {
        let found = images(&node, MatchImages::All).await;
        let platform =
            |hit: &ImageHit| hit.summary.as_ref().unwrap().read().unwrap().manifests[0].platform.os.clone();
        found.hits.iter().map(platform).collect::<Vec<_>>()
    };
    assert_eq!(platforms().await, ["", ""]);
    app.blob(b"layer").await.unwrap();
    assert_eq!(platforms().await, ["", ""]);
    app.blob(CONFIG.as_bytes()).await.unwrap();
    assert_eq!(platforms().await, ["linux", ""], "another repository does not have it");
    let mount = Mount {
        address: copy.address(config),
        from: Some(app.repository.clone()),
        visibility: Visibility::Everything,
        grant: Grant::ALL,
    };
    assert!(node.mount(&copy.caller, mount).await.unwrap().is_some());
    assert_eq!(platforms().await, ["linux", "linux"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_config_and_its_manifest_that_come_at_once_find_each_other() {
    let (node, _handle) = searching();
    node.reconfigure(Options { sparse: true, low_water_bytes: 0, ..Options::default() });
    for round in 0..200 {
        let pusher = pusher(&node, &format!("a{round}"));
        let config = format!(r#"{{"os":"linux","author":"{round}"}}"#);
        let [digest, layer] = [config.as_bytes(), b"layer"].map(|text| digest_of(Algorithm::Sha256, text));
        let text = image_of((digest, config.len()), (layer, 5), "");
        let (done, heard) = oneshot::channel();
        let other = pusher.clone();
        // On a thread of its own, so that the two overlap in every way.
        Host::system(8).tasks.spawn(async move {
            let _told = done.send(other.blob(config.as_bytes()).await.is_ok());
        });
        pusher.put(MediaType::OCI_MANIFEST, &text, &["v1"]).await.unwrap();
        assert!(heard.await.unwrap());
    }
    let found = images(&node, MatchImages::All).await;
    let blind = found
        .hits
        .iter()
        .filter(|hit| hit.summary.as_ref().unwrap().read().unwrap().manifests[0].platform.os.is_empty());
    assert_eq!((found.total, blind.count()), (200, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pulls_count_at_once_and_once_however_they_are_written() {
    let (node, _handle) = searching();
    let pusher = pusher(&node, "a");
    push_image(&pusher, b"layer", "t").await;
    for expected in 1..=6 {
        let before = node.freshness();
        pusher.get("t").await.unwrap();
        assert_ne!(node.freshness(), before);
        if expected % 2 == 0 {
            node.flush_pulls().await;
        }
        let found = repositories(&node, Sort::Downloads).await;
        assert_eq!(found.hits[0].summary.as_ref().unwrap().read().unwrap().downloads, expected);
    }
    let head = pusher.request("t");
    node.head(&pusher.caller, head).await.unwrap();
    let found = images(&node, MatchImages::All).await;
    assert_eq!(found.hits[0].summary.as_ref().unwrap().read().unwrap().downloads, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_of_what_was_just_pushed_counts_even_while_the_rows_are_read() {
    for _ in 0..40 {
        // The rows are being read from here on.
        let (node, _handle) = searching();
        let pusher = pusher(&node, "a");
        push_image(&pusher, b"layer", "t").await;
        pusher.get("t").await.unwrap();
        let found = repositories(&node, Sort::Downloads).await;
        assert_eq!(found.hits[0].summary.as_ref().unwrap().read().unwrap().downloads, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_image_is_told_from_an_unknown_repository() {
    let (node, _handle) = searching();
    push_image(&pusher(&node, "a"), b"layer", "t").await;
    let ask = async |repository: &str, tag: &str| {
        let (repository, tag) = (repository.parse().unwrap(), tag.parse().unwrap());
        let request = GetImage { repository, tag, want: Want::ALL };
        node.leaf_image(&Caller::internal("test"), request).await
    };
    assert_eq!(ask("a", "t").await.unwrap().0.tag.as_str(), "t");
    assert!(matches!(ask("a", "u").await, Err(Error::ManifestUnknown { .. })));
    assert!(matches!(ask("b", "t").await, Err(Error::RepositoryUnknown(_))));
    let expanded = GetRepository { repository: "b".parse().unwrap(), want: Want::ALL };
    let expanded = node.leaf_expanded(&Caller::internal("test"), expanded, Marks::default()).await;
    assert!(matches!(expanded, Err(Error::RepositoryUnknown(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn referrers_are_listed_in_the_order_of_pushing_and_signatures_are_not() {
    let (node, _handle) = searching();
    let pusher = pusher(&node, "a");
    let subject = push_image(&pusher, b"layer", "t").await;
    let config = pusher.blob(b"{}").await.unwrap();
    for kind in ["application/x", "application/vnd.cncf.notary.signature", "application/y"] {
        let more = format!(
            r#","artifactType":"{kind}","subject":{{"mediaType":"{}","digest":"{subject}","size":1}}"#,
            MediaType::OCI_MANIFEST
        );
        let text = image_of((config, 2), (config, 2), &more);
        pusher.put(MediaType::OCI_MANIFEST, &text, &[]).await.unwrap();
    }
    let request = |types: &[&str]| GetReferrers {
        repository: "a".parse().unwrap(),
        digest: subject,
        artifact_types: types.iter().map(|kind| (*kind).to_owned()).collect(),
    };
    for (types, expected) in [
        (&[][..], &["application/x", "application/y"][..]),
        (&["application/y"], &["application/y"]),
        (&["application/z", ""], &["application/x", "application/y"]),
    ] {
        let found = node.leaf_referrers(&Caller::internal("test"), request(types)).await.unwrap();
        let kinds: Vec<&str> = found.iter().map(|referrer| referrer.artifact_type.as_str()).collect();
        assert_eq!(kinds, expected);
    }
    let found = images(&node, MatchImages::All).await;
    let summary = found.hits[0].summary.as_ref().unwrap().read().unwrap();
    assert!(summary.is_signed);
    assert_eq!((summary.signatures.len(), summary.referrers.len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_from_before_search_was_switched_on_are_found() {
    let host = Host::system(8);
    let store = Arc::new(MemoryStore::new(host.clock.clone()));
    let node = node(&host, store, (Location::Memory, Writer::Thread)).unwrap();
    let pusher = pusher(&node, "old");
    push_image(&pusher, b"layer", "t").await;
    let impatient = Caller { remaining: Some(Duration::from_millis(20)), ..Caller::internal("test") };
    let request = GetImage { repository: "old".parse().unwrap(), tag: "t".parse().unwrap(), want: Want::ALL };
    let off = node.leaf_image(&impatient, request.clone()).await;
    assert!(matches!(off, Err(Error::FeatureOff(_))), "{off:?}");
    node.with_search();
    let early = node.leaf_image(&impatient, request).await;
    assert!(matches!(early, Err(Error::Unavailable(_))), "{early:?}");
    let (_handle, shutdown) = ShutdownHandle::new();
    host.tasks.spawn(Arc::clone(&node).run_search(shutdown));
    let found = images(&node, MatchImages::All).await;
    assert_eq!(found.hits[0].summary.as_ref().unwrap().read().unwrap().texts.title, "labelled");
}

/// More changes than the feed keeps, while nobody listens: the rows are read anew.
#[tokio::test(flavor = "current_thread")]
async fn what_was_missed_is_read_from_the_rows() {
    // Nothing here waits for another thread, so the follower has no turn between the pushes.
    let host = Host { tasks: Tasks::inline(), ..Host::system(8) };
    let index = index(&host, (Location::Memory, Writer::Caller)).unwrap();
    let (node, _handle) = searching_over(&host, Arc::clone(&index));
    let pusher = pusher(&node, "a");
    push_image(&pusher, b"layer", "t").await;
    assert_eq!(images(&node, MatchImages::All).await.total, 1);
    let mut bell = index.subscribe();
    for number in 0..atoll_index::FEED_CAPACITY + 10 {
        pusher.blob(format!("blob {number}").as_bytes()).await.unwrap();
    }
    push_image(&pusher, b"another layer", "u").await;
    assert!(matches!(bell.next().await, Heard::Missed(_)), "nothing was missed: the test shows nothing");
    assert_eq!(tags(&images(&node, MatchImages::All).await), ["t", "u"]);
}

/// Each writer moves two tags of its repository together, so a state that existed has both at the same image, or neither.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_answer_is_a_state_that_existed() {
    const WRITERS: u8 = 4;
    const ROUNDS: u8 = 40;
    let (node, _handle) = searching();
    let is_over = AtomicBool::new(false);
    let writers = async {
        join_all((0..WRITERS).map(|writer| write_pairs(Arc::clone(&node), writer, ROUNDS))).await;
        is_over.store(true, Ordering::SeqCst);
    };
    let reader = async {
        let mut answers = 0;
        while !is_over.load(Ordering::SeqCst) {
            let found = images(&node, MatchImages::All).await;
            assert_eq!(found.total, found.hits.len() as u64);
            for pair in found.hits.chunk_by(|one, other| one.key.repository == other.key.repository) {
                let digests: BTreeSet<_> = pair.iter().map(|hit| hit.key.digest).collect();
                assert_eq!((pair.len(), digests.len()), (2, 1), "a torn answer: {pair:?}");
            }
            answers += 1;
            tokio::task::yield_now().await;
        }
        answers
    };
    let ((), answers) = futures_util::future::join(writers, reader).await;
    assert!(answers > 10, "the reader hardly met the writers: {answers}");
}

async fn write_pairs(node: Arc<LocalNode>, writer: u8, rounds: u8) {
    let pusher = pusher(&node, &format!("writer-{writer}"));
    let config = pusher.blob(CONFIG.as_bytes()).await.unwrap();
    for round in 0..rounds {
        let layer = [writer, round % 7];
        let content = pusher.blob(&layer).await.unwrap();
        let text = image_of((config, CONFIG.len()), (content, layer.len()), "");
        let digest = digest_of(Algorithm::Sha256, text.as_bytes());
        pusher.put(MediaType::OCI_MANIFEST, &text, &["one", "two"]).await.unwrap();
        let seen = images(&node, MatchImages::InRepository(pusher.repository.clone())).await;
        assert!(seen.hits.iter().all(|hit| hit.key.digest == digest) && seen.total == 2, "{seen:?}");
        if round % 3 == 0 {
            delete(&pusher, Reference::Digest(digest)).await;
            let seen = images(&node, MatchImages::InRepository(pusher.repository.clone())).await;
            assert_eq!(seen.total, 0, "a deleted image is found");
        }
    }
}
