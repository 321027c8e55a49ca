use std::path::Path;
use std::sync::Arc;

use atoll_host::{Files, SeededRandom, SimulatedClock, SimulatedFiles, Timestamp};

use super::{Assets, Error, is_hashed};

fn disk() -> SimulatedFiles {
    SimulatedFiles::new(Arc::new(SeededRandom::new(1)), Arc::new(SimulatedClock::new(Timestamp::default())))
}

#[test]
fn our_own_files_are_found_and_typed() {
    let own = Assets::own();
    assert!(own.are_own());
    let page = own.find("/").unwrap();
    assert_eq!(page.media_type, "text/html; charset=utf-8");
    for path in ["/index.html", "/home", "/image/a/b", "/user/apikey", "/login"] {
        assert_eq!(own.find(path), Some(page), "{path}");
    }
    for path in ["", "home", "/nothing", "/homepage", "/assets/home"] {
        assert_eq!(own.find(path), None, "{path}");
    }
    let script = own.find("/atoll.js").unwrap();
    assert_ne!(script.tag, page.tag);
    assert!(!script.is_immutable);
}

#[test]
fn only_names_with_a_hash_are_kept_for_ever() {
    for path in [
        "assets/index-DiwrgTda.js",
        "assets/a-b-C1a2B3c4.css",
        "assets/x-a_b-1234.woff2",
        "assets/y-12345678.js.map",
    ] {
        assert!(is_hashed(path), "{path}");
    }
    for path in [
        "index-DiwrgTda.js",
        "assets/index.js",
        "assets/some-thumbnail.png",
        "assets/index-short.js",
        "assets/DiwrgTda.js",
        "assets/x-Diwr\u{e9}gTd.js",
        "assets/",
        "assets/-",
    ] {
        assert!(!is_hashed(path), "{path}");
    }
}

#[test]
fn a_folder_without_a_page_is_refused() {
    let files = disk();
    files.create_dir_all(Path::new("/ui")).unwrap();
    let error = Assets::of_folder(&files, Path::new("/ui")).unwrap_err();
    assert!(matches!(error, Error::NoIndex { .. }));
    assert!(error.to_string().contains("/ui") && error.to_string().contains("index.html"), "{error}");
    let error = Assets::of_folder(&files, Path::new("/none")).unwrap_err();
    assert!(matches!(&error, Error::Unreadable { path, .. } if path == Path::new("/none")), "{error}");
}
