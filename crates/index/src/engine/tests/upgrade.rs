//! Folders that an earlier version left.

use std::path::Path;

use atoll_host::Files as _;
use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::*;
use crate::engine::files;
use crate::{Table, keys};

/// What version 1 wrote for a batch: two links, pushes of an image under a tag, of a referrer and of an index, pulls, removals.
const LOG_OF_VERSION_1: &str = include_str!("log-of-version-1.hex");
/// Tables of version 1: the first so many.
const TABLES_OF_VERSION_1: usize = 11;

fn record() -> Vec<u8> {
    let digits: Vec<u8> = LOG_OF_VERSION_1.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn definition(name: &'static str) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

fn write_tables(database: &redb::Database) {
    let transaction = database.begin_write().unwrap();
    for table in &Table::ALL[..TABLES_OF_VERSION_1] {
        transaction.open_table(definition(table.name())).unwrap();
    }
    // A change of the old shape, which this version could not read.
    let mut changes = transaction.open_table(definition("changes")).unwrap();
    changes.insert([0, 1, 0, 0, 0, 0, 0, 0, 0, 9].as_slice(), [1, 0xff].as_slice()).unwrap();
    drop(changes);
    let mut format = transaction.open_table(definition("format")).unwrap();
    format.insert(b"format".as_slice(), [1, u8::try_from(SHARDS).unwrap(), 1].as_slice()).unwrap();
    drop(format);
    transaction.commit().unwrap();
}

/// A folder whose index version 1 made, whose process then ended with a batch in the log alone.
fn folder_of_version_1(files: &SimulatedFiles) {
    let path = Path::new("/data/index");
    let initialise = |database: &redb::Database| {
        write_tables(database);
        Ok(())
    };
    drop(files::create(files, path, &simulated_options(), initialise).unwrap());
    write_former_log(files, 1, &[&record()]);
}

/// Leaves a log as versions before 3 did.
fn write_former_log(files: &SimulatedFiles, round: u64, records: &[&[u8]]) {
    let log = files.open(&files::log_of(Path::new("/data/index"))).unwrap();
    log.set_length(LOG_BYTES).unwrap();
    log.write_at(0, &log::tests::former(round, records)).unwrap();
    log.sync().unwrap();
}

fn expected() -> Digest {
    whole_hash(&Sandbox::with(&commands()).view())
}

/// The commands of that batch.
fn commands() -> [Command; 10] {
    let image = crate::PutManifest { tags: tagged(3, &["latest"]).tags, ..with_layers(3, &[1, 2]) };
    [
        link("a/b", 1),
        link("a/b", 2),
        put("a/b", 5, image),
        put("a/b", 6, referring(4, 3, "sig")),
        put("a/b", 7, with_children(5, &[3])),
        pulls("a/b", 3, 2),
        delete_tag("a/b", "latest"),
        delete("a/b", 5),
        link("z", 9),
        unlink("z", 9),
    ]
}

#[test]
fn the_commands_of_version_1_are_understood() {
    let expected: Vec<_> = commands().map(|command| (home(&command.about.home()), command)).into();
    assert_eq!(batch::decode(&record()).unwrap(), expected);
    let [first, ..] = commands();
    // Alone, as in a log of another kind: the version byte in front, without shard and count.
    let alone = [&[1_u8][..], &record()[3..]].concat();
    assert_eq!(Command::decode(&alone).unwrap(), first);
}

#[test]
fn a_folder_of_version_1_is_opened_with_everything_in_it() {
    let (_host, files) = simulated(1);
    folder_of_version_1(&files);
    let engine = open(&files);
    assert_eq!(whole_hash(&view(&engine)), expected());
    let view = view(&engine);
    let (referrers, _) = view.referrers((&repository("a/b"), &digest(3)), &[], None, 9).unwrap();
    assert_eq!(referrers.len(), 1);
    assert_eq!(view.blob(&repository("a/b"), &digest(2)).unwrap().unwrap().size, 2);
    assert_eq!(view.changes(home("a/b"), 0, 99).unwrap().changes.len(), 8);
    assert_eq!(view.held_shards().len(), usize::from(SHARDS), "a server that ran alone goes on alone");
}

/// Makes of a closed index one that an earlier version left, in that round.
fn turn_into_version(version: u8, files: &SimulatedFiles, round: u64) {
    let mut engine = open(files);
    engine.replace(Reach::All, |_| Ok(())).unwrap();
    drop(engine);
    let (database, _latch, _log) =
        files::open(files, Path::new("/data/index"), &simulated_options()).unwrap();
    let (_, found) = tables::read_format(&database).unwrap();
    let transaction = database.begin_write().unwrap();
    give_tags_their_table(&transaction);
    take_times_from_uses(&transaction);
    let mut table = transaction.open_table(definition("format")).unwrap();
    let value = crate::codec::encode_as("format", version, &format::Format { round, ..found }).unwrap();
    table.insert(b"format".as_slice(), value.as_slice()).unwrap();
    drop(table);
    transaction.commit().unwrap();
}

#[test]
fn a_folder_of_version_4_is_opened_with_everything_in_it_and_in_its_log() {
    let (_host, files) = simulated(5);
    let mut engine = open(&files);
    run(&mut engine, &put("a", 1, tagged(1, &["one"]))).unwrap();
    std::mem::forget(engine);
    let files = files.crash();
    let (database, _latch, log) =
        files::open(&files, Path::new("/data/index"), &simulated_options()).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut table = transaction.open_table(definition("format")).unwrap();
    let mut format = table.get(b"format".as_slice()).unwrap().unwrap().value().to_vec();
    assert_eq!(std::mem::replace(&mut format[0], 4), 5);
    table.insert(b"format".as_slice(), format.as_slice()).unwrap();
    drop(table);
    transaction.commit().unwrap();
    drop((database, log));

    let mut engine = open(&files);
    let tag_is_there =
        |engine: &Engine, name| view(engine).tag(&repository("a"), &tag(name)).unwrap().is_some();
    assert!(tag_is_there(&engine, "one"));
    // Enough for runs.
    (2..9).for_each(|number| run(&mut engine, &put("a", number, tagged(number, &["two"]))).unwrap());
    drop(engine);
    let engine = open(&files);
    assert!(!engine.current().load().base().runs().list().runs().is_empty());
    assert!(tag_is_there(&engine, "one") && tag_is_there(&engine, "two"));
}

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// Removes rows of a table and gives them.
fn take_rows(transaction: &redb::WriteTransaction, name: &'static str, is_meant: fn(&[u8]) -> bool) -> Rows {
    let mut table = transaction.open_table(definition(name)).unwrap();
    let taken = table.extract_if::<_>(|key, _| is_meant(key)).unwrap();
    taken.map(|row| row.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).unwrap()).collect()
}

fn put_rows(transaction: &redb::WriteTransaction, name: &'static str, rows: Rows) {
    let mut table = transaction.open_table(definition(name)).unwrap();
    for (key, value) in rows {
        table.insert(key.as_slice(), value.as_slice()).unwrap();
    }
}

/// Before version 4 what says which tags point at a manifest was a table of its own.
fn give_tags_their_table(transaction: &redb::WriteTransaction) {
    let tags =
        take_rows(transaction, "manifests", |key| keys::has_more_than_digest(Table::Manifests, key).unwrap());
    put_rows(transaction, "tags_by_digest", tags);
}

/// Before version 4 the digest of the manifest came right behind that of the part.
fn take_times_from_uses(transaction: &redb::WriteTransaction) {
    let mut uses = take_rows(transaction, "uses", |_| true);
    for (key, _) in &mut uses {
        let manifest = 33;
        let time = key.len() - manifest - size_of::<u64>();
        key.drain(time..time + size_of::<u64>());
    }
    put_rows(transaction, "uses", uses);
}

fn names_of_tables(files: &SimulatedFiles) -> Vec<String> {
    let (database, _latch, _log) =
        files::open(files, Path::new("/data/index"), &simulated_options()).unwrap();
    let transaction = database.begin_read().unwrap();
    redb::ReadTransaction::list_tables(&transaction)
        .unwrap()
        .map(|table| redb::TableHandle::name(&table).to_owned())
        .collect()
}

#[test]
fn a_folder_of_version_3_is_opened_with_all_tags_and_what_it_names_stays_in_use() {
    let (_host, files) = simulated(1);
    let mut engine = open(&files);
    for command in [link("a", 1), link("a", 2), put("a", 4, with_layers(3, &[1, 2])), link("a", 5)] {
        run(&mut engine, &command).unwrap();
    }
    run(&mut engine, &put("a", 6, tagged(4, &["one", "two"]))).unwrap();
    let round = engine.volume.as_ref().unwrap().format.round;
    drop(engine);
    turn_into_version(3, &files, round + 1);
    assert!(names_of_tables(&files).iter().any(|name| name == "tags_by_digest"));

    let mut engine = open(&files.crash());
    let names = |engine: &Engine| view(engine).tags_of(&repository("a"), &digest(4), 9).unwrap();
    assert_eq!(names(&engine), [tag("one"), tag("two")]);
    assert_eq!(view(&engine).naming((&repository("a"), &digest(1)), |_| true, 9).unwrap(), [digest(3)]);
    assert!(run(&mut engine, &unlink("a", 1)).is_err(), "a manifest names it");
    // Pushed again, it leaves nothing of the former key behind; and it can go, and with it the blob.
    run(&mut engine, &put("a", 7, with_layers(3, &[1, 2]))).unwrap();
    assert_eq!(view(&engine).naming((&repository("a"), &digest(1)), |_| true, 9).unwrap(), [digest(3)]);
    run(&mut engine, &delete("a", 3)).unwrap();
    run(&mut engine, &unlink("a", 1)).unwrap();
    run(&mut engine, &delete("a", 4)).unwrap();
    assert!(view(&engine).tag(&repository("a"), &tag("one")).unwrap().is_none());
}

/// Makes of a closed index one that version 2 left, in that round, with these commands in its log.
fn turn_into_version_2(files: &SimulatedFiles, round: u64, commands: &[Command]) {
    turn_into_version(2, files, round);
    let placed: Vec<_> = commands.iter().map(|command| (home(&command.about.home()), command)).collect();
    let record = crate::codec::encode_as("log", 2, &placed).unwrap();
    write_former_log(files, round, &[&record]);
}

#[test]
fn a_folder_of_version_2_is_opened_with_everything_in_it_and_its_changes() {
    for round in [8, 9] {
        let (_host, files) = simulated(round);
        let mut engine = open(&files);
        run(&mut engine, &link("a", 1)).unwrap();
        drop(engine);
        turn_into_version_2(&files, round, &[link("a", 2), link("a", 3)]);
        let mut engine = open(&files.crash());
        run(&mut engine, &link("a", 4)).unwrap();
        assert!(
            (1..=4).all(|number| view(&engine).blob(&repository("a"), &digest(number)).unwrap().is_some())
        );
        assert_eq!(view(&engine).changes(home("a"), 0, 99).unwrap().changes.len(), 4);
        assert_eq!(engine.volume.as_ref().unwrap().format.round, round + 1);
    }
}

#[test]
fn a_member_serves_nothing_of_an_old_folder_before_it_was_adopted() {
    let (_host, files) = simulated(2);
    folder_of_version_1(&files);
    let options = Options { is_alone: false, ..simulated_options() };
    let engine = Engine::open(&options, Arc::new(files.clone())).unwrap();
    assert_eq!(view(&engine).held_shards(), []);
    drop(engine);
    assert_eq!(view(&open(&files)).held_shards().len(), usize::from(SHARDS));
}

#[test]
fn an_upgrade_that_is_cut_off_is_done_by_the_next_start() {
    let (mut fuse, mut is_done) = (0, false);
    while !is_done {
        fuse += 1;
        let (_host, files) = simulated(fuse);
        folder_of_version_1(&files);
        files.faults().fail_from(fuse, io::ErrorKind::Other);
        let opened = Engine::open(&simulated_options(), Arc::new(files.clone()));
        is_done = opened.is_ok();
        std::mem::forget(opened);
        assert_eq!(whole_hash(&view(&open(&files.crash()))), expected(), "cut off at call {fuse}");
    }
    assert!(fuse > 10, "only {fuse} calls were cut off");
}

#[test]
fn a_program_of_version_1_refuses_the_folder_of_this_one() {
    let (_host, files) = simulated(3);
    drop(open(&files));
    // As version 1 read it: a first byte above 1 is a newer version.
    let (database, _latch, _log) =
        files::open(&files, Path::new("/data/index"), &simulated_options()).unwrap();
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(definition("format")).unwrap();
    assert_eq!(table.get(b"format".as_slice()).unwrap().unwrap().value()[0], 5);
}

#[test]
fn another_key_is_refused_also_after_an_upgrade() {
    let (_host, files) = simulated(4);
    folder_of_version_1(&files);
    drop(open(&files));
    let key = atoll_placement::ClusterKey([8; 16]);
    let options = Options { key, ..simulated_options() };
    let error = Engine::open(&options, Arc::new(files)).err().unwrap();
    assert!(matches!(error, Error::OtherKey), "{error}");
}
