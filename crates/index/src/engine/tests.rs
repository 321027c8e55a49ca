use std::io;

use atoll_host::{Faults, Host, Operation, Random as _, SeededRandom, SimulatedFiles};
use atoll_oci::{Algorithm, Digest, Hasher};

use super::*;
use crate::fixture::*;
use crate::{Command, View};

mod upgrade;

fn open(files: &SimulatedFiles) -> Engine {
    Engine::open(&simulated_options(), Arc::new(files.clone())).unwrap()
}

fn view(engine: &Engine) -> View<Arc<Opened>> {
    View::new(engine.current().load_full(), KEY, SHARDS)
}

fn run(engine: &mut Engine, command: &Command) -> Result<(), Error> {
    let placed = (home(&command.about.home()), command.clone());
    let (mut answers, applied) = engine.apply(&[placed])?;
    let (told, heard) = std::sync::mpsc::channel();
    engine.finish(applied, Box::new(move |durable| told.send(durable).unwrap()));
    heard.recv().unwrap()?;
    answers.pop().unwrap().map(|_| ())
}

fn whole_hash<R: crate::Reads>(view: &View<R>) -> Digest {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    view.shards().for_each(|shard| hasher.update(view.state_hash(shard).unwrap().bytes()));
    hasher.finish()
}

/// A command that changes something in any state: each number is linked once.
fn next_command(number: u64) -> Command {
    let name = ["a", "b/c", "d"][usize::try_from(number % 3).unwrap()];
    match number % 4 {
        0 => put(name, number, tagged(number, &["latest", &format!("v{number}")])),
        _ => link(name, number),
    }
}

/// The hash after each prefix of the commands.
fn expected_hashes(count: u64) -> Vec<Digest> {
    let mut sandbox = Sandbox::default();
    let mut hashes = vec![whole_hash(&sandbox.view())];
    for number in 1..=count {
        sandbox.run(&next_command(number)).unwrap();
        hashes.push(whole_hash(&sandbox.view()));
    }
    hashes
}

#[test]
fn what_was_acknowledged_survives_a_power_failure_at_any_call() {
    const COMMANDS: u64 = 60;
    let expected = expected_hashes(COMMANDS);
    let random = SeededRandom::new(99);
    let mut cut_off_in_the_middle = 0;
    for seed in 0..120 {
        let (_host, files) = simulated(seed);
        let mut fuse = [0; 2];
        random.fill(&mut fuse);
        files.faults().fail_from(1 + u64::from(u16::from_le_bytes(fuse) % 250), io::ErrorKind::Other);
        let acknowledged = run_until_failure(&files, COMMANDS);
        cut_off_in_the_middle += usize::from((1..expected.len() - 1).contains(&acknowledged));
        let engine = open(&files.crash());
        let found = whole_hash(&view(&engine));
        // The command that was cut off may have happened or not; every one before it has.
        let possible = &expected[acknowledged..=(acknowledged + 1).min(expected.len() - 1)];
        assert!(
            possible.contains(&found),
            "seed {seed}: {acknowledged} acknowledged commands are not all there"
        );
    }
    assert!(cut_off_in_the_middle > 20, "only {cut_off_in_the_middle} failures hit the middle of the work");
}

fn run_until_failure(files: &SimulatedFiles, count: u64) -> usize {
    let Ok(mut engine) = Engine::open(&simulated_options(), Arc::new(files.clone())) else { return 0 };
    let done = (1..=count).take_while(|number| run(&mut engine, &next_command(*number)).is_ok()).count();
    std::mem::forget(engine);
    done
}

#[test]
fn after_a_failed_call_the_index_goes_on_without_losing_or_inventing() {
    let count = 40;
    for fail_at in 1..60 {
        let (_host, files) = simulated(fail_at);
        let mut engine = open(&files);
        files.faults().fail_call(fail_at, io::ErrorKind::Other);
        let mut sandbox = Sandbox::default();
        for number in 1..=count {
            let command = next_command(number);
            // A command that failed may have happened; sending it again must lead to the same rows.
            let is_done = run(&mut engine, &command).is_ok() || run(&mut engine, &command).is_ok();
            assert!(is_done, "fail at {fail_at}: the index did not recover");
            sandbox.run(&command).unwrap();
        }
        let names = |name: &str| sandbox.view().tags(&repository(name), None, 100).unwrap();
        for name in ["a", "b/c", "d"] {
            assert_eq!(
                view(&engine).tags(&repository(name), None, 100).unwrap(),
                names(name),
                "fail at {fail_at}"
            );
        }
    }
}

#[test]
fn a_full_log_makes_the_database_durable_and_begins_again() {
    let (_host, files) = simulated(5);
    let mut engine = open(&files);
    let (mut expected, count) = (Sandbox::default(), 2 * LOG_BYTES / 4_096 + 5);
    for number in 0..count {
        run(&mut engine, &large(number)).unwrap();
        expected.run(&large(number)).unwrap();
    }
    assert!(engine.volume.as_ref().unwrap().format.round >= 3);
    std::mem::forget(engine);
    let engine = open(&files.crash());
    assert_eq!(whole_hash(&view(&engine)), whole_hash(&expected.view()));
}

/// A command that fills a quarter of the log.
fn large(number: u64) -> Command {
    let body = crate::Body::Inline(bytes::Bytes::from(vec![b'x'; 4_096]));
    put("a", number, crate::PutManifest { body, ..tagged(number, &[&format!("v{number}")]) })
}

#[test]
fn what_was_acknowledged_survives_a_power_failure_at_each_call_around_checkpoints() {
    const COMMANDS: u64 = 14;
    let mut expected = Sandbox::default();
    let hashes: Vec<_> = std::iter::once(whole_hash(&expected.view()))
        .chain((1..=COMMANDS).map(|number| {
            expected.run(&large(number)).unwrap();
            whole_hash(&expected.view())
        }))
        .collect();
    let (mut cut_off_after_rounds, mut fuse, mut is_done) = ([0; 4], 0, false);
    while !is_done {
        fuse += 1;
        let (_host, files) = simulated(fuse);
        let mut engine = open(&files);
        files.faults().fail_from(fuse, io::ErrorKind::Other);
        let acknowledged =
            (1..=COMMANDS).take_while(|number| run(&mut engine, &large(*number)).is_ok()).count();
        is_done = acknowledged + 1 == hashes.len();
        std::mem::forget(engine);
        let engine = open(&files.crash());
        cut_off_after_rounds[acknowledged / 4] += 1;
        let possible = &hashes[acknowledged..=(acknowledged + 1).min(hashes.len() - 1)];
        assert!(possible.contains(&whole_hash(&view(&engine))), "fuse {fuse}: not all of {acknowledged}");
    }
    // Each round of the log ends with a checkpoint, whose calls are most of a round's.
    assert!(cut_off_after_rounds[..3].iter().all(|calls| *calls > 12), "{cut_off_after_rounds:?}");
}

#[test]
fn what_is_read_does_not_depend_on_whether_it_is_in_the_database_yet() {
    let (_host, files) = simulated(11);
    let (mut engine, mut expected) = (open(&files), Sandbox::default());
    let mut before: Vec<(View<Arc<Opened>>, Digest)> = Vec::new();
    for number in 1..=60 {
        run(&mut engine, &next_command(number)).unwrap();
        expected.run(&next_command(number)).unwrap();
        if number % 7 == 0 {
            before.push((view(&engine), whole_hash(&expected.view())));
        }
        if number % 20 == 0 {
            engine.replace(Reach::Member, |_| Ok(())).unwrap();
        }
        assert_eq!(whole_hash(&view(&engine)), whole_hash(&expected.view()));
    }
    for (view, hash) in &before {
        assert_eq!(whole_hash(view), *hash, "a state that is held stays what it was");
    }
}

#[test]
fn without_durability_the_end_of_the_process_loses_nothing_and_a_power_failure_tears_nothing() {
    let expected = expected_hashes(20);
    for (seed, is_power_failure) in [(1, false), (2, true), (3, true), (4, true)] {
        let (_host, files) = simulated(seed);
        let options = Options { is_durable: false, ..simulated_options() };
        let mut engine = Engine::open(&options, Arc::new(files.clone())).unwrap();
        (1..=20).for_each(|number| run(&mut engine, &next_command(number)).unwrap());
        std::mem::forget(engine);
        let left = if is_power_failure { files.crash() } else { files };
        let found = whole_hash(&view(&open(&left)));
        assert!(if is_power_failure { expected.contains(&found) } else { expected[20] == found });
    }
}

#[test]
fn a_closed_index_has_nothing_to_replay() {
    let (_host, files) = simulated(6);
    let mut engine = open(&files);
    run(&mut engine, &link("a", 1)).unwrap();
    drop(engine);
    let engine = open(&files);
    assert!(engine.volume.as_ref().unwrap().log.as_ref().unwrap().lock().unwrap().is_empty());
    assert!(view(&engine).blob(&repository("a"), &digest(1)).unwrap().is_some());
}

/// Changes a bit in the middle of the first round of the log, or changes it back.
fn flip_a_bit_of_the_log(files: &SimulatedFiles) {
    use atoll_host::Files as _;
    let file = files.open(&files::log_of(std::path::Path::new("/data/index"))).unwrap();
    let place = LOG_BYTES + 300;
    let byte = file.read_bytes(place, 1).unwrap()[0];
    file.write_at(place, &[byte ^ 4]).unwrap();
}

#[test]
fn a_log_that_is_damaged_in_the_middle_is_refused_unless_the_loss_is_accepted() {
    let found = |engine: &Engine| {
        let is_there =
            |number: &u64| view(engine).blob(&repository("a"), &digest(*number)).unwrap().is_some();
        (1..9).filter(is_there).count()
    };
    for accepts_loss in [false, true] {
        let (_host, files) = simulated(14);
        let mut engine = open(&files);
        (1..9).for_each(|number| run(&mut engine, &link("a", number)).unwrap());
        std::mem::forget(engine);
        flip_a_bit_of_the_log(&files);
        let options = Options { accepts_loss, ..simulated_options() };
        let opened = Engine::open(&options, Arc::new(files.clone()));
        if accepts_loss {
            assert!((1..8).contains(&found(&opened.unwrap())));
            continue;
        }
        let refused = opened.err().unwrap();
        assert!(refused.to_string().contains("--accept-loss"), "{refused}");
        flip_a_bit_of_the_log(&files);
        assert_eq!(found(&open(&files)), 8, "the refusal has left everything as it was");
    }
}

#[test]
fn a_database_that_has_lost_its_end_is_refused_unless_nothing_lay_there() {
    use atoll_host::Files as _;
    let (_host, files) = simulated(15);
    let mut engine = open(&files);
    (1..40).for_each(|number| run(&mut engine, &large(number)).unwrap());
    let whole = whole_hash(&view(&engine));
    std::mem::forget(engine);
    let length = files.open(std::path::Path::new("/data/index")).unwrap().length().unwrap();
    let mut refused = 0;
    for left in [length - 4_096, length / 2, 8_192, 4_096, 100, 1] {
        let files = files.crash();
        files.open(std::path::Path::new("/data/index")).unwrap().set_length(left).unwrap();
        match Engine::open(&simulated_options(), Arc::new(files)) {
            Ok(engine) => assert_eq!(whole_hash(&view(&engine)), whole, "{left} bytes"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused >= 5, "only {refused} were refused");
}

#[test]
fn another_number_of_shards_is_refused() {
    let (_host, files) = simulated(7);
    drop(open(&files));
    let options = Options { shards: SHARDS + 1, ..simulated_options() };
    let error = Engine::open(&options, Arc::new(files)).err().unwrap();
    assert!(matches!(error, Error::OtherShards { found: SHARDS, asked: 5 }));
}

#[test]
fn a_full_disk_is_told_as_such_and_reading_goes_on() {
    let (_host, files) = simulated(8);
    let mut engine = open(&files);
    run(&mut engine, &link("a", 1)).unwrap();
    fail_writes(&files.faults());
    let error = run(&mut engine, &link("a", 2)).unwrap_err();
    assert_eq!(error.kind(), atoll_fault::Kind::NoSpace, "{error}");
    assert!(view(&engine).blob(&repository("a"), &digest(1)).unwrap().is_some());
    files.faults().clear();
    run(&mut engine, &link("a", 2)).unwrap();
}

#[test]
fn a_disk_without_room_for_a_checkpoint_refuses_what_writes_and_is_read_on() {
    let (_host, files) = simulated(12);
    let mut engine = open(&files);
    let mut number = 0;
    let mut push_until = |engine: &mut Engine, is_enough: &dyn Fn(&Result<(), Error>) -> bool| loop {
        number += 1;
        let pushed = run(engine, &large(number));
        if is_enough(&pushed) {
            break (number, pushed);
        }
    };
    let used_bytes = used_bytes(&files);
    files.faults().set_quota(Some(used_bytes + 1_000));
    let (refused, pushed) = push_until(&mut engine, &Result::is_err);
    assert_eq!(pushed.unwrap_err().kind(), atoll_fault::Kind::NoSpace);
    assert!(refused > 2, "the log had room");
    for known in 1..refused {
        assert!(view(&engine).tag(&repository("a"), &tag(&format!("v{known}"))).unwrap().is_some());
    }
    assert!(view(&engine).tag(&repository("a"), &tag(&format!("v{refused}"))).unwrap().is_none());
    // What is short still fits into the log.
    run(&mut engine, &link("a", 1)).unwrap();
    assert_eq!(engine.recoveries(), 0, "nothing was opened again");
    files.faults().set_quota(None);
    run(&mut engine, &large(refused)).unwrap();
    assert!(view(&engine).tag(&repository("a"), &tag(&format!("v{refused}"))).unwrap().is_some());
}

#[test]
fn on_a_full_disk_deletes_go_on_while_the_log_has_room() {
    let (_host, files) = simulated(13);
    let mut engine = open(&files);
    let names: Vec<String> = (0..5_000).map(|number| format!("v{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    run(&mut engine, &put("a", 1, tagged(1, &names))).unwrap();
    let round = |engine: &Engine| engine.volume.as_ref().unwrap().format.round;
    let before = round(&engine);
    let used_bytes = used_bytes(&files);
    files.faults().set_quota(Some(used_bytes + 1_000));
    // So many rows are removed that there would be a checkpoint.
    run(&mut engine, &delete("a", 1)).unwrap();
    run(&mut engine, &link("a", 1)).unwrap();
    assert_eq!(round(&engine), before);
    files.faults().set_quota(None);
    run(&mut engine, &link("a", 2)).unwrap();
    assert_eq!(round(&engine), before + 1);
    assert!(view(&engine).tag(&repository("a"), &tag("v7")).unwrap().is_none());
}

fn used_bytes(files: &SimulatedFiles) -> u64 {
    use atoll_host::Files as _;
    let space = files.space(std::path::Path::new("/data")).unwrap();
    space.total_bytes - space.free_bytes
}

fn fail_writes(faults: &Faults) {
    faults.fail_every(Operation::Write, io::ErrorKind::StorageFull);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    use atoll_host::Files as _;
    let (host, files): (Host, _) = simulated(9);
    let path = std::path::Path::new("/data/index");
    for name in [path.to_owned(), files::log_of(path)] {
        files.create(&name).unwrap().write_at(0, b"something else entirely, and long enough").unwrap();
    }
    assert!(crate::Index::open(&simulated_options(), &host).is_err());
}
