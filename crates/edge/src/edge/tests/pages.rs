use std::path::Path;
use std::sync::Arc;

use atoll_host::{Files, SeededRandom, SimulatedClock, SimulatedFiles, Timestamp};
use atoll_ui::Assets;

use super::fake::Fake;
use super::{Bench, Reply};

fn disk() -> SimulatedFiles {
    SimulatedFiles::new(Arc::new(SeededRandom::new(1)), Arc::new(SimulatedClock::new(Timestamp::default())))
}

fn own() -> Bench {
    let mut bench = Bench::new(Fake::default());
    bench.edge = bench.edge.with_pages(Assets::own());
    bench
}

/// A folder as a builder leaves it, with a file at each of these paths.
fn folder(paths: &[&str]) -> Bench {
    let files = disk();
    for path in paths {
        let path = Path::new("/build").join(path);
        files.create_dir_all(path.parent().unwrap()).unwrap();
        files.create(&path).unwrap().write_at(0, path.to_str().unwrap().as_bytes()).unwrap();
    }
    let mut bench = Bench::new(Fake::default());
    bench.edge = bench.edge.with_pages(Assets::of_folder(&files, Path::new("/build")).unwrap());
    bench
}

fn is_page(reply: &Reply) {
    reply.check(
        200,
        &[
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("cross-origin-opener-policy", "same-origin"),
        ],
    );
}

#[tokio::test]
async fn every_place_of_the_interface_answers_the_page() {
    let bench = own();
    let root = bench.get("/", &[]).await;
    is_page(&root);
    assert!(root.text().starts_with("<!doctype html>"));
    for place in [
        "/login",
        "/home",
        "/explore?search=x",
        "/image/nginx",
        "/image/a%2Fb/tag/1",
        "/image/a/b/tag/1",
        "/user/apikey",
        "/home/",
    ] {
        let reply = bench.get(place, &[]).await;
        is_page(&reply);
        assert_eq!(reply.body, root.body, "{place}");
    }
}

#[tokio::test]
async fn nothing_else_answers_the_page() {
    let bench = own();
    for path in [
        "/no-such-page",
        "/assets/none.js",
        "/homes",
        "/metrics",
        "/zot/auth/apikey",
        "/zot",
        "/livez/",
        "//home",
    ] {
        let reply = bench.get(path, &[]).await;
        reply.check(404, &[("content-type", "text/plain; charset=utf-8"), ("content-security-policy", "")]);
    }
    for path in ["/v2", "/v2/x", "/v2/NOT-A-NAME/tags/list", "/v2/_zot/ext/nothing", "/v2/home"] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(bench.send(method, path, &[], "").await.status, 404, "{method} {path}");
        }
    }
    assert_eq!(bench.get("/livez", &[]).await.text(), "ok");
    assert_eq!(bench.get("/v2/", &[]).await.header("content-type"), "application/json");
}

#[tokio::test]
async fn pages_are_read_and_nothing_else() {
    let bench = own();
    for path in ["/", "/home", "/zot/auth/logout", "/atoll.js"] {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            bench.send(method, path, &[], "").await.check(405, &[("allow", "GET, HEAD, OPTIONS")]);
        }
        bench.send("OPTIONS", path, &[], "").await.check(204, &[("allow", "GET, HEAD, OPTIONS")]);
    }
    let head = bench.send("HEAD", "/home", &[], "").await;
    is_page(&head);
    assert_eq!(head.header("content-length"), bench.get("/home", &[]).await.body.len().to_string());
    let none = Bench::new(Fake::default());
    for (method, path) in [("GET", "/"), ("GET", "/home"), ("POST", "/zot/auth/logout")] {
        assert_eq!(none.send(method, path, &[], "").await.status, 404);
    }
}

#[tokio::test]
async fn our_own_page_may_run_nothing_but_its_own_files() {
    let bench = own();
    let reply = bench.get("/", &[]).await;
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (path, media_type) in [
        ("/atoll.js", "text/javascript; charset=utf-8"),
        ("/atoll.css", "text/css; charset=utf-8"),
        ("/atoll.svg", "image/svg+xml"),
    ] {
        assert!(reply.text().contains(&format!("\"{path}\"")), "{path}");
        bench
            .get(path, &[])
            .await
            .check(200, &[("content-type", media_type), ("content-security-policy", &policy)]);
    }
    for inline in ["<style", "style=", "onclick", "<script>", "javascript:"] {
        assert!(!reply.text().contains(inline), "{inline}");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let bench = own();
    let tag = bench.get("/atoll.js", &[]).await.header("etag");
    assert!(tag.len() > 32 && tag.starts_with('"'), "{tag}");
    let again = bench.get("/atoll.js", &[("if-none-match", &tag)]).await;
    again.check(304, &[("etag", &tag), ("cache-control", "no-cache")]);
    assert_eq!(again.text(), "");
    assert_eq!(bench.get("/atoll.css", &[("if-none-match", &tag)]).await.status, 200);
}

#[tokio::test]
async fn a_folder_is_served_with_the_headers_that_zot_gives_it() {
    let bench = folder(&[
        "index.html",
        "assets/index-DiwrgTda.js",
        "assets/plain.js",
        "favicon.ico",
        "v2/x",
        "metrics",
        "a b.txt",
    ]);
    let page = bench.get("/image/a%2Fb/tag/1", &[]).await;
    is_page(&page);
    assert_eq!(page.text(), "/build/index.html");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self' 'unsafe-inline'") && policy.contains("connect-src 'self'"),
        "{policy}"
    );
    let hashed = bench.get("/assets/index-DiwrgTda.js", &[]).await;
    hashed.check(200, &[("cache-control", "public, max-age=31536000, immutable")]);
    bench.get("/assets/plain.js", &[]).await.check(200, &[("cache-control", "no-cache")]);
    bench.get("/favicon.ico", &[]).await.check(200, &[("content-type", "image/x-icon")]);
    assert_eq!(bench.get("/a%20b.txt", &[]).await.text(), "/build/a b.txt");
    for path in ["/v2/x", "/metrics", "/atoll.js", "/assets", "/assets/"] {
        assert_eq!(bench.get(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let bench = folder(&["index.html", "assets/x.js"]);
    for path in [
        "/../etc/passwd",
        "/..%2fetc%2fpasswd",
        "/%2e%2e/etc/passwd",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets//x.js",
        "/./index.html",
        "/build/index.html",
        "//build/index.html",
        "/assets\\x.js",
        "/assets/x.js%00",
        "/%zz",
        "/%ff",
    ] {
        assert_eq!(bench.get(path, &[]).await.status, 404, "{path}");
    }
}
