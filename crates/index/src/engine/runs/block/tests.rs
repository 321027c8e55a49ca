use proptest::prelude::*;

use super::*;

type Rows = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn packed(rows: &Rows) -> Vec<u8> {
    let mut block = Vec::new();
    for (key, value) in rows {
        let before = block.len();
        push(&mut block, key, value.as_deref()).unwrap();
        assert_eq!(block.len() - before, needed_bytes(key, value.as_deref()));
    }
    block
}

fn unpacked(block: &[u8]) -> Result<Rows, Damaged> {
    let (mut rows, mut at) = (Rows::new(), 0);
    while let Some(place) = Place::find(block, at)? {
        rows.push((place.key(block).to_vec(), place.value(block).map(<[u8]>::to_vec)));
        at = place.end();
    }
    Ok(rows)
}

fn rows() -> impl Strategy<Value = Rows> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40);
    prop::collection::vec((bytes(), prop::option::of(bytes())), 0..10)
}

proptest! {
    #[test]
    fn what_was_packed_is_found_again(rows in rows()) {
        prop_assert_eq!(unpacked(&packed(&rows)).unwrap(), rows);
    }

    #[test]
    fn a_block_that_is_cut_is_damaged_or_ends_between_two_rows(rows in rows(), cut in 0usize..200) {
        let block = packed(&rows);
        if let Ok(found) = unpacked(&block[..cut.min(block.len())]) {
            prop_assert_eq!(&found[..], &rows[..found.len()]);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_fault(block in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = unpacked(&block);
    }
}
