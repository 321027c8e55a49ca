//! Keys at the top of the file, log and scheduler.

use super::{Key, SOME, Verdict, key, warned};
use crate::kind::Kind::{Choice, Path, Stanza, Text};

/// Words for `log.level`, the quietest last; the last two of zot's mean `error` here.
pub(crate) const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error", "fatal", "panic"];

const SCHEDULER: Verdict = warned("background work paces itself here and has no fixed number of workers");

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
];
