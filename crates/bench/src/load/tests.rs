use std::time::Duration;

use super::parsed;

#[test]
fn a_summary_becomes_rates() {
    let load =
        parsed("Running 2s test @ http://127.0.0.1/\nsummary 2000000 500 8589934592 0 0 16000\n").unwrap();
    assert!((load.per_second - 250.0).abs() < 1e-9);
    assert!((load.bytes_per_second - 4_294_967_296.0).abs() < 1e-3);
    assert_eq!(load.median, Duration::from_millis(16));
}

#[test]
fn a_summary_with_errors_is_no_result() {
    assert_eq!(parsed("summary 2000000 500 4096 1 0 16000"), None);
    assert_eq!(parsed("summary 2000000 500 4096 0 1 16000"), None);
}

#[test]
fn output_without_a_summary_is_no_result() {
    assert_eq!(parsed("unable to connect to 127.0.0.1:1 Connection refused"), None);
    assert_eq!(parsed("summary 2000000 500"), None);
    assert_eq!(parsed("summary a b c d e f"), None);
}
