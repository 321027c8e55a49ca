//! A configuration that is read again while the server runs.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::registry::Registry;

/// Waits until the log has a line with this text.
fn await_log(registry: &Registry, text: &str) {
    for _ in 0..1000 {
        if registry.server.log().contains(text) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("nothing says `{text}`; the end of the log:\n{}", registry.server.log_end());
}

/// Whether some of many requests are refused because there are too many.
fn is_limited(registry: &Registry) -> bool {
    (0..20).any(|_| registry.get("/v2/").status == 429)
}

#[test]
fn a_changed_file_takes_effect_as_far_as_it_can_and_an_invalid_one_not_at_all() {
    let registry = Registry::start_with(json!({}));
    assert!(!is_limited(&registry));
    registry.server.configure(json!({ "http": { "ratelimit": { "rate": 1 }, "realm": "another" } }));
    await_log(&registry, "the configuration was reloaded");
    await_log(&registry, "http.ratelimit.rate");
    await_log(&registry, "this key takes effect after a restart");
    assert!(is_limited(&registry));
    fs::write(registry.server.config(), "{").unwrap();
    await_log(&registry, "the configuration was not reloaded: the old one stays");
    assert!(is_limited(&registry));
    registry.server.configure(json!({ "log": { "level": "debug" } }));
    await_log(&registry, "log.level");
    assert!(!is_limited(&registry));
}

#[test]
fn a_hang_up_has_the_configuration_read_again_and_told_that_nothing_changed() {
    let mut registry = Registry::start_with(json!({}));
    registry.server.reload();
    await_log(&registry, "the configuration was read again, and nothing in it has changed");
    assert_eq!(registry.get("/v2/").status, 200);
    assert!(registry.server.stop().success());
}
