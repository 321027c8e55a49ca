//! Paths that try to be something else.

use crate::content::{IMAGE, NOBODYS};
use crate::registry::Registry;

#[test]
fn no_path_leads_out_of_the_repositories() {
    let registry = Registry::start();
    let image = registry.push_image("inside", "v1", "layer");
    let long = "a/".repeat(200);
    let tricks = [
        "/v2/../v2/inside/manifests/v1",
        "/v2/inside/../inside/manifests/v1",
        "/v2/./inside/manifests/v1",
        "/v2/inside//manifests/v1",
        "//v2/inside/manifests/v1",
        "/v2/%2e%2e/inside/manifests/v1",
        "/v2/inside%2Fmanifests%2Fv1",
        "/v2/inside%2fpart/manifests/v1",
        "/v2/inside/manifests/..%2Fv1",
        "/v2/inside/manifests/%2e%2e",
        "/v2/..%2f..%2f..%2fetc/manifests/passwd",
        "/v2/inside%00/manifests/v1",
        "/v2/inside/manifests/v1%00",
        "/v2/inside/manifests/v1%0d%0aX:%20y",
        "/v2/inside/manifests/%c0%ae%c0%ae",
        "/v2/inside/manifests/%ff",
        "/v2/inside/manifests/%",
        "/v2/inside/manifests/%2",
        "/v2/inside/manifests/%zz",
        "/v2/inside/manifests/v1/",
        "/v2/INSIDE/manifests/v1",
        "/v2/_inside/manifests/v1",
        "/v2/-inside/manifests/v1",
        "/v2/in..side/manifests/v1",
        "/v2/in__-side/manifests/v1",
        "/v2//manifests/v1",
        "/v2/manifests/v1",
        "/v2/ins\u{456}de/manifests/v1",
    ];
    for trick in tricks.into_iter().map(str::to_owned).chain([format!("/v2/{long}x/manifests/v1")]) {
        let answer = registry.get(&trick);
        assert!(matches!(answer.status, 400 | 404), "{trick}: {}", answer.told());
        assert_ne!(answer.text(), image.manifest, "{trick}");
    }
    assert_eq!(registry.get("/v2/inside/manifests/v1").text(), image.manifest);
}

#[test]
fn nothing_is_written_under_a_name_that_is_none() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("good", "layer", "");
    let overlong = "a".repeat(256);
    for name in [
        "Upper",
        "a//b",
        "..",
        "%2e%2e",
        "a%2Fb",
        "a/../b",
        "a%00b",
        "-a",
        "a-",
        "_a",
        "a__",
        overlong.as_str(),
    ] {
        let begun =
            registry.ask(&atoll_testkit::wire::Request::new("POST", format!("/v2/{name}/blobs/uploads/")));
        assert!(matches!(begun.status, 400 | 404 | 405), "{name}: {}", begun.told());
        let pushed = registry.put(&format!("{name}/manifests/v1"), IMAGE, &manifest);
        assert!(matches!(pushed.status, 400 | 404 | 405), "{name}: {}", pushed.told());
    }
    assert_eq!(registry.get("/v2/_catalog").text(), r#"{"repositories":["good"]}"#);
    let folders: Vec<_> = std::fs::read_dir(registry.server.folder()).unwrap().flatten().collect();
    let names: Vec<String> =
        folders.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(
        names.iter().all(|name| ["data", "config.json", "server.log"].contains(&name.as_str())),
        "{names:?}"
    );
}

#[test]
fn a_name_of_255_bytes_is_a_name() {
    let registry = Registry::start();
    let name = format!("{}/{}", "a".repeat(127), "b".repeat(127));
    let image = registry.push_image(&name, "v1", "layer");
    assert_eq!(registry.get(&format!("/v2/{name}/manifests/v1")).text(), image.manifest);
}

#[test]
fn queries_that_cannot_be_read_are_refused() {
    let registry = Registry::start();
    for query in ["n=%", "n=%zz", "last=%ff", "last=%00"] {
        let answer = registry.get(&format!("/v2/_catalog?{query}"));
        assert!(matches!(answer.status, 200 | 400), "{query}: {}", answer.told());
        assert!(answer.status == 400 || query.starts_with("n="), "{query}");
    }
    let many: Vec<String> = (0..5000).map(|number| format!("x={number}")).collect();
    let answer = registry.get(&format!("/v2/_catalog?{}", many.join("&")));
    assert!(matches!(answer.status, 414 | 431), "{}", answer.told());
}

#[test]
fn a_method_that_a_path_does_not_know_is_refused_with_those_it_does() {
    let registry = Registry::start();
    registry.push_image("methods", "v1", "layer");
    for (method, target, allowed) in [
        ("POST", "/v2/methods/manifests/v1".to_owned(), "GET"),
        ("PUT", format!("/v2/methods/blobs/{NOBODYS}"), "GET"),
        ("DELETE", "/v2/methods/tags/list".to_owned(), "GET"),
        ("GET", "/v2/methods/blobs/uploads/".to_owned(), "POST"),
        ("BREW", "/v2/".to_owned(), "GET"),
    ] {
        let answer = registry.ask(&atoll_testkit::wire::Request::new(method, target.as_str()));
        assert_eq!(answer.status, 405, "{method} {target}");
        let allow = answer.field("allow").unwrap_or_default();
        assert!(allow.contains(allowed), "{method} {target}: Allow: {allow}");
    }
}

#[test]
fn what_is_not_there_is_told_as_text() {
    let registry = Registry::start();
    for target in ["/", "/v2", "/v1/", "/v2/nothing", "/v3/_catalog", "/favicon.ico", "*"] {
        let answer = registry.get(target);
        assert_eq!(answer.status, 404, "{target}: {}", answer.text());
    }
}
