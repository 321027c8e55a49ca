use super::of_server;

#[test]
fn an_address_is_that_of_a_server_and_nothing_else() {
    for (text, address) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://registry.example/", "https://registry.example"),
        ("http://[::1]:80//", "http://[::1]:80"),
    ] {
        assert_eq!(of_server(text), Ok(address.to_owned()));
    }
    for text in [
        "",
        "127.0.0.1:8080",
        "ftp://host",
        "http:",
        "http://host/below",
        "http://host?x=1",
        "http://host/?x=1",
        "http://host#x",
        "http://ho st",
    ] {
        assert_eq!(of_server(text), Err(text.to_owned()));
    }
}

#[test]
fn a_password_in_an_address_is_refused_and_not_shown() {
    for (text, shown) in [
        ("http://alice:s3cret@host", "http://******@host"),
        ("alice:s3c@ret@host:80", "******@host:80"),
        ("https://s3cret@host/v2", "https://******@host/v2"),
    ] {
        assert_eq!(of_server(text), Err(shown.to_owned()));
    }
}
