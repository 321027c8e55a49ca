//! Atoll's own keys, all below one stanza that zot does not know.

use super::{COUNT, Key, key};
use crate::kind::Kind::{self, Duration, Integer, Size, Stanza};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;

/// Sessions, connections and requests: more than a million are a mistake.
const MANY: Kind = Integer { least: 1, most: 1_000_000 };

pub(super) const KEYS: &[Key] = &[
    key("atoll", Stanza, "What zot has no key for."),
    key("atoll.uploads", Stanza, "Uploads on their way."),
    key("atoll.uploads.expireAfter", Duration, "How long an upload may rest before it is removed.")
        .or("24h")
        .live(),
    key("atoll.uploads.maxPerClient", MANY, "Open uploads of one client address, idle ones aside.")
        .or("200")
        .live(),
    key("atoll.storage", Stanza, "Limits of the content store."),
    key(
        "atoll.storage.lowWaterMark",
        Size { least: 0, most: 1024 * TIB },
        "Free disk space below which writes are refused.",
    )
    .or("256MiB")
    .live(),
    key("atoll.index", Stanza, "The database of metadata."),
    key("atoll.index.cacheSize", Size { least: MIB, most: TIB }, "Memory for its cache.").or("32MiB"),
    key("atoll.limits", Stanza, "What one client, or all together, may ask."),
    key(
        "atoll.limits.manifestBytes",
        Size { least: KIB, most: 64 * MIB },
        "The largest manifest; zot's is 4 MiB.",
    )
    .or("4MiB"),
    key("atoll.limits.headerBytes", Size { least: 4 * KIB, most: MIB }, "All headers of one request.")
        .or("64KiB"),
    key("atoll.limits.inFlight", MANY, "Requests worked on at a time; more get status 503.").or("10000"),
    key("atoll.limits.connections", MANY, "Open connections; more wait.").or("20000"),
    key(
        "atoll.shards",
        Integer { least: 1, most: 4096 },
        "Parts that metadata is split into; read on the first start only.",
    )
    .or("256"),
    key("atoll.shutdown", Stanza, "How the server stops."),
    key("atoll.shutdown.grace", Duration, "How long transfers may go on after a stop is asked for.")
        .or("60s"),
    key("atoll.tasks", Stanza, "Work inside the process."),
    key("atoll.tasks.blockingThreads", Integer { least: 1, most: 4096 }, "Threads for disk work.").or("64"),
    key("atoll.metrics", Stanza, "Bounds of the metrics page."),
    key(
        "atoll.metrics.repositoryLabels",
        COUNT,
        "Repositories that get values of their own; the rest share one.",
    )
    .or("1000"),
    key("atoll.search", Stanza, "Bounds of search."),
    key("atoll.search.maxRows", MANY, "The most rows of one answer; beyond that pages must be asked for.")
        .or("100000"),
];
