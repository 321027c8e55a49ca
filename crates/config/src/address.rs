//! `host:port` in one spelling, so that equal addresses are equal texts on every member.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::kind;

/// Where a member is reached. Two spellings of one address are equal: letters are small, IP addresses are in their shortest form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The address of a text such as `registry-1.example:8080`, `10.0.0.7:8080` or `[::1]:8080`; the port is from 1 to 65535.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = split(text)?;
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse::<u16>().ok().filter(|port| is_number && *port > 0)?;
        Self::new(host, port)
    }

    /// The address of a host, written without brackets, and a port.
    pub(crate) fn new(host: &str, port: u16) -> Option<Self> {
        let host = kind::address(host)?.to_ascii_lowercase();
        let host = host.strip_suffix('.').map_or(host.clone(), str::to_owned);
        let host = host.parse::<IpAddr>().map_or(host, |ip| ip.to_string());
        (!host.is_empty()).then_some(Self { host, port })
    }

    /// The host: a name in small letters, or an IP address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, from 1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The IP address, if the host is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether only the same machine can mean this host.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether the host, a name or an IP address without brackets, is the machine itself by its very name.
pub(crate) fn is_loopback(host: &str) -> bool {
    let by_name =
        || host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    host.parse::<IpAddr>().map_or_else(|_| by_name(), |ip| ip.is_loopback())
}

/// Host and port; an IPv6 address must have its brackets, without which the port cannot be told.
fn split(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok().then_some((inner, port)),
        None => (!host.contains([':', '[', ']'])).then_some((host, port)),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests;
