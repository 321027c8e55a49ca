//! Configurations that must not start.

use std::fs;

use atoll_testkit::{Outcome, Server};
use serde_json::{Value, json};

use crate::registry::{Registry, program};

/// Tries to serve with these settings.
fn refused(settings: Value) -> String {
    let server = Server::prepare(program(), settings);
    let config = server.config();
    let Outcome { status, output } = server.run(&["serve", config.to_str().unwrap()]);
    assert!(!status.success(), "{output}");
    output
}

#[test]
fn an_unknown_key_is_named_with_its_path_and_the_nearest_known_one() {
    let said = refused(json!({ "http": { "prot": "8080" } }));
    assert!(said.contains("http.prot") && said.contains("port"), "{said}");
    let said = refused(json!({ "storge": {} }));
    assert!(said.contains("storge") && said.contains("storage"), "{said}");
}

#[test]
fn what_would_expose_data_is_refused_with_a_sentence() {
    for (settings, key) in [
        (json!({ "http": { "auth": { "htpasswd": { "path": "htpasswd" } } } }), "http.auth"),
        (json!({ "http": { "accessControl": { "repositories": {} } } }), "http.accessControl"),
        (json!({ "storage": { "storageDriver": { "name": "s3" } } }), "storage.storageDriver"),
        (json!({ "storage": { "subPaths": { "/a": { "rootDirectory": "a" } } } }), "storage.subPaths"),
    ] {
        let said = refused(settings);
        assert!(said.to_lowercase().contains(&key.to_lowercase()), "{key}: {said}");
    }
}

#[test]
fn a_malformed_tls_stanza_never_falls_back_to_plain_text() {
    let server = Server::prepare(program(), json!({}));
    let (cert, key) = (server.folder().join("cert.pem"), server.folder().join("key.pem"));
    fs::write(&cert, "no certificate").unwrap();
    fs::write(&key, "no key").unwrap();
    let missing = server.folder().join("missing.pem");
    for tls in [
        json!({}),
        json!({ "cert": cert }),
        json!({ "key": key }),
        json!({ "cert": cert, "key": key }),
        json!({ "cert": missing, "key": key }),
        json!({ "cert": "", "key": "" }),
        json!(null),
        json!("yes"),
    ] {
        server.configure(json!({ "http": { "tls": tls } }));
        let config = server.config();
        let outcome = server.run(&["serve", config.to_str().unwrap()]);
        assert!(!outcome.status.success(), "{tls}: {}", outcome.output);
    }
}

#[test]
fn the_file_itself_may_be_wrong() {
    let server = Server::prepare(program(), json!({}));
    for (content, hint) in [("{", "config.json"), ("[]", "config.json"), ("", "config.json")] {
        fs::write(server.config(), content).unwrap();
        let config = server.config();
        let outcome = server.run(&["serve", config.to_str().unwrap()]);
        assert!(
            !outcome.status.success() && outcome.output.contains(hint),
            "{content:?}: {}",
            outcome.output
        );
    }
    let missing = server.folder().join("nowhere.json");
    let outcome = server.run(&["serve", missing.to_str().unwrap()]);
    assert!(!outcome.status.success() && outcome.output.contains("nowhere.json"), "{}", outcome.output);
}

#[test]
fn a_port_that_is_taken_is_an_error_with_its_address() {
    let registry = Registry::start();
    let port = registry.server.address().port();
    let said = refused(json!({ "http": { "port": port.to_string() } }));
    assert!(said.contains(&port.to_string()), "{said}");
}

#[test]
fn keys_are_read_whatever_their_case() {
    let registry = Registry::start_with(json!({ "Atoll": { "LIMITS": { "ManifestBytes": "2KiB" } } }));
    let large = "x".repeat(3000);
    assert_eq!(
        registry.put("case/manifests/v1", crate::content::IMAGE, &large).told(),
        "413 MANIFEST_INVALID"
    );
    let said = refused(json!({ "HTTP": { "port": "8080" } }));
    assert!(said.contains("written twice"), "two keys that differ in case only are one: {said}");
}

#[test]
fn a_valid_file_is_verified_without_starting_anything() {
    let server = Server::prepare(program(), json!({}));
    let config = server.config();
    let verified = server.run(&["verify", config.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", verified.output);
    assert!(!server.data().exists(), "nothing was created");
    server.configure(json!({ "nonsense": 1 }));
    let verified = server.run(&["verify", config.to_str().unwrap()]);
    assert!(!verified.status.success() && verified.output.contains("nonsense"), "{}", verified.output);
}

/// What `verify` and `serve` say of these settings.
fn both(server: &Server, settings: Value) -> [Outcome; 2] {
    server.configure(settings);
    let config = server.config();
    ["verify", "serve"].map(|command| server.run(&[command, config.to_str().unwrap()]))
}

#[test]
fn what_a_start_would_refuse_is_not_verified() {
    let server = Server::prepare(program(), json!({}));
    let at = |name: &str| server.folder().join(name);
    fs::write(at("empty.pem"), "").unwrap();
    fs::write(at("broken.pem"), "-----BEGIN CERTIFICATE-----\nAA\n").unwrap();
    let (empty, broken) = (at("empty.pem"), at("broken.pem"));
    let cases = [
        (json!({ "http": { "tls": { "cert": empty, "key": empty } } }), "holds no certificate"),
        (json!({ "http": { "tls": { "cert": broken, "key": empty } } }), "is not valid PEM"),
        (json!({ "log": { "output": at("nowhere/atoll.log") } }), "nowhere/atoll.log"),
        (json!({ "log": { "audit": server.folder() } }), "for appending"),
        (json!({ "http": { "address": "no.such.host.invalid" } }), "no.such.host.invalid"),
        (json!({ "http": { "allowOrigin": "a\nb" } }), "http.allowOrigin"),
        (json!({ "storage": { "gcTimeWindow": "02:00-02:00" } }), "storage.gcTimeWindow"),
        (json!({ "extensions": { "search": {}, "ui": { "path": at("no-pages") } } }), "no-pages"),
    ];
    for (settings, hint) in cases {
        for outcome in both(&server, settings.clone()) {
            assert_eq!(outcome.status.code(), Some(1), "{settings}: {}", outcome.output);
            assert!(outcome.output.contains(hint), "{settings}: {}", outcome.output);
            assert!(outcome.output.matches("os error").count() <= 1, "told twice: {}", outcome.output);
        }
    }
}

#[test]
fn files_that_a_start_would_create_are_not_created_by_verifying() {
    let server = Server::prepare(program(), json!({}));
    let (log, audit) = (server.folder().join("atoll.log"), server.folder().join("audit.log"));
    server.configure(json!({ "log": { "output": log, "audit": audit } }));
    let config = server.config();
    let verified = server.run(&["verify", config.to_str().unwrap()]);
    assert!(verified.status.success(), "{}", verified.output);
    assert!(!log.exists() && !audit.exists() && !server.data().exists());
}
