use std::io;

use super::{Failure, describe};

#[test]
fn a_cause_is_told_once_wherever_the_sentence_has_it() {
    let source = || io::Error::from_raw_os_error(2);
    let open = atoll_telemetry::Error::Open { path: "/no/a.log".into(), source: source() };
    let cases = [
        (
            Failure::Log(open),
            "the log cannot be written: cannot open /no/a.log for appending: No such file or directory (os error 2); check that \
             its folder exists and that this user may write there",
        ),
        (Failure::Output(source()), "cannot write the output: No such file or directory (os error 2)"),
        (Failure::Usage("no".to_owned()), "no"),
    ];
    for (failure, expected) in cases {
        assert_eq!(describe(&failure), expected);
    }
}
