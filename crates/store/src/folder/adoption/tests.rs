use std::io;
use std::path::Path;

use atoll_host::SimulatedFiles;
use atoll_placement::{ClusterId, ClusterKey, MemberId};

use super::Adoption;
use crate::folder::tests::{ROOT, disk, host};
use crate::folder::{Folder, FolderError, FolderOptions, Identity};

fn member(key: u8, member: u16) -> Identity {
    let key = ClusterKey([key; 16]);
    Identity { cluster: ClusterId::of_key(key), key, member: MemberId(member) }
}

fn begin(files: &SimulatedFiles, to: Identity) -> Result<Option<Adoption>, FolderError> {
    Adoption::begin(Path::new(ROOT), to, 256, &host(files, 3))
}

fn open(files: &SimulatedFiles, identity: Option<Identity>) -> Result<Folder, FolderError> {
    let options = FolderOptions { identity, ..FolderOptions::default() };
    Folder::open(Path::new(ROOT), &options, &host(files, 7))
}

#[test]
fn a_lone_folder_becomes_a_members() {
    let files = disk(1);
    let alone = open(&files, None).unwrap();
    let key = alone.cluster_key();
    drop(alone);
    let adoption = begin(&files, member(1, 5)).unwrap().unwrap();
    assert_eq!((adoption.from().key, adoption.to(), adoption.shards()), (key, member(1, 5), 256));
    adoption.finish(&host(&files, 3)).unwrap();
    let folder = open(&files, Some(member(1, 5))).unwrap();
    assert_eq!((folder.cluster_id(), folder.member()), (member(1, 5).cluster, MemberId(5)));
    drop(folder);
    assert!(begin(&files, member(1, 5)).unwrap().is_none());
}

#[test]
fn a_folder_on_its_way_refuses_to_start_until_it_has_arrived() {
    let files = disk(1);
    drop(open(&files, None).unwrap());
    drop(begin(&files, member(1, 5)).unwrap().unwrap());
    for identity in [None, Some(member(1, 5)), Some(member(2, 5))] {
        let refusal = open(&files, identity).err().expect("refused").to_string();
        assert!(refusal.contains("run `atoll cluster adopt` again"), "{refusal}");
    }
    assert!(matches!(begin(&files, member(2, 5)), Err(FolderError::Adopting { .. })));
    begin(&files, member(1, 5)).unwrap().unwrap().finish(&host(&files, 3)).unwrap();
    assert!(open(&files, Some(member(1, 5))).is_ok());
}

#[test]
fn a_members_folder_never_becomes_anothers() {
    let files = disk(1);
    drop(open(&files, Some(member(1, 5))).unwrap());
    assert!(matches!(begin(&files, member(1, 6)), Err(FolderError::OtherMember { .. })));
    assert!(matches!(begin(&files, member(2, 5)), Err(FolderError::OtherCluster { .. })));
    assert!(open(&files, Some(member(1, 5))).is_ok());
}

#[test]
fn the_number_of_shards_must_be_that_of_the_cluster() {
    let files = disk(1);
    drop(open(&files, None).unwrap());
    let refused = Adoption::begin(Path::new(ROOT), member(1, 5), 64, &host(&files, 3));
    assert!(matches!(refused, Err(FolderError::Shards { found: 256, configured: 64, .. })));
    assert!(open(&files, None).is_ok(), "it is still what it was");
}

#[test]
fn what_is_not_there_is_not_adopted_and_not_made() {
    let files = disk(1);
    assert!(matches!(begin(&files, member(1, 5)), Err(FolderError::Nothing { .. })));
    assert!(files_are_absent(&files));
}

fn files_are_absent(files: &SimulatedFiles) -> bool {
    use atoll_host::Files as _;
    files.entry(Path::new(ROOT)).is_err()
}

#[test]
fn a_power_failure_at_any_call_leaves_a_folder_that_can_be_adopted_to_its_end() {
    for seed in 0..10 {
        for call in 1.. {
            let files = disk(seed);
            drop(open(&files, None).unwrap());
            files.faults().fail_from(call, io::ErrorKind::Other);
            let done = begin(&files, member(1, 5))
                .and_then(|adoption| adoption.map_or(Ok(()), |adoption| adoption.finish(&host(&files, 3))));
            let after = files.crash();
            if let Some(again) = begin(&after, member(1, 5)).unwrap() {
                assert!(done.is_err(), "seed {seed}, call {call}: it was told to be done");
                again.finish(&host(&after, 3)).unwrap();
            }
            assert_eq!(
                open(&after, Some(member(1, 5))).unwrap().member(),
                MemberId(5),
                "seed {seed}, call {call}"
            );
            if done.is_ok() {
                break;
            }
        }
    }
}
