//! Asking a running member.

use std::time::Duration;

use atoll_host::Host;
use atoll_net::client::plain::{PlainAnswer, PlainOptions, fetch};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};

use super::Reach;
use crate::address;
use crate::failure::Failure;

/// A member that is well answers from memory.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a member was not asked, or did not answer as one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The address cannot be used.
    #[error("`{url}` is not the address of a member: write it as http://host:port")]
    Url {
        /// As it was given.
        url: String,
    },
    /// It cannot be reached.
    #[error("{url} does not answer: {reason}; is the member running there? `--url` names another one")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Why.
        reason: String,
    },
    /// It refuses.
    #[error("{url} refuses: {reason}")]
    Refused {
        /// Who was asked.
        url: String,
        /// Its words.
        reason: String,
    },
    /// It is something else, or another version.
    #[error("{url} answered with status {status}, and not as a member of a cluster does")]
    Odd {
        /// Who was asked.
        url: String,
        /// The status.
        status: u16,
    },
}

/// Asks for a path below the member's address, with a token if the question needs one, and gives the body.
pub(super) fn ask(
    reach: &Reach,
    (method, path): (Method, &str),
    token: Option<&str>,
) -> Result<Bytes, Failure> {
    let url = address::of_server(&reach.url).map_err(|url| Unanswered::Url { url })?;
    let mut request = Request::builder().method(method).uri(format!("{url}{path}"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, token);
    }
    let request = request.body(Bytes::new()).map_err(|_odd| Unanswered::Url { url: url.clone() })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::System { doing: "the runtime cannot start", source })?;
    let options =
        PlainOptions { authorities: reach.cacert.clone(), timeout: PATIENCE, ..PlainOptions::default() };
    let answer = runtime.block_on(async { fetch(request, &options, &Host::system(1)).await });
    let answer =
        answer.map_err(|error| Unanswered::Unreachable { url: url.clone(), reason: error.to_string() })?;
    Ok(judged(url, answer)?)
}

fn judged(url: String, answer: PlainAnswer) -> Result<Bytes, Unanswered> {
    match answer.status {
        StatusCode::OK | StatusCode::ACCEPTED => Ok(answer.body),
        StatusCode::FORBIDDEN | StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE => {
            let reason = String::from_utf8_lossy(&answer.body).trim().to_owned();
            Err(Unanswered::Refused { url, reason })
        }
        status => Err(Unanswered::Odd { url, status: status.as_u16() }),
    }
}
