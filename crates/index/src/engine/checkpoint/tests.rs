use std::io;
use std::sync::mpsc;

use atoll_host::{Operation, SimulatedFiles};

use super::*;
use crate::engine::{Engine, Reach};
use crate::fixture::*;
use crate::{Command, View};
use crate::{Reads as _, Rows as _, Span, Table};

/// An engine whose log and checkpoints have threads of their own.
fn engine(files: &SimulatedFiles) -> Engine {
    engine_with(crate::DEFAULT_CACHE_BYTES, files)
}

fn engine_with(cache_bytes: usize, files: &SimulatedFiles) -> Engine {
    let options = crate::Options { cache_bytes, ..simulated_options() };
    let mut engine = Engine::open(&options, Arc::new(files.clone())).unwrap();
    engine.work_on_threads(&Tasks::inline(), Box::new(|| ())).unwrap();
    engine
}

/// A command that fills a quarter of a round of the log.
fn large(number: u64) -> Command {
    let body = crate::Body::Inline(bytes::Bytes::from(vec![b'x'; 3_600]));
    put("a", number, crate::PutManifest { body, ..tagged(number, &[&format!("v{number}")]) })
}

/// Applies a command and waits until it is durable.
fn run(engine: &mut Engine, command: &Command) -> Result<(), Error> {
    let placed = (home(&command.about.home()), command.clone());
    let (mut answers, applied) = engine.apply(&[placed])?;
    let (told, heard) = mpsc::channel();
    engine.finish(applied, Box::new(move |durable| told.send(durable).unwrap()));
    heard.recv().unwrap()?;
    answers.pop().unwrap().map(|_| ())
}

/// The tags that are there, as numbers.
fn seen(engine: &Engine) -> Vec<u64> {
    let view = View::new(engine.current().load_full(), KEY, SHARDS);
    let mut numbers: Vec<u64> = (0..200)
        .filter(|number| view.tag(&repository("a"), &tag(&format!("v{number}"))).unwrap().is_some())
        .collect();
    numbers.sort_unstable();
    numbers
}

fn round(engine: &Engine) -> u64 {
    engine.volume.as_ref().unwrap().format.round
}

/// Runs commands from that number on until the next round of the log has begun, and gives the next number.
fn run_until_next_round(engine: &mut Engine, first: u64) -> u64 {
    let before = round(engine);
    let needed = (first..first + 10).find(|number| {
        run(engine, &large(*number)).unwrap();
        round(engine) > before
    });
    needed.unwrap() + 1
}

#[test]
fn commands_are_applied_and_seen_while_rows_are_on_their_way() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let database = Arc::clone(&engine.volume.as_ref().unwrap().database);
    // While the test has the one transaction that writes, the thread waits for it.
    let held = database.begin_write().unwrap();
    let next = run_until_next_round(&mut engine, 0);
    run(&mut engine, &large(next)).unwrap();
    assert_eq!(seen(&engine), (0..=next).collect::<Vec<_>>());
    held.abort().unwrap();
    let next = run_until_next_round(&mut engine, next + 1);
    assert_eq!(seen(&engine), (0..next).collect::<Vec<_>>());
}

#[test]
fn a_power_failure_while_rows_are_on_their_way_loses_nothing_of_both_rounds() {
    let (_host, files) = simulated(2);
    let mut engine = engine(&files);
    let database = Arc::clone(&engine.volume.as_ref().unwrap().database);
    let held = database.begin_write().unwrap();
    let next = run_until_next_round(&mut engine, 0);
    run(&mut engine, &large(next)).unwrap();
    let crashed = files.crash();
    held.abort().unwrap();
    let mut again = self::engine(&crashed);
    assert_eq!(seen(&again), (0..=next).collect::<Vec<_>>());
    // And goes on in a round that was not used.
    let after = run_until_next_round(&mut again, next + 1);
    drop(again);
    assert_eq!(seen(&self::engine(&crashed)), (0..after).collect::<Vec<_>>());
}

#[test]
fn readers_are_shown_what_has_arrived_without_a_further_command() {
    let (_host, files) = simulated(6);
    let mut engine = Engine::open(&simulated_options(), Arc::new(files.clone())).unwrap();
    let (wake, woken) = mpsc::channel();
    engine.work_on_threads(&Tasks::inline(), Box::new(move || wake.send(()).unwrap())).unwrap();
    let next = run_until_next_round(&mut engine, 0);
    woken.recv().unwrap();
    engine.take_over().unwrap();
    engine.hands.flusher.drain();
    assert!(!engine.current().load().is_leaving());
    assert_eq!(seen(&engine), (0..next).collect::<Vec<_>>());
}

#[test]
fn an_index_that_is_closed_while_rows_are_on_their_way_has_nothing_to_replay() {
    let (_host, files) = simulated(3);
    let mut engine = engine(&files);
    let next = run_until_next_round(&mut engine, 0);
    run(&mut engine, &large(next)).unwrap();
    drop(engine);
    let engine = self::engine(&files);
    assert!(engine.volume.as_ref().unwrap().is_tidy());
    assert_eq!(seen(&engine), (0..=next).collect::<Vec<_>>());
}

#[test]
fn a_checkpoint_that_fails_is_made_again_from_the_log() {
    let (_host, files) = simulated(4);
    let mut engine = engine(&files);
    let database = Arc::clone(&engine.volume.as_ref().unwrap().database);
    let held = database.begin_write().unwrap();
    let next = run_until_next_round(&mut engine, 0);
    files.faults().fail_every(Operation::Write, io::ErrorKind::Other);
    held.abort().unwrap();
    drop(database);
    let failed = engine.hands.checkpoints.wait().unwrap().map(|_| ());
    assert!(matches!(&failed, Err(Error::Storage { .. })), "{failed:?}");
    engine.hands.checkpoints.expect().give(Err(failed.unwrap_err()));
    files.faults().clear();
    // Whoever comes first hears of it, and the index is whole again.
    assert!(run(&mut engine, &large(next)).is_err());
    assert_eq!(engine.recoveries(), 1);
    run(&mut engine, &large(next)).unwrap();
    assert_eq!(seen(&engine), (0..=next).collect::<Vec<_>>());
}

#[test]
fn rows_of_a_round_that_did_not_become_durable_are_not_brought_into_the_database() {
    let (_host, files) = simulated(5);
    let mut engine = engine(&files);
    let log = Arc::clone(engine.volume.as_ref().unwrap().log.as_ref().unwrap());
    (0..3).for_each(|number| run(&mut engine, &large(number)).unwrap());
    let held = log.lock().unwrap();
    // The rest of the round and the beginning of the next wait for the log, and so does the checkpoint.
    let (told, heard) = mpsc::channel();
    for number in 3..6 {
        let (_, applied) = engine.apply(&[(home("a"), large(number))]).unwrap();
        let told = told.clone();
        engine.finish(applied, Box::new(move |durable| told.send(durable).unwrap()));
    }
    assert!(round(&engine) > 1);
    files.faults().fail_every(Operation::Write, io::ErrorKind::Other);
    drop(held);
    assert!((3..6).all(|_| heard.recv().unwrap().is_err()));
    assert!(matches!(engine.hands.checkpoints.wait(), Some(Err(Error::Log(_)))));
    files.faults().clear();
    run(&mut engine, &large(9)).unwrap();
    assert_eq!(seen(&engine), [0, 1, 2, 9]);
}

#[test]
fn without_the_thread_that_should_bring_them_rows_are_kept_and_nobody_waits() {
    let (_host, files) = simulated(7);
    let mut engine = engine(&files);
    let database = Arc::clone(&engine.volume.as_ref().unwrap().database);
    let held = database.begin_write().unwrap();
    let next = run_until_next_round(&mut engine, 0);
    // As a thread that ends by a fault leaves it.
    drop(Leaving(&engine.hands.checkpoints.shared));
    let refused = (next..next + 10).find_map(|number| run(&mut engine, &large(number)).err());
    assert!(matches!(refused, Some(Error::Stopped)), "{refused:?}");
    assert!(seen(&engine).starts_with(&(0..next).collect::<Vec<_>>()));
    held.abort().unwrap();
}

#[test]
fn whoever_waits_for_an_order_that_will_not_come_hears_so() {
    let checkpoints = Checkpoints::new();
    assert!(checkpoints.wait().is_none());
    drop(checkpoints.expect());
    assert!(matches!(checkpoints.wait(), Some(Err(Error::Stopped))));
    assert!(checkpoints.ended().is_none(), "it is told once");
}

/// The content of all shards.
fn hashes(engine: &Engine) -> Vec<atoll_oci::Digest> {
    let view = View::new(engine.current().load_full(), KEY, SHARDS);
    view.shards().map(|shard| view.state_hash(shard).unwrap()).collect()
}

#[test]
fn a_checkpoint_that_fails_behind_its_parts_leaves_nothing_of_them() {
    let (_host, files) = simulated(8);
    let mut engine = engine(&files);
    (0..3).for_each(|number| run(&mut engine, &large(number)).unwrap());
    let before = hashes(&engine);
    let full = || redb::StorageError::Io(io::ErrorKind::StorageFull.into());
    let failed = engine.replace(Reach::All, |_| Err(Error::storage("write")(full())));
    assert!(matches!(failed, Err(Error::Storage { .. })), "{failed:?}");
    assert_eq!(engine.recoveries(), 1);
    // A command of the log that was applied to its own rows would count once more.
    assert_eq!(hashes(&engine), before);
    drop(engine);
    assert_eq!(hashes(&self::engine(&files)), before);
}

/// An engine whose thread has nothing to do for longer than that at once, and what it says whenever something is to be taken over.
fn restless(files: &SimulatedFiles, quiet: Duration) -> (Engine, mpsc::Receiver<()>) {
    let mut engine = Engine::open(&simulated_options(), Arc::new(files.clone())).unwrap();
    engine.hands.checkpoints = Checkpoints::with_quiet(quiet);
    let (wake, woken) = mpsc::channel();
    engine.work_on_threads(&Tasks::inline(), Box::new(move || wake.send(()).unwrap_or_default())).unwrap();
    (engine, woken)
}

fn runs(engine: &Engine) -> usize {
    engine.current().load().base().runs().list().runs().len()
}

#[test]
fn while_there_are_no_checkpoints_runs_go_into_the_tables() {
    let (_host, files) = simulated(11);
    let (mut engine, woken) = restless(&files, Duration::from_millis(200));
    let next = (0..2).fold(0, |first, _| run_until_next_round(&mut engine, first));
    let before = hashes(&engine);
    let mut most_runs = 0;
    loop {
        woken.recv_timeout(Duration::from_secs(20)).unwrap();
        engine.take_over().unwrap();
        engine.hands.flusher.drain();
        assert_eq!(hashes(&engine), before);
        most_runs = most_runs.max(runs(&engine));
        if most_runs > 0 && runs(&engine) == 0 {
            break;
        }
    }
    assert_eq!(seen(&engine), (0..next).collect::<Vec<_>>());
    std::mem::forget(engine);
    let engine = self::engine(&files.crash());
    assert_eq!(hashes(&engine), before);
}

#[test]
fn whatever_is_written_meanwhile_is_there_and_stays() {
    let (_host, files) = simulated(12);
    let (mut engine, _woken) = restless(&files, Duration::ZERO);
    let put_row = |engine: &mut Engine, number: u64| {
        let key = [&crate::keys::shard(home("a"))[..], b"user", &number.to_be_bytes()].concat();
        engine.replace(Reach::All, |rows| rows.put(Table::Users, &key, b"row")).unwrap();
    };
    for number in 0..60 {
        run(&mut engine, &large(number)).unwrap();
        if number % 7 == 0 {
            put_row(&mut engine, number);
        }
        let users = engine.current().load().scan(Table::Users, Span::of(&[])).unwrap().count();
        assert_eq!(u64::try_from(users).unwrap(), number / 7 + 1, "behind command {number}");
    }
    assert_eq!(seen(&engine), (0..60).collect::<Vec<_>>());
}

#[test]
fn a_replacement_that_is_taken_back_behind_its_runs_leaves_a_whole_index() {
    let (_host, files) = simulated(14);
    let mut engine = engine(&files);
    let next = run_until_next_round(&mut engine, 0);
    let next = run_until_next_round(&mut engine, next);
    assert!(matches!(engine.replace(Reach::All, |_| Err(Error::Stopped)), Err(Error::Stopped)));
    engine.replace(Reach::Member, |_| Ok(())).unwrap();
    run(&mut engine, &large(next)).unwrap();
    assert_eq!(seen(&engine), (0..=next).collect::<Vec<_>>());
    std::mem::forget(engine);
    assert_eq!(seen(&self::engine(&files.crash())), (0..=next).collect::<Vec<_>>());
}

#[test]
fn a_slice_that_fails_is_tried_again_behind_the_next_checkpoint_only() {
    let (_host, files) = simulated(13);
    let (mut engine, woken) = restless(&files, Duration::from_millis(100));
    let next = run_until_next_round(&mut engine, 0);
    woken.recv().unwrap();
    files.faults().fail_every(Operation::Write, io::ErrorKind::Other);
    engine.take_over().unwrap();
    woken.recv_timeout(Duration::from_secs(20)).unwrap();
    files.faults().clear();
    assert!(engine.take_over().is_err());
    let left = runs(&engine);
    assert!(woken.recv_timeout(Duration::from_millis(400)).is_err());
    assert_eq!((engine.recoveries(), runs(&engine)), (1, left));
    assert!(left > 0);
    assert_eq!(seen(&engine), (0..next).collect::<Vec<_>>());
}

#[test]
fn what_was_told_survives_a_power_failure_at_any_call_around_checkpoints() {
    survives_a_power_failure(crate::DEFAULT_CACHE_BYTES, 1);
}

#[test]
fn it_also_does_where_pages_are_written_between_the_parts() {
    // Nine pages for what transactions have changed, so that there are more calls.
    survives_a_power_failure(96 * 1024, 7);
}

fn survives_a_power_failure(cache_bytes: usize, calls_apart: u64) {
    const COMMANDS: u64 = 24;
    let mut cut_off_after_rounds = [0; 7];
    for fuse in (1..160).map(|nth| nth * calls_apart) {
        let (_host, files) = simulated(fuse);
        let mut engine = engine_with(cache_bytes, &files);
        files.faults().fail_from(fuse, io::ErrorKind::Other);
        let told = (0..COMMANDS).take_while(|number| run(&mut engine, &large(*number)).is_ok()).count();
        std::mem::forget(engine);
        let found = seen(&self::engine(&files.crash()));
        let expected: Vec<u64> = (0..COMMANDS).take(found.len()).collect();
        assert_eq!(found, expected, "fuse {fuse}: a command is there without one before it");
        assert!(found.len() >= told, "fuse {fuse}: {told} were told, {} are there", found.len());
        cut_off_after_rounds[told / 4] += 1;
    }
    let in_the_middle = cut_off_after_rounds[..6].iter().filter(|count| **count > 0).count();
    assert!(in_the_middle >= 4, "{cut_off_after_rounds:?}");
}
