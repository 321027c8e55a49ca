use super::nearest;

fn check(pattern: &str, name: &str, expected: Option<&str>) {
    assert_eq!(nearest(pattern, pattern, name).as_deref(), expected, "{pattern} {name}");
}

#[test]
fn a_misspelt_key_is_told_its_sibling() {
    check("http", "adress", Some("http.address"));
    check("http", "PROT", Some("http.port"));
    check("storage", "rootdir", Some("storage.rootDirectory"));
    check("", "extension", Some("extensions"));
    check("http.tls", "cacertt", Some("http.tls.cacert"));
}

#[test]
fn a_key_in_the_wrong_stanza_is_told_its_own() {
    check("", "port", Some("http.port"));
    check("http", "rootDirectory", Some("storage.rootDirectory"));
    check("storage", "htpasswd", Some("http.auth.htpasswd"));
}

#[test]
fn a_key_like_no_other_is_told_nothing() {
    check("http", "zzzzzz", None);
    check("", "", None);
}
