//! Tags, referrers and the catalog, page by page.

use std::sync::Arc;

use atoll_oci::{Algorithm, MediaType, Tag, digest_of};
use atoll_placement::Shard;
use atoll_service::{Error, Leaf, ListCatalog, ListReferrers, ListTags, Visibility};

use crate::Front;
use crate::pusher::{Pusher, image_of};

pub(super) async fn run(node: &Arc<dyn Front>) {
    tags_come_in_byte_order_and_pages_concatenate(&Pusher::new(node, "contract/tags")).await;
    referrers_come_in_the_order_of_pushing(&Pusher::new(node, "contract/referrers")).await;
}

pub(super) async fn run_leaf(node: &Arc<dyn Front>, leaf: &dyn Leaf) {
    the_catalog_compares_components(node, leaf).await;
}

async fn tags_come_in_byte_order_and_pages_concatenate(pusher: &Pusher) {
    let list = |after: Option<&str>, limit| ListTags {
        repository: pusher.repository.clone(),
        after: after.map(str::to_owned),
        limit,
    };
    let unknown = pusher.node.tags(&pusher.caller, list(None, 10)).await;
    assert!(matches!(unknown, Err(Error::RepositoryUnknown(_))));
    pusher.image(b"layer", &["b", "B", "_", "a.1", "a-1", "a", "10", "9"]).await.unwrap();
    let all = pusher.node.tags(&pusher.caller, list(None, 100)).await.unwrap();
    let names: Vec<&str> = all.tags.iter().map(Tag::as_str).collect();
    assert_eq!(
        (names.as_slice(), all.more),
        (["10", "9", "B", "_", "a", "a-1", "a.1", "b"].as_slice(), false)
    );
    let mut paged: Vec<Tag> = Vec::new();
    loop {
        let page = pusher.node.tags(&pusher.caller, list(paged.last().map(Tag::as_str), 3)).await.unwrap();
        paged.extend(page.tags);
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, all.tags);
    let behind = pusher.node.tags(&pusher.caller, list(Some("a0-not-a-tag"), 1)).await.unwrap();
    assert_eq!(behind.tags[0].as_str(), "b");
    let end = pusher.node.tags(&pusher.caller, list(Some("zzz"), 5)).await.unwrap();
    assert!(end.tags.is_empty() && !end.more);
}

async fn referrers_come_in_the_order_of_pushing(pusher: &Pusher) {
    let config = pusher.blob(b"{}").await.unwrap();
    let subject = digest_of(Algorithm::Sha256, b"a subject that is not here");
    let mut expected = Vec::new();
    for n in 0..7 {
        let more = format!(
            r#","artifactType":"t/{}","subject":{{"mediaType":"{}","digest":"{subject}","size":26}},"annotations":{{"n":"{n}"}}"#,
            n % 2,
            MediaType::OCI_MANIFEST
        );
        let accepted = pusher
            .put(MediaType::OCI_MANIFEST, &image_of((config, 2), (config, 2), &more), &[])
            .await
            .unwrap();
        assert_eq!(accepted.subject, Some(subject));
        expected.push(accepted.digest.to_string());
    }
    let list = |types: &[&str], after, limit| ListReferrers {
        repository: pusher.repository.clone(),
        subject,
        artifact_types: types.iter().map(|&kind| kind.to_owned()).collect(),
        after,
        limit,
    };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = pusher.node.referrers(&pusher.caller, list(&[], after, 3)).await.unwrap();
        found.extend(page.referrers);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let texts: Vec<String> =
        found.iter().map(|r| String::from_utf8(r.descriptor.to_vec()).unwrap()).collect();
    assert_eq!(texts.len(), 7);
    assert!(texts.iter().zip(&expected).all(|(text, digest)| text.contains(digest)), "{texts:?}");
    let odd = pusher.node.referrers(&pusher.caller, list(&["t/1"], None, 100)).await.unwrap();
    assert_eq!(odd.referrers.len(), 3);
    let none = pusher.node.referrers(&pusher.caller, list(&[""], None, 100)).await.unwrap();
    assert!(none.referrers.is_empty() && none.next.is_none());
}

async fn the_catalog_compares_components(node: &Arc<dyn Front>, leaf: &dyn Leaf) {
    for name in ["order/redis-cluster", "order/redis", "order/redis/exporter", "order/a"] {
        Pusher::new(node, name).blob(b"x").await.unwrap();
    }
    let caller = atoll_service::Caller::internal("test");
    let shards: Vec<Shard> = (0..256).map(Shard).collect();
    let list = |visibility| ListCatalog { after: Some("order".to_owned()), limit: 4, visibility };
    let page = leaf.leaf_catalog(&caller, &shards, list(Visibility::Everything)).await.unwrap();
    let names: Vec<&str> = page.repositories.iter().map(atoll_oci::Repository::as_str).collect();
    assert_eq!(names, ["order/a", "order/redis", "order/redis/exporter", "order/redis-cluster"]);
    let nothing = leaf.leaf_catalog(&caller, &shards, list(Visibility::Nothing)).await.unwrap();
    assert!(nothing.repositories.is_empty() && !nothing.more);
}
