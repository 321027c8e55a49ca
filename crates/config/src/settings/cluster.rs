//! The members that serve one registry together.

mod members;
mod own;
mod trust;

use std::time::Duration;

use atoll_placement::{ClusterId, ClusterKey, MemberId};

use crate::address::{Address, is_loopback};
use crate::kind::Typed;
use crate::machine::Machine;
use crate::merged::Merged;
use crate::problem::{Cause, Problem, Warning};
use crate::resolve::{Node, Shape};
use crate::size::ByteSize;

pub use members::Member;
pub use trust::{ClusterSecret, Trust};

/// What lies between the public port and the port of the link, where none is named.
pub(crate) const LINK_PORT_OFFSET: u16 = 10_000;

/// Length of the key that zot spreads repositories with (`SipHash`, 128 bits).
const HASH_KEY_BYTES: usize = 16;

/// Keys from examples and manuals: everybody knows them.
const KNOWN_KEYS: [&str; 7] = [
    "loremipsumdolors",
    "0123456789abcdef",
    "1234567890123456",
    "abcdefghijklmnop",
    "changemechangeme",
    "passwordpassword",
    "sixteen byte key",
];

/// A deadline outside of this makes members useless to each other, or clients wait for ever.
const DEADLINE_MIN: Duration = Duration::from_millis(100);
const DEADLINE_MAX: Duration = Duration::from_mins(10);

/// The members that serve one registry together, and how they talk. A cluster of one has one member and calls nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster's identity, the same on every member without asking.
    pub id: ClusterId,
    /// Places repositories on shards; the same on every member.
    pub key: ClusterKey,
    /// Every member, at most [`atoll_placement::MAX_MEMBERS`], in the order of `cluster.members`; ids and addresses are unique.
    pub members: Vec<Member>,
    /// Which of them this server is.
    pub own: MemberId,
    /// Where calls of the other members are taken.
    pub listen: Address,
    /// What proves to the other members who this one is, and the other way round.
    pub trust: Trust,
    /// How long one question to all members may take.
    pub query_deadline: Duration,
    /// How long other members are asked for a blob that is to be mounted.
    pub mount_deadline: Duration,
    /// The largest blob that is copied between members to mount it.
    pub mount_copy_max: ByteSize,
    /// Whether `_catalog` lists what it can while members are away.
    pub partial_catalog: bool,
}

impl Cluster {
    /// This server's own entry among the members.
    pub fn own_member(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.id == self.own)
    }
}

/// What was found wrong, or worth a line, on the way.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
}

/// The cluster of the settings; none if the stanza is not there or empty, or if something is wrong with it.
///
/// The machine is asked who this server is only if nothing else is wrong, because that may wait for the name service.
pub(crate) fn read(merged: &Merged, machine: &dyn Machine) -> (Option<Cluster>, Findings) {
    let mut findings = Findings::default();
    if !is_written(merged, "cluster") && !is_written(merged, "atoll.cluster") {
        return (None, findings);
    }
    let members = members::read(merged, &mut findings.problems);
    let key = hash_key(merged, &members, &mut findings.problems);
    let trust = trust::read(merged, key, members.len() > 1, &mut findings);
    findings.problems.extend(deadline(merged, "atoll.cluster.queryDeadline"));
    findings.problems.extend(deadline(merged, "atoll.cluster.mountDeadline"));
    let (Some(key), Some(trust), true) =
        (key, trust, findings.problems.is_empty() && merged.problems.is_empty())
    else {
        return (None, findings);
    };
    match finish(merged, machine, (members, key, trust)) {
        Ok(cluster) => (Some(cluster), findings),
        Err(problem) => {
            findings.problems.push(problem);
            (None, findings)
        }
    }
}

fn is_written(merged: &Merged, path: &str) -> bool {
    merged.node(path).is_some_and(|node| !matches!(&node.shape, Shape::Stanza(below) if below.is_empty()))
}

fn finish(
    merged: &Merged,
    machine: &dyn Machine,
    (members, key, trust): (Vec<Member>, ClusterKey, Trust),
) -> Result<Cluster, Problem> {
    let own = own::identify(merged, machine, &members)?;
    let listen = listen(merged, &members, &own)?;
    Ok(Cluster {
        id: ClusterId::of_key(key),
        key,
        own: own.id,
        listen,
        trust,
        query_deadline: merged.duration("atoll.cluster.queryDeadline")?,
        mount_deadline: merged.duration("atoll.cluster.mountDeadline")?,
        mount_copy_max: merged.size("atoll.cluster.mountCopyMax")?,
        partial_catalog: merged.boolean("atoll.cluster.partialCatalog")?,
        members,
    })
}

fn hash_key(merged: &Merged, members: &[Member], problems: &mut Vec<Problem>) -> Option<ClusterKey> {
    let path = "cluster.hashKey";
    let cause = match merged.node(path).and_then(Node::value) {
        Some(Typed::Secret(key)) => match <[u8; HASH_KEY_BYTES]>::try_from(key.0.as_bytes()) {
            Ok(bytes) if !is_known(&key.0) || all_loopback(members) => return Some(ClusterKey(bytes)),
            Ok(_) => Cause::Inconsistent(
                "it is a key from an example, which everybody knows: make one of your own, for instance with `openssl \
                 rand -hex 8`, and write it on every member"
                    .to_owned(),
            ),
            Err(_) => {
                let length = key.0.len();
                Cause::Inconsistent(format!("it has {length} bytes, but must have exactly {HASH_KEY_BYTES}"))
            }
        },
        _ => Cause::Missing("a key of 16 bytes spreads repositories over members; every member has the same"),
    };
    problems.push(merged.problem(path, cause));
    None
}

/// Whether the key stands in some example, or is no key at all.
fn is_known(key: &str) -> bool {
    let known = KNOWN_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key));
    let mut bytes = key.bytes();
    let first = bytes.next();
    known || bytes.all(|byte| Some(byte) == first)
}

fn all_loopback(members: &[Member]) -> bool {
    members.iter().all(|member| member.address.is_loopback() && member.link.is_loopback())
}

fn deadline(merged: &Merged, path: &'static str) -> Option<Problem> {
    let fits = merged.duration(path).map_or(true, |time| (DEADLINE_MIN..=DEADLINE_MAX).contains(&time));
    let sentence = "it must be from 100ms to 10m, since others wait for it".to_owned();
    (!fits).then(|| merged.problem(path, Cause::Inconsistent(sentence)))
}

/// Where the link listens: as written, else on the public address with the port by which the others call it.
fn listen(merged: &Merged, members: &[Member], own: &Member) -> Result<Address, Problem> {
    let path = "atoll.cluster.link.listen";
    let wrong = |sentence: String| merged.problem(path, Cause::Inconsistent(sentence));
    let (host, port): (String, u16) = (merged.text("http.address")?, merged.number("http.port")?);
    let listen = if let Some(text) = merged.optional_text(path) {
        Address::parse(&text)
            .ok_or_else(|| wrong(format!("{text:?} is not host:port, such as 0.0.0.0:18080 or [::]:18080")))?
    } else {
        let is_called = members.iter().any(|member| member.id != own.id && !member.link.is_loopback());
        if is_called && is_loopback(&host) {
            return Err(wrong(format!(
                "the link would listen on {host}, as http.address does, where no other machine reaches it: name an address \
                 that the other members reach"
            )));
        }
        Address::new(&host, own.link.port())
            .ok_or_else(|| wrong("http.address cannot be used for the link: name host:port".to_owned()))?
    };
    if members.len() > 1 && listen.port() == port {
        return Err(wrong(format!("the port {port} is http.port already: the link needs one of its own")));
    }
    Ok(listen)
}

#[cfg(test)]
mod tests;
