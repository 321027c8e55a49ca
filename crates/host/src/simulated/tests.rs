use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{Clock as _, EntryKind, Files as _, SeededRandom, Tasks, Timestamp};

fn disk(seed: u64) -> SimulatedFiles {
    let clock = Arc::new(SimulatedClock::new(Timestamp(1_000)));
    let files = SimulatedFiles::new(Arc::new(SeededRandom::new(seed)), clock);
    files.create_dir_all(Path::new("/data")).unwrap();
    files.sync_dir(Path::new("/")).unwrap();
    files
}

fn content(files: &SimulatedFiles, path: &str) -> Option<Vec<u8>> {
    let file = files.open_read(Path::new(path)).ok()?;
    Some(file.read_bytes(0, 1 << 20).unwrap().to_vec())
}

fn write(files: &SimulatedFiles, path: &str, bytes: &[u8]) {
    files.create(Path::new(path)).unwrap().write_at(0, bytes).unwrap();
}

#[test]
fn content_and_name_that_were_synced_survive_a_crash() {
    for seed in 0..50 {
        let files = disk(seed);
        let file = files.create(Path::new("/data/a")).unwrap();
        file.write_at(0, b"kept").unwrap();
        file.sync().unwrap();
        files.sync_dir(Path::new("/data")).unwrap();
        assert_eq!(content(&files.crash(), "/data/a").as_deref(), Some(&b"kept"[..]));
    }
}

#[test]
fn unsynced_content_is_lost_kept_or_torn() {
    let written = [7_u8; 4096];
    let (mut lost, mut kept, mut torn) = (0, 0, 0);
    for seed in 0..200 {
        let files = disk(seed);
        write(&files, "/data/a", &written);
        files.sync_dir(Path::new("/data")).unwrap();
        match content(&files.crash(), "/data/a").unwrap() {
            found if found.is_empty() => lost += 1,
            found if found == written => kept += 1,
            _ => torn += 1,
        }
    }
    assert!(lost > 10 && kept > 10 && torn > 10, "lost {lost}, kept {kept}, torn {torn}");
}

#[test]
fn unsynced_names_are_lost_or_kept() {
    let mut found = [0; 2];
    for seed in 0..100 {
        let files = disk(seed);
        files.create(Path::new("/data/a")).unwrap().sync().unwrap();
        found[usize::from(content(&files.crash(), "/data/a").is_some())] += 1;
    }
    assert!(found.iter().all(|count| *count > 10), "{found:?}");
}

#[test]
fn a_file_in_a_directory_that_was_lost_is_lost() {
    for seed in 0..50 {
        let files = disk(seed);
        files.create_dir_all(Path::new("/data/new")).unwrap();
        files.create(Path::new("/data/new/a")).unwrap().sync().unwrap();
        files.sync_dir(Path::new("/data/new")).unwrap();
        let found = files.crash();
        let has_directory = found.entry(Path::new("/data/new")).is_ok();
        assert_eq!(content(&found, "/data/new/a").is_some(), has_directory);
    }
}

#[test]
fn a_rename_that_was_not_synced_leaves_old_or_new_content_whole() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let files = disk(seed);
        for (name, bytes) in [("/data/a", b"old"), ("/data/b", b"new")] {
            write(&files, name, bytes);
            files.open(Path::new(name)).unwrap().sync().unwrap();
        }
        files.sync_dir(Path::new("/data")).unwrap();
        files.rename(Path::new("/data/b"), Path::new("/data/a")).unwrap();
        assert_eq!(content(&files, "/data/a").unwrap(), b"new");
        seen.insert(content(&files.crash(), "/data/a").unwrap());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [b"new".to_vec(), b"old".to_vec()]);
}

#[test]
fn handles_and_locks_of_the_old_world_end_with_it() {
    let files = disk(1);
    let file = files.create(Path::new("/data/a")).unwrap();
    let lock = files.lock(Path::new("/data/lock")).unwrap();
    assert_eq!(files.lock(Path::new("/data/lock")).err().unwrap().kind(), io::ErrorKind::WouldBlock);
    let found = files.crash();
    assert!(
        file.write_at(0, b"x").is_err() && file.sync().is_err() && files.list(Path::new("/data")).is_err()
    );
    let relocked = found.lock(Path::new("/data/lock"));
    assert!(relocked.is_ok());
    drop(lock);
    assert!(found.lock(Path::new("/data/lock")).is_err());
}

#[test]
fn the_same_seed_gives_the_same_ruins() {
    let ruins = |seed| {
        let files = disk(seed);
        for name in ["/data/a", "/data/b", "/data/c"] {
            write(&files, name, &[1; 9000]);
        }
        let found = files.crash();
        ["/data/a", "/data/b", "/data/c"].map(|name| content(&found, name))
    };
    assert_eq!(ruins(5), ruins(5));
}

#[test]
fn the_quota_refuses_what_does_not_fit_and_removing_makes_room() {
    let files = disk(1);
    files.faults().set_quota(Some(10));
    let file = files.create(Path::new("/data/a")).unwrap();
    file.write_at(0, &[1; 8]).unwrap();
    assert_eq!(file.write_at(8, &[2; 8]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(content(&files, "/data/a").unwrap().len(), 10);
    assert_eq!(files.space(Path::new("/data")).unwrap().free_bytes, 0);
    files.remove(Path::new("/data/a")).unwrap();
    assert_eq!(files.space(Path::new("/data")).unwrap().free_bytes, 10);
}

#[test]
fn the_nth_call_fails_with_the_chosen_kind_and_only_that_one() {
    let files = disk(1);
    files.faults().fail_call(2, io::ErrorKind::PermissionDenied);
    assert!(files.create(Path::new("/data/a")).is_ok());
    assert_eq!(files.create(Path::new("/data/b")).err().unwrap().kind(), io::ErrorKind::PermissionDenied);
    assert!(files.create(Path::new("/data/b")).is_ok());
    files.faults().fail_from(1, io::ErrorKind::Other);
    assert!(files.list(Path::new("/data")).is_err() && files.list(Path::new("/data")).is_err());
    files.faults().fail_every(Operation::SyncDir, io::ErrorKind::Other);
    assert!(files.list(Path::new("/data")).is_ok() && files.sync_dir(Path::new("/data")).is_err());
    files.faults().clear();
    assert!(files.sync_dir(Path::new("/data")).is_ok());
}

#[test]
fn a_frozen_disk_holds_its_callers_until_released() {
    let files = disk(1);
    files.faults().freeze();
    let (sender, receiver) = std::sync::mpsc::channel();
    let frozen = files.clone();
    let work = move || sender.send(frozen.list(Path::new("/data")).is_ok()).unwrap();
    let thread = Tasks::inline().thread("frozen", work).unwrap();
    assert!(receiver.recv_timeout(Duration::from_millis(20)).is_err());
    files.faults().release();
    assert_eq!(receiver.recv(), Ok(true));
    thread.join().unwrap();
}

#[test]
fn listings_name_direct_children_only() {
    let files = disk(1);
    files.create_dir_all(Path::new("/data/x/deep")).unwrap();
    write(&files, "/data/a", b"123");
    write(&files, "/data/x/b", b"");
    let listed = files.list(Path::new("/data")).unwrap();
    let listed: Vec<_> =
        listed.into_iter().map(|entry| (entry.name, entry.kind, entry.length_bytes)).collect();
    assert_eq!(listed, [("a".to_owned(), EntryKind::File, 3), ("x".to_owned(), EntryKind::Directory, 0)]);
    assert_eq!(files.list(Path::new("/none")).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn sleepers_wake_when_the_clock_was_moved_far_enough() {
    let clock = SimulatedClock::new(Timestamp(5));
    let mut sleep = clock.sleep(Duration::from_secs(10));
    clock.advance(Duration::from_secs(9));
    assert!(
        std::future::poll_fn(|context| std::task::Poll::Ready(sleep.as_mut().poll(context).is_pending()))
            .await
    );
    clock.advance(Duration::from_secs(1));
    sleep.await;
    assert_eq!(clock.now(), Timestamp(5 + 10_000_000_000));
}
