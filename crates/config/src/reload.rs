//! What a change of the configuration means to a server that runs.

use std::fmt::Debug;

use atoll_oci::{Algorithm, Digest, digest_of};

use crate::keys;
use crate::settings::{ClusterSecret, Settings, Trust};

/// The keys that two settings differ in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reload {
    /// Keys whose change a running server takes.
    pub applied: Vec<String>,
    /// Keys whose change waits for a restart; the running server keeps the old values.
    pub needs_restart: Vec<String>,
}

impl Settings {
    /// The keys in which `new` differs, parted by whether a running server takes the change.
    pub fn reloadable_difference(&self, new: &Self) -> Reload {
        let mut reload = Reload::default();
        for ((key, old), (_, new)) in effective(self).into_iter().zip(effective(new)) {
            if old != new {
                let live = keys::find(key).is_some_and(|key| key.live);
                let list = if live { &mut reload.applied } else { &mut reload.needs_restart };
                list.push(key.to_owned());
            }
        }
        reload
    }
}

/// Every setting by the key that sets it, with a text that differs whenever the setting differs; always in one order.
fn effective(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut rows = http(settings);
    rows.extend(kept(settings));
    rows.extend(own(settings));
    rows.extend(cluster(settings));
    rows
}

fn http(settings: &Settings) -> Vec<(&'static str, String)> {
    let (http, tls) = (&settings.http, settings.tls.as_ref());
    let limit = http.rate_limit.as_ref();
    vec![
        row("http.address", &http.address),
        row("http.port", &http.port),
        row("http.allowOrigin", &http.allow_origin),
        row("http.realm", &http.realm),
        row("http.readTimeout", &http.read_idle),
        row("http.writeTimeout", &http.write_idle),
        row("http.compat", &http.compat),
        row("http.ratelimit.rate", &limit.map(|limit| limit.rate)),
        row("http.ratelimit.methods", &limit.map(|limit| &limit.methods)),
        // To turn encryption on or off takes another listener.
        row("http.tls", &tls.is_some()),
        row("http.tls.cert", &tls.map(|tls| &tls.cert)),
        row("http.tls.key", &tls.map(|tls| &tls.key)),
    ]
}

fn kept(settings: &Settings) -> Vec<(&'static str, String)> {
    let (storage, log, extensions) = (&settings.storage, &settings.log, &settings.extensions);
    let metrics = extensions.metrics.as_ref();
    vec![
        row("storage.rootDirectory", &storage.root_directory),
        row("storage.commit", &storage.commit),
        row("storage.maxRepos", &storage.max_repositories),
        row("log.level", &log.level),
        row("log.output", &log.output),
        row("log.audit", &log.audit),
        row("extensions.search.enable", &extensions.search.is_some()),
        row("extensions.ui.enable", &extensions.ui),
        row("extensions.ui.path", &extensions.ui_folder),
        row("extensions.metrics.enable", &metrics.is_some()),
        row("extensions.metrics.prometheus.path", &metrics.map(|metrics| &metrics.path)),
        row("atoll.metrics.repositoryLabels", &metrics.map(|metrics| metrics.repository_labels)),
        row("atoll.search.maxRows", &extensions.search.as_ref().map(|search| search.max_rows)),
    ]
}

fn own(settings: &Settings) -> Vec<(&'static str, String)> {
    let (uploads, limits) = (&settings.uploads, &settings.limits);
    vec![
        row("atoll.uploads.expireAfter", &uploads.expire_after),
        row("atoll.uploads.maxPerClient", &uploads.max_per_client),
        row("atoll.storage.lowWaterMark", &settings.storage.low_water_mark),
        row("atoll.index.cacheSize", &settings.index.cache_size),
        row("atoll.limits.manifestBytes", &limits.manifest),
        row("atoll.limits.headerBytes", &limits.headers),
        row("atoll.limits.inFlight", &limits.in_flight),
        row("atoll.limits.connections", &limits.connections),
        row("atoll.shards", &settings.shards),
        row("atoll.shutdown.grace", &settings.shutdown.grace),
        row("atoll.tasks.blockingThreads", &settings.tasks.blocking_threads),
    ]
}

/// No secret is kept here: a digest stands for each, and the identity that follows from it for the cluster's key.
fn cluster(settings: &Settings) -> Vec<(&'static str, String)> {
    let cluster = settings.cluster.as_ref();
    let files = cluster.and_then(|cluster| match &cluster.trust {
        Trust::Files { cert, key, authorities } => Some([cert, key, authorities]),
        Trust::Secret { .. } => None,
    });
    let secrets = cluster.and_then(|cluster| match &cluster.trust {
        Trust::Files { .. } => None,
        Trust::Secret { own, accepted } => {
            Some((fingerprint(own), accepted.iter().map(fingerprint).collect::<Vec<_>>()))
        }
    });
    let members = cluster.map(|cluster| &cluster.members);
    let addresses: Option<Vec<_>> = members.map(|members| members.iter().map(|one| &one.address).collect());
    vec![
        row("cluster.members", &addresses),
        row("cluster.hashKey", &cluster.map(|cluster| cluster.id)),
        row("cluster.tls.cert", &files.map(|[cert, _, _]| cert)),
        row("cluster.tls.key", &files.map(|[_, key, _]| key)),
        row("cluster.tls.cacert", &files.map(|[_, _, authorities]| authorities)),
        row("atoll.cluster.member", &cluster.map(|cluster| cluster.own)),
        row("atoll.cluster.members", &members),
        row("atoll.cluster.link.listen", &cluster.map(|cluster| &cluster.listen)),
        row("atoll.cluster.secretFile", &secrets.as_ref().map(|(own, _)| own)),
        row("atoll.cluster.acceptedSecretFiles", &secrets.as_ref().map(|(_, accepted)| accepted)),
        row("atoll.cluster.queryDeadline", &cluster.map(|cluster| cluster.query_deadline)),
        row("atoll.cluster.mountDeadline", &cluster.map(|cluster| cluster.mount_deadline)),
        row("atoll.cluster.mountCopyMax", &cluster.map(|cluster| cluster.mount_copy_max)),
        row("atoll.cluster.partialCatalog", &cluster.map(|cluster| cluster.partial_catalog)),
    ]
}

fn fingerprint(secret: &ClusterSecret) -> Digest {
    digest_of(Algorithm::Sha256, secret.bytes())
}

fn row(key: &'static str, value: &impl Debug) -> (&'static str, String) {
    (key, format!("{value:?}"))
}

#[cfg(test)]
mod tests;
