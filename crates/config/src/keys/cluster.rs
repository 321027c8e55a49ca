//! Keys of the cluster: zot's own stanza, and what it lacks below `atoll.cluster`.

use atoll_placement::MAX_WEIGHT;

use super::{Key, key};
use crate::kind::Kind::{Boolean, Duration, Integer, Path, Secret, Size, Stanza, Stanzas, Text, Texts};

const TIB: u64 = 1 << 40;

/// zot's stanza, unchanged.
pub(super) const KEYS: &[Key] = &[
    key("cluster", Stanza, "The members that serve one registry together; all of them list the same."),
    key("cluster.members", Texts, "Every member's public address as host:port, this one's among them."),
    key(
        "cluster.hashKey",
        Secret,
        "Key of 16 bytes by which repositories are spread over members; it never changes in a cluster's life.",
    ),
    key(
        "cluster.tls",
        Stanza,
        "Certificates for the link between members; derived from a secret without them.",
    ),
    key(
        "cluster.tls.cert",
        Path,
        "PEM file with this member's certificate, for both directions of the link.",
    ),
    key("cluster.tls.key", Path, "PEM file with the key of that certificate."),
    key(
        "cluster.tls.cacert",
        Path,
        "PEM file with the authorities that members' certificates are checked against.",
    ),
];

/// What zot's stanza lacks.
pub(super) const OWN_KEYS: &[Key] = &[
    key("atoll.cluster", Stanza, "What zot's cluster stanza lacks."),
    key(
        "atoll.cluster.member",
        Text,
        "Which of cluster.members this server is, as its address or its id; found by itself when not given.",
    ),
    key("atoll.cluster.members", Stanzas, "Details of single members; the same on every member."),
    key("atoll.cluster.members[].address", Text, "The member's address as in cluster.members."),
    key(
        "atoll.cluster.members[].id",
        Integer { least: 0, most: 65_535 },
        "Its id; derived from the address when not given. Give the old one when an address changes.",
    ),
    key(
        "atoll.cluster.members[].link",
        Text,
        "host:port by which the others reach its link; its host and its port + 10000 when not given.",
    ),
    key(
        "atoll.cluster.members[].weight",
        Integer { least: 0, most: MAX_WEIGHT as i64 },
        "Its share of the repositories, compared with the others' weights; 0 for a member that is about to leave.",
    )
    .or("100"),
    key("atoll.cluster.link", Stanza, "This server's own end of the link."),
    key(
        "atoll.cluster.link.listen",
        Text,
        "host:port that other members' calls are taken on; http.address and the port of the own link when not given.",
    ),
    key(
        "atoll.cluster.secretFile",
        Path,
        "File with the secret of the link: 32 random bytes, raw, in hex or in base64; the same on every member.",
    ),
    key(
        "atoll.cluster.acceptedSecretFiles",
        Texts,
        "Files with further secrets that other members may still, or already, use while the secret is changed.",
    ),
    key("atoll.cluster.queryDeadline", Duration, "How long one question to all members may take.").or("10s"),
    key(
        "atoll.cluster.mountDeadline",
        Duration,
        "How long other members are asked for a blob that a client wants to mount.",
    )
    .or("2s"),
    key(
        "atoll.cluster.mountCopyMax",
        Size { least: 0, most: 1024 * TIB },
        "The largest blob that is copied between members to mount it; a larger one is uploaded by the client.",
    )
    .or("1GiB"),
    key(
        "atoll.cluster.partialCatalog",
        Boolean,
        "Whether _catalog lists what it can, with a Warning header, while members are away; else it answers 503.",
    )
    .or("false"),
];
