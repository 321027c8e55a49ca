//! What a person sees who starts the server on a terminal.

use std::io::IsTerminal as _;
use std::net::SocketAddr;

use crate::output::tell;

/// Prints the address and the first commands to try. Logs go to the standard output, so this goes to the error output,
/// and only if a person is there to read it.
pub(crate) fn print(addresses: &[SocketAddr], is_tls: bool) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let Some(address) = addresses.first().map(reachable) else { return };
    let scheme = if is_tls { "https" } else { "http" };
    // In one piece: the log writes to the same terminal from another thread.
    let text = format!(
        "\n  Atoll is at {scheme}://{address}\n\n  \
         Try:\n    \
         docker pull busybox && docker tag busybox {address}/busybox && docker push {address}/busybox\n    \
         podman push --tls-verify=false busybox {address}/busybox\n    \
         skopeo inspect --tls-verify=false docker://{address}/busybox\n    \
         curl {scheme}://{address}/v2/_catalog\n\n  \
         Stop it with Ctrl-C.\n"
    );
    tell(&text);
}

/// An address to connect to: nobody can connect to "all addresses".
fn reachable(address: &SocketAddr) -> SocketAddr {
    let mut address = *address;
    match &mut address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => v4.set_ip(std::net::Ipv4Addr::LOCALHOST),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => v6.set_ip(std::net::Ipv6Addr::LOCALHOST),
        _ => {}
    }
    address
}
