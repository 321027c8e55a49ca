//! Keys of mirroring.

use super::{COUNT, Case, Key, Verdict, key};
use crate::kind::Kind::{Boolean, Duration, Free, Integer, Path, Stanza, Stanzas, Switch, Text, Texts};

const SYNC: Verdict = Verdict::Refused {
    when: Case::NotDisabled,
    because: "mirroring is not built yet, and images of the upstream would be answered as unknown: remove the stanza, \
              or set its enable to false",
};

macro_rules! sync {
    ($($path:literal, $kind:expr, $meaning:literal;)*) => {
        &[$(key(concat!("extensions.sync", $path), $kind, $meaning).verdict(SYNC),)*]
    };
}

pub(super) const KEYS: &[Key] = sync! {
    "", Switch, "Copies of other registries' content.";
    ".enable", Boolean, "Whether it is on.";
    ".downloadDir", Path, "Folder for content on its way to object storage.";
    ".credentialsFile", Path, "File with names and passwords by registry.";
    ".registries", Stanzas, "The registries to copy from.";
    ".registries[].urls", Texts, "Addresses of the registry, tried in turn.";
    ".registries[].pollInterval", Duration, "How often all content is copied.";
    ".registries[].content", Stanzas, "What is copied.";
    ".registries[].content[].prefix", Text, "Pattern of repositories.";
    ".registries[].content[].tags", Stanza, "Which tags.";
    ".registries[].content[].tags.regex", Text, "Tags that match.";
    ".registries[].content[].tags.excludeRegex", Text, "Tags that do not match.";
    ".registries[].content[].tags.semver", Boolean, "Tags that are versions.";
    ".registries[].content[].destination", Text, "Where it goes here.";
    ".registries[].content[].stripPrefix", Boolean, "Whether the prefix is left out here.";
    ".registries[].tlsVerify", Boolean, "Whether certificates are checked.";
    ".registries[].onDemand", Boolean, "Whether a request for what is not here fetches it.";
    ".registries[].certDir", Path, "Folder of certificates.";
    ".registries[].maxRetries", COUNT, "How often a failed copy is repeated.";
    ".registries[].retryDelay", Duration, "Pause before that.";
    ".registries[].maxRetryDelay", Duration, "The longest pause.";
    ".registries[].onlySigned", Boolean, "Whether unsigned images are left out.";
    ".registries[].syncLegacyCosignTags", Boolean, "Whether signatures in tags are copied.";
    ".registries[].preserveDigest", Boolean, "Whether Docker images are copied unchanged.";
    ".registries[].manifestCheckInterval", Duration, "How long an answer of the upstream is trusted.";
    ".registries[].syncTimeout", Duration, "How long one copy may take.";
    ".registries[].credentialHelper", Text, "Program or service that gives credentials.";
    ".registries[].oauth2CredentialHelper", Free, "Settings of the oauth2 helper.";
    ".registries[].reqConcurrent", COUNT, "Requests at a time.";
    ".registries[].reqPerSec", Integer { least: 0, most: 1_000_000 }, "Requests per second.";
    ".registries[].disableHTTP2", Boolean, "Whether HTTP/2 is left out.";
    ".registries[].maxIdleConnsPerHost", COUNT, "Idle connections kept open.";
};
