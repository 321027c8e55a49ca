use super::*;
use crate::fixture::*;
use crate::{Body, PutManifest, Reads, View};

fn hashes<R: Reads>(view: &View<R>) -> Vec<Digest> {
    view.shards().map(|shard| view.state_hash(shard).unwrap()).collect()
}

/// A manifest as a client would send it, with a config, a layer and a subject.
fn real_manifest(number: u64, body_of: impl FnOnce(Bytes) -> Body) -> (PutManifest, Bytes) {
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"application/x-config","digest":"{}","size":1}},
        "layers":[{{"mediaType":"{LAYER}","digest":"{}","size":2}}],
        "subject":{{"mediaType":"{}","digest":"{}","size":3}},"annotations":{{"number":"{number}"}}}}"#,
        media_type(),
        digest(1),
        digest(2),
        media_type(),
        digest(3),
    );
    let manifest = Manifest::parse(text.as_bytes(), &media_type()).unwrap();
    let digest = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, text.as_bytes());
    let size = u64::try_from(text.len()).unwrap();
    let (parts, bytes) = (Parts::of(&manifest, digest, size), Bytes::from(text));
    let tags = tagged(number, &["latest", &format!("v{number}")]).tags;
    let body = body_of(bytes.clone());
    let facts = Bytes::from(format!("facts {number}"));
    (
        PutManifest { digest, media_type: media_type(), size, body, tags, parts, is_sparse: false, facts },
        bytes,
    )
}

#[tokio::test]
async fn a_rebuilt_index_is_the_same_row_by_row() {
    let (host, _files) = simulated(1);
    let (index, fresh) = (memory_index(&host), memory_index(&host));
    let (small, _) = real_manifest(10, Body::Inline);
    let (large, large_bytes) = real_manifest(11, |_| Body::Stored);
    for name in ["a", "b/c"] {
        for command in
            [link(name, 1), link(name, 2), put(name, 5, small.clone()), put(name, 6, large.clone())]
        {
            index.submit(command).await.unwrap();
        }
        let counts =
            vec![crate::PullCount { digest: small.digest, times: 3, last_at: atoll_host::Timestamp(9) }];
        index.submit(command(name, 7, crate::Mutation::CountPulls { counts })).await.unwrap();
    }
    let stored = |wanted: &Digest| (*wanted == large.digest).then(|| large_bytes.clone());
    let rebuilt = rebuild(&index.snapshot(), &fresh, stored).await.unwrap();
    assert_eq!(rebuilt, Rebuilt { repositories: 2, manifests: 4, unread_manifests: 0 });
    assert_eq!(hashes(&fresh.snapshot()), hashes(&index.snapshot()));
    let (page, _) = fresh.snapshot().referrers((&repository("a"), &digest(3)), &[], None, 9).unwrap();
    assert_eq!(page.len(), 2);
}

#[tokio::test]
async fn derived_rows_that_were_lost_come_back() {
    let (host, _files) = simulated(1);
    let (whole, broken, fresh) = (memory_index(&host), memory_index(&host), memory_index(&host));
    let (small, _) = real_manifest(10, Body::Inline);
    for command in [link("a", 1), link("a", 2), put("a", 5, small)] {
        whole.submit(command).await.unwrap();
    }
    let rows: Vec<Row> = whole.snapshot().export(home("a")).unwrap().collect::<Result<_, _>>().unwrap();
    let primary: Vec<Row> = rows.iter().filter(|row| !row.table.is_derived()).cloned().collect();
    assert!(primary.len() < rows.len());
    broken.import(home("a"), primary).await.unwrap();
    rebuild(&broken.snapshot(), &fresh, |_| None).await.unwrap();
    assert_eq!(hashes(&fresh.snapshot()), hashes(&whole.snapshot()));
}

#[tokio::test]
async fn what_a_manifest_names_is_taken_over_when_its_bytes_cannot_be_read() {
    let (host, _files) = simulated(1);
    let (index, fresh) = (memory_index(&host), memory_index(&host));
    let (large, _) = real_manifest(11, |_| Body::Stored);
    for command in [link("a", 1), link("a", 2), put("a", 6, large)] {
        index.submit(command).await.unwrap();
    }
    let rebuilt = rebuild(&index.snapshot(), &fresh, |_| None).await.unwrap();
    assert_eq!(rebuilt.unread_manifests, 1);
    assert_eq!(hashes(&fresh.snapshot()), hashes(&index.snapshot()));
}
