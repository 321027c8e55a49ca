use std::collections::HashSet;
use std::net::SocketAddr;

use atoll_host::SeededRandom;
use atoll_net::{Peer, TlsFacts, TlsVersion};
use http::{HeaderMap, HeaderValue};

use super::Identifier;

fn peer(tls: Option<TlsFacts>) -> Peer {
    let address: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    Peer { address, local: address, tls }
}

fn identifier() -> Identifier {
    Identifier::new(&SeededRandom::new(7))
}

#[test]
fn a_legal_request_id_of_the_client_is_kept_and_any_other_replaced() {
    let identifier = identifier();
    let check = |told: &str, kept: bool| {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", HeaderValue::from_str(told).unwrap());
        let id = identifier.caller(&headers, &peer(None)).request_id.0;
        assert_eq!(&*id == told, kept, "{told}");
    };
    check("build-17.a_b", true);
    check(&"a".repeat(128), true);
    check(&"a".repeat(129), false);
    check("", false);
    check("a b", false);
    check("a\"b", false);
    check("a/b", false);
}

#[test]
fn fresh_ids_are_sixteen_hex_digits_and_differ() {
    let identifier = identifier();
    let ids: HashSet<std::sync::Arc<str>> = (0..1000).map(|_| identifier.fresh()).collect();
    assert_eq!(ids.len(), 1000);
    assert!(ids.iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())));
}

#[test]
fn the_caller_carries_address_encryption_and_a_bounded_user_agent() {
    let mut headers = HeaderMap::new();
    headers.insert("user-agent", HeaderValue::from_str(&"u".repeat(2000)).unwrap());
    let caller = identifier().caller(&headers, &peer(Some(TlsFacts { version: TlsVersion::Tls13 })));
    assert_eq!(caller.address, Some("192.0.2.1:5000".parse().unwrap()));
    assert_eq!(caller.tls.as_deref(), Some("1.3"));
    assert_eq!(caller.user_agent.map(|text| text.len()), Some(512));
    assert_eq!(caller.principal, atoll_service::Principal::Anonymous);
}

/// What a member tells another of a client is its `Caller`, and nothing else of the request's head.
#[test]
fn f10_no_credential_of_a_client_becomes_a_part_of_what_members_tell_one_another() {
    let mut headers = HeaderMap::new();
    for name in ["authorization", "cookie", "proxy-authorization", "x-zot-api-client", "x-forwarded-user"] {
        headers.insert(name, HeaderValue::from_static("Basic secretsecret"));
    }
    headers.insert("user-agent", HeaderValue::from_static("client/1"));
    let caller = identifier().caller(&headers, &peer(None));
    let told = format!("{caller:?}");
    assert!(told.contains("client/1") && !told.contains("secret"), "{told}");
}
