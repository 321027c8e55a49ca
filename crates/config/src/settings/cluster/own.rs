//! Which of the members this server is.

use std::net::IpAddr;

use super::Member;
use crate::address::Address;
use crate::machine::Machine;
use crate::merged::Merged;
use crate::problem::{Cause, Problem};

const KEY: &str = "atoll.cluster.member";

/// The member that this server is: the one that is named, else the only one, else the one that has this server's address and port.
///
/// Names are asked for last, and only those that could be this server, because a peer's name may be unknown for now.
pub(super) fn identify(
    merged: &Merged,
    machine: &dyn Machine,
    members: &[Member],
) -> Result<Member, Problem> {
    if let Some(written) = merged.optional_text(KEY) {
        return named(merged, &written, members);
    }
    if let [only] = members {
        return Ok(only.clone());
    }
    let (host, port): (String, u16) = (merged.text("http.address")?, merged.number("http.port")?);
    let public = Address::new(&host, port);
    if let Some(exact) = members.iter().find(|member| Some(&member.address) == public.as_ref()) {
        return Ok(exact.clone());
    }
    let candidates: Vec<&Member> = members.iter().filter(|member| member.address.port() == port).collect();
    let found = local(machine, &candidates);
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(wrong(
            merged,
            format!(
                "none of cluster.members is this machine with the port {port} of http.port: name this server's own entry here"
            ),
        )),
        several => {
            let several: Vec<_> = several.iter().map(|member| member.address.to_string()).collect();
            Err(wrong(
                merged,
                format!(
                    "this machine could be any of {}: name this server's own entry here",
                    several.join(", ")
                ),
            ))
        }
    }
}

fn wrong(merged: &Merged, sentence: String) -> Problem {
    merged.problem(KEY, Cause::Inconsistent(sentence))
}

fn named(merged: &Merged, written: &str, members: &[Member]) -> Result<Member, Problem> {
    let address = Address::parse(written);
    let id: Option<u16> = written.parse().ok();
    let is_meant = |member: &&Member| Some(&member.address) == address.as_ref() || Some(member.id.0) == id;
    members.iter().find(is_meant).cloned().ok_or_else(|| {
        wrong(merged, format!("{written:?} is neither one of cluster.members nor the id of one"))
    })
}

/// The candidates that are on this machine, without the name service if that suffices.
fn local<'a>(machine: &dyn Machine, candidates: &[&'a Member]) -> Vec<&'a Member> {
    let own_name = machine.name();
    let is_namesake =
        |member: &Member| own_name.as_deref().is_some_and(|name| same_name(name, member.address.host()));
    let by_itself = |member: &Member| match member.address.ip() {
        Some(ip) => machine.has(ip),
        None => {
            member.address.is_loopback()
                || (is_namesake(member) && confirms(machine, member.address.host(), true))
        }
    };
    let found: Vec<_> = candidates.iter().copied().filter(|member| by_itself(member)).collect();
    if !found.is_empty() {
        return found;
    }
    let by_service =
        |member: &Member| member.address.ip().is_none() && confirms(machine, member.address.host(), false);
    candidates.iter().copied().filter(|member| by_service(member)).collect()
}

/// Whether the name service says that the name is this machine; `unknown` is the answer while it knows no such name.
fn confirms(machine: &dyn Machine, host: &str, unknown: bool) -> bool {
    let addresses: Vec<IpAddr> = machine.resolve(host);
    if addresses.is_empty() { unknown } else { addresses.into_iter().any(|address| machine.has(address)) }
}

/// Whether a member's host is the machine's own name, or begins with it: `atoll-0` and `atoll-0.atoll.example`.
fn same_name(own: &str, host: &str) -> bool {
    host == own || (!own.contains('.') && host.split('.').next() == Some(own))
}
