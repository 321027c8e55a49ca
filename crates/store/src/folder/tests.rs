use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use atoll_host::{Faults, Files, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};

use super::*;

pub(super) fn host(files: &SimulatedFiles, seed: u64) -> Host {
    Host {
        clock: Arc::new(SimulatedClock::new(Timestamp(0))),
        random: Arc::new(SeededRandom::new(seed)),
        tasks: Tasks::inline(),
        files: Arc::new(files.clone()),
    }
}

pub(super) fn disk(seed: u64) -> SimulatedFiles {
    SimulatedFiles::new(Arc::new(SeededRandom::new(seed)), Arc::new(SimulatedClock::new(Timestamp(0))))
}

pub(super) const ROOT: &str = "/data";

fn open(files: &SimulatedFiles) -> Result<Folder, FolderError> {
    Folder::open(Path::new(ROOT), &FolderOptions::default(), &host(files, 7))
}

fn write(files: &SimulatedFiles, path: &str, content: &[u8]) {
    files.create_dir_all(Path::new(path).parent().unwrap()).unwrap();
    files.create(Path::new(path)).unwrap().write_at(0, content).unwrap();
}

fn refusal(files: &SimulatedFiles) -> String {
    open(files).err().expect("the folder is refused").to_string()
}

#[test]
fn a_second_start_finds_the_identity_of_the_first() {
    let files = disk(1);
    let first = open(&files).unwrap();
    let identity =
        (first.cluster_id(), first.cluster_key(), first.member(), first.shards(), first.incarnation());
    drop(first);
    let other =
        Folder::open(Path::new(ROOT), &FolderOptions { shards: 16, identity: None }, &host(&files, 99))
            .unwrap();
    assert_eq!(
        (other.cluster_id(), other.cluster_key(), other.member(), other.shards(), other.incarnation()),
        identity
    );
    assert_eq!((identity.2, identity.3, identity.4), (MemberId(0), 256, 1));
}

fn member(key: u8, member: u16) -> Identity {
    let key = ClusterKey([key; 16]);
    Identity { cluster: ClusterId::of_key(key), key, member: MemberId(member) }
}

fn open_as(files: &SimulatedFiles, shards: u16, identity: Option<Identity>) -> Result<Folder, FolderError> {
    Folder::open(Path::new(ROOT), &FolderOptions { shards, identity }, &host(files, 7))
}

#[test]
fn a_members_new_folder_is_stamped_as_configured_and_found_again() {
    let files = disk(1);
    for _start in 0..2 {
        let folder = open_as(&files, 64, Some(member(1, 5))).unwrap();
        let found =
            Identity { cluster: folder.cluster_id(), key: folder.cluster_key(), member: folder.member() };
        assert_eq!((found, folder.shards(), folder.incarnation()), (member(1, 5), 64, 1));
    }
}

#[test]
fn a_folder_of_another_cluster_or_member_is_refused_with_what_to_do() {
    let check = |first: Option<Identity>, shards: u16, then: Option<Identity>, advice: &str| {
        let files = disk(1);
        drop(open_as(&files, 64, first).unwrap());
        let refusal = open_as(&files, shards, then).err().expect("the folder is refused").to_string();
        assert!(refusal.contains(advice), "{refusal}");
        assert!(open_as(&files, 64, first).is_ok(), "it is still what it was");
    };
    check(None, 64, Some(member(1, 5)), "run `atoll cluster adopt`");
    check(Some(member(1, 5)), 64, None, "with this member alone in its list");
    check(Some(member(1, 5)), 64, Some(member(2, 5)), "the key never changes");
    check(Some(member(1, 5)), 64, Some(member(1, 6)), "give its entry in `atoll.cluster.members` the `id` 5");
    check(Some(member(1, 5)), 32, Some(member(1, 5)), "has 64 shards, and `atoll.shards` says 32");
}

#[test]
fn a_folder_in_use_is_refused() {
    let files = disk(1);
    let first = open(&files).unwrap();
    assert!(refusal(&files).starts_with("another process uses the folder /data"));
    drop(first);
    assert!(open(&files).is_ok());
}

#[test]
fn a_newer_format_is_refused_whatever_else_it_says() {
    let files = disk(1);
    write(&files, "/data/atoll.json", br#"{"format": 2, "surprise": []}"#);
    assert!(refusal(&files).contains("has format 2, and this version reads format 1"));
}

#[test]
fn a_stamp_that_was_cut_or_garbled_is_refused_and_never_replaced() {
    let files = disk(1);
    drop(open(&files).unwrap());
    let whole = files.open_read(Path::new("/data/atoll.json")).unwrap().read_bytes(0, 4096).unwrap();
    for length in 0..whole.len() - 2 {
        let files = disk(1);
        write(&files, "/data/atoll.json", &whole[..length]);
        assert!(matches!(open(&files), Err(FolderError::Damaged { .. })), "{length} bytes");
    }
    for (from, to) in [
        ("\"shards\": 256", "\"shards\": 0"),
        ("\"clusterKey\": \"", "\"clusterKey\": \"x"),
        ("\"format\": 1", "\"format\": 0"),
    ] {
        let files = disk(1);
        write(&files, "/data/atoll.json", String::from_utf8_lossy(&whole).replace(from, to).as_bytes());
        assert!(refusal(&files).contains("is damaged"), "{to}");
    }
}

#[test]
fn a_used_folder_without_its_stamp_is_refused_and_gets_no_new_one() {
    let files = disk(1);
    files.create_dir_all(Path::new("/data/blobs/sha256")).unwrap();
    assert!(Folder::require(Path::new(ROOT), &host(&files, 7)).is_err());
    files.create_dir_all(Path::new("/data/uploads")).unwrap();
    let refusal = refusal(&files);
    assert!(refusal.contains("`atoll.json` is lost") && refusal.contains("backup"), "{refusal}");
    let required = Folder::require(Path::new(ROOT), &host(&files, 7)).unwrap_err();
    assert!(matches!(required, FolderError::Unstamped { .. }));
    for name in ["atoll.json", "atoll.lock"] {
        assert!(files.entry(&Path::new(ROOT).join(name)).is_err(), "{name}");
    }
}

#[test]
fn the_data_of_another_registry_is_refused_and_left_untouched() {
    let layout = |repository: &str| {
        let files = disk(1);
        write(&files, &format!("{repository}/oci-layout"), b"{}");
        write(&files, &format!("{repository}/index.json"), b"{}");
        write(&files, &format!("{repository}/blobs/sha256/aa"), b"");
        files
    };
    for repository in ["/data/app", "/data/team/app", "/data/org/team/app", "/data"] {
        let files = layout(repository);
        let refusal = refusal(&files);
        assert!(
            refusal.contains("`atoll import zot /data`") && refusal.contains("storage.rootDirectory"),
            "{refusal}"
        );
        assert!(files.entry(Path::new("/data/atoll.lock")).is_err());
    }
    for database in ["cache.db", "meta.db"] {
        let files = disk(1);
        write(&files, &format!("/data/{database}"), b"");
        assert!(refusal(&files).contains(database));
    }
}

#[test]
fn other_files_in_the_folder_do_not_matter() {
    let files = disk(1);
    write(&files, "/data/notes.txt", b"");
    write(&files, "/data/half/oci-layout", b"");
    write(&files, "/data/a/b/c/d/cache.db", b"");
    assert!(open(&files).is_ok());
}

#[test]
fn a_power_failure_during_the_first_start_leaves_the_whole_stamp_or_none() {
    for seed in 0..20 {
        for call in 1.. {
            let files = disk(seed);
            let faults: Faults = files.faults();
            faults.fail_from(call, io::ErrorKind::Other);
            let opened = open(&files);
            let identity = opened.as_ref().ok().map(Folder::cluster_id);
            let again = Folder::open(Path::new(ROOT), &FolderOptions::default(), &host(&files.crash(), 8));
            let again = again.unwrap_or_else(|error| panic!("seed {seed}, call {call}: {error}"));
            if let Some(identity) = identity {
                assert_eq!(again.cluster_id(), identity, "seed {seed}");
                break;
            }
        }
    }
}

#[test]
fn a_real_folder_is_for_its_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("data");
    let host = Host { files: Arc::new(atoll_host::LocalFiles), ..host(&disk(1), 1) };
    let folder = Folder::open(&root, &FolderOptions::default(), &host).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&root), mode(&root.join("atoll.json"))), (0o700, 0o600));
    assert!(matches!(Folder::open(&root, &FolderOptions::default(), &host), Err(FolderError::Locked { .. })));
    drop(folder);
}

#[test]
fn a_command_that_needs_data_begins_no_folder() {
    let files = disk(3);
    let expect = || Folder::require(Path::new(ROOT), &host(&files, 7)).map_err(|error| error.to_string());
    assert!(expect().is_err_and(|why| why.contains("does not exist")));
    assert!(files.entry(Path::new(ROOT)).is_err(), "nothing was created");
    write(&files, "/data/notes.txt", b"mine");
    assert!(expect().is_err_and(|why| why.contains("holds no data")));
    assert_eq!(files.list(Path::new(ROOT)).unwrap().len(), 1, "nothing was created");
    let stamped = open(&files).unwrap();
    assert_eq!(expect(), Ok(()), "whoever holds the folder does not matter yet");
    drop(stamped);
    let foreign = disk(4);
    write(&foreign, "/data/cache.db", b"");
    let refused = Folder::require(Path::new(ROOT), &host(&foreign, 7)).unwrap_err();
    assert!(matches!(refused, FolderError::Foreign { .. }));
}
