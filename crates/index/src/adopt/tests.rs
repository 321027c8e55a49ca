use std::io;
use std::sync::Arc;

use atoll_host::SimulatedFiles;
use atoll_oci::Digest;
use atoll_service::{Mark, Visibility};

use super::*;
use crate::fixture::*;
use crate::{About, Command, Mutation, PullCount};

const OTHER: ClusterKey = ClusterKey([9; 16]);

fn paths() -> MovePaths {
    let at = |name: &str| PathBuf::from(format!("/data/{name}"));
    MovePaths { index: at("index"), unfinished: at("index-new"), kept: at("index-old") }
}

fn commands() -> Vec<Command> {
    let mut commands = Vec::new();
    for (number, name) in ["a", "a/b", "c", "d/e-f", "g"].into_iter().enumerate() {
        let number = u64::try_from(number).unwrap();
        commands.push(link(name, 1));
        commands.push(put(
            name,
            5,
            crate::PutManifest { tags: tagged(3, &["t"]).tags, ..with_layers(3, &[1]) },
        ));
        for place in 0..3 {
            commands.push(put(name, 6, referring(10 + place, 3, "sig")));
        }
        commands.push(put(name, 7, crate::PutManifest { facts: "facts".into(), ..manifest(40 + number) }));
        let counts = vec![PullCount { digest: digest(3), times: 2, last_at: atoll_host::Timestamp(9) }];
        commands.push(command(name, 8, Mutation::CountPulls { counts }));
        commands.push(command(name, 8, Mutation::SetStar { user: "bob".into(), is_on: true, number: 1 }));
    }
    let toggle = Mutation::ToggleMark { repository: repository("a/b"), mark: Mark::Bookmark };
    commands.push(Command { about: About::User("bob".into()), ..command("a", 9, toggle) });
    commands
}

async fn filled(options: &Options, host: &Host) {
    let index = Index::open(options, host).unwrap();
    for command in commands() {
        index.submit(command).await.unwrap();
    }
}

/// Everything that can be asked, as text.
fn answers(snapshot: &Snapshot) -> Vec<String> {
    let shards: Vec<Shard> = snapshot.shards().collect();
    let (names, _) = snapshot.catalog(&shards, None, 99, &Visibility::Everything).unwrap();
    let whole = format!("{:?} {names:?} {:?}", snapshot.repository_count(), snapshot.user("bob"));
    names.iter().map(|name| answers_about(snapshot, name)).chain([whole]).collect()
}

fn answers_about(snapshot: &Snapshot, name: &Repository) -> String {
    let subject: Digest = digest(3);
    let (tags, tags_of) = (snapshot.tags(name, None, 9), snapshot.tags_of(name, &subject, 9));
    let found = snapshot.manifest(name, &atoll_oci::Reference::Digest(subject));
    let (referrers, _) = snapshot.referrers((name, &subject), &[], None, 9).unwrap();
    let referrers: Vec<_> = referrers.into_iter().map(|referrer| referrer.descriptor).collect();
    let facts: Vec<_> = (40..45).map(|number| snapshot.facts(name, &digest(number)).unwrap()).collect();
    let statistics = snapshot.statistics(name, &subject);
    let linked = snapshot.repositories_with(&digest(1), 99).unwrap().len();
    let stars = snapshot.stars(name);
    format!("{name} {tags:?} {tags_of:?} {found:?} {referrers:?} {facts:?} {statistics:?} {linked} {stars:?}")
}

#[tokio::test]
async fn an_index_under_another_key_answers_as_before() {
    let (host, _files) = simulated(1);
    let options = simulated_options();
    filled(&options, &host).await;
    let before = answers(&Index::open(&options, &host).unwrap().snapshot());
    let moved = move_to_key(&paths(), &options, OTHER, &host).await.unwrap().unwrap();
    assert_eq!((moved.repositories, moved.rows > 50), (5, true));
    assert!(matches!(Index::open(&options, &host).err(), Some(Error::OtherKey)));
    let index = Index::open(&Options { key: OTHER, ..options.clone() }, &host).unwrap();
    assert_eq!(answers(&index.snapshot()), before);
    assert_eq!(index.snapshot().held_shards().len(), usize::from(SHARDS));
    let shards: Vec<Shard> = index.snapshot().shards().collect();
    let places = |snapshot: &Snapshot| shards.iter().map(|shard| snapshot.position(*shard).unwrap()).max();
    let last = places(&index.snapshot()).unwrap();
    index.submit(put("a", 9, referring(13, 3, "sig"))).await.unwrap();
    assert!(places(&index.snapshot()).unwrap() > last, "places go on rising");
    let (page, _) = index.snapshot().referrers((&repository("a"), &digest(3)), &[], None, 9).unwrap();
    assert_eq!(page.last().unwrap().descriptor, r#"{"number":13}"#);
    drop(index);
    assert_eq!(move_to_key(&paths(), &options, OTHER, &host).await.unwrap(), None, "it was done before");
    let third = move_to_key(&paths(), &options, ClusterKey([5; 16]), &host).await;
    assert!(matches!(third, Err(Error::OtherKey)));
}

fn again(host: &Host, files: &SimulatedFiles) -> Host {
    Host { files: Arc::new(files.clone()), ..host.clone() }
}

#[tokio::test]
async fn a_power_failure_at_any_call_leaves_a_whole_index_under_one_of_the_keys() {
    let (mut under_old, mut under_new, mut fuse, mut is_done) = (0, 0, 0, false);
    while !is_done {
        fuse += 1;
        let (host, files) = simulated(fuse);
        let options = simulated_options();
        filled(&options, &host).await;
        let before = answers(&Index::open(&options, &host).unwrap().snapshot());
        files.faults().fail_from(fuse, io::ErrorKind::Other);
        is_done = move_to_key(&paths(), &options, OTHER, &host).await.is_ok();
        let found = files.crash();
        let host = again(&host, &found);
        let moved = Index::open(&Options { key: OTHER, ..options.clone() }, &host);
        let old = match moved {
            Ok(index) => {
                assert_eq!(answers(&index.snapshot()), before, "fuse {fuse}");
                under_new += 1;
                None
            }
            Err(Error::OtherKey) => Some(Index::open(&options, &host).unwrap()),
            Err(error) => panic!("fuse {fuse}: {error}"),
        };
        if let Some(index) = old {
            assert!(!is_done, "fuse {fuse}: it was said to be moved");
            assert_eq!(answers(&index.snapshot()), before, "fuse {fuse}");
            under_old += 1;
        }
        move_to_key(&paths(), &options, OTHER, &host).await.unwrap();
        let index = Index::open(&Options { key: OTHER, ..options }, &host).unwrap();
        assert_eq!(answers(&index.snapshot()), before, "fuse {fuse}, second attempt");
    }
    assert!(under_old > 20 && under_new > 0, "{under_old} under the old key, {under_new} under the new");
}

#[tokio::test]
async fn an_index_with_only_some_shards_is_not_moved() {
    let (host, _files) = simulated(1);
    let (index, fresh) = (memory_index(&host), memory_index(&host));
    let layout = atoll_placement::LayoutTag { version: 1, digest: [0; 16] };
    let step = crate::TenureStep::Yield { to: atoll_placement::MemberId(2), layout };
    index.step(Shard(1), step).await.unwrap();
    assert!(matches!(adopt(&index.snapshot(), &fresh).await, Err(Error::Import(_))));
}
