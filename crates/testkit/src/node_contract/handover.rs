//! How a shard passes from one member to another: the steps, their refusals, and that what passes is the same.

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, MediaType, digest_of};
use atoll_placement::{ClusterId, ClusterKey, LayoutTag, MemberId, Shard, shard_of};
use atoll_service::{
    Acquaintance, Bearings, Caller, Error, MovedRow, ReadRows, Standing, Tenure, YieldShard, empty_body,
    full_body,
};
use bytes::Bytes;

use super::Side;
use crate::pusher::{Pusher, collect, image_of};

/// Everything of the suite is in the shard of this repository.
const REPOSITORY: &str = "contract/moving";
const OLD: MemberId = MemberId(0);
const NEW: MemberId = MemberId(1);
const LAYOUT: LayoutTag = LayoutTag { version: 4, digest: [4; 16] };
/// Larger than what the index keeps itself.
const LARGE: usize = 100_000;

/// Bearings of a member that knows one layout.
pub struct FixedBearings(pub MemberId);

impl Bearings for FixedBearings {
    fn standing(&self) -> Result<Standing, Error> {
        Ok(Standing {
            cluster: ClusterId([1; 16]),
            member: self.0,
            incarnation: 1,
            release: "test".to_owned(),
            layout: LAYOUT,
            previous: None,
            shards: Vec::new(),
            last_holders: Vec::new(),
            is_draining: false,
            repositories: 0,
            content_bytes: None,
            free_bytes: 0,
            given_up: Vec::new(),
        })
    }

    fn acquaintances(&self) -> Result<Vec<Acquaintance>, Error> {
        Ok(vec![Acquaintance { member: self.0, address: "here:18080".to_owned(), has_answered: true }])
    }

    fn heard(&self, _from: Standing) {}

    fn admit_yield(&self, request: &YieldShard) -> Result<(), Error> {
        if request.layout.version < LAYOUT.version {
            return Err(Error::LayoutMismatch("an older layout".to_owned()));
        }
        Ok(())
    }
}

/// One hand-over at work.
struct Passage {
    old: Side,
    new: Side,
    shard: Shard,
    caller: Caller,
}

pub(super) async fn run(old: Side, new: Side, (key, shards): (ClusterKey, u16)) {
    let caller = Caller::internal("test");
    let shard = shard_of(key, REPOSITORY, shards);
    nothing_is_told_without_bearings(&old, &caller).await;
    old.custody.follow(Arc::new(FixedBearings(OLD)));
    new.custody.follow(Arc::new(FixedBearings(NEW)));
    for shard in (0..shards).map(Shard) {
        old.custody.claim(shard).await.unwrap();
    }
    let passage = Passage { old, new, shard, caller };
    let pushed = passage.fill().await;
    passage.refusals_of_a_member_without_the_shard().await;
    passage.pass(&pushed).await;
    passage.both_sides_are_as_they_should_be(&pushed).await;
}

async fn nothing_is_told_without_bearings(side: &Side, caller: &Caller) {
    let told = side.node.standing(caller, None).await;
    assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    let request = YieldShard { shard: Shard(0), to: NEW, layout: LAYOUT };
    assert!(matches!(side.node.yield_shard(caller, request).await, Err(Error::Unavailable(_))));
}

/// What was pushed: a tag, and the digests that the shard needs kept.
struct Pushed {
    tag: Digest,
    needed: Vec<(Digest, Vec<u8>)>,
}

/// Pushes to one member and pulls from it.
fn client(side: &Side) -> Pusher {
    Pusher::new(&side.front, REPOSITORY)
}

impl Passage {
    async fn fill(&self) -> Pushed {
        let client = client(&self.old);
        let (config, layer) = (b"{}".to_vec(), vec![7; LARGE]);
        let parts = (client.blob(&config).await.unwrap(), client.blob(&layer).await.unwrap());
        let padding = format!(r#","annotations":{{"padding":"{}"}}"#, "x".repeat(LARGE));
        let text = image_of((parts.0, config.len()), (parts.1, layer.len()), &padding);
        let large = client.put(MediaType::OCI_MANIFEST, &text, &["large"]).await.unwrap();
        let accepted = client.image(b"layer", &["latest"]).await.unwrap();
        let contents = [config, layer, b"layer".to_vec(), text.into_bytes()];
        let mut needed: Vec<(Digest, Vec<u8>)> =
            contents.into_iter().map(|content| (digest_of(Algorithm::Sha256, &content), content)).collect();
        needed.sort_by_key(|(digest, _)| digest.bytes().to_vec());
        assert!(needed.iter().any(|(digest, _)| *digest == large.digest));
        Pushed { tag: accepted.digest, needed }
    }

    async fn refusals_of_a_member_without_the_shard(&self) {
        let Self { old, new, shard, caller } = self;
        let read = ReadRows { shard: *shard, after: None, max_bytes: 1 };
        assert!(matches!(new.node.rows(caller, read).await, Err(Error::Misdirected { .. })));
        let needed = new.node.needed(caller, *shard, None, 9).await;
        assert!(matches!(needed, Err(Error::Misdirected { .. })));
        let request = YieldShard { shard: *shard, to: OLD, layout: LAYOUT };
        assert!(matches!(new.node.yield_shard(caller, request).await, Err(Error::Misdirected { .. })));
        assert!(matches!(client(new).get("latest").await, Err(Error::Misdirected { .. })));
        assert!(matches!(client(new).blob(b"x").await, Err(Error::Misdirected { .. })));
        assert!(new.custody.take(*shard).await.is_err());
        let early = old.node.release(caller, *shard, NEW).await;
        assert!(matches!(early, Err(Error::LayoutMismatch(_))), "{early:?}");
        assert!(old.custody.begin_taking(*shard, NEW).await.is_err(), "what is served is not copied over");
        assert!(old.custody.drop_released(*shard).await.is_err());
        let older = LayoutTag { version: LAYOUT.version - 1, ..LAYOUT };
        let request = YieldShard { shard: *shard, to: NEW, layout: older };
        assert!(matches!(old.node.yield_shard(caller, request).await, Err(Error::LayoutMismatch(_))));
    }

    async fn pass(&self, pushed: &Pushed) {
        let Self { old, new, shard, caller } = self;
        new.custody.begin_taking(*shard, OLD).await.unwrap();
        self.copy_content(pushed).await;
        let (stale, _) = self.read_rows(64).await;
        new.custody.add_rows(*shard, stale).await.unwrap();
        let upload = client(old).begin().await.unwrap();
        let before = self.read_rows(1 << 20).await.1;
        client(old).blob(b"late").await.unwrap();
        let request = YieldShard { shard: *shard, to: NEW, layout: LAYOUT };
        let last = old.node.yield_shard(caller, request.clone()).await.unwrap();
        assert!(last > before, "a page from before the last push is known as such");
        assert_eq!(old.node.yield_shard(caller, request.clone()).await, Ok(last), "it may be asked again");
        let other = YieldShard { to: MemberId(9), ..request };
        assert!(matches!(old.node.yield_shard(caller, other).await, Err(Error::Misdirected { .. })));
        self.nobody_serves_it(upload).await;
        new.custody
            .keep_content(digest_of(Algorithm::Sha256, b"late"), 4, full_body("late".into()))
            .await
            .unwrap();
        new.custody.begin_taking(*shard, OLD).await.unwrap();
        let (rows, position) = self.read_rows(200).await;
        assert_eq!(position, last);
        new.custody.add_rows(*shard, rows).await.unwrap();
        new.custody.take(*shard).await.unwrap();
        new.custody.take(*shard).await.unwrap();
    }

    async fn copy_content(&self, pushed: &Pushed) {
        let Self { old, new, shard, caller } = self;
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = old.node.needed(caller, *shard, after, 2).await.unwrap();
            found.extend(page.digests);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected: Vec<(Digest, u64)> =
            pushed.needed.iter().map(|(digest, content)| (*digest, content.len() as u64)).collect();
        assert_eq!(found, expected);
        let (first, size) = found[0];
        let wrong = new.custody.keep_content(first, 3, full_body("bad".into())).await;
        assert!(matches!(wrong, Err(Error::DigestMismatch { .. })), "{wrong:?}");
        let short = new.custody.keep_content(first, size + 1, empty_body()).await;
        assert!(matches!(short, Err(Error::SizeMismatch { .. })), "{short:?}");
        for (digest, size) in found {
            assert!(!new.custody.has_content(&digest, size).await.unwrap());
            let (length, body) = old.node.content(caller, digest).await.unwrap().unwrap();
            assert_eq!(length, size);
            new.custody.keep_content(digest, size, body).await.unwrap();
            assert!(new.custody.has_content(&digest, size).await.unwrap());
        }
        // Nothing names it here yet, and no grace protects it: it must stay all the same.
        new.node.sweep(caller).await.unwrap();
        assert!(new.custody.has_content(&first, size).await.unwrap());
        assert!(old.node.content(caller, digest_of(Algorithm::Sha256, b"nowhere")).await.unwrap().is_none());
    }

    /// The rows in pages of about so many bytes, and the position of the last.
    async fn read_rows(&self, max_bytes: usize) -> (Vec<MovedRow>, u64) {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let request = ReadRows { shard: self.shard, after, max_bytes };
            let page = self.old.node.rows(&self.caller, request).await.unwrap();
            assert!(!page.rows.is_empty());
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() {
                return (rows, page.position);
            }
        }
    }

    async fn nobody_serves_it(&self, upload: atoll_service::UploadAddress) {
        let content = Bytes::from_static(b"unfinished");
        let digest = digest_of(Algorithm::Sha256, &content);
        let finished = client(&self.old).finish(upload.clone(), digest, full_body(content)).await;
        assert!(matches!(finished, Err(Error::Misdirected { .. })), "{finished:?}");
        self.old.node.cancel(&self.caller, upload).await.unwrap();
        for side in [&self.old, &self.new] {
            assert!(matches!(client(side).get("latest").await, Err(Error::Misdirected { .. })));
            assert!(matches!(client(side).blob(b"x").await, Err(Error::Misdirected { .. })));
        }
        assert!(matches!(self.old.custody.claim(self.shard).await, Err(Error::LayoutMismatch(_))));
    }

    async fn both_sides_are_as_they_should_be(&self, pushed: &Pushed) {
        let Self { old, new, shard, caller } = self;
        let standing = new.node.standing(caller, None).await.unwrap();
        assert_eq!((standing.member, standing.shards), (NEW, vec![(*shard, Tenure::Held)]));
        assert_eq!(standing.repositories, 1);
        let known = new.node.acquaintances(caller).await.unwrap();
        assert_eq!(known.iter().map(|known| known.member).collect::<Vec<_>>(), [NEW]);
        assert!(standing.content_bytes.is_none_or(|bytes| bytes > LARGE as u64));
        let puller = client(new);
        assert_eq!(puller.get("latest").await.unwrap().stat.digest, pushed.tag);
        for (digest, content) in &pushed.needed {
            assert_eq!(puller.read(*digest, None).await.unwrap(), *content);
        }
        assert_eq!(puller.read(digest_of(Algorithm::Sha256, b"late"), None).await.unwrap(), b"late");
        puller.image(b"afterwards", &["next"]).await.unwrap();
        let wrong = old.node.release(caller, *shard, MemberId(9)).await;
        assert!(matches!(wrong, Err(Error::LayoutMismatch(_))));
        for _ in 0..2 {
            old.node.release(caller, *shard, NEW).await.unwrap();
        }
        for _ in 0..2 {
            old.custody.drop_released(*shard).await.unwrap();
        }
        assert!(old.custody.tenures().iter().all(|(held, _)| held != shard));
        old.node.sweep(caller).await.unwrap();
        for (digest, content) in &pushed.needed {
            assert!(
                !old.custody.has_content(digest, content.len() as u64).await.unwrap(),
                "nobody needs it here any more"
            );
        }
        assert!(matches!(client(old).get("latest").await, Err(Error::Misdirected { .. })));
        self.another_attempt_may_be_abandoned().await;
    }

    async fn another_attempt_may_be_abandoned(&self) {
        let Self { old, new, shard, caller } = self;
        old.custody.begin_taking(*shard, NEW).await.unwrap();
        let page =
            new.node.rows(caller, ReadRows { shard: *shard, after: None, max_bytes: 99 }).await.unwrap();
        let unknown = MovedRow { table: 250, ..page.rows[0].clone() };
        assert!(matches!(old.custody.add_rows(*shard, vec![unknown]).await, Err(Error::Unavailable(_))));
        old.custody.add_rows(*shard, page.rows).await.unwrap();
        for _ in 0..2 {
            old.custody.abandon(*shard).await.unwrap();
        }
        assert!(old.custody.tenures().iter().all(|(known, _)| known != shard));
        let body = new.node.content(caller, digest_of(Algorithm::Sha256, b"late")).await.unwrap().unwrap().1;
        assert_eq!(collect(body).await.unwrap(), b"late");
    }
}
