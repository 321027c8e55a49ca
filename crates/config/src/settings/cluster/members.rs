//! The list of members, and the details of single ones.

use atoll_placement::{DEFAULT_WEIGHT, MAX_MEMBERS, MemberId};

use super::LINK_PORT_OFFSET;
use crate::address::Address;
use crate::kind::Typed;
use crate::merged::Merged;
use crate::problem::{Cause, Problem};
use crate::resolve::Node;

const LIST: &str = "cluster.members";

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is, whatever its address.
    pub id: MemberId,
    /// Its public address, as in `cluster.members`.
    pub address: Address,
    /// Where the others reach its link.
    pub link: Address,
    /// Its share, compared with the others' weights; 0 for a member that is about to leave.
    pub weight: u32,
}

/// Every member that could be read, in the order of the list. What is wrong with the others is told.
pub(super) fn read(merged: &Merged, problems: &mut Vec<Problem>) -> Vec<Member> {
    let addresses = addresses(merged, problems);
    let details = details(merged, &addresses, problems);
    let is_alone = addresses.len() == 1;
    let mut members: Vec<Member> = Vec::with_capacity(addresses.len());
    for (index, address) in addresses.into_iter().enumerate() {
        let detail = details.iter().find(|detail| detail.address == address);
        match link(detail, &address, is_alone) {
            Ok(link) => members.push(Member {
                id: detail
                    .and_then(|detail| detail.id)
                    .unwrap_or_else(|| MemberId::of_address(&address.to_string())),
                link,
                weight: detail.map_or(DEFAULT_WEIGHT, |detail| detail.weight),
                address,
            }),
            Err(sentence) => {
                let mut problem = merged.problem(LIST, Cause::Inconsistent(sentence));
                problem.key = format!("{LIST}[{index}]");
                problems.push(problem);
            }
        }
    }
    collisions(merged, &members, problems);
    members
}

/// The list's addresses, each once.
fn addresses(merged: &Merged, problems: &mut Vec<Problem>) -> Vec<Address> {
    let written = merged.texts(LIST).unwrap_or_default();
    if written.is_empty() {
        let cause = Cause::Missing("a cluster has at least one member, this one, as host:port");
        problems.push(merged.problem(LIST, cause));
    }
    if written.len() > MAX_MEMBERS {
        let sentence = format!("it has {} members, and a cluster has at most {MAX_MEMBERS}", written.len());
        problems.push(merged.problem(LIST, Cause::Inconsistent(sentence)));
        return Vec::new();
    }
    let mut found: Vec<Address> = Vec::with_capacity(written.len());
    for (index, text) in written.iter().enumerate() {
        let sentence = match Address::parse(text) {
            Some(address) if address.ip().is_some_and(|ip| ip.is_unspecified()) => {
                format!(
                    "{text:?} means every interface: write an address that clients and members can connect to"
                )
            }
            Some(address) if found.contains(&address) => format!("{text:?} is in the list already"),
            Some(address) => {
                found.push(address);
                continue;
            }
            None => format!("{text:?} is not host:port, such as registry-1.example:8080 or [fd00::1]:8080"),
        };
        let mut problem = merged.problem(LIST, Cause::Inconsistent(sentence));
        problem.key = format!("{LIST}[{index}]");
        problems.push(problem);
    }
    found
}

/// What is written about one member.
struct Detail {
    address: Address,
    id: Option<MemberId>,
    link: Option<Address>,
    weight: u32,
}

fn details(merged: &Merged, addresses: &[Address], problems: &mut Vec<Problem>) -> Vec<Detail> {
    let mut found: Vec<Detail> = Vec::new();
    for element in merged.list("atoll.cluster.members") {
        match detail(element, addresses) {
            Ok(detail) if found.iter().any(|earlier| earlier.address == detail.address) => {
                problems.push(problem(element, "address", Cause::Duplicate));
            }
            Ok(detail) => found.push(detail),
            Err(problem) => problems.push(*problem),
        }
    }
    found
}

fn detail(element: &Node, addresses: &[Address]) -> Result<Detail, Box<Problem>> {
    let wrong =
        |name: &str, sentence: String| Box::new(problem(element, name, Cause::Inconsistent(sentence)));
    let Some(text) = text(element, "address") else {
        let cause = Cause::Missing("say which of cluster.members the details are for");
        return Err(Box::new(problem(element, "address", cause)));
    };
    let address = Address::parse(text)
        .filter(|address| addresses.contains(address))
        .ok_or_else(|| wrong("address", format!("{text:?} is not one of cluster.members")))?;
    let link = match self::text(element, "link") {
        None => None,
        Some(text) => Some(
            Address::parse(text).filter(|link| link.ip().is_none_or(|ip| !ip.is_unspecified())).ok_or_else(
                || wrong("link", format!("{text:?} is not host:port that the other members can connect to")),
            )?,
        ),
    };
    let id = number(element, "id").map(MemberId);
    Ok(Detail { address, id, link, weight: number(element, "weight").unwrap_or(DEFAULT_WEIGHT) })
}

fn text<'a>(element: &'a Node, name: &str) -> Option<&'a str> {
    match element.child(name).and_then(Node::value) {
        Some(Typed::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// The key's kind bounds it, so it fits.
fn number<N: TryFrom<i64>>(element: &Node, name: &str) -> Option<N> {
    match element.child(name).and_then(Node::value) {
        Some(Typed::Integer(number)) => N::try_from(*number).ok(),
        _ => None,
    }
}

fn problem(element: &Node, name: &str, cause: Cause) -> Problem {
    Problem { key: format!("{}.{name}", element.path), origin: element.origin.clone(), cause }
}

/// Where a member's link is reached: as written, else a fixed distance above the public port.
fn link(detail: Option<&Detail>, address: &Address, is_alone: bool) -> Result<Address, String> {
    if let Some(link) = detail.and_then(|detail| detail.link.clone()) {
        return Ok(link);
    }
    match address.port().checked_add(LINK_PORT_OFFSET).and_then(|port| Address::new(address.host(), port)) {
        Some(link) => Ok(link),
        // Nobody calls a member that is alone.
        None if is_alone => Ok(address.clone()),
        None => Err(format!(
            "the link of {address} would have the port {}, and ports end at 65535: name one by `link` in \
             atoll.cluster.members",
            u32::from(address.port()) + u32::from(LINK_PORT_OFFSET)
        )),
    }
}

/// Two members must not look like one, by id or by where they are called.
fn collisions(merged: &Merged, members: &[Member], problems: &mut Vec<Problem>) {
    for (index, member) in members.iter().enumerate() {
        let earlier = members.get(..index).unwrap_or_default();
        let sentence = if let Some(other) = earlier.iter().find(|other| other.id == member.id) {
            let (one, two) = (&other.address, &member.address);
            format!(
                "{one} and {two} both have the id {}: give one of them another `id` in atoll.cluster.members, the same on \
                 every member",
                member.id
            )
        } else if let Some(other) = earlier.iter().find(|other| other.link == member.link) {
            format!("{} and {} both have the link {}", other.address, member.address, member.link)
        } else if let Some(other) =
            members.iter().find(|other| other.address == member.link && members.len() > 1)
        {
            format!(
                "the link of {} would be {}, which is the public address of a member: name another one by `link` in \
                 atoll.cluster.members",
                member.address, other.address
            )
        } else {
            continue;
        };
        problems.push(merged.problem("atoll.cluster.members", Cause::Inconsistent(sentence)));
    }
    if !members.is_empty() && members.iter().all(|member| member.weight == 0) {
        let sentence = "every member has the weight 0, and somebody has to hold the repositories".to_owned();
        problems.push(merged.problem("atoll.cluster.members", Cause::Inconsistent(sentence)));
    }
}
