use super::{Address, is_loopback};

#[test]
fn two_spellings_of_one_address_are_one() {
    for (written, shown) in [
        ("registry-1.example:8080", "registry-1.example:8080"),
        ("Registry-1.Example.:8080", "registry-1.example:8080"),
        (" 10.0.0.7:80 ", "10.0.0.7:80"),
        ("[0:0::0:1]:8080", "[::1]:8080"),
        ("[FE80::A]:08080", "[fe80::a]:8080"),
        ("host_1:65535", "host_1:65535"),
    ] {
        assert_eq!(Address::parse(written).map(|address| address.to_string()).as_deref(), Some(shown));
    }
}

#[test]
fn what_is_no_host_with_a_port_is_no_address() {
    for text in [
        "",
        "host",
        "host:",
        ":80",
        "host:0",
        "host:65536",
        "host:+80",
        "host:http",
        "::1:80",
        "[::1]",
        "[host]:80",
        "http://host:80",
        "host:80/path",
        "user@host:80",
        "ho st:80",
        ".:80",
    ] {
        assert_eq!(Address::parse(text), None, "{text}");
    }
}

#[test]
fn the_machine_itself_is_known_by_name() {
    for (host, expected) in [
        ("127.0.0.1", true),
        ("127.8.0.1", true),
        ("::1", true),
        ("localhost", true),
        ("one.LOCALHOST", true),
        ("10.0.0.1", false),
        ("0.0.0.0", false),
        ("localhost.example", false),
    ] {
        assert_eq!(is_loopback(host), expected, "{host}");
    }
}
