use std::fs;

use super::{check, open};

#[test]
fn what_could_not_be_opened_is_found_without_creating_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("old.log"), "kept\n").expect("an older log");
    for name in ["old.log", "new.log"] {
        assert!(check(&path(name)).is_ok(), "{name}");
    }
    assert!(!path("new.log").exists());
    assert_eq!(fs::read_to_string(path("old.log")).expect("the log"), "kept\n");
    for name in ["", "missing/a.log", "old.log/a.log"] {
        let refused = check(&path(name)).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|why| why.starts_with("cannot open ")), "{name}");
        assert!(open(&path(name)).is_err(), "{name}: both agree");
    }
}
