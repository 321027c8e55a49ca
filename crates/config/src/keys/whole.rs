//! Keys at the top of the file, log, scheduler and cluster.

use super::{Case, Key, SOME, Verdict, key, warned};
use crate::kind::Kind::{Choice, Path, Secret, Stanza, Text, Texts};

/// Words for `log.level`, the quietest last; the last two of zot's mean `error` here.
pub(crate) const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error", "fatal", "panic"];

const SCHEDULER: Verdict = warned("background work paces itself here and has no fixed number of workers");
const ALONE: Verdict = warned("a member alone holds everything and calls nobody");
const MEMBERS: Verdict = Verdict::Refused {
    when: Case::Several,
    because: "clusters of more than one member are not built yet, and a lone server would answer for a part of the data \
              as if it were all: list this member only",
};
pub(super) const KEYS: &[Key] = &[
    key("distSpecVersion", Text, "Version of the distribution specification; the server says its own.")
        .verdict(Verdict::Accepted),
    key("goVersion", Text, "Written by zot into its own dumps.").verdict(Verdict::Accepted),
    key("commit", Text, "Written by zot into its own dumps.").verdict(Verdict::Accepted),
    key("releaseTag", Text, "Written by zot into its own dumps.").verdict(Verdict::Accepted),
    key("binaryType", Text, "Written by zot into its own dumps.").verdict(Verdict::Accepted),
    key("log", Stanza, "What is logged, and where to."),
    key(
        "log.level",
        Choice(LEVELS),
        "The least important lines that are logged; fatal and panic mean error.",
    )
    .or("info")
    .live(),
    key("log.output", Path, "File that log lines are appended to; standard output when not given."),
    key("log.audit", Path, "File that gets one line for each successful write; none when not given."),
    key("scheduler", Stanza, "Background work.").verdict(SCHEDULER),
    key("scheduler.numWorkers", SOME, "How many background tasks run at a time.").verdict(SCHEDULER),
    key("cluster", Stanza, "The members that serve one registry together."),
    key(
        "cluster.members",
        Texts,
        "Every member as host:port, in the same order everywhere; here exactly one.",
    )
    .verdict(MEMBERS),
    key("cluster.hashKey", Secret, "Key of 16 bytes by which repositories are spread over members.")
        .verdict(ALONE),
    key("cluster.tls", Stanza, "Certificates for calls between members.").verdict(ALONE),
    key("cluster.tls.cert", Path, "Client certificate for calls to other members.").verdict(ALONE),
    key("cluster.tls.key", Path, "Key of that certificate.").verdict(ALONE),
    key("cluster.tls.cacert", Path, "Authority that other members' certificates are checked against.")
        .verdict(ALONE),
];
