use std::collections::BTreeMap;

use proptest::prelude::*;
use redb::Database;

use super::*;
use crate::engine::tables::{Base, Written};
use crate::engine::{bring, files};

const TABLES: [Table; 3] = [Table::Tags, Table::Uses, Table::Changes];

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;
type Write = (Table, Vec<u8>, Option<Vec<u8>>);

#[derive(Debug, Clone)]
enum Step {
    Run(Vec<Write>),
    Drain(usize),
}

fn database() -> Database {
    let database = files::build(redb::backends::InMemoryBackend::new(), 1 << 20).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut written = Written::open(&transaction);
    written.make_all().unwrap();
    written.write_list(&List::default()).unwrap();
    drop(written);
    transaction.commit().unwrap();
    database
}

/// Lets `act` change the list of runs in a transaction.
fn change(database: &Database, act: impl FnOnce(&WriteTransaction, &Runs, &mut List)) {
    let base = Base::open(database).unwrap();
    let mut list = base.runs().list().clone();
    let transaction = bring::begin(database).unwrap();
    act(&transaction, base.runs(), &mut list);
    Written::open(&transaction).write_list(&list).unwrap();
    bring::commit(transaction).unwrap();
}

fn add_run(database: &Database, writes: &[Write]) {
    let rows: BTreeMap<_, _> = writes.iter().map(|(table, key, value)| ((*table, key), value)).collect();
    let rows: Vec<_> =
        rows.into_iter().map(|((table, key), value)| (table, Row::new(key, value.as_deref()))).collect();
    let rows = rows.iter().map(|(table, row)| (*table, row));
    change(database, |transaction, _, list| add(transaction, list, rows).unwrap());
}

fn drain_some(database: &Database, most_rows: usize) {
    change(database, |transaction, runs, list| {
        list.let_go();
        drain(transaction, (runs, list), most_rows).unwrap();
    });
}

fn run_step(database: &Database, model: &mut Model, step: &Step) {
    match step {
        Step::Run(writes) => {
            add_run(database, writes);
            for (table, key, value) in writes {
                match value {
                    Some(value) => drop(model.insert((*table, key.clone()), value.clone())),
                    None => drop(model.remove(&(*table, key.clone()))),
                }
            }
        }
        Step::Drain(most_rows) => drain_some(database, *most_rows),
    }
}

fn rows_of(base: &Base, table: Table, span: &Span) -> Vec<(Vec<u8>, Vec<u8>)> {
    let (mut rows, mut found) = (base.range(table, span).unwrap().unwrap(), Vec::new());
    while rows.advance().unwrap() {
        found.extend(rows.row().map(|(key, value)| (key.to_vec(), value.to_vec())));
    }
    found
}

fn assert_same(base: &Base, model: &Model, probes: &[Vec<u8>]) {
    for table in TABLES {
        for probe in probes {
            let found = base.read(table, probe, |value| Ok(value.to_vec())).unwrap();
            assert_eq!(found.as_ref(), model.get(&(table, probe.clone())));
        }
        let spans = probes.iter().flat_map(|probe| {
            [Span::of(probe), Span::behind(&[], probe.clone()), Span::between(b"\x01", probe)]
        });
        for span in spans.chain([Span::of(&[])]) {
            let bounds = span.bounds();
            let is_in = |key: &Vec<u8>| std::ops::RangeBounds::<[u8]>::contains(&bounds, key.as_slice());
            let of_table = model.iter().filter(|((of, key), _)| *of == table && is_in(key));
            let expected: Vec<_> = of_table.map(|((_, key), value)| (key.clone(), value.clone())).collect();
            assert_eq!(rows_of(base, table, &span), expected, "{table} {span:?}");
        }
    }
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..4, 0..4)
}

fn write() -> impl Strategy<Value = Write> {
    let value = prop::option::weighted(0.8, prop::collection::vec(any::<u8>(), 0..120));
    (prop::sample::select(&TABLES[..]), key(), value)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop::collection::vec(write(), 0..20).prop_map(Step::Run),
        1 => (1usize..40).prop_map(Step::Drain),
    ]
}

proptest! {
    #[test]
    fn runs_over_tables_have_what_was_written_last_however_far_they_have_gone(
        steps in prop::collection::vec(step(), 1..14),
        probes in prop::collection::vec(key(), 1..6),
    ) {
        let (database, mut model) = (database(), Model::new());
        for step in &steps {
            let before = (Base::open(&database).unwrap(), model.clone());
            run_step(&database, &mut model, step);
            assert_same(&Base::open(&database).unwrap(), &model, &probes);
            // Whoever reads an earlier state goes on reading it.
            assert_same(&before.0, &before.1, &probes);
        }
    }
}

fn many(value: &[u8]) -> Vec<Write> {
    (0..100u8).map(|number| (Table::Tags, vec![number], Some(value.to_vec()))).collect()
}

#[test]
fn what_has_gone_leaves_nothing_of_its_run_and_no_number_comes_again() {
    let database = database();
    add_run(&database, &many(b"old"));
    add_run(&database, &many(b"new"));
    drain_some(&database, 60);
    assert_eq!(Base::open(&database).unwrap().runs().list().leaving(), 2);
    add_run(&database, &many(b"newest"));
    while Base::open(&database).unwrap().runs().list().is_leaving() {
        drain_some(&database, 60);
    }
    let base = Base::open(&database).unwrap();
    assert_eq!(base.runs().list().runs().iter().map(|run| run.number).collect::<Vec<_>>(), [2]);
    assert_eq!(base.read(Table::Tags, &[7], |value| Ok(value.to_vec())).unwrap().unwrap(), b"newest");
    drain_some(&database, usize::MAX);
    let transaction = database.begin_write().unwrap();
    assert!(
        transaction.list_tables().unwrap().all(|table| !redb::TableHandle::name(&table).starts_with("run "))
    );
    transaction.abort().unwrap();
    add_run(&database, &many(b"another"));
    assert_eq!(Base::open(&database).unwrap().runs().list().runs().first().unwrap().number, 3);
}

#[test]
fn filters_are_not_read_again() {
    let database = database();
    add_run(&database, &many(b"value"));
    let first = Base::open(&database).unwrap().runs().blooms();
    let second = Base::open_with(&database, &first).unwrap().runs().blooms();
    assert!(Arc::ptr_eq(&first.0.first().unwrap().1, &second.0.first().unwrap().1));
}

#[test]
fn a_key_that_no_run_has_is_mostly_not_looked_for() {
    let database = database();
    add_run(&database, &many(b"value"));
    let base = Base::open(&database).unwrap();
    let bloom = &base.runs().runs.first().unwrap().bloom;
    let sought =
        (0..10_000u32).filter(|number| bloom.has(bloom::hash_of(Table::Tags, &number.to_be_bytes())));
    assert!(sought.count() < 100);
}

#[test]
fn a_damaged_block_fails_as_a_damaged_page_does() {
    let database = database();
    add_run(&database, &many(b"value"));
    let transaction = database.begin_write().unwrap();
    let name = name(0);
    let mut table = transaction.open_table(definition(&name)).unwrap();
    table.insert(&key_of(Table::Tags, &[0])[..], &[0, 0, 0, 9, 0][..]).unwrap();
    drop(table);
    transaction.commit().unwrap();
    let base = Base::open(&database).unwrap();
    let read = base.read(Table::Tags, &[0], |_| Ok(()));
    assert!(matches!(read, Err(Error::Storage { .. })), "{read:?}");
    let scanned = base.range(Table::Tags, &Span::of(&[]));
    assert!(matches!(scanned, Err(Error::Storage { .. })));
    // What lies in other blocks can be read.
    assert!(base.read(Table::Tags, &[99], |_| Ok(())).unwrap().is_some());
}
