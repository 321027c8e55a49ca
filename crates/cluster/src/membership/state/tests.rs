use std::sync::Arc;

use atoll_host::{SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};

use super::*;

fn machine(seed: u64) -> (Host, SimulatedFiles) {
    let (random, clock) = (Arc::new(SeededRandom::new(seed)), Arc::new(SimulatedClock::new(Timestamp(1))));
    let files = SimulatedFiles::new(random.clone(), clock.clone());
    files.create_dir_all(Path::new("/data")).unwrap();
    files.sync_dir(Path::new("/")).unwrap();
    (Host { clock, random, tasks: Tasks::inline(), files: Arc::new(files.clone()) }, files)
}

fn state(version: u64) -> State {
    State {
        layout: Some(LayoutTag { version, digest: [7; 16] }),
        previous: None,
        members: BTreeMap::from([(MemberId(3), "three:18080".to_owned())]),
        listed: BTreeSet::from([MemberId(3), MemberId(4)]),
        confirmed: BTreeSet::from([MemberId(3)]),
        holders: BTreeMap::from([(Shard(0), MemberId(3)), (Shard(255), MemberId(9))]),
        is_draining: version == 2,
        given_up: BTreeSet::from([MemberId(9)]),
        is_given_up: false,
    }
}

#[tokio::test]
async fn the_first_start_remembers_nothing_and_later_ones_everything() {
    let (host, _) = machine(1);
    let folder = Path::new("/data");
    assert_eq!(load(&host, folder).await.unwrap(), State::default());
    for version in [1, 2] {
        store(&host, folder, &state(version)).await.unwrap();
        assert_eq!(load(&host, folder).await.unwrap(), state(version));
    }
}

#[tokio::test]
async fn a_power_failure_at_any_call_leaves_the_old_state_or_the_new_one() {
    let mut seen = [false; 2];
    for seed in 0..200 {
        let (host, files) = machine(seed);
        let folder = Path::new("/data");
        store(&host, folder, &state(1)).await.unwrap();
        files.faults().fail_from(seed % 8 + 1, io::ErrorKind::Other);
        let stored = store(&host, folder, &state(2)).await;
        let found = Host { files: Arc::new(files.crash()), ..host.clone() };
        let found = load(&found, folder).await.unwrap();
        assert!(found == state(2) || (stored.is_err() && found == state(1)), "{found:?}");
        seen[usize::from(found == state(2))] = true;
    }
    assert_eq!(seen, [true, true]);
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (host, files) = machine(1);
    files.create(Path::new("/data/cluster.json")).unwrap().write_at(0, b"{\"layout\":").unwrap();
    assert!(matches!(load(&host, Path::new("/data")).await, Err(Error::Damaged { .. })));
}

#[test]
fn what_everybody_knows_stays_so_for_a_list_that_names_nobody_new() {
    let state = state(1);
    for (list, expected) in [(vec![3, 4], 1), (vec![4], 1), (vec![3, 4, 5], 0), (vec![5], 0)] {
        let kept = state.still_confirmed(list.iter().copied().map(MemberId));
        assert_eq!(kept.len(), expected, "{list:?}");
    }
}
