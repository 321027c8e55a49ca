//! Keys of storage.

use super::{COUNT, Case, Key, Verdict, key, refused, warned};
use crate::kind::Kind::{Boolean, Duration, Free, Named, Path, Stanza, Stanzas, Texts, TimeWindow};

const GC: Verdict = warned(
    "untagged manifests are not collected yet and stay until they are deleted; bytes that no repository links are \
     always removed in the background",
);
const RETENTION: Verdict = warned("retention is not built yet: no tag and no manifest is removed by itself");
const FAST: Verdict = warned("a start never walks the storage here");
const DEDUPE: Verdict = Verdict::Warned {
    when: Case::Is(false),
    because: "the content store keeps one copy of each digest by construction",
};
const DRIVER: Verdict = refused(
    "object storage is not built yet, and what it holds would look as if it were gone: remove the key only to start \
     with a local folder",
);
const CACHE: Verdict = refused(
    "remote caches are not built yet, and other servers that share this one would not see our writes: remove the key \
     if this server is alone",
);
const SHARED: Verdict = Verdict::Refused {
    when: Case::Is(true),
    because: "remote caches are not built yet, and other servers that share this one would not see our writes: set it \
              to false if this server is alone",
};
const REDIRECT: Verdict = Verdict::Refused {
    when: Case::Is(true),
    because: "there is no object storage to redirect to yet: set it to false",
};
const SUB_PATHS: Verdict = refused(
    "several roots are not built yet, and repositories below the other roots would look as if they were gone: remove \
     the key only if there are none",
);

/// Rows of retention below one storage stanza.
macro_rules! with_retention {
    ($prefix:literal, $verdict:expr, [$($first:expr,)*]) => {
        &[
            $($first,)*
            key(concat!($prefix, ".retention"), Stanza, "Which tags and manifests are kept.").verdict($verdict),
            key(concat!($prefix, ".retention.dryRun"), Boolean, "Whether to log only.").verdict($verdict),
            key(concat!($prefix, ".retention.delay"), Duration, "How old a manifest must be.").verdict($verdict),
            key(concat!($prefix, ".retention.policies"), Stanzas, "Rules; the first that matches decides.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].repositories"), Texts, "Patterns of repositories.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].deleteReferrers"), Boolean, "Whether orphans go.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].deleteUntagged"), Boolean, "Whether untagged ones go.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags"), Stanzas, "Tags to keep.").verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags[].patterns"), Texts, "Regular expressions of tags.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags[].pulledWithin"), Duration, "Pulled this lately.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags[].pushedWithin"), Duration, "Pushed this lately.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags[].mostRecentlyPushedCount"), COUNT, "Latest pushed.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepTags[].mostRecentlyPulledCount"), COUNT, "Latest pulled.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepUntagged"), Stanza, "Untagged manifests to keep.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepUntagged.pulledWithin"), Duration, "Pulled this lately.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepUntagged.pushedWithin"), Duration, "Pushed this lately.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepUntagged.mostRecentlyPushedCount"), COUNT, "Latest pushed.")
                .verdict($verdict),
            key(concat!($prefix, ".retention.policies[].keepUntagged.mostRecentlyPulledCount"), COUNT, "Latest pulled.")
                .verdict($verdict),
        ]
    };
}

/// The one root.
pub(super) const KEYS: &[Key] = with_retention!(
    "storage",
    RETENTION,
    [
        key("storage", Stanza, "Where and how content is kept."),
        key("storage.rootDirectory", Path, "Folder of this server's data; must be given in a file."),
        key("storage.commit", Boolean, "Whether a write is on the disk before it is acknowledged.")
            .or("true"),
        key("storage.maxRepos", COUNT, "The most repositories there may be; 0 for any number.")
            .or("0")
            .live(),
        key("storage.dedupe", Boolean, "Whether each digest is kept once.").or("true").verdict(DEDUPE),
        key("storage.gc", Boolean, "Whether manifests that nothing names are collected.").verdict(GC),
        key("storage.gcDelay", Duration, "How old they must be.").verdict(GC),
        key("storage.gcInterval", Duration, "How often they are looked for.").verdict(GC),
        key("storage.gcTimeWindow", TimeWindow, "Hours of the day (UTC) for it, as 22:00-04:00.").verdict(GC),
        key("storage.fastRestart", Boolean, "Whether a start may leave out walking the storage.")
            .verdict(FAST),
        key(
            "storage.redirectBlobURL",
            Boolean,
            "Whether clients fetch blobs from the object storage itself."
        )
        .or("false")
        .verdict(REDIRECT),
        key("storage.storageDriver", Free, "Object storage: s3, gcs or azure, with the driver's settings.")
            .verdict(DRIVER),
        key("storage.remoteCache", Boolean, "Whether metadata lives in a database shared by servers.")
            .or("false")
            .verdict(SHARED),
        key("storage.cacheDriver", Free, "That database: dynamodb or redis, with its settings.")
            .verdict(CACHE),
    ]
);

/// Further roots.
pub(super) const SUB_KEYS: &[Key] = with_retention!(
    "storage.subPaths.*",
    SUB_PATHS,
    [
        key("storage.subPaths", Named, "Further roots by the first component of the repository's name.")
            .verdict(SUB_PATHS),
        key("storage.subPaths.*.rootDirectory", Path, "Its folder.").verdict(SUB_PATHS),
        key("storage.subPaths.*.commit", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.dedupe", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.gc", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.gcDelay", Duration, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.gcInterval", Duration, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.gcTimeWindow", TimeWindow, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.fastRestart", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.redirectBlobURL", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.storageDriver", Free, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.remoteCache", Boolean, "As for storage.").verdict(SUB_PATHS),
        key("storage.subPaths.*.cacheDriver", Free, "As for storage.").verdict(SUB_PATHS),
    ]
);
