//! What the settings ask of the machine: whether an address is its own. A parameter, so that tests choose the machine.

use std::net::{IpAddr, ToSocketAddrs as _, UdpSocket};

/// The machine that the server runs on.
pub(crate) trait Machine {
    /// Whether an interface has this address.
    fn has(&self, address: IpAddr) -> bool;

    /// The machine's own name, in small letters; none if it cannot be told.
    fn name(&self) -> Option<String>;

    /// The addresses of a host by the system's name service; none if the name is unknown now.
    fn resolve(&self, host: &str) -> Vec<IpAddr>;
}

/// This machine.
pub(crate) struct ThisMachine;

/// No machine: it has its loopback and knows no names. For texts that are judged without regard to where they will be used.
pub(crate) struct NoMachine;

/// Where Linux tells the machine's name; elsewhere the name service has to do.
const NAME_FILES: [&str; 2] = ["/proc/sys/kernel/hostname", "/etc/hostname"];

impl Machine for ThisMachine {
    /// A socket can be bound to the addresses of interfaces only.
    fn has(&self, address: IpAddr) -> bool {
        UdpSocket::bind((address, 0)).is_ok()
    }

    fn name(&self) -> Option<String> {
        let read = |file| std::fs::read_to_string(file).ok();
        let name = NAME_FILES.into_iter().find_map(read)?.trim().to_ascii_lowercase();
        (!name.is_empty()).then_some(name)
    }

    fn resolve(&self, host: &str) -> Vec<IpAddr> {
        (host, 0).to_socket_addrs().map(|found| found.map(|socket| socket.ip()).collect()).unwrap_or_default()
    }
}

impl Machine for NoMachine {
    fn has(&self, address: IpAddr) -> bool {
        address.is_loopback()
    }

    fn name(&self) -> Option<String> {
        None
    }

    fn resolve(&self, _host: &str) -> Vec<IpAddr> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
