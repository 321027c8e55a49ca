use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::{Sources, load, parse};
use crate::{ByteSize, Cause, Compat, Error, Level, Settings};

/// Loads a JSON text as if it stood in the file `zot.json`.
pub(crate) fn from_json(text: &str) -> Result<Settings, Error> {
    parse(Path::new("zot.json"), text)
}

/// Loads keys below the smallest valid configuration.
fn with(stanzas: &str) -> Result<Settings, Error> {
    from_json(&format!(r#"{{"storage": {{"rootDirectory": "d"}}, {stanzas}}}"#))
}

/// Each sentence about the configuration, without its introduction.
fn sentences(result: Result<Settings, Error>) -> Vec<String> {
    result.expect_err("must not load").problems().iter().map(ToString::to_string).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn without_a_file_the_server_is_for_this_machine_alone() {
    let settings = Settings::local_defaults().unwrap();
    assert_eq!((settings.http.address.as_str(), settings.http.port), ("127.0.0.1", 8080));
    assert_eq!(settings.storage.root_directory, PathBuf::from("./data"));
    assert!(settings.storage.commit);
    assert_eq!(settings.storage.low_water_mark, ByteSize::from_bytes(256 << 20));
    assert!(settings.extensions.search.is_some() && settings.extensions.ui);
    assert_eq!(settings.extensions.metrics, None);
    assert_eq!(settings.tls, None);
    assert_eq!(settings.http.read_idle, Some(Duration::from_mins(1)));
    assert_eq!(settings.limits.manifest, ByteSize::from_bytes(4 << 20));
    assert_eq!((settings.shards, settings.log.level), (256, Level::Info));
    assert_eq!(settings.cluster, None);
    assert_eq!(settings.warnings, []);
}

#[test]
fn a_file_of_zot_is_read_unchanged() {
    let settings = from_json(
        r#"{
          "distSpecVersion": "1.1.1",
          "storage": { "rootDirectory": "data", "gc": false, "dedupe": true },
          "http": { "address": "127.0.0.1", "port": "18080", "compat": ["docker2s2"] },
          "log": { "level": "warn" },
          "extensions": { "search": { "enable": true }, "ui": { "enable": true } }
        }"#,
    )
    .unwrap();
    assert_eq!(settings.http.port, 18080);
    assert_eq!(settings.http.compat, Compat { docker2s2: true, sparse: false });
    assert_eq!(settings.log.level, Level::Warn);
    assert!(settings.extensions.ui);
    let keys: Vec<_> = settings.warnings.iter().map(|warning| warning.key.as_str()).collect();
    assert_eq!(keys, ["storage.gc"]);
}

#[test]
fn a_file_with_logins_and_rules_is_refused_once_for_each() {
    let sentences = sentences(from_json(
        r#"{
          "storage": { "rootDirectory": "data" },
          "http": {
            "auth": { "htpasswd": { "path": "htpasswd" }, "apikey": true, "failDelay": 0 },
            "accessControl": {
              "groups": { "developers": { "users": ["bob"] } },
              "repositories": {
                "**": { "policies": [ { "users": ["alice"], "actions": ["read", "delete"] } ], "defaultPolicy": [] },
                "library/**": { "defaultPolicy": ["read"] }
              },
              "adminPolicy": { "users": ["carol"], "actions": ["read"] }
            }
          }
        }"#,
    ));
    assert_eq!(sentences.len(), 2, "{sentences:#?}");
    assert!(
        sentences[0]
            .starts_with("`http.accessControl` (with adminPolicy.actions, adminPolicy.users, groups.")
    );
    assert_eq!(
        sentences[1],
        "`http.auth` (with apikey, failDelay, htpasswd.path) in zot.json cannot be honoured: logins are not built yet, \
         so everybody could read and write everything: remove the stanza only if that is what you want"
    );
}

#[test]
fn the_case_of_keys_and_choices_does_not_matter() {
    let settings = from_json(
        r#"{"STORAGE": {"rootdirectory": "d", "MaxRepos": 3}, "Http": {"PORT": 99, "ExternalUrl": "https://a"},
            "log": {"level": "DEBUG"}}"#,
    )
    .unwrap();
    assert_eq!(settings.http.port, 99);
    assert_eq!(settings.storage.max_repositories.unwrap().get(), 3);
    assert_eq!(settings.log.level, Level::Debug);
}

#[test]
fn yaml_and_json_give_the_same_settings() {
    let json = r#"{
        "storage": {"rootDirectory": "/data", "commit": false},
        "http": {"port": 5000, "readTimeout": "10m", "compat": ["docker2s2", "sparse"],
                 "ratelimit": {"rate": 10, "methods": [{"method": "get", "rate": 5}]}},
        "extensions": {"metrics": {"prometheus": {"path": "/m"}}, "search": {}, "scrub": {"interval": "3h"}}
    }"#;
    let yaml = "
storage: { rootDirectory: /data, commit: 'false' }
http:
  port: '5000'
  readTimeout: 10m
  compat: docker2s2, sparse
  ratelimit:
    rate: '10'
    methods:
      - { method: GET, rate: 5 }
extensions:
  metrics: { prometheus: { path: /m } }
  search:
  scrub:
    interval: 3h
";
    let settings = parse(Path::new("zot"), json).unwrap();
    assert_eq!(settings, parse(Path::new("zot"), yaml).unwrap());
    assert_eq!(settings.http.read_idle, Some(Duration::from_mins(10)));
    assert_eq!(settings.http.rate_limit.unwrap().methods[0].method, "GET");
    assert_eq!(settings.extensions.metrics.unwrap().path, "/m");
}

#[test]
fn an_empty_stanza_turns_its_feature_on_and_enable_false_turns_it_off() {
    let on = with(r#""extensions": {"search": {}, "ui": {}, "metrics": {}}"#).unwrap().extensions;
    assert!(on.search.is_some() && on.ui && on.metrics.is_some());
    let off =
        with(r#""extensions": {"search": {"enable": false}, "ui": {"enable": "false"}}"#).unwrap().extensions;
    assert!(off.search.is_none() && !off.ui && off.metrics.is_none());
}

#[test]
fn a_folder_may_hold_the_web_interface() {
    let extensions =
        |ui: &str| with(&format!(r#""extensions": {{"search": {{}}, "ui": {ui}}}"#)).unwrap().extensions;
    assert_eq!(extensions("{}").ui_folder, None);
    assert_eq!(extensions(r#"{"path": ""}"#).ui_folder, None);
    let chosen = extensions(r#"{"path": "/srv/zui/build"}"#);
    assert_eq!((chosen.ui, chosen.ui_folder), (true, Some(PathBuf::from("/srv/zui/build"))));
}

#[test]
fn a_timeout_of_zero_or_less_is_none() {
    let http = with(r#""http": {"readTimeout": "0s", "writeTimeout": "-1s"}"#).unwrap().http;
    assert_eq!((http.read_idle, http.write_idle), (None, None));
}

#[test]
fn a_plain_number_is_a_duration_in_nanoseconds_unless_it_is_absurd() {
    let http = with(r#""http": {"readTimeout": 30000000000}"#).unwrap().http;
    assert_eq!(http.read_idle, Some(Duration::from_secs(30)));
    assert_eq!(
        sentences(with(r#""http": {"readTimeout": 30}"#)),
        [
            "`http.readTimeout` in zot.json is 30, but must be a duration with units, such as 60s (0s for none)"
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_reported_together() {
    let sentences = sentences(from_json(
        r#"{
          "storage": {"rootDirectory": "d", "rootDirectory": "e", "subPaths": {"/a": {"rootDirectory": "f"}}},
          "http": {"adress": "::1", "port": 70000, "Compat": ["oci"], "realm": {"a": 1}},
          "extensions": {"ui": {}, "sync": {"registries": [{"urls": ["https://a"], "onDemand": true}]}},
          "port": 5
        }"#,
    ));
    assert_eq!(
        sentences,
        [
            "`storage.rootDirectory` in zot.json is written twice: keep one of the two",
            "unknown key `http.adress` in zot.json: did you mean `http.address`?",
            "`http.port` in zot.json is 70000, but must be a port number from 0 to 65535",
            "`http.compat` in zot.json is [\"oci\"], but must be a list of docker2s2, sparse",
            "`http.realm` in zot.json is a map, but must be a text",
            "unknown key `port` in zot.json: did you mean `http.port`?",
            "`extensions.sync` (with registries[0].onDemand, registries[0].urls) in zot.json cannot be honoured: \
             mirroring is not built yet, and images of the upstream would be answered as unknown: remove the stanza, or \
             set its enable to false",
            "`storage.subPaths` (with /a.rootDirectory) in zot.json cannot be honoured: several roots are not built yet, \
             and repositories below the other roots would look as if they were gone: remove the key only if there are \
             none",
            "`extensions.ui` in zot.json: the web interface asks the search: turn extensions.search on as well",
        ]
    );
}

#[test]
fn one_problem_is_told_in_one_line_and_several_in_a_list() {
    let one = from_json("{}").unwrap_err();
    assert_eq!(
        one.to_string(),
        "the configuration is not valid: `storage.rootDirectory` is missing: name the folder that holds this server's data"
    );
    let two = with(r#""a1": 1, "b2": 2"#).unwrap_err().to_string();
    assert!(
        two.starts_with("the configuration is not valid, 2 problems:\n  - unknown key `a1` in zot.json"),
        "{two}"
    );
    let many: Vec<_> = (0..60).map(|number| format!(r#""q{number}": 1"#)).collect();
    assert!(with(&many.join(",")).unwrap_err().to_string().ends_with("\n  and 10 more"));
}

#[test]
fn the_environment_is_stronger_than_files_and_flags_are_stronger_than_it() {
    let folder = tempfile::tempdir().unwrap();
    let base =
        file(&folder, "base.yaml", "storage: {rootDirectory: a, commit: false}\nhttp: {port: 1, realm: r}\n");
    let over = file(&folder, "over.json", r#"{"storage": {"rootDirectory": "b"}, "http": {"port": "2"}}"#);
    let mut sources = Sources { files: vec![base, over], ..Sources::default() };
    let settings = load(&sources).unwrap();
    assert_eq!(settings.storage.root_directory, PathBuf::from("b"));
    assert_eq!((settings.http.port, settings.storage.commit, settings.http.realm.as_str()), (2, false, "r"));

    sources.environment = pairs(&[
        ("ATOLL__HTTP__PORT", "3"),
        ("ATOLL__http__COMPAT", r#"["sparse"]"#),
        ("ATOLL__ATOLL__LIMITS__MANIFESTBYTES", "1MiB"),
        ("ATOLL_PORT", "tcp://10.0.0.1:1"),
        ("PATH", "/bin"),
    ]);
    let settings = load(&sources).unwrap();
    assert_eq!((settings.http.port, settings.http.compat.sparse), (3, true));
    assert_eq!(settings.limits.manifest.bytes(), 1 << 20);

    sources.overrides = pairs(&[("http.port", "4")]);
    assert_eq!(load(&sources).unwrap().http.port, 4);
}

#[test]
fn a_wrong_variable_or_flag_is_named() {
    let sources = Sources {
        environment: pairs(&[("ATOLL__HTTP__PROT", "1")]),
        overrides: pairs(&[("http.port", "none")]),
        ..Sources::default()
    };
    assert_eq!(
        sentences(load(&sources)),
        [
            "unknown key `http.PROT` in the environment variable ATOLL__HTTP__PROT: did you mean `http.port`?",
            "`http.port` in the flag that sets http.port is \"none\", but must be a port number from 0 to 65535",
        ]
    );
}

#[test]
fn the_environment_and_flags_also_change_the_local_defaults() {
    let sources = Sources { overrides: pairs(&[("extensions.ui.enable", "false")]), ..Sources::default() };
    let settings = load(&sources).unwrap();
    assert!(!settings.extensions.ui && settings.extensions.search.is_some());
    assert_eq!(settings.storage.root_directory, PathBuf::from("./data"));
}

#[test]
fn a_secret_is_never_shown() {
    let error = with(r#""cluster": {"members": ["a:1"], "hashKey": "hunter2"}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!(error.problems()[0].key, "cluster.hashKey");
    let error = with(r#""storage2": 1, "cluster": {"hashKey": ["hunter2"]}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_wrong_value_is_not_called_missing_as_well() {
    let error = from_json(r#"{"storage": {"rootDirectory": ["a"]}}"#).unwrap_err();
    assert!(
        matches!(error.problems(), [problem] if matches!(problem.cause, Cause::Mismatch { .. })),
        "{error}"
    );
}

#[test]
fn a_long_list_of_keys_is_cut_in_the_sentence_and_whole_in_the_data() {
    let error = with(
        r#""http": {"auth": {"ldap": {"port": 1, "address": "a", "baseDN": "b", "insecure": true, "startTLS": true,
            "skipVerify": true, "userFilter": "c", "caCert": "d"}}}"#,
    )
    .unwrap_err();
    let [problem] = error.problems() else { panic!("{error}") };
    assert!(
        problem
            .to_string()
            .contains("(with ldap.address, ldap.baseDN, ldap.caCert, ldap.insecure, ldap.port, ")
    );
    assert!(problem.to_string().contains(" and 2 more) in zot.json"), "{problem}");
    assert!(matches!(&problem.cause, Cause::Refused { written, .. } if written.len() == 8));
}

proptest! {
    #[test]
    fn no_text_makes_loading_panic(text in ".{0,200}|[\\[\\]{}:,\"a-z0-9 \n&*<!|>-]{0,200}") {
        let _ = parse(Path::new("zot.json"), &text);
        let _ = parse(Path::new("zot.yaml"), &text);
    }

    #[test]
    fn no_value_of_a_known_key_makes_loading_panic(index in 0_usize..400, text in "\\PC{0,40}") {
        let keys: Vec<_> = crate::keys::all().collect();
        let key = keys[index % keys.len()].path.replace("[]", "").replace('*', "x");
        let sources = Sources { overrides: vec![(key, text)], ..Sources::default() };
        let _ = load(&sources);
    }
}
