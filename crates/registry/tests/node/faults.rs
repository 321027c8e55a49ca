//! A disk that fails once, at any call: the answer is an error, and everything is whole afterwards.

use std::io::ErrorKind;
use std::path::Path;

use atoll_host::Tasks;
use atoll_index::Writer;

use crate::ledger::{Ledger, Step};
use crate::world::{on_disk, simulated};

const CALLS: u64 = 80;

#[tokio::test]
async fn one_failed_call_leaves_the_node_whole_and_usable() {
    for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other] {
        for nth in 0..CALLS {
            let (host, disk) = simulated(nth, Tasks::inline());
            let node = on_disk(&host, Path::new("/data"), Writer::Caller).unwrap();
            let mut ledger = Ledger::default();
            ledger
                .step(&node, "before", Step::Image { layer: vec![1; 9_000], tag: "t".into(), is_large: true })
                .await;
            disk.faults().fail_call(disk.faults().calls() + nth, kind);
            for step in [
                Step::Image { layer: vec![2; 9_000], tag: "t".into(), is_large: false },
                Step::Blob(vec![3; 5]),
                Step::DeleteTag("t".into()),
            ] {
                ledger.step(&node, "during", step).await;
            }
            disk.faults().clear();
            ledger.check(&node).await;
            let again = Step::Image { layer: vec![4; 700], tag: "t".into(), is_large: false };
            assert!(
                ledger.step(&node, "during", again).await,
                "call {nth} ({kind:?}) left the node unusable"
            );
            ledger.check(&node).await;
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_cured_by_deleting() {
    let (host, disk) = simulated(1, Tasks::inline());
    let node = on_disk(&host, Path::new("/data"), Writer::Caller).unwrap();
    let mut ledger = Ledger::default();
    let layer = vec![7; 2_000_000];
    assert!(ledger.step(&node, "a", Step::Blob(layer.clone())).await);
    let space = host.files.space(Path::new("/data")).unwrap();
    // Room for the index to turn over its pages, none for another layer.
    disk.faults().set_quota(Some(space.total_bytes - space.free_bytes + 1_500_000));
    assert!(!ledger.step(&node, "a", Step::Blob(vec![8; 2_000_000])).await);
    ledger.check(&node).await;
    assert!(ledger.step(&node, "a", Step::Unlink(layer)).await);
    let report =
        atoll_service::Admin::sweep(node.as_ref(), &atoll_service::Caller::internal("test")).await.unwrap();
    assert!(report.bytes >= 2_000_000, "{report:?}");
    assert!(ledger.step(&node, "a", Step::Blob(vec![8; 2_000_000])).await);
    ledger.check(&node).await;
}
