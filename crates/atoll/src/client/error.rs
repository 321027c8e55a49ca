//! Why a server was not asked or gave no answer.

/// Why a server was not asked or gave no answer. Each is a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The address cannot be used.
    #[error("`{url}` is not the address of a server: write it as http://host:port, and a user as `--user`")]
    Url {
        /// As it was given.
        url: String,
    },
    /// The user cannot be used.
    #[error("`--user` must be a name, a colon and a password")]
    User,
    /// The server cannot be reached, or broke off.
    #[error("{url} does not answer: {reason}; is the server running there? `--url` names another one")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server did not prove itself.
    #[error(
        "no encrypted connection to {url}: {reason}; `--cacert` names the file with the server's authority"
    )]
    Unproven {
        /// Who was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// The server's certificate is its own authority.
    #[error(
        "{url} shows the certificate of an authority, which is not taken for that of a server: make the server one with `basicConstraints=critical,CA:FALSE`"
    )]
    OwnAuthority {
        /// Who was asked.
        url: String,
    },
    /// The server does not encrypt.
    #[error("{url} does not speak TLS: is its address http://?")]
    Plain {
        /// Who was asked.
        url: String,
    },
    /// The request could not be made.
    #[error("{0}")]
    Unmade(String),
    /// There is no search.
    #[error(
        "{url} has no search: turn `extensions.search` on in its configuration, or ask another server with `--url`"
    )]
    NoSearch {
        /// Who was asked.
        url: String,
    },
    /// Nobody is trusted.
    #[error(
        "no authorities are known that a server's certificate could be checked against: give `--cacert FILE`"
    )]
    NoAuthorities,
    /// The server wants to know who asks.
    #[error("{url} wants to know who asks: give `--user NAME:PASSWORD`")]
    LogIn {
        /// Who was asked.
        url: String,
    },
    /// The caller may not ask.
    #[error("{url} does not allow this user to search")]
    Denied {
        /// Who was asked.
        url: String,
    },
    /// The server cannot answer now.
    #[error("{url} cannot answer now: try again in a moment")]
    Later {
        /// Who was asked.
        url: String,
    },
    /// Another status.
    #[error("{url} answered with status {status}")]
    Status {
        /// Who was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// The search refused the question.
    #[error("the server says: {0}")]
    Refused(String),
    /// The answer is not one of a search.
    #[error("the server's answer is not that of a search")]
    Unexpected,
    /// The answer is larger than is read.
    #[error("the server's answer is larger than {limit_bytes} bytes: ask for less with `--limit`")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}
