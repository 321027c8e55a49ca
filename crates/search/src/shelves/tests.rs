use super::*;

#[test]
fn rows_are_found_by_their_place_on_whichever_shelf() {
    let mut shelves = Shelves::default();
    for row in 0..3 * SHELF + 7 {
        assert_eq!(shelves.len(), row);
        shelves.push(row);
    }
    assert!((0..shelves.len()).all(|place| shelves.get(place) == Some(&place)));
    assert_eq!(shelves.get(shelves.len()), None);
    assert!(shelves.iter().copied().eq(0..shelves.len()));
}

#[test]
fn what_stands_on_a_shelf_never_moves() {
    let mut shelves = Shelves::default();
    (0..=SHELF).for_each(|row| shelves.push(row));
    let before: Vec<*const usize> = shelves.iter().map(std::ptr::from_ref).collect();
    (0..5 * SHELF).for_each(|row| shelves.push(row));
    assert!(shelves.iter().map(std::ptr::from_ref).take(before.len()).eq(before));
}
