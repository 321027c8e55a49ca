use super::{connections, fitting};

#[test]
fn connections_leave_files_to_everything_else() {
    for (open_files, expected) in
        [(65_536, 49_152), (20_000, 15_000), (1024, 768), (200, 100), (100, 1), (0, 1)]
    {
        assert_eq!(fitting(open_files), expected, "{open_files}");
    }
}

#[test]
fn a_number_that_fits_is_left_alone() {
    for (wanted, open_files, served) in [(20_000, u64::MAX, 20_000), (768, 1024, 768), (769, 1024, 768)] {
        assert_eq!(connections(wanted, open_files), served, "{wanted} of {open_files}");
    }
}
