use redb::Database;

use super::super::files;
use super::super::recent::{Recent, Row};
use super::super::tables::{Base, Written};
use super::*;
use crate::fixture::{digest, repository, tag};
use crate::keys::RepositoryKeys;
use crate::{Reads as _, Rows as _, Span};

const SHARD: atoll_placement::Shard = atoll_placement::Shard(3);
const BOTH: [Table; 2] = [Table::Manifests, Table::TagsByDigest];

/// The keys of three manifests, and of the two tags of each.
fn keys() -> Vec<(Table, Vec<u8>)> {
    let keys = RepositoryKeys::new(SHARD, &repository("a/b"));
    let of = |digest| {
        let tags = ["v1", "v2"].map(|name| (Table::TagsByDigest, keys.tag_of(&digest, &tag(name))));
        std::iter::once((Table::Manifests, keys.digest(&digest))).chain(tags)
    };
    [1, 2, 3].map(digest).into_iter().flat_map(of).collect()
}

fn database(keys: &[(Table, Vec<u8>)]) -> Database {
    let database = files::build(redb::backends::InMemoryBackend::new(), 1 << 20).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut rows = Written::open(&transaction);
    rows.make_all().unwrap();
    for (table, key) in keys {
        rows.put(*table, key, table.name().as_bytes()).unwrap();
    }
    drop(rows);
    transaction.commit().unwrap();
    database
}

fn expected(keys: &[(Table, Vec<u8>)], of: Table) -> Vec<Vec<u8>> {
    let mut expected: Vec<_> =
        keys.iter().filter(|(table, _)| *table == of).map(|(_, key)| key.clone()).collect();
    expected.sort();
    expected
}

fn found(database: &Database, of: Table) -> Vec<Vec<u8>> {
    let mut range = Base::open(database).unwrap().range(of, &Span::of(&[])).unwrap().unwrap();
    let mut keys = Vec::new();
    while range.advance().unwrap() {
        keys.extend(range.row().map(|(key, _)| key.to_vec()));
    }
    keys
}

#[test]
fn tables_that_lie_together_do_not_see_each_others_rows() {
    let keys = keys();
    let database = database(&keys);
    let transaction = database.begin_write().unwrap();
    let written = Written::open(&transaction);
    for table in BOTH {
        assert_eq!(found(&database, table), expected(&keys, table));
        let scanned = written.scan_with(table, Span::of(&[]), |key, _| Ok(key.to_vec())).unwrap();
        assert_eq!(scanned.collect::<Result<Vec<_>, _>>().unwrap(), expected(&keys, table));
    }
}

#[test]
fn a_table_that_is_cleared_leaves_the_rows_of_the_other() {
    for (cleared, kept) in [(BOTH[0], BOTH[1]), (BOTH[1], BOTH[0])] {
        let keys = keys();
        let database = database(&keys);
        let transaction = database.begin_write().unwrap();
        Written::open(&transaction).clear(cleared, &crate::keys::shard(SHARD)).unwrap();
        transaction.commit().unwrap();
        assert_eq!(found(&database, cleared), [] as [Vec<u8>; 0]);
        assert_eq!(found(&database, kept), expected(&keys, kept));
    }
}

#[test]
fn what_lies_together_is_brought_there_in_one_go() {
    let (mut recent, keys) = (Recent::default(), keys());
    for (table, key) in keys.iter().rev() {
        recent.insert(*table, Row::new(key, Some(b"value")));
    }
    let brought: Vec<_> = recent.rows().map(|(table, row)| (of(table), row.key().to_vec())).collect();
    let mut sorted: Vec<_> = keys.into_iter().map(|(table, key)| (of(table), key)).collect();
    sorted.sort();
    assert_eq!(brought, sorted);
}

#[test]
fn a_key_without_a_digest_is_damage() {
    let prefix = RepositoryKeys::new(SHARD, &repository("a")).prefix().to_vec();
    for key in [&prefix[..], &[&prefix[..], &[9; 33]].concat(), &[1, 2], &[]] {
        assert!(BOTH.into_iter().all(|table| has(table, key).is_err()), "{key:?}");
    }
}
