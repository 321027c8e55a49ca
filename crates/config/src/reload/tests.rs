use super::effective;
use crate::keys::{self, Verdict};
use crate::kind::Kind;
use crate::load::tests::from_json;
use crate::{Reload, Settings};

#[test]
fn equal_settings_do_not_differ() {
    let settings = Settings::local_defaults().unwrap();
    assert_eq!(settings.reloadable_difference(&settings.clone()), Reload::default());
}

#[test]
fn a_difference_is_parted_by_what_a_running_server_takes() {
    let old = from_json(r#"{"storage": {"rootDirectory": "a"}}"#).unwrap();
    let new = from_json(
        r#"{"storage": {"rootDirectory": "b", "maxRepos": 5}, "http": {"port": 1, "ratelimit": {"rate": 9}},
            "log": {"level": "debug"}, "extensions": {"search": {}}}"#,
    )
    .unwrap();
    let difference = old.reloadable_difference(&new);
    assert_eq!(
        difference.applied,
        ["http.ratelimit.rate", "http.ratelimit.methods", "storage.maxRepos", "log.level"]
    );
    assert_eq!(
        difference.needs_restart,
        ["http.port", "storage.rootDirectory", "extensions.search.enable", "atoll.search.maxRows"]
    );
}

#[test]
fn every_honoured_value_is_compared_once() {
    let rows = effective(&Settings::local_defaults().unwrap());
    for key in keys::all().filter(|key| key.verdict == Verdict::Honoured && !key.path.contains("[]")) {
        let structural = matches!(key.kind, Kind::Stanza | Kind::Switch);
        let times = rows.iter().filter(|(path, _)| *path == key.path).count();
        assert!(times == 1 || (structural && times == 0), "{} is compared {times} times", key.path);
    }
    for (path, _) in rows {
        assert!(keys::find(path).is_some(), "{path}");
    }
}
