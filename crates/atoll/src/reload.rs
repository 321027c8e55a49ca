//! Reading the configuration again, on SIGHUP or when one of its files changes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use atoll_config::{Settings, Sources};
use atoll_edge::Edge;
use atoll_host::Host;
use atoll_registry::LocalNode;
use atoll_telemetry::logs::Guard;

use crate::assemble::node_options;
use crate::failure::describe;
use crate::serve::{log_level, rate_limit};

/// How often the files are looked at. By content, so that editors that rename and symbolic links that are swapped are noticed too.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Follows the configuration of a running server.
pub(crate) struct Reloader {
    sources: Sources,
    current: Settings,
    seen: u64,
    is_sparse: bool,
    local: Arc<LocalNode>,
    edge: Edge,
    log: Guard,
}

impl Reloader {
    /// Follows `sources`, from which `current` was read.
    pub(crate) fn new(sources: &Sources, current: Settings, parts: (Arc<LocalNode>, Edge, Guard)) -> Self {
        let (local, edge, log) = parts;
        let (seen, is_sparse) = (fingerprint(sources), current.http.compat.sparse);
        Self { sources: sources.clone(), current, seen, is_sparse, local, edge, log }
    }

    /// Ends when a file has other content than at the last look.
    pub(crate) async fn changed(&mut self, host: &Host) {
        loop {
            host.clock.sleep(LOOK_EVERY).await;
            let found = fingerprint(&self.sources);
            if found != self.seen {
                self.seen = found;
                return;
            }
        }
    }

    /// Takes over what can be taken over, and says what cannot. An invalid configuration changes nothing.
    pub(crate) fn reload(&mut self) {
        let settings = match atoll_config::load(&self.sources) {
            Ok(settings) => settings,
            Err(error) => {
                tracing::error!(error = %describe(&error), "the configuration was not reloaded: the old one stays");
                return;
            }
        };
        let difference = self.current.reloadable_difference(&settings);
        for key in &difference.needs_restart {
            tracing::warn!(key, "this key takes effect after a restart");
        }
        // `http.compat` waits for a restart as a whole: half of it must not be followed earlier.
        self.local.reconfigure(atoll_registry::Options { sparse: self.is_sparse, ..node_options(&settings) });
        self.edge.limit_rates(&rate_limit(&settings));
        self.log.set_level(log_level(&settings));
        if !difference.applied.is_empty() {
            tracing::info!(keys = ?difference.applied, "the configuration was reloaded");
        } else if difference.needs_restart.is_empty() {
            tracing::info!("the configuration was read again, and nothing in it has changed");
        }
        self.current = settings;
    }
}

fn fingerprint(sources: &Sources) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in &sources.files {
        // A file that cannot be read right now (half swapped, say) counts as empty; the next look sees it whole.
        std::fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}
