//! The routed node itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use atoll_host::Host;
use atoll_service::{Error, Gathered, Node, UploadAddress};

use crate::Options;
use crate::catalog::Pages;
use crate::fresh::{Changes, Fresh};
use crate::reach::Reach;
use crate::table::Routes;

/// A node that answers for the whole cluster by asking its members.
pub struct RoutedNode {
    pub(crate) reach: Reach,
    pub(crate) fresh: Option<Fresh>,
    /// Pages of the catalog.
    pub(crate) pages: Pages,
    /// Stars that are to be counted in the background.
    pub(crate) stars_waiting: Arc<AtomicUsize>,
    /// Gathered answers that lacked shards.
    partial: AtomicU64,
}

impl RoutedNode {
    /// A routed node over members, of which the local one is one.
    pub fn new(routes: Arc<Routes>, host: Host, options: Options) -> Self {
        Self {
            reach: Reach::new(routes, host, options),
            fresh: None,
            pages: Pages::default(),
            stars_waiting: Arc::default(),
            partial: AtomicU64::new(0),
        }
    }

    /// Lets answers be kept while this number stays the same, and those of the other members do.
    #[must_use]
    pub fn with_changes(self, changes: Changes) -> Self {
        Self { fresh: Some(Fresh::new(changes)), ..self }
    }

    /// Gathered answers so far that lacked shards.
    pub fn partial_answers(&self) -> u64 {
        self.partial.load(Ordering::Relaxed)
    }

    pub(crate) fn counted<T>(&self, gathered: Gathered<T>) -> Gathered<T> {
        if !gathered.coverage.is_complete() {
            self.partial.fetch_add(1, Ordering::Relaxed);
        }
        gathered
    }

    /// The local node, if it answers everything by itself: then no request pays for others that are not there.
    pub(crate) fn alone(&self) -> Option<&dyn Node> {
        self.reach.routes.alone_node().map(|node| &**node)
    }

    /// The local node, if it answers everything by itself. An upload id that it has not issued is refused here.
    pub(crate) fn alone_with(&self, address: &UploadAddress) -> Result<Option<&dyn Node>, Error> {
        let local = self.alone();
        if local.is_some() {
            self.reach.holder(address)?;
        }
        Ok(local)
    }
}
