//! A short run of the crash harness, and the proof that it sees what is lost. `make crash` runs it for longer.

use atoll_testkit::crash::{Options, run};

use crate::registry::program;

fn options(kills: u64, forget: bool) -> Options {
    Options { program: program().to_owned(), members: 1, seed: 20, kills, seconds: 0, workers: 6, forget }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let summary = run(&options(3, false), &mut std::io::sink());
    assert_eq!((summary.passed, summary.failed), (3, 0), "{:#?}", summary.findings);
    assert!(summary.acknowledged() > 20, "{} writes prove little", summary.acknowledged());
}

#[test]
fn nothing_acknowledged_is_lost_when_members_are_killed() {
    let summary = run(&Options { members: 3, ..options(4, false) }, &mut std::io::sink());
    assert_eq!(summary.failed, 0, "{:#?}", summary.findings);
    assert!(summary.passed >= 4, "{summary:?}");
}

#[test]
fn a_server_that_forgets_is_found_out() {
    let summary = run(&options(5, true), &mut std::io::sink());
    assert_eq!(summary.failed, 1, "{summary:?}");
    assert!(
        summary.findings.iter().any(|finding| finding.contains("after the kill")),
        "{:#?}",
        summary.findings
    );
    for folder in summary.folders {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
