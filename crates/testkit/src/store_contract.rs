//! What every store must do, whatever it keeps its bytes in.

mod blobs;
mod uploads;

use std::sync::Arc;

use atoll_oci::{Algorithm, Digest, digest_of};
use atoll_placement::{ClusterKey, MemberId, UploadId};
use atoll_store::{Error, Store};
use bytes::Bytes;
use futures_util::StreamExt as _;

/// Runs the whole suite; each case gets an empty store from `make`. Panics at the first broken expectation.
pub async fn store_contract(make: impl Fn() -> Arc<dyn Store>) {
    blobs::what_was_put_is_there_and_nothing_else(&*make()).await;
    blobs::content_of_every_size_is_read_back_whole(&*make()).await;
    blobs::spans_are_read_one_after_another(&*make()).await;
    blobs::spans_outside_the_content_are_refused(&*make()).await;
    blobs::wrong_content_is_refused_with_both_digests(&*make()).await;
    blobs::the_same_content_may_be_put_twice(&*make()).await;
    blobs::removing_is_visible_at_once_and_readers_go_on(&*make()).await;
    blobs::pages_make_the_whole_list_in_order(&*make()).await;
    uploads::pieces_and_chunks_become_content(&*make()).await;
    uploads::every_algorithm_is_verified_whether_announced_or_not(&*make()).await;
    uploads::an_upload_without_bytes_becomes_the_empty_content(&*make()).await;
    uploads::chunks_out_of_order_are_refused_and_change_nothing(&*make()).await;
    uploads::what_arrived_before_an_interruption_is_kept(&*make()).await;
    uploads::a_wrong_digest_removes_the_upload(&*make()).await;
    uploads::one_writer_at_a_time(&*make()).await;
    uploads::a_dropped_append_gives_up_its_turn(&*make()).await;
    uploads::cancelled_and_finished_uploads_are_unknown(&*make()).await;
    uploads::open_uploads_are_listed_the_idlest_first(&*make()).await;
    uploads::two_uploads_of_the_same_content_leave_one_copy(&*make()).await;
}

/// An upload id for tests.
pub(crate) fn upload(number: u64) -> UploadId {
    UploadId::issue(ClusterKey([7; 16]), "contract", MemberId(0), number)
}

/// Reads everything that `store` has under `digest`; `None` if there is nothing.
pub(crate) async fn content_of(store: &dyn Store, digest: &Digest) -> Option<Vec<u8>> {
    let mut content = store.read(digest, Vec::new()).await.unwrap()?;
    let mut bytes = Vec::new();
    while let Some(piece) = content.stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(content.size, u64::try_from(bytes.len()).unwrap());
    Some(bytes)
}

/// Bytes that differ at every offset within reach of an off-by-one, and between `seed`s.
pub(crate) fn sample(seed: u8, length: usize) -> Bytes {
    (0..length).map(|at| seed ^ u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 255).unwrap()).collect()
}

pub(crate) fn sha256(content: &[u8]) -> Digest {
    digest_of(Algorithm::Sha256, content)
}

pub(crate) fn is_mismatch(error: &Error, expected: Digest, computed: Digest) -> bool {
    matches!(error, Error::DigestMismatch { expected: e, computed: c } if (*e, *c) == (expected, computed))
}
