//! How much memory slow clients can make the server hold.

use atoll_testkit::wire::{Connection, Request};
use serde_json::json;

use crate::content::noise;
use crate::registry::Registry;

/// Uploads at a time; `ATOLL_SLOW_UPLOADS=1000` asks for as many as the product promises to bear.
const UPLOADS: usize = 300;
const UPLOADS_VARIABLE: &str = "ATOLL_SLOW_UPLOADS";

const LIMIT_BYTES: u64 = 250 << 20;

#[test]
fn many_slow_uploads_at_once_stay_within_the_promised_memory() {
    let count = std::env::var(UPLOADS_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(UPLOADS);
    let registry = Registry::start_with(json!({ "atoll": { "uploads": { "maxPerClient": count } } }));
    let content = noise(60, 300_000);
    let mut open: Vec<(Connection, String)> = (0..count)
        .map(|number| {
            let location = registry.begin(&format!("slow/number{number}"));
            let mut connection = registry.server.connect();
            let head = Request::new("PATCH", location.as_str()).field("Content-Length", "1000000000");
            connection.send(&head.head()).unwrap();
            (connection, location)
        })
        .collect();
    let mut most = 0;
    for piece in content.chunks(30_000) {
        for (connection, _) in &mut open {
            connection.send(piece).unwrap();
        }
        most = most.max(registry.server.resident_bytes());
    }
    assert!(most < LIMIT_BYTES, "{count} uploads hold {} MiB", most >> 20);
    assert_eq!(registry.get("/v2/").status, 200, "others are served meanwhile");
    for (_, location) in open.iter().take(3) {
        assert_eq!(registry.get(location).status, 204);
    }
}
