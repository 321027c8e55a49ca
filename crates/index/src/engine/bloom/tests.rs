use super::*;

fn hashes(numbers: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
    numbers.map(|number| hash_of(Table::Tags, format!("a tag named {number}").as_bytes()))
}

#[test]
fn what_was_noted_is_never_denied_and_nearly_everything_else_is() {
    let bloom = Bloom::new(5_000);
    hashes(0..5_000).for_each(|hash| bloom.add(hash));
    assert!(hashes(0..5_000).all(|hash| bloom.has(hash)));
    let taken_for_noted = hashes(5_000..15_000).filter(|hash| bloom.has(*hash)).count();
    assert!(taken_for_noted < 50, "{taken_for_noted} of 10,000");
}

#[test]
fn a_key_of_one_table_is_not_that_of_another() {
    assert_ne!(hash_of(Table::Tags, b"key"), hash_of(Table::Uses, b"key"));
}

#[test]
fn what_was_written_is_read_again() {
    for keys in [0, 1, 40, 2_000] {
        let bloom = Bloom::new(keys);
        hashes(0..keys).for_each(|hash| bloom.add(hash));
        let read = Bloom::read(&bloom.bytes()).unwrap();
        assert_eq!(read.bytes(), bloom.bytes());
        assert!(hashes(0..keys).all(|hash| read.has(hash)));
    }
    assert!(Bloom::read(&[0; 65]).is_none());
}

#[test]
fn one_without_room_denies_nothing() {
    assert!(hashes(0..10).all(|hash| Bloom::new(0).has(hash)));
}

/// It is on disks: another one would deny what is there.
#[test]
fn the_hash_of_a_key_never_changes() {
    assert_eq!(hash_of(Table::Tags, b"a key"), 13_355_572_361_136_043_641);
}
