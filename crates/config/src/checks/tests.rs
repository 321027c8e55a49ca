use std::fs;

use crate::load::tests::from_json;

/// The sentences about a configuration with these keys beside the storage.
fn check(stanzas: &str, expected: &[&str]) {
    let result = from_json(&format!(r#"{{"storage": {{"rootDirectory": "d"}}, {stanzas}}}"#));
    let sentences: Vec<_> = match &result {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    };
    assert_eq!(sentences, expected, "{stanzas}");
}

#[test]
fn a_part_of_tls_never_means_plain_text() {
    let missing_cert =
        "`http.tls.cert` is missing: http.tls needs a certificate; for plain HTTP remove the whole stanza";
    let missing_key = "`http.tls.key` is missing: http.tls needs the certificate's key; for plain HTTP remove the whole stanza";
    check(r#""http": {"tls": {}}"#, &[missing_cert, missing_key]);
    check(r#""http": {"tls": null}"#, &[missing_cert, missing_key]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pem");
    fs::write(&file, "").unwrap();
    let (file, folder) = (file.display(), folder.path().display());
    check(&format!(r#""http": {{"tls": {{"cert": "{file}"}}}}"#), &[missing_key]);
    check(
        &format!(r#""http": {{"tls": {{"cert": "{file}.no", "key": "{folder}"}}}}"#),
        &[
            &format!(
                "`http.tls.cert` in zot.json: {file}.no cannot be read: No such file or directory (os error 2)"
            ),
            &format!("`http.tls.key` in zot.json: {folder} is not a file"),
        ],
    );
    check(&format!(r#""http": {{"tls": {{"cert": "{file}", "key": "{file}"}}}}"#), &[]);
}

#[test]
fn certificates_of_clients_are_not_silently_left_unchecked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pem");
    fs::write(&file, "").unwrap();
    let file = file.display();
    check(
        &format!(r#""http": {{"tls": {{"cert": "{file}", "key": "{file}", "cacert": "ca.pem"}}}}"#),
        &[
            "`http.tls.cacert` in zot.json cannot be honoured: client certificates are not checked yet, so everybody \
           would get in without one: remove the key only if that is what you want",
        ],
    );
}

#[test]
fn the_web_interface_needs_search() {
    let sentence =
        "`extensions.ui` in zot.json: the web interface asks the search: turn extensions.search on as well";
    check(r#""extensions": {"ui": {}}"#, &[sentence]);
    check(r#""extensions": {"ui": {}, "search": {"enable": false}}"#, &[sentence]);
    check(r#""extensions": {"ui": {"enable": false}}"#, &[]);
}

#[test]
fn a_rate_names_its_method_once_and_its_number() {
    check(
        r#""http": {"ratelimit": {"methods": [{"method": "GET", "rate": 1}, {"method": "put", "rate": 2}]}}"#,
        &[],
    );
    check(
        r#""http": {"ratelimit": {"rate": 0, "methods": [{"method": "GET", "rate": 1}, {"method": "get"}, {"rate": 3}]}}"#,
        &[
            "`http.ratelimit.rate` in zot.json is 0, but must be a whole number from 1 to 1000000000",
            "`http.ratelimit.methods[1].method` in zot.json is written twice: keep one of the two",
            "`http.ratelimit.methods[1].rate` in zot.json is missing: say how many requests per second are answered",
            "`http.ratelimit.methods[2].method` in zot.json is missing: say which method the rate is for",
        ],
    );
}

#[test]
fn uploads_do_not_expire_between_two_chunks() {
    check(
        r#""atoll": {"uploads": {"expireAfter": "0s"}}"#,
        &[
            "`atoll.uploads.expireAfter` in zot.json: uploads would be removed while they are sent: give at least 1m",
        ],
    );
    check(r#""atoll": {"uploads": {"expireAfter": "1m"}}"#, &[]);
}

#[test]
fn an_origin_can_stand_in_a_header() {
    let sentence = "`http.allowOrigin` in zot.json: it is sent in a header, which holds neither control characters nor letters beyond ASCII";
    check(r#""http": {"allowOrigin": "https://a.example:8080"}"#, &[]);
    check(r#""http": {"allowOrigin": "a\nb"}"#, &[sentence]);
    check(r#""http": {"allowOrigin": "https://bücher.example"}"#, &[sentence]);
}
