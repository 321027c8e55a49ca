//! Who may call. What a certificate proves is found out here, whom the layout admits is told by the cluster.

use atoll_placement::{LayoutTag, MemberId};
use atoll_service::Error;

/// The certificate at the other end of a connection, verified against the accepted authorities.
pub trait Certificate: Send + Sync {
    /// Whether it stands for this name: a DNS name or an IP address.
    fn names(&self, name: &str) -> bool;
}

/// What a member's certificate has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The member itself ([`crate::member_name`]): certificates derived from the cluster's secret.
    Members,
    /// The host that the layout gives the member ([`Gate::host_of`]): certificates from files.
    Hosts,
}

/// What the cluster knows about its members.
pub trait Gate: Send + Sync {
    /// Whether a member that goes by this layout is answered: `LayoutMismatch` unless the layouts are equal or neighbours. Not asked
    /// where [`crate::Method::is_between_layouts`].
    fn admit(&self, peer: MemberId, theirs: LayoutTag) -> Result<(), Error>;

    /// The host (without port) that the layout gives a member; `None` for a member it does not know. Asked only with [`Naming::Hosts`].
    fn host_of(&self, peer: MemberId) -> Option<String>;
}

impl Certificate for atoll_net::Proven {
    fn names(&self, name: &str) -> bool {
        atoll_net::Proven::names(self, name)
    }
}
