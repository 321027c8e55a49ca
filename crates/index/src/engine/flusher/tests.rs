use std::io;
use std::sync::mpsc;

use atoll_host::{Operation, SimulatedFiles};

use super::*;
use crate::engine::{Answer, Engine, Placed, Reach};
use crate::fixture::*;
use crate::{Command, View};

/// An engine whose log and checkpoints have threads of their own.
fn engine(files: &SimulatedFiles) -> Engine {
    let mut engine = Engine::open(&simulated_options(), Arc::new(files.clone())).unwrap();
    engine.work_on_threads(&Tasks::inline(), Box::new(|| ())).unwrap();
    engine
}

fn placed(command: Command) -> Placed {
    (home(&command.about.home()), command)
}

/// While the test has the log, the thread waits for it.
fn log(engine: &Engine) -> SharedLog {
    Arc::clone(engine.volume.as_ref().unwrap().log.as_ref().unwrap())
}

/// Applies a command and gives where its end will be heard.
fn begin(engine: &mut Engine, command: Command) -> (Answer, mpsc::Receiver<Result<(), Error>>) {
    let (mut answers, applied) = engine.apply(&[placed(command)]).unwrap();
    let (told, heard) = mpsc::channel();
    engine.finish(applied, Box::new(move |durable| told.send(durable).unwrap()));
    (answers.pop().unwrap(), heard)
}

fn sees(engine: &Engine, number: u64) -> bool {
    let view = View::new(engine.current().load_full(), KEY, SHARDS);
    view.blob(&repository("a"), &digest(number)).unwrap().is_some()
}

#[test]
fn what_is_not_durable_is_neither_seen_nor_told() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let log = log(&engine);
    let held = log.lock().unwrap();
    let (_, first) = begin(&mut engine, link("a", 1));
    // It builds upon the first: told to change nothing, because the first has changed it.
    let (again, second) = begin(&mut engine, link("a", 1));
    assert!(again.unwrap().effects.is_empty());
    assert!(!sees(&engine, 1));
    assert!(first.try_recv().is_err() && second.try_recv().is_err());
    drop(held);
    first.recv().unwrap().unwrap();
    assert!(sees(&engine, 1), "seen before it is told");
    second.recv().unwrap().unwrap();
}

#[test]
fn the_next_batch_is_applied_while_the_disk_takes_the_one_before() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let log = log(&engine);
    let held = log.lock().unwrap();
    let (_, first) = begin(&mut engine, link("a", 1));
    let (answer, second) = begin(&mut engine, link("a", 2));
    assert_eq!(answer.unwrap().position, 2);
    drop(held);
    first.recv().unwrap().unwrap();
    second.recv().unwrap().unwrap();
    assert!(sees(&engine, 1) && sees(&engine, 2));
}

#[test]
fn whatever_builds_upon_a_failed_batch_fails_too_and_nothing_of_it_is_seen() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let log = log(&engine);
    let held = log.lock().unwrap();
    files.faults().fail_every(Operation::Sync, io::ErrorKind::Other);
    let (_, first) = begin(&mut engine, link("a", 1));
    let (_, second) = begin(&mut engine, link("a", 1));
    drop(held);
    assert!(matches!(first.recv().unwrap(), Err(Error::Log(_))));
    assert!(matches!(second.recv().unwrap(), Err(Error::Log(_))));
    assert!(!sees(&engine, 1));
    files.faults().clear();
    // The next command finds the index opened again. What had failed had reached the log, so it has come back, once.
    let (answer, third) = begin(&mut engine, link("a", 2));
    third.recv().unwrap().unwrap();
    assert_eq!(answer.unwrap().position, 2);
    assert_eq!(engine.recoveries(), 1);
    assert!(sees(&engine, 1) && sees(&engine, 2));
}

#[test]
fn a_database_that_is_given_up_does_not_write_its_file_any_more() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let reader = engine.current().load_full();
    let log = log(&engine);
    let held = log.lock().unwrap();
    let (_, failed) = begin(&mut engine, link("a", 1));
    files.faults().fail_every(Operation::Write, io::ErrorKind::Other);
    drop(held);
    assert!(failed.recv().unwrap().is_err());
    files.faults().clear();
    for number in 2..20 {
        begin(&mut engine, link("a", number)).1.recv().unwrap().unwrap();
    }
    // The last reader lets go of the old database only now.
    drop(reader);
    drop(engine);
    let engine = self::engine(&files.crash());
    assert!(!sees(&engine, 1) && (2..20).all(|number| sees(&engine, number)));
}

#[test]
fn rows_are_replaced_only_after_everything_before_is_durable() {
    let (_host, files) = simulated(1);
    let mut engine = engine(&files);
    let (_, first) = begin(&mut engine, link("a", 1));
    engine.replace(Reach::Member, |_| Ok(())).unwrap();
    assert!(first.try_recv().unwrap().is_ok());
    let log = log(&engine);
    let held = log.lock().unwrap();
    let (_, failed) = begin(&mut engine, link("a", 2));
    files.faults().fail_every(Operation::Write, io::ErrorKind::Other);
    drop(held);
    assert!(engine.replace(Reach::Member, |_| Ok(())).is_err());
    assert!(failed.recv().unwrap().is_err());
    files.faults().clear();
    engine.replace(Reach::Member, |_| Ok(())).unwrap();
    drop(engine);
    let engine = self::engine(&files.crash());
    assert!(sees(&engine, 1) && !sees(&engine, 2));
}

#[test]
fn what_was_told_survives_a_power_failure_at_any_call() {
    const COMMANDS: u64 = 80;
    let mut cut_off_in_the_middle = 0;
    for fuse in 1..140 {
        let (_host, files) = simulated(fuse);
        let mut engine = engine(&files);
        files.faults().fail_from(fuse, io::ErrorKind::Other);
        let heard: Vec<_> = (1..=COMMANDS).map_while(|number| begin_if(&mut engine, number)).collect();
        let told = heard.iter().take_while(|heard| heard.recv().unwrap().is_ok()).count();
        std::mem::forget(engine);
        let engine = self::engine(&files.crash());
        let found = (1..=COMMANDS).take_while(|number| sees(&engine, *number)).count();
        let others = (1..=COMMANDS).filter(|number| sees(&engine, *number)).count();
        assert_eq!(found, others, "fuse {fuse}: a command is there without one before it");
        assert!(found >= told, "fuse {fuse}: {told} were told, {found} are there");
        cut_off_in_the_middle += usize::from(told > 0 && told < heard.len());
    }
    assert!(cut_off_in_the_middle > 20, "only {cut_off_in_the_middle} failures hit the middle of the work");
}

fn begin_if(engine: &mut Engine, number: u64) -> Option<mpsc::Receiver<Result<(), Error>>> {
    let command = crate::fixture::link("a", number);
    let (_, applied) = engine.apply(&[placed(command)]).ok()?;
    let (told, heard) = mpsc::channel();
    engine.finish(applied, Box::new(move |durable| told.send(durable).unwrap()));
    Some(heard)
}
