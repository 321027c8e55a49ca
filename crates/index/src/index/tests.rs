use std::sync::Arc;

use atoll_host::Host;
use atoll_oci::Reference;
use atoll_service::Error as Refusal;

use super::*;
use crate::fixture::*;
use crate::{Heard, Location, Reads, Table};

mod tenures;

fn hashes<R: Reads>(view: &View<R>) -> Vec<atoll_oci::Digest> {
    view.shards().map(|shard| view.state_hash(shard).unwrap()).collect()
}

/// The answers to a batch.
fn commit<const COUNT: usize>(
    committer: &mut Committer,
    batch: [Command; COUNT],
) -> Vec<Result<Arc<Change>, Error>> {
    let (replies, answers): (Vec<_>, Vec<_>) = batch.iter().map(|_| oneshot::channel()).unzip();
    let placed = batch.map(|command| (home(&command.about.home()), command));
    committer.commit(placed.into_iter().zip(replies).collect());
    answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
}

async fn filled(host: &Host) -> Index {
    let index = memory_index(host);
    for number in 1..30 {
        let name = format!("r{}", number % 7);
        index.submit(link(&name, number)).await.unwrap();
        index.submit(put(&name, number, tagged(100 + number, &["t"]))).await.unwrap();
    }
    index
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_command_of_many_tasks_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::system(4);
    let options = Options::new(Location::File(folder.path().join("index")), KEY, SHARDS);
    let index = Arc::new(Index::open(&options, &host).unwrap());
    let tasks: Vec<_> = (0..64_u64)
        .map(|task| (task, Arc::clone(&index)))
        .map(|(task, index)| {
            #[expect(clippy::disallowed_methods, reason = "the test waits for its tasks")]
            tokio::spawn(async move {
                for step in 0..10 {
                    let number = task * 10 + step;
                    let change = index
                        .submit(put(
                            &format!("r{}", task % 5),
                            number,
                            tagged(number, &[&format!("t{number}")]),
                        ))
                        .await;
                    assert_eq!(change.unwrap().set_tags().count(), 1);
                    let reference = Reference::Digest(digest(number));
                    let seen =
                        index.snapshot().resolve(&repository(&format!("r{}", task % 5)), &reference).unwrap();
                    assert!(seen.is_some(), "a snapshot sees what was acknowledged before it");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let before = hashes(&index.snapshot());
    drop(index);
    let index = Index::open(&options, &host).unwrap();
    assert_eq!(hashes(&index.snapshot()), before);
    for number in 0..640_u64 {
        let name = format!("r{}", number / 10 % 5);
        let row = index.snapshot().tag(&repository(&name), &tag(&format!("t{number}"))).unwrap().unwrap();
        assert_eq!(row.digest, digest(number));
    }
}

#[tokio::test]
async fn a_refused_command_does_not_disturb_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(Location::File(folder.path().join("index")), KEY, SHARDS);
    let index = Index::open(&options, &Host::system(1)).unwrap();
    let (first, refused, last) =
        futures(index.submit(link("a", 1)), index.submit(unlink("a", 9)), index.submit(link("a", 2))).await;
    assert!(first.is_ok() && last.is_ok());
    let Err(Error::Refused(refusal)) = refused else { panic!("not refused") };
    assert_eq!(*refusal, Refusal::BlobUnknown(digest(9)));
    assert!(index.snapshot().blob(&repository("a"), &digest(2)).unwrap().is_some());
}

async fn futures<T>(
    one: impl Future<Output = T>,
    two: impl Future<Output = T>,
    three: impl Future<Output = T>,
) -> (T, T, T) {
    tokio::join!(one, two, three)
}

#[tokio::test]
async fn a_snapshot_does_not_see_what_comes_after_it() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    index.submit(link("a", 1)).await.unwrap();
    let snapshot = index.snapshot();
    index.submit(link("a", 2)).await.unwrap();
    assert!(snapshot.blob(&repository("a"), &digest(2)).unwrap().is_none());
    assert!(index.snapshot().blob(&repository("a"), &digest(2)).unwrap().is_some());
}

#[tokio::test]
async fn followers_hear_every_change_that_has_effects() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    let mut subscription = index.subscribe();
    let first = index.submit(link("a", 1)).await.unwrap();
    index.submit(link("a", 1)).await.unwrap();
    let second = index.submit(link("a", 2)).await.unwrap();
    assert_eq!(index.sequence(), 2);
    let facts = bytes::Bytes::from("what it says");
    let told = crate::PutManifest { facts: facts.clone(), ..manifest(3) };
    let third = index.submit(put("a", 3, told)).await.unwrap();
    let none = bytes::Bytes::new();
    assert_eq!(subscription.next().await, Heard::Change { sequence: 1, change: first, facts: none.clone() });
    assert_eq!(subscription.next().await, Heard::Change { sequence: 2, change: second, facts: none });
    assert_eq!(subscription.next().await, Heard::Change { sequence: 3, change: third, facts });
    drop(index);
    assert_eq!(subscription.next().await, Heard::Closed);
}

#[tokio::test]
async fn a_slow_follower_is_told_what_it_missed() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    let mut subscription = index.subscribe();
    let count = u64::try_from(crate::FEED_CAPACITY).unwrap() + 3;
    for number in 1..=count {
        index.submit(link("a", number)).await.unwrap();
    }
    assert_eq!(subscription.next().await, Heard::Missed(3));
}

#[tokio::test]
async fn a_shard_can_be_exported_dropped_and_imported() {
    let (host, _files) = simulated(1);
    let (index, other) = (filled(&host).await, memory_index(&host));
    let before = hashes(&index.snapshot());
    for shard in index.snapshot().shards() {
        let rows: Vec<Row> = index.snapshot().export(shard).unwrap().collect::<Result<_, _>>().unwrap();
        other.import(shard, rows).await.unwrap();
    }
    assert_eq!(hashes(&other.snapshot()), before);
    let shard = home("r1");
    index.drop_shard(shard).await.unwrap();
    assert_eq!(index.snapshot().export(shard).unwrap().count(), 0);
    let gone = index.snapshot().repository(&repository("r1")).unwrap();
    assert_eq!(gone, None);
    let others = index.snapshot().shards().filter(|other| *other != shard).count();
    let unchanged = hashes(&index.snapshot()).iter().zip(&before).filter(|(now, then)| now == then).count();
    assert_eq!(unchanged, others, "no other shard was touched");
}

#[tokio::test]
async fn rows_of_another_shard_and_too_many_rows_are_not_imported() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    let row = Row { table: Table::Blobs, key: vec![0, 1, b'a'], value: vec![] };
    assert!(matches!(index.import(Shard(2), vec![row.clone()]).await, Err(Error::Import(_))));
    assert!(matches!(index.import(Shard(1), vec![row; IMPORT_MAX_ROWS + 1]).await, Err(Error::Import(_))));
}

#[tokio::test]
async fn a_damaged_row_fails_only_the_command_that_meets_it() {
    let (host, _files) = simulated(1);
    let index = memory_index(&host);
    index.submit(put("a", 1, tagged(1, &["t"]))).await.unwrap();
    let keys = keys::RepositoryKeys::new(home("a"), &repository("a"));
    let damaged = Row { table: Table::Tags, key: keys.tag("t"), value: vec![1, 0xff] };
    index.import(home("a"), vec![damaged]).await.unwrap();
    let Runner::Caller(committer) = &index.writer else { panic!("opened without a thread") };
    let answers = commit(&mut committer.lock().unwrap(), [put("a", 2, tagged(2, &["t"])), link("a", 3)]);
    assert!(matches!(answers.as_slice(), [Err(Error::Damaged { of: "tags", .. }), Ok(_)]));
}

#[tokio::test]
async fn a_value_of_a_newer_version_is_refused_with_a_sentence() {
    let mut bytes = link("a", 1).encode().unwrap();
    assert_eq!(Command::decode(&bytes).unwrap(), link("a", 1));
    bytes[0] = 9;
    let error = Command::decode(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a value of `commands` has version 9, this program knows versions up to 2: use a newer one"
    );
}
