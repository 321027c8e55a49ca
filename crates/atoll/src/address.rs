//! Addresses of servers, as they are given on the command line.

use http::Uri;

/// The address without a slash at its end, if it is that of a server and nothing else. If not, the address to show, without whom it
/// names before the host: that may be a password, and what is printed ends in logs.
pub(crate) fn of_server(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let uri = format!("{address}/").parse::<Uri>().ok();
    let is_plain = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|name| !name.as_str().contains('@'))
            && uri.path_and_query().is_some_and(|rest| rest == "/")
            && !address.contains('#')
    };
    if uri.as_ref().is_some_and(is_plain) { Ok(address.to_owned()) } else { Err(shown(address)) }
}

fn shown(address: &str) -> String {
    let Some((front, host)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = front.split_once("://").map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
    format!("{scheme}******@{host}")
}

#[cfg(test)]
mod tests;
