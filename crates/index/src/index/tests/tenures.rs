//! Shards that come and go.

use std::io;

use atoll_placement::{LayoutTag, MemberId};
use atoll_service::Error as Refusal;

use super::*;

const B: MemberId = MemberId(2);
const LAYOUT: LayoutTag = LayoutTag { version: 3, digest: [1; 16] };

fn yields() -> TenureStep {
    TenureStep::Yield { to: B, layout: LAYOUT }
}

fn member_options() -> Options {
    Options { is_alone: false, ..simulated_options() }
}

fn member(host: &Host) -> Index {
    Index::open(&Options { location: Location::Memory, ..member_options() }, host).unwrap()
}

fn rows_of(index: &Index, shard: Shard) -> Vec<Row> {
    index.snapshot().export(shard).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Moves a shard from one index to another, as members do.
async fn hand_over(from: &Index, to: &Index, shard: Shard) {
    to.step(shard, TenureStep::BeginTaking { from: MemberId(1) }).await.unwrap();
    let last = from.step(shard, yields()).await.unwrap();
    to.step(shard, TenureStep::AddRows(rows_of(from, shard))).await.unwrap();
    assert_eq!(to.step(shard, TenureStep::Take).await.unwrap(), last);
    from.step(shard, TenureStep::Release { to: B }).await.unwrap();
    from.step(shard, TenureStep::DropReleased).await.unwrap();
}

#[tokio::test]
async fn a_member_serves_only_what_it_has_claimed_or_taken() {
    let (host, _files) = simulated(1);
    let index = member(&host);
    let Err(Error::Refused(refusal)) = index.submit(link("a", 1)).await else { panic!("not refused") };
    assert_eq!(*refusal, Refusal::Misdirected { layout_version: 0 });
    index.step(home("a"), TenureStep::Claim).await.unwrap();
    index.submit(link("a", 1)).await.unwrap();
    assert_eq!(index.snapshot().held_shards(), [home("a")]);
}

#[tokio::test]
async fn a_shard_that_was_handed_over_is_the_same_row_by_row_and_served_once() {
    let (host, _files) = simulated(1);
    let (old, new) = (filled(&host).await, member(&host));
    let shard = home("r1");
    let before = old.snapshot().state_hash(shard).unwrap();
    hand_over(&old, &new, shard).await;
    assert_eq!(new.snapshot().state_hash(shard).unwrap(), before);
    assert_eq!(rows_of(&old, shard), []);
    new.submit(link("r1", 900)).await.unwrap();
    let Err(Error::Refused(refusal)) = old.submit(link("r1", 901)).await else { panic!("not refused") };
    assert_eq!(*refusal, Refusal::Misdirected { layout_version: LAYOUT.version });
    assert!(old.snapshot().admit(shard).is_err() && new.snapshot().admit(shard).is_ok());
    // And back again.
    old.step(shard, TenureStep::BeginTaking { from: B }).await.unwrap();
    new.step(shard, TenureStep::Yield { to: MemberId(1), layout: LAYOUT }).await.unwrap();
    old.step(shard, TenureStep::AddRows(rows_of(&new, shard))).await.unwrap();
    old.step(shard, TenureStep::Take).await.unwrap();
    old.submit(link("r1", 902)).await.unwrap();
}

#[tokio::test]
async fn commands_queued_behind_a_yield_are_refused_and_those_before_it_are_in_its_position() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(Location::File(folder.path().join("index")), KEY, SHARDS);
    let index = Index::open(&options, &Host::system(1)).unwrap();
    let kept = name_in(Shard(3));
    for shard in (0..3).map(Shard) {
        let name = name_in(shard);
        let (before, position, behind, other) = tokio::join!(
            index.submit(link(&name, 1)),
            index.step(shard, yields()),
            index.submit(link(&name, 2)),
            index.submit(link(&kept, u64::from(shard.0))),
        );
        assert_eq!(before.unwrap().position, position.unwrap());
        assert!(matches!(behind, Err(Error::Refused(_))));
        assert!(other.is_ok(), "other shards go on");
        assert!(index.snapshot().blob(&repository(&name), &digest(2)).unwrap().is_none());
    }
}

fn name_in(shard: Shard) -> String {
    (0..1_000).map(|number| format!("n{number}")).find(|name| home(name) == shard).unwrap()
}

#[tokio::test]
async fn a_batch_with_commands_of_other_members_answers_each_in_its_place() {
    let (host, _files) = simulated(1);
    let index = member(&host);
    index.step(home("a"), TenureStep::Claim).await.unwrap();
    let other = name_in(Shard((home("a").0 + 1) % SHARDS));
    let Runner::Caller(committer) = &index.writer else { panic!("opened without a thread") };
    let batch = [link(&other, 1), link("a", 1), unlink("a", 9), link(&other, 2), link("a", 2)];
    let answers = commit(&mut committer.lock().unwrap(), batch);
    let kinds: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(kinds, [false, true, false, false, true]);
    assert!(
        matches!(&answers[0], Err(Error::Refused(refusal)) if matches!(**refusal, Refusal::Misdirected { .. }))
    );
    assert!(
        matches!(&answers[2], Err(Error::Refused(refusal)) if matches!(**refusal, Refusal::BlobUnknown(_)))
    );
}

#[tokio::test]
async fn followers_hear_of_shards_that_come_and_go() {
    let (host, _files) = simulated(1);
    let (old, new) = (filled(&host).await, member(&host));
    let shard = home("r1");
    let (mut at_old, mut at_new) = (old.subscribe(), new.subscribe());
    let sequence = old.sequence();
    hand_over(&old, &new, shard).await;
    assert_eq!(at_old.next().await, Heard::Left { sequence: sequence + 1, shard });
    assert_eq!(at_new.next().await, Heard::Held { sequence: 1, shard });
    assert_eq!((old.sequence(), new.sequence()), (sequence + 1, 1), "nothing else was told");
}

#[tokio::test]
async fn tenures_outlive_a_restart_and_steps_may_be_repeated() {
    let (host, files) = simulated(1);
    let (options, shard) = (member_options(), Shard(2));
    let again = |files: &atoll_host::SimulatedFiles| Host { files: Arc::new(files.crash()), ..host.clone() };
    let index = Index::open(&options, &host).unwrap();
    for step in [TenureStep::Claim, TenureStep::Claim, yields(), yields()] {
        index.step(shard, step).await.unwrap();
    }
    std::mem::forget(index);
    let host = again(&files);
    let index = Index::open(&options, &host).unwrap();
    assert_eq!(index.tenure(shard), Tenure::Yielding { to: B });
    for step in [
        yields(),
        TenureStep::Release { to: B },
        TenureStep::Release { to: B },
        TenureStep::DropReleased,
        TenureStep::DropReleased,
        TenureStep::Release { to: B },
    ] {
        index.step(shard, step).await.unwrap();
    }
    assert_eq!(index.snapshot().tenures(), []);
}

#[tokio::test]
async fn a_step_that_fails_is_taken_whole_or_not_at_all() {
    for fuse in 1..12 {
        let (host, files) = simulated(fuse);
        let index = Index::open(&simulated_options(), &host).unwrap();
        index.submit(link("a", 1)).await.unwrap();
        let mut heard = index.subscribe();
        files.faults().fail_call(fuse, io::ErrorKind::Other);
        let stepped = index.step(home("a"), yields()).await;
        files.faults().clear();
        let is_held = index.tenure(home("a")) == Tenure::Held;
        assert!(stepped.is_err() || !is_held);
        assert_eq!(index.submit(link("a", 2)).await.is_ok(), is_held, "fuse {fuse}");
        if !is_held {
            assert_eq!(heard.next().await, Heard::Left { sequence: 2, shard: home("a") });
        }
        drop(index);
        let found = Index::open(&simulated_options(), &host).unwrap();
        assert_eq!(found.tenure(home("a")) == Tenure::Held, is_held, "fuse {fuse}");
    }
}

#[tokio::test]
async fn rows_are_added_only_to_a_shard_that_is_being_copied() {
    let (host, _files) = simulated(1);
    let index = filled(&host).await;
    let shard = home("r1");
    let rows = rows_of(&index, shard);
    let local = Row { table: Table::Tenures, key: keys::shard(shard).to_vec(), value: Vec::new() };
    assert!(matches!(index.step(shard, TenureStep::AddRows(rows)).await, Err(Error::Refused(_))));
    assert!(matches!(index.step(shard, TenureStep::AddRows(vec![local])).await, Err(Error::Import(_))));
}

#[tokio::test]
async fn the_needed_content_is_told_once_page_by_page_with_its_size() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    let names: Vec<String> =
        (0..1_000).map(|number| format!("n{number}")).filter(|name| home(name) == Shard(0)).take(3).collect();
    for name in &names {
        for number in 1..8 {
            index.submit(link(name, number)).await.unwrap();
        }
    }
    let large = crate::PutManifest { body: crate::Body::Stored, size: 70_000, ..manifest(50) };
    index.submit(put(&names[1], 1, large)).await.unwrap();
    let mut expected: Vec<(atoll_oci::Digest, u64)> = (1..8).map(|number| (digest(number), number)).collect();
    expected.push((digest(50), 70_000));
    expected.sort_by_key(|(digest, _)| digest.bytes().to_vec());
    for limit in [1, 3, 8, 100] {
        let (mut found, mut more) = (Vec::new(), true);
        while more {
            let after: Option<atoll_oci::Digest> = found.last().map(|(digest, _)| *digest);
            let (page, is_more) = index.snapshot().needed(Shard(0), after.as_ref(), limit).unwrap();
            found.extend(page);
            more = is_more;
        }
        assert_eq!(found, expected, "{limit} a page");
    }
    assert_eq!(index.snapshot().needed(Shard(1), None, 9).unwrap(), (vec![], false));
}

#[tokio::test]
async fn rows_come_in_pages_that_make_the_whole() {
    let (host, _files) = simulated(1);
    let index = filled(&host).await;
    let shard = home("r1");
    let all = rows_of(&index, shard);
    for page_rows in [1, 7, all.len(), all.len() + 1] {
        let mut found: Vec<Row> = Vec::new();
        loop {
            let cursor = found.last().map(|row| crate::RowCursor { table: row.table, key: row.key.clone() });
            let cursor = cursor.map(|cursor| crate::RowCursor::decode(&cursor.encode()).unwrap());
            let snapshot = index.snapshot();
            let page = snapshot.export_behind(shard, cursor.as_ref()).unwrap().take(page_rows);
            let page: Vec<Row> = page.collect::<Result<_, _>>().unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, all);
    }
    assert_eq!(crate::RowCursor::decode(&[200, 1]), None);
}

#[tokio::test]
async fn a_shard_that_was_yielded_to_a_member_that_is_lost_is_served_again_as_it_was() {
    let (host, _files) = simulated(1);
    let index = filled(&host).await;
    let shard = home("r1");
    let before = index.snapshot().state_hash(shard).unwrap();
    index.step(shard, yields()).await.unwrap();
    assert!(index.submit(link("r1", 900)).await.is_err());
    for _ in 0..2 {
        index.step(shard, TenureStep::Resume).await.unwrap();
    }
    assert_eq!(index.snapshot().state_hash(shard).unwrap(), before);
    index.submit(link("r1", 900)).await.unwrap();
    index.step(shard, yields()).await.unwrap();
    index.step(shard, TenureStep::Release { to: B }).await.unwrap();
    index.step(shard, TenureStep::Resume).await.unwrap();
    index.submit(link("r1", 901)).await.unwrap();
}
