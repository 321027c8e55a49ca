use std::net::{IpAddr, Ipv4Addr};

use super::{Machine as _, ThisMachine};

#[test]
fn this_machine_has_its_loopback_and_not_the_addresses_of_documents() {
    assert!(ThisMachine.has(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    // TEST-NET-1 (RFC 5737) belongs to nobody.
    assert!(!ThisMachine.has(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))));
}

#[test]
fn the_name_localhost_is_the_loopback() {
    let found = ThisMachine.resolve("localhost");
    assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
    assert_eq!(ThisMachine.resolve("no-such-host.invalid"), Vec::<IpAddr>::new());
}
