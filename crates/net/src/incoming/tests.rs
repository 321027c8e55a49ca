use futures_util::StreamExt as _;

use super::*;

#[tokio::test]
async fn a_body_in_memory_is_one_chunk_or_none() {
    for (bytes, chunks) in [("", 0), ("abc", 1)] {
        let body = Incoming::from_bytes(bytes);
        assert_eq!(body.exact_bytes(), Some(bytes.len() as u64));
        assert_eq!(body.is_finished(), bytes.is_empty());
        let read: Vec<Bytes> = body.map(|chunk| chunk.expect("a chunk")).collect().await;
        assert_eq!(read.len(), chunks);
        assert_eq!(read.concat(), bytes.as_bytes());
    }
}
