//! Who asks, as the member that was reached has proven it. Other members believe this and never see a credential.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Whom the credentials stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// A named user.
    User(Arc<str>),
}

/// The name under which one request is found in every log, echoed as `X-Request-Id`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RequestId(pub Arc<str>);

/// The facts about one request that decisions and records rest on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Whom the credentials stand for.
    pub principal: Principal,
    /// Groups the identity provider or the configuration puts the principal in.
    pub groups: Vec<String>,
    /// Further claims of a token, for policies.
    pub claims: BTreeMap<String, String>,
    /// Where the connection came from.
    pub address: Option<SocketAddr>,
    /// Version of TLS on the client's connection, such as `1.3`; `None` without TLS.
    pub tls: Option<Arc<str>>,
    /// The client's `User-Agent`.
    pub user_agent: Option<Arc<str>>,
    /// Name of the request.
    pub request_id: RequestId,
    /// Time left for an answer when this was made; bodies may take longer.
    pub remaining: Option<Duration>,
}

impl Caller {
    /// The server itself, for upkeep and imports.
    pub fn internal(purpose: &str) -> Self {
        Self { request_id: RequestId(purpose.into()), ..Self::default() }
    }

    /// The user name, empty for nobody: what records show.
    pub fn name(&self) -> &str {
        match &self.principal {
            Principal::Anonymous => "",
            Principal::User(name) => name,
        }
    }
}
