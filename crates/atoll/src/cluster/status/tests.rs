use atoll_placement::{MemberId, Shard};
use atoll_service::{ClusterReport, MemberReport, MemberState, MoveReport, MoveState};

use super::text;

fn member(id: u16, state: MemberState, heard: Option<u64>) -> MemberReport {
    MemberReport {
        id: MemberId(id),
        public_address: Some(format!("10.0.0.{id}:8080")),
        link_address: Some(format!("10.0.0.{id}:18080")),
        state,
        release: "0.1.0".to_owned(),
        layout_version: 3,
        layout_digest: "a1".repeat(16),
        shards_held: 85,
        repositories: 12,
        content_bytes: Some(3 << 30),
        free_bytes: 10 << 40,
        last_heard_millis: heard,
        trouble: None,
    }
}

fn report() -> ClusterReport {
    ClusterReport {
        answered_by: MemberId(1),
        layout_version: 3,
        layout_digest: "a1".repeat(16),
        shards: 256,
        missing: vec![Shard(4), Shard(5), Shard(9)],
        members: vec![
            member(1, MemberState::Up, Some(0)),
            member(2, MemberState::Down, Some(61_000)),
            member(3, MemberState::Unknown, None),
        ],
        moves: vec![MoveReport {
            shard: Shard(7),
            from: MemberId(1),
            to: MemberId(3),
            state: MoveState::HandingOver,
        }],
    }
}

#[test]
fn the_report_is_told_in_columns() {
    let expected = "\
256 shards, 3 missing, 1 moving; layout 3 (a1a1a1a1a1a1), as 10.0.0.1:8080 sees it

MEMBER  ADDRESS        STATE    RELEASE  LAYOUT  SHARDS  REPOSITORIES  CONTENT      FREE     HEARD
     1  10.0.0.1:8080  up       0.1.0    same        85            12  3.0 GiB  10.0 TiB       now
     2  10.0.0.2:8080  down     0.1.0    same        85            12  3.0 GiB  10.0 TiB  61 s ago
     3  10.0.0.3:8080  unknown  -        -            -             -        -         -     never

missing shards, whose repositories are not available now: 4-5, 9

SHARD  FROM  TO  STATE
    7     1   3  handing over
";
    assert_eq!(text(&report()), expected);
}

#[test]
fn why_a_member_does_not_answer_is_told_and_what_is_not_counted_yet_is_not_made_up() {
    let mut report = report();
    report.members[1].trouble = Some("its certificate has expired".to_owned());
    report.members[1].state = MemberState::GivenUp;
    report.members[0].content_bytes = None;
    let text = text(&report);
    assert!(text.contains("\nmember 2 does not answer: its certificate has expired\n"), "{text}");
    assert!(text.contains("given up") && text.contains("12        ?  10.0 TiB"), "{text}");
}

#[test]
fn many_moves_are_counted() {
    let mut report = report();
    let one = report.moves.pop().unwrap();
    report.moves = vec![one; 25];
    assert!(text(&report).ends_with("and 5 more\n"));
}

#[test]
fn a_whole_cluster_is_told_without_what_is_not() {
    let quiet = ClusterReport { missing: Vec::new(), moves: Vec::new(), ..report() };
    let text = text(&quiet);
    assert!(
        text.contains("0 missing, 0 moving")
            && !text.contains("missing shards")
            && !text.contains("SHARD  FROM")
    );
}
