use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::prelude::*;

use super::*;

type Model = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

const TABLE: Table = Table::Tags;

/// Short keys meet each other often; those that rise are as many as make a tree of several levels.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(0_u8..4, 0..4),
        (0_u16..2_000).prop_map(|number| number.to_be_bytes().to_vec()),
    ]
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..6))
}

fn write(recent: &mut Recent, model: &mut Model, key: &[u8], value: Option<&[u8]>) {
    recent.insert(TABLE, Row::new(key, value));
    model.insert(key.to_vec(), value.map(<[u8]>::to_vec));
}

fn owned(row: &Row) -> (Vec<u8>, Option<Vec<u8>>) {
    (row.key().to_vec(), row.value().map(<[u8]>::to_vec))
}

fn assert_same(recent: &Recent, model: &Model, span: &Span) {
    let found: Vec<_> = recent.range(TABLE, span.clone()).map(owned).collect();
    let expected: Vec<_> =
        model.range::<[u8], _>(span.bounds()).map(|(key, value)| (key.clone(), value.clone())).collect();
    assert_eq!(found, expected);
}

fn content_bytes(model: &Model) -> usize {
    model.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
}

proptest! {
    #[test]
    fn rows_are_those_of_a_plain_map_and_a_clone_stays_as_it_was(
        writes in prop::collection::vec((key(), value()), 0..600),
        cloned_at in prop::collection::vec(0_usize..600, 0..4),
        spans in prop::collection::vec((key(), key()), 1..8),
    ) {
        let (mut recent, mut model, mut clones) = (Recent::default(), Model::new(), Vec::new());
        for (at, (key, value)) in writes.iter().enumerate() {
            if cloned_at.contains(&at) {
                clones.push((recent.clone(), model.clone()));
            }
            write(&mut recent, &mut model, key, value.as_deref());
        }
        clones.push((recent, model));
        for (recent, model) in &clones {
            assert_same(recent, model, &Span::of(&[]));
            for (one, other) in &spans {
                assert_same(recent, model, &Span::of(one));
                assert_same(recent, model, &Span::behind(&[], other.clone()));
                assert_same(recent, model, &Span::between(one.min(other), one.max(other)));
                let found = recent.find(TABLE, one).map(|row| owned(row).1);
                prop_assert_eq!(found.as_ref(), model.get(one));
            }
            let tree = &recent.tables[TABLE.ordinal()];
            prop_assert_eq!(tree.removed(), model.values().filter(|value| value.is_none()).count());
            prop_assert_eq!(tree.bytes(), content_bytes(model) + model.len() * tree::ROW_BYTES);
        }
    }
}

#[test]
fn many_rows_in_any_order_are_all_found() {
    for step in [1_u32, 7_919, 99_991] {
        let (mut recent, mut model) = (Recent::default(), Model::new());
        for number in 0..100_000_u32 {
            let key = (number.wrapping_mul(step) % 100_000).to_be_bytes();
            write(&mut recent, &mut model, &key, Some(&key));
        }
        assert_same(&recent, &model, &Span::of(&[]));
        let (start, end) = (Bound::Included(500_u32.to_be_bytes()), Bound::Excluded(520_u32.to_be_bytes()));
        let expected =
            model.range::<[u8], _>((start.as_ref().map(|key| &key[..]), end.as_ref().map(|key| &key[..])));
        let span = Span::between(&500_u32.to_be_bytes(), &519_u32.to_be_bytes());
        assert_eq!(recent.range(TABLE, span).count(), expected.count());
    }
}

#[test]
fn tables_do_not_mix() {
    let mut recent = Recent::default();
    recent.insert(Table::Tags, Row::new(b"key", Some(b"of a tag")));
    assert!(recent.find(Table::Blobs, b"key").is_none());
    assert_eq!(recent.range(Table::Blobs, Span::of(&[])).count(), 0);
}

#[test]
fn there_is_room_for_so_many_bytes_and_so_many_removed_rows() {
    let (mut by_bytes, mut by_removed) = (Recent::default(), Recent::default());
    let mut number = 0_u32;
    while by_bytes.has_room(MAX_BYTES) {
        by_bytes.insert(TABLE, Row::new(&number.to_be_bytes(), Some(&[7; 1_000])));
        number += 1;
    }
    let rows = usize::try_from(number).unwrap();
    assert!((MAX_BYTES / 1_200..=MAX_BYTES / 1_000).contains(&rows), "{rows} rows of 1,000 bytes");
    for number in 0..u32::try_from(MAX_REMOVED).unwrap() {
        assert!(by_removed.has_room(MAX_BYTES));
        by_removed.insert(TABLE, Row::new(&number.to_be_bytes(), None));
    }
    assert!(!by_removed.has_room(MAX_BYTES));
    by_removed.insert(TABLE, Row::new(&0_u32.to_be_bytes(), Some(b"again")));
    assert!(by_removed.has_room(MAX_BYTES));
}
