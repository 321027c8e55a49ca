//! Manifests and tags.

use std::sync::Arc;

use atoll_oci::{Algorithm, MediaType, digest_of};
use atoll_service::{DeleteManifest, Error, Grant};

use crate::Front;
use crate::pusher::{Pusher, image_of};

pub(super) async fn run(node: &Arc<dyn Front>) {
    a_manifest_keeps_its_exact_bytes(&Pusher::new(node, "contract/manifests")).await;
    a_large_manifest_is_as_good_as_a_small_one(&Pusher::new(node, "contract/large")).await;
    parts_must_be_there_first(&Pusher::new(node, "contract/parts")).await;
    an_index_may_list_blobs_which_then_stay(&Pusher::new(node, "contract/cache")).await;
    unknown_repository_and_unknown_manifest_are_told_apart(&Pusher::new(node, "contract/unknown")).await;
    a_tag_moves_and_its_old_manifest_stays(&Pusher::new(node, "contract/moves")).await;
    deleting_a_manifest_takes_its_tags_along(&Pusher::new(node, "contract/delete")).await;
    parts_in_use_stay(&Pusher::new(node, "contract/use")).await;
    a_manifest_can_be_read_as_a_blob(&Pusher::new(node, "contract/as-blob")).await;
    without_the_right_nothing_is_written(&Pusher::new(node, "contract/grant")).await;
}

async fn a_manifest_keeps_its_exact_bytes(pusher: &Pusher) {
    let config = pusher.blob(b"{}").await.unwrap();
    let text = image_of((config, 2), (config, 2), ",  \"odd\" :\t[ 1,\n2 ]");
    let accepted = pusher.put(MediaType::OCI_MANIFEST, &text, &["v1", "v2"]).await.unwrap();
    assert_eq!(accepted.digest, digest_of(Algorithm::Sha256, text.as_bytes()));
    for reference in ["v1", "v2", &accepted.digest.to_string()] {
        let manifest = pusher.get(reference).await.unwrap();
        assert_eq!(manifest.content, text.as_bytes());
        assert_eq!(manifest.stat, pusher.node.head(&pusher.caller, pusher.request(reference)).await.unwrap());
    }
}

async fn a_large_manifest_is_as_good_as_a_small_one(pusher: &Pusher) {
    let config = pusher.blob(b"{}").await.unwrap();
    let more = format!(r#","annotations":{{"large":"{}"}}"#, "x".repeat(3_000_000));
    let text = image_of((config, 2), (config, 2), &more);
    let accepted = pusher.put(MediaType::OCI_MANIFEST, &text, &["large"]).await.unwrap();
    assert_eq!(pusher.get("large").await.unwrap().content, text.as_bytes());
    assert_eq!(pusher.read(accepted.digest, Some("bytes=0-9")).await.unwrap(), &text.as_bytes()[..10]);
}

async fn parts_must_be_there_first(pusher: &Pusher) {
    let config = pusher.blob(b"{}").await.unwrap();
    let missing = digest_of(Algorithm::Sha256, b"never pushed");
    let refused =
        pusher.put(MediaType::OCI_MANIFEST, &image_of((config, 2), (missing, 12), ""), &["t"]).await;
    assert_eq!(refused, Err(Error::PartsUnknown(vec![missing])));
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{missing}","size":5}}]}}"#,
        MediaType::OCI_MANIFEST
    );
    assert_eq!(
        pusher.put(MediaType::OCI_INDEX, &index, &["t"]).await,
        Err(Error::PartsUnknown(vec![missing]))
    );
    assert!(matches!(pusher.get("t").await, Err(Error::ManifestUnknown { .. })));
}

/// What builders make of a cache: an index of layers and of a config.
async fn an_index_may_list_blobs_which_then_stay(pusher: &Pusher) {
    let layer = pusher.blob(b"layer").await.unwrap();
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{layer}","size":5}}]}}"#
    );
    let accepted = pusher.put(MediaType::OCI_INDEX, &index, &["cache"]).await.unwrap();
    let refused = pusher.node.unlink(&pusher.caller, pusher.address(layer), Grant::ALL).await;
    assert_eq!(refused, Err(Error::BlobInUse { digest: layer, manifest: accepted.digest }));
    assert_eq!(pusher.read(layer, None).await.unwrap(), b"layer".as_slice());
    assert!(matches!(pusher.get(&layer.to_string()).await, Err(Error::ManifestUnknown { .. })));
}

async fn unknown_repository_and_unknown_manifest_are_told_apart(pusher: &Pusher) {
    assert!(matches!(pusher.get("v1").await, Err(Error::RepositoryUnknown(_))));
    pusher.image(b"layer", &["v1"]).await.unwrap();
    assert!(matches!(pusher.get("v2").await, Err(Error::ManifestUnknown { .. })));
}

async fn a_tag_moves_and_its_old_manifest_stays(pusher: &Pusher) {
    let first = pusher.image(b"first", &["latest"]).await.unwrap().digest;
    let second = pusher.image(b"second", &["latest"]).await.unwrap().digest;
    assert_eq!(pusher.get("latest").await.unwrap().stat.digest, second);
    assert!(pusher.get(&first.to_string()).await.is_ok());
}

async fn deleting_a_manifest_takes_its_tags_along(pusher: &Pusher) {
    let digest = pusher.image(b"layer", &["a", "b", "c"]).await.unwrap().digest;
    let request = |reference: &str| DeleteManifest {
        repository: pusher.repository.clone(),
        reference: reference.parse().unwrap(),
        grant: Grant::ALL,
    };
    let deleted = pusher.node.remove(&pusher.caller, request("b")).await.unwrap();
    assert_eq!((deleted.digest, deleted.tags.len()), (digest, 1));
    assert!(pusher.get("a").await.is_ok() && pusher.get("b").await.is_err());
    let deleted = pusher.node.remove(&pusher.caller, request(&digest.to_string())).await.unwrap();
    assert_eq!(deleted.tags.iter().map(atoll_oci::Tag::as_str).collect::<Vec<_>>(), ["a", "c"]);
    for reference in ["a", "c", &digest.to_string()] {
        assert!(matches!(pusher.get(reference).await, Err(Error::ManifestUnknown { .. })), "{reference}");
        let again = pusher.node.remove(&pusher.caller, request(reference)).await;
        assert!(matches!(again, Err(Error::ManifestUnknown { .. })), "{again:?}");
    }
}

async fn parts_in_use_stay(pusher: &Pusher) {
    let image = pusher.image(b"in use", &[]).await.unwrap().digest;
    let layer = digest_of(Algorithm::Sha256, b"in use");
    let refused = pusher.node.unlink(&pusher.caller, pusher.address(layer), Grant::ALL).await;
    assert_eq!(refused, Err(Error::BlobInUse { digest: layer, manifest: image }));
    let size = pusher.get(&image.to_string()).await.unwrap().stat.size;
    let text = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{image}","size":{size}}}]}}"#,
        MediaType::OCI_MANIFEST
    );
    let index = pusher.put(MediaType::OCI_INDEX, &text, &["multi"]).await.unwrap().digest;
    let child = DeleteManifest {
        repository: pusher.repository.clone(),
        reference: image.to_string().parse().unwrap(),
        grant: Grant::ALL,
    };
    let refused = pusher.node.remove(&pusher.caller, child).await;
    assert_eq!(refused, Err(Error::ManifestInUse { digest: image, index }));
}

async fn a_manifest_can_be_read_as_a_blob(pusher: &Pusher) {
    let digest = pusher.image(b"layer", &["v1"]).await.unwrap().digest;
    let content = pusher.get("v1").await.unwrap().content;
    assert_eq!(pusher.read(digest, None).await.unwrap(), content);
    let stat = pusher.node.stat(&pusher.caller, pusher.address(digest)).await.unwrap();
    assert_eq!(stat.media_type.as_deref(), Some(MediaType::OCI_MANIFEST));
}

async fn without_the_right_nothing_is_written(pusher: &Pusher) {
    let digest = pusher.image(b"layer", &["kept"]).await.unwrap().digest;
    let grant = Grant { create: true, update: false, delete: false, detect_collision: false };
    let delete =
        DeleteManifest { repository: pusher.repository.clone(), reference: "kept".parse().unwrap(), grant };
    assert!(matches!(pusher.node.remove(&pusher.caller, delete).await, Err(Error::Denied(_))));
    assert_eq!(pusher.get("kept").await.unwrap().stat.digest, digest);
}
