use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_host::{Files, LocalFiles, SeededRandom, SimulatedClock, SimulatedFiles, Timestamp};

use super::{Error, MAX_BYTES, MAX_DEPTH, read};

fn disk() -> SimulatedFiles {
    SimulatedFiles::new(Arc::new(SeededRandom::new(1)), Arc::new(SimulatedClock::new(Timestamp::default())))
}

fn put(files: &dyn Files, path: &Path, content: &str) {
    files.create_dir_all(path.parent().unwrap()).unwrap();
    files.create(path).unwrap().write_at(0, content.as_bytes()).unwrap();
}

#[test]
fn files_are_found_at_every_depth_but_hidden_ones_are_not() {
    let files = disk();
    for path in ["/ui/index.html", "/ui/assets/deep/x.js", "/ui/.git/config", "/ui/.env", "/elsewhere/y.js"] {
        put(&files, Path::new(path), path);
    }
    let mut found = read(&files, Path::new("/ui")).unwrap();
    found.sort();
    let found: Vec<_> = found.iter().map(|(path, content)| (path.as_str(), &**content)).collect();
    assert_eq!(
        found,
        [("assets/deep/x.js", &b"/ui/assets/deep/x.js"[..]), ("index.html", b"/ui/index.html")]
    );
}

#[test]
fn links_are_left_out() {
    let outside = tempfile::tempdir().unwrap();
    put(&LocalFiles, &outside.path().join("secret"), "secret");
    let folder = tempfile::tempdir().unwrap();
    put(&LocalFiles, &folder.path().join("index.html"), "page");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("assets")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("link.html")).unwrap();
    let found = read(&LocalFiles, folder.path()).unwrap();
    assert_eq!(found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["index.html"]);
}

#[test]
fn too_much_is_refused() {
    let files = disk();
    put(&files, Path::new("/big/index.html"), "");
    files.open(Path::new("/big/index.html")).unwrap().set_length(MAX_BYTES + 1).unwrap();
    let error = read(&files, Path::new("/big")).unwrap_err();
    assert!(matches!(error, Error::TooMuch { .. }), "{error}");
    let mut deep = PathBuf::from("/deep");
    deep.extend(vec!["x"; MAX_DEPTH]);
    put(&files, &deep.join("y"), "");
    let error = read(&files, Path::new("/deep")).unwrap_err();
    assert!(error.to_string().contains("16 folders"), "{error}");
}
