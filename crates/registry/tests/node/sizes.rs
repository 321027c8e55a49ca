//! What a node tells of the size of its repositories.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use atoll_host::{Host, ShutdownHandle, SimulatedClock, Timestamp};
use atoll_index::Writer;
use atoll_oci::Repository;
use atoll_service::{Grant, SweepReport};
use atoll_testkit::{Front, Pusher};

use crate::world::on_disk;

const LONG: Duration = Duration::from_secs(30);

/// Sizes as they were told last, and who is asked for.
#[derive(Default)]
struct Told {
    sizes: Mutex<HashMap<String, u64>>,
    wanted: Mutex<Vec<Repository>>,
}

impl atoll_registry::Observer for Told {
    fn swept(&self, _report: Option<&SweepReport>, _took: Duration) {}

    fn wanted(&self, _all: bool) -> Vec<Repository> {
        self.wanted.lock().unwrap().clone()
    }

    fn measured(&self, repository: &Repository, bytes: Option<u64>) {
        let mut sizes = self.sizes.lock().unwrap();
        match bytes {
            Some(bytes) => sizes.insert(repository.to_string(), bytes),
            None => sizes.remove(repository.as_str()),
        };
    }
}

#[tokio::test]
async fn a_repository_is_measured_after_it_changed_or_when_it_is_asked_for() {
    let clock = Arc::new(SimulatedClock::new(Timestamp::default()));
    let real = Host::system(2);
    let host = Host { clock: clock.clone(), ..real.clone() };
    let folder = tempfile::tempdir().unwrap();
    let node = on_disk(&host, folder.path(), Writer::Thread).unwrap();
    let front: Arc<dyn Front> = node.clone();
    let (quiet, busy) = (Pusher::new(&front, "quiet"), Pusher::new(&front, "busy"));
    quiet.blob(&[1; 70]).await.unwrap();

    let (told, (shutdown, signal)) = (Arc::new(Told::default()), ShutdownHandle::new());
    let (ended, end) = tokio::sync::oneshot::channel();
    let telling = node.clone().tell_sizes(signal, told.clone());
    host.tasks.spawn(async move {
        telling.await;
        ended.send(()).unwrap();
    });
    let comes = async |wanted: &[(&str, u64)]| {
        let wanted: HashMap<String, u64> =
            wanted.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect();
        let arrives = async {
            while *told.sizes.lock().unwrap() != wanted {
                clock.advance(Duration::from_secs(1));
                real.clock.sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(LONG, arrives).await.expect("the sizes are told in time");
    };
    // The feed is followed from the first turn of the task on.
    real.clock.sleep(Duration::from_millis(50)).await;
    let first = busy.blob(&[2; 1000]).await.unwrap();
    busy.blob(&[3; 234]).await.unwrap();
    comes(&[("busy", 1234)]).await;
    front.unlink(&busy.caller, busy.address(first), Grant::ALL).await.unwrap();
    comes(&[("busy", 234)]).await;
    *told.wanted.lock().unwrap() = vec!["quiet".parse().unwrap(), "elsewhere".parse().unwrap()];
    comes(&[("busy", 234), ("quiet", 70)]).await;
    told.wanted.lock().unwrap().clear();
    let last = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, &[3; 234]);
    front.unlink(&busy.caller, busy.address(last), Grant::ALL).await.unwrap();
    comes(&[("quiet", 70)]).await;
    shutdown.signal();
    end.await.unwrap();
}
