//! From configured addresses to listening sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, lookup_host};

use crate::Error;

/// Connections that the system may keep waiting for us.
const ACCEPT_QUEUE: u32 = 1024;

/// Opens a socket for every address that `addresses` stand for.
pub(crate) async fn open(addresses: &[String], port: u16) -> Result<Vec<TcpListener>, Error> {
    let mut open = Open::default();
    for address in addresses {
        let mut served = false;
        for candidate in resolve(address, port).await? {
            match open.add(candidate) {
                Ok(()) => served = true,
                // A name may stand for addresses of a family that this machine does not speak.
                Err(error) if is_foreign(&error) && literal(address).is_none() => continue,
                Err(source) => return Err(Error::Bind { address: candidate, source }),
            }
            // The first socket of an empty address serves both families.
            if address.is_empty() {
                break;
            }
        }
        if !served {
            return Err(Error::NoAddress { address: address.clone() });
        }
    }
    Ok(open.listeners)
}

/// Whether every address stands for something to listen on.
pub(crate) async fn check(addresses: &[String], port: u16) -> Result<(), Error> {
    for address in addresses {
        if resolve(address, port).await?.is_empty() {
            return Err(Error::NoAddress { address: address.clone() });
        }
    }
    Ok(())
}

#[derive(Default)]
struct Open {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Open {
    fn add(&mut self, mut address: SocketAddr) -> io::Result<()> {
        // A port that the system chose for the first address is meant for all.
        if let Some(first) = self.addresses.first().filter(|_| address.port() == 0) {
            address.set_port(first.port());
        }
        if self.addresses.contains(&address) {
            return Ok(());
        }
        let listener = bind(address)?;
        self.addresses.push(listener.local_addr()?);
        self.listeners.push(listener);
        Ok(())
    }
}

/// The candidates for one configured address. An empty address prefers the socket that speaks both families.
async fn resolve(address: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    if address.is_empty() {
        let all: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
        return Ok(all.into_iter().map(|ip| SocketAddr::new(ip, port)).collect());
    }
    if let Some(ip) = literal(address) {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found = lookup_host((address, port)).await;
    Ok(found.map_err(|source| Error::Resolve { address: address.to_owned(), source })?.collect())
}

fn literal(address: &str) -> Option<IpAddr> {
    let inner = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(address).parse().ok()
}

fn is_foreign(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the connections of the last run to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_QUEUE)
}
