#![expect(clippy::float_cmp, reason = "samples are small numbers that a float holds exactly")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::*;

pub(super) fn recorder(max_repositories: usize) -> Recorder {
    let build = Build {
        commit: "abc".into(),
        binary_type: "full".into(),
        toolchain: "rustc 1.95".into(),
        version: "0.1.0".into(),
    };
    Recorder::new(Options { max_repositories, build })
}

fn answered<'a>(method: &'a str, code: u16, repository: Option<&'a str>) -> Request<'a> {
    Request { method, code, repository, latency: Duration::from_millis(250) }
}

/// Reads a page strictly by the rules of the text format 0.0.4: families announced once, samples under their family.
pub(super) fn parse(page: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut announced = BTreeSet::new();
    let (mut family, mut kind) = (String::new(), String::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(rest.split_once(' ').is_some_and(|(_, help)| !help.is_empty()), "no help: {line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, word) = rest.split_once(' ').expect("a type line has a name and a type");
            assert!(["counter", "gauge", "histogram", "summary", "untyped"].contains(&word), "{line}");
            assert!(announced.insert(name.to_owned()), "announced twice: {name}");
            (family, kind) = (name.to_owned(), word.to_owned());
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
            let name = series.split('{').next().expect("a name");
            let suffix = name.strip_prefix(&family).unwrap_or_else(|| panic!("{line} stands under {family}"));
            let allowed: &[&str] = match kind.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                "summary" => &["_sum", "_count"],
                _ => &[""],
            };
            assert!(allowed.contains(&suffix), "{line} under a {kind}");
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
            assert!(samples.insert(series.to_owned(), value).is_none(), "sampled twice: {series}");
        }
    }
    samples
}

#[test]
fn every_named_metric_is_announced_on_a_page_that_parses() {
    let recorder = recorder(10);
    parse(&recorder.render());
    recorder.request_finished(&answered("GET", 200, Some("a")));
    recorder.gc_finished(Duration::from_secs(1), false);
    recorder.gc_removed(Removed::Upload, 1);
    recorder.peer_call_started(1).ended(PeerOutcome::Answered, Duration::ZERO);
    recorder.peer_reachable(1, true);
    recorder.peer_bytes_sent(1, 1);
    recorder.peer_bytes_received(1, 1);
    recorder.peer_left_alone(1, 1);
    recorder.peer_asked_twice(1, 1);
    recorder.cluster_shards(ShardCounts::default());
    let page = recorder.render();
    parse(&page);
    for name in crate::names::metric::ALL {
        assert!(page.contains(&format!("# TYPE {name} ")), "{name} is missing from\n{page}");
    }
    assert!(!page.contains("# EOF"));
}

#[test]
fn a_request_is_counted_by_method_code_and_repository() {
    let recorder = recorder(10);
    let under_way = recorder.request_started();
    assert_eq!(parse(&recorder.render())["atoll_http_in_flight"], 1.0);
    drop(under_way);
    recorder.request_finished(&answered("GET", 200, Some("a/b")));
    recorder.request_finished(&answered("GET", 200, Some("a/b")));
    recorder.request_finished(&answered("PUT", 418, None));
    recorder.bytes_sent(7);
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_http_requests_total{method=\"GET\",code=\"200\"}"], 2.0);
    assert_eq!(samples["zot_http_requests_total{method=\"PUT\",code=\"418\"}"], 1.0);
    assert_eq!(samples["zot_http_repo_latency_seconds_sum{repo=\"a/b\"}"], 0.5);
    assert_eq!(samples["zot_http_repo_latency_seconds_count{repo=\"N/A\"}"], 1.0);
    assert_eq!(samples["zot_http_method_latency_seconds_bucket{le=\"0.5\",method=\"GET\"}"], 2.0);
    assert_eq!(samples["zot_http_method_latency_seconds_bucket{le=\"+Inf\",method=\"GET\"}"], 2.0);
    assert_eq!(samples["atoll_http_in_flight"], 0.0);
    assert_eq!(samples["atoll_http_response_bytes_total"], 7.0);
}

#[test]
fn a_made_up_method_shares_one_label() {
    let recorder = recorder(10);
    recorder.request_finished(&answered("BREW", 405, None));
    recorder.request_finished(&answered("STIR", 405, None));
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_http_requests_total{method=\"other\",code=\"405\"}"], 2.0);
}

#[test]
fn repositories_beyond_the_bound_share_one_label() {
    let recorder = recorder(2);
    for name in ["a", "b", "c", "d"] {
        recorder.image_uploaded(name);
        recorder.repository_bytes(name, 5);
    }
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_repo_uploads_total{repo=\"a\"}"], 1.0);
    assert_eq!(samples["zot_repo_uploads_total{repo=\"other repositories\"}"], 2.0);
    assert_eq!(samples.keys().filter(|series| series.starts_with("zot_repo_storage_bytes")).count(), 2);
    recorder.repository_removed("a");
    recorder.image_downloaded("c");
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_repo_downloads_total{repo=\"c\"}"], 1.0);
    assert!(!samples.contains_key("zot_repo_uploads_total{repo=\"a\"}"));
}

#[test]
fn repositories_are_named_until_their_bytes_are_set_or_again_when_all_are_asked_for() {
    let recorder = recorder(2);
    recorder.image_uploaded("a");
    recorder.image_uploaded("b");
    recorder.repository_bytes("a", 5);
    assert_eq!(recorder.repositories(false), ["b".into()]);
    let mut all = recorder.repositories(true);
    all.sort();
    assert_eq!(all, ["a".into(), "b".into()]);
}

#[test]
fn an_error_answer_opens_no_label() {
    let recorder = recorder(2);
    recorder.request_finished(&answered("GET", 404, Some("made/up")));
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_http_repo_latency_seconds_count{repo=\"other repositories\"}"], 1.0);
    recorder.request_finished(&answered("GET", 200, Some("real")));
    recorder.request_finished(&answered("GET", 404, Some("real")));
    assert_eq!(parse(&recorder.render())["zot_http_repo_latency_seconds_count{repo=\"real\"}"], 2.0);
}

#[test]
fn collections_commits_and_build_are_shown() {
    let recorder = recorder(2);
    recorder.gc_finished(Duration::from_secs(2), false);
    recorder.gc_finished(Duration::from_secs(2), true);
    recorder.gc_removed(Removed::Blob, 3);
    recorder.index_committed(Duration::from_millis(2), 12);
    recorder.store_free_bytes(1 << 40);
    recorder.uploads_open(4);
    let samples = parse(&recorder.render());
    assert_eq!(samples["zot_gc_runs_total{error=\"true\"}"], 1.0);
    assert_eq!(samples["zot_gc_deleted_total{type=\"blob\"}"], 3.0);
    assert_eq!(samples["zot_gc_duration_seconds_sum"], 4.0);
    assert_eq!(samples["atoll_index_batch_commands_bucket{le=\"16.0\"}"], 1.0);
    assert_eq!(samples["atoll_index_batch_commands_bucket{le=\"8.0\"}"], 0.0);
    assert_eq!(samples["atoll_uploads_open"], 4.0);
    let info = "zot_info{commit=\"abc\",binaryType=\"full\",goVersion=\"rustc 1.95\",version=\"0.1.0\"}";
    assert_eq!(samples[info], 1.0);
}

#[test]
fn numbers_from_many_threads_add_up() {
    const THREADS: u32 = 8;
    const REQUESTS: u32 = 2_000;
    let recorder = recorder(3);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let recorder = recorder.clone();
            scope.spawn(move || {
                for turn in 0..REQUESTS {
                    let name = format!("r{}", (turn + thread) % 5);
                    recorder.request_finished(&answered("GET", 200, Some(&name)));
                }
            });
        }
    });
    let samples = parse(&recorder.render());
    let all = f64::from(THREADS * REQUESTS);
    assert_eq!(samples["zot_http_requests_total{method=\"GET\",code=\"200\"}"], all);
    let prefix = "zot_http_repo_latency_seconds_count";
    let counts: Vec<f64> =
        samples.iter().filter(|(series, _)| series.starts_with(prefix)).map(|(_, value)| *value).collect();
    assert_eq!(counts.len(), 4, "three labels and the shared one");
    assert_eq!(counts.iter().sum::<f64>(), all);
}
