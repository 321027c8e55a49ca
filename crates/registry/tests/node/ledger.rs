//! What was acknowledged, and therefore what a restart may show: for each tag and blob the set of states that are right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, MediaType, Reference, digest_of};
use atoll_registry::LocalNode;
use atoll_service::{DeleteManifest, Error, Grant, Manifests as _};
use atoll_testkit::{Front, Pusher};

type Key = (String, String);

/// One thing a client does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Pushes a blob.
    Blob(Vec<u8>),
    /// Pushes an image of one layer under a tag; large ones have a manifest that does not fit the index.
    Image { layer: Vec<u8>, tag: String, is_large: bool },
    /// Removes a tag.
    DeleteTag(String),
    /// Removes whatever manifest a tag points at, with all its tags.
    DeleteManifest(String),
    /// Removes a blob.
    Unlink(Vec<u8>),
}

/// The states that are right.
#[derive(Default)]
pub(crate) struct Ledger {
    tags: BTreeMap<Key, BTreeSet<Option<Digest>>>,
    blobs: BTreeMap<(String, Digest), BTreeSet<bool>>,
    contents: BTreeMap<Digest, Vec<u8>>,
}

/// How a step ended.
enum End {
    Done,
    Refused,
    Unknown,
}

fn end_of<T>(result: &Result<T, Error>) -> End {
    match result {
        Ok(_) => End::Done,
        Err(Error::Internal(_) | Error::NoSpace { .. } | Error::Unavailable(_)) => End::Unknown,
        Err(_) => End::Refused,
    }
}

/// Before a step both its outcomes are right, after an acknowledgement only the new one, after a refusal only the old ones.
fn note<T: Ord + Clone>(states: &mut BTreeSet<T>, new: &T, end: &End) {
    match end {
        End::Done => *states = BTreeSet::from([new.clone()]),
        End::Refused => {}
        End::Unknown => {
            states.insert(new.clone());
        }
    }
}

impl Ledger {
    /// Does a step and notes what became of it. `false` once the disk no longer answers.
    pub(crate) async fn step(&mut self, node: &Arc<LocalNode>, repository: &str, step: Step) -> bool {
        let front: Arc<dyn Front> = node.clone();
        let pusher = Pusher::new(&front, repository);
        match step {
            Step::Blob(content) => self.push_blob(&pusher, &content).await,
            Step::Image { layer, tag, is_large } => self.push_image(&pusher, (&layer, is_large), &tag).await,
            Step::DeleteTag(tag) => {
                let removed = node
                    .remove(&pusher.caller, delete(&pusher, tag.parse().map(Reference::Tag).unwrap()))
                    .await;
                let end = end_of(&removed);
                note(self.tag(repository, &tag), &None, &end);
                !matches!(end, End::Unknown)
            }
            Step::DeleteManifest(tag) => self.delete_manifest(node, &pusher, &tag).await,
            Step::Unlink(content) => {
                let digest = digest_of(Algorithm::Sha256, &content);
                let end = end_of(&front.unlink(&pusher.caller, pusher.address(digest), Grant::ALL).await);
                note(self.blob(repository, digest), &false, &end);
                !matches!(end, End::Unknown)
            }
        }
    }

    async fn push_blob(&mut self, pusher: &Pusher, content: &[u8]) -> bool {
        let digest = digest_of(Algorithm::Sha256, content);
        self.contents.insert(digest, content.to_vec());
        let end = end_of(&pusher.blob(content).await);
        note(self.blob(pusher.repository.as_str(), digest), &true, &end);
        !matches!(end, End::Unknown)
    }

    async fn push_image(&mut self, pusher: &Pusher, layer: (&[u8], bool), tag: &str) -> bool {
        let (layer, is_large) = layer;
        if !self.push_blob(pusher, b"{}").await || !self.push_blob(pusher, layer).await {
            return false;
        }
        let (config, layer_digest) =
            (digest_of(Algorithm::Sha256, b"{}"), digest_of(Algorithm::Sha256, layer));
        let padding = if is_large { "x".repeat(100_000) } else { String::new() };
        let more = format!(r#","annotations":{{"padding":"{padding}"}}"#);
        let text = atoll_testkit::image_of((config, 2), (layer_digest, layer.len()), &more);
        let end = end_of(&pusher.put(MediaType::OCI_MANIFEST, &text, &[tag]).await);
        let digest = digest_of(Algorithm::Sha256, text.as_bytes());
        note(self.tag(pusher.repository.as_str(), tag), &Some(digest), &end);
        !matches!(end, End::Unknown)
    }

    async fn delete_manifest(&mut self, node: &Arc<LocalNode>, pusher: &Pusher, tag: &str) -> bool {
        let Ok(manifest) = pusher.get(tag).await else { return true };
        let digest = manifest.stat.digest;
        let end = end_of(&node.remove(&pusher.caller, delete(pusher, Reference::Digest(digest))).await);
        let repository = pusher.repository.as_str();
        let named = self
            .tags
            .iter_mut()
            .filter(|((other, _), states)| other == repository && states.contains(&Some(digest)));
        for (_, states) in named {
            match end {
                End::Done => {
                    states.remove(&Some(digest));
                    states.insert(None);
                }
                End::Refused => {}
                End::Unknown => {
                    states.insert(None);
                }
            }
        }
        !matches!(end, End::Unknown)
    }

    /// Compares everything a client can see with what is right. What is seen then is the one right state from here on.
    pub(crate) async fn check(&mut self, node: &Arc<LocalNode>) {
        let front: Arc<dyn Front> = node.clone();
        for ((repository, tag), states) in &mut self.tags {
            let pusher = Pusher::new(&front, repository);
            let seen = match pusher.get(tag).await {
                Ok(manifest) => {
                    assert_eq!(
                        digest_of(Algorithm::Sha256, &manifest.content),
                        manifest.stat.digest,
                        "{repository}:{tag} is torn"
                    );
                    assert_whole(&pusher, &manifest).await;
                    Some(manifest.stat.digest)
                }
                Err(Error::ManifestUnknown { .. } | Error::RepositoryUnknown(_)) => None,
                Err(error) => panic!("{repository}:{tag}: {error}"),
            };
            assert!(states.contains(&seen), "{repository}:{tag} is {seen:?}, right would be {states:?}");
            *states = BTreeSet::from([seen]);
        }
        for ((repository, digest), states) in &mut self.blobs {
            let seen = match Pusher::new(&front, repository).read(*digest, None).await {
                Ok(content) => {
                    assert_eq!(Some(&content), self.contents.get(digest), "{repository}@{digest} is torn");
                    true
                }
                Err(Error::BlobUnknown(_)) => false,
                Err(error) => panic!("{repository}@{digest}: {error}"),
            };
            assert!(
                states.contains(&seen),
                "{repository}@{digest}: here is {seen}, right would be {states:?}"
            );
            *states = BTreeSet::from([seen]);
        }
    }

    fn tag(&mut self, repository: &str, tag: &str) -> &mut BTreeSet<Option<Digest>> {
        self.tags.entry((repository.to_owned(), tag.to_owned())).or_insert_with(|| BTreeSet::from([None]))
    }

    fn blob(&mut self, repository: &str, digest: Digest) -> &mut BTreeSet<bool> {
        self.blobs.entry((repository.to_owned(), digest)).or_insert_with(|| BTreeSet::from([false]))
    }
}

/// Every part that a visible manifest names is there.
async fn assert_whole(pusher: &Pusher, manifest: &atoll_service::Manifest) {
    let parsed = atoll_oci::Manifest::parse(&manifest.content, &manifest.stat.media_type).unwrap();
    for blob in parsed.required_blobs() {
        let content = pusher.read(blob.digest, None).await.unwrap();
        assert_eq!(digest_of(Algorithm::Sha256, &content), blob.digest);
    }
}

fn delete(pusher: &Pusher, reference: Reference) -> DeleteManifest {
    DeleteManifest { repository: pusher.repository.clone(), reference, grant: Grant::ALL }
}
