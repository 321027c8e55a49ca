//! What is counted of the other members: calls over the link, layouts that did not agree, shards and where they are.
//!
//! Members are labelled by their ids, and ids come from the configured list only, so there are never more labels than members.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Recorder;
use crate::names::metric;

/// Upper bounds of the buckets of a call's latency, in seconds: from one machine to a member that hangs until the deadline.
const LATENCY_BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 2.5, 10.0];

/// How a call to another member ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeerOutcome {
    /// It answered, be it with an error of the one who asked.
    Answered,
    /// It could not be reached, or the connection broke.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// It failed.
    Failed,
}

/// Where the shards of the layout are, as this member knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShardCounts {
    /// Served here.
    pub held: u64,
    /// That this member should serve and cannot yet, or that no reachable member serves.
    pub missing: u64,
    /// On their way to or from here.
    pub moving: u64,
}

/// A call to another member under way; dropping it ends it.
#[derive(Debug)]
pub struct PeerCall {
    member: u16,
    in_flight: Gauge,
    recorder: Recorder,
}

#[derive(Debug)]
pub(super) struct Cluster {
    latencies: Family<PeerLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Counter>,
    in_flight: Family<PeerLabels, Gauge>,
    reachable: Family<PeerLabels, Gauge>,
    sent: Family<PeerLabels, Counter>,
    received: Family<PeerLabels, Counter>,
    left_alone: Family<PeerLabels, Counter>,
    asked_twice: Family<PeerLabels, Counter>,
    mismatches: Counter,
    shards: Family<ShardLabels, Gauge>,
    partial: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PeerLabels {
    member: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    member: u16,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShardLabels {
    state: &'static str,
}

impl PeerOutcome {
    /// Its word on the page.
    const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Failed => "failed",
        }
    }
}

impl Cluster {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let latencies =
            Family::new_with_constructor((|| Histogram::new(LATENCY_BUCKETS)) as fn() -> Histogram);
        registry.register(
            metric::PEER_LATENCY,
            "Time until another member began to answer",
            latencies.clone(),
        );
        let in_flight = Family::default();
        registry.register(metric::PEER_IN_FLIGHT, "Calls to another member under way", in_flight.clone());
        let reachable = Family::default();
        registry.register(metric::PEER_REACHABLE, "Whether another member answers", reachable.clone());
        let shards = Family::default();
        registry.register(metric::CLUSTER_SHARDS, "Shards by where they are", shards.clone());
        Self {
            latencies,
            calls: super::counter(registry, metric::PEER_CALLS, "Calls to another member", Family::default()),
            in_flight,
            reachable,
            sent: super::counter(
                registry,
                metric::PEER_SENT_BYTES,
                "Bytes sent to another member",
                Family::default(),
            ),
            received: super::counter(
                registry,
                metric::PEER_RECEIVED_BYTES,
                "Bytes received from another member",
                Family::default(),
            ),
            left_alone: super::counter(
                registry,
                metric::PEER_LEFT_ALONE,
                "Calls not made because the member did not answer lately",
                Family::default(),
            ),
            asked_twice: super::counter(
                registry,
                metric::PEER_ASKED_TWICE,
                "Reads asked of a member a second time",
                Family::default(),
            ),
            mismatches: super::counter(
                registry,
                metric::LAYOUT_MISMATCHES,
                "Calls between members with different layouts",
                Counter::default(),
            ),
            shards,
            partial: super::counter(
                registry,
                metric::PARTIAL_ANSWERS,
                "Answers that left out shards",
                Counter::default(),
            ),
        }
    }
}

impl Recorder {
    /// Notes that a call to another member began; the guard takes how it ends.
    pub fn peer_call_started(&self, member: u16) -> PeerCall {
        let in_flight = self.shared.cluster.in_flight.get_or_create_owned(&PeerLabels { member });
        in_flight.inc();
        PeerCall { member, in_flight, recorder: self.clone() }
    }

    /// Adds bytes of messages and bodies sent to another member.
    pub fn peer_bytes_sent(&self, member: u16, bytes: u64) {
        self.shared.cluster.sent.get_or_create(&PeerLabels { member }).inc_by(bytes);
    }

    /// Adds bytes of messages and bodies received from another member.
    pub fn peer_bytes_received(&self, member: u16, bytes: u64) {
        self.shared.cluster.received.get_or_create(&PeerLabels { member }).inc_by(bytes);
    }

    /// Counts calls that were not made because the member did not answer lately.
    pub fn peer_left_alone(&self, member: u16, times: u64) {
        self.shared.cluster.left_alone.get_or_create(&PeerLabels { member }).inc_by(times);
    }

    /// Counts reads that a member was asked a second time.
    pub fn peer_asked_twice(&self, member: u16, times: u64) {
        self.shared.cluster.asked_twice.get_or_create(&PeerLabels { member }).inc_by(times);
    }

    /// Sets whether another member answers.
    pub fn peer_reachable(&self, member: u16, is_reachable: bool) {
        self.shared.cluster.reachable.get_or_create(&PeerLabels { member }).set(i64::from(is_reachable));
    }

    /// Counts calls that were refused here because the two members go by different layouts.
    pub fn layout_mismatched(&self, times: u64) {
        self.shared.cluster.mismatches.inc_by(times);
    }

    /// Sets where the shards are.
    pub fn cluster_shards(&self, counts: ShardCounts) {
        for (state, count) in [("held", counts.held), ("missing", counts.missing), ("moving", counts.moving)]
        {
            let gauge = self.shared.cluster.shards.get_or_create_owned(&ShardLabels { state });
            gauge.set(count.try_into().unwrap_or(i64::MAX));
        }
    }

    /// Counts answers to clients that left out shards.
    pub fn answered_partially(&self, times: u64) {
        self.shared.cluster.partial.inc_by(times);
    }
}

impl PeerCall {
    /// Counts how the call ended, and how long the member took to begin its answer.
    pub fn ended(&self, outcome: PeerOutcome, latency: Duration) {
        let (cluster, member) = (&self.recorder.shared.cluster, self.member);
        cluster.calls.get_or_create(&CallLabels { member, outcome: outcome.word() }).inc();
        // Who was not asked, or could not be, has no latency.
        if matches!(outcome, PeerOutcome::Answered | PeerOutcome::TimedOut | PeerOutcome::Failed) {
            cluster.latencies.get_or_create(&PeerLabels { member }).observe(latency.as_secs_f64());
        }
    }
}

impl Drop for PeerCall {
    fn drop(&mut self) {
        self.in_flight.dec();
    }
}

#[cfg(test)]
mod tests;
