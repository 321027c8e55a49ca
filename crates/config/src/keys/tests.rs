use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Map, Value, json};

use super::{Case, Key, Verdict, all, children, find};
use crate::kind::Kind;
use crate::load::tests::from_json;
use crate::raw;
use crate::{Error, Settings};

/// Files that stand for certificates, keys and secrets.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one"), "").unwrap();
        fs::write(folder.path().join("two"), "").unwrap();
        for (name, digit) in [("secret", "1"), ("other-secret", "2")] {
            let path = folder.path().join(name);
            fs::write(&path, format!("{}\n", format!("{digit}fa0").repeat(16))).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

/// A value that the key takes and that is not its default.
fn sample(key: &Key) -> Value {
    let below = |pattern: &str| {
        let (name, first) = children(pattern).next().expect("a stanza has keys");
        json!({ name: sample(first) })
    };
    match key.path {
        "cluster.members" => return json!(["127.0.0.1:8080", "127.0.0.1:8082"]),
        "atoll.cluster.link.listen" => return json!("127.0.0.1:19000"),
        "atoll.cluster.member" | "atoll.cluster.members[].address" => return json!("127.0.0.1:8081"),
        "atoll.cluster.members[].link" => return json!("127.0.0.1:19001"),
        "atoll.cluster.members" => return json!([{"address": "127.0.0.1:8081", "weight": 7}]),
        _ => {}
    }
    match key.kind {
        Kind::Text | Kind::Path => json!("x"),
        Kind::TimeWindow => json!("22:00-04:00"),
        Kind::Secret => json!("fedcba9876543210"),
        Kind::Address => json!("::1"),
        Kind::Url => json!("https://x"),
        Kind::UrlPath => json!("/x"),
        Kind::Choice(words) => json!(words[0]),
        Kind::Boolean => json!(key.default != Some("true") || key.path.ends_with(".enable")),
        Kind::Integer { least, .. } => json!(least + 1),
        Kind::Port => json!("5"),
        Kind::Duration | Kind::Timeout => json!("7m"),
        Kind::Size { least, .. } => json!(least + 1),
        Kind::Texts => json!(["x"]),
        Kind::Choices(words) => json!([words[0]]),
        Kind::Free => json!({"x": "y"}),
        Kind::Stanza | Kind::Switch => below(key.path),
        Kind::Stanzas if key.path == "http.ratelimit.methods" => json!([{"method": "GET", "rate": 5}]),
        Kind::Stanzas => json!([below(&format!("{}[]", key.path))]),
        Kind::Named => json!({"x": below(&format!("{}.*", key.path))}),
    }
}

/// The smallest valid configuration with what the key at `path` cannot be without.
fn companions(path: &str, files: &Files) -> Map<String, Value> {
    let mut whole = json!({"storage": {"rootDirectory": "d"}});
    if path.starts_with("http.tls") {
        whole["http"] = json!({"tls": {"cert": files.path("one"), "key": files.path("one")}});
    }
    if path.starts_with("extensions.ui") || path.starts_with("atoll.search") {
        whole["extensions"] = json!({"search": {}});
    }
    if path.starts_with("atoll.metrics") {
        whole["extensions"] = json!({"metrics": {}});
    }
    if path.starts_with("cluster") || path.starts_with("atoll.cluster") {
        whole["cluster"] =
            json!({"members": ["127.0.0.1:8080", "127.0.0.1:8081"], "hashKey": "a key of 16 byte"});
        whole["atoll"] = json!({"cluster": {"secretFile": files.path("secret")}});
    }
    if path.starts_with("cluster.tls") {
        let file = files.path("one");
        whole["cluster"]["tls"] = json!({"cert": file, "key": file, "cacert": file});
        whole["atoll"] = json!({});
    }
    whole.as_object().unwrap().clone()
}

/// Writes `value` at a path of the table; `[]` becomes the only element and `*` the name `x`.
fn write(into: &mut Value, parts: &[&str], value: Value) {
    let Some((first, rest)) = parts.split_first() else {
        merge(into, value);
        return;
    };
    let (name, list) = first.strip_suffix("[]").map_or((*first, false), |name| (name, true));
    let slot = &mut into[if name == "*" { "x" } else { name }];
    if list {
        *slot = json!([{}]);
        write(&mut slot[0], rest, value);
    } else {
        write(slot, rest, value);
    }
}

fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(more)) => {
            more.into_iter().for_each(|(name, value)| merge(into.entry(name).or_insert(Value::Null), value));
        }
        (into, value) => *into = value,
    }
}

fn loaded(path: &str, value: Value, files: &Files) -> Result<Settings, Error> {
    let mut whole = Value::Object(companions(path, files));
    write(&mut whole, &path.split('.').collect::<Vec<_>>(), value);
    if path.starts_with("http.ratelimit.methods[].") {
        whole["http"]["ratelimit"]["methods"] = json!([{"method": "GET", "rate": 5}]);
    }
    if path.starts_with("atoll.cluster.members[].") {
        whole["atoll"]["cluster"]["members"][0]["address"] = json!("127.0.0.1:8081");
    }
    if path == "http.tls" || path == "cluster.tls" {
        let room = path.split('.').next().unwrap();
        whole[room]["tls"] = companions(path, files)[room]["tls"].clone();
    }
    from_json(&whole.to_string())
}

fn keep_real_file(key: &Key, value: Value, files: &Files) -> Value {
    match key.path {
        "http.tls.cert" | "http.tls.key" | "cluster.tls.cert" | "cluster.tls.key" | "cluster.tls.cacert" => {
            json!(files.path("two"))
        }
        "atoll.cluster.secretFile" => json!(files.path("other-secret")),
        "atoll.cluster.acceptedSecretFiles" => json!([files.path("other-secret")]),
        _ => value,
    }
}

/// Whether a report on `key` with `written` below it speaks of the key at `path` or of something below that.
fn names(key: &str, written: &[String], path: &str) -> bool {
    let path = path.replace("[]", "[0]").replace('*', "x");
    let full = written.iter().map(|below| format!("{key}.{below}"));
    full.chain([key.to_owned()]).any(|full| {
        full.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

#[test]
fn every_key_does_what_the_table_says_of_it() {
    let files = Files::new();
    for key in all() {
        let (path, plain) = (key.path, keep_real_file(key, sample(key), &files));
        match key.verdict {
            Verdict::Honoured | Verdict::Accepted => {
                let settings = loaded(path, plain, &files).unwrap_or_else(|error| panic!("{path}: {error}"));
                assert_eq!(settings.warnings, [], "{path}");
            }
            Verdict::Warned { when, .. } => {
                let settings = loaded(path, trigger(when, plain), &files)
                    .unwrap_or_else(|error| panic!("{path}: {error}"));
                let [warning] = settings.warnings.as_slice() else {
                    panic!("{path}: {:?}", settings.warnings)
                };
                assert!(names(&warning.key, &warning.written, path), "{path}: {warning}");
            }
            Verdict::Refused { when, .. } => {
                let error = loaded(path, trigger(when, plain), &files).expect_err(path);
                let [problem] = error.problems() else { panic!("{path}: {error}") };
                let crate::Cause::Refused { written, .. } = &problem.cause else { panic!("{path}: {error}") };
                assert!(names(&problem.key, written, path), "{path}: {error}");
            }
        }
    }
}

fn trigger(when: Case, plain: Value) -> Value {
    match when {
        Case::Written | Case::NotDisabled => plain,
        Case::Is(value) => json!(value),
    }
}

#[test]
fn a_verdict_on_some_values_lets_the_others_be() {
    let files = Files::new();
    for key in all() {
        let (Verdict::Warned { when, .. } | Verdict::Refused { when, .. }) = key.verdict else { continue };
        let harmless = match when {
            Case::Is(value) => json!(!value),
            Case::NotDisabled if children(key.path).any(|(name, _)| name == "enable") => {
                json!({"enable": false})
            }
            Case::Written | Case::NotDisabled => continue,
        };
        let settings =
            loaded(key.path, harmless, &files).unwrap_or_else(|error| panic!("{}: {error}", key.path));
        assert_eq!(settings.warnings, [], "{}", key.path);
    }
}

#[test]
fn every_honoured_value_reaches_the_settings() {
    let files = Files::new();
    for key in all().filter(|key| key.verdict == Verdict::Honoured && !key.path.contains("[]")) {
        if matches!(key.kind, Kind::Stanza | Kind::Switch) {
            continue;
        }
        let before = from_json(&Value::Object(companions(key.path, &files)).to_string()).unwrap();
        let after = loaded(key.path, keep_real_file(key, sample(key), &files), &files).unwrap();
        let difference = before.reloadable_difference(&after);
        let changed = if key.live { &difference.applied } else { &difference.needs_restart };
        let already_on = key.path == "extensions.search.enable" && before.extensions.search.is_some();
        assert!(
            already_on || changed.iter().any(|changed| changed == key.path),
            "{}: {difference:?}",
            key.path
        );
    }
}

#[test]
fn every_default_is_a_value_of_its_kind() {
    for key in all() {
        if let Some(default) = key.default {
            assert!(key.kind.convert(&raw::Value::Text(default.to_owned())).is_some(), "{}", key.path);
        }
    }
}

#[test]
fn paths_are_unique_in_any_case_and_stand_below_known_stanzas() {
    let mut seen = HashSet::new();
    for key in all() {
        assert!(seen.insert(key.path.to_lowercase()), "{} stands twice", key.path);
        let Some((parent, _)) = key.path.rsplit_once('.') else { continue };
        let stem = parent.trim_end_matches("[]").trim_end_matches(".*");
        let above = find(stem).unwrap_or_else(|| panic!("{} has no parent", key.path));
        let fits = match above.kind {
            Kind::Stanza | Kind::Switch => parent == stem,
            Kind::Stanzas => parent.ends_with("[]"),
            Kind::Named => parent.ends_with(".*"),
            _ => false,
        };
        assert!(fits, "{} does not fit {:?}", key.path, above.kind);
    }
}

#[test]
fn what_stands_below_a_warned_or_refused_key_shares_its_verdict() {
    for key in all() {
        let (Verdict::Warned { .. } | Verdict::Refused { .. }) = key.verdict else { continue };
        for below in all().filter(|below| below.is_below(key)) {
            assert_eq!(below.verdict, key.verdict, "{}", below.path);
        }
    }
}

#[test]
fn the_keys_of_zot_are_known() {
    for path in [
        "distSpecVersion",
        "goVersion",
        "commit",
        "releaseTag",
        "binaryType",
        "storage.rootDirectory",
        "storage.maxRepos",
        "storage.dedupe",
        "storage.remoteCache",
        "storage.redirectBlobURL",
        "storage.gc",
        "storage.commit",
        "storage.gcDelay",
        "storage.gcInterval",
        "storage.gcTimeWindow",
        "storage.retention.dryRun",
        "storage.retention.delay",
        "storage.retention.policies",
        "storage.storageDriver",
        "storage.cacheDriver",
        "storage.subPaths",
        "storage.fastRestart",
        "http.address",
        "http.externalURL",
        "http.port",
        "http.allowOrigin",
        "http.readTimeout",
        "http.writeTimeout",
        "http.tls",
        "http.auth",
        "http.accessControl",
        "http.realm",
        "http.ratelimit",
        "http.compat",
        "http.auth.failDelay",
        "http.auth.htpasswd.path",
        "http.auth.ldap",
        "http.auth.bearer",
        "http.auth.openid",
        "http.auth.apikey",
        "http.auth.sessionKeysFile",
        "http.auth.sessionDriver",
        "http.auth.secureSession",
        "http.auth.mtls",
        "log.level",
        "log.output",
        "log.audit",
        "extensions.search",
        "extensions.sync",
        "extensions.metrics",
        "extensions.scrub",
        "extensions.lint",
        "extensions.ui",
        "extensions.mgmt",
        "extensions.apikey",
        "extensions.trust",
        "extensions.events",
        "scheduler.numWorkers",
        "cluster.members",
        "cluster.hashKey",
        "cluster.tls.cert",
        "cluster.tls.key",
        "cluster.tls.cacert",
    ] {
        assert!(find(path).is_some(), "{path}");
    }
}
