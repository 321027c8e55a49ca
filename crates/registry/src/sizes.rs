//! How much content each repository links, told some seconds after it changed: a sum over its blobs is too much for each push.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use atoll_host::Shutdown;
use atoll_index::{About, Change, Effect, Heard};
use atoll_oci::Repository;

use crate::LocalNode;
use crate::node::Observer;

/// How long changes are gathered before the repositories are measured that they are about.
const GATHERING: Duration = Duration::from_secs(10);
/// Most repositories that wait to be measured; a further one is measured after its next change.
const MAX_WAITING: usize = 10_000;

/// What there is to do after the changes of some seconds.
#[derive(Default)]
struct Gathered {
    changed: BTreeSet<Repository>,
    gone: BTreeSet<Repository>,
    has_missed: bool,
}

impl LocalNode {
    /// Tells the observer sizes of repositories that are held here, until the signal.
    pub async fn tell_sizes(self: Arc<Self>, mut shutdown: Shutdown, observer: Arc<dyn Observer>) {
        let mut feed = self.parts.index.subscribe();
        let mut gathered = Gathered::default();
        let mut round = self.parts.host.clock.sleep(GATHERING);
        loop {
            tokio::select! {
                heard = feed.next() => match heard {
                    Heard::Change { change, .. } => gathered.note(&change),
                    Heard::Missed(_) => gathered.has_missed = true,
                    Heard::Held { .. } | Heard::Left { .. } => {}
                    Heard::Closed => return,
                },
                () = &mut round => {
                    self.measure(std::mem::take(&mut gathered), observer.as_ref()).await;
                    round = self.parts.host.clock.sleep(GATHERING);
                }
                () = shutdown.signalled() => return,
            }
        }
    }

    async fn measure(&self, gathered: Gathered, observer: &dyn Observer) {
        for repository in &gathered.gone {
            observer.measured(repository, None);
        }
        let mut repositories = gathered.changed;
        repositories.extend(observer.wanted(gathered.has_missed));
        if repositories.is_empty() {
            return;
        }
        let snapshot = self.parts.index.snapshot();
        let measuring = self.parts.host.tasks.blocking(move || {
            let sizes = repositories.into_iter().map(|repository| {
                let bytes = snapshot.linked_bytes(&repository)?;
                Ok((repository, bytes))
            });
            sizes.collect::<Result<Vec<_>, atoll_index::Error>>()
        });
        match measuring.await {
            Ok(Ok(sizes)) => {
                // One that is not here may be held by another member: of that nothing is told.
                for (repository, bytes) in sizes.iter().filter(|(_, bytes)| bytes.is_some()) {
                    observer.measured(repository, *bytes);
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "repositories could not be measured"),
            Err(error) => tracing::warn!(%error, "repositories could not be measured"),
        }
    }
}

impl Gathered {
    fn note(&mut self, change: &Change) {
        let About::Repository(repository) = &change.about else { return };
        let is_gone = change.effects.last() == Some(&Effect::RepositoryRemoved);
        let (to, from) =
            if is_gone { (&mut self.gone, &mut self.changed) } else { (&mut self.changed, &mut self.gone) };
        from.remove(repository);
        if to.len() < MAX_WAITING {
            to.insert(repository.clone());
        }
    }
}
