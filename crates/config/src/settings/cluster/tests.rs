use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use atoll_placement::MemberId;

use super::{Cluster, Trust};
use crate::Settings;
use crate::machine::Machine;
use crate::merged::Merged;
use crate::problem::Origin;
use crate::raw;
use crate::settings::settle;

/// A machine with these addresses, this name, and a name service that knows these names.
#[derive(Default)]
struct Host {
    addresses: Vec<&'static str>,
    name: Option<&'static str>,
    known: BTreeMap<&'static str, &'static str>,
}

impl Machine for Host {
    fn has(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.addresses.iter().any(|own| own.parse() == Ok(address))
    }

    fn name(&self) -> Option<String> {
        self.name.map(str::to_owned)
    }

    fn resolve(&self, host: &str) -> Vec<IpAddr> {
        self.known.get(host).map(|address| address.parse().unwrap()).into_iter().collect()
    }
}

const KEY: &str = "a key of 16 byte";

fn settled(machine: &Host, stanzas: &str) -> Result<Settings, Vec<String>> {
    let text = format!(r#"{{"storage": {{"rootDirectory": "d"}}, {stanzas}}}"#);
    let mut merged = Merged::empty();
    merged.lay(&Origin::File("zot.json".into()), &raw::json(&text).ok().expect("the test writes JSON"));
    settle(merged, machine).map_err(|error| error.problems().iter().map(ToString::to_string).collect())
}

/// The cluster of these members with `atoll.cluster` and further stanzas as given.
fn with(machine: &Host, members: &[&str], own: &str, rest: &str) -> Result<Settings, Vec<String>> {
    let members = serde_json::to_string(members).unwrap();
    let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
    settled(
        machine,
        &format!(
            r#""cluster": {{"members": {members}, "hashKey": "{KEY}"}}, "atoll": {{"cluster": {own}}}{rest}"#
        ),
    )
}

fn cluster(settings: Result<Settings, Vec<String>>) -> Cluster {
    settings.unwrap_or_else(|problems| panic!("{problems:#?}")).cluster.expect("a cluster")
}

fn refusal(settings: Result<Settings, Vec<String>>) -> String {
    match settings.expect_err("must be refused").as_slice() {
        [only] => only.clone(),
        several => panic!("{several:#?}"),
    }
}

const LAN: [&str; 3] = ["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"];
const OPEN: &str = r#""http": {"address": "0.0.0.0"}"#;

#[test]
fn the_stanza_of_zot_alone_is_enough() {
    let second = Host { addresses: vec!["10.0.0.2"], ..Host::default() };
    let settings = with(&second, &LAN, "{}", OPEN).unwrap();
    let cluster = settings.cluster.unwrap();
    assert_eq!(cluster.own_member().unwrap().address.to_string(), "10.0.0.2:8080");
    assert_eq!(cluster.own, MemberId::of_address("10.0.0.2:8080"));
    assert_eq!(cluster.listen.to_string(), "0.0.0.0:18080");
    let links: Vec<_> = cluster.members.iter().map(|member| member.link.to_string()).collect();
    assert_eq!(links, ["10.0.0.1:18080", "10.0.0.2:18080", "10.0.0.3:18080"]);
    assert!(cluster.members.iter().all(|member| member.weight == 100));
    assert!(matches!(&cluster.trust, Trust::Secret { accepted, .. } if accepted.is_empty()));
    let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
    assert_eq!(
        warning.to_string(),
        "`cluster.hashKey` in zot.json: the link between members trusts whoever knows this key: a secret of 32 random bytes \
         in atoll.cluster.secretFile is better"
    );
}

#[test]
fn every_member_finds_the_same_cluster_and_another_self() {
    let found = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|address| {
        let mut found =
            cluster(with(&Host { addresses: vec![address], ..Host::default() }, &LAN, "{}", OPEN));
        (std::mem::replace(&mut found.own, MemberId(0)), found)
    });
    assert_eq!(found[0].1, found[1].1);
    assert_eq!(found[1].1, found[2].1);
    assert!(found[0].0 != found[1].0 && found[1].0 != found[2].0 && found[0].0 != found[2].0);
}

#[test]
fn a_cluster_of_one_needs_no_link_and_no_better_secret() {
    let settings =
        with(&Host::default(), &["registry.example:60000"], "{}", r#""http": {"port": 60000}"#).unwrap();
    assert_eq!(settings.warnings, []);
    assert_eq!(settings.cluster.unwrap().members.len(), 1);
    assert_eq!(settled(&Host::default(), r#""cluster": {}"#).unwrap().cluster, None);
}

#[test]
fn a_member_is_found_by_the_name_service_even_if_peers_are_unknown() {
    let members = ["one.example:8080", "two.example:8080", "three.example:8080"];
    let host = Host {
        addresses: vec!["10.0.0.2"],
        known: BTreeMap::from([("two.example", "10.0.0.2")]),
        ..Host::default()
    };
    assert_eq!(cluster(with(&host, &members, "{}", OPEN)).own, MemberId::of_address("two.example:8080"));
}

#[test]
fn a_member_is_found_by_its_own_name_while_the_name_service_does_not_know_it_yet() {
    let members = ["atoll-0.atoll:8080", "atoll-1.atoll:8080"];
    let host = Host { name: Some("atoll-1"), ..Host::default() };
    assert_eq!(cluster(with(&host, &members, "{}", OPEN)).own, MemberId::of_address("atoll-1.atoll:8080"));
    // The same short name elsewhere, which the name service knows to be another machine.
    let known = BTreeMap::from([("atoll-1.atoll", "10.9.9.9")]);
    let host = Host { name: Some("atoll-1"), known, ..Host::default() };
    assert!(with(&host, &members, "{}", OPEN).is_err());
}

#[test]
fn members_on_one_machine_are_told_apart_by_port_and_by_address() {
    let ports = ["127.0.0.1:8081", "127.0.0.1:8082"];
    let found = cluster(with(&Host::default(), &ports, "{}", r#""http": {"port": 8082}"#));
    assert_eq!(found.own_member().unwrap().address.to_string(), "127.0.0.1:8082");
    let addresses = ["127.0.0.1:8080", "127.0.0.2:8080"];
    let found = cluster(with(&Host::default(), &addresses, "{}", r#""http": {"address": "127.0.0.2"}"#));
    assert_eq!(found.own_member().unwrap().address.to_string(), "127.0.0.2:8080");
}

#[test]
fn a_member_that_cannot_be_found_is_asked_to_name_itself() {
    let none = refusal(with(&Host::default(), &LAN, "{}", OPEN));
    assert_eq!(
        none,
        "`atoll.cluster.member`: none of cluster.members is this machine with the port 8080 of http.port: name this server's \
         own entry here"
    );
    let both = Host { addresses: vec!["10.0.0.1", "10.0.0.3"], ..Host::default() };
    let several = refusal(with(&both, &LAN, "{}", OPEN));
    assert_eq!(
        several,
        "`atoll.cluster.member`: this machine could be any of 10.0.0.1:8080, 10.0.0.3:8080: name this server's own entry here"
    );
    for own in [
        r#"{"member": "10.0.0.3:8080"}"#,
        r#"{"member": 7, "members": [{"address": "10.0.0.3:8080", "id": 7}]}"#,
    ] {
        let found = cluster(with(&both, &LAN, own, OPEN));
        assert_eq!(found.own_member().unwrap().address.to_string(), "10.0.0.3:8080");
    }
    let wrong = refusal(with(&both, &LAN, r#"{"member": "10.0.0.9:8080"}"#, OPEN));
    assert_eq!(
        wrong,
        "`atoll.cluster.member` in zot.json: \"10.0.0.9:8080\" is neither one of cluster.members nor the id of one"
    );
}

#[test]
fn details_of_members_are_taken() {
    let own = r#"{"members": [
        {"address": "10.0.0.1:8080", "id": 1, "link": "192.168.0.1:9000", "weight": 300},
        {"address": "10.0.0.2:8080", "weight": 0}], "link": {"listen": "192.168.0.1:9001"},
        "queryDeadline": "3s", "mountDeadline": "1s", "mountCopyMax": "1MiB", "partialCatalog": true}"#;
    let host = Host { addresses: vec!["10.0.0.1"], ..Host::default() };
    let found = cluster(with(&host, &LAN, own, OPEN));
    let first = found.own_member().unwrap();
    assert_eq!(
        (first.id, first.weight, first.link.to_string().as_str()),
        (MemberId(1), 300, "192.168.0.1:9000")
    );
    assert_eq!(found.members[1].weight, 0);
    assert_eq!(found.listen.to_string(), "192.168.0.1:9001");
    assert_eq!((found.query_deadline.as_secs(), found.mount_deadline.as_secs()), (3, 1));
    assert_eq!((found.mount_copy_max.bytes(), found.partial_catalog), (1 << 20, true));
}

#[test]
fn what_is_wrong_with_the_members_is_told_in_sentences() {
    let host = Host { addresses: vec!["10.0.0.1"], ..Host::default() };
    let check = |members: &[&str], own: &str, expected: &str| {
        assert_eq!(refusal(with(&host, members, own, OPEN)), expected);
    };
    check(
        &["10.0.0.1:8080", "10.0.0.2"],
        "{}",
        "`cluster.members[1]` in zot.json: \"10.0.0.2\" is not host:port, such as registry-1.example:8080 or [fd00::1]:8080",
    );
    check(
        &["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.1:8080"],
        "{}",
        "`cluster.members[2]` in zot.json: \"10.0.0.1:8080\" is in the list already",
    );
    check(
        &["0.0.0.0:8080", "10.0.0.1:8080"],
        "{}",
        "`cluster.members[0]` in zot.json: \"0.0.0.0:8080\" means every interface: write an address that clients and members \
         can connect to",
    );
    check(
        &["10.0.0.1:8080", "10.0.0.2:60000"],
        "{}",
        "`cluster.members[1]` in zot.json: the link of 10.0.0.2:60000 would have the port 70000, and ports end at 65535: name \
         one by `link` in atoll.cluster.members",
    );
    check(
        &["10.0.0.1:8080", "10.0.0.1:18080"],
        "{}",
        "`atoll.cluster.members`: the link of 10.0.0.1:8080 would be 10.0.0.1:18080, which is the public address of a \
         member: name another one by `link` in atoll.cluster.members",
    );
    check(
        &LAN,
        r#"{"members": [{"address": "10.0.0.9:8080"}]}"#,
        "`atoll.cluster.members[0].address` in zot.json: \"10.0.0.9:8080\" is not one of cluster.members",
    );
    check(
        &LAN,
        r#"{"members": [{"address": "10.0.0.1:8080", "id": 5}, {"address": "10.0.0.2:8080", "id": 5}]}"#,
        "`atoll.cluster.members` in zot.json: 10.0.0.1:8080 and 10.0.0.2:8080 both have the id 5: give one of them another \
         `id` in atoll.cluster.members, the same on every member",
    );
    check(
        &LAN,
        r#"{"members": [{"address": "10.0.0.1:8080"}, {"address": "10.0.0.1:8080"}]}"#,
        "`atoll.cluster.members[1].address` in zot.json is written twice: keep one of the two",
    );
    check(
        &["10.0.0.1:8080"],
        r#"{"members": [{"address": "10.0.0.1:8080", "weight": 0}]}"#,
        "`atoll.cluster.members` in zot.json: every member has the weight 0, and somebody has to hold the repositories",
    );
    check(
        &LAN,
        r#"{"queryDeadline": "1ms"}"#,
        "`atoll.cluster.queryDeadline` in zot.json: it must be from 100ms to 10m, since others wait for it",
    );
    let many: Vec<String> = (0..1001).map(|number| format!("m{number}.example:8080")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many, "{}", "`cluster.members` in zot.json: it has 1001 members, and a cluster has at most 1000");
}

#[test]
fn the_link_listens_where_the_others_reach_it_or_the_server_does_not_start() {
    let host = Host { addresses: vec!["10.0.0.1"], ..Host::default() };
    assert_eq!(
        refusal(with(&host, &LAN, "{}", r#""http": {"address": "127.0.0.1"}"#)),
        "`atoll.cluster.link.listen`: the link would listen on 127.0.0.1, as http.address does, where no other machine reaches \
         it: name an address that the other members reach"
    );
    assert!(
        with(
            &host,
            &LAN,
            r#"{"link": {"listen": "127.0.0.1:18080"}}"#,
            r#""http": {"address": "127.0.0.1"}"#
        )
        .is_ok()
    );
    assert_eq!(
        refusal(with(&host, &LAN, r#"{"link": {"listen": "0.0.0.0:8080"}}"#, OPEN)),
        "`atoll.cluster.link.listen` in zot.json: the port 8080 is http.port already: the link needs one of its own"
    );
    assert!(
        refusal(with(&host, &LAN, r#"{"link": {"listen": ":18080"}}"#, OPEN)).contains("is not host:port")
    );
}

#[test]
fn a_key_is_there_and_has_sixteen_bytes_and_is_nobody_elses() {
    let check = |members: &str, key: &str| {
        let key = if key.is_empty() { String::new() } else { format!(r#", "hashKey": "{key}""#) };
        settled(&Host::default(), &format!(r#""cluster": {{"members": [{members}]{key}}}"#))
    };
    let far = r#""127.0.0.1:8080", "10.0.0.2:8080""#;
    assert_eq!(
        refusal(check(far, "")),
        "`cluster.hashKey` is missing: a key of 16 bytes spreads repositories over members; every member has the same"
    );
    assert_eq!(
        refusal(check(far, "hunter2")),
        "`cluster.hashKey` in zot.json: it has 7 bytes, but must have exactly 16"
    );
    for known in ["loremipsumdolors", "LoremIpsumDolors", "0123456789abcdef", "kkkkkkkkkkkkkkkk"] {
        let sentence = refusal(check(far, known));
        assert!(sentence.contains("a key from an example") && !sentence.contains(known), "{sentence}");
        assert!(check(r#""127.0.0.1:8080", "localhost:8081""#, known).is_ok());
    }
    assert_eq!(
        refusal(settled(&Host::default(), r#""cluster": {"hashKey": "a key of 16 byte"}"#)),
        "`cluster.members` is missing: a cluster has at least one member, this one, as host:port"
    );
    assert!(settled(&Host::default(), r#""atoll": {"cluster": {"partialCatalog": true}}"#).is_err());
}

#[test]
fn no_key_and_no_secret_is_ever_shown() {
    let settings = with(&Host::default(), &["127.0.0.1:8080", "127.0.0.1:8081"], "{}", "").unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains(KEY) && shown.contains("hidden"), "{shown}");
    let bytes = format!("{:?}", KEY.as_bytes());
    assert!(!shown.contains(&bytes[1..bytes.len() - 1]), "{shown}");
}

fn file(folder: &Path, name: &str, content: &[u8], mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

const NEAR: [&str; 2] = ["127.0.0.1:8080", "127.0.0.1:8081"];

#[test]
fn a_secret_file_is_better_than_the_key_and_others_are_accepted_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let secret: Vec<u8> = (1..33).collect();
    let own = file(folder.path(), "own", &secret, 0o600);
    let next = file(folder.path(), "next", "ab12".repeat(16).as_bytes(), 0o644);
    let stanza = format!(r#"{{"secretFile": "{own}", "acceptedSecretFiles": ["{next}", "hashKey"]}}"#);
    let settings = with(&Host::default(), &NEAR, &stanza, "").unwrap();
    let [warning] = settings.warnings.as_slice() else { panic!("{:?}", settings.warnings) };
    assert_eq!(
        warning.to_string(),
        "`atoll.cluster.acceptedSecretFiles` in zot.json: everybody on this machine may read the secret: chmod 600 its file"
    );
    let Trust::Secret { own, accepted } = settings.cluster.unwrap().trust else { panic!("no secret") };
    assert_eq!(own.bytes().as_slice(), secret);
    let Trust::Secret { own: of_key, .. } = cluster(with(&Host::default(), &NEAR, "{}", "")).trust else {
        panic!("no secret")
    };
    assert!(accepted.len() == 2 && accepted[1] == of_key && of_key != own);
}

#[test]
fn a_file_that_holds_no_secret_is_refused_without_showing_it() {
    let folder = tempfile::tempdir().unwrap();
    let short = file(folder.path(), "short", b"hunter2", 0o600);
    let sentence = refusal(with(&Host::default(), &NEAR, &format!(r#"{{"secretFile": "{short}"}}"#), ""));
    assert!(sentence.contains("has 7 bytes and is no secret") && !sentence.contains("hunter2"), "{sentence}");
    let sentence = refusal(with(&Host::default(), &NEAR, r#"{"secretFile": "/no/such/file"}"#, ""));
    assert!(sentence.contains("/no/such/file cannot be read"), "{sentence}");
    let many =
        format!(r#"{{"acceptedSecretFiles": {}}}"#, serde_json::to_string(&vec!["hashKey"; 5]).unwrap());
    assert!(refusal(with(&Host::default(), &NEAR, &many, "")).contains("at most 4"));
}

#[test]
fn certificates_come_first_and_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let pem = file(folder.path(), "a.pem", b"", 0o600);
    let stanza = |tls: &str| {
        let members = serde_json::to_string(&NEAR).unwrap();
        settled(
            &Host::default(),
            &format!(
                r#""cluster": {{"members": {members}, "hashKey": "{KEY}", "tls": {tls}}},
                        "atoll": {{"cluster": {{"secretFile": "x"}}}}"#
            ),
        )
    };
    let whole = stanza(&format!(r#"{{"cert": "{pem}", "key": "{pem}", "cacert": "{pem}"}}"#)).unwrap();
    assert!(matches!(whole.cluster.unwrap().trust, Trust::Files { .. }));
    assert_eq!(whole.warnings[0].key, "atoll.cluster.secretFile");
    assert!(!whole.warnings[0].has_effect);
    let part = stanza(&format!(r#"{{"cert": "{pem}"}}"#)).expect_err("a part is refused");
    assert_eq!(
        part,
        [
            "`cluster.tls.key` is missing: cluster.tls needs the certificate's key",
            "`cluster.tls.cacert` is missing: cluster.tls needs the authorities of the members' certificates",
        ]
    );
}
