use super::*;

/// Rows of numbers, described in words.
fn packed(rows: &[(u8, Option<&str>)]) -> Packed<u8> {
    let hits: Vec<_> = rows
        .iter()
        .map(|(row, words)| (*row, words.map(|words| Description::ready(words.to_owned()))))
        .collect();
    Packed::of((9, vec!["something".to_owned()]), hits.into_iter()).unwrap()
}

type Row = (u8, Option<Description<String>>);

fn unpacked(packed: Packed<u8>) -> Result<Vec<Row>, Error> {
    packed.unpacked(|row, described| (row, described)).map(|(_total, rows, _faults)| rows)
}

#[test]
fn what_is_packed_is_found_again_also_where_a_row_has_no_description() {
    let rows = [(1, Some("first")), (2, None), (3, Some("")), (4, Some("last"))];
    let bytes = envelope::value(&packed(&rows)).unwrap();
    let again: Packed<u8> = envelope::decode(&bytes).unwrap().0;
    assert_eq!((again.total, again.faults.len()), (9, 1));
    let found = unpacked(again).unwrap();
    let is_encoded = |described: &Option<_>| matches!(described, None | Some(Description::Encoded { .. }));
    assert!(found.iter().all(|(_, described)| is_encoded(described)));
    let expected = rows.map(|(row, words)| (row, words.map(|words| Description::ready(words.to_owned()))));
    assert_eq!(found, expected);
}

#[test]
fn a_description_that_is_cut_off_is_an_error_and_never_another_rows() {
    let mut cut = packed(&[(1, Some("first")), (2, Some("last"))]);
    cut.descriptions.truncate(cut.descriptions.len() - 1);
    assert!(matches!(unpacked(cut), Err(Error::Malformed(_))));
    let mut short = packed(&[(1, Some("first"))]);
    short.rows[0].1 = Some(3);
    let found = unpacked(short).unwrap();
    let opened = found[0].1.clone().unwrap().open();
    assert!(matches!(opened, Err(NodeError::Internal(_))), "{opened:?}");
}
