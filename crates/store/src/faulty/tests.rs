use std::sync::Arc;

use atoll_fault::Kind;
use atoll_host::{SimulatedClock, Timestamp};
use futures_util::FutureExt as _;

use super::*;
use crate::MemoryStore;

fn store() -> FaultyStore<MemoryStore> {
    FaultyStore::new(MemoryStore::new(Arc::new(SimulatedClock::new(Timestamp(0)))))
}

#[tokio::test]
async fn the_nth_call_fails_and_the_others_do_not() {
    let store = store();
    store.faults().fail_call(2, io::ErrorKind::StorageFull);
    assert!(store.space().await.is_ok());
    assert_eq!(store.space().await.unwrap_err().kind(), Kind::NoSpace);
    assert!(store.space().await.is_ok());
    store.faults().fail_from(1, io::ErrorKind::Other);
    assert!(store.space().await.is_err() && store.uploads().await.is_err());
    store.faults().clear();
    assert!(store.space().await.is_ok());
    assert_eq!(store.faults().calls(), 6);
}

#[tokio::test]
async fn a_frozen_store_answers_once_released() {
    let store = store();
    store.faults().freeze();
    let mut call = store.space();
    assert!((&mut call).now_or_never().is_none());
    store.faults().release();
    assert!(call.await.is_ok());
}
