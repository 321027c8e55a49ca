#![expect(clippy::float_cmp, reason = "samples are small numbers that a float holds exactly")]

use std::time::Duration;

use super::super::tests::{parse, recorder};
use super::{PeerOutcome, ShardCounts};

#[test]
fn a_call_to_a_member_is_counted_by_how_it_ended() {
    let recorder = recorder(10);
    let call = recorder.peer_call_started(7);
    assert_eq!(parse(&recorder.render())["atoll_cluster_peer_in_flight{member=\"7\"}"], 1.0);
    call.ended(PeerOutcome::Answered, Duration::from_millis(2));
    drop(call);
    recorder.peer_call_started(7).ended(PeerOutcome::Unreachable, Duration::from_secs(1));
    recorder.peer_call_started(9).ended(PeerOutcome::TimedOut, Duration::from_secs(5));
    recorder.peer_bytes_sent(7, 10);
    recorder.peer_bytes_received(7, 20);
    let samples = parse(&recorder.render());
    assert_eq!(samples["atoll_cluster_peer_in_flight{member=\"7\"}"], 0.0);
    assert_eq!(samples["atoll_cluster_peer_calls_total{member=\"7\",outcome=\"answered\"}"], 1.0);
    assert_eq!(samples["atoll_cluster_peer_calls_total{member=\"7\",outcome=\"unreachable\"}"], 1.0);
    assert_eq!(samples["atoll_cluster_peer_latency_seconds_count{member=\"7\"}"], 1.0);
    assert_eq!(samples["atoll_cluster_peer_latency_seconds_sum{member=\"9\"}"], 5.0);
    assert_eq!(samples["atoll_cluster_peer_sent_bytes_total{member=\"7\"}"], 10.0);
    assert_eq!(samples["atoll_cluster_peer_received_bytes_total{member=\"7\"}"], 20.0);
}

#[test]
fn a_call_that_is_given_up_is_no_longer_in_flight() {
    let recorder = recorder(10);
    drop(recorder.peer_call_started(3));
    assert_eq!(parse(&recorder.render())["atoll_cluster_peer_in_flight{member=\"3\"}"], 0.0);
}

#[test]
fn shards_members_and_disagreements_are_shown() {
    let recorder = recorder(10);
    recorder.cluster_shards(ShardCounts { held: 80, missing: 5, moving: 2 });
    recorder.peer_reachable(7, true);
    recorder.peer_reachable(7, false);
    recorder.peer_left_alone(7, 4);
    recorder.peer_asked_twice(7, 3);
    recorder.layout_mismatched(2);
    recorder.answered_partially(1);
    let samples = parse(&recorder.render());
    assert_eq!(samples["atoll_cluster_shards{state=\"held\"}"], 80.0);
    assert_eq!(samples["atoll_cluster_shards{state=\"missing\"}"], 5.0);
    assert_eq!(samples["atoll_cluster_shards{state=\"moving\"}"], 2.0);
    assert_eq!(samples["atoll_cluster_peer_reachable{member=\"7\"}"], 0.0);
    assert_eq!(samples["atoll_cluster_peer_left_alone_total{member=\"7\"}"], 4.0);
    assert_eq!(samples["atoll_cluster_peer_asked_twice_total{member=\"7\"}"], 3.0);
    assert_eq!(samples["atoll_cluster_layout_mismatches_total"], 2.0);
    assert_eq!(samples["atoll_cluster_partial_answers_total"], 1.0);
}
