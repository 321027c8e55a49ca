//! Every metric and log field name of the product, in one place, so that dashboards and tests can be checked against it.
//!
//! The `zot_` names are those of zot 2.1, unchanged, so that existing dashboards keep working; the `atoll_` names are ours.

/// Metric names as they are scraped.
pub mod metric {
    /// Counter by `method` and `code`: answered requests.
    pub const HTTP_REQUESTS: &str = "zot_http_requests_total";
    /// Summary (sum and count) by `repo`: seconds until the answer was complete.
    pub const HTTP_REPO_LATENCY: &str = "zot_http_repo_latency_seconds";
    /// Histogram by `method`: seconds until the answer was complete.
    pub const HTTP_METHOD_LATENCY: &str = "zot_http_method_latency_seconds";
    /// Gauge by `repo`: bytes of the blobs that the repository links.
    pub const REPO_STORAGE_BYTES: &str = "zot_repo_storage_bytes";
    /// Counter by `repo`: manifests pushed.
    pub const REPO_UPLOADS: &str = "zot_repo_uploads_total";
    /// Counter by `repo`: manifests pulled.
    pub const REPO_DOWNLOADS: &str = "zot_repo_downloads_total";
    /// Gauge, always 1, by `commit`, `binaryType`, `goVersion` and `version`: what is running.
    pub const INFO: &str = "zot_info";
    /// Counter by `error` (`true` or `false`): garbage collections.
    pub const GC_RUNS: &str = "zot_gc_runs_total";
    /// Histogram: seconds that a garbage collection took.
    pub const GC_DURATION: &str = "zot_gc_duration_seconds";
    /// Counter by `type`: what garbage collections removed.
    pub const GC_DELETED: &str = "zot_gc_deleted_total";
    /// Gauge: requests whose answer is not complete yet.
    pub const HTTP_IN_FLIGHT: &str = "atoll_http_in_flight";
    /// Counter: bytes of response bodies sent.
    pub const HTTP_RESPONSE_BYTES: &str = "atoll_http_response_bytes_total";
    /// Counter: bytes of request bodies received.
    pub const HTTP_REQUEST_BYTES: &str = "atoll_http_request_bytes_total";
    /// Gauge: free bytes on the disk of the store.
    pub const STORE_FREE_BYTES: &str = "atoll_store_free_bytes";
    /// Gauge: uploads that are begun and not finished.
    pub const UPLOADS_OPEN: &str = "atoll_uploads_open";
    /// Histogram: seconds from the first command of a batch to its durable commit.
    pub const INDEX_COMMIT: &str = "atoll_index_commit_seconds";
    /// Histogram: commands that shared one commit.
    pub const INDEX_BATCH: &str = "atoll_index_batch_commands";
    /// Counter: log lines that were lost because the log could not keep up.
    pub const LOG_LINES_DROPPED: &str = "atoll_log_lines_dropped_total";
    /// Counter: audit records that were lost because the audit log could not keep up.
    pub const AUDIT_RECORDS_DROPPED: &str = "atoll_audit_records_dropped_total";
    /// Histogram by `member`: seconds until another member began to answer a call.
    pub const PEER_LATENCY: &str = "atoll_cluster_peer_latency_seconds";
    /// Counter by `member` and `outcome`: calls to another member.
    pub const PEER_CALLS: &str = "atoll_cluster_peer_calls_total";
    /// Gauge by `member`: calls to another member under way.
    pub const PEER_IN_FLIGHT: &str = "atoll_cluster_peer_in_flight";
    /// Gauge by `member`: 1 if the member answers, else 0.
    pub const PEER_REACHABLE: &str = "atoll_cluster_peer_reachable";
    /// Counter by `member`: bytes sent to another member.
    pub const PEER_SENT_BYTES: &str = "atoll_cluster_peer_sent_bytes_total";
    /// Counter by `member`: bytes received from another member.
    pub const PEER_RECEIVED_BYTES: &str = "atoll_cluster_peer_received_bytes_total";
    /// Counter: calls between members that go by different layouts.
    pub const LAYOUT_MISMATCHES: &str = "atoll_cluster_layout_mismatches_total";
    /// Gauge by `state` (`held`, `missing`, `moving`): shards as this member knows them.
    pub const CLUSTER_SHARDS: &str = "atoll_cluster_shards";
    /// Counter by `member`: calls that were not made because the member did not answer lately.
    pub const PEER_LEFT_ALONE: &str = "atoll_cluster_peer_left_alone_total";
    /// Counter by `member`: reads that were asked a second time.
    pub const PEER_ASKED_TWICE: &str = "atoll_cluster_peer_asked_twice_total";
    /// Counter: answers to clients that left out shards.
    pub const PARTIAL_ANSWERS: &str = "atoll_cluster_partial_answers_total";

    /// Every name above.
    pub const ALL: [&str; 30] = [
        HTTP_REQUESTS,
        HTTP_REPO_LATENCY,
        HTTP_METHOD_LATENCY,
        REPO_STORAGE_BYTES,
        REPO_UPLOADS,
        REPO_DOWNLOADS,
        INFO,
        GC_RUNS,
        GC_DURATION,
        GC_DELETED,
        HTTP_IN_FLIGHT,
        HTTP_RESPONSE_BYTES,
        HTTP_REQUEST_BYTES,
        STORE_FREE_BYTES,
        UPLOADS_OPEN,
        INDEX_COMMIT,
        INDEX_BATCH,
        LOG_LINES_DROPPED,
        AUDIT_RECORDS_DROPPED,
        PEER_LATENCY,
        PEER_CALLS,
        PEER_IN_FLIGHT,
        PEER_REACHABLE,
        PEER_SENT_BYTES,
        PEER_RECEIVED_BYTES,
        LAYOUT_MISMATCHES,
        CLUSTER_SHARDS,
        PEER_LEFT_ALONE,
        PEER_ASKED_TWICE,
        PARTIAL_ANSWERS,
    ];
}

/// Names of fields in JSON log lines. The first group is zot's.
pub mod field {
    /// Lower-case level word.
    pub const LEVEL: &str = "level";
    /// Time of the line, RFC 3339 in UTC.
    pub const TIME: &str = "time";
    /// The sentence.
    pub const MESSAGE: &str = "message";
    /// Address and port of the client.
    pub const CLIENT_IP: &str = "clientIP";
    /// Request method.
    pub const METHOD: &str = "method";
    /// Path and query of the request.
    pub const PATH: &str = "path";
    /// Status of the answer.
    pub const STATUS_CODE: &str = "statusCode";
    /// Time until the answer was complete, as Go writes durations.
    pub const LATENCY: &str = "latency";
    /// Bytes of the response body.
    pub const BODY_SIZE: &str = "bodySize";
    /// Request headers, secrets masked: a JSON object of lists.
    pub const HEADERS: &str = "headers";
    /// Who did it (audit).
    pub const SUBJECT: &str = "subject";
    /// Request method (audit).
    pub const ACTION: &str = "action";
    /// Path and query of the request (audit).
    pub const OBJECT: &str = "object";
    /// Status of the answer (audit).
    pub const STATUS: &str = "status";
    /// Ours: the id that the answer carries in `X-Request-Id`.
    pub const REQUEST_ID: &str = "requestId";
    /// Ours: the part of the program that speaks.
    pub const TARGET: &str = "target";
}
