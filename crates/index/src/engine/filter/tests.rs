use std::io;
use std::sync::Arc;

use atoll_host::{Operation, SimulatedFiles};

use super::*;
use crate::engine::{Engine, Reach, files};
use crate::fixture::*;
use crate::keys::RepositoryKeys;
use crate::{Command, Effect, Reads as _, Rows as _};

fn key(number: u64) -> Vec<u8> {
    RepositoryKeys::new(home("a"), &repository("a")).digest(&digest(number))
}

fn noting(numbers: std::ops::Range<u64>) -> Filter {
    let filter = Filter::new();
    numbers.for_each(|number| filter.note(&key(number)));
    filter
}

#[test]
fn what_was_noted_is_never_denied_however_much_it_is() {
    let room: u64 = (0..LAYERS).map(|layer| FIRST_KEYS << layer).sum();
    let filter = noting(0..room + 1_000);
    assert!((0..room + 1_000).all(|number| filter.may_have(&key(number))));
}

#[test]
fn nearly_everything_else_is_denied() {
    let filter = noting(0..4_000);
    let taken_for_noted = (10_000..20_000).filter(|number| filter.may_have(&key(*number))).count();
    assert!(taken_for_noted < 100, "{taken_for_noted} of 10,000");
}

#[test]
fn what_is_noted_again_takes_no_room() {
    let filter = noting(0..50);
    (0..50).for_each(|number| filter.note(&key(number)));
    assert_eq!(filter.noted.load(Ordering::Relaxed), 50);
}

#[test]
fn a_layer_has_room_for_twice_as_many_as_the_one_before() {
    assert_eq!([0, 63, 64, 191, 192].map(layer_of), [(0, 64), (0, 64), (1, 128), (1, 128), (2, 256)]);
    assert_eq!(layer_of(u64::MAX - 1).0, LAYERS - 1);
}

#[test]
fn a_database_is_taken_in_by_slices_without_the_tags_behind_its_manifests() {
    for (manifests, slices) in [(0, 1), (6, 1), (7, 2), (20, 3), (21, 4)] {
        let database = files::build(redb::backends::InMemoryBackend::new(), 1 << 20).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut rows = crate::engine::tables::Written::open(&transaction);
        rows.make_all().unwrap();
        for number in 0..manifests {
            rows.put(Table::Manifests, &key(number), b"row").unwrap();
            rows.put(Table::TagsByDigest, &[key(number), b"v1".to_vec()].concat(), &[]).unwrap();
        }
        drop(rows);
        transaction.commit().unwrap();
        let (filter, base) = (Filter::new(), Base::open(&database).unwrap());
        let needed = (1..10).find(|_| filter.take_in(&base));
        assert_eq!(needed, Some(slices), "{manifests} manifests");
        assert_eq!(filter.noted.load(Ordering::Relaxed), manifests);
        assert!((0..manifests).all(|number| filter.may_have(&key(number))));
    }
}

/// An engine that finds nothing in memory that it has not written or read just now.
fn engine(files: &SimulatedFiles) -> Engine {
    let options = crate::Options { cache_bytes: 0, ..simulated_options() };
    Engine::open(&options, Arc::new(files.clone())).unwrap()
}

/// Applies a command that is shown at once, and gives what it changed.
fn run(engine: &mut Engine, command: &Command) -> Vec<Effect> {
    let (mut answers, applied) = engine.apply(&[(home("a"), command.clone())]).unwrap();
    engine.finish(applied, Box::new(|durable| durable.unwrap()));
    answers.pop().unwrap().unwrap().effects.clone()
}

fn push(engine: &mut Engine, number: u64) -> bool {
    let effects = run(engine, &put("a", number, tagged(number, &[&format!("v{number}")])));
    effects.iter().any(|effect| matches!(effect, Effect::ManifestPut { is_new: true, .. }))
}

fn is_there(engine: &Engine, number: u64) -> Result<bool, Error> {
    Ok(engine.current().load().read(Table::Manifests, &key(number), |_| Ok(()))?.is_some())
}

#[test]
fn what_is_there_is_found_while_the_filter_is_made_and_behind_it() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    assert!((0..60).all(|number| push(&mut engine, number)));
    drop(engine);
    // What was there before comes into the filter while more is pushed.
    let mut engine = self::engine(&files);
    for number in 60..120 {
        assert!(push(&mut engine, number));
        assert!(!push(&mut engine, number * 7 % (number + 1)));
    }
    assert!((0..120).all(|number| is_there(&engine, number).unwrap()));
}

#[test]
fn what_is_not_there_is_known_without_reading() {
    let (_host, files) = simulated(2);
    let mut engine = engine(&files);
    (0..60).for_each(|number| assert!(push(&mut engine, number)));
    drop(engine);
    let mut engine = self::engine(&files);
    (60..120).for_each(|number| assert!(push(&mut engine, number)));
    files.faults().fail_every(Operation::Read, io::ErrorKind::Other);
    assert!(!is_there(&engine, 1_000).unwrap());
    is_there(&engine, 0).unwrap_err();
}

#[test]
fn rows_that_no_command_stands_for_are_found_behind_the_filter() {
    let (_host, files) = simulated(3);
    let mut engine = engine(&files);
    (0..60).for_each(|number| assert!(push(&mut engine, number)));
    engine.replace(Reach::All, |rows| rows.put(Table::Manifests, &key(1_000), b"row")).unwrap();
    for number in 60..120 {
        assert!(is_there(&engine, 1_000).unwrap());
        assert!(push(&mut engine, number));
    }
}

#[test]
fn a_manifest_that_was_removed_and_pushed_again_is_found() {
    let (_host, files) = simulated(4);
    let mut engine = engine(&files);
    (0..60).for_each(|number| assert!(push(&mut engine, number)));
    run(&mut engine, &delete("a", 5));
    (60..90).for_each(|number| assert!(push(&mut engine, number)));
    assert!(!is_there(&engine, 5).unwrap());
    assert!(push(&mut engine, 5));
    (90..120).for_each(|number| assert!(push(&mut engine, number)));
    assert!(is_there(&engine, 5).unwrap());
}

#[test]
fn a_filter_that_could_not_be_made_is_not_tried_again_and_pushes_go_on() {
    let (_host, files) = simulated(5);
    let mut engine = engine(&files);
    (0..60).for_each(|number| assert!(push(&mut engine, number)));
    drop(engine);
    let mut engine = self::engine(&files);
    let volume = engine.volume.as_ref().unwrap();
    let base = Base::open(&volume.database).unwrap();
    files.faults().fail_every(Operation::Read, io::ErrorKind::Other);
    assert!(!volume.filter.take_in(&base));
    files.faults().clear();
    drop(base);
    // The database answers nothing any more after the failure, and is opened again.
    let failed = engine.replace(Reach::All, |rows| rows.put(Table::Manifests, &key(1_000), b"row"));
    assert!(matches!(failed, Err(Error::Storage { .. })), "{failed:?}");
    assert_eq!(engine.recoveries(), 1);
    (60..120).for_each(|number| assert!(push(&mut engine, number)));
    assert_eq!(engine.recoveries(), 1);
    let volume = engine.volume.as_ref().unwrap();
    assert!(!volume.filter.take_in(&Base::open(&volume.database).unwrap()));
    assert!((0..120).all(|number| is_there(&engine, number).unwrap()));
}
