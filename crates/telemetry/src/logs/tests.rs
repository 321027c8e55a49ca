use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use prometheus_client::metrics::counter::Counter;
use serde_json::Value;

use super::*;
use crate::names::field;

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("memory").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged by `act`, as text.
fn logged(level: Level, style: Style, act: impl FnOnce()) -> String {
    logged_with(level, style, |_handle| act())
}

fn logged_with(level: Level, style: Style, act: impl FnOnce(&Handle)) -> String {
    let memory = Memory::default();
    let tasks = host::Tasks::inline();
    let lines = Lines::start(&tasks, "log", Box::new(memory.clone()), Counter::default()).expect("a thread");
    let (subscriber, handle) = subscriber(level, style, lines.clone());
    tracing::subscriber::with_default(subscriber, || act(&handle));
    lines.flush();
    let bytes = memory.0.lock().expect("memory").clone();
    String::from_utf8(bytes).expect("text")
}

#[test]
fn another_level_holds_from_the_next_line_on() {
    let text = logged_with(Level::Warn, Style::Json, |handle| {
        tracing::info!(target: "atoll::test", "first");
        handle.reload(targets(Level::Debug)).unwrap();
        tracing::debug!(target: "atoll::test", "second");
        handle.reload(targets(Level::Error)).unwrap();
        tracing::warn!(target: "atoll::test", "third");
    });
    assert!(!text.contains("first") && text.contains("second") && !text.contains("third"), "{text}");
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("accept", "a/b"),
        ("accept", "c/\"d\""),
        ("authorization", "Basic c2VjcmV0"),
        ("proxy-authorization", "Basic c2VjcmV0"),
        ("cookie", "session=secret"),
        ("set-cookie", "session=secret"),
        ("x-auth-token", "secret"),
        ("x-amz-security-token", "secret"),
        ("x-api-key", "secret"),
        ("www-authenticate", "Basic realm=here"),
    ] {
        headers.append(name, value.parse().expect("a header"));
    }
    headers
}

#[test]
fn a_request_line_is_json_with_zots_field_names() {
    let headers = headers();
    let text = logged(Level::Info, Style::Json, || {
        let span = tracing::info_span!(target: "atoll_edge", "request", requestId = "r1");
        let _entered = span.enter();
        tracing::info!(
            target: "atoll_edge",
            clientIP = "[::1]:9",
            method = "GET",
            path = "/v2/\"x\"\n",
            statusCode = 200_u16,
            latency = %Latency(Duration::from_micros(1500)),
            bodySize = 7_u64,
            headers = %masked_headers(&headers),
            "HTTP API"
        );
    });
    assert_eq!(text.lines().count(), 1);
    let line: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(line[field::LEVEL], "info");
    assert_eq!(line[field::MESSAGE], "HTTP API");
    assert_eq!(line[field::CLIENT_IP], "[::1]:9");
    assert_eq!(line[field::METHOD], "GET");
    assert_eq!(line[field::PATH], "/v2/\"x\"\n");
    assert_eq!(line[field::STATUS_CODE], 200);
    assert_eq!(line[field::LATENCY], "1.5ms");
    assert_eq!(line[field::BODY_SIZE], 7);
    assert_eq!(line[field::REQUEST_ID], "r1");
    assert_eq!(line[field::HEADERS]["accept"], serde_json::json!(["a/b", "c/\"d\""]));
    assert_eq!(line[field::TARGET], "atoll_edge");
    assert!(line[field::TIME].as_str().is_some_and(|time| time.starts_with("20") && time.ends_with('Z')));
}

#[test]
fn no_secret_header_is_shown() {
    let shown = masked_headers(&headers()).to_string();
    assert!(!shown.contains("secret") && !shown.contains("c2VjcmV0"), "{shown}");
    assert_eq!(shown.matches(MASK).count(), 7, "{shown}");
    assert!(shown.contains("realm=here"), "{shown}");
}

#[test]
fn no_secret_parameter_is_shown_and_the_others_are() {
    for (target, shown) in [
        ("/v2/a/tags/list", "/v2/a/tags/list"),
        ("/v2/a/tags/list?n=5&last=token", "/v2/a/tags/list?n=5&last=token"),
        ("/v2/?access_token=x", "/v2/?access_token=******"),
        ("/x?a=1&X-Amz-Signature=ab=&&b", "/x?a=1&X-Amz-Signature=******&&b"),
        ("/x?PASSWORD=x&n=1&client_secret=", "/x?PASSWORD=******&n=1&client_secret=******"),
        ("/x?acc%65ss_token=x&token", "/x?acc%65ss_token=******&token"),
    ] {
        assert_eq!(masked_target(target), shown);
    }
}

#[test]
fn levels_filter_and_libraries_stay_quiet() {
    let speak = || {
        tracing::debug!(target: "atoll_net", "ours, debug");
        tracing::info!(target: "atoll_net", "ours, info");
        tracing::info!(target: "hyper", "theirs, info");
        tracing::warn!(target: "hyper", "theirs, warning");
        tracing::error!(target: "hyper", error = ?"inner", "theirs, error");
    };
    let count = |level| logged(level, Style::Json, speak).lines().count();
    assert_eq!(count(Level::Debug), 4);
    assert_eq!(count(Level::Info), 3);
    assert_eq!(count(Level::Warn), 2);
    assert_eq!(count("fatal".parse().expect("a level")), 1);
}

#[test]
fn text_lines_are_for_people() {
    let text = logged(Level::Info, Style::Text { colours: false }, || {
        tracing::info!(target: "atoll_net", port = 8080, "listening");
    });
    assert!(text.contains("INFO listening port=8080"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn every_level_word_of_zot_is_read() {
    for (word, level) in [
        ("trace", Level::Trace),
        ("debug", Level::Debug),
        ("INFO", Level::Info),
        ("warn", Level::Warn),
        ("error", Level::Error),
        ("fatal", Level::Error),
        ("panic", Level::Error),
    ] {
        assert_eq!(word.parse::<Level>().expect(word), level);
    }
    let error = "loud".parse::<Level>().expect_err("no such level");
    assert!(error.to_string().contains("\"loud\""), "{error}");
}

#[test]
fn latencies_are_written_as_go_writes_durations() {
    for (nanos, text) in [
        (0, "0s"),
        (999, "999ns"),
        (1_000, "1µs"),
        (1_500, "1.5µs"),
        (3_250_000, "3.25ms"),
        (1_000_000_001, "1.000000001s"),
        (62_500_000_000, "1m2.5s"),
        (3_600_000_000_000, "1h0m0s"),
    ] {
        assert_eq!(Latency(Duration::from_nanos(nanos)).to_string(), text);
    }
}
