use proptest::prelude::*;

use super::ByteSize;

fn check(text: &str, expected: Option<u64>) {
    assert_eq!(text.parse::<ByteSize>().ok().map(ByteSize::bytes), expected, "{text:?}");
}

#[test]
fn sizes_are_read_in_bytes_decimal_and_binary_units() {
    check("0", Some(0));
    check("4096", Some(4096));
    check("12B", Some(12));
    check("1KB", Some(1_000));
    check("1KiB", Some(1_024));
    check("32MiB", Some(33_554_432));
    check("32mib", Some(33_554_432));
    check("1 GB", Some(1_000_000_000));
    check(" 2GiB ", Some(2_147_483_648));
    check("3TiB", Some(3 << 40));
    check("3TB", Some(3_000_000_000_000));
}

#[test]
fn what_is_no_size_is_refused() {
    for text in
        ["", "MiB", "1.5MiB", "-1", "1 M", "1k", "1MiBx", "18446744073709551616", "18446744073709551615KB"]
    {
        check(text, None);
    }
}

#[test]
fn a_refused_size_says_how_to_write_one() {
    let error = "lots".parse::<ByteSize>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`lots` is not a size: write a number of bytes, or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB"
    );
}

proptest! {
    #[test]
    fn what_is_shown_reads_back_as_the_same_size(bytes: u64) {
        let size = ByteSize::from_bytes(bytes);
        prop_assert_eq!(size.to_string().parse::<ByteSize>().unwrap(), size);
    }

    #[test]
    fn no_text_makes_the_size_parser_panic(text: String) {
        let _ = text.parse::<ByteSize>();
    }
}
