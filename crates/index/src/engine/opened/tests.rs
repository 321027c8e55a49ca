use super::*;
use crate::engine::files;
use crate::engine::tables::Written;

/// A state upon a database that has these keys, with their own bytes as values.
fn over(keys: &[&str]) -> (redb::Database, Opened) {
    let database = files::build(redb::backends::InMemoryBackend::new(), 1 << 20).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut rows = Written::open(&transaction);
    rows.make_all().unwrap();
    for key in keys {
        rows.put(Table::Tags, key.as_bytes(), key.as_bytes()).unwrap();
    }
    drop(rows);
    transaction.commit().unwrap();
    let opened = Opened::new(Arc::new(Base::open(&database).unwrap()), Arc::new(Tenures::none(1)));
    (database, opened)
}

/// Writes `key=value`, or removes `key`.
fn write(opened: &Opened, writes: &[&str]) -> Opened {
    let mut draft = Draft::of(opened);
    for write in writes {
        match write.split_once('=') {
            Some((key, value)) => draft.put(Table::Tags, key.as_bytes(), value.as_bytes()).unwrap(),
            None => draft.remove(Table::Tags, write.as_bytes()).unwrap(),
        }
    }
    draft.finish().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn listed(rows: &impl Reads, prefix: &str) -> String {
    let decode = |key: &[u8], value: &[u8]| Ok(format!("{}={}", text(key), text(value)));
    let rows = rows.scan_with(Table::Tags, Span::of(prefix.as_bytes()), decode).unwrap();
    rows.collect::<Result<Vec<_>, _>>().unwrap().join(" ")
}

fn value(rows: &impl Reads, key: &str) -> Option<String> {
    rows.read(Table::Tags, key.as_bytes(), |value| Ok(text(value))).unwrap()
}

#[test]
fn a_scan_has_rows_of_both_in_order_and_the_recent_one_of_two() {
    let (_database, opened) = over(&["b", "d", "f"]);
    for (writes, expected) in [
        (&["a=1"][..], "a=1 b=b d=d f=f"),
        (&["c=1", "e=2", "g=3"], "b=b c=1 d=d e=2 f=f g=3"),
        (&["b=1", "f=2"], "b=1 d=d f=2"),
        (&["b"], "d=d f=f"),
        (&["f", "e=1"], "b=b d=d e=1"),
        (&["b", "d", "f"], ""),
        (&["a", "c", "g"], "b=b d=d f=f"),
        (&["d", "d=again"], "b=b d=again f=f"),
    ] {
        assert_eq!(listed(&write(&opened, writes), ""), expected, "{writes:?}");
    }
}

#[test]
fn rows_that_are_on_their_way_lie_between_the_recent_ones_and_the_database() {
    let (database, opened) = over(&["b", "d", "f"]);
    for (leaving, recent, expected) in [
        (&["a=1", "d=1"][..], &["d=2", "e=2"][..], "a=1 b=b d=2 e=2 f=f"),
        (&["d", "b=1"], &["b"], "f=f"),
        (&["d", "b"], &["d=2", "a=2"], "a=2 d=2 f=f"),
        (&["f=1", "g=1"], &["g", "h=2"], "b=b d=d f=1 h=2"),
        (&["g=1"], &["b", "c"], "d=d f=f g=1"),
    ] {
        let mut opened = write(&opened, leaving);
        opened.let_go();
        let opened = write(&opened, recent);
        assert_eq!(listed(&opened, ""), expected, "{leaving:?} {recent:?}");
        for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let row = format!("{key}={}", value(&opened, key).unwrap_or_default());
            assert_eq!(value(&opened, key).is_some(), expected.split(' ').any(|found| found == row));
        }
    }
    drop(database);
}

#[test]
fn a_row_that_was_removed_recently_is_neither_read_nor_listed() {
    let (_database, opened) = over(&["ab", "ac", "b"]);
    let removed = write(&opened, &["ab", "b"]);
    assert_eq!((value(&removed, "ab"), value(&removed, "ac")), (None, Some("ac".to_owned())));
    assert_eq!((listed(&removed, "a"), listed(&removed, "b")), ("ac=ac".to_owned(), String::new()));
    assert_eq!(value(&opened, "ab"), Some("ab".to_owned()), "the state before is what it was");
}

#[test]
fn a_draft_reads_what_it_has_written_and_nobody_else_does() {
    let (_database, opened) = over(&["a"]);
    let mut draft = Draft::of(&opened);
    draft.put(Table::Tags, b"b", b"1").unwrap();
    draft.remove(Table::Tags, b"a").unwrap();
    assert_eq!((listed(&draft, ""), value(&draft, "a")), ("b=1".to_owned(), None));
    assert_eq!(listed(&opened, ""), "a=a");
    drop(draft);
    assert_eq!(listed(&opened, ""), "a=a");
    assert!(Draft::of(&opened).finish().is_none());
}

#[test]
fn a_page_in_the_middle_of_both_begins_and_ends_where_it_is_asked_to() {
    let (_database, opened) = over(&["v1", "v3", "v5", "w"]);
    let opened = write(&opened, &["v2=2", "v4=4", "u=0", "x=9"]);
    let behind = Span::behind(b"v", b"v2".to_vec());
    let keys = opened.scan_with(Table::Tags, behind, |key, _| Ok(text(key))).unwrap();
    assert_eq!(keys.collect::<Result<Vec<_>, _>>().unwrap(), ["v3", "v4", "v5"]);
}

#[test]
fn a_decoding_fault_is_told_in_its_place() {
    let (_database, opened) = over(&["a", "c"]);
    let opened = write(&opened, &["b=1"]);
    let decode = |key: &[u8], _: &[u8]| if key == b"b" { Err(Error::Stopped) } else { Ok(text(key)) };
    let rows: Vec<_> = opened.scan_with(Table::Tags, Span::of(&[]), decode).unwrap().collect();
    assert!(matches!(rows.as_slice(), [Ok(_), Err(Error::Stopped), Ok(_)]));
}
