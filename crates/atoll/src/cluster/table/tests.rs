use super::{Align, runs, size, table};

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let rows = [vec!["a".to_owned(), "10".to_owned()], vec!["long name".to_owned(), "7".to_owned()]];
    let text = table(&[("NAME", Align::Left), ("COUNT", Align::Right)], &rows);
    assert_eq!(text, "NAME       COUNT\na             10\nlong name      7\n");
}

#[test]
fn sizes_have_a_whole_number_in_front() {
    for (bytes, text) in
        [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")]
    {
        assert_eq!(size(bytes), text);
    }
}

#[test]
fn numbers_in_a_row_are_a_run() {
    assert_eq!(runs([]), "");
    assert_eq!(runs([3]), "3");
    assert_eq!(runs([0, 1, 2, 3, 7, 9, 10]), "0-3, 7, 9-10");
    assert_eq!(runs([65_535]), "65535");
}
