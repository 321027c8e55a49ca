//! Certificates and member ids.

use atoll_host::Host;
use atoll_net::{MutualOptions, Secret};
use atoll_placement::MemberId;
use atoll_service::{Admin as _, Caller, Error, Status};
use atoll_wire::{Naming, ServeOptions, member_name};

use crate::world::*;

/// What the answering member says to one that connects with `certificates` and expects `wanted`.
async fn meet(
    naming: Naming,
    certificates: (MutualOptions, MutualOptions),
    wanted: &str,
) -> Result<Status, Error> {
    let host = Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), naming);
    let (address, _stop) = listen(&serve, certificates.0, &host).await;
    let transport = way(address, wanted, certificates.1, &host).await;
    within(remote(transport, &host).0.status(&Caller::internal("test"))).await
}

#[tokio::test]
async fn a_derived_certificate_has_to_name_the_member_on_both_sides() {
    for (server, client, accepted) in [
        (ANSWERER, ASKER, true),
        // The server is another member than the one that is meant.
        (MemberId(3), ASKER, false),
        // The client says that it is member 1, and has proved to be member 3.
        (ANSWERER, MemberId(3), false),
    ] {
        let answer =
            meet(Naming::Members, (derived(server), derived(client)), &member_name(ANSWERER, &CLUSTER)).await;
        assert_eq!(answer.is_ok(), accepted, "{server:?} {client:?} {answer:?}");
        let is_told =
            |text: &String| text.starts_with("member 2 is not available: i") && text.contains("certificate");
        assert!(accepted || matches!(&answer, Err(Error::Unavailable(text)) if is_told(text)), "{answer:?}");
    }
}

#[tokio::test]
async fn another_secret_is_refused() {
    let mut stranger = derived(ASKER);
    if let MutualOptions::Derived { secrets, .. } = &mut stranger {
        *secrets = vec![Secret::new(&[8; 32]).unwrap()];
    }
    let name = member_name(ANSWERER, &CLUSTER);
    assert!(meet(Naming::Members, (derived(ANSWERER), stranger.clone()), &name).await.is_err());
    assert!(meet(Naming::Members, (stranger, derived(ASKER)), &name).await.is_err());
}

/// A certificate that names a host, of the authority that both sides accept.
fn of_host(host: &str) -> MutualOptions {
    let MutualOptions::Derived { secrets, group, .. } = derived(ASKER) else { panic!("derived") };
    MutualOptions::Derived { secrets, group, name: host.to_owned() }
}

#[tokio::test]
async fn a_certificate_of_a_host_has_to_name_the_host_that_the_layout_gives_the_member() {
    for (client, accepted) in [("127.0.0.1", true), ("127.0.0.2", false), ("a.example", false)] {
        let answer = meet(Naming::Hosts, (of_host("127.0.0.1"), of_host(client)), "127.0.0.1").await;
        assert_eq!(answer.is_ok(), accepted, "{client} {answer:?}");
    }
    // The right host, but another member listens there.
    let host = Host::system(4);
    let (serve, _script) = serve(&host, ServeOptions::default(), Naming::Hosts);
    let (address, _stop) = listen(&serve, of_host("127.0.0.1"), &host).await;
    let transport = way(address, "127.0.0.1", of_host("127.0.0.1"), &host).await;
    let parts = atoll_wire::RemoteParts {
        peer: MemberId(3),
        identity: identity(ASKER),
        transport,
        patience: atoll_wire::Patience::default(),
        observer: std::sync::Arc::new(atoll_wire::NoObserver),
        host,
    };
    let refused = within(atoll_wire::RemoteNode::new(parts).status(&Caller::internal("test"))).await;
    assert_eq!(
        refused,
        Err(Error::Unavailable("member 3 is not available: member 2 answers in its place".to_owned()))
    );
}
