//! Who a member is on the link.

use std::sync::Arc;

use atoll_placement::{ClusterId, LayoutTag, MemberId};

/// Tells the layout that the local member goes by now.
pub type CurrentLayout = Arc<dyn Fn() -> LayoutTag + Send + Sync>;

/// The local member, as it presents itself.
#[derive(Clone)]
pub struct Identity {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its id.
    pub member: MemberId,
    /// The layout it goes by; asked for each call.
    pub layout: CurrentLayout,
}

/// The name that a certificate derived from the cluster's secret gives a member. It is no name of the DNS and is never resolved.
pub fn member_name(member: MemberId, cluster: &ClusterId) -> String {
    format!("member-{member}.{cluster}.atoll.internal")
}
